// SPDX-License-Identifier: Apache-2.0
#include "wording.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/credit/protection.hpp>

#include "guards.hpp"

namespace wattpurse::credit {
namespace {

struct letter {
    const account_view& view;
    const policy& rules;
    instant now;

    std::string head() const
    {
        return "Account " + std::string{view.state.account.view()} + ": ";
    }

    std::string balance() const { return amount_text(view.balance); }

    std::string at_clock(instant at) const { return moment_text(at, rules.zone); }

    /// What a payment must come to, so that supply stays or comes back.
    std::string pay() const
    {
        const auto missing = rules.reconnect_above - view.balance;
        const auto due =
            missing.and_then([this](money amount) {
                return round_to(amount, rules.unit.decimals(), rounding::ceiling);
            });
        if (!due) return "Please top up to at least " + amount_text(rules.reconnect_above) + ".";
        return "Please pay at least " + amount_text(*due) + ".";
    }

    /// When a warning issued now would let a cut happen.
    std::string earliest_cut() const
    {
        const instant earliest = next_unprotected(rules, now + rules.notice_age_min, trip_time);
        if (earliest == instant::max()) {
            return "All time is protected at present, so supply will not be cut.";
        }
        return "Supply will not be cut before " + at_clock(earliest) + ".";
    }

    std::string outlook() const
    {
        if (is_protected(rules, view.state.account)) {
            return " This account is protected: supply goes on and is charged. Please top up.";
        }
        return " A cut warning follows when the balance falls below " +
               amount_text(-rules.overdraft_limit) + ". " + earliest_cut() + " Please top up.";
    }

    std::string alarm(std::string_view which, const money& threshold) const
    {
        return head() + "your balance is " + balance() + ", at or under the " +
               std::string{which} + " alarm of " + amount_text(threshold) + "." + outlook();
    }

    std::string warning() const
    {
        return head() + "your balance is " + balance() + ", below the limit of " +
               amount_text(-rules.overdraft_limit) + ". Supply will be cut unless you pay. " +
               earliest_cut() + " " + pay();
    }

    std::string read_at() const { return at_clock(view.state.relay_read_at.value_or(now)); }

    std::string cut() const
    {
        const std::string what = head() + "supply is cut, found so at " + read_at() +
                                 ". Your balance is " + balance() + ". ";
        if (may_have_supply(view, rules)) return what + "Supply is about to be restored.";
        return what + "Supply comes back when the balance reaches " +
               amount_text(rules.reconnect_above) + ". " + pay();
    }
};

}  // namespace

std::string amount_text(const money& amount)
{
    std::string digits = to_string(amount.amount());
    const auto point = digits.find('.');
    const auto places = static_cast<std::size_t>(std::clamp(amount.unit().decimals(), 0, 6));
    const std::size_t keep = places == 0 ? point : point + 1 + places;
    while (digits.size() > keep && (digits.back() == '0' || digits.back() == '.')) {
        digits.pop_back();
    }
    return digits + ' ' + std::string{amount.unit().code()};
}

std::string moment_text(instant at, fixed_zone zone)
{
    const time_text iso = iso8601(floor_to(at, duration{1000}), zone);
    const std::string_view text = iso.view();
    std::string out{text.substr(0, 10)};
    out += ' ';
    out += text.substr(11, text.substr(17, 2) == "00" ? 5 : 8);
    out += " (";
    out += text.substr(text.size() - 6);
    out += ')';
    return out;
}

std::string notice_text(notice_kind kind, const account_view& view, const policy& rules,
                        instant now)
{
    const letter to{view, rules, now};
    switch (kind) {
        case notice_kind::alarm_1: return to.alarm("first", rules.alarm_1);
        case notice_kind::alarm_2: return to.alarm("second", rules.alarm_2);
        case notice_kind::exhausted:
            return to.head() + "your balance is " + to.balance() + ", it is used up." +
                   to.outlook();
        case notice_kind::cut_warning: return to.warning();
        case notice_kind::cut: return to.cut();
        case notice_kind::restored:
            return to.head() + "supply is back, found so at " + to.read_at() +
                   ". Your balance is " + to.balance() + ".";
    }
    return {};
}

}  // namespace wattpurse::credit
