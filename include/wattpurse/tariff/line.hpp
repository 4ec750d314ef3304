// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/tariff/rounding_rules.hpp>
#include <wattpurse/tariff/scalar.hpp>
#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// What a line of a bill is.
enum class line_kind : std::uint8_t {
    charge,   ///< quantity * price * share = exact, rounded to amount
    fee,      ///< a fee of a tier that was reached: quantity 1
    percent,  ///< base * price = exact
    minimum,  ///< what brings base up to a minimum
    maximum,  ///< what brings base down to a maximum
    bank,     ///< credit kept or drawn
    residue,  ///< carried from the bill before
};

/// A part of a whole, as days served of days: 20/30.
struct fraction {
    std::int64_t part = 1;
    std::int64_t whole = 1;

    friend constexpr bool operator==(const fraction&, const fraction&) = default;
};

/// One line of a bill, with everything that explains it. `explain` makes a sentence of it,
/// `adapter/json/bill.hpp` an object.
struct line {
    line_id id;
    std::string rule;          ///< line of the charge or adjustment it comes from
    wattpurse::tariff::title title;
    line_kind kind = line_kind::charge;
    std::string version;       ///< name of the version; empty where the tariff has one
    std::string tier;          ///< name of the tier; empty where there is one
    wattpurse::tariff::title tier_title;
    std::string band;          ///< name of the band; empty where prices are not by band
    wattpurse::tariff::title band_title;
    instant from;              ///< the stretch it is for
    instant until;
    std::string tier_unit;         ///< of its bounds, where another quantity selects the tier
    std::optional<scalar> above;   ///< lower bound of the tier
    std::optional<scalar> up_to;   ///< upper bound of the tier
    scalar quantity;
    std::string unit;          ///< "kWh"
    unit_price price;          ///< for one unit; as a share for percent
    bool is_average = false;   ///< prices differed within the line: `price` is their rounded mean
    fraction share;       ///< of the quantity, where it is prorated
    money base;                ///< what an adjustment is computed from
    money amount;              ///< positive where the customer owes it
    rounding_rule rounding;    ///< how the exact amount became `amount`
    decimal<12> residue;       ///< exact less amount; itself rounded (half even) where endless
    std::vector<std::string> tags;

    friend bool operator==(const line&, const line&) = default;
};

[[nodiscard]] std::string_view to_string(line_kind value) noexcept;

}  // namespace wattpurse::tariff
