// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <wattpurse/base/result.hpp>

namespace wattpurse::adapter::sqlite {

/// Copies the books as they stand at one moment into a new file, while their writer goes on. The
/// copy is checked before it is given its name; a file of that name is not overwritten. Errors:
/// text for a person.
[[nodiscard]] result<void, std::string> back_up(const std::string& from, const std::string& to);

/// Whether the file is whole as SQLite sees it: pages, indices, constraints. The error is what is
/// wrong first.
[[nodiscard]] result<void, std::string> check_integrity(const std::string& path);

/// Makes the reservations anew out of the postings, which are the truth; gives how many were not as
/// they had to be. While a writer is at work on the file it is an error.
[[nodiscard]] result<std::size_t, std::string> rebuild(const std::string& path);

}  // namespace wattpurse::adapter::sqlite
