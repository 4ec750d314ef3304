// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/sim/event_log.hpp>
#include <wattpurse/sim/freezes.hpp>
#include <wattpurse/sim/load_profile.hpp>
#include <wattpurse/sim/local_purse.hpp>
#include <wattpurse/sim/measurement.hpp>
#include <wattpurse/sim/meter_memory.hpp>
#include <wattpurse/sim/meter_options.hpp>
#include <wattpurse/sim/meter_relay.hpp>

namespace wattpurse::sim {

struct meter_device;

/// A simulated prepaid meter that serves the whole catalogue in both editions: every identifier
/// that a meter of its kind has is answered with a value that follows from its load, its clock
/// and what was written to it; others are refused as "no requested data".
///
/// It lives in whole minutes of true time. Energy of a minute goes into the tariff that its
/// clock names, if the relay is closed at the end of it; freezes, load records, settlement and
/// the purse follow its clock, which may be wrong. Everything is exact and repeatable.
///
/// Simplified: phases of a three-phase meter share the load evenly; events that need a fault of
/// the grid (voltage loss and the like) never happen and read as zero; a baud rate is noted but
/// the line does not care.
class smart_meter {
public:
    /// The options must pass `check`.
    explicit smart_meter(const meter_options& options);
    ~smart_meter();
    smart_meter(smart_meter&&) noexcept;
    smart_meter& operator=(smart_meter&&) noexcept;

    /// Lives on until `now`; never backwards.
    void advance(instant now);

    /// Answers a request that arrives at `now`; nothing where the standard wants silence.
    /// `partly` is the fault of a real meter: a write is done in part, and refused.
    [[nodiscard]] std::optional<codec::dlt645::frame> answer(const codec::dlt645::frame& request,
                                                             instant now, bool partly = false);

    /// What a 4G meter sends unasked: its state (91, 028011FF, 69 bytes of DATA), and a sign of
    /// life (91, 80808080). Captured from real meters; issasohail/tms.
    [[nodiscard]] codec::dlt645::frame status_push() const;
    [[nodiscard]] codec::dlt645::frame heartbeat() const;

    // ---- What somebody in front of it can do -------------------------------------------------

    /// The customer presses the key; closes the relay where that is permitted.
    void press_key(instant now);
    /// The sealed key behind the cover: without it passwords open nothing.
    void set_programming_key(bool pressed);
    /// The grid fails, or comes back: meanwhile the meter is silent and measures nothing.
    void power_down(instant now);
    void power_up(instant now);
    /// The meter's cover is opened and closed again; an event of both moments.
    void open_cover(instant opened, instant closed);

    // ---- What it has in it -------------------------------------------------------------------

    [[nodiscard]] const codec::dlt645::address& address() const noexcept;
    /// What its clock shows.
    [[nodiscard]] civil_time clock(instant now) const;
    [[nodiscard]] register_image registers() const;
    [[nodiscard]] const meter_relay& relay() const noexcept;
    /// Null under remote fee control.
    [[nodiscard]] const local_purse* purse() const noexcept;
    [[nodiscard]] const event_log& events() const noexcept;
    [[nodiscard]] const freezes& frozen() const noexcept;
    [[nodiscard]] const load_profile& profile() const noexcept;
    /// Parameters, also to set them behind the protocol's back.
    [[nodiscard]] meter_memory& memory() noexcept;
    /// The value of an identifier of 2007 as it would be read now; empty where it has none.
    [[nodiscard]] std::vector<std::uint8_t> value(std::uint32_t id, instant now) const;

private:
    std::unique_ptr<meter_device> device_;
};

}  // namespace wattpurse::sim
