// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::cli {

/// What an account's file says under names that the tariff does not know, in none of its versions.
/// It counts for nothing there, which may be meant (one account, several tariffs) or a slip: paths
/// in the file, as those of faults.
[[nodiscard]] std::vector<fault> unknown_names(const tariff::tariff& by,
                                               const tariff::consumption& used);

}  // namespace wattpurse::cli
