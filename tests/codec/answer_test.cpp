// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>

#include <wattpurse/codec/dlt645/framer.hpp>
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

frame with(std::uint8_t control, const std::string& data)
{
    frame out;
    out.address = meter;
    out.control = control;
    REQUIRE(out.append(bytes_of(data)).has_value());
    return out;
}

frame asked(function what)
{
    return with(static_cast<std::uint8_t>(what), "");
}

}  // namespace

TEST_CASE("answers of every function are the golden frames")
{
    CHECK(wire(write_answer(meter)) == "681290785634126894001A16");
    CHECK(wire(write_address_answer(meter)) == "681290785634126895001B16");
    CHECK(wire(freeze_answer(meter)) == "681290785634126896001C16");
    CHECK(wire(change_baud_answer(meter, baud_rate::b9600)) == "68129078563412689701537116");
    CHECK(wire(change_password_answer(meter, credentials{2, {0x12, 0x34, 0x56}, {7}})) ==
          "68129078563412689804354567898C16");
    CHECK(wire(clear_demand_answer(meter)) == "681290785634126899001F16");
    CHECK(clear_meter_answer(meter).control == 0x9A);
    CHECK(clear_events_answer(meter).control == 0x9B);
    CHECK(output_answer(meter, output_signal::period_switch).control == 0x9D);
    CHECK(wire(read_answer(meter, data_id{0x06000001}, {}).value()) ==
          "6812907856341268910434333339EE16");
}

TEST_CASE("refusals of every function are the golden frames")
{
    CHECK(wire(refusal(meter, asked(function::read_follow), error_bit::no_requested_data)) ==
          "6812907856341268D201358E16");
    CHECK(wire(refusal(meter, asked(function::change_baud), error_bit::baud_rate)) ==
          "6812907856341268D7013B9916");
    CHECK(wire(refusal(meter, asked(function::clear_events), error_bit::password)) ==
          "6812907856341268DB01379916");
    CHECK(wire(refusal(meter, asked(function::write), error_bit::password)) ==
          "6812907856341268D401379216");
    CHECK(wire(security_refusal(meter, security_error_bit::repeated_top_up)) ==
          "6812907856341268C3023533B316");
    CHECK(wire(security_refusal(address::parse("260300000012").value(), error_bit::other)) ==
          "6812000000032668C301340316");
    CHECK(refusal(meter, asked(function::control)).length == 0);
}

TEST_CASE("a control answer and its refusal have no, one or two bytes of state")
{
    const std::array<std::uint8_t, 3> state{0x20, 0x01, 0x00};
    for (const std::size_t size : {0U, 1U, 2U}) {
        const frame answer = control_answer(meter, byte_span{state}.first(size)).value();
        const auto read = parse_control_answer(answer);
        REQUIRE(read.has_value());
        CHECK(read->size == size);
        CHECK(read->word == (size == 0 ? 0 : size == 1 ? 0x20 : 0x0120));
    }
    CHECK(control_answer(meter, state).error() == errc::too_long);
    CHECK(parse_control_answer(with(0x9C, "200100")).error() == errc::out_of_range);
    const frame refused = refusal_of_word(meter, asked(function::control), 0x0120);
    CHECK(refused.control == 0xDC);
    CHECK(parse_error_word(refused).value() == 0x0120);
    CHECK(parse_control_answer(refused).error() == errc::not_found);
}

TEST_CASE("a refusal of security is SERR in two bytes and ERR in one")
{
    const frame two = with(0xC3, "2000");
    CHECK(parse_security_error(two)->is_serr);
    CHECK(parse_security_error(two)->word ==
          static_cast<std::uint16_t>(security_error_bit::purchase_count));
    CHECK(parse_security_error(with(0xC3, "0001"))->word ==
          static_cast<std::uint16_t>(security_error_bit::remote_locked));
    CHECK(!parse_security_error(with(0xC3, "01"))->is_serr);
    CHECK(!parse_security_error(with(0xC3, ""))->is_serr);
    CHECK(parse_security_error(with(0xC3, ""))->word == 0);
    CHECK(parse_security_error(with(0xD4, "2000")).error() == errc::not_found);
    CHECK(parse_security_error(with(0x83, "2000")).error() == errc::not_found);
}

TEST_CASE("a security answer has identifier and data")
{
    const frame golden =
        decode(bytes_of("681290785634126883103233333A3333333333333333333333334F16")).value();
    const auto read = parse_security_answer(golden);
    REQUIRE(read.has_value());
    CHECK(read->id == data_id::identity);
    CHECK(read->data.size() == 12);
    CHECK(security_answer(meter, read->id, read->data).value() == golden);
    const frame stump = with(0x83, "FF0000");
    CHECK(parse_security_answer(stump).error() == errc::empty);
}

TEST_CASE("acknowledgements are told by function and carry nothing")
{
    CHECK(parse_acknowledgement(write_answer(meter), function::write).has_value());
    CHECK(parse_acknowledgement(write_answer(meter), function::freeze).error() ==
          errc::not_found);
    CHECK(parse_acknowledgement(with(0x94, "00"), function::write).error() ==
          errc::out_of_range);
    CHECK(parse_acknowledgement(with(0xD4, "04"), function::write).error() == errc::not_found);
    CHECK(parse_acknowledgement(with(0x14, ""), function::write).error() == errc::not_found);
}

TEST_CASE("baud, password and output answers are read back")
{
    CHECK(parse_baud_answer(change_baud_answer(meter, baud_rate::b600)).value() ==
          baud_rate::b600);
    CHECK(parse_baud_answer(with(0x97, "")).error() == errc::out_of_range);
    CHECK(parse_baud_answer(with(0x97, "00")).error() == errc::out_of_range);
    CHECK(parse_baud_answer(with(0xD7, "08")).error() == errc::not_found);
    const credentials fresh{4, {1, 2, 3}, {9, 9, 9, 9}};
    CHECK(parse_password_answer(change_password_answer(meter, fresh))->opens(fresh));
    CHECK(parse_password_answer(with(0x98, "040102")).error() == errc::out_of_range);
    CHECK(parse_output(output_answer(meter, output_signal::demand_period)).value() ==
          output_signal::demand_period);
    CHECK(parse_output(with(0xDD, "01")).error() == errc::not_found);
}

TEST_CASE("a follow-on answer ends in its sequence number")
{
    const frame golden = decode(bytes_of("6812907856341268920D34406336838485868788898A359B16"))
                             .value();
    const auto read = parse_follow_answer(golden);
    REQUIRE(read.has_value());
    CHECK(read->id == data_id{0x03300D01});
    CHECK(read->sequence == 2);
    CHECK(hex_of(read->value) == "5051525354555657");
    CHECK(follow_answer(meter, read->id, read->value, 2).value() == golden);
    const frame empty = follow_answer(meter, data_id{1}, {}, 7, true).value();
    CHECK(empty.control == 0xB2);
    CHECK(parse_follow_answer(empty)->value.empty());
    const frame bare = with(0x92, "01000000");
    CHECK(parse_follow_answer(bare).error() == errc::out_of_range);
    const frame stump = with(0x92, "010000");
    CHECK(parse_follow_answer(stump).error() == errc::empty);
}
