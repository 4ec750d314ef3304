// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/adapter/json/profile.hpp>

/// What the tests of profiles share.
namespace wattpurse::profiles {

inline std::string with(std::string text, std::string_view old_part, std::string_view new_part)
{
    const auto at = text.find(old_part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old_part.size(), new_part);
}

inline std::vector<fault> faults_of(const std::string& text)
{
    auto loaded = adapter::json::load_profile(text);
    return loaded ? std::vector<fault>{} : loaded.error();
}

inline const meter::register_field& field(const meter::register_map& map, std::string_view name)
{
    const std::int16_t index = meter::find_field(map, name);
    REQUIRE(index != meter::no_field);
    return map.fields[static_cast<std::size_t>(index)];
}

inline adapter::json::meter_profile standard(const std::string& name)
{
    auto found = adapter::json::find_profile(name);
    REQUIRE(found.has_value());
    return std::move(*found);
}

inline bool is(scaled_number value, std::string_view text)
{
    return to_text(value).view() == text;
}

}  // namespace wattpurse::profiles
