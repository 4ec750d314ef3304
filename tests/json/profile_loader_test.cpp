// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/adapter/json/profile.hpp>

#include "profiles.hpp"

using namespace wattpurse;
using namespace wattpurse::profiles;
using adapter::json::load_profile;
using adapter::json::meter_profile;
using meter::find_field;
using meter::value_type;
using meter::write_recipe;
using source = meter::recipe_word::source_type;

namespace {

const std::string sound = R"({
  "format": "wattpurse-profile/1", "protocol": "modbus", "name": "ours", "vendor": "us",
  "models": ["A", "B"], "status": "confirmed", "sources": ["s"], "cross_check": "c",
  "notes": ["n"], "registers_max": 60, "latency_ms": 20,
  "serial": { "baud": 2400, "parity": "E", "stop_bits": 2, "unit": 5 },
  "defaults": { "function": 3, "word_order": "high_first" },
  "registers": [
    { "name": "W", "address": 105, "type": "s16", "scale_field": "W_SF", "unit": "W",
      "sentinel": "0x8000", "valid": ["-300", "300.5"], "meaning": "power", "note": "doubtful",
      "status": "unconfirmed" },
    { "name": "W_SF", "address": "0x006A", "type": "s16" },
    { "name": "energy", "address": "0x0000", "type": "u32", "word_order": "low_first",
      "scale": "0.01", "unit": "kWh", "ratio": "power", "capacity": "42949672.96",
      "role": "energy_total" },
    { "name": "volts", "function": 4, "address": "0x0000", "type": "f32", "resolution": "0.1",
      "byte_order": "low_first", "unit": "V", "ratio": "voltage" },
    { "name": "number", "address": 16, "type": "bcd", "count": 3, "role": "serial_number" },
    { "name": "pin", "address": 20, "type": "u16", "secret": true, "access": "control",
      "writable": true },
    { "name": "flags", "address": 21, "type": "bits", "count": 1,
      "bits": [ { "low": 4, "name": "relay", "values": { "0": "open", "1": "closed" } },
                { "low": 8, "width": 3, "name": "mode" } ] },
    { "name": "force", "address": 22, "type": "u16", "access": "control", "writable": true },
    { "name": "amount", "address": "0x0030", "type": "u32", "scale": "0.01", "access": "money",
      "writable": true, "role": "purchase_amount", "meaning_zh": "\u91d1\u989d" },
    { "name": "sequence", "address": "0x0032", "type": "u16", "access": "money",
      "writable": true },
    { "name": "purchases", "address": "0x0033", "type": "u16", "role": "purchase_count" },
    { "name": "history", "address": "0x1A00", "type": "record", "count": 10,
      "parts": [ { "name": "time", "offset": 0, "size": 4, "type": "raw" },
                 { "name": "sum", "offset": 4, "size": 4, "type": "u32", "scale": "0.01",
                   "unit": "kWh" } ] },
    { "name": "coil", "function": 1, "address": 3, "type": "bits", "count": 1 },
    { "name": "left", "address": "0x0034", "type": "s32", "scale": "0.01" }
  ],
  "areas": [ { "kind": "records", "function": 3, "first": "0x1A00", "last": "0xFFFF",
               "record_registers": 10 },
             { "kind": "forbidden", "first": 500, "last": 500 } ],
  "recipes": [
    { "name": "open", "purpose": "open_relay", "function": 6, "address": 22, "words": ["0x0100"],
      "verify": { "field": "force", "mask": "0xFF00", "equals": "0x0100" } },
    { "name": "top_up", "purpose": "top_up", "function": "0xAA", "address": "0x002D",
      "words": ["current*3", "amount_high", "amount_low", "sequence", "current"],
      "amount_field": "amount", "balance_field": "left", "verify": { "field": "purchases" },
      "status": "unconfirmed", "note": "one source" }
  ],
  "probes": [ { "address": "0x0031", "count": 2, "text": "iEM3" },
              { "function": 4, "address": 0, "count": 2, "bytes": "53 75", "mask": "FF0F" } ]
})";

/// One thing is wrong with the sound profile: exactly one fault, at that place, which says what
/// was expected.
void check_fault(std::string_view old_part, std::string_view new_part, std::string_view path,
                 std::string_view expected)
{
    CAPTURE(new_part);
    const auto found = faults_of(with(sound, old_part, new_part));
    std::string all;
    for (const fault& each : found) all += to_string(each) + "\n";
    CAPTURE(all);
    REQUIRE(found.size() == 1);
    CHECK(found.front().path == path);
    CHECK(found.front().expected.find(expected) != std::string::npos);
}

}  // namespace

TEST_CASE("a profile tells what stands in its file")
{
    const auto loaded = load_profile(sound);
    REQUIRE(loaded.has_value());
    CHECK(loaded->is_modbus());
    CHECK(loaded->name() == "ours");
    const auto map = loaded->view();
    CHECK(map.vendor == "us");
    REQUIRE(map.models.size() == 2);
    CHECK(map.models[1] == "B");
    CHECK(map.sources[0] == "s");
    CHECK(map.notes[0] == "n");
    CHECK(map.cross_check == "c");
    CHECK(map.is_confirmed);
    CHECK(map.base == meter::address_base::zero);
    CHECK(map.registers_max == 60);
    CHECK(map.latency == duration{20});
    CHECK(map.has_serial);
    CHECK(map.serial.baud == 2400);
    CHECK(map.serial.parity == 'E');
    CHECK(map.serial.stop_bits == 2);
    CHECK(map.serial.unit == 5);
    REQUIRE(map.areas.size() == 2);
    CHECK(map.areas[0].record_registers == 10);
    CHECK(map.areas[0].last == 0xFFFF);
    CHECK(map.areas[1].kind == meter::register_area::kind_type::forbidden);
    REQUIRE(map.probes.size() == 2);
    CHECK(std::string(map.probes[0].expected.begin(), map.probes[0].expected.end()) == "iEM3");
    CHECK(map.probes[1].mask[1] == 0x0F);
}

TEST_CASE("registers are in the order of function and address, whatever the order of the file")
{
    const auto loaded = load_profile(sound);
    REQUIRE(loaded.has_value());
    std::vector<std::string> names;
    for (const auto& each : loaded->view().fields) names.emplace_back(each.name);
    CHECK(names == std::vector<std::string>{"coil", "energy", "number", "pin", "flags", "force",
                                            "amount", "sequence", "purchases", "left", "W", "W_SF",
                                            "history", "volts"});
}

TEST_CASE("a register has all that its members say")
{
    const auto loaded = load_profile(sound);
    REQUIRE(loaded.has_value());
    const auto map = loaded->view();
    const auto& watts = field(map, "W");
    CHECK(watts.address == 105);
    CHECK(watts.scale_field == find_field(map, "W_SF"));
    CHECK(watts.has_sentinel);
    CHECK(watts.sentinel == 0x8000);
    CHECK(watts.has_range);
    CHECK(is(watts.valid_min, "-300"));
    CHECK(is(watts.valid_max, "300.5"));
    CHECK_FALSE(watts.is_confirmed);
    CHECK(watts.note == "doubtful");
    const auto& energy = field(map, "energy");
    CHECK(energy.count == 2);
    CHECK(energy.words == meter::word_order::low_first);
    CHECK(is(energy.scale, "0.01"));
    CHECK(is(energy.capacity, "42949672.96"));
    CHECK(energy.ratio == meter::transformer::power);
    CHECK(energy.role == meter::role::energy_total);
    CHECK(energy.is_confirmed);
    CHECK(energy.scale_field == meter::no_field);
    const auto& volts = field(map, "volts");
    CHECK(volts.function == 4);
    CHECK(volts.resolution == -1);
    CHECK(volts.bytes == meter::byte_order::low_first);
    CHECK(volts.words == meter::word_order::high_first);
    CHECK(field(map, "number").count == 3);
    CHECK(field(map, "pin").is_secret);
    CHECK(field(map, "pin").is_writable);
    CHECK(field(map, "pin").access == meter::access_class::control);
    CHECK(field(map, "amount").access == meter::access_class::money);
    CHECK(field(map, "amount").meaning_zh == "\xE9\x87\x91\xE9\xA2\x9D");
    CHECK_FALSE(field(map, "purchases").is_writable);
}

TEST_CASE("bits and parts of records have names")
{
    const auto loaded = load_profile(sound);
    REQUIRE(loaded.has_value());
    const auto map = loaded->view();
    const auto bits = field(map, "flags").bits;
    REQUIRE(bits.size() == 4);
    CHECK(bits[0].name == "relay");
    CHECK_FALSE(bits[0].has_value);
    CHECK(bits[2].low == 4);
    CHECK(bits[2].has_value);
    CHECK(bits[2].value == 1);
    CHECK(bits[2].name == "closed");
    CHECK(bits[3].width == 3);
    const auto parts = field(map, "history").parts;
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].type == value_type::raw);
    CHECK(parts[1].offset == 4);
    CHECK(parts[1].unit == "kWh");
    CHECK(is(parts[1].scale, "0.01"));
}

TEST_CASE("a recipe is a word a register, and says how it is verified")
{
    const auto loaded = load_profile(sound);
    REQUIRE(loaded.has_value());
    const auto map = loaded->view();
    REQUIRE(map.recipes.size() == 2);
    const write_recipe& open = map.recipes[0];
    CHECK(open.function == 6);
    CHECK(open.words[0].value == 0x0100);
    CHECK(open.verify_field == find_field(map, "force"));
    CHECK(open.verify_mask == 0xFF00);
    CHECK(open.verify_expected == 0x0100);
    CHECK(open.is_confirmed);
    const write_recipe& top_up = map.recipes[1];
    CHECK(top_up.purpose == write_recipe::purpose_type::top_up);
    CHECK(top_up.function == 0xAA);
    CHECK(top_up.amount_field == find_field(map, "amount"));
    CHECK(top_up.balance_field == find_field(map, "left"));
    CHECK(map.recipes[0].balance_field == meter::no_field);
    CHECK_FALSE(top_up.is_confirmed);
    std::vector<source> kinds;
    for (const auto& word : top_up.words) kinds.push_back(word.source);
    CHECK(kinds == std::vector<source>{source::current, source::current, source::current,
                                       source::amount, source::amount, source::sequence,
                                       source::current});
    CHECK(top_up.words[3].part == 0);
    CHECK(top_up.words[4].part == 1);
}

TEST_CASE("what a profile gave stays good when it is moved")
{
    auto loaded = load_profile(sound);
    REQUIRE(loaded.has_value());
    std::vector<meter_profile> kept;
    const auto before = loaded->view();
    kept.push_back(std::move(*loaded));
    for (int i = 0; i < 20; ++i) kept.emplace_back();
    const auto after = kept.front().view();
    CHECK(after.fields.data() == before.fields.data());
    CHECK(field(after, "flags").bits[2].name == "closed");
    CHECK(after.recipes[1].words.size() == 7);
    CHECK(after.models[0] == "A");
}

TEST_CASE("every fault of a register is told at its place")
{
    const auto wrong = check_fault;
    wrong("\"address\": 105,", "\"address\": 65536,", "/registers/0/address", "0 to 65535");
    wrong("\"address\": 105,", "\"address\": \"0xG\",", "/registers/0/address", "\"0x0500\"");
    wrong("\"address\": 105, \"type\": \"s16\"", "\"address\": 105, \"type\": \"int\"",
          "/registers/0/type", "u16");
    wrong("\"type\": \"s16\", \"scale_field\": \"W_SF\"",
          "\"type\": \"s16\", \"count\": 2, \"scale_field\": \"W_SF\"", "/registers/0/count",
          "1, for the type is s16");
    wrong("\"type\": \"bcd\", \"count\": 3", "\"type\": \"bcd\"", "/registers/4/count",
          "how many registers");
    wrong("\"type\": \"bcd\", \"count\": 3", "\"type\": \"bcd\", \"count\": 5",
          "/registers/4/count", "1 to 4");
    wrong("\"type\": \"bits\", \"count\": 1", "\"type\": \"bits\", \"count\": 3",
          "/registers/6/count", "1, 2 or 4");
    wrong("\"address\": \"0x0000\", \"type\": \"u32\"", "\"address\": 65535, \"type\": \"u32\"",
          "/registers/2/address", "2 registers end at 65535");
    wrong("\"type\": \"s16\" }", "\"type\": \"s16\", \"word_order\": \"low_first\" }",
          "/registers/1/word_order", "several registers");
    wrong("\"scale\": \"0.01\", \"unit\": \"kWh\", \"ratio\"",
          "\"scale\": 0.01, \"unit\": \"kWh\", \"ratio\"", "/registers/2/scale", "binary fraction");
    wrong("\"scale\": \"0.01\", \"unit\": \"kWh\", \"ratio\"",
          "\"scale\": \"0\", \"unit\": \"kWh\", \"ratio\"", "/registers/2/scale", "other than 0");
    wrong(" \"resolution\": \"0.1\",", "", "/registers/3/resolution", "a float has none");
    wrong("\"resolution\": \"0.1\"", "\"resolution\": \"0.2\"", "/registers/3/resolution",
          "power of ten");
    wrong("\"type\": \"s16\" }", "\"type\": \"s16\", \"resolution\": \"0.1\" }",
          "/registers/1/resolution", "only f32 and f64");
    wrong("\"sentinel\": \"0x8000\"", "\"sentinel\": \"0x18000\"", "/registers/0/sentinel",
          "at most 16 bits");
    wrong("[\"-300\", \"300.5\"]", "[\"300.5\", \"-300\"]", "/registers/0/valid", "lower");
    wrong("[\"-300\", \"300.5\"]", "[\"300.5\"]", "/registers/0/valid", "lowest and the highest");
    wrong("[\"-300\", \"300.5\"]", "[-300, \"300.5\"]", "/registers/0/valid/0", "string");
    wrong("42949672.96", "42949672.97", "/registers/2/capacity", "at most 42949672.96");
    wrong("42949672.96", "0", "/registers/2/capacity", "above 0");
    wrong("\"capacity\": \"42949672.96\"", "\"colour\": \"red\"", "/registers/2/colour",
          "no such key");
    wrong("\"name\": \"energy\"", "\"name\": \"1st\"", "/registers/2/name", "begins with a letter");
    wrong("\"role\": \"energy_total\"", "\"role\": \"energy\"", "/registers/2/role",
          "energy_total");
    wrong("\"unit\": \"kWh\", \"ratio\"", "\"unit\": \"kW\", \"ratio\"", "/registers/2/role",
          "Wh, kWh or MWh");
    wrong("\"role\": \"serial_number\"", "\"role\": \"purchase_count\"", "/registers/10/role",
          "/registers/4");
}

TEST_CASE("what is written is said to be writable, and nothing else is")
{
    const auto wrong = check_fault;
    wrong("\"access\": \"control\",\n      \"writable\": true }", "\"access\": \"control\" }",
          "/registers/5/writable", "true");
    wrong("\"access\": \"control\",\n      \"writable\": true }",
          "\"access\": \"control\", \"writable\": false }", "/registers/5/writable", "true");
    wrong("\"secret\": true, \"access\": \"control\"", "\"secret\": true", "/registers/5/writable",
          "control or money");
    wrong("\"type\": \"u16\", \"secret\"", "\"type\": \"u16\", \"function\": 4, \"secret\"",
          "/registers/5/writable", "functions 2 and 4");
}

TEST_CASE("registers are checked against each other")
{
    const auto wrong = check_fault;
    wrong("\"address\": 16, \"type\": \"bcd\"", "\"address\": 18, \"type\": \"bcd\"",
          "/registers/5/address", "number at /registers/4");
    wrong("\"name\": \"number\"", "\"name\": \"energy\"", "/registers/4/name", "/registers/2");
    wrong("\"scale_field\": \"W_SF\"", "\"scale_field\": \"V_SF\"", "/registers/0/scale_field",
          "the name of a register");
    wrong("\"scale_field\": \"W_SF\"", "\"scale_field\": \"energy\"", "/registers/0/scale_field",
          "type s16 or u16");
    wrong("\"address\": \"0x006A\"", "\"address\": \"0x00A6\"", "/registers/0/scale_field",
          "one request of 60");
    wrong("\"name\": \"W_SF\",", "\"name\": \"W_SF\", \"function\": 4,", "/registers/0/scale_field",
          "same function");
    wrong("\"address\": 21, \"type\": \"bits\"", "\"address\": 500, \"type\": \"bits\"",
          "/registers/6/address", "forbidden");
    wrong("\"address\": 21, \"type\": \"bits\"", "\"address\": 7000, \"type\": \"bits\"",
          "/registers/6/address", "record of 10");
    wrong("\"type\": \"record\", \"count\": 10", "\"type\": \"record\", \"count\": 12",
          "/registers/11/address", "record of 10");
}

TEST_CASE("all values of one scale factor must fit one request")
{
    const auto two = [](int address) {
        return with(sound, "{ \"name\": \"coil\"",
                    "{ \"name\": \"VA\", \"address\": " + std::to_string(address) +
                        ", \"type\": \"s16\", \"scale_field\": \"W_SF\" }, "
                        "{ \"name\": \"coil\"");
    };
    CHECK(faults_of(two(105 + 59)).empty());
    CHECK(faults_of(two(106 - 59)).empty());
    const auto behind = faults_of(two(105 + 60));
    REQUIRE(behind.size() == 1);
    CHECK(behind.front().path == "/registers/12/scale_field");
    CHECK(faults_of(with(two(47), "\"address\": 105", "\"address\": 107")).size() == 1);
    check_fault("\"registers_max\": 60", "\"registers_max\": 9", "/registers/11/count",
                "9 registers of one read");
}

TEST_CASE("records take one address each")
{
    const auto two = with(sound, "{ \"name\": \"coil\"",
                          "{ \"name\": \"history_2\", \"address\": \"0x1A01\", \"type\": "
                          "\"record\", \"count\": 10 }, { \"name\": \"coil\"");
    CHECK(faults_of(two).empty());
    check_fault("{ \"name\": \"coil\"",
                "{ \"name\": \"history_2\", \"address\": \"0x1A00\", \"type\": "
                "\"record\", \"count\": 10 }, { \"name\": \"coil\"",
                "/registers/12/address", "history");
}

TEST_CASE("bits and parts are checked")
{
    const auto wrong = check_fault;
    wrong("\"low\": 8, \"width\": 3", "\"low\": 4, \"width\": 3", "/registers/6/bits/1/low",
          "no other group");
    wrong("\"low\": 8, \"width\": 3", "\"low\": 14, \"width\": 3", "/registers/6/bits/1/width",
          "1 to 2");
    wrong("\"low\": 8, \"width\": 3", "\"low\": 16, \"width\": 3", "/registers/6/bits/1/low",
          "0 to 15");
    wrong("\"1\": \"closed\"", "\"2\": \"closed\"", "/registers/6/bits/0/values/2", "a value");
    wrong("\"1\": \"closed\"", "\"x\": \"closed\"", "/registers/6/bits/0/values/x", "decimal");
    wrong("\"offset\": 4, \"size\": 4", "\"offset\": 2, \"size\": 4",
          "/registers/11/parts/1/offset", "time");
    wrong("\"offset\": 4, \"size\": 4", "\"offset\": 18, \"size\": 4", "/registers/11/parts/1/size",
          "20 bytes");
    wrong("\"offset\": 4, \"size\": 4", "\"offset\": 4, \"size\": 2", "/registers/11/parts/1/size",
          "4 bytes");
    wrong("\"type\": \"u16\", \"role\"", "\"type\": \"u16\", \"bits\": [], \"role\"",
          "/registers/10/bits", "type bits");
}

TEST_CASE("functions 1 and 2 read single bits")
{
    const auto wrong = check_fault;
    wrong("\"address\": 3, \"type\": \"bits\", \"count\": 1",
          "\"address\": 3, \"type\": \"bits\", \"count\": 2", "/registers/12/count", "single bits");
    wrong("\"address\": 3, \"type\": \"bits\", \"count\": 1", "\"address\": 3, \"type\": \"u16\"",
          "/registers/12/type", "functions 1 and 2");
}

TEST_CASE("no list is longer than its limit")
{
    std::string parts;
    for (int i = 0; i <= 100; ++i) parts += "{}, ";
    check_fault("\"parts\": [ {", "\"parts\": [ " + parts + "{", "/registers/11/parts",
                "at most 100 parts");
    std::string groups;
    for (int i = 0; i <= 64; ++i) groups += "{}, ";
    check_fault("\"bits\": [ {", "\"bits\": [ " + groups + "{", "/registers/6/bits",
                "at most 64 groups");
    std::string states;
    for (int i = 0; i < 900; ++i) states += ", \"" + std::to_string(i) + "\": \"s\"";
    std::string registers;
    for (int i = 0; i < 5; ++i) {
        registers +=
            "{ \"name\": \"more_" + std::to_string(i) +
            "\", \"type\": \"bits\", \"count\": 1, \"address\": " + std::to_string(1000 + i) +
            ", \"bits\": [ { \"low\": 0, \"width\": 10, \"name\": \"x\", \"values\": { " +
            states.substr(2) + " } } ] }, ";
    }
    check_fault("{ \"name\": \"coil\"", registers + "{ \"name\": \"coil\"", "/registers/16/bits",
                "4000 names of bits");
}

TEST_CASE("a recipe that could go wrong is a fault")
{
    const auto wrong = check_fault;
    wrong("\"field\": \"force\"", "\"field\": \"farce\"", "/recipes/0/verify/field",
          "the name of a register");
    wrong("\"amount_field\": \"amount\"", "\"amount_field\": \"sum\"", "/recipes/1/amount_field",
          "the name of a register");
    wrong("\"amount_field\": \"amount\"", "\"amount_field\": \"sequence\"",
          "/recipes/1/amount_field", "u32 or s32");
    wrong("\"balance_field\": \"left\"", "\"balance_field\": \"right\"", "/recipes/1/balance_field",
          "the name of a register");
    wrong("\"balance_field\": \"left\", ", "", "/recipes/1/balance_field",
          "where the amount is to be seen");
    wrong("\"words\": [\"0x0100\"]", "\"words\": [\"0x0100\"], \"balance_field\": \"left\"",
          "/recipes/0/balance_field", "a relay has no balance");
    wrong("\"function\": 6", "\"function\": 3", "/recipes/0/function", "6, 16");
    wrong("\"words\": [\"0x0100\"]", "\"words\": [\"0x0100\", \"current\"]", "/recipes/0/words",
          "one word");
    wrong("\"address\": 22, \"words\"", "\"address\": 23, \"words\"", "/recipes/0/address",
          "which is none");
    wrong("\"address\": \"0x002D\"", "\"address\": \"0x002C\"", "/recipes/1/address",
          "word 3 goes to 47");
    wrong("\"sequence\", \"current\"]", "\"current\", \"current\"]", "/recipes/1/words",
          "without it, a purchase");
    wrong("\"words\": [\"0x0100\"]", "\"words\": [\"sequence\"]", "/recipes/0/words",
          "a relay has no amount");
    wrong("\"words\": [\"0x0100\"]", "\"words\": [\"0x0100\", \"present\"]", "/recipes/0/words/1",
          "current*N");
    wrong(",\n      \"verify\": { \"field\": \"force\", \"mask\": \"0xFF00\", \"equals\": "
          "\"0x0100\" }",
          "", "/recipes/0/verify", "cannot be verified");
    wrong("\"equals\": \"0x0100\"", "\"equals\": \"0x0101\"", "/recipes/0/verify/equals",
          "outside the mask");
    wrong("\"equals\": \"0x0100\"", "\"equals\": \"0x10100\"", "/recipes/0/verify/equals",
          "at most 16 bits");
    wrong(", \"equals\": \"0x0100\"", "", "/recipes/0/verify/equals", "when it was done");
    wrong("\"name\": \"top_up\"", "\"name\": \"open\"", "/recipes/1/name", "no other recipe");
}

TEST_CASE("areas and probes are checked")
{
    const auto wrong = check_fault;
    wrong("\"first\": 500, \"last\": 500", "\"first\": 501, \"last\": 500", "/areas/1",
          "lower address");
    wrong("\"first\": 500, \"last\": 500", "\"first\": 7000, \"last\": 7001", "/areas/1",
          "shares no address");
    wrong(",\n               \"record_registers\": 10", "", "/areas/0/record_registers",
          "registers of a record");
    wrong("\"count\": 2, \"text\"", "\"count\": 61, \"text\"", "/probes/0/count", "1 to 60");
    wrong("\"text\": \"iEM3\"", "\"text\": \"iEM3155\"", "/probes/0/text", "at most 4 bytes");
    wrong("\"bytes\": \"53 75\"", "\"bytes\": \"53 75\", \"text\": \"a\"", "/probes/1/text",
          "either");
    wrong("\"bytes\": \"53 75\", \"mask\": \"FF0F\"", "\"bytes\": \"53 75 6E 53 00\"",
          "/probes/1/bytes", "at most the 4 bytes");
    wrong("\"mask\": \"FF0F\"", "\"mask\": \"FF\"", "/probes/1/mask", "as many bytes");
    wrong("\"bytes\": \"53 75\"", "\"bytes\": \"53 7\"", "/probes/1/bytes", "hexadecimal");
}

TEST_CASE("the head of a profile is checked")
{
    const auto wrong = check_fault;
    wrong("wattpurse-profile/1", "wattpurse-profile/2", "/format", "wattpurse-profile/1");
    wrong("\"name\": \"ours\"", "\"name\": \"Ours\"", "/name", "a-z");
    wrong("\"status\": \"confirmed\"", "\"status\": \"sure\"", "/status", "unconfirmed");
    wrong("\"sources\": [\"s\"]", "\"sources\": []", "/sources", "1 to 100");
    wrong("\"parity\": \"E\"", "\"parity\": \"M\"", "/serial/parity", "N, E or O");
    wrong("\"unit\": 5", "\"unit\": 248", "/serial/unit", "1 to 247");
    wrong("\"registers_max\": 60", "\"registers_max\": 126", "/registers_max", "1 to 125");
    wrong("\"registers_max\": 60", "\"sunspec_model\": 203, \"registers_max\": 60",
          "/sunspec_model", "\"base\": \"sunspec\"");
    wrong("\"registers_max\": 60", "\"base\": \"sunspec\", \"registers_max\": 60", "/sunspec_model",
          "SunSpec model");
    wrong("\"notes\": [\"n\"]", "\"remarks\": [\"n\"]", "/remarks", "no such key");
    wrong("\"latency_ms\": 20", "\"latency_ms\": 20, \"latency_ms\": 30", "/latency_ms", "once");
}

TEST_CASE("all faults come at once, each with what stands there")
{
    auto text = with(sound, "\"address\": 105", "\"address\": \"here\"");
    text = with(text, "\"resolution\": \"0.1\",", "");
    text = with(text, "\"parity\": \"E\"", "\"parity\": 8");
    text = with(text, "\"function\": 6,", "");
    text = with(text, "\"unconfirmed\", \"note\"", "[], \"note\"");
    const auto found = faults_of(text);
    std::vector<std::string> lines;
    for (const fault& each : found) lines.push_back(each.path + " " + each.value);
    std::sort(lines.begin(), lines.end());
    REQUIRE(lines.size() == 5);
    CHECK(lines == std::vector<std::string>{
                       "/recipes/0/function (missing)", "/recipes/1/status an empty array",
                       "/registers/0/address \"here\"", "/registers/3/resolution (missing)",
                       "/serial/parity 8"});
}

TEST_CASE("what depends on a faulty register makes no fault of its own")
{
    check_fault("\"name\": \"W_SF\"", "\"name\": \"\"", "/registers/1/name", "the register");
    check_fault("\"address\": \"0x0030\"", "\"address\": -1", "/registers/8/address", "an address");
}

TEST_CASE("no file is too large, too deep or too odd")
{
    const std::string one = "{ \"name\": \"a\", \"address\": 0, \"type\": \"u16\" },";
    std::string many;
    for (int i = 0; i < 2001; ++i) many += one;
    many.pop_back();
    const auto found =
        faults_of(with(sound, "\"registers\": [", "\"registers\": [" + many + "], \"x\": ["));
    CHECK(std::any_of(found.begin(), found.end(), [](const fault& each) {
        return each.path == "/registers" && each.expected == "1 to 2000 registers";
    }));
    for (const char* text : {"", "{", "[]", "null", "{}", "\"\"", "{\"protocol\": \"modbus\"}"}) {
        CHECK_FALSE(faults_of(text).empty());
    }
    CHECK(faults_of("{").front().path.find("line 1") != std::string::npos);
}
