// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/adapter/json/urdb.hpp>

#include "billing.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "tariff_svg.hpp"
#include "tariff_text.hpp"
#include "tariff_words.hpp"

namespace wattpurse::cli {

namespace {

constexpr const char* examples = R"(
Examples:
  wattpurse tariff check my_tariff.json other_tariff.json
  wattpurse tariff show my_tariff.json --year 2026 --svg my_tariff.svg
  wattpurse tariff explain my_tariff.json --lang zh
  wattpurse tariff import-urdb rate.json --zone America/New_York -o my_tariff.json
)";

struct options {
    std::vector<std::string> files;
    std::string file;
    std::string language = "en";
    int year = 0;
    std::string svg;
    std::vector<std::string> events;
    std::string output;
    std::string zone;
    std::string currency = "USD";
};

const std::string show_command = "wattpurse tariff show";
const std::string import_command = "wattpurse tariff import-urdb";

/// Whether the file is good; if not, every fault has been told.
bool check(const std::string& path)
{
    try {
        const tariff::tariff by = load_tariff_file(path);
        std::size_t charges = 0;
        for (const tariff::version& each : by.versions) charges += each.charges.size();
        std::cout << "ok: " << by.name << ", " << by.versions.size()
                  << (by.versions.size() == 1 ? " version, " : " versions, ") << charges
                  << (charges == 1 ? " charge\n" : " charges\n");
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

void write_file(const std::string& command, const std::string& path, const std::string& text)
{
    std::ofstream out{path, std::ios::binary};
    out << text;
    out.close();
    if (!out) refuse(command, path + ": cannot be written");
}

/// "heat=2026-07-14", of an event that the tariff knows.
tariff::event_day read_event(const std::string& text, const tariff::tariff& by)
{
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto day =
        tariff::parse_day(equals == std::string::npos ? "" : text.substr(equals + 1));
    if (!day || name.empty()) {
        refuse(show_command, "--event \"" + text + "\": expected a name and a day, as "
                                                   "heat=2026-07-14");
    }
    for (const tariff::version& in : by.versions) {
        const auto& days = in.calendar.days;
        if (std::any_of(days.begin(), days.end(),
                        [&](const tariff::day_class& each) { return each.event == name; })) {
            return {name, *day};
        }
    }
    refuse(show_command, "--event \"" + text + "\": no day of the tariff is announced as " + name);
}

/// With the versions that are in force on some day of that year.
tariff::tariff in_force(const tariff::tariff& by, std::chrono::year year)
{
    const tariff::civil_day first{year / std::chrono::January / 1};
    const tariff::civil_day last{year / std::chrono::December / 31};
    tariff::tariff out = by;
    const auto begin = by.versions.begin();
    out.versions.assign(begin + static_cast<std::ptrdiff_t>(tariff::version_at(by, first)),
                        begin + static_cast<std::ptrdiff_t>(tariff::version_at(by, last)) + 1);
    return out;
}

void show(const options& given)
{
    namespace ch = std::chrono;
    const tariff::tariff by = load_tariff_file(given.file);
    const phrases say = phrases_in(given.language);
    tariff_picture picture;
    const auto now = ch::floor<duration>(ch::system_clock::now());
    picture.year = given.year != 0 ? ch::year{given.year}
                                   : ch::year_month_day{by.zone.day_at(now)}.year();
    for (const std::string& each : given.events) picture.events.push_back(read_event(each, by));
    print_tariff(std::cout, given.year == 0 ? by : in_force(by, picture.year), say);
    if (!given.svg.empty()) {
        write_file(show_command, given.svg, tariff_svg(by, picture, say));
    }
}

void explain_file(const options& given)
{
    std::cout << tariff_words(load_tariff_file(given.file), phrases_in(given.language));
}

void import_urdb(const options& given)
{
    const adapter::json::urdb_rules rules{given.zone, given.currency};
    const auto made = load_file(given.file, [&](std::string_view text) {
        return adapter::json::import_urdb(text, rules);
    });
    for (const std::string& note : made.notes) {
        std::cerr << given.file << ": note: " << note << '\n';
    }
    // What a rate says may still be no tariff, as a price that falls below zero.
    const auto faults = faults_of_tariff(made.text);
    for (const fault& each : faults) {
        std::cerr << given.file << ": as a tariff: " << to_string(each) << '\n';
    }
    if (given.output.empty()) {
        std::cout << made.text;
    } else {
        write_file(import_command, given.output, made.text);
    }
    if (!faults.empty()) throw CLI::RuntimeError{1};
}

void add_show(CLI::App& command, const std::shared_ptr<options>& given)
{
    auto* one = command.add_subcommand("show", "Bands, seasons, hours and prices as tables");
    one->add_option("file", given->file, "Tariff file (JSON)")->required();
    one->add_option("--svg", given->svg, "Draw the year and the prices into this file");
    one->add_option("--year", given->year,
                    "What is in force in that year (default: all; drawn is this year)")
        ->check(CLI::Range(1970, 2100));
    one->add_option("--event", given->events, "A day that is announced, as heat=2026-07-14")
        ->allow_extra_args(false);
    add_language_option(*one, given->language);
    one->callback([given] { show(*given); });
}

void add_import(CLI::App& command, const std::shared_ptr<options>& given)
{
    auto* one = command.add_subcommand(
        "import-urdb", "Make a tariff file of a rate of the U.S. Utility Rate Database (OpenEI)");
    one->add_option("file", given->file, "The rate (JSON, detail=full)")->required();
    one->add_option("-o,--output", given->output, "Write there (default: standard output)");
    one->add_option("--zone", given->zone, "Its time zone, which the database does not say");
    one->add_option("--currency", given->currency, "Its currency")->capture_default_str();
    one->callback([given] { import_urdb(*given); });
}

}  // namespace

void add_tariff(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* command = app.add_subcommand("tariff", "Tariff files: check, show, explain, import");
    command->require_subcommand(1);
    command->footer(examples);
    auto* files = command->add_subcommand("check", "Tell every fault of tariff files");
    files->add_option("file", given->files, "Tariff files (JSON)")->required();
    files->callback([given] { check_all(*given); });
    add_show(*command, given);
    auto* words = command->add_subcommand("explain", "What a tariff charges on what, in words");
    words->add_option("file", given->file, "Tariff file (JSON)")->required();
    add_language_option(*words, given->language);
    words->callback([given] { explain_file(*given); });
    add_import(*command, given);
}

}  // namespace wattpurse::cli
