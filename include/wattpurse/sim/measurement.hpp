// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/sim/meter_options.hpp>

namespace wattpurse::sim {

/// What is measured, numbered as DI2 of the energy and demand identifiers.
namespace kind {
inline constexpr std::size_t combined_active = 0;      ///< 组合有功
inline constexpr std::size_t forward_active = 1;       ///< 正向有功
inline constexpr std::size_t reverse_active = 2;       ///< 反向有功
inline constexpr std::size_t combined_reactive_1 = 3;  ///< 组合无功1
inline constexpr std::size_t combined_reactive_2 = 4;  ///< 组合无功2
inline constexpr std::size_t quadrant_1 = 5;           ///< to 8, quadrant 4
inline constexpr std::size_t forward_apparent = 9;     ///< 正向视在
inline constexpr std::size_t reverse_apparent = 10;    ///< 反向视在
inline constexpr std::size_t count = 11;
}  // namespace kind

/// A maximum demand (最大需量): mean power of the demand period, and when it was.
struct peak_demand {
    std::int32_t value = 0;  ///< 10^-4 kW, kvar or kVA
    civil_time at{};         ///< by the meter's clock; 1970 where there has been none
};

/// All registers at one moment, as the meter shows them: what a freeze keeps.
struct register_image {
    civil_time at{};  ///< by the meter's clock
    /// Hundredths; [kind][0 total, 1.. tariffs].
    std::array<std::array<std::int32_t, tariffs_max + 1>, kind::count> energy{};
    std::array<std::array<peak_demand, tariffs_max + 1>, kind::count> demand{};
    minute_load load{};
};

/// How combined registers are made of others: bit pairs "plus, minus" for each part, low pair
/// first (04000601..03).
struct combination {
    std::uint8_t active = 0x05;      ///< forward, reverse
    std::uint8_t reactive_1 = 0x41;  ///< quadrants 1 to 4
    std::uint8_t reactive_2 = 0x14;
};

/// The measuring part of a meter. Counts in sixtieths of 10^-4 kWh, so that a minute of any
/// power is exact; shows hundredths of a kWh, and goes on at zero behind 999999.99.
class measurement {
public:
    explicit measurement(const register_set& at_first);

    /// A minute of load, in tariff `tariff` (0 is T1), that ends when the clock shows `clock`.
    /// Demand is the mean of the last `period` minutes, looked at in each.
    void add_minute(const minute_load& load, std::size_t tariff, const civil_time& clock,
                    std::size_t period);

    /// What flows before the first minute is over.
    void begin_with(const minute_load& load) noexcept { load_ = load; }

    /// Everything as shown, for a moment at which the clock shows `clock`. The total is the sum
    /// of the tariffs shown.
    [[nodiscard]] register_image image(const civil_time& clock, const combination& made_of) const;
    /// A register in hundredths without the turn at zero; of the measured kinds only.
    [[nodiscard]] std::int64_t hundredths(std::size_t which, std::size_t tariff) const;
    /// Demand of the period that ends now: 10^-4 kW.
    [[nodiscard]] std::int64_t present_demand(std::size_t which) const;
    [[nodiscard]] const minute_load& load() const noexcept { return load_; }

    void clear_energy() noexcept { energy_ = {}; }
    void clear_demand() noexcept { peaks_ = {}; }

private:
    using powers = std::array<std::int64_t, kind::count>;

    std::array<std::array<std::int64_t, tariffs_max>, kind::count> energy_{};
    std::array<std::array<peak_demand, tariffs_max + 1>, kind::count> peaks_{};
    minute_load load_{};
    std::deque<powers> window_;  // newest at the back
    powers window_sum_{};
};

/// The whole part of a square root.
[[nodiscard]] std::int64_t square_root(std::int64_t of) noexcept;
/// Apparent power of a load, 10^-4 kVA.
[[nodiscard]] std::int64_t apparent_power(const minute_load& load) noexcept;

}  // namespace wattpurse::sim
