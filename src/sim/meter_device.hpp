// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/freeze.hpp>
#include <wattpurse/sim/password_guard.hpp>
#include <wattpurse/sim/smart_meter.hpp>
#include <wattpurse/sim/soft_security.hpp>

namespace wattpurse::sim {

using wire_bytes = std::vector<std::uint8_t>;
using operator_code = std::array<std::uint8_t, 4>;

/// What event records keep: forward and reverse active energy, and the four quadrants.
inline constexpr std::array<std::size_t, 6> recorded_kinds{1, 2, 5, 6, 7, 8};

/// What is left to be said of a long answer, and what was said last.
struct conversation {
    std::uint32_t id = 0;
    wire_bytes value;              // the whole value
    std::size_t said = 0;          // bytes that have gone out
    std::uint8_t sequence = 0;     // of the latest part that was asked for with 12
    std::size_t before_latest = 0;  // where that part began, for a repetition
    std::optional<codec::dlt645::frame> latest_1997;  // for re-reading
};

/// Who moved the relay last, for the record of the move.
struct relay_orders {
    operator_code trip{};
    operator_code close{};
};

/// All of a meter. Functions of this folder work on it; outsiders see `smart_meter`.
struct meter_device {
    explicit meter_device(const meter_options& made_of);

    [[nodiscard]] civil_time clock(instant now) const;
    [[nodiscard]] std::size_t tariff_count() const;
    [[nodiscard]] std::size_t phase_count() const;
    [[nodiscard]] register_image image(instant now) const;
    [[nodiscard]] combination made_of() const;
    /// Prices in force, compiled anew after a parameter was written.
    [[nodiscard]] const price_table& prices() const;
    [[nodiscard]] bool may_close() const;
    [[nodiscard]] bool is_alarming() const;
    [[nodiscard]] duration trip_delay() const;

    void live(instant now);
    void minute(instant at);
    void measure(instant at);
    void charge();
    void watch_purse(instant now);
    void settle(const civil_time& clock, instant at);
    void freeze(const civil_time& clock, instant at);
    void switch_sets(const civil_time& clock, instant at);
    void record_load(const civil_time& clock, instant at);
    void move_relay(instant now);
    /// A money order has come in: the relay may be let go.
    void after_money(instant now);
    void set_clock(const civil_time& to, instant now, const operator_code& who);
    void set_address(const codec::dlt645::address& to);
    void note_programming(std::uint32_t id, const operator_code& who, instant now);
    void clear_everything();

    meter_options options;
    codec::dlt645::address address;
    meter_memory memory;
    measurement measured;
    std::optional<local_purse> purse;
    meter_relay relay;
    relay_orders orders;
    password_guard guard;
    std::optional<soft_chip> chip;
    event_log events;
    freezes frozen;
    load_profile profile;
    active_sets sets;
    bool programming_key;
    bool alarm = false;
    std::optional<instant> down_since;
    duration clock_error;
    instant lived;                        // the last whole minute it has lived through
    std::optional<civil_time> told_time;  // day of the latest broadcast it has followed
    std::array<std::int64_t, tariffs_max> charged{};  // hundredths of forward active energy
    std::array<std::int64_t, 5> years{};  // combined use of this year and the last four
    std::int64_t year_began = 0;
    std::optional<codec::dlt645::freeze_moment> timed;
    instant programmed_at{};              // the latest write, to tell sessions apart
    wire_bytes programming_record;
    std::deque<std::array<std::uint8_t, 8>> order_numbers;  // of vendor top-ups, newest first
    bool account_open = false;
    std::uint32_t key_info = 0;
    conversation talk;

private:
    mutable price_table prices_;
    mutable std::uint32_t prices_of_ = 0xFFFFFFFF;
};

// ---- Bytes -----------------------------------------------------------------------------------

/// Appends packed BCD, low byte first; a minus sets the top bit.
void put_number(wire_bytes& to, std::int64_t value, std::size_t size);
void put(wire_bytes& to, byte_span from);
/// mm hh DD MM YY, and with seconds; zeros where there is no such time.
void put_minutes(wire_bytes& to, const civil_time& time);
void put_seconds(wire_bytes& to, const civil_time& time);
[[nodiscard]] std::uint8_t weekday_of(const civil_time& time);
[[nodiscard]] std::uint32_t binary_of(byte_span low_first);

// ---- Values, by identifier -------------------------------------------------------------------

/// Nothing where the meter has no such value. `now` serves the clock.
using value_of_id = std::optional<wire_bytes>;

[[nodiscard]] value_of_id value_2007(const meter_device& meter, std::uint32_t id, instant now);
[[nodiscard]] value_of_id value_1997(const meter_device& meter, std::uint16_t id, instant now);
/// The identifier of 2007 that means the same, byte for byte; 0 where there is none.
[[nodiscard]] std::uint32_t twin_of_1997(std::uint16_t id);
[[nodiscard]] value_of_id energy_value(const meter_device& meter, std::uint32_t id, instant now);
[[nodiscard]] value_of_id demand_value(const meter_device& meter, std::uint32_t id, instant now);
[[nodiscard]] value_of_id variable_value(const meter_device& meter, std::uint32_t id);
[[nodiscard]] value_of_id event_value(const meter_device& meter, std::uint32_t id);
[[nodiscard]] value_of_id freeze_value(const meter_device& meter, std::uint32_t id);
[[nodiscard]] value_of_id parameter_value(const meter_device& meter, std::uint32_t id,
                                          instant now);
[[nodiscard]] std::uint16_t status_word(const meter_device& meter, unsigned number, instant now);
/// The value 028011FF, 65 bytes.
[[nodiscard]] wire_bytes bulk_status(const meter_device& meter);

/// Energy registers of a kind: total and tariffs, four bytes each.
void put_energies(wire_bytes& to, const register_image& image, std::size_t kind,
                  std::size_t tariffs);
void put_peaks(wire_bytes& to, const register_image& image, std::size_t kind,
               std::size_t tariffs);
/// The share of a phase (1 to 3, 0 is the total) in a number of all phases.
[[nodiscard]] std::int64_t share_of_phase(const meter_device& meter, std::int64_t total,
                                          std::size_t phase);

// ---- Requests --------------------------------------------------------------------------------

using answer_frame = std::optional<codec::dlt645::frame>;

[[nodiscard]] answer_frame answer_2007(meter_device& meter, const codec::dlt645::frame& request,
                                       instant now, bool partly);
[[nodiscard]] answer_frame answer_1997(meter_device& meter, const codec::dlt645::frame& request,
                                       instant now, bool partly);
[[nodiscard]] answer_frame answer_security(meter_device& meter,
                                           const codec::dlt645::frame& request, instant now,
                                           bool partly);
[[nodiscard]] answer_frame answer_control(meter_device& meter,
                                          const codec::dlt645::frame& request, instant now);

/// Clears the maximum demands and keeps a record of them.
void clear_demands(meter_device& meter, const operator_code& who, instant now);

/// Stores a value that has been let in; the error is a bit of ERR. `partly`: half of it, and an
/// error all the same.
[[nodiscard]] result<void, codec::dlt645::error_bit> store_value(meter_device& meter,
                                                                 std::uint32_t id,
                                                                 byte_span value,
                                                                 const operator_code& who,
                                                                 instant now, bool partly);

}  // namespace wattpurse::sim
