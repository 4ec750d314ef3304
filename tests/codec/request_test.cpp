// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::hex_of;

namespace {

const address meter = address::parse("123456789012").value();
const credentials level_2{0x02, {0x00, 0x00, 0x00}, {0x01, 0x00, 0x00, 0x00}};
const credentials level_4{0x04, {0x00, 0x00, 0x00}, {0x01, 0x00, 0x00, 0x00}};

std::string wire(const frame& what)
{
    std::array<std::uint8_t, frame_size_max> out{};
    return hex_of({out.data(), encode(what, out, 0).value()});
}

frame with(std::uint8_t control, const std::string& data)
{
    frame out;
    out.address = meter;
    out.control = control;
    REQUIRE(out.append(bytes_of(data)).has_value());
    return out;
}

/// For parsers whose result lies within the frame, which therefore must not be a temporary.
template <class T>
errc why_not(result<T> (*parse)(const frame&) noexcept, const frame& what)
{
    return parse(what).error();
}

}  // namespace

TEST_CASE("a short number is padded with zeros in 2007, and with AA where it covers many")
{
    CHECK(address::shortened_2007("72007201").value().text().view() == "000072007201");
    CHECK(address::shortened_2007("1").value().text().view() == "000000000001");
    CHECK(address::shortened_2007("123456789012").value() == meter);
    CHECK(address::covering("9012").value().text().view() == "AAAAAAAA9012");
    CHECK(address::covering("9012").value().covers(meter));
    CHECK(!address::covering("9013").value().covers(meter));
    for (const char* const wrong : {"", "1234567890123", "12A4", "12 4", "-1"}) {
        CAPTURE(wrong);
        CHECK(address::shortened_2007(wrong).error() == errc::syntax);
        CHECK(address::covering(wrong).error() == errc::syntax);
    }
    CHECK(address::covering("123").error() == errc::syntax);  // half a byte covers nothing
}

TEST_CASE("requests of every function are the golden frames")
{
    CHECK(wire(follow_request(meter, data_id{0x03300D01}, 1)) ==
          "681290785634126812053440633634DE16");
    CHECK(wire(read_blocks_from_request(meter, data_id{0x06000001}, 1, {2025, 1, 25, 12, 0, 59})
                   .value()) == "6812907856341268110A343333393433455834580416");
    CHECK(wire(write_request(meter, data_id::time_of_day, level_4, bytes_of("304512")).value()) ==
          "6812907856341268140F3534333737333333343333336378453916");
    CHECK(wire(write_address_request(meter)) == "68AAAAAAAAAAAA68150645C3AB896745CF16");
    CHECK(wire(freeze_request(address::broadcast(), freeze_moment::immediate())) ==
          "68999999999999681604CCCCCCCCB016");
    CHECK(wire(freeze_request(meter, freeze_moment::daily(0, 30).value())) ==
          "681290785634126816046333CCCCCE16");
    CHECK(wire(change_baud_request(meter, baud_rate::b9600)) == "6812907856341268170153F116");
    CHECK(wire(clear_demand_request(meter, level_4)) ==
          "6812907856341268190837333333343333334416");
    CHECK(wire(clear_meter_request(meter, level_2)) ==
          "68129078563412681A0835333333343333334316");
    CHECK(wire(clear_events_request(meter, level_2).value()) ==
          "68129078563412681B0C3533333334333333323232321016");
    CHECK(wire(unicast_time_request(address::parse("111111111111").value(),
                                    {2017, 6, 5, 22, 10, 51})
                   .value())
              .substr(16, 4) == "0806");
}

TEST_CASE("a password request has the old password, then the new one, and no operator")
{
    const frame request = change_password_request(meter, data_id{0x04000C03}, level_2,
                                                  credentials{0x02, {0x12, 0x34, 0x56}, {9, 9}});
    CHECK(wire(request) == "6812907856341268180C363F33373533333335456789C116");
    const auto read = parse_change_password(request);
    REQUIRE(read.has_value());
    CHECK(read->id == data_id{0x04000C03});
    CHECK(read->now.opens(level_2));
    CHECK(read->fresh.opens(credentials{0x02, {0x12, 0x34, 0x56}, {}}));
}

TEST_CASE("load records are asked for by number of blocks, at least one")
{
    const frame some = read_blocks_request(meter, data_id{0x06000000}, 4).value();
    CHECK(some.length == 5);
    CHECK(parse_load_request(some)->blocks == 4);
    CHECK(!parse_load_request(some)->from.has_value());
    CHECK(read_blocks_request(meter, data_id{0x06000000}, 0).error() == errc::out_of_range);
    const frame from =
        read_blocks_from_request(meter, data_id{0x06000001}, 255, {2026, 2, 28, 23, 59, 0}).value();
    CHECK(from.length == 10);
    CHECK(parse_read(from)->from.value() == civil_time{2026, 2, 28, 23, 59, 0});
    CHECK(parse_load_request(read_request(meter, data_id{1})).error() == errc::not_found);
    CHECK(parse_read(read_request(meter, data_id{1}))->blocks == 0);
    CHECK(parse_read(with(0x11, "0100000600")).error() == errc::out_of_range);
    CHECK(parse_read(with(0x11, "010000060101")).error() == errc::out_of_range);
    CHECK(parse_read(with(0x11, "01000006016000010126")).error() == errc::out_of_range);
    CHECK(parse_read(with(0x11, "01000006010A00010126")).error() == errc::not_bcd);
    CHECK(parse_read(with(0x11, "B611")).error() == errc::out_of_range);
}

TEST_CASE("at most 50 bytes are written and 200 answered, unless a dialect allows more")
{
    const std::vector<std::uint8_t> value(256, 0x11);
    const byte_span all{value};
    CHECK(write_request(meter, data_id{1}, level_4, all.first(38)).value().length == 50);
    CHECK(write_request(meter, data_id{1}, level_4, all.first(39)).error() == errc::too_long);
    const send_limits wide{255, 151};
    CHECK(write_request(meter, data_id{1}, level_4, all.first(139), wide).value().length == 151);
    CHECK(write_request(meter, data_id{1}, level_4, all.first(140), wide).error() ==
          errc::too_long);
    CHECK(security_request(meter, data_id::top_up, {}, all.first(42)).value().length == 50);
    CHECK(security_request(meter, data_id::top_up, {}, all.first(43)).error() == errc::too_long);
    CHECK(read_answer(meter, data_id{1}, all.first(196)).value().length == 200);
    CHECK(read_answer(meter, data_id{1}, all.first(197)).error() == errc::too_long);
    CHECK(read_answer(meter, data_id{1}, all.first(251), false, wide).value().length == 255);
    CHECK(read_answer(meter, data_id{1}, all.first(252), false, wide).error() == errc::too_long);
    CHECK(follow_answer(meter, data_id{1}, all.first(195), 1).value().length == 200);
    CHECK(follow_answer(meter, data_id{1}, all.first(196), 1).error() == errc::too_long);
    CHECK(follow_answer(meter, data_id{1}, {}, 1, false, {0, 0}).error() == errc::too_long);
    CHECK(security_answer(meter, data_id{1}, all.first(197)).error() == errc::too_long);
}

TEST_CASE("event records are cleared all at once or by an identifier that ends in FF")
{
    const frame some = clear_events_request(meter, level_2, data_id{0x033001FF}).value();
    CHECK(parse_clear_events(some)->what == data_id{0x033001FF});
    CHECK(parse_clear_events(some)->who.opens(level_2));
    CHECK(parse_clear_events(clear_events_request(meter, level_2).value())->what ==
          data_id::every_event);
    CHECK(clear_events_request(meter, level_2, data_id{0x03300100}).error() ==
          errc::out_of_range);
    CHECK(parse_clear_events(with(0x1B, "020000000100000000013003")).error() ==
          errc::out_of_range);
}

TEST_CASE("freezes are at once, hourly, daily, monthly or on one day")
{
    const auto read = [](const std::string& data) { return parse_freeze(with(0x16, data)); };
    CHECK(read("99999999")->rhythm() == freeze_rhythm::immediate);
    CHECK(read("30999999").value() == freeze_moment::hourly(30).value());
    CHECK(read("30009999").value() == freeze_moment::daily(0, 30).value());
    CHECK(read("30002899").value() == freeze_moment::monthly(28, 0, 30).value());
    CHECK(read("59232902").value() == freeze_moment::at(2, 29, 23, 59).value());
    CHECK(read("59232902")->rhythm() == freeze_rhythm::once);
    CHECK(read("30002899")->month() == 99);
    for (const char* const wrong :
         {"", "999999", "9999999999", "60999999", "99009999", "30249999", "30990199", "30000099",
          "30003299", "30009901", "30003002", "30000113", "30000100"}) {
        CAPTURE(wrong);
        CHECK(read(wrong).error() == errc::out_of_range);
    }
    CHECK(read("3A999999").error() == errc::not_bcd);
    CHECK(freeze_moment::hourly(60).error() == errc::out_of_range);
    CHECK(freeze_moment::hourly(99).error() == errc::out_of_range);
    CHECK(freeze_moment::at(99, 1, 0, 0).error() == errc::out_of_range);
    CHECK(freeze_moment::at(4, 31, 0, 0).error() == errc::out_of_range);
}

TEST_CASE("the baud word has exactly one bit of those there are")
{
    for (const std::uint32_t rate : {600U, 1200U, 2400U, 4800U, 9600U, 19200U}) {
        const baud_rate word = baud_rate_of(rate).value();
        CHECK(bits_per_second(word) == rate);
        CHECK(parse_baud(change_baud_request(meter, word)).value() == word);
    }
    CHECK(baud_rate_of(115200).error() == errc::out_of_range);
    CHECK(baud_rate_of(0).error() == errc::out_of_range);
    for (const char* const wrong : {"00", "01", "80", "0C", "D5", "FF", "", "0808"}) {
        CAPTURE(wrong);
        CHECK(parse_baud(with(0x17, wrong)).error() == errc::out_of_range);
    }
}

TEST_CASE("a sealed control order carries no password and is told from plain text by its size")
{
    std::array<std::uint8_t, sealed_order_size> sealed{};
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        sealed[i] = static_cast<std::uint8_t>(0xA0 + i);
    }
    const frame request = control_request_sealed(meter, sealed_level, {1, 2, 3, 4}, sealed);
    CHECK(request.length == 28);
    CHECK(hex_of(request.payload().first(8)) == "9800000001020304");
    const auto read = parse_sealed_control(request);
    REQUIRE(read.has_value());
    CHECK(read->level == 0x98);
    CHECK(hex_of(read->operator_code) == "01020304");
    CHECK(hex_of(read->sealed) == hex_of(sealed));
    CHECK(parse_control(request).error() == errc::out_of_range);
    const frame plain =
        control_request(meter, control_code::trip_auto_1, {2026, 1, 1, 0, 0, 0}, level_2, 6)
            .value();
    CHECK(parse_sealed_control(plain).error() == errc::not_found);
    CHECK(parse_control(plain)->detail == 6);
    CHECK(why_not(parse_sealed_control, with(0x1C, "980000000102030400")) == errc::out_of_range);
}

TEST_CASE("security requests have identifier, operator and data")
{
    const frame golden = decode(bytes_of("6812907856341268031E3235343A34333333435A333335333333DDEE"
                                         "FF1089333333333344556677F216"))
                             .value();
    const auto read = parse_security(golden);
    REQUIRE(read.has_value());
    CHECK(read->id == data_id::top_up);
    CHECK(hex_of(read->operator_code) == "01000000");
    CHECK(read->data.size() == 22);
    CHECK(security_request(meter, read->id, read->operator_code, read->data).value() == golden);
    const frame bare = with(0x03, "FF02010701000000");
    CHECK(parse_security(bare)->data.empty());
    CHECK(why_not(parse_security, with(0x03, "FF020107010000")) == errc::out_of_range);
    CHECK(why_not(parse_security, with(0x03, "")) == errc::out_of_range);
}

TEST_CASE("the other requests are read as they were written, and nothing else is")
{
    const frame write = write_request(meter, data_id{1}, level_4, bytes_of("AA55")).value();
    CHECK(hex_of(parse_write(write)->value) == "AA55");
    CHECK(parse_write(write)->who.opens(level_4));
    CHECK(why_not(parse_write, with(0x14, "0100000004000000010000")) == errc::out_of_range);
    CHECK(parse_write_address(write_address_request(meter)).value() == meter);
    CHECK(parse_write_address(with(0x15, "12907856341A")).error() == errc::not_bcd);
    CHECK(parse_write_address(with(0x15, "1290785634")).error() == errc::out_of_range);
    CHECK(parse_clear(clear_demand_request(meter, level_4))->opens(level_4));
    CHECK(parse_clear(clear_meter_request(meter, level_2))->opens(level_2));
    CHECK(parse_clear(with(0x1A, "0200000001")).error() == errc::out_of_range);
    CHECK(parse_clear(clear_events_request(meter, level_2).value()).error() == errc::not_found);
    CHECK(parse_read_address(read_address_request()).has_value());
    CHECK(parse_read_address(with(0x13, "00")).error() == errc::out_of_range);
    CHECK(parse_follow_request(follow_request(meter, data_id{7}, 255))->sequence == 255);
    CHECK(parse_follow_request(read_request(meter, data_id{7})).error() == errc::not_found);
    CHECK(parse_output(output_request(meter, output_signal::period_switch)).value() ==
          output_signal::period_switch);
    CHECK(parse_output(with(0x1D, "03")).error() == errc::out_of_range);
}

TEST_CASE("answers, refusals and requests with a bit that has no meaning are no requests")
{
    for (const unsigned flags : {0x80U, 0xC0U, 0x40U, 0x20U}) {
        CAPTURE(flags);
        frame odd = read_request(meter, data_id{1});
        odd.control = static_cast<std::uint8_t>(odd.control | flags);
        CHECK(parse_read(odd).error() == errc::not_found);
        odd = write_request(meter, data_id{1}, level_4, {}).value();
        odd.control = static_cast<std::uint8_t>(odd.control | flags);
        CHECK(parse_write(odd).error() == errc::not_found);
    }
}
