// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/billing.hpp>

#include <algorithm>
#include <span>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/rate.hpp>

namespace wattpurse::engine {

namespace {

tl::unexpected<std::string> trouble(const account_id& account, std::string what)
{
    return tl::unexpected<std::string>{"account " + std::string{account.view()} + ": " +
                                       std::move(what)};
}

/// A freeze that is not there a day after its midnight may never come; it is asked for all the
/// same, as long as meters keep it.
constexpr duration boundary_patience = std::chrono::hours{24};

/// The longest that a determinant counts before it begins anew.
constexpr duration ladder_length = std::chrono::days{366};

/// The house's account that a line is credited to. Corrections of a line go where it went.
[[nodiscard]] std::string_view revenue_of(const tariff::line& line)
{
    if (std::find(line.tags.begin(), line.tags.end(), "tax") != line.tags.end()) return house::tax;
    if (line.kind != tariff::line_kind::charge && line.kind != tariff::line_kind::fee) {
        return house::other;
    }
    if (line.unit == "kWh" || line.unit == "kvarh") return house::energy;
    if (line.unit == "kW" || line.unit == "kVA") return house::demand;
    if (line.unit == "day" || line.unit == "month") return house::standing;
    return house::other;
}

/// One row for each register between two readings.
tariff::consumption rows_of_parts(const std::vector<usage::series::metered>& parts)
{
    tariff::consumption out;
    out.meters.clear();
    for (const auto& part : parts) {
        const std::string name{part.meter.view()};
        auto known = std::find(out.meters.begin(), out.meters.end(), name);
        if (known == out.meters.end()) known = out.meters.insert(known, name);
        for (std::size_t i = 0; i < tariff_count; ++i) {
            if (part.used[i].is_zero()) continue;
            tariff::consumption_row row;
            row.from = part.from;
            row.until = part.until;
            row.register_index = static_cast<std::int8_t>(i);
            row.meter = static_cast<std::uint16_t>(known - out.meters.begin());
            row.quantity = part.used[i].value();
            out.rows.push_back(row);
        }
    }
    if (out.meters.empty()) out.meters = {"main"};
    return out;
}

/// Rows of another period, with its meters.
void append(const tariff::consumption& from, tariff::consumption& to)
{
    for (tariff::consumption_row row : from.rows) {
        const std::string& name = from.meters[row.meter];
        auto known = std::find(to.meters.begin(), to.meters.end(), name);
        if (known == to.meters.end()) known = to.meters.insert(known, name);
        row.meter = static_cast<std::uint16_t>(known - to.meters.begin());
        to.rows.push_back(row);
    }
}

std::string text_of(const period_id& period) { return std::string{period.view()}; }

std::string subject_of(const period_id& period, std::string_view line)
{
    return std::string{period.view()} + "/" + std::string{line};
}

}  // namespace

billing::billing(const site& where, tariff::tariff price_list)
    : site_(where), tariff_(std::move(price_list))
{
    for (const tariff::version& each : tariff_.versions) {
        for (const tariff::determinant& counted : each.determinants) {
            looks_back_ = looks_back_ || counted.scope == tariff::scope::year ||
                          counted.scope == tariff::scope::two_months;
        }
    }
    divides_ = tariff::divides_periods(tariff_);
}

usage::limits billing::limits() const
{
    return {site_.profile.register_capacity, site_.profile.power_max};
}

void billing::open(const account_id& account, instant from) { begun_.emplace(account, from); }

billing::period_book billing::make_period(const account_id& account, instant at) const
{
    const instant begun = begun_.at(account);
    const auto month = tariff::period_at(at, site_.zone);
    const instant from = std::max(begun, month.from);
    const instant until = end_of_period(at);
    return {month.id,
            from,
            until,
            usage::series{account, from, until, limits(), begun >= month.from},
            {},
            std::nullopt,
            false};
}

billing::period_book& billing::period_at(const account_id& account, instant at)
{
    auto& periods = accounts_[account];
    if (site_.closes_at && at >= *site_.closes_at) at = *site_.closes_at - duration{1};
    const auto found = periods.find(end_of_period(at));
    if (found != periods.end()) return found->second;
    return periods.emplace(end_of_period(at), make_period(account, at)).first->second;
}

instant billing::end_of_period(instant at) const
{
    const instant month = start_of_next_month(at, site_.zone);
    return site_.closes_at ? std::min(month, *site_.closes_at) : month;
}

/// Those of one account; `all` are by account.
static std::span<const port::booked_line> lines_of(const std::vector<port::booked_line>& all,
                                                   const account_id& account)
{
    struct by_account {
        bool operator()(const port::booked_line& line, const account_id& of) const
        {
            return line.account < of;
        }
        bool operator()(const account_id& of, const port::booked_line& line) const
        {
            return of < line.account;
        }
    };
    const auto [first, last] = std::equal_range(all.begin(), all.end(), account, by_account{});
    return {first, last};
}

result<void, std::string> billing::load(port::store& from, const port::snapshot& state,
                                        instant now)
{
    std::map<std::string, std::vector<port::booked_line>> booked;  // by period
    for (const auto& [account, begun] : begun_) {
        // What meters still keep freezes of may be asked for, so it is taken up; older months rest,
        // but a ladder by the year goes by what was read in them.
        const instant open = oldest_open(now);
        const instant counted =
            looks_back_ ? start_of_month(open - ladder_length, site_.zone) : open;
        const instant first = std::max(begun, counted);
        for (instant at = first; at <= now; at = start_of_next_month(at, site_.zone)) {
            period_book& book = period_at(account, at);
            const auto readings = readings_of(from, account, book.from, book.until);
            if (!readings) return trouble(account, readings.error());
            for (const reading& known : *readings) {
                (void)book.series.restore(known);
                known_.emplace(account, known.meter, known.effective_at, known.source);
            }
            const std::string prefix = subject_of(book.period, "");
            if (booked.count(prefix) == 0) {
                auto lines = from.booked(prefix, book.from);
                if (!lines) return trouble(account, lines.error());
                booked.emplace(prefix, std::move(*lines));
            }
            for (const auto& line : lines_of(booked.at(prefix), account)) {
                book.lines.insert_or_assign(line.subject.substr(prefix.size()),
                                            line_state{-line.amount, line.revisions});
            }
            for (const auto& done : state.bills) {
                if (done.account == account && done.period == book.period) book.bill = done;
            }
        }
        take_up_corrections(account);
    }
    return {};
}

/// Lines named "2026-01/energy" were posted for a bill that was closed before: they are part of
/// what is booked for that one.
void billing::take_up_corrections(const account_id& account)
{
    auto& periods = accounts_[account];
    for (const auto& [until, book] : periods) {
        for (const auto& [name, line] : book.lines) {
            const auto slash = name.find('/');
            if (slash == std::string::npos) continue;
            for (auto& [earlier_until, earlier] : periods) {
                if (earlier.period.view() != std::string_view{name}.substr(0, slash)) continue;
                auto& state =
                    earlier.lines
                        .emplace(name.substr(slash + 1),
                                 line_state{money{decimal<6>{}, site_.unit}, 0})
                        .first->second;
                const auto sum = state.booked + line.booked;
                WATTPURSE_ASSERT(sum.has_value());  // both fitted the account's balance
                state.booked = *sum;
            }
        }
    }
}

instant billing::oldest_open(instant now) const
{
    return start_of_month(now - std::chrono::hours{24} * site_.profile.freeze_depth, site_.zone);
}

/// The first reading that is a day beyond an open period tells of it, once, also after a restart.
void billing::look_for_boundaries(const reading& what)
{
    const auto& periods = accounts_[what.account];
    std::optional<instant> before;  // the newest that came in, whether it counts or not
    for (const auto& [until, book] : periods) {
        const auto& known = book.series.readings();
        if (!known.empty()) before = known.back().effective_at;
    }
    for (const auto& [until, book] : periods) {
        const instant late = until + boundary_patience;
        if (book.bill || what.effective_at < late || (before && *before >= late)) continue;
        missing_.push_back({{}, what.account, what.meter, event_kind::boundary_missing,
                            "no reading at the end of " + text_of(book.period) +
                                ": its bill stays open, nothing is charged since"});
    }
}

bool billing::insert(const reading& what)
{
    if (what.effective_at < std::max(begun_.at(what.account), oldest_open(what.recorded_at))) {
        too_old_.push_back(what);
        return false;
    }
    bool added = false;
    look_for_boundaries(what);
    known_.emplace(what.account, what.meter, what.effective_at, what.source);
    const auto put = [&](period_book& book) {
        const auto outcome = book.series.insert(what);
        if (outcome == usage::series::outcome::duplicate) return;
        if (outcome == usage::series::outcome::conflict) conflicts_.push_back(what);
        book.touched = true;
        added = true;
    };
    put(period_at(what.account, what.effective_at));
    // A reading at the boundary ends one period and begins the next.
    if (what.effective_at == start_of_month(what.effective_at, site_.zone) &&
        what.effective_at > begun_.at(what.account)) {
        put(period_at(what.account, what.effective_at - duration{1}));
    }
    return added;
}

result<void, std::string> billing::book(instant tick, ledger::journal& books, port::batch& into)
{
    for (event& gap : std::exchange(missing_, {})) {
        gap.at = tick;
        into.events.push_back(std::move(gap));
    }
    for (const reading& old : std::exchange(too_old_, {})) {
        into.events.push_back({tick, old.account, old.meter, event_kind::reading_too_old,
                               "of " + std::string{iso8601(old.effective_at, site_.zone).view()} +
                                   ": that month rests; not charged"});
    }
    for (const reading& other : std::exchange(conflicts_, {})) {
        into.events.push_back({tick, other.account, other.meter, event_kind::reading_conflict,
                               "other registers for a moment that was read before"});
    }
    for (auto& [account, periods] : accounts_) {
        bool changed_before = false;
        for (auto& [until, book] : periods) {
            if (!book.touched && !(changed_before && looks_back_)) continue;
            changed_before = true;
            book.touched = false;
            for (const auto& found : book.series.take_findings()) {
                into.events.push_back(
                    {tick, account, found.what.meter, found.why, found.text});
            }
            for (const reading& changed : book.series.take_changed()) {
                into.readings.push_back(changed);
            }
            if (auto posted = post_differences(account, book, tick, books); !posted) {
                return posted;
            }
            if (!book.bill && book.series.has_boundary(until)) {
                if (auto closed = close(account, book, tick, books, into); !closed) return closed;
            }
        }
    }
    return {};
}

tariff::consumption billing::consumption_in(const account_id& account, const period_book& book,
                                            const tariff_energy& used) const
{
    // Where it matters when energy was used, as the readings tell it.
    const auto rows_in = [&](const period_book& of, instant until, const tariff_energy& energies) {
        if (divides_) return rows_of_parts(of.series.parts());
        return tariff::consumption_of({account, of.period, of.from, until, energies});
    };
    tariff::consumption out = rows_in(book, book.series.last_good(), used);
    out.service_from = begun_.at(account);
    if (!looks_back_) return out;
    // A ladder by the year runs through the periods before.
    for (const auto& [until, before] : accounts_.at(account)) {
        if (until > book.from) break;
        const auto known = before.series.used();
        if (known) append(rows_in(before, before.until, *known), out);
    }
    return out;
}

billing::target billing::target_of(const account_id& account, period_book& book, instant tick)
{
    if (!book.bill) return {&book, ""};
    // A bill that is closed does not change: what it should have said is posted in the open
    // period, and names it.
    period_book& open = period_at(account, tick);
    if (&open == &book || open.bill) return {&book, ""};
    return {&open, text_of(book.period) + "/"};
}

result<void, std::string> billing::post_differences(const account_id& account,
                                                    period_book& book, instant tick,
                                                    ledger::journal& books)
{
    const auto used = book.series.used();
    if (!used) return trouble(account, "usage: " + std::string{to_string(used.error())});
    const instant seen = book.series.last_good();
    const tariff::period over{book.period, book.from, book.until};
    const auto rated =
        tariff::rate(tariff_, consumption_in(account, book, *used), over, seen);
    if (!rated) return trouble(account, "rating: " + to_string(rated.error().front()));
    for (const tariff::line& line : rated->lines) {
        if (auto posted = post_line(account, book, line, seen, tick, books); !posted) {
            return posted;
        }
    }
    return {};
}

result<void, std::string> billing::post_line(const account_id& account, period_book& book,
                                             const tariff::line& line, instant seen, instant tick,
                                             ledger::journal& books)
{
    const std::string name{line.id.view()};
    const line_state nothing{money{decimal<6>{}, site_.unit}, 0};
    auto& state = book.lines.emplace(name, nothing).first->second;
    const auto owed = line.amount - state.booked;
    if (!owed) return trouble(account, name + ": " + std::string{to_string(owed.error())});
    if (owed->amount().is_zero()) return {};
    const target into = target_of(account, book, tick);
    const bool elsewhere = into.book != &book;
    auto& counted = elsewhere
                        ? into.book->lines.emplace(into.prefix + name, nothing).first->second
                        : state;
    transfer post;
    post.subject = subject_of(into.book->period, into.prefix + name);
    post.key = "charge/" + std::string{account.view()} + "/" + post.subject + "/" +
               std::to_string(counted.revisions + 1);
    // A charge that shrinks, or one of a closed month, corrects what was posted before.
    const bool corrects = book.bill || owed->amount().is_negative();
    post.kind = corrects ? posting_kind::adjustment : posting_kind::charge;
    post.effective_at = seen;
    post.recorded_at = tick;
    post.legs = {{account, -*owed}, {house_account(revenue_of(line)), *owed}};
    if (elsewhere) post.explain = "of the closed bill " + text_of(book.period) + ", ";
    post.explain += (corrects ? "corrected to: " : "") + tariff::explain(line);
    if (auto staged = books.stage(post); !staged) {
        return trouble(account, post.key + " was refused by the ledger");
    }
    if (elsewhere) {
        const auto sum = counted.booked + *owed;
        if (!sum) return trouble(account, name + ": " + std::string{to_string(sum.error())});
        counted.booked = *sum;
    }
    state.booked = line.amount;
    ++counted.revisions;
    return {};
}

money billing::charged(const period_book& book) const
{
    money sum{decimal<6>{}, site_.unit};
    for (const auto& [name, line] : book.lines) {
        const auto next = sum + line.booked;
        WATTPURSE_ASSERT(next.has_value());  // each summand fitted the account's balance
        sum = *next;
    }
    return sum;
}

result<void, std::string> billing::close(const account_id& account, period_book& book,
                                         instant tick, ledger::journal& books,
                                         port::batch& into)
{
    const auto used = book.series.used();
    const money exact = charged(book);
    const tariff::period over{book.period, book.from, book.until};
    tariff::rated posted;
    posted.sum = exact;
    const auto closed = tariff::close(tariff_, over, posted);
    if (!used || !closed) return trouble(account, "the bill's total is out of range");
    const money total = closed->total;
    const auto difference = total - exact;
    if (!difference) return trouble(account, "the bill's rounding is out of range");
    transfer post;
    post.subject = subject_of(book.period, "rounding");
    post.key = "rounding/" + std::string{account.view()} + "/" + std::string{book.period.view()};
    post.kind = posting_kind::rounding;
    post.effective_at = book.until;
    post.recorded_at = tick;
    post.legs = {{account, -*difference}, {house_account(house::rounding), *difference}};
    post.explain = "bill " + std::string{book.period.view()} + " closed at " +
                   to_string(total) + ", postings sum to " + to_string(exact);
    if (auto staged = books.stage(post); !staged) {
        return trouble(account, post.key + " was refused by the ledger");
    }
    book.bill = wattpurse::bill{account, book.period, book.from, book.until,
                                *used,   exact,       total,     tick};
    into.bills.push_back(*book.bill);
    return {};
}

bool billing::knows(const account_id& account, const meter_id& meter, instant at,
                    reading_source source) const
{
    return known_.count({account, meter, at, source}) != 0;
}

std::optional<instant> billing::newest(const account_id& account) const
{
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) return std::nullopt;
    for (auto book = found->second.rbegin(); book != found->second.rend(); ++book) {
        if (!book->second.series.readings().empty()) return book->second.series.last_good();
    }
    return std::nullopt;
}

bool billing::closed_until(instant end) const
{
    return std::all_of(begun_.begin(), begun_.end(), [&](const auto& begun) {
        const auto found = accounts_.find(begun.first);
        if (found == accounts_.end()) return false;
        const auto book = found->second.find(end);
        return book != found->second.end() && book->second.bill.has_value();
    });
}

}  // namespace wattpurse::engine
