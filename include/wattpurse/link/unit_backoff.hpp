// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/time.hpp>
#include <wattpurse/link/exchange.hpp>

namespace wattpurse::link {

/// How long a unit that does not answer is left in peace.
struct backoff_options {
    duration first{5'000};   ///< after the first silence; 0: never
    duration max{300'000};   ///< doubled with every further silence up to this

    /// Every job is sent, whatever the unit did lately.
    [[nodiscard]] static constexpr backoff_options never() noexcept { return {duration{0}, {}}; }
};

/// Who of up to 256 units has been silent, and until when it is not asked again. So a dead meter
/// costs one timeout a cycle and not one for each of its values: the first job runs into its
/// timeout, the others come back at once. Any answer clears it. Jobs about relays and money are
/// let through; the others wait.
class unit_backoff {
public:
    constexpr unit_backoff() noexcept = default;
    constexpr explicit unit_backoff(const backoff_options& options) noexcept : options_{options} {}

    /// Whether a job is not to be sent now.
    [[nodiscard]] constexpr bool holds_back(std::uint8_t unit, priority prio,
                                            instant now) const noexcept
    {
        return is_silent(unit) && prio >= priority::reading && now < until_[unit];
    }
    /// Whether the last that was asked of it was not answered. Asking it again then is only a
    /// test whether it has come back, and once is enough.
    [[nodiscard]] constexpr bool is_silent(std::uint8_t unit) const noexcept
    {
        return silences_[unit] != 0;
    }
    /// Until when; of a unit that has answered a moment long past.
    [[nodiscard]] constexpr instant until(std::uint8_t unit) const noexcept
    {
        return is_silent(unit) ? until_[unit] : instant{};
    }

    /// A job to the unit has ended without an answer. What was sent before the last silence was
    /// noticed says nothing new.
    constexpr void note_silence(std::uint8_t unit, instant now) noexcept;
    constexpr void note_answer(std::uint8_t unit) noexcept { silences_[unit] = 0; }

private:
    backoff_options options_{};
    std::array<instant, 256> until_{};
    std::array<std::uint8_t, 256> silences_{};  // in a row; 0: it answers
};

// ---------------------------------------------------------------------------------------------

constexpr void unit_backoff::note_silence(std::uint8_t unit, instant now) noexcept
{
    if (options_.first <= duration{0} || (is_silent(unit) && now < until_[unit])) {
        return;
    }
    duration pause = options_.first;
    for (unsigned i = 0; i < silences_[unit] && pause < options_.max; ++i) {
        pause *= 2;
    }
    until_[unit] = now + (pause < options_.max ? pause : options_.max);
    if (silences_[unit] < 0xFF) {
        ++silences_[unit];
    }
}

}  // namespace wattpurse::link
