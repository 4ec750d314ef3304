// SPDX-License-Identifier: Apache-2.0
#include "listening.hpp"

namespace wattpurse::adapter::asio {

result<std::string, std::string> listen_on(::asio::ip::tcp::acceptor& acceptor,
                                           std::uint16_t port, const std::string& host)
{
    using ::asio::ip::tcp;
    ::asio::error_code error;
    const auto address = ::asio::ip::make_address(host, error);
    if (error) {
        return tl::unexpected<std::string>{host +
                                           ": expected an address of this machine, as 127.0.0.1"};
    }
    const tcp::endpoint at{address, port};
    acceptor.open(at.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(::asio::socket_base::max_listen_connections, error);
    if (error) {
        return tl::unexpected<std::string>{host + ":" + std::to_string(port) +
                                           ": cannot listen: " + error.message()};
    }
    return "tcp://" + (address.is_v6() ? '[' + host + ']' : host) + ':' +
           std::to_string(acceptor.local_endpoint().port());
}

}  // namespace wattpurse::adapter::asio
