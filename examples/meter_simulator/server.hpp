// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <wattpurse/sim/world.hpp>

/// Serves a world on TCP: a port for its clock, one for its desk, one for each of its lines. One
/// data centre at a time; when its process dies, the world stands still until the next one comes.
class world_server {
public:
    /// Listens on the loopback address. Port 0 is any free port. Throws std::system_error.
    explicit world_server(wattpurse::sim::world& around);
    ~world_server();

    struct ports {
        std::uint16_t clock = 0;
        std::uint16_t desk = 0;
        std::vector<std::uint16_t> lines;
    };
    [[nodiscard]] ports where() const;

    /// Serves until a data centre has said that it is done (true), or SIGTERM or SIGINT (false).
    [[nodiscard]] bool run();

private:
    class implementation;
    std::unique_ptr<implementation> self_;
};
