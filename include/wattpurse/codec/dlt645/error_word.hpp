// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::codec::dlt645 {

/// Bits of the error word of an abnormal answer (DL/T 645-2007, annex C). Bit 7 is reserved;
/// vendors put codes 80 and above there, which are no bits.
enum class error_bit : std::uint8_t {
    other = 0x01,
    no_requested_data = 0x02,
    password = 0x04,
    baud_rate = 0x08,
    year_zones = 0x10,
    day_periods = 0x20,
    tariffs = 0x40,
};

/// The same of 1997 (DL/T 645-1997, figure B5).
enum class error_bit_1997 : std::uint8_t {
    illegal_data = 0x01,
    wrong_id = 0x02,
    password = 0x04,
    year_zones = 0x10,
    day_periods = 0x20,
    tariffs = 0x40,
};

/// Bits of SERR, two bytes low byte first, in the refusal C3 of function 03 (filing document;
/// the last two only in public meter firmware).
enum class security_error_bit : std::uint16_t {
    other = 0x0001,
    repeated_top_up = 0x0002,      ///< 重复充值: the purchase count is the one applied last
    verification = 0x0004,         ///< ESAM 验证失败
    identity = 0x0008,             ///< 身份认证失败
    customer_number = 0x0010,      ///< 客户编号不匹配
    purchase_count = 0x0020,       ///< 充值次数错误
    hoarding_limit = 0x0040,       ///< 购电超囤积
    address = 0x0080,              ///< 地址异常
    remote_locked = 0x0100,
};

/// The error word of an abnormal answer, its first two bytes low byte first (meters send one or
/// two, some none: then 0). `not_found` when the frame is not abnormal.
[[nodiscard]] constexpr result<std::uint16_t> parse_error_word(const frame& from) noexcept
{
    if (!from.is_from_meter() || !from.is_abnormal()) {
        return fail(errc::not_found);
    }
    unsigned word = from.length > 0 ? from.data[0] : 0U;
    word |= from.length > 1 ? static_cast<unsigned>(from.data[1]) << 8U : 0U;
    return static_cast<std::uint16_t>(word);
}

/// The meaning of one bit.
[[nodiscard]] constexpr std::string_view to_string(error_bit bit) noexcept;
[[nodiscard]] constexpr std::string_view to_string(error_bit_1997 bit) noexcept;
[[nodiscard]] constexpr std::string_view to_string(security_error_bit bit) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr std::string_view to_string(error_bit bit) noexcept
{
    switch (bit) {
        case error_bit::other: return "other error";
        case error_bit::no_requested_data: return "no requested data";
        case error_bit::password: return "password wrong or not authorised";
        case error_bit::baud_rate: return "baud rate cannot be changed";
        case error_bit::year_zones: return "too many year zones";
        case error_bit::day_periods: return "too many day periods";
        case error_bit::tariffs: return "too many tariffs";
    }
    return "unknown";
}

constexpr std::string_view to_string(error_bit_1997 bit) noexcept
{
    switch (bit) {
        case error_bit_1997::illegal_data: return "illegal data";
        case error_bit_1997::wrong_id: return "data identifier wrong";
        case error_bit_1997::password: return "password wrong or not authorised";
        case error_bit_1997::year_zones: return "too many year zones";
        case error_bit_1997::day_periods: return "too many day periods";
        case error_bit_1997::tariffs: return "too many tariffs";
    }
    return "unknown";
}

constexpr std::string_view to_string(security_error_bit bit) noexcept
{
    switch (bit) {
        case security_error_bit::other: return "other error";
        case security_error_bit::repeated_top_up: return "repeated top-up";
        case security_error_bit::verification: return "verification by the security chip failed";
        case security_error_bit::identity: return "identity authentication failed";
        case security_error_bit::customer_number: return "customer number does not match";
        case security_error_bit::purchase_count: return "purchase count wrong";
        case security_error_bit::hoarding_limit: return "hoarding limit exceeded";
        case security_error_bit::address: return "address wrong";
        case security_error_bit::remote_locked: return "remote operation locked";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::dlt645
