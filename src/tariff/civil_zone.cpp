// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/civil_zone.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace wattpurse::tariff {

namespace {

constexpr std::chrono::minutes offset_max{18 * 60};

std::string name_of(std::chrono::minutes offset)
{
    const auto total = static_cast<int>(offset.count());
    const int size = total < 0 ? -total : total;
    const auto digit = [](int value) { return static_cast<char>('0' + value % 10); };
    return {total < 0 ? '-' : '+', digit(size / 600), digit(size / 60 % 10), ':',
            digit(size % 60 / 10), digit(size % 10)};
}

}  // namespace

result<civil_day> day_of(int year, int month, int day) noexcept
{
    namespace ch = std::chrono;
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) {
        return fail(errc::out_of_range);
    }
    const ch::year_month_day date{ch::year{year}, ch::month{static_cast<unsigned>(month)},
                                  ch::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return fail(errc::out_of_range);
    return civil_day{date};
}

result<civil_day> parse_day(std::string_view text) noexcept
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return fail(errc::syntax);
    const int year = detail::digits(text, 0, 4);
    const int month = detail::digits(text, 5, 2);
    const int day = detail::digits(text, 8, 2);
    if (year < 0 || month < 0 || day < 0) return fail(errc::syntax);
    return day_of(year, month, day);
}

std::string to_string(civil_day day)
{
    const instant midnight{day.time_since_epoch()};
    return std::string{iso8601(midnight, fixed_zone{}).view().substr(0, 10)};
}

civil_zone::civil_zone(fixed_zone zone) : name_{name_of(zone.offset)}, before_{zone.offset} {}

result<civil_zone> civil_zone::of(std::string name, std::chrono::minutes before,
                                  std::vector<offset_change> changes)
{
    const auto is_far = [](std::chrono::minutes offset) {
        return offset > offset_max || offset < -offset_max;
    };
    if (is_far(before)) return fail(errc::out_of_range);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (is_far(changes[i].offset)) return fail(errc::out_of_range);
        if (i > 0 && changes[i].at <= changes[i - 1].at) return fail(errc::out_of_range);
    }
    civil_zone out;
    out.name_ = std::move(name);
    out.before_ = before;
    out.changes_ = std::move(changes);
    return out;
}

fixed_zone civil_zone::at(instant at) const noexcept
{
    const auto next = std::upper_bound(
        changes_.begin(), changes_.end(), at,
        [](instant when, const offset_change& change) { return when < change.at; });
    return {next == changes_.begin() ? before_ : std::prev(next)->offset};
}

instant civil_zone::next_change(instant at) const noexcept
{
    const auto next = std::upper_bound(
        changes_.begin(), changes_.end(), at,
        [](instant when, const offset_change& change) { return when < change.at; });
    return next == changes_.end() ? instant::max() : next->at;
}

civil_day civil_zone::day_at(instant when) const noexcept
{
    const auto local = when + at(when).offset;
    return civil_day{std::chrono::floor<std::chrono::days>(local).time_since_epoch()};
}

instant civil_zone::start_of(civil_day day) const noexcept
{
    const instant midnight{day.time_since_epoch()};  // as UTC would have it
    if (changes_.empty()) return midnight - before_;
    // The day begins in the first stretch of constant offset in which its midnight, or a later
    // moment of it, is shown.
    instant stretch = midnight - offset_max;
    while (true) {
        const auto offset = at(stretch).offset;
        const instant end = next_change(stretch);
        const instant begins = midnight - offset;
        if (begins < end) return std::max(begins, stretch);
        stretch = end;
    }
}

}  // namespace wattpurse::tariff
