// SPDX-License-Identifier: Apache-2.0
// A meter's answers, edition 1997.
#include <algorithm>

#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::error_bit_1997;

constexpr std::size_t id_size = dlt645::id_size_1997;
constexpr std::uint8_t writing_level = 4;

dlt645::frame refuse(const meter_device& meter, const dlt645::frame& request, error_bit_1997 why)
{
    return dlt645::refusal_1997(meter.address, request, why);
}

/// The part of the value that is due, as an answer to `function`; kept for re-reading.
answer_frame say(meter_device& meter, std::uint16_t id, bool is_first)
{
    conversation& talk = meter.talk;
    const std::size_t room =
        std::max<std::size_t>(meter.options.read_limit, id_size + 1) - id_size;
    const std::size_t size = std::min(talk.value.size() - talk.said, room);
    const byte_span part = byte_span{talk.value}.subspan(talk.said, size);
    talk.said += size;
    const bool more = talk.said < talk.value.size();
    const auto name = dlt645::data_id_1997{id};
    const dlt645::send_limits limits{
        .read = std::max(meter.options.read_limit, dlt645::send_limits::read_standard)};
    talk.latest_1997 = *dlt645::reread_answer_1997(meter.address, name, part, more, limits);
    return is_first ? *dlt645::read_answer_1997(meter.address, name, part, more, limits)
                    : *dlt645::follow_answer_1997(meter.address, name, part, more, limits);
}

answer_frame read(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto id = dlt645::parse_read_1997(request);
    if (!id) return refuse(meter, request, error_bit_1997::wrong_id);
    const auto number = static_cast<std::uint16_t>(*id);
    const auto value = value_1997(meter, number, now);
    if (!value) return refuse(meter, request, error_bit_1997::wrong_id);
    meter.talk = {number, *value, 0, 0, 0, {}};
    return say(meter, number, true);
}

answer_frame read_follow(meter_device& meter, const dlt645::frame& request)
{
    const auto id = dlt645::parse_follow_request_1997(request);
    const bool goes_on = id && static_cast<std::uint16_t>(*id) == meter.talk.id &&
                         meter.talk.said < meter.talk.value.size();
    if (!goes_on) return refuse(meter, request, error_bit_1997::wrong_id);
    return say(meter, static_cast<std::uint16_t>(*id), false);
}

/// A parameter that only 1997 has is kept under its own identifier.
result<void, error_bit_1997> store(meter_device& meter, std::uint16_t id, byte_span value,
                                   instant now, bool partly)
{
    using no = tl::unexpected<error_bit_1997>;
    if (const std::uint32_t same = twin_of_1997(id); same != 0) {
        const auto done = store_value(meter, same, value, {}, now, partly);
        if (!done) return no{error_bit_1997::illegal_data};
        return {};
    }
    const auto* row = dlt645::standard_catalogue().find(dlt645::edition::y1997, id);
    if (row == nullptr || row->access != dlt645::access_kind::read_write) {
        return no{error_bit_1997::wrong_id};
    }
    if (!row->shape.fits(value.size()) || partly) return no{error_bit_1997::illegal_data};
    meter.memory.set(id, value);
    meter.note_programming(id, {}, now);
    return {};
}

/// Identifier, level and password, value.
answer_frame write(meter_device& meter, const dlt645::frame& request, instant now, bool partly)
{
    const auto order = dlt645::parse_write_1997(request);
    if (!order || order->value.size() < 4) {
        return refuse(meter, request, error_bit_1997::illegal_data);
    }
    const auto who = dlt645::credentials::from_wire(order->value.first(4));
    if (!meter.programming_key || !meter.guard.admits(*who, writing_level, now)) {
        return refuse(meter, request, error_bit_1997::password);
    }
    const auto done = store(meter, static_cast<std::uint16_t>(order->id),
                            order->value.subspan(4), now, partly);
    if (!done) return refuse(meter, request, done.error());
    return dlt645::write_answer_1997(meter.address);
}

answer_frame write_address(meter_device& meter, const dlt645::frame& request)
{
    const auto fresh = dlt645::parse_write_address_1997(request);
    if (!fresh || !meter.programming_key) return std::nullopt;
    meter.set_address(*fresh);
    return dlt645::write_address_answer_1997(*fresh);
}

answer_frame change_baud(meter_device& meter, const dlt645::frame& request)
{
    const auto rate = dlt645::parse_baud_1997(request);
    if (!rate) return dlt645::change_baud_denial_1997(meter.address);
    return dlt645::change_baud_answer_1997(meter.address, *rate);
}

/// Silent where the old password is wrong.
answer_frame change_password(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto order = dlt645::parse_change_password_1997(request);
    const bool fits = order && meter.programming_key &&
                      meter.guard.admits(order->now, order->fresh.level(), now) &&
                      meter.guard.change(order->fresh);
    if (!fits) return std::nullopt;
    return dlt645::change_password_answer_1997(meter.address, order->fresh);
}

void clear_demand(meter_device& meter, const dlt645::frame& request, instant now)
{
    const auto who = dlt645::parse_clear_demand_1997(request);
    if (!who || !meter.programming_key) return;
    if (who->has_password && !meter.guard.admits(who->who, writing_level, now)) return;
    clear_demands(meter, {}, now);
}

}  // namespace

answer_frame answer_1997(meter_device& meter, const dlt645::frame& request, instant now,
                         bool partly)
{
    using dlt645::function_1997;
    switch (static_cast<function_1997>(request.function())) {
        case function_1997::read: return read(meter, request, now);
        case function_1997::read_follow: return read_follow(meter, request);
        case function_1997::reread:
            if (!dlt645::parse_reread_1997(request)) return std::nullopt;
            return meter.talk.latest_1997;
        case function_1997::write: return write(meter, request, now, partly);
        case function_1997::broadcast_time: return std::nullopt;  // the same in both editions
        case function_1997::write_address: return write_address(meter, request);
        case function_1997::change_baud: return change_baud(meter, request);
        case function_1997::change_password: return change_password(meter, request, now);
        case function_1997::clear_demand: clear_demand(meter, request, now); return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace wattpurse::sim
