// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "connection.hpp"

namespace wattpurse::adapter::postgres {

/// Makes the schema and its tables where they are not there yet; any number of programs may do so
/// at once. Throws `std::runtime_error` for a newer schema or one of another program.
void prepare(connection& link, const std::string& schema);

}  // namespace wattpurse::adapter::postgres
