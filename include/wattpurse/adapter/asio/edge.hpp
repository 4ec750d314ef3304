// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/asio/endpoint.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/engine/system.hpp>

namespace wattpurse::adapter::asio {

/// What an engine is connected to.
struct edge_options {
    endpoint desk;
    std::vector<endpoint> lines;    ///< one for each bus of the site, in its order
    /// A world in lock-step (`lockstep.hpp`) that owns the time; without it, the system's clock
    /// rules, and a lost connection is made again.
    std::optional<endpoint> clock;

    std::function<void(std::string_view line)> desk_line;  ///< a line the desk has said
    std::function<std::string()> desk_output;              ///< lines for the desk, whole ones
    /// Asked after each step that leaves no batch under way; true ends the run.
    std::function<bool(instant now)> finished;
    /// For a store that commits on a thread of its own: is given, before the engine starts, what
    /// any thread may call when the outcome of a batch can be polled, and an empty one at the end.
    /// Without it a batch under way is asked for every millisecond.
    std::function<void(std::function<void()> wake)> on_outcome;
};

enum class edge_end : std::uint8_t {
    finished,
    /// SIGTERM or SIGINT: the step and the batch under way were completed, what they said was sent.
    stopped,
};

/// Runs an engine on TCP until it is finished or told to stop. One thread, one strand.
///
/// Precondition: `start` of the engine has not been called; it is called here, at the clock's
/// time. Error: text for a person (no connection, the engine's failure).
[[nodiscard]] result<edge_end, std::string> run_edge(engine::system& centre,
                                                    const edge_options& options);

}  // namespace wattpurse::adapter::asio
