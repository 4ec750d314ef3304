// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/journal.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/product.hpp>
#include <wattpurse/ledger/reserving.hpp>

namespace wattpurse::ledger {

std::string_view to_string(refusal why) noexcept
{
    switch (why) {
        case refusal::empty: return "empty";
        case refusal::unbalanced: return "unbalanced";
        case refusal::currency_mismatch: return "currency_mismatch";
        case refusal::overflow: return "overflow";
        case refusal::limit_exceeded: return "limit_exceeded";
        case refusal::duplicate_key_other_content: return "duplicate_key_other_content";
        case refusal::account_repeated: return "account_repeated";
        case refusal::malformed: return "malformed";
        case refusal::not_reserved: return "not_reserved";
        case refusal::exceeds_original: return "exceeds_original";
        case refusal::account_closed: return "account_closed";
    }
    return "unknown";
}

journal::journal(currency unit) : unit_{unit} {}

result<void> journal::restore(std::span<const account_head> heads, const block_seal& last,
                              std::span<const reservation> open_ones,
                              std::span<const account_terms> terms)
{
    for (const account_head& head : heads) {
        if (!is_kept(head.balance.unit())) {
            return fail(errc::currency_mismatch);
        }
    }
    discard();
    accounts_.clear();
    reservations_.clear();
    for (const account_head& head : heads) accounts_[head.account].current = head;
    for (const reservation& each : open_ones) {
        if (each.state == reservation_state::open) reservations_.emplace(each.key, each);
    }
    for (const account_terms& each : terms) {
        state& account = open(each.account);
        account.floor = each.floor;
        account.is_closed = each.is_closed;
    }
    last_ = last;
    return {};
}

bool journal::is_kept(currency asset) const noexcept
{
    return asset == unit_ || asset == kilowatt_hours;
}

result<void> journal::set_limit(const account_id& account, money overdraft)
{
    if (overdraft.unit() != unit_) {
        return fail(errc::currency_mismatch);
    }
    if (overdraft.is_negative()) {
        return fail(errc::out_of_range);
    }
    open(account).floor = -overdraft;
    return {};
}

result<void> journal::set_terms(const account_terms& terms)
{
    const account_head now = head(terms.account);
    if (terms.floor && now.seq > 0 && terms.floor->unit() != now.balance.unit()) {
        return fail(errc::currency_mismatch);
    }
    state& account = open(terms.account);
    account.floor = terms.floor;
    account.is_closed = terms.is_closed;
    return {};
}

bool journal::is_closed(const account_id& account) const
{
    const auto found = accounts_.find(account);
    return found != accounts_.end() && found->second.is_closed;
}

std::optional<money> journal::floor(const account_id& account) const
{
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? std::nullopt : found->second.floor;
}

money journal::balance(const account_id& account) const
{
    return head(account).balance;
}

account_head journal::head(const account_id& account) const
{
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) {
        return {account, 0, money{{}, unit_}};
    }
    return found->second.current;
}

std::vector<account_head> journal::heads() const
{
    std::vector<account_head> all;
    all.reserve(accounts_.size());
    for (const auto& [account, each] : accounts_) {
        if (each.current.seq > 0) {  // a limit alone does not open an account
            all.push_back(each.current);
        }
    }
    std::sort(all.begin(), all.end(), [](const account_head& a, const account_head& b) {
        return a.account < b.account;
    });
    return all;
}

journal::state& journal::open(const account_id& account)
{
    const auto [place, fresh] = accounts_.try_emplace(account);
    if (fresh) {
        place->second.current = {account, 0, money{{}, unit_}};
    }
    return place->second;
}

// ---- What may be posted -------------------------------------------------------------------------

namespace {

[[nodiscard]] bool is_zero_sum(std::span<const transfer_leg> legs)
{
    const currency first = legs.front().amount.unit();
    money_total sum{first};
    const bool is_one_asset = std::all_of(legs.begin(), legs.end(), [&](const auto& leg) {
        return leg.amount.unit() == first && sum.add(leg.amount);
    });
    if (is_one_asset) return sum.is_zero();
    std::vector<std::pair<currency, money_total>> sums;
    for (const transfer_leg& leg : legs) {
        auto known = std::find_if(sums.begin(), sums.end(), [&](const auto& each) {
            return each.first == leg.amount.unit();
        });
        if (known == sums.end()) {
            known = sums.insert(known, {leg.amount.unit(), money_total{leg.amount.unit()}});
        }
        if (!known->second.add(leg.amount)) return false;
    }
    return std::all_of(sums.begin(), sums.end(),
                       [](const auto& each) { return each.second.is_zero(); });
}

[[nodiscard]] bool is_pair(const transfer& work)
{
    return work.legs.size() == 2 && work.legs.front().amount.is_negative();
}

[[nodiscard]] const transfer_leg* leg_of(std::span<const transfer_leg> legs,
                                         const account_id& account)
{
    const auto found = std::find_if(legs.begin(), legs.end(), [&](const transfer_leg& each) {
        return each.account == account;
    });
    return found == legs.end() ? nullptr : &*found;
}

}  // namespace

/// The rows of a key in the open block, by leg.
std::span<const posting> journal::staged(std::string_view key) const
{
    const auto [begin, end] = keys_.equal_range(std::hash<std::string_view>{}(key));
    for (auto at = begin; at != end; ++at) {
        const std::size_t first = at->second;
        if (postings_[first].key != key) continue;
        std::size_t past = first + 1;
        while (past < postings_.size() && postings_[past].leg != 0) ++past;
        return staged().subspan(first, past - first);
    }
    return {};
}

/// Notes in `steps_` where the accounts stand.
std::optional<refusal> journal::check_form(const transfer& work)
{
    if (work.key.empty() || work.legs.empty()) {
        return refusal::empty;
    }
    steps_.clear();
    for (auto leg = work.legs.begin(); leg != work.legs.end(); ++leg) {
        if (leg->account.empty()) {
            return refusal::empty;
        }
        const auto found = accounts_.find(leg->account);
        state* const known = found == accounts_.end() ? nullptr : &found->second;
        const bool is_begun = known != nullptr && known->current.seq > 0;
        const currency asset = leg->amount.unit();
        const bool has_other_limit = !is_begun && known != nullptr && known->floor &&
                                     known->floor->unit() != asset;
        if (has_other_limit ||
            (is_begun ? known->current.balance.unit() != asset : !is_kept(asset))) {
            return refusal::currency_mismatch;
        }
        steps_.push_back({known, is_begun ? known->current.balance : money{{}, asset}});
        const auto same = [leg](const transfer_leg& other) {
            return other.account == leg->account;
        };
        if (std::any_of(work.legs.begin(), leg, same)) {
            return refusal::account_repeated;
        }
    }
    if (!is_zero_sum(work.legs)) {
        return refusal::unbalanced;
    }
    if (work.expires_at && work.kind != posting_kind::reserve) {
        return refusal::malformed;
    }
    const bool needs_pair = work.at_most || work.kind == posting_kind::reserve;
    if (needs_pair && !is_pair(work)) {
        return refusal::malformed;
    }
    return std::nullopt;
}

std::optional<refusal> journal::check_link(const transfer& work,
                                           std::span<const transfer_leg> left) const
{
    if (work.kind == posting_kind::settle || work.kind == posting_kind::release) {
        return check_reserved(work);
    }
    if (work.kind != posting_kind::reversal) {
        return std::nullopt;
    }
    if (work.link.empty()) {
        return refusal::malformed;
    }
    for (const transfer_leg& leg : work.legs) {
        const transfer_leg* const rest = leg_of(left, leg.account);
        if (rest == nullptr || rest->amount.unit() != leg.amount.unit()) {
            return refusal::exceeds_original;
        }
        // Of the other sign, and no larger: what is left afterwards is between both.
        const std::int64_t from = rest->amount.mantissa();
        const std::int64_t back = -leg.amount.mantissa();
        const bool is_within = from < 0 ? back <= 0 && back >= from : back >= 0 && back <= from;
        if (!is_within) {
            return refusal::exceeds_original;
        }
    }
    return std::nullopt;
}

/// All that was reserved leaves its holder; what of it goes to others is their sum, and its owner
/// gets the rest.
std::optional<refusal> journal::check_reserved(const transfer& work) const
{
    const auto known = reservations_.find(work.link);
    if (known == reservations_.end()) {
        return refusal::not_reserved;
    }
    const reservation& what = known->second;
    for (const transfer_leg& leg : work.legs) {
        const bool is_holder = leg.account == what.holder;
        if (is_holder ? leg.amount != -what.amount : leg.amount.is_negative()) {
            return refusal::malformed;
        }
    }
    const bool has_holder = leg_of(work.legs, what.holder) != nullptr;
    const bool is_returned =
        work.legs.size() == 2 && leg_of(work.legs, what.account) != nullptr;
    const bool is_release = work.kind == posting_kind::release;
    return has_holder && (is_returned || !is_release) ? std::nullopt
                                                      : std::optional{refusal::malformed};
}

/// The legs of a transfer of at most what its account's limit leaves.
std::vector<transfer_leg> journal::most_of(const transfer& work) const
{
    std::vector<transfer_leg> legs = work.legs;
    const auto lowest = floor(legs.front().account);
    const auto room = lowest ? balance(legs.front().account) - *lowest : result<money>{};
    if (!lowest || !room) {
        return legs;
    }
    const std::int64_t wanted = legs.back().amount.mantissa();
    const std::int64_t most = std::max<std::int64_t>(0, std::min(wanted, room->mantissa()));
    legs.back().amount = money{money::amount_type::of(most), legs.back().amount.unit()};
    legs.front().amount = -legs.back().amount;
    return legs;
}

/// Takes `steps_` from where the accounts stand to where they will, if they may.
std::optional<refusal> journal::look_ahead(const transfer& work,
                                           std::span<const transfer_leg> legs)
{
    const bool may_be_refused = is_discretionary(work.kind);
    for (std::size_t i = 0; i < legs.size(); ++i) {
        step& next = steps_[i];
        const auto balance = next.after + legs[i].amount;
        if (!balance) {
            return refusal::overflow;
        }
        next.after = *balance;
        if (!may_be_refused || next.known == nullptr) continue;
        if (next.known->is_closed) {
            return refusal::account_closed;
        }
        const auto& lowest = next.known->floor;
        if (legs[i].amount.is_negative() && lowest && balance->amount() < lowest->amount()) {
            return refusal::limit_exceeded;
        }
    }
    return std::nullopt;
}

// ---- Posting ------------------------------------------------------------------------------------

result<void, refusal> journal::stage(transfer work, std::span<const transfer_leg> left)
{
    WATTPURSE_ASSERT(!sealed_);
    if (const auto before = staged(work.key); !before.empty()) {
        if (same_content(work, before)) {
            return {};
        }
        return tl::unexpected<refusal>{refusal::duplicate_key_other_content};
    }
    if (const auto fault = check_form(work)) {
        return tl::unexpected<refusal>{*fault};
    }
    if (const auto fault = check_link(work, left)) {
        return tl::unexpected<refusal>{*fault};
    }
    const auto most = work.at_most ? most_of(work) : std::vector<transfer_leg>{};
    const std::span<const transfer_leg> legs = work.at_most ? most : work.legs;
    if (const auto fault = look_ahead(work, legs)) {
        return tl::unexpected<refusal>{*fault};
    }
    change_reservation(work, legs);
    post(work, legs);
    return {};
}

result<void, refusal> journal::stage_all(std::span<const transfer> group)
{
    const mark before{postings_.size(), touched_.size(), changes_.size()};
    for (const transfer& each : group) {
        if (const auto staged_one = stage(each); !staged_one) {
            roll_back(before);
            return staged_one;
        }
    }
    return {};
}

/// The last leg takes the texts of the transfer, the others have copies.
void journal::post(transfer& work, std::span<const transfer_leg> legs)
{
    keys_.emplace(std::hash<std::string_view>{}(work.key), postings_.size());
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const step& next = steps_[i];
        state& account = next.known == nullptr ? open(legs[i].account) : *next.known;
        if (!account.before) {
            account.before = account.current;
            touched_.push_back(&account);
        }
        ++account.current.seq;
        account.current.balance = next.after;
        const bool is_last = i + 1 == legs.size();
        const auto text = [is_last](std::string& of) { return is_last ? std::move(of) : of; };
        postings_.push_back({legs[i].account, account.current.seq, text(work.key),
                             static_cast<std::uint32_t>(i), work.kind, text(work.subject),
                             work.effective_at, work.recorded_at, legs[i].amount, next.after,
                             last_.number + 1, text(work.explain), text(work.link),
                             work.expires_at});
    }
}

void journal::change_reservation(const transfer& work, std::span<const transfer_leg> legs)
{
    if (work.kind == posting_kind::reserve) {
        put_reservation(work.key,
                        reservation{work.key, legs.front().account, legs.back().account,
                                    legs.back().amount, work.expires_at, {}});
    } else if (work.kind == posting_kind::settle || work.kind == posting_kind::release) {
        put_reservation(work.link, std::nullopt);
    }
}

void journal::put_reservation(const std::string& key, std::optional<reservation> now)
{
    const auto known = reservations_.find(key);
    const bool is_known = known != reservations_.end();
    changes_.push_back({key, is_known ? std::optional{known->second} : std::nullopt});
    if (is_known) {
        reservations_.erase(known);
    }
    if (now) {
        reservations_.emplace(key, std::move(*now));
    }
}

std::optional<reservation> journal::reserved(std::string_view key) const
{
    const auto known = reservations_.find(key);
    return known == reservations_.end() ? std::nullopt : std::optional{known->second};
}

std::vector<reservation> journal::expired(instant now) const
{
    std::vector<reservation> out;
    for (const auto& [key, each] : reservations_) {
        if (each.expires_at && *each.expires_at <= now) out.push_back(each);
    }
    std::stable_sort(out.begin(), out.end(), [](const reservation& a, const reservation& b) {
        return *a.expires_at < *b.expires_at;
    });
    return out;
}

staged_block journal::seal(instant at)
{
    WATTPURSE_ASSERT(!postings_.empty() && !sealed_);
    // A clock that was put back does not take the books back with it.
    sealed_ = seal_of(last_, postings_, std::max(at, last_.sealed_at));
    staged_block block{{}, {}, {}, *sealed_};
    block.expected_heads.reserve(touched_.size());
    for (const state* const account : touched_) {
        block.expected_heads.push_back(*account->before);
    }
    reservations changed;  // those that the block opened are known, others come with `changes_`
    changed.add(postings_);
    block.reservations = changed.all();
    for (const change& each : changes_) {
        if (!each.before || !staged(each.key).empty()) continue;
        const auto ends = [&](const posting& row) {
            return row.link == each.key && (row.kind == posting_kind::settle ||
                                            row.kind == posting_kind::release);
        };
        block.reservations.push_back(*each.before);
        block.reservations.back().state =
            std::find_if(postings_.begin(), postings_.end(), ends)->kind == posting_kind::settle
                ? reservation_state::settled
                : reservation_state::released;
    }
    block.postings = std::move(postings_);
    postings_.clear();
    postings_.reserve(block.postings.size());  // the next block is mostly of this size
    keys_.clear();
    return block;
}

void journal::accept()
{
    WATTPURSE_ASSERT(sealed_.has_value());
    last_ = *sealed_;
    for (state* const account : touched_) account->before.reset();
    touched_.clear();
    postings_.clear();
    keys_.clear();
    changes_.clear();
    sealed_.reset();
}

void journal::discard()
{
    roll_back({});
    sealed_.reset();
}

void journal::roll_back(const mark& to)
{
    for (std::size_t i = touched_.size(); i > to.touched; --i) {
        state& each = *touched_[i - 1];
        each.current = *each.before;
        each.before.reset();
    }
    touched_.resize(to.touched);
    // Accounts that were touched before the mark go back one posting after the other.
    for (std::size_t i = postings_.size(); i > to.postings; --i) {
        const posting& row = postings_[i - 1];
        state& each = accounts_.at(row.account);
        if (!each.before) continue;
        each.current = {row.account, row.account_seq - 1, *(row.running_balance - row.amount)};
    }
    for (std::size_t i = postings_.size(); i > to.postings; --i) {
        if (postings_[i - 1].leg != 0) continue;
        auto [at, end] = keys_.equal_range(std::hash<std::string_view>{}(postings_[i - 1].key));
        at = std::find_if(at, end, [&](const auto& each) { return each.second == i - 1; });
        keys_.erase(at);
    }
    postings_.resize(to.postings);
    for (std::size_t i = changes_.size(); i > to.changes; --i) {
        const change& each = changes_[i - 1];
        reservations_.erase(each.key);
        if (each.before) reservations_.emplace(each.key, *each.before);
    }
    changes_.resize(to.changes);
}

bool journal::same_content(const transfer& asked, std::span<const posting> recorded)
{
    if (asked.legs.size() != recorded.size() || recorded.empty()) {
        return false;
    }
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        const posting& row = recorded[i];
        const transfer_leg& leg = asked.legs[i];
        if (row.key != asked.key || row.leg != i || row.kind != asked.kind ||
            row.subject != asked.subject || row.effective_at != asked.effective_at ||
            row.account != leg.account || row.link != asked.link ||
            row.expires_at != asked.expires_at ||
            row.amount.unit() != leg.amount.unit()) {
            return false;
        }
        const std::int64_t wanted = leg.amount.mantissa();
        const std::int64_t posted = row.amount.mantissa();
        const bool is_within =
            asked.at_most && (wanted < 0 ? posted <= 0 && posted >= wanted
                                         : posted >= 0 && posted <= wanted);
        if (posted != wanted && !is_within) {
            return false;
        }
    }
    return true;
}

}  // namespace wattpurse::ledger
