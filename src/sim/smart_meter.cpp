// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/smart_meter.hpp>

#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;

/// What a meter does when everybody is told: set the clock, freeze, clear demand (1997).
bool is_for_everybody(const dlt645::frame& request)
{
    return request.function() == 0x08 || request.function() == 0x16 || request.function() == 0x10;
}

/// The one question to 99..99 that is answered: the 1997 way to give an address.
bool gives_address_1997(const dlt645::frame& request)
{
    return request.function() == static_cast<std::uint8_t>(dlt645::function_1997::write_address);
}

}  // namespace

smart_meter::smart_meter(const meter_options& options)
{
    WATTPURSE_ASSERT(check(options).has_value());
    device_ = std::make_unique<meter_device>(options);
}

smart_meter::~smart_meter() = default;
smart_meter::smart_meter(smart_meter&&) noexcept = default;
smart_meter& smart_meter::operator=(smart_meter&&) noexcept = default;

void smart_meter::advance(instant now) { device_->live(now); }

std::optional<dlt645::frame> smart_meter::answer(const dlt645::frame& request, instant now,
                                                 bool partly)
{
    device_->live(now);
    const bool to_all = request.address.is_broadcast();
    const bool is_mine = to_all ? is_for_everybody(request) || gives_address_1997(request)
                                : request.address.covers(device_->address);
    if (device_->down_since || request.is_from_meter() || !is_mine) return std::nullopt;
    const bool is_1997 = request.function() != 0x08 &&
                         dlt645::edition_of(request) == dlt645::edition::y1997;
    if (!(is_1997 ? device_->options.speaks_1997 : device_->options.speaks_2007)) {
        return std::nullopt;
    }
    auto said = is_1997 ? answer_1997(*device_, request, now, partly)
                        : answer_2007(*device_, request, now, partly);
    if (to_all && !gives_address_1997(request)) return std::nullopt;
    return said;
}

dlt645::frame smart_meter::status_push() const
{
    return *dlt645::read_answer(device_->address, dlt645::data_id{0x028011FF},
                                bulk_status(*device_));
}

dlt645::frame smart_meter::heartbeat() const
{
    return *dlt645::read_answer(device_->address, dlt645::data_id{0x80808080}, {});
}

void smart_meter::press_key(instant now)
{
    device_->live(now);
    if (device_->may_close()) device_->relay.press_key(now);
    device_->move_relay(now);
}

void smart_meter::set_programming_key(bool pressed) { device_->programming_key = pressed; }

void smart_meter::power_down(instant now)
{
    device_->live(now);
    if (!device_->down_since) device_->down_since = now;
}

void smart_meter::power_up(instant now)
{
    device_->live(now);
    const auto since = std::exchange(device_->down_since, std::nullopt);
    if (!since) return;
    wire_bytes record;
    put_seconds(record, device_->clock(*since));
    put_seconds(record, device_->clock(now));
    device_->events.add(event_log::power_down, std::move(record));
}

void smart_meter::open_cover(instant opened, instant closed)
{
    device_->live(opened);
    wire_bytes record;
    put_seconds(record, device_->clock(opened));
    put_seconds(record, device_->clock(closed));
    for (const instant at : {opened, closed}) {
        device_->live(at);
        const register_image image = device_->image(at);
        for (const std::size_t k : recorded_kinds) put_number(record, image.energy[k][0], 4);
    }
    device_->events.add(event_log::meter_cover, std::move(record));
}

const dlt645::address& smart_meter::address() const noexcept { return device_->address; }
civil_time smart_meter::clock(instant now) const { return device_->clock(now); }
register_image smart_meter::registers() const { return device_->image(device_->lived); }
const meter_relay& smart_meter::relay() const noexcept { return device_->relay; }
const local_purse* smart_meter::purse() const noexcept
{
    return device_->purse ? &*device_->purse : nullptr;
}
const event_log& smart_meter::events() const noexcept { return device_->events; }
const freezes& smart_meter::frozen() const noexcept { return device_->frozen; }
const load_profile& smart_meter::profile() const noexcept { return device_->profile; }
meter_memory& smart_meter::memory() noexcept { return device_->memory; }

std::vector<std::uint8_t> smart_meter::value(std::uint32_t id, instant now) const
{
    return value_2007(*device_, id, now).value_or(wire_bytes{});
}

}  // namespace wattpurse::sim
