// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/tariff/consumption.hpp>

#include "reader.hpp"

/// The parts of a tariff file. Where something cannot be read, an empty value takes its place:
/// `tariff::check` finds fault with it at the same place, which the loader then leaves out.
namespace wattpurse::adapter::json {

[[nodiscard]] tariff::title read_title(const cursor& at);
[[nodiscard]] std::vector<std::string> read_names(const cursor& at, std::string_view what);
[[nodiscard]] tariff::rounding_rule read_rule(const cursor& at);
[[nodiscard]] tariff::calendar read_calendar(const cursor& at);
[[nodiscard]] tariff::determinant read_determinant(const cursor& at);
[[nodiscard]] tariff::rate_table read_rate(const cursor& at);
[[nodiscard]] tariff::charge read_charge(const cursor& at);
[[nodiscard]] tariff::adjustment read_adjustment(const cursor& at);

/// "2026-01-31" as a day.
[[nodiscard]] std::optional<tariff::civil_day> read_day(const cursor& at);
/// "07-31".
[[nodiscard]] std::optional<tariff::month_day> read_month_day(const cursor& at);

/// The parts of an array. One that cannot be read has a part without a name, which `check` takes
/// for whatever else is named.
template <class Part, class Read>
void read_parts(const cursor& at, std::string_view what, std::vector<Part>& into, Read read)
{
    at.each(what, [&](const cursor& item) { into.push_back(read(item)); });
    if (!at.is(node::kind::array)) into.emplace_back();
}

/// A member that may be there, put where `read` makes something of it.
template <class Value, class Read>
void take(object& from, std::string_view key, Value& into, Read read)
{
    if (auto at = from.optional(key)) into = read(*at);
}

}  // namespace wattpurse::adapter::json
