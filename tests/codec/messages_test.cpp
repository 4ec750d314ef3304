// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <sstream>
#include <string>
#include <type_traits>

#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::hex_of;

namespace {

const address meter = address::parse("123456789012").value();

std::string wire(const frame& what)
{
    std::array<std::uint8_t, frame_size_max> out{};
    return hex_of({out.data(), encode(what, out, 0).value()});
}

frame received(const std::string& hex)
{
    return decode(bytes_of(hex)).value();
}

template <class T>
concept printable = requires(std::ostream& out, const T& what) { out << what; };
template <class T>
concept has_text = requires(const T& what) { what.text(); } ||
                   requires(const T& what) { to_string(what); };

}  // namespace

static_assert(!printable<credentials>, "a password must not reach a log");
static_assert(!has_text<credentials>);
static_assert(!std::is_convertible_v<credentials, byte_span>);
static_assert(!std::is_default_constructible_v<credentials>, "there is no default password");

TEST_CASE("an address is twelve digits, sent low byte first")
{
    const auto parsed = address::parse("000072007201");
    REQUIRE(parsed.has_value());
    CHECK(hex_of(parsed->wire) == "017200720000");
    CHECK(parsed->text().view() == "000072007201");
    CHECK(parsed->is_bcd());
    for (const char* const wrong : {"", "1", "00007200720", "0000720072011", "00007200720B",
                                    "0000 7200720", "00007200720g", "-00072007201"}) {
        CAPTURE(wrong);
        CHECK(address::parse(wrong).error() == errc::syntax);
    }
}

TEST_CASE("wildcard bytes cover any byte, and nothing else does")
{
    CHECK(address::wildcard().covers(meter));
    CHECK(!meter.covers(address::wildcard()));
    CHECK(address::parse("AAAAAAAA9012").value().covers(meter));
    CHECK(!address::parse("AAAAAAAA9013").value().covers(meter));
    CHECK(address::wildcard().has_wildcard());
    CHECK(!address::wildcard().is_bcd());
    CHECK(address::broadcast().is_broadcast());
    CHECK(address::broadcast().text().view() == "999999999999");
}

TEST_CASE("requests are the golden frames")
{
    CHECK(wire(read_request(address::parse("071801024091").value(),
                            data_id::forward_active_total)) ==
          "6891400201180768110433333433A516");
    CHECK(wire(read_address_request()) == "68AAAAAAAAAAAA681300DF16");
    CHECK(wire(broadcast_time_request({2017, 6, 5, 22, 10, 51}).value()) ==
          "6899999999999968080684435538394A4B16");
}

TEST_CASE("control commands are the golden frames")
{
    const credentials who{0x02, {0x12, 0x34, 0x56}, {0x01, 0x00, 0x00, 0x00}};
    const civil_time until{2099, 12, 31, 23, 59, 59};
    const auto made = [&](control_code code) {
        return wire(control_request(meter, code, until, who).value());
    };
    CHECK(made(control_code::trip) ==
          "68129078563412681C1035456789343333334D338C8C566445CC4C16");
    CHECK(made(control_code::permit) ==
          "68129078563412681C1035456789343333334E338C8C566445CC4D16");
    CHECK(made(control_code::close) ==
          "68129078563412681C1035456789343333334F338C8C566445CC4E16");
    CHECK(made(control_code::keep_power) ==
          "68129078563412681C1035456789343333336D338C8C566445CC6C16");
    CHECK(wire(control_request(address::parse("111111111111").value(), control_code::trip,
                               {2018, 5, 12, 15, 41, 24}, credentials{0, {}, {}})
                   .value()) == "68111111111111681C1033333333333333334D3357744845384B5516");
}

TEST_CASE("answers are the golden frames")
{
    const std::array<std::uint8_t, 2> word{0x50, 0x00};
    CHECK(wire(read_answer(meter, data_id::status_word_3, word).value()) ==
          "68129078563412689106363833378333AB16");
    CHECK(wire(read_address_answer(meter)) == "6812907856341268930645C3AB8967450716");
    CHECK(wire(control_answer(meter)) == "68129078563412689C002216");
    const frame read = read_request(meter, data_id::status_word_3);
    CHECK(wire(refusal(meter, read, error_bit::no_requested_data)) ==
          "6812907856341268D101358D16");
    const credentials who{0, {}, {}};
    const frame trip =
        control_request(meter, control_code::trip, {2026, 1, 1, 0, 0, 0}, who).value();
    CHECK(wire(refusal(meter, trip, error_bit::password)) == "6812907856341268DC01379A16");
    const std::array<std::uint8_t, 252> huge{};
    CHECK(read_answer(meter, data_id::status_word_3, huge).error() == errc::too_long);
}

TEST_CASE("times outside the century of two digits are refused")
{
    CHECK(broadcast_time_request({1999, 12, 31, 0, 0, 0}).error() == errc::out_of_range);
    CHECK(broadcast_time_request({2100, 1, 1, 0, 0, 0}).error() == errc::out_of_range);
    CHECK(broadcast_time_request({2026, 2, 29, 0, 0, 0}).error() == errc::out_of_range);
    CHECK(control_request(meter, control_code::trip, {2026, 1, 1, 24, 0, 0},
                          credentials{0, {}, {}})
              .error() == errc::out_of_range);
}

TEST_CASE("a read answer yields identifier and value")
{
    const frame answer = received("681290785634126891083335C33383453333AB16");
    const auto read = parse_read_answer(answer);
    REQUIRE(read.has_value());
    CHECK(read->id == data_id::remaining_money);
    CHECK(hex_of(read->value) == "50120000");
    const frame refused = received("6812907856341268D101358D16");
    CHECK(parse_read_answer(refused).error() == errc::not_found);
    CHECK(parse_error_word(refused).value() == 0x02);
    CHECK(parse_error_word(answer).error() == errc::not_found);
    frame stump = answer;
    stump.length = 3;
    CHECK(parse_read_answer(stump).error() == errc::empty);
    const frame request = read_request(meter, data_id::remaining_money);
    CHECK(parse_read_answer(request).error() == errc::not_found);
    CHECK(parse_data_id(request).value() == data_id::remaining_money);
}

TEST_CASE("refusals of no, one and two bytes are read")
{
    for (const std::size_t size : {0U, 1U, 2U}) {
        frame refused;
        refused.control = 0xDC;
        refused.data[0] = 0x04;
        refused.data[1] = 0x01;
        refused.length = static_cast<std::uint8_t>(size);
        const unsigned wanted = size == 0 ? 0U : size == 1 ? 0x04U : 0x0104U;
        CHECK(parse_error_word(refused).value() == wanted);
    }
}

TEST_CASE("the answer to 13 tells the address")
{
    const frame answer = received("6812907856341268930645C3AB8967450716");
    CHECK(parse_address_answer(answer).value() == meter);
    frame wrong = answer;
    wrong.length = 5;
    CHECK(parse_address_answer(wrong).error() == errc::out_of_range);
    CHECK(parse_address_answer(read_address_request()).error() == errc::not_found);
}

TEST_CASE("a meter reads broadcast time as ss mm hh DD MM YY")
{
    const auto time = parse_broadcast_time(received("6899999999999968080684435538394A4B16"));
    REQUIRE(time.has_value());
    CHECK(*time == civil_time{2017, 6, 5, 22, 10, 51});
    CHECK(parse_broadcast_time(read_address_request()).error() == errc::not_found);
}

TEST_CASE("a meter reads a control command and checks who sent it")
{
    const frame request = received("68129078563412681C1035456789343333334E338C8C566445CC4D16");
    const auto order = parse_control(request);
    REQUIRE(order.has_value());
    CHECK(order->code == static_cast<std::uint8_t>(control_code::permit));
    CHECK(order->detail == 0);
    CHECK(order->valid_until == civil_time{2099, 12, 31, 23, 59, 59});
    CHECK(order->who.level() == 0x02);
    const credentials other_operator{0x02, {0x12, 0x34, 0x56}, {0x77, 0x00, 0x00, 0x00}};
    CHECK(order->who.opens(other_operator));
    CHECK(!order->who.opens(credentials{0x02, {0x12, 0x34, 0x57}, {}}));
    CHECK(!order->who.opens(credentials{0x04, {0x12, 0x34, 0x56}, {}}));
    frame cut = request;
    cut.length = 15;
    CHECK(parse_control(cut).error() == errc::out_of_range);
    CHECK(parse_control(control_answer(meter)).error() == errc::not_found);
}

TEST_CASE("credentials are read from text, high digit first")
{
    const auto who = credentials::parse("02", "563412", "00000001");
    REQUIRE(who.has_value());
    std::array<std::uint8_t, 8> bytes{};
    who->write_to(bytes);
    CHECK(hex_of(bytes) == "0212345601000000");
    CHECK(credentials::parse("2", "563412", "00000001").error() == errc::syntax);
    CHECK(credentials::parse("02", "56341", "00000001").error() == errc::syntax);
    CHECK(credentials::parse("02", "56341x", "00000001").error() == errc::syntax);
    CHECK(credentials::parse("02", "563412", "0000001").error() == errc::syntax);
    CHECK(credentials::from_wire(byte_span{bytes}.first(7)).error() == errc::out_of_range);
}
