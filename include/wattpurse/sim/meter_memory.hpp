// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/sim/meter_options.hpp>

namespace wattpurse::sim {

/// The parameters of a meter by identifier (2007), each as its bytes go over the wire.
class meter_memory {
public:
    /// With the values a meter leaves the factory with, and those that the options name.
    explicit meter_memory(const meter_options& options);

    /// Empty where the meter keeps nothing under this identifier.
    [[nodiscard]] byte_span get(std::uint32_t id) const;
    void set(std::uint32_t id, byte_span value);
    /// As packed BCD; `otherwise` where there is nothing or it is no number.
    [[nodiscard]] std::int64_t number(std::uint32_t id, std::int64_t otherwise = 0) const;
    void set_number(std::uint32_t id, std::int64_t value, std::size_t bytes);

    /// Goes up with every change: what is compiled from the parameters is then made anew.
    [[nodiscard]] std::uint32_t revision() const noexcept { return revision_; }

private:
    void fill_identity(const meter_options& options);
    void fill_schedule(const meter_options& options);
    void fill_purse(const purse_settings& purse);
    void fill_prices(const price_table& prices, std::uint32_t set);
    void set_text(std::uint32_t id, std::string_view text, std::size_t bytes);

    std::map<std::uint32_t, std::vector<std::uint8_t>> values_;
    std::uint32_t revision_ = 0;
};

/// Which of two sets of a table is in force (两套): switched at the times of 04000106..09.
struct active_sets {
    bool second_zones = false;
    bool second_days = false;
    bool second_prices = false;
    bool second_steps = false;
};

/// The tariff in force when the clock shows `clock`, 0 is T1: public holiday, weekend, year
/// zone, then the day table (DL/T 645-2007, table A.5).
[[nodiscard]] std::size_t tariff_at(const meter_memory& memory, const active_sets& sets,
                                    const civil_time& clock, std::size_t tariff_count);

/// The price table in force.
[[nodiscard]] price_table prices_of(const meter_memory& memory, const active_sets& sets,
                                    std::size_t tariff_count);

}  // namespace wattpurse::sim
