// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::codec::dlt645 {

/// Data identifier of 2007, DI3 DI2 DI1 DI0 as written in the standard; DI0 is sent first. Any
/// value is allowed; those with a name here are the ones the library itself asks for. What the
/// others mean stands in the catalogue.
enum class data_id : std::uint32_t {
    forward_active_total = 0x00010000,  ///< 正向有功总电能
    forward_active_block = 0x0001FF00,  ///< total and the tariffs that are set
    remaining_money = 0x00900200,       ///< 剩余金额
    overdraft_money = 0x00900201,       ///< 透支金额
    date_and_weekday = 0x04000101,      ///< 日期及星期
    time_of_day = 0x04000102,           ///< 时间
    date_and_time = 0x0400010C,         ///< 日期时间, filing document
    status_word_3 = 0x04000503,         ///< 运行状态字 3
    password = 0x04000C01,              ///< + level: password of that level, write only
    daily_freeze_time = 0x05060000,     ///< + k: time of the last but (k - 1) daily freeze
    daily_freeze_energy = 0x05060100,   ///< + k: its forward active block
    identity = 0x070000FF,              ///< 身份认证, function 03
    session_validity = 0x070001FF,      ///< 身份认证时效设置
    session_end = 0x070002FF,           ///< 身份认证失效
    open_account = 0x070101FF,          ///< 开户
    top_up = 0x070102FF,                ///< 充值
    wallet_initialisation = 0x070103FF,  ///< 钱包初始化
    every_event = 0xFFFFFFFF,           ///< function 1B: all event records
};

/// Data identifier of 1997, DI1 DI0.
enum class data_id_1997 : std::uint16_t {
    forward_active_total = 0x9010,
    forward_active_block = 0x901F,
    date_and_weekday = 0xC010,
    time_of_day = 0xC011,
    meter_status = 0xC020,
    meter_number = 0xC032,
    password = 0xC212,  ///< level and password, write only
};

inline constexpr std::size_t id_size = 4;
inline constexpr std::size_t id_size_1997 = 2;

/// The same series `k` records back; 1 is the latest.
[[nodiscard]] constexpr data_id nth(data_id series, std::uint8_t k) noexcept
{
    return static_cast<data_id>(static_cast<std::uint32_t>(series) + k);
}

/// As on the wire, DI0 first.
[[nodiscard]] constexpr std::array<std::uint8_t, id_size> wire_of(data_id id) noexcept
{
    const auto value = static_cast<std::uint32_t>(id);
    return {static_cast<std::uint8_t>(value & 0xFFU),
            static_cast<std::uint8_t>(value >> 8U & 0xFFU),
            static_cast<std::uint8_t>(value >> 16U & 0xFFU),
            static_cast<std::uint8_t>(value >> 24U)};
}

[[nodiscard]] constexpr std::array<std::uint8_t, id_size_1997> wire_of(data_id_1997 id) noexcept
{
    const auto value = static_cast<std::uint16_t>(id);
    return {static_cast<std::uint8_t>(value & 0xFFU), static_cast<std::uint8_t>(value >> 8U)};
}

/// The reverse of `wire_of`.
[[nodiscard]] constexpr data_id id_of(std::span<const std::uint8_t, id_size> wire) noexcept
{
    return static_cast<data_id>(wire[0] | static_cast<std::uint32_t>(wire[1]) << 8U |
                                static_cast<std::uint32_t>(wire[2]) << 16U |
                                static_cast<std::uint32_t>(wire[3]) << 24U);
}

[[nodiscard]] constexpr data_id_1997 id_of(
    std::span<const std::uint8_t, id_size_1997> wire) noexcept
{
    return static_cast<data_id_1997>(wire[0] | static_cast<unsigned>(wire[1]) << 8U);
}

/// The first four bytes of DATA; `empty` when there are fewer. That they are an identifier at
/// all is for the caller to know: of 2007, functions 03, 11, 12, 14 and 18 begin with one.
[[nodiscard]] constexpr result<data_id> parse_data_id(const frame& from) noexcept
{
    if (from.length < id_size) {
        return fail(errc::empty);
    }
    return id_of(std::span<const std::uint8_t, id_size>{from.data.data(), id_size});
}

/// The first two bytes of DATA; `empty` when there are fewer. Of 1997, functions 01, 02, 04 and
/// answers to 03 begin with one.
[[nodiscard]] constexpr result<data_id_1997> parse_data_id_1997(const frame& from) noexcept
{
    if (from.length < id_size_1997) {
        return fail(errc::empty);
    }
    return id_of(std::span<const std::uint8_t, id_size_1997>{from.data.data(), id_size_1997});
}

}  // namespace wattpurse::codec::dlt645
