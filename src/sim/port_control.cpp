// SPDX-License-Identifier: Apache-2.0
// Relay, alarm and keep-power commands (1C), plain and sealed (State Grid filing document).
#include <algorithm>
#include <chrono>

#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/meter/encode.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::control_code;
using dlt645::error_bit;

constexpr std::uint8_t control_level = 4;

/// A command that has been let in.
struct command {
    std::uint8_t code = 0;
    std::uint8_t detail = 0;
    operator_code who{};
};

/// Does it; false where the meter's state does not allow it.
bool execute(meter_device& meter, const command& order, instant now)
{
    meter_relay& relay = meter.relay;
    switch (static_cast<control_code>(order.code)) {
        case control_code::trip:
            meter.orders.trip = order.who;
            return relay.trip(now, meter.trip_delay(), meter_relay::cause::command);
        case control_code::trip_auto_1:
        case control_code::trip_auto_2: {
            // N2 counts five minutes.
            const duration after = std::chrono::minutes{order.detail * 5};
            meter.orders.trip = order.who;
            meter.orders.close = order.who;
            return relay.trip_for(now, meter.trip_delay(), after,
                                  order.code == static_cast<std::uint8_t>(
                                                    control_code::trip_auto_1));
        }
        case control_code::permit:
            if (!meter.may_close()) return false;
            meter.orders.close = order.who;
            relay.permit(now);
            return true;
        case control_code::close:
            if (!meter.may_close()) return false;
            meter.orders.close = order.who;
            relay.close(now);
            return true;
        case control_code::alarm: meter.alarm = true; return true;
        case control_code::end_of_alarm: meter.alarm = false; return true;
        case control_code::keep_power: relay.keep_power(true); return true;
        case control_code::end_of_keep_power: relay.keep_power(false); return true;
    }
    return false;
}

/// Whether the dialect lets this code in with a password alone.
bool is_plain(const meter_device& meter, std::uint8_t code)
{
    const bool closes = code == static_cast<std::uint8_t>(control_code::permit) ||
                        code == static_cast<std::uint8_t>(control_code::close);
    return closes ? meter.options.dialect.plain_close : meter.options.dialect.plain_trip;
}

/// Late orders are not obeyed: whoever sent them has given them up.
answer_frame obey(meter_device& meter, const dlt645::frame& request, const command& order,
                  const civil_time& valid_until, instant now)
{
    const bool in_time = meter.clock(now) <= valid_until;
    const bool done = in_time && execute(meter, order, now);
    meter.move_relay(now);
    if (!done) return dlt645::refusal(meter.address, request, error_bit::other);
    return dlt645::control_answer(meter.address);
}

answer_frame answer_sealed(meter_device& meter, const dlt645::frame& request,
                           const dlt645::sealed_control& order, instant now)
{
    const auto unauthorised = dlt645::refusal(meter.address, request, error_bit::password);
    if (!meter.chip || order.level != dlt645::sealed_level) return unauthorised;
    const auto plain = meter.chip->unseal_control(order.sealed, now);
    if (!plain) return unauthorised;
    const auto valid_until = dlt645::read_seconds(byte_span{*plain}.subspan(2));
    if (!valid_until) return dlt645::refusal(meter.address, request, error_bit::other);
    return obey(meter, request, {(*plain)[0], (*plain)[1], order.operator_code}, *valid_until,
                now);
}

}  // namespace

answer_frame answer_control(meter_device& meter, const dlt645::frame& request, instant now)
{
    if (const auto sealed = dlt645::parse_sealed_control(request)) {
        return answer_sealed(meter, request, *sealed, now);
    }
    const auto order = dlt645::parse_control(request);
    if (!order) return dlt645::refusal(meter.address, request, error_bit::other);
    if (!meter.guard.admits(order->who, control_level, now) || !is_plain(meter, order->code)) {
        return dlt645::refusal(meter.address, request, error_bit::password);
    }
    std::array<std::uint8_t, dlt645::credentials::wire_size> wire{};
    order->who.write_to(wire);
    const command let_in{order->code, order->detail, {wire[4], wire[5], wire[6], wire[7]}};
    return obey(meter, request, let_in, order->valid_until, now);
}

}  // namespace wattpurse::sim
