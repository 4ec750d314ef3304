// SPDX-License-Identifier: Apache-2.0
//
// The exact decimal against what one would write or reach for instead: full-range operands,
// through the public functions, every result compared with the peer's.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

/// More than a branch predictor learns by heart, as it does with a few thousand.
constexpr std::size_t item_count = 65536;
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t overflow_mark = std::numeric_limits<std::int64_t>::min();

/// splitmix64, so that every run has the same operands.
std::uint64_t next_random(std::uint64_t& state)
{
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

std::int64_t random_of_length(std::uint64_t& state, std::uint64_t bits)
{
    const auto value = static_cast<std::int64_t>(next_random(state) >> (64 - bits));
    return (next_random(state) & 1U) != 0 ? -value : value;
}

/// Either sign and every length from 1 to 63 bits equally often: the whole range, without the
/// small numbers of daily life being lost among the huge ones.
std::vector<std::int64_t> full_range_operands(std::uint64_t seed)
{
    std::vector<std::int64_t> operands(item_count);
    for (auto& operand : operands) {
        operand = random_of_length(seed, 1 + next_random(seed) % 63);
    }
    return operands;
}

// ---- kWh * price, half up, to money -------------------------------------------------------------

constexpr std::int64_t step = 1000000;  // 4 + 8 places down to 6

struct factors {
    std::int64_t used;
    std::int64_t price;
};

/// Both factors over the full range, products over the full range of a money amount and a
/// little beyond it: of 63 bits each most would overflow, and be found out without a division.
std::vector<factors> full_range_factors(std::uint64_t seed)
{
    constexpr std::uint64_t product_bits = 84;  // 10^6 * 2^63 has 83
    std::vector<factors> all(item_count);
    for (auto& each : all) {
        const std::uint64_t first_bits = 1 + next_random(seed) % 63;
        const std::uint64_t second_bits_max =
            std::min<std::uint64_t>(63, product_bits - first_bits);
        const std::int64_t first = random_of_length(seed, first_bits);
        const std::int64_t second = random_of_length(seed, 1 + next_random(seed) % second_bits_max);
        each = (next_random(seed) & 1U) != 0 ? factors{first, second} : factors{second, first};
    }
    return all;
}

struct decimal_factors {
    decimal<4> used;
    decimal<8> price;
};

std::int64_t mul_ours(const decimal_factors& x)
{
    const auto product = mul<6>(x.used, x.price, rounding::half_up);
    return product ? product->mantissa() : overflow_mark;
}

/// What a careful person writes by hand.
std::int64_t mul_by_hand(const factors& x)
{
    const auto [a, b] = x;
    __extension__ typedef unsigned __int128 uint128;
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(a, b, &product)) {
        const std::int64_t quotient = product / step;
        const std::int64_t rest = product % step;
        return quotient + (rest >= step / 2 ? 1 : 0) - (rest <= -step / 2 ? 1 : 0);
    }
    const auto size = [](std::int64_t factor) {
        const auto bits = static_cast<std::uint64_t>(factor);
        return factor < 0 ? 0 - bits : bits;
    };
    const uint128 wide = static_cast<uint128>(size(a)) * size(b) + step / 2;
    if (wide >= (static_cast<uint128>(step) << 63U)) {
        return overflow_mark;
    }
    const auto quotient = static_cast<std::int64_t>(wide / static_cast<std::uint64_t>(step));
    return (a < 0) != (b < 0) ? -quotient : quotient;
}

std::int64_t mul_boost(const factors& x)
{
    const auto [a, b] = x;
    using wide = boost::multiprecision::checked_int128_t;
    wide product = a;
    product *= b;
    product += (a < 0) != (b < 0) ? -step / 2 : step / 2;
    product /= step;
    return product > int64_max || product < -int64_max ? overflow_mark
                                                       : static_cast<std::int64_t>(product);
}

template <auto Multiply, class Factors>
std::uint64_t sum_products(const std::vector<Factors>& all)
{
    std::uint64_t sum = 0;
    for (const Factors& each : all) {
        sum = sum * 3 + static_cast<std::uint64_t>(Multiply(each));
    }
    return sum;
}

void run_mul(report& out)
{
    const auto raw = full_range_factors(1);
    std::vector<decimal_factors> exact;
    for (const factors& x : raw) {
        exact.push_back({decimal<4>::of(x.used), decimal<8>::of(x.price)});
        const std::int64_t product = mul_ours(exact.back());
        require(product == mul_by_hand(x), "mul differs from the hand-written kernel");
        require(product == mul_boost(x), "mul differs from Boost.Multiprecision");
    }
    const auto ours = [&] { return sum_products<mul_ours>(exact); };
    const auto by_hand = [&] { return sum_products<mul_by_hand>(raw); };
    const auto boost = [&] { return sum_products<mul_boost>(raw); };
    require(ours() == by_hand() && ours() == boost(), "the sums of all products differ");
    compare(out, "decimal.mul_round.vs_hand_int128", "hand-written int64 and __int128", item_count,
            ours, by_hand);
    compare(out, "decimal.mul_round.vs_boost_checked_int128", "boost checked_int128_t", item_count,
            ours, boost);
}

// ---- Text ---------------------------------------------------------------------------------------

/// The digits of an integer, and the same with a point before the last four.
std::string digits_of(std::int64_t value)
{
    std::array<char, 24> buffer{};
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

std::string pointed(std::int64_t value)
{
    std::string text = digits_of(std::abs(value));
    text.insert(0, text.size() < 5 ? 5 - text.size() : 0, '0');
    text.insert(text.size() - 4, 1, '.');
    return (value < 0 ? "-" : "") + text;
}

void run_parse(report& out)
{
    const auto values = full_range_operands(3);
    std::vector<std::string> texts;
    std::vector<std::string> digits;
    for (const std::int64_t value : values) {
        texts.push_back(pointed(value));
        digits.push_back(digits_of(value));
    }
    const auto parse = [](std::string_view text) {
        const auto parsed = decimal<4>::parse(text);
        return parsed ? parsed->mantissa() : overflow_mark;
    };
    const auto from_chars = [](std::string_view text) {
        std::int64_t value = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        return read.ec == std::errc{} ? value : overflow_mark;
    };
    for (std::size_t i = 0; i < item_count; ++i) {
        require(parse(texts[i]) == values[i] && from_chars(digits[i]) == values[i],
                "parse differs from from_chars");
    }
    const auto sum = [](const std::vector<std::string>& all, auto read) {
        std::uint64_t total = 0;
        for (const std::string& text : all) {
            total += static_cast<std::uint64_t>(read(text));
        }
        return total;
    };
    compare(
        out, "decimal.parse.vs_from_chars_int64", "std::from_chars of the bare digits", item_count,
        [&] { return sum(texts, parse); }, [&] { return sum(digits, from_chars); });
}

void run_format(report& out)
{
    const auto values = full_range_operands(4);
    std::vector<decimal<4>> numbers;
    std::vector<double> doubles;
    for (const std::int64_t value : values) {
        numbers.push_back(decimal<4>::of(value));
        doubles.push_back(static_cast<double>(value) / 1e4);
    }
    for (std::size_t i = 0; i < item_count; ++i) {
        require(to_string(numbers[i]) == pointed(values[i]), "format differs from the digits");
        if (std::abs(values[i]) <= 1000000000000000) {  // 15 digits survive a double
            require(to_string(numbers[i]) == fmt::format("{:.4f}", doubles[i]),
                    "format differs from fmt");
        }
    }
    const auto ours = [&] {
        std::uint64_t total = 0;
        std::array<char, 24> buffer{};
        for (const auto number : numbers) {
            const char* const end = format_to(buffer.data(), number);
            forget_memory();
            total += static_cast<std::uint64_t>(end - buffer.data());
        }
        return total;
    };
    const auto theirs = [&] {
        std::uint64_t total = 0;
        std::array<char, 400> buffer{};
        for (const double number : doubles) {
            const char* const end = fmt::format_to(buffer.data(), "{:.4f}", number);
            forget_memory();
            total += static_cast<std::uint64_t>(end - buffer.data());
        }
        return total;
    };
    compare(out, "decimal.format.vs_fmt", "fmt {:.4f} of a double", item_count, ours, theirs);
}

void run(report& out)
{
    run_mul(out);
    run_parse(out);
    run_format(out);
}

const registration decimal_rows{"decimal", run};

}  // namespace
}  // namespace wattpurse::bench
