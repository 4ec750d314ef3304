// SPDX-License-Identifier: Apache-2.0
// What a meter keeps: events, freezes, parameters (DL/T 645-2007, tables A.4 to A.6).
#include <array>

#include <wattpurse/meter/status.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

constexpr std::uint32_t all = 0xFF;

/// Trips and closes: the count, the whole record, and each field of it alone or of all ten.
value_of_id move_value(const meter_device& meter, std::uint32_t id)
{
    struct slice {
        std::size_t from;
        std::size_t size;
    };
    constexpr std::size_t record_size = 34;
    const std::uint32_t kept = id >> 24U == 0x1D ? event_log::trip : event_log::close;
    const std::uint32_t item = id >> 8U & 0xFFU;
    const std::uint32_t k = id & 0xFFU;
    wire_bytes out;
    if (item == 0) {
        if (k != 1) return std::nullopt;
        put_number(out, meter.events.count(kept), 3);
        return out;
    }
    if (item > 8 && item != all) return std::nullopt;
    slice part{6 + 4 * (item - 2), 4};
    if (item == 1) part = {0, 6};
    if (item == all) part = {0, record_size};
    for (std::size_t i = k == all ? 1 : k; i <= (k == all ? event_log::records_kept : k); ++i) {
        const byte_span record = meter.events.record(kept, i);
        const wire_bytes none(part.size, 0);
        put(out, record.size() == record_size ? record.subspan(part.from, part.size)
                                              : byte_span{none});
    }
    return out;
}

/// Purchases (033301xx to 033306xx); the latest one's count is the purse's even where the
/// record itself is gone.
value_of_id purchase_value(const meter_device& meter, std::uint32_t id)
{
    const std::uint32_t item = id >> 8U & 0xFFU;
    const std::uint32_t k = id & 0xFFU;
    local_purse::purchase one;
    if (meter.purse && k >= 1 && k <= meter.purse->purchases().size()) {
        one = meter.purse->purchases()[k - 1];
    } else if (meter.purse && k == 1) {
        one.count = meter.purse->count();
        one.total_cents = meter.purse->total_cents();
    }
    wire_bytes out;
    switch (item) {
        case 1:
            put_minutes(out, one.at == instant{} ? civil_time{} : meter.clock(one.at));
            break;
        case 2: put_number(out, one.count % 10'000, 2); break;
        case 3: put_number(out, one.amount_cents, 4); break;
        case 4: put_number(out, one.before_cents, 4); break;
        case 5: put_number(out, one.after_cents, 4); break;
        case 6: put_number(out, one.total_cents, 4); break;
        default: return std::nullopt;
    }
    return out;
}

/// 050kFFnn: the items in their order, AA behind each.
wire_bytes freeze_block(const meter_device& meter, std::uint32_t id)
{
    wire_bytes out;
    for (const std::uint32_t item : {0x00U, 0x01U, 0x02U, 0x03U, 0x04U, 0x05U, 0x06U, 0x07U,
                                     0x08U, 0x09U, 0x0AU, 0x10U}) {
        put(out, *freeze_value(meter, (id & 0xFFFF00FFU) | item << 8U));
        out.push_back(0xAA);
    }
    return out;
}

/// Active or reactive power: total, A, B, C; missing where there is no such phase.
void put_powers(wire_bytes& to, const meter_device& meter, power all_phases)
{
    for (std::size_t p = 0; p <= 3; ++p) {
        if (p <= meter.phase_count()) {
            put_number(to, share_of_phase(meter, all_phases.mantissa(), p), 3);
        } else {
            put(to, std::array<std::uint8_t, 3>{0xFF, 0xFF, 0xFF});
        }
    }
}

value_of_id clock_value(const meter_device& meter, std::uint32_t id, instant now)
{
    const civil_time shown = meter.clock(now);
    wire_bytes seconds;
    put_seconds(seconds, shown);  // ss mm hh DD MM YY
    wire_bytes date{weekday_of(shown)};
    date.insert(date.end(), seconds.begin() + 3, seconds.end());
    wire_bytes time{seconds.begin(), seconds.begin() + 3};
    if (id == 0x04000101) return date;
    if (id == 0x04000102) return time;
    if (id != 0x0400010C) return std::nullopt;
    put(time, date);
    return time;
}

void put_word(wire_bytes& to, unsigned word)
{
    to.push_back(static_cast<std::uint8_t>(word & 0xFFU));
    to.push_back(static_cast<std::uint8_t>(word >> 8U & 0xFFU));
}

}  // namespace

std::uint16_t status_word(const meter_device& meter, unsigned number, instant now)
{
    const bool reverse_active = meter.measured.load().active.is_negative();
    const bool reverse_reactive = meter.measured.load().reactive.is_negative();
    const unsigned phases = meter.phase_count() == 3 ? 7U : 1U;
    unsigned bits = 0;
    if (number == 1) {
        bits = (reverse_active ? 1U << 4U : 0U) | (reverse_reactive ? 1U << 5U : 0U);
    } else if (number == 2) {
        bits = (reverse_active ? phases : 0U) | (reverse_reactive ? phases << 4U : 0U);
    } else if (number == 3) {
        using word = wattpurse::meter::status_word_3;
        constexpr unsigned programming = 1U << 3U;
        constexpr unsigned money_prepay = 2U << 8U;
        constexpr unsigned session = 1U << 13U;
        constexpr unsigned opened_locally = 1U << 14U;
        constexpr unsigned opened_remotely = 1U << 15U;
        bits |= meter.sets.second_days ? 1U : 0U;
        bits |= meter.programming_key ? programming : 0U;
        bits |= meter.relay.state() == relay_state::open ? word::relay_open_bit : 0U;
        bits |= meter.sets.second_zones ? 1U << 5U : 0U;
        bits |= meter.relay.commanded() == relay_state::open ? word::command_open_bit : 0U;
        bits |= meter.is_alarming() ? word::trip_alarm_bit : 0U;
        bits |= meter.purse ? money_prepay : 0U;
        bits |= meter.relay.keeps_power() ? word::keep_power_bit : 0U;
        bits |= meter.chip && meter.chip->has_session(now) ? session : 0U;
        if (meter.account_open) bits |= meter.purse ? opened_locally : opened_remotely;
    }
    return static_cast<std::uint16_t>(bits);
}

value_of_id event_value(const meter_device& meter, std::uint32_t id)
{
    const std::uint32_t di3 = id >> 24U;
    if (di3 == 0x1D || di3 == 0x1E) return move_value(meter, id);
    if (id >> 16U == 0x0333) return purchase_value(meter, id);
    const std::uint32_t kept = id & 0xFFFFFF00U;
    const std::uint32_t k = id & 0xFFU;
    wire_bytes out;
    if (k == 0) {
        if (meter.events.count(kept) == 0) return std::nullopt;
        put_number(out, meter.events.count(kept), 3);
        return out;
    }
    const byte_span record = meter.events.record(kept, k);
    if (record.empty()) return std::nullopt;
    put(out, record);
    return out;
}

value_of_id freeze_value(const meter_device& meter, std::uint32_t id)
{
    const auto which = static_cast<freeze_kind>(id >> 16U & 0xFFU);
    const std::uint32_t item = id >> 8U & 0xFFU;
    const std::size_t k = id & 0xFFU;
    if (static_cast<std::size_t>(which) >= freezes::kinds || k == 0 ||
        k > freezes::depth(which)) {
        return std::nullopt;
    }
    if (item == all) return freeze_block(meter, id);
    static const register_image never{};
    const register_image* kept = meter.frozen.record(which, k);
    const register_image& image = kept != nullptr ? *kept : never;
    wire_bytes out;
    if (item == 0) {
        put_minutes(out, image.at);
    } else if (item <= 8) {
        put_energies(out, image, item, meter.tariff_count());
    } else if (item == 0x09 || item == 0x0A) {
        put_peaks(out, image, item == 0x09 ? kind::forward_active : kind::reverse_active,
                  meter.tariff_count());
    } else if (item == 0x10) {
        put_powers(out, meter, image.load.active);
        put_powers(out, meter, image.load.reactive);
    } else {
        return std::nullopt;
    }
    return out;
}

value_of_id parameter_value(const meter_device& meter, std::uint32_t id, instant now)
{
    if (id == 0x04000101 || id == 0x04000102 || id == 0x0400010C) {
        return clock_value(meter, id, now);
    }
    if (id >> 8U == 0x040005) {
        wire_bytes out;
        const std::uint32_t word = id & 0xFFU;
        for (unsigned n = word == all ? 1 : word; n <= (word == all ? 7 : word); ++n) {
            put_word(out, status_word(meter, n, now));
        }
        return out;
    }
    const bool of_price = id >> 8U == 0x040501 || id >> 8U == 0x040502;
    const byte_span kept = meter.memory.get(id);
    if (kept.empty() || (of_price && (id & 0xFFU) > meter.tariff_count())) return std::nullopt;
    return wire_bytes{kept.begin(), kept.end()};
}

}  // namespace wattpurse::sim
