// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/meter/profile.hpp>

namespace wattpurse::cli {

/// One identifier to be read.
struct wanted_item {
    codec::dlt645::edition which = codec::dlt645::edition::y2007;
    std::uint32_t id = 0;

    friend bool operator==(const wanted_item&, const wanted_item&) = default;
};

/// More than that at once is a mistake.
inline constexpr std::size_t wanted_items_max = 20'000;

/// Identifiers and patterns as `wattpurse catalogue` shows them: eight digits of 2007, four of
/// 1997, ranges in braces. Error: text for a person that names the one that is wrong.
[[nodiscard]] result<std::vector<wanted_item>, std::string> wanted_ids(
    const std::vector<std::string>& texts, std::optional<codec::dlt645::edition> only);

/// What a family of the catalogue is read by: blocks where there are any, present values, and
/// the latest `history` records or settlement days.
[[nodiscard]] std::vector<wanted_item> wanted_family(const codec::dlt645::catalogue& all,
                                                     codec::dlt645::edition which,
                                                     codec::dlt645::item_family family,
                                                     unsigned history);

/// What a profile says of its meters, of 2007.
[[nodiscard]] std::vector<wanted_item> wanted_profile(const meter::profile& kind);

/// The identifier of one element of a block: 00010200 is the third of 0001FF00. Nothing where
/// the identifier is no block, or the catalogue does not have the element.
[[nodiscard]] std::optional<std::uint32_t> element_of(const codec::dlt645::catalogue& all,
                                                      const codec::dlt645::catalogue_row& row,
                                                      std::uint32_t id, std::size_t index);

/// Eight or four hexadecimal digits.
[[nodiscard]] std::string id_text(const wanted_item& item);

}  // namespace wattpurse::cli
