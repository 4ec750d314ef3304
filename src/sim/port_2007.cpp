// SPDX-License-Identifier: Apache-2.0
// A meter's answers, edition 2007.
#include <algorithm>
#include <chrono>

#include <wattpurse/codec/dlt645/messages.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::error_bit;

/// The level that may write, and the one that may clear meters and events (5.2.4).
constexpr std::uint8_t writing_level = 4;
constexpr std::uint8_t clearing_level = 2;
/// Behind the identifier of an answer.
constexpr std::size_t id_size = dlt645::id_size;

operator_code operator_of(const dlt645::credentials& who)
{
    std::array<std::uint8_t, dlt645::credentials::wire_size> wire{};
    who.write_to(wire);
    return {wire[4], wire[5], wire[6], wire[7]};
}

dlt645::frame refuse(const meter_device& meter, const dlt645::frame& request, error_bit why)
{
    return dlt645::refusal(meter.address, request, why);
}

/// Whether a password request is let in. Passwords work only while programming is enabled.
bool admits(meter_device& meter, const dlt645::credentials& who, std::uint8_t level, instant now)
{
    return meter.programming_key && meter.guard.admits(who, level, now);
}

// ---- Reading ---------------------------------------------------------------------------------

/// Bytes of a value that fit into the first answer; a later one has a sequence number as well.
std::size_t room(const meter_device& meter, std::size_t overhead)
{
    return std::max<std::size_t>(meter.options.read_limit, overhead + 1) - overhead;
}

/// A limit below the standard's is a small meter's; one above it a vendor's.
dlt645::send_limits limits_of(const meter_device& meter)
{
    return {.read = std::max(meter.options.read_limit, dlt645::send_limits::read_standard)};
}

answer_frame first_part(meter_device& meter, std::uint32_t id, const wire_bytes& value)
{
    conversation& talk = meter.talk;
    const std::size_t size = std::min(value.size(), room(meter, id_size));
    const bool more = size < value.size();
    talk = {id, value, size, 0, 0, talk.latest_1997};
    return *dlt645::read_answer(meter.address, dlt645::data_id{id}, byte_span{value}.first(size),
                                more, limits_of(meter));
}

answer_frame read_load(meter_device& meter, const dlt645::frame& request,
                       const dlt645::read_order& order)
{
    const auto id = static_cast<std::uint32_t>(order.id);
    const std::size_t which = id >> 16U & 0xFFU;
    const std::uint32_t item = id & 0xFFFFU;
    const bool exists = id >> 24U == 0x06 && which <= load_profile::classes && item <= 2;
    const bool timed = item == 1;
    if (!exists || timed != order.from.has_value()) {
        return refuse(meter, request, error_bit::no_requested_data);
    }
    const wire_bytes value = item == 2
                                 ? meter.profile.latest(which)
                                 : meter.profile.blocks(which, order.blocks, order.from);
    return first_part(meter, id, value);
}

answer_frame read(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto order = dlt645::parse_read(request);
    if (!order) return refuse(meter, request, error_bit::other);
    if (order->blocks != 0) return read_load(meter, request, *order);
    const auto id = static_cast<std::uint32_t>(order->id);
    const auto value = value_2007(meter, id, now);
    if (!value) return refuse(meter, request, error_bit::no_requested_data);
    return first_part(meter, id, *value);
}

/// The next part, or the latest one again where the master has not heard it.
answer_frame read_follow(meter_device& meter, const dlt645::frame& request)
{
    conversation& talk = meter.talk;
    const auto order = dlt645::parse_follow_request(request);
    const bool same = order && static_cast<std::uint32_t>(order->id) == talk.id;
    const bool is_next = same && order->sequence == talk.sequence + 1 &&
                         talk.said < talk.value.size();
    const bool is_again = same && order->sequence == talk.sequence && talk.sequence != 0;
    if (!is_next && !is_again) return refuse(meter, request, error_bit::no_requested_data);
    const std::size_t from = is_next ? talk.said : talk.before_latest;
    const std::size_t size = std::min(talk.value.size() - from, room(meter, id_size + 1));
    talk.sequence = order->sequence;
    talk.before_latest = from;
    talk.said = from + size;
    return *dlt645::follow_answer(meter.address, order->id,
                                  byte_span{talk.value}.subspan(from, size), order->sequence,
                                  talk.said < talk.value.size(), limits_of(meter));
}

// ---- Setting ---------------------------------------------------------------------------------

/// The value of a write whose proof is a code instead of a password (PA 98 and 99).
result<wire_bytes> proven_value(meter_device& meter, const dlt645::write_order& order,
                                instant now)
{
    if (!meter.chip) return fail(errc::not_available);
    return meter.chip->unseal_parameter(order.who.level(), order.id, order.value, now);
}

answer_frame write(meter_device& meter, const dlt645::frame& request, instant now, bool partly)
{
    const auto order = dlt645::parse_write(request);
    if (!order) return refuse(meter, request, error_bit::other);
    const std::uint8_t level = order->who.level();
    const bool by_code = level == dlt645::sealed_level || level == dlt645::authenticated_level;
    wire_bytes value{order->value.begin(), order->value.end()};
    if (by_code) {
        auto proven = proven_value(meter, *order, now);
        if (!proven) return refuse(meter, request, error_bit::password);
        value = std::move(*proven);
    } else if (!admits(meter, order->who, writing_level, now)) {
        return refuse(meter, request, error_bit::password);
    }
    const dlt645::address before = meter.address;
    const auto done = store_value(meter, static_cast<std::uint32_t>(order->id), value,
                                  operator_of(order->who), now, partly);
    if (!done) return refuse(meter, request, done.error());
    return dlt645::write_answer(before);
}

/// Only while the programming key is pressed, and from the new address at once (7.5).
answer_frame write_address(meter_device& meter, const dlt645::frame& request)
{
    const auto fresh = dlt645::parse_write_address(request);
    if (!fresh || !meter.programming_key) return std::nullopt;
    meter.set_address(*fresh);
    return dlt645::write_address_answer(*fresh);
}

answer_frame freeze(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto when = dlt645::parse_freeze(request);
    if (!when) return refuse(meter, request, error_bit::other);
    if (when->rhythm() == dlt645::freeze_rhythm::immediate) {
        meter.frozen.keep(freeze_kind::immediate, meter.image(now));
    } else {
        meter.timed = *when;
    }
    return dlt645::freeze_answer(meter.address);
}

answer_frame change_baud(meter_device& meter, const dlt645::frame& request)
{
    const auto rate = dlt645::parse_baud(request);
    if (!rate) return refuse(meter, request, error_bit::baud_rate);
    meter.memory.set(0x04000703, std::array{static_cast<std::uint8_t>(*rate)});
    return dlt645::change_baud_answer(meter.address, *rate);
}

/// A password is changed by its own level or a higher one.
answer_frame change_password(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto order = dlt645::parse_change_password(request);
    if (!order) return refuse(meter, request, error_bit::other);
    const std::uint32_t level = static_cast<std::uint32_t>(order->id) - 0x04000C01U;
    if (level > 9 || order->fresh.level() != level) {
        return refuse(meter, request, error_bit::no_requested_data);
    }
    if (!admits(meter, order->now, static_cast<std::uint8_t>(level), now) ||
        !meter.guard.change(order->fresh)) {
        return refuse(meter, request, error_bit::password);
    }
    return dlt645::change_password_answer(meter.address, order->fresh);
}

/// 08: five minutes at most, once a day, and not around midnight, when a step could skip or
/// repeat a freeze (7.6).
void follow_broadcast(meter_device& meter, const dlt645::frame& request, instant now)
{
    using std::chrono::minutes;
    const auto told = dlt645::parse_broadcast_time(request);
    const auto at = told ? to_instant(*told, meter.options.zone) : fail(errc::syntax);
    if (!at) return;
    const civil_time shown = meter.clock(now);
    const int minute = shown.hour * 60 + shown.minute;
    const bool near_midnight = minute < 5 || minute >= 24 * 60 - 5;
    const bool told_today = meter.told_time && meter.told_time->year == shown.year &&
                            meter.told_time->month == shown.month &&
                            meter.told_time->day == shown.day;
    const duration step = *at - now - meter.clock_error;
    if (near_midnight || told_today || std::chrono::abs(step) > minutes{5}) return;
    meter.told_time = shown;
    meter.clock_error = *at - floor_to(now, duration{1000});
}

// ---- Clearing --------------------------------------------------------------------------------

/// Time and operator, then values of all phases and of each: what clears keep for the record.
template <class Put>
wire_bytes clear_record(const meter_device& meter, const operator_code& who, instant now,
                        Put&& put_kind)
{
    wire_bytes out;
    const register_image image = meter.image(now);
    put_seconds(out, image.at);
    put(out, who);
    for (std::size_t phase = 0; phase <= 3; ++phase) {
        for (const std::size_t k : recorded_kinds) put_kind(out, image, k, phase);
    }
    return out;
}

std::int64_t of_phase(const meter_device& meter, std::int64_t total, std::size_t phase)
{
    return phase > meter.phase_count() ? 0 : share_of_phase(meter, total, phase);
}

answer_frame clear_demand(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto who = dlt645::parse_clear(request);
    if (!who) return refuse(meter, request, error_bit::other);
    if (!admits(meter, *who, writing_level, now)) {
        return refuse(meter, request, error_bit::password);
    }
    clear_demands(meter, operator_of(*who), now);
    return dlt645::clear_demand_answer(meter.address);
}

/// Everything that was measured goes, and every event but this one (7.13).
answer_frame clear_meter(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto who = dlt645::parse_clear(request);
    if (!who) return refuse(meter, request, error_bit::other);
    if (!admits(meter, *who, clearing_level, now)) {
        return refuse(meter, request, error_bit::password);
    }
    const auto energy_left = [&](wire_bytes& to, const register_image& image, std::size_t k,
                                 std::size_t phase) {
        put_number(to, of_phase(meter, image.energy[k][0], phase), 4);
    };
    wire_bytes record = clear_record(meter, operator_of(*who), now, energy_left);
    meter.clear_everything();
    meter.events.add(event_log::meter_clear, std::move(record));
    return dlt645::clear_meter_answer(meter.address);
}

answer_frame clear_events(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto order = dlt645::parse_clear_events(request);
    if (!order) return refuse(meter, request, error_bit::other);
    if (!admits(meter, order->who, clearing_level, now)) {
        return refuse(meter, request, error_bit::password);
    }
    wire_bytes record;
    put_seconds(record, meter.clock(now));
    put(record, operator_of(order->who));
    put(record, dlt645::wire_of(order->what));
    meter.events.clear(static_cast<std::uint32_t>(order->what));
    meter.events.add(event_log::event_clear, std::move(record));
    return dlt645::clear_events_answer(meter.address);
}

answer_frame output(meter_device& meter, const dlt645::frame& request)
{
    const auto signal = dlt645::parse_output(request);
    if (!signal) return refuse(meter, request, error_bit::other);
    return dlt645::output_answer(meter.address, *signal);
}

}  // namespace

void clear_demands(meter_device& meter, const operator_code& who, instant now)
{
    const auto peak = [&](wire_bytes& to, const register_image& image, std::size_t k,
                          std::size_t phase) {
        put_number(to, of_phase(meter, image.demand[k][0].value, phase), 3);
        put_minutes(to, image.demand[k][0].at);
    };
    meter.events.add(event_log::demand_clear, clear_record(meter, who, now, peak));
    meter.measured.clear_demand();
}

answer_frame answer_2007(meter_device& meter, const dlt645::frame& request, instant now,
                         bool partly)
{
    using dlt645::function;
    switch (static_cast<function>(request.function())) {
        case function::security: return answer_security(meter, request, now, partly);
        case function::broadcast_time:
            follow_broadcast(meter, request, now);
            return std::nullopt;
        case function::read: return read(meter, request, now);
        case function::read_follow: return read_follow(meter, request);
        case function::read_address:
            if (!dlt645::parse_read_address(request)) return std::nullopt;
            return dlt645::read_address_answer(meter.address);
        case function::write: return write(meter, request, now, partly);
        case function::write_address: return write_address(meter, request);
        case function::freeze: return freeze(meter, request, now);
        case function::change_baud: return change_baud(meter, request);
        case function::change_password: return change_password(meter, request, now);
        case function::clear_demand: return clear_demand(meter, request, now);
        case function::clear_meter: return clear_meter(meter, request, now);
        case function::clear_events: return clear_events(meter, request, now);
        case function::control: return answer_control(meter, request, now);
        case function::output: return output(meter, request);
    }
    return std::nullopt;
}

}  // namespace wattpurse::sim
