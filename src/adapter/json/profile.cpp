// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/profile.hpp>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

#include "profile_builder.hpp"
#include "profile_values.hpp"

namespace wattpurse::adapter::json {

namespace {

constexpr std::size_t model_size_max = 100;
constexpr std::uint32_t baud_max = 1'000'000;
constexpr std::int64_t timeout_ms_max = 60'000;
/// Where a DL/T 645 profile is a file, its name tells the protocol too.
constexpr std::string_view dlt645_prefix = "dlt645_";

/// "0001FF00".
std::optional<codec::dlt645::data_id> id_at(const cursor& at)
{
    const auto bytes = at.is(node::kind::string) && at.value().text.size() == 8
                           ? bytes_at(at, "an identifier")
                           : std::nullopt;
    if (!bytes) {
        if (!at.is(node::kind::string) || at.value().text.size() != 8) {
            at.fault("an identifier of DL/T 645-2007, as a string of 8 hexadecimal digits");
        }
        return std::nullopt;
    }
    std::uint32_t id = 0;
    for (const std::uint8_t byte : *bytes) id = id << 8U | byte;
    return static_cast<codec::dlt645::data_id>(id);
}

}  // namespace

meter_profile profile_builder::read(const node& root)
{
    object top{cursor{root, "", faults_}, "a profile"};
    if (auto at = top.required("format", '"' + std::string{profile_format} + '"')) {
        static_cast<void>(at->one_of({profile_format}));
    }
    std::optional<std::size_t> protocol;
    if (auto at = top.required("protocol", "modbus or dlt645")) {
        protocol = at->one_of({"modbus", "dlt645"});
    }
    read_head(top);
    if (protocol == std::size_t{0}) read_modbus(top);
    if (protocol == std::size_t{1}) read_dlt645(top);
    if (protocol) top.finish();
    out_.map_.models = out_.models_;
    out_.map_.sources = out_.sources_;
    out_.map_.notes = out_.notes_;
    return std::move(out_);
}

std::string_view profile_builder::stored(std::string text)
{
    return out_.texts_.emplace_back(std::move(text));
}

std::string_view profile_builder::optional_text(object& members, std::string_view key,
                                                std::size_t most)
{
    const auto at = members.optional(key);
    if (!at || (at->is(node::kind::string) && at->value().text.empty())) return {};
    return stored(text_at(*at, "a text", most).value_or(""));
}

// ---- What every profile has -------------------------------------------------------------------

void profile_builder::read_head(object& top)
{
    if (auto at = top.required("name", "the name of the profile")) {
        const auto name = name_at(*at, "the name of the profile");
        const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
        if (name && std::any_of(name->begin(), name->end(), is_upper)) {
            at->fault("the name of the profile, as its file is named: a-z, 0-9 and _");
        }
        out_.map_.name = stored(name.value_or("unknown"));
    }
    if (auto at = top.required("vendor", "the name of the vendor")) {
        out_.map_.vendor =
            stored(text_at(*at, "the name of the vendor", model_size_max).value_or(""));
    }
    if (auto at = top.required("status", "confirmed or unconfirmed")) {
        out_.map_.is_confirmed = status_at(*at).value_or(false);
    }
    read_texts(top, "models", out_.models_, true);
    read_texts(top, "sources", out_.sources_, true);
    read_texts(top, "notes", out_.notes_, false);
    out_.map_.cross_check = optional_text(top, "cross_check", note_size_max);
    if (auto at = top.optional("serial")) read_serial(*at);
}

void profile_builder::read_texts(object& top, std::string_view key,
                                 std::vector<std::string_view>& out, bool is_required)
{
    const auto at =
        is_required ? top.required(key, "an array of texts, at least one") : top.optional(key);
    if (!at) return;
    const std::size_t count = at->value().items.size();
    if (at->is(node::kind::array) && (count > profile_list_max || (is_required && count == 0))) {
        return at->fault("1 to " + std::to_string(profile_list_max) + " texts");
    }
    at->each("texts", [&](const cursor& item) {
        out.push_back(stored(text_at(item, "a text", note_size_max).value_or("")));
    });
}

void profile_builder::read_serial(const cursor& at)
{
    object members{at, "the settings of a serial line"};
    meter::serial_default line;
    if (auto found = members.required("baud", "bits a second")) {
        line.baud = whole_at(*found, "bits a second", 50, baud_max).value_or(line.baud);
    }
    if (auto found = members.required("parity", "N, E or O")) {
        constexpr std::string_view parities = "NEO";
        line.parity = parities[found->one_of({"N", "E", "O"}).value_or(0)];
    }
    if (auto found = members.optional("stop_bits")) {
        line.stop_bits = static_cast<std::uint8_t>(whole_at(*found, "stop bits", 1, 2).value_or(1));
    }
    if (auto found = members.optional("unit")) {
        line.unit = static_cast<std::uint8_t>(whole_at(*found, "a unit", 1, 247).value_or(1));
    }
    members.finish();
    out_.map_.has_serial = true;
    out_.map_.serial = line;
}

// ---- Modbus -----------------------------------------------------------------------------------

void profile_builder::read_modbus(object& top)
{
    out_.protocol_ = profile_protocol::modbus;
    read_base(top);
    if (auto at = top.optional("registers_max")) {
        out_.map_.registers_max = static_cast<std::uint16_t>(
            whole_at(*at, "registers of one read", 1, 125).value_or(125));
    }
    if (auto at = top.optional("latency_ms")) {
        out_.map_.latency = duration{whole_at(*at, "milliseconds", 0, 60'000).value_or(50)};
    }
    if (auto at = top.optional("defaults")) read_defaults(*at);
    if (auto at = top.required("registers", "an array of registers")) read_registers(*at);
    const auto list = [&](std::string_view key, void (profile_builder::*visit)(const cursor&)) {
        const auto at = top.optional(key);
        if (!at) return;
        if (at->is(node::kind::array) && at->value().items.size() > profile_list_max) {
            return at->fault("at most " + std::to_string(profile_list_max) + " of them");
        }
        at->each(key, [&](const cursor& item) { (this->*visit)(item); });
    };
    list("areas", &profile_builder::read_area);
    check_areas();
    list("recipes", &profile_builder::read_recipe);
    list("probes", &profile_builder::read_probe);
    out_.map_.fields = out_.fields_;
    out_.map_.areas = out_.areas_;
    out_.map_.recipes = out_.recipes_;
    out_.map_.probes = out_.probes_;
}

void profile_builder::read_base(object& top)
{
    const auto base = top.optional("base");
    const bool is_sunspec = base && base->one_of({"zero", "sunspec"}).value_or(0) == 1;
    out_.map_.base = is_sunspec ? meter::address_base::sunspec : meter::address_base::zero;
    constexpr std::string_view expected = "the number of a SunSpec model";
    const auto model =
        is_sunspec ? top.required("sunspec_model", expected) : top.optional("sunspec_model");
    if (!model) return;
    if (!is_sunspec) return model->fault("nothing here, or \"base\": \"sunspec\"");
    out_.map_.sunspec_model =
        static_cast<std::uint16_t>(whole_at(*model, expected, 1, 65'534).value_or(1));
}

// ---- DL/T 645 ---------------------------------------------------------------------------------

void profile_builder::read_dlt645(object& top)
{
    out_.protocol_ = profile_protocol::dlt645;
    meter::profile& kind = out_.dlt645_;
    kind.name = out_.map_.name;
    const auto id = [&](std::string_view key, codec::dlt645::data_id& out) {
        const auto at = top.required(key, "an identifier of 8 hexadecimal digits");
        const auto found = at ? id_at(*at) : std::nullopt;
        if (found) out = *found;
    };
    const auto count = [&](std::string_view key, std::uint32_t min, std::uint32_t max, auto& out) {
        const auto at = top.required(key, "a whole number");
        const auto found = at ? whole_at(*at, "a number", min, max) : std::nullopt;
        if (found) out = static_cast<std::uint8_t>(*found);
    };
    const auto time = [&](std::string_view key, duration& out) {
        const auto at = top.required(key, "a number of milliseconds");
        const auto found = at ? at->integer("milliseconds", 1, timeout_ms_max) : std::nullopt;
        if (found) out = duration{*found};
    };
    const auto quantity = [&](std::string_view key, std::string_view what, auto& out) {
        const auto at = top.required(key, what);
        const auto found = at ? at->exact<std::decay_t<decltype(out)>>(what) : std::nullopt;
        if (found && found->mantissa() <= 0) at->fault(std::string{what} + " above 0");
        if (found) out = *found;
    };
    count("tariff_count", 0, 63, kind.tariff_count);
    id("energy_block", kind.energy_block);
    id("freeze_time", kind.freeze_time);
    id("freeze_energy", kind.freeze_energy);
    count("freeze_depth", 0, 254, kind.freeze_depth);
    id("date", kind.date);
    id("time", kind.time);
    id("status_word_3", kind.status_word_3);
    id("remaining_money", kind.remaining_money);
    quantity("register_capacity", "the energy at which registers go on at zero, in kWh",
             kind.register_capacity);
    quantity("power_max", "the most power of the supply, in kW", kind.power_max);
    time("read_timeout_ms", kind.read_timeout);
    time("control_timeout_ms", kind.control_timeout);
    count("read_attempts", 1, 20, kind.read_attempts);
    count("control_attempts", 1, 20, kind.control_attempts);
}

// ---- The doors --------------------------------------------------------------------------------

result<meter_profile, std::vector<fault>> load_profile(std::string_view text)
{
    std::vector<fault> faults;
    const auto root = parse(text, faults);
    if (!root) return tl::unexpected{std::move(faults)};
    profile_builder builder{faults};
    meter_profile out = builder.read(*root);
    if (!faults.empty()) return tl::unexpected{std::move(faults)};
    return out;
}

result<meter_profile, std::vector<fault>> find_profile(const std::string& which)
{
    const auto unknown = [&](std::string expected) {
        return tl::unexpected{std::vector<fault>{{"", '"' + which + '"', std::move(expected)}}};
    };
    if (which.find_first_of("./\\") != std::string::npos) {
        std::ifstream in{which};
        std::ostringstream text;
        text << in.rdbuf();
        if (!in) return unknown("a file that can be read");
        return load_profile(text.str());
    }
    std::string names;
    for (const standard_profile& each : standard_profiles()) {
        const bool is_dlt645 = each.name.starts_with(dlt645_prefix);
        if (each.name == which || (is_dlt645 && each.name.substr(dlt645_prefix.size()) == which)) {
            return load_profile(each.text);
        }
        names += (names.empty() ? "" : ", ") + std::string{each.name};
    }
    return unknown("the path of a file or one of " + names);
}

}  // namespace wattpurse::adapter::json
