// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/serial.hpp>

#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <asio/error_code.hpp>

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using outcome = result<void, std::string>;

constexpr std::array<std::uint32_t, 10> rates{300,  600,   1200,  2400,  4800,
                                              9600, 19200, 38400, 57600, 115200};

std::string reason(int error) { return std::generic_category().message(error); }

tl::unexpected<std::string> trouble(const std::string& device, const std::string& what)
{
    return tl::unexpected<std::string>{device + ": " + what};
}

bool is_pseudo_terminal(int handle)
{
    struct stat about {};
    // Majors of Unix 98 slaves, see admin-guide/devices of the kernel.
    return ::fstat(handle, &about) == 0 && S_ISCHR(about.st_mode) &&
           major(about.st_rdev) >= 136 && major(about.st_rdev) <= 143;
}

/// TIOCEXCL keeps out whoever opens later, but not root and nobody who is inside already: the
/// lock finds those, if they lock as well. A pseudo-terminal gets the lock alone: its other end
/// keeps it open, so the mark of a program that was killed would stay and shut out everybody.
outcome take_alone(int handle, const std::string& device)
{
    if (::flock(handle, LOCK_EX | LOCK_NB) != 0) {
        return trouble(device, errno == EWOULDBLOCK ? "another program uses it"
                                                    : "cannot be locked: " + reason(errno));
    }
    if (!is_pseudo_terminal(handle) && ::ioctl(handle, TIOCEXCL) != 0) {
        return trouble(device, "cannot be taken alone: " + reason(errno));
    }
    return {};
}

using base = net::serial_port_base;

base::parity::type net_parity(parity_bit parity)
{
    switch (parity) {
        case parity_bit::even: return base::parity::even;
        case parity_bit::odd: return base::parity::odd;
        case parity_bit::none: break;
    }
    return base::parity::none;
}

/// Whether the driver has done what it was told: it may leave out what it cannot.
outcome check_setting(int handle, const std::string& device, const serial_settings& wanted)
{
    termios set{};
    if (::tcgetattr(handle, &set) != 0) return trouble(device, "is no serial port");
    const bool has_parity = (set.c_cflag & PARENB) != 0;
    const bool is_odd = (set.c_cflag & PARODD) != 0;
    if (has_parity != (wanted.parity != parity_bit::none) ||
        (has_parity && is_odd != (wanted.parity == parity_bit::odd))) {
        return trouble(device, "its driver does not set parity " +
                                   std::string{to_string(wanted.parity)});
    }
    if ((set.c_cflag & CSIZE) != (wanted.data_bits == 7 ? CS7 : CS8)) {
        return trouble(device, "its driver does not set " + std::to_string(wanted.data_bits) +
                                   " data bits");
    }
    return {};
}

outcome set_line(net::serial_port& port, const std::string& device, const serial_settings& wanted)
{
    const bool pseudo = is_pseudo_terminal(port.native_handle());
    std::string fault;
    const auto set = [&](const auto& option, const std::string& what) {
        net::error_code error;
        port.set_option(option, error);
        if (error && !pseudo && fault.empty()) {
            fault = what + " cannot be set: " + error.message();
        }
    };
    set(base::baud_rate{wanted.baud}, std::to_string(wanted.baud) + " baud");
    set(base::character_size{wanted.data_bits}, std::to_string(wanted.data_bits) + " data bits");
    set(base::parity{net_parity(wanted.parity)}, "parity " + std::string{to_string(wanted.parity)});
    set(base::stop_bits{wanted.stop_bits == 2 ? base::stop_bits::two : base::stop_bits::one},
        "the stop bits");
    set(base::flow_control{base::flow_control::none}, "no flow control");
    if (!fault.empty()) return trouble(device, fault);
    return pseudo ? outcome{} : check_setting(port.native_handle(), device, wanted);
}

outcome set_direction_control(int handle, const std::string& device)
{
    serial_rs485 control{};
    control.flags = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
    if (::ioctl(handle, TIOCSRS485, &control) == 0) return {};
    if (errno == ENOTTY || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
        return trouble(device, "its driver has no RS-485 direction control (TIOCSRS485): leave "
                               "rs485 off where the adapter switches by itself");
    }
    return trouble(device, "RS-485 direction control cannot be set: " + reason(errno));
}

outcome prepare(net::serial_port& port, const std::string& device, const serial_settings& wanted)
{
    const int handle = port.native_handle();
    if (::isatty(handle) == 0) return trouble(device, "is no serial port");
    if (auto done = take_alone(handle, device); !done) return done;
    if (auto done = set_line(port, device, wanted); !done) return done;
    if (wanted.rs485) {
        if (auto done = set_direction_control(handle, device); !done) return done;
    }
    if (::tcflush(handle, TCIFLUSH) != 0) {
        return trouble(device, "cannot be flushed: " + reason(errno));
    }
    return {};
}

}  // namespace

bool is_serial_rate(std::uint32_t baud) noexcept
{
    return std::find(rates.begin(), rates.end(), baud) != rates.end();
}

outcome open_serial(net::serial_port& port, const std::string& device,
                    const serial_settings& settings)
{
    if (!is_serial_rate(settings.baud)) {
        return trouble(device, std::to_string(settings.baud) + " baud is no rate of a port");
    }
    net::error_code error;
    port.open(device, error);
    if (error) {
        return trouble(device, error.value() == EBUSY    ? "another program uses it"
                               : error.value() == ENOTTY ? "is no serial port"
                                                         : error.message());
    }
    auto done = prepare(port, device, settings);
    if (!done) {
        net::error_code ignored;
        port.close(ignored);
    }
    return done;
}

void close_serial(net::serial_port& port) noexcept
{
    if (!port.is_open()) return;
    static_cast<void>(::ioctl(port.native_handle(), TIOCNXCL));
    net::error_code ignored;
    port.close(ignored);
}

}  // namespace wattpurse::adapter::asio
