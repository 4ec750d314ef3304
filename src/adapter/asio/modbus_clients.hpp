// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/adapter/asio/modbus_options.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/modbus_tcp_client.hpp>

namespace wattpurse::adapter::asio {

/// Error: the line is none of those Modbus is spoken on; text for a person.
[[nodiscard]] inline result<void, std::string> check_modbus(const line_uri& where)
{
    const bool is_framed = where.protocol == line_protocol::modbus_rtu ||
                           where.protocol == line_protocol::modbus_ascii;
    const auto kind = where.kind;
    using kind_type = line_uri::kind_type;
    const bool fits =
        (is_framed && kind != kind_type::udp) ||
        (where.protocol == line_protocol::modbus_tcp && kind == kind_type::tcp) ||
        (where.protocol == line_protocol::modbus_udp && kind == kind_type::udp);
    if (fits) return {};
    return tl::unexpected<std::string>{
        where.name() + ": that is no Modbus line: expected modbus-tcp://HOST:PORT, "
                       "modbus-rtu:///dev/DEVICE, modbus-rtu+tcp://HOST:PORT or the like"};
}

/// How a line is spoken on.
[[nodiscard]] inline link::modbus_line_timing modbus_timing_of(const line_uri& where)
{
    using timing = link::modbus_line_timing;
    const bool is_serial = where.kind == line_uri::kind_type::serial;
    if (where.protocol == line_protocol::modbus_ascii) {
        timing out = timing::ascii(where.settings.baud);
        if (!is_serial) out.quiet = duration{0};  // the server before the line minds that
        return out;
    }
    if (!is_serial) return timing::over_tcp(where.settings.baud);
    return where.lenient ? timing::lenient(where.settings.baud)
                         : timing::strict(where.settings.baud);
}

/// The client of either kind of line, of `Capacity` jobs. Only one of the two is there.
template <std::size_t Capacity>
class modbus_client_of_line {
public:
    modbus_client_of_line(const line_uri& where, const modbus_connection_options& options)
        : is_serial_{where.protocol == line_protocol::modbus_rtu ||
                     where.protocol == line_protocol::modbus_ascii}
    {
        if (is_serial_) {
            link::modbus_serial_client_options out;
            out.framing = where.protocol == line_protocol::modbus_ascii
                              ? link::modbus_framing::ascii
                              : link::modbus_framing::rtu;
            out.timing = modbus_timing_of(where);
            out.has_echo = where.skip_echo;
            out.backoff = options.backoff;
            serial_ = std::make_unique<serial_type>(out);
        } else {
            link::modbus_tcp_client_options out;
            out.window = where.window;
            out.one_per_unit = options.one_per_unit;
            out.zero_is_broadcast = options.zero_is_broadcast;
            out.datagrams = where.protocol == line_protocol::modbus_udp;
            out.backoff = options.backoff;
            net_ = std::make_unique<net_type>(out);
        }
    }

    /// Calls `use` with the client.
    template <class Use>
    decltype(auto) with(Use use)
    {
        return is_serial_ ? use(*serial_) : use(*net_);
    }
    template <class Use>
    decltype(auto) with(Use use) const
    {
        return is_serial_ ? use(std::as_const(*serial_)) : use(std::as_const(*net_));
    }

    /// Whether answers can be told apart only by what was asked: RTU and ASCII.
    [[nodiscard]] bool is_serial() const noexcept { return is_serial_; }
    [[nodiscard]] bool broken() const noexcept { return !is_serial_ && net_->broken(); }

private:
    using serial_type = link::basic_modbus_serial_client<Capacity>;
    using net_type = link::basic_modbus_tcp_client<Capacity>;

    bool is_serial_;
    std::unique_ptr<serial_type> serial_;
    std::unique_ptr<net_type> net_;
};

}  // namespace wattpurse::adapter::asio
