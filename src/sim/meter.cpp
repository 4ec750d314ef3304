// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/meter.hpp>

#include <algorithm>
#include <array>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/meter/encode.hpp>
#include <wattpurse/meter/status.hpp>

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using std::chrono::minutes;

constexpr duration one_minute = minutes{1};
constexpr duration quarter_hour = minutes{15};
/// A customer who may close the relay needs this long to get to the meter.
constexpr duration way_to_meter = minutes{10};
constexpr std::size_t peak = 1;    // T2
constexpr std::size_t valley = 3;  // T4
constexpr std::int64_t fine = 15;  // `measured_` counts fifteenths of 10^-4 kWh

}  // namespace

meter::meter(const setup& built, const household& behind)
    : built_(built), behind_(behind), now_(built.installed_at), clock_error_(built.clock_error)
{
    const auto driver = wattpurse::meter::driver::of(built.profile, built.number);
    WATTPURSE_ASSERT(driver.has_value());
    address_ = driver->address();
    for (std::size_t i = 0; i < tariff_count; ++i) {
        shown_[i] = built.registers.tariff[i].mantissa();
        measured_[i] = shown_[i] * fine;
    }
    // A meter that begins at midnight has frozen that midnight.
    if (now_ == start_of_day(now_, built_.zone)) freezes_.push_front({now_, registers()});
}

void meter::advance(instant now)
{
    for (instant next = floor_to(now_, one_minute) + one_minute; next <= now;
         next += one_minute) {
        minute(next);
        now_ = next;
    }
}

/// Lives through the minute that ends at `at`, then lets the relay act.
void meter::minute(instant at)
{
    if (relay_ == relay_state::closed) {
        const instant quarter = floor_to(at - one_minute, quarter_hour);
        const int hour = to_civil(quarter, built_.zone).hour;
        const std::size_t tariff = hour >= 8 && hour < 22 ? peak : valley;
        measured_[tariff] += behind_.use(quarter, built_.zone).mantissa();
    }
    if (floor_to(at, quarter_hour) == at) {
        for (std::size_t i = 0; i < tariff_count; ++i) shown_[i] = measured_[i] / fine;
    }
    if (start_of_day(at, built_.zone) == at) {
        freezes_.push_front({at, registers()});
        if (freezes_.size() > built_.profile.freeze_depth) freezes_.pop_back();
    }
    if (pending_ && pending_->at <= at) {
        if (pending_->relay != relay_) moves_.push_back({at, pending_->relay});
        relay_ = pending_->relay;
        pending_.reset();
    }
}

register_set meter::registers() const
{
    register_set out;
    std::int64_t total = 0;
    const std::int64_t capacity = built_.profile.register_capacity.mantissa();
    for (std::size_t i = 0; i < tariff_count; ++i) {
        const std::int64_t hundredths = shown_[i] / 100 * 100;
        out.tariff[i] = energy::of(hundredths % capacity);
        total += hundredths;
    }
    out.total = energy::of(total % capacity);
    return out;
}

std::optional<dlt645::frame> meter::answer(const dlt645::frame& request, instant now)
{
    advance(now);
    if (request.is_from_meter()) return std::nullopt;
    switch (static_cast<dlt645::function>(request.function())) {
        case dlt645::function::broadcast_time: {
            const auto told = dlt645::parse_broadcast_time(request);
            const auto at = told ? to_instant(*told, built_.zone) : fail(errc::syntax);
            // The standard lets a meter follow by five minutes at most (7.6).
            if (at && std::chrono::abs(*at - now - clock_error_) <= minutes{5}) {
                clock_error_ = *at - floor_to(now, duration{1000});
            }
            return std::nullopt;
        }
        case dlt645::function::read: return read(request, now);
        case dlt645::function::read_address: return dlt645::read_address_answer(address_);
        case dlt645::function::control: return control(request, now);
        default: return std::nullopt;
    }
}

std::optional<dlt645::frame> meter::read(const dlt645::frame& request, instant now) const
{
    const auto id = dlt645::parse_data_id(request);
    const auto refuse = dlt645::refusal(address_, request, dlt645::error_bit::no_requested_data);
    if (!id) return refuse;
    const auto& profile = built_.profile;
    const auto or_refuse = [&](const result<dlt645::frame>& made) {
        return made ? *made : refuse;
    };
    namespace encode = wattpurse::meter;
    if (*id == profile.energy_block) {
        return or_refuse(encode::registers_answer(profile, address_, *id, registers()));
    }
    if (*id == profile.status_word_3) {
        return encode::status_answer(profile, address_, encode::status_word_3{status()});
    }
    if (*id == profile.date) return or_refuse(encode::date_answer(profile, address_, clock(now)));
    if (*id == profile.time) return or_refuse(encode::time_answer(profile, address_, clock(now)));
    if (*id == profile.remaining_money) {
        // A meter under remote fee control keeps no purse of its own.
        return or_refuse(encode::remaining_money_answer(profile, address_, decimal<2>{}));
    }
    const auto frozen = read_freeze(*id);
    return frozen ? *frozen : refuse;
}

std::optional<dlt645::frame> meter::read_freeze(dlt645::data_id id) const
{
    const auto& profile = built_.profile;
    for (std::size_t k = 1; k <= freezes_.size(); ++k) {
        const freeze& kept = freezes_[k - 1];
        const auto number = static_cast<std::uint8_t>(k);
        if (id == dlt645::nth(profile.freeze_time, number)) {
            const auto made = wattpurse::meter::freeze_time_answer(
                address_, id, to_civil(kept.at, built_.zone));
            return made ? std::optional{*made} : std::nullopt;
        }
        if (id == dlt645::nth(profile.freeze_energy, number)) {
            const auto made = wattpurse::meter::registers_answer(profile, address_, id,
                                                                 kept.registers);
            return made ? std::optional{*made} : std::nullopt;
        }
    }
    return std::nullopt;
}

dlt645::frame meter::control(const dlt645::frame& request, instant now)
{
    const auto refuse = [&](dlt645::error_bit why) {
        return dlt645::refusal(address_, request, why);
    };
    const auto order = dlt645::parse_control(request);
    if (!order) return refuse(dlt645::error_bit::other);
    if (!order->who.opens(built_.lock)) return refuse(dlt645::error_bit::password);
    if (clock(now) > order->valid_until) return refuse(dlt645::error_bit::other);
    const auto kind = wattpurse::meter::command_kind_of(order->code);
    if (!kind) return refuse(dlt645::error_bit::other);
    const instant next = floor_to(now, one_minute) + one_minute;
    switch (*kind) {
        case command_kind::trip:
            if (keep_power_) return refuse(dlt645::error_bit::other);
            commanded_ = relay_state::open;
            pending_ = relay_move{next, relay_state::open};
            break;
        case command_kind::permit:
            commanded_ = relay_state::closed;
            pending_ = relay_move{next + way_to_meter, relay_state::closed};
            break;
        case command_kind::close:
            commanded_ = relay_state::closed;
            pending_ = relay_move{next, relay_state::closed};
            break;
        case command_kind::protect: keep_power_ = true; break;
        case command_kind::unprotect: keep_power_ = false; break;
    }
    return dlt645::control_answer(address_);
}

civil_time meter::clock(instant now) const { return to_civil(now + clock_error_, built_.zone); }

std::uint16_t meter::status() const
{
    using word = wattpurse::meter::status_word_3;
    unsigned bits = 0;
    if (relay_ == relay_state::open) bits |= word::relay_open_bit;
    if (commanded_ == relay_state::open) bits |= word::command_open_bit;
    if (keep_power_) bits |= word::keep_power_bit;
    return static_cast<std::uint16_t>(bits);
}

}  // namespace wattpurse::sim
