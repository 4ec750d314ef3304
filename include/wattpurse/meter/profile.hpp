// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

namespace wattpurse::meter {

/// What is to be known of a kind of meter before one can talk to it: data, not code.
struct profile {
    std::string_view name;
    std::uint8_t tariff_count;   ///< registers T1.. behind the total in an energy block

    codec::dlt645::data_id energy_block;   ///< present forward active registers
    codec::dlt645::data_id freeze_time;    ///< series of daily freezes, + 1 is the latest
    codec::dlt645::data_id freeze_energy;
    std::uint8_t freeze_depth;             ///< how many days it keeps
    codec::dlt645::data_id date;
    codec::dlt645::data_id time;
    codec::dlt645::data_id status_word_3;
    codec::dlt645::data_id remaining_money;

    energy register_capacity;    ///< registers go on at zero here
    power power_max;             ///< the most the supply can deliver

    duration read_timeout;       ///< from request to the end of the answer
    duration control_timeout;    ///< the same for relay commands, which move something
    std::uint8_t read_attempts;
    std::uint8_t control_attempts;
};

/// A single-phase prepaid meter of the Chinese market: four tariffs, relay inside, 60 A at
/// 220 V, registers of six digits and two places (单相费控智能电能表). Timeouts hold the 500 ms
/// in which an answer has to begin and a block at 2400 baud, with a margin for a radio line.
inline constexpr profile single_phase_prepaid{
    .name = "single_phase_prepaid",
    .tariff_count = 4,
    .energy_block = codec::dlt645::data_id::forward_active_block,
    .freeze_time = codec::dlt645::data_id::daily_freeze_time,
    .freeze_energy = codec::dlt645::data_id::daily_freeze_energy,
    .freeze_depth = 62,
    .date = codec::dlt645::data_id::date_and_weekday,
    .time = codec::dlt645::data_id::time_of_day,
    .status_word_3 = codec::dlt645::data_id::status_word_3,
    .remaining_money = codec::dlt645::data_id::remaining_money,
    .register_capacity = energy::of(10'000'000'000),
    .power_max = power::of(132'000),
    .read_timeout = duration{1500},
    .control_timeout = duration{4000},
    .read_attempts = 4,
    .control_attempts = 3,
};

}  // namespace wattpurse::meter
