// SPDX-License-Identifier: Apache-2.0
// Energy, demand and instantaneous values by identifier (DL/T 645-2007, tables A.1 to A.3).
#include <algorithm>
#include <array>
#include <cstdlib>

#include <wattpurse/sim/draw.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

constexpr std::uint32_t all = 0xFF;
constexpr std::size_t settlements = freezes::settlements_kept;

/// Where the kinds of a phase begin: forward active is the first (DI2 15, 29, 3D).
constexpr std::array<std::uint32_t, 3> phase_kinds{0x15, 0x29, 0x3D};
constexpr std::uint32_t phase_kind_count = 10;
/// Associated, fundamental, harmonic energies and losses: DI2 80, and of the phases 94, A8, BC.
constexpr std::array<std::uint32_t, 4> further_kinds{0x80, 0x94, 0xA8, 0xBC};
constexpr std::uint32_t further_kind_count = 7;

const register_image& settled(const meter_device& meter, std::uint32_t k,
                              const register_image& present)
{
    static const register_image never{};
    if (k == 0) return present;
    const register_image* kept = meter.frozen.settlement(k);
    return kept != nullptr ? *kept : never;
}

/// Which register an identifier means, and of which phase.
struct register_name {
    std::size_t kind = 0;
    std::size_t phase = 0;
    bool is_zero = false;  // a register that never moves
};

std::optional<register_name> name_of(const meter_device& meter, std::uint32_t di2)
{
    if (di2 < kind::count) return register_name{di2, 0, false};
    for (std::size_t p = 0; p < phase_kinds.size(); ++p) {
        const std::uint32_t item = di2 - phase_kinds[p];
        if (di2 >= phase_kinds[p] && item < phase_kind_count) {
            if (p >= meter.phase_count()) return std::nullopt;
            return register_name{item + 1, p + 1, false};
        }
    }
    for (std::size_t p = 0; p < further_kinds.size(); ++p) {
        const std::uint32_t item = di2 - further_kinds[p];
        if (di2 < further_kinds[p] || item >= further_kind_count) continue;
        if (meter.phase_count() == 1) return std::nullopt;
        // Associated, fundamental forward, fundamental reverse; the rest is nothing in a clean
        // grid without transformer losses.
        constexpr std::array<std::size_t, 3> same_as{kind::combined_active, kind::forward_active,
                                                     kind::reverse_active};
        return register_name{item < 3 ? same_as[item] : 0, p, item >= 3};
    }
    return std::nullopt;
}

std::int64_t energy_of(const meter_device& meter, const register_image& image,
                       const register_name& name, std::size_t tariff)
{
    if (name.is_zero) return 0;
    return share_of_phase(meter, image.energy[name.kind][tariff], name.phase);
}

/// The list of an axis: all values, or the one that is named.
template <class Put>
void each(std::uint32_t named, std::size_t last, Put&& put_one)
{
    for (std::size_t i = named == all ? 0 : named; i <= (named == all ? last : named); ++i) {
        put_one(i);
    }
}

/// Use of a settlement month so far (000B0000, 000C0000), of the one before, and of years.
value_of_id use_value(const meter_device& meter, std::uint32_t id, instant now)
{
    const auto total = [&](const register_image& image) {
        return std::int64_t{image.energy[kind::combined_active][0]};
    };
    const register_image present = meter.image(now);
    const auto k = id & 0xFFU;
    wire_bytes out;
    if ((id >> 16U & 0xFFU) == 0x0D) {
        put_number(out, k == 0 ? total(present) - meter.year_began : meter.years[k], 4);
    } else {
        put_number(out, total(settled(meter, k, present)) -
                            total(settled(meter, k + 1, present)), 4);
    }
    return out;
}

/// Remaining money and overdraft; a meter without a purse has none of either.
value_of_id purse_value(const meter_device& meter, std::uint32_t id)
{
    wire_bytes out;
    if (id == 0x00900200) {
        put_number(out, meter.purse ? meter.purse->remaining_cents() : 0, 4);
    } else if (id == 0x00900201) {
        put_number(out, meter.purse ? meter.purse->overdraft_cents() : 0, 4);
    } else {
        return std::nullopt;
    }
    return out;
}

value_of_id settlement_time(const meter_device& meter, std::uint32_t k)
{
    const register_image never{};
    wire_bytes minutes;
    put_minutes(minutes, settled(meter, k, never).at);
    return wire_bytes{minutes.begin() + 1, minutes.end()};  // hh DD MM YY
}

}  // namespace

std::int64_t share_of_phase(const meter_device& meter, std::int64_t total, std::size_t phase)
{
    if (phase == 0 || meter.phase_count() == 1) return total;
    return phase == 1 ? total - total / 3 * 2 : total / 3;
}

void put_energies(wire_bytes& to, const register_image& image, std::size_t kind,
                  std::size_t tariffs)
{
    for (std::size_t t = 0; t <= tariffs; ++t) put_number(to, image.energy[kind][t], 4);
}

void put_peaks(wire_bytes& to, const register_image& image, std::size_t kind,
               std::size_t tariffs)
{
    for (std::size_t t = 0; t <= tariffs; ++t) {
        put_number(to, image.demand[kind][t].value, 3);
        put_minutes(to, image.demand[kind][t].at);
    }
}

value_of_id energy_value(const meter_device& meter, std::uint32_t id, instant now)
{
    const std::uint32_t di2 = id >> 16U & 0xFFU;
    if (di2 == 0x90) return purse_value(meter, id);
    if (di2 == 0xFE) return settlement_time(meter, id & 0xFFU);
    if (di2 >= 0x0B && di2 <= 0x0D) return use_value(meter, id, now);
    const auto name = name_of(meter, di2);
    if (!name) return std::nullopt;
    const register_image present = meter.image(now);
    wire_bytes out;
    each(id & 0xFFU, settlements, [&](std::size_t k) {
        each(id >> 8U & 0xFFU, meter.tariff_count(), [&](std::size_t t) {
            put_number(out, energy_of(meter, settled(meter, static_cast<std::uint32_t>(k),
                                                     present), *name, t), 4);
        });
    });
    return out;
}

value_of_id demand_value(const meter_device& meter, std::uint32_t id, instant now)
{
    const auto name = name_of(meter, id >> 16U & 0xFFU);
    if (!name) return std::nullopt;
    const register_image present = meter.image(now);
    wire_bytes out;
    each(id & 0xFFU, settlements, [&](std::size_t k) {
        each(id >> 8U & 0xFFU, meter.tariff_count(), [&](std::size_t t) {
            const auto& peak = settled(meter, static_cast<std::uint32_t>(k), present)
                                   .demand[name->kind][t];
            put_number(out, share_of_phase(meter, peak.value, name->phase), 3);
            put_minutes(out, peak.at);
        });
    });
    return out;
}

// ---- Instantaneous values --------------------------------------------------------------------

namespace {

/// What a meter measures at its terminals, with the places it shows.
struct terminal_values {
    std::array<std::int64_t, 4> active{};    // 10^-4 kW; total, A, B, C
    std::array<std::int64_t, 4> reactive{};  // 10^-4 kvar
    std::array<std::int64_t, 4> apparent{};  // 10^-4 kVA
    std::array<std::int64_t, 4> factor{};    // 10^-3
    std::array<std::int64_t, 4> voltage{};   // 0.1 V; from A
    std::array<std::int64_t, 4> current{};   // mA
    std::array<std::int64_t, 4> angle{};     // 0.1 degree
};

terminal_values terminals(const meter_device& meter)
{
    terminal_values out;
    const minute_load& load = meter.measured.load();
    const auto minute = static_cast<std::uint64_t>(meter.lived.time_since_epoch().count());
    for (std::size_t p = 0; p <= meter.phase_count(); ++p) {
        out.active[p] = share_of_phase(meter, load.active.mantissa(), p);
        out.reactive[p] = share_of_phase(meter, load.reactive.mantissa(), p);
        const minute_load one{power::of(out.active[p]), power::of(out.reactive[p])};
        out.apparent[p] = apparent_power(one);
        out.factor[p] = out.apparent[p] == 0 ? 1000 : out.active[p] * 1000 / out.apparent[p];
        if (p == 0) continue;
        // 220 V, within 3 V, another in each minute.
        const auto number = static_cast<std::uint64_t>(binary_of(meter.address.wire));
        out.voltage[p] = 2170 + static_cast<std::int64_t>(draw({number, p, minute}) % 61);
        out.current[p] = out.apparent[p] * 1000 / out.voltage[p];
        if (out.active[p] < 0) out.current[p] = -out.current[p];
        out.angle[p] = out.factor[p] == 1000 ? 0 : 300;
    }
    return out;
}

/// One of the lists of a value by phases; `size` bytes each.
value_of_id by_phase(const meter_device& meter, const std::array<std::int64_t, 4>& values,
                     std::uint32_t id, std::size_t first, std::size_t size)
{
    if ((id & 0xFFU) != 0) return std::nullopt;
    const std::uint32_t phase = id >> 8U & 0xFFU;
    wire_bytes out;
    for (std::size_t p = first; p <= meter.phase_count(); ++p) {
        if (phase == all || phase == p) put_number(out, values[p], size);
    }
    if (out.empty()) return std::nullopt;
    return out;
}

/// A clean sine: no harmonics in any phase there is.
value_of_id no_harmonics(const meter_device& meter, std::uint32_t id)
{
    constexpr std::size_t orders = 21;
    const std::uint32_t phase = id >> 8U & 0xFFU;
    if (phase == 0 || phase > meter.phase_count()) return std::nullopt;
    return wire_bytes((id & 0xFFU) == all ? 2 * orders : 2, 0);
}

value_of_id single_variable(const meter_device& meter, std::uint32_t item)
{
    const auto demand = [&](std::size_t plus, std::size_t minus) {
        return meter.measured.present_demand(plus) - meter.measured.present_demand(minus);
    };
    const auto number = [](std::int64_t value, std::size_t size) {
        wire_bytes out;
        put_number(out, value, size);
        return out;
    };
    const std::size_t tariff =
        tariff_at(meter.memory, meter.sets, meter.clock(meter.lived), meter.tariff_count());
    const price_table& prices = meter.prices();
    const std::int64_t used = meter.purse ? meter.purse->month_use() : 0;
    switch (item) {
        case 0x01: return number(0, 3);     // neutral: what is left over of equal phases
        case 0x02: return number(5000, 2);  // Hz
        case 0x03: return number(meter.measured.load().active.mantissa(), 3);
        case 0x04: return number(demand(kind::forward_active, kind::reverse_active), 3);
        case 0x05: return number(demand(kind::combined_reactive_1,
                                        kind::combined_reactive_2), 3);
        case 0x06: return number(demand(kind::forward_apparent, kind::reverse_apparent), 3);
        case 0x07: return number(250, 2);
        case 0x08: return number(360, 2);
        case 0x09: return number(600, 2);
        case 0x0A: return number(0, 4);
        default: break;
    }
    if (!meter.purse) return std::nullopt;
    switch (item) {
        case 0x0B: return number(price_now(prices, tariff, used) - prices.tariff[tariff], 4);
        case 0x20: return number(price_now(prices, tariff, used), 4);
        case 0x21: return number(prices.tariff[tariff], 4);
        default: return std::nullopt;
    }
}

}  // namespace

value_of_id variable_value(const meter_device& meter, std::uint32_t id)
{
    const std::uint32_t di2 = id >> 16U & 0xFFU;
    if (id == 0x028011FF) return bulk_status(meter);
    if (di2 == 0x80) return single_variable(meter, id & 0xFFFFU);
    if (di2 == 0x0A || di2 == 0x0B) return no_harmonics(meter, id);
    const terminal_values now = terminals(meter);
    const std::array<std::int64_t, 4> none{};
    switch (di2) {
        case 0x01: return by_phase(meter, now.voltage, id, 1, 2);
        case 0x02: return by_phase(meter, now.current, id, 1, 3);
        case 0x03: return by_phase(meter, now.active, id, 0, 3);
        case 0x04: return by_phase(meter, now.reactive, id, 0, 3);
        case 0x05: return by_phase(meter, now.apparent, id, 0, 3);
        case 0x06: return by_phase(meter, now.factor, id, 0, 2);
        case 0x07: return by_phase(meter, now.angle, id, 1, 2);
        case 0x08:
        case 0x09: return by_phase(meter, none, id, 1, 2);
        default: return std::nullopt;
    }
}

wire_bytes bulk_status(const meter_device& meter)
{
    const terminal_values now = terminals(meter);
    const register_image image = meter.image(meter.lived);
    wire_bytes out;
    put_number(out, meter.purse ? meter.purse->remaining_cents() : 0, 4);
    put_number(out, meter.purse ? meter.purse->overdraft_cents() : 0, 4);
    for (std::size_t p = 1; p <= 3; ++p) put_number(out, now.voltage[p], 2);
    for (std::size_t p = 1; p <= 3; ++p) put_number(out, std::abs(now.current[p]), 3);
    for (std::size_t p = 0; p <= 3; ++p) put_number(out, std::abs(now.active[p]), 3);
    for (std::size_t p = 0; p <= 3; ++p) put_number(out, std::abs(now.factor[p]), 2);
    for (std::size_t t = 0; t <= 4; ++t) {
        put_number(out, image.energy[kind::forward_active][t], 4);
    }
    const unsigned status = status_word(meter, 3, meter.lived);
    out.push_back(static_cast<std::uint8_t>(status & 0xFFU));
    out.push_back(static_cast<std::uint8_t>(status >> 8U));
    return out;
}

}  // namespace wattpurse::sim
