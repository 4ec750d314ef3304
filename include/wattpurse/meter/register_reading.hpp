// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/rounding.hpp>
#include <wattpurse/base/scaled_arithmetic.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/register_value.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse::meter {

/// What a Modbus meter shows as the books want it.
struct map_reading {
    register_set registers{};
    /// Where its registers go on at zero, for `usage::limits`; the largest energy there is where
    /// the map does not say.
    energy capacity = energy::of(INT64_MAX);
    /// The coarsest step in which they are shown, for `usage::limits` as well: scale or
    /// resolution, times the scale factor and the transformers' ratio. Of a fraction that
    /// `is_inexact`, its own step.
    energy step{};
    /// Some register came as a binary fraction past the point where it tells the declared step
    /// apart (16 777 216 steps of a single-precision one). Such a reading may be off by the
    /// fraction's own step: that never adds up, because use is a difference of readings, but a
    /// single interval can show it. It is the caller's to charge it or to call it suspect.
    bool is_inexact = false;
    bool has_tariffs = false;  ///< T1 to T4 are the meter's own, not made from the total
};

/// An energy in kWh at 10^-4 from a value in kWh, Wh or MWh. `not_found` for another unit;
/// `not_available` for a missing value; the value's own problem where it is not sound;
/// `overflow`; `inexact` where digits would be lost and `mode` is `rounding::exact`.
[[nodiscard]] constexpr result<energy> to_energy(const register_field& what,
                                                 const register_value& value,
                                                 rounding mode) noexcept;

/// The cumulative registers of a meter from the values of its fields, `values[i]` of
/// `map.fields[i]`. Total and T1 to T4 are found by their roles.
///
/// Where the map has no tariff registers, all of the total is in `band` (0 is T1): `usage` judges
/// the total against the sum of the tariffs. Where it has no total, the total is their sum.
/// `not_found` where there is neither, and for a `band` there is not; otherwise as `to_energy`.
[[nodiscard]] constexpr result<map_reading> to_reading(const register_map& map,
                                                       std::span<const register_value> values,
                                                       rounding mode,
                                                       std::size_t band = 0) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// The power of ten between a unit of energy and kWh; false for another unit.
[[nodiscard]] constexpr bool kwh_power(std::string_view unit, int& power) noexcept
{
    power = unit == "Wh" ? -3 : (unit == "MWh" ? 3 : 0);
    return power != 0 || unit == "kWh";
}

[[nodiscard]] constexpr result<energy> kwh_of(scaled_number number, std::string_view unit,
                                              rounding mode) noexcept
{
    int power = 0;
    if (!kwh_power(unit, power)) {
        return fail(errc::not_found);
    }
    const int exponent = number.exponent + power;
    if (exponent < -scaled_exponent_max || exponent > scaled_exponent_max) {
        return fail(errc::overflow);
    }
    number.exponent = static_cast<std::int8_t>(exponent);
    const auto mantissa = rescaled(number, -energy::scale, mode);
    if (!mantissa) {
        return fail(mantissa.error());
    }
    return energy::of(*mantissa);
}

/// The step in which a field shows this value, rounded up; nothing where it would not fit.
[[nodiscard]] constexpr result<energy> step_of(const register_field& field,
                                               const register_value& value) noexcept
{
    scaled_number step = field.scale;
    scaled_number applied = value.applied;
    if (value.is_inexact) {
        // Between 2^e and 2^(e+1) fractions are 2^(e-n) apart, which is that part of the value.
        const auto places = static_cast<unsigned>(format_of(field.type).mantissa_bits - 1);
        const std::uint64_t size = kernel::magnitude(value.number.mantissa);
        step = {static_cast<std::int64_t>(size >> places) + 1, value.number.exponent};
        applied = {1, 0};  // it is in the value already
    } else if (is_fraction(field.type)) {
        step = {1, field.resolution};
        applied.exponent = 0;
    }
    const auto primary = product(step, applied);
    return primary ? kwh_of(*primary, field.unit, rounding::up)
                   : result<energy>{fail(primary.error())};
}

/// Takes the energy of a field into the reading.
[[nodiscard]] constexpr result<energy> take_energy(map_reading& out, const register_map& map,
                                                   std::span<const register_value> values,
                                                   std::size_t index, rounding mode) noexcept
{
    const register_field& field = map.fields[index];
    const auto value = to_energy(field, values[index], mode);
    if (value && field.capacity.mantissa > 0) {
        const auto primary = product(field.capacity, values[index].applied);
        const auto capacity = primary ? kwh_of(*primary, field.unit, rounding::down)
                                      : result<energy>{fail(primary.error())};
        if (capacity && *capacity < out.capacity) {
            out.capacity = *capacity;
        }
    }
    if (value) {
        const auto step = step_of(field, values[index]);
        out.step = step && *step > out.step ? *step : out.step;
    }
    out.is_inexact = out.is_inexact || values[index].is_inexact;
    return value;
}

}  // namespace detail

constexpr result<energy> to_energy(const register_field& what, const register_value& value,
                                   rounding mode) noexcept
{
    if (value.is_missing) {
        return fail(errc::not_available);
    }
    if (!value.is_sound) {
        return fail(value.problem);
    }
    return detail::kwh_of(value.number, what.unit, mode);
}

constexpr result<map_reading> to_reading(const register_map& map,
                                         std::span<const register_value> values, rounding mode,
                                         std::size_t band) noexcept
{
    constexpr role tariffs[tariff_count]{role::energy_t1, role::energy_t2, role::energy_t3,
                                         role::energy_t4};
    map_reading out;
    if (band >= tariff_count || values.size() < map.fields.size()) {
        return fail(errc::not_found);
    }
    energy sum{};
    for (std::size_t i = 0; i < tariff_count; ++i) {
        const std::int16_t index = find_field(map, tariffs[i]);
        if (index == no_field) {
            continue;
        }
        const auto value = detail::take_energy(out, map, values,
                                               static_cast<std::size_t>(index), mode);
        if (!value) {
            return fail(value.error());
        }
        const auto more = sum + *value;
        if (!more) {
            return fail(more.error());
        }
        sum = *more;
        out.registers.tariff[i] = *value;
        out.has_tariffs = true;
    }
    const std::int16_t total = find_field(map, role::energy_total);
    if (total == no_field) {
        if (!out.has_tariffs) {
            return fail(errc::not_found);
        }
        out.registers.total = sum;
        return out;
    }
    const auto value =
        detail::take_energy(out, map, values, static_cast<std::size_t>(total), mode);
    if (!value) {
        return fail(value.error());
    }
    out.registers.total = *value;
    if (!out.has_tariffs) {
        out.registers.tariff[band] = *value;
    }
    return out;
}

}  // namespace wattpurse::meter
