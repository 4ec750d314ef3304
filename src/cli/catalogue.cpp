// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/catalogue_text.hpp>
#include <wattpurse/codec/dlt645/describe.hpp>

#include "catalogue_table.hpp"
#include "commands.hpp"
#include "files.hpp"

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;

constexpr const char* examples = R"(
Examples:
  wattpurse catalogue list --edition 2007 --family prepay
  wattpurse catalogue show 00010000 04000503 9010
  wattpurse catalogue check my_meter.json
  wattpurse catalogue show --with my_meter.json 028011FF
)";

struct options {
    std::string edition;
    std::string family;
    std::string language = "en";
    std::string with;
    std::string file;
    std::vector<std::string> ids;
    bool markdown = false;
};

[[noreturn]] void refuse(const std::string& what)
{
    std::cerr << "wattpurse catalogue: " << what << '\n';
    throw CLI::RuntimeError{1};
}

dlt645::language speech_of(const options& given)
{
    return given.language == "zh" ? dlt645::language::chinese : dlt645::language::english;
}

/// Calls `use` with the standard catalogue, or with a user's file that stands on it.
template <class Use>
void with_catalogue(const options& given, Use use)
{
    if (given.with.empty()) {
        use(dlt645::standard_catalogue());
        return;
    }
    const auto own = load_file(given.with, adapter::json::load_catalogue);
    use(own.view());
}

void print_list(const options& given)
{
    table_choice choice;
    if (!given.edition.empty()) {
        choice.which = given.edition == "2007" ? dlt645::edition::y2007 : dlt645::edition::y1997;
    }
    choice.family = dlt645::parse_family(given.family);
    choice.speech = speech_of(given);
    with_catalogue(given, [&](const dlt645::catalogue& all) {
        const auto sections = sections_of(all, choice);
        std::cout << (given.markdown ? markdown_table(sections, choice)
                                     : plain_table(sections, choice));
    });
}

std::string_view kind_text(const dlt645::field& what)
{
    switch (what.kind) {
        case dlt645::field_kind::number: return "number";
        case dlt645::field_kind::binary: return "binary";
        case dlt645::field_kind::moment: return "moment";
        case dlt645::field_kind::bits: return "bits";
        case dlt645::field_kind::digits: return "digits";
        case dlt645::field_kind::ascii: return "ascii";
        case dlt645::field_kind::identifier: return "identifier";
        case dlt645::field_kind::bytes: return "bytes";
        case dlt645::field_kind::load: return "load record blocks";
    }
    return "unknown";
}

json field_json(const dlt645::layout_walker& at)
{
    const dlt645::field& what = at.what();
    json out;
    if (!what.name.empty()) out["name"] = what.name;
    out["kind"] = kind_text(what);
    if (what.size != 0) out["bytes"] = what.size;
    if (!what.parts.empty()) out["parts"] = what.parts;
    if (what.places != 0) out["places"] = what.places;
    if (what.has_sign) out["signed"] = true;
    if (!what.unit.empty()) out["unit"] = what.unit;
    if (!what.set.empty()) out["set"] = what.set;
    if (at.is_open_ended()) {
        out["times"] = "as many as come";
    } else if (at.times() > 1) {
        out["times"] = at.times();
    }
    return out;
}

json bits_json(std::span<const dlt645::bit_name> names, dlt645::language speech)
{
    json out = json::array();
    for (const dlt645::bit_name& one : names) {
        const auto name = speech == dlt645::language::chinese ? one.name_zh : one.name;
        if (one.value == dlt645::bit_name::whole_group) {
            out.push_back({{"low", one.low}, {"width", one.width}, {"name", name}});
        } else {
            out.back()["values"][std::to_string(one.value)] = name;
        }
    }
    return out;
}

void add_fields(json& out, const dlt645::catalogue& all, const dlt645::catalogue_row& row,
                dlt645::language speech)
{
    using walker = dlt645::layout_walker;
    json bits;
    out["fields"] = json::array();
    walker fields{row.layout, walker::mode::once};
    while (fields.next(true) == walker::step::field) {
        out["fields"].push_back(field_json(fields));
        const std::string set{fields.what().set};
        if (!set.empty()) bits[set] = bits_json(all.bits(set), speech);
    }
    if (!bits.empty()) out["bits"] = std::move(bits);
}

json row_json(const dlt645::catalogue& all, const dlt645::catalogue_row& row, std::uint32_t id,
              const std::string& text, dlt645::language speech)
{
    json out;
    out["id"] = text;
    out["edition"] = row.which() == dlt645::edition::y2007 ? "2007" : "1997";
    out["name"] = std::string{dlt645::name_of(all, row.which(), id, speech).view()};
    out["pattern"] = pattern_text(row.ids);
    out["identifiers"] = row.ids.count();
    out["layout"] = row.layout;
    out["bytes"] = row.shape.fixed;
    if (row.shape.repeating != 0) out["bytes_repeating"] = row.shape.repeating;
    if (row.shape.takes_rest) out["open_ended"] = true;
    add_fields(out, all, row, speech);
    out["access"] = to_string(row.access);
    out["family"] = to_string(row.family);
    out["secret"] = row.secret;
    out["confirmed"] = row.confirmed;
    out["source"] = row.source;
    if (!row.note.empty()) out["note"] = row.note;
    return out;
}

/// Eight hexadecimal digits are of 2007, four of 1997.
std::optional<std::uint32_t> read_id(const std::string& text)
{
    if (text.size() != 8 && text.size() != 4) return std::nullopt;
    std::uint32_t id = 0;
    for (const char c : text) {
        const int digit = hex_value(c);
        if (digit < 0) return std::nullopt;
        id = id << 4U | static_cast<std::uint32_t>(digit);
    }
    return id;
}

void print_rows(const options& given)
{
    bool all_known = true;
    with_catalogue(given, [&](const dlt645::catalogue& all) {
        for (const std::string& text : given.ids) {
            const auto id = read_id(text);
            if (!id) refuse('"' + text + "\": expected 8 (2007) or 4 (1997) hexadecimal digits");
            const auto which = text.size() == 8 ? dlt645::edition::y2007 : dlt645::edition::y1997;
            const dlt645::catalogue_row* const row = all.find(which, *id);
            if (row == nullptr) {
                std::cerr << "wattpurse catalogue: " << text << ": not in the catalogue\n";
                all_known = false;
                continue;
            }
            std::cout << row_json(all, *row, *id, text, speech_of(given)).dump() << '\n';
        }
    });
    if (!all_known) throw CLI::RuntimeError{1};
}

void check_file(const options& given)
{
    const auto own = load_file(given.file, adapter::json::load_catalogue);
    std::uint64_t count = 0;
    const auto rows = own.view().rows();
    for (const dlt645::catalogue_row& row : rows) count += row.ids.count();
    std::cout << given.file << ": " << own.name() << ", good, " << count << " identifiers in "
              << rows.size() << " patterns\n";
}

void add_language(CLI::App& command, options& given)
{
    command.add_option("--lang", given.language, "Language of the names")
        ->check(CLI::IsMember({"en", "zh"}))
        ->capture_default_str();
    command.add_option("--with", given.with,
                       "A catalogue file (JSON) to stand on the standard one");
}

void add_list(CLI::App& parent, const std::shared_ptr<options>& given)
{
    auto* command = parent.add_subcommand("list", "The identifiers, by edition and family");
    command->add_option("--edition", given->edition, "Only of this edition")
        ->check(CLI::IsMember({"2007", "1997"}));
    command->add_option("--family", given->family, "Only of this family")
        ->check(CLI::IsMember({"energy", "demand", "variable", "event", "parameter", "freeze",
                               "load", "prepay", "security", "vendor"}));
    command->add_flag("--markdown", given->markdown, "The table of docs/dlt645.md");
    add_language(*command, *given);
    command->callback([given] { print_list(*given); });
}

}  // namespace

void add_catalogue(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* command =
        app.add_subcommand("catalogue", "The data identifiers of DL/T 645, and files of your own");
    command->require_subcommand(1);
    command->footer(examples);
    add_list(*command, given);
    auto* show = command->add_subcommand("show", "Everything known of identifiers, a line each");
    show->add_option("id", given->ids, "8 hexadecimal digits (2007) or 4 (1997)")->required();
    add_language(*show, *given);
    show->callback([given] { print_rows(*given); });
    auto* check = command->add_subcommand("check", "Tell every fault of a catalogue file");
    check->add_option("file", given->file, "A catalogue file (JSON)")->required();
    check->callback([given] { check_file(*given); });
}

}  // namespace wattpurse::cli
