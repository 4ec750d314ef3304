// SPDX-License-Identifier: Apache-2.0
#include "placing.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/timetable.hpp>

#include "rating.hpp"

namespace wattpurse::tariff {

std::vector<fault> placing::begin()
{
    check_steps();
    const bool is_inside = is_moment(profile_.at) && is_moment(over_.until) &&
                           profile_.at >= over_.from && profile_.at < over_.until;
    if (!is_inside) {
        note("/profile/at", "outside the period", "a moment before its end");
        return std::move(faults_);
    }
    place_steps();
    if (!faults_.empty()) return std::move(faults_);
    kind_.what = profile_.what;
    kind_.places = places_.size();
    kind_.first = places_.front().at;
    kind_.through = kind_.first;
    for (const place& each : places_) {
        kind_.first = std::min(kind_.first, each.at);
        kind_.through = std::max(kind_.through, each.at + duration{1});
    }
    const std::size_t version = version_at(by_, by_.zone.day_at(profile_.at));
    const bool is_at_once = std::all_of(places_.begin(), places_.end(), [&](const place& each) {
        return each.at == profile_.at;
    });
    kind_.in_turn = profile_.what == channel::import && places_.size() > 1 && is_at_once &&
                    is_in_time(by_.versions[version]);
    if (kind_.in_turn) find_tiers();
    if (kind_.in_turn && faults_.empty()) check_room();
    return std::move(faults_);
}

const consumption& placing::with(std::int64_t quantity)
{
    with_.rows.resize(rows_before_);
    std::int64_t from = 0;
    duration later{0};
    for (const std::int64_t end : tier_ends_) {
        if (end >= quantity) break;
        add_rows(from, end, later);
        from = end;
        later += duration{1};
    }
    add_rows(from, quantity, later);
    return with_;
}

std::int64_t placing::cycle() const noexcept { return std::min(cycle_, quantity_max); }

const band* placing::find_band(const std::string& name) const
{
    const auto found = std::find_if(by_.bands.begin(), by_.bands.end(),
                                    [&](const band& each) { return each.name == name; });
    return found == by_.bands.end() ? nullptr : &*found;
}

void placing::check_steps()
{
    constexpr std::size_t steps_max = 1000;
    if (profile_.steps.empty()) note("/profile", "no steps", "at least one step");
    if (profile_.steps.size() > steps_max) {
        note("/profile", std::to_string(profile_.steps.size()) + " steps", "at most 1000 steps");
        return;
    }
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
        if (!each.band.empty() && find_band(each.band) == nullptr) {
            note(path + "/band", '"' + each.band + '"', "a band of the tariff");
        }
    }
}

void placing::place_steps()
{
    for (std::size_t i = 0; i < profile_.steps.size(); ++i) {
        const auto& each = profile_.steps[i];
        const band* const in = find_band(each.band);
        if (in == nullptr && !each.band.empty()) continue;
        const auto found = place_of(in);
        if (!found) {
            note("/profile/" + std::to_string(i) + "/band", '"' + each.band + '"',
                 "a band that has a register, or comes in the rest of the period");
            continue;
        }
        const auto known = std::find(places_.begin(), places_.end(), *found);
        place_of_step_.push_back(static_cast<std::size_t>(known - places_.begin()));
        if (known == places_.end()) places_.push_back(*found);
    }
}

/// Where a register tells the band, that is now; else it is when the band next holds.
std::optional<placing::place> placing::place_of(const band* in)
{
    if (in != nullptr && in->register_index) {
        return place{profile_.at, static_cast<std::int8_t>(*in->register_index)};
    }
    const version& by = by_.versions[version_at(by_, by_.zone.day_at(profile_.at))];
    const bool is_bought = profile_.what == channel::purchase;
    if (in == nullptr || by.calendar.plans.empty() || is_bought) return place{profile_.at};
    const auto index = static_cast<std::int16_t>(in - by_.bands.data());
    for (const run& next : timetable(by.calendar, by_.bands, by_.zone, with_.events, profile_.at,
                                     over_.until)) {
        if (next.band == index) return place{next.from};
    }
    return std::nullopt;
}

/// The quantities at which a tier of a chronological table ends. Up to there it does not matter
/// in which turn bands were used, so one row holds all there is of each.
void placing::find_tiers()
{
    const tariff tiers = tiers_in_time(by_, version_at(by_, by_.zone.day_at(profile_.at)));
    const auto reached = [&](std::int64_t quantity) -> std::int64_t {
        if (!faults_.empty()) return 0;
        const auto out = rate(tiers, with(quantity), over_, kind_.through);
        if (!out) faults_ = out.error();
        return out ? out->sum.mantissa() : 0;
    };
    const std::int64_t highest = reached(quantity_max);
    std::int64_t low = 0;
    std::vector<std::int64_t> ends;
    for (std::int64_t here = reached(low); here < highest && faults_.empty();) {
        std::int64_t end = quantity_max;
        while (end - low > 1) {
            const std::int64_t middle = low + (end - low) / 2;
            (reached(middle) == here ? low : end) = middle;
        }
        ends.push_back(low);
        low = end;
        here = reached(low);
    }
    tier_ends_ = std::move(ends);
    kind_.through = profile_.at + duration{static_cast<std::int64_t>(tier_ends_.size()) + 1};
}

/// All of it is used within one day, in which no window begins anew.
void placing::check_room()
{
    const civil_day today = by_.zone.day_at(profile_.at);
    const instant end = std::min(over_.until, by_.zone.start_of(today + std::chrono::days{1}));
    if (kind_.through <= end) return;
    note("/profile/at", std::string{iso8601(profile_.at, by_.zone.at(profile_.at)).view()},
         std::to_string((kind_.through - profile_.at).count()) +
             " ms before the end of the day, one for each tier in which bands are used in turn");
}

/// What is used in a place when `quantity` is used altogether.
std::int64_t placing::upto(std::size_t index, std::int64_t quantity) const
{
    const std::int64_t cycles = quantity / cycle_;
    std::int64_t rest = quantity % cycle_;
    std::int64_t out = 0;
    for (std::size_t i = 0; i < profile_.steps.size(); ++i) {
        const std::int64_t size = profile_.steps[i].quantity.mantissa();
        const std::int64_t last = std::min(rest, size);
        rest -= last;
        if (place_of_step_[i] == index) out += cycles * size + last;
    }
    return out;
}

void placing::add_rows(std::int64_t from, std::int64_t until, duration later)
{
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const std::int64_t quantity = upto(i, until) - upto(i, from);
        if (quantity == 0) continue;
        consumption_row row;
        row.from = places_[i].at + later;
        row.until = profile_.what == channel::purchase ? row.from : row.from + duration{1};
        row.what = profile_.what;
        row.register_index = places_[i].register_index;
        row.quantity = scalar::of(quantity);
        with_.rows.push_back(row);
    }
}

}  // namespace wattpurse::tariff
