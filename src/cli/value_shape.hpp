// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/codec/dlt645/layout.hpp>

namespace wattpurse::cli {

/// Where a field of a layout belongs in JSON.
struct field_place {
    struct group {
        std::size_t open = 0;  ///< of its parenthesis in the layout
        std::string key;
    };
    std::vector<group> groups;  ///< that the field lies in, the outermost first
    std::string key;            ///< its own name, "value" where it has none
    bool is_array = false;      ///< comes several times by itself

    /// As people would say it, "phase.forward".
    [[nodiscard]] std::string label() const;
};

/// Arranges the fields of a layout, which come one behind the other, as nested JSON: groups are
/// arrays of objects, repeated fields arrays, and what has neither name nor company is itself.
class value_shape {
public:
    explicit value_shape(std::string_view layout) : layout_{layout} {}

    /// The place of the field that ends at `position` of the layout.
    const field_place& place_at(std::size_t position, const codec::dlt645::field& what);
    /// Puts in the next field; `index` is its repetition.
    void put(std::size_t position, const codec::dlt645::field& what, std::size_t index,
             nlohmann::ordered_json value);
    /// All of it; a single thing without a name stands for itself.
    [[nodiscard]] nlohmann::ordered_json take();

private:
    [[nodiscard]] field_place find_place(std::size_t position,
                                         const codec::dlt645::field& what) const;

    std::string_view layout_;
    std::map<std::size_t, field_place> places_;
    std::map<std::size_t, std::size_t> first_of_group_;  ///< opening parenthesis to field
    nlohmann::ordered_json root_ = nlohmann::ordered_json::object();
};

}  // namespace wattpurse::cli
