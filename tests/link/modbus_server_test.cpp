// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wattpurse/link/modbus_serial_server.hpp>
#include <wattpurse/link/modbus_server.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::modbus_framing;
using link::modbus_line_timing;
using link::modbus_serial_server_options;
using link::modbus_tcp_options;

namespace {

/// Two devices behind a gateway: units 1 and 2.
struct two_units {
    small_device first;
    small_device second;

    small_device* find(std::uint8_t unit)
    {
        return unit == 1 ? &first : unit == 2 ? &second : nullptr;
    }
    template <class Visit>
    void for_each(Visit visit)
    {
        visit(first);
        visit(second);
    }
};

using tcp_session = link::modbus_tcp_session<two_units>;
using line_session = link::modbus_serial_session<two_units>;

template <class Session>
bytes said(Session& session)
{
    bytes out;
    while (!session.pending_output().empty()) {
        const auto all = session.pending_output();
        out.insert(out.end(), all.begin(), all.end());
        session.consume(all.size());
    }
    return out;
}

bytes answered(tcp_session& session, const bytes& request)
{
    CHECK(session.receive(request) == request.size());
    return said(session);
}

bytes answered(line_session& session, const bytes& request, instant now = {})
{
    session.receive(request, now);
    return said(session);
}

bytes text(std::string_view from) { return {from.begin(), from.end()}; }

modbus_serial_server_options options_of(modbus_framing framing, const modbus_line_timing& timing)
{
    modbus_serial_server_options out;
    out.framing = framing;
    out.timing = timing;
    return out;
}

}  // namespace

TEST_CASE("a Modbus server answers at once, and in order what comes in one segment")
{
    two_units units;
    units.first.values[3] = 0x0303;
    tcp_session session{units};
    CHECK(answered(session, tcp(1, 1, read_pdu(3, 1))) == tcp(1, 1, registers({0x0303})));
    CHECK(answered(session, joined({tcp(0xFFFF, 1, write_pdu(4, 7)), tcp(0, 1, read_pdu(3, 2)),
                                    tcp(9, 2, read_pdu(4, 1))})) ==
          joined({tcp(0xFFFF, 1, write_pdu(4, 7)), tcp(0, 1, registers({0x0303, 7})),
                  tcp(9, 2, registers({0}))}));
    CHECK(session.counters().requests == 4);
    CHECK(session.counters().exceptions == 0);
}

TEST_CASE("a Modbus server takes requests however the stream is cut")
{
    const bytes stream = joined({tcp(1, 1, read_pdu(0, 1)), tcp(2, 1, write_pdu(0, 9)),
                                 tcp(3, 1, read_pdu(0, 1)), tcp(4, 2, read_pdu(15, 2))});
    const bytes wanted = joined({tcp(1, 1, registers({0})), tcp(2, 1, write_pdu(0, 9)),
                                 tcp(3, 1, registers({9})), tcp(4, 2, {0x83, 0x02})});
    for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
        two_units units;
        tcp_session session{units};
        bytes all;
        for (std::size_t at = 0; at < stream.size(); at += cut) {
            const auto end = std::min(at + cut, stream.size());
            const bytes said_now =
                answered(session, bytes(stream.begin() + static_cast<std::ptrdiff_t>(at),
                                        stream.begin() + static_cast<std::ptrdiff_t>(end)));
            all = joined({all, said_now});
        }
        CHECK(all == wanted);
    }
}

TEST_CASE("a Modbus server refuses at once what it cannot do, in the standard's order")
{
    two_units units;
    tcp_session session{units};
    CHECK(answered(session, tcp(1, 1, {0x04, 0, 0, 0, 1})) == tcp(1, 1, {0x84, 0x01}));
    CHECK(answered(session, tcp(1, 1, read_pdu(0, 126))) == tcp(1, 1, {0x83, 0x03}));
    CHECK(answered(session, tcp(1, 1, read_pdu(16, 1))) == tcp(1, 1, {0x83, 0x02}));
    CHECK(session.counters().exceptions == 3);
}

TEST_CASE("a request that is too long but true to itself is refused, and the stream goes on")
{
    two_units units;
    tcp_session session{units};
    bytes request = tcp(1, 1, {0x10, 0, 0, 0, 124, 248});
    request.resize(7 + 6 + 248);
    request[4] = 0;
    request[5] = 255;
    CHECK(answered(session, joined({request, tcp(2, 1, read_pdu(0, 1))})) ==
          joined({tcp(1, 1, {0x90, 0x03}), tcp(2, 1, registers({0}))}));
    CHECK(!session.broken());
}

TEST_CASE("after a length that cannot be a Modbus server answers what came before and no more")
{
    for (const bytes& wrong : {bytes{0, 1, 0, 0, 0, 1, 1}, bytes{0, 1, 0, 0, 0xFF, 0xFF, 1, 3},
                               bytes{0, 1, 0, 0, 0, 0, 1, 3}}) {
        two_units units;
        tcp_session session{units};
        CHECK(answered(session, joined({tcp(1, 1, read_pdu(0, 1)), wrong})) ==
              tcp(1, 1, registers({0})));
        CHECK(session.broken());
        CHECK(session.room() == 0);
        CHECK(session.receive(tcp(2, 1, read_pdu(0, 1))) == 0);
        CHECK(session.pending_output().empty());
        CHECK(session.counters().bad_frames == 1);
    }
}

TEST_CASE("what bears another protocol id is discarded by a server")
{
    two_units units;
    tcp_session session{units};
    bytes foreign = tcp(1, 1, write_pdu(0, 9));
    foreign[2] = 1;
    CHECK(answered(session, joined({foreign, tcp(2, 1, read_pdu(0, 1))})) ==
          tcp(2, 1, registers({0})));
    CHECK(session.counters().discarded == 1);
}

TEST_CASE("nobody there is told as a gateway does, or not at all")
{
    two_units units;
    tcp_session session{units};
    CHECK(answered(session, tcp(1, 9, read_pdu(0, 1))) == tcp(1, 9, {0x83, 0x0B}));
    CHECK(session.counters().absent == 1);
    modbus_tcp_options silent;
    silent.absent = exception_code::none;
    tcp_session other{units, silent};
    CHECK(answered(other, tcp(1, 9, read_pdu(0, 1))).empty());
    CHECK(other.counters().absent == 1);
}

TEST_CASE("units 255 and 0 are the device itself where it has a unit of its own")
{
    two_units units;
    units.second.values[0] = 0x5A;
    modbus_tcp_options options;
    options.own_unit = 2;
    tcp_session session{units, options};
    CHECK(answered(session, tcp(0xFFFF, 255, read_pdu(0, 1))) ==
          tcp(0xFFFF, 255, registers({0x5A})));
    CHECK(answered(session, tcp(1, 0, read_pdu(0, 1))) == tcp(1, 0, registers({0x5A})));
    CHECK(answered(session, tcp(1, 1, read_pdu(0, 1))) == tcp(1, 1, registers({0})));
    tcp_session plain{units};
    CHECK(answered(plain, tcp(1, 255, read_pdu(0, 1))) == tcp(1, 255, {0x83, 0x0B}));
}

TEST_CASE("a broadcast over TCP is carried out by all, and nobody answers")
{
    two_units units;
    modbus_tcp_options options;
    options.zero = link::unit_zero::broadcast;
    tcp_session session{units, options};
    CHECK(answered(session, tcp(1, 0, write_pdu(5, 7))).empty());
    CHECK(units.first.values[5] == 7);
    CHECK(units.second.values[5] == 7);
    CHECK(answered(session, tcp(1, 0, read_pdu(0, 1))).empty());
    CHECK(session.counters().broadcasts == 1);
}

TEST_CASE("a client that does not read is not read from for ever, and nothing is lost")
{
    two_units units;
    link::modbus_tcp_session<two_units, 600, 600> session{units};
    const bytes request = tcp(1, 1, read_pdu(0, 16));
    std::size_t asked = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto size = std::min(request.size(), session.room());
        if (size < request.size()) {
            break;
        }
        CHECK(session.receive(request) == request.size());
        ++asked;
    }
    CHECK(asked < 80);
    CHECK(asked > 40);
    CHECK(session.pending_output().size() <= 600);
    bytes all;
    while (!session.pending_output().empty()) {  // in small sips
        const auto out = session.pending_output();
        const auto some = std::min<std::size_t>(out.size(), 7);
        all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(some));
        session.consume(some);
    }
    CHECK(all.size() == asked * (7 + 2 + 32));
    CHECK(session.room() == 600);
}

TEST_CASE("UDP: one datagram, one answer")
{
    two_units units;
    link::modbus_server_counters counters;
    std::array<std::uint8_t, codec::modbus::mbap_size_max> out{};
    const auto answer = [&](const bytes& datagram) {
        const auto size = link::answer_adu(units, {}, datagram, out, counters);
        return bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
    };
    CHECK(answer(tcp(1, 1, read_pdu(0, 1))) == tcp(1, 1, registers({0})));
    CHECK(answer(joined({tcp(1, 1, read_pdu(0, 1)), {0}})).empty());
    CHECK(answer({}).empty());
    CHECK(answer({0, 1, 0, 0, 0, 1, 1}).empty());
    CHECK(counters.bad_frames == 3);
}

TEST_CASE("R01, R03, R11: an RTU server answers its units, and others are none of its business")
{
    two_units units;
    units.first.values[3] = 0x0303;
    line_session session{units};
    CHECK(answered(session, {0x01, 0x03, 0x00, 0x03, 0x00, 0x01, 0x74, 0x0A}) ==
          bytes{0x01, 0x03, 0x02, 0x03, 0x03, 0xF8, 0xB5});
    CHECK(answered(session, rtu(9, read_pdu(0, 1))).empty());
    CHECK(session.counters().absent == 1);
    CHECK(answered(session, {0x01, 0x03, 0x01, 0xF4, 0x00, 0x01, 0xC4, 0x04}) ==
          bytes{0x01, 0x83, 0x02, 0xC0, 0xF1});
}

TEST_CASE("R02: a server is silent to a wrong checksum")
{
    two_units units;
    line_session session{units};
    CHECK(answered(session, {0x01, 0x03, 0x00, 0x03, 0x00, 0x01, 0x74, 0x0B}).empty());
    session.advance(instant{duration{1000}});
    CHECK(said(session).empty());
    CHECK(session.counters().requests == 0);
    CHECK(session.counters().bad_frames == 1);
}

TEST_CASE("R04, R05, R06: a broadcast on the line is carried out by all in silence, if it writes")
{
    two_units units;
    line_session session{units};
    CHECK(answered(session, {0x00, 0x06, 0x00, 0x05, 0x00, 0x01, 0x59, 0xDA}).empty());
    CHECK(units.first.values[5] == 1);
    CHECK(units.second.values[5] == 1);
    CHECK(answered(session, {0x00, 0x03, 0x00, 0x03, 0x00, 0x01, 0x75, 0xDB}).empty());
    CHECK(answered(session, {0x00, 0x06, 0x13, 0x88, 0x00, 0x01, 0xCD, 0x75}).empty());
    CHECK(units.first.writes == 1);
    CHECK(session.counters().broadcasts == 2);
}

TEST_CASE("R08: bytes without end are discarded, and after a silence all is well")
{
    for (const auto& timing :
         {modbus_line_timing::strict(9600), modbus_line_timing::lenient(9600)}) {
        two_units units;
        line_session session{units, options_of(modbus_framing::rtu, timing)};
        instant now{duration{1'000'000}};
        CHECK(answered(session, bytes(600, 0), now).empty());
        now += duration{2000};
        session.advance(now);
        CHECK(said(session).empty());
        session.receive(rtu(1, read_pdu(0, 1)), now);
        session.advance(now + duration{100});
        CHECK(said(session) == rtu(1, registers({0})));
    }
}

TEST_CASE("a strict server takes a loopback of any length: silence ends it")
{
    two_units units;
    line_session session{units, options_of(modbus_framing::rtu, modbus_line_timing::strict(9600))};
    const instant now{duration{1'000'000}};
    session.receive(rtu(1, {0x08, 0, 0, 1, 2, 3, 4, 5, 6}), now);
    session.advance(now + duration{6});
    CHECK(said(session) == rtu(1, {0x88, 0x01}));  // which this device does not know
}

TEST_CASE("a strict server believes nothing right behind bytes without end")
{
    for (std::size_t size = 250; size < 262; ++size) {
        two_units units;
        line_session session{units,
                             options_of(modbus_framing::rtu, modbus_line_timing::strict(9600))};
        const instant now{duration{1'000'000}};
        session.receive(joined({bytes(size, 0x55), rtu(1, write_pdu(5, 1))}), now);
        session.advance(now + duration{100});
        CHECK(said(session).empty());
        CHECK(units.first.writes == 0);
    }
}

TEST_CASE("a strict server answers behind the silence, and not what has a gap in it")
{
    two_units units;
    line_session session{units, options_of(modbus_framing::rtu, modbus_line_timing::strict(9600))};
    instant now{duration{1'000'000}};
    const bytes request = rtu(1, read_pdu(0, 1));
    session.receive(request, now);
    CHECK(session.pending_output().empty());
    CHECK(session.next_deadline() == now + duration{6});
    now += duration{6};
    session.advance(now);
    CHECK(said(session) == rtu(1, registers({0})));
    CHECK(session.next_deadline() == instant::max());

    now += duration{100};
    session.receive(byte_span{request}.first(4), now);
    now += duration{9};
    session.receive(byte_span{request}.subspan(4), now);
    now += duration{100};
    session.advance(now);
    CHECK(said(session).empty());
    CHECK(session.counters().bad_frames == 1);
    session.receive(request, now);
    session.advance(now + duration{6});
    CHECK(said(session) == rtu(1, registers({0})));
}

TEST_CASE("a lenient server answers at once, also behind noise and through gaps")
{
    two_units units;
    line_session session{units,
                         options_of(modbus_framing::rtu, modbus_line_timing::lenient(9600))};
    instant now{duration{1'000'000}};
    const bytes request = rtu(1, read_pdu(0, 1));
    CHECK(answered(session, bytes(request.begin(), request.begin() + 4), now).empty());
    now += duration{50};
    CHECK(answered(session, bytes(request.begin() + 4, request.end()), now) ==
          rtu(1, registers({0})));
    now += duration{500};
    CHECK(answered(session, joined({{0xFF}, request}), now) == rtu(1, registers({0})));
}

TEST_CASE("nothing inside another's answer is carried out")
{
    two_units units;
    line_session session{units};
    const bytes order = rtu(1, write_pdu(5, 0x666));
    bytes answer{0x03, static_cast<std::uint8_t>(order.size())};
    answer.insert(answer.end(), order.begin(), order.end());
    CHECK(answered(session, rtu(9, answer)).empty());
    CHECK(units.first.writes == 0);
    CHECK(answered(session, rtu(1, read_pdu(5, 1))) == rtu(1, registers({0})));
}

TEST_CASE("a server does not refuse its own answer when it hears that again")
{
    two_units units;
    line_session session{units};
    CHECK(answered(session, rtu(1, {0x10, 0, 1, 0, 1, 2, 0, 7})) == rtu(1, {0x10, 0, 1, 0, 1}));
    CHECK(answered(session, rtu(1, {0x10, 0, 1, 0, 1})).empty());
    session.advance(instant{duration{1000}});
    CHECK(said(session).empty());
    CHECK(session.counters().exceptions == 0);
}

TEST_CASE("an RTU server takes a vendor's function, a strict one behind the silence")
{
    for (const bool is_strict : {true, false}) {
        two_units units;
        const auto timing = is_strict ? modbus_line_timing::strict(9600)
                                      : modbus_line_timing::lenient(9600);
        line_session session{units, options_of(modbus_framing::rtu, timing)};
        const instant now{duration{1'000'000}};
        const bytes first = answered(session, rtu(1, {0xAA, 0x00, 0x46, 0x00, 0x1C, 2, 1, 2}), now);
        CHECK(first.empty() == is_strict);
        if (is_strict) {
            CHECK(session.next_deadline() == now + duration{6});
            session.advance(session.next_deadline());
        }
        CHECK(joined({first, said(session)}) == rtu(1, {0xAA, 0x00, 0x46, 0x00, 0x1C}));
    }
}

TEST_CASE("RTU over TCP: several requests at once are answered in order, as far as there is room")
{
    two_units units;
    line_session session{units,
                         options_of(modbus_framing::rtu, modbus_line_timing::over_tcp())};
    const bytes request = rtu(1, read_pdu(0, 1));
    CHECK(answered(session, joined({request, rtu(2, write_pdu(1, 1)), request})) ==
          joined({rtu(1, registers({0})), rtu(2, write_pdu(1, 1)), rtu(1, registers({0}))}));
    bytes many;
    for (int i = 0; i < 1000; ++i) {
        many = joined({many, request});
    }
    const bytes all = answered(session, many);
    CHECK(all.size() % 7 == 0);
    CHECK(session.counters().requests + session.counters().discarded == 1003);
    CHECK(session.counters().discarded > 0);
    session.receive({request.data(), 3}, instant{});
    session.reconnected();
    CHECK(answered(session, request) == rtu(1, registers({0})));
}

TEST_CASE("A01 to A05: an ASCII server")
{
    two_units units;
    units.first.values[3] = 0x0303;
    line_session session{units,
                         options_of(modbus_framing::ascii, modbus_line_timing::ascii(9600))};
    CHECK(answered(session, text(":010300030001F8\r\n")) == text(":0103020303F4\r\n"));
    CHECK(answered(session, text(":010300030001FF\r\n")).empty());
    CHECK(answered(session, text(":010300030001f8\r\n")) == text(":0103020303F4\r\n"));
    CHECK(answered(session, text(":010300030001F\r\n")).empty());
    CHECK(answered(session, text(":0103:010300030001F8\r\n")) == text(":0103020303F4\r\n"));
    CHECK(answered(session, text(":010301F4000106\r\n")) == text(":0183027A\r\n"));
    CHECK(answered(session, text(":000600050001F4\r\n")).empty());
    CHECK(units.second.values[5] == 1);
}

TEST_CASE("ASCII: after a second without a character a frame does not go on")
{
    two_units units;
    line_session session{units,
                         options_of(modbus_framing::ascii, modbus_line_timing::ascii(9600))};
    const instant now{duration{1'000'000}};
    CHECK(answered(session, text(":01030003"), now).empty());
    CHECK(session.next_deadline() == now + duration{1000});
    CHECK(answered(session, text("0001F8\r\n"), now + duration{1100}).empty());
    CHECK(answered(session, text(":01030003"), now + duration{5000}).empty());
    CHECK(!answered(session, text("0001F8\r\n"), now + duration{5900}).empty());
}
