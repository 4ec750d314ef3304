// SPDX-License-Identifier: Apache-2.0
// What holds for every tariff and every use, whatever the numbers are.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/rate.hpp>

#include "tariff/reference/exact.hpp"
#include "tariff/reference/random_use.hpp"

using namespace wattpurse;
namespace tf = wattpurse::tariff;
namespace ref = wattpurse::tariff::reference;

namespace {

std::uint64_t cases()
{
    const char* asked = std::getenv("WATTPURSE_LONG");
    return asked != nullptr && std::string_view{asked} == "1" ? 15'000 : 300;
}

std::optional<tf::rated> rated(const ref::random_case& drawn, const tf::consumption& used)
{
    auto done = tf::rate(drawn.by, used, drawn.over);
    if (!done) return std::nullopt;
    return std::move(*done);
}

ref::exact sum_of(const tf::rated& bill)
{
    return ref::of(bill.sum.amount());
}

/// What was posted, line by line.
class books {
public:
    explicit books(currency unit) : unit_{unit} {}

    /// Posts what brings the lines to `now` and returns its sum.
    ref::exact post(const tf::rated& now)
    {
        std::vector<tf::booked_amount> before;
        for (const auto& [id, amount] : posted_) before.push_back({id, amount});
        const auto owed = tf::difference(now.lines, before, unit_);
        REQUIRE(owed.has_value());
        ref::exact sum = 0;
        for (const tf::deduction& each : *owed) {
            CHECK_FALSE(each.owed.is_zero());
            CHECK(each.owed == (each.now - each.booked).value());
            const auto known = posted_.emplace(each.line, money{{}, unit_}).first;
            known->second = (known->second + each.owed).value();
            sum += ref::of(each.owed.amount());
        }
        return sum;
    }

private:
    currency unit_;
    std::map<line_id, money> posted_;
};

/// Whether a row may be divided in time and counts the same: nothing of this tariff goes by the
/// length of rows (windows of demand, prices of intervals, tiers that fill in the order of time).
bool may_be_divided(const tf::tariff& by)
{
    for (const tf::version& in : by.versions) {
        for (const tf::determinant& each : in.determinants) {
            if (each.of == tf::source::demand) return false;
        }
        for (const tf::charge& each : in.charges) {
            if (each.rate.mode == tf::rate_mode::series) return false;
            if (each.rate.split == tf::band_split::chronological) return false;
        }
    }
    return true;
}

/// Divides every row that is energy, at a random moment and a random 0.0001 kWh.
tf::consumption divided(ref::dice& chance, tf::consumption used)
{
    std::vector<tf::consumption_row> out;
    for (const tf::consumption_row& row : used.rows) {
        const bool is_energy = row.what != tf::channel::demand && row.from < row.until;
        const auto length = std::chrono::duration_cast<std::chrono::minutes>(row.until - row.from);
        if (!is_energy || length.count() < 2) {
            out.push_back(row);
            continue;
        }
        tf::consumption_row first = row;
        tf::consumption_row second = row;
        first.until = row.from +
                      std::chrono::minutes{chance.between(1, static_cast<int>(length.count()) - 1)};
        second.from = first.until;
        const int steps = static_cast<int>(row.quantity.mantissa());
        first.quantity = tf::scalar::of(chance.between(0, steps));
        second.quantity = (row.quantity - first.quantity).value();
        out.push_back(first);
        out.push_back(second);
    }
    used.rows = std::move(out);
    return used;
}

}  // namespace

TEST_CASE("The lines sum to the sum, and the bill to its parts")
{
    for (std::uint64_t seed = 1; seed <= cases(); ++seed) {
        const auto drawn = ref::draw_case(seed);
        auto bill = rated(drawn, drawn.used);
        if (!bill) continue;
        CAPTURE(seed);
        ref::exact sum = 0;
        for (const tf::line& line : bill->lines) sum += ref::of(line.amount.amount());
        CHECK(sum == sum_of(*bill));
        const auto totals = tf::close(drawn.by, drawn.over, *bill);
        REQUIRE(totals.has_value());
        CHECK((totals->charged + totals->residue).value() == totals->total);
        CHECK(ref::of(totals->total.amount()) ==
              ref::rounded(sum, drawn.by.versions.back().rounding.bill));
    }
}

TEST_CASE("The order of rows makes no difference")
{
    for (std::uint64_t seed = 1; seed <= cases(); ++seed) {
        const auto drawn = ref::draw_case(seed);
        const auto bill = rated(drawn, drawn.used);
        tf::consumption shuffled = drawn.used;
        ref::dice{seed + 77}.shuffle(shuffled.rows);
        const auto again = rated(drawn, shuffled);
        CAPTURE(seed);
        REQUIRE(bill.has_value() == again.has_value());
        if (bill) CHECK(bill->lines == again->lines);
    }
}

TEST_CASE("Rows that are divided cost the same")
{
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= cases(); ++seed) {
        const auto drawn = ref::draw_case(seed);
        const bool is_never_cut =
            drawn.by.versions.front().split == tf::interval_split::refuse;
        if (!is_never_cut || !may_be_divided(drawn.by)) continue;
        const auto bill = rated(drawn, drawn.used);
        if (!bill) continue;
        ref::dice chance{seed + 99};
        const auto again = rated(drawn, divided(chance, divided(chance, drawn.used)));
        CAPTURE(seed);
        REQUIRE(again.has_value());
        CHECK(bill->lines == again->lines);
        ++compared;
    }
    CHECK(compared > 50);
}

TEST_CASE("Postings at any moments, from rows as they become known, sum to the bill")
{
    for (std::uint64_t seed = 1; seed <= cases(); ++seed) {
        const auto drawn = ref::draw_case(seed);
        const auto bill = rated(drawn, drawn.used);
        if (!bill) continue;
        CAPTURE(seed);
        ref::dice chance{seed + 55};
        books all{drawn.by.unit};
        ref::exact posted = 0;
        for (const instant through : drawn.moments) {
            tf::consumption known = drawn.used;
            std::erase_if(known.rows, [&chance, through](const tf::consumption_row& row) {
                return row.from >= through || chance.one_in(5);
            });
            const auto now = tf::rate(drawn.by, known, drawn.over, through);
            if (!now) continue;  // a gap may leave a window or a purchase without an answer
            posted += all.post(*now);
            CHECK(posted == sum_of(*now));
        }
        posted += all.post(*bill);
        CHECK(posted == sum_of(*bill));
        CHECK(all.post(*bill) == 0);
    }
}

TEST_CASE("A corrected row posts exactly what it changes")
{
    int changed = 0;
    for (std::uint64_t seed = 1; seed <= cases(); ++seed) {
        const auto drawn = ref::draw_case(seed);
        const auto bill = rated(drawn, drawn.used);
        if (!bill || drawn.used.rows.empty()) continue;
        ref::dice chance{seed + 33};
        tf::consumption corrected = drawn.used;
        const int last = static_cast<int>(corrected.rows.size()) - 1;
        corrected.rows[static_cast<std::size_t>(chance.between(0, last))].quantity =
            chance.quantity(60);
        const auto now = rated(drawn, corrected);
        CAPTURE(seed);
        REQUIRE(now.has_value());
        books all{drawn.by.unit};
        all.post(*bill);
        CHECK(all.post(*now) == sum_of(*now) - sum_of(*bill));
        changed += sum_of(*now) == sum_of(*bill) ? 0 : 1;
    }
    CHECK(changed > 50);
}
