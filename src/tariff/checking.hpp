// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/explain.hpp>

namespace wattpurse::tariff {

/// What the parts of one check share: where they are, and what they have found.
struct checking {
    const tariff& what;
    const version& in;
    std::string at;  ///< "/versions/0"
    std::vector<fault>& faults;

    void note(std::string path, std::string value, std::string expected) const
    {
        if (faults.size() >= parts_max) return;  // more of them tell nothing new
        faults.push_back({at + std::move(path), std::move(value), std::move(expected)});
    }
};

[[nodiscard]] inline std::string quoted(std::string_view text)
{
    return '"' + std::string{text} + '"';
}

/// A name as a step of a JSON pointer (RFC 6901, section 3).
[[nodiscard]] inline std::string pointer_step(std::string_view name)
{
    std::string out = "/";
    for (const char c : name) {
        if (c == '~' || c == '/') {
            out += c == '~' ? "~0" : "~1";
        } else {
            out += c;
        }
    }
    return out;
}

template <class Exact>
[[nodiscard]] std::string quoted_number(Exact value)
{
    return quoted(trimmed(text(value).view(), 0));
}

/// Whether one of `parts` has that name, or has none, which is a fault of its own: then it may be
/// the one that is meant.
template <class Parts>
[[nodiscard]] bool may_have(const Parts& parts, std::string_view name)
{
    return std::any_of(parts.begin(), parts.end(), [name](const auto& each) {
        return each.name == name || each.name.empty();
    });
}

/// The part of that name. No name is nobody's, though some part may have none.
template <class Parts>
[[nodiscard]] const typename Parts::value_type* find(const Parts& parts, std::string_view name)
{
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [name](const auto& each) { return each.name == name; });
    return found == parts.end() || name.empty() ? nullptr : &*found;
}

/// Names are there, and none twice.
template <class Parts>
void check_names(const checking& in, const Parts& parts, const std::string& path,
                 const std::string& noun)
{
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string place = path + '/' + std::to_string(i) + "/name";
        const std::string& name = parts[i].name;
        if (name.empty()) {
            in.note(place, "\"\"", "the name of the " + noun);
        } else if (!seen.insert(name).second) {
            in.note(place, quoted(name), "a name that no other " + noun + " has");
        }
    }
}

/// Each of `names` is one of `parts`, and stands there once.
template <class Parts>
void check_choice(const checking& in, const std::vector<std::string>& names, const Parts& parts,
                  const std::string& path, const std::string& noun)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string place = path + '/' + std::to_string(i);
        const auto here = names.begin() + static_cast<std::ptrdiff_t>(i);
        if (!may_have(parts, names[i])) {
            in.note(place, quoted(names[i]), "the name of a " + noun);
        } else if (!names[i].empty() && std::find(names.begin(), here, names[i]) != here) {
            in.note(place, quoted(names[i]), "each " + noun + " once");
        }
    }
}

/// A rule for money: an increment above zero, a mode that always gives an amount.
void check_rule(const checking& in, const rounding_rule& rule, const std::string& path);
/// A rule for quantities, whose steps are 10^-4.
void check_quantity_rule(const checking& in, const rounding_rule& rule, const std::string& path);

void check_calendar(const checking& in);
void check_determinants(const checking& in);
void check_charges(const checking& in);
void check_adjustments(const checking& in);

/// A table on a determinant (null where it is not known).
void check_table(const checking& in, const rate_table& table, const determinant* on,
                 const std::string& path);

/// Line ids of the version: each one there, fit to be one, and no two the same.
void check_lines(const checking& in);

/// Whether its value may lie between two steps of 10^-4.
[[nodiscard]] bool may_be_fraction(const determinant& what) noexcept;

}  // namespace wattpurse::tariff
