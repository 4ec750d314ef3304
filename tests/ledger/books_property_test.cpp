// SPDX-License-Identifier: Apache-2.0
// Random transfers through journal and store, against an oracle of checked wide integers.
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/port/memory_store.hpp>

#include "port/books.hpp"

using namespace test_books;
using boost::multiprecision::checked_int256_t;
using ledger::refusal;

namespace {

/// What the journal ought to say and do, written down as plainly as possible.
class oracle {
public:
    [[nodiscard]] std::optional<refusal> post(const transfer& work)
    {
        checked_int256_t sum = 0;
        std::set<account_id> seen;
        for (const transfer_leg& leg : work.legs) {
            sum += leg.amount.mantissa();
            if (!seen.insert(leg.account).second) {
                return refusal::account_repeated;
            }
        }
        if (sum != 0) {
            return refusal::unbalanced;
        }
        for (const transfer_leg& leg : work.legs) {
            const checked_int256_t after = balances[leg.account] + leg.amount.mantissa();
            if (after > most || after < -most) {
                return refusal::overflow;
            }
            const bool at_will = work.kind == posting_kind::refund ||
                                 work.kind == posting_kind::transfer;
            const auto floor = floors.find(leg.account);
            if (at_will && leg.amount.mantissa() < 0 && floor != floors.end() &&
                after < floor->second) {
                return refusal::limit_exceeded;
            }
        }
        for (const transfer_leg& leg : work.legs) {
            balances[leg.account] += leg.amount.mantissa();
            ++numbers[leg.account];
        }
        return std::nullopt;
    }

    const checked_int256_t most = decimal<6>::mantissa_max;
    std::map<account_id, checked_int256_t> balances;
    std::map<account_id, std::uint64_t> numbers;
    std::map<account_id, checked_int256_t> floors;
};

/// Transfers of all kinds and sizes; some are wrong on purpose.
class transfers {
public:
    explicit transfers(std::uint32_t seed) : dice_{seed} {}

    [[nodiscard]] std::uint32_t below(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>(dice_() % bound);
    }

    [[nodiscard]] transfer next(int i)
    {
        transfer work;
        work.key = "k/" + std::to_string(i);
        work.kind = static_cast<posting_kind>(below(7));
        work.effective_at = at(static_cast<int>(below(1000)));
        work.recorded_at = at(i);
        const std::uint32_t legs = 2 + below(3);
        checked_int256_t rest = 0;
        for (std::uint32_t n = 0; n < legs; ++n) {
            const account_id who = account("A" + std::to_string(below(12)));
            std::int64_t amount = any_amount();
            if (n + 1 == legs && below(20) != 0 && rest <= top && rest >= -top) {
                amount = static_cast<std::int64_t>(-rest);
            }
            rest += amount;
            work.legs.push_back({who, money{decimal<6>::of(amount), cny}});
        }
        return work;
    }

private:
    [[nodiscard]] std::int64_t any_amount()
    {
        const std::uint64_t wide = (std::uint64_t{dice_()} << 32U) | dice_();
        const auto value = static_cast<std::int64_t>(wide >> (1 + below(62)));
        return below(2) == 0 ? value : -value;
    }

    const checked_int256_t top = decimal<6>::mantissa_max;
    std::mt19937 dice_;
};

void check_against(const oracle& truth, const std::vector<account_head>& heads)
{
    for (const account_head& head : heads) {
        CHECK(truth.balances.at(head.account) == head.balance.mantissa());
        CHECK(truth.numbers.at(head.account) == head.seq);
    }
}

/// One life of the books; returns how many transfers were posted.
int play(std::uint32_t seed, std::set<refusal>& refusals)
{
    transfers dice{seed};
    oracle truth;
    port::memory_store store;
    writer hand{store};
    std::vector<ledger::account_floor> floors;
    for (int i = 0; i < 4; ++i) {
        const auto id = account("A" + std::to_string(i));
        const auto overdraft = money{decimal<6>::of(std::int64_t{i} * 1'000'000'000), cny};
        REQUIRE(hand.journal.set_limit(id, overdraft).has_value());
        truth.floors[id] = -overdraft.mantissa();
        floors.push_back({id, -overdraft});
    }
    int posted = 0;
    for (int i = 0; i < 400; ++i) {
        const transfer work = dice.next(i);
        const auto expected = truth.post(work);
        const auto done = hand.journal.stage(work);
        REQUIRE(done.has_value() == !expected.has_value());
        if (expected) {
            REQUIRE(done.error() == *expected);
            refusals.insert(*expected);
            continue;
        }
        ++posted;
        if (dice.below(10) == 0) {
            CHECK(hand.journal.stage(work).has_value());  // a repeat changes nothing
        }
        if (dice.below(5) == 0) {
            REQUIRE(hand.post({}, i).status == port::commit_status::committed);
        }
    }
    if (!hand.journal.empty()) {
        REQUIRE(hand.post({}, 400).status == port::commit_status::committed);
    }
    check_against(truth, hand.journal.heads());
    check_against(truth, store.load().value().heads);
    const auto report = ledger::audit(store, floors).value();
    CHECK_MESSAGE(report.ok(), report.balances.fault, report.limits.fault);
    return posted;
}

}  // namespace

TEST_CASE("random books agree with an oracle of wide integers, refusals included")
{
    std::set<refusal> refusals;
    int posted = 0;
    for (std::uint32_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        posted += play(seed, refusals);
    }
    CHECK(posted > 10000);
    // The dice do reach what they are meant to.
    CHECK(refusals == std::set<refusal>{refusal::unbalanced, refusal::overflow,
                                        refusal::limit_exceeded, refusal::account_repeated});
}
