// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

std::string amount_of(const charge_line& line) { return to_string(line.amount.amount()); }

std::string sum_text(const wattpurse::tariff::tariff& by, const period_usage& what)
{
    const auto lines = rate(by, what);
    REQUIRE(lines.has_value());
    return to_string(sum_of(by, *lines).value().amount());
}

std::string bill_text(const wattpurse::tariff::tariff& by, const period_usage& what)
{
    const auto lines = rate(by, what);
    REQUIRE(lines.has_value());
    return to_string(bill_total(by, sum_of(by, *lines).value()).value());
}

struct dice {
    std::uint64_t state;
    std::uint64_t operator()()
    {
        state += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    std::int64_t below(std::int64_t end)
    {
        return static_cast<std::int64_t>((*this)() % static_cast<std::uint64_t>(end));
    }
};

}  // namespace

TEST_CASE("a month in Zhejiang has one line a price, each with its arithmetic")
{
    const auto lines = rate(zhejiang(), used("0", "312.5", "0", "120.25"));
    REQUIRE(lines.has_value());
    std::vector<std::string> told;
    for (const charge_line& line : *lines) {
        told.push_back(std::string{line.line.view()} + ": " + line.explain);
    }
    const std::vector<std::string> expected{
        "energy.peak: peak 312.50 kWh x 0.568 CNY/kWh = 177.500000 CNY",
        "energy.valley: valley 120.25 kWh x 0.288 CNY/kWh = 34.632000 CNY",
        "tier.1: tier 1 (to 230 kWh) 230.00 kWh x 0.00 CNY/kWh = 0.000000 CNY",
        "tier.2: tier 2 (above 230 to 400 kWh) 170.00 kWh x 0.05 CNY/kWh = 8.500000 CNY",
        "tier.3: tier 3 (above 400 kWh) 32.75 kWh x 0.30 CNY/kWh = 9.825000 CNY"};
    CHECK(told == expected);
    CHECK(bill_text(zhejiang(), used("0", "312.5", "0", "120.25")) == "230.460000 CNY");
}

TEST_CASE("every line is there when nothing was used")
{
    const auto lines = rate(zhejiang(), used("0"));
    REQUIRE(lines.has_value());
    REQUIRE(lines->size() == 5);
    for (const charge_line& line : *lines) {
        CHECK(line.quantity.is_zero());
        CHECK(line.amount == money{{}, currency{"CNY"}});
    }
}

TEST_CASE("a tier ends with its bound: the bound itself is still in it")
{
    struct { const char* peak; const char* valley; const char* second; const char* third; }
    constexpr cases[]{{"229.9999", "0", "0.000000", "0.000000"},
                      {"200", "30", "0.000000", "0.000000"},
                      {"230.0001", "0", "0.000005", "0.000000"},
                      {"230.0100", "0", "0.000500", "0.000000"},
                      {"0", "400", "8.500000", "0.000000"},
                      {"400", "0.0001", "8.500000", "0.000030"},
                      {"400", "100", "8.500000", "30.000000"}};
    for (const auto& each : cases) {
        CAPTURE(each.peak);
        const auto lines = rate(zhejiang(), used("0", each.peak, "0", each.valley));
        REQUIRE(lines.has_value());
        CHECK(amount_of(lines->at(3)) == each.second);
        CHECK(amount_of(lines->at(4)) == each.third);
    }
}

// ---- Published cases ---------------------------------------------------------------------------
// Both sides of each are exact: the amount is neither more nor less.

TEST_CASE("published: Zhejiang peak 10.76 and valley 7.53 kWh in tier 1 cost 8.28 yuan")
{
    // A customer's bill: github.com/xiaoshi930/state_grid_info, issue 7.
    CHECK(sum_text(zhejiang(), used("0", "10.76", "0", "7.53")) == "8.280320");
    CHECK(bill_text(zhejiang(), used("0", "10.76", "0", "7.53")) == "8.280000 CNY");
}

TEST_CASE("published: Taipower residential, summer")
{
    // github.com/hanhsuan/taipower, test/test_residential.c. Its 750 and 1750 kWh are wrong in
    // print (2537.3 and 9194.8, under one-sided asserts); the exact amounts stand here.
    const auto by = single("TWD", graduated({{"120", "1.63"}, {"330", "2.38"}, {"500", "3.52"},
                                             {"700", "4.80"}, {"1000", "5.66"}, {"", "6.99"}}));
    CHECK(sum_text(by, used("100")) == "163.000000");
    CHECK(sum_text(by, used("200")) == "386.000000");
    CHECK(sum_text(by, used("350")) == "765.800000");
    CHECK(sum_text(by, used("550")) == "1533.800000");
    CHECK(sum_text(by, used("750")) == "2536.800000");
    CHECK(sum_text(by, used("1750")) == "9194.300000");
}

TEST_CASE("published: Taipower commercial, summer and not")
{
    // github.com/hanhsuan/taipower, test/test_commercial.c.
    const auto summer = single("TWD", graduated({{"330", "2.53"}, {"700", "3.55"},
                                                 {"1500", "4.25"}, {"", "6.43"}}));
    CHECK(sum_text(summer, used("100")) == "253.000000");
    CHECK(sum_text(summer, used("350")) == "905.900000");
    CHECK(sum_text(summer, used("750")) == "2360.900000");
    CHECK(sum_text(summer, used("1750")) == "7155.900000");
    const auto other = single("TWD", graduated({{"330", "2.12"}, {"700", "2.91"},
                                                {"1500", "3.44"}, {"", "5.05"}}));
    CHECK(sum_text(other, used("100")) == "212.000000");
    CHECK(sum_text(other, used("350")) == "757.800000");
    CHECK(sum_text(other, used("750")) == "1948.300000");
    CHECK(sum_text(other, used("1750")) == "5790.800000");
}

TEST_CASE("published: 300 kWh of two summer months in Taiwan, with the bounds of two months")
{
    // tendee99.pixnet.net/blog/post/60005464
    const auto by = single("TWD", graduated({{"240", "1.63"}, {"", "2.83"}}));
    CHECK(bill_text(by, used("300")) == "561.000000 TWD");
}

TEST_CASE("published: TEPCO, 320 kWh, truncated to whole yen")
{
    // yoilife.com/kounetu/denryo.html
    auto by = single("JPY", graduated({{"120", "17.87"}, {"300", "22.86"}, {"", "24.13"}}));
    by.rounding.bill = {0, rounding::down};
    CHECK(sum_text(by, used("320")) == "6741.800000");
    CHECK(bill_text(by, used("320")) == "6741.000000 JPY");
}

TEST_CASE("published: TNB low voltage commercial, 350 kWh")
{
    // mytnb.com.my, billing components
    const auto by = single("MYR", graduated({{"200", "0.4350"}, {"", "0.5090"}}));
    const auto lines = rate(by, used("350"));
    REQUIRE(lines.has_value());
    CHECK(amount_of(lines->at(0)) == "87.000000");
    CHECK(amount_of(lines->at(1)) == "76.350000");
}

TEST_CASE("published: graduated units of KillBill, whose tier sizes are widths")
{
    // TestContiguousIntervalConsumableInArrear, SizeOneWith_ALL_TIERS: widths 10, 100, 1000.
    const auto by = single("USD", graduated({{"10", "1.5"}, {"110", "1.0"}, {"", "0.5"}}));
    const auto lines = rate(by, used("111"));
    REQUIRE(lines.has_value());
    CHECK(amount_of(lines->at(0)) == "15.000000");
    CHECK(amount_of(lines->at(1)) == "100.000000");
    CHECK(amount_of(lines->at(2)) == "0.500000");
}

TEST_CASE("a month at a price of four places keeps all of them until the bill")
{
    const auto by = single("CNY", rate_table::flat(price_of("0.5283")));
    CHECK(sum_text(by, used("1356.37")) == "716.570271");
    CHECK(bill_text(by, used("1356.37")) == "716.570000 CNY");
}

// ---- Telescoping -------------------------------------------------------------------------------

TEST_CASE("however the usage is split, the postings of each line sum to the same")
{
    dice roll{20260101};
    constexpr std::array modes{rounding::half_up, rounding::half_even, rounding::half_down,
                               rounding::up,      rounding::down,      rounding::ceiling,
                               rounding::floor};
    for (int round = 0; round < 300; ++round) {
        auto by = zhejiang();
        by.rounding.line.mode = modes[static_cast<std::size_t>(round) % modes.size()];
        for (auto& each : by.charges) {
            for (auto& tier : each.rate.tiers) tier.each = price::of(roll.below(90'000'000));
        }
        REQUIRE(check(by).empty());
        const std::array<std::int64_t, 2> whole{roll.below(6'000'000), roll.below(6'000'000)};
        const auto final_lines = rate(by, used("0", to_string(energy::of(whole[0])), "0",
                                               to_string(energy::of(whole[1]))));
        REQUIRE(final_lines.has_value());

        std::vector<std::int64_t> posted(final_lines->size(), 0);
        auto sofar = used("0");
        const std::int64_t steps = 1 + roll.below(60);
        for (std::int64_t i = 1; i <= steps; ++i) {
            for (std::size_t r = 0; r < 2; ++r) {
                const std::int64_t left = whole[r] - sofar.tariff[1 + 2 * r].mantissa();
                const std::int64_t more = i == steps ? left : roll.below(left / 4 + 1);
                sofar.tariff[1 + 2 * r] = energy::of(sofar.tariff[1 + 2 * r].mantissa() + more);
            }
            const auto lines = rate(by, sofar);
            REQUIRE(lines.has_value());
            REQUIRE(lines->size() == posted.size());
            for (std::size_t l = 0; l < lines->size(); ++l) {
                REQUIRE((*lines)[l].line == (*final_lines)[l].line);
                const std::int64_t delta = (*lines)[l].amount.mantissa() - posted[l];
                REQUIRE(delta >= 0);
                posted[l] += delta;
            }
        }
        for (std::size_t l = 0; l < posted.size(); ++l) {
            REQUIRE(posted[l] == (*final_lines)[l].amount.mantissa());
        }
    }
}

TEST_CASE("tiers split a quantity without loss and grow with it")
{
    dice roll{5};
    for (int round = 0; round < 2000; ++round) {
        rate_table table{rate_mode::graduated, {}};
        std::int64_t bound = 0;
        for (std::int64_t i = roll.below(6); i > 0; --i) {
            bound += 1 + roll.below(5000);
            table.tiers.push_back({{}, energy::of(bound), price{}});
        }
        table.tiers.push_back({{}, std::nullopt, price{}});
        const std::int64_t less = roll.below(30'000);
        const std::int64_t more = less + roll.below(30'000);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < table.tiers.size(); ++i) {
            const auto low = part_in(table, i, energy::of(less));
            const auto high = part_in(table, i, energy::of(more));
            REQUIRE(low <= high);
            sum += low.mantissa();
        }
        REQUIRE(sum == less);
    }
}

// ---- Rounding, limits, errors ------------------------------------------------------------------

TEST_CASE("a line is rounded once, from all twelve places")
{
    // 0.0003 kWh x 0.00166667 = 0.000000500001: rounding the price or the product first loses it.
    auto by = single("CNY", rate_table::flat(price_of("0.00166667")));
    CHECK(sum_text(by, used("0.0003")) == "0.000001");
    by.rounding.line.mode = rounding::half_down;
    CHECK(sum_text(by, used("0.0003")) == "0.000001");
    by = single("CNY", rate_table::flat(price_of("0.00166666")));  // 0.000000499998
    CHECK(sum_text(by, used("0.0003")) == "0.000000");
    by.rounding.line.mode = rounding::up;
    CHECK(sum_text(by, used("0.0003")) == "0.000001");
    by = single("CNY", rate_table::flat(price_of("0.005")));  // 0.0000005, a tie
    CHECK(sum_text(by, used("0.0001")) == "0.000001");
    by.rounding.line.mode = rounding::half_even;
    CHECK(sum_text(by, used("0.0001")) == "0.000000");
    CHECK(sum_text(by, used("0.0003")) == "0.000002");
}

TEST_CASE("a bill's total is rounded by its own rule")
{
    auto by = zhejiang();
    const auto at = [&](std::int64_t micro) {
        return to_string(bill_total(by, money{decimal<6>::of(micro), by.unit}).value());
    };
    CHECK(at(8'285'000) == "8.290000 CNY");
    CHECK(at(8'284'999) == "8.280000 CNY");
    CHECK(at(-8'285'000) == "-8.290000 CNY");
    by.rounding.bill = {0, rounding::down};
    CHECK(at(8'999'999) == "8.000000 CNY");
    const auto other = bill_total(by, money{decimal<6>::of(1), currency{"USD"}});
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error() == errc::currency_mismatch);
}

TEST_CASE("energy in a register that no band names is refused, not given away")
{
    const auto lines = rate(zhejiang(), used("0.0001", "1", "0", "1"));
    REQUIRE_FALSE(lines.has_value());
    CHECK(lines.error() == errc::not_found);
}

TEST_CASE("negative energy is refused")
{
    auto what = used("0", "1");
    what.tariff[3] = energy::of(-1);
    CHECK(rate(zhejiang(), what).error() == errc::out_of_range);
    what = used("0", "1");
    what.tariff[0] = energy::of(-1);  // no band's register
    CHECK(rate(zhejiang(), what).error() == errc::out_of_range);
}

TEST_CASE("what does not fit is an overflow, in the quantity, in a line and in the sum")
{
    auto what = used("0");
    what.tariff[1] = what.tariff[3] = energy::of(std::numeric_limits<std::int64_t>::max());
    auto by = zhejiang();
    CHECK(rate(by, what).error() == errc::overflow);

    auto dear = single("CNY", rate_table::flat(price::of(100'000'000)));
    what = used("0");
    what.tariff[0] = energy::of(92'233'720'368'547'758);
    CHECK(rate(dear, what).has_value());  // 9223372036854.7758 CNY
    dear.charges.front().rate = rate_table::flat(price::of(100'000'001));
    CHECK(rate(dear, what).error() == errc::overflow);

    dear.charges.front().rate = rate_table::flat(price::of(100'000'000));
    auto second = dear.charges.front();
    second.line = "again";
    dear.charges.push_back(second);
    const auto lines = rate(dear, what);
    REQUIRE(lines.has_value());
    CHECK(sum_of(dear, *lines).error() == errc::overflow);
}

TEST_CASE("a name of its own replaces the number of a tier")
{
    auto by = zhejiang();
    by.charges[2].rate.tiers[0].name = "basic";
    REQUIRE(check(by).empty());
    const auto lines = rate(by, used("0", "10"));
    REQUIRE(lines.has_value());
    CHECK(lines->at(2).line.view() == "tier.basic");
    CHECK(lines->at(3).line.view() == "tier.2");
    CHECK(lines->at(2).explain ==
          "tier basic (to 230 kWh) 10.00 kWh x 0.00 CNY/kWh = 0.000000 CNY");
}

TEST_CASE("numbers lose the zeros at their end, but not the places people expect")
{
    CHECK(trimmed("120.5000", 2) == "120.50");
    CHECK(trimmed("120.5000", 1) == "120.5");
    CHECK(trimmed("120.0000", 0) == "120");
    CHECK(trimmed("120.0000", 2) == "120.00");
    CHECK(trimmed("100", 2) == "100");
    CHECK(trimmed("0.56812345", 2) == "0.56812345");
    CHECK(text_of(energy::of(1)) == "0.0001 kWh");
}
