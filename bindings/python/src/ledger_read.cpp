// SPDX-License-Identifier: Apache-2.0
// What a ledger's books say.
#include <array>
#include <string>
#include <utility>

#include <wattpurse/ledger/closing.hpp>
#include <wattpurse/ledger/open_items.hpp>
#include <wattpurse/ledger/statement.hpp>

#include "arrow.hpp"
#include "bytes.hpp"
#include "ledger.hpp"
#include "ledger_rows.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

constexpr std::size_t page_postings = 4'096;

py::object optional_time(std::optional<instant> at)
{
    return at ? datetime_from(*at) : py::none();
}

/// None where the account has no postings. They are numbered without a gap, so that the last of
/// them is found by halves.
std::optional<posting> last_posting(port::store& store, const account_id& account)
{
    const auto after = [&](std::uint64_t number) {
        return read_value(store.postings(account, number, 1));
    };
    std::uint64_t below = 0;  // there is a posting after it
    auto found = after(below);
    if (found.empty()) return std::nullopt;
    std::uint64_t step = 1;
    for (auto next = after(below + step); !next.empty(); next = after(below + step)) {
        below += step;
        found = std::move(next);
        step *= 2;
    }
    for (std::uint64_t beyond = below + step; beyond - below > 1;) {
        const std::uint64_t middle = below + (beyond - below) / 2;
        auto next = after(middle);
        (next.empty() ? beyond : below) = middle;
        if (!next.empty()) found = std::move(next);
    }
    return found.front();
}

/// None for an account without postings.
py::object balance(python_books& self, const py::object& name)
{
    const account_id account = account_of(name, "account");
    const auto last = unlocked([&] {
        return self.books.with_store(
            [&](port::store& store) { return last_posting(store, account); });
    });
    return last ? py::cast(last->running_balance) : py::none();
}

py::object balance_at(python_books& self, const py::object& name, const py::object& at,
                      bool is_recorded)
{
    const account_id account = account_of(name, "account");
    const instant moment = instant_of(at, is_recorded ? "recorded" : "at");
    const auto found = unlocked([&]() -> std::optional<result<money>> {
        const auto rows = self.books.with_store([&](port::store& store) {
            return read_value(ledger::account_postings(store, account));
        });
        if (rows.empty()) return std::nullopt;
        return ledger::balance_as_of(rows, moment, is_recorded ? ledger::time_axis::recorded
                                                               : ledger::time_axis::effective);
    });
    if (!found) return py::none();
    return py::cast(value_of(*found, {"account", std::string{account.view()}, "sound books"}));
}

py::list accounts(python_books& self)
{
    const auto state = unlocked([&] {
        return self.books.with_store(
            [](port::store& store) { return read_value(store.load()); });
    });
    std::map<account_id, account_terms> terms;
    for (const account_terms& each : state.terms) terms[each.account] = each;
    py::list out;
    const auto add = [&](const account_head& head) {
        const auto found = terms.find(head.account);
        const bool has_floor = found != terms.end() && found->second.floor;
        out.append(py::make_tuple(str_from(head.account.view()), head.balance, head.seq,
                                  has_floor ? py::cast(*found->second.floor) : py::none(),
                                  found != terms.end() && found->second.is_closed));
    };
    for (const account_head& each : state.heads) add(each);
    return out;
}

py::list reservations(python_books& self)
{
    const auto state = unlocked([&] {
        return self.books.with_store(
            [](port::store& store) { return read_value(store.load()); });
    });
    py::list out;
    for (const reservation& each : state.reservations) {
        out.append(py::make_tuple(each.key, str_from(each.account.view()),
                                  str_from(each.holder.view()), each.amount,
                                  optional_time(each.expires_at)));
    }
    return out;
}

py::list listed(const std::vector<posting>& rows)
{
    py::list out;
    for (const posting& row : rows) out.append(posting_tuple(row));
    return out;
}

py::list postings(python_books& self, const py::object& name, std::uint64_t after,
                  std::size_t limit)
{
    const account_id account = account_of(name, "account");
    return listed(unlocked([&] {
        return self.books.with_store([&](port::store& store) {
            return read_value(store.postings(account, after, limit));
        });
    }));
}

py::list transfer_rows(python_books& self, const std::string& key, bool is_linked)
{
    return listed(unlocked([&] {
        return self.books.with_store([&](port::store& store) {
            return read_value(is_linked ? store.linked(key) : store.find_transfer(key));
        });
    }));
}

py::list open_items(python_books& self, const py::object& name)
{
    const account_id account = account_of(name, "account");
    const auto items = unlocked([&] {
        return self.books.with_store([&](port::store& store) {
            return read_value(ledger::open_items_of(store, account));
        });
    });
    py::list out;
    for (const ledger::open_item& each : items) {
        out.append(py::make_tuple(each.key, each.amount, datetime_from(each.since), each.explain));
    }
    return out;
}

// ---- Statements ---------------------------------------------------------------------------------

ledger::row_span span_of(const std::string& by)
{
    if (by == "moment") return ledger::row_span::moment;
    if (by == "day") return ledger::row_span::day;
    if (by == "period") return ledger::row_span::period;
    raise("InvalidValue", {"by", '\'' + by + '\'', "'moment', 'day' or 'period'", "syntax"});
}

py::tuple row_tuple(const ledger::statement_row& row, fixed_zone zone)
{
    py::list lines;
    for (const ledger::statement_line& each : row.lines) {
        lines.append(py::make_tuple(each.subject, each.amount, each.explain));
    }
    return py::make_tuple(datetime_from(row.at, zone), str_from(to_string(row.kind)), row.amount,
                          row.balance, row.postings, py::tuple(lines));
}

py::dict statement_dict(const ledger::statement& shown_now, std::uint64_t last, bool is_last)
{
    py::list rows;
    for (const auto& each : shown_now.rows) {
        rows.append(row_tuple(each, shown_now.period.zone));
    }
    py::dict out;
    out["account"] = str_from(shown_now.account.view());
    out["opening"] = shown_now.opening;
    out["rows"] = py::tuple(rows);
    out["closing"] = shown_now.closing;
    out["paid_in"] = shown_now.paid_in;
    out["paid_out"] = shown_now.paid_out;
    out["text"] = render(shown_now);
    out["last"] = last;
    out["is_last"] = is_last;
    return out;
}

py::dict page(python_books& self, const py::object& name, std::uint64_t after, std::size_t limit,
              const std::string& by, const py::object& zone)
{
    const account_id account = account_of(name, "account");
    const auto span = span_of(by);
    const fixed_zone where = zone_of(zone, "zone");
    const auto made = unlocked([&] {
        return self.books.with_store([&](port::store& store) {
            return read_value(ledger::page_after(store, account, after, limit, span, where));
        });
    });
    return statement_dict(made.shown, made.last, made.is_last);
}

py::dict period(python_books& self, const py::object& name, const py::object& start,
                const py::object& until, const std::string& by, const py::object& zone,
                bool is_recorded)
{
    const account_id account = account_of(name, "account");
    const ledger::statement_period over{
        instant_of(start, "start"), instant_of(until, "until"), zone_of(zone, "zone"),
        is_recorded ? ledger::time_axis::recorded : ledger::time_axis::effective, span_of(by)};
    if (over.until < over.from) {
        raise("InvalidValue", {"until", shown(until), "a moment not before `start`", "syntax"});
    }
    const auto made = unlocked([&] {
        const auto rows = self.books.with_store([&](port::store& store) {
            return read_value(ledger::account_postings(store, account));
        });
        return std::pair{ledger::make_statement(rows, over),
                         rows.empty() ? 0 : rows.back().account_seq};
    });
    return statement_dict(value_of(made.first, {"account", std::string{account.view()},
                                                "an account with postings"}),
                          made.second, true);
}

// ---- Columns ------------------------------------------------------------------------------------

/// Postings as columns; filled row by row.
class posting_columns {
public:
    void add(const posting& row)
    {
        blocks_.values.push_back(static_cast<std::int64_t>(row.block));
        accounts_.push_back(row.account.view());
        numbers_.values.push_back(static_cast<std::int64_t>(row.account_seq));
        keys_.push_back(row.key);
        legs_.values.push_back(row.leg);
        kinds_.push_back(to_string(row.kind));
        subjects_.push_back(row.subject);
        effective_.ms.push_back(row.effective_at.time_since_epoch().count());
        recorded_.ms.push_back(row.recorded_at.time_since_epoch().count());
        amounts_.mantissas.push_back(row.amount.mantissa());
        balances_.mantissas.push_back(row.running_balance.mantissa());
        currencies_.push_back(row.amount.unit().code());
        explains_.push_back(row.explain);
        links_.push_back(row.link);
    }

    [[nodiscard]] std::shared_ptr<out_table> table()
    {
        auto out = std::make_shared<out_table>();
        const auto put = [&](const char* name, auto& values) {
            out->columns.push_back({name, std::move(values)});
        };
        put("block", blocks_);
        put("account", accounts_);
        put("number", numbers_);
        put("key", keys_);
        put("leg", legs_);
        put("kind", kinds_);
        put("subject", subjects_);
        put("effective_at", effective_);
        put("recorded_at", recorded_);
        put("amount", amounts_);
        put("balance", balances_);
        put("currency", currencies_);
        put("explain", explains_);
        put("link", links_);
        return out;
    }

private:
    counts blocks_, numbers_, legs_;
    texts accounts_, keys_, kinds_, subjects_, currencies_, explains_, links_;
    moments effective_, recorded_;
    decimals amounts_, balances_;
};

void add_account(posting_columns& to, port::store& store, const account_id& account)
{
    for (std::uint64_t after = 0;;) {
        const auto rows = read_value(store.postings(account, after, page_postings));
        if (rows.empty()) return;
        for (const posting& row : rows) to.add(row);
        after = rows.back().account_seq;
    }
}

void add_all(posting_columns& to, port::store& store)
{
    constexpr std::size_t page_blocks = 64;
    for (std::uint64_t after = 0;;) {
        std::vector<block_seal> seals;
        const auto rows = read_value(store.blocks(after, page_blocks, seals));
        if (seals.empty()) return;
        for (const posting& row : rows) to.add(row);
        after = seals.back().number;
    }
}

std::shared_ptr<out_table> columns(python_books& self, const py::object& name)
{
    account_id account;
    if (!name.is_none()) account = account_of(name, "account");
    return unlocked([&] {
        posting_columns out;
        self.books.with_store([&](port::store& store) {
            if (account.empty()) {
                add_all(out, store);
            } else {
                add_account(out, store, account);
            }
        });
        return out.table();
    });
}

}  // namespace

py::tuple posting_tuple(const posting& row)
{
    return py::make_tuple(str_from(row.account.view()), row.account_seq, row.key, row.leg,
                          str_from(to_string(row.kind)), row.subject,
                          datetime_from(row.effective_at), datetime_from(row.recorded_at),
                          row.amount, row.running_balance, row.block, row.explain, row.link,
                          optional_time(row.expires_at));
}

void bind_ledger_reading(py::class_<python_books>& type)
{
    type.def("balance", &balance, py::arg("account"))
        .def("balance_at", &balance_at, py::arg("account"), py::arg("at"), py::arg("recorded"))
        .def("accounts", &accounts)
        .def("reservations", &reservations)
        .def("postings", &postings, py::arg("account"), py::arg("after"), py::arg("limit"))
        .def("transfer", &transfer_rows, py::arg("key"), py::arg("linked"))
        .def("open_items", &open_items, py::arg("account"))
        .def("page", &page, py::arg("account"), py::arg("after"), py::arg("limit"), py::arg("by"),
             py::arg("zone"))
        .def("period", &period, py::arg("account"), py::arg("start"), py::arg("until"),
             py::arg("by"), py::arg("zone"), py::arg("recorded"))
        .def("columns", &columns, py::arg("account"));
}

}  // namespace wattpurse::python
