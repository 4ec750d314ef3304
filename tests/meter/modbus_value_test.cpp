// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/register_value.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using wattpurse::errc;
using wattpurse::scaled_number;
using namespace wattpurse::meter;

using words = std::initializer_list<std::uint16_t>;

std::vector<std::uint8_t> bytes_of(words from)
{
    std::vector<std::uint8_t> out;
    for (const std::uint16_t word : from) {
        out.push_back(static_cast<std::uint8_t>(word >> 8U));
        out.push_back(static_cast<std::uint8_t>(word & 0xFFU));
    }
    return out;
}

register_field field(value_type type, std::uint16_t count, scaled_number scale = {1, 0})
{
    register_field out;
    out.type = type;
    out.count = count;
    out.scale = scale;
    return out;
}

std::string read(const register_field& what, words from, int power = 0, std::int64_t ratio = 1)
{
    const auto bytes = bytes_of(from);
    const register_value value = read_value(what, bytes, power, ratio);
    if (value.is_missing) return "missing";
    if (!value.is_sound) return std::string{to_string(value.problem)};
    return std::string{to_text(value.number).view()};
}

cpp_rational power_of(int base, int exponent)
{
    cpp_int power = 1;
    for (int i = 0; i < (exponent < 0 ? -exponent : exponent); ++i) power *= base;
    return exponent < 0 ? cpp_rational{1, power} : cpp_rational{power};
}

/// The definition (IEEE 754-2008, 3.4) once more, over rationals.
cpp_rational fraction_of(std::uint64_t word, fraction_format format)
{
    const int stored = format.mantissa_bits - 1;
    const auto exponent_max = (std::int64_t{1} << format.exponent_bits) - 1;
    const auto biased = static_cast<std::int64_t>(word >> stored) & exponent_max;
    const std::uint64_t low = word & ((std::uint64_t{1} << stored) - 1);
    const int bias = (1 << (format.exponent_bits - 1)) - 1;
    const cpp_rational size =
        biased == 0 ? cpp_rational{cpp_int{low}} * power_of(2, 1 - bias - stored)
                    : cpp_rational{cpp_int{low} + (cpp_int{1} << stored)} *
                          power_of(2, static_cast<int>(biased) - bias - stored);
    const bool negative = (word >> (stored + format.exponent_bits) & 1U) != 0;
    return negative ? cpp_rational{-size} : size;
}

/// Nearest integer, ties to even.
cpp_int nearest(const cpp_rational& value)
{
    const cpp_rational size = abs(value);
    const cpp_int twice = numerator(size) * 2;
    cpp_int whole = numerator(size) / denominator(size);
    const cpp_int rest = twice - whole * 2 * denominator(size);
    if (rest > denominator(size) || (rest == denominator(size) && whole % 2 != 0)) ++whole;
    return value < 0 ? cpp_int{-whole} : whole;
}

std::uint64_t mixed(std::uint64_t seed)
{
    seed += 0x9E3779B97F4A7C15U;
    seed = (seed ^ (seed >> 30U)) * 0xBF58476D1CE4E5B9U;
    seed = (seed ^ (seed >> 27U)) * 0x94D049BB133111EBU;
    return seed ^ (seed >> 31U);
}

}  // namespace

TEST_CASE("integers of every width are raw times an exact scale")
{
    CHECK(read(field(value_type::u16, 1, {1, -1}), {2302}) == "230.2");
    CHECK(read(field(value_type::s16, 1, {1, -3}), {0xFC18}) == "-1.000");
    CHECK(read(field(value_type::u32, 2, {1, -2}), {0x0001, 0x0000}) == "655.36");
    CHECK(read(field(value_type::u32, 2, {1, -2}), {0xFFFF, 0xFFFF}) == "42949672.95");
    CHECK(read(field(value_type::s32, 2, {1, -2}), {0xFFFF, 0xFFFF}) == "-0.01");
    CHECK(read(field(value_type::s32, 2, {1, -2}), {0x8000, 0x0000}) == "-21474836.48");
    CHECK(read(field(value_type::u64, 4, {1, -2}), {0, 0, 0x0001, 0x0000}) == "655.36");
    CHECK(read(field(value_type::s64, 4), {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE}) == "-2");
    CHECK(read(field(value_type::u64, 4), {0x8000, 0, 0, 0}) == "overflow");
    CHECK(read(field(value_type::s64, 4), {0x8000, 0, 0, 0}) == "overflow");
    CHECK(read(field(value_type::u16, 1, {10, 0}), {7}) == "70");
    CHECK(read(field(value_type::u16, 1, {25, -2}), {3}) == "0.75");
}

TEST_CASE("words and bytes come in the order that the map declares")
{
    auto what = field(value_type::u32, 2);
    CHECK(read(what, {0x0102, 0x0304}) == "16909060");
    what.words = word_order::low_first;
    CHECK(read(what, {0x0304, 0x0102}) == "16909060");
    what.bytes = byte_order::low_first;
    CHECK(read(what, {0x0403, 0x0201}) == "16909060");
    what.words = word_order::high_first;
    CHECK(read(what, {0x0201, 0x0403}) == "16909060");
}

TEST_CASE("decimal digits and groups of them are checked")
{
    CHECK(read(field(value_type::bcd, 3), {0x1234, 0x5678, 0x9012}) == "123456789012");
    CHECK(read(field(value_type::bcd, 1, {1, -2}), {0x1250}) == "12.50");
    CHECK(read(field(value_type::bcd, 1), {0x12A0}) == "not_bcd");
    CHECK(read(field(value_type::mod10k, 2), {12, 3456}) == "123456");
    CHECK(read(field(value_type::mod10k, 4), {9999, 9999, 9999, 9999}) == "9999999999999999");
    CHECK(read(field(value_type::mod10k, 2), {12, 10'000}) == "out_of_range");
}

TEST_CASE("a scale factor register and transformers multiply exactly")
{
    CHECK(read(field(value_type::s16, 1), {2301}, -1) == "230.1");
    CHECK(read(field(value_type::s16, 1), {23}, 2) == "2300");
    CHECK(read(field(value_type::u32, 2, {1, -2}), {0, 12345}, 0, 40) == "4938.00");
    CHECK(read(field(value_type::u64, 4), {0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF}, 0, 2) == "overflow");
    CHECK(read(field(value_type::s16, 1), {1}, 19) == "out_of_range");
    CHECK(read(field(value_type::s16, 1), {1}, 0, 0) == "out_of_range");
}

TEST_CASE("a value that the meter has not is missing, and one out of range is implausible")
{
    auto what = field(value_type::s32, 2, {1, -2});
    what.has_sentinel = true;
    what.sentinel = 0x7FFF'FFFF;
    CHECK(read(what, {0x7FFF, 0xFFFF}) == "missing");
    CHECK(read(what, {0x7FFF, 0xFFFE}) == "21474836.46");

    auto volts = field(value_type::u16, 1, {1, -1});
    volts.has_range = true;
    volts.valid_min = {0, 0};
    volts.valid_max = {300, 0};
    CHECK(!read_value(volts, bytes_of({3000})).is_implausible);
    CHECK(read_value(volts, bytes_of({3001})).is_implausible);
    CHECK(read_value(volts, bytes_of({3001})).is_sound);
}

TEST_CASE("a field with other registers than it has is not read")
{
    CHECK(read(field(value_type::u32, 2), {1}) == "out_of_range");
    CHECK(read(field(value_type::u32, 1), {1}) == "out_of_range");
    CHECK(read(field(value_type::u32, 0), {}) == "out_of_range");
    CHECK(read(field(value_type::bcd, 5), {1, 2, 3, 4, 5}) == "out_of_range");
}

TEST_CASE("single precision becomes a decimal at the declared step")
{
    auto kwh = field(value_type::f32, 2);
    kwh.resolution = -2;
    CHECK(read(kwh, {0x4366, 0x3333}) == "230.20");  // 230.199996948...
    CHECK(read(kwh, {0xC366, 0x3333}) == "-230.20");
    CHECK(read(kwh, {0x0000, 0x0000}) == "0.00");
    CHECK(read(kwh, {0x8000, 0x0000}) == "0.00");
    CHECK(read(kwh, {0x0000, 0x0001}) == "0.00");
    CHECK(read(kwh, {0x7FC0, 0x0000}) == "missing");
    CHECK(read(kwh, {0x7F80, 0x0000}) == "overflow");
    CHECK(read(kwh, {0x7F7F, 0xFFFF}) == "overflow");

    auto tenths = field(value_type::f32, 2, {1, -1});  // a fraction that counts tenths of a volt
    tenths.resolution = -1;
    CHECK(read(tenths, {0x450F, 0xE000}) == "230.2");  // 2302.0
}

TEST_CASE("ties go to the even step, exactly")
{
    auto what = field(value_type::f32, 2);
    what.resolution = 0;
    CHECK(read(what, {0x3F00, 0x0000}) == "0");  // 0.5
    CHECK(read(what, {0x3FC0, 0x0000}) == "2");  // 1.5
    CHECK(read(what, {0x4020, 0x0000}) == "2");  // 2.5
    CHECK(read(what, {0x4020, 0x0001}) == "3");
    CHECK(read(what, {0xC020, 0x0000}) == "-2");
}

TEST_CASE("a fraction is flagged once its own step is coarser than the meter's")
{
    auto kwh = field(value_type::f32, 2);
    kwh.resolution = -2;
    const auto is_inexact = [&](words from) { return read_value(kwh, bytes_of(from)).is_inexact; };
    CHECK(!is_inexact({0x47FF, 0xFFFF}));  // 131071.9921875, steps of 1/128
    CHECK(is_inexact({0x4800, 0x0000}));   // 131072, steps of 1/64
    CHECK(is_inexact({0x4823, 0xD70A}));   // 2^24 steps of 0.01: 167772.16
    CHECK(read(kwh, {0x4823, 0xD70A}) == "167772.16");
    kwh.resolution = 0;
    CHECK(!is_inexact({0x4B7F, 0xFFFF}));  // 16777215
    CHECK(!is_inexact({0x4B00, 0x0000}));
    CHECK(is_inexact({0x4B80, 0x0000}));  // 16777216: the next one is 16777218
}

TEST_CASE("decimals of binary fractions agree with rational arithmetic")
{
    for (std::uint64_t i = 0; i < 60'000; ++i) {
        const fraction_format format = i % 2 == 0 ? single_precision : double_precision;
        std::uint64_t word = i % 2 == 0 ? mixed(i) & 0xFFFF'FFFFU : mixed(i);
        if (i % 3 != 0) {  // sizes that are measured somewhere
            const std::uint64_t sign = word & (i % 2 == 0 ? std::uint64_t{1} << 31U
                                                          : std::uint64_t{1} << 63U);
            word = i % 2 == 0 ? sign | (std::uint64_t{100} + mixed(i + 1) % 60) << 23U |
                                    (word & 0x7F'FFFFU)
                              : sign | (std::uint64_t{990} + mixed(i + 1) % 90) << 52U |
                                    (word & 0xF'FFFF'FFFF'FFFFU);
        }
        const int resolution = static_cast<int>(mixed(i + 2) % 10) - 6;
        const scaled_number scale{static_cast<std::int64_t>(1 + mixed(i + 3) % 3),
                                  static_cast<std::int8_t>(static_cast<int>(mixed(i + 4) % 7) - 3)};
        const auto got = to_decimal(word, format, scale, resolution);
        using kind = decimal_of_fraction::kind_type;
        if (got.kind == kind::not_a_number) continue;
        const cpp_rational factor = cpp_rational{scale.mantissa} *
                                    power_of(10, scale.exponent - resolution);
        const cpp_int wanted = nearest(fraction_of(word, format) * factor);
        CAPTURE(word);
        CAPTURE(resolution);
        if (got.kind == kind::too_large) {
            CHECK(abs(wanted) > (cpp_int{1} << 62U));
            continue;
        }
        REQUIRE(cpp_int{got.number.mantissa} == wanted);
        const std::uint64_t exponent_bits = word >> (format.mantissa_bits - 1)
                                            << (format.mantissa_bits - 1);
        const cpp_rational step = abs(fraction_of(exponent_bits + 1, format) -
                                      fraction_of(exponent_bits, format)) * factor;
        CHECK(got.is_inexact == (step > 1 && fraction_of(word, format) != 0));
    }
}

TEST_CASE("what is written into registers is read again")
{
    std::array<std::uint8_t, 8> out{};
    for (const value_type type :
         {value_type::u16, value_type::s16, value_type::u32, value_type::s32, value_type::u64,
          value_type::s64, value_type::bcd, value_type::mod10k}) {
        for (const word_order order : {word_order::high_first, word_order::low_first}) {
            auto what = field(type, detail::registers_of(type) != 0 ? detail::registers_of(type)
                                                                    : std::uint16_t{2},
                              {1, -2});
            what.words = order;
            const auto size = write_value(what, {5025, -2}, out);
            REQUIRE(size);
            const auto back = read_value(what, {out.data(), *size});
            CHECK(compare(back.number, {5025, -2}) == 0);
        }
    }
    CHECK(write_value(field(value_type::u16, 1, {1, -2}), {1, -3}, out).error() == errc::inexact);
    CHECK(write_value(field(value_type::u16, 1, {25, -2}), {60, -2}, out).error() == errc::inexact);
    CHECK(write_value(field(value_type::u16, 1), {65'536, 0}, out).error() == errc::out_of_range);
    CHECK(write_value(field(value_type::u16, 1), {-1, 0}, out).error() == errc::out_of_range);
    CHECK(write_value(field(value_type::s16, 1), {-32'769, 0}, out).error() == errc::out_of_range);
    CHECK(write_value(field(value_type::bcd, 1), {10'000, 0}, out).error() == errc::out_of_range);
    CHECK(write_value(field(value_type::text, 1), {1, 0}, out).error() == errc::out_of_range);
    CHECK(write_value(field(value_type::u32, 2), {1, 0}, std::span{out}.first(3)).error() ==
          errc::buffer_too_small);
}

TEST_CASE("a number is written as the nearest binary fraction")
{
    CHECK(to_fraction({2302, -1}, single_precision, {1, 0}) == 0x4366'3333U);
    CHECK(to_fraction({1, -1}, double_precision, {1, 0}) == 0x3FB9'9999'9999'999AU);
    CHECK(to_fraction({0, 0}, single_precision, {1, 0}) == 0U);
    CHECK(to_fraction({1, 18}, single_precision, {1, -18}).has_value());
    CHECK(to_fraction({INT64_MAX, 18}, single_precision, {1, -18}).error() == errc::out_of_range);
    CHECK(to_fraction({1, 0}, single_precision, {0, 0}).error() == errc::out_of_range);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        const scaled_number value{static_cast<std::int64_t>(mixed(i) >> (1 + mixed(i + 1) % 60)),
                                  static_cast<std::int8_t>(static_cast<int>(mixed(i + 2) % 20) -
                                                           12)};
        const fraction_format format = i % 2 == 0 ? single_precision : double_precision;
        const auto word = to_fraction(value, format, {1, 0});
        REQUIRE(word);
        const cpp_rational wanted = cpp_rational{value.mantissa} * power_of(10, value.exponent);
        const cpp_rational miss = abs(fraction_of(*word, format) - wanted);
        CAPTURE(to_text(value).view());
        CHECK(miss <= abs(fraction_of(*word + 1, format) - wanted));
        if (*word > 0) CHECK(miss <= abs(fraction_of(*word - 1, format) - wanted));
    }
}
