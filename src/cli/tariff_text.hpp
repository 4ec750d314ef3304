// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>

#include <wattpurse/tariff/tariff.hpp>

#include "phrases.hpp"

namespace wattpurse::cli {

/// A tariff as tables: its bands, and of each version seasons, kinds of days, hours and prices.
void print_tariff(std::ostream& out, const tariff::tariff& by, const phrases& say);

}  // namespace wattpurse::cli
