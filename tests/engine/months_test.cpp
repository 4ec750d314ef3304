// SPDX-License-Identifier: Apache-2.0
// The end of a month: one bill ends where the next begins, however late the reading comes.
#include <wattpurse/engine/verify.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "playing.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;

namespace {

/// Eight days from 29 January; the second line is silent from 31 January, 11:30, for two days.
sim::world_options over_the_month()
{
    auto out = four_days();
    out.start = at("2026-01-29T00:00");
    out.days = 8;
    return out;
}

const instant february = at("2026-02-01T00:00");

/// What was charged for a period, postings in the order they were made.
money charged(port::store& books, const account_id& account, std::string_view period)
{
    money sum{decimal<6>{}, currency{"CNY"}};
    const auto rows = ledger::account_postings(books, account).value();
    for (const posting& each : rows) {
        if (each.kind != posting_kind::charge && each.kind != posting_kind::adjustment) continue;
        if (each.subject.substr(0, period.size()) == period) sum = (sum - each.amount).value();
    }
    return sum;
}

std::optional<reading> good_at(port::store& books, const account_id& account, instant when)
{
    const auto known = books.readings(account, when, when).value();
    for (const reading& each : known) {
        if (each.quality == quality::good) return each;
    }
    return std::nullopt;
}

tariff_energy between(const reading& from, const reading& to)
{
    tariff_energy out{};
    for (std::size_t t = 0; t < tariff_count; ++t) {
        out[t] = (to.registers.tariff[t] - from.registers.tariff[t]).value();
    }
    return out;
}

money price_of(const account_id& account, const tariff_energy& used)
{
    const auto by = tariff::examples::zhejiang();
    const auto month = tariff::examples::january();
    const period_usage usage{account, month.id, month.from, month.until, used};
    return tariff::rate(by, tariff::consumption_of(usage), month).value().sum;
}

}  // namespace

TEST_CASE("January closes and February begins with the same reading, also over a silent line")
{
    sim::world around{over_the_month()};
    port::memory_store store;
    engine::system centre{around.site(), tariff::examples::zhejiang(), strict(around), store};
    REQUIRE(centre.start(around.now()));

    sim::play(around, centre, february + 30min);
    CHECK_FALSE(centre.closed_until(february));  // the silent line has not said its freeze
    sim::play(around, centre, end_of(around));
    REQUIRE(centre.failure() == "");
    CHECK(centre.closed_until(february));

    auto bills = store.load()->bills;
    bills.erase(std::remove_if(bills.begin(), bills.end(),
                               [](const bill& each) { return each.until != february; }),
                bills.end());
    REQUIRE(bills.size() == 4);
    for (const bill& each : bills) {
        CAPTURE(row(each));
        CHECK(text_of(each.period) == "2026-01");
        const bool late = each.account.view() >= "F03";
        CHECK(each.closed_at == (late ? at("2026-02-02T12:01") : at("2026-02-01T00:01")));

        const auto first = good_at(store, each.account, around.site().opened_at);
        const auto boundary = good_at(store, each.account, february);
        const auto last = good_at(store, each.account, around.end());
        REQUIRE(first);
        REQUIRE(boundary);
        REQUIRE(last);
        CHECK(boundary->source == reading_source::daily_freeze);
        CHECK(boundary->recorded_at == each.closed_at);
        CHECK(each.used == between(*first, *boundary));
        CHECK(charged(store, each.account, "2026-01/") == price_of(each.account, each.used));
        CHECK(each.charged == price_of(each.account, each.used));
        if (each.account.view() == "F02") continue;  // its meter is exchanged in February
        CHECK(charged(store, each.account, "2026-02/") ==
              price_of(each.account, between(*boundary, *last)));
    }
    CHECK(ledger::audit(store)->ok());
    const auto metering = engine::verify(store, around.site(), tariff::examples::zhejiang());
    REQUIRE(metering);
    CHECK(metering->charged_once.fault == "");
    CHECK(metering->registers.fault == "");
    CHECK(metering->replay.fault == "");
}

TEST_CASE("two months with a silent line survive a restart every day")
{
    const auto rows_with = [](duration term) {
        sim::world around{over_the_month()};
        port::memory_store store;
        const auto rules = strict(around);
        while (around.now() < end_of(around)) {
            around.reconnected();
            engine::system centre{around.site(), tariff::examples::zhejiang(), rules, store};
            REQUIRE(centre.start(around.now()));
            sim::play(around, centre, std::min(around.now() + term, end_of(around)));
            REQUIRE(centre.failure() == "");
        }
        return rows_of(store, around.site());
    };
    const auto rows = rows_with(24h * 30);
    CHECK(first_difference(rows_with(24h), rows) == "");
    CHECK(first_difference(rows_with(7h + 11min + 13s), rows) == "");
}

TEST_CASE("books that close within a month close there")
{
    auto options = four_days();
    options.start = at("2026-01-10T00:00");
    sim::world around{options};
    auto where = around.site();
    where.closes_at = around.end();
    port::memory_store store;
    engine::system centre{where, tariff::examples::zhejiang(), strict(around), store};
    REQUIRE(centre.start(around.now()));
    sim::play(around, centre, end_of(around));
    REQUIRE(centre.failure() == "");
    CHECK(centre.closed_until(around.end()));
    const auto bills = store.load()->bills;
    REQUIRE(bills.size() == 4);
    for (const bill& each : bills) CHECK(each.until == around.end());
    CHECK(ledger::audit(store)->ok());
    const auto metering = engine::verify(store, where, tariff::examples::zhejiang());
    REQUIRE(metering);
    CHECK(metering->registers.fault == "");
    CHECK(metering->replay.fault == "");
}

TEST_CASE("a restart in the third month goes on, though the first month rests")
{
    auto options = without_faults(four_days());
    options.days = 70;
    sim::world around{options};
    port::memory_store store;
    const auto by = tariff::examples::zhejiang();
    {
        engine::system centre{around.site(), by, strict(around), store};
        REQUIRE(centre.start(around.now()));
        sim::play(around, centre, around.now() + 24h * 62);
        REQUIRE(centre.failure() == "");
    }
    around.reconnected();
    engine::system again{around.site(), by, strict(around), store};
    REQUIRE(again.start(around.now()));
    sim::play(around, again, end_of(around));
    CHECK(again.failure() == "");
    CHECK(again.closed_until(around.end()));
    const auto report = engine::verify(store, around.site(), by);
    REQUIRE(report);
    CHECK(report->charged_once.holds);
    CHECK(report->registers.holds);
    CHECK(report->replay.holds);
}
