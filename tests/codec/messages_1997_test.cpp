// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::hex_of;

namespace {

const address meter = address::parse("000000063295").value();
const credentials who{0x00, {0x11, 0x22, 0x33}, {}};

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

}  // namespace

TEST_CASE("requests of 1997 are the golden frames")
{
    CHECK(wire(read_request_1997(address::parse("000010000192").value(),
                                 data_id_1997::forward_active_total)) ==
          "6892010010000068010243C37C16");
    CHECK(wire(read_request_1997(address::wildcard(), data_id_1997::forward_active_total)) ==
          "68AAAAAAAAAAAA68010243C3D516");
    CHECK(wire(follow_request_1997(meter, data_id_1997::forward_active_block)) ==
          "6895320600000068020252C3B616");
    CHECK(wire(reread_request_1997(meter)) == "68953206000000680300A016");
    CHECK(wire(write_address_request_1997(address::parse("123456789012").value())) ==
          "68999999999999680A0645C3AB8967455E16");
    CHECK(wire(broadcast_time_request_1997({2017, 6, 5, 22, 10, 51}).value()) ==
          "6899999999999968080684435538394A4B16");
}

TEST_CASE("answers of 1997 are the golden frames")
{
    CHECK(wire(read_answer_1997(meter, data_id_1997::forward_active_total, bytes_of("36000000"))
                   .value()) == "6895320600000068810643C3693333332C16");
    CHECK(wire(read_answer_1997(meter, data_id_1997::forward_active_block,
                                bytes_of("0000000000000000"), true)
                   .value()) == "6895320600000068A10A52C33333333333333333F516");
    CHECK(wire(write_answer_1997(meter)) == "689532060000006884002116");
    CHECK(wire(change_baud_denial_1997(meter)) == "68953206000000688C01325C16");
    CHECK(wire(refusal_1997(meter, read_request_1997(meter, data_id_1997{}),
                            error_bit_1997::wrong_id)) == "6895320600000068C101359416");
    CHECK(write_address_answer_1997(meter).control == 0x8A);
}

TEST_CASE("reads of 1997 are read as they were written")
{
    const auto id = data_id_1997::time_of_day;
    CHECK(parse_read_1997(read_request_1997(meter, id)).value() == id);
    CHECK(parse_follow_request_1997(follow_request_1997(meter, id)).value() == id);
    CHECK(parse_reread_1997(reread_request_1997(meter)).has_value());
    CHECK(parse_read_1997(with(0x01, "00010000")).error() == errc::out_of_range);
    CHECK(parse_read_1997(with(0x01, "")).error() == errc::out_of_range);
    CHECK(parse_read_1997(with(0x11, "1090")).error() == errc::not_found);
    CHECK(parse_read_1997(with(0x21, "1090")).error() == errc::not_found);
    CHECK(parse_reread_1997(with(0x03, "00")).error() == errc::out_of_range);
    const frame answer = reread_answer_1997(meter, id, bytes_of("223344"), true).value();
    CHECK(answer.control == 0xA3);
    CHECK(parse_reread_answer_1997(answer)->id == id);
    CHECK(hex_of(parse_reread_answer_1997(answer)->value) == "223344");
    CHECK(parse_read_answer_1997(answer).error() == errc::not_found);
    const frame stump = with(0x81, "10");
    CHECK(parse_read_answer_1997(stump).error() == errc::empty);
    const frame refused = with(0xC1, "02");
    CHECK(parse_read_answer_1997(refused).error() == errc::not_found);
}

TEST_CASE("a write of 1997 carries its value, behind a password or not, within the limit")
{
    const std::vector<std::uint8_t> value(100, 0x01);
    const byte_span all{value};
    const auto id = data_id_1997::time_of_day;
    const frame plain = write_request_1997(meter, id, bytes_of("223344")).value();
    CHECK(hex_of(plain.payload()) == "11C0223344");
    CHECK(hex_of(parse_write_1997(plain)->value) == "223344");
    const frame locked = write_request_1997(meter, id, who, bytes_of("223344")).value();
    CHECK(hex_of(locked.payload()) == "11C000112233223344");
    CHECK(write_request_1997(meter, id, all.first(48)).has_value());
    CHECK(write_request_1997(meter, id, all.first(49)).error() == errc::too_long);
    CHECK(write_request_1997(meter, id, who, all.first(44)).has_value());
    CHECK(write_request_1997(meter, id, who, all.first(45)).error() == errc::too_long);
    CHECK(write_request_1997(meter, id, who, all.first(45), {200, 51}).has_value());
    CHECK(read_answer_1997(meter, id, std::vector<std::uint8_t>(199)).error() == errc::too_long);
    const frame stump = with(0x04, "11");
    CHECK(parse_write_1997(stump).error() == errc::empty);
}

TEST_CASE("address, baud rate and password of 1997 are read as they were written")
{
    CHECK(parse_write_address_1997(write_address_request_1997(meter)).value() == meter);
    CHECK(parse_write_address_1997(with(0x0A, "12907856341A")).error() == errc::not_bcd);
    CHECK(parse_write_address_1997(with(0x0A, "12")).error() == errc::out_of_range);
    for (const std::uint32_t rate : {300U, 600U, 2400U, 4800U, 9600U}) {
        const auto word = baud_rate_1997_of(rate).value();
        CHECK(bits_per_second(word) == rate);
        CHECK(parse_baud_1997(change_baud_request_1997(meter, word)).value() == word);
        const auto reply = parse_baud_answer_1997(change_baud_answer_1997(meter, word));
        CHECK(!reply->is_denied);
        CHECK(reply->rate == word);
    }
    CHECK(baud_rate_1997_of(1200).error() == errc::out_of_range);
    CHECK(parse_baud_1997(with(0x0C, "FF")).error() == errc::out_of_range);
    CHECK(parse_baud_answer_1997(change_baud_denial_1997(meter))->is_denied);
    CHECK(parse_baud_answer_1997(with(0x8C, "08")).error() == errc::out_of_range);
    const credentials fresh{0x01, {0x44, 0x55, 0x66}, {}};
    const frame request = change_password_request_1997(meter, who, fresh);
    CHECK(hex_of(request.payload()) == "0011223301445566");
    CHECK(parse_change_password_1997(request)->now.opens(who));
    CHECK(parse_change_password_1997(request)->fresh.opens(fresh));
    CHECK(parse_password_answer_1997(change_password_answer_1997(meter, fresh))->opens(fresh));
    CHECK(parse_change_password_1997(with(0x0F, "00112233")).error() == errc::out_of_range);
}

TEST_CASE("demand is cleared with a password or without")
{
    CHECK(!parse_clear_demand_1997(clear_demand_request_1997(meter))->has_password);
    const auto locked = parse_clear_demand_1997(clear_demand_request_1997(meter, who));
    CHECK(locked->has_password);
    CHECK(locked->who.opens(who));
    CHECK(parse_clear_demand_1997(with(0x10, "0011")).error() == errc::out_of_range);
    CHECK(parse_clear_demand_1997(with(0x90, "")).error() == errc::not_found);
}

TEST_CASE("acknowledgements of 1997 carry nothing")
{
    CHECK(parse_acknowledgement_1997(write_answer_1997(meter), function_1997::write).has_value());
    CHECK(parse_acknowledgement_1997(with(0x84, "00"), function_1997::write).error() ==
          errc::out_of_range);
    CHECK(parse_acknowledgement_1997(with(0xC4, "01"), function_1997::write).error() ==
          errc::not_found);
    CHECK(parse_acknowledgement_1997(write_address_answer_1997(meter), function_1997::write)
              .error() == errc::not_found);
}
