// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder do with a store: seeded transfers, batches, and what the books say.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/postgres/store.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "port/books.hpp"
#include "postgres/server.hpp"

namespace test_postgres {

using namespace test_books;
using port::commit_status;
using postgres_store = adapter::postgres::store;
using adapter::postgres::options;

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

[[nodiscard]] inline transfer top_up(std::string key, std::string_view to,
                                     std::string_view amount, int minute)
{
    return move(std::move(key), posting_kind::top_up, "house.payments", to, amount, minute);
}

/// The common server, laid open in the schema of the store.
[[nodiscard]] inline std::unique_ptr<raw> open_raw(const server& of = common_server())
{
    auto out = std::make_unique<raw>(of.conninfo());
    out->execute("SET search_path = wattpurse");
    return out;
}

/// What opening says when it refuses.
[[nodiscard]] inline std::string refusal_of(const std::string& conninfo, const options& how = {})
{
    try {
        const postgres_store opened{conninfo, 1, how};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

/// A sequence that is the same everywhere.
class dice {
public:
    explicit dice(std::uint64_t seed) : state_{seed} {}
    [[nodiscard]] std::uint32_t below(std::uint32_t end)
    {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>((state_ >> 33U) % end);
    }

private:
    std::uint64_t state_;
};

[[nodiscard]] inline std::string numbered(std::string prefix, std::size_t i)
{
    return std::move(prefix) + std::to_string(i);
}

/// A sealed batch of these transfers.
[[nodiscard]] inline port::batch batch_of(writer& hand, std::span<const transfer> some, int minute)
{
    for (const transfer& each : some) {
        if (!hand.journal.stage(each)) throw std::runtime_error{each.key + " is refused"};
    }
    auto block = hand.journal.seal(at(minute));
    port::batch work;
    work.fence_epoch = hand.epoch;
    work.expected_heads = std::move(block.expected_heads);
    work.postings = std::move(block.postings);
    work.seal = block.seal;
    return work;
}

/// That many top-ups of one minute, for `customers` accounts in turn; keys "name/minute/i".
[[nodiscard]] inline std::vector<transfer> top_ups(const std::string& name, int minute,
                                                   std::size_t count, std::size_t customers)
{
    std::vector<transfer> out;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string key = name + "/" + std::to_string(minute) + "/" + std::to_string(i);
        out.push_back(top_up(key, numbered("F", i % customers), "0.000001", minute));
    }
    return out;
}

inline void check_audit(port::store& books)
{
    const auto report = ledger::audit(books);
    REQUIRE_MESSAGE(report.has_value(), (report ? std::string{} : report.error()));
    CHECK_MESSAGE(report->zero_sum.holds, report->zero_sum.fault);
    CHECK_MESSAGE(report->balances.holds, report->balances.fault);
    CHECK_MESSAGE(report->sequence.holds, report->sequence.fault);
    CHECK_MESSAGE(report->chain.holds, report->chain.fault);
    CHECK_MESSAGE(report->limits.holds, report->limits.fault);
}

}  // namespace test_postgres
