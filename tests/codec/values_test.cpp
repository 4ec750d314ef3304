// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::all_golden;
using wattpurse::test::bytes_of;
using wattpurse::test::golden;
using wattpurse::test::hex_of;

namespace {

const catalogue_row& row_of(std::uint32_t id, edition which = edition::y2007)
{
    const catalogue_row* const row = standard_catalogue().find(which, id);
    REQUIRE(row != nullptr);
    return *row;
}

/// The first field of DATA as text, or the name of the error.
std::string shown(const catalogue_row& row, const std::vector<std::uint8_t>& data)
{
    field_reader reader{row, data};
    field_value value;
    if (reader.next(value) != field_reader::step::field) {
        return std::string{to_string(reader.fault())};
    }
    const auto text = text_of(value);
    return std::string{text ? text->view() : to_string(text.error())};
}

std::string shown(data_id id, const std::string& hex)
{
    return shown(row_of(static_cast<std::uint32_t>(id)), bytes_of(hex));
}

std::string name(std::uint32_t id, edition which = edition::y2007)
{
    return std::string{name_of(standard_catalogue(), which, id).view()};
}

}  // namespace

static_assert(read_energy(std::array<std::uint8_t, 4>{0x78, 0x56, 0x34, 0x12}).value_or(energy{}) ==
              energy::of(1'234'567'800));

TEST_CASE("an energy register is exact to its last hundredth, up to 999999.99 kWh")
{
    CHECK(read_energy(bytes_of("99999999")).value() == energy::of(9'999'999'900));
    CHECK(read_energy(bytes_of("01000000")).value() == energy::of(100));
    CHECK(read_energy(bytes_of("FFFFFFFF")).error() == errc::not_available);
    CHECK(read_energy(bytes_of("FFFFFF00")).error() == errc::not_bcd);
    CHECK(read_energy(bytes_of("0000000A")).error() == errc::not_bcd);
    CHECK(read_energy(bytes_of("000000")).error() == errc::out_of_range);
    CHECK(read_energy(bytes_of("00000080")).value() == energy::of(8'000'000'000));  // no sign
}

TEST_CASE("an energy register is written only where it is exact")
{
    std::array<std::uint8_t, 4> out{};
    REQUIRE(write_energy(energy::of(1'234'567'800), out).has_value());
    CHECK(hex_of(out) == "78563412");
    CHECK(write_energy(energy::of(1), out).error() == errc::inexact);
    CHECK(write_energy(energy::of(-100), out).error() == errc::out_of_range);
    CHECK(write_energy(energy::of(10'000'000'000), out).error() == errc::out_of_range);
    CHECK(write_energy(energy::of(9'999'999'900), out).has_value());
}

TEST_CASE("the sign is the top bit of the highest digit")
{
    CHECK(read_signed(bytes_of("78563492")).value() == -12345678);
    CHECK(read_signed(bytes_of("78563412")).value() == 12345678);
    CHECK(read_signed(bytes_of("99999979")).value() == 79999999);
    CHECK(read_signed(bytes_of("999999F9")).value() == -79999999);
    CHECK(read_signed(bytes_of("FFFF")).error() == errc::not_available);
    CHECK(read_signed(bytes_of("0A80")).error() == errc::not_bcd);
    CHECK(read_unsigned({}).error() == errc::out_of_range);
    CHECK(read_unsigned(bytes_of("000000000000000000")).error() == errc::out_of_range);
}

TEST_CASE("times are read and written, and only real ones")
{
    CHECK(read_minutes(bytes_of("0000010126")).value() == civil_time{2026, 1, 1, 0, 0, 0});
    CHECK(read_seconds(bytes_of("595923311299")).value() ==
          civil_time{2099, 12, 31, 23, 59, 59});
    CHECK(read_minutes(bytes_of("0000300226")).error() == errc::out_of_range);
    CHECK(read_minutes(bytes_of("6000010126")).error() == errc::out_of_range);
    CHECK(read_minutes(bytes_of("0A00010126")).error() == errc::not_bcd);
    CHECK(read_minutes(bytes_of("FFFFFFFFFF")).error() == errc::not_available);
    CHECK(read_seconds(bytes_of("0000010126")).error() == errc::out_of_range);
    CHECK(read_minutes(bytes_of("000000010126")).error() == errc::out_of_range);
    std::array<std::uint8_t, 6> out{};
    REQUIRE(write_seconds({2026, 1, 31, 12, 34, 56}, out).has_value());
    CHECK(hex_of(out) == "563412310126");
    CHECK(write_seconds({2026, 1, 32, 0, 0, 0}, out).error() == errc::out_of_range);
}

TEST_CASE("values and units of the golden vectors are exactly theirs")
{
    std::size_t compared = 0;
    for (const golden& row : all_golden()) {
        const auto& meaning = row.meaning;
        if (!row.holds_frame() || !meaning.contains("di") || !meaning.contains("value")) {
            continue;
        }
        CAPTURE(row.hex);
        const auto id = static_cast<std::uint32_t>(
            std::stoul(meaning.at("di").get<std::string>(), nullptr, 16));
        const catalogue_row& found =
            row_of(id, row.edition == "1997" ? edition::y1997 : edition::y2007);
        const auto payload = bytes_of(meaning.at("payload_le").get<std::string>());
        CHECK(shown(found, payload) == meaning.at("value").get<std::string>());
        CHECK(found.first().unit == meaning.at("unit").get<std::string>());
        ++compared;
    }
    CHECK(compared >= 30);
}

TEST_CASE("identifiers have names, down to tariff, day, phase and record")
{
    CHECK(name(0x0001FF00) == "forward active energy, total and tariffs");
    CHECK(name(0x00010000) == "forward active energy, total");
    CHECK(name(0x00010203) == "forward active energy, tariff 2, settlement day -3");
    CHECK(name(0x00020400) == "reverse active energy, tariff 4");
    CHECK(name(0x02010200) == "voltage, phase B");
    CHECK(name(0x0202FF00) == "current, all phases");
    CHECK(name(0x02030000) == "active power, total");
    CHECK(name(0x00150000) == "forward active energy, phase A");
    CHECK(name(0x00440000) == "quadrant 4 reactive energy, phase C");
    CHECK(name(0x05060101) == "daily freeze, forward active energy, record 1");
    CHECK(name(0x04000503) == "running status word 3");
    CHECK(name(0x05060000).empty());  // records begin at 1
    CHECK(name(0x0001400D).empty());
    CHECK(name(0x02010000).empty());
    CHECK(name(0x12345678).empty());
    CHECK(name(0x9010, edition::y1997) == "forward active energy, total");
    CHECK(name(0x901F, edition::y1997) == "forward active energy, total and tariffs");
    CHECK(name(0xB612, edition::y1997) == "voltage, phase B");
}

TEST_CASE("what is a block")
{
    const auto block = [](std::uint32_t id) { return row_of(id).shape.repeats; };
    CHECK(block(0x0001FF00));
    CHECK(block(0x05060101));
    CHECK(block(0x0201FF00));
    CHECK(!block(0x05060001));
    CHECK(!block(0x00010000));
    CHECK(!block(0x04000503));
    CHECK(row_of(0x901F, edition::y1997).shape.repeats);
    CHECK(!row_of(0xC010, edition::y1997).shape.repeats);
}

TEST_CASE("items are shown exactly, and what cannot be shown is an error")
{
    CHECK(shown(data_id{0x00000000}, "78563492") == "-123456.78");
    CHECK(shown(data_id{0x02020100}, "005081") == "-15.000");
    CHECK(shown(data_id{0x02060000}, "0010") == "1.000");
    CHECK(shown(data_id::date_and_weekday, "06310126") == "2026-01-31");
    CHECK(shown(data_id::time_of_day, "304512") == "12:45:30");
    CHECK(shown(data_id::date_and_time, "30451206310126") == "2026-01-31T12:45:30");
    CHECK(shown(nth(data_id::daily_freeze_time, 1), "0000010126") == "2026-01-01T00:00");
    CHECK(shown(data_id::status_word_3, "5010") == "1050");
    CHECK(shown(data_id::time_of_day, "300024") == "out_of_range");
    CHECK(shown(data_id::time_of_day, "600000") == "out_of_range");
    CHECK(shown(data_id::date_and_weekday, "06320126") == "out_of_range");
    CHECK(shown(data_id::remaining_money, "FFFFFFFF") == "not_available");
    CHECK(shown(data_id::remaining_money, "00000A00") == "not_bcd");
    CHECK(shown(data_id::remaining_money, "000000") == "out_of_range");
}

TEST_CASE("the edition of every golden vector is told from its function")
{
    for (const golden& row : all_golden()) {
        if (!row.holds_frame()) {
            continue;
        }
        CAPTURE(row.hex);
        const auto found = wattpurse::test::scan(row.bytes);
        const bool old = edition_of(found.frames.at(0)) == edition::y1997;
        CHECK(old == (row.edition == "1997"));
    }
}

TEST_CASE("frames that carry passwords are known")
{
    const auto secret = [](const std::string& hex) {
        return holds_secret(decode(bytes_of(hex)).value());
    };
    CHECK(secret("68129078563412681C1035456789343333334D338C8C566445CC4C16"));
    CHECK(secret("6812907856341268140F3534333737333333343333336378453916"));
    CHECK(secret("6812907856341268180C363F33373533333335456789C116"));
    CHECK(secret("68129078563412689804354567898C16"));
    CHECK(secret("6812907856341268190837333333343333334416"));
    CHECK(!secret("6812907856341268DC01379A16"));
    CHECK(!secret("68129078563412689C002216"));
    CHECK(!secret("6812907856341268910833333433896745335416"));
    frame password;
    password.control = 0x91;
    password.length = 8;
    password.data[1] = 0x0C;
    password.data[3] = 0x04;
    CHECK(holds_secret(password));
}
