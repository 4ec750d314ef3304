// SPDX-License-Identifier: Apache-2.0
// The life of a meter, minute by minute.
#include "meter_device.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/sim/draw.hpp>

namespace wattpurse::sim {

namespace {

constexpr duration one_minute = std::chrono::minutes{1};
constexpr std::int64_t micros_of_cent = 10'000;

/// Minutes of a calendar, to be divided by intervals.
std::int64_t minute_number(const civil_time& clock)
{
    const auto at = to_instant(clock, fixed_zone{});
    return at ? at->time_since_epoch() / one_minute : 0;
}

bool is_at(const codec::dlt645::freeze_moment& when, const civil_time& clock)
{
    constexpr std::uint8_t any = 99;
    const auto fits = [](std::uint8_t asked, std::uint8_t shown) {
        return asked == any || asked == shown;
    };
    return fits(when.month(), clock.month) && fits(when.day(), clock.day) &&
           fits(when.hour(), clock.hour) && when.minute() == clock.minute;
}

std::uint8_t byte_of(byte_span value, std::uint8_t otherwise)
{
    return value.empty() ? otherwise : value[0];
}

}  // namespace

meter_device::meter_device(const meter_options& made_of)
    : options(made_of),
      address(made_of.address),
      memory(made_of),
      measured(made_of.registers),
      guard(made_of.passwords),
      programming_key(made_of.programming_key),
      clock_error(made_of.clock_error),
      lived(floor_to(made_of.installed_at, one_minute))
{
    if (!options.load) {
        options.load = drawn_load(number_of(address.text().view()), options.zone);
    }
    measured.begin_with(options.load(lived));
    if (options.control == fee_control::local) {
        purse.emplace(options.purse);
        account_open = options.purse.purchase_count > 0;
    }
    if (options.soft_key) chip.emplace(*options.soft_key, address);
    relay.key_after = options.customer_presses_key_after;
    for (std::size_t t = 0; t < tariffs_max; ++t) {
        charged[t] = measured.hundredths(kind::forward_active, t);
    }
    year_began = image(lived).energy[kind::combined_active][0];
    // A meter that begins at midnight has frozen that midnight.
    const civil_time shown = clock(lived);
    if (shown.hour == 0 && shown.minute == 0) frozen.keep(freeze_kind::daily, image(lived));
}

civil_time meter_device::clock(instant now) const
{
    return to_civil(now + clock_error, options.zone);
}

std::size_t meter_device::tariff_count() const
{
    const std::int64_t set = memory.number(0x04000204, options.tariff_count);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(set, 1, tariffs_max));
}

std::size_t meter_device::phase_count() const
{
    return options.phases == wiring::three_phase ? 3 : 1;
}

combination meter_device::made_of() const
{
    return {byte_of(memory.get(0x04000601), 0x05), byte_of(memory.get(0x04000602), 0x41),
            byte_of(memory.get(0x04000603), 0x14)};
}

register_image meter_device::image(instant now) const
{
    return measured.image(clock(now), made_of());
}

const price_table& meter_device::prices() const
{
    if (prices_of_ != memory.revision()) {
        prices_ = prices_of(memory, sets, tariff_count());
        prices_of_ = memory.revision();
    }
    return prices_;
}

duration meter_device::trip_delay() const
{
    return std::chrono::minutes{memory.number(0x04001401)};
}

/// Money allows it: nothing is owed beyond what may be owed.
bool meter_device::may_close() const
{
    if (!purse) return true;
    const std::int64_t overdraft = memory.number(0x04001003) * micros_of_cent;
    return purse->micros() > -overdraft;
}

bool meter_device::is_alarming() const
{
    return alarm || relay.is_tripping() ||
           (purse && purse->remaining_cents() <= memory.number(0x04001001));
}

void meter_device::live(instant now)
{
    for (instant next = lived + one_minute; next <= now; next += one_minute) {
        minute(next);
        lived = next;
    }
    move_relay(now);
    if (purse) purse->limits.hoarding_cents = memory.number(0x04001004);
}

/// Lives through the minute that ends at `at`.
void meter_device::minute(instant at)
{
    move_relay(at - duration{1});  // what moves at the end of a minute has not moved within it
    if (down_since) return;
    measure(at);
    move_relay(at);
    charge();
    watch_purse(at);
    const civil_time shown = clock(at);
    switch_sets(shown, at);
    freeze(shown, at);
    record_load(shown, at);
    settle(shown, at);
}

void meter_device::measure(instant at)
{
    const minute_load load = relay.state() == relay_state::closed
                                 ? options.load(at - one_minute)
                                 : minute_load{};
    const auto period = static_cast<std::size_t>(memory.number(0x04000103, 15));
    const civil_time began = clock(at - one_minute);
    measured.add_minute(load, tariff_at(memory, sets, began, tariff_count()), clock(at), period);
}

/// Takes the hundredths that have come on since the last time out of the purse.
void meter_device::charge()
{
    if (!purse) return;
    for (std::size_t t = 0; t < tariffs_max; ++t) {
        const std::int64_t shown = measured.hundredths(kind::forward_active, t);
        purse->charge(t, shown - charged[t], prices());
        charged[t] = shown;
    }
}

void meter_device::watch_purse(instant now)
{
    if (purse && !may_close() && relay.commanded() == relay_state::closed) {
        orders.trip = {};
        relay.trip(now, trip_delay(), meter_relay::cause::purse);
        move_relay(now);
    }
}

void meter_device::after_money(instant now)
{
    const std::int64_t limit = memory.number(0x04001005) * micros_of_cent;
    const bool enough = purse && may_close() && purse->micros() > limit;
    if (enough && relay.opened_by() == meter_relay::cause::purse) {
        orders.close = {};
        relay.permit(now);
    }
}

/// Settlement days DDhh (04000B01..03): registers are kept, demands begin anew, and with the
/// first of them the ladder.
void meter_device::settle(const civil_time& shown, instant at)
{
    if (shown.month == 1 && shown.day == 1 && shown.hour == 0 && shown.minute == 0) {
        const std::int64_t used = image(at).energy[kind::combined_active][0];
        std::rotate(years.begin(), years.end() - 1, years.end());
        years[1] = used - year_began;
        year_began = used;
    }
    if (shown.minute != 0) return;
    for (std::uint32_t n = 1; n <= 3; ++n) {
        if (memory.number(0x04000B00U + n, 9999) != shown.day * 100 + shown.hour) continue;
        frozen.keep_settlement(image(at));
        measured.clear_demand();
        if (n == 1 && purse) purse->new_month();
    }
}

void meter_device::freeze(const civil_time& shown, instant at)
{
    if (timed && is_at(*timed, shown)) {
        frozen.keep(freeze_kind::timed, image(at));
        if (timed->rhythm() == codec::dlt645::freeze_rhythm::once) timed.reset();
    }
    const std::int64_t interval = memory.number(0x04001202, 60);
    if (interval > 0 && minute_number(shown) % interval == 0) {
        frozen.keep(freeze_kind::hourly, image(at));
    }
    if (memory.number(0x04001203) == shown.hour * 100 + shown.minute) {
        frozen.keep(freeze_kind::daily, image(at));
    }
}

/// Two sets of each table, of which the other one comes into force at the time set for it.
void meter_device::switch_sets(const civil_time& shown, instant at)
{
    struct table {
        std::uint32_t when;
        freeze_kind kind;
        bool* second;
    };
    const auto now = ((shown.year % 100 * 100LL + shown.month) * 100 + shown.day) * 10'000 +
                     shown.hour * 100 + shown.minute;
    for (const table& one : {table{0x04000106, freeze_kind::zones, &sets.second_zones},
                             table{0x04000107, freeze_kind::days, &sets.second_days},
                             table{0x04000108, freeze_kind::prices, &sets.second_prices},
                             table{0x04000109, freeze_kind::steps, &sets.second_steps}}) {
        if (memory.number(one.when) != now) continue;
        frozen.keep(one.kind, image(at));
        *one.second = !*one.second;
        prices_of_ = memory.revision() - 1;
    }
}

void meter_device::record_load(const civil_time& shown, instant at)
{
    const unsigned mode = byte_of(memory.get(0x04000901), 0);
    load_profile::entry one{shown, {}};
    bool any = false;
    register_image now;
    const auto variables = [&](std::uint32_t id) { return *variable_value(*this, id); };
    const auto due = [&](std::uint32_t c) {
        const std::int64_t interval = memory.number(0x04000A02U + c);
        return (mode >> c & 1U) != 0 && interval > 0 && minute_number(shown) % interval == 0;
    };
    // Blocks have room for three phases; those that are not there are missing values.
    const auto padded = [](wire_bytes value, std::size_t size) {
        value.resize(size, 0xFF);
        return value;
    };
    for (std::uint32_t c = 0; c < load_profile::classes; ++c) {
        if (!due(c)) continue;
        if (!std::exchange(any, true)) now = image(at);
        load_class& said = one.said[c];
        if (c == 0) {
            put(said, padded(variables(0x0201FF00), 6));
            put(said, padded(variables(0x0202FF00), 9));
            put(said, variables(0x02800002));
        } else if (c == 1) {
            put(said, padded(variables(0x0203FF00), 12));
            put(said, padded(variables(0x0204FF00), 12));
        } else if (c == 2) {
            put(said, padded(variables(0x0206FF00), 8));
        } else if (c == 3) {
            for (const std::size_t k : {kind::forward_active, kind::reverse_active,
                                        kind::combined_reactive_1, kind::combined_reactive_2}) {
                put_number(said, now.energy[k][0], 4);
            }
        } else if (c == 4) {
            for (std::size_t k = kind::quadrant_1; k < kind::forward_apparent; ++k) {
                put_number(said, now.energy[k][0], 4);
            }
        } else {
            put(said, variables(0x02800004));
            put(said, variables(0x02800005));
        }
    }
    if (any) profile.keep(std::move(one));
}

void meter_device::move_relay(instant now)
{
    for (const auto& move : relay.advance(now)) {
        wire_bytes record;
        const bool opened = move.to == relay_state::open;
        const register_image shown = image(move.at);
        put_seconds(record, shown.at);
        put(record, opened ? orders.trip : orders.close);
        for (const std::size_t k : recorded_kinds) put_number(record, shown.energy[k][0], 4);
        events.add(opened ? event_log::trip : event_log::close, std::move(record));
    }
}

void meter_device::set_clock(const civil_time& to, instant now, const operator_code& who)
{
    const auto at = to_instant(to, options.zone);
    WATTPURSE_ASSERT(at.has_value());
    wire_bytes record{who.begin(), who.end()};
    put_seconds(record, clock(now));
    put_seconds(record, to);
    events.add(event_log::clock_set, std::move(record));
    clock_error = *at - floor_to(now, duration{1000});
}

void meter_device::set_address(const codec::dlt645::address& to)
{
    address = to;
    memory.set(0x04000401, to.wire);
    if (options.soft_key) chip.emplace(*options.soft_key, to);  // keys hang on the address
}

/// Writes within five minutes of each other are one programming; it names its first ten
/// identifiers.
void meter_device::note_programming(std::uint32_t id, const operator_code& who, instant now)
{
    constexpr std::size_t head = 10;
    constexpr std::size_t record_size = head + 10 * 4;
    const bool goes_on = !programming_record.empty() &&
                         now - programmed_at < std::chrono::minutes{5} &&
                         std::equal(who.begin(), who.end(), programming_record.begin() + 6);
    programmed_at = now;
    if (!goes_on) {
        programming_record.clear();
        put_seconds(programming_record, clock(now));
        put(programming_record, who);
    }
    if (programming_record.size() < record_size) {
        put(programming_record, codec::dlt645::wire_of(codec::dlt645::data_id{id}));
    }
    wire_bytes record = programming_record;
    record.resize(record_size, 0xFF);
    if (goes_on) {
        events.amend(event_log::programming, std::move(record));
    } else {
        events.add(event_log::programming, std::move(record));
    }
}

void meter_device::clear_everything()
{
    measured.clear_energy();
    measured.clear_demand();
    charged = {};
    years = {};
    year_began = 0;
    frozen.clear();
    profile.clear();
    events.clear(0xFFFFFFFF);
}

}  // namespace wattpurse::sim
