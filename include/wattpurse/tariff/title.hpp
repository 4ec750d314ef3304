// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wattpurse::tariff {

/// In which language a person reads.
enum class language : std::uint8_t { english, chinese };

/// What people read in place of an id. Either may be empty: then the other is shown, else the id.
struct title {
    std::string en;
    std::string zh;

    [[nodiscard]] const std::string& in(language which, const std::string& otherwise) const
    {
        const std::string& first = which == language::english ? en : zh;
        const std::string& second = which == language::english ? zh : en;
        if (!first.empty()) return first;
        return second.empty() ? otherwise : second;
    }

    friend bool operator==(const title&, const title&) = default;
};

}  // namespace wattpurse::tariff
