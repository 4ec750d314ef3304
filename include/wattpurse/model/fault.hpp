// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace wattpurse {

/// One thing that is wrong with something a person has written: a tariff, a policy, a profile.
///
/// Validation never stops at the first of them: whoever wrote the file gets all of them at once.
struct fault {
    std::string path;      ///< where: a JSON pointer, "/charges/0/rate/price", or line and column
    std::string value;     ///< what stands there, as written and cut short where it is long
    std::string expected;  ///< what should stand there

    friend bool operator==(const fault&, const fault&) = default;
};

/// `/bands/0/register: "T9" (expected T1, T2, T3 or T4)`; the root of a file is named `/`.
[[nodiscard]] inline std::string to_string(const fault& what)
{
    std::string out = what.path.empty() ? "/" : what.path;
    out += ": ";
    out += what.value;
    out += " (expected ";
    out += what.expected;
    out += ')';
    return out;
}

}  // namespace wattpurse
