// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/json/profile.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "profile_json.hpp"
#include "profile_page.hpp"
#include "profile_source.hpp"
#include "profile_text.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {

namespace {

using adapter::json::meter_profile;

constexpr const char* list_examples = R"(
Examples:
  wattpurse profiles
  wattpurse profiles --json
)";

constexpr const char* examples = R"(
Examples:
  wattpurse profile show eastron_sdm630
  wattpurse profile show my_meter.json --json
  wattpurse profile check my_meter.json other_meter.json
)";

struct options {
    std::string name;
    std::vector<std::string> files;
    bool json = false;
    bool markdown = false;
};

std::string joined(std::span<const std::string_view> texts)
{
    std::string out;
    for (const std::string_view text : texts) out += (out.empty() ? "" : ", ") + std::string{text};
    return out;
}

void print_table()
{
    text_table table{{"NAME", "PROTOCOL", "STATUS", "REGISTERS", "VENDOR", "MODELS"}};
    for (const auto& each : adapter::json::standard_profiles()) {
        const std::string name{each.name};
        const meter_profile kind = profile_of(name);
        const meter::register_map map = kind.view();
        const std::string registers = kind.is_modbus() ? std::to_string(map.fields.size()) : "-";
        table.add({name, std::string{word_of(kind.protocol())},
                   std::string{status_word(map.is_confirmed)}, registers, std::string{map.vendor},
                   joined(map.models)});
    }
    table.print(std::cout);
}

void print_markdown()
{
    std::string list = profile_list_head();
    std::string pages;
    for (const auto& each : adapter::json::standard_profiles()) {
        const std::string name{each.name};
        const meter_profile kind = profile_of(name);
        list += profile_list_row(name, kind);
        pages += '\n' + profile_page(name, kind);
    }
    std::cout << list << pages;
}

void print_list(const options& given)
{
    if (given.markdown) return print_markdown();
    if (!given.json) return print_table();
    for (const auto& each : adapter::json::standard_profiles()) {
        std::cout << profile_head_json(profile_of(std::string{each.name})).dump() << '\n';
    }
}

std::string type_cell(const meter::register_field& field)
{
    std::string out{word_of(field.type)};
    if (field.type >= meter::value_type::bcd) out += "x" + std::to_string(field.count);
    if (field.words == meter::word_order::low_first) out += " low first";
    return out;
}

void print_registers(const meter::register_map& map)
{
    text_table table{
        {"NAME", "FC", "ADDRESS", "TYPE", "FACTOR", "UNIT", "ACCESS", "CONFIRMED", "MEANING"}};
    for (const meter::register_field& field : map.fields) {
        std::string meaning{field.meaning};
        if (!field.note.empty()) {
            meaning += (meaning.empty() ? "(" : " (") + std::string{field.note} + ')';
        }
        table.add({std::string{field.name}, std::to_string(field.function),
                   address_text(field.address), type_cell(field), factor_text(map, field),
                   std::string{field.unit}, std::string{word_of(field.access)},
                   field.is_confirmed ? "yes" : "no", meaning});
    }
    table.print(std::cout);
}

void print_recipes(const meter::register_map& map)
{
    if (map.recipes.empty()) return;
    std::cout << '\n';
    text_table table{{"RECIPE", "FC", "ADDRESS", "WORDS", "VERIFIED BY", "CONFIRMED", "NOTE"}};
    for (const meter::write_recipe& recipe : map.recipes) {
        table.add({std::string{recipe.name}, hex_text(recipe.function, 2),
                   address_text(recipe.address), words_text(recipe),
                   std::string{field_name(map, recipe.verify_field)},
                   recipe.is_confirmed ? "yes" : "no", std::string{recipe.note}});
    }
    table.print(std::cout);
}

void show(const options& given)
{
    const meter_profile kind = profile_of(given.name);
    if (given.json) {
        std::cout << profile_json(kind).dump() << '\n';
        return;
    }
    const meter::register_map map = kind.view();
    std::cout << map.name << ": " << map.vendor << ", " << joined(map.models) << "; "
              << word_of(kind.protocol()) << ", " << status_word(map.is_confirmed);
    if (map.has_serial) std::cout << "; " << serial_text(map.serial);
    std::cout << '\n';
    if (!map.cross_check.empty()) std::cout << map.cross_check << '\n';
    for (const std::string_view source : map.sources) std::cout << "source: " << source << '\n';
    for (const std::string_view note : map.notes) std::cout << "note: " << note << '\n';
    std::cout << '\n';
    if (kind.is_modbus()) {
        print_registers(map);
        print_recipes(map);
    } else {
        std::cout << profile_json(kind).dump(2) << '\n';
    }
}

/// Whether the file is good; if not, every fault has been told.
bool check(const std::string& path)
{
    try {
        const auto kind = load_file(path, adapter::json::load_profile);
        std::cout << "ok: " << kind.name();
        if (kind.is_modbus()) {
            std::cout << ", " << kind.view().fields.size() << " registers";
        } else {
            std::cout << ", dlt645";
        }
        std::cout << '\n';
        return true;
    } catch (const CLI::RuntimeError&) {
        return false;
    }
}

void check_all(const options& given)
{
    const auto faulty = std::count_if(given.files.begin(), given.files.end(),
                                      [](const std::string& path) { return !check(path); });
    if (faulty > 0) throw CLI::RuntimeError{1};
}

}  // namespace

void add_profiles(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* list = app.add_subcommand("profiles", "The kinds of meters that are known");
    list->footer(list_examples);
    auto* json = list->add_flag("--json", given->json, "As JSON, a line a profile");
    list->add_flag("--markdown", given->markdown, "The tables of docs/meters.md")->excludes(json);
    list->callback([given] { print_list(*given); });

    auto* command = app.add_subcommand("profile", "One kind of meter, and files of your own");
    command->require_subcommand(1);
    command->footer(examples);
    auto* one = command->add_subcommand("show", "Everything that a profile says");
    one->add_option("profile", given->name, "A name of `wattpurse profiles`, or a file (JSON)")
        ->required();
    one->add_flag("--json", given->json, "As JSON, in one line");
    one->callback([given] { show(*given); });
    auto* files = command->add_subcommand("check", "Tell every fault of profile files");
    files->add_option("file", given->files, "Profile files (JSON)")->required();
    files->callback([given] { check_all(*given); });
}

}  // namespace wattpurse::cli
