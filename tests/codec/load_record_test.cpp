// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/load_record.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::hex_of;

namespace {

using step = load_reader::step;

const std::array<std::string, load_part_count> part_hex = {
    "002200220022" "001000" "002000" "003080" "0050",                  // V, I with a sign, Hz
    "001000002000003000004080" "001000001000001000001000",             // P, Q
    "0010001000100090",                                                // factors
    "78563412" "01000000" "02000000" "03000080",                       // energies
    "01000000" "02000000" "03000000" "04000000",                       // quadrants
    "563412" "654321",                                                 // demands
};

std::vector<std::uint8_t> block(const std::array<std::string, load_part_count>& hex)
{
    std::array<std::vector<std::uint8_t>, load_part_count> bytes;
    load_record record;
    record.at = moment::of({2026, 1, 31, 12, 15, 0});
    for (std::size_t i = 0; i < hex.size(); ++i) {
        bytes[i] = bytes_of(hex[i]);
        record.parts[i] = bytes[i];
    }
    std::vector<std::uint8_t> out(load_record_size_max);
    out.resize(write_load_record(record, out).value());
    return out;
}

errc fault_of(const std::vector<std::uint8_t>& data)
{
    load_reader reader{data};
    load_record record;
    auto found = reader.next(record);
    while (found == step::block) found = reader.next(record);
    REQUIRE(found == step::fault);
    CHECK(reader.next(record) == step::fault);
    return reader.fault();
}

/// A block with the parts given, each already followed by its separator.
std::vector<std::uint8_t> raw_block(const std::string& parts)
{
    std::vector<std::uint8_t> out = bytes_of("A0A0" "00" "0012310126" + parts);
    unsigned sum = 0;
    for (const std::uint8_t byte : out) sum += byte;
    out.push_back(static_cast<std::uint8_t>(sum));
    out.push_back(0xE5);
    return out;
}

}  // namespace

TEST_CASE("a block with all parts is 103 bytes and comes back part by part")
{
    const auto bytes = block(part_hex);
    REQUIRE(bytes.size() == load_record_size_max);
    CHECK(hex_of(bytes).substr(0, 16) == "A0A0621512310126");
    load_reader reader{bytes};
    load_record record;
    REQUIRE(reader.next(record) == step::block);
    CHECK(record.at.to_civil().value() == civil_time{2026, 1, 31, 12, 15, 0});
    CHECK(record.declared == 98);
    for (std::size_t i = 0; i < load_part_count; ++i) {
        CHECK(hex_of(record.parts[i]) == part_hex[i]);
        CHECK(record.parts[i].size() == size_of(static_cast<load_part>(i)));
        const auto shape = check_layout(layout_of(static_cast<load_part>(i)));
        CHECK(shape.value().fixed == record.parts[i].size());
    }
    CHECK(reader.next(record) == step::end);
}

TEST_CASE("the values of a part are exact and signed")
{
    const auto bytes = block(part_hex);
    load_reader reader{bytes};
    load_record record;
    REQUIRE(reader.next(record) == step::block);
    std::string text;
    for (const auto part : {load_part::voltage_current_frequency, load_part::energy}) {
        field_reader fields{layout_of(part), record.part(part)};
        field_value value;
        while (fields.next(value) == field_reader::step::field) {
            text += std::string{text_of(value).value().view()} + " ";
        }
    }
    CHECK(text == "220.0 220.0 220.0 1.000 2.000 -3.000 50.00 "
                  "123456.78 0.01 0.02 -0.03 ");
}

TEST_CASE("parts that are not recorded are empty, and blocks follow one another")
{
    auto data = block({"", part_hex[1], "", "", "", ""});
    const auto second = block({"", "", "", part_hex[3], "", part_hex[5]});
    data.insert(data.end(), second.begin(), second.end());
    load_reader reader{data};
    load_record record;
    REQUIRE(reader.next(record) == step::block);
    CHECK(record.part(load_part::voltage_current_frequency).empty());
    CHECK(hex_of(record.part(load_part::power)) == part_hex[1]);
    REQUIRE(reader.next(record) == step::block);
    CHECK(record.part(load_part::power).empty());
    CHECK(hex_of(record.part(load_part::energy)) == part_hex[3]);
    CHECK(hex_of(record.part(load_part::demand)) == part_hex[5]);
    CHECK(reader.next(record) == step::end);
    CHECK(reader.offset() == data.size());
}

TEST_CASE("a block of one class alone finds its place by its size, or by what was asked")
{
    const auto demand = raw_block(part_hex[5] + "AA");
    load_record record;
    REQUIRE(load_reader{demand}.next(record) == step::block);
    CHECK(hex_of(record.part(load_part::demand)) == part_hex[5]);
    const auto energies = raw_block(part_hex[4] + "AA");
    REQUIRE(load_reader{energies}.next(record) == step::block);
    CHECK(hex_of(record.part(load_part::energy)) == part_hex[4]);
    REQUIRE(load_reader{energies}.next(record, load_part::quadrant_energy) == step::block);
    CHECK(hex_of(record.part(load_part::quadrant_energy)) == part_hex[4]);
    CHECK(record.part(load_part::energy).empty());
}

TEST_CASE("what is no block is a fault")
{
    auto bytes = block(part_hex);
    CHECK(fault_of({0xA0}) == errc::out_of_range);
    CHECK(fault_of(bytes_of("00A0620012310126AA")) == errc::syntax);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        CHECK(fault_of({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}) ==
              errc::out_of_range);
    }
    CHECK(fault_of(raw_block("0000AA" "AAAAAAAAAA")) == errc::syntax);  // a part of two bytes
    CHECK(fault_of(raw_block("AAAAAA")) == errc::syntax);               // three parts
    CHECK(fault_of(raw_block("0000AA")) == errc::syntax);
    bytes[4] = 0x2A;
    CHECK(fault_of(bytes) == errc::not_bcd);
    bytes[4] = 0x24;
    CHECK(fault_of(bytes) == errc::out_of_range);
}

TEST_CASE("one wrong bit anywhere is a fault, for the checksum covers all")
{
    const auto bytes = block(part_hex);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto spoiled = bytes;
        spoiled[bit / 8] = static_cast<std::uint8_t>(spoiled[bit / 8] ^ 1U << bit % 8);
        CAPTURE(bit);
        fault_of(spoiled);
    }
}

TEST_CASE("a block is not written with a part of a wrong size, or where there is no room")
{
    const std::vector<std::uint8_t> three(3);
    load_record record;
    record.at = moment::of({2026, 1, 31, 12, 15, 0});
    std::array<std::uint8_t, load_record_size_max> out{};
    CHECK(write_load_record(record, out).value() == 16);
    CHECK(write_load_record(record, std::span{out}.first(15)).error() ==
          errc::buffer_too_small);
    record.parts[1] = three;
    CHECK(write_load_record(record, out).error() == errc::out_of_range);
    record.parts[1] = {};
    record.at.month = 13;
    CHECK(write_load_record(record, out).error() == errc::out_of_range);
    record.at.month = moment::absent;
    CHECK(write_load_record(record, out).error() == errc::not_available);
}
