// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>

#include <doctest/doctest.h>

#include <wattpurse/sim/household.hpp>

using namespace wattpurse;
using namespace std::chrono_literals;
using sim::household;
using sim::payer;

namespace {

constexpr currency cny{"CNY"};
const instant midnight = parse_iso8601("2026-01-01T00:00:00+08:00").value();

household people(payer pays, unsigned index = 0, unsigned days = 31)
{
    return {1, index, pays, days, cny};
}

energy use_of_day(const household& of, instant day)
{
    std::int64_t sum = 0;
    for (instant quarter = day; quarter < day + 24h; quarter += 15min) {
        sum += of.use(quarter, china_zone).mantissa();
    }
    return energy::of(sum);
}

notice told(notice_kind kind)
{
    return {std::string{to_string(kind)} + "/F01/1", account_id::parse("F01").value(), kind,
            midnight, std::nullopt, "text"};
}

}  // namespace

TEST_CASE("a household uses what its seed says, more in the evening than at night")
{
    for (unsigned index = 0; index < 24; ++index) {
        CAPTURE(index);
        const household home = people(payer::prompt, index);
        CHECK(home.use(midnight, china_zone) ==
              people(payer::never, index).use(midnight, china_zone));
        for (int day = 0; day < 31; ++day) {
            const energy used = use_of_day(home, midnight + day * 24h);
            CHECK(used >= energy::of(2 * 10'000));  // 4 to 16 kWh a day, give or take
            CHECK(used <= energy::of(24 * 10'000));
        }
        std::int64_t night = 0;
        std::int64_t evening = 0;
        for (int day = 0; day < 31; ++day) {
            night += home.use(midnight + day * 24h + 3h, china_zone).mantissa();
            evening += home.use(midnight + day * 24h + 18h, china_zone).mantissa();
        }
        CHECK(evening > 3 * night);
    }
}

TEST_CASE("households differ, and so do their days")
{
    CHECK(use_of_day(people(payer::prompt, 0), midnight) !=
          use_of_day(people(payer::prompt, 1), midnight));
    CHECK(use_of_day(people(payer::prompt), midnight) !=
          use_of_day(people(payer::prompt), midnight + 24h));
    CHECK(use_of_day(people(payer::prompt), midnight) !=
          use_of_day(household{2, 0, payer::prompt, 31, cny}, midnight));
}

TEST_CASE("the opening balance is whole yuan and grows with the length of the play")
{
    for (unsigned index = 0; index < 24; ++index) {
        const money short_play = people(payer::after_cut, index, 4).opening();
        const money long_play = people(payer::after_cut, index, 31).opening();
        CHECK(short_play.mantissa() % 1'000'000 == 0);
        CHECK(short_play.mantissa() >= 0);
        CHECK(long_play.mantissa() > 4 * short_play.mantissa());
        CHECK(people(payer::comfortable, index).opening().mantissa() >
              long_play.mantissa());
    }
}

TEST_CASE("each kind of payer reacts to its own notice and to no other")
{
    struct habit {
        payer pays;
        std::optional<notice_kind> to;
        duration earliest{0};
        duration latest{0};
    };
    const std::array<habit, 5> habits{{{payer::prompt, notice_kind::alarm_2, 2h, 10h},
                                       {payer::after_warning, notice_kind::cut_warning, 4h, 16h},
                                       {payer::after_cut, notice_kind::cut, 1h, 21h},
                                       {payer::comfortable, std::nullopt},
                                       {payer::never, std::nullopt}}};
    for (const habit& has : habits) {
        const household home = people(has.pays);
        for (const auto kind :
             {notice_kind::alarm_1, notice_kind::alarm_2, notice_kind::exhausted,
              notice_kind::cut_warning, notice_kind::cut, notice_kind::restored}) {
            CAPTURE(to_string(kind));
            const auto payment = home.react(told(kind));
            REQUIRE(payment.has_value() == (has.to == kind));
            if (!payment) continue;
            CHECK(payment->after >= has.earliest);
            CHECK(payment->after < has.latest);
            CHECK(payment->amount.mantissa() >= 50'000'000);
            CHECK(payment->amount.mantissa() <= 100'000'000);
            CHECK(payment->amount.mantissa() % 10'000'000 == 0);
            CHECK(payment->amount.unit() == cny);
            CHECK(home.react(told(kind))->after == payment->after);  // and again the same
        }
    }
}
