// SPDX-License-Identifier: Apache-2.0
#include "profile_values.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace wattpurse::adapter::json {

namespace {

using meter::value_type;

constexpr unsigned registers_max = 125;  // of one answer: Modbus Application Protocol 6.3

constexpr std::array<value_shape, 14> shapes{{
    {"u16", value_type::u16, 1, 1},
    {"s16", value_type::s16, 1, 1},
    {"u32", value_type::u32, 2, 2},
    {"s32", value_type::s32, 2, 2},
    {"u64", value_type::u64, 4, 4},
    {"s64", value_type::s64, 4, 4},
    {"f32", value_type::f32, 2, 2},
    {"f64", value_type::f64, 4, 4},
    {"bcd", value_type::bcd, 1, 4},
    {"mod10k", value_type::mod10k, 2, 4},
    {"text", value_type::text, 1, registers_max},
    {"bits", value_type::bits, 1, 4},
    {"raw", value_type::raw, 1, registers_max},
    {"record", value_type::record, 1, registers_max},
}};

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// "0x0500", of at most 16 digits.
std::optional<std::uint64_t> hex_number(std::string_view text)
{
    if (!text.starts_with("0x") || text.size() < 3 || text.size() > 18) return std::nullopt;
    std::uint64_t out = 0;
    for (const char c : text.substr(2)) {
        const int digit = hex_digit(c);
        if (digit < 0) return std::nullopt;
        out = out << 4U | static_cast<std::uint64_t>(digit);
    }
    return out;
}

std::optional<std::uint64_t> unsigned_number(const cursor& at)
{
    const node& value = at.value();
    if (at.is(node::kind::string)) return hex_number(value.text);
    if (at.is(node::kind::number) && value.integral && value.integer >= 0) {
        return static_cast<std::uint64_t>(value.integer);
    }
    return std::nullopt;
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

const value_shape& shape_of(value_type type) noexcept
{
    return shapes[static_cast<std::size_t>(type)];
}

std::optional<value_type> type_at(const cursor& at)
{
    const auto found = at.one_of({"u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bcd",
                                  "mod10k", "text", "bits", "raw", "record"});
    if (!found) return std::nullopt;
    return static_cast<value_type>(*found);
}

std::optional<std::uint32_t> whole_at(const cursor& at, std::string_view what, std::uint32_t min,
                                      std::uint32_t max)
{
    const auto value = unsigned_number(at);
    if (value && *value >= min && *value <= max) return static_cast<std::uint32_t>(*value);
    at.fault(std::string{what} + ", as a whole number from " + std::to_string(min) + " to " +
             std::to_string(max) + " or as a string such as \"0x0500\"");
    return std::nullopt;
}

std::optional<std::uint64_t> word_at(const cursor& at, std::string_view what, unsigned bits)
{
    const std::uint64_t max =
        bits >= 64 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << bits) - 1;
    const auto value = unsigned_number(at);
    if (value && *value <= max) return value;
    at.fault(std::string{what} + " of at most " + std::to_string(bits) +
             " bits, as a string such as \"0xFFFF\" or a whole number from 0 on");
    return std::nullopt;
}

std::optional<scaled_number> number_at(const cursor& at, std::string_view what)
{
    if (at.is(node::kind::string)) {
        const auto value = parse_scaled(at.value().text);
        if (value) return *value;
    }
    std::string expected{what};
    expected += ", as a string of digits with at most one point";
    if (at.is(node::kind::number)) {
        expected += " (a JSON number would pass through a binary fraction)";
    }
    at.fault(std::move(expected));
    return std::nullopt;
}

std::optional<std::int8_t> step_at(const cursor& at, std::string_view what)
{
    const auto value = at.is(node::kind::string) ? parse_scaled(at.value().text)
                                                 : result<scaled_number>{fail(errc::syntax)};
    if (value && value->mantissa > 0) {
        std::int64_t mantissa = value->mantissa;
        int exponent = value->exponent;
        for (; mantissa % 10 == 0; ++exponent) mantissa /= 10;
        if (mantissa == 1) return static_cast<std::int8_t>(exponent);
    }
    at.fault(std::string{what} + ", a power of ten as a string such as \"0.01\"");
    return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> bytes_at(const cursor& at, std::string_view what)
{
    std::vector<std::uint8_t> out;
    bool good = at.is(node::kind::string);
    int high = -1;
    for (const char c : good ? std::string_view{at.value().text} : std::string_view{}) {
        const int digit = hex_digit(c);
        if (c == ' ' && high < 0) continue;
        if (digit < 0) {
            good = false;
            break;
        }
        if (high < 0) {
            high = digit;
        } else {
            out.push_back(static_cast<std::uint8_t>(high * 16 + digit));
            high = -1;
        }
    }
    if (good && high < 0 && !out.empty() && out.size() <= registers_max * 2) return out;
    at.fault(std::string{what} + ", as a string of 1 to " + std::to_string(registers_max * 2) +
             " bytes in hexadecimal");
    return std::nullopt;
}

std::optional<std::string> text_at(const cursor& at, std::string_view what, std::size_t most)
{
    auto text = at.text(what);
    if (text && text->size() > most) {
        at.fault(std::string{what} + " of at most " + std::to_string(most) + " bytes");
        return std::nullopt;
    }
    return text;
}

std::optional<std::string> name_at(const cursor& at, std::string_view what)
{
    const std::string& text = at.value().text;
    const auto is_good = [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
    if (at.is(node::kind::string) && !text.empty() && text.size() <= name_size_max &&
        is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_good)) {
        return text;
    }
    at.fault(std::string{what} + ", as a string of at most " + std::to_string(name_size_max) +
             " characters A-Z, a-z, 0-9 and _ that begins with a letter");
    return std::nullopt;
}

std::optional<bool> status_at(const cursor& at)
{
    const auto found = at.one_of({"confirmed", "unconfirmed"});
    if (!found) return std::nullopt;
    return *found == 0;
}

}  // namespace wattpurse::adapter::json
