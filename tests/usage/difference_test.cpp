// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include <wattpurse/usage/difference.hpp>

using namespace wattpurse;
using usage::difference;
using verdict = usage::step::verdict;

namespace {

/// Registers in steps of 0.01 kWh; the total is the sum of the four.
register_set shown(std::int64_t t1, std::int64_t t2, std::int64_t t3, std::int64_t t4)
{
    register_set out;
    out.tariff = {energy::of(t1 * 100), energy::of(t2 * 100), energy::of(t3 * 100),
                  energy::of(t4 * 100)};
    out.total = energy::of((t1 + t2 + t3 + t4) * 100);
    return out;
}

/// A single-phase meter of 60 A: 13.2 kW, six digits.
const usage::limits single_phase{energy::of(10'000'000'000), power::of(132'000)};
constexpr duration hour{3'600'000};

}  // namespace

TEST_CASE("an hour of use is the difference of each register")
{
    const auto step = difference(shown(0, 12000, 0, 5000), shown(0, 12150, 0, 5025), hour,
                                 single_phase);
    CHECK(step.judged == verdict::plausible);
    CHECK(step.used == tariff_energy{energy{}, energy::of(15000), energy{}, energy::of(2500)});
}

TEST_CASE("nothing used is plausible however short the time")
{
    const auto at = shown(1, 2, 3, 4);
    const auto step = difference(at, at, duration{0}, single_phase);
    CHECK(step.judged == verdict::plausible);
    CHECK(step.used == tariff_energy{});
}

TEST_CASE("what the supply can deliver is judged to the last step")
{
    // 13.2 kW for an hour and a minute, and one register step: 13.4200 + 0.0100 kWh.
    CHECK(usage::deliverable(hour, single_phase) == energy::of(134'300));
    auto from = shown(0, 0, 0, 0);
    auto to = from;
    to.total = to.tariff[1] = energy::of(134'300);
    CHECK(difference(from, to, hour, single_phase).judged == verdict::plausible);
    to.total = to.tariff[1] = energy::of(134'301);
    const auto over = difference(from, to, hour, single_phase);
    CHECK(over.judged == verdict::implausible);
    CHECK(over.used == tariff_energy{});
}

TEST_CASE("what is deliverable is rounded up, counts no negative time and never wraps")
{
    const usage::limits odd{energy::of(1), power::of(1)};
    CHECK(usage::deliverable(duration{0}, odd) == energy::of(101));
    CHECK(usage::deliverable(duration{-5'000'000}, odd) == energy::of(101));
    CHECK(usage::deliverable(duration{3'540'001}, odd) == energy::of(102));
    const usage::limits vast{energy::of(1), power::of(INT64_MAX)};
    CHECK(usage::deliverable(duration::max(), vast) == energy::of(INT64_MAX));
}

TEST_CASE("registers behind a current transformer are shown in coarser steps")
{
    // 0.01 kWh times 40: total and tariffs may part by five such steps, and one may be ahead.
    usage::limits behind = single_phase;
    behind.shown_step = energy::of(4'000);
    CHECK(usage::disagreement_max(single_phase) == energy::of(500));
    CHECK(usage::disagreement_max(behind) == energy::of(20'000));
    CHECK(usage::deliverable(hour, behind) == energy::of(138'200));
    auto from = shown(0, 0, 0, 0);
    auto to = from;
    to.total = energy::of(20'000);
    CHECK(difference(from, to, hour, behind).judged == verdict::plausible);
    CHECK(difference(from, to, hour, single_phase).judged == verdict::implausible);
    to.total = energy::of(20'001);
    CHECK(difference(from, to, hour, behind).judged == verdict::implausible);
    // A finer step makes nothing stricter: registers are not read all at one moment.
    behind.shown_step = energy::of(1);
    CHECK(usage::disagreement_max(behind) == energy::of(500));
    behind.shown_step = energy::of(INT64_MAX);
    CHECK(usage::disagreement_max(behind) == energy::of(INT64_MAX));
}

TEST_CASE("each register rolls over by itself at its capacity")
{
    // T2 goes from 999999.50 to 0.75 while the total goes from 1000.00 to 1001.25.
    auto from = shown(0, 99'999'950, 0, 0);
    from.total = energy::of(10'000'000);
    auto to = shown(0, 75, 0, 0);
    to.total = energy::of(10'012'500);
    const auto step = difference(from, to, hour, single_phase);
    CHECK(step.judged == verdict::rolled_over);
    CHECK(step.used == tariff_energy{energy{}, energy::of(12'500), energy{}, energy{}});
}

TEST_CASE("the total rolls over too")
{
    auto from = shown(0, 500, 0, 0);
    from.total = energy::of(9'999'999'900);
    auto to = shown(0, 600, 0, 0);
    to.total = energy::of(9'900);
    CHECK(difference(from, to, hour, single_phase).judged == verdict::rolled_over);
}

TEST_CASE("a decrease that a roll-over cannot explain went back")
{
    const auto back = difference(shown(0, 12000, 0, 5000), shown(0, 11900, 0, 5000), hour,
                                 single_phase);
    CHECK(back.judged == verdict::went_back);
    CHECK(back.used == tariff_energy{});
}

TEST_CASE("one register that went back outweighs another that jumped, in whatever order")
{
    for (const std::size_t fell : {std::size_t{0}, std::size_t{3}}) {
        auto from = shown(5000, 5000, 5000, 5000);
        auto to = from;
        to.tariff[fell] = energy::of(499'900);
        to.tariff[3 - fell] = energy::of(5'000'000);
        CHECK(difference(from, to, hour, single_phase).judged == verdict::went_back);
    }
}

TEST_CASE("a total that disagrees with its tariffs by more than five steps is implausible")
{
    const auto from = shown(0, 12000, 0, 5000);
    for (const std::int64_t sign : {1, -1}) {
        auto to = shown(0, 12100, 0, 5000);
        to.total = energy::of(to.total.mantissa() + sign * 500);
        CHECK(difference(from, to, hour, single_phase).judged == verdict::plausible);
        to.total = energy::of(to.total.mantissa() + sign);
        CHECK(difference(from, to, hour, single_phase).judged == verdict::implausible);
    }
}

TEST_CASE("registers that the meter cannot show are implausible")
{
    auto from = shown(0, 100, 0, 0);
    auto to = shown(0, 110, 0, 0);
    to.tariff[0] = single_phase.register_capacity;
    CHECK(difference(from, to, hour, single_phase).judged == verdict::implausible);
    to = shown(0, 110, 0, 0);
    to.tariff[2] = energy::of(-1);
    CHECK(difference(from, to, hour, single_phase).judged == verdict::implausible);
    from.total = energy::of(-1);
    CHECK(difference(from, shown(0, 110, 0, 0), hour, single_phase).judged ==
          verdict::implausible);
    const usage::limits unset{};
    CHECK(difference(shown(0, 0, 0, 0), shown(0, 0, 0, 0), hour, unset).judged ==
          verdict::implausible);
}

TEST_CASE("a longer silence allows more energy")
{
    const auto from = shown(0, 0, 0, 0);
    const auto to = shown(0, 50'000, 0, 0);  // 500 kWh
    CHECK(difference(from, to, 24 * hour, single_phase).judged == verdict::implausible);
    CHECK(difference(from, to, 48 * hour, single_phase).judged == verdict::plausible);
}
