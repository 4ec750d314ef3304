// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/explain.hpp>

#include <wattpurse/base/decimal_text.hpp>

namespace wattpurse::tariff {

std::string trimmed(std::string_view number, std::size_t places_min)
{
    const auto point = number.find('.');
    if (point == std::string_view::npos) return std::string{number};
    const std::size_t size_min = point + 1 + places_min;
    while (number.size() > size_min && number.back() == '0') number.remove_suffix(1);
    if (number.back() == '.') number.remove_suffix(1);
    return std::string{number};
}

std::string text_of(energy quantity)
{
    return trimmed(text(quantity).view(), 2) + " kWh";
}

std::string explain(std::string_view title, energy quantity, price each, money amount)
{
    const currency in = amount.unit();
    const std::string_view unit = in.code();
    std::string out{title};
    out += ' ';
    out += text_of(quantity);
    out += " x ";
    out += trimmed(text(each).view(), 2);
    out += ' ';
    out += unit;
    out += "/kWh = ";
    out += text(amount.amount()).view();
    out += ' ';
    out += unit;
    return out;
}

}  // namespace wattpurse::tariff
