// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/meter/register_map.hpp>

namespace wattpurse::meter {

/// What reading costs on a line, in microseconds.
struct read_cost {
    std::uint32_t request_us = 0;   ///< a request and its answer without registers, latency and all
    std::uint32_t register_us = 0;  ///< each register of the answer

    /// RTU on a serial line: 11 bits a byte, 8 bytes out, 5 around the registers, the silence of
    /// 3.5 characters twice (serial line V1.02, 2.5.1.1), and what the device thinks.
    [[nodiscard]] static constexpr read_cost serial(std::uint32_t baud, duration latency) noexcept;
    /// TCP: the network's round trip and the device's latency; bytes cost next to nothing.
    [[nodiscard]] static constexpr read_cost tcp(duration latency) noexcept;
};

/// Addresses at which a request must not go on from below: a device refused the one that did.
/// What was learned of a device is worth keeping: `learned_text.hpp` makes a line of it.
struct learned_cuts {
    struct cut {
        std::uint8_t function = 0;
        std::uint16_t address = 0;

        friend constexpr bool operator==(const cut&, const cut&) = default;
    };
    static constexpr std::size_t cuts_max = 160;  ///< `read_plan::steps_max`

    std::array<cut, cuts_max> cuts{};
    std::uint8_t size = 0;

    [[nodiscard]] constexpr std::span<const cut> view() const noexcept
    {
        return {cuts.data(), size};
    }
    [[nodiscard]] constexpr bool has(cut what) const noexcept
    {
        return std::find(cuts.begin(), cuts.begin() + size, what) != cuts.begin() + size;
    }
    /// False where there is no room: the plan is then worse, not wrong. Twice is once.
    constexpr bool add(cut what) noexcept
    {
        if (has(what)) {
            return true;
        }
        if (size == cuts_max) {
            return false;
        }
        cuts[size++] = what;
        return true;
    }
};

/// One request of a plan.
struct read_step {
    std::uint8_t function = 3;
    std::uint16_t address = 0;  ///< from the map's base on
    std::uint16_t count = 0;    ///< registers
    std::uint16_t first = 0;    ///< its fields: indices into `read_plan::fields`, first and
    std::uint16_t last = 0;     ///< behind the last

    friend constexpr bool operator==(const read_step&, const read_step&) = default;
};

/// The cheapest way to read some fields of a map: as few requests as the device's maximum allows,
/// where a hole between two fields is read along if that costs less than another request.
///
/// No value is ever torn, nor parted from its scale factor register; records are asked for one by
/// one; forbidden areas are not touched, and functions are not mixed. The optimum is found by
/// dynamic programming over the fields in the order of their addresses.
class read_plan {
public:
    static constexpr std::size_t fields_max = 512;
    static constexpr std::size_t steps_max = 160;

    /// `selection` are indices into `map.fields`; scale factors that they need are added, and the
    /// transformer ratios. `too_long` beyond the limits above, `out_of_range` for an index that is
    /// none, or a field (with its scale factor) that does not fit one request.
    [[nodiscard]] constexpr result<void> make(const register_map& map,
                                              std::span<const std::uint16_t> selection,
                                              const read_cost& cost,
                                              const learned_cuts& learned = {}) noexcept;

    [[nodiscard]] constexpr std::span<const read_step> steps() const noexcept
    {
        return {steps_.data(), step_count_};
    }
    /// Indices into `map.fields`, in the order in which the steps read them.
    [[nodiscard]] constexpr std::span<const std::uint16_t> fields() const noexcept
    {
        return {fields_.data(), field_count_};
    }
    [[nodiscard]] constexpr std::span<const std::uint16_t> fields_of(
        const read_step& step) const noexcept
    {
        return fields().subspan(step.first, std::size_t{step.last} - step.first);
    }
    /// What all of it takes, in microseconds.
    [[nodiscard]] constexpr std::uint64_t cost_us() const noexcept { return cost_us_; }

    /// What to learn of a refusal of that step: a cut at its widest hole, or, where it has none,
    /// in its middle. False where there is nothing to cut: what it asks for does not exist.
    [[nodiscard]] constexpr bool cut_for(const register_map& map, const read_step& refused,
                                         learned_cuts::cut& out) const noexcept;

private:
    /// Fields that must come in one answer, and the registers from the first to the last of them.
    struct cluster {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint16_t first = 0;
        std::uint16_t last = 0;
        bool is_alone = false;  ///< a record
    };

    constexpr result<void> collect(const register_map& map,
                                   std::span<const std::uint16_t> selection) noexcept;
    constexpr bool take(std::uint16_t field) noexcept;
    [[nodiscard]] constexpr std::size_t cluster_from(const register_map& map, std::size_t at,
                                                     cluster& out) const noexcept;
    constexpr result<void> arrange(const register_map& map, const read_cost& cost,
                                   const learned_cuts& learned) noexcept;

    std::array<std::uint16_t, fields_max> fields_{};
    std::size_t field_count_ = 0;
    std::array<read_step, steps_max> steps_{};
    std::size_t step_count_ = 0;
    std::uint64_t cost_us_ = 0;
};

// ---------------------------------------------------------------------------------------------

constexpr read_cost read_cost::serial(std::uint32_t baud, duration latency) noexcept
{
    if (baud == 0) {
        return tcp(latency);
    }
    const auto bytes_us = [baud](std::uint64_t halves) {  // of half a byte
        return static_cast<std::uint32_t>((halves * 11 * 500'000 + baud - 1) / baud);
    };
    const std::uint32_t silence_us = baud > 19'200 ? 1750 : bytes_us(7);
    read_cost out;
    out.request_us = bytes_us(std::uint64_t{2} * (8 + 5)) + 2 * silence_us +
                     static_cast<std::uint32_t>(latency.count() * 1000);
    out.register_us = bytes_us(4);
    return out;
}

constexpr read_cost read_cost::tcp(duration latency) noexcept
{
    return {static_cast<std::uint32_t>(latency.count() * 1000 + 100), 0};
}

namespace detail {

/// One address of such an area stands for a whole record.
[[nodiscard]] constexpr bool is_record(const register_map& map,
                                       const register_field& field) noexcept
{
    if (field.type == value_type::record) {
        return true;
    }
    for (const register_area& area : map.areas) {
        if (area.kind == register_area::kind_type::records && area.function == field.function &&
            field.address >= area.first && field.address <= area.last) {
            return true;
        }
    }
    return false;
}

/// Some of the registers from `begin` to before `end` must not be touched.
[[nodiscard]] constexpr bool is_forbidden(const register_map& map, std::uint8_t function,
                                          std::uint32_t begin, std::uint32_t end) noexcept
{
    for (const register_area& area : map.areas) {
        if (area.function == function && begin <= area.last && end > area.first) {
            return true;
        }
    }
    return false;
}

[[nodiscard]] constexpr std::uint32_t end_of(const register_field& field) noexcept
{
    return std::uint32_t{field.address} + field.count;
}

/// Most registers of one answer; bits of functions 1 and 2 have the standard's own limit.
[[nodiscard]] constexpr std::uint32_t count_max(const register_map& map,
                                                std::uint8_t function) noexcept
{
    const std::uint32_t most = function <= 2 ? 2000 : 125;
    return map.registers_max != 0 && map.registers_max < most ? map.registers_max : most;
}

}  // namespace detail

/// Adds a field once; false where there is no room.
constexpr bool read_plan::take(std::uint16_t field) noexcept
{
    const auto end = fields_.begin() + static_cast<std::ptrdiff_t>(field_count_);
    if (std::find(fields_.begin(), end, field) != end) {
        return true;
    }
    if (field_count_ == fields_max) {
        return false;
    }
    fields_[field_count_++] = field;
    return true;
}

/// The selection, what it needs, and all in the order of the addresses.
constexpr result<void> read_plan::collect(const register_map& map,
                                          std::span<const std::uint16_t> selection) noexcept
{
    field_count_ = 0;
    const std::int16_t ratios[2]{find_field(map, role::voltage_ratio),
                                 find_field(map, role::current_ratio)};
    bool fits = true;
    for (const std::uint16_t index : selection) {
        if (index >= map.fields.size()) {
            return fail(errc::out_of_range);
        }
        const register_field& field = map.fields[index];
        fits = fits && take(index);
        if (field.scale_field != no_field) {
            fits = fits && take(static_cast<std::uint16_t>(field.scale_field));
        }
        const bool wants[2]{
            field.ratio == transformer::voltage || field.ratio == transformer::power,
            field.ratio == transformer::current || field.ratio == transformer::power};
        for (std::size_t i = 0; i < 2; ++i) {
            if (wants[i] && ratios[i] != no_field) {
                fits = fits && take(static_cast<std::uint16_t>(ratios[i]));
            }
        }
    }
    if (!fits) {
        return fail(errc::too_long);
    }
    std::sort(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(field_count_),
              [&map](std::uint16_t a, std::uint16_t b) {
                  const register_field& x = map.fields[a];
                  const register_field& y = map.fields[b];
                  if (x.function != y.function) {
                      return x.function < y.function;
                  }
                  return x.address != y.address ? x.address < y.address : a < b;
              });
    return {};
}

/// The fields from `at` on that must stay together; returns where the next ones begin. Registers
/// that fields share, and all between a value and its scale factor, are one piece.
constexpr std::size_t read_plan::cluster_from(const register_map& map, std::size_t at,
                                              cluster& out) const noexcept
{
    const register_field& head = map.fields[fields_[at]];
    out.begin = head.address;
    out.end = detail::end_of(head);
    out.first = static_cast<std::uint16_t>(at);
    out.is_alone = detail::is_record(map, head);
    std::size_t next = at + 1;
    if (out.is_alone) {
        out.last = static_cast<std::uint16_t>(next);
        return next;
    }
    const auto reach = [&](const register_field& field) {  // up to its scale factor
        std::uint32_t end = detail::end_of(field);
        if (field.scale_field != no_field) {
            const register_field& factor =
                map.fields[static_cast<std::size_t>(field.scale_field)];
            if (factor.function == field.function) {
                end = std::max(end, detail::end_of(factor));
            }
        }
        return end;
    };
    out.end = reach(head);
    // A scale factor may stand before its values: then it reaches to the last of them.
    const auto belongs = [&](const register_field& field) {
        for (std::size_t i = at; i < next; ++i) {
            if (field.scale_field == static_cast<std::int16_t>(fields_[i])) {
                return true;
            }
        }
        return false;
    };
    for (std::size_t i = next; i < field_count_; ++i) {
        const register_field& field = map.fields[fields_[i]];
        if (field.function != head.function || detail::is_record(map, field)) {
            break;
        }
        if (field.address < out.end || belongs(field)) {
            for (; next <= i; ++next) {
                out.end = std::max(out.end, reach(map.fields[fields_[next]]));
            }
        }
    }
    out.last = static_cast<std::uint16_t>(next);
    return next;
}

constexpr bool read_plan::cut_for(const register_map& map, const read_step& refused,
                                  learned_cuts::cut& out) const noexcept
{
    std::uint32_t widest = 0;
    std::uint32_t end = refused.address;
    std::size_t clusters = 0;
    std::uint16_t middle = 0;
    bool has_middle = false;
    for (std::size_t at = refused.first; at < refused.last;) {
        cluster each;
        at = cluster_from(map, at, each);
        if (clusters++ > 0) {
            if (each.begin > end && each.begin - end > widest) {
                widest = each.begin - end;
                out = {refused.function, static_cast<std::uint16_t>(each.begin)};
            }
            if (!has_middle && each.first >= (refused.first + refused.last) / 2) {
                middle = static_cast<std::uint16_t>(each.begin);
                has_middle = true;
            }
        }
        end = each.end;
    }
    if (widest == 0 && clusters > 1) {
        // The last piece where none begins in the second half.
        cluster last;
        for (std::size_t at = refused.first; at < refused.last;) {
            at = cluster_from(map, at, last);
        }
        out = {refused.function, has_middle ? middle : static_cast<std::uint16_t>(last.begin)};
    }
    return clusters > 1;
}

constexpr result<void> read_plan::make(const register_map& map,
                                       std::span<const std::uint16_t> selection,
                                       const read_cost& cost,
                                       const learned_cuts& learned) noexcept
{
    step_count_ = 0;
    cost_us_ = 0;
    if (const auto collected = collect(map, selection); !collected) {
        return collected;
    }
    return arrange(map, cost, learned);
}

constexpr result<void> read_plan::arrange(const register_map& map, const read_cost& cost,
                                          const learned_cuts& learned) noexcept
{
    // best[i]: the cheapest way to read the first i pieces; from[i]: where its last request
    // begins. A register costs a little even where its bytes do not, so that of two plans with as
    // many requests the one that reads less is taken.
    std::array<cluster, fields_max> pieces{};
    std::array<std::uint64_t, fields_max + 1> best{};
    std::array<std::uint16_t, fields_max + 1> from{};
    std::size_t count = 0;
    const auto price = [&cost](std::uint32_t registers) {
        return (std::uint64_t{cost.request_us} << 10U) +
               registers * ((std::uint64_t{cost.register_us} << 10U) + 1);
    };
    for (std::size_t at = 0; at < field_count_;) {
        cluster& piece = pieces[count];
        at = cluster_from(map, at, piece);
        const std::uint8_t function = map.fields[fields_[piece.first]].function;
        const std::uint32_t most = detail::count_max(map, function);
        if (piece.end - piece.begin > most || piece.end > 0x10000U) {
            return fail(errc::out_of_range);
        }
        best[count + 1] = best[count] + price(piece.end - piece.begin);
        from[count + 1] = static_cast<std::uint16_t>(count);
        std::uint32_t end = piece.end;
        for (std::size_t begin = count; begin-- > 0 && !piece.is_alone;) {
            const cluster& lower = pieces[begin];
            const cluster& above = pieces[begin + 1];
            if (lower.is_alone || map.fields[fields_[lower.first]].function != function ||
                learned.has({function, static_cast<std::uint16_t>(above.begin)}) ||
                detail::is_forbidden(map, function, lower.end, above.begin)) {
                break;
            }
            end = std::max(end, lower.end);
            if (end - lower.begin > most) {
                break;
            }
            const std::uint64_t whole = best[begin] + price(end - lower.begin);
            if (whole < best[count + 1]) {
                best[count + 1] = whole;
                from[count + 1] = static_cast<std::uint16_t>(begin);
            }
        }
        ++count;
    }
    for (std::size_t at = count; at > 0; at = from[at]) {
        if (step_count_ == steps_max) {
            return fail(errc::too_long);
        }
        const cluster& head = pieces[from[at]];
        std::uint32_t end = 0;
        for (std::size_t i = from[at]; i < at; ++i) {
            end = std::max(end, pieces[i].end);
        }
        steps_[step_count_++] = {map.fields[fields_[head.first]].function,
                                 static_cast<std::uint16_t>(head.begin),
                                 static_cast<std::uint16_t>(end - head.begin), head.first,
                                 pieces[at - 1].last};
        cost_us_ += cost.request_us + std::uint64_t{cost.register_us} * (end - head.begin);
    }
    std::reverse(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(step_count_));
    return {};
}

}  // namespace wattpurse::meter
