// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "profile_builder.hpp"
#include "profile_values.hpp"

namespace wattpurse::adapter::json {

using meter::register_field;
using meter::value_type;

namespace {

/// The last address a register takes. A record takes one, however long it is.
std::uint32_t last_of(const register_field& field)
{
    return field.address + (field.type == value_type::record ? 0U : field.count - 1U);
}

/// What stands in the file as that member of an object, for a fault there.
std::string shown_member(const cursor& at, std::string_view key)
{
    for (const member& each : at.value().members) {
        if (each.key == key) return shown(each.value);
    }
    return "(missing)";
}

/// A power of ten fits it.
bool is_small_integer(const register_field& field)
{
    return field.type == value_type::s16 || field.type == value_type::u16;
}

bool is_energy(meter::role what)
{
    return what >= meter::role::energy_total && what <= meter::role::energy_export;
}

}  // namespace

/// The map's registers, in the order of functions and addresses; drafts and registers then have the
/// same indices.
void profile_builder::sort_registers()
{
    std::stable_sort(drafts_.begin(), drafts_.end(), [](const draft& a, const draft& b) {
        return std::pair{a.field.function, a.field.address} <
               std::pair{b.field.function, b.field.address};
    });
    out_.fields_.reserve(drafts_.size());
    for (draft& each : drafts_) {
        if (each.bits != 0) each.field.bits = out_.bits_[each.bits - 1];
        if (each.parts != 0) each.field.parts = out_.parts_[each.parts - 1];
        out_.fields_.push_back(each.field);
    }
    out_.map_.fields = out_.fields_;
}

void profile_builder::check_names()
{
    std::vector<const draft*> by_name;
    for (const draft& each : drafts_) {
        if (!each.field.name.empty()) by_name.push_back(&each);
    }
    std::stable_sort(by_name.begin(), by_name.end(),
                     [](const draft* a, const draft* b) { return a->field.name < b->field.name; });
    for (std::size_t i = 1; i < by_name.size(); ++i) {
        if (by_name[i - 1]->field.name != by_name[i]->field.name) continue;
        by_name[i]->at.fault_below("name", '"' + std::string{by_name[i]->field.name} + '"',
                                   "a name that " + by_name[i - 1]->at.path() + " does not have");
    }
}

void profile_builder::check_places()
{
    const draft* reaches_furthest = nullptr;
    for (const draft& each : drafts_) {
        if (!each.has_place) continue;
        if (each.field.function > 2 && each.field.count > out_.map_.registers_max) {
            each.at.fault_below("count", std::to_string(each.field.count),
                                "at most the " + std::to_string(out_.map_.registers_max) +
                                    " registers of one read");
        }
        if (reaches_furthest != nullptr &&
            reaches_furthest->field.function == each.field.function &&
            last_of(reaches_furthest->field) >= each.field.address) {
            each.at.fault_below("address", shown_member(each.at, "address"),
                                "registers that " + std::string{reaches_furthest->field.name} +
                                    " at " + reaches_furthest->at.path() + " does not have");
        }
        if (reaches_furthest == nullptr ||
            reaches_furthest->field.function != each.field.function ||
            last_of(reaches_furthest->field) < last_of(each.field)) {
            reaches_furthest = &each;
        }
    }
}

/// A value and its power of ten must come from one request: else the power may change in between.
/// All values of one power are read together, so that they must fit as well.
void profile_builder::check_scale_fields()
{
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
        const draft& each = drafts_[i];
        if (each.scale_field.empty()) continue;
        const auto fault = [&](std::string expected) {
            each.at.fault_below("scale_field", '"' + each.scale_field + '"', std::move(expected));
        };
        const std::int16_t index = find_field(out_.map_, each.scale_field);
        if (index == meter::no_field) {
            if (registers_are_known_) fault("the name of a register of this profile");
            continue;
        }
        const draft& scale = drafts_[static_cast<std::size_t>(index)];
        out_.fields_[i].scale_field = index;
        if (!each.has_place || !scale.has_place) continue;
        if (!is_small_integer(scale.field) || !scale.scale_field.empty()) {
            fault("a register of type s16 or u16 without a scale_field of its own");
        } else if (scale.field.function != each.field.function) {
            fault("a register that the same function reads");
        } else if (std::max(last_of(each.field), last_of(scale.field)) + 1 >
                   first_with(each.scale_field, scale) + out_.map_.registers_max) {
            fault("a register that fits one request of " + std::to_string(out_.map_.registers_max) +
                  " registers with all registers that name it");
        }
    }
}

/// The lowest address of that scale factor and of the registers that name it. Drafts are in the
/// order of addresses, so that the fault is at the first one that is too far from it.
std::uint32_t profile_builder::first_with(const std::string& name, const draft& scale) const
{
    std::uint32_t first = scale.field.address;
    for (const draft& each : drafts_) {
        const bool counts = each.has_place && each.scale_field == name &&
                            each.field.function == scale.field.function;
        if (counts) first = std::min<std::uint32_t>(first, each.field.address);
    }
    return first;
}

void profile_builder::check_roles()
{
    std::array<const draft*, 32> owners{};
    for (const draft& each : drafts_) {
        const meter::role role = each.field.role;
        if (role == meter::role::none) continue;
        const std::string written = shown_member(each.at, "role");
        const draft*& owner = owners[static_cast<std::size_t>(role)];
        if (owner != nullptr) {
            each.at.fault_below("role", written,
                                "a role that " + owner->at.path() + " does not have");
        }
        owner = &each;
        const std::string_view unit = each.field.unit;
        if (is_energy(role) && unit != "kWh" && unit != "Wh" && unit != "MWh") {
            each.at.fault_below("role", written, "no energy, or one in Wh, kWh or MWh");
        }
    }
}

void profile_builder::check_areas()
{
    using kind = meter::register_area::kind_type;
    for (const draft& each : drafts_) {
        if (!each.has_place) continue;
        for (const meter::register_area& area : out_.areas_) {
            const bool is_within = area.function == each.field.function &&
                                   area.first <= last_of(each.field) &&
                                   each.field.address <= area.last;
            if (!is_within) continue;
            const std::string written = shown_member(each.at, "address");
            if (area.kind == kind::forbidden) {
                each.at.fault_below("address", written, "an address outside the forbidden areas");
            } else if (each.field.type != value_type::record ||
                       each.field.count != area.record_registers) {
                each.at.fault_below("address", written,
                                    "a record of " + std::to_string(area.record_registers) +
                                        " registers: nothing else is in its area");
            }
        }
    }
}

}  // namespace wattpurse::adapter::json
