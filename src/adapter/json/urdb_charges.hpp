// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "urdb_calendar.hpp"
#include "urdb_rate.hpp"

namespace wattpurse::adapter::json::urdb {

/// Everything of a rate that becomes determinants, charges and adjustments.
struct rate_parts {
    structure energy;
    structure demand;
    std::vector<tiers> flat_demand;
    std::array<std::size_t, month_count> flat_months{};
    std::vector<tariff::unit_price> fuel;
};

/// Writes them into a version, the determinants that they need among them.
class charge_writer {
public:
    charge_writer(rate_reader& rate, const rate_parts& parts, const month_calendar& calendar);

    /// Reads the rest of what is charged from the rate, and writes all of it.
    void write();
    /// Adds `determinants`, `charges` and `adjustments`.
    void give(object_json& version) &&;

private:
    void fixed();
    void energy();
    void energy_group(const std::vector<std::size_t>& bands, const std::string& line);
    void fuel();
    void sell();
    void demand_by_time();
    void flat_demand();
    void minimum();

    /// "month" or "day" of "$/month", "$/day" and "$/year"; then the amount is one a month.
    [[nodiscard]] std::string per_time(std::string_view units_key, tariff::unit_price& amount);
    void demand_charge(const std::string& line, const tiers& from, object_json where,
                       const std::string& unit);
    [[nodiscard]] object_json bounds_for(const std::string& unit);
    [[nodiscard]] object_json tier_rate(const std::vector<std::size_t>& bands,
                                        const tiers& bounds_of);
    [[nodiscard]] object_json prices(const std::vector<std::size_t>& bands, std::size_t tier) const;
    [[nodiscard]] object_json names_of(const std::vector<std::size_t>& bands) const;
    [[nodiscard]] const tiers& tiers_of(std::size_t band) const;
    void need(const std::string& name, object_json determinant);
    void need_times(const std::string& name);
    [[nodiscard]] object_json ratchet();
    [[nodiscard]] int window();

    rate_reader& rate_;
    const rate_parts& parts_;
    const month_calendar& calendar_;
    std::vector<std::string> known_;  ///< names of determinants
    object_json determinants_ = object_json::array();
    object_json charges_ = object_json::array();
    object_json adjustments_ = object_json::array();
};

}  // namespace wattpurse::adapter::json::urdb
