// SPDX-License-Identifier: Apache-2.0
// Why a ledger refuses something, so that a person can tell what to do about it.
#include <string>

#include "ledger.hpp"

namespace wattpurse::python {

namespace {

using ledger::refusal;

struct wording {
    refusal why;
    const char* type;
    const char* value;
    const char* expected;
};

constexpr wording words[] = {
    {refusal::empty, "InvalidValue", "no key, no legs, or a leg without an account",
     "a key that nobody else uses, and legs"},
    {refusal::unbalanced, "InvalidValue", "legs that do not sum to zero",
     "amounts that sum to zero, those of each asset for itself"},
    {refusal::currency_mismatch, "CurrencyMismatch", "a leg in another asset than its account's",
     "one asset for an account: money of the books' currency, or KWH"},
    {refusal::overflow, "Overflow", "a balance outside the range of money",
     "balances that fit 63 bits at six places"},
    {refusal::account_repeated, "InvalidValue", "an account on two legs",
     "one leg for an account"},
    {refusal::malformed, "InvalidValue", "legs that its kind does not have",
     "for at_most and reserve two legs, the first of which pays; for settle and release all that "
     "was reserved; for a reversal a link; expires_at for reserve only"},
    {refusal::not_reserved, "Refused", "what it links to is not, or no longer, reserved",
     "the key of an open reservation"},
    {refusal::exceeds_original, "Refused", "more than is left of what it links to",
     "at most what reversals have not taken back yet"},
};

[[nodiscard]] std::string leg_text(const account_id& account, money amount)
{
    return std::string{account.view()} + ' ' + (amount.is_negative() ? "" : "+") +
           to_string(amount);
}

template <class Rows>
[[nodiscard]] std::string legs_text(const Rows& rows)
{
    std::string out;
    for (const auto& each : rows) {
        if (!out.empty()) out += ", ";
        out += leg_text(each.account, each.amount);
    }
    return out;
}

/// The account that a limit, or being closed, holds up.
[[nodiscard]] ledger_fault held_up(refusal why, const transfer& work, const ledger::journal& books)
{
    error_details what{work.key, {}, {}, std::string{to_string(why)}, {}};
    for (const transfer_leg& leg : work.legs) {
        const std::string name{leg.account.view()};
        if (why == refusal::account_closed && books.is_closed(leg.account)) {
            what.value = name + " is closed";
            what.expected = "an account that is not closed";
            break;
        }
        const auto floor = books.floor(leg.account);
        const auto after = books.balance(leg.account) + leg.amount;
        if (why == refusal::limit_exceeded && floor && after && leg.amount.is_negative() &&
            after->amount() < floor->amount()) {
            what.value = name + " has " + to_string(books.balance(leg.account)) + " and " +
                         to_string(-leg.amount) + " is asked";
            what.expected = "not to go below " + to_string(*floor);
            break;
        }
    }
    return {"Refused", what};
}

[[nodiscard]] std::string moment_text(std::optional<instant> at)
{
    return at ? std::string{iso8601(*at, fixed_zone{}).view()} : "none";
}

[[nodiscard]] ledger_fault differs(const std::string& key, const std::string& what,
                                   const std::string& asked, const std::string& known)
{
    return {"Conflict", {key, what + ' ' + asked,
                         "the key's " + what + " in the books, " + known + "; or another key",
                         std::string{to_string(refusal::duplicate_key_other_content)}, {}}};
}

}  // namespace

ledger_fault refusal_fault(refusal why, const transfer& work, const ledger::journal& books)
{
    if (why == refusal::limit_exceeded || why == refusal::account_closed) {
        return held_up(why, work, books);
    }
    for (const wording& each : words) {
        if (each.why != why) continue;
        std::string value = each.value;
        if (!work.legs.empty()) value += ": " + legs_text(work.legs);
        return {each.type, {work.key, value, each.expected, std::string{to_string(why)}, {}}};
    }
    return {"Conflict", {work.key, "other content under a key of this batch", "another key",
                         std::string{to_string(why)}, {}}};
}

ledger_fault conflict_fault(const transfer& asked, const std::vector<posting>& known)
{
    const posting& first = known.front();
    const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
    if (asked.kind != first.kind) {
        return differs(asked.key, "kind", std::string{to_string(asked.kind)},
                       std::string{to_string(first.kind)});
    }
    if (asked.subject != first.subject) {
        return differs(asked.key, "subject", quoted(asked.subject), quoted(first.subject));
    }
    if (asked.link != first.link) {
        return differs(asked.key, "link", quoted(asked.link), quoted(first.link));
    }
    if (asked.effective_at != first.effective_at) {
        return differs(asked.key, "moment", moment_text(asked.effective_at),
                       moment_text(first.effective_at));
    }
    if (asked.expires_at != first.expires_at) {
        return differs(asked.key, "expiry", moment_text(asked.expires_at),
                       moment_text(first.expires_at));
    }
    return differs(asked.key, "legs", legs_text(asked.legs), legs_text(known));
}

}  // namespace wattpurse::python
