// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/charge.hpp>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>

namespace wattpurse::tariff {

namespace {

std::string bound_text(energy bound) { return trimmed(text(bound).view(), 0); }

}  // namespace

std::string line_of(const charge& which, std::size_t index)
{
    if (which.rate.tiers.size() == 1) return which.line;
    return which.line + '.' + name_of(which.rate, index);
}

std::string title_of(const charge& which, std::size_t index)
{
    const std::string& title = which.title.empty() ? which.line : which.title;
    if (which.rate.tiers.size() == 1) return title;
    std::string out = title + ' ' + name_of(which.rate, index) + " (";
    if (index != 0) out += "above " + bound_text(lower_bound_of(which.rate, index)) + ' ';
    if (const auto& bound = which.rate.tiers[index].up_to) out += "to " + bound_text(*bound) + ' ';
    return out + "kWh)";
}

}  // namespace wattpurse::tariff
