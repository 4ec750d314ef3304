// SPDX-License-Identifier: Apache-2.0
// Values of 1997 by identifier, from the same registers and parameters (DL/T 645-1997, annex A).
#include <array>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;

constexpr unsigned all = 0xF;

/// Which kind the second and third digit of 9xyz, Axyz and Bxyz name: active or reactive, and
/// the direction or quadrant, in the order 1, 4, 2, 3 of that edition.
std::optional<std::size_t> kind_of(bool reactive, unsigned item)
{
    constexpr std::array<std::size_t, 3> active{kind::combined_active, kind::forward_active,
                                                kind::reverse_active};
    constexpr std::array<std::size_t, 7> other{
        kind::count, kind::combined_reactive_1, kind::combined_reactive_2, kind::quadrant_1,
        kind::quadrant_1 + 3, kind::quadrant_1 + 1, kind::quadrant_1 + 2};
    if (!reactive) return item < active.size() ? std::optional{active[item]} : std::nullopt;
    return item >= 1 && item < other.size() ? std::optional{other[item]} : std::nullopt;
}

/// Energies (9), demands (A) and their times (B) of now, last month and the month before.
value_of_id register_value(const meter_device& meter, std::uint16_t id, instant now)
{
    const unsigned family = id >> 12U;
    const unsigned month = id >> 8U & 0xFU;
    const unsigned tariff = id & 0xFU;
    const auto which = kind_of((month & 1U) != 0, id >> 4U & 0xFU);
    if (!which || (tariff != all && tariff > meter.tariff_count())) return std::nullopt;
    static const register_image never{};
    const register_image present = meter.image(now);
    const register_image* image = &present;
    if ((month & 0xEU) != 0) {
        image = meter.frozen.settlement((month & 0x8U) != 0 ? 2 : 1);
        if (image == nullptr) image = &never;
    }
    wire_bytes out;
    const std::size_t last = tariff == all ? meter.tariff_count() : tariff;
    for (std::size_t t = tariff == all ? 0 : tariff; t <= last; ++t) {
        const peak_demand& peak = image->demand[*which][t];
        if (family == 0x9) {
            put_number(out, image->energy[*which][t], 4);
        } else if (family == 0xA) {
            put_number(out, peak.value, 3);
        } else {
            wire_bytes minutes;
            put_minutes(minutes, peak.at);
            out.insert(out.end(), minutes.begin(), minutes.begin() + 4);  // without a year
        }
    }
    return out;
}

/// B6xy: a value of 2007 with other places, its sign left out.
value_of_id variable_1997(const meter_device& meter, std::uint16_t id)
{
    struct form {
        std::uint32_t di2;
        std::size_t size_2007;
        std::int64_t divisor;
        std::size_t size;
        unsigned first;
    };
    constexpr std::array<form, 5> forms{{{0x0201, 2, 10, 2, 1},     // V
                                         {0x0202, 3, 10, 2, 1},     // 0.01 A
                                         {0x0203, 3, 1, 3, 0},      // 10^-4 kW
                                         {0x0204, 3, 100, 2, 0},    // 0.01 kvar
                                         {0x0206, 2, 1, 2, 0}}};
    const unsigned item = id >> 4U & 0xFU;
    const unsigned phase = id & 0xFU;
    if (item == 0 || item > forms.size()) return std::nullopt;
    const form& one = forms[item - 1];
    if (phase != all && (phase < one.first || phase > meter.phase_count())) return std::nullopt;
    const std::uint32_t place = phase == all ? 0xFF : phase;
    const auto values = variable_value(meter, one.di2 << 16U | place << 8U);
    if (!values) return std::nullopt;
    wire_bytes out;
    for (std::size_t at = 0; at + one.size_2007 <= values->size(); at += one.size_2007) {
        wire_bytes field{values->begin() + static_cast<std::ptrdiff_t>(at),
                         values->begin() + static_cast<std::ptrdiff_t>(at + one.size_2007)};
        field.back() = static_cast<std::uint8_t>(field.back() & 0x7FU);
        const auto value = static_cast<std::int64_t>(from_bcd(field).value_or(0));
        put_number(out, value / one.divisor, one.size);
    }
    return out;
}

struct twin {
    std::uint16_t id;
    std::uint32_t id_2007;
};

/// Parameters that are the same, byte for byte, in both editions.
constexpr std::array<twin, 16> twins{{{0xC010, 0x04000101}, {0xC011, 0x04000102},
                                      {0xC022, 0x04000801}, {0xC030, 0x04000409},
                                      {0xC031, 0x0400040A}, {0xC032, 0x04000402},
                                      {0xC033, 0x0400040E}, {0xC111, 0x04000103},
                                      {0xC112, 0x04000104}, {0xC113, 0x04000302},
                                      {0xC115, 0x04000303}, {0xC116, 0x04000304},
                                      {0xC117, 0x04000B01}, {0xC211, 0x04000105},
                                      {0xC310, 0x04000201}, {0xC312, 0x04000203}}};

/// Entries of the year zone table C32x and of the day tables C33x to C3Ax.
value_of_id table_entry(const meter_device& meter, std::uint16_t id)
{
    const unsigned table = id >> 4U & 0xFU;
    const unsigned entry = id & 0xFU;
    if (id >> 8U != 0xC3 || table < 2 || table > 0xA || entry < 1) return std::nullopt;
    const byte_span whole = meter.memory.get(0x04010000U + (table - 2));
    if (whole.size() < 3U * entry) return std::nullopt;
    const byte_span found = whole.subspan(3U * (entry - 1), 3);
    return wire_bytes{found.begin(), found.end()};
}

/// Times and counts of programming and of demand clears (B21x).
value_of_id history_1997(const meter_device& meter, std::uint16_t id)
{
    const std::uint32_t kept = (id & 1U) == 0 ? event_log::programming : event_log::demand_clear;
    wire_bytes out;
    if (id == 0xB212 || id == 0xB213) {
        put_number(out, meter.events.count(kept) % 10'000, 2);
    } else if (id == 0xB210 || id == 0xB211) {
        const byte_span record = meter.events.record(kept, 1);
        out.assign(4, 0);
        if (record.size() >= 6) out.assign(record.begin() + 1, record.begin() + 5);
    } else {
        return std::nullopt;
    }
    return out;
}

}  // namespace

std::uint32_t twin_of_1997(std::uint16_t id)
{
    for (const twin& one : twins) {
        if (one.id == id) return one.id_2007;
    }
    return 0;
}

value_of_id value_1997(const meter_device& meter, std::uint16_t id, instant now)
{
    const auto* row = dlt645::standard_catalogue().find(dlt645::edition::y1997, id);
    if (row == nullptr || row->access == dlt645::access_kind::write) return std::nullopt;
    const unsigned family = id >> 12U;
    const unsigned group = id >> 8U & 0xFU;
    const bool is_register = family == 0x9 || family == 0xA ||
                             (family == 0xB && (group & 0x2U) == 0);
    if (is_register) return register_value(meter, id, now);
    if (row->family == dlt645::item_family::variable && group == 0x6) {
        return variable_1997(meter, id);
    }
    if (auto found = history_1997(meter, id)) return found;
    if (id == 0xC313) {
        wire_bytes out;
        put_number(out, static_cast<std::int64_t>(meter.tariff_count()), 1);
        return out;
    }
    if (const std::uint32_t same = twin_of_1997(id); same != 0) {
        return parameter_value(meter, same, now);
    }
    if (auto found = table_entry(meter, id)) return found;
    if (const byte_span kept = meter.memory.get(id); !kept.empty()) {
        return wire_bytes{kept.begin(), kept.end()};
    }
    if (row->shape.takes_rest) return std::nullopt;
    return wire_bytes(row->shape.fixed, 0);
}

}  // namespace wattpurse::sim
