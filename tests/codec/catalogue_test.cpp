// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/codec/dlt645/catalogue_text.hpp>
#include <wattpurse/codec/dlt645/describe.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;

namespace {

using step = table_reader::step;

constexpr std::string_view head =
    "id,layout,access,axes,family,name,name_zh,confirmed,source,note\n";

/// The faults of a table of identifiers as "line column: what was expected".
std::vector<std::string> faults_of(edition which, std::string_view text)
{
    std::vector<std::string> out;
    row_reader reader{which, text};
    catalogue_row row;
    for (auto found = reader.next(row); found != step::end; found = reader.next(row)) {
        if (found == step::fault) {
            const catalogue_fault& fault = reader.fault();
            out.push_back(std::to_string(fault.line) + " " + std::string{fault.column} + ": " +
                          std::string{fault.expected});
        }
    }
    return out;
}

std::vector<std::string> faults_of_rows(const std::string& rows)
{
    return faults_of(edition::y2007, std::string{head} + rows);
}

/// What stands before the colon of the only fault.
std::string fault_place(const std::string& rows)
{
    const auto faults = faults_of_rows(rows);
    return faults.size() == 1 ? faults[0].substr(0, faults[0].find(':'))
                              : std::to_string(faults.size()) + " faults";
}

catalogue_row row(edition which, const char* ids, const char* layout, const char* name)
{
    catalogue_row out;
    out.ids = id_pattern::parse(which, ids).value();
    out.layout = layout;
    out.shape = check_layout(layout).value();
    out.name = name;
    return out;
}

std::string pattern_of(const catalogue_row& found) { return std::string{found.name}; }

}  // namespace

TEST_CASE("no line of the standard catalogue is faulty")
{
    for (const edition which : {edition::y2007, edition::y1997}) {
        for (const std::string& fault : faults_of(which, standard_identifiers(which))) {
            FAIL_CHECK((which == edition::y2007 ? "dlt645_2007.csv:" : "dlt645_1997.csv:")
                       << fault);
        }
    }
    bit_reader reader{standard_bits()};
    bit_name name;
    for (auto found = reader.next(name); found != step::end; found = reader.next(name)) {
        if (found == step::fault) {
            FAIL_CHECK("dlt645_bits.csv:" << reader.fault().line << " " << reader.fault().column
                                          << ": " << reader.fault().expected);
        }
    }
}

TEST_CASE("the standard catalogue fits its storage, with rows to spare, and has an index")
{
    const catalogue& all = standard_catalogue();
    CHECK(all.rows().size() > 600);
    CHECK(all.rows().size() <= 2048);
    CHECK(index_sizes_of(all.rows()).slots <= 16384);
    CHECK(index_sizes_of(all.rows()).wide <= 16);
    CHECK(&all == &standard_catalogue());
    std::uint64_t identifiers = 0;
    for (const catalogue_row& each : all.rows()) identifiers += each.ids.count();
    MESSAGE(all.rows().size(), " rows, ", identifiers, " identifiers");
    CHECK(identifiers > 20'286);  // what the best peer has
}

TEST_CASE("no identifier of the standard catalogue is described twice")
{
    const auto rows = standard_catalogue().rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (rows[i].ids.overlaps(rows[k].ids)) {
                FAIL_CHECK(rows[i].name << " and " << rows[k].name << " at "
                                        << rows[i].ids.first());
            }
        }
    }
}

TEST_CASE("every identifier of every row is found, and found by no other row")
{
    const catalogue& all = standard_catalogue();
    const catalogue plain{all.rows(), {}};  // without index: one row after the other
    for (const catalogue_row& each : all.rows()) {
        for (std::uint64_t k = 0; k < each.ids.count(); ++k) {
            const std::uint32_t id = each.ids.nth(k);
            if (all.find(each.which(), id) != &each) FAIL_CHECK(each.name << " " << id);
        }
        CHECK(plain.find(each.which(), each.ids.last()) == &each);
    }
    CHECK(all.find(edition::y2007, 0x12345678) == nullptr);
    CHECK(all.find(edition::y2007, 0x0001400D) == nullptr);
    CHECK(all.find(edition::y2007, 0x9010) == nullptr);
    CHECK(all.find(edition::y1997, 0x00010000) == nullptr);
    CHECK(all.find(edition::y1997, 0x00019010) == nullptr);
    CHECK(all.find(edition::y1997, 0xFFFFFFFF) == nullptr);
    CHECK(all.find(edition::y2007, 0xFFFFFFFF) == nullptr);
}

TEST_CASE("every set of bits that a layout names is there, and every set is named")
{
    std::set<std::string> named;
    for (const catalogue_row& each : standard_catalogue().rows()) {
        layout_walker walker{each.layout, layout_walker::mode::once};
        while (walker.next(true) == layout_walker::step::field) {
            const field& what = walker.what();
            if (what.set.empty()) continue;
            named.insert(std::string{what.set});
            const auto names = standard_catalogue().bits(what.set);
            if (names.empty()) FAIL_CHECK(each.name << " needs the set " << what.set);
            for (const bit_name& bit : names) {
                const bool fits = bit.low + bit.width <= 8 * what.size;
                if (!fits) FAIL_CHECK(what.set << " bit " << int{bit.low});
            }
        }
    }
    bit_reader reader{standard_bits()};
    bit_name name;
    while (reader.next(name) == step::row) {
        if (named.count(std::string{name.set}) == 0) FAIL_CHECK(name.set << " is of no layout");
    }
}

TEST_CASE("every name is whole, in both languages, and its axes are of places that vary")
{
    for (const catalogue_row& each : standard_catalogue().rows()) {
        for (const std::uint32_t id : {each.ids.first(), each.ids.last()}) {
            for (const language tongue : {language::english, language::chinese}) {
                const name_text name = name_of(standard_catalogue(), each.which(), id, tongue);
                CHECK(!name.empty());
                if (name.is_cut()) FAIL_CHECK(each.name << " is too long");
            }
        }
        CHECK(!each.name_zh.empty());
        CHECK(!each.source.empty());
        if (each.access == access_kind::security) CHECK(each.secret);
    }
    CHECK(standard_catalogue().find(edition::y2007, 0x04000C01)->secret);
    CHECK(standard_catalogue().find(edition::y1997, 0xC212)->secret);
    CHECK(!standard_catalogue().find(edition::y2007, 0x04001006)->secret);
}

TEST_CASE("names in words, in both languages")
{
    const auto name = [](std::uint32_t id, language tongue = language::english) {
        return std::string{name_of(standard_catalogue(), edition::y2007, id, tongue).view()};
    };
    CHECK(name(0x0001FF00) == "forward active energy, total and tariffs");
    CHECK(name(0x000101FF) == "forward active energy, tariff 1, now and settlement days");
    CHECK(name(0x04030003) == "public holiday 3");
    CHECK(name(0x04000C01) == "password, level 0");
    CHECK(name(0x12345678).empty());
    CHECK(name(0x00010203, language::chinese) == "正向有功电能，费率2，上3结算日");
    CHECK(name(0x0001FF00, language::chinese) == "正向有功电能，总及各费率");
    CHECK(name(0x02010200, language::chinese) == "电压，B相");
    CHECK(name(0x12345678, language::chinese).empty());
    catalogue_row bare = row(edition::y2007, "0201{01..03}00", "XXX.X", "voltage");
    bare.axes = "1:phase";
    CHECK(name_of(bare, 0x02010300, language::chinese).view() == "voltage, phase C");
}

TEST_CASE("bits have names and states")
{
    const catalogue& all = standard_catalogue();
    const auto open = bytes_of("5000");  // bits 4 and 6
    const bit_name* const relay = state_of(all, "status_3", "relay", open);
    REQUIRE(relay != nullptr);
    CHECK(relay->name == "open");
    CHECK(state_of(all, "status_3", "relay", bytes_of("0000"))->name == "closed");
    CHECK(state_of(all, "status_3", "no such group", open) == nullptr);
    CHECK(state_of(all, "no such set", "relay", open) == nullptr);
    std::size_t groups = 0;
    for_each_bits(all, "status_3", open, [&](const named_bits& found) {
        CHECK(found.value < 1U << found.group->width);
        ++groups;
    });
    CHECK(groups >= 4);
    CHECK(bits_of(bytes_of("3412"), 4, 8) == 0x23);
    CHECK(bits_of(bytes_of("3412"), 12, 8) == 0x01);  // beyond the end: 0
    CHECK(bits_of(bytes_of("FFFFFFFFFF"), 0, 40) == 0xFFFFFFFF);
}

TEST_CASE("a catalogue on top of another covers what it has itself")
{
    const std::array rows = {row(edition::y2007, "028011FF", "hex*", "a vendor's block"),
                             row(edition::y2007, "0001{00..3F}00", "hex4", "mine"),
                             row(edition::y1997, "901{0..E}", "hex4", "mine of 1997")};
    const std::array bits = {bit_name{"status_3", 0, 1, -1, "mine", ""},
                             bit_name{"other", 0, 1, -1, "a", ""},
                             bit_name{"other", 1, 1, -1, "b", ""}};
    std::array<catalogue_index::slot, 256> slots;
    std::array<std::uint16_t, 1> wide{};
    const auto index = build_index(rows, slots, wide);
    REQUIRE(index.has_value());
    for (const catalogue& all : {catalogue{rows, bits, &standard_catalogue()},
                                 catalogue{rows, bits, &standard_catalogue(), *index}}) {
        CHECK(pattern_of(*all.find(edition::y2007, 0x028011FF)) == "a vendor's block");
        CHECK(pattern_of(*all.find(edition::y2007, 0x00010000)) == "mine");
        CHECK(pattern_of(*all.find(edition::y2007, 0x00010001)) == "forward active energy");
        CHECK(pattern_of(*all.find(edition::y1997, 0x9010)) == "mine of 1997");
        CHECK(pattern_of(*all.find(edition::y1997, 0x901F)) == "forward active energy");
        CHECK(all.find(edition::y2007, 0x12345678) == nullptr);
        CHECK(all.bits("status_3").size() == 1);
        CHECK(all.bits("other").size() == 2);
        CHECK(all.bits("status_1").size() > 1);
        CHECK(all.bits("nowhere").empty());
        CHECK(all.bits("").empty());
    }
}

TEST_CASE("rows of very many identifiers are found without a slot for each")
{
    const std::array rows = {
        row(edition::y2007, "{0E..0F}{00..FF}{00..FF}{00..FF}", "hex*", "wide"),
        row(edition::y2007, "0E000000", "hex*", "narrow")};
    const index_sizes sizes = index_sizes_of(rows);
    CHECK(sizes.wide == 1);
    CHECK(sizes.slots <= 2);
    std::array<catalogue_index::slot, 4> slots;
    std::array<std::uint16_t, 1> wide{};
    const catalogue all{rows, {}, nullptr, build_index(rows, slots, wide).value()};
    CHECK(pattern_of(*all.find(edition::y2007, 0x0FFFFFFF)) == "wide");
    CHECK(pattern_of(*all.find(edition::y2007, 0x0E000000)) == "narrow");
    CHECK(all.find(edition::y2007, 0x10000000) == nullptr);
    CHECK(build_index(rows, slots, {}).error() == errc::buffer_too_small);
    CHECK(build_index(rows, std::span{slots}.first(3), wide).error() == errc::buffer_too_small);
    CHECK(build_index(rows, {}, wide).error() == errc::buffer_too_small);
}

TEST_CASE("a faulty line is found by its number and column")
{
    const std::string good = "00010000,XXXXXX.XX[kWh],r,,energy,name,zh,yes,P07,\n";
    CHECK(faults_of_rows("").empty());
    CHECK(faults_of_rows(good + good).empty());
    CHECK(faults_of_rows(good.substr(0, good.size() - 1)).empty());  // no newline at the end
    CHECK(faults_of_rows("00010000,\"XX a:XX\",r,,energy,\"a, b\",zh,yes,P07,\"a\nb\"\n").empty());
    CHECK(faults_of_rows("00010000,XX,r,,energy,name,zh,yes,P07,\r\n").empty());
    CHECK(fault_place(good + "000100,XX,r,,energy,name,zh,yes,P07,\n") == "3 id");
    CHECK(fault_place("00010000,XY,r,,energy,name,zh,yes,P07,\n" + good) == "2 layout");
    CHECK(fault_place("00010000,XX,R,,energy,name,zh,yes,P07,\n") == "2 access");
    CHECK(fault_place("00010000,XX,r,4:tariff,energy,name,zh,yes,P07,\n") == "2 axes");
    CHECK(fault_place("00010000,XX,r,1:tariff 1:phase,energy,n,zh,yes,P07,\n") == "2 axes");
    CHECK(fault_place("00010000,XX,r,1:tarif,energy,name,zh,yes,P07,\n") == "2 axes");
    CHECK(fault_place("00010000,XX,r,,power,name,zh,yes,P07,\n") == "2 family");
    CHECK(fault_place("00010000,XX,r,,energy,,zh,yes,P07,\n") == "2 name");
    CHECK(fault_place("00010000,XX,r,,energy,name,zh,perhaps,P07,\n") == "2 confirmed");
    CHECK(fault_place("00010000,XX,r,,energy,name,zh,yes,P07\n") == "2 ");
    CHECK(fault_place("00010000,XX,r,,energy,name,zh,yes,P07,,\n") == "2 ");
    CHECK(fault_place("00010000,XX,r,,energy,\"name,zh,yes,P07,\n") == "2 ");
    CHECK(fault_place("00010000,XX,r,,energy,\"a\nb\",zh,yes,P07,\n"
                      "00010000,XX,x,,energy,name,zh,yes,P07,\n") == "4 access");
    CHECK(faults_of(edition::y2007, "id,layout\n" + good).size() == 1);
    CHECK(faults_of(edition::y2007, "").size() == 1);
    CHECK(faults_of(edition::y1997, std::string{head} + good).size() == 1);  // eight digits
    CHECK(fault_place("0001000X,XX,r,,energy,name,zh,yes,P07,\n" + good +
                      "00010000,XX,r,,energy,name,zh,no,P07,\n") == "2 id");
}

TEST_CASE("a faulty line of bits is found by its number and column")
{
    const auto fault = [](const std::string& line) {
        const std::string text = "set,low,width,value,name,name_zh\n" + line;
        bit_reader reader{text};
        bit_name name;
        const auto found = reader.next(name);
        return found == step::fault ? std::string{reader.fault().column} : "none";
    };
    CHECK(fault("status_3,4,1,,relay,zh") == "none");
    CHECK(fault("status_3,8,2,3,money,zh") == "none");
    CHECK(fault("Status,4,1,,relay,zh") == "set");
    CHECK(fault("status_3,128,1,,relay,zh") == "low");
    CHECK(fault("status_3,,1,,relay,zh") == "low");
    CHECK(fault("status_3,4,0,,relay,zh") == "width");
    CHECK(fault("status_3,4,33,,relay,zh") == "width");
    CHECK(fault("status_3,4,1,2,relay,zh") == "value");
    CHECK(fault("status_3,4,1,-1,relay,zh") == "value");
    CHECK(fault("status_3,4,1,,,zh") == "name");
    CHECK(fault("status_3,4,1,,relay") == "");
}
