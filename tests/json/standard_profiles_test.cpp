// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <wattpurse/adapter/json/profile.hpp>

#include "profiles.hpp"

using namespace wattpurse;
using namespace wattpurse::profiles;
using adapter::json::find_profile;
using adapter::json::load_profile;
using adapter::json::standard_profiles;
using meter::find_field;
using meter::write_recipe;

TEST_CASE("every profile of the library loads, under the name of its file")
{
    std::size_t registers = 0;
    std::set<std::string> names;
    for (const auto& each : standard_profiles()) {
        CAPTURE(each.name);
        const auto kind = load_profile(each.text);
        REQUIRE(kind.has_value());
        names.emplace(each.name);
        const bool is_modbus = kind->is_modbus();
        CHECK((is_modbus ? std::string{kind->name()} : "dlt645_" + std::string{kind->name()}) ==
              each.name);
        registers += kind->view().fields.size();
        if (!is_modbus) continue;
        CHECK(find_field(kind->view(), meter::role::energy_total) != meter::no_field);
    }
    CHECK(names.size() == standard_profiles().size());
    // The 24 maps of the sources, and the single-phase part of one of them.
    CHECK(registers == 1102 + 83);
}

TEST_CASE("the DL/T 645 profile is the one that is compiled in")
{
    for (const char* name : {"dlt645_single_phase_prepaid", "single_phase_prepaid"}) {
        const auto kind = standard(name);
        CHECK(kind.protocol() == adapter::json::profile_protocol::dlt645);
        const meter::profile& loaded = kind.dlt645();
        const meter::profile& own = meter::single_phase_prepaid;
        CHECK(loaded.name == own.name);
        CHECK(loaded.tariff_count == own.tariff_count);
        CHECK(loaded.energy_block == own.energy_block);
        CHECK(loaded.freeze_time == own.freeze_time);
        CHECK(loaded.freeze_energy == own.freeze_energy);
        CHECK(loaded.freeze_depth == own.freeze_depth);
        CHECK(loaded.date == own.date);
        CHECK(loaded.time == own.time);
        CHECK(loaded.status_word_3 == own.status_word_3);
        CHECK(loaded.remaining_money == own.remaining_money);
        CHECK(loaded.register_capacity == own.register_capacity);
        CHECK(loaded.power_max == own.power_max);
        CHECK(loaded.read_timeout == own.read_timeout);
        CHECK(loaded.control_timeout == own.control_timeout);
        CHECK(loaded.read_attempts == own.read_attempts);
        CHECK(loaded.control_attempts == own.control_attempts);
    }
}

TEST_CASE("each member of a DL/T 645 profile is read from the file, not taken for granted")
{
    std::string text;
    for (const auto& each : standard_profiles()) {
        if (each.name.starts_with("dlt645_")) text = each.text;
    }
    REQUIRE_FALSE(text.empty());
    text = with(text, "\"tariff_count\": 4", "\"tariff_count\": 8");
    text = with(text, "\"0001FF00\"", "\"0002ff00\"");
    text = with(text, "\"register_capacity\": \"1000000\"", "\"register_capacity\": \"99.5\"");
    text = with(text, "\"power_max\": \"13.2\"", "\"power_max\": \"6.6\"");
    text = with(text, "\"read_timeout_ms\": 1500", "\"read_timeout_ms\": 900");
    text = with(text, "\"control_attempts\": 3", "\"control_attempts\": 5");
    const auto kind = load_profile(text);
    REQUIRE(kind.has_value());
    CHECK(kind->dlt645().tariff_count == 8);
    CHECK(kind->dlt645().energy_block == static_cast<codec::dlt645::data_id>(0x0002FF00));
    CHECK(kind->dlt645().register_capacity == energy::of(995'000));
    CHECK(kind->dlt645().power_max == power::of(66'000));
    CHECK(kind->dlt645().read_timeout == duration{900});
    CHECK(kind->dlt645().control_attempts == 5);
    std::vector<std::string> paths;
    for (const fault& each :
         faults_of(with(with(text, "\"0002ff00\"", "\"2ff00\""), "\"6.6\"", "6.6"))) {
        paths.push_back(each.path);
    }
    CHECK(paths == std::vector<std::string>{"/energy_block", "/power_max"});
    CHECK(faults_of(with(text, "\"tariff_count\"", "\"registers\": [], \"tariff_count\"")).size() ==
          1);
}

TEST_CASE("a profile is found by name or by path")
{
    CHECK(standard("eastron_sdm630").view().fields.size() == 74);
    const std::string path =
        std::string{WATTPURSE_SOURCE_DIR} + "/share/profiles/carlo_gavazzi_em340.json";
    CHECK(standard(path).name() == "carlo_gavazzi_em340");
    const auto nobody = find_profile("toaster");
    REQUIRE_FALSE(nobody.has_value());
    CHECK(nobody.error().front().value == "\"toaster\"");
    CHECK(nobody.error().front().expected.find("eastron_sdm630") != std::string::npos);
    const auto nowhere = find_profile("./nowhere.json");
    REQUIRE_FALSE(nowhere.has_value());
    CHECK(nowhere.error().front().expected == "a file that can be read");
}

TEST_CASE("the profiles know what makes their meters odd")
{
    const auto gavazzi = standard("carlo_gavazzi_em340");
    CHECK(field(gavazzi.view(), "energy_import").words == meter::word_order::low_first);
    CHECK(field(gavazzi.view(), "energy_import").function == 4);
    const auto abb = standard("abb_b21_b23");
    CHECK(field(abb.view(), "energy_import").sentinel == 0xFFFF'FFFF'FFFF'FFFF);
    CHECK(field(abb.view(), "active_power").sentinel == 0x7FFF'FFFF);
    const auto sunspec = standard("sunspec_203");
    CHECK(sunspec.view().base == meter::address_base::sunspec);
    CHECK(sunspec.view().sunspec_model == 203);
    const auto& amps = field(sunspec.view(), "AphB");
    CHECK(sunspec.view().fields[static_cast<std::size_t>(amps.scale_field)].name == "A_SF");
    CHECK(amps.sentinel == 0x8000);
    CHECK(is(field(sunspec.view(), "TotWhImp").capacity, "4294967296"));
    CHECK(field(sunspec.view(), "Evt").bits[0].low == 2);
    const auto chint = standard("chint_dtsu666");
    CHECK(is(field(chint.view(), "voltage_l1").scale, "0.1"));
    CHECK(field(chint.view(), "voltage_l1").resolution == -1);
    CHECK(field(chint.view(), "energy_import").ratio == meter::transformer::power);
    CHECK_FALSE(field(chint.view(), "energy_import").is_confirmed);
    const auto adl = standard("acrel_dtsd1352_adl400_adl3000");
    CHECK(field(adl.view(), "ct_ratio").role == meter::role::current_ratio);
    CHECK(field(adl.view(), "voltage_l12").ratio == meter::transformer::voltage);
}

TEST_CASE("the prepaid profiles have their recipes")
{
    const auto adf = standard("acrel_adf400l_prepaid");
    const auto map = adf.view();
    REQUIRE(map.areas.size() == 1);
    CHECK(map.areas[0].first == 0x1A00);
    CHECK(map.recipes[0].purpose == write_recipe::purpose_type::top_up);
    CHECK(map.recipes[0].address == 0x0543);
    CHECK(map.recipes[0].words.size() == 3);
    CHECK(map.recipes[0].verify_field == find_field(map, meter::role::purchase_count));
    const auto single = standard("acrel_adf400l_single_phase");
    CHECK(single.view().recipes[0].address == 0x050D);
    CHECK(field(single.view(), "sp_remaining").role == meter::role::remaining_money);
    const auto ddsy = standard("acrel_ddsy1352_dtsy1352_prepaid");
    const auto recipes = ddsy.view().recipes;
    const auto block = std::find_if(recipes.begin(), recipes.end(),
                                    [](const auto& each) { return each.name == "top_up"; });
    REQUIRE(block != recipes.end());
    CHECK(block->function == 0xAA);
    CHECK(block->address == 0x0046);
    CHECK(block->words.size() == 28);
    CHECK_FALSE(block->is_confirmed);
    CHECK(recipes[0].is_confirmed);
    CHECK(recipes[0].verify_expected == 0x0001'0001);
}
