// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/meter/profile.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::adapter::json {

/// What the member `format` of a profile says.
inline constexpr std::string_view profile_format = "wattpurse-profile/1";

/// Of one file at most: registers, and names of bits, each state counted; of one list: areas,
/// recipes, probes, texts, and parts of a record.
inline constexpr std::size_t profile_registers_max = 2000;
inline constexpr std::size_t profile_bits_max = 4000;
inline constexpr std::size_t profile_list_max = 100;

/// What a meter speaks.
enum class profile_protocol : std::uint8_t { modbus, dlt645 };

/// A kind of meter, read from a profile. Owns all its texts; may be moved, and what `modbus()`
/// and `dlt645()` gave stays good as long as the object that now has them.
class meter_profile {
public:
    meter_profile() = default;
    meter_profile(meter_profile&&) noexcept = default;
    meter_profile& operator=(meter_profile&&) noexcept = default;
    meter_profile(const meter_profile&) = delete;
    meter_profile& operator=(const meter_profile&) = delete;

    [[nodiscard]] profile_protocol protocol() const noexcept { return protocol_; }
    [[nodiscard]] bool is_modbus() const noexcept { return protocol_ == profile_protocol::modbus; }

    /// Of a Modbus meter: its registers. Of a DL/T 645 meter: a map without registers, which tells
    /// name, vendor, models, sources, notes, status and serial line all the same.
    [[nodiscard]] meter::register_map view() const noexcept { return map_; }
    /// Of a DL/T 645 meter: what its driver needs. Of a Modbus meter: nothing of use.
    [[nodiscard]] const meter::profile& dlt645() const noexcept { return dlt645_; }

    [[nodiscard]] std::string_view name() const noexcept { return map_.name; }

private:
    friend class profile_builder;

    profile_protocol protocol_ = profile_protocol::modbus;
    std::deque<std::string> texts_;  ///< never moved in memory: views point into them
    std::vector<std::string_view> models_;
    std::vector<std::string_view> sources_;
    std::vector<std::string_view> notes_;
    std::vector<meter::register_field> fields_;
    std::vector<meter::register_area> areas_;
    std::vector<meter::write_recipe> recipes_;
    std::vector<meter::probe_rule> probes_;
    std::deque<std::vector<meter::register_bits>> bits_;
    std::deque<std::vector<meter::record_part>> parts_;
    std::deque<std::vector<meter::recipe_word>> words_;
    std::deque<std::vector<std::uint8_t>> bytes_;
    meter::register_map map_;
    meter::profile dlt645_ = meter::single_phase_prepaid;
};

/// Reads a profile from the text of its file, or says everything that is wrong with it. The JSON
/// Schema is share/schemas/profile.schema.json; what it cannot say is checked here as well.
///
///     {
///       "format": "wattpurse-profile/1",
///       "protocol": "modbus",                  or "dlt645", see below
///       "name": "our_meter",                   as its file is named: a-z, 0-9 and _
///       "vendor": "...", "models": ["..."],
///       "status": "confirmed",                 or "unconfirmed": whether two independent sources
///                                              agree, or whoever issued the standard says so
///       "sources": ["..."],
///       "cross_check": "...", "notes": ["..."],          from here on all is optional
///       "base": "zero",                        or "sunspec": addresses count from the model's ID
///       "sunspec_model": 203,                  with "sunspec" only, and there it must be
///       "registers_max": 125,                  of one read
///       "latency_ms": 50,                      between the end of a request and its answer
///       "serial": { "baud": 9600, "parity": "N", "stop_bits": 1, "unit": 1 },
///       "defaults": { "function": 3, "word_order": "high_first", "byte_order": "high_first" },
///       "registers": [
///         { "name": "energy_import",           A-Z, a-z, 0-9 and _, at most 40 characters
///           "address": "0x0A00",               or 2560: zero-based, as in the PDU
///           "type": "u32",                     u16 s16 u32 s32 u64 s64 f32 f64 bcd mod10k text
///                                              bits raw record
///           "count": 2,                        registers; only needed where the type allows more
///                                              than one number of them
///           "word_order": "high_first",        or "low_first"; of numbers of several registers,
///                                              must be here or among the defaults
///           "scale": "0.01",                   value = raw x scale; otherwise "1"
///           "scale_field": "A_SF",             the register that holds a further power of ten
///           "resolution": "0.01",              of f32 and f64: the step the meter counts in
///           "unit": "kWh", "meaning": "...", "meaning_zh": "...", "note": "...",
///           "ratio": "power",                  secondary side: voltage x PT, current x CT, power
///                                              (and energy) x both
///           "sentinel": "0xFFFFFFFF",          this raw content means that there is no value
///           "valid": ["0", "300"],             outside it a value is implausible
///           "capacity": "42949672.96",         a counter goes on at zero here
///           "access": "read",                  or control or money: written as a transaction only
///           "writable": true,                  must be said of control and money, of read it is
///                                              a fault: what can be written is so by intent
///           "secret": false,                   a password
///           "role": "energy_total",            see meter::role
///           "status": "confirmed",             otherwise as the profile
///           "bits": [ { "low": 4, "width": 1, "name": "relay",     the states of several bits, or
///                       "values": { "0": "closed", "1": "open" } },
///                     { "low": 5, "name": "alarm" } ],             what a set bit means
///           "parts": [ { "name": "amount", "offset": 4, "size": 4, "type": "u32",
///                        "scale": "0.01", "unit": "CNY" } ] }
///       ],
///       "areas": [ { "kind": "records",        or "forbidden"
///                    "function": 3, "first": "0x1A00", "last": "0xFFFF",
///                    "record_registers": 10 } ],
///       "recipes": [
///         { "name": "top_up",
///           "purpose": "top_up",               open_relay close_relay release_relay set_purse
///           "function": "0x10",                6, 16, or the vendor's: 65-72, 100-110, 128-255
///           "address": "0x0543",
///           "words": ["amount_high", "amount_low", "sequence"],     also "amount" of one register,
///                                              "current" (as it is there: read first), "current*4"
///                                              and constants: 256 or "0x0100"
///           "amount_field": "new_purchase_amount",
///           "balance_field": "remaining_amount",     where the amount is to be seen afterwards
///           "verify": { "field": "purchase_count", "mask": "0xFFFF", "equals": "0x0100" },
///           "status": "unconfirmed", "note": "..." } ],
///       "probes": [ { "function": 3, "address": "0x0031", "count": 2,
///                     "text": "iEM3" } ]       or "bytes": "53756E53", and "mask" of as many bytes
///     }
///
/// A profile of a DL/T 645 meter has, instead of what is about registers, the members of
/// `meter::profile`: identifiers as 8 hexadecimal digits, "register_capacity" in kWh, "power_max"
/// in kW, times as "read_timeout_ms".
///
/// Unknown and repeated keys are faults. All faults come at once, each with its JSON pointer; a
/// syntax error of JSON names line and column.
[[nodiscard]] result<meter_profile, std::vector<fault>> load_profile(std::string_view text);

/// A profile that is part of the library: a file of share/profiles.
struct standard_profile {
    std::string_view name;  ///< of the file, without ending
    std::string_view text;
};

/// All of them, in the order of their names.
[[nodiscard]] std::span<const standard_profile> standard_profiles() noexcept;

/// The standard profile of that name, or the profile in the file of that path: a word with a
/// point, a slash or a backslash is a path. Of DL/T 645, the name without "dlt645_" will do.
[[nodiscard]] result<meter_profile, std::vector<fault>> find_profile(const std::string& which);

}  // namespace wattpurse::adapter::json
