// SPDX-License-Identifier: Apache-2.0
// Books verified, sealed elsewhere, copied, and made anew.
#include <set>
#include <string>

#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/reserving.hpp>
#include <wattpurse/ledger/seals.hpp>

#include "ledger.hpp"

#if WATTPURSE_WITH_SQLITE
#include <wattpurse/adapter/sqlite/backup.hpp>
#endif

namespace wattpurse::python {

namespace {

/// Name, what it says, and whether it holds.
struct checked {
    const char* name;
    const char* says;
    ledger::invariant found;
};

ledger::invariant outcome_of(const result<void, std::string>& done)
{
    return done ? ledger::invariant{} : ledger::invariant{false, done.error()};
}

/// The sealed days of every account that is in the books or was ever served.
ledger::invariant sealed_days_open(port::store& store)
{
    const auto state = read_value(store.load());
    std::set<account_id> all;
    for (const account_head& each : state.heads) all.insert(each.account);
    for (const service& each : state.services) all.insert(each.account);
    for (const account_id& each : all) {
        const auto days = engine::readings_of(store, each, instant::min(), instant::max());
        if (!days) return {false, days.error()};
    }
    return {};
}

struct verified {
    bool is_read = false;  ///< false: the file is not whole, and nothing else was looked at
    ledger::audit_report report;
    std::vector<checked> beside;
};

verified audited(python_books& self, const std::vector<block_seal>& known)
{
    verified out;
#if WATTPURSE_WITH_SQLITE
    if (!self.path.empty()) {
        const auto file = adapter::sqlite::check_integrity(self.path);
        out.beside.push_back({"file", "the file is whole as SQLite sees it", outcome_of(file)});
        if (!file) return out;
    }
#endif
    self.books.with_store([&](port::store& store) {
        out.is_read = true;
        out.report = read_value(ledger::audit(store, {}, known));
        out.beside.push_back({"days", "sealed days of readings open", sealed_days_open(store)});
    });
#if WATTPURSE_WITH_SQLITE
    if (!self.path.empty()) {
        out.beside.push_back({"index", "each posting is found by its key and its account",
                              outcome_of(adapter::sqlite::check_index(self.path))});
    }
#endif
    return out;
}

/// (postings, blocks, [(name, what it says, holds, fault)]).
py::tuple verify(python_books& self, const std::string& seals)
{
    std::vector<block_seal> known;
    if (!seals.empty()) {
        auto read = ledger::read_seals(seals);
        if (!read) raise(std::vector{read.error()}, "seals");
        known = std::move(*read);
    }
    const verified done = unlocked([&] { return audited(self, known); });
    const ledger::audit_report& found = done.report;
    std::vector<checked> all;
    if (done.is_read) {
        all = {
            {"I1", "transfers and accounts sum to zero", found.zero_sum},
            {"I2", "balances are the sum of their postings", found.balances},
            {"I3", "postings of each account are numbered without a gap", found.sequence},
            {"I4", "every block is as it was sealed", found.chain},
            {"I7", "no discretionary debit passed an account's limit", found.limits}};
    }
    all.insert(all.end(), done.beside.begin(), done.beside.end());
    py::list invariants;
    for (const checked& each : all) {
        invariants.append(
            py::make_tuple(each.name, each.says, each.found.holds, each.found.fault));
    }
    return py::make_tuple(found.postings, found.blocks, invariants);
}

/// As text: "block,sha256" and a line for each block.
std::string seals(python_books& self)
{
    return unlocked([&] {
        return self.books.with_store([](port::store& store) {
            constexpr std::size_t page = 32;  // their postings come along
            std::vector<block_seal> all;
            for (std::uint64_t after = 0;; after = all.back().number) {
                std::vector<block_seal> next;
                static_cast<void>(read_value(store.blocks(after, page, next)));
                if (next.empty()) break;
                all.insert(all.end(), next.begin(), next.end());
            }
            return ledger::seals_text(all);
        });
    });
}

void need_file(const python_books& self, const char* what)
{
    if (!self.path.empty()) return;
    raise("StoreError", {what, "books that are not one SQLite file",
                         "the tools of the database server, as pg_dump", "not_available"});
}

void back_up(python_books& self, [[maybe_unused]] const std::string& to)
{
    need_file(self, "backup");
#if WATTPURSE_WITH_SQLITE
    unlocked([&] {
        const auto done = adapter::sqlite::back_up(self.path, to);
        if (!done) fail_store(done.error());
    });
#endif
}

/// How many reservations were not what the postings say.
std::size_t rebuild(python_books& self)
{
    need_file(self, "rebuild");
#if WATTPURSE_WITH_SQLITE
    return unlocked([&] {
        self.books.alone([&] {
            const auto done = adapter::sqlite::rebuild_index(self.path);
            if (!done) fail_store(done.error());
        });
        const auto all = self.books.with_store([](port::store& store) {
            return read_value(ledger::posted_reservations(store));
        });
        return self.books.alone([&] {
            return read_value(adapter::sqlite::replace_reservations(self.path, all));
        });
    });
#else
    return 0;
#endif
}

}  // namespace

void bind_ledger_care(py::class_<python_books>& type)
{
    type.def("verify", &verify, py::arg("seals"))
        .def("seals", &seals)
        .def("backup", &back_up, py::arg("to"))
        .def("rebuild", &rebuild);
}

}  // namespace wattpurse::python
