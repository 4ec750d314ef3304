// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse {

/// What has come in and waits to be booked. The order is the order of booking.
enum class arrival_kind : std::uint8_t {
    exchange,        ///< a fitter's order: one meter out, another in
    reading,         ///< registers of a meter
    silence,         ///< a meter did not answer in its slot
    payment,         ///< money paid in
    receipt,         ///< the channel's receipt for a notice
    command_result,  ///< acknowledged, refused or no answer
    relay_status,    ///< status word 3 as read
};

/// How the line answered a command.
enum class command_answer : std::uint8_t { acknowledged, refused, no_answer };

/// One thing that came in from outside, durable from the moment it is acted upon.
///
/// A flat record: which members mean something depends on `kind` and is said beside them. The
/// natural identity (`kind`, `account`, `meter`, `at`, `key`) makes a second delivery
/// recognisable, and is the order in which a batch is booked, whatever the order of arrival.
struct arrival {
    std::uint64_t id = 0;        ///< given by the engine, rising
    arrival_kind kind = arrival_kind::reading;
    account_id account;
    meter_id meter;              ///< exchange: the meter taken out
    instant at;                  ///< moment of the registers, payment, exchange or receipt
    std::string key;             ///< payment id, order id, notice key or command key
    reading_source source = reading_source::poll;  ///< reading
    register_set registers;      ///< reading; exchange: final registers
    meter_id next_meter;         ///< exchange: the meter put in
    register_set next_registers; ///< exchange: its first registers
    std::int64_t amount = 0;     ///< payment, 10^-6 of the account's currency
    std::uint32_t code = 0;      ///< relay_status: word 3; command_result: the refusal's code
    command_answer answer = command_answer::acknowledged;  ///< command_result, relay_status
};

[[nodiscard]] constexpr std::string_view to_string(arrival_kind kind) noexcept
{
    switch (kind) {
        case arrival_kind::exchange: return "exchange";
        case arrival_kind::reading: return "reading";
        case arrival_kind::silence: return "silence";
        case arrival_kind::payment: return "payment";
        case arrival_kind::receipt: return "receipt";
        case arrival_kind::command_result: return "command_result";
        case arrival_kind::relay_status: return "relay_status";
    }
    return "unknown";
}

}  // namespace wattpurse
