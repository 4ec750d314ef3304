// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::codec::dlt645 {

/// Which edition of the protocol a frame belongs to, as far as a single frame shows.
enum class edition : std::uint8_t { y2007, y1997 };

/// Function codes of 2007, bits D4..D0 of the control byte (DL/T 645-2007, 5.2.3). `security`,
/// `control` and `output` are not in the published standard but in the State Grid filing
/// document (备案文件).
enum class function : std::uint8_t {
    security = 0x03,         ///< 安全认证
    broadcast_time = 0x08,   ///< 广播校时
    read = 0x11,             ///< 读数据
    read_follow = 0x12,      ///< 读后续数据
    read_address = 0x13,     ///< 读通信地址
    write = 0x14,            ///< 写数据
    write_address = 0x15,    ///< 写通信地址
    freeze = 0x16,           ///< 冻结命令
    change_baud = 0x17,      ///< 更改通信速率
    change_password = 0x18,  ///< 修改密码
    clear_demand = 0x19,     ///< 最大需量清零
    clear_meter = 0x1A,      ///< 电表清零
    clear_events = 0x1B,     ///< 事件清零
    control = 0x1C,          ///< 跳合闸、报警、保电
    output = 0x1D,           ///< 多功能端子输出控制
};

/// Function codes of 1997 (DL/T 645-1997, 5.2.3).
enum class function_1997 : std::uint8_t {
    read = 0x01,
    read_follow = 0x02,
    reread = 0x03,  ///< 重读数据: the last answer once more
    write = 0x04,
    broadcast_time = 0x08,
    write_address = 0x0A,
    change_baud = 0x0C,
    change_password = 0x0F,
    clear_demand = 0x10,
};

/// How many bytes of DATA a master may send; the standard's numbers unless a dialect of real
/// meters goes beyond them. What is received may always have 255.
struct send_limits {
    static constexpr std::uint8_t read_standard = 200;  ///< DL/T 645-2007, 5.2.4
    static constexpr std::uint8_t write_standard = 50;

    std::uint8_t read = read_standard;    ///< answers to 11, 12 and their 1997 sisters
    std::uint8_t write = write_standard;  ///< 14, 03 and the 1997 write
};

/// Told by the function code. The two share 08, taken as 2007, and 03: security of 2007 has an
/// identifier 07xxxxxx, re-reading of 1997 has no DATA when asked and two bytes of identifier
/// when answered.
[[nodiscard]] constexpr edition edition_of(const frame& what) noexcept;

/// Whether DATA holds, or may hold, a password, a key, a cipher or an authentication code, and
/// must not be shown, logged or put into an error. Doubtful cases count as secret: security
/// both ways, functions that are the maker's or nobody's, writes, reads of password and security
/// identifiers and of blocks with these, and what is longer than its function makes it.
[[nodiscard]] constexpr bool holds_secret(const frame& what) noexcept;

/// Whether the identifier that DATA begins with is that of a password or of security, or of a
/// block with one, and something follows it.
[[nodiscard]] constexpr bool names_secret(const frame& what) noexcept;

/// Whether DATA is longer than its function has it, of functions that come without a password, so
/// that nobody knows what the rest is. A refusal never is: its DATA is an error word.
[[nodiscard]] constexpr bool is_oversized(const frame& what) noexcept;

/// "read", "control" ...; "unknown function" where it has none.
[[nodiscard]] constexpr std::string_view function_name(const frame& what) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr edition edition_of(const frame& what) noexcept
{
    switch (what.function()) {
        case 0x00:
        case 0x08: return edition::y2007;
        case 0x10: return edition::y1997;
        case 0x03:
            if (what.is_abnormal() || (!what.is_from_meter() && what.length >= 4) ||
                (what.length >= 4 && what.data[3] == 0x07)) {
                return edition::y2007;
            }
            return edition::y1997;
        default: return what.function() < 0x11 ? edition::y1997 : edition::y2007;
    }
}

namespace detail {

/// Equal, or all ones, which stands for everything at that place of an identifier.
[[nodiscard]] constexpr bool is_or_all(unsigned place, unsigned value, unsigned all) noexcept
{
    return place == value || place == all;
}

/// Identifiers whose very value is a secret: passwords (04000Cxx), alone or in a block, and
/// anything of function 03.
[[nodiscard]] constexpr bool names_secret_2007(const frame& what) noexcept
{
    if (what.length <= 4) {
        return false;
    }
    const bool password = is_or_all(what.data[3], 0x04, 0xFF) &&
                          is_or_all(what.data[2], 0x00, 0xFF) &&
                          is_or_all(what.data[1], 0x0C, 0xFF);
    return password || what.data[3] == 0x07;
}

/// C212, level and password (DL/T 645-1997, annex A), alone or in a block.
[[nodiscard]] constexpr bool names_secret_1997(const frame& what) noexcept
{
    return what.length > 2 && is_or_all(what.data[1] >> 4U, 0xC, 0xF) &&
           is_or_all(what.data[1] & 0x0FU, 0x2, 0xF) && is_or_all(what.data[0] >> 4U, 0x1, 0xF) &&
           is_or_all(what.data[0] & 0x0FU, 0x2, 0xF);
}

/// The DATA of functions without password; of those that have one, anything goes; 0 for codes
/// that are no function.
[[nodiscard]] constexpr std::size_t size_max_of(std::uint8_t code) noexcept
{
    switch (code) {
        case 0x0C:  // 1997 baud rate
        case 0x17:
        case 0x1D: return 1;
        case 0x16: return 4;
        case 0x08:
        case 0x0A:  // 1997 address
        case 0x13:
        case 0x15: return 6;
        case 0x00:
        case 0x05:
        case 0x06:
        case 0x07:
        case 0x09:
        case 0x0B:
        case 0x0D:
        case 0x0E: return 0;
        default: return data_size_max;
    }
}

}  // namespace detail

constexpr bool holds_secret(const frame& what) noexcept
{
    constexpr std::uint8_t error_size_max = 2;
    if (what.length == 0 || (what.is_abnormal() && what.length <= error_size_max)) {
        return false;
    }
    switch (what.function()) {
        case 0x03:  // security, ciphers and keys; an answer to a 1997 re-read may be of anything
        case 0x04:  // 1997 write: the password is part of DATA; also a factory function
        case 0x0F:  // 1997 password
        case 0x18:  // password
        case 0x1E:
        case 0x1F:  // factory functions, whatever they carry
            return true;
        case 0x10:  // 1997 demand clear
        case 0x14:
        case 0x19:
        case 0x1A:
        case 0x1B:
        case 0x1C:  // answers carry at most two bytes of state
            return !what.is_from_meter() || what.length > error_size_max;
        case 0x01:
        case 0x02:
        case 0x11:
        case 0x12: return names_secret(what);
        default: return is_oversized(what);
    }
}

constexpr bool names_secret(const frame& what) noexcept
{
    return edition_of(what) == edition::y1997 ? detail::names_secret_1997(what)
                                              : detail::names_secret_2007(what);
}

constexpr bool is_oversized(const frame& what) noexcept
{
    const bool is_refusal = what.is_from_meter() && what.is_abnormal();
    return !is_refusal && what.length > detail::size_max_of(what.function());
}

constexpr std::string_view function_name(const frame& what) noexcept
{
    if (edition_of(what) == edition::y1997) {
        switch (what.function()) {
            case 0x01: return "read";
            case 0x02: return "read follow-on";
            case 0x03: return "read again";
            case 0x04: return "write";
            case 0x0A: return "write address";
            case 0x0C: return "change baud rate";
            case 0x0F: return "change password";
            case 0x10: return "clear demand";
            default: return "unknown function";
        }
    }
    switch (what.function()) {
        case 0x03: return "security";
        case 0x08: return "broadcast time";
        case 0x11: return "read";
        case 0x12: return "read follow-on";
        case 0x13: return "read address";
        case 0x14: return "write";
        case 0x15: return "write address";
        case 0x16: return "freeze";
        case 0x17: return "change baud rate";
        case 0x18: return "change password";
        case 0x19: return "clear demand";
        case 0x1A: return "clear meter";
        case 0x1B: return "clear events";
        case 0x1C: return "control";
        case 0x1D: return "terminal output";
        default: return "unknown function";
    }
}

}  // namespace wattpurse::codec::dlt645
