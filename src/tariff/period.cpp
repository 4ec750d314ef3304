// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/period.hpp>

#include <string>
#include <string_view>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::tariff {

namespace {

period_id id_of(std::string_view name) noexcept
{
    const auto id = period_id::parse(name);
    WATTPURSE_ASSERT(id.has_value());
    return *id;
}

}  // namespace

civil_day month_start(civil_day day, int months) noexcept
{
    namespace ch = std::chrono;
    const ch::year_month_day date{day};
    const ch::year_month month = date.year() / date.month() + ch::months{months};
    return civil_day{month / ch::day{1}};
}

period_id month_of(instant at, const civil_zone& zone) noexcept
{
    const civil_day day = zone.day_at(at);
    WATTPURSE_ASSERT(day >= civil_day{std::chrono::year{0} / 1 / 1} &&
                     day <= civil_day{std::chrono::year{9999} / 12 / 31});
    return id_of(to_string(day).substr(0, 7));
}

period period_at(instant at, const civil_zone& zone) noexcept
{
    const civil_day first = month_start(zone.day_at(at));
    return {month_of(at, zone), zone.start_of(first), zone.start_of(month_start(first, 1))};
}

result<period> period_of(const period_id& id, const civil_zone& zone) noexcept
{
    const std::string_view name = id.view();
    if (name.size() != 7 || name[4] != '-') return fail(errc::syntax);
    const int year = detail::digits(name, 0, 4);
    const int month = detail::digits(name, 5, 2);
    if (year < 0 || month < 0) return fail(errc::syntax);
    const auto first = day_of(year, month, 1);
    if (!first) return fail(first.error());
    return period{id, zone.start_of(*first), zone.start_of(month_start(*first, 1))};
}

period period_between(civil_day from, civil_day until, const civil_zone& zone) noexcept
{
    return {id_of(to_string(from)), zone.start_of(from), zone.start_of(until)};
}

}  // namespace wattpurse::tariff
