// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/meter/driver.hpp>
#include <wattpurse/meter/profile.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/sim/household.hpp>

namespace wattpurse::sim {

/// A single-phase prepaid meter (单相费控电能表) that speaks DL/T 645-2007: relay, clock, four
/// tariff registers, daily freezes.
///
/// Simplified in two ways: the registers move on each quarter of an hour, and the relay acts at
/// the next whole minute after its command, as with a trip delay. Energy goes to T2 from 08 to
/// 22 h and to T4 otherwise.
class meter {
public:
    struct setup {
        meter_id number;
        register_set registers;    ///< when it begins to serve
        instant installed_at;
        duration clock_error{0};   ///< its clock minus the true time, until set by broadcast
        fixed_zone zone = china_zone;
        wattpurse::meter::profile profile = wattpurse::meter::single_phase_prepaid;
        wattpurse::meter::credentials lock;  ///< what a control command must bring
    };
    /// A move of the relay.
    struct relay_move {
        instant at;
        relay_state relay;
    };

    meter(const setup& built, const household& behind);

    /// Lives on until `now`; never backwards.
    void advance(instant now);
    /// Answers a request that arrives now; nothing where the standard wants silence.
    [[nodiscard]] std::optional<codec::dlt645::frame> answer(const codec::dlt645::frame& request,
                                                             instant now);

    [[nodiscard]] const meter_id& number() const noexcept { return built_.number; }
    [[nodiscard]] const codec::dlt645::address& address() const noexcept { return address_; }
    /// As shown and sent: hundredths of a kWh.
    [[nodiscard]] register_set registers() const;
    [[nodiscard]] relay_state relay() const noexcept { return relay_; }
    [[nodiscard]] const std::vector<relay_move>& moves() const noexcept { return moves_; }

private:
    struct freeze {
        instant at;
        register_set registers;
    };

    void minute(instant at);
    [[nodiscard]] std::optional<codec::dlt645::frame> read(const codec::dlt645::frame& request,
                                                           instant now) const;
    [[nodiscard]] std::optional<codec::dlt645::frame> read_freeze(
        codec::dlt645::data_id id) const;
    [[nodiscard]] codec::dlt645::frame control(const codec::dlt645::frame& request, instant now);
    [[nodiscard]] civil_time clock(instant now) const;
    [[nodiscard]] std::uint16_t status() const;

    setup built_;
    const household& behind_;
    codec::dlt645::address address_;
    instant now_;                    ///< last whole minute lived through
    std::array<std::int64_t, tariff_count> measured_{};  ///< 10^-5 kWh, to be shown at a quarter
    std::array<std::int64_t, tariff_count> shown_{};     ///< 10^-4 kWh
    std::deque<freeze> freezes_;     ///< newest first
    relay_state relay_ = relay_state::closed;
    relay_state commanded_ = relay_state::closed;
    std::optional<relay_move> pending_;
    bool keep_power_ = false;
    duration clock_error_;
    std::vector<relay_move> moves_;
};

}  // namespace wattpurse::sim
