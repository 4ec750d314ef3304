// SPDX-License-Identifier: Apache-2.0
// Profiles: kinds of meters as data, plans of reads, and what registers mean.
#include "profiles.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/meter/read_plan.hpp>
#include <wattpurse/meter/register_value.hpp>
#include <wattpurse/meter/sunspec_base.hpp>

#include "areas.hpp"
#include "bytes.hpp"
#include "errors.hpp"
#include "number.hpp"

namespace wattpurse::python {

namespace {

using adapter::json::meter_profile;
using meter::register_field;
using meter::register_map;

constexpr const char* type_names[]{"u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bcd",
                                   "mod10k", "text", "bits", "raw", "record"};
constexpr const char* access_names[]{"read", "control", "money"};
constexpr const char* role_names[]{
    "", "energy_total", "energy_t1", "energy_t2", "energy_t3", "energy_t4", "energy_export",
    "relay_state", "remaining_money", "purchase_count", "purchase_amount", "voltage_ratio",
    "current_ratio", "serial_number"};

profile_ptr shared(result<meter_profile, std::vector<fault>> read, const std::string& name)
{
    if (!read) raise(read.error(), name);
    return std::make_shared<meter_profile>(*std::move(read));
}

py::list texts_of(std::span<const std::string_view> all)
{
    py::list out;
    for (const auto each : all) out.append(str_from(each));
    return out;
}

py::dict field_dict(const register_field& of)
{
    py::dict out;
    out["name"] = str_from(of.name);
    out["function"] = of.function;
    out["address"] = of.address;
    out["count"] = of.count;
    out["type"] = type_names[static_cast<std::size_t>(of.type)];
    out["scale"] = decimal_from(to_text(of.scale).view());
    out["unit"] = str_from(of.unit);
    out["meaning"] = str_from(of.meaning);
    out["meaning_zh"] = str_from(of.meaning_zh);
    out["note"] = str_from(of.note);
    out["role"] = role_names[static_cast<std::size_t>(of.role)];
    out["access"] = access_names[static_cast<std::size_t>(of.access)];
    out["is_writable"] = of.is_writable;
    out["is_secret"] = of.is_secret;
    out["is_confirmed"] = of.is_confirmed;
    return out;
}

py::dict about(const meter_profile& self)
{
    const register_map map = self.view();
    py::dict out;
    out["name"] = str_from(map.name);
    out["protocol"] = self.is_modbus() ? "modbus" : "dlt645";
    out["vendor"] = str_from(map.vendor);
    out["models"] = texts_of(map.models);
    out["is_confirmed"] = map.is_confirmed;
    out["sources"] = texts_of(map.sources);
    out["notes"] = texts_of(map.notes);
    out["registers_max"] = map.registers_max;
    out["sunspec_model"] = map.sunspec_model;
    py::dict serial;
    if (map.has_serial) {
        serial["baud"] = map.serial.baud;
        serial["parity"] = map.serial.parity == 'E' ? "even"
                           : map.serial.parity == 'O' ? "odd" : "none";
        serial["stop"] = map.serial.stop_bits;
        serial["unit"] = map.serial.unit;
    }
    out["serial"] = serial;
    return out;
}

std::vector<std::uint16_t> selection_of(const register_map& map,
                                        const std::optional<std::vector<std::string>>& names)
{
    std::vector<std::uint16_t> out;
    if (!names) {
        for (std::size_t i = 0; i < map.fields.size(); ++i) {
            if (!map.fields[i].is_secret) out.push_back(static_cast<std::uint16_t>(i));
        }
        return out;
    }
    for (const std::string& each : *names) {
        const auto at = find_field(map, each);
        if (at == meter::no_field) {
            raise(errc::not_found, {"fields", "'" + each + "'",
                                    "a register of profile " + std::string{map.name}});
        }
        out.push_back(static_cast<std::uint16_t>(at));
    }
    return out;
}

using cut_list = std::vector<std::pair<std::uint8_t, std::uint16_t>>;

std::unique_ptr<meter::read_plan> made_plan(
    const register_map& map, const std::optional<std::vector<std::string>>& names,
    std::uint32_t baud, const cut_list& cuts)
{
    meter::learned_cuts learned;
    for (const auto& [function, address] : cuts) {
        if (!learned.add({function, address})) {
            raise(errc::too_long, {"cuts", std::to_string(cuts.size()), "160 at most"});
        }
    }
    auto made = std::make_unique<meter::read_plan>();
    const auto fine = made->make(map, selection_of(map, names),
                                 meter::read_cost::serial(baud, map.latency), learned);
    if (!fine) raise(fine.error(), {"fields", "these", "registers that fit into a plan"});
    return made;
}

py::list plan(const meter_profile& self, const std::optional<std::vector<std::string>>& names,
              std::uint32_t baud, const cut_list& cuts)
{
    const register_map map = self.view();
    const auto made = made_plan(map, names, baud, cuts);
    py::list out;
    for (const meter::read_step& step : made->steps()) {
        py::list fields;
        for (const auto each : made->fields_of(step)) {
            fields.append(str_from(map.fields[each].name));
        }
        out.append(py::make_tuple(step.function, step.address, step.count, fields));
    }
    return out;
}

/// What a refusal of that step teaches; None where it has nothing to cut.
py::object cut(const meter_profile& self, const std::optional<std::vector<std::string>>& names,
               std::uint32_t baud, const cut_list& cuts, std::size_t step)
{
    const register_map map = self.view();
    const auto made = made_plan(map, names, baud, cuts);
    meter::learned_cuts::cut found;
    if (step >= made->steps().size() || !made->cut_for(map, made->steps()[step], found)) {
        return py::none();
    }
    return py::make_tuple(found.function, found.address);
}

/// What was read, and what of a map's fields is in it.
class answers {
public:
    answers(const register_map& map, const py::iterable& given) : map_{map}
    {
        for (const py::handle each : given) {
            const auto parts = each.cast<py::tuple>();
            piece to{byte_of(parts[0], "function"), word_of(parts[1], "address"), {}};
            for (const py::handle word : parts[2].cast<py::iterable>()) {
                const auto value = word_of(word, "registers");
                to.bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
                to.bytes.push_back(static_cast<std::uint8_t>(value & 0xFFU));
            }
            pieces_.push_back(std::move(to));
        }
    }
    /// The registers of a field; empty where they are not all there.
    [[nodiscard]] byte_span of(const register_field& field) const
    {
        for (const piece& each : pieces_) {
            if (each.function != field.function || each.address > field.address) continue;
            const std::size_t begin = std::size_t{2} * (field.address - each.address);
            const std::size_t size = std::size_t{2} * field.count;
            if (begin + size <= each.bytes.size()) {
                return byte_span{each.bytes}.subspan(begin, size);
            }
        }
        return {};
    }
    /// A whole number in a register; none where it is not there or not sound.
    [[nodiscard]] std::optional<std::int64_t> whole(std::size_t index) const
    {
        const register_field& field = map_.fields[index];
        const auto read = read_value(field, of(field));
        const auto number = rescaled(read.number, 0, rounding::exact);
        return read.is_sound && number ? std::optional{*number} : std::nullopt;
    }
    /// PT or CT: 1 where the map has none, 0 where it was not read.
    [[nodiscard]] std::int64_t ratio(meter::role what) const
    {
        const auto index = find_field(map_, what);
        if (index == meter::no_field) return 1;
        return std::max<std::int64_t>(whole(static_cast<std::size_t>(index)).value_or(0), 0);
    }
    /// As `meter::modbus_read` does it.
    [[nodiscard]] meter::register_value value(const register_field& field) const
    {
        std::int64_t power = 0;
        bool is_known = true;
        if (field.scale_field != meter::no_field) {
            power = whole(static_cast<std::size_t>(field.scale_field)).value_or(INT64_MAX);
            is_known = power >= -10 && power <= 10;
        }
        using meter::transformer;
        const bool by_both = field.ratio == transformer::power;
        std::int64_t ratio = 1;
        if (by_both || field.ratio == transformer::voltage) {
            ratio = this->ratio(meter::role::voltage_ratio);
        }
        if (by_both || field.ratio == transformer::current) {
            const auto current = this->ratio(meter::role::current_ratio);
            if (__builtin_mul_overflow(ratio, current, &ratio)) ratio = 0;
        }
        auto out = read_value(field, of(field), static_cast<int>(is_known ? power : 0),
                              std::max<std::int64_t>(ratio, 1));
        if (!out.is_missing && (!is_known || ratio == 0)) {
            out.is_sound = false;
            out.problem = errc::not_found;  // what it would be multiplied with
        }
        return out;
    }

private:
    struct piece {
        std::uint8_t function;
        std::uint16_t address;
        std::vector<std::uint8_t> bytes;
    };
    const register_map& map_;
    std::vector<piece> pieces_;
};

py::object value_object(const register_field& field, const meter::register_value& value)
{
    using meter::value_type;
    if (!value.is_sound) return py::none();
    switch (field.type) {
        case value_type::text: return register_text(value.raw);
        case value_type::raw:
        case value_type::record: return bytes_from(value.raw);
        case value_type::bits: return py::int_(value.word);
        default: return decimal_from(to_text(value.number).view());
    }
}

/// What some bits are called as a whole, where their states have names as well.
const meter::register_bits* group_of(const register_field& field, const meter::register_bits& state)
{
    for (const meter::register_bits& each : field.bits) {
        if (!each.has_value && each.low == state.low && each.width == state.width) return &each;
    }
    return nullptr;
}

bool is_group(const register_field& field, const meter::register_bits& bits)
{
    return !bits.has_value &&
           std::any_of(field.bits.begin(), field.bits.end(), [&](const auto& each) {
               return each.has_value && each.low == bits.low && each.width == bits.width;
           });
}

py::list states_of(const register_field& field, const meter::register_value& value)
{
    py::list out;
    if (field.type != meter::value_type::bits || !value.is_sound) return out;
    for (const meter::register_bits& each : field.bits) {
        const std::uint64_t mask = each.width >= 64 ? ~std::uint64_t{0}
                                                    : (std::uint64_t{1} << each.width) - 1;
        const std::uint64_t there = value.word >> each.low & mask;
        if (is_group(field, each) || (each.has_value ? there != each.value : there == 0)) continue;
        const auto* const group = each.has_value ? group_of(field, each) : nullptr;
        const std::string name{each.name};
        out.append(group == nullptr ? name : std::string{group->name} + ": " + name);
    }
    return out;
}

py::list decode(const meter_profile& self, const py::iterable& given, bool secrets)
{
    const register_map map = self.view();
    const answers read{map, given};
    py::list out;
    for (const register_field& field : map.fields) {
        if (read.of(field).empty() || (field.is_secret && !secrets)) continue;
        const auto value = read.value(field);
        const std::string_view problem = value.is_missing ? to_string(errc::not_available)
                                         : value.is_sound ? std::string_view{}
                                                          : to_string(value.problem);
        out.append(py::make_tuple(str_from(field.name), value_object(field, value),
                                  str_from(field.unit), str_from(problem), value.is_inexact,
                                  value.is_implausible, states_of(field, value),
                                  bytes_from(value.raw)));
    }
    return out;
}

}  // namespace

void bind_sunspec_search(py::module_& area)
{
    using meter::sunspec_base;
    using state = sunspec_base::state_type;
    py::class_<sunspec_base>(area, "SunSpecSearch",
                             "Finds where a SunSpec model begins on a device, without I/O: "
                             "`question` is asked, `take` gets what is answered.")
        .def(py::init([](py::handle model) { return sunspec_base{word_of(model, "model")}; }),
             py::arg("model"), "model: its number, 201 to 214 for meters.")
        .def_property_readonly(
            "question",
            [](const sunspec_base& self) {
                const auto pdu = codec::modbus::to_pdu(self.question());
                return bytes_from(value_of(pdu, {"question", "", "a PDU"}).view());
            },
            "The PDU to be asked next: two holding registers.")
        .def("take",
             [](sunspec_base& self, py::handle answer) {
                 self.take(wire_bytes(answer, "answer"));
             },
             py::arg("answer"), "The PDU that was answered; an exception, too.")
        .def_property_readonly(
            "state",
            [](const sunspec_base& self) {
                return self.state() == state::searching ? "searching"
                       : self.state() == state::found   ? "found"
                                                        : "absent";
            },
            "\"searching\", \"found\" or \"absent\".")
        .def_property_readonly(
            "base",
            [](const sunspec_base& self) -> py::object {
                if (self.state() != state::found) return py::none();
                return py::int_{self.base()};
            },
            "The address of the model's ID register; None until it is found.");
}

void bind_profiles(py::module_& to)
{
    auto area = to.def_submodule("profiles", "Kinds of meters as data.");
    using profile_class = py::class_<meter_profile, std::shared_ptr<meter_profile>>;
    profile_class(area, "Profile", "A kind of meter, read from its file.")
        .def("about", &about, "What it says of itself.")
        .def("fields",
             [](const meter_profile& self) {
                 py::list out;
                 const register_map map = self.view();
                 for (const auto& each : map.fields) out.append(field_dict(each));
                 return out;
             },
             "Its registers, each as a dict.")
        .def("plan", &plan, py::arg("names"), py::arg("baud"), py::arg("cuts"))
        .def("cut", &cut, py::arg("names"), py::arg("baud"), py::arg("cuts"), py::arg("step"))
        .def("decode", &decode, py::arg("answers"), py::arg("secrets"));
    bind_sunspec_search(area);
    area.def("names", [] {
        py::list out;
        for (const auto& each : adapter::json::standard_profiles()) out.append(str_from(each.name));
        return out;
    });
    area.def("find", [](const std::string& which) {
        return shared(adapter::json::find_profile(which), "profile " + which);
    }, py::arg("which"));
    area.def("parse", [](const std::string& text) {
        return shared(adapter::json::load_profile(text), "profile");
    }, py::arg("text"));
}

}  // namespace wattpurse::python
