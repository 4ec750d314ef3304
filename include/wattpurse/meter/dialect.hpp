// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/model/command.hpp>

namespace wattpurse::meter {

/// How money gets into a meter. None of it is in the published standard.
enum class top_up_way : std::uint8_t {
    none,              ///< the meter keeps no purse (远程费控)
    sealed_30,         ///< function 03, 070102FF, money, count, MAC, customer, MAC; session first
    plain_30,          ///< the same bytes, no session, MACs of zero
    order_34,          ///< function 03, money, order number of 8 bytes, meter number as customer
    write_identifier,  ///< function 14 with a password, amount and count in BCD
};

/// Where a number is read: bytes `offset` to `offset + size - 1` of the value of an identifier,
/// BCD, low byte first. Size 0: the meter has no such number.
struct number_place {
    codec::dlt645::data_id id{};
    std::uint8_t offset = 0;
    std::uint8_t size = 0;

    [[nodiscard]] constexpr bool exists() const noexcept { return size != 0; }
};

/// What one family of meters made of prepayment and relay control, which the published standard
/// leaves out: data, not code. A user's own dialect is a copy of one of these, changed.
struct dialect {
    std::string_view name;
    top_up_way way = top_up_way::none;
    /// 1A, 3A and 3B are accepted in plain text, with a password; elsewhere only sealed.
    bool plain_trip = false;
    /// 1B and 1C are.
    bool plain_close = true;
    /// The clock is read whole (0400010C); elsewhere as date and time.
    bool whole_clock = false;
    codec::dlt645::send_limits limits{};

    codec::dlt645::data_id top_up{};
    codec::dlt645::data_id open_account{};  ///< 0: the same as a top-up
    number_place purchase_count;   ///< the idempotency key of a top-up (购电次数)
    number_place recorded_amount;  ///< of the last purchase
    number_place money;            ///< remaining (剩余金额), 0.01
    number_place overdraft;        ///< owed (透支金额), 0.01; money is then 0
    /// C0..C3 where the vendor's protocol has a constant there. A mark of the protocol, no key.
    std::optional<std::array<std::uint8_t, 4>> operator_code;

    std::string_view source;  ///< where this was learnt
    bool confirmed = false;   ///< by two independent sources
};

/// State Grid's filing document (备案文件), 2009 and 2013: a security chip seals top-ups and
/// trips.
inline constexpr dialect state_grid_filing{
    .name = "state_grid_filing",
    .way = top_up_way::sealed_30,
    .plain_trip = false,
    .plain_close = true,
    .whole_clock = true,
    .limits = {},
    .top_up = codec::dlt645::data_id::top_up,
    .open_account = codec::dlt645::data_id::open_account,
    .purchase_count = {codec::dlt645::data_id{0x03330201}, 0, 2},
    .recorded_amount = {codec::dlt645::data_id{0x03330301}, 0, 4},
    .money = {codec::dlt645::data_id::remaining_money, 0, 4},
    .overdraft = {codec::dlt645::data_id::overdraft_money, 0, 4},
    .operator_code = {},
    .source = "State Grid filing document, as in public meter firmware (caokx/3jiliang and others)",
    .confirmed = true,
};

/// Meters of parks, shops and dormitories without a security chip: trips in plain text, and
/// top-ups as in the filing document with nothing sealed.
inline constexpr dialect park_plain{
    .name = "park_plain",
    .way = top_up_way::plain_30,
    .plain_trip = true,
    .plain_close = true,
    .whole_clock = false,
    .limits = {},
    .top_up = codec::dlt645::data_id::top_up,
    .open_account = codec::dlt645::data_id::open_account,
    .purchase_count = {codec::dlt645::data_id{0x03330201}, 0, 2},
    .recorded_amount = {codec::dlt645::data_id{0x03330301}, 0, 4},
    .money = {codec::dlt645::data_id::remaining_money, 0, 4},
    .overdraft = {codec::dlt645::data_id::overdraft_money, 0, 4},
    .operator_code = {},
    .source = "relay: yjiong/iotgateway, issasohail/tms and two more; top-up: one public firmware",
    .confirmed = false,
};

/// A vendor of 4G meters: no count that could be read, an order number instead, balance in the
/// block that the meter also pushes by itself. The meter never tells what it did with a number
/// it has seen before, so nothing is sent twice.
inline constexpr dialect vendor_top_up_34{
    .name = "vendor_top_up_34",
    .way = top_up_way::order_34,
    .plain_trip = true,
    .plain_close = true,
    .whole_clock = false,
    .limits = {.read = 200, .write = 151},
    .top_up = codec::dlt645::data_id::top_up,
    .open_account = {},
    .purchase_count = {},
    .recorded_amount = {},
    .money = {codec::dlt645::data_id{0x028011FF}, 0, 4},
    .overdraft = {codec::dlt645::data_id{0x028011FF}, 4, 4},
    .operator_code = {{{0x44, 0x33, 0x22, 0x11}}},
    .source = "issasohail/tms, with captures of a physical meter",
    .confirmed = false,
};

/// Top-up by writing amount and count to one identifier, with a password.
inline constexpr dialect write_identifier{
    .name = "write_identifier",
    .way = top_up_way::write_identifier,
    .plain_trip = true,
    .plain_close = true,
    .whole_clock = false,
    .limits = {},
    .top_up = codec::dlt645::data_id{0x04900000},
    .open_account = {},
    .purchase_count = {codec::dlt645::data_id{0x03330201}, 0, 2},
    .recorded_amount = {},
    .money = {codec::dlt645::data_id::remaining_money, 0, 4},
    .overdraft = {codec::dlt645::data_id::overdraft_money, 0, 4},
    .operator_code = {},
    .source = "yjiong/iotgateway, driver pmc340",
    .confirmed = false,
};

/// All of the above.
[[nodiscard]] constexpr std::span<const dialect> dialects() noexcept;

/// The dialect of that name, or null.
[[nodiscard]] constexpr const dialect* find_dialect(std::string_view name) noexcept;

/// Whether the relay command is accepted in plain text.
[[nodiscard]] constexpr bool accepts_plain(const dialect& kind, command_kind what) noexcept
{
    const bool closes = what == command_kind::permit || what == command_kind::close;
    return closes ? kind.plain_close : kind.plain_trip;
}

/// Stable lower-case name of a way.
[[nodiscard]] constexpr std::string_view to_string(top_up_way way) noexcept
{
    switch (way) {
        case top_up_way::none: return "none";
        case top_up_way::sealed_30: return "sealed_30";
        case top_up_way::plain_30: return "plain_30";
        case top_up_way::order_34: return "order_34";
        case top_up_way::write_identifier: return "write_identifier";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::array<dialect, 4> known_dialects{state_grid_filing, park_plain,
                                                       vendor_top_up_34, write_identifier};

}  // namespace detail

constexpr std::span<const dialect> dialects() noexcept
{
    return detail::known_dialects;
}

constexpr const dialect* find_dialect(std::string_view name) noexcept
{
    for (const dialect& each : detail::known_dialects) {
        if (each.name == name) {
            return &each;
        }
    }
    return nullptr;
}

}  // namespace wattpurse::meter
