// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/statement.hpp>

#include <algorithm>
#include <optional>

namespace wattpurse::ledger {
namespace {

[[nodiscard]] instant time_of(const posting& row, time_axis axis)
{
    return axis == time_axis::effective ? row.effective_at : row.recorded_at;
}

/// Metered kinds repeat many times a day; drawing them together loses nothing, because each
/// posting explains the charge from the period's start.
[[nodiscard]] bool may_share_row(posting_kind kind)
{
    return kind == posting_kind::charge || kind == posting_kind::adjustment;
}

/// The local day whose end is `at` or comes after it: midnight still belongs to the day before.
[[nodiscard]] instant day_of(instant at, fixed_zone zone)
{
    return start_of_day(at - duration{1}, zone);
}

[[nodiscard]] bool same_span(instant a, instant b, const statement_period& period)
{
    switch (period.charges) {
        case row_span::moment: return a == b;
        case row_span::day: return day_of(a, period.zone) == day_of(b, period.zone);
        case row_span::period: return true;
    }
    return false;
}

/// Adds up one statement, posting by posting in the order of the axis.
class builder {
public:
    builder(statement& out, money opening) : out_{out}, balance_{opening}
    {
        out_.opening = opening;
        out_.closing = opening;
        out_.paid_in = money{{}, opening.unit()};
        out_.paid_out = out_.paid_in;
    }

    [[nodiscard]] result<void> before(const posting& row)
    {
        const auto sum = balance_ + row.amount;
        if (!sum) {
            return fail(sum.error());
        }
        balance_ = *sum;
        out_.opening = balance_;
        out_.closing = balance_;
        return {};
    }

    [[nodiscard]] result<void> within(const posting& row)
    {
        const auto sum = balance_ + row.amount;
        if (!sum) {
            return fail(sum.error());
        }
        balance_ = *sum;
        out_.closing = balance_;
        return into_row(row);
    }

    [[nodiscard]] result<void> totals()
    {
        for (const statement_row& row : out_.rows) {
            money& side = row.amount.is_negative() ? out_.paid_out : out_.paid_in;
            const auto sum = side + row.amount;
            if (!sum) {
                return fail(sum.error());
            }
            side = *sum;
        }
        return {};
    }

private:
    [[nodiscard]] bool continues_row(const posting& row) const
    {
        if (out_.rows.empty()) {
            return false;
        }
        const statement_row& last = out_.rows.back();
        return last.kind == row.kind && may_share_row(row.kind) &&
               same_span(last.at, time_of(row, out_.period.axis), out_.period);
    }

    [[nodiscard]] result<void> into_row(const posting& row)
    {
        if (!continues_row(row)) {
            statement_row fresh;
            fresh.kind = row.kind;
            fresh.amount = money{{}, row.amount.unit()};
            out_.rows.push_back(std::move(fresh));
        }
        statement_row& shown = out_.rows.back();
        const auto amount = shown.amount + row.amount;
        if (!amount) {
            return fail(amount.error());
        }
        shown.at = time_of(row, out_.period.axis);
        shown.amount = *amount;
        shown.balance = balance_;
        ++shown.postings;
        return into_line(shown, row);
    }

    [[nodiscard]] static result<void> into_line(statement_row& shown, const posting& row)
    {
        const auto same = [&row](const statement_line& line) {
            return line.subject == row.subject;
        };
        const auto line = std::find_if(shown.lines.begin(), shown.lines.end(), same);
        if (line == shown.lines.end()) {
            shown.lines.push_back({row.subject, row.amount, row.explain});
            return {};
        }
        const auto amount = line->amount + row.amount;
        if (!amount) {
            return fail(amount.error());
        }
        line->amount = *amount;
        line->explain = row.explain;
        return {};
    }

    statement& out_;
    money balance_;
};

[[nodiscard]] std::vector<const posting*> by_time(std::span<const posting> postings,
                                                  time_axis axis)
{
    std::vector<const posting*> order;
    order.reserve(postings.size());
    for (const posting& row : postings) {
        order.push_back(&row);
    }
    std::stable_sort(order.begin(), order.end(), [axis](const posting* a, const posting* b) {
        return time_of(*a, axis) < time_of(*b, axis);
    });
    return order;
}

}  // namespace

result<statement> make_page(std::span<const posting> postings, row_span charges, fixed_zone zone)
{
    if (postings.empty()) {
        return fail(errc::empty);
    }
    const posting& first = postings.front();
    const auto opening = first.running_balance - first.amount;
    if (!opening) {
        return fail(opening.error());
    }
    statement out;
    out.account = first.account;
    out.period = {first.recorded_at, postings.back().recorded_at, zone, time_axis::recorded,
                  charges};
    builder add{out, *opening};
    for (const posting& row : postings) {
        if (const auto added = add.within(row); !added) {
            return fail(added.error());
        }
    }
    if (const auto added = add.totals(); !added) {
        return fail(added.error());
    }
    return out;
}

result<statement> make_statement(std::span<const posting> postings,
                                 const statement_period& period)
{
    if (postings.empty()) {
        return fail(errc::empty);
    }
    statement out;
    out.account = postings.front().account;
    out.period = period;
    builder add{out, money{{}, postings.front().amount.unit()}};
    const auto order = by_time(postings, period.axis);
    const bool begins_here = time_of(*order.front(), period.axis) == period.from;
    for (const posting* row : order) {
        const instant at = time_of(*row, period.axis);
        if (at > period.until) {
            break;
        }
        const bool shown = at > period.from || (begins_here && at == period.from);
        const auto added = shown ? add.within(*row) : add.before(*row);
        if (!added) {
            return fail(added.error());
        }
    }
    if (const auto added = add.totals(); !added) {
        return fail(added.error());
    }
    return out;
}

}  // namespace wattpurse::ledger
