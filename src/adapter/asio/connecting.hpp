// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <asio.hpp>

#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse::adapter::asio {

/// Connects a socket to the peer of a line, within the time the line has for that; it runs `io`
/// meanwhile. Error: text for a person that begins with the line; the socket is then of no use.
template <class Socket>
[[nodiscard]] result<void, std::string> connect_within(::asio::io_context& io, Socket& socket,
                                                       const line_uri& where)
{
    namespace net = ::asio;
    using resolver_type = typename Socket::protocol_type::resolver;
    // Shared, since a name server may answer when nobody waits any more.
    struct attempt {
        std::optional<net::error_code> ended;
        bool abandoned = false;
    };
    const auto mine = std::make_shared<attempt>();
    const auto resolver = std::make_shared<resolver_type>(io);
    resolver->async_resolve(
        where.peer.host, std::to_string(where.peer.port),
        [&socket, mine, resolver](const net::error_code& error, const auto& found) {
            if (mine->abandoned) return;
            if (error) {
                mine->ended = error;
                return;
            }
            net::async_connect(socket, found, [mine](const net::error_code& failed, const auto&) {
                mine->ended = failed;
            });
        });
    const auto give_up_at = std::chrono::steady_clock::now() + where.connect_ms_max;
    while (!mine->ended && io.run_one_until(give_up_at) > 0) {
    }
    if (mine->ended && !*mine->ended) return {};
    const std::string why =
        mine->ended ? mine->ended->message()
                    : "no connection within " + std::to_string(where.connect_ms_max.count()) +
                          " ms";
    mine->abandoned = true;
    resolver->cancel();
    return tl::unexpected<std::string>{where.name() + ": " + why};
}

}  // namespace wattpurse::adapter::asio
