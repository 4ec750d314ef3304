// SPDX-License-Identifier: Apache-2.0
// How a meter writes numbers and moments.
#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

void put_number(wire_bytes& to, std::int64_t value, std::size_t size)
{
    const std::size_t at = to.size();
    to.resize(at + size);
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    const auto written = to_bcd(magnitude, std::span{to}.subspan(at));
    if (!written) std::fill(to.begin() + static_cast<std::ptrdiff_t>(at), to.end(), 0x99);
    if (value < 0) to.back() = static_cast<std::uint8_t>(to.back() | 0x80U);
}

void put(wire_bytes& to, byte_span from) { to.insert(to.end(), from.begin(), from.end()); }

void put_minutes(wire_bytes& to, const civil_time& time)
{
    std::array<std::uint8_t, 5> field{};
    if (!codec::dlt645::write_minutes(time, field)) field = {};
    put(to, field);
}

void put_seconds(wire_bytes& to, const civil_time& time)
{
    std::array<std::uint8_t, 6> field{};
    if (!codec::dlt645::write_seconds(time, field)) field = {};
    put(to, field);
}

std::uint8_t weekday_of(const civil_time& time)
{
    namespace ch = std::chrono;
    const ch::year_month_day date{ch::year{time.year}, ch::month{time.month}, ch::day{time.day}};
    return static_cast<std::uint8_t>(ch::weekday{ch::sys_days{date}}.c_encoding());
}

std::uint32_t binary_of(byte_span low_first)
{
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4 && i < low_first.size(); ++i) {
        out |= static_cast<std::uint32_t>(low_first[i]) << 8U * i;
    }
    return out;
}

}  // namespace wattpurse::sim
