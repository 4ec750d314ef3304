// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <wattpurse/codec/dlt645/pattern.hpp>

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;

namespace {

id_pattern of_2007(const char* text) { return id_pattern::parse(edition::y2007, text).value(); }
id_pattern of_1997(const char* text) { return id_pattern::parse(edition::y1997, text).value(); }

std::string error_of(edition which, const char* text)
{
    const auto parsed = id_pattern::parse(which, text);
    return parsed ? "none" : std::string{to_string(parsed.error())};
}

}  // namespace

TEST_CASE("a pattern of 2007 is four bytes, each of them a range")
{
    const id_pattern tariffs = of_2007("0001{00..3F}{00..0C}");
    CHECK(tariffs.count() == 64 * 13);
    CHECK(tariffs.first() == 0x00010000);
    CHECK(tariffs.last() == 0x00013F0C);
    CHECK(tariffs.nth(1) == 0x00010001);
    CHECK(tariffs.nth(13) == 0x00010100);
    CHECK(tariffs.covers(0x00010203));
    CHECK(!tariffs.covers(0x0001020D));
    CHECK(!tariffs.covers(0x0001FF00));
    CHECK(!tariffs.covers(0x01010203));
    CHECK(of_2007("02800001").count() == 1);
    CHECK(of_2007("04000E{03,04}") == of_2007("04000e{03..04}"));
    CHECK(of_2007("{00..FF}{00..FF}{00..FF}{00..FF}").count() == std::uint64_t{1} << 32U);
    CHECK(of_2007("{00..FF}{00..FF}{00..FF}{00..FF}").last() == 0xFFFFFFFF);
}

TEST_CASE("a pattern of 1997 is four digits")
{
    const id_pattern tariffs = of_1997("901{0..E}");
    CHECK(tariffs.which() == edition::y1997);
    CHECK(tariffs.count() == 15);
    CHECK(tariffs.nth(14) == 0x901E);
    CHECK(tariffs.covers(0x9010));
    CHECK(!tariffs.covers(0x901F));
    CHECK(!tariffs.covers(0x00019010));  // more than two bytes
    CHECK(of_1997("C3{3..A}{1..A}").count() == 80);
    CHECK(of_1997("B63{4,5}").last() == 0xB635);
}

TEST_CASE("every identifier of a pattern is covered, in ascending order, and no other")
{
    const id_pattern pattern = of_2007("{10..13}{00,01,02}A5{FE..FF}");
    std::uint32_t before = 0;
    for (std::uint64_t k = 0; k < pattern.count(); ++k) {
        const std::uint32_t id = pattern.nth(k);
        CHECK(pattern.covers(id));
        CHECK(id > before);
        before = id;
    }
    std::uint64_t covered = 0;
    for (std::uint32_t id = 0x0FFF0000; id < 0x14010000; ++id) {
        covered += pattern.covers(id) ? 1U : 0U;
    }
    CHECK(covered == pattern.count());
    CHECK(pattern.count() == 4 * 3 * 2);
}

TEST_CASE("two patterns overlap where one identifier is in both")
{
    CHECK(of_2007("0001{00..3F}{00..0C}").overlaps(of_2007("00013F{0C..0D}")));
    CHECK(!of_2007("0001{00..3F}{00..0C}").overlaps(of_2007("0001{00..3F}FF")));
    CHECK(!of_2007("0001{00..3F}{00..0C}").overlaps(of_2007("0001FF{00..0C}")));
    CHECK(!of_2007("00009010").overlaps(of_1997("9010")));
}

TEST_CASE("what is no pattern is an error")
{
    for (const char* text : {"", "0001", "000100", "0001000000", "0001{00..3F", "0001{00.3F}00",
                             "0001{}0000", "00 010000", "0001{00..}00", "0001{00,}00",
                             "000G0000", "0001{0..3}{00..0C}", "0001{00..01,02}00"}) {
        CAPTURE(text);
        CHECK(error_of(edition::y2007, text) == "syntax");
    }
    CHECK(error_of(edition::y2007, "0001{3F..00}00") == "out_of_range");
    CHECK(error_of(edition::y2007, "0001{00,02}00") == "out_of_range");
    CHECK(error_of(edition::y2007, "0001{02,01}00") == "out_of_range");
    CHECK(error_of(edition::y1997, "90100000") == "syntax");
    CHECK(error_of(edition::y1997, "901") == "syntax");
    CHECK(error_of(edition::y1997, "901{0..EF}") == "syntax");
}

TEST_CASE("places are counted from the right")
{
    CHECK(place_of(edition::y2007, 0x01020304, 0) == 4);
    CHECK(place_of(edition::y2007, 0x01020304, 3) == 1);
    CHECK(place_of(edition::y1997, 0x901F, 0) == 0xF);
    CHECK(place_of(edition::y1997, 0x901F, 3) == 9);
}
