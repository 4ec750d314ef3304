// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>

#include "report.hpp"

namespace wattpurse::cli {

/// Adds the value of an identifier to `out`. One field is a text, a block of them an array;
/// several fields are an object by their names, repeated ones an array of objects. `unit` is that
/// of all, or `units` tells each; words whose bits have names are told as `bits` too. Where the
/// bytes do not fit the row, or there is none (nullptr), they are `data`; where they are secret,
/// they are not told. What is odd is appended to `warnings`.
void add_value(nlohmann::ordered_json& out, const codec::dlt645::catalogue_row* row,
               byte_span bytes, std::vector<std::string>& warnings,
               const decode_context& context);
/// The same in English, with the standard catalogue's names of bits.
void add_value(nlohmann::ordered_json& out, const codec::dlt645::catalogue_row* row,
               byte_span bytes, std::vector<std::string>& warnings);

/// The same into a report: `size` bytes of DATA from `begin` on.
void report_value(report_writer& to, const codec::dlt645::catalogue_row* row, std::size_t begin,
                  std::size_t size);

}  // namespace wattpurse::cli
