// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include <wattpurse/tariff/civil_zone.hpp>

namespace wattpurse::adapter::tz {

/// When in a year summer time begins or ends: the `week`-th (5: the last) weekday of a month, so
/// long after its midnight; before it where negative, a day and more later where large.
struct rule_day {
    std::chrono::month month{1};
    unsigned week = 1;
    std::chrono::weekday weekday{0};
    std::chrono::seconds clock{2 * 60 * 60};
};

/// What holds for ever: the last line of a zone's file, a POSIX TZ string as RFC 8536 has them,
/// "GMT0BST,M3.5.0/1,M10.5.0".
struct future_rule {
    std::chrono::seconds standard{0};  ///< east of UTC
    std::chrono::seconds summer{0};
    std::optional<rule_day> begins;    ///< of summer time; none: there is none
    rule_day ends;
};

/// `std::nullopt` for other text, and for days counted from the begin of the year ("J60"), which
/// no zone uses.
[[nodiscard]] std::optional<future_rule> parse_rule(std::string_view text);

/// Both changes of a year, in the order of time; none without summer time.
[[nodiscard]] std::vector<tariff::offset_change> changes_in(std::chrono::year year,
                                                            const future_rule& by);

}  // namespace wattpurse::adapter::tz
