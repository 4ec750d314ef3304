// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::sim {

/// Event records of a meter (事件记录): for each kind how often it has happened, and the last
/// ten records, as they go out on the wire.
///
/// A kind is named by its identifier with DI0 = 00, which is also how its count is read;
/// record k is DI0 = k. Trips and closes have their count and their records under different
/// identifiers: that of the whole record names them here.
class event_log {
public:
    static constexpr std::size_t records_kept = 10;

    static constexpr std::uint32_t power_down = 0x03110000;
    static constexpr std::uint32_t programming = 0x03300000;
    static constexpr std::uint32_t meter_clear = 0x03300100;
    static constexpr std::uint32_t demand_clear = 0x03300200;
    static constexpr std::uint32_t event_clear = 0x03300300;
    static constexpr std::uint32_t clock_set = 0x03300400;
    static constexpr std::uint32_t day_tables = 0x03300500;
    static constexpr std::uint32_t year_zones = 0x03300600;
    static constexpr std::uint32_t meter_cover = 0x03300D00;
    static constexpr std::uint32_t terminal_cover = 0x03300E00;
    static constexpr std::uint32_t trip = 0x1D00FF00;
    static constexpr std::uint32_t close = 0x1E00FF00;

    /// Counts one more and keeps its record.
    void add(std::uint32_t kind, std::vector<std::uint8_t> record);
    /// Writes the latest record of a kind anew: an event that goes on.
    void amend(std::uint32_t kind, std::vector<std::uint8_t> record);
    /// Forgets one kind, or all when `kind` is FFFFFFFF. Its count begins at 0 again. DI0 = FF
    /// names a kind as well, as a clear command does.
    void clear(std::uint32_t kind);

    [[nodiscard]] std::uint32_t count(std::uint32_t kind) const;
    /// Record `k`, 1 is the latest; empty where there is none.
    [[nodiscard]] byte_span record(std::uint32_t kind, std::size_t k) const;

private:
    struct series {
        std::uint32_t count = 0;
        std::deque<std::vector<std::uint8_t>> latest;
    };
    std::map<std::uint32_t, series> kinds_;
};

}  // namespace wattpurse::sim
