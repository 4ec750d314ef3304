// SPDX-License-Identifier: Apache-2.0
// The loader of meter profiles against any text. Where the text is a profile, what it points at is
// there, its registers read the bytes of the text, and all of them can be planned.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/json/profile.hpp>
#include <wattpurse/meter/read_plan.hpp>
#include <wattpurse/meter/register_value.hpp>

#include "require.hpp"

namespace {

using namespace wattpurse;

bool is_index(std::int16_t index, const meter::register_map& map)
{
    return index == meter::no_field ||
           (index >= 0 && static_cast<std::size_t>(index) < map.fields.size());
}

void check_field(const meter::register_map& map, const meter::register_field& field)
{
    FUZZ_REQUIRE(field.function >= 1 && field.function <= 4);
    FUZZ_REQUIRE(field.count >= 1 && !field.name.empty());
    const bool is_record = field.type == meter::value_type::record;
    FUZZ_REQUIRE(is_record || field.address + field.count <= 65'536);
    FUZZ_REQUIRE(is_index(field.scale_field, map));
    FUZZ_REQUIRE(field.scale.mantissa != 0);
    FUZZ_REQUIRE(field.capacity.mantissa >= 0);
    FUZZ_REQUIRE(field.is_writable == (field.access != meter::access_class::read));
    FUZZ_REQUIRE(!field.has_range || compare(field.valid_min, field.valid_max) <= 0);
    for (const auto& part : field.parts) {
        FUZZ_REQUIRE(part.size > 0 && part.offset + part.size <= field.count * 2);
    }
    for (const auto& bits : field.bits) FUZZ_REQUIRE(bits.width >= 1 && bits.low < 64);
}

void check_recipe(const meter::register_map& map, const meter::write_recipe& recipe)
{
    FUZZ_REQUIRE(!recipe.words.empty() && recipe.words.size() <= 123);
    FUZZ_REQUIRE(recipe.address + recipe.words.size() <= 65'536);
    FUZZ_REQUIRE(recipe.verify_field != meter::no_field && is_index(recipe.verify_field, map));
    FUZZ_REQUIRE(is_index(recipe.amount_field, map));
    FUZZ_REQUIRE((recipe.verify_expected & ~recipe.verify_mask) == 0);
}

/// Whatever the registers hold, a value is missing, not sound, or sound: nothing worse.
void read_all(const meter::register_map& map, byte_span data)
{
    for (const auto& field : map.fields) {
        std::vector<std::uint8_t> registers(std::size_t{field.count} * 2);
        for (std::size_t i = 0; i < registers.size() && !data.empty(); ++i) {
            registers[i] = data[(i + field.address) % data.size()];
        }
        const auto value = meter::read_value(field, registers, 1, 100);
        FUZZ_REQUIRE(!(value.is_missing && value.is_sound));
    }
}

/// All registers in one plan: every one of them in a step that the device can answer.
void plan_all(const meter::register_map& map)
{
    static meter::read_plan plan;
    if (map.fields.size() > 64) return;
    std::vector<std::uint16_t> all(map.fields.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
    const auto made = plan.make(map, all, meter::read_cost::serial(9600, map.latency));
    FUZZ_REQUIRE(made.has_value());
    FUZZ_REQUIRE(plan.fields().size() == all.size());
    for (const auto& step : plan.steps()) {
        FUZZ_REQUIRE(step.count >= 1);
        const bool is_alone = plan.fields_of(step).size() == 1;
        FUZZ_REQUIRE(is_alone || step.function <= 2 || step.count <= map.registers_max);
    }
}

void use(const adapter::json::meter_profile& kind, byte_span data)
{
    const meter::register_map map = kind.view();
    FUZZ_REQUIRE(!map.name.empty() && !map.models.empty() && !map.sources.empty());
    if (!kind.is_modbus()) {
        FUZZ_REQUIRE(map.fields.empty() && kind.dlt645().name == map.name);
        return;
    }
    FUZZ_REQUIRE(!map.fields.empty());
    FUZZ_REQUIRE(
        std::is_sorted(map.fields.begin(), map.fields.end(), [](const auto& a, const auto& b) {
            return a.function != b.function ? a.function < b.function : a.address < b.address;
        }));
    for (const auto& field : map.fields) check_field(map, field);
    for (const auto& recipe : map.recipes) check_recipe(map, recipe);
    for (const auto& area : map.areas) FUZZ_REQUIRE(area.first <= area.last);
    for (const auto& probe : map.probes) {
        FUZZ_REQUIRE(probe.mask.empty() || probe.mask.size() == probe.expected.size());
    }
    read_all(map, data);
    plan_all(map);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    const auto loaded = adapter::json::load_profile(text);
    if (loaded) {
        use(*loaded, {bytes, size});
    } else {
        FUZZ_REQUIRE(!loaded.error().empty());
        for (const fault& each : loaded.error()) FUZZ_REQUIRE(!each.expected.empty());
    }
    return 0;
}
