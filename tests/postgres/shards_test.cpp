// SPDX-License-Identifier: Apache-2.0
// A town of customers over several shards on two servers, against the same town in one store.
#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/port/shard_of.hpp>

#include <array>
#include <map>
#include <mutex>

#include "postgres/work.hpp"

using namespace test_postgres;

namespace {

constexpr std::uint32_t shards = 6;
constexpr std::size_t customers = 400;
constexpr std::size_t transfers = 6'000;
constexpr std::size_t a_batch = 60;

[[nodiscard]] std::string customer(std::size_t i) { return numbered("C", 10'000 + i); }

[[nodiscard]] std::uint32_t shard_of_customer(const std::string& name)
{
    return port::shard_of(account(name), shards);
}

[[nodiscard]] std::string amount_of(dice& random)
{
    const std::string millionths = std::to_string(1'000'000 + random.below(1'000'000));
    return std::to_string(random.below(90)) + "." + millionths.substr(1);
}

/// Payments, charges, and transfers between neighbours of one shard: what happened to each shard,
/// in order.
[[nodiscard]] std::array<std::vector<transfer>, shards> a_day(std::uint64_t seed)
{
    dice random{seed};
    std::array<std::vector<transfer>, shards> out;
    for (std::size_t i = 0; i < transfers; ++i) {
        const std::string who = customer(random.below(customers));
        const std::string other = customer(random.below(customers));
        const std::uint32_t shard = shard_of_customer(who);
        const std::string key = numbered("day/", i);
        const std::string amount = amount_of(random);
        if (random.below(3) == 0) {
            out[shard].push_back(top_up(key, who, amount, 1));
        } else if (who != other && shard_of_customer(other) == shard) {
            out[shard].push_back(
                move(key, posting_kind::transfer, who, other, amount, 1));
        } else {
            out[shard].push_back(charge(key, who, "2026-01/energy.peak", amount, 1));
        }
    }
    return out;
}

void post_all(port::store& books, const std::vector<transfer>& work,
              std::vector<std::string>& refused)
{
    writer hand{books};
    const std::span all{work};
    for (std::size_t i = 0; i < all.size(); i += a_batch) {
        const auto some = all.subspan(i, std::min(a_batch, all.size() - i));
        const auto outcome = hand.commit(batch_of(hand, some, static_cast<int>(i)));
        if (outcome.status != commit_status::committed) refused.push_back(outcome.detail);
    }
}

using balances = std::map<std::string, std::int64_t>;

/// The balances of a store added to those of others: millionths.
void add_heads(balances& to, port::store& books)
{
    std::int64_t sum = 0;
    const port::snapshot state = books.load().value();
    for (const account_head& head : state.heads) {
        to[std::string{head.account.view()}] += head.balance.mantissa();
        sum += head.balance.mantissa();
    }
    CHECK(sum == 0);
}

}  // namespace

TEST_CASE("shards on two servers, one writer each and all at once, add up to one store")
{
    const auto day = a_day(20260101);
    const server& first = common_server();
    const server second;
    const auto where = [&](std::uint32_t shard) {
        return shard % 2 == 0 ? first.conninfo() : second.conninfo();
    };
    std::array<std::vector<std::string>, shards> refused;
    std::vector<std::thread> all;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
        all.emplace_back([&, shard] {
            postgres_store books{where(shard), shard};
            post_all(books, day[shard], refused[shard]);
        });
    }
    for (std::thread& each : all) each.join();

    balances in_shards;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
        CAPTURE(shard);
        CHECK_MESSAGE(refused[shard].empty(), refused[shard].front());
        CHECK(day[shard].size() > transfers / shards / 2);
        postgres_store books{where(shard), shard};
        check_audit(books);
        CHECK(ledger::audit(books)->postings == 2 * day[shard].size());
        add_heads(in_shards, books);
        const port::snapshot state = books.load().value();
        for (const account_head& head : state.heads) {
            const bool is_customer = head.account.view().front() == 'C';
            CHECK((!is_customer || port::shard_of(head.account, shards) == shard));
        }
    }

    std::vector<std::string> refused_by_one;
    port::memory_store one;
    for (const auto& each : day) post_all(one, each, refused_by_one);
    CHECK(refused_by_one.empty());
    balances in_one;
    add_heads(in_one, one);
    CHECK(in_one.size() > customers);
    CHECK(in_shards == in_one);  // each customer, and each house account summed over the shards
}
