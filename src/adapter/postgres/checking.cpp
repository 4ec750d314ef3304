// SPDX-License-Identifier: Apache-2.0
// What a batch expects, held against the books while the shard's row is locked.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "books.hpp"

namespace wattpurse::adapter::postgres {
namespace {

[[nodiscard]] std::string name_of(const bill& row)
{
    return "bill '" + std::string{row.period.view()} + "' of account " +
           std::string{row.account.view()};
}

[[nodiscard]] std::string name_of(const arrival& row)
{
    return "arrival " + std::to_string(row.id);
}

/// The first row whose key is in `taken`, or that has the key of a row before it; null where none.
template <class Row, class Key, class Taken>
[[nodiscard]] const Row* first_taken(const std::vector<Row>& all, Key key, Taken taken)
{
    for (const Row& each : all) {
        if (!taken.insert(key(each)).second) return &each;
    }
    return nullptr;
}

constexpr const char* in_the_books = " is in the books already";

[[nodiscard]] const posting* taken_posting(connection& to, parameters given,
                                           const std::vector<posting>& all)
{
    columns keys;
    for (const posting& each : all) {
        keys.put(std::string_view{each.key}).end_row();
    }
    if (keys.rows() == 0) return nullptr;
    rows found = to.ask("SELECT key FROM postings WHERE shard = $1 AND leg = 0 "
                        "AND key = ANY ($2::text[])",
                        given.put(keys));
    std::set<std::pair<std::string, std::uint32_t>> taken;
    while (found.next()) taken.emplace(found.text(), 0);
    return first_taken(
        all, [](const posting& row) { return std::pair{row.key, row.leg}; }, std::move(taken));
}

[[nodiscard]] const bill* taken_bill(connection& to, parameters given,
                                     const std::vector<bill>& all)
{
    columns keys;
    for (const bill& each : all) {
        keys.put(each.account.view()).put(each.period.view()).end_row();
    }
    if (keys.rows() == 0) return nullptr;
    rows found = to.ask("SELECT account, period FROM bills WHERE shard = $1 AND (account, period) "
                        "IN (SELECT u.* FROM unnest($2::text[], $3::text[]) u)",
                        given.put(keys));
    std::set<std::pair<std::string, std::string>> taken;
    while (found.next()) {
        std::string account = found.text();
        taken.emplace(std::move(account), found.text());
    }
    return first_taken(
        all,
        [](const bill& row) {
            return std::pair{std::string{row.account.view()}, std::string{row.period.view()}};
        },
        std::move(taken));
}

[[nodiscard]] const arrival* taken_arrival(connection& to, parameters given,
                                           const std::vector<arrival>& all)
{
    columns keys;
    for (const arrival& each : all) {
        keys.put_count(each.id).end_row();
    }
    if (keys.rows() == 0) return nullptr;
    rows found = to.ask("SELECT id FROM inbox WHERE shard = $1 AND id = ANY ($2::int8[])",
                        given.put(keys));
    std::set<std::uint64_t> taken;
    while (found.next()) taken.insert(found.count());
    return first_taken(
        all, [](const arrival& row) { return row.id; }, std::move(taken));
}

void send_booked(connection& to, parameters given, const port::batch& work)
{
    static const std::string select =
        "SELECT id FROM inbox WHERE shard = $1 AND id = ANY ($2::int8[])";
    columns ids;
    for (const std::uint64_t id : work.booked_arrivals) {
        ids.put_count(id).end_row();
    }
    to.send(select, given.put(ids));
}

void send_days(connection& to, parameters given, const port::batch& work)
{
    static const std::string select =
        "SELECT d.account, d.since, d.meter, d.revision "
        "FROM unnest($2::text[], $3::int8[], $4::text[]) w (account, since, meter) "
        "CROSS JOIN LATERAL (SELECT account, since, meter, revision FROM sealed_days "
        "WHERE shard = $1 AND account = w.account AND since = w.since AND meter = w.meter "
        "ORDER BY revision DESC LIMIT 1) d";
    columns days;
    for (const auto& [each, loose] : work.sealed_days) {
        days.put(each.account.view()).put(each.from).put(each.meter.view()).end_row();
    }
    to.send(select, given.put(days));
}

/// The loose readings that each sealing would take, by its place in the batch.
void send_loose(connection& to, parameters given, const port::batch& work)
{
    static const std::string select =
        "SELECT w.place, r.effective_at, r.source "
        "FROM unnest($2::int8[], $3::text[], $4::text[], $5::int8[], $6::int8[]) "
        "w (place, account, meter, since, until) "
        "JOIN readings r ON r.shard = $1 AND r.meter = w.meter AND r.account = w.account "
        "AND r.effective_at >= w.since AND r.effective_at < w.until";
    columns days;
    std::int64_t place = 0;
    for (const auto& [each, loose] : work.sealed_days) {
        days.put(place++).put(each.account.view()).put(each.meter.view());
        days.put(each.from).put(each.until).end_row();
    }
    to.send(select, given.put(days));
}

}  // namespace

std::string name_of(const posting& row)
{
    return "posting '" + row.key + "' leg " + std::to_string(row.leg);
}

std::string name_of(const sealed_day& row)
{
    return "revision " + std::to_string(row.revision) + " of the day " +
           std::string{iso8601(row.from, {}).view()} + " of meter " +
           std::string{row.meter.view()};
}

std::string store::books::fault_of(const port::batch& work, connection& to)
{
    static const std::string lock = std::string{"SELECT "} + shard_columns +
                                    " FROM shards WHERE shard = $1 FOR UPDATE";
    std::vector<account_id> asked = unknown_accounts(work);
    to.send(lock, of_shard());
    if (!asked.empty()) send_heads(to, asked);
    if (!work.booked_arrivals.empty()) send_booked(to, of_shard(), work);
    if (!work.sealed_days.empty()) {
        postgres::send_days(to, of_shard(), work);
        send_loose(to, of_shard(), work);
    }
    auto results = to.run();
    auto next = results.begin() + 1;  // behind the answer to BEGIN
    if (!next->next()) throw row_fault{"the shard's row is missing"};
    now_ = take_shard(*next++);
    if (work.fence_epoch != now_.epoch) {
        return "epoch " + std::to_string(work.fence_epoch) + " is not the writer's, which is " +
               std::to_string(now_.epoch);
    }
    const bool is_known = all_heads_ || !heads_.empty();
    if (!asked.empty()) take_heads(asked, std::move(*next++));
    if (is_known && now_.batches != heads_after_) {  // somebody else has committed
        forget_heads();
        asked = unknown_accounts(work);
        if (!asked.empty()) {
            send_heads(to, asked);
            take_heads(asked, std::move(to.run().front()));
        }
    }
    heads_after_ = now_.batches;
    std::string fault = head_fault(work);
    if (fault.empty()) fault = seal_fault(work);
    if (fault.empty()) fault = posting_fault(work);
    if (fault.empty() && !work.booked_arrivals.empty()) {
        fault = arrival_fault(work, std::move(*next++));
    }
    if (fault.empty() && !work.sealed_days.empty()) {
        rows& days = *next++;
        fault = day_fault(work, std::move(days), std::move(*next));
    }
    return fault;
}

std::string store::books::head_fault(const port::batch& work) const
{
    for (const account_head& expected : work.expected_heads) {
        const account_head now = known_head(expected.account);
        // The zero of an account that has no postings yet is of no currency here.
        const bool same_balance = now.seq == 0 ? expected.balance.is_zero()
                                               : now.balance == expected.balance;
        if (now.seq != expected.seq || !same_balance) {
            return "account " + std::string{expected.account.view()} + " stands at number " +
                   std::to_string(now.seq) + " with " + to_string(now.balance) +
                   ", expected number " + std::to_string(expected.seq) + " with " +
                   to_string(expected.balance);
        }
    }
    return {};
}

std::string store::books::seal_fault(const port::batch& work) const
{
    if (work.seal.has_value() != !work.postings.empty()) {
        return "a batch has a seal exactly when it has postings";
    }
    if (!work.seal) {
        return {};
    }
    if (work.seal->number != now_.last.number + 1 || work.seal->previous != now_.last.value) {
        return "block " + std::to_string(work.seal->number) + " does not follow block " +
               std::to_string(now_.last.number);
    }
    if (work.seal->postings != work.postings.size()) {
        return "block " + std::to_string(work.seal->number) + " seals another count of postings";
    }
    return {};
}

std::string store::books::posting_fault(const port::batch& work)
{
    next_heads_.clear();
    const posting* before = nullptr;
    for (const posting& row : work.postings) {
        if (row.block != work.seal->number) {
            return name_of(row) + " is not of the batch's block";
        }
        const bool follows = before != nullptr && before->key == row.key &&
                             before->leg + 1 == row.leg;
        if (row.leg != 0 && !follows) {  // a key is found, and unique, by its leg 0
            return name_of(row) + " does not stand beside the leg before it";
        }
        before = &row;
        auto known = next_heads_.find(row.account);
        if (known == next_heads_.end()) {
            known = next_heads_.emplace(row.account, known_head(row.account)).first;
        }
        account_head& now = known->second;
        if (now.seq == 0) {
            now.balance = money{{}, row.amount.unit()};
        }
        const auto balance = now.balance + row.amount;
        if (row.account_seq != now.seq + 1 || !balance || *balance != row.running_balance) {
            return name_of(row) + " does not follow number " + std::to_string(now.seq) +
                   " of account " + std::string{row.account.view()};
        }
        now.seq = row.account_seq;
        now.balance = *balance;
    }
    return {};
}

std::string store::books::arrival_fault(const port::batch& work, rows found) const
{
    std::unordered_set<std::uint64_t> staged;
    while (found.next()) staged.insert(found.count());
    for (const arrival& each : work.arrivals) staged.insert(each.id);
    for (const std::uint64_t id : work.booked_arrivals) {
        if (staged.erase(id) == 0) {
            return "arrival " + std::to_string(id) + " is not staged";
        }
    }
    return {};
}

std::string store::books::day_fault(const port::batch& work, rows found, rows loose) const
{
    std::map<std::tuple<account_id, instant, meter_id>, std::uint32_t> last;
    while (found.next()) {
        const account_id account = take_account(found);
        const instant from = found.time();
        const meter_id meter = take_meter(found);
        last[{account, from, meter}] = static_cast<std::uint32_t>(found.count());
    }
    // Readings of the batch itself lie loose by then; they may be in the place of others.
    std::vector<std::set<std::pair<instant, std::string>>> lying(work.sealed_days.size());
    while (loose.next()) {
        const std::size_t place = loose.count();
        const instant at = loose.time();
        lying.at(place).emplace(at, loose.text());
    }
    for (std::size_t i = 0; i < work.sealed_days.size(); ++i) {
        const auto& [row, expected] = work.sealed_days[i];
        std::uint32_t& revision = last[{row.account, row.from, row.meter}];
        if (row.revision != revision + 1) {
            return name_of(row) + " does not follow revision " + std::to_string(revision);
        }
        revision = row.revision;
        for (const reading& each : work.readings) {
            if (each.meter == row.meter && each.account == row.account &&
                row.from <= each.effective_at && each.effective_at < row.until) {
                lying[i].emplace(each.effective_at, to_string(each.source));
            }
        }
        const bool is_again = std::any_of(
            work.sealed_days.begin(), work.sealed_days.begin() + static_cast<std::ptrdiff_t>(i),
            [&, day = &row](const port::day_sealing& before) {
                return before.day.account == day->account && before.day.from == day->from &&
                       before.day.meter == day->meter;
            });
        const std::size_t taken = is_again ? 0 : lying[i].size();
        if (taken != expected) {
            return "the day " + std::string{iso8601(row.from, {}).view()} + " of meter " +
                   std::string{row.meter.view()} + " has " + std::to_string(taken) +
                   " loose readings, expected " + std::to_string(expected);
        }
    }
    return {};
}

std::string store::books::taken_name(const port::batch& work, const postgres_error& said)
{
    connection& to = link();
    if (const auto* const row = taken_posting(to, of_shard(), work.postings)) {
        return name_of(*row) + in_the_books;
    }
    if (const auto* const row = taken_bill(to, of_shard(), work.bills)) {
        return name_of(*row) + in_the_books;
    }
    if (const auto* const row = taken_arrival(to, of_shard(), work.arrivals)) {
        return name_of(*row) + in_the_books;
    }
    return said.what();
}

}  // namespace wattpurse::adapter::postgres
