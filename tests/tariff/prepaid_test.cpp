// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

/// `rate(cumulative) - booked` is the only way to deduct.
namespace {

using tariff_type = wattpurse::tariff::tariff;
using std::chrono::hours;

/// Books of one account and period: what every line has had posted.
class books {
public:
    explicit books(tariff_type by) : by_{std::move(by)} {}

    /// Posts what is due; gives how many postings that made.
    std::size_t post(const consumption& used, instant through)
    {
        const auto now = rate(by_, used, january(), through);
        REQUIRE(now.has_value());
        std::vector<booked_amount> booked;
        for (const auto& [id, posted] : lines_) {
            booked.push_back({line_id::parse(id).value(),
                              money{amount::of(posted), by_.unit}});
        }
        const auto due = difference(now->lines, booked, by_.unit).value();
        for (const deduction& each : due) {
            lines_[std::string{each.line.view()}] += each.owed.mantissa();
            postings_ += 1;
        }
        return due.size();
    }

    [[nodiscard]] std::int64_t sum() const
    {
        std::int64_t out = 0;
        for (const auto& [id, posted] : lines_) out += posted;
        return out;
    }
    [[nodiscard]] const std::map<std::string, std::int64_t>& lines() const { return lines_; }

private:
    tariff_type by_;
    std::map<std::string, std::int64_t> lines_;
    std::size_t postings_ = 0;
};

/// A tariff with a part of every kind: bands, tiers, a fee, a daily charge, a minimum, taxes.
tariff_type everything()
{
    auto out = zhejiang();
    version& by = out.versions[0];
    determinant days;
    days.name = "days";
    days.of = source::days;
    days.unit = "day";
    determinant month;
    month.name = "month";
    month.of = source::months;
    month.unit = "month";
    by.determinants.push_back(days);
    by.determinants.push_back(month);
    by.charges.push_back(charge_on("standing", "days", rate_table::flat(price_of("0.123457"))));
    by.charges.push_back(charge_on("meter", "month", rate_table::flat(price_of("1.5"))));
    adjustment least;
    least.line = "minimum";
    least.kind = adjustment_kind::minimum;
    least.over = {"energy"};
    least.on = "month";
    least.rate = rate_table::flat(price_of("60"));
    least.at_close = true;
    least.tags = {"energy"};
    adjustment vat;
    vat.line = "vat";
    vat.over = {"energy"};
    vat.rate = rate_table::flat(price_of("0.13"));
    by.adjustments = {least, vat};
    by.rounding.line = {amount::of(1), rounding::half_even};
    return out;
}

std::vector<consumption_row> hourly(std::uint64_t seed)
{
    std::vector<consumption_row> out;
    for (instant at = january().from; at < january().until; at += hours{1}) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        consumption_row row;
        row.from = at;
        row.until = at + hours{1};
        row.quantity = scalar::of(static_cast<std::int64_t>(seed >> 33U) % 12'345);
        out.push_back(row);
    }
    return out;
}

}  // namespace

TEST_CASE("any cadence posts the same, line by line, and the sum of the lines is the bill")
{
    const auto by = everything();
    REQUIRE(check(by).empty());
    consumption used;
    used.rows = hourly(1);
    const auto bill = rate(by, used, january());
    REQUIRE(bill.has_value());
    for (const int cadence : {1, 5, 24, 31, 744}) {
        CAPTURE(cadence);
        books kept{by};
        for (instant at = january().from; at < january().until; at += hours{cadence}) {
            (void)kept.post(used, at);
        }
        (void)kept.post(used, january().until);
        CHECK(kept.sum() == bill->sum.mantissa());
        for (const line& each : bill->lines) {
            const auto found = kept.lines().find(std::string{each.id.view()});
            CHECK((found == kept.lines().end() ? 0 : found->second) == each.amount.mantissa());
        }
        CHECK(kept.post(used, january().until) == 0);  // a repeat finds nothing to post
    }
}

TEST_CASE("late, corrected and replaced usage posts exactly the difference")
{
    const auto by = everything();
    consumption used;
    used.rows = hourly(2);
    consumption without = used;
    without.rows.erase(without.rows.begin() + 100, without.rows.begin() + 130);
    books kept{by};
    (void)kept.post(without, january().until);
    const std::int64_t before = kept.sum();
    CHECK(kept.post(used, january().until) > 0);  // what was late comes in
    const auto full = rate(by, used, january());
    CHECK(kept.sum() == full->sum.mantissa());
    CHECK(kept.sum() > before);
    consumption corrected = used;
    corrected.rows[50].quantity = scalar{};
    (void)kept.post(corrected, january().until);
    CHECK(kept.sum() == rate(by, corrected, january())->sum.mantissa());
    (void)kept.post(used, january().until);
    CHECK(kept.sum() == full->sum.mantissa());
}

TEST_CASE("a tariff that changes afterwards re-prices what was posted, vanished lines are undone")
{
    consumption used;
    used.rows = hourly(3);
    const auto old = everything();
    const auto booked = rate(old, used, january());
    std::vector<booked_amount> known;
    for (const line& each : booked->lines) known.push_back({each.id, each.amount});
    auto changed = zhejiang();
    changed.versions[0].charges[0].rate = by_band({{"peak", "0.6"}, {"valley", "0.3"}});
    const auto now = rate(changed, used, january());
    const auto due = difference(now->lines, known, changed.unit).value();
    std::int64_t sum = booked->sum.mantissa();
    for (const deduction& each : due) sum += each.owed.mantissa();
    CHECK(sum == now->sum.mantissa());
    const auto vat = std::find_if(due.begin(), due.end(), [](const deduction& each) {
        return each.line.view() == "vat";
    });
    REQUIRE(vat != due.end());
    CHECK(vat->now.is_zero());
    CHECK(vat->owed == -vat->booked);
}

TEST_CASE("rows in any order and in any pieces give the same bill")
{
    const auto by = everything();
    consumption used;
    used.rows = hourly(4);
    const auto bill = rate(by, used, january());
    consumption shuffled = used;
    std::reverse(shuffled.rows.begin(), shuffled.rows.end());
    std::rotate(shuffled.rows.begin(), shuffled.rows.begin() + 300, shuffled.rows.end());
    CHECK(rate(by, shuffled, january())->lines == bill->lines);
    consumption pieces;
    for (const consumption_row& row : used.rows) {
        consumption_row first = row;
        first.until = row.from + std::chrono::minutes{15};
        first.quantity = scalar::of(row.quantity.mantissa() / 3);
        consumption_row rest = row;
        rest.from = first.until;
        rest.quantity = scalar::of(row.quantity.mantissa() - first.quantity.mantissa());
        pieces.rows.push_back(rest);
        pieces.rows.push_back(first);
    }
    CHECK(rate(by, pieces, january())->lines == bill->lines);
}

TEST_CASE("a minimum is owed when the month has ended, not on its first day")
{
    const auto by = everything();
    const auto begun = rate(by, consumption{}, january(), january().from + hours{1});
    CHECK(to_string(begun->sum) == "1.834506 CNY");  // a day, the meter, VAT on both
    const auto ended = rate(by, consumption{}, january());
    CHECK(to_string(ended->sum) == "67.800000 CNY");
}

TEST_CASE("a ladder by the year is charged by the month as what the year costs so far")
{
    auto by = single("CNY", graduated({{"2760", "0.538"}, {"4800", "0.588"}, {"", "0.838"}}));
    by.versions[0].determinants[0].scope = scope::year;
    REQUIRE(check(by).empty());
    consumption used;
    std::int64_t sum = 0;
    for (int month = 1; month <= 12; ++month) {
        const auto id = period_id::parse((month < 10 ? "2026-0" : "2026-") +
                                         std::to_string(month));
        const period over = period_of(*id, china_zone).value();
        consumption_row row;
        row.from = over.from;
        row.until = over.until;
        row.register_index = 0;
        row.quantity = of("500.25");
        used.rows.push_back(row);
        const auto bill = rate(by, used, over);
        REQUIRE(bill.has_value());
        sum += bill->sum.mantissa();
        if (month == 6) CHECK(to_string(bill->sum) == "281.209500 CNY");  // 2760 is passed
    }
    // 2760 * 0.538 + 2040 * 0.588 + 1203 * 0.838
    CHECK(sum == 3'692'514'000);
    consumption taken_over;  // the account came from another system at the end of May
    taken_over.openings = {{"energy", "", of("2501.25")}};
    taken_over.rows = {used.rows[5]};
    const auto june =
        rate(by, taken_over, period_of(*period_id::parse("2026-06"), china_zone).value());
    CHECK(to_string(june->sum) == "281.209500 CNY");
}
