// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/tariff.hpp>

/// What the parts of one rating share.
namespace wattpurse::tariff {

/// A half-open stretch of time.
struct stretch {
    instant from;
    instant until;

    [[nodiscard]] bool is_empty() const noexcept { return from >= until; }
};

/// Moments that a calendar can say, and the longest stretch it is laid out over.
inline constexpr instant calendar_first{std::chrono::sys_days{std::chrono::year{0} / 1 / 2}};
inline constexpr instant calendar_last{std::chrono::sys_days{std::chrono::year{9999} / 12 / 30}};
inline constexpr duration stretch_max = std::chrono::days{3'700};

[[nodiscard]] constexpr bool is_moment(instant at) noexcept
{
    return at >= calendar_first && at <= calendar_last;
}
[[nodiscard]] constexpr bool is_stretch(instant from, instant until) noexcept
{
    return is_moment(from) && is_moment(until) && until - from <= stretch_max;
}

/// More faults than this tell nothing new.
inline constexpr std::size_t rating_faults_max = 100;

/// One call of `rate`. Nothing in it stops at a fault: it is noted, and zero takes the place of
/// what could not be computed, so that one call tells of all of them.
struct rating {
    const tariff& by;
    const consumption& used;
    const period& over;
    instant through;  ///< not after `over.until`
    std::vector<fault> faults;

    rating(const tariff& prices, const consumption& what, const period& when, instant until)
        : by{prices}, used{what}, over{when}, through{until < when.until ? until : when.until}
    {
    }

    void note(std::string path, std::string value, std::string expected)
    {
        if (faults.size() >= rating_faults_max) return;
        fault found{std::move(path), std::move(value), std::move(expected)};
        for (const fault& known : faults) {
            if (known == found) return;  // measured more than once
        }
        faults.push_back(std::move(found));
    }

    [[nodiscard]] std::string shown(instant at) const
    {
        return std::string{iso8601(at, by.zone.at(at)).view()};
    }
};

}  // namespace wattpurse::tariff
