// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/model/fault.hpp>

/// What `tariff::check` finds only because something could not be read.
namespace wattpurse::adapter::json {

/// Tells faults of meaning from those that follow from known faults of form. Where a name, a list
/// or a kind is not known, what depends on it is not known either: a reader who mends the first
/// fault should not find that the others were none.
class consequences {
public:
    /// `unread`: faults of form. `implied`: places that are not in the file, whose values were
    /// taken from elsewhere, where their faults are told.
    consequences(std::span<const fault> unread, std::vector<std::string> implied);

    /// Whether this follows from what is known.
    [[nodiscard]] bool include(const fault& found) const;

private:
    std::span<const fault> unread_;
    std::vector<std::string> implied_;
    /// Number of the rule, and the steps of the path that cause and effect have to share.
    std::set<std::pair<std::size_t, std::string>> causes_;
};

}  // namespace wattpurse::adapter::json
