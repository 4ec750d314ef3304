// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse::usage {

/// The step in which registers are usually shown, 0.01 kWh: a difference of two shown values can
/// exceed the true one by that much.
inline constexpr energy register_step = energy::of(100);

/// What a meter can show and what its supply can deliver. Data of the meter's profile.
struct limits {
    energy register_capacity;  ///< registers wrap to zero here, such as 1000000.00 kWh
    power power_max;           ///< more than this on average between two readings is implausible
    /// The step in which it shows them: coarser behind a current transformer, whose ratio it is
    /// multiplied with. Finer than `register_step` counts as that.
    energy shown_step = register_step;
};

/// How far the total may stray from the sum of the tariff registers between two readings: one
/// step for each of the five registers involved; the largest energy there is where that would
/// not fit.
[[nodiscard]] energy disagreement_max(const limits& within) noexcept;

/// How far a reading's moment may be off: moments are kept in whole minutes, and a meter is
/// polled some seconds after the moment its slot stands for.
inline constexpr duration moment_slack{60'000};

/// The energy between two readings of one meter.
struct step {
    /// How the later reading relates to the earlier one, best first.
    enum class verdict : std::uint8_t {
        plausible,
        rolled_over,  ///< a register passed its capacity and began again at zero (翻转)
        went_back,    ///< a register is lower, and a roll-over cannot explain it (倒走)
        implausible,  ///< more than the supply can deliver, or total and tariffs disagree
    };

    verdict judged = verdict::plausible;
    tariff_energy used{};  ///< kWh per tariff register; zero unless plausible or rolled over
};

/// The most energy that two readings `elapsed` apart can differ by: what `limits::power_max`
/// delivers in that time and `moment_slack`, rounded up, plus one step that is shown. The largest
/// energy there is where it would not fit; a negative time counts as none.
[[nodiscard]] energy deliverable(duration elapsed, const limits& within) noexcept;

/// Judges `to` against the earlier `from` of the same meter, `elapsed` before.
///
/// The total and all tariff registers are judged together: one that is lower is a roll-over only
/// if the wrapped difference is `deliverable`, else the reading went back; one that rose by more
/// makes it implausible, as does a total that disagrees with its tariffs (`disagreement_max`) or
/// a register outside [0, register_capacity). Time so long that a register could have turned
/// fully cannot be told from shorter time; with six digits of kWh that is years.
[[nodiscard]] step difference(const register_set& from, const register_set& to, duration elapsed,
                              const limits& within) noexcept;

/// Whether a step with this verdict may be charged.
[[nodiscard]] constexpr bool is_chargeable(step::verdict judged) noexcept
{
    return judged == step::verdict::plausible || judged == step::verdict::rolled_over;
}

[[nodiscard]] constexpr std::string_view to_string(step::verdict judged) noexcept
{
    switch (judged) {
        case step::verdict::plausible: return "plausible";
        case step::verdict::rolled_over: return "rolled_over";
        case step::verdict::went_back: return "went_back";
        case step::verdict::implausible: return "implausible";
    }
    return "unknown";
}

}  // namespace wattpurse::usage
