// SPDX-License-Identifier: Apache-2.0
#include "modbus_values.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace wattpurse::sim {

namespace {

using std::string_view;

constexpr std::int64_t phase_decivolts = 2300;
constexpr std::int64_t line_decivolts = 3984;  // times the root of three

bool contains(string_view text, string_view part) { return text.find(part) != text.npos; }

/// 1 to 3 for L1 to L3, or A to C as SunSpec calls them; 0 for all of them together.
int phase_of(string_view name)
{
    struct spelling {
        string_view end;
        int phase;
    };
    static constexpr std::array<spelling, 12> ends{{
        {"_l1", 1}, {"_l2", 2}, {"_l3", 3}, {"phA", 1}, {"phB", 2}, {"phC", 3},
        {"PhA", 1}, {"PhB", 2}, {"PhC", 3}, {"_a", 1},  {"_b", 2},  {"_c", 3},
    }};
    for (const spelling& each : ends) {
        if (name.ends_with(each.end)) return each.phase;
    }
    return 0;
}

bool is_between_phases(string_view name)
{
    for (const string_view part : {"l12", "l23", "l31", "phAB", "phBC", "phCA", "PhAB", "PhBC",
                                   "PhCA", "_ll", "PPV", "l1_l2", "l2_l3", "l3_l1"}) {
        if (contains(name, part)) return true;
    }
    return false;
}

/// A phase's part of what all have; the first one takes what does not divide.
std::int64_t share(std::int64_t whole, int phase, int phases)
{
    if (phase == 0) return whole;
    if (phase > phases) return 0;
    const std::int64_t part = whole / phases;
    return phase == 1 ? whole - (phases - 1) * part : part;
}

/// 0 all, 1 to 4 for the tariffs as Chinese meters order them: tip, peak, flat, valley.
std::size_t tariff_of(const meter::register_field& field)
{
    using meter::role;
    switch (field.role) {
        case role::energy_t1: return 1;
        case role::energy_t2: return 2;
        case role::energy_t3: return 3;
        case role::energy_t4: return 4;
        default: break;
    }
    if (field.name.ends_with("_tip")) return 1;
    if (field.name.ends_with("_peak")) return 2;
    if (field.name.ends_with("_flat")) return 3;
    if (field.name.ends_with("_valley") && !contains(field.name, "deep")) return 4;
    return 0;
}

std::size_t energy_kind(const meter::register_field& field, bool is_reactive, bool is_apparent)
{
    const bool is_export = field.role == meter::role::energy_export ||
                           contains(field.name, "export") || contains(field.name, "Exp") ||
                           contains(field.name, "reverse");
    if (is_reactive) {
        return is_export || contains(field.name, "q4") || contains(field.name, "Q4")
                   ? kind::quadrant_1 + 3
                   : kind::quadrant_1;
    }
    if (is_apparent) return is_export ? kind::reverse_apparent : kind::forward_apparent;
    return is_export ? kind::reverse_active : kind::forward_active;
}

/// Hundredths of a kWh, kvarh or kVAh.
std::int64_t energy_of(const meter::register_field& field, const measured_moment& now,
                       std::size_t which)
{
    if (contains(field.name, "deep")) return 0;
    const std::size_t tariff = tariff_of(field);
    std::int64_t sum = 0;
    if (tariff != 0) {
        sum = now.registers.hundredths(which, tariff - 1);
    } else {
        for (std::size_t t = 0; t < tariff_count; ++t) sum += now.registers.hundredths(which, t);
    }
    return share(sum, phase_of(field.name), now.phases);
}

/// The unit without its prefix, and the power of ten of the prefix.
string_view base_unit(string_view unit, int& power)
{
    power = 0;
    if (unit.size() > 1 && (unit[0] == 'k' || unit[0] == 'M')) {
        power = unit[0] == 'k' ? 3 : 6;
        unit.remove_prefix(1);
    }
    return unit;
}

scaled_number in_unit(std::int64_t mantissa, int exponent, int prefix)
{
    return {mantissa, static_cast<std::int8_t>(exponent - prefix)};
}

/// Millionths of an ampere, of an apparent power in 10^-4 kVA at the voltage of a phase.
std::int64_t microamperes(std::int64_t apparent)
{
    return apparent * 1'000'000 / phase_decivolts;
}

/// What flows: at the moment, or of a field that shows a demand (需量) in the period that ends now,
/// or in the greatest of all.
struct flow {
    std::int64_t active = 0;  ///< 10^-4 kW; export counts below zero, but not in demands
    std::int64_t reactive = 0;
    std::int64_t apparent = 0;
};

flow flow_of(const meter::register_field& field, const measured_moment& now)
{
    if (!contains(field.name, "demand") || contains(field.name, "time")) {
        return {now.load.active.mantissa(), now.load.reactive.mantissa(),
                apparent_power(now.load)};
    }
    const bool is_export = contains(field.name, "export");
    const std::size_t active = is_export ? kind::reverse_active : kind::forward_active;
    const std::size_t apparent = is_export ? kind::reverse_apparent : kind::forward_apparent;
    if (contains(field.name, "max")) {
        const auto peaks = now.registers.image({}, {}).demand;
        return {peaks[active][0].value, peaks[kind::quadrant_1][0].value,
                peaks[apparent][0].value};
    }
    return {now.registers.present_demand(active),
            now.registers.present_demand(kind::quadrant_1),
            now.registers.present_demand(apparent)};
}

/// Active by apparent power of a moment, in thousandths; 1 where nothing flows.
std::int64_t power_factor(const flow& what)
{
    return what.apparent == 0 ? 1000 : what.active * 1000 / what.apparent;
}

}  // namespace

std::optional<scaled_number> measured_value(const meter::register_field& field,
                                            const measured_moment& now)
{
    int prefix = 0;
    const string_view unit = base_unit(field.unit, prefix);
    const int phase = phase_of(field.name);
    if (phase > now.phases && field.has_sentinel) return std::nullopt;
    const auto part = [&](std::int64_t whole) { return share(whole, phase, now.phases); };
    const auto energy = [&](bool is_reactive, bool is_apparent) {
        return in_unit(energy_of(field, now, energy_kind(field, is_reactive, is_apparent)), 1,
                       prefix);
    };
    if (unit == "Wh") return energy(false, false);
    if (unit == "varh") return energy(true, false);
    if (unit == "VAh") return energy(false, true);
    // Powers are kept in 10^-4 kW: tenths of a watt.
    const flow what = flow_of(field, now);
    if (unit == "W") return in_unit(part(what.active), -1, prefix);
    if (unit == "var") return in_unit(part(what.reactive), -1, prefix);
    if (unit == "VA") return in_unit(part(what.apparent), -1, prefix);
    if (unit == "V") {
        if (is_between_phases(field.name)) {
            if (now.phases == 1 && field.has_sentinel) return std::nullopt;
            return in_unit(now.phases == 1 ? 0 : line_decivolts, -1, prefix);
        }
        return in_unit(phase <= now.phases ? phase_decivolts : 0, -1, prefix);
    }
    if (unit == "A") {
        if (contains(field.name, "neutral") || field.name.ends_with("_n")) return scaled_number{};
        const bool is_mean = contains(field.name, "avg");
        return in_unit(microamperes(is_mean ? what.apparent / now.phases : part(what.apparent)),
                       -6, prefix);
    }
    if (unit == "Hz") return scaled_number{5000, -2};
    if (contains(field.name, "power_factor") || unit == "PF" || unit == "Pct") {
        return scaled_number{power_factor(what), static_cast<std::int8_t>(unit == "Pct" ? -1 : -3)};
    }
    return std::nullopt;
}

int scale_power_for(string_view unit)
{
    int prefix = 0;
    const string_view base = base_unit(unit, prefix);
    if (base == "V" || base == "Pct") return -1;
    if (base == "A" || base == "Hz") return -2;
    if (base == "PF") return -3;
    return 0;
}

}  // namespace wattpurse::sim
