// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <asio.hpp>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::asio {

[[nodiscard]] inline instant system_now()
{
    return std::chrono::floor<duration>(std::chrono::system_clock::now());
}

/// Opens a listening port of this machine, and says where it is: "tcp://127.0.0.1:40123". Port 0
/// takes a free one. Error: text for a person.
[[nodiscard]] result<std::string, std::string> listen_on(::asio::ip::tcp::acceptor& acceptor,
                                                         std::uint16_t port,
                                                         const std::string& host);

}  // namespace wattpurse::adapter::asio
