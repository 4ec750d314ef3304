// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>

#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;

namespace {

const address meter = address::parse("123456789012").value();
const credentials who{0x02, {0x12, 0x34, 0x56}, {0x01, 0x00, 0x00, 0x00}};

frame with(std::uint8_t control, const std::string& data)
{
    frame out;
    out.address = meter;
    out.control = control;
    REQUIRE(out.append(bytes_of(data)).has_value());
    return out;
}

}  // namespace

TEST_CASE("every function of both editions has a name and an edition")
{
    for (unsigned code = 0; code < 0x20; ++code) {
        CAPTURE(code);
        const frame request = with(static_cast<std::uint8_t>(code), "");
        const bool known = function_name(request) != "unknown function";
        const bool in_2007 = code == 0x08 || (code >= 0x11 && code <= 0x1D);
        const bool in_1997 = (code >= 0x01 && code <= 0x04) || code == 0x0A || code == 0x0C ||
                             code == 0x0F || code == 0x10;
        CHECK(known == (in_2007 || in_1997));
        if (in_1997) {
            CHECK(edition_of(request) == edition::y1997);
        } else if (in_2007) {
            CHECK(edition_of(request) == edition::y2007);
        }
    }
    CHECK(function_name(with(0x03, "FF00000744332211")) == "security");
    CHECK(function_name(with(0x03, "")) == "read again");
}

TEST_CASE("03 is security of 2007 where it has an identifier, re-reading of 1997 otherwise")
{
    CHECK(edition_of(with(0x03, "FF00000744332211")) == edition::y2007);
    CHECK(edition_of(with(0x03, "00000000")) == edition::y2007);  // no request of 1997 has DATA
    CHECK(edition_of(with(0x83, "FF000007")) == edition::y2007);
    CHECK(edition_of(with(0x83, "1090785634120000")) == edition::y1997);
    CHECK(edition_of(with(0xC3, "0200")) == edition::y2007);
    CHECK(edition_of(with(0x83, "")) == edition::y1997);
}

TEST_CASE("whatever may carry a password, a key, a cipher or a code is secret")
{
    const std::array<std::uint8_t, 8> value{1, 2, 3, 4, 5, 6, 7, 8};
    const civil_time until{2026, 1, 1, 0, 0, 0};
    const std::array<std::uint8_t, sealed_order_size> sealed{};
    const std::array<std::uint8_t, 4> op{};
    CHECK(holds_secret(write_request(meter, data_id::time_of_day, who, value).value()));
    CHECK(holds_secret(change_password_request(meter, data_id{0x04000C03}, who, who)));
    CHECK(holds_secret(change_password_answer(meter, who)));
    CHECK(holds_secret(clear_demand_request(meter, who)));
    CHECK(holds_secret(clear_meter_request(meter, who)));
    CHECK(holds_secret(clear_events_request(meter, who).value()));
    CHECK(holds_secret(control_request(meter, control_code::trip, until, who).value()));
    CHECK(holds_secret(control_request_sealed(meter, sealed_level, op, sealed)));
    CHECK(holds_secret(security_request(meter, data_id::identity, op, value).value()));
    CHECK(holds_secret(security_answer(meter, data_id::identity, value).value()));
    CHECK(holds_secret(write_request_1997(meter, data_id_1997::time_of_day, value).value()));
    CHECK(holds_secret(change_password_request_1997(meter, who, who)));
    CHECK(holds_secret(change_password_answer_1997(meter, who)));
    CHECK(holds_secret(clear_demand_request_1997(meter, who)));
    CHECK(holds_secret(with(0x1E, "00")));
    CHECK(holds_secret(with(0x1F, "00")));
    CHECK(holds_secret(with(0x83, "10907856")));  // may be an answer to security
}

TEST_CASE("a value is secret where its identifier is a password or of function 03")
{
    const std::array<std::uint8_t, 4> value{1, 2, 3, 4};
    const auto read = [&](std::uint32_t id) {
        return holds_secret(read_answer(meter, data_id{id}, value).value());
    };
    for (std::uint32_t level = 0; level < 10; ++level) {
        CHECK(read(0x04000C01 + level));
        CHECK(holds_secret(
            follow_answer(meter, data_id{0x04000C01 + level}, value, 1).value()));
    }
    CHECK(read(0x04000CFF));
    CHECK(read(0x0400FF01));  // a block that passwords are in
    CHECK(read(0x078102FF));
    CHECK(read(0x04FF0C01));
    CHECK(read(0x04FFFFFF));
    CHECK(read(0xFFFFFFFF));
    CHECK(!read(0x04010C01));
    CHECK(!read(0x04000B01));
    CHECK(!read(0x04000D01));
    CHECK(!read(0x00010000));
    const auto read_1997 = [&](unsigned id) {
        return holds_secret(read_answer_1997(meter, static_cast<data_id_1997>(id), value).value());
    };
    CHECK(read_1997(0xC212));
    CHECK(read_1997(0xC21F));
    CHECK(read_1997(0xC2FF));
    CHECK(read_1997(0xCFFF));
    CHECK(read_1997(0xFFFF));
    CHECK(!read_1997(0xC0FF));
    CHECK(!read_1997(0xC22F));
    CHECK(!read_1997(0xC211));
    CHECK(!read_1997(0x9010));
}

TEST_CASE("what can carry no secret may be shown")
{
    CHECK(!holds_secret(read_request(meter, data_id{0x04000C01})));
    CHECK(!holds_secret(read_address_answer(meter)));
    CHECK(!holds_secret(broadcast_time_request({2026, 1, 1, 0, 0, 0}).value()));
    CHECK(!holds_secret(control_answer(meter, std::array<std::uint8_t, 2>{1, 0}).value()));
    CHECK(!holds_secret(freeze_request(meter, freeze_moment::immediate())));
    CHECK(!holds_secret(change_baud_request(meter, baud_rate::b9600)));
    CHECK(!holds_secret(write_address_request(meter)));
    CHECK(!holds_secret(output_request(meter, output_signal::seconds_pulse)));
    CHECK(!holds_secret(security_refusal(meter, security_error_bit::repeated_top_up)));
    CHECK(!holds_secret(with(0xD8, "04")));
    CHECK(!holds_secret(with(0x94, "")));
    CHECK(!holds_secret(reread_request_1997(meter)));
}

TEST_CASE("a refusal that is longer than an error word may repeat what was sent")
{
    CHECK(holds_secret(with(0xD8, "04123456")));
    CHECK(holds_secret(with(0xD4, "04123456")));
    CHECK(holds_secret(with(0x9C, "123456")));
    CHECK(!holds_secret(with(0xD1, "0212345678")));
}

TEST_CASE("what no function is made for may be a secret, whatever it is")
{
    for (const int number : {0x00, 0x05, 0x06, 0x07, 0x09, 0x0B, 0x0D, 0x0E}) {
        const auto code = static_cast<std::uint8_t>(number);
        CAPTURE(code);
        CHECK(holds_secret(with(code, "12")));
        CHECK(!holds_secret(with(code, "")));
    }
    struct {
        std::uint8_t code;
        std::size_t size;
    } const open[] = {{0x08, 6}, {0x0A, 6}, {0x0C, 1}, {0x13, 6}, {0x93, 6},
                      {0x15, 6}, {0x16, 4}, {0x17, 1}, {0x97, 1}, {0x1D, 1}};
    for (const auto& each : open) {
        CAPTURE(each.code);
        CHECK(!holds_secret(with(each.code, std::string(2 * each.size, '1'))));
        CHECK(!is_oversized(with(each.code, std::string(2 * each.size, '1'))));
        CHECK(holds_secret(with(each.code, std::string(2 * each.size + 2, '1'))));
        CHECK(is_oversized(with(each.code, std::string(2 * each.size + 2, '1'))));
    }
    CHECK(!is_oversized(with(0x91, std::string(2 * 255, '1'))));
    CHECK(!holds_secret(with(0xC5, "B6D123")));  // a refusal
    CHECK(holds_secret(with(0x45, "B6D123")));   // no meter says so
}

TEST_CASE("error bits say what they mean, and what is none says so")
{
    CHECK(to_string(error_bit::password) == "password wrong or not authorised");
    CHECK(to_string(error_bit{0x80}) == "unknown");
    CHECK(to_string(error_bit_1997::wrong_id) == "data identifier wrong");
    CHECK(to_string(error_bit_1997{0x08}) == "unknown");
    for (unsigned bit = 0; bit < 9; ++bit) {
        CHECK(to_string(static_cast<security_error_bit>(1U << bit)) != "unknown");
    }
    CHECK(to_string(security_error_bit{0x0200}) == "unknown");
    CHECK(to_string(control_code::trip_auto_1) == "trip, close by itself");
    CHECK(to_string(control_code{0x00}) == "unknown");
    CHECK(to_string(output_signal::demand_period) == "demand period");
    CHECK(to_string(static_cast<output_signal>(3)) == "unknown");
}

TEST_CASE("identifiers are sent low byte first, in four bytes or two")
{
    CHECK(wire_of(data_id{0x04000503}) == std::array<std::uint8_t, 4>{0x03, 0x05, 0x00, 0x04});
    CHECK(wire_of(data_id_1997::forward_active_total) == std::array<std::uint8_t, 2>{0x10, 0x90});
    CHECK(id_of(wire_of(data_id{0x12345678})) == data_id{0x12345678});
    CHECK(parse_data_id_1997(with(0x01, "10")).error() == errc::empty);
    CHECK(parse_data_id(with(0x11, "109000")).error() == errc::empty);
    CHECK(nth(data_id::daily_freeze_time, 62) == data_id{0x0506003E});
}
