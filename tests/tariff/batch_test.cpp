// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/batch.hpp>
#include <wattpurse/tariff/check.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

/// A batch says what `rate` and `close` say, to the last digit.
namespace {

using tariff_type = wattpurse::tariff::tariff;
using std::chrono::minutes;

constexpr std::size_t meters = 6;
constexpr duration quarter = minutes{15};

std::vector<period> months(int count)
{
    std::vector<period> out;
    instant at = january().from;
    for (int i = 0; i < count; ++i) {
        out.push_back(period_at(at, china_zone));
        at = out.back().until;
    }
    return out;
}

struct columns {
    std::size_t intervals;
    std::vector<std::int64_t> quantities;
    std::vector<std::uint8_t> qualities;

    [[nodiscard]] interval_columns view() const { return {quantities, qualities}; }
};

/// Quarter-hours with gaps, estimates and rubbish where there is no value.
columns some(const std::vector<period>& all, std::uint64_t seed)
{
    columns out;
    out.intervals = static_cast<std::size_t>((all.back().until - all.front().from) / quarter);
    for (std::size_t i = 0; i < meters * out.intervals; ++i) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        std::int64_t value = static_cast<std::int64_t>(seed >> 40U) % 9'000;
        std::uint8_t flag = 0;
        const std::uint64_t draw = (seed >> 20U) % 1000;
        if (draw < 3) flag = static_cast<std::uint8_t>(quality::estimated);
        if (draw == 3) flag = static_cast<std::uint8_t>(quality::suspect);
        if (draw == 4) flag = missing_quality;
        if (draw == 4) value = static_cast<std::int64_t>(seed);  // anything
        out.quantities.push_back(value);
        out.qualities.push_back(flag);
    }
    return out;
}

void same_as_rating(const tariff_type& by, const std::vector<period>& all, bool planned)
{
    REQUIRE(check(by) == std::vector<fault>{});
    const columns data = some(all, 7);
    const auto ready = batch::compile(by, all, all.front().from, quarter, data.intervals);
    if (!ready) FAIL(to_string(ready.error().front()));
    CHECK(ready->is_planned() == planned);
    std::vector<batch_bill> bills(meters * all.size());
    std::vector<std::int64_t> amounts(bills.size() * ready->lines().size());
    const auto done = ready->rate_all(data.view(), meters, bills, amounts);
    if (!done) FAIL(to_string(done.error().front()));
    for (std::size_t meter = 0; meter < meters; ++meter) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            CAPTURE(meter);
            CAPTURE(i);
            auto one = ready->itemised(data.view(), meter, i);
            REQUIRE(one.has_value());
            const batch_bill& bill = bills[meter * all.size() + i];
            CHECK(bill.charged == one->sum.mantissa());
            CHECK(bill.total == close(by, all[i], *one)->total.mantissa());
            CHECK(bill.estimated == one->estimated);
            CHECK(bill.left_out == one->left_out);
            for (std::size_t column = 0; column < ready->lines().size(); ++column) {
                std::int64_t expected = 0;
                for (const line& each : one->lines) {
                    if (each.id == ready->lines()[column]) expected = each.amount.mantissa();
                }
                REQUIRE(amounts[(meter * all.size() + i) * ready->lines().size() + column] ==
                        expected);
            }
        }
    }
}

rate_table coupled(band_split split)
{
    rate_table out = graduated({{"300", "0"}, {"900.5", "0"}, {"", "0"}});
    out.split = split;
    const char* const prices[3][2] = {{"0.61", "0.31"}, {"0.7", "0.352"}, {"0.99", "0.5"}};
    for (std::size_t i = 0; i < 3; ++i) {
        out.tiers[i].bands = {{"peak", price_of(prices[i][0])}, {"valley", price_of(prices[i][1])}};
    }
    return out;
}

}  // namespace

TEST_CASE("bands and tiers by the month")
{
    same_as_rating(zhejiang(), months(3), true);
}

TEST_CASE("tiers by the year run from month to month")
{
    auto by = zhejiang();
    by.versions[0].determinants[0].scope = scope::year;
    same_as_rating(by, months(4), true);
}

TEST_CASE("tiers by band in the order of time, by the month and by the year")
{
    auto by = zhejiang();
    by.versions[0].charges = {charge_on("energy", "energy", coupled(band_split::chronological))};
    same_as_rating(by, months(3), true);
    by.versions[0].determinants[0].scope = scope::year;
    same_as_rating(by, months(3), true);
}

TEST_CASE("fees and taxes have their plan too, with coarse rounding")
{
    auto by = zhejiang();
    version& only = by.versions[0];
    determinant days;
    days.name = "days";
    days.of = source::days;
    only.determinants.push_back(days);
    only.charges.push_back(charge_on("standing", "days", rate_table::flat(price_of("0.3137"))));
    adjustment vat;
    vat.line = "vat";
    vat.over = {"*"};
    vat.rate = rate_table::flat(price_of("0.13"));
    only.adjustments = {vat};
    only.rounding.line = {amount::of(10'000), rounding::half_even};
    only.rounding.tax = {amount::of(1'000), rounding::down};
    only.rounding.bill = {amount::of(50'000), rounding::half_up};
    same_as_rating(by, months(2), true);
}

TEST_CASE("what has no plan is rated one by one, and comes out the same")
{
    auto by = zhejiang();
    by.versions[0].charges = {charge_on("energy", "energy", coupled(band_split::pro_rata))};
    same_as_rating(by, months(1), false);
    auto with_demand = zhejiang();
    determinant kw;
    kw.name = "kw";
    kw.of = source::demand;
    kw.unit = "kW";
    with_demand.versions[0].determinants.push_back(kw);
    with_demand.versions[0].charges.push_back(
        charge_on("demand", "kw", rate_table::flat(price_of("24"))));
    same_as_rating(with_demand, months(1), false);
}

TEST_CASE("fees that depend on energy, and ladders over a change of prices, have no plan")
{
    auto by = zhejiang();
    determinant fee;
    fee.name = "fee";
    fee.of = source::one;
    wattpurse::tariff::step only;
    only.does = wattpurse::tariff::step::kind::only_if;
    only.with.determinant = "energy";
    only.limit = of("50");
    fee.steps = {only};
    by.versions[0].determinants.push_back(fee);
    by.versions[0].charges.push_back(charge_on("fee", "fee", rate_table::flat(price_of("7"))));
    same_as_rating(by, months(1), false);
    auto changed = zhejiang();
    changed.versions[0].determinants[0].scope = scope::year;
    changed.versions.push_back(changed.versions[0]);
    changed.versions[0].name = "before";
    changed.versions[1].from = parse_day("2026-02-01").value();
    changed.versions[1].charges.erase(changed.versions[1].charges.begin());
    changed.versions[1].charges[0].rate.tiers[1].each = price_of("0.07");
    same_as_rating(changed, months(2), false);
}

TEST_CASE("what does not fit is said")
{
    const auto all = months(1);
    const auto ready = batch::compile(zhejiang(), all, all.front().from, quarter, 2976);
    REQUIRE(ready.has_value());
    std::vector<batch_bill> bills(1);
    const std::vector<std::int64_t> quantities(100);
    const auto short_column = ready->rate_all({quantities, {}}, 1, bills);
    REQUIRE_FALSE(short_column.has_value());
    CHECK(to_string(short_column.error().front()) ==
          "/columns: 100 values (expected 1 meters of 2976 intervals, and room for their bills)");
    std::vector<std::int64_t> negative(2976, 100);
    negative[5] = -1;
    const auto below_zero = ready->rate_all({negative, {}}, 1, bills);
    REQUIRE_FALSE(below_zero.has_value());
    CHECK(to_string(below_zero.error().front()) ==
          "/meters/0/rows/5/quantity: -0.0001 (expected a quantity not below zero)");
    const auto beyond = batch::compile(zhejiang(), all, all.front().from, quarter, 2975);
    REQUIRE_FALSE(beyond.has_value());
    CHECK(to_string(beyond.error().front()) ==
          "/periods/0: 2026-01 (expected a period of whole intervals within the grid)");
}
