// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/usage/difference.hpp>

#include <algorithm>
#include <cstddef>

#include <wattpurse/base/product.hpp>

namespace wattpurse::usage {

namespace {

using verdict = step::verdict;

/// What one register did between two readings.
struct movement {
    verdict judged = verdict::plausible;
    std::int64_t used = 0;  ///< mantissa of an energy
};

movement judge(energy from, energy to, energy deliverable_max, energy capacity) noexcept
{
    const auto shows = [capacity](energy value) {
        return !value.is_negative() && value < capacity;
    };
    if (!shows(from) || !shows(to)) return {verdict::implausible, 0};
    // Both within [0, capacity), so neither line can leave 64 bits.
    const std::int64_t rise = to.mantissa() - from.mantissa();
    const bool fell = rise < 0;
    const std::int64_t used = fell ? rise + capacity.mantissa() : rise;
    if (used <= deliverable_max.mantissa()) {
        return {fell ? verdict::rolled_over : verdict::plausible, used};
    }
    return {fell ? verdict::went_back : verdict::implausible, 0};
}

/// A reading that went back is worse than an implausible one only in what it is called; the
/// register that fell decides, because it names the cause.
verdict worse(verdict a, verdict b) noexcept
{
    if (a == verdict::went_back || b == verdict::went_back) return verdict::went_back;
    return std::max(a, b);
}

std::int64_t step_of(const limits& within) noexcept
{
    return std::max(within.shown_step, register_step).mantissa();
}

}  // namespace

energy disagreement_max(const limits& within) noexcept
{
    constexpr kernel::int128 registers = tariff_count + 1;
    return energy::of(static_cast<std::int64_t>(
        std::min<kernel::int128>(registers * step_of(within), kernel::mantissa_max)));
}

energy deliverable(duration elapsed, const limits& within) noexcept
{
    constexpr kernel::int128 ms_per_hour = 3'600'000;
    const kernel::int128 ms =
        kernel::int128{std::max<duration::rep>(elapsed.count(), 0)} + moment_slack.count();
    const kernel::int128 limit = std::max<std::int64_t>(within.power_max.mantissa(), 0);
    const kernel::int128 most = (limit * ms + ms_per_hour - 1) / ms_per_hour +
                                step_of(within);
    return energy::of(static_cast<std::int64_t>(
        std::min<kernel::int128>(most, kernel::mantissa_max)));
}

step difference(const register_set& from, const register_set& to, duration elapsed,
                const limits& within) noexcept
{
    const energy most = deliverable(elapsed, within);
    const movement whole = judge(from.total, to.total, most, within.register_capacity);
    step out;
    out.judged = whole.judged;
    kernel::int128 disagreement = whole.used;
    for (std::size_t i = 0; i < tariff_count; ++i) {
        const movement part =
            judge(from.tariff[i], to.tariff[i], most, within.register_capacity);
        out.judged = worse(out.judged, part.judged);
        out.used[i] = energy::of(part.used);
        disagreement -= part.used;
    }
    const kernel::int128 allowed = disagreement_max(within).mantissa();
    if (is_chargeable(out.judged) && (disagreement > allowed || disagreement < -allowed)) {
        out.judged = verdict::implausible;
    }
    if (!is_chargeable(out.judged)) out.used = {};
    return out;
}

}  // namespace wattpurse::usage
