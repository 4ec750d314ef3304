// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/item.hpp>

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using adapter::json::load_catalogue;
using adapter::json::user_catalogue;

namespace {

const std::string sound = R"({
  "format": "wattpurse-catalogue/1", "name": "ours", "describe": "for tests",
  "identifiers": [
    { "edition": "2007", "id": "028011FF", "layout": "balance:XXXXXX.XX[currency] hex*",
      "name": "status", "name_zh": "z", "access": "push", "axes": "", "family": "vendor",
      "confirmed": true, "secret": false, "source": "s", "note": "n" },
    { "edition": "2007", "id": "02FE{01..03}00", "layout": "bits1=park", "name": "word",
      "axes": "1:phase" },
    { "edition": "1997", "id": "E0F{1..4}", "layout": "NN", "name": "one", "access": "rw" }
  ],
  "bits": { "park": [ { "low": 4, "width": 1, "name": "relay", "values": { "0": "closed" } },
                      { "low": 5, "width": 2, "name": "mode" } ] }
})";

std::string with(std::string text, std::string_view old_part, std::string_view new_part)
{
    const auto at = text.find(old_part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old_part.size(), new_part);
}

std::vector<fault> faults_of(const std::string& text)
{
    auto loaded = load_catalogue(text);
    return loaded ? std::vector<fault>{} : loaded.error();
}

std::vector<std::string> paths_of(const std::string& text)
{
    std::vector<std::string> paths;
    for (const fault& each : faults_of(text)) {
        CHECK_FALSE(each.expected.empty());
        paths.push_back(each.path);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string file_text(const std::string& path)
{
    std::ifstream file{std::string{WATTPURSE_SOURCE_DIR} + path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string name(const user_catalogue& loaded, edition which, std::uint32_t id,
                 language tongue = language::english)
{
    return std::string{name_of(loaded.view(), which, id, tongue).view()};
}

}  // namespace

TEST_CASE("the example in the tree loads and stands over the standard catalogue")
{
    const auto loaded = load_catalogue(file_text("/share/catalogues/example_vendor.json"));
    REQUIRE(loaded.has_value());
    CHECK(name(*loaded, edition::y2007, 0x02FE0200) == "terminal temperature, phase B");
    CHECK(name(*loaded, edition::y2007, 0x02FE0200, language::chinese) == "端子温度，B相");
    CHECK(name(*loaded, edition::y1997, 0xE0F2) == "price, tariff 2");
    CHECK(name(*loaded, edition::y2007, 0x00010000) == "forward active energy, total");
    CHECK(loaded->view().find(edition::y2007, 0x04FE0001)->secret);
    CHECK(loaded->view().find(edition::y2007, 0x02FE0400) == nullptr);
    CHECK(loaded->view().bits("example_status").size() == 10);
    CHECK(!loaded->view().bits("status_3").empty());
}

TEST_CASE("values are read and written with a layout of the file")
{
    const auto loaded = load_catalogue(file_text("/share/catalogues/example_vendor.json"));
    REQUIRE(loaded.has_value());
    const catalogue all = loaded->view();
    const catalogue_row* const row = all.find(edition::y2007, 0x02FE00FF);
    REQUIRE(row != nullptr);
    CHECK(row->shape.fixed == 1 + 4 + 4 * 6 + 6);
    std::vector<std::uint8_t> data(row->shape.fixed);
    field_writer writer{*row, data};
    CHECK(writer.put_bits(3).has_value());
    CHECK(writer.put_text("12.50").has_value());
    for (int i = 0; i < 4; ++i) {
        CHECK(writer.put_number(5883).has_value());
        CHECK(writer.put_moment(moment::of({2026, 1, 1, 8, 0, 0})).has_value());
    }
    CHECK(writer.put_missing().has_value());
    CHECK(writer.finish().value() == data.size());
    field_reader reader{*row, data};
    field_value value;
    std::string text;
    while (reader.next(value) == field_reader::step::field) {
        text += value.missing ? "- " : std::string{text_of(value).value().view()} + " ";
        if (value.what.kind == field_kind::bits) {
            const bit_name* const why = state_of(all, value.what.set, "why", value.raw);
            REQUIRE(why != nullptr);
            CHECK(why->name == "no money");
        }
    }
    CHECK(text == "03 12.50 0.5883 08:00 0.5883 08:00 0.5883 08:00 0.5883 08:00 - ");
}

TEST_CASE("the catalogue of a file may be moved, and has what the file says")
{
    auto first = load_catalogue(sound);
    REQUIRE(first.has_value());
    user_catalogue moved = std::move(*first);
    std::vector<user_catalogue> several;
    several.push_back(std::move(moved));
    several.emplace_back();
    several.emplace_back();
    const catalogue all = several.front().view();
    const catalogue_row* const row = all.find(edition::y2007, 0x028011FF);
    REQUIRE(row != nullptr);
    CHECK(several.front().name() == "ours");
    CHECK(row->name == "status");
    CHECK(row->name_zh == "z");
    CHECK(row->source == "s");
    CHECK(row->note == "n");
    CHECK(row->access == access_kind::push);
    CHECK(row->confirmed);
    CHECK(row->first().name == "balance");
    CHECK(all.find(edition::y1997, 0xE0F4)->access == access_kind::read_write);
    CHECK(all.find(edition::y2007, 0x02FE0100)->access == access_kind::read);
    CHECK(all.find(edition::y2007, 0x02FE0100)->family == item_family::vendor);
    CHECK(all.rows().size() == 3);
    CHECK(several.back().view().find(edition::y2007, 0x00010000) != nullptr);
}

TEST_CASE("an identifier of the file stands before that of the standard catalogue")
{
    const auto loaded = load_catalogue(with(sound, "028011FF", "0001{00..3F}{00..0C}"));
    REQUIRE(loaded.has_value());
    CHECK(name(*loaded, edition::y2007, 0x00010000) == "status");
    CHECK(name(*loaded, edition::y2007, 0x0001FF00) == "forward active energy, total and tariffs");
}

TEST_CASE("what is named and needed may not be absent, and the rest may")
{
    CHECK(load_catalogue(R"({"format": "wattpurse-catalogue/1", "name": "n",
                             "identifiers": []})"));
    CHECK(paths_of("{}") ==
          std::vector<std::string>{"/format", "/identifiers", "/name"});
    CHECK(paths_of(with(sound, R"({ "edition": "1997", "id": "E0F{1..4}", "layout": "NN", )"
                               R"("name": "one", "access": "rw" })",
                        "{}")) ==
          std::vector<std::string>{"/identifiers/2/edition", "/identifiers/2/id",
                                   "/identifiers/2/layout", "/identifiers/2/name"});
}

TEST_CASE("one wrong member is one fault at its path")
{
    const std::string long_name(97, 'n');
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> rows = {
        {{R"("wattpurse-catalogue/1")", R"("wattpurse-catalogue/2")"}, "/format"},
        {{R"("ours")", R"("")"}, "/name"},
        {{R"("edition": "2007")", R"("edition": 2007)"}, "/identifiers/0/edition"},
        {{R"("1997")", R"("1998")"}, "/identifiers/2/edition"},
        {{R"("028011FF")", R"("028011")"}, "/identifiers/0/id"},
        {{R"("028011FF")", R"("0280{11..10}FF")"}, "/identifiers/0/id"},
        {{R"("E0F{1..4}")", R"("E0F100")"}, "/identifiers/2/id"},
        {{R"("NN")", R"("NM")"}, "/identifiers/2/layout"},
        {{R"("NN")", R"("")"}, "/identifiers/2/layout"},
        {{R"("NN")", R"(["NN"])"}, "/identifiers/2/layout"},
        {{R"("balance:XXXXXX.XX[currency] hex*")", R"("balance:XXXXXX.XX[currency]*n hex*")"},
         "/identifiers/0/layout"},
        {{R"("bits1=park")", R"("bits1=parc")"}, "/identifiers/1/layout"},
        {{R"("name": "one")", R"("name": ")" + long_name + '"'}, "/identifiers/2/name"},
        {{R"("name_zh": "z")", R"("name_zh": ")" + long_name + '"'}, "/identifiers/0/name_zh"},
        {{R"("source": "s")", R"("source": ")" + long_name + '"'}, "/identifiers/0/source"},
        {{R"("note": "n")", R"("note": 1)"}, "/identifiers/0/note"},
        {{R"("rw")", R"("wr")"}, "/identifiers/2/access"},
        {{R"("1:phase")", R"("4:phase")"}, "/identifiers/1/axes"},
        {{R"("1:phase")", R"("1:phase,0:record")"}, "/identifiers/1/axes"},
        {{R"("vendor")", R"("seller")"}, "/identifiers/0/family"},
        {{"true", R"("yes")"}, "/identifiers/0/confirmed"},
        {{R"("secret": false)", R"("secret": 0)"}, "/identifiers/0/secret"},
        {{R"("note")", R"("remark")"}, "/identifiers/0/remark"},
        {{R"("02FE{01..03}00")", R"("0280{00..20}FF")"}, "/identifiers/1/id"},
        {{R"("low": 4)", R"("low": 128)"}, "/bits/park/0/low"},
        {{R"("low": 4)", R"("low": "4")"}, "/bits/park/0/low"},
        {{R"("low": 4, )", ""}, "/bits/park/0/low"},
        {{R"("low": 4)", R"("low": 5)"}, "/bits/park/1/low"},
        {{R"("width": 2)", R"("width": 0)"}, "/bits/park/1/width"},
        {{R"("relay")", R"("")"}, "/bits/park/0/name"},
        {{R"({ "0": "closed" })", R"({ "2": "closed" })"}, "/bits/park/0/values/2"},
        {{R"({ "0": "closed" })", R"({ "0": 1 })"}, "/bits/park/0/values/0"},
        {{R"({ "0": "closed" })", R"({ "0": { "name": "c", "nome": "d" } })"},
         "/bits/park/0/values/0/nome"},
        {{R"({ "0": "closed" })", R"(["closed"])"}, "/bits/park/0/values"},
        {{R"("park": [)", R"("more": [], "park": [)"}, "/bits/more"},
        {{R"("park": [)", R"("More": [{ "low": 0, "name": "a" }], "park": [)"}, "/bits/More"},
        {{R"("describe")", R"("description")"}, "/description"},
        {{R"("name": "ours")", R"("name": "ours", "name": "theirs")"}, "/name"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.first.first);
        CAPTURE(row.first.second);
        CHECK(paths_of(with(sound, row.first.first, row.first.second)) ==
              std::vector<std::string>{row.second});
    }
}

TEST_CASE("all faults come at once, and none that only follow from another")
{
    std::string text = with(sound, R"("ours")", "1");
    text = with(text, "028011FF", "028011FG");
    text = with(text, "bits1=park", "bits1=park bits2=nowhere");
    text = with(text, R"("low": 4)", R"("low": -1)");
    text = with(text, R"("rw")", R"("rwx")");
    CHECK(paths_of(text) == std::vector<std::string>{"/bits/park/0/low", "/identifiers/0/id",
                                                     "/identifiers/1/layout",
                                                     "/identifiers/2/access", "/name"});
}

TEST_CASE("a fault of a layout names the character, an overlap the other identifier")
{
    const auto layout = faults_of(with(sound, R"("NN")", R"("NN XX*0")"));
    REQUIRE(layout.size() == 1);
    CHECK(layout[0].value == R"("NN XX*0")");
    CHECK(layout[0].expected == "at character 7: a count of 1 to 999, or n");
    const auto overlap = faults_of(with(sound, "02FE{01..03}00", "0280{00..20}FF"));
    REQUIRE(overlap.size() == 1);
    CHECK(overlap[0].value == R"("0280{00..20}FF")");
    CHECK(overlap[0].expected.find("/identifiers/0") != std::string::npos);
}

TEST_CASE("limits are faults, not crashes")
{
    std::string many = R"({"format": "wattpurse-catalogue/1", "name": "n", "identifiers": [)";
    for (int i = 0; i < 2001; ++i) many += i == 0 ? "1" : ",1";
    many += "]}";
    CHECK(paths_of(many) == std::vector<std::string>{"/identifiers"});
    std::string wide = R"({"format": "wattpurse-catalogue/1", "name": "n", "identifiers": [)";
    for (int i = 0; i < 200; ++i) {
        const std::string hundreds = std::to_string(i / 100);
        const std::string rest = std::to_string(100 + i % 100).substr(1);
        wide += std::string{i == 0 ? "" : ","} + R"({"edition": "2007", "id": "0)" + hundreds +
                "{00..03}{00..FF}" + rest + R"(", "layout": "NN", "name": "w"})";
    }
    const auto loaded = load_catalogue(wide + "]}");  // too many for an index
    REQUIRE(loaded.has_value());
    CHECK(name(*loaded, edition::y2007, 0x0102FF42) == "w");
    CHECK(name(*loaded, edition::y2007, 0x0104FF42).empty());
}

TEST_CASE("a text that is no JSON, or no object, is one fault")
{
    CHECK(faults_of("{\"format\": ").size() == 1);
    CHECK(faults_of("").size() == 1);
    CHECK(faults_of("[]").size() == 1);
}
