// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/reservation.hpp>

namespace wattpurse::adapter::sqlite {

/// Copies the books as they stand at one moment into a new file, while their writer goes on. The
/// copy is checked before it is given its name; a file of that name is not overwritten. Errors:
/// text for a person.
[[nodiscard]] result<void, std::string> back_up(const std::string& from, const std::string& to);

/// Whether the file is whole as SQLite sees it: pages, indices, constraints. The error is what is
/// wrong first.
[[nodiscard]] result<void, std::string> check_integrity(const std::string& path);

/// Whether each posting of a file of this version is found by its key and by its account. The error
/// is the table that is wrong.
[[nodiscard]] result<void, std::string> check_index(const std::string& path);

/// Makes the tables anew by which postings are found. Its writer's term has to be ended first.
[[nodiscard]] result<void, std::string> rebuild_index(const std::string& path);

/// Puts these in the place of all reservations of the file, which are a projection of its postings
/// (`ledger::posted_reservations`); gives how many were not as they had to be. Its writer's term
/// has to be ended first, by a `fence`.
[[nodiscard]] result<std::size_t, std::string> replace_reservations(
    const std::string& path, std::span<const reservation> all);

}  // namespace wattpurse::adapter::sqlite
