// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/meter_options.hpp>

#include <array>
#include <string>

#include <wattpurse/sim/draw.hpp>

namespace wattpurse::sim {

namespace {

using fault = tl::unexpected<std::string>;

constexpr std::int64_t shown_cents_max = 99'999'999;
constexpr std::int64_t shown_price_max = 99'999'999;
constexpr std::int64_t shown_energy_end = 1'000'000 * 10'000LL;  // XXXXXX.XX kWh
constexpr std::uint8_t read_limit_min = 8;

/// Watts that a home draws on average in each hour of the day.
constexpr std::array<std::int64_t, 24> mean_watts{180, 160, 150, 150, 150, 180, 350, 480,
                                                  440, 360, 340, 400, 520, 440, 360, 340,
                                                  380, 540, 900, 980, 900, 720, 460, 300};

result<void, std::string> check_purse(const purse_settings& purse)
{
    for (const std::int64_t cents : {purse.money_cents, purse.alarm_1_cents, purse.alarm_2_cents,
                                     purse.overdraft_cents, purse.hoarding_cents,
                                     purse.permit_cents}) {
        if (cents < 0 || cents > shown_cents_max) {
            return fault{"purse: an amount is " + std::to_string(cents) +
                         " hundredths, expected 0 to " + std::to_string(shown_cents_max)};
        }
    }
    const price_table& prices = purse.prices;
    std::int64_t before = 0;
    for (const std::int64_t end : prices.step_ends) {
        if (end <= before || end > shown_cents_max) {
            return fault{"purse.prices.step_ends: " + std::to_string(end) +
                         ", expected rising ends of steps"};
        }
        before = end;
    }
    const std::size_t steps = prices.step_ends.empty() ? 0 : prices.step_ends.size() + 1;
    if (prices.step_prices.size() != steps) {
        return fault{"purse.prices.step_prices: " + std::to_string(prices.step_prices.size()) +
                     " prices, expected " + std::to_string(steps)};
    }
    for (const std::int64_t price : prices.tariff) {
        if (price < 0 || price > shown_price_max) {
            return fault{"purse.prices.tariff: " + std::to_string(price) +
                         ", expected 0 to " + std::to_string(shown_price_max)};
        }
    }
    for (const std::int64_t price : prices.step_prices) {
        if (price < 0 || price > shown_price_max) {
            return fault{"purse.prices.step_prices: " + std::to_string(price) +
                         ", expected 0 to " + std::to_string(shown_price_max)};
        }
    }
    return {};
}

}  // namespace

load_function drawn_load(std::uint64_t seed, fixed_zone zone)
{
    return [seed, zone](instant minute) {
        const auto slot = static_cast<std::uint64_t>(minute.time_since_epoch().count());
        const std::int64_t mean = mean_watts[to_civil(minute, zone).hour];
        const auto luck = static_cast<std::int64_t>(500 + draw({seed, 0x6C6F6164U, slot}) % 1001);
        const std::int64_t watts = mean * luck / 1000;
        return minute_load{power::of(watts * 10), power::of(watts * 10 / 4)};
    };
}

load_function steady_load(power active, power reactive)
{
    return [load = minute_load{active, reactive}](instant) { return load; };
}

result<void, std::string> check(const meter_options& options)
{
    const std::string address{options.address.text().view()};
    if (!options.address.is_bcd() || options.address.is_broadcast()) {
        return fault{"address: " + address + ", expected twelve decimal digits, not all 9"};
    }
    if (options.tariff_count < 1 || options.tariff_count > tariffs_max) {
        return fault{"tariff_count: " + std::to_string(options.tariff_count) +
                     ", expected 1 to " + std::to_string(tariffs_max)};
    }
    if (options.read_limit < read_limit_min) {
        return fault{"read_limit: " + std::to_string(options.read_limit) + ", expected " +
                     std::to_string(read_limit_min) + " to 255"};
    }
    if (!options.speaks_2007 && !options.speaks_1997) {
        return fault{"speaks_2007, speaks_1997: neither, expected one at least"};
    }
    for (const duration error : {duration{0}, options.clock_error}) {
        const int year = to_civil(options.installed_at + error, options.zone).year;
        if (year < 2000 || year > 2099) {
            const char* const which = error == duration{0} ? "installed_at" : "clock_error";
            return fault{std::string{which} + ": year " + std::to_string(year) +
                         ", expected 2000 to 2099"};
        }
    }
    for (const energy& shown : options.registers.tariff) {
        if (shown.is_negative() || shown.mantissa() >= shown_energy_end) {
            return fault{"registers: expected 0 to 999999.99 kWh of each tariff"};
        }
    }
    for (const duration wait : {options.answer_delay, options.push_every,
                                options.heartbeat_every}) {
        if (wait < duration{0}) return fault{"a duration is negative, expected 0 or more"};
    }
    return check_purse(options.purse);
}

}  // namespace wattpurse::sim
