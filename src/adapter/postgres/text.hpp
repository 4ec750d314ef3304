// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace wattpurse::adapter::postgres {

/// A row that holds what this library never wrote, or cannot write.
class row_fault : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// PostgreSQL's text holds neither NUL nor what is not UTF-8, and a caller's text may hold both. A
// backslash is stored as two, a byte that has no place in the text as \x and two digits: `\x00`.
// All other text stands in the tables as it is.

/// Appends `text` in the form it is stored in. Other texts have other forms.
void append_stored(std::string& out, std::string_view text);
[[nodiscard]] std::string stored(std::string_view text);

/// What `stored` was made of. Throws `row_fault` for what it never makes.
[[nodiscard]] std::string unstored(std::string_view form);

/// `prefix` without a character that it breaks off: its stored form is then the beginning of the
/// stored form of every text that begins with `prefix`.
[[nodiscard]] std::string_view whole_characters(std::string_view prefix) noexcept;

}  // namespace wattpurse::adapter::postgres
