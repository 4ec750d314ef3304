// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/period.hpp>

#include <array>
#include <string_view>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::tariff {

period_id month_of(instant at, fixed_zone zone) noexcept
{
    const civil_time local = to_civil(at, zone);
    WATTPURSE_ASSERT(local.year >= 0 && local.year <= 9999);
    const auto digit = [](int value) { return static_cast<char>('0' + value % 10); };
    const int year = local.year;
    const int month = local.month;
    const std::array<char, 7> name{digit(year / 1000), digit(year / 100), digit(year / 10),
                                   digit(year),        '-',               digit(month / 10),
                                   digit(month)};
    const auto id = period_id::parse({name.data(), name.size()});
    WATTPURSE_ASSERT(id.has_value());
    return *id;
}

period period_at(instant at, fixed_zone zone) noexcept
{
    return {month_of(at, zone), start_of_month(at, zone), start_of_next_month(at, zone)};
}

result<period> period_of(const period_id& id, fixed_zone zone) noexcept
{
    const std::string_view name = id.view();
    if (name.size() != 7 || name[4] != '-') return fail(errc::syntax);
    const int year = detail::digits(name, 0, 4);
    const int month = detail::digits(name, 5, 2);
    if (year < 0 || month < 0) return fail(errc::syntax);
    civil_time first;
    first.year = static_cast<std::int16_t>(year);
    first.month = static_cast<std::uint8_t>(month);
    const auto from = to_instant(first, zone);
    if (!from) return fail(from.error());
    return period_at(*from, zone);
}

}  // namespace wattpurse::tariff
