// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/explain.hpp>

#include <wattpurse/base/decimal_text.hpp>

namespace wattpurse::tariff {

namespace {

/// What is said, in both languages; Chinese as escapes, for sources are ASCII.
struct phrase {
    std::string_view en;
    std::string_view zh;

    [[nodiscard]] std::string_view in(language which) const
    {
        return which == language::english ? en : zh;
    }
};

constexpr phrase tier_word{"tier", "\u7b2c"};                 // "the ...th"
constexpr phrase tier_end{"", "\u6863"};                      // "tier"
constexpr phrase above_word{"above ", "\u8d85\u8fc7 "};
constexpr phrase to_word{"to ", "\u81f3 "};
constexpr phrase fee_word{"fee", "\u57fa\u672c\u8d39"};
constexpr phrase of_word{" of ", " x "};
constexpr phrase rounded_word{" rounded ", "\uff0c\u820d\u5165 "};
constexpr phrase to_increment{" to ", " \u5230 "};
constexpr phrase lifted{"brings ", "\u5c06 "};
constexpr phrase up_to_minimum{" up to the minimum of ", " \u8865\u8db3\u81f3\u6700\u4f4e "};
constexpr phrase down_to_maximum{" down to the maximum of ", " \u964d\u81f3\u6700\u9ad8 "};
constexpr phrase no_change{" needs no change, ", " \u65e0\u9700\u8c03\u6574\uff0c"};
constexpr phrase credit_kept{" kept as credit, ", " \u7559\u4f5c\u62b5\u6263\uff0c"};
constexpr phrase credit_drawn{" paid from credit, ", " \u7531\u62b5\u6263\u652f\u4ed8\uff0c"};
constexpr phrase mean_price{" on average", "\uff08\u5e73\u5747\uff09"};
constexpr phrase prices_of{"prices of ", "\u4ef7\u683c\u7248\u672c "};

std::string_view unit_in(const std::string& unit, language in)
{
    if (in == language::english) return unit;
    if (unit == "kWh") return "\u5343\u74e6\u65f6";
    if (unit == "kvarh") return "\u5343\u4e4f\u65f6";
    if (unit == "kW") return "\u5343\u74e6";
    if (unit == "kVA") return "\u5343\u4f0f\u5b89";
    if (unit == "day") return "\u5929";
    if (unit == "month") return "\u6708";
    return unit;
}

std::string_view currency_in(const currency& unit, language in)
{
    return in == language::chinese && unit.code() == "CNY" ? std::string_view{"\u5143"}
                                                           : unit.code();
}

template <int Scale>
std::string short_text(decimal<Scale> value, std::size_t places_min = 0)
{
    return trimmed(text(value).view(), places_min);
}

std::string money_text(money value, language in)
{
    const currency unit = value.unit();
    std::string out = short_text(value.amount(), 2);
    out += ' ';
    out += currency_in(unit, in);
    return out;
}

/// "13 %" of 0.13, "-0.15 %" of -0.0015.
std::string percent_text(unit_price share)
{
    const auto hundredfold = kernel::scale_up(share.mantissa(), 2);
    if (!hundredfold.ok) return short_text(share);
    return short_text(unit_price::of(hundredfold.mantissa)) + " %";
}

void add_share(std::string& out, const fraction& part)
{
    if (part.part == part.whole) return;
    out += " x " + std::to_string(part.part) + '/' + std::to_string(part.whole);
}

void add_rounding(std::string& out, const line& what, language in)
{
    if (what.residue.is_zero()) return;
    out += rounded_word.in(in);
    out += to_string(what.rounding.mode);
    out += to_increment.in(in);
    out += short_text(what.rounding.increment);
}

std::string of_charge(const line& what, language in)
{
    const currency unit = what.amount.unit();
    std::string out = ' ' + short_text(what.quantity, what.unit == "kWh" ? 2 : 0);
    const bool is_counted = what.unit == "x";  // fees and blocks: a bare number of them
    if (!is_counted) {
        out += ' ';
        out += unit_in(what.unit, in);
    }
    add_share(out, what.share);
    out += " x ";
    out += short_text(what.price, 2);
    out += ' ';
    out += currency_in(unit, in);
    if (!is_counted) {
        out += '/';
        out += unit_in(what.unit, in);
    }
    if (what.is_average) out += mean_price.in(in);
    return out + " = " + money_text(what.amount, in);
}

std::string of_percent(const line& what, language in)
{
    std::string out = ' ' + percent_text(what.price);
    out += of_word.in(in);
    return out + money_text(what.base, in) + " = " + money_text(what.amount, in);
}

std::string of_limit(const line& what, language in)
{
    std::string out;
    if (what.amount.is_zero()) {
        out = ' ' + money_text(what.base, in);
        out += no_change.in(in);
        return out + money_text(what.amount, in);
    }
    out = ' ';
    out += lifted.in(in);
    out += money_text(what.base, in);
    out += (what.kind == line_kind::minimum ? up_to_minimum : down_to_maximum).in(in);
    const auto bound = what.base + what.amount;
    if (bound) out += money_text(*bound, in);
    return out + ": " + money_text(what.amount, in);
}

std::string of_bank(const line& what, language in)
{
    std::string out = ' ' + money_text(what.base, in);
    out += (what.base.is_negative() ? credit_kept : credit_drawn).in(in);
    return out + money_text(what.amount, in);
}

}  // namespace

std::string trimmed(std::string_view number, std::size_t places_min)
{
    const auto point = number.find('.');
    if (point == std::string_view::npos) return std::string{number};
    const std::size_t size_min = point + 1 + places_min;
    while (number.size() > size_min && number.back() == '0') number.remove_suffix(1);
    if (number.back() == '.') number.remove_suffix(1);
    return std::string{number};
}

std::string title_of(const line& what, language in)
{
    std::string out = what.title.in(in, what.rule);
    if (!what.tier.empty()) {
        const std::string& own = what.tier_title.in(in, what.tier);
        out += ' ';
        if (own == what.tier) {
            out += tier_word.in(in);
            if (in == language::english) out += ' ';
            out += own;
            out += tier_end.in(in);
        } else {
            out += own;
        }
    }
    if (what.above || what.up_to) {
        out += " (";
        if (what.above) {
            out += above_word.in(in);
            out += short_text(*what.above) + ' ';
        }
        if (what.up_to) {
            out += to_word.in(in);
            out += short_text(*what.up_to) + ' ';
        }
        const std::string& unit = what.tier_unit.empty() ? what.unit : what.tier_unit;
        out += unit_in(unit == "x" ? std::string{} : unit, in);
        if (out.back() == ' ') out.pop_back();
        out += ')';
    }
    if (!what.band.empty()) out += ' ' + what.band_title.in(in, what.band);
    if (what.kind == line_kind::fee) {
        out += ' ';
        out += fee_word.in(in);
    }
    if (!what.version.empty()) {
        out += " [";
        out += prices_of.in(in);
        out += what.version + ']';
    }
    return out;
}

std::string explain(const line& what, language in)
{
    std::string out = title_of(what, in);
    switch (what.kind) {
        case line_kind::charge:
        case line_kind::fee: out += of_charge(what, in); break;
        case line_kind::percent: out += of_percent(what, in); break;
        case line_kind::minimum:
        case line_kind::maximum: out += of_limit(what, in); break;
        case line_kind::bank: out += of_bank(what, in); break;
        case line_kind::residue: out += ": " + money_text(what.amount, in); break;
    }
    add_rounding(out, what, in);
    return out;
}

}  // namespace wattpurse::tariff
