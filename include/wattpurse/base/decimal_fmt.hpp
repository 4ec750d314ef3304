// SPDX-License-Identifier: Apache-2.0
#pragma once

// Opt-in formatters for the fmt library; nothing else in wattpurse includes this header.

#include <string_view>

#include <fmt/format.h>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/base/quantity.hpp>

/// All places, as `wattpurse::text` writes them; fill, alignment and width as for a string.
template <int Scale>
struct fmt::formatter<wattpurse::decimal<Scale>> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(wattpurse::decimal<Scale> value, Context& context) const
    {
        const auto text = wattpurse::text(value);
        return fmt::formatter<std::string_view>::format(text.view(), context);
    }
};

/// The number of a quantity, without its unit.
template <class Unit, int Scale>
struct fmt::formatter<wattpurse::quantity<Unit, Scale>>
    : fmt::formatter<wattpurse::decimal<Scale>> {
    template <class Context>
    auto format(wattpurse::quantity<Unit, Scale> value, Context& context) const
    {
        return fmt::formatter<wattpurse::decimal<Scale>>::format(value.value(), context);
    }
};
