// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/tariff/rounding_rules.hpp>

/// The tariff engine once more, slow and written from the definitions alone: rational numbers in
/// place of integers, every moment looked up in the calendar in place of a compiled timetable.
/// It shares the plain data types with the engine, and no code.
namespace wattpurse::tariff::reference {

using integer = boost::multiprecision::cpp_int;
using exact = boost::multiprecision::cpp_rational;

/// Where the engine has to answer with faults.
struct refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline integer power_of_ten(int places)
{
    integer out = 1;
    for (int i = 0; i < places; ++i) out *= 10;
    return out;
}

template <int Scale>
exact of(decimal<Scale> value)
{
    return exact{integer{value.mantissa()}, power_of_ten(Scale)};
}

/// The largest whole number that is not above a number that is not negative.
inline integer floor_of(const exact& value)
{
    return numerator(value) / denominator(value);
}

/// Whether a magnitude of `whole` and a rest below one grows to the next whole number.
inline bool grows(rounding mode, bool negative, const integer& whole, const exact& rest)
{
    const exact half{1, 2};
    switch (mode) {
        case rounding::half_up: return rest >= half;
        case rounding::half_down: return rest > half;
        case rounding::half_even: return rest > half || (rest == half && whole % 2 == 1);
        case rounding::up: return rest > 0;
        case rounding::down: return false;
        case rounding::ceiling: return rest > 0 && !negative;
        case rounding::floor: return rest > 0 && negative;
        case rounding::exact:
            if (rest > 0) throw refused{"inexact"};
            return false;
    }
    throw std::logic_error{"no such rounding"};
}

inline exact rounded(const exact& value, const rounding_rule& by)
{
    const exact increment = of(by.increment);
    const bool negative = value < 0;
    const exact steps = (negative ? exact{-value} : value) / increment;
    integer whole = floor_of(steps);
    if (grows(by.mode, negative, whole, steps - exact{whole})) whole += 1;
    const exact magnitude = exact{whole} * increment;
    return negative ? exact{-magnitude} : magnitude;
}

/// How many steps of 10^-4 a number is; it is a whole number of them.
inline integer steps_of(const exact& value)
{
    const exact steps = value * 10'000;
    if (denominator(steps) != 1) throw refused{"finer than 0.0001"};
    return numerator(steps);
}

/// `total` in proportion to `weights`, by largest remainder; ties to the lower index.
inline std::vector<integer> by_largest_remainder(const integer& total,
                                                 const std::vector<integer>& weights)
{
    if (total < 0) {
        std::vector<integer> out = by_largest_remainder(-total, weights);
        for (integer& part : out) part = -part;
        return out;
    }
    integer sum = 0;
    for (const integer& weight : weights) sum += weight;
    std::vector<integer> out(weights.size());
    std::vector<integer> rests(weights.size());
    integer left = total;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        out[i] = total * weights[i] / sum;
        rests[i] = total * weights[i] % sum;
        left -= out[i];
    }
    while (left > 0) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < rests.size(); ++i) {
            if (rests[i] > rests[best]) best = i;
        }
        out[best] += 1;
        rests[best] = -1;
        left -= 1;
    }
    return out;
}

/// "-12.5", or a fraction where the digits have no end: for messages.
inline std::string text_of(const exact& value)
{
    const exact scaled = value * exact{power_of_ten(12)};
    if (denominator(scaled) != 1) return value.str();
    integer digits = numerator(scaled);
    const bool negative = digits < 0;
    if (negative) digits = -digits;
    std::string out = digits.str();
    while (out.size() < 13) out.insert(out.begin(), '0');
    out.insert(out.size() - 12, ".");
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return negative ? "-" + out : out;
}

}  // namespace wattpurse::tariff::reference
