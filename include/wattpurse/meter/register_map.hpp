// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::meter {

/// How the registers of one value are to be read.
enum class value_type : std::uint8_t {
    u16, s16, u32, s32, u64, s64,
    f32, f64,   ///< IEEE 754; becomes a decimal at `register_field::resolution`
    bcd,        ///< packed decimal digits, four to a register; 1 to 4 registers
    mod10k,     ///< 0 to 9999 in each register; 2 to 4 registers
    text,       ///< ASCII, two characters to a register, padded with NUL or blanks
    bits,       ///< 1, 2 or 4 registers whose bits have names
    raw,        ///< registers of no number, such as a time table
    record,     ///< one address stands for a whole record (Acrel ADF400L); never merged
};

/// Which register of several comes first.
enum class word_order : std::uint8_t { high_first, low_first };
/// Which byte of a register comes first; the standard's is the high one.
enum class byte_order : std::uint8_t { high_first, low_first };

/// What may be done with a register, and with how much care.
enum class access_class : std::uint8_t {
    read,     ///< reading changes nothing
    control,  ///< relay, settings: written only as a verified transaction
    money,    ///< purse, prices, purchase count: the same, and booked
};

/// What a value is multiplied with before it is that of the primary side.
enum class transformer : std::uint8_t { none, voltage, current, power };

/// What a value means to the rest of wattpurse.
enum class role : std::uint8_t {
    none,
    energy_total, energy_t1, energy_t2, energy_t3, energy_t4,  ///< forward active (正向有功)
    energy_export,
    relay_state,        ///< relay as it is
    remaining_money,    ///< 剩余金额
    purchase_count,     ///< 购电次数
    purchase_amount,    ///< amount of the purchase being written
    voltage_ratio,      ///< PT
    current_ratio,      ///< CT
    serial_number,
};

/// No such field: of indices into `register_map::fields`.
inline constexpr std::int16_t no_field = -1;

/// A name for one state of some bits, or for a bit that is set.
struct register_bits {
    std::uint8_t low = 0;
    std::uint8_t width = 1;
    std::string_view name;
    /// Of one value of these bits; of the bits as a whole where `has_value` is false.
    bool has_value = false;
    std::uint32_t value = 0;
};

/// A number within a 20-byte record.
struct record_part {
    std::string_view name;
    std::uint8_t offset = 0;  ///< bytes from the beginning of the record
    std::uint8_t size = 0;    ///< bytes
    value_type type = value_type::u16;
    scaled_number scale{1, 0};
    std::string_view unit;
};

/// One value of a meter: where it is, what it is, and how far it may be trusted.
struct register_field {
    std::string_view name;      ///< as its vendor or SunSpec names it; unique in the map
    std::string_view unit;      ///< as the value is given: kWh, V, CNY ...; empty for none
    std::string_view meaning;
    std::string_view meaning_zh;  ///< the Chinese term, where it matters; else empty
    std::string_view note;      ///< what is doubtful, or which sources disagree

    std::uint8_t function = 3;  ///< that reads it: 1 to 4
    std::uint16_t address = 0;  ///< zero-based, as in the PDU; from `register_map::base` on
    std::uint16_t count = 1;    ///< registers (bits for functions 1 and 2)

    value_type type = value_type::u16;
    word_order words = word_order::high_first;
    byte_order bytes = byte_order::high_first;

    scaled_number scale{1, 0};           ///< value = raw x scale, in `unit`; exact
    std::int16_t scale_field = no_field; ///< the field whose value is a further power of ten
    /// f32 and f64: the exponent of the step the meter counts in, of the value in `unit`.
    std::int8_t resolution = 0;
    transformer ratio = transformer::none;

    bool has_sentinel = false;  ///< `sentinel` (raw, low bits) means that there is no value
    std::uint64_t sentinel = 0;
    bool has_range = false;     ///< outside it a value is implausible
    scaled_number valid_min{};
    scaled_number valid_max{};
    /// Where a counter goes on at zero, before the power of ten of `scale_field` and the ratio;
    /// mantissa 0 where that is unknown.
    scaled_number capacity{};

    access_class access = access_class::read;
    bool is_writable = false;
    bool is_secret = false;     ///< a password: read and shown only where it is asked for by name
    bool is_confirmed = false;  ///< by two sources that are independent
    meter::role role = role::none;

    std::span<const register_bits> bits;
    std::span<const record_part> parts;
};

/// Addresses that one must keep out of, or that follow other rules.
struct register_area {
    enum class kind_type : std::uint8_t {
        forbidden,  ///< the device refuses or misbehaves: never bridged
        records,    ///< one address is a record of `record_registers`: never merged
    };
    kind_type kind = kind_type::forbidden;
    std::uint8_t function = 3;
    std::uint16_t first = 0;
    std::uint16_t last = 0;  ///< inclusive
    std::uint8_t record_registers = 10;
};

/// Where one word of what a recipe writes comes from.
struct recipe_word {
    enum class source_type : std::uint8_t {
        constant,  ///< `value`
        amount,    ///< a part of the amount, in the field's scale
        sequence,  ///< the purchase count
        current,   ///< what the device has there now: read first
    };
    source_type source = source_type::constant;
    std::uint16_t value = 0;
    std::uint8_t part = 0;  ///< of amount: 0 is the high word
};

/// How to do something to the meter in one write, and how to see that it was done.
///
/// Where one of the words is the sequence number, `verify_field` is the purchase count, and shows
/// that number afterwards: `verify_mask` and `verify_expected` then mean nothing.
struct write_recipe {
    enum class purpose_type : std::uint8_t {
        open_relay, close_relay, release_relay, top_up, set_purse,
    };
    std::string_view name;     ///< unique in the map: a meter may have several of one purpose
    purpose_type purpose = purpose_type::open_relay;
    std::uint8_t function = 0x10;  ///< also 06, or one of the vendor's: AA
    std::uint16_t address = 0;
    std::span<const recipe_word> words;
    /// The amount's field, for its scale; `no_field` where none is written.
    std::int16_t amount_field = no_field;
    /// Read before and afterwards; done when it shows `expected` under `mask`. Of a top-up it is
    /// the purchase count, and done when that is the order's.
    std::int16_t verify_field = no_field;
    /// Of a top-up: the money that is left, which has to rise by the amount.
    std::int16_t balance_field = no_field;
    std::uint32_t verify_mask = 0xFFFF'FFFF;
    std::uint32_t verify_expected = 0;
    bool is_confirmed = false;
    std::string_view note;
};

/// What a device of this kind answers to a question that does no harm. A device fits where it
/// answers all probes of a map as they say. Addresses count from the map's base.
struct probe_rule {
    std::uint8_t function = 3;
    std::uint16_t address = 0;
    std::uint16_t count = 1;
    byte_span expected;   ///< these bytes, in the beginning of the registers; empty: any answer
    byte_span mask;       ///< bits that count; empty: all
};

/// How a serial line to such a meter is set when it leaves the factory.
struct serial_default {
    std::uint32_t baud = 9600;
    char parity = 'N';  ///< N, E, O
    std::uint8_t stop_bits = 1;
    std::uint8_t unit = 1;
};

/// Where the addresses of a map count from.
enum class address_base : std::uint8_t {
    zero,
    sunspec,  ///< from the model's ID register: "SunS" at 40000, 50000 or 0, then ID and length
};

/// A kind of Modbus meter, as data. Texts and spans are borrowed from whoever loaded it.
struct register_map {
    std::string_view name;       ///< of its file, without ending
    std::string_view vendor;
    std::span<const std::string_view> models;
    std::span<const std::string_view> sources;
    std::span<const std::string_view> notes;
    std::string_view cross_check;  ///< which of the sources agree, and on what
    bool is_confirmed = false;

    address_base base = address_base::zero;
    std::uint16_t sunspec_model = 0;  ///< 201 to 214 where the base is SunSpec's
    std::uint16_t registers_max = 125;  ///< of one read
    duration latency{50};               ///< between the end of a request and its answer
    bool has_serial = false;
    serial_default serial{};

    std::span<const register_field> fields;  ///< in the order of their addresses
    std::span<const register_area> areas;
    std::span<const write_recipe> recipes;
    std::span<const probe_rule> probes;
};

/// The first field of that name, or `no_field`.
[[nodiscard]] constexpr std::int16_t find_field(const register_map& map,
                                                std::string_view name) noexcept
{
    for (std::size_t i = 0; i < map.fields.size(); ++i) {
        if (map.fields[i].name == name) {
            return static_cast<std::int16_t>(i);
        }
    }
    return no_field;
}

/// The first field with that role, or `no_field`.
[[nodiscard]] constexpr std::int16_t find_field(const register_map& map, role what) noexcept
{
    for (std::size_t i = 0; i < map.fields.size(); ++i) {
        if (map.fields[i].role == what) {
            return static_cast<std::int16_t>(i);
        }
    }
    return no_field;
}

/// The first recipe for that purpose, or none.
[[nodiscard]] constexpr const write_recipe* find_recipe(
    const register_map& map, write_recipe::purpose_type purpose) noexcept
{
    for (const write_recipe& each : map.recipes) {
        if (each.purpose == purpose) {
            return &each;
        }
    }
    return nullptr;
}

/// The recipe of that name, or none.
[[nodiscard]] constexpr const write_recipe* find_recipe(const register_map& map,
                                                        std::string_view name) noexcept
{
    for (const write_recipe& each : map.recipes) {
        if (each.name == name) {
            return &each;
        }
    }
    return nullptr;
}

}  // namespace wattpurse::meter
