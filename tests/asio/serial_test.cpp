// SPDX-License-Identifier: Apache-2.0
// The serial port over pseudo-terminals. What only a driver can show (parity on the wire,
// direction control) is told by it or refused by name.
#include <sys/ioctl.h>
#include <termios.h>

#include <doctest/doctest.h>

#include <asio.hpp>

#include <wattpurse/adapter/asio/serial.hpp>

#include "pseudo_terminal.hpp"

using namespace wattpurse;
using namespace wattpurse::adapter::asio;
using namespace std::chrono_literals;
using test_peers::pseudo_terminal;
using bytes = std::vector<std::uint8_t>;

namespace {

struct opened {
    asio::io_context context;
    asio::serial_port port{context};
    result<void, std::string> outcome;

    explicit opened(const std::string& device, const serial_settings& settings = {})
        : outcome{open_serial(port, device, settings)}
    {
    }
    ~opened() { close_serial(port); }

    termios settings()
    {
        termios out{};
        REQUIRE(::tcgetattr(port.native_handle(), &out) == 0);
        return out;
    }
};

}  // namespace

TEST_CASE("bytes pass a serial port unchanged, both ways")
{
    pseudo_terminal device;
    opened line{device.name()};
    REQUIRE_MESSAGE(line.outcome, (line.outcome ? "" : line.outcome.error()));
    bytes all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    asio::write(line.port, asio::buffer(all));
    bytes heard;
    while (heard.size() < all.size()) {
        const auto more = device.hear(2s);
        REQUIRE(!more.empty());
        heard.insert(heard.end(), more.begin(), more.end());
    }
    CHECK(heard == all);
    device.say(all);
    bytes back(all.size());
    asio::read(line.port, asio::buffer(back));
    CHECK(back == all);
}

TEST_CASE("each rate of the list is set, and no other")
{
    pseudo_terminal device;
    const std::pair<std::uint32_t, speed_t> rates[]{
        {1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
        {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};
    for (const auto& each : rates) {
        const auto& [baud, code] = each;
        CAPTURE(each.first);
        CHECK(is_serial_rate(baud));
        opened line{device.name(), {baud, parity_bit::even, 1, false}};
        REQUIRE(line.outcome);
        const termios set = line.settings();
        CHECK(::cfgetispeed(&set) == code);
        CHECK(::cfgetospeed(&set) == code);
        CHECK((set.c_cflag & CSIZE) == CS8);
        CHECK((set.c_cflag & CRTSCTS) == 0);
        CHECK((set.c_iflag & (IXON | IXOFF | ICRNL | ISTRIP)) == 0);
        CHECK((set.c_lflag & (ECHO | ICANON | ISIG)) == 0);
    }
    opened wrong{device.name(), {2401, parity_bit::even, 1, false}};
    REQUIRE(!wrong.outcome);
    CHECK(wrong.outcome.error() == device.name() + ": 2401 baud is no rate of a port");
}

TEST_CASE("two stop bits and any parity open on a pseudo-terminal")
{
    pseudo_terminal device;
    for (const auto parity : {parity_bit::none, parity_bit::even, parity_bit::odd}) {
        opened line{device.name(), {9600, parity, 2, false}};
        CHECK_MESSAGE(line.outcome, (line.outcome ? "" : line.outcome.error()));
        CHECK((line.settings().c_cflag & CSTOPB) != 0);
    }
}

TEST_CASE("what came before opening is thrown away")
{
    pseudo_terminal device;
    opened first{device.name()};  // makes the terminal raw
    REQUIRE(first.outcome);
    close_serial(first.port);
    device.say({0x68, 0x01, 0x02});
    opened line{device.name()};
    REQUIRE(line.outcome);
    device.say({0x16});
    bytes heard(8);
    const std::size_t size = line.port.read_some(asio::buffer(heard));
    REQUIRE(size == 1);
    CHECK(heard[0] == 0x16);
}

TEST_CASE("a port belongs to one program at a time")
{
    pseudo_terminal device;
    {
        opened first{device.name()};
        REQUIRE(first.outcome);
        opened second{device.name()};
        REQUIRE(!second.outcome);
        CHECK(second.outcome.error() == device.name() + ": another program uses it");
        CHECK(!second.port.is_open());
    }
    opened third{device.name()};
    CHECK(third.outcome);
    close_serial(third.port);
    int exclusive = 1;
    const int plain = ::open(device.name().c_str(), O_RDWR | O_NOCTTY);
    REQUIRE(plain >= 0);
    REQUIRE(::ioctl(plain, TIOCGEXCL, &exclusive) == 0);
    CHECK(exclusive == 0);  // closed means free for others
    ::close(plain);
}

TEST_CASE("a program that is killed leaves its pseudo-terminal to others")
{
    pseudo_terminal device;
    const int served = ::open(device.name().c_str(), O_RDWR | O_NOCTTY);  // as byte_server has it
    REQUIRE(served >= 0);
    {
        opened killed{device.name()};
        REQUIRE(killed.outcome);
        asio::error_code ignored;
        killed.port.close(ignored);  // all that the kernel does for it
    }
    int exclusive = 1;
    REQUIRE(::ioctl(served, TIOCGEXCL, &exclusive) == 0);
    CHECK(exclusive == 0);
    ::close(served);
    CHECK(opened{device.name()}.outcome);
}

TEST_CASE("direction control that the driver does not have is refused by name")
{
    pseudo_terminal device;
    serial_settings settings;
    settings.rs485 = true;
    opened line{device.name(), settings};
    REQUIRE(!line.outcome);
    CHECK(line.outcome.error() ==
          device.name() + ": its driver has no RS-485 direction control (TIOCSRS485): leave "
                          "rs485 off where the adapter switches by itself");
    CHECK(!line.port.is_open());
}

TEST_CASE("what is no serial port is said to be none")
{
    opened nothing{"/dev/no_such_port"};
    REQUIRE(!nothing.outcome);
    CHECK(nothing.outcome.error() == "/dev/no_such_port: No such file or directory");
    opened null{"/dev/null"};
    REQUIRE(!null.outcome);
    CHECK(null.outcome.error() == "/dev/null: is no serial port");
}
