// SPDX-License-Identifier: Apache-2.0
#include "column_code.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

namespace wattpurse::usage {
namespace {

enum class form : std::uint8_t { zero, constant, runs, sparse, packed, rice, steps };

constexpr unsigned form_width = 3;
constexpr unsigned width_width = 6;    // of a width of 1 to 64, less one, and of a Rice parameter
constexpr unsigned length_width = 5;   // of the width of a run's length
constexpr unsigned rarity_width = 7;   // of a width of 0 to 64
constexpr unsigned quotient_max = 20;  // as many ones, and all 64 bits stand behind them
constexpr unsigned parameter_max = 40;

// ---- Rice codes ---------------------------------------------------------------------------------

[[nodiscard]] constexpr std::uint64_t rice_size(std::uint64_t value, unsigned parameter) noexcept
{
    const std::uint64_t quotient = value >> parameter;
    return quotient < quotient_max ? quotient + 1 + parameter : quotient_max + 64;
}

[[nodiscard]] std::uint64_t rice_size(std::span<const std::uint64_t> values,
                                      std::uint64_t greatest, unsigned parameter) noexcept
{
    std::uint64_t bits = 0;
    if (greatest >> parameter >= quotient_max) {
        for (const std::uint64_t each : values) bits += rice_size(each, parameter);
        return bits;
    }
    for (const std::uint64_t each : values) bits += each >> parameter;
    return bits + values.size() * (1 + parameter);
}

void put_rice(bit_writer& out, std::uint64_t value, unsigned parameter)
{
    const std::uint64_t quotient = value >> parameter;
    if (quotient < quotient_max) {
        const auto ones = static_cast<unsigned>(quotient);
        const std::uint64_t rest = value & low_bits(parameter);
        out.put(low_bits(ones) | rest << (ones + 1), ones + 1 + parameter);
    } else {
        out.put(low_bits(quotient_max), quotient_max);
        out.put(value, 64);
    }
}

[[nodiscard]] std::uint64_t get_rice(bit_reader& in, unsigned parameter) noexcept
{
    const std::uint64_t ahead = in.peek();
    const auto ones = static_cast<unsigned>(std::countr_one(ahead & low_bits(quotient_max)));
    if (ones == quotient_max) {
        in.skip(quotient_max);
        return in.get(64);
    }
    const unsigned size = ones + 1 + parameter;
    if (size <= 57) {
        in.skip(size);
        return std::uint64_t{ones} << parameter | (ahead >> (ones + 1) & low_bits(parameter));
    }
    in.skip(ones + 1);
    return std::uint64_t{ones} << parameter | in.get(parameter);
}

/// The way to write a column that takes the fewest bits, the first one of several.
struct choice {
    form as = form::runs;
    unsigned parameter = 0;
    std::uint64_t bits = std::numeric_limits<std::uint64_t>::max();

    void consider(form other, std::uint64_t its_bits, unsigned its_parameter = 0) noexcept
    {
        if (its_bits < bits) *this = {other, its_parameter, its_bits};
    }
    /// Values in Rice codes behind a head of so many bits, with the parameter that suits them.
    void consider_rice(form other, std::uint64_t head,
                       std::span<const std::uint64_t> values) noexcept
    {
        const std::uint64_t greatest = values.empty() ? 0 : *std::ranges::max_element(values);
        const unsigned last =
            std::min(static_cast<unsigned>(std::bit_width(greatest)), parameter_max);
        for (unsigned k = 0; k <= last; ++k) {
            if (head + std::uint64_t{values.size()} * (k + 1) >= bits) break;
            consider(other, head + rice_size(values, greatest, k), k);
        }
    }
};

// ---- What a column is like ----------------------------------------------------------------------

/// What stands in front of a column's values.
struct frame {
    std::uint64_t base = 0;      ///< the least of them, signed
    std::uint64_t divisor = 1;   ///< of all differences from it
    std::uint64_t greatest = 0;  ///< of the differences, divided
    [[nodiscard]] unsigned width() const noexcept
    {
        return static_cast<unsigned>(std::bit_width(greatest));
    }
    /// Of what a cell that is not at the base is over the least that it can be.
    [[nodiscard]] unsigned rare_width() const noexcept
    {
        return static_cast<unsigned>(std::bit_width(greatest - 1));
    }
};

/// Machines divide small numbers faster, and most are small.
[[nodiscard]] std::uint64_t divide(std::uint64_t a, std::uint64_t b) noexcept
{
    if (a == 0 || b == 1) return a;
    if ((a | b) >> 32U != 0) return a / b;
    return static_cast<std::uint32_t>(a) / static_cast<std::uint32_t>(b);
}

/// Measures a column whose cells are not all the same, and leaves the divided differences in it.
[[nodiscard]] frame reduce(std::span<std::uint64_t> cells, std::vector<std::uint64_t>& scratch)
{
    frame out;
    out.base = *std::min_element(cells.begin(), cells.end(), [](auto a, auto b) {
        return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
    });
    for (std::uint64_t& each : cells) {
        each -= out.base;
        out.greatest = std::max(out.greatest, each);
    }
    scratch.resize(cells.size());
    out.divisor = out.greatest;  // and smaller, until all are divided
    for (std::size_t i = 0; i < cells.size();) {
        const std::uint64_t over = cells[i];
        const std::uint64_t quotient = divide(over, out.divisor);
        if (quotient * out.divisor == over) {
            scratch[i++] = quotient;
        } else {
            out.divisor = std::gcd(out.divisor, over);
            i = 0;
        }
    }
    std::copy(scratch.begin(), scratch.end(), cells.begin());
    out.greatest /= out.divisor;
    return out;
}

struct run_lengths {
    std::size_t count = 1;
    unsigned width = 0;  ///< of the longest but the last, less one
};

[[nodiscard]] std::size_t count_runs(std::span<const std::uint64_t> cells) noexcept
{
    std::size_t count = 1;
    for (std::size_t i = 1; i < cells.size(); ++i) count += cells[i] != cells[i - 1] ? 1U : 0U;
    return count;
}

[[nodiscard]] unsigned run_width(std::span<const std::uint64_t> cells) noexcept
{
    std::size_t longest = 1;
    std::size_t begin = 0;
    for (std::size_t i = 1; i < cells.size(); ++i) {
        if (cells[i] == cells[i - 1]) continue;
        longest = std::max(longest, i - begin);
        begin = i;
    }
    return static_cast<unsigned>(std::bit_width(longest - 1));
}

void put_runs(bit_writer& out, const frame& of, const run_lengths& runs,
              std::span<const std::uint64_t> cells)
{
    out.put(of.width() - 1, width_width);
    out.put(runs.width, length_width);
    out.put_number(runs.count);
    std::size_t begin = 0;
    for (std::size_t i = 1; i < cells.size(); ++i) {
        if (cells[i] == cells[i - 1]) continue;
        out.put(cells[begin], of.width());
        out.put(i - begin - 1, runs.width);
        begin = i;
    }
    out.put(cells[begin], of.width());
}

[[nodiscard]] bool get_runs(bit_reader& in, std::span<std::uint64_t> cells) noexcept
{
    const auto width = static_cast<unsigned>(in.get(width_width)) + 1;
    const auto length = static_cast<unsigned>(in.get(length_width));
    const std::uint64_t count = in.get_number();
    if (count == 0 || count > cells.size()) return false;
    std::size_t begin = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t value = in.get(width);
        const std::size_t left = cells.size() - begin;
        const std::uint64_t size = i + 1 == count ? left : in.get(length) + 1;
        if (size == 0 || size > left) return false;
        std::fill_n(cells.begin() + static_cast<std::ptrdiff_t>(begin), size, value);
        begin += static_cast<std::size_t>(size);
    }
    return true;
}

void tell_steps(std::vector<std::uint64_t>& into, std::span<const std::uint64_t> cells)
{
    into.resize(cells.size() - 1);
    for (std::size_t i = 1; i < cells.size(); ++i) into[i - 1] = to_zigzag(cells[i] - cells[i - 1]);
}

/// How many cells at the base stand before each that is not.
void tell_gaps(std::vector<std::uint64_t>& into, std::span<const std::uint64_t> cells)
{
    into.clear();
    std::uint64_t gap = 0;
    for (const std::uint64_t each : cells) {
        if (each == 0) {
            ++gap;
        } else {
            into.push_back(std::exchange(gap, 0));
        }
    }
}

void put_sparse(bit_writer& out, const frame& of, unsigned parameter,
                std::span<const std::uint64_t> gaps, std::span<const std::uint64_t> cells)
{
    out.put(of.rare_width(), rarity_width);
    out.put(parameter, width_width);
    out.put_number(gaps.size());
    std::size_t at = 0;
    for (const std::uint64_t gap : gaps) {
        at += static_cast<std::size_t>(gap);
        put_rice(out, gap, parameter);
        out.put(cells[at++] - 1, of.rare_width());
    }
}

[[nodiscard]] bool get_sparse(bit_reader& in, std::span<std::uint64_t> cells) noexcept
{
    const auto width = static_cast<unsigned>(in.get(rarity_width));
    const auto parameter = static_cast<unsigned>(in.get(width_width));
    const std::uint64_t count = in.get_number();
    if (width > 64 || parameter > parameter_max || count > cells.size()) return false;
    std::fill(cells.begin(), cells.end(), 0);
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t gap = get_rice(in, parameter);
        if (gap >= cells.size() - at) return false;
        at += static_cast<std::size_t>(gap);
        cells[at++] = in.get(width) + 1;
    }
    return true;
}

}  // namespace

// ---- One column ---------------------------------------------------------------------------------

void column_code::put(bit_writer& out, std::span<std::uint64_t> cells)
{
    if (cells.empty()) return;
    const std::uint64_t first = cells.front();
    if (std::all_of(cells.begin(), cells.end(), [first](auto each) { return each == first; })) {
        out.put(static_cast<unsigned>(first == 0 ? form::zero : form::constant), form_width);
        if (first != 0) out.put_signed(first);
        return;
    }
    const frame of = reduce(cells, steps_);
    const std::uint64_t count = cells.size();
    const std::uint64_t packed_size = width_width + count * of.width();

    choice best{form::packed, 0, packed_size + 1};  // what comes before it may be as long
    run_lengths runs{count_runs(cells)};
    if (runs.count * of.width() < best.bits) {
        runs.width = run_width(cells);
        best.consider(form::runs, width_width + length_width + number_size(runs.count) +
                                      runs.count * of.width() + (runs.count - 1) * runs.width);
    }
    const std::uint64_t rare = count - static_cast<std::uint64_t>(std::ranges::count(cells, 0U));
    if (rare * (of.rare_width() + 1) < best.bits) {
        tell_gaps(gaps_, cells);
        best.consider_rice(form::sparse, rarity_width + width_width + number_size(rare) +
                                             rare * of.rare_width(), gaps_);
    }
    best.consider(form::packed, packed_size);
    best.consider_rice(form::rice, width_width, cells);
    const unsigned steps_head = width_width + number_size(cells.front());
    if (steps_head + count - 1 < best.bits) {
        tell_steps(steps_, cells);
        best.consider_rice(form::steps, steps_head, steps_);
    }

    out.put(static_cast<unsigned>(best.as), form_width);
    out.put_signed(of.base);
    out.put_number(of.divisor);
    switch (best.as) {
        case form::zero:
        case form::constant: break;  // written above
        case form::runs: put_runs(out, of, runs, cells); break;
        case form::sparse: put_sparse(out, of, best.parameter, gaps_, cells); break;
        case form::packed:
            out.put(of.width() - 1, width_width);
            for (const std::uint64_t each : cells) out.put(each, of.width());
            break;
        case form::rice:
            out.put(best.parameter, width_width);
            for (const std::uint64_t each : cells) put_rice(out, each, best.parameter);
            break;
        case form::steps:
            out.put(best.parameter, width_width);
            out.put_number(cells.front());
            for (const std::uint64_t each : steps_) put_rice(out, each, best.parameter);
            break;
    }
}

std::string_view column_code::get(bit_reader& in, std::span<std::uint64_t> cells)
{
    if (cells.empty()) return {};
    const auto as = static_cast<form>(in.get(form_width));
    if (as > form::steps) return "a form of column, 0 to 6";
    if (as <= form::constant) {
        std::fill(cells.begin(), cells.end(), as == form::zero ? 0 : in.get_signed());
        return {};
    }
    const std::uint64_t base = in.get_signed();
    const std::uint64_t divisor = in.get_number();
    if (as == form::runs || as == form::sparse) {
        if (!(as == form::runs ? get_runs(in, cells) : get_sparse(in, cells))) {
            return "parts that make up the column";
        }
    } else if (as == form::packed) {
        const auto width = static_cast<unsigned>(in.get(width_width)) + 1;
        for (std::uint64_t& each : cells) each = in.get(width);
    } else {
        const auto parameter = static_cast<unsigned>(in.get(width_width));
        if (parameter > parameter_max) return "a Rice parameter, 0 to 40";
        if (as == form::rice) {
            for (std::uint64_t& each : cells) each = get_rice(in, parameter);
        } else {
            cells.front() = in.get_number();
            for (std::size_t i = 1; i < cells.size(); ++i) {
                cells[i] = cells[i - 1] + from_zigzag(get_rice(in, parameter));
            }
        }
    }
    for (std::uint64_t& each : cells) each = base + each * divisor;
    return in.is_over() ? "more bytes" : std::string_view{};
}

}  // namespace wattpurse::usage
