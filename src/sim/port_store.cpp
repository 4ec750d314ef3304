// SPDX-License-Identifier: Apache-2.0
// What a write does that has been let in.
#include <algorithm>
#include <array>

#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/sim/local_purse.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::error_bit;
using stored = result<void, error_bit>;

tl::unexpected<error_bit> no(error_bit why) { return tl::unexpected<error_bit>{why}; }

/// Every field of the value is one.
bool is_sound(const dlt645::catalogue_row& row, byte_span value)
{
    if (!row.shape.fits(value.size())) return false;
    dlt645::field_reader reader{row, value};
    dlt645::field_value field;
    auto step = reader.next(field);
    for (; step == dlt645::field_reader::step::field; step = reader.next(field)) {
        if (!field.sound) return false;
    }
    return step == dlt645::field_reader::step::end;
}

/// The clock with what is given of it: a date, a time, or both.
stored store_clock(meter_device& meter, std::uint32_t id, byte_span value,
                   const operator_code& who, instant now)
{
    civil_time to = meter.clock(now);
    const auto digits = [&](std::size_t at) { return from_bcd_byte(value[at]).value_or(99); };
    const std::size_t size = id == 0x04000101 ? 4 : id == 0x04000102 ? 3 : 7;
    if (value.size() != size) return no(error_bit::other);
    if (id != 0x04000101) {
        to.second = digits(0);
        to.minute = digits(1);
        to.hour = digits(2);
    }
    if (id != 0x04000102) {
        const std::size_t day = size - 3;
        to.day = digits(day);
        to.month = digits(day + 1);
        to.year = static_cast<std::int16_t>(2000 + digits(day + 2));
    }
    if (!is_valid(to)) return no(error_bit::other);
    meter.set_clock(to, now, who);
    return {};
}

stored store_password(meter_device& meter, std::uint32_t id, byte_span value)
{
    const auto fresh = dlt645::credentials::from_wire(value);
    if (value.size() != 4 || fresh->level() != id - 0x04000C01U) return no(error_bit::other);
    if (!meter.guard.change(*fresh)) return no(error_bit::password);
    return {};
}

/// count 4, amount 4, both BCD (write_identifier).
stored store_top_up(meter_device& meter, byte_span value, instant now, bool partly)
{
    if (value.size() != 8 || !meter.purse) return no(error_bit::other);
    const auto count = from_bcd(value.first(4));
    const auto cents = from_bcd(value.last(4));
    if (!count || !cents) return no(error_bit::other);
    const auto amount = static_cast<std::int64_t>(*cents);
    if (partly && *count == meter.purse->count() + 1) {
        meter.purse->add_without_count(amount);
        return no(error_bit::other);
    }
    const auto done = meter.purse->top_up(amount, static_cast<std::uint32_t>(*count), now);
    if (!done) return no(error_bit::other);
    meter.after_money(now);
    return {};
}

stored store_refund(meter_device& meter, byte_span value)
{
    const auto cents = from_bcd(value);
    if (value.size() != 4 || !cents || !meter.purse) return no(error_bit::other);
    const auto done = meter.purse->refund(static_cast<std::int64_t>(*cents),
                                          meter.purse->count() + 1);
    if (!done) return no(error_bit::other);
    return {};
}

/// Counts of table entries that the standard, or this meter, has no room for.
stored check_counts(std::uint32_t id, byte_span value)
{
    struct limit {
        std::uint32_t id;
        std::uint64_t last;
        error_bit why;
    };
    for (const limit& one : {limit{0x04000201, 14, error_bit::year_zones},
                             limit{0x04000202, 8, error_bit::day_periods},
                             limit{0x04000203, 14, error_bit::day_periods},
                             limit{0x04000204, tariffs_max, error_bit::tariffs}}) {
        if (one.id != id) continue;
        const auto count = from_bcd(value);
        if (!count || *count == 0 || *count > one.last) return no(one.why);
    }
    return {};
}

/// Records of what was there before, for the tables that have records of their own.
void note_before(meter_device& meter, std::uint32_t id, const operator_code& who, instant now)
{
    struct noted {
        std::uint32_t first;
        std::uint32_t last;
        std::uint32_t kind;
    };
    static constexpr std::array<noted, 10> all{{{0x04010001, 0x04010008, event_log::day_tables},
                                                {0x04020001, 0x04020008, event_log::day_tables},
                                                {0x04010000, 0x04010000, event_log::year_zones},
                                                {0x04020000, 0x04020000, event_log::year_zones},
                                                {0x04000801, 0x04000801, 0x03300700},
                                                {0x04030001, 0x040300FE, 0x03300800},
                                                {0x04000601, 0x04000601, 0x03300900},
                                                {0x04000602, 0x04000602, 0x03300A00},
                                                {0x04000603, 0x04000603, 0x03300B00},
                                                {0x04000B01, 0x04000B03, 0x03300C00}}};
    for (const noted& one : all) {
        if (id < one.first || id > one.last) continue;
        wire_bytes record;
        put_seconds(record, meter.clock(now));
        put(record, who);
        if (one.kind == event_log::year_zones) {
            put(record, meter.memory.get(0x04010000));
            put(record, meter.memory.get(0x04020000));
        } else if (one.kind == 0x03300C00) {
            for (std::uint32_t n = 1; n <= 3; ++n) put(record, meter.memory.get(0x04000B00U + n));
        } else {
            put(record, meter.memory.get(id));
        }
        meter.events.add(one.kind, std::move(record));
    }
}

stored store_parameter(meter_device& meter, std::uint32_t id, byte_span value,
                       const operator_code& who, instant now, bool partly)
{
    const auto* row = dlt645::standard_catalogue().find(dlt645::edition::y2007, id);
    if (row == nullptr || row->access != dlt645::access_kind::read_write) {
        return no(error_bit::no_requested_data);
    }
    if (!is_sound(*row, value)) return no(error_bit::other);
    if (auto fits = check_counts(id, value); !fits) return fits;
    if (partly) {
        // The first half goes in, then something stops it: seen on a physical meter.
        wire_bytes torn{value.begin(), value.end()};
        const byte_span before = meter.memory.get(id);
        for (std::size_t i = torn.size() / 2; i < torn.size(); ++i) {
            torn[i] = i < before.size() ? before[i] : 0;
        }
        meter.memory.set(id, torn);
        return no(error_bit::other);
    }
    note_before(meter, id, who, now);
    if (id == 0x04000401) {
        dlt645::address fresh;
        std::copy(value.begin(), value.end(), fresh.wire.begin());
        meter.set_address(fresh);
    } else {
        meter.memory.set(id, value);
    }
    meter.note_programming(id, who, now);
    return {};
}

}  // namespace

result<void, error_bit> store_value(meter_device& meter, std::uint32_t id, byte_span value,
                                    const operator_code& who, instant now, bool partly)
{
    const auto& dialect = meter.options.dialect;
    const bool is_top_up = dialect.way == wattpurse::meter::top_up_way::write_identifier &&
                           id == static_cast<std::uint32_t>(dialect.top_up);
    if (is_top_up) return store_top_up(meter, value, now, partly);
    if (id == 0x04000101 || id == 0x04000102 || id == 0x0400010C) {
        return store_clock(meter, id, value, who, now);
    }
    if (id >= 0x04000C01 && id <= 0x04000C0A) return store_password(meter, id, value);
    if (id == 0x04001006) return store_refund(meter, value);
    return store_parameter(meter, id, value, who, now, partly);
}

}  // namespace wattpurse::sim
