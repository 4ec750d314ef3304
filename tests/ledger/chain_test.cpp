// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/chain.hpp>

#include <string>

#include <doctest/doctest.h>

#include "port/books.hpp"

using namespace test_books;

namespace {

[[nodiscard]] std::vector<posting> two_legs()
{
    ledger::journal books{cny};
    transfer work = charge("c/1", "F01", "2026-01/energy.peak", "1.5", 1);
    work.explain = "peak";
    REQUIRE(books.stage(work).has_value());
    return books.seal(at(1)).postings;
}

[[nodiscard]] std::string hex(const digest& value)
{
    std::string out;
    for (const std::uint8_t byte : value) {
        out += "0123456789abcdef"[byte >> 4U];
        out += "0123456789abcdef"[byte & 15U];
    }
    return out;
}

}  // namespace

TEST_CASE("the bytes of a block are the documented ones")
{
    posting row;
    row.account = account("F1");
    row.account_seq = 2;
    row.key = "k";
    row.leg = 1;
    row.kind = posting_kind::top_up;
    row.effective_at = instant{duration{3}};
    row.recorded_at = instant{duration{-1}};
    row.amount = yuan("-0.000001");
    row.running_balance = yuan("0.000258");
    row.explain = "e";
    block_seal previous;
    previous.number = 6;
    previous.value.fill(0xAB);

    std::string expected{"\0\0\0\x11", 4};
    expected += "wattpurse.block.1";
    expected += std::string{"\0\0\0\0\0\0\0\x07", 8};
    expected += std::string(32, '\xAB');
    expected += std::string{"\0\0\0\0\0\0\0\x05", 8};
    expected += std::string{"\0\0\0\x01", 4};
    expected += std::string{"\0\0\0\x02" "F1", 6};
    expected += std::string{"\0\0\0\0\0\0\0\x02", 8};
    expected += std::string{"\0\0\0\x01k", 5};
    expected += std::string{"\0\0\0\x01", 4};
    expected += std::string{"\0\0\0\x06top_up", 10};
    expected += std::string{"\0\0\0\0", 4};
    expected += std::string{"\0\0\0\0\0\0\0\x03", 8};
    expected += std::string(8, '\xFF');
    expected += std::string(8, '\xFF') + "CNY";
    expected += std::string{"\0\0\0\0\0\0\x01\x02", 8} + "CNY";
    expected += std::string{"\0\0\0\x01" "e", 5};

    const auto bytes = ledger::block_bytes(previous, std::span{&row, 1}, instant{duration{5}});
    CHECK(std::string{bytes.begin(), bytes.end()} == expected);
}

TEST_CASE("the digest is SHA-256 and stays what it was")
{
    // sha256 of the documented bytes of an empty first block at the epoch, by Python.
    const auto value = ledger::digest_of({}, {}, instant{});
    CHECK(hex(value) == "32d57663d97b4bfd842ab46e750dec8bcec7f8b87fec3aa969510a9f113e7c10");
}

TEST_CASE("a sealed block verifies, and nothing else does")
{
    const auto rows = two_legs();
    const block_seal first = ledger::seal_of({}, rows, at(1));
    CHECK(first.number == 1);
    CHECK(first.postings == 2);
    CHECK(ledger::verify(rows, {}, first).has_value());

    const auto broken = [&rows](auto change) {
        auto altered = rows;
        change(altered);
        const auto verdict = ledger::verify(altered, {}, ledger::seal_of({}, rows, at(1)));
        REQUIRE_FALSE(verdict.has_value());
        CHECK(verdict.error().find("block 1 ") == 0);
    };
    using list = std::vector<posting>;
    broken([](list& r) { r[0].amount = yuan("-1.500001"); });
    broken([](list& r) { r[0].running_balance = yuan("0"); });
    broken([](list& r) { r[0].account = account("F02"); });
    broken([](list& r) { r[0].account_seq = 2; });
    broken([](list& r) { r[0].key += "x"; });
    broken([](list& r) { r[0].leg = 1; });
    broken([](list& r) { r[0].kind = posting_kind::adjustment; });
    broken([](list& r) { r[0].subject.clear(); });
    broken([](list& r) { r[0].effective_at += duration{1}; });
    broken([](list& r) { r[0].recorded_at += duration{1}; });
    broken([](list& r) { r[0].explain.push_back('\0'); });
    broken([](list& r) { r[0].block = 2; });
    broken([](list& r) { std::swap(r[0], r[1]); });
    broken([](list& r) { r.pop_back(); });
    broken([](list& r) { r.push_back(r[0]); });
    // Letters that move from one text to the next are not the same content.
    broken([](list& r) {
        r[0].subject = r[0].subject.substr(1);
        r[0].key += "2";
    });
}

TEST_CASE("a block verifies only upon the block before it")
{
    const auto rows = two_legs();
    const block_seal first = ledger::seal_of({}, rows, at(1));
    auto next_rows = rows;
    for (posting& row : next_rows) {
        row.block = 2;
    }
    const block_seal second = ledger::seal_of(first, next_rows, at(2));
    CHECK(ledger::verify(next_rows, first, second).has_value());
    CHECK_FALSE(ledger::verify(next_rows, {}, second).has_value());
    block_seal other = first;
    other.value[5] ^= 1U;
    CHECK_FALSE(ledger::verify(next_rows, other, second).has_value());
    block_seal later = second;
    later.sealed_at += duration{1};
    CHECK_FALSE(ledger::verify(next_rows, first, later).has_value());
}
