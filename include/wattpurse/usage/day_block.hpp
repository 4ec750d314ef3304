// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse::usage {

/// A day of the wall calendar where a meter stands.
struct local_day {
    std::int32_t number = 0;            ///< days since 1970-01-01 by that calendar
    fixed_zone zone;                    ///< in which the day's first moment is midnight
    std::chrono::minutes length{1440};  ///< 1 to 2880: other than 24 h where clocks are changed

    /// The day of 24 hours that `at` falls on.
    [[nodiscard]] static constexpr local_day of(instant at, fixed_zone zone) noexcept
    {
        const auto day = std::chrono::floor<std::chrono::days>(at + zone.offset);
        return {static_cast<std::int32_t>(day.time_since_epoch().count()), zone};
    }
    [[nodiscard]] constexpr instant from() const noexcept
    {
        return instant{std::chrono::sys_days{std::chrono::days{number}}} - zone.offset;
    }
    /// The first moment that is no longer of the day.
    [[nodiscard]] constexpr instant until() const noexcept { return from() + length; }

    friend constexpr bool operator==(const local_day&, const local_day&) = default;
};

/// What a block is about: one meter, the account that it served, one day.
struct meter_day {
    meter_id meter;
    account_id account;  ///< empty where it served none
    local_day day;

    friend constexpr bool operator==(const meter_day&, const meter_day&) = default;
};

/// All readings of one meter in one closed day, as they were known when it was sealed.
struct day_block {
    meter_day of;
    std::uint32_t revision = 1;     ///< 1, 2, 3 ...: the greatest counts, the others stay on file
    std::vector<reading> readings;  ///< by moment and source, no two alike in both
};

/// The most readings of a block: more than one a second of the longest day in use.
inline constexpr std::size_t day_readings_max = 100'000;

/// The bytes of a block. Every field of every reading comes back from them; the same readings
/// give the same bytes in whatever order they are. A reading that is there twice counts once.
///
/// The error names what cannot be sealed: a reading of another meter, account or day, two of one
/// moment and source that differ, none at all or too many, a revision 0, a day out of range.
///
/// The layout is fixed for ever, with the choices that lead to it: `open` refuses a block that is
/// not what `seal` makes of its readings. Bytes 57 44 01 ("WD", version 1); a stream of bits, low
/// bit of a byte first, of each number the low bit first, filled up with zeros to a whole byte;
/// CRC-32C of all that, low byte first.
///
/// A *number* in the stream goes three bits at a time, low ones first, a fourth bit saying that
/// more follow. A *signed* one is the number 2n, or -2n-1 where it is negative. Sums and
/// differences are taken modulo 2^64. A *text* is 5 bits of how many characters stand before its
/// last digits, 5 bits of how many digits those are, the characters at 7 bits, the digits in
/// groups of three from the left at 10 bits, a group of two at 7, of one at 4. The stream is:
///
///     meter, account           texts
///     day number               signed
///     zone                     signed, minutes
///     length of the day        signed, minutes over 1440
///     revision                 number
///     count of readings, n     number
///     first moment             number, milliseconds of the day
///     unit of first registers  number, their greatest common divisor (1 where all are zero)
///     first T1 to T4           signed, in that unit; energy in steps of 0.0001 kWh
///     nine columns
///
/// The columns, over the readings by moment and source; the first six have n - 1 cells, of a
/// reading and the one before it:
///
///     elapsed                  milliseconds
///     moving                   0 to 3: one tariff register that has moved. The one of the row
///                              before if it moved or none did, else the lowest that moved;
///                              before any moved, the first that will, or 0
///     moved                    by how much that register did
///     (three:) T1 to T4        but for the moving one: by how much each did, those of lower
///                              number first
///     excess                   n cells: total less T1 to T4
///     late                     n cells: recorded_at less effective_at, milliseconds
///     kind                     n cells: source + 4 * quality, numbered as in reading.hpp
///
/// A column without cells takes no bits. Others begin with 3 bits of form:
///
///     0 zero       all cells are 0
///     1 constant   signed; all cells are that
///     2 to 6       base, signed: the least cell; divisor, number: the greatest common one of all
///                  cells less the base. What follows is of cells less base, divided; w is the
///                  width of the greatest
///     2 runs       6 bits: w - 1; 5 bits: v, the width of the length less 1 of the longest run
///                  but the last; number: count of runs; of each run its cell in w bits and, but
///                  for the last run, its length less 1 in v bits
///     3 sparse     7 bits: u, the width of the greatest less 1; 6 bits: k; number: count of
///                  cells that are not 0; of each how many are 0 before it, behind the one
///                  before, as a Rice code, and the cell less 1 in u bits
///     4 packed     6 bits: w - 1; each cell in w bits
///     5 rice       6 bits: k; each cell as a Rice code
///     6 steps      6 bits: k; number: the first cell; of each other one the difference from the
///                  one before, as a signed one's number, as a Rice code
///
/// A Rice code of x is q = x / 2^k ones, a zero and the low k bits of x; where q is 20 or more,
/// 20 ones and all 64 bits. Each k is that of the fewest bits, the least of several, at most 40
/// and the width of the greatest x. The form is 0 or 1 where it can be, else the one of the
/// fewest bits, the first of several. A width is how many bits a value needs, none for 0.
[[nodiscard]] result<std::vector<std::uint8_t>, fault> seal(const meter_day& of,
                                                            std::uint32_t revision,
                                                            std::span<const reading> readings);

/// Reads a block back. Any damage is found: the fault names the byte, what is there and what was
/// expected. Memory is bounded by `day_readings_max`.
[[nodiscard]] result<day_block, fault> open(byte_span bytes);

/// What late readings make of a block.
struct revised {
    day_block block;                  ///< as it was, where nothing changed
    std::vector<std::uint8_t> bytes;  ///< of the new revision; empty where nothing changed
    std::size_t added = 0;
    std::size_t replaced = 0;

    [[nodiscard]] bool changed() const noexcept { return added + replaced != 0; }
};

/// Seals a day anew with readings that came in late: the next revision, if they say anything new.
///
/// A reading of a moment and source that the block does not have is added. One that says the same
/// (registers and quality) changes nothing, and the moment at which the first was recorded stays.
/// One that says something else replaces it, unless it was recorded before it; of several late
/// ones the one that was recorded last counts, of those the one that stands last. So late
/// readings may come twice, and in parts.
///
/// Errors as of `seal`, and where there is no greater revision.
[[nodiscard]] result<revised, fault> revise(const day_block& before,
                                            std::span<const reading> late);

}  // namespace wattpurse::usage
