// SPDX-License-Identifier: Apache-2.0
// What stands inside the data of PDUs: registers, bits, file records, identification, events.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/codec/modbus/comm_event.hpp>
#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/encode_response.hpp>
#include <wattpurse/codec/modbus/file_record.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/registers.hpp>

#include "modbus_random.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::modbus_dice;
using bytes = std::vector<std::uint8_t>;

namespace {

byte_span text(std::string_view what)
{
    return {reinterpret_cast<const std::uint8_t*>(what.data()), what.size()};
}

std::string string_of(byte_span what)
{
    return {what.begin(), what.end()};
}

/// All that a client gets by asking until nothing follows, and in how many answers.
std::vector<std::pair<std::uint8_t, std::string>>
read_all(std::span<const identified> all, identification_code code, std::size_t& pages,
         std::uint8_t first = 0)
{
    std::vector<std::pair<std::uint8_t, std::string>> out;
    request asked = identification_request(code, first);
    for (pages = 1; pages < 300; ++pages) {
        std::array<std::uint8_t, pdu_size_max> scratch{};
        std::array<std::uint8_t, pdu_size_max> pdu{};
        response answer;
        answer.function = 0x2B;
        REQUIRE(identify(asked, all, scratch, answer) == exception_code::none);
        const std::size_t size = encode(answer, pdu).value();
        const auto page = read_page(parse_response(byte_span{pdu}.first(size), asked).value());
        REQUIRE(page.has_value());
        byte_span objects = page->objects;
        for (unsigned i = 0; i < page->count; ++i) {
            const auto each = take_object(objects).value();
            out.emplace_back(each.id, string_of(each.value));
        }
        CHECK(take_object(objects).error() == errc::empty);
        if (!page->more_follows) {
            CHECK(page->next_object == 0);
            break;
        }
        asked.object_id = page->next_object;
    }
    return out;
}

}  // namespace

TEST_CASE("registers are copied with their bytes swapped, at any number and alignment")
{
    modbus_dice dice{11};
    for (std::size_t count = 0; count <= 130; ++count) {
        for (std::size_t shift = 0; shift < 3; ++shift) {
            const bytes wire = dice.bytes(shift + 2 * count + 1);
            const registers_view view{byte_span{wire}.subspan(shift, 2 * count + 1)};
            CHECK(view.size() == count);
            CHECK(view.empty() == (count == 0));
            std::vector<std::uint16_t> numbers(count + 1, 0xBEEF);
            CHECK(view.copy_to(numbers) == count);
            CHECK(numbers[count] == 0xBEEF);
            bool right = true;
            for (std::size_t i = 0; i < count; ++i) {
                const unsigned wanted = wire[shift + 2 * i] * 256U + wire[shift + 2 * i + 1];
                right = right && numbers[i] == wanted && view[i] == wanted;
            }
            CHECK(right);
            bytes back(2 * count);
            CHECK(put_registers(std::span{numbers}.first(count), back).value() == 2 * count);
            CHECK(test::same(back, view.bytes()));
        }
    }
    std::array<std::uint16_t, 2> few{};
    CHECK(registers_view{bytes{0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC}}.copy_to(few) == 2);
    std::array<std::uint8_t, 3> small{};
    CHECK(put_registers(few, small).error() == errc::buffer_too_small);
}

static_assert([] {
    const std::array<std::uint8_t, 4> wire{0x12, 0x34, 0xAB, 0xCD};
    std::array<std::uint16_t, 2> numbers{};
    std::array<std::uint8_t, 4> back{};
    return registers_view{wire}.copy_to(numbers) == 2 && numbers[0] == 0x1234 &&
           numbers[1] == 0xABCD && put_registers(numbers, back).has_value() && back == wire;
}());

TEST_CASE("bits are packed with the first one lowest and zeros behind the last")
{
    const bytes packed{0xCD, 0x01};
    const bits_view view{packed, 10};  // the example of 6.11
    CHECK(view.size() == 10);
    std::array<bool, 10> bits{};
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = view[i];
    CHECK(bits == std::array<bool, 10>{true, false, true, true, false, false, true, true, true,
                                       false});
    std::array<std::uint8_t, 2> out{0xFF, 0xFF};
    CHECK(put_bits(bits, out).value() == 2);
    CHECK(test::same(out, packed));
    CHECK(put_bits(bits, std::span{out}.first(1)).error() == errc::buffer_too_small);
    CHECK(bits_view{packed, 99}.size() == 16);
    CHECK(bits_view{}.size() == 0);
}

TEST_CASE("groups of file records are written and taken one after another")
{
    const bytes registers{0x06, 0xAF, 0x04, 0xBE, 0x10, 0x0D};
    std::array<std::uint8_t, 64> out{};
    file_group group{4, 7, 3, registers};
    std::size_t size = put_file_write(group, out).value();
    CHECK(test::hex(byte_span{out}.first(size)) == "0600040007000306AF04BE100D");  // 6.15
    size += put_file_write({9, 9999, 1, byte_span{registers}.first(2)},
                           std::span{out}.subspan(size)).value();
    byte_span rest = byte_span{out}.first(size);
    CHECK(file_fault(function::write_file_record, rest) == exception_code::none);
    auto taken = take_file_write(rest);
    REQUIRE(taken.has_value());
    CHECK(taken->file == 4);
    CHECK(taken->record == 7);
    CHECK(taken->length == 3);
    CHECK(test::same(taken->data, registers));
    taken = take_file_write(rest);
    REQUIRE(taken.has_value());
    CHECK(taken->record == 9999);
    CHECK(rest.empty());
    CHECK(take_file_write(rest).error() == errc::syntax);

    size = put_file_read({4, 1, 2, {}}, out).value();
    size += put_file_read({3, 9, 2, {}}, std::span{out}.subspan(size)).value();
    rest = byte_span{out}.first(size);
    CHECK(test::hex(rest) == "0600040001000206000300090002");  // 6.14
    CHECK(file_answer_size(rest) == 12);
    CHECK(take_file_read(rest)->file == 4);
    CHECK(take_file_read(rest)->record == 9);
    CHECK(rest.empty());

    const bytes answer{0x05, 0x06, 0x0D, 0xFE, 0x00, 0x20, 0x05, 0x06, 0x33, 0xCD, 0x00, 0x40};
    rest = answer;
    CHECK(test::hex(take_file_answer(rest).value()) == "0DFE0020");
    size = put_file_answer(take_file_answer(rest).value(), out).value();
    CHECK(test::hex(byte_span{out}.first(size)) == "050633CD0040");
    CHECK(rest.empty());
}

TEST_CASE("a group that the standard rules out is neither written nor taken")
{
    std::array<std::uint8_t, 300> out{};
    const bytes registers(252, 0);
    CHECK(put_file_read({0, 0, 1, {}}, out).error() == errc::out_of_range);
    CHECK(put_file_read({1, 0, 0, {}}, out).error() == errc::out_of_range);
    CHECK(put_file_read({1, 10'000, 1, {}}, out).error() == errc::out_of_range);
    CHECK(put_file_read({1, 9999, 2, {}}, out).error() == errc::out_of_range);
    CHECK(put_file_read({1, 9999, 1, {}}, std::span{out}.first(6)).error() ==
          errc::buffer_too_small);
    CHECK(put_file_write({1, 0, 2, byte_span{registers}.first(3)}, out).error() ==
          errc::out_of_range);
    CHECK(put_file_answer(byte_span{registers}.first(242), out).value() == 244);
    CHECK(put_file_answer(byte_span{registers}.first(244), out).error() == errc::out_of_range);
    CHECK(put_file_answer({}, out).error() == errc::out_of_range);
    CHECK(put_file_answer(byte_span{registers}.first(3), out).error() == errc::out_of_range);
    for (const char* bad : {"07000400010002", "06000000010002", "06000427100001"}) {
        bytes wire(7);
        static_cast<void>(parse_hex(bad, wire).value());
        byte_span rest{wire};
        CHECK(take_file_read(rest).error() == errc::out_of_range);
        CHECK(rest.size() == 7);
    }
    CHECK(file_fault(function::read_file_record, bytes(252, 6)) ==
          exception_code::illegal_data_value);
    CHECK(file_fault(function::read_file_record, {}) == exception_code::illegal_data_value);
}

TEST_CASE("a device is identified in as many answers as it takes, and every object comes once")
{
    const std::string long_text(100, 'x');
    const std::string longest(identification_text_max, 'y');
    const std::vector<identified> all{
        {0x00, text("Wattpurse")}, {0x01, text("WP-1")},     {0x02, text("V2.11")},
        {0x04, text(long_text)},   {0x05, text(long_text)},  {0x06, text(long_text)},
        {0x80, text(longest)},     {0x81, text("")},         {0xFF, text("end")}};
    std::size_t pages = 0;
    auto got = read_all(all, identification_code::basic, pages);
    CHECK(pages == 1);
    REQUIRE(got.size() == 3);
    CHECK(got[0].second == "Wattpurse");
    CHECK(got[2].second == "V2.11");
    got = read_all(all, identification_code::regular, pages);
    CHECK(pages == 2);
    CHECK(got.size() == 6);
    got = read_all(all, identification_code::extended, pages);
    CHECK(pages == 4);
    REQUIRE(got.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(got[i].first == all[i].id);
        CHECK(got[i].second == string_of(all[i].value));
    }
    got = read_all(all, identification_code::extended, pages, 0x81);
    CHECK(got.size() == 2);
    // A stream from an object that is not there begins with the first one (6.21).
    CHECK(read_all(all, identification_code::basic, pages, 0x05).size() == 3);
    CHECK(read_all(all, identification_code::extended, pages, 0x03).size() == all.size());
    got = read_all(all, identification_code::specific, pages, 0x05);
    REQUIRE(got.size() == 1);
    CHECK(got[0].second == long_text);
}

TEST_CASE("an answer is filled to its last byte before another one is begun")
{
    const std::string texts(123, 'x');
    std::vector<identified> all{{0x00, text(texts).first(120)}, {0x01, text(texts).first(122)}};
    std::size_t pages = 0;
    CHECK(read_all(all, identification_code::basic, pages).size() == 2);
    CHECK(pages == 1);
    all[1].value = text(texts);
    CHECK(read_all(all, identification_code::basic, pages).size() == 2);
    CHECK(pages == 2);
}

TEST_CASE("what cannot be identified is refused as the standard has it")
{
    const std::string too_long(identification_text_max + 1, 'z');
    const std::vector<identified> all{{0x00, text("W")}, {0x01, text(too_long)}};
    std::array<std::uint8_t, pdu_size_max> scratch{};
    const auto fault = [&](request asked) {
        response out;
        return identify(asked, all, scratch, out);
    };
    CHECK(fault(identification_request(identification_code::specific, 0x02)) ==
          exception_code::illegal_data_address);
    CHECK(fault(identification_request(identification_code::specific, 0x01)) ==
          exception_code::server_device_failure);
    CHECK(fault(identification_request(identification_code::basic)) ==
          exception_code::server_device_failure);
    request odd = identification_request(identification_code{5});
    CHECK(fault(odd) == exception_code::illegal_data_value);
    odd.mei_type = 0x0D;
    CHECK(fault(odd) == exception_code::illegal_function);
    response out;
    CHECK(identify(identification_request(identification_code::basic), {}, scratch, out) ==
          exception_code::none);
    out.function = 0x2B;
    CHECK(read_page(out)->count == 0);
    CHECK(read_page(out)->conformity == 0x81);
    CHECK(to_string(identification_object::product_code) == "product_code");
    CHECK(to_string(identification_object{0x80}) == "unknown");
}

TEST_CASE("a page that is not as long as it says is none")
{
    response page;
    page.function = 0x2B;
    page.mei_type = 0x0E;
    const auto reads = [&](const bytes& data) {
        page.data = data;
        const auto got = read_page(page);
        CHECK((got.has_value() || got.error() == errc::syntax));
        return got.has_value();
    };
    CHECK(reads({1, 0x81, 0xFF, 3, 1, 0, 2, 'a', 'b'}));
    CHECK(!reads({1, 0x81, 0xFF, 3, 1, 0, 3, 'a', 'b'}));
    CHECK(!reads({1, 0x81, 0xFF, 3, 1, 0, 1, 'a', 'b'}));
    CHECK(!reads({1, 0x81, 0xFF, 3, 2, 0, 2, 'a', 'b'}));
    CHECK(!reads({1, 0x81, 0xFF, 3}));
    page.mei_type = 0x0D;
    CHECK(!reads({1, 0x81, 0xFF, 3, 0}));
    page.mei_type = 0x0E;
    page.exception = exception_code::illegal_data_value;
    CHECK(!reads({1, 0x81, 0xFF, 3, 0}));
}

TEST_CASE("each byte of the event log says what happened, and is written again")
{
    CHECK(comm_event_of(0x00).kind == comm_event::kind_type::restart);
    CHECK(comm_event_of(0x04).kind == comm_event::kind_type::entered_listen_only);
    CHECK(comm_event_of(0x05).kind == comm_event::kind_type::other);
    const comm_event received = comm_event_of(0xF2);
    CHECK(received.kind == comm_event::kind_type::receive);
    CHECK(received.communication_error);
    CHECK(received.character_overrun);
    CHECK(received.is_listen_only);
    CHECK(received.is_broadcast);
    const comm_event sent = comm_event_of(0x41);
    CHECK(sent.kind == comm_event::kind_type::send);
    CHECK(sent.read_exception);
    CHECK(!sent.server_busy);
    CHECK(comm_event_of(0x5E).write_timeout);
    for (unsigned byte = 0; byte < 256; ++byte) {
        const comm_event what = comm_event_of(static_cast<std::uint8_t>(byte));
        if (what.kind == comm_event::kind_type::other) continue;
        // Bits 0, 2 and 3 of a reception are not used (6.10.1).
        const unsigned wanted = (byte & 0x80U) != 0 ? byte & 0xF2U : byte;
        CHECK(byte_of(what) == wanted);
        CHECK(comm_event_of(byte_of(what)) == what);
    }
}
