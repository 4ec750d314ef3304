// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/time.hpp>
#include <wattpurse/engine/system.hpp>
#include <wattpurse/sim/world.hpp>

namespace wattpurse::sim {

/// Lets an engine and a world talk in one process until `until`, or until the engine has failed.
/// The same lock-step that two processes keep over sockets.
void play(world& around, engine::system& centre, instant until);

}  // namespace wattpurse::sim
