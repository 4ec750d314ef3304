// SPDX-License-Identifier: Apache-2.0
//
// Prints cases of decimal arithmetic with the answers of this library, one a line, for
// decimal_oracle.py to recompute with Python's decimal module.
//
//   wattpurse_oracle_cases [--op NAME] [--count N] [--seed N]
//
// N cases for each of the eight rounding modes and each operation (`strict`, which has no mode,
// gets N in all). Fields are separated by tabs; a result is a mantissa, a text or an error:
//   mul MODE A B TO a b RESULT        div MODE A B TO a b RESULT
//   rescale MODE A TO a RESULT        format MODE A TO a TEXT   (rescaled, then formatted)
//   parse MODE SCALE TEXT RESULT      strict - SCALE TEXT RESULT
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>

#include "random_operands.hpp"

namespace {

using namespace wattpurse;
using test::operands;
using test::random_source;

/// Collects lines and writes them in large pieces.
class line_writer {
public:
    ~line_writer() { flush(); }
    line_writer& field(std::string_view text)
    {
        buffer_.append(text).push_back('\t');
        return *this;
    }
    line_writer& field(std::int64_t number)
    {
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return field(std::string_view{digits.data(), end});
    }
    void last(std::string_view text)
    {
        buffer_.append(text).push_back('\n');
        if (buffer_.size() > (1U << 16U)) {
            flush();
        }
    }
    template <int S>
    void last(const result<decimal<S>>& outcome)
    {
        last(outcome ? std::to_string(outcome->mantissa())
                     : std::string{to_string(outcome.error())});
    }

private:
    void flush()
    {
        if (std::fwrite(buffer_.data(), 1, buffer_.size(), stdout) != buffer_.size()) {
            std::exit(1);
        }
        buffer_.clear();
    }
    std::string buffer_;
};

struct scales {
    int a;
    int b;
    int to;
};

// The library's own scales, the ends of what is allowed, and a spread between.
constexpr std::array<scales, 40> triples{
    {{4, 8, 6},   {4, 8, 2},   {4, 8, 12},  {4, 8, 4},   {6, 4, 6},   {6, 6, 6},    {4, 4, 4},
     {2, 2, 2},   {0, 0, 0},   {0, 0, 18},  {18, 18, 0}, {18, 18, 1}, {18, 18, 18}, {18, 0, 0},
     {0, 18, 0},  {0, 18, 18}, {18, 0, 18}, {9, 9, 9},   {9, 9, 0},   {9, 9, 18},   {9, 10, 0},
     {10, 9, 0},  {1, 0, 0},   {0, 1, 0},   {0, 0, 1},   {17, 18, 3}, {18, 17, 16}, {12, 6, 6},
     {3, 15, 0},  {15, 3, 18}, {5, 7, 11},  {7, 5, 13},  {2, 6, 1},   {8, 8, 6},    {8, 4, 7},
     {16, 16, 8}, {18, 1, 0},  {1, 18, 18}, {6, 2, 0},   {13, 11, 5}}};

using emit_case = void (*)(line_writer&, rounding, operands);

struct mul_op {
    static constexpr std::string_view name = "mul";
    static int places(scales s) { return s.a + s.b - s.to; }

    template <int A, int B, int To>
    static void emit(line_writer& out, rounding mode, operands x)
    {
        out.field(name).field(to_string(mode)).field(A).field(B).field(To).field(x.a).field(x.b);
        out.last(mul<To>(decimal<A>::of(x.a), decimal<B>::of(x.b), mode));
    }
    static operands near_limit(random_source& random, int places)
    {
        return test::near_limit_for_mul(random, places);
    }
    static operands tie(random_source& random, int places)
    {
        if (places < 1) {
            return {random.any_length(), random.any_length()};
        }
        if (places <= 18 && random.below(2) == 0) {  // by one: true neighbours, one step away
            return {test::tie_for_rescale(random, places), random.sign(1)};
        }
        return test::tie_for_mul(random, places);
    }
};

struct div_op {
    static constexpr std::string_view name = "div";
    static int places(scales s) { return s.to + s.b - s.a; }

    template <int A, int B, int To>
    static void emit(line_writer& out, rounding mode, operands x)
    {
        out.field(name).field(to_string(mode)).field(A).field(B).field(To).field(x.a).field(x.b);
        out.last(div<To>(decimal<A>::of(x.a), decimal<B>::of(x.b), mode));
    }
    static operands near_limit(random_source& random, int places)
    {
        return test::near_limit_for_div(random, places);
    }
    static operands tie(random_source& random, int places)
    {
        return test::tie_for_div(random, places);
    }
};

struct rescale_op {
    static constexpr std::string_view name = "rescale";
    static int places(scales s) { return s.a - s.to; }

    template <int A, int B, int To>
    static void emit(line_writer& out, rounding mode, operands x)
    {
        out.field(name).field(to_string(mode)).field(A).field(To).field(x.a);
        out.last(rescale<To>(decimal<A>::of(x.a), mode));
    }
    static operands near_limit(random_source& random, int places)
    {
        return {test::near_limit_for_mul(random, places).a, 0};
    }
    static operands tie(random_source& random, int places)
    {
        return {places < 1 ? random.any_length() : test::tie_for_rescale(random, places), 0};
    }
};

struct format_op : rescale_op {
    static constexpr std::string_view name = "format";

    template <int A, int B, int To>
    static void emit(line_writer& out, rounding mode, operands x)
    {
        out.field(name).field(to_string(mode)).field(A).field(To).field(x.a);
        const auto value = rescale<To>(decimal<A>::of(x.a), mode);
        out.last(value ? text(*value).view() : to_string(value.error()));
    }
};

template <class Op>
operands draw(random_source& random, int places)
{
    switch (random.below(6)) {
        case 0: return {random.any_value(), random.any_length()};
        case 1: return {random.edge(), random.any_length()};
        case 2: return {random.any_length(), random.edge()};
        case 3: return Op::near_limit(random, places);
        default: return {random.any_length(), random.any_length()};
    }
}

/// Half of the cases are ties and their neighbours on both sides, half are anything.
template <class Op>
void print_arithmetic(line_writer& out, random_source& random, std::uint64_t count)
{
    const auto emitters = []<std::size_t... I>(std::index_sequence<I...>)
    {
        return std::array<emit_case, sizeof...(I)>{
            &Op::template emit<triples[I].a, triples[I].b, triples[I].to>...};
    }
    (std::make_index_sequence<triples.size()>{});
    for (int m = 0; m < rounding_count; ++m) {
        const auto mode = static_cast<rounding>(m);
        for (std::uint64_t n = 0; n < count;) {
            const std::size_t pick = random.below(triples.size());
            const int places = Op::places(triples[pick]);
            const operands tie = Op::tie(random, places);
            const std::array<operands, 6> six{tie,
                                              test::neighbour(random, tie, -1),
                                              test::neighbour(random, tie, 1),
                                              draw<Op>(random, places),
                                              draw<Op>(random, places),
                                              draw<Op>(random, places)};
            for (std::size_t i = 0; i < six.size() && n < count; ++i, ++n) {
                emitters[pick](out, mode, six[i]);
            }
        }
    }
}

// ---- Parsing ----------------------------------------------------------------------------------

using emit_text = void (*)(line_writer&, rounding, std::string_view);

template <int Scale>
void emit_parse(line_writer& out, rounding mode, std::string_view text)
{
    out.field("parse").field(to_string(mode)).field(Scale).field(text);
    out.last(decimal<Scale>::parse(text, mode));
}

template <int Scale>
void emit_strict(line_writer& out, rounding, std::string_view text)
{
    out.field("strict").field("-").field(Scale).field(text);
    out.last(decimal<Scale>::parse(text));
}

std::string random_digits(random_source& random, int count)
{
    std::string digits;
    for (int i = 0; i < count; ++i) {
        digits.push_back(static_cast<char>('0' + random.below(10)));
    }
    return digits;
}

/// A mantissa with its point put in, and more digits after it: none, a tie, or around one.
std::string random_number(random_source& random, int scale)
{
    const std::int64_t value = random.below(4) == 0 ? random.edge() : random.any_length();
    std::string digits = std::to_string(value < 0 ? -value : value);
    const auto places =
        static_cast<std::size_t>(random.below(4) == 0 ? random.between(0, 18) : scale);
    if (digits.size() <= places) {
        digits.insert(0, places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - places, places > 0 ? 1 : 0, '.');
    const bool may_extend = digits.find('.') != std::string::npos;
    switch (random.below(may_extend ? 8 : 3)) {
        case 0: digits.insert(0, random.below(25), '0'); break;
        case 3: digits += "5"; break;
        case 4: digits += "5" + std::string(random.below(25), '0'); break;
        case 5: digits += "5" + std::string(random.below(25), '0') + "1"; break;
        case 6: digits += "4" + std::string(random.below(25), '9'); break;
        case 7: digits += random_digits(random, random.between(1, 25)); break;
        default: break;
    }
    return (value < 0 || random.below(20) == 0 ? "-" : "") + digits;
}

std::string random_text(random_source& random, int scale)
{
    std::string text = random_number(random, scale);
    if (random.below(8) != 0) {
        return text;
    }
    constexpr std::string_view strange = "+-. eExX_,0'/:;infNA";  // ':' and '/' frame the digits
    const char odd = strange[random.below(strange.size())];
    const std::size_t at = random.below(text.size() + 1);
    switch (random.below(4)) {
        case 0: text.erase(at == text.size() ? 0 : at, 1); break;
        case 1: text.erase(at); break;
        default: text.insert(at, 1, odd); break;
    }
    return text;
}

constexpr std::array<int, 10> single_scales{0, 1, 2, 4, 6, 8, 9, 12, 17, 18};

void print_texts(line_writer& out, random_source& random, std::uint64_t count, bool strict)
{
    const auto emitters = [strict]<std::size_t... I>(std::index_sequence<I...>)
    {
        return std::array<emit_text, sizeof...(I)>{
            (strict ? &emit_strict<single_scales[I]> : &emit_parse<single_scales[I]>)...};
    }
    (std::make_index_sequence<single_scales.size()>{});
    for (int m = 0; m < (strict ? 1 : rounding_count); ++m) {
        for (std::uint64_t n = 0; n < count; ++n) {
            const std::size_t pick = random.below(single_scales.size());
            const std::string text = random_text(random, single_scales[pick]);
            emitters[pick](out, static_cast<rounding>(m), text);
        }
    }
}

bool parse_argument(std::string_view text, std::uint64_t& value)
{
    const char* const last = text.data() + text.size();
    const auto read = std::from_chars(text.data(), last, value);
    return read.ec == std::errc{} && read.ptr == last;
}

}  // namespace

int main(int argc, char** argv)
{
    std::string_view op = "all";
    std::uint64_t count = 50000;
    std::uint64_t seed = 1;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
        const bool known = name == "--op"      ? (op = value, !value.empty())
                           : name == "--count" ? parse_argument(value, count)
                           : name == "--seed"  ? parse_argument(value, seed)
                                               : false;
        if (!known) {
            std::fputs("usage: wattpurse_oracle_cases [--op mul|div|rescale|format|parse|strict]"
                       " [--count N] [--seed N]\n",
                       stderr);
            return 2;
        }
    }
    line_writer out;
    const auto wanted = [op](std::string_view name) { return op == "all" || op == name; };
    random_source random{seed};
    if (wanted("mul")) {
        print_arithmetic<mul_op>(out, random, count);
    }
    if (wanted("div")) {
        print_arithmetic<div_op>(out, random, count);
    }
    if (wanted("rescale")) {
        print_arithmetic<rescale_op>(out, random, count);
    }
    if (wanted("format")) {
        print_arithmetic<format_op>(out, random, count);
    }
    if (wanted("parse")) {
        print_texts(out, random, count, false);
    }
    if (wanted("strict")) {
        print_texts(out, random, count, true);
    }
    return 0;
}
