// SPDX-License-Identifier: Apache-2.0
// A street of flats with prepaid meters, on lines that lose, delay, double and garble: a world in
// lock-step with one data centre, for demonstrations and tests.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/sim/world.hpp>

#include "server.hpp"

namespace wp = wattpurse;

namespace {

constexpr const char* host = "127.0.0.1";

std::string time_of(wp::instant at, const wp::engine::site& site)
{
    return std::string{wp::iso8601(at, site.zone).view()};
}

/// Writes a file as a whole: a reader never sees half of it.
void write_whole(const std::filesystem::path& file, const std::string& text)
{
    const std::filesystem::path part = file.string() + ".part";
    std::ofstream out{part};
    out << text;
    out.close();
    if (out.fail()) throw std::runtime_error{"cannot write " + part.string()};
    std::filesystem::rename(part, file);
}

std::string hex(wp::byte_span bytes)
{
    std::string out;
    for (const std::uint8_t byte : bytes) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02X", byte);
        out += pair;
    }
    return out;
}

/// What a data centre has to know: the TOML file it is started with.
void write_site(const std::filesystem::path& file, const wp::sim::world& world,
                const world_server::ports& ports)
{
    const auto& site = world.site();
    std::array<std::uint8_t, wp::meter::credentials::wire_size> secret{};
    site.credentials->write_to(secret);
    std::ostringstream out;
    out << "# Written by meter_simulator; the password opens its simulated meters only.\n"
        << "[site]\nopened_at = \"" << time_of(site.opened_at, site) << "\"\ncloses_at = \""
        << time_of(world.end(), site) << "\"\nzone = \"+08:00\"\ncurrency = \""
        << site.unit.code() << "\"\n\n[files]\nstore = \"ledger.db\"\n"
        << "tariff = \"tariff.json\"\npolicy = \"policy.json\"\n\n[clock]\nhost = \"" << host
        << "\"\nport = " << ports.clock << "\n\n[desk]\nhost = \"" << host
        << "\"\nport = " << ports.desk << "\n\n[credentials]\nlevel = \""
        << hex({secret.data(), 1}) << "\"\npassword = \""
        << hex(std::array{secret[3], secret[2], secret[1]}) << "\"\noperator = \""
        << hex(std::array{secret[7], secret[6], secret[5], secret[4]}) << "\"\n";
    for (std::size_t i = 0; i < site.buses.size(); ++i) {
        out << "\n[[line]]\nname = \"" << site.buses[i].view() << "\"\nhost = \"" << host
            << "\"\nport = " << ports.lines[i] << "\n";
    }
    for (std::size_t i = 0; i < site.accounts.size(); ++i) {
        out << "\n[[account]]\nname = \"" << site.accounts[i].account.view()
            << "\"\nbalance = \"" << to_string(site.accounts[i].balance.amount())
            << "\"\nmeter = \"" << site.services[i].meter.view() << "\"\nline = \""
            << site.services[i].bus.view() << "\"\n";
    }
    write_whole(file, out.str());
}

void write_truth(const std::filesystem::path& folder, wp::sim::world& world)
{
    const auto truth = world.what_happened();
    std::string out = "account,meter,at,t1_kwh,t2_kwh,t3_kwh,t4_kwh\n";
    for (const auto& row : truth.registers) {
        out += std::string{row.account.view()} + "," + std::string{row.meter.view()} + "," +
               time_of(row.at, world.site());
        for (const auto& tariff : row.registers.tariff) out += "," + to_string(tariff);
        out += "\n";
    }
    write_whole(folder / "truth.csv", out);
    out = "account,meter,at,relay\n";
    for (const auto& row : truth.relays) {
        out += std::string{row.account.view()} + "," + std::string{row.meter.view()} + "," +
               time_of(row.at, world.site()) + "," + std::string{to_string(row.relay)} + "\n";
    }
    write_whole(folder / "truth_relay.csv", out);
    const auto& faults = world.faults();
    nlohmann::ordered_json counts;
    counts["exchanges"] = faults.exchanges;
    counts["lost"] = faults.lost;
    counts["late"] = faults.late;
    counts["doubled"] = faults.doubled;
    counts["garbled"] = faults.garbled;
    write_whole(folder / "truth_faults.json", counts.dump(2) + "\n");
}

int run(const wp::sim::world_options& options, const std::filesystem::path& folder)
{
    wp::sim::world world{options};
    world_server server{world};
    write_site(folder / "site.toml", world, server.where());
    const bool done = server.run();
    write_truth(folder, world);
    if (!done) std::fprintf(stderr, "meter_simulator: stopped before the end of the play\n");
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app{"A world of simulated meters in lock-step with one data centre."};
    wp::sim::world_options options;
    std::string folder = ".";
    std::string start = "2026-01-01T00:00:00+08:00";
    app.add_option("--flats", options.flats, "Number of flats")
        ->check(CLI::Range(4, 999))
        ->capture_default_str();
    app.add_option("--days", options.days, "Days to play")
        ->check(CLI::Range(2, 366))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "Drives everything")->capture_default_str();
    app.add_option("--start", start, "Local midnight to begin at")->capture_default_str();
    app.add_option("--out", folder, "Folder for site.toml and the truth files")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const auto at = wp::parse_iso8601(start);
    if (!at || wp::start_of_day(*at, options.zone) != *at) {
        std::fprintf(stderr, "meter_simulator: --start %s: expected a midnight of +08:00, as "
                             "2026-01-01T00:00:00+08:00\n", start.c_str());
        return 64;
    }
    options.start = *at;
    try {
        return run(options, folder);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "meter_simulator: %s\n", error.what());
        return 70;
    }
}
