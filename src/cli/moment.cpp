// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>
#include <utility>

#include "usage_file.hpp"

namespace wattpurse::cli {

namespace {

constexpr const char* expected_moment =
    "a time as 2026-01-01T00:15:00+08:00, or without offset as the clocks there show it";

/// What a clock shows, and with which offset, if that is said.
struct shown_time {
    instant wall;  ///< as if it were UTC
    bool is_day = false;
    std::optional<fixed_zone> offset;
};

/// hh:mm[:ss[.mmm]] at the begin of `text`, which loses it.
std::optional<duration> take_clock(std::string_view& text)
{
    const int hour = wattpurse::detail::digits(text, 0, 2);
    const int minute = wattpurse::detail::digits(text, 3, 2);
    if (hour < 0 || minute < 0 || text[2] != ':') return std::nullopt;
    text.remove_prefix(5);
    int second = 0;
    int ms = 0;
    if (!text.empty() && text[0] == ':') {
        second = wattpurse::detail::digits(text, 1, 2);
        text.remove_prefix(second < 0 ? 0 : 3);
        if (second >= 0 && !text.empty() && text[0] == '.') {
            ms = wattpurse::detail::digits(text, 1, 3);
            text.remove_prefix(ms < 0 ? 0 : 4);
        }
    }
    const bool midnight = hour == 24 && minute == 0 && second == 0 && ms == 0;
    if (second < 0 || ms < 0 || second > 59 || minute > 59 || (hour > 23 && !midnight)) {
        return std::nullopt;
    }
    return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second} +
           duration{ms};
}

std::optional<shown_time> read_shown(std::string_view text)
{
    const auto day = tariff::parse_day(text.substr(0, 10));
    if (!day) return std::nullopt;
    shown_time out;
    out.wall = instant{day->time_since_epoch()};
    text.remove_prefix(10);
    out.is_day = text.empty();
    if (out.is_day) return out;
    if (text[0] != 'T' && text[0] != ' ') return std::nullopt;
    text.remove_prefix(1);
    const auto clock = take_clock(text);
    if (!clock) return std::nullopt;
    out.wall += *clock;
    if (text.empty()) return out;
    const auto offset = text == "Z" ? result<fixed_zone>{fixed_zone{}} : fixed_zone::parse(text);
    if (!offset) return std::nullopt;
    out.offset = *offset;
    return out;
}

/// The moments at which the clocks of `zone` show `wall`: none, one or two.
std::vector<instant> moments_of(instant wall, const tariff::civil_zone& zone)
{
    constexpr std::chrono::hours far{19};  // no offset is larger
    std::vector<instant> out;
    for (instant stretch = wall - far; stretch <= wall + far;) {
        const instant end = zone.next_change(stretch);
        const instant at = wall - zone.at(stretch).offset;
        if (at >= stretch && at < end) out.push_back(at);
        stretch = end;
    }
    return out;
}

}  // namespace

result<instant, std::string> parse_moment(std::string_view text, const tariff::civil_zone& zone)
{
    const auto shown = read_shown(text);
    if (!shown) return tl::unexpected<std::string>{expected_moment};
    if (shown->offset) return shown->wall - shown->offset->offset;
    if (shown->is_day) return zone.start_of(tariff::civil_day{
        std::chrono::floor<std::chrono::days>(shown->wall).time_since_epoch()});
    const auto found = moments_of(shown->wall, zone);
    if (found.size() == 1) return found.front();
    std::string why = found.empty() ? "another time: clocks skip this one in "
                                    : "an offset: clocks show this twice in ";
    why += zone.name();
    if (!found.empty()) {
        const auto example = iso8601(found.front(), zone.at(found.front()));
        why += ", first at " + std::string{example.view()};
    }
    return tl::unexpected<std::string>{std::move(why)};
}

std::optional<duration> parse_interval(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
        {{"min", 60}, {"s", 1}, {"h", 3600}, {"d", 86400}}};
    constexpr std::int64_t longest = 366 * std::int64_t{86400};
    for (const auto& [unit, seconds] : units) {
        if (text.size() <= unit.size() || text.size() > unit.size() + 8) continue;
        if (text.substr(text.size() - unit.size()) != unit) continue;
        const auto count = decimal<0>::parse(text.substr(0, text.size() - unit.size()));
        if (!count || count->mantissa() <= 0 || count->mantissa() * seconds > longest) {
            return std::nullopt;
        }
        return std::chrono::seconds{count->mantissa() * seconds};
    }
    return std::nullopt;
}

}  // namespace wattpurse::cli
