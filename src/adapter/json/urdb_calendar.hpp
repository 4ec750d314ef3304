// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "urdb_rate.hpp"

namespace wattpurse::adapter::json::urdb {

using object_json = nlohmann::ordered_json;

/// A band of the tariff: an hour's period of energy together with its period of demand, for a
/// tariff has one calendar and a rate has two schedules.
struct band_of_periods {
    std::size_t energy = 0;
    std::optional<std::size_t> demand;
    std::string name;  ///< "p1", "p1d2": numbered from 1, as the database shows them

    friend bool operator==(const band_of_periods& a, const band_of_periods& b)
    {
        return a.energy == b.energy && a.demand == b.demand;
    }
};

/// What is told of a month: equal months are one season.
struct month_facts {
    hours weekday{};  ///< indices of bands
    hours weekend{};
    std::size_t flat_demand = 0;
    tariff::unit_price fuel;

    friend bool operator==(const month_facts&, const month_facts&) = default;
};

struct season_of_months {
    std::string name;                 ///< "jun_sep", "jan_may_oct_dec"
    std::vector<std::size_t> months;  ///< from 0
};

/// Both schedules as bands, and the months that differ as seasons.
class month_calendar {
public:
    /// `demand_counts` tells of each period of demand whether anything is charged in it; the
    /// others make no bands of their own.
    month_calendar(const schedule& energy, const schedule& demand,
                   const std::vector<bool>& demand_counts,
                   const std::array<std::size_t, month_count>& flat_demand,
                   const std::vector<tariff::unit_price>& fuel);

    /// None where a single one would do.
    [[nodiscard]] const std::vector<band_of_periods>& bands() const { return bands_; }
    [[nodiscard]] bool has_bands() const { return bands_.size() > 1; }
    /// Whether any hour of that month is in the band.
    [[nodiscard]] bool is_used(std::size_t band, std::size_t month) const;

    /// Names of the seasons of these months; empty where they are all months.
    [[nodiscard]] object_json seasons_of(const std::vector<std::size_t>& months) const;

    [[nodiscard]] object_json bands_json() const;
    /// The member `calendar` of a version, or null where there is nothing to say.
    [[nodiscard]] object_json calendar_json() const;

private:
    [[nodiscard]] std::size_t band_for(std::size_t energy, std::optional<std::size_t> demand);
    void divide_year();

    std::vector<band_of_periods> bands_;
    std::array<month_facts, month_count> months_{};
    std::vector<season_of_months> seasons_;
};

}  // namespace wattpurse::adapter::json::urdb
