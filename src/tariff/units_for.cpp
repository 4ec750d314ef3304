// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/units_for.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/timetable.hpp>

namespace wattpurse::tariff {

namespace {

/// More energy than this is as good as any: 10^11 kWh.
constexpr std::int64_t quantity_max = 1'000'000'000'000'000;
/// Rows that a profile in time may become.
constexpr std::int64_t rows_max = 200'000;
/// What a step of 10^-4 costs at a price of 10^-8 is this much finer than money at 10^-6.
constexpr std::int64_t price_step_per_amount = 1'000'000;

bool is_in_time(const version& by)
{
    return std::any_of(by.charges.begin(), by.charges.end(), [](const charge& each) {
        return each.rate.split == band_split::chronological;
    });
}

/// What a quantity costs beyond what was used.
class buyer {
public:
    buyer(const tariff& by, const consumption& used, const period& over,
          const band_profile& profile)
        : by_{by}, over_{over}, profile_{profile}, with_{used}, rows_before_{used.rows.size()}
    {
        place();
    }

    /// Faults of the profile and of what was used.
    std::vector<fault> begin()
    {
        if (profile_.steps.empty()) note("/profile", "no steps", "at least one step");
        cycle_ = 0;
        for (std::size_t i = 0; i < profile_.steps.size(); ++i) {
            const auto& each = profile_.steps[i];
            const std::string path = "/profile/" + std::to_string(i);
            if (each.quantity <= scalar{}) {
                note(path + "/quantity", to_string(each.quantity), "a quantity above zero");
            } else if (each.quantity.mantissa() > quantity_max) {
                note(path + "/quantity", to_string(each.quantity), "at most 10^11 kWh");
            } else {
                cycle_ += each.quantity.mantissa();
            }
            if (!each.band.empty() && !find_band(each.band)) {
                note(path + "/band", '"' + each.band + '"', "a band of the tariff");
            } else if (!places_[i]) {
                note(path + "/band", '"' + each.band + '"',
                     "a band that has a register, or comes in the rest of the period");
            }
        }
        const bool is_inside = profile_.at >= over_.from && profile_.at < over_.until;
        if (!is_inside || through_ > over_.until) {
            note("/profile/at", "outside the period", "a moment before its end");
        }
        if (!faults_.empty()) return std::move(faults_);
        auto nothing = costs(0);
        if (!nothing) return std::move(nothing.error());
        base_ = nothing->sum;
        return {};
    }

    /// The rating with `quantity` more. Faults of arithmetic mean that it costs more than there is.
    result<rated, std::vector<fault>> costs(std::int64_t quantity)
    {
        with_.rows.resize(rows_before_);
        add_rows(quantity);
        return rate(by_, with_, over_, through_);
    }

    [[nodiscard]] money base() const { return base_; }

    /// Rounded money may stray this far from what only rises with the quantity: each line is
    /// rounded once, and parts of a tier move between bands by single steps.
    [[nodiscard]] std::int64_t waver(const rated& at) const
    {
        std::int64_t out = 0;
        for (const line& each : at.lines) {
            const std::int64_t price = each.price.mantissa();
            const std::int64_t step = (price < 0 ? -price : price) / price_step_per_amount + 1;
            out += 2 * (each.rounding.increment.mantissa() + step);
        }
        return out;
    }

private:
    struct place_of_band {
        instant at;
        std::int8_t register_index = no_index;
    };

    void note(std::string path, std::string value, std::string expected)
    {
        faults_.push_back({std::move(path), std::move(value), std::move(expected)});
    }

    [[nodiscard]] const band* find_band(const std::string& name) const
    {
        const auto found = std::find_if(by_.bands.begin(), by_.bands.end(),
                                        [&](const band& each) { return each.name == name; });
        return found == by_.bands.end() ? nullptr : &*found;
    }

    /// When the energy of each step is used: now where a register tells its band, else when the
    /// band next holds.
    void place()
    {
        const version& by = by_.versions[version_at(by_, by_.zone.day_at(profile_.at))];
        in_time_ = is_in_time(by) && profile_.what == channel::import;
        through_ = profile_.at + duration{1};
        for (const auto& each : profile_.steps) {
            const band* const in = find_band(each.band);
            std::optional<place_of_band> found;
            if (in != nullptr && in->register_index) {
                found = place_of_band{profile_.at, static_cast<std::int8_t>(*in->register_index)};
            } else if (in == nullptr || by.calendar.plans.empty()) {
                found = place_of_band{profile_.at, no_index};
            } else {
                in_time_ = false;
                const auto index = static_cast<std::int16_t>(in - by_.bands.data());
                for (const run& next : timetable(by.calendar, by_.bands, by_.zone, with_.events,
                                                 profile_.at, over_.until)) {
                    if (next.band != index) continue;
                    found = place_of_band{next.from, no_index};
                    through_ = std::max(through_, next.from + duration{1});
                    break;
                }
            }
            places_.push_back(found);
        }
        // The moment up to which is rated is one for all quantities, so that days do not move.
        if (in_time_) through_ = std::min(over_.until, profile_.at + duration{rows_max});
        if (profile_.what == channel::purchase) through_ = profile_.at + duration{1};
    }

    void add_rows(std::int64_t quantity)
    {
        if (quantity == 0) return;
        if (in_time_) return add_in_time(quantity);
        const std::int64_t cycles = quantity / cycle_;
        std::int64_t rest = quantity % cycle_;
        for (std::size_t i = 0; i < profile_.steps.size(); ++i) {
            const std::int64_t size = profile_.steps[i].quantity.mantissa();
            const std::int64_t last = std::min(rest, size);
            rest -= last;
            add_row(i, places_[i]->at, cycles * size + last);
        }
    }

    /// One millisecond for each step, so that tiers fill in the order of the profile.
    void add_in_time(std::int64_t quantity)
    {
        instant at = profile_.at;
        for (std::size_t i = 0; quantity > 0; i = (i + 1) % profile_.steps.size()) {
            const std::int64_t size =
                std::min(quantity, profile_.steps[i].quantity.mantissa());
            add_row(i, at, size);
            quantity -= size;
            at += duration{1};
        }
    }

    void add_row(std::size_t index, instant at, std::int64_t quantity)
    {
        if (quantity == 0) return;
        for (std::size_t i = rows_before_; i < with_.rows.size() && !in_time_; ++i) {
            consumption_row& known = with_.rows[i];  // one band may stand in several steps
            if (known.from == at && known.register_index == places_[index]->register_index) {
                known.quantity = scalar::of(known.quantity.mantissa() + quantity);
                return;
            }
        }
        consumption_row row;
        row.from = at;
        row.until = profile_.what == channel::purchase ? at : at + duration{1};
        row.what = profile_.what;
        row.register_index = places_[index]->register_index;
        row.quantity = scalar::of(quantity);
        with_.rows.push_back(row);
    }

    const tariff& by_;
    const period& over_;
    const band_profile& profile_;
    consumption with_;
    std::size_t rows_before_;
    std::vector<std::optional<place_of_band>> places_;
    std::int64_t cycle_ = 0;
    bool in_time_ = false;
    instant through_;
    money base_;
    std::vector<fault> faults_;

    friend class search;
};

/// Where a rating stands: tiers that were reached, lines that are in use. Between two changes of
/// it costs only rise, but for rounding.
std::vector<std::string> standing_of(const rated& at)
{
    std::vector<std::string> out;
    for (const line& each : at.lines) {
        out.push_back(each.tier + (each.quantity.is_zero() ? "-" : "+"));
    }
    return out;
}

/// Looks for the first multiple of the step that costs more than there is.
class search {
public:
    search(buyer& from, std::int64_t funds, std::int64_t step)
        : from_{from}, funds_{funds}, step_{step}, last_{quantity_max / step}
    {
        if (!from.in_time_) return;
        const auto steps = static_cast<std::int64_t>(from.profile_.steps.size());
        const std::int64_t room = (from.through_ - from.profile_.at).count();
        const std::int64_t cycles = std::max<std::int64_t>(1, room / steps);
        last_ = std::min(last_, static_cast<std::int64_t>(
                                    std::min<kernel::int128>(
                                        kernel::int128{cycles} * from.cycle_, quantity_max)) /
                                    step);
    }

    /// The last number of steps that is paid for.
    std::int64_t run()
    {
        std::int64_t at = 0;
        while (true) {
            const auto here = look(at);
            if (!here || here->cost > funds_) return at - 1;
            const std::int64_t end = end_of(at, here->standing);
            const auto over = first_above(at, end, here->waver);
            if (over) return *over - 1;
            if (end == last_) return last_;
            at = end + 1;
        }
    }

    [[nodiscard]] bool reached_end(std::int64_t found) const { return found == last_; }

    [[nodiscard]] std::int64_t cost_of(std::int64_t steps)
    {
        const auto here = look(steps);
        return here ? here->cost : 0;
    }

private:
    struct view {
        std::int64_t cost = 0;
        std::int64_t waver = 0;
        std::vector<std::string> standing;
    };

    /// Nothing where the arithmetic gives up: that is more than any purse holds.
    std::optional<view> look(std::int64_t steps)
    {
        const auto at = from_.costs(steps * step_);
        if (!at) return std::nullopt;
        const auto cost = at->sum - from_.base();
        if (!cost) return std::nullopt;
        return view{cost->mantissa(), from_.waver(*at), standing_of(*at)};
    }

    /// The last number of steps, from `at` on, that stands as `at` does.
    std::int64_t end_of(std::int64_t at, const std::vector<std::string>& standing)
    {
        const auto same = [&](std::int64_t steps) {
            const auto there = look(steps);
            return there && there->standing == standing;
        };
        return last_that(at, same);
    }

    /// The last of at ... last_ for which `holds`, which holds at `at` and then until it does not.
    template <class Predicate>
    std::int64_t last_that(std::int64_t at, Predicate holds)
    {
        std::int64_t low = at;
        std::int64_t stride = 1;
        while (low < last_) {
            const std::int64_t next = std::min(last_, low + stride);
            if (!holds(next)) break;
            low = next;
            stride *= 2;
        }
        std::int64_t end = std::min(last_, low + stride);
        if (low == last_) return low;
        while (end - low > 1) {
            const std::int64_t middle = low + (end - low) / 2;
            (holds(middle) ? low : end) = middle;
        }
        return low;
    }

    /// The first of at ... end that costs more than there is.
    std::optional<std::int64_t> first_above(std::int64_t at, std::int64_t end,
                                            std::int64_t waver)
    {
        const auto is_safe = [&](std::int64_t steps) {
            const auto there = look(steps);
            return steps <= end && there && there->cost <= funds_ - waver;
        };
        std::int64_t next = is_safe(at) ? last_that(at, is_safe) + 1 : at;
        for (; next <= end; ++next) {
            const auto there = look(next);
            if (!there || there->cost > funds_) return next;
            // Rounding pauses for long where prices are low: leap while it is safe to.
            if (there->cost <= funds_ - waver) {
                next = last_that(next, is_safe);
                continue;
            }
            const auto is_same = [&](std::int64_t steps) {  // free energy, or a cap
                const auto same = look(steps);
                return steps <= end && same && same->cost == there->cost;
            };
            next = last_that(next, is_same);
        }
        return std::nullopt;
    }

    buyer& from_;
    std::int64_t funds_;
    std::int64_t step_;
    std::int64_t last_;
};

std::vector<fault> faults_of_call(money what, const tariff& by, scalar step)
{
    std::vector<fault> out;
    if (what.unit() != by.unit) {
        out.push_back({"/money", to_string(what), "an amount of " + std::string{by.unit.code()}});
    } else if (what.is_negative()) {
        out.push_back({"/money", to_string(what), "an amount not below zero"});
    }
    if (step <= scalar{} || step.mantissa() > quantity_max) {
        out.push_back({"/step", to_string(step), "a step above zero"});
    }
    if (by.versions.empty()) {
        out.push_back({"/versions", "an empty array", "a tariff that has passed check"});
    }
    return out;
}

}  // namespace

result<units, std::vector<fault>> units_for(money what, const tariff& by, const consumption& used,
                                            const period& over, const band_profile& profile,
                                            scalar step)
{
    if (auto faults = faults_of_call(what, by, step); !faults.empty()) {
        return tl::unexpected{std::move(faults)};
    }
    buyer from{by, used, over, profile};
    if (auto faults = from.begin(); !faults.empty()) return tl::unexpected{std::move(faults)};
    search look{from, what.mantissa(), step.mantissa()};
    const std::int64_t steps = std::max<std::int64_t>(0, look.run());
    units out;
    out.quantity = scalar::of(steps * step.mantissa());
    out.cost = money{amount::of(look.cost_of(steps)), by.unit};
    out.left = money{amount::of(what.mantissa() - out.cost.mantissa()), by.unit};
    out.is_bounded = !look.reached_end(steps);
    return out;
}

}  // namespace wattpurse::tariff
