// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/meter/read_plan.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/register_value.hpp>
#include <wattpurse/meter/sunspec_base.hpp>

namespace wattpurse::meter {

/// What has become of one field.
enum class field_state : std::uint8_t {
    not_asked,
    read,      ///< see the value: it may still be missing, unsound or implausible
    absent,    ///< the device refuses it alone: leave it out of the next selection
    silent,    ///< no answer
    disputed,  ///< answers that are not proven, and no two of them the same
};

/// How one reads.
struct read_limits {
    link::priority prio = link::priority::reading;
    duration timeout{1000};
    std::uint8_t attempts_max = 3;  ///< of a request: its frames sent
    std::uint8_t silences_max = 1;  ///< requests in a row without an answer, then it is given up
    /// The device says nothing where others refuse: a request over several fields is cut for that
    /// too, within `silences_max`, which must then be above 1.
    bool silence_is_refusal = false;
    /// Values are for billing: an answer that is not proven to belong to its question counts only
    /// when a second one says the same.
    bool confirm = false;
    std::uint8_t confirmations_max = 4;  ///< times one request is made for that
};

/// Where the result of a reading goes. `values` and `states` have an element for each field of
/// the map; `storage` holds the registers that the values borrow.
struct read_result {
    std::span<register_value> values;
    std::span<field_state> states;
    std::span<std::uint8_t> storage;
};

/// Bytes of `read_result::storage` that all fields of a map need.
[[nodiscard]] constexpr std::size_t storage_size(const register_map& map) noexcept
{
    std::size_t size = 0;
    for (const register_field& field : map.fields) {
        size += std::size_t{2} * field.count;
    }
    return size;
}

/// Reads fields of one Modbus meter by a plan. Sans-IO, bounded, driven as the other orders of
/// this folder: `next` gives a job, `take` what came of it.
///
/// Where a device refuses a request that covers several fields (exception 02, 03 or 04), it is cut
/// (`read_plan::cut_for`), asked in parts, and the cut is remembered in `learned()`: give it to the
/// next reading. A gateway that does not reach the device (0A, 0B) is silence. Maps
/// whose addresses count from a SunSpec model are looked for on the device first. Scale factors
/// and transformer ratios are read along; a value whose factor is not there is not sound.
class modbus_read {
public:
    enum class state_type : std::uint8_t { finding_base, reading, finished };

    /// `map` and what `to` points at are borrowed. Without a selection all fields are read that
    /// `is_secret` does not withhold.
    constexpr modbus_read(const register_map& map, std::uint8_t unit,
                          std::span<const std::uint16_t> selection, const read_cost& cost,
                          const read_result& to, const learned_cuts& learned = {},
                          const read_limits& limits = {}) noexcept;

    /// The next job for the line; none while one is out, or when finished. Give it an id.
    [[nodiscard]] constexpr std::optional<link::modbus_job> next() noexcept;
    /// What came of the job that is out.
    constexpr void take(const link::modbus_event& what) noexcept;

    [[nodiscard]] constexpr state_type state() const noexcept { return state_; }
    [[nodiscard]] constexpr bool finished() const noexcept
    {
        return state_ == state_type::finished;
    }
    /// Why it ended before everything was read, if so: `not_found` where the device has not this
    /// SunSpec model, `not_available` where it fell silent, `too_long` where more is to be learned
    /// than `learned_cuts` can hold, and what `read_plan::make` says.
    [[nodiscard]] constexpr result<void> outcome() const noexcept { return outcome_; }

    [[nodiscard]] constexpr const read_plan& plan() const noexcept { return plan_; }
    [[nodiscard]] constexpr const learned_cuts& learned() const noexcept { return learned_; }
    /// Whether a refusal has taught something.
    [[nodiscard]] constexpr bool has_learned() const noexcept { return has_learned_; }
    /// Where the map's addresses count from, once it is known.
    [[nodiscard]] constexpr std::uint16_t base() const noexcept { return base_; }
    [[nodiscard]] constexpr unsigned requests() const noexcept { return requests_; }
    /// The shortest time from a request to its answer, the line's own included; for the next
    /// plan's cost. Nothing before the first answer.
    [[nodiscard]] constexpr std::optional<duration> fastest() const noexcept { return fastest_; }

private:
    [[nodiscard]] constexpr bool learn(const read_step& step) noexcept;
    constexpr void plan_again() noexcept;
    constexpr void finish(result<void> how) noexcept;
    constexpr void take_base(const link::modbus_event& what) noexcept;
    constexpr void take_answer(const link::modbus_event& what) noexcept;
    constexpr void take_refusal(const read_step& step,
                                codec::modbus::exception_code why) noexcept;
    constexpr void keep(const read_step& step, byte_span registers) noexcept;
    constexpr void mark(const read_step& step, field_state as) noexcept;
    constexpr void decode_all() noexcept;
    constexpr void decode(std::size_t index, std::int64_t voltage_ratio,
                          std::int64_t current_ratio) noexcept;
    [[nodiscard]] constexpr std::int64_t ratio_of(role what) const noexcept;
    [[nodiscard]] constexpr codec::modbus::request question(const read_step& step) const noexcept;
    [[nodiscard]] constexpr std::span<std::uint8_t> registers_of(std::size_t index) const noexcept;
    constexpr void next_step() noexcept
    {
        ++step_;
        repeats_ = 0;
        first_size_ = 0;
    }

    const register_map* map_;
    std::uint8_t unit_;
    read_cost cost_;
    read_result to_;
    learned_cuts learned_;
    read_limits limits_;

    state_type state_ = state_type::reading;
    result<void> outcome_{};
    bool waiting_ = false;
    bool has_learned_ = false;
    std::uint16_t base_ = 0;
    sunspec_base search_{};
    read_plan plan_{};
    std::size_t step_ = 0;
    std::uint8_t silences_ = 0;
    std::uint8_t repeats_ = 0;                            // of the present step, to confirm it
    std::size_t first_size_ = 0;                          // its latest answer
    std::array<std::uint8_t, codec::modbus::pdu_size_max> first_{};
    unsigned requests_ = 0;
    std::optional<duration> fastest_{};
};

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(field_state state) noexcept
{
    switch (state) {
        case field_state::not_asked: return "not_asked";
        case field_state::read: return "read";
        case field_state::absent: return "absent";
        case field_state::silent: return "silent";
        case field_state::disputed: return "disputed";
    }
    return "unknown";
}

}  // namespace wattpurse::meter

#include <wattpurse/meter/modbus_read_steps.hpp>
