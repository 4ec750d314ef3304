// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/tariff/adjustment.hpp>
#include <wattpurse/tariff/band.hpp>
#include <wattpurse/tariff/calendar.hpp>
#include <wattpurse/tariff/charge.hpp>
#include <wattpurse/tariff/determinant.hpp>
#include <wattpurse/tariff/rounding_rules.hpp>

namespace wattpurse::tariff {

/// What becomes of energy whose interval reaches over a bound of the calendar, of a version or a
/// period, or, in a chronological table, of a tier while several bands were used.
enum class interval_split : std::uint8_t {
    refuse,    ///< rating fails and names the interval
    pro_rata,  ///< it is spread evenly over its time, and over the bands used in it
};

/// Something the tariff asks of an account.
struct attribute {
    std::string name;              ///< "contract_kva"
    wattpurse::tariff::title title;
    std::optional<scalar> value;   ///< where the account says nothing; none: it must

    friend bool operator==(const attribute&, const attribute&) = default;
};

/// The prices in force from a day on, until the next version.
struct version {
    std::string name;              ///< "2026-07"; shown where a period has several
    std::optional<civil_day> from; ///< none in the first: since ever
    wattpurse::tariff::calendar calendar;
    wattpurse::tariff::interval_split split = tariff::interval_split::refuse;
    std::vector<determinant> determinants;
    std::vector<charge> charges;          ///< in the order of the bill
    std::vector<adjustment> adjustments;  ///< in the order in which they are computed
    rounding_rules rounding;

    friend bool operator==(const version&, const version&) = default;
};

/// A tariff (电价方案): what electricity costs. A value; it comes from a file
/// (`adapter/json/tariff.hpp`) or is put together in code and then passed to `check`.
struct tariff {
    std::string name;    ///< "Zhejiang residential"
    std::string source;  ///< where its prices were published, and when; may be empty
    currency unit;
    civil_zone zone;     ///< in which months, days and bands are
    std::vector<band> bands;
    std::vector<attribute> attributes;
    std::vector<version> versions;  ///< rising by `from`

    friend bool operator==(const tariff&, const tariff&) = default;
};

[[nodiscard]] std::string_view to_string(interval_split value) noexcept;

/// Whether it matters when within a month energy was used: prices change with a version, a season
/// or a class of day, or tiers begin anew within it.
[[nodiscard]] bool divides_periods(const tariff& which) noexcept;

/// The index of the version in force on `day`; the first where `day` is before all of them.
[[nodiscard]] std::size_t version_at(const tariff& which, civil_day day) noexcept;

}  // namespace wattpurse::tariff
