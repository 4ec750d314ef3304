// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame_view.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

#include "rebuild.hpp"
#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::all_golden;
using wattpurse::test::golden;
using wattpurse::test::hex_of;
using wattpurse::test::scan;

namespace {

std::string text_of(const golden& row, const char* key)
{
    return row.meaning.contains(key) ? row.meaning.at(key).get<std::string>() : std::string{};
}

/// High byte first, as the standard writes identifiers.
template <std::size_t Size>
std::string written(std::array<std::uint8_t, Size> wire)
{
    std::array<std::uint8_t, Size> high_first{};
    for (std::size_t i = 0; i < Size; ++i) {
        high_first[i] = wire[Size - 1 - i];
    }
    return hex_of(high_first);
}

std::string identifier_of(const frame& what, std::size_t digits)
{
    return digits == 8 ? written(wire_of(parse_data_id(what).value()))
                       : written(wire_of(parse_data_id_1997(what).value()));
}

/// Rows that no builder of ours says: vendor and broken ones, and those that other people's
/// software gets wrong.
const std::set<std::string> unbuilt{
    "68AAAAAAAAAAAA681F03428832EA16",                // factory function
    "689999999999996800006616",                      // function 00
    "68010012011920681701083D16",                    // a baud word of several bits
    "682011122106366807007716",                      // vendor function 07
    "689999999999996813007916",                      // 13 to the broadcast address
    "68123456781012681506456789AB43468A16",          // 15 to the old address
    "689999999999996823026200ED16",                  // a request with bit D5
    "6820111221063668C503E904567B16",                // a refusal of three bytes
    "6867452301000068110244E9E016",                  // 11 with an identifier of 1997
    "68999999999999680104000100006C16",              // 01 with four bytes
    "68953206000000680104333433336F16",              // 01 with four bytes
    "6895320600000068010400010000A316",              // 01 with four bytes
};

}  // namespace

TEST_CASE("edition and identifier of every golden frame are those it names")
{
    std::size_t named = 0;
    for (const golden& row : all_golden()) {
        if (!row.holds_frame()) {
            continue;
        }
        CAPTURE(row.hex);
        const frame only = scan(row.bytes).frames.at(0);
        const bool mixed = row.hex == "6867452301000068110244E9E016";
        CHECK((edition_of(only) == edition::y1997) == (row.edition == "1997"));
        const std::string id = text_of(row, "di");
        if (id.empty()) {
            continue;
        }
        CHECK((id.size() == 4) == (row.edition == "1997" || mixed));
        CHECK(identifier_of(only, id.size()) == id);
        ++named;
    }
    CHECK(named >= 100);
}

TEST_CASE("payload, error word and sequence of every golden frame are those it names")
{
    std::size_t payloads = 0;
    for (const golden& row : all_golden()) {
        if (!row.holds_frame()) {
            continue;
        }
        CAPTURE(row.hex);
        const frame only = scan(row.bytes).frames.at(0);
        if (const auto payload = text_of(row, "payload_le"); !payload.empty()) {
            const std::string data = hex_of(only.payload());
            CHECK(data.size() >= payload.size());
            CHECK(data.rfind(payload) == data.size() - payload.size());
            ++payloads;
        }
        if (const auto word = text_of(row, "err"); !word.empty()) {
            CHECK(hex_of(only.payload()) == word);
            CHECK(parse_error_word(only).has_value());
        }
        if (row.meaning.contains("seq")) {
            const int sequence = row.meaning.at("seq").get<int>();
            CHECK((only.is_from_meter() ? parse_follow_answer(only).value().sequence
                                        : parse_follow_request(only).value().sequence) == sequence);
        }
    }
    CHECK(payloads >= 70);
}

TEST_CASE("what the parsers understand of a golden frame, the builders say again byte for byte")
{
    std::size_t same = 0;
    for (const golden& row : all_golden()) {
        if (!row.holds_frame()) {
            continue;
        }
        CAPTURE(row.hex);
        const frame only = scan(row.bytes).frames.at(0);
        const auto again = test::rebuilt(only);
        if (unbuilt.count(row.hex) != 0) {
            CHECK(!again.has_value());
            continue;
        }
        REQUIRE(again.has_value());
        CHECK(*again == only);
        std::array<std::uint8_t, frame_size_max> out{};
        const auto size = encode(*again, out, 0);
        REQUIRE(size.has_value());
        CHECK(row.hex.find(hex_of({out.data(), *size})) != std::string::npos);
        ++same;
    }
    CHECK(same >= 148);
}

TEST_CASE("a view shows a golden frame as the framer copies it")
{
    for (const golden& row : all_golden()) {
        CAPTURE(row.hex);
        const auto seen = view(row.bytes);
        CHECK(seen.has_value() == (row.status == "ok"));
        if (!seen) {
            CHECK(seen.error() == errc::syntax);
            continue;
        }
        const frame copied = decode(row.bytes).value();
        CHECK(seen->copy() == copied);
        CHECK(seen->address() == copied.address);
        CHECK(seen->control() == copied.control);
        CHECK(seen->function() == copied.function());
        CHECK(seen->is_from_meter() == copied.is_from_meter());
        CHECK(seen->is_abnormal() == copied.is_abnormal());
        CHECK(seen->has_follow() == copied.has_follow());
        CHECK(seen->id() == parse_data_id(copied));
        CHECK(hex_of(seen->wire()) == row.hex);
        std::array<std::uint8_t, data_size_max> out{};
        CHECK(hex_of(seen->data_into(out).value()) == hex_of(copied.payload()));
        CHECK(seen->data_into(out, copied.length + std::size_t{1}).error() == errc::out_of_range);
        if (copied.length > 0) {
            CHECK(seen->data_into(std::span{out}.first(copied.length - 1U)).error() ==
                  errc::buffer_too_small);
            CHECK((*seen)[0] == copied.data[0]);
        }
    }
}
