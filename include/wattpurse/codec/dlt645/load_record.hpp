// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/moment.hpp>

/// Load records (负荷记录, DL/T 645-2007, annex B): what DATA of 06xxxxxx consists of. A block is
///
///     A0 A0 | count | mm hh DD MM YY | part AA | part AA | ... | CS | E5
///
/// with the six parts of `load_part`, each of its size or empty, AA behind each, and CS the sum
/// modulo 256 of all bytes before it. Packed BCD has no byte AA, so that parts end at it.
///
/// Unconfirmed: what CS covers and what `count` counts, for no captured block is public. The reader
/// does not look at `count`.
namespace wattpurse::codec::dlt645 {

inline constexpr std::uint8_t load_start_byte = 0xA0;  ///< twice
inline constexpr std::uint8_t load_separator = 0xAA;
inline constexpr std::uint8_t load_end_byte = 0xE5;
inline constexpr std::size_t load_part_count = 6;
inline constexpr std::size_t load_record_size_max = 103;  ///< with all parts

/// The parts of a block, which are the classes 1 to 6 of the load mode word 04000901.
enum class load_part : std::uint8_t {
    voltage_current_frequency,
    power,            ///< active and reactive, total, A, B, C
    power_factor,     ///< total, A, B, C
    energy,           ///< forward, reverse, combined reactive 1 and 2
    quadrant_energy,  ///< reactive, quadrants 1 to 4
    demand,           ///< present, active and reactive
};

/// The layout of a part, to be read with `field_reader`.
[[nodiscard]] constexpr std::string_view layout_of(load_part part) noexcept;
[[nodiscard]] constexpr std::size_t size_of(load_part part) noexcept;

/// One block. Borrows its bytes.
struct load_record {
    moment at;
    std::array<byte_span, load_part_count> parts;  ///< empty where not recorded or not asked for
    /// What the count byte says. Here it is the bytes behind it up to the last separator; meters
    /// differ in what they count, so that nothing depends on it.
    std::uint8_t declared = 0;

    [[nodiscard]] constexpr byte_span part(load_part which) const noexcept
    {
        return parts[static_cast<std::size_t>(which)];
    }
};

/// Reads the blocks of DATA behind the identifier, one after the other.
class load_reader {
public:
    enum class step : std::uint8_t { block, end, fault };

    constexpr explicit load_reader(byte_span data) noexcept : data_{data} {}

    /// The next block. A block with one part only, as some meters answer 0601xxxx to 0606xxxx,
    /// has it where its size belongs; `asked` decides between the two of 16 bytes.
    [[nodiscard]] constexpr step next(load_record& out,
                                      load_part asked = load_part::energy) noexcept;

    /// After `step::fault`: `syntax` where no block begins or separators are amiss,
    /// `out_of_range` where DATA ends within a block, the checksum is wrong or a part has not
    /// its size; `not_bcd` for a time that is none.
    [[nodiscard]] constexpr errc fault() const noexcept { return fault_; }
    /// Where the next block begins, or where the one with a fault did.
    [[nodiscard]] constexpr std::size_t offset() const noexcept { return offset_; }

private:
    constexpr step found_fault(errc what) noexcept;
    [[nodiscard]] constexpr bool ends_at(std::size_t at) const noexcept;
    constexpr bool take_parts(std::size_t& at, std::array<byte_span, load_part_count>& parts,
                              std::size_t& count) const noexcept;

    byte_span data_;
    std::size_t offset_ = 0;
    bool is_faulty_ = false;
    errc fault_ = errc::syntax;
};

/// Writes one block; `what.declared` is worked out. Returns its size. Errors: those of
/// `write_moment`; `out_of_range` for a part of another size; `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> write_load_record(
    const load_record& what, std::span<std::uint8_t> out) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr std::string_view layout_of(load_part part) noexcept
{
    switch (part) {
        case load_part::voltage_current_frequency:
            return "voltage:XXX.X[V]*3 current:sXXX.XXX[A]*3 frequency:XX.XX[Hz]";
        case load_part::power: return "active:sXX.XXXX[kW]*4 reactive:sXX.XXXX[kvar]*4";
        case load_part::power_factor: return "factor:sX.XXX*4";
        case load_part::energy:
            return "forward:XXXXXX.XX[kWh] reverse:XXXXXX.XX[kWh] "
                   "reactive_1:sXXXXXX.XX[kvarh] reactive_2:sXXXXXX.XX[kvarh]";
        case load_part::quadrant_energy: return "quadrant:XXXXXX.XX[kvarh]*4";
        case load_part::demand: return "active:sXX.XXXX[kW] reactive:sXX.XXXX[kvar]";
    }
    return "hex*";
}

constexpr std::size_t size_of(load_part part) noexcept
{
    constexpr std::array<std::size_t, load_part_count> sizes = {17, 24, 8, 16, 16, 6};
    return sizes[static_cast<std::size_t>(part)];
}

namespace detail {

inline constexpr std::string_view load_time_parts = "YYMMDDhhmm";
inline constexpr std::size_t load_head_size = 8;  ///< A0 A0, count, time

[[nodiscard]] constexpr std::uint8_t sum_of(byte_span bytes) noexcept
{
    unsigned sum = 0;
    for (const std::uint8_t byte : bytes) {
        sum += byte;
    }
    return static_cast<std::uint8_t>(sum);
}

/// Which part a single one is, by its size; false where it is none.
[[nodiscard]] constexpr bool place_single(std::array<byte_span, load_part_count>& parts,
                                          load_part asked) noexcept
{
    const byte_span only = parts[0];
    parts[0] = {};
    std::size_t place = load_part_count;
    for (std::size_t i = 0; i < load_part_count; ++i) {
        const auto part = static_cast<load_part>(i);
        if (only.size() == size_of(part) && (place == load_part_count || part == asked)) {
            place = i;
        }
    }
    if (place == load_part_count) {
        return only.empty();
    }
    parts[place] = only;
    return true;
}

[[nodiscard]] constexpr bool sizes_fit(
    const std::array<byte_span, load_part_count>& parts) noexcept
{
    bool good = true;
    for (std::size_t i = 0; i < load_part_count; ++i) {
        good = good && (parts[i].empty() || parts[i].size() == size_of(static_cast<load_part>(i)));
    }
    return good;
}

}  // namespace detail

constexpr load_reader::step load_reader::found_fault(errc what) noexcept
{
    is_faulty_ = true;
    fault_ = what;
    return step::fault;
}

/// Whether CS and E5 stand at `at`.
constexpr bool load_reader::ends_at(std::size_t at) const noexcept
{
    return at + 2 <= data_.size() && data_[at + 1] == load_end_byte &&
           data_[at] == detail::sum_of(data_.subspan(offset_, at - offset_));
}

/// Parts from `at`, which then stands on CS. False where no CS and E5 were found.
constexpr bool load_reader::take_parts(std::size_t& at,
                                       std::array<byte_span, load_part_count>& parts,
                                       std::size_t& count) const noexcept
{
    while (!ends_at(at)) {
        std::size_t end = at;
        while (end < data_.size() && data_[end] != load_separator) {
            ++end;
        }
        if (end == data_.size() || count == load_part_count) {
            return false;
        }
        parts[count++] = data_.subspan(at, end - at);
        at = end + 1;
    }
    return true;
}

constexpr load_reader::step load_reader::next(load_record& out, load_part asked) noexcept
{
    if (is_faulty_) return step::fault;
    const byte_span rest = data_.subspan(offset_);
    if (rest.empty()) return step::end;
    if (rest.size() < detail::load_head_size) return found_fault(errc::out_of_range);
    if (rest[0] != load_start_byte || rest[1] != load_start_byte) {
        return found_fault(errc::syntax);
    }
    const auto at = read_moment(detail::load_time_parts, rest.subspan(3, 5));
    if (!at) return found_fault(at.error());
    out = {};
    out.at = *at;
    out.declared = rest[2];
    std::size_t position = offset_ + detail::load_head_size;
    std::size_t count = 0;
    if (!take_parts(position, out.parts, count)) return found_fault(errc::out_of_range);
    const bool good = count == 1 ? detail::place_single(out.parts, asked)
                                 : count == load_part_count && detail::sizes_fit(out.parts);
    if (!good) return found_fault(errc::syntax);
    offset_ = position + 2;
    return step::block;
}

constexpr result<std::size_t> write_load_record(const load_record& what,
                                                std::span<std::uint8_t> out) noexcept
{
    std::size_t size = detail::load_head_size + load_part_count + 2;
    for (const byte_span part : what.parts) {
        size += part.size();
    }
    if (!detail::sizes_fit(what.parts)) return fail(errc::out_of_range);
    if (out.size() < size) return fail(errc::buffer_too_small);
    const auto time = write_moment(detail::load_time_parts, what.at, out.subspan(3, 5));
    if (!time) return fail(time.error());
    out[0] = load_start_byte;
    out[1] = load_start_byte;
    out[2] = static_cast<std::uint8_t>(size - 5);  // neither A0 A0 nor itself, nor CS and E5
    std::size_t at = detail::load_head_size;
    for (const byte_span part : what.parts) {
        for (const std::uint8_t byte : part) {
            out[at++] = byte;
        }
        out[at++] = load_separator;
    }
    out[at] = detail::sum_of(out.first(at));
    out[at + 1] = load_end_byte;
    return size;
}

}  // namespace wattpurse::codec::dlt645
