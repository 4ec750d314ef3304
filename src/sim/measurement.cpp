// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/measurement.hpp>

#include <algorithm>
#include <cstdlib>

namespace wattpurse::sim {

namespace {

constexpr std::int64_t fine_of_hundredth = 6'000;  // sixtieths of 10^-4 kWh
constexpr std::int64_t shown_capacity = 100'000'000;
constexpr std::size_t quadrants = 4;

/// Sum of the parts that a combination word names; two bits a part, plus and minus.
template <class Part>
std::int64_t combine(unsigned word, std::size_t parts, Part&& part)
{
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < parts; ++i) {
        if ((word >> (2 * i) & 1U) != 0) sum += part(i);
        if ((word >> (2 * i + 1) & 1U) != 0) sum -= part(i);
    }
    return sum;
}

/// The quadrant, 0 to 3, of a power.
std::size_t quadrant_of(std::int64_t active, std::int64_t reactive)
{
    if (active >= 0) return reactive >= 0 ? 0 : 3;
    return reactive >= 0 ? 1 : 2;
}

}  // namespace

std::int64_t square_root(std::int64_t of) noexcept
{
    if (of <= 0) return 0;
    std::int64_t root = 1;
    while (root < 3'037'000'499 && root * root < of) root *= 2;
    for (;;) {  // Newton, from above
        const std::int64_t next = (root + of / root) / 2;
        if (next >= root) return root;
        root = next;
    }
}

std::int64_t apparent_power(const minute_load& load) noexcept
{
    const std::int64_t p = load.active.mantissa();
    const std::int64_t q = load.reactive.mantissa();
    return square_root(p * p + q * q);
}

measurement::measurement(const register_set& at_first)
{
    auto& forward = energy_[kind::forward_active];
    for (std::size_t t = 0; t < at_first.tariff.size() && t < tariffs_max; ++t) {
        forward[t] = at_first.tariff[t].mantissa() * 60;
    }
}

void measurement::add_minute(const minute_load& load, std::size_t tariff, const civil_time& clock,
                             std::size_t period)
{
    load_ = load;
    const std::int64_t active = load.active.mantissa();
    const std::int64_t reactive = load.reactive.mantissa();
    powers now{};
    now[active >= 0 ? kind::forward_active : kind::reverse_active] = std::abs(active);
    now[kind::quadrant_1 + quadrant_of(active, reactive)] = std::abs(reactive);
    now[active >= 0 ? kind::forward_apparent : kind::reverse_apparent] = apparent_power(load);
    for (std::size_t k = 0; k < kind::count; ++k) {
        energy_[k][tariff] += now[k];
        window_sum_[k] += now[k];
    }
    window_.push_back(now);
    while (window_.size() > std::max<std::size_t>(period, 1)) {
        for (std::size_t k = 0; k < kind::count; ++k) window_sum_[k] -= window_.front()[k];
        window_.pop_front();
    }
    if (window_.size() < period) return;  // a period has to be full to be a demand
    for (std::size_t k = 1; k < kind::count; ++k) {
        const auto value = static_cast<std::int32_t>(present_demand(k));
        for (peak_demand* peak : {&peaks_[k][0], &peaks_[k][tariff + 1]}) {
            if (value > peak->value) *peak = {value, clock};
        }
    }
}

std::int64_t measurement::hundredths(std::size_t which, std::size_t tariff) const
{
    return energy_[which][tariff] / fine_of_hundredth;
}

std::int64_t measurement::present_demand(std::size_t which) const
{
    if (window_.empty()) return 0;
    const auto mean = [&](std::size_t k) {
        return window_sum_[k] / static_cast<std::int64_t>(window_.size());
    };
    // Demands of combined reactive power follow the usual words: quadrants 1 and 4, 2 and 3.
    if (which == kind::combined_reactive_1) return mean(kind::quadrant_1) + mean(8);
    if (which == kind::combined_reactive_2) return mean(6) + mean(7);
    return mean(which);
}

register_image measurement::image(const civil_time& clock, const combination& made_of) const
{
    register_image out;
    out.at = clock;
    out.load = load_;
    out.demand = peaks_;
    std::array<std::array<std::int64_t, tariffs_max + 1>, kind::count> shown{};
    for (std::size_t k = 0; k < kind::count; ++k) {
        for (std::size_t t = 0; t < tariffs_max; ++t) {
            shown[k][t + 1] = hundredths(k, t);
            shown[k][0] += shown[k][t + 1];
        }
    }
    for (std::size_t t = 0; t <= tariffs_max; ++t) {
        const auto active = [&](std::size_t i) { return shown[kind::forward_active + i][t]; };
        const auto quadrant = [&](std::size_t i) { return shown[kind::quadrant_1 + i][t]; };
        shown[kind::combined_active][t] = combine(made_of.active, 2, active);
        shown[kind::combined_reactive_1][t] = combine(made_of.reactive_1, quadrants, quadrant);
        shown[kind::combined_reactive_2][t] = combine(made_of.reactive_2, quadrants, quadrant);
    }
    for (std::size_t k = 0; k < kind::count; ++k) {
        for (std::size_t t = 0; t <= tariffs_max; ++t) {
            out.energy[k][t] = static_cast<std::int32_t>(shown[k][t] % shown_capacity);
        }
    }
    return out;
}

}  // namespace wattpurse::sim
