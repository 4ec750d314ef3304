// SPDX-License-Identifier: Apache-2.0
#include "value_shape.hpp"

namespace wattpurse::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* nameless_field = "value";
constexpr const char* nameless_group = "values";

bool is_count(std::string_view text)
{
    return !text.empty() && (text[0] == 'n' || (text[0] >= '0' && text[0] <= '9'));
}

}  // namespace

std::string field_place::label() const
{
    std::string out;
    for (const group& each : groups) {
        out += each.key == nameless_group ? "" : each.key + ".";
    }
    return key == nameless_field && out.empty() ? "" : out + key;
}

field_place value_shape::find_place(std::size_t position,
                                    const codec::dlt645::field& what) const
{
    field_place out;
    bool in_unit = false;
    std::size_t begin = 0;  // of the item looked at
    for (std::size_t i = 0; i < position && i < layout_.size(); ++i) {
        const char c = layout_[i];
        in_unit = c == '[' || (in_unit && c != ']');
        if (in_unit) {
            continue;
        }
        if (c == '(') {
            const bool is_named = i > begin && layout_[i - 1] == ':';
            out.groups.push_back({i, is_named ? std::string{layout_.substr(begin, i - 1 - begin)}
                                              : std::string{nameless_group}});
            begin = i + 1;
        } else if (c == ')' && !out.groups.empty()) {
            out.groups.pop_back();
        } else if (c == ' ') {
            begin = i + 1;
        }
    }
    const std::string_view item = layout_.substr(begin, position - begin);
    const auto star = item.rfind('*');
    out.is_array = star != std::string_view::npos && is_count(item.substr(star + 1));
    out.key = what.name.empty() ? std::string{nameless_field} : std::string{what.name};
    return out;
}

const field_place& value_shape::place_at(std::size_t position, const codec::dlt645::field& what)
{
    const auto known = places_.find(position);
    if (known != places_.end()) {
        return known->second;
    }
    const field_place& made = places_.emplace(position, find_place(position, what)).first->second;
    for (const field_place::group& each : made.groups) {
        first_of_group_.emplace(each.open, position);
    }
    return made;
}

void value_shape::put(std::size_t position, const codec::dlt645::field& what, std::size_t index,
                      nlohmann::ordered_json value)
{
    const field_place& place = place_at(position, what);
    json* node = &root_;
    for (const field_place::group& each : place.groups) {
        json& rounds = (*node)[each.key];
        const bool begins = first_of_group_.at(each.open) == position &&
                            (!place.is_array || index == 0);
        if (rounds.empty() || begins) {
            rounds.push_back(json::object());
        }
        node = &rounds.back();
    }
    if (place.is_array) {
        (*node)[place.key].push_back(std::move(value));
    } else {
        (*node)[place.key] = std::move(value);
    }
}

nlohmann::ordered_json value_shape::take()
{
    if (root_.size() == 1) {
        const std::string only = root_.begin().key();
        if (only == nameless_field || only == nameless_group) {
            return std::move(root_[only]);
        }
    }
    return std::move(root_);
}

}  // namespace wattpurse::cli
