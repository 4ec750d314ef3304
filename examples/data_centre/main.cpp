// SPDX-License-Identifier: Apache-2.0
// A data centre: meters on TCP lines, prepaid accounts in one SQLite file.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/asio/edge.hpp>
#include <wattpurse/adapter/json/desk.hpp>
#include <wattpurse/adapter/json/policy.hpp>
#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/adapter/thread/background_store.hpp>
#include <wattpurse/engine/system.hpp>

#include "config.hpp"
#include "progress.hpp"

namespace wp = wattpurse;

namespace {

constexpr int exit_usage = 64;     // sysexits: the command line or a file is wrong
constexpr int exit_software = 70;  // the engine stopped

/// The text of a file; nothing (and a word to the user) where it cannot be read.
std::optional<std::string> slurp(const std::filesystem::path& file)
{
    std::ifstream in{file};
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in) {
        std::fprintf(stderr, "data_centre: cannot read %s\n", file.c_str());
        return std::nullopt;
    }
    return text.str();
}

void tell(const std::string& file, const std::vector<wp::fault>& faults)
{
    for (const auto& found : faults) {
        std::fprintf(stderr, "%s: %s\n", file.c_str(), to_string(found).c_str());
    }
}

/// Loads a file with `load`; nothing (and every fault told) where it is not right.
template <class Load>
auto loaded(const std::filesystem::path& file, Load load)
    -> std::optional<typename decltype(load(std::string_view{}))::value_type>
{
    const auto text = slurp(file);
    if (!text) return std::nullopt;
    auto made = load(std::string_view{*text});
    if (made) return std::move(*made);
    tell(file.string(), made.error());
    return std::nullopt;
}

bool is_done(const wp::engine::system& centre, const data_centre_config& config)
{
    const auto end = config.site.closes_at;
    if (!end || !centre.closed_until(*end)) return false;
    return std::none_of(config.site.accounts.begin(), config.site.accounts.end(),
                        [&](const auto& a) { return centre.has_open_work(a.account); });
}

int run(const std::filesystem::path& file)
{
    const auto config = read_config(file);
    if (!config) {
        tell(file.string(), config.error());
        return exit_usage;
    }
    const auto tariff = loaded(config->tariff, [](std::string_view text) {
        return wp::adapter::json::load_tariff(text);
    });
    const auto policy = loaded(config->policy, wp::adapter::json::load_policy);
    if (!tariff || !policy) return exit_usage;

    // Committed on a thread of its own: a slow disk keeps nobody from reading meters.
    wp::adapter::sqlite::store on_disk{config->store.string()};
    wp::adapter::thread::background_store books{on_disk};
    wp::engine::system centre{config->site, *tariff, *policy, books};
    progress_display display{centre};
    const auto& site = config->site;

    wp::adapter::asio::edge_options edge;
    edge.desk = config->desk;
    edge.lines = config->lines;
    edge.clock = config->clock;
    edge.desk_line = [&](std::string_view line) {
        const auto order = wp::adapter::json::read_order(line, site.unit);
        if (!order) return tell("desk", order.error());  // not accepted, so the desk keeps it
        if (!centre.receive(*order)) {
            std::fprintf(stderr, "desk: %s is not taken, the disk is behind\n",
                         order->key.c_str());
        }
    };
    edge.desk_output = [&] {
        std::string out;
        for (const auto& said : centre.take_messages()) {
            out += wp::adapter::json::write_message(said, site.zone);
        }
        return out;
    };
    edge.finished = [&](wp::instant now) {
        display.show(now);
        return is_done(centre, *config);
    };
    edge.on_outcome = [&](std::function<void()> wake) { books.on_outcome(std::move(wake)); };
    const auto end = wp::adapter::asio::run_edge(centre, edge);
    if (!end) {
        std::fprintf(stderr, "data_centre: %s\n", end.error().c_str());
        return exit_software;
    }
    if (*end == wp::adapter::asio::edge_end::stopped) {
        std::fprintf(stderr, "data_centre: stopped; everything said is in %s\n",
                     config->store.c_str());
        return 0;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app{"A prepaid data centre: reads meters, charges accounts, cuts and restores."};
    std::string file;
    app.add_option("--config", file, "TOML file: site, lines, accounts, files")
        ->required()
        ->check(CLI::ExistingFile);
    CLI11_PARSE(app, argc, argv);
    try {
        return run(file);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "data_centre: %s\n", error.what());
        return exit_software;
    }
}
