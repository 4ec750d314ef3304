// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/codec/dlt645/follow.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>
#include <wattpurse/sim/smart_meter.hpp>

/// A smart meter on a table, a steady load behind it, and somebody who asks it things.
namespace wattpurse::test {

namespace dlt645 = codec::dlt645;

inline const instant new_year = parse_iso8601("2026-01-01T00:00:00+08:00").value();
inline const dlt645::credentials writer{4, {0x12, 0x34, 0x56}, {1, 2, 3, 4}};
inline const dlt645::credentials clearer{2, {0x65, 0x43, 0x21}, {5, 6, 7, 8}};
inline const dlt645::credentials stranger{4, {0x12, 0x34, 0x57}, {1, 2, 3, 4}};

/// 600 W by day and night; the register begins at 100.00 kWh of T2.
inline sim::meter_options plain_options()
{
    sim::meter_options out;
    out.address = dlt645::address::parse("202600000001").value();
    out.installed_at = new_year;
    out.registers.tariff[1] = energy::of(1'000'000);
    out.load = sim::steady_load(power::of(6'000), power::of(0));
    out.passwords = {writer, clearer};
    return out;
}

/// The same under local fee control: 10.00 yuan, a yuan a kWh by day and half a yuan by night.
inline sim::meter_options purse_options()
{
    sim::meter_options out = plain_options();
    out.control = sim::fee_control::local;
    out.purse.money_cents = 1'000;
    out.purse.prices.tariff = {5'000, 10'000, 5'000, 5'000};
    out.purse.purchase_count = 3;
    return out;
}

struct meter_table {
    explicit meter_table(const sim::meter_options& options) : meter(options) {}

    std::optional<dlt645::frame> ask(const dlt645::frame& request, instant now)
    {
        return meter.answer(request, now);
    }

    /// Data of an identifier; empty where it is refused.
    std::vector<std::uint8_t> read(std::uint32_t id, instant now)
    {
        const auto said = ask(dlt645::read_request(meter.address(), dlt645::data_id{id}), now);
        REQUIRE(said.has_value());
        if (said->is_abnormal()) return {};
        const auto value = dlt645::parse_read_answer(*said);
        REQUIRE(value.has_value());
        CHECK(value->id == dlt645::data_id{id});
        return {value->value.begin(), value->value.end()};
    }

    /// A value that is one number.
    std::int64_t number(std::uint32_t id, instant now)
    {
        return static_cast<std::int64_t>(from_bcd(read(id, now)).value());
    }

    std::uint16_t status(instant now)
    {
        const auto word = read(0x04000503, now);
        return static_cast<std::uint16_t>(word.at(0) | word.at(1) << 8U);
    }

    /// 0 where it is accepted, else ERR or SERR.
    std::uint16_t error(const dlt645::frame& request, instant now, bool partly = false)
    {
        const auto said = meter.answer(request, now, partly);
        REQUIRE(said.has_value());
        CHECK(said->address == meter.address());
        return said->is_abnormal() ? dlt645::parse_error_word(*said).value() : 0;
    }

    std::uint16_t write(std::uint32_t id, const std::vector<std::uint8_t>& value, instant now,
                        const dlt645::credentials& who = writer, bool partly = false)
    {
        constexpr dlt645::send_limits wide{.read = 200, .write = 200};
        const auto request =
            dlt645::write_request(meter.address(), dlt645::data_id{id}, who, value, wide);
        return error(request.value(), now, partly);
    }

    std::uint16_t control(dlt645::control_code code, instant now, std::uint8_t detail = 0,
                          const dlt645::credentials& who = writer)
    {
        using namespace std::chrono_literals;
        return error(dlt645::control_request(meter.address(), code,
                                             to_civil(now + 5min, china_zone), who, detail)
                         .value(), now);
    }

    sim::smart_meter meter;
};

inline constexpr std::uint16_t relay_open = 1U << 4U;
inline constexpr std::uint16_t command_open = 1U << 6U;
inline constexpr std::uint16_t alarm_bit = 1U << 7U;
inline constexpr std::uint16_t keep_power_bit = 1U << 12U;

}  // namespace wattpurse::test
