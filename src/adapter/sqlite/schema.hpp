// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.hpp"

namespace wattpurse::adapter::sqlite {

/// Sets the connection up for keeping books, and creates the tables where the file is new.
/// Throws `std::runtime_error` for a newer schema or a database of another program. False where
/// the disk is too full to make sure of the log that was left: then nothing may be written.
[[nodiscard]] bool prepare(connection& file);

}  // namespace wattpurse::adapter::sqlite
