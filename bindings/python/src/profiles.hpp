// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <wattpurse/adapter/json/profile.hpp>

namespace wattpurse::python {

/// What Python sees as a Profile; shared with the simulated meters made of it.
using profile_ptr = std::shared_ptr<adapter::json::meter_profile>;

}  // namespace wattpurse::python
