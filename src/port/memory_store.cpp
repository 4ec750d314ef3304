// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/port/memory_store.hpp>

#include <algorithm>
#include <set>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::port {
namespace {

[[nodiscard]] std::string quoted(std::string_view key)
{
    return "'" + std::string{key} + "'";
}

template <class Map, class Keep>
[[nodiscard]] auto values_of(const Map& map, Keep keep)
{
    std::vector<typename Map::mapped_type> out;
    for (const auto& [key, value] : map) {
        if (keep(value)) {
            out.push_back(value);
        }
    }
    return out;
}

template <class Map>
[[nodiscard]] auto values_of(const Map& map)
{
    return values_of(map, [](const auto&) { return true; });
}

[[nodiscard]] bool is_of(const reading& row, const sealed_day& day)
{
    return row.meter == day.meter && row.account == day.account &&
           day.from <= row.effective_at && row.effective_at < day.until;
}

/// By time and key; the maps are in the order of keys already.
[[nodiscard]] std::vector<command> by_time(std::vector<command> all)
{
    std::stable_sort(all.begin(), all.end(), [](const command& a, const command& b) {
        return a.queued_at < b.queued_at;
    });
    return all;
}

[[nodiscard]] std::vector<notice> by_time(std::vector<notice> all)
{
    std::stable_sort(all.begin(), all.end(), [](const notice& a, const notice& b) {
        return a.issued_at < b.issued_at;
    });
    return all;
}

}  // namespace

// ---- Commit: everything is checked before anything is changed ---------------------------------

result<std::uint64_t, std::string> memory_store::fence()
{
    return ++epoch_;
}

void memory_store::submit(const batch& work)
{
    WATTPURSE_ASSERT(!outcome_);
    std::string fault = fault_of(work);
    if (!fault.empty()) {
        outcome_ = commit_outcome{commit_status::conflict, std::move(fault)};
        return;
    }
    append(work);
    upsert(work);
    outcome_ = commit_outcome{};
}

std::optional<commit_outcome> memory_store::poll()
{
    return std::exchange(outcome_, std::nullopt);
}

std::string memory_store::fault_of(const batch& work) const
{
    if (work.fence_epoch != epoch_) {
        return "epoch " + std::to_string(work.fence_epoch) + " is not the writer's, which is " +
               std::to_string(epoch_);
    }
    for (const auto check : {&memory_store::head_fault, &memory_store::seal_fault,
                             &memory_store::posting_fault, &memory_store::document_fault,
                             &memory_store::day_fault}) {
        std::string fault = (this->*check)(work);
        if (!fault.empty()) {
            return fault;
        }
    }
    return {};
}

account_head memory_store::head_of(const account_id& account) const
{
    const auto rows = by_account_.find(account);
    if (rows == by_account_.end()) {
        return {account, 0, {}};
    }
    const posting& last = postings_[rows->second.back()];
    return {account, last.account_seq, last.running_balance};
}

std::string memory_store::head_fault(const batch& work) const
{
    for (const account_head& expected : work.expected_heads) {
        const account_head head = head_of(expected.account);
        // The zero of an account that has no postings yet is of no currency here.
        const bool same_balance = head.seq == 0 ? expected.balance.is_zero()
                                                : head.balance == expected.balance;
        if (head.seq != expected.seq || !same_balance) {
            return "account " + std::string{expected.account.view()} + " stands at number " +
                   std::to_string(head.seq) + " with " + to_string(head.balance) +
                   ", expected number " + std::to_string(expected.seq) + " with " +
                   to_string(expected.balance);
        }
    }
    return {};
}

std::string memory_store::seal_fault(const batch& work) const
{
    if (work.seal.has_value() != !work.postings.empty()) {
        return "a batch has a seal exactly when it has postings";
    }
    if (!work.seal) {
        return {};
    }
    const block_seal last = seals_.empty() ? block_seal{} : seals_.back();
    if (work.seal->number != last.number + 1 || work.seal->previous != last.value) {
        return "block " + std::to_string(work.seal->number) + " does not follow block " +
               std::to_string(last.number);
    }
    if (work.seal->postings != work.postings.size()) {
        return "block " + std::to_string(work.seal->number) + " seals another count of postings";
    }
    return {};
}

std::string memory_store::posting_fault(const batch& work) const
{
    std::set<transfer_leg_id> keys;
    std::map<account_id, account_head> heads;
    for (const posting& row : work.postings) {
        const transfer_leg_id key{row.key, row.leg};
        if (by_key_.contains(key) || !keys.insert(key).second) {
            return "posting " + quoted(row.key) + " leg " + std::to_string(row.leg) +
                   " is in the books already";
        }
        if (row.block != work.seal->number) {
            return "posting " + quoted(row.key) + " is not of the batch's block";
        }
        const posting* const before = &row == work.postings.data() ? nullptr : &row - 1;
        if (row.leg != 0 && (before == nullptr || before->key != row.key ||
                             before->leg + 1 != row.leg)) {
            return "posting " + quoted(row.key) + " leg " + std::to_string(row.leg) +
                   " does not stand beside the leg before it";
        }
        account_head& head = heads.try_emplace(row.account, head_of(row.account)).first->second;
        if (head.seq == 0) {
            head.balance = money{{}, row.amount.unit()};
        }
        const auto balance = head.balance + row.amount;
        if (row.account_seq != head.seq + 1 || !balance || *balance != row.running_balance) {
            return "posting " + quoted(row.key) + " does not follow number " +
                   std::to_string(head.seq) + " of account " + std::string{row.account.view()};
        }
        head.seq = row.account_seq;
        head.balance = *balance;
    }
    return {};
}

std::string memory_store::document_fault(const batch& work) const
{
    std::set<bill_id> bills;
    for (const bill& each : work.bills) {
        const bill_id id{each.account, each.period};
        if (bills_.contains(id) || !bills.insert(id).second) {
            return "bill " + quoted(each.period.view()) + " of account " +
                   std::string{each.account.view()} + " is in the books already";
        }
    }
    std::set<std::uint64_t> waiting;
    for (const arrival& each : work.arrivals) {
        if (inbox_.contains(each.id) || !waiting.insert(each.id).second) {
            return "arrival " + std::to_string(each.id) + " is staged already";
        }
    }
    std::set<std::uint64_t> booked;
    for (const std::uint64_t id : work.booked_arrivals) {
        const bool known = inbox_.contains(id) || waiting.contains(id);
        if (!known || !booked.insert(id).second) {
            return "arrival " + std::to_string(id) + " is not staged";
        }
    }
    return {};
}

std::string memory_store::day_fault(const batch& work) const
{
    std::map<day_id, std::uint32_t> newest;
    for (const auto& [each, loose] : work.sealed_days) {
        const day_id id{each.account, each.from, each.meter};
        const auto known = sealed_days_.find(id);
        const std::size_t stored = known == sealed_days_.end() ? 0 : known->second.size();
        const auto [known_newest, is_first] =
            newest.try_emplace(id, static_cast<std::uint32_t>(stored));
        std::uint32_t& last = known_newest->second;
        if (each.revision != last + 1) {
            return "revision " + std::to_string(each.revision) + " of the day " +
                   std::string{iso8601(each.from, {}).view()} + " of meter " +
                   std::string{each.meter.view()} + " does not follow revision " +
                   std::to_string(last);
        }
        last = each.revision;
        const std::size_t taken = is_first ? loose_of(each, work) : 0;
        if (taken != loose) {
            return "the day " + std::string{iso8601(each.from, {}).view()} + " of meter " +
                   std::string{each.meter.view()} + " has " + std::to_string(taken) +
                   " loose readings, expected " + std::to_string(loose);
        }
    }
    return {};
}

/// How many readings of the day lie loose once those of the batch do.
std::size_t memory_store::loose_of(const sealed_day& day, const batch& work) const
{
    std::set<reading_id> all;
    const auto add = [&](const reading& row) {
        if (is_of(row, day)) all.emplace(row.meter, row.effective_at, row.source);
    };
    for (const auto& [id, row] : readings_) add(row);
    for (const reading& row : work.readings) add(row);
    return all.size();
}

void memory_store::append(const batch& work)
{
    for (const posting& row : work.postings) {
        by_key_.emplace(transfer_leg_id{row.key, row.leg}, postings_.size());
        by_account_[row.account].push_back(postings_.size());
        if (!row.link.empty()) by_link_[row.link].push_back(postings_.size());
        postings_.push_back(row);
    }
    if (work.seal) {
        seals_.push_back(*work.seal);
    }
    for (const event& each : work.events) events_.insert(each);
    for (const bill& each : work.bills) {
        bills_.emplace(bill_id{each.account, each.period}, each);
    }
    for (const arrival& each : work.arrivals) {
        inbox_.emplace(each.id, each);
    }
    for (const std::uint64_t id : work.booked_arrivals) {
        inbox_.erase(id);
    }
}

void memory_store::upsert(const batch& work)
{
    for (const reservation& each : work.reservations) {
        reservations_.insert_or_assign(each.key, each);
    }
    for (const account_terms& each : work.terms) {
        terms_.insert_or_assign({each.account, each.from}, each);
    }
    for (const reading& each : work.readings) {
        readings_.insert_or_assign({each.meter, each.effective_at, each.source}, each);
    }
    for (const auto& [each, loose] : work.sealed_days) {
        sealed_days_[{each.account, each.from, each.meter}].push_back(each);
        std::erase_if(readings_, [&, day = &each](const auto& row) {
            return is_of(row.second, *day);
        });
    }
    for (const service& each : work.services) {
        services_.insert_or_assign({each.account, each.from, each.meter}, each);
    }
    for (const credit_state& each : work.credit_states) {
        credit_states_.insert_or_assign(each.account, each);
    }
    for (const command& each : work.commands) {
        commands_.insert_or_assign(each.key, each);
    }
    for (const notice& each : work.notices) {
        notices_.insert_or_assign(each.key, each);
    }
    if (work.progress) {
        progress_ = work.progress;
    }
}

// ---- Reading ----------------------------------------------------------------------------------

result<snapshot, std::string> memory_store::load()
{
    snapshot all;
    all.progress = progress_;
    for (const auto& [account, rows] : by_account_) {
        all.heads.push_back(head_of(account));
    }
    all.last_seal = seals_.empty() ? block_seal{} : seals_.back();
    all.reservations = values_of(reservations_, [](const reservation& each) {
        return each.state == reservation_state::open;
    });
    all.terms = values_of(terms_);
    all.services = values_of(services_);
    all.credit_states = values_of(credit_states_);
    all.open_commands = by_time(values_of(commands_, [](const command& each) {
        return is_open(each.state);
    }));
    all.undelivered_notices = by_time(values_of(notices_, [](const notice& each) {
        return !each.delivered_at.has_value();
    }));
    all.arrivals = values_of(inbox_);
    all.bills = values_of(bills_);
    return all;
}

result<std::vector<posting>, std::string> memory_store::find_transfer(std::string_view key)
{
    std::vector<posting> legs;
    auto row = by_key_.lower_bound(transfer_leg_id{std::string{key}, 0});
    for (; row != by_key_.end() && row->first.first == key; ++row) {
        legs.push_back(postings_[row->second]);
    }
    return legs;
}

result<std::vector<posting>, std::string> memory_store::linked(std::string_view key)
{
    std::vector<posting> rows;
    const auto found = by_link_.find(key);
    if (found == by_link_.end()) return rows;
    for (const std::size_t each : found->second) rows.push_back(postings_[each]);
    return rows;
}

result<std::vector<posting>, std::string> memory_store::postings(const account_id& account,
                                                                 std::uint64_t after,
                                                                 std::size_t limit)
{
    std::vector<posting> page;
    const auto rows = by_account_.find(account);
    if (rows != by_account_.end() && after < rows->second.size()) {
        // Numbers are gap-free from 1, so the number is the position.
        const auto first = rows->second.begin() + static_cast<std::ptrdiff_t>(after);
        for (auto at = first; at != rows->second.end() && page.size() < limit; ++at) {
            page.push_back(postings_[*at]);
        }
    }
    return page;
}

result<std::vector<posting>, std::string> memory_store::blocks(std::uint64_t after_block,
                                                               std::size_t block_limit,
                                                               std::vector<block_seal>& seals)
{
    seals.clear();
    for (const block_seal& seal : seals_) {
        if (seal.number > after_block && seals.size() < block_limit) {
            seals.push_back(seal);
        }
    }
    std::vector<posting> rows;
    if (!seals.empty()) {
        const auto lowest = [](const posting& row, std::uint64_t block) {
            return row.block < block;
        };
        auto row = std::lower_bound(postings_.begin(), postings_.end(), seals.front().number,
                                    lowest);
        for (; row != postings_.end() && row->block <= seals.back().number; ++row) {
            rows.push_back(*row);
        }
    }
    return rows;
}

result<std::vector<booked_line>, std::string> memory_store::booked(
    std::string_view subject_prefix, instant since)
{
    static_cast<void>(since);  // all are at hand
    std::map<std::pair<account_id, std::string>, booked_line> lines;
    for (const posting& row : postings_) {
        const bool counts = row.kind == posting_kind::charge ||
                            row.kind == posting_kind::adjustment;
        const std::string_view subject = row.subject;
        if (!counts || row.leg != 0 || subject.substr(0, subject_prefix.size()) != subject_prefix) {
            continue;
        }
        const booked_line none{row.account, row.subject, money{{}, row.amount.unit()}, 0};
        booked_line& line = lines.try_emplace({row.account, row.subject}, none).first->second;
        const auto sum = line.amount + row.amount;
        if (!sum) {
            return tl::unexpected<std::string>{"sum of " + row.subject + " of account " +
                                               std::string{row.account.view()} + ": " +
                                               std::string{to_string(sum.error())}};
        }
        line.amount = *sum;
        ++line.revisions;
    }
    return values_of(lines);
}

result<std::vector<reading>, std::string> memory_store::readings(const account_id& account,
                                                                 instant from, instant until)
{
    auto found = values_of(readings_, [&](const reading& each) {
        return each.account == account && from <= each.effective_at && each.effective_at <= until;
    });
    std::stable_sort(found.begin(), found.end(), [](const reading& a, const reading& b) {
        return std::tie(a.effective_at, a.source) < std::tie(b.effective_at, b.source);
    });
    return found;
}

result<std::vector<reading>, std::string> memory_store::loose_readings(instant until,
                                                                       std::size_t limit)
{
    auto found = values_of(readings_, [&](const reading& each) {
        return each.effective_at < until;
    });
    std::sort(found.begin(), found.end(), [](const reading& a, const reading& b) {
        return std::tie(a.account, a.meter, a.effective_at, a.source) <
               std::tie(b.account, b.meter, b.effective_at, b.source);
    });
    if (found.size() > limit) found.resize(limit);
    return found;
}

result<std::vector<sealed_day>, std::string> memory_store::sealed_days(const account_id& account,
                                                                       instant from,
                                                                       instant until)
{
    std::vector<sealed_day> found;
    for (const auto& [id, revisions] : sealed_days_) {
        const sealed_day& newest = revisions.back();
        if (newest.account == account && newest.from <= until && from < newest.until) {
            found.push_back(newest);
        }
    }
    return found;
}

result<std::vector<command>, std::string> memory_store::commands()
{
    return by_time(values_of(commands_));
}

result<std::vector<notice>, std::string> memory_store::notices()
{
    return by_time(values_of(notices_));
}

result<std::vector<event>, std::string> memory_store::events()
{
    return std::vector<event>{events_.begin(), events_.end()};
}

}  // namespace wattpurse::port
