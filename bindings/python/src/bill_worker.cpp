// SPDX-License-Identifier: Apache-2.0
#include "bill_worker.hpp"

#include <algorithm>

#include <wattpurse/tariff/rate.hpp>

namespace wattpurse::python {

using tariff::missing_quality;

void bill_run::worker::refuse(bad_row row)
{
    ++bad_count;
    if (bad.size() < bad_rows_kept) bad.push_back(std::move(row));
}

void bill_run::worker::refuse(const account_row& which, const char* expected)
{
    refuse(bad_time(of.from_->form, which, expected));
}

/// The rows of an account, at the begin of their intervals.
void bill_run::worker::read(std::uint32_t account)
{
    account_rows found = usable_rows(*of.from_, account);
    for (bad_row& each : found.bad) refuse(std::move(each));
    rows_ = std::move(found.rows);
    if (of.options_.is_register) {  // what was used lies between two that can be trusted
        std::erase_if(rows_, [](const account_row& each) {
            return each.quality > static_cast<std::uint8_t>(quality::estimated);
        });
    }
    if (!of.options_.is_end_stamped) return;
    for (account_row& each : rows_) each.at -= of.options_.interval->count();
}

bool bill_run::worker::lay_out()
{
    if (of.batches_.empty()) return false;
    values_.assign(of.intervals_, 0);
    flags_.assign(of.intervals_, missing_quality);
    if (of.options_.is_register) return lay_out_registers();
    lay_out_intervals();
    return true;
}

void bill_run::worker::lay_out_intervals()
{
    const std::int64_t begin = of.begin_.time_since_epoch().count();
    const std::int64_t step = of.options_.interval->count();
    const auto size = static_cast<std::int64_t>(of.intervals_);
    for (const account_row& each : rows_) {
        const std::int64_t after = each.at - begin;
        if (after < 0 || after / step >= size) continue;  // of no period that is asked for
        if (after % step != 0) {
            refuse(each, "a time on the grid of `interval`");
            continue;
        }
        const auto at = static_cast<std::size_t>(after / step);
        values_[at] = each.value;
        flags_[at] = each.quality;
    }
}

/// False where a reading is not on the grid, or one of the grid is missing between two.
bool bill_run::worker::lay_out_registers()
{
    const std::int64_t begin = of.begin_.time_since_epoch().count();
    const std::int64_t step = of.options_.interval->count();
    const auto size = static_cast<std::int64_t>(of.intervals_);
    for (std::size_t i = 1; i < rows_.size(); ++i) {
        if ((rows_[i - 1].at - begin) % step != 0 || rows_[i].at - rows_[i - 1].at != step) {
            return false;
        }
    }
    for (std::size_t i = 1; i < rows_.size(); ++i) {
        const std::int64_t at = rows_[i - 1].at - begin;
        if (at < 0 || at / step >= size) continue;
        const auto used = difference(rows_[i - 1], rows_[i]);
        if (!used) continue;
        values_[static_cast<std::size_t>(at / step)] = *used;
        flags_[static_cast<std::size_t>(at / step)] =
            std::max(rows_[i - 1].quality, rows_[i].quality);
    }
    return true;
}

/// What a register counted from one reading to the next; a register that went back is a bad row.
std::optional<std::int64_t> bill_run::worker::difference(const account_row& before,
                                                         const account_row& after)
{
    const std::int64_t capacity = of.options_.register_capacity;
    const bool is_beyond = capacity > 0 && std::max(before.value, after.value) >= capacity;
    if (!is_beyond) {
        if (after.value >= before.value) return after.value - before.value;
        const std::int64_t turned = after.value + capacity - before.value;
        if (turned >= 0 && turned < capacity / 2) return turned;
    }
    const auto shown = decimal<4>::from_mantissa(after.value);
    refuse({after.number, of.from_->form.value, shown ? to_string(*shown) : "",
            is_beyond ? "registers below `register_capacity`"
                      : "a register no lower than the one before; `register_capacity` says where "
                        "it turns over"});
    return std::nullopt;
}

void bill_run::worker::rate(std::uint32_t account, std::vector<account_bill>& into)
{
    if (lay_out_at_once(account)) return rate_grid(account, into);
    read(account);
    if (lay_out()) {
        rate_grid(account, into);
    } else {
        rate_rows(account, into);
    }
}

void bill_run::worker::add_fault(std::uint32_t account, const std::vector<fault>& all)
{
    for (const fault& each : all) faults.push_back({of.from_->accounts[account], each});
}

void bill_run::worker::rate_grid(std::uint32_t account, std::vector<account_bill>& into)
{
    const tariff::batch& by = of.batches_[of.class_of_[account]];
    const auto& periods = by.periods();
    totals_.assign(periods.size(), {});
    amounts_.assign(periods.size() * by.lines().size(), 0);
    if (const auto done = by.rate_all({values_, flags_}, 1, totals_, amounts_); !done) {
        add_fault(account, done.error());
        return;
    }
    for (std::size_t i = 0; i < periods.size(); ++i) {
        const auto first = static_cast<std::size_t>((periods[i].from - of.begin_) /
                                                    *of.options_.interval);
        const auto last = static_cast<std::size_t>((periods[i].until - of.begin_) /
                                                   *of.options_.interval);
        account_bill next;
        next.account = account;
        next.period = static_cast<std::uint32_t>(i);
        for (std::size_t at = first; at < last; ++at) {
            if (flags_[at] <= static_cast<std::uint8_t>(quality::estimated)) {
                next.kwh += values_[at];
            }
        }
        next.charged = totals_[i].charged;
        next.total = totals_[i].total;
        next.estimated = totals_[i].estimated;
        next.missing = totals_[i].left_out;
        if (next.missing == last - first) continue;  // the account was not there
        for (std::size_t line = 0; line < by.lines().size(); ++line) {
            const std::int64_t amount = amounts_[i * by.lines().size() + line];
            if (amount != 0) next.lines.emplace_back(by.lines()[line], amount);
        }
        into.push_back(std::move(next));
    }
}

/// Differences of registers that are read when it falls.
tariff::consumption bill_run::worker::rows_of(std::uint32_t account)
{
    tariff::consumption out = of.class_of(account).common;
    for (std::size_t i = 1; i < rows_.size(); ++i) {
        const auto used = difference(rows_[i - 1], rows_[i]);
        if (!used) continue;
        tariff::consumption_row next;
        next.from = instant{duration{rows_[i - 1].at}};
        next.until = instant{duration{rows_[i].at}};
        next.quantity = tariff::scalar::of(*used);
        next.quality = static_cast<quality>(std::max(rows_[i - 1].quality, rows_[i].quality));
        out.rows.push_back(next);
    }
    return out;
}

void bill_run::worker::rate_rows(std::uint32_t account, std::vector<account_bill>& into)
{
    const tariff::consumption used = rows_of(account);
    const tariff::tariff& by = of.class_of(account).by;
    for (std::uint32_t i = 0; i < of.options_.periods.size(); ++i) {
        const tariff::period& over = of.options_.periods[i];
        account_bill next;
        next.account = account;
        next.period = i;
        const auto is_in = [&over](const tariff::consumption_row& each) {
            return each.from < over.until && each.until > over.from;
        };
        if (std::none_of(used.rows.begin(), used.rows.end(), is_in)) continue;
        for (const auto& each : used.rows) {  // one that lies over a period's end counts at its end
            const bool ends_here = each.until > over.from && each.until <= over.until;
            const bool is_charged = each.quality <= quality::estimated;
            if (ends_here && is_charged) next.kwh += each.quantity.mantissa();
        }
        auto what = tariff::rate(by, used, over);
        if (!what) {
            add_fault(account, what.error());
            return;
        }
        const auto closed = tariff::close(by, over, *what);
        if (!closed) {
            add_fault(account, {{"bill " + std::string{over.id.view()}, "its total",
                                 "an amount in range"}});
            return;
        }
        next.charged = closed->charged.mantissa();
        next.total = closed->total.mantissa();
        next.estimated = static_cast<std::uint32_t>(what->estimated);
        next.missing = static_cast<std::uint32_t>(what->left_out + what->gaps.size());
        for (const tariff::line& line : what->lines) {
            if (!line.amount.is_zero()) next.lines.emplace_back(line.id, line.amount.mantissa());
        }
        into.push_back(std::move(next));
    }
}

result<tariff::rated, std::vector<fault>> bill_run::worker::itemise(std::uint32_t account,
                                                                    std::uint32_t period)
{
    read(account);
    if (lay_out()) {
        return of.batches_[of.class_of_[account]].itemised({values_, flags_}, 0, period);
    }
    const auto& by = of.class_of(account).by;
    auto what = tariff::rate(by, rows_of(account), of.options_.periods[period]);
    if (what && !tariff::close(by, of.options_.periods[period], *what)) {
        return tl::unexpected{std::vector<fault>{{"bill", "its total", "an amount in range"}}};
    }
    return what;
}

}  // namespace wattpurse::python
