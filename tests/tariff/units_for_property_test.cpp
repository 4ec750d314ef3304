// SPDX-License-Identifier: Apache-2.0
// Random tariffs and random use: what money buys, against a walk by the definition.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/timetable.hpp>
#include <wattpurse/tariff/units_for.hpp>

#include "tariff/reference/bent_tariff.hpp"
#include "tariff/reference/random_use.hpp"

using namespace wattpurse;
namespace tf = wattpurse::tariff;
namespace ref = wattpurse::tariff::reference;

namespace {

std::uint64_t cases(std::uint64_t usual)
{
    const auto is_set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && std::string_view{value} == "1";
    };
    if (is_set("WATTPURSE_LONG")) return usual * 50;
    return is_set("WATTPURSE_SANITIZED") ? usual / 5 : usual;
}

/// How energy is used, put into rows step by step; nothing of the library's search is used.
class walker {
public:
    walker(const ref::random_case& of, const tf::band_profile& profile, tf::scalar step)
        : of_{of}, profile_{profile}, step_{step.mantissa()}
    {
        const auto& by = of.by;
        const tf::version& in = by.versions[tf::version_at(by, by.zone.day_at(profile.at))];
        through_ = profile.at + duration{1};
        bool is_at_once = true;
        for (const auto& each : profile.steps) {
            tf::consumption_row row;
            row.from = profile.at;
            for (std::size_t i = 0; i < by.bands.size(); ++i) {
                if (by.bands[i].name != each.band) continue;
                if (by.bands[i].register_index) {
                    row.register_index = static_cast<std::int8_t>(*by.bands[i].register_index);
                } else if (!in.calendar.plans.empty() && profile.what == tf::channel::import) {
                    row.from = next(in, static_cast<std::int16_t>(i));
                }
            }
            is_at_once = is_at_once && row.from == profile.at;
            through_ = std::max(through_, row.from + duration{1});
            row.what = profile.what;
            rows_.push_back(row);
        }
        const bool has_ladder_in_time =
            std::any_of(in.charges.begin(), in.charges.end(), [](const tf::charge& each) {
                return each.rate.split == tf::band_split::chronological;
            });
        in_turn_ = has_ladder_in_time && is_at_once && profile.what == tf::channel::import;
        if (in_turn_) through_ = profile.at + std::chrono::minutes{10};
    }

    bool can_be_placed() const { return can_be_placed_; }

    /// The bill with so many steps more.
    std::optional<std::int64_t> cost(std::int64_t steps) const
    {
        tf::consumption with = of_.used;
        std::int64_t left = steps * step_;
        instant at = profile_.at;
        const std::size_t known = with.rows.size();
        for (std::size_t i = 0; left > 0; i = (i + 1) % rows_.size()) {
            tf::consumption_row row = rows_[i];
            const std::int64_t size = std::min(left, profile_.steps[i].quantity.mantissa());
            left -= size;
            if (in_turn_) row.from = at;
            at += duration{1};
            row.until = row.what == tf::channel::purchase ? row.from : row.from + duration{1};
            add(with, known, row, size);
        }
        const auto out = tf::rate(of_.by, with, of_.over, through_);
        if (!out) return std::nullopt;
        return out->sum.mantissa();
    }

private:
    instant next(const tf::version& in, std::int16_t band)
    {
        for (const tf::run& each : tf::timetable(in.calendar, of_.by.bands, of_.by.zone,
                                                 of_.used.events, profile_.at, of_.over.until)) {
            if (each.band == band) return each.from;
        }
        can_be_placed_ = false;
        return profile_.at;
    }

    void add(tf::consumption& to, std::size_t known, tf::consumption_row row,
             std::int64_t size) const
    {
        for (std::size_t i = known; i < to.rows.size(); ++i) {
            tf::consumption_row& old = to.rows[i];
            if (old.from != row.from || old.register_index != row.register_index) continue;
            old.quantity = tf::scalar::of(old.quantity.mantissa() + size);
            return;
        }
        row.quantity = tf::scalar::of(size);
        to.rows.push_back(row);
    }

    const ref::random_case& of_;
    const tf::band_profile& profile_;
    std::int64_t step_;
    std::vector<tf::consumption_row> rows_;
    instant through_;
    bool in_turn_ = false;
    bool can_be_placed_ = true;
};

/// What the drawn tariffs have seldom or never: prices and credits that make energy cheaper.
void make_odd(tf::tariff& by, ref::dice& chance)
{
    for (tf::version& in : by.versions) {
        for (tf::charge& each : in.charges) {
            if (chance.one_in(8)) each.credit = true;
            for (tf::tier& tier : each.rate.tiers) {
                if (chance.one_in(12)) tier.each = tf::unit_price::of(-tier.each.mantissa());
                if (chance.one_in(12)) tier.each = {};
                if (chance.one_in(12)) tier.fee = tf::unit_price::of(-tier.fee.mantissa());
                for (tf::band_price& price : tier.bands) {
                    if (chance.one_in(20)) price.each = tf::unit_price::of(-price.each.mantissa());
                }
            }
        }
    }
}

/// Ladders whose prices only rise, as they usually do.
void make_rising(tf::tariff& by)
{
    for (tf::version& in : by.versions) {
        for (tf::charge& each : in.charges) {
            auto& tiers = each.rate.tiers;
            for (std::size_t i = 1; i < tiers.size(); ++i) {
                tiers[i].each = std::max(tiers[i].each, tiers[i - 1].each);
                for (std::size_t j = 0; j < tiers[i].bands.size(); ++j) {
                    auto& price = tiers[i].bands[j].each;
                    price = std::max(price, tiers[i - 1].bands[j].each);
                }
            }
        }
    }
}

/// Turns that are not much smaller than a step, for the walk goes through each of them.
tf::band_profile draw_profile(const ref::random_case& of, ref::dice& chance, tf::scalar step)
{
    tf::band_profile out;
    const auto minutes_in = (of.over.until - of.over.from) / std::chrono::minutes{15};
    out.at = of.over.from +
             std::chrono::minutes{15} * chance.between(0, static_cast<int>(minutes_in) - 1);
    if (chance.one_in(6)) out.what = tf::channel::purchase;
    const int count = chance.between(1, 4);
    for (int i = 0; i < count; ++i) {
        const tf::scalar size = std::max(chance.quantity(5),
                                         tf::scalar::of(step.mantissa() / 4 + 1));
        out.steps.push_back({of.by.bands.empty() ? "" : chance.one_of(of.by.bands).name, size});
        if (i == 0 && (of.by.bands.empty() || chance.one_in(8))) {
            out.steps.front().band.clear();
            break;
        }
    }
    return out;
}

/// Money at which a walk ends within what was walked, on the edge as often as not.
std::vector<std::int64_t> draw_funds(const std::vector<std::int64_t>& costs, ref::dice& chance)
{
    std::vector<std::int64_t> out{0};
    const std::int64_t highest = *std::max_element(costs.begin(), costs.end());
    const int near = static_cast<int>(std::clamp<std::int64_t>(highest / 20, 1, 1'000'000));
    for (int i = 0; i < 12; ++i) {
        const std::int64_t here = chance.one_of(costs);
        out.push_back(here + chance.between(-1, 0));
        out.push_back(here + chance.between(-near, near));
    }
    out.push_back(highest - 1);
    std::int64_t so_far = 0;  // what is dearer than all before and all after is easily overlooked
    for (std::size_t i = 1; i + 1 < costs.size() && out.size() < 40; ++i) {
        if (costs[i] > so_far && costs[i] > costs[i + 1]) out.push_back(costs[i] - 1);
        so_far = std::max(so_far, costs[i]);
    }
    std::erase_if(out, [&](std::int64_t each) { return each < 0 || each >= highest; });
    return out;
}

struct tally {
    int compared = 0;
    int skipped = 0;
    std::int64_t walked = 0;
};

constexpr std::int64_t steps_walked = 150;

void compare(const ref::random_case& drawn, const tf::band_profile& profile, tf::scalar step,
             ref::dice& chance, tally& all)
{
    if (!tf::check(drawn.by).empty()) {
        ++all.skipped;
        return;
    }
    const walker walk{drawn, profile, step};
    const auto none = walk.cost(0);
    const bool all_fit = walk.cost(steps_walked).has_value();
    if (!walk.can_be_placed() || !none || !all_fit) {
        ++all.skipped;
        return;
    }
    std::vector<std::int64_t> costs{0};
    for (std::int64_t i = 1; i <= steps_walked; ++i) {
        costs.push_back(walk.cost(i).value_or(0) - *none);
    }
    all.walked += static_cast<std::int64_t>(costs.size());
    for (const std::int64_t funds : draw_funds(costs, chance)) {
        const auto first = std::find_if(costs.begin(), costs.end(),
                                        [&](std::int64_t each) { return each > funds; });
        const std::int64_t wanted = first - costs.begin() - 1;
        const auto got = tf::units_for(money{tf::amount::of(funds), drawn.by.unit}, drawn.by,
                                       drawn.used, drawn.over, profile, step);
        CAPTURE(funds);
        REQUIRE_MESSAGE(got.has_value(), (got ? "" : to_string(got.error().front())));
        CHECK(got->quantity.mantissa() / step.mantissa() == wanted);
        CHECK(got->cost.mantissa() == costs[static_cast<std::size_t>(wanted)]);
        CHECK(got->is_bounded);
        ++all.compared;
    }
}

}  // namespace

TEST_CASE("Money buys what a walk from step to step finds, under tariffs of every kind")
{
    tally all;
    for (std::uint64_t seed = 1; seed <= cases(60); ++seed) {
        CAPTURE(seed);
        ref::random_case drawn = ref::draw_case(seed);
        ref::dice chance{seed * 7 + 1};
        const int kind = chance.between(0, 2);
        if (kind == 0) make_odd(drawn.by, chance);
        if (kind == 1) make_rising(drawn.by);
        const tf::scalar step = tf::scalar::of(
            chance.one_of<std::int64_t>({1, 7, 100, 1'000, 10'000, 25'000, 70'000, 300'000}));
        compare(drawn, draw_profile(drawn, chance, step), step, chance, all);
    }
    MESSAGE(all.compared << " compared, " << all.skipped << " skipped, " << all.walked << " steps");
    CHECK(all.compared > static_cast<int>(cases(60)) * 5);
}

TEST_CASE("Money buys what a walk finds where tiers, limits and roundings are a few steps wide")
{
    tally all;
    for (std::uint64_t seed = 1; seed <= cases(300); ++seed) {
        CAPTURE(seed);
        ref::dice chance{seed};
        ref::bent_maker draw{chance};
        const ref::random_case drawn = draw();
        compare(drawn, draw.profile(), tf::scalar::of(chance.between(1, 3)), chance, all);
    }
    MESSAGE(all.compared << " compared, " << all.skipped << " skipped, " << all.walked << " steps");
    CHECK(all.compared > static_cast<int>(cases(300)) * 5);
}
