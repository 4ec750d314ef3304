// SPDX-License-Identifier: Apache-2.0
// Books in SQLite or PostgreSQL: opened, and written to.
#include "ledger.hpp"

#include <array>
#include <filesystem>
#include <utility>

#include <wattpurse/port/memory_store.hpp>

#include "areas.hpp"
#include "bytes.hpp"
#include "ledger_rows.hpp"
#include "number.hpp"
#include "time.hpp"

#if WATTPURSE_WITH_SQLITE
#include <wattpurse/adapter/sqlite/store.hpp>
#endif
#if WATTPURSE_WITH_POSTGRES
#include <wattpurse/adapter/postgres/store.hpp>
#endif

namespace wattpurse::python {

namespace {

using kind_type = ledger_step::kind_type;

[[noreturn, maybe_unused]] void not_built(const char* component)
{
    raise("StoreError", {"ledger", std::string{"built without "} + component,
                         std::string{"a build where CMake finds "} + component, "not_available"});
}

std::unique_ptr<python_books> opened(std::string path, ledger_books::open_store open,
                                     const py::object& unit, bool is_read_only)
{
    std::optional<currency> given;
    if (!unit.is_none()) given = currency_of(unit);
    return unlocked([&] {
        return std::unique_ptr<python_books>{new python_books{
            std::move(path), {std::move(open), given, is_read_only}}};
    });
}

std::unique_ptr<python_books> open_memory(const py::object& unit)
{
    return opened("", [] { return std::make_unique<port::memory_store>(); }, unit, false);
}

std::unique_ptr<python_books> open_sqlite([[maybe_unused]] const std::string& path,
                                          [[maybe_unused]] const py::object& unit,
                                          [[maybe_unused]] bool is_read_only)
{
#if WATTPURSE_WITH_SQLITE
    std::error_code ignored;
    if (is_read_only && !std::filesystem::exists(path, ignored)) {
        raise("StoreError", {"path", path, "a file that is there, to be read only", "not_found"});
    }
    return opened(path, [path] { return std::make_unique<adapter::sqlite::store>(path); }, unit,
                  is_read_only);
#else
    not_built("SQLite");
#endif
}

std::unique_ptr<python_books> open_postgres([[maybe_unused]] const std::string& conninfo,
                                            [[maybe_unused]] std::uint32_t shard,
                                            [[maybe_unused]] const std::string& schema,
                                            [[maybe_unused]] const py::object& unit,
                                            [[maybe_unused]] bool is_read_only)
{
#if WATTPURSE_WITH_POSTGRES
    adapter::postgres::options how;
    how.schema = schema;
    return opened("", [=] {
        return std::make_unique<adapter::postgres::store>(conninfo, shard, how);
    }, unit, is_read_only);
#else
    not_built("libpq");
#endif
}

// ---- Steps --------------------------------------------------------------------------------------

[[nodiscard]] money amount_of(py::handle value, currency unit, const char* place)
{
    if (py::isinstance<money>(value)) return value.cast<money>();
    return {number_of<money::scale>(value, place), unit};
}

posting_kind kind_of(const std::string& name)
{
    for (int i = 0; i <= static_cast<int>(posting_kind::closing); ++i) {
        const auto kind = static_cast<posting_kind>(i);
        if (name == to_string(kind)) return kind;
    }
    raise("InvalidValue", {"kind", '\'' + name + '\'',
                           "opening, top_up, charge, adjustment, rounding, refund, transfer, "
                           "reserve, settle, release, reversal or closing", "syntax"});
}

/// A member of a step; a null handle where it is not there or None.
py::handle member(const py::dict& from, const char* name)
{
    const py::handle found = PyDict_GetItemString(from.ptr(), name);
    return found.is_none() ? py::handle{} : found;
}

std::string text_member(const py::dict& from, const char* name)
{
    const py::handle found = member(from, name);
    if (!found) return {};
    if (!PyUnicode_Check(found.ptr())) {
        raise("WrongType", {name, shown(found), "a str", "type"});
    }
    return found.cast<std::string>();
}

account_id account_member(const py::dict& from, const char* name)
{
    const py::handle found = member(from, name);
    return found ? account_of(found, name) : account_id{};
}

void read_transfer(const py::dict& from, currency unit, transfer& to)
{
    to.key = text_member(from, "key");
    to.subject = text_member(from, "subject");
    to.explain = text_member(from, "explain");
    to.link = text_member(from, "link");
    if (const py::handle kind = member(from, "kind")) to.kind = kind_of(py::str(kind));
    if (const py::handle at = member(from, "expires_at")) {
        to.expires_at = instant_of(at, "expires_at");
    }
    if (const py::handle most = member(from, "at_most")) to.at_most = most.cast<bool>();
    const py::handle legs = member(from, "legs");
    if (!legs) return;
    std::size_t number = 0;
    for (const py::handle leg : legs) {
        const auto pair = py::reinterpret_borrow<py::sequence>(leg);
        const std::string place = "legs[" + std::to_string(number++) + "]";
        to.legs.push_back({account_of(pair[0], place.c_str()),
                           amount_of(pair[1], unit, place.c_str())});
    }
}

kind_type step_kind(const std::string& name)
{
    constexpr std::array names{"post", "settle", "release", "reverse", "close", "terms"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (name == names[i]) return static_cast<kind_type>(i);
    }
    throw py::value_error{name};
}

ledger_step step_of(const py::dict& from, currency unit)
{
    ledger_step out;
    out.kind = step_kind(text_member(from, "do"));
    read_transfer(from, unit, out.work);
    constexpr std::array kinds{posting_kind::charge, posting_kind::settle, posting_kind::release,
                               posting_kind::reversal, posting_kind::closing};
    if (out.kind != kind_type::post && out.kind != kind_type::terms) {
        out.work.kind = kinds[static_cast<std::size_t>(out.kind)];
    }
    if (const py::handle at = member(from, "at")) {
        out.work.effective_at = instant_of(at, "at");
        out.has_time = true;
    }
    if (const py::handle part = member(from, "part")) out.part = amount_of(part, unit, "amount");
    out.account = account_member(from, "account");
    out.to = account_member(from, "to");
    out.debt = account_member(from, "debt");
    out.sets_floor = from.contains("floor");
    if (const py::handle floor = member(from, "floor")) {
        out.floor = amount_of(floor, unit, "floor");
    }
    if (const py::handle closed = member(from, "closed")) out.is_closed = closed.cast<bool>();
    return out;
}

py::list commit(python_books& self, const py::list& steps, const py::object& now)
{
    std::vector<ledger_step> work;
    for (const py::handle each : steps) {
        work.push_back(step_of(py::cast<py::dict>(each), self.books.unit()));
    }
    const instant at = instant_of(now, "now");
    const auto done = unlocked([&] { return self.books.commit(std::move(work), at); });
    py::list out;
    for (const ledger_answer& each : done) {
        py::list rows;
        for (const posting& row : each.postings) rows.append(posting_tuple(row));
        out.append(py::make_tuple(each.is_repeat, rows));
    }
    return out;
}

}  // namespace

account_id account_of(py::handle name, const char* place)
{
    const error_details wrong{place, shown(name),
                              "an account: 1 to 23 printable ASCII characters without space, "
                              "comma or quotes"};
    if (!PyUnicode_Check(name.ptr())) {
        raise("WrongType", {place, shown(name), wrong.expected, "type"});
    }
    return value_of(account_id::parse(name.cast<std::string>()), wrong);
}

void bind_ledger(py::module_& to)
{
    auto area = to.def_submodule("ledger", "Books in SQLite or PostgreSQL.");
    py::class_<python_books> type{area, "Books", "The store of a ledger, and its writer."};
    type.def_static("sqlite", &open_sqlite, py::arg("path"), py::arg("currency"),
                    py::arg("read_only"))
        .def_static("postgres", &open_postgres, py::arg("conninfo"), py::arg("shard"),
                    py::arg("schema"), py::arg("currency"), py::arg("read_only"))
        .def_static("memory", &open_memory, py::arg("currency"))
        .def_property_readonly("currency",
                               [](const python_books& self) {
                                   return str_from(self.books.unit().code());
                               })
        .def("money",
             [](const python_books& self, const py::object& amount, const std::string& place) {
                 return amount_of(amount, self.books.unit(), place.c_str());
             },
             py::arg("amount"), py::arg("place"), "Money as it is, a number in the currency.")
        .def("commit", &commit, py::arg("steps"), py::arg("now"),
             "All of the steps or none; a pair (is_repeat, postings) for each.");
    bind_ledger_reading(type);
    bind_ledger_care(type);
}

}  // namespace wattpurse::python
