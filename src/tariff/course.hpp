// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/base/scaled_arithmetic.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/line.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/tariff.hpp>

/// How the lines of a bill move while energy is added to a consumption: what can be told from the
/// tariff alone, so that not every quantity has to be rated.
namespace wattpurse::tariff {

/// Energy that is added: rows whose number and times stay, and whose quantities rise together.
struct addition {
    channel what = channel::import;
    std::size_t places = 1;  ///< rows that take it
    bool in_turn = false;    ///< rows of one moment after the other, each filled before the next
    instant first;           ///< when the earliest of them begins
    instant through;         ///< up to which is rated
};

/// How the lines of one charge, or the line of one adjustment, move.
enum class course : std::uint8_t {
    steady,    ///< each line only rises, or only falls, or stays
    wavering,  ///< what it costs exactly only rises, or only falls; its lines stray from that
    unknown,
    sign,      ///< as long as it stays, the course of others holds; it only rises or only falls
    share,     ///< of the lines it is over
    minimum,
    maximum,
    bank,
};

/// A charge or an adjustment of a version.
struct bill_part {
    course moves = course::unknown;
    std::size_t version = 0;
    const charge* priced = nullptr;
    const adjustment* adjusted = nullptr;  ///< or this
    bool is_bound_still = true;  ///< minimum, maximum: what they bring to does not move
    /// wavering: so far, in steps of 10^-4, a band's part may stray in each place.
    std::int64_t strays = 0;
    std::size_t places = 1;
};

/// A tariff that is watched. It costs what the original costs: lines were added in pairs that
/// cancel out, which tell where tiers are reached and conditions met.
struct watched_tariff {
    tariff by;
    std::vector<bill_part> parts;  ///< point into `by`

    watched_tariff() = default;
    watched_tariff(watched_tariff&&) = default;
    watched_tariff& operator=(watched_tariff&&) = default;
    watched_tariff(const watched_tariff&) = delete;
    watched_tariff& operator=(const watched_tariff&) = delete;
    ~watched_tariff() = default;
};

[[nodiscard]] watched_tariff watch(const tariff& by, const consumption& used, const period& over,
                                   const addition& with);

/// The number of the part that a line of a watched tariff is of; past the end for none.
[[nodiscard]] std::size_t part_of(const line& which);

/// How far a line of a wavering part may stray from what its energy costs in proportion, at
/// 10^-12. It counts while its tier is reached.
[[nodiscard]] kernel::int128 strays_of(const bill_part& part, const line& which);

/// A tariff of nothing but the tiers that the chronological tables of one version reach: its bill
/// rises with each new one.
[[nodiscard]] tariff tiers_in_time(const tariff& by, std::size_t version);

/// Whether a version has a chronological table.
[[nodiscard]] bool is_in_time(const version& by) noexcept;

}  // namespace wattpurse::tariff
