// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <set>
#include <string>

#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/encode_response.hpp>
#include <wattpurse/codec/modbus/guess.hpp>
#include <wattpurse/codec/modbus/registers.hpp>

#include "modbus_vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::all_modbus_golden;
using wattpurse::test::modbus_golden;
using wattpurse::test::modbus_hex;

namespace {

std::array<std::uint8_t, ascii_binary_max> scratch;

result<adu> decoded(const modbus_golden& row)
{
    if (row.mode == "tcp") return decode_mbap(row.bytes);
    return row.mode == "rtu" ? decode_rtu(row.bytes) : decode_ascii(row.bytes, scratch);
}

std::string joined(const std::string& mode, const adu& what)
{
    std::array<std::uint8_t, ascii_size_max> out{};
    const auto size = mode == "tcp"   ? encode_mbap(what, out)
                      : mode == "rtu" ? encode_rtu(what, out)
                                      : encode_ascii(what, out);
    return modbus_hex({out.data(), size.value()});
}

unsigned number(const std::string& text)
{
    return static_cast<unsigned>(std::stoul(text, nullptr, 0));
}

/// Frames of the vectors whose PDU contradicts the standard: other protocols that happen to end
/// in this CRC, and answers made up for tests.
const std::set<std::string> malformed_as_stated{
    "921900000006331122334455",  // identification of 34 bytes, of which there are three
    "331122334455f093",          // the same
    "ff010902a0c3b3d9",          // 41155 coils
    "ff0802c7f1",                // half a sub-function
};

/// Function 7F refused with code 00: neither is the standard's, so it reads as a vendor's FF.
const std::string refused_with_nothing = "01ff0061f0";

/// Diagnostics without data. As requests they would be refused, as responses they are bearable.
const std::set<std::string> response_at_most{
    "00060000000403080001",
};

void check_request(const modbus_golden& row, const request& what)
{
    const auto fields = row.fields();
    CHECK(what.function == number(fields.at("fc")));
    std::size_t seen = 0;
    for (const auto& field : fields) {
        const std::string& name = field.first;
        const std::string& value = field.second;
        CAPTURE(name);
        if (name == "unit" || name == "tid" || name == "fc") continue;
        ++seen;
        if (name == "addr") CHECK(what.address == number(value));
        if (name == "qty") CHECK(what.quantity == number(value));
        if (name == "value") CHECK(what.value == number(value));
        if (name == "bytes") CHECK(what.data.size() == number(value));
        if (name == "data") CHECK(modbus_hex(what.data) == value);
        if (name == "sub") CHECK(what.sub_function == number(value));
        CHECK((name != "regs" && name != "bits" && name != "code"));
    }
    CHECK(seen > 0);
}

std::string registers_of(byte_span data)
{
    std::string out;
    const registers_view registers{data};
    for (std::size_t i = 0; i < registers.size(); ++i) {
        out += (out.empty() ? "" : ",") + std::to_string(registers[i]);
    }
    return out;
}

void check_response(const modbus_golden& row, const response& what)
{
    const auto fields = row.fields();
    CHECK(what.function == number(fields.at("fc")));
    CHECK((what.exception != exception_code::none) == row.says("exception"));
    std::size_t seen = 0;
    for (const auto& field : fields) {
        const std::string& name = field.first;
        const std::string& value = field.second;
        CAPTURE(name);
        if (name == "unit" || name == "tid" || name == "fc") continue;
        ++seen;
        if (name == "code") CHECK(static_cast<unsigned>(what.exception) == number(value));
        if (name == "addr") CHECK(what.address == number(value));
        if (name == "qty") CHECK(what.quantity == number(value));
        if (name == "value") CHECK(what.value == number(value));
        if (name == "bytes") CHECK(what.data.size() == number(value));
        if (name == "bits" || name == "data") CHECK(modbus_hex(what.data) == value);
        if (name == "regs") CHECK(registers_of(what.data) == value);
        if (name == "sub") CHECK(what.sub_function == number(value));
    }
    CHECK(seen > 0);
}

bool is_stated(const modbus_golden& row, const char* direction)
{
    return row.direction.find(direction) != std::string::npos;
}

}  // namespace

TEST_CASE("every Modbus vector is there, and its checksum is what it is said to be")
{
    CHECK(all_modbus_golden().size() == 294);
    std::size_t sound = 0;
    for (const modbus_golden& row : all_modbus_golden()) {
        CAPTURE(row.hex);
        const auto found = decoded(row);
        CHECK(found.has_value() == row.is_sound);
        if (!found) continue;
        ++sound;
        const auto fields = row.fields();
        CHECK(found->unit == number(fields.at("unit")));
        CHECK(found->transaction == (row.mode == "tcp" ? number(fields.at("tid")) : 0));
    }
    CHECK(sound == 293);
}

TEST_CASE("the fields of every Modbus vector are those it names, in each direction it may have")
{
    std::size_t requests = 0;
    std::size_t responses = 0;
    for (const modbus_golden& row : all_modbus_golden()) {
        if (!row.is_sound || malformed_as_stated.count(row.hex) != 0) continue;
        if (row.hex == refused_with_nothing) continue;
        CAPTURE(row.hex);
        const adu found = decoded(row).value();
        if (is_stated(row, "request") && response_at_most.count(row.hex) == 0) {
            const auto what = parse_request(found.pdu);
            REQUIRE(what.has_value());
            check_request(row, *what);
            ++requests;
        }
        // What stands behind OR are the fields of the response.
        if (is_stated(row, "response") && !row.says(" OR ")) {
            const auto what = parse_response(found.pdu);
            REQUIRE(what.has_value());
            check_response(row, *what);
            ++responses;
        }
    }
    CHECK(requests == 138);
    CHECK(responses == 191);
}

TEST_CASE("the vector that reads as ten coils asked for reads as 24 coils as well")
{
    const auto bytes = test::modbus_bytes("01010301000aed89");
    const byte_span pdu = decode_rtu(bytes).value().pdu;
    CHECK(directions_of(pdu) == directions{true, true});
    CHECK(parse_request(pdu).value().address == 769);
    CHECK(parse_request(pdu).value().quantity == 10);
    CHECK(modbus_hex(parse_response(pdu).value().data) == "01000a");
}

TEST_CASE("a refusal with code 00 of a function that is not public is a vendor's function")
{
    const auto bytes = test::modbus_bytes(refused_with_nothing);
    const auto what = parse_response(decode_rtu(bytes).value().pdu);
    REQUIRE(what.has_value());
    CHECK(what->function == 0xFF);
    CHECK(what->exception == exception_code::none);
    CHECK(modbus_hex(what->data) == "00");
}

TEST_CASE("malformed Modbus vectors are refused, and their bytes are still there to show")
{
    for (const modbus_golden& row : all_modbus_golden()) {
        if (malformed_as_stated.count(row.hex) == 0) continue;
        CAPTURE(row.hex);
        const byte_span pdu = decoded(row).value().pdu;
        CHECK(directions_of(pdu) == directions{false, false});
        CHECK(parse_request(pdu).error() == exception_code::illegal_data_value);
        const auto fields = row.fields();
        CHECK(pdu[0] == number(fields.at("fc")));
        if (fields.count("data") != 0) CHECK(modbus_hex(pdu.subspan(1)) == fields.at("data"));
        if (fields.count("qty") != 0) CHECK(word_at(pdu, 1) == number(fields.at("addr")));
        if (fields.count("qty") != 0) CHECK(word_at(pdu, 3) == number(fields.at("qty")));
    }
}

TEST_CASE("what is understood of a Modbus vector is written again byte for byte")
{
    std::size_t written = 0;
    for (const modbus_golden& row : all_modbus_golden()) {
        if (!row.is_sound) continue;
        CAPTURE(row.hex);
        const adu found = decoded(row).value();
        CHECK(joined(row.mode, found) == row.hex);
        std::array<std::uint8_t, pdu_size_max> out{};
        if (const auto what = parse_request(found.pdu)) {
            // Sending is stricter than understanding: a range past 65535 is refused by the server.
            const auto size = encode(*what, out);
            REQUIRE(size.has_value());
            CHECK(joined(row.mode, {found.transaction, found.unit, {out.data(), *size}}) ==
                  row.hex);
            ++written;
        }
        if (const auto what = parse_response(found.pdu)) {
            const auto size = encode(*what, out);
            REQUIRE(size.has_value());
            CHECK(joined(row.mode, {found.transaction, found.unit, {out.data(), *size}}) ==
                  row.hex);
            ++written;
        }
    }
    CHECK(written >= 293);
}

TEST_CASE("framing and direction of every Modbus vector are guessed from its bytes alone")
{
    std::size_t ambiguous = 0;
    for (const modbus_golden& row : all_modbus_golden()) {
        CAPTURE(row.hex);
        const auto guesses = guess_framing(row.bytes, scratch);
        if (!row.is_sound) {
            CHECK(guesses.size == 0);
            continue;
        }
        REQUIRE(guesses.size >= 1);
        ambiguous += guesses.size > 1 ? 1 : 0;
        const framing_guess& first = guesses.view().front();
        CHECK(to_string(first.framing) == row.mode);
        if (malformed_as_stated.count(row.hex) != 0 || row.hex == refused_with_nothing) continue;
        const bool may_be_request = is_stated(row, "request") &&
                                    response_at_most.count(row.hex) == 0;
        CHECK((!may_be_request || first.directions.request));
        CHECK((!is_stated(row, "response") || first.directions.response));
        // The other way round it says more than the vector only where both are equal anyway.
        if (row.direction == "request") CHECK(!first.directions.response);
        if (row.direction == "response") CHECK(!first.directions.request);
    }
    CHECK(ambiguous == 0);
}
