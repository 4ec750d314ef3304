// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::adapter::json {

/// What the member `format` of a catalogue file says.
inline constexpr std::string_view catalogue_format = "wattpurse-catalogue/1";

/// Identifiers of one file at most, and names of bits, each state counted.
inline constexpr std::size_t catalogue_rows_max = 2000;
inline constexpr std::size_t catalogue_bits_max = 4000;

/// Identifiers that a user has added to those of the standard catalogue, or put in their place.
/// Owns all its texts; may be moved, and what `view()` gave stays good as long as the object
/// that now has them.
class user_catalogue {
public:
    user_catalogue() = default;
    user_catalogue(user_catalogue&&) noexcept = default;
    user_catalogue& operator=(user_catalogue&&) noexcept = default;
    user_catalogue(const user_catalogue&) = delete;
    user_catalogue& operator=(const user_catalogue&) = delete;

    /// These identifiers over the standard catalogue.
    [[nodiscard]] codec::dlt645::catalogue view() const noexcept;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    friend class catalogue_builder;

    std::string name_;
    std::deque<std::string> texts_;  ///< never moved in memory: rows point into them
    std::vector<codec::dlt645::catalogue_row> rows_;
    std::vector<codec::dlt645::bit_name> bits_;
    std::vector<codec::dlt645::catalogue_index::slot> slots_;
    std::vector<std::uint16_t> wide_;
};

/// Reads a catalogue of a user's own from the text of its file, or says everything that is wrong
/// with it.
///
///     {
///       "format": "wattpurse-catalogue/1",
///       "name": "meters of our park",          "describe": free text (optional)
///       "identifiers": [
///         { "edition": "2007",                 or "1997"
///           "id": "028011FF",                  ranges and lists too: "0201{01..03}00"
///           "layout": "XXXXXX.XX[kWh] hex*",   see codec/dlt645/layout.hpp
///           "name": "status of a park meter",  at most 96 bytes
///           "name_zh": "...",                  the rest is optional: as "name"
///           "access": "r",                     or rw, w, push, security; otherwise r
///           "axes": "1:phase",                 what lower places say, see axes.hpp
///           "family": "vendor",                or energy, demand ...; otherwise vendor
///           "confirmed": false,                by two independent sources
///           "secret": false,                   never shown; true of itself for passwords
///           "source": "...", "note": "..." }   at most 64 and 300 bytes
///       ],
///       "bits": {                              (optional)
///         "park_status": [
///           { "low": 4, "width": 1,            width: otherwise 1
///             "name": "relay", "name_zh": "...",
///             "values": { "0": "closed", "1": { "name": "open", "name_zh": "..." } } }
///         ]
///       }
///     }
///
/// Layouts may use sets of bits of the file and of the standard catalogue. Where two identifiers
/// of one file describe the same one, or two groups of a set share a bit, that is a fault.
/// Unknown and repeated keys are faults. All faults come at once, each with its JSON pointer;
/// that of a layout names the character; a syntax error of JSON names line and column.
[[nodiscard]] result<user_catalogue, std::vector<fault>> load_catalogue(std::string_view text);

}  // namespace wattpurse::adapter::json
