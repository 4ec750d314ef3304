// SPDX-License-Identifier: Apache-2.0
// Seals that are kept elsewhere find a chain that was rebuilt over altered postings.
#include <wattpurse/ledger/seals.hpp>

#include <doctest/doctest.h>

#include <wattpurse/ledger/audit.hpp>

#include "port/books.hpp"

using namespace test_books;
using ledger::auditor;

namespace {

struct chain {
    std::vector<std::vector<posting>> postings;
    std::vector<block_seal> seals;
    std::vector<account_head> heads;
};

/// Three blocks of a top-up each; the second is of `amount`.
chain books_with(std::string_view amount)
{
    ledger::journal books{cny};
    chain out;
    for (int i = 1; i <= 3; ++i) {
        REQUIRE(books.stage(move("t/" + std::to_string(i), posting_kind::top_up, "house.payments",
                                 "F01", i == 2 ? amount : "10", i)));
        auto block = books.seal(at(i));
        books.accept();
        out.postings.push_back(block.postings);
        out.seals.push_back(block.seal);
    }
    out.heads = books.heads();
    return out;
}

ledger::invariant audited(const chain& all, std::span<const block_seal> known)
{
    auditor check{{}, known};
    for (std::size_t i = 0; i < all.seals.size(); ++i) check.block(all.seals[i], all.postings[i]);
    return check.finish(all.heads, all.seals.back()).chain;
}

}  // namespace

TEST_CASE("a chain that was rebuilt verifies by itself, and not against a seal that was kept")
{
    const chain honest = books_with("20");
    const chain rebuilt = books_with("19");
    CHECK(audited(rebuilt, {}).holds);
    const std::vector<block_seal> kept{honest.seals.back()};
    CHECK(audited(honest, kept).holds);
    CHECK(audited(rebuilt, kept).fault ==
          "block 3 is not the one whose seal was kept: the chain was rebuilt");
    CHECK(audited(rebuilt, honest.seals).fault ==
          "block 2 is not the one whose seal was kept: the chain was rebuilt");
    chain shortened = honest;
    shortened.seals.pop_back();
    shortened.postings.pop_back();
    CHECK(audited(shortened, kept).fault == "block 3, whose seal was kept, is missing");
}

TEST_CASE("limits are audited by the terms that held at the moment")
{
    ledger::journal books{cny};
    REQUIRE(books.stage(move("t/1", posting_kind::top_up, "house.payments", "F01", "10", 1)));
    for (int i = 2; i <= 3; ++i) {
        transfer paid = move("p/" + std::to_string(i), posting_kind::transfer, "F01", "F02", "8",
                             i);
        REQUIRE(books.stage(paid));  // no limit holds here: 2 are left, then -6
    }
    const auto block = books.seal(at(4));
    const auto limits = [&](std::vector<account_terms> terms) {
        auditor check{{}, {}, terms};
        check.block(block.seal, block.postings);
        return check.finish(books.heads(), block.seal).limits;
    };
    CHECK(limits({}).holds);
    CHECK(limits({{account("F01"), at(0), yuan("-6"), false}}).holds);
    CHECK(limits({{account("F01"), at(0), yuan("0"), false}}).fault.find("left -6.000000 CNY") !=
          std::string::npos);
    CHECK(limits({{account("F01"), at(0), yuan("0"), false},
                  {account("F01"), at(3), yuan("-6"), false}})
              .holds);  // the limit was widened at that moment
    CHECK(limits({{account("F01"), at(0), yuan("-6"), false},
                  {account("F01"), at(3), yuan("0"), false}})
              .holds);  // or narrowed
    CHECK_FALSE(limits({{account("F01"), at(0), yuan("-6"), false},
                        {account("F01"), at(2), {}, true}})
                    .holds);
    CHECK(limits({{account("F01"), at(9), {}, true}}).holds);
    CHECK(limits({{account("F01"), at(3), yuan("0"), false}}).holds);  // the first there ever were
    CHECK_FALSE(limits({{account("F01"), at(3) - duration{1}, yuan("0"), false}}).holds);
}

TEST_CASE("seals are a text and come back")
{
    const chain all = books_with("20");
    const std::string text = ledger::seals_text(all.seals);
    CHECK(text.substr(0, 15) == "block,sha256\n1,");
    const auto again = ledger::read_seals(text).value();
    REQUIRE(again.size() == 3);
    CHECK(again[2].number == 3);
    CHECK(again[2].value == all.seals[2].value);
    CHECK(ledger::read_seals("").value().empty());
    CHECK(ledger::read_seals("block,sha256\r\n\r\n").value().empty());
    for (const char* const bad : {"1", "0," , "x,00", "1,00", "-1,"}) {
        CAPTURE(bad);
        const auto none = ledger::read_seals("block,sha256\n" + std::string{bad} +
                                             std::string(62, '0') + "G\n");
        REQUIRE_FALSE(none);
        CHECK(none.error().path == "line 2");
    }
}
