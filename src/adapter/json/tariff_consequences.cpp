// SPDX-License-Identifier: Apache-2.0
#include "tariff_consequences.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace wattpurse::adapter::json {

namespace {

/// Where the cause could not be read, the effect says nothing. In these paths `*` is any step,
/// `#` any that stands at the same place in both, and `...` whatever follows, or nothing.
struct rule {
    std::string_view cause;
    std::string_view effect;
};

constexpr std::array<rule, 21> rules{{
    // Which days there are decides which rules are missing and which are never reached.
    {"/versions/#/calendar/seasons/...", "/versions/#/calendar/rules"},
    {"/versions/#/calendar/seasons/...", "/versions/#/calendar/rules/*"},
    {"/versions/#/calendar/days/...", "/versions/#/calendar/rules"},
    {"/versions/#/calendar/days/...", "/versions/#/calendar/rules/*"},
    {"/versions/#/calendar/rules/...", "/versions/#/calendar/rules/*"},
    // What a determinant is of decides on all its other members, and on bounds made of it.
    {"/versions/#/determinants/#/of", "/versions/#/determinants/#/..."},
    {"/versions/#/determinants/*/of", "/versions/#/*/*/rate/bounds/round"},
    // One without a name is found where none is named.
    {"/versions/#/determinants/*/name", "/versions/#/*/*/rate/by"},
    {"/versions/#/determinants/*/name", "/versions/#/*/*/rate/bounds/plus"},
    // The bands it counts are those that need a price.
    {"/versions/#/determinants/*/bands/...", "/versions/#/*/*/rate/prices/..."},
    {"/versions/#/determinants/*/bands/...", "/versions/#/*/*/rate/tiers/*/prices/..."},
    {"/versions/*/determinants/*/bands/...", "/bands/*/name"},
    // A price that is not there may have been one by band.
    {"/versions/#/#/#/rate/price", "/versions/#/#/#/rate/prices"},
    {"/versions/#/#/#/rate/tiers/#/price", "/versions/#/#/#/rate/tiers/#/prices"},
    {"/versions/#/#/#/rate/tiers/...", "/versions/#/#/#/rate/split"},
    // An adjustment is over tags, and its kind says what its table may be.
    {"/versions/#/charges", "/versions/#/adjustments/*/over/*"},
    {"/versions/#/charges/*", "/versions/#/adjustments/*/over/*"},
    {"/versions/#/charges/*/tags/...", "/versions/#/adjustments/*/over/*"},
    {"/versions/#/adjustments/*", "/versions/#/adjustments/*/over/*"},
    {"/versions/#/adjustments/*/tags/...", "/versions/#/adjustments/*/over/*"},
    {"/versions/#/adjustments/#/kind", "/versions/#/adjustments/#/rate/mode"},
}};

/// Takes the first step off a path that is not empty: "versions" of "/versions/0".
std::string_view next_step(std::string_view& path)
{
    path.remove_prefix(1);
    const std::string_view out = path.substr(0, path.find('/'));
    path.remove_prefix(out.size());
    return out;
}

/// The steps that stand for `#`, where the path is of this form.
std::optional<std::string> shared_steps(std::string_view form, std::string_view path)
{
    std::string out;
    while (!form.empty()) {
        const std::string_view wanted = next_step(form);
        if (wanted == "...") return out;
        if (path.empty()) return std::nullopt;
        const std::string_view step = next_step(path);
        if (wanted == "#") {
            out += '/';
            out += step;
        } else if (wanted != "*" && wanted != step) {
            return std::nullopt;
        }
    }
    if (!path.empty()) return std::nullopt;
    return out;
}

bool contains(std::string_view outer, std::string_view path)
{
    return path.starts_with(outer) && (path.size() == outer.size() || path[outer.size()] == '/');
}

}  // namespace

consequences::consequences(std::span<const fault> unread, std::vector<std::string> implied)
    : unread_{unread}, implied_{std::move(implied)}
{
    for (const fault& each : unread_) {
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (auto steps = shared_steps(rules[i].cause, each.path)) {
                causes_.emplace(i, std::move(*steps));
            }
        }
    }
}

bool consequences::include(const fault& found) const
{
    const auto holds = [&](const std::string& outer) { return contains(outer, found.path); };
    if (std::any_of(implied_.begin(), implied_.end(), holds)) return true;
    const auto meets = [&](const fault& known) {
        return contains(known.path, found.path) || contains(found.path, known.path);
    };
    if (std::any_of(unread_.begin(), unread_.end(), meets)) return true;
    for (std::size_t i = 0; i < rules.size() && !causes_.empty(); ++i) {
        const auto steps = shared_steps(rules[i].effect, found.path);
        if (steps && causes_.contains({i, *steps})) return true;
    }
    return false;
}

}  // namespace wattpurse::adapter::json
