// SPDX-License-Identifier: Apache-2.0
// wattpurse.bill: what Python gives, made into readings, and a run that can be stopped.
#include <algorithm>
#include <bit>
#include <chrono>
#include <future>
#include <thread>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <wattpurse/tariff/explain.hpp>

#include "areas.hpp"
#include "bill_run.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "tariff.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

template <class T>
T item(const py::dict& of, const char* name, T otherwise)
{
    return of.contains(name) && !of[name].is_none() ? of[name].cast<T>() : otherwise;
}

reading_form form_of(const py::dict& of)
{
    reading_form out;
    out.account = item(of, "account", out.account);
    out.time = item(of, "time", out.time);
    out.value = item(of, "value", out.value);
    out.quality = item(of, "quality", out.quality);
    out.places = item(of, "places", out.places);
    if (of.contains("tz") && !of["tz"].is_none()) out.zone = zone_of(of["tz"], "tz");
    if (of.contains("floats") && !of["floats"].is_none()) {
        out.float_places = of["floats"].cast<int>();
    }
    for (const int places : {out.places, out.float_places.value_or(0)}) {
        if (places < 0 || places > 8) {
            raise("InvalidValue", {"places", std::to_string(places), "0 to 8"});
        }
    }
    return out;
}

// ---- Columns of Arrow ---------------------------------------------------------------------------

value_source column(const arrow_table& from, const ArrowArray& batch, const std::string& name)
{
    const int at = from.find(name);
    if (at < 0) {
        std::string names;
        for (const std::string& each : from.names()) names += (names.empty() ? "" : ", ") + each;
        raise("NotFound", {.place = "column " + name, .value = "not there",
                           .expected = "one of " + names});
    }
    value_source out =
        source_of(*from.schema->children[at], *batch.children[at], name.c_str());
    out.offset += batch.offset;  // a slice of a table is told once, for all columns
    return out;
}

void set_account(reading_batch& to, const arrow_table& from, const ArrowArray& batch,
                 const std::string& name)
{
    to.account = column(from, batch, name);
    const int at = from.find(name);
    const ArrowSchema* const names = from.schema->children[at]->dictionary;
    if (names != nullptr) {
        to.names = source_of(*names, *batch.children[at]->dictionary, name.c_str());
    }
}

/// Texts laid side by side.
class text_column {
public:
    void add(std::string_view text)
    {
        bytes_ += text;
        ends_.push_back(static_cast<std::int64_t>(bytes_.size()));
    }
    /// As a source; it holds as long as `kept`, and takes no more.
    static value_source source_of(std::shared_ptr<text_column> kept, readings& of)
    {
        value_source out;
        out.is = value_source::kind::large_text;
        out.values = kept->ends_.data();
        out.bytes = kept->bytes_.data();
        of.kept.push_back(std::move(kept));
        return out;
    }

private:
    std::vector<std::int64_t> ends_{0};
    std::string bytes_;
};

/// As `column`, and where it is categories (a dictionary) their texts in place of their numbers.
value_source spelled_column(readings& of, const arrow_table& from, const ArrowArray& batch,
                            const std::string& name)
{
    const value_source entries = column(from, batch, name);
    const int at = from.find(name);
    const ArrowSchema* const schema = from.schema->children[at]->dictionary;
    if (schema == nullptr) return entries;
    const value_source names =
        source_of(*schema, *batch.children[at]->dictionary, name.c_str());
    if (!names.is_text()) {
        raise("WrongType", {"column " + name, "categories of numbers", "the numbers themselves"});
    }
    auto texts = std::make_shared<text_column>();
    std::string room;
    for (std::int64_t row = 0; row < batch.length; ++row) {
        const bool is_there = !entries.is_null(row) && !names.is_null(entries.integer(row));
        texts->add(is_there ? names.text(entries.integer(row), room) : std::string_view{});
    }
    return text_column::source_of(std::move(texts), of);
}

/// "tsu:Asia/Shanghai" is a column of instants, "tsu:" of wall clocks.
void set_time(reading_batch& to, readings& of, const arrow_table& from, const ArrowArray& batch)
{
    const reading_form& form = of.form;
    to.time = spelled_column(of, from, batch, form.time);
    if (to.time.is_text()) return;
    const std::string_view format{from.schema->children[from.find(form.time)]->format};
    if (format.size() < 4 || format.substr(0, 2) != "ts") {
        raise("WrongType", {"column " + form.time, "numbers or dates",
                            "timestamps or texts such as 2026-01-31T23:45:00+08:00"});
    }
    switch (format[2]) {
        case 's': to.ticks_a_second = 1; break;
        case 'm': to.ticks_a_second = 1'000; break;
        case 'u': to.ticks_a_second = 1'000'000; break;
        default: to.ticks_a_second = 1'000'000'000; break;
    }
    to.is_local = format.size() == 4;
}

void check_local(const reading_batch& in, const reading_form& form)
{
    if (!in.is_local || form.zone) return;
    raise("NaiveTime", {.place = "column " + form.time,
                        .value = "times without a zone",
                        .expected = "times with a zone, or tz='+08:00' for theirs"});
}

void check_whole(const value_source& in, const std::string& name)
{
    if (!in.is_float() && in.is != value_source::kind::decimal128) return;
    raise("WrongType", {"column " + name, "numbers that are not whole", "texts or whole numbers"});
}

void check_value(const reading_batch& in, const reading_form& form)
{
    if (in.quality) check_whole(*in.quality, form.quality);
    if (!in.value.is_float() || form.float_places) return;
    raise("FloatRefused",
          {.place = "column " + form.value,
           .value = "binary floats",
           .expected = "Decimal, integers or texts; or floats=2 to say that they stand for numbers "
                       "of two decimal places"});
}

std::shared_ptr<readings> from_arrow(py::handle table, const py::dict& how)
{
    auto out = std::make_shared<readings>();
    out->form = form_of(how);
    auto kept = std::make_shared<arrow_table>(arrow_table_of(table));
    out->kept.push_back(kept);
    for (const auto& batch : kept->batches) {
        reading_batch next;
        next.first_row = out->rows;
        next.rows = batch->length;
        set_account(next, *kept, *batch, out->form.account);
        set_time(next, *out, *kept, *batch);
        next.value = spelled_column(*out, *kept, *batch, out->form.value);
        if (!out->form.quality.empty()) {
            next.quality = spelled_column(*out, *kept, *batch, out->form.quality);
        }
        check_local(next, out->form);
        check_whole(next.names ? *next.names : next.account, out->form.account);
        check_value(next, out->form);
        out->rows += batch->length;
        out->batches.push_back(std::move(next));
    }
    return out;
}

// ---- Columns of NumPy and others with buffers ---------------------------------------------------

value_source buffer_source(const py::buffer_info& from, const std::string& name)
{
    using kind = value_source::kind;
    if (from.ndim != 1 || (from.size > 0 && from.strides[0] != from.itemsize)) {
        raise("WrongType", {"column " + name, std::to_string(from.ndim) + " dimensions",
                            "one dimension, its values one after the other"});
    }
    value_source out;
    out.values = from.ptr;
    const std::string& format = from.format;
    const char last = format.empty() ? 'B' : format.back();
    const char order = std::endian::native == std::endian::little ? '>' : '<';
    if (format.starts_with(order) || format.starts_with('!')) {
        raise("WrongType", {"column " + name, "values of format " + format,
                            "the byte order of this machine"});
    }
    const bool is_signed = std::string_view{"bhilqn"}.find(last) != std::string_view::npos;
    const bool is_unsigned = std::string_view{"BHILQN"}.find(last) != std::string_view::npos;
    if (last == 'w') {
        out.is = kind::wide_text;
        out.width = from.itemsize / 4;
    } else if (last == 'd' || last == 'f') {
        out.is = last == 'd' ? kind::float64 : kind::float32;
    } else if (is_signed || is_unsigned) {
        const auto size = from.itemsize;
        const kind wide[] = {is_signed ? kind::int8 : kind::uint8,
                             is_signed ? kind::int16 : kind::uint16,
                             is_signed ? kind::int32 : kind::uint32,
                             is_signed ? kind::int64 : kind::uint64};
        out.is = wide[size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3];
    } else {
        raise("WrongType", {"column " + name, "values of format " + format,
                            "texts, integers or datetime64"});
    }
    return out;
}

/// Texts out of a list, laid side by side.
value_source list_source(readings& of, const py::list& values)
{
    auto texts = std::make_shared<text_column>();
    for (const auto& each : values) {
        texts->add(each.is_none() ? std::string{} : py::str(each).cast<std::string>());
    }
    return text_column::source_of(std::move(texts), of);
}

value_source any_source(readings& of, const py::object& values, const std::string& name,
                        std::int64_t rows)
{
    if (static_cast<std::int64_t>(py::len(values)) != rows) {
        raise("InvalidValue", {"column " + name, std::to_string(py::len(values)) + " values",
                               std::to_string(rows) + ", as the others have"});
    }
    if (py::isinstance<py::list>(values)) return list_source(of, values);
    auto info = std::make_shared<py::buffer_info>(values.cast<py::buffer>().request());
    of.kept.push_back(info);
    return buffer_source(*info, name);
}

/// `columns`: lists of texts, or buffers; of times numbers, with how many of them a second has.
std::shared_ptr<readings> from_columns(const py::dict& columns, const py::dict& how)
{
    auto out = std::make_shared<readings>();
    out->form = form_of(how);
    reading_batch all;
    all.rows = static_cast<std::int64_t>(py::len(columns["account"]));
    all.account = any_source(*out, columns["account"], out->form.account, all.rows);
    all.time = any_source(*out, columns["time"], out->form.time, all.rows);
    all.ticks_a_second = columns["ticks_a_second"].cast<std::int64_t>();
    all.is_local = columns["is_local"].cast<bool>() && !all.time.is_text();
    all.value = any_source(*out, columns["value"], out->form.value, all.rows);
    if (columns.contains("quality")) {
        all.quality = any_source(*out, columns["quality"], out->form.quality, all.rows);
    }
    check_local(all, out->form);
    check_whole(all.account, out->form.account);
    check_value(all, out->form);
    out->rows = all.rows;
    out->batches.push_back(std::move(all));
    return out;
}

// ---- The run ------------------------------------------------------------------------------------

bill_options options_of(const py::dict& of)
{
    bill_options out;
    if (of.contains("interval") && !of["interval"].is_none()) {
        out.interval = duration_of(of["interval"], "interval");
        if (out.interval->count() <= 0) {
            raise("InvalidValue", {"interval", shown(of["interval"]), "a positive timedelta"});
        }
    }
    out.is_register = item(of, "register", false);
    out.is_end_stamped = item(of, "end_stamped", false);
    out.register_capacity = item(of, "register_capacity", std::int64_t{0});
    out.threads = item(of, "threads", std::max(1U, std::thread::hardware_concurrency()));
    if (of.contains("periods") && !of["periods"].is_none()) {
        for (const auto& each : of["periods"].cast<py::list>()) {
            const auto parts = each.cast<py::tuple>();
            tariff::period next;
            next.id = value_of(period_id::parse(parts[0].cast<std::string>()),
                               {"periods", shown(parts[0]), "a name of at most 23 characters"});
            next.from = instant{duration{parts[1].cast<std::int64_t>()}};
            next.until = instant{duration{parts[2].cast<std::int64_t>()}};
            out.periods.push_back(next);
        }
    }
    return out;
}

std::vector<bill_class> classes_of(const py::list& of)
{
    std::vector<bill_class> out;
    for (const auto& each : of) {
        const auto parts = each.cast<py::tuple>();
        bill_class next{tariff_of(parts[0]), {}};
        for (const auto& [name, value] : parts[1].cast<py::dict>()) {
            const auto place = "accounts: attribute " + name.cast<std::string>();
            next.common.attributes.push_back(
                {name.cast<std::string>(), instant::min(),
                 number_of<4>(value, place.c_str())});
        }
        out.push_back(std::move(next));
    }
    return out;
}

/// A row that cannot be used as a fault; `label` and `first` are how its table counts rows.
fault fault_of(const bad_row& row, const std::string& label, std::int64_t first)
{
    return {label + std::to_string(row.row + first) + ", column " + row.column, row.value,
            row.expected};
}

/// Times, 10^-4 kWh and qualities of an account, in the order of time; rows that cannot be used
/// are raised.
py::tuple series(readings& of, const std::string& account, const std::string& label,
                 std::int64_t first)
{
    if (of.accounts.empty()) find_accounts(of);
    const auto known = std::find(of.accounts.begin(), of.accounts.end(), account);
    if (known == of.accounts.end()) {
        raise("NotFound", {"account", "'" + account + "'", "an account of the readings"});
    }
    const account_rows found =
        usable_rows(of, static_cast<std::size_t>(known - of.accounts.begin()));
    if (!found.bad.empty()) {
        std::vector<fault> all;
        for (const bad_row& each : found.bad) all.push_back(fault_of(each, label, first));
        raise(all, std::to_string(all.size()) + " rows of account " + account +
                       " cannot be used");
    }
    py::list starts{found.rows.size()};
    py::list units{found.rows.size()};
    py::list qualities{found.rows.size()};
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
        starts[i] = py::int_{found.rows[i].at};
        units[i] = py::int_{found.rows[i].value};
        qualities[i] = py::int_{found.rows[i].quality};
    }
    return py::make_tuple(starts, units, qualities);
}

/// Bad rows first, then what is wrong with accounts, as wattpurse.Fault of (path, value, expected).
void raise_all(const bill_run& of, const std::string& label, std::int64_t first)
{
    std::vector<fault> all;
    for (const bad_row& each : of.bad) {
        all.push_back(fault_of(each, label, first));
    }
    for (const account_fault& each : of.faults) {
        all.push_back({each.account.empty() ? each.what.path
                                            : "account " + each.account + ": " + each.what.path,
                       each.what.value, each.what.expected});
    }
    std::string title = std::to_string(of.bad_count) + " of " +
                        std::to_string(of.source().rows) + " rows cannot be used";
    if (of.bad_count == 0) title = std::to_string(of.faults.size()) + " faults";
    if (of.bad.size() < of.bad_count) {
        title += ", of which the first " + std::to_string(of.bad.size()) + " are listed";
    }
    raise(all, title);
}

/// Runs in other threads, while this one looks whether Ctrl-C was pressed and tells how far it is.
void run_watched(bill_run& work, const py::object& progress)
{
    const py::gil_scoped_release others_may_run;
    auto running = std::async(std::launch::async, [&work] { work.run(); });
    const auto total = work.source().accounts.size();
    std::exception_ptr stopped;
    while (running.wait_for(std::chrono::milliseconds{50}) != std::future_status::ready) {
        const py::gil_scoped_acquire mine;
        try {
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
            if (!progress.is_none()) progress(work.done.load(), total);
        } catch (py::error_already_set&) {
            stopped = std::current_exception();
            work.cancelled = true;
            break;
        }
    }
    running.wait();
    const py::gil_scoped_acquire mine;
    if (stopped) std::rethrow_exception(stopped);
    running.get();
    if (!progress.is_none()) progress(total, total);
}

std::shared_ptr<bill_run> run(const std::shared_ptr<readings>& from, const py::list& classes,
                              const std::unordered_map<std::string, std::uint32_t>& class_of,
                              const py::dict& options, bool skip, const std::string& label,
                              std::int64_t first, const py::object& progress)
{
    bill_options chosen = options_of(options);
    std::vector<bill_class> all = classes_of(classes);
    std::shared_ptr<bill_run> work;
    bool is_ready = false;
    {
        const py::gil_scoped_release others_may_run;
        if (from->accounts.empty()) find_accounts(*from);
        work = std::make_shared<bill_run>(from, std::move(all), class_of, std::move(chosen));
        is_ready = work->prepare();
    }
    if (is_ready) run_watched(*work, progress);
    const bool may_skip = skip && is_ready;  // otherwise nothing was billed
    if (!work->faults.empty() || (work->bad_count > 0 && !may_skip)) {
        raise_all(*work, label, first);
    }
    return work;
}

py::list explained(const bill_run& of, const std::string& account, const std::string& period,
                   bool in_chinese)
{
    const auto& accounts = of.source().accounts;
    const auto known = std::find(accounts.begin(), accounts.end(), account);
    if (known == accounts.end()) {
        raise("NotFound", {"account", account, "an account that has readings"});
    }
    py::list out;
    for (std::size_t i = 0; i < of.periods().size(); ++i) {
        if (!period.empty() && of.periods()[i].id.view() != period) continue;
        const auto index = static_cast<std::uint32_t>(known - accounts.begin());
        const auto what = of.itemised(index, static_cast<std::uint32_t>(i));
        if (!what) raise(what.error(), "account " + account);
        std::int64_t sum = 0;
        for (const tariff::line& line : what->lines) sum += line.amount.mantissa();
        if (of.charged(index, static_cast<std::uint32_t>(i)).value_or(sum) != sum) {
            raise("Conflict", {"account " + account + ", " +
                                   std::string{of.periods()[i].id.view()},
                               "readings that were changed after they were billed",
                               "those that the bill was made of"});
        }
        for (const tariff::line& line : what->lines) {
            const auto language =
                in_chinese ? tariff::language::chinese : tariff::language::english;
            out.append(py::make_tuple(of.periods()[i].id.view(), line.id.view(),
                                      tariff::explain(line, language)));
        }
    }
    return out;
}

}  // namespace

void bind_bill(py::module_& to)
{
    auto area = to.def_submodule("bill", "Bills of many accounts; see wattpurse.bill.");
    bind_arrow(area);
    py::class_<readings, std::shared_ptr<readings>>(area, "Readings",
                                                    "Columns of readings, ready to be billed.")
        .def_property_readonly("accounts",
                               [](readings& self) {
                                   if (self.accounts.empty()) find_accounts(self);
                                   return self.accounts;
                               })
        .def("series", &series, py::arg("account"), py::arg("label"), py::arg("first"));
    area.def("from_arrow", &from_arrow, py::arg("table"), py::arg("how"));
    area.def("from_columns", &from_columns, py::arg("columns"), py::arg("how"));
    py::class_<bill_run, std::shared_ptr<bill_run>>(area, "Run", "What a run has made.")
        .def("bills", [](const bill_run& self) {
            return std::make_shared<out_table>(self.bills());
        })
        .def("lines", [](const bill_run& self) {
            return std::make_shared<out_table>(self.lines());
        })
        .def("skipped", [](const bill_run& self) {
            py::list out;
            for (const bad_row& each : self.bad) {
                out.append(py::make_tuple(each.row, each.column, each.value, each.expected));
            }
            return out;
        })
        .def_property_readonly("skipped_count",
                               [](const bill_run& self) { return self.bad_count; })
        .def_property_readonly(
            "account_count", [](const bill_run& self) { return self.source().accounts.size(); })
        .def("periods",
             [](const bill_run& self) {
                 py::list out;
                 for (const auto& each : self.periods()) out.append(each.id.view());
                 return out;
             })
        .def("explained", &explained, py::arg("account"), py::arg("period"),
             py::arg("in_chinese"));
    area.def("run", &run, py::arg("readings"), py::arg("classes"), py::arg("class_of"),
             py::arg("options"), py::arg("skip"), py::arg("label"), py::arg("first"),
             py::arg("progress"));
}

}  // namespace wattpurse::python
