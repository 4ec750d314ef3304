// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/adapter/asio/line_uri.hpp>

using namespace wattpurse;
using namespace wattpurse::adapter::asio;

namespace {

line_uri good(std::string_view text)
{
    const auto read = parse_line_uri(text);
    REQUIRE_MESSAGE(read, (read ? "" : read.error()));
    return *read;
}

std::string fault(std::string_view text)
{
    const auto read = parse_line_uri(text);
    REQUIRE(!read);
    return read.error();
}

}  // namespace

TEST_CASE("a TCP line has a host, a port and the line's timing")
{
    const auto plain = good("tcp://127.0.0.1:4001");
    CHECK(plain.kind == line_uri::kind_type::tcp);
    CHECK(plain.peer.host == "127.0.0.1");
    CHECK(plain.peer.port == 4001);
    CHECK(plain.settings.baud == 2400);
    CHECK(!plain.lenient);
    CHECK(!plain.skip_echo);
    CHECK(plain.connect_ms_max == duration{5000});
    CHECK(plain.name() == "tcp://127.0.0.1:4001");

    const auto full = good("tcp://meters.example:1?baud=9600&echo=skip&lenient=on&connect_ms=250");
    CHECK(full.peer.host == "meters.example");
    CHECK(full.settings.baud == 9600);
    CHECK(full.lenient);
    CHECK(full.skip_echo);
    CHECK(full.connect_ms_max == duration{250});
    CHECK(full.name() == "tcp://meters.example:1");

    const auto six = good("tcp://[::1]:65535");
    CHECK(six.peer.host == "::1");
    CHECK(six.name() == "tcp://[::1]:65535");
}

TEST_CASE("a serial line is 8E1 at 2400 baud unless it says otherwise")
{
    const auto plain = good("serial:///dev/ttyUSB0");
    CHECK(plain.kind == line_uri::kind_type::serial);
    CHECK(plain.device == "/dev/ttyUSB0");
    CHECK(plain.settings.baud == 2400);
    CHECK(plain.settings.parity == parity_bit::even);
    CHECK(plain.settings.stop_bits == 1);
    CHECK(!plain.settings.rs485);
    CHECK(plain.name() == "serial:///dev/ttyUSB0");

    const auto full = good(
        "serial:///dev/ttyS1?baud=115200&parity=odd&stop=2&rs485=on&echo=skip&lenient=on");
    CHECK(full.settings.baud == 115200);
    CHECK(full.settings.parity == parity_bit::odd);
    CHECK(full.settings.stop_bits == 2);
    CHECK(full.settings.rs485);
    CHECK(full.skip_echo);
    CHECK(full.lenient);
    const auto off = good("serial:///dev/ttyS1?parity=none&rs485=off&echo=keep&lenient=off");
    CHECK(off.settings.parity == parity_bit::none);
    CHECK(!off.settings.rs485);
    CHECK(!off.skip_echo);
    CHECK(!off.lenient);
}

TEST_CASE("a Modbus line says in its first word what is spoken, and has a port and a window")
{
    const auto plain = good("modbus-tcp://meter.example");
    CHECK(plain.protocol == line_protocol::modbus_tcp);
    CHECK(plain.is_modbus());
    CHECK(plain.kind == line_uri::kind_type::tcp);
    CHECK(plain.peer.host == "meter.example");
    CHECK(plain.peer.port == 502);
    CHECK(plain.window == 4);
    CHECK(plain.name() == "modbus-tcp://meter.example:502");

    const auto full = good("modbus-tcp://[fe80::1]:1502?window=16&connect_ms=100");
    CHECK(full.peer.host == "fe80::1");
    CHECK(full.peer.port == 1502);
    CHECK(full.window == 16);
    CHECK(full.connect_ms_max == duration{100});
    CHECK(full.name() == "modbus-tcp://[fe80::1]:1502");
    CHECK(good("modbus-tcp://[fe80::1]").peer.port == 502);

    const auto datagrams = good("modbus-udp://10.0.0.2");
    CHECK(datagrams.protocol == line_protocol::modbus_udp);
    CHECK(datagrams.kind == line_uri::kind_type::udp);
    CHECK(datagrams.name() == "modbus-udp://10.0.0.2:502");

    CHECK(!good("tcp://h:1").is_modbus());
    CHECK(!good("serial:///dev/x").is_modbus());
}

TEST_CASE("a serial Modbus line is set as meters come: 9600 8N1, and ASCII 7E1")
{
    const auto rtu = good("modbus-rtu:///dev/ttyUSB0");
    CHECK(rtu.protocol == line_protocol::modbus_rtu);
    CHECK(rtu.kind == line_uri::kind_type::serial);
    CHECK(rtu.device == "/dev/ttyUSB0");
    CHECK(rtu.settings.baud == 9600);
    CHECK(rtu.settings.parity == parity_bit::none);
    CHECK(rtu.settings.data_bits == 8);
    CHECK(rtu.settings.stop_bits == 1);
    CHECK(rtu.lenient);
    CHECK(rtu.name() == "modbus-rtu:///dev/ttyUSB0");

    const auto set = good("modbus-rtu:///dev/ttyS0?baud=19200&parity=even&stop=2&lenient=off&"
                          "echo=skip&rs485=on");
    CHECK(set.settings.baud == 19200);
    CHECK(set.settings.parity == parity_bit::even);
    CHECK(set.settings.stop_bits == 2);
    CHECK(set.settings.rs485);
    CHECK(!set.lenient);
    CHECK(set.skip_echo);

    const auto ascii = good("modbus-ascii:///dev/ttyS0");
    CHECK(ascii.protocol == line_protocol::modbus_ascii);
    CHECK(ascii.settings.parity == parity_bit::even);
    CHECK(ascii.settings.data_bits == 7);
    CHECK(good("modbus-ascii:///dev/ttyS0?data=8&parity=none").settings.data_bits == 8);
    CHECK(ascii.name() == "modbus-ascii:///dev/ttyS0");

    const auto behind = good("modbus-rtu+tcp://10.0.0.1:4001?baud=2400");
    CHECK(behind.protocol == line_protocol::modbus_rtu);
    CHECK(behind.kind == line_uri::kind_type::tcp);
    CHECK(behind.settings.baud == 2400);
    CHECK(behind.name() == "modbus-rtu+tcp://10.0.0.1:4001");
    CHECK(good("modbus-ascii+tcp://h:1").name() == "modbus-ascii+tcp://h:1");
}

TEST_CASE("what a Modbus line does not know is told with what it knows")
{
    CHECK(fault("modbus-tcp://h?window=17") == "window: \"17\": expected 1 to 16");
    CHECK(fault("modbus-tcp://h?window=0") == "window: \"0\": expected 1 to 16");
    CHECK(fault("modbus-tcp://h?baud=9600") == "\"baud\": no such option of a modbus-tcp line: "
                                              "expected connect_ms, window");
    CHECK(fault("modbus-rtu:///dev/x?data=7") ==
          "\"data\": no such option of a modbus-rtu line: expected baud, parity, stop, rs485, "
          "echo, lenient");
    CHECK(fault("modbus-ascii:///dev/x?data=9") == "data: \"9\": expected 7 or 8");
    CHECK(fault("modbus-rtu+tcp://h:1?parity=even") ==
          "\"parity\": no such option of a modbus-rtu+tcp line: expected baud, echo, connect_ms");
    CHECK(fault("modbus-rtu+tcp://h") == "port: \"\": expected a number, 1 to 65535");
    CHECK(fault("modbus-tcp://h:") == "port: \"\": expected a number, 1 to 65535");
    CHECK(fault("modbus-tcp://[::1") == "port: \"\": expected a number, 1 to 65535");
    CHECK(fault("modbus-tcp://") == "host: \"\": expected a name or an address");
    CHECK(fault("modbus-rtu://ttyUSB0") ==
          "device: \"ttyUSB0\": expected an absolute path, as in modbus-rtu:///dev/ttyUSB0");
    CHECK(fault("tcp://h:1?window=2") ==
          "\"window\": no such option of a tcp line: expected baud, echo, lenient, connect_ms");
}

TEST_CASE("every fault of a line's text is told, with what was expected")
{
    const std::string wanted =
        ": expected tcp://HOST:PORT or serial:///dev/DEVICE, or of Modbus modbus-tcp://HOST:PORT, "
        "modbus-udp://HOST:PORT, modbus-rtu:///dev/DEVICE, modbus-ascii:///dev/DEVICE, "
        "modbus-rtu+tcp://HOST:PORT or modbus-ascii+tcp://HOST:PORT";
    CHECK(fault("") == "\"\"" + wanted);
    CHECK(fault("udp://x:1") == "\"udp://x:1\"" + wanted);
    CHECK(fault("modbus://x:1") == "\"modbus://x:1\"" + wanted);
    CHECK(fault("tcp://localhost") == "port: \"\": expected a number, 1 to 65535");
    CHECK(fault("tcp://localhost:") == "port: \"\": expected a number, 1 to 65535");
    for (const auto* port : {"0", "65536", "-1", "80x", " 80", "0x50"}) {
        CHECK(fault(std::string{"tcp://h:"} + port) ==
              "port: \"" + std::string{port} + "\": expected a number, 1 to 65535");
    }
    CHECK(fault("tcp://:80") == "host: \"\": expected a name or an address");
    CHECK(fault("tcp://[::1") == "port: \"\": expected a number, 1 to 65535");
    CHECK(fault("serial://ttyUSB0") ==
          "device: \"ttyUSB0\": expected an absolute path, as in serial:///dev/ttyUSB0");
    CHECK(fault("serial:///dev/x?baud=2401&parity=E&stop=3&rs485=yes&echo=no&lenient") ==
          "baud: \"2401\": expected 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600 or "
          "115200; parity: \"E\": expected even, odd or none; stop: \"3\": expected 1 or 2; "
          "rs485: \"yes\": expected on or off; echo: \"no\": expected skip or keep; "
          "lenient: \"\": expected on or off");
    CHECK(fault("tcp://h:1?connect_ms=0") ==
          "connect_ms: \"0\": expected milliseconds, 1 to 600000");
    CHECK(fault("tcp://h:1?parity=even") ==
          "\"parity\": no such option of a tcp line: expected baud, echo, lenient, connect_ms");
    CHECK(fault("serial:///dev/x?speed=1") ==
          "\"speed\": no such option of a serial line: expected baud, parity, stop, rs485, echo, "
          "lenient");
}

TEST_CASE("what looks like a password is not repeated")
{
    CHECK(fault("tcp://user:secret@host:1").find("secret") == std::string::npos);
    CHECK(fault("tcp://host:1?password=secret").find("secret") == std::string::npos);
}
