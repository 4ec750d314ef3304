// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/meter/dialect.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/sim/local_purse.hpp>

namespace wattpurse::sim {

/// Mean power over one minute, all phases together.
struct minute_load {
    power active;    ///< negative while energy flows back into the grid
    power reactive;  ///< kvar; negative is capacitive
};

/// What is connected behind a meter: its load in the minute that begins at an instant. The same
/// instant must always give the same load.
using load_function = std::function<minute_load(instant minute)>;

/// A household's load, drawn from the seed alone: 0.1 to 3 kW with an evening peak.
[[nodiscard]] load_function drawn_load(std::uint64_t seed, fixed_zone zone = china_zone);
/// The same power at all times.
[[nodiscard]] load_function steady_load(power active, power reactive = power{});

/// How many phases a meter is connected to.
enum class wiring : std::uint8_t { single_phase, three_phase };

/// Who decides about supply (费控方式).
enum class fee_control : std::uint8_t {
    remote,  ///< the data centre: the meter keeps no purse (远程费控)
    local,   ///< the meter itself: balance, prices and ladder are kept in it (本地费控)
};

/// Everything that makes one simulated meter what it is. The same options and the same requests
/// at the same instants give the same answers, always.
struct meter_options {
    codec::dlt645::address address;
    wiring phases = wiring::single_phase;
    std::uint8_t tariff_count = 4;     ///< 1 to 8
    register_set registers;            ///< forward active energy when it begins to serve
    instant installed_at;              ///< it begins to serve; no request comes earlier
    duration clock_error{0};           ///< its clock minus the true time, until it is set
    fixed_zone zone = china_zone;
    load_function load;                ///< none: `drawn_load` of the address

    /// One per level that the meter knows. Without any, every request that needs a password is
    /// refused: there are no built-in ones.
    std::vector<codec::dlt645::credentials> passwords;
    /// The programming key behind the sealed cover is pressed (编程键).
    bool programming_key = true;

    bool speaks_2007 = true;
    bool speaks_1997 = true;
    std::uint8_t read_limit = 200;     ///< DATA of one answer; longer ones go on with 12
    duration answer_delay{30};         ///< the standard asks for 20 to 500 ms

    fee_control control = fee_control::remote;
    purse_settings purse;              ///< local fee control only
    /// How top-ups and relay commands come in. What is sealed in it needs `soft_key`.
    wattpurse::meter::dialect dialect = wattpurse::meter::park_plain;
    /// Key of the software security module (`soft_security`), never that of a real meter. None:
    /// whatever is sealed is refused.
    std::optional<std::array<std::uint8_t, 32>> soft_key;
    std::array<std::uint8_t, 6> customer{};  ///< 客户编号, BCD, low byte first
    /// After a permit, the customer presses the key this much later; never by itself if unset.
    std::optional<duration> customer_presses_key_after = duration{std::chrono::minutes{10}};

    duration push_every{0};       ///< 028011FF unasked; 0: never
    duration heartbeat_every{0};  ///< 91 04 80808080 unasked; 0: never
};

/// Whether a meter can be made of these; the error says what is wrong with which option.
[[nodiscard]] result<void, std::string> check(const meter_options& options);

}  // namespace wattpurse::sim
