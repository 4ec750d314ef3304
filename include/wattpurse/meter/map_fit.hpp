// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/meter/read_plan.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/register_value.hpp>

namespace wattpurse::meter {

/// Whether a device is one of those a map describes, worst first.
enum class fit_verdict : std::uint8_t {
    untested,      ///< nothing to ask, or no longer asked
    contradicted,  ///< a probe is answered otherwise, or a value is impossible
    absent,        ///< it has none of the registers asked for, or not the SunSpec model
    unclear,       ///< it has some of them; what they hold proves nothing
    plausible,     ///< mains voltage, frequency or energy are where the map has them
    /// All probes of the map are answered as they say and nothing contradicts; where they compare
    /// less than 32 bits, it is plausible too.
    proven,
};

/// How well a map fits a device.
struct map_fit {
    fit_verdict verdict = fit_verdict::untested;
    std::uint8_t points = 0;        ///< values that are hardly anything else: see `is_likely`
    std::uint8_t answers = 0;       ///< sample fields that the device has
    std::uint8_t absences = 0;      ///< sample fields that it has not
    bool passed_probes = false;     ///< there are some, and all are answered as they say
    std::uint16_t probe_bits = 0;   ///< how much they compare
    std::uint16_t base = 0;         ///< where the map's addresses count from
};

/// Whether `a` fits better than `b`: by verdict, then by points less absences.
[[nodiscard]] constexpr bool fits_better(const map_fit& a, const map_fit& b) noexcept
{
    if (a.verdict != b.verdict) {
        return a.verdict > b.verdict;
    }
    return a.points - a.absences > b.points - b.absences;
}

/// Fields by which a map is judged.
inline constexpr std::size_t fit_samples_max = 6;

/// The sample field number `which`: three voltages, the frequency, the energy, and the last field
/// of the map, which tells a large map from a small one. Only what is safe to read: no secret, no
/// setting, no record. `no_field` where the map has none such.
[[nodiscard]] constexpr std::int16_t fit_sample(const register_map& map,
                                                std::size_t which) noexcept;

/// The request that reads a field, its scale factor with it; none where one request cannot.
/// Addresses count from `base`.
[[nodiscard]] constexpr std::optional<codec::modbus::request> fit_question(
    const register_map& map, std::int16_t field, std::uint16_t base) noexcept;

/// What the registers of a sample say. `impossible` overrules all else: 3 MV, 7 Hz, no digits.
enum class sample_mark : std::uint8_t { indifferent, good, impossible };

/// Judges the answer to `fit_question`, as number `which` of the samples. Zero is indifferent: a
/// phase may be dead, and there are devices that answer zero for what they have not.
[[nodiscard]] constexpr sample_mark judge_sample(const register_map& map, std::int16_t field,
                                                 std::size_t which, byte_span registers) noexcept;

/// Whether the points make a map plausible: frequency counts two, each voltage and the energy one.
/// Three are wanted, of a map without frequency two.
[[nodiscard]] constexpr bool is_likely(const register_map& map, const map_fit& fit) noexcept;

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(fit_verdict verdict) noexcept
{
    switch (verdict) {
        case fit_verdict::untested: return "untested";
        case fit_verdict::contradicted: return "contradicted";
        case fit_verdict::absent: return "absent";
        case fit_verdict::unclear: return "unclear";
        case fit_verdict::plausible: return "plausible";
        case fit_verdict::proven: return "proven";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::size_t sample_frequency = 3;
inline constexpr std::size_t sample_energy = 4;
inline constexpr std::size_t sample_last = 5;

/// Reading it tells nothing secret, and it is where one may read.
[[nodiscard]] constexpr bool is_harmless(const register_map& map,
                                         const register_field& field) noexcept
{
    return !field.is_secret && !field.is_writable && field.access == access_class::read &&
           field.function >= 3 && field.function <= 4 && !is_record(map, field) &&
           !is_forbidden(map, field.function, field.address, end_of(field));
}

/// The `skip`th harmless field of that unit.
[[nodiscard]] constexpr std::int16_t field_in(const register_map& map, std::string_view unit,
                                              std::size_t skip) noexcept
{
    for (std::size_t i = 0; i < map.fields.size(); ++i) {
        if (map.fields[i].unit == unit && is_harmless(map, map.fields[i]) && skip-- == 0) {
            return static_cast<std::int16_t>(i);
        }
    }
    return no_field;
}

[[nodiscard]] constexpr bool is_between(const scaled_number& size, std::int64_t low,
                                        std::int64_t high) noexcept
{
    return compare(size, {low, 0}) >= 0 && compare(size, {high, 0}) <= 0;
}

[[nodiscard]] constexpr sample_mark judge_voltage(const register_field& field,
                                                  const scaled_number& size) noexcept
{
    // Behind a voltage transformer the meter itself sees 57.7 or 100 V.
    if (is_between(size, field.ratio == transformer::none ? 80 : 40, 520)) {
        return sample_mark::good;
    }
    return is_between(size, 1, 500'000) ? sample_mark::indifferent : sample_mark::impossible;
}

/// The power of ten of the field's scale factor, where it has one. False: it makes no sense.
[[nodiscard]] constexpr bool scale_power_of(const register_map& map, const register_field& field,
                                            std::uint16_t first, byte_span registers,
                                            int& power) noexcept
{
    power = 0;
    if (field.scale_field == no_field) {
        return true;
    }
    const register_field& factor = map.fields[static_cast<std::size_t>(field.scale_field)];
    const register_value read =
        read_value(factor, registers.subspan(std::size_t{2} * (factor.address - first),
                                             std::size_t{2} * factor.count));
    const auto whole = rescaled(read.number, 0, rounding::exact);
    if (!read.is_sound || !whole || *whole < -10 || *whole > 10) {
        return false;
    }
    power = static_cast<int>(*whole);
    return true;
}

}  // namespace detail

constexpr std::int16_t fit_sample(const register_map& map, std::size_t which) noexcept
{
    if (which < detail::sample_frequency) {
        return detail::field_in(map, "V", which);
    }
    if (which == detail::sample_frequency) {
        return detail::field_in(map, "Hz", 0);
    }
    if (which == detail::sample_energy) {
        const std::int16_t energy = find_field(map, role::energy_total);
        const bool is_safe = energy != no_field &&
            detail::is_harmless(map, map.fields[static_cast<std::size_t>(energy)]);
        return is_safe ? energy : no_field;
    }
    for (std::size_t i = map.fields.size(); which == detail::sample_last && i-- > 0;) {
        if (detail::is_harmless(map, map.fields[i])) {
            return static_cast<std::int16_t>(i);
        }
    }
    return no_field;
}

constexpr std::optional<codec::modbus::request> fit_question(const register_map& map,
                                                             std::int16_t field,
                                                             std::uint16_t base) noexcept
{
    const register_field& what = map.fields[static_cast<std::size_t>(field)];
    std::uint32_t begin = what.address;
    std::uint32_t end = detail::end_of(what);
    if (what.scale_field != no_field) {
        const register_field& factor = map.fields[static_cast<std::size_t>(what.scale_field)];
        if (factor.function != what.function) {
            return std::nullopt;
        }
        begin = std::min<std::uint32_t>(begin, factor.address);
        end = std::max(end, detail::end_of(factor));
    }
    if (end - begin > detail::count_max(map, what.function) || base + end > 0x10000U ||
        detail::is_forbidden(map, what.function, begin, end)) {
        return std::nullopt;
    }
    return codec::modbus::read_request(static_cast<codec::modbus::function>(what.function),
                                       static_cast<std::uint16_t>(base + begin),
                                       static_cast<std::uint16_t>(end - begin));
}

constexpr sample_mark judge_sample(const register_map& map, std::int16_t field, std::size_t which,
                                   byte_span registers) noexcept
{
    const register_field& what = map.fields[static_cast<std::size_t>(field)];
    std::uint16_t first = what.address;
    if (what.scale_field != no_field) {
        first = std::min(first, map.fields[static_cast<std::size_t>(what.scale_field)].address);
    }
    int power = 0;
    if (which == detail::sample_last ||
        !detail::scale_power_of(map, what, first, registers, power)) {
        return sample_mark::indifferent;
    }
    const register_value read =
        read_value(what, registers.subspan(std::size_t{2} * (what.address - first),
                                           std::size_t{2} * what.count), power);
    if (read.is_missing || (read.is_sound && read.word == 0)) {
        return sample_mark::indifferent;
    }
    if (!read.is_sound || read.is_implausible || read.number.mantissa < 0) {
        return sample_mark::impossible;
    }
    if (which < detail::sample_frequency) {
        return detail::judge_voltage(what, read.number);
    }
    if (which == detail::sample_frequency) {
        return detail::is_between(read.number, 45, 65) ? sample_mark::good
                                                       : sample_mark::impossible;
    }
    if (compare(read.number, {1, 12}) > 0) {
        return sample_mark::impossible;
    }
    return read.number.mantissa > 0 ? sample_mark::good : sample_mark::indifferent;
}

constexpr bool is_likely(const register_map& map, const map_fit& fit) noexcept
{
    return fit.points >= (detail::field_in(map, "Hz", 0) == no_field ? 2 : 3);
}

}  // namespace wattpurse::meter
