// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include <set>
#include <utility>

#include <toml++/toml.h>

#include <wattpurse/meter/driver.hpp>

namespace wp = wattpurse;

namespace {

/// Reads values of the file and collects what is wrong with them.
class reader {
public:
    reader(const toml::table& root, std::vector<wp::fault>& faults) : root_(root), faults_(faults)
    {
    }

    void fault(const std::string& path, const std::string& value, const std::string& expected)
    {
        faults_.push_back({path, value, expected});
    }

    std::string text(const toml::table& in, const std::string& path, std::string_view key)
    {
        const auto value = in[key].value_exact<std::string>();
        if (!value) fault(path + "." + std::string{key}, in[key] ? "another type" : "nothing",
                          "a text in quotes");
        return value.value_or("");
    }

    /// A text that `parse` turns into something.
    template <class Parse>
    auto parsed(const toml::table& in, const std::string& path, std::string_view key,
                const std::string& expected, Parse parse)
    {
        const std::string value = text(in, path, key);
        auto made = parse(std::string_view{value});
        if (!made && !value.empty()) fault(path + "." + std::string{key}, value, expected);
        return made;
    }

    const toml::table& table(std::string_view key)
    {
        static const toml::table none;
        const auto* found = root_[key].as_table();
        if (found == nullptr) fault(std::string{key}, "nothing", "a table");
        return found == nullptr ? none : *found;
    }

    template <class Visit>
    void tables(std::string_view key, Visit visit)
    {
        const auto* list = root_[key].as_array();
        if (list == nullptr || list->empty()) {
            return fault(std::string{key}, "nothing", "at least one [[" + std::string{key} + "]]");
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            const std::string path = std::string{key} + "[" + std::to_string(i) + "]";
            const auto* item = (*list)[i].as_table();
            if (item == nullptr) fault(path, "another type", "a table");
            if (item != nullptr) visit(*item, path);
        }
    }

    wp::adapter::asio::endpoint endpoint(const toml::table& in, const std::string& path)
    {
        const auto port = in["port"].value<std::int64_t>().value_or(0);
        if (port < 1 || port > 65535) fault(path + ".port", std::to_string(port), "1 to 65535");
        return {text(in, path, "host"), static_cast<std::uint16_t>(port)};
    }

private:
    const toml::table& root_;
    std::vector<wp::fault>& faults_;
};

void read_site(reader& in, data_centre_config& out)
{
    const auto& site = in.table("site");
    const std::string time = "a time as 2026-01-01T00:00:00+08:00";
    out.site.opened_at =
        in.parsed(site, "site", "opened_at", time, wp::parse_iso8601).value_or(wp::instant{});
    if (site.contains("closes_at")) {
        const auto at = in.parsed(site, "site", "closes_at", time, wp::parse_iso8601);
        if (at) out.site.closes_at = *at;
    }
    out.site.zone = in.parsed(site, "site", "zone", "an offset as +08:00", wp::fixed_zone::parse)
                        .value_or(wp::china_zone);
    const auto unit = in.parsed(site, "site", "currency", "three capitals", wp::currency::parse);
    if (unit) out.site.unit = *unit;
    const auto& secret = in.table("credentials");
    const auto who = wp::meter::credentials::parse(
        in.text(secret, "credentials", "level"), in.text(secret, "credentials", "password"),
        in.text(secret, "credentials", "operator"));
    if (who) out.site.credentials = *who;
    if (!who) in.fault("credentials", "(not shown)", "2, 6 and 8 digits");
}

void read_accounts(reader& in, data_centre_config& out)
{
    std::set<std::string> names;
    in.tables("line", [&](const toml::table& line, const std::string& path) {
        const auto name = in.parsed(line, path, "name", "a name", wp::bus_id::parse);
        if (name) out.site.buses.push_back(*name);
        out.lines.push_back(in.endpoint(line, path));
    });
    in.tables("account", [&](const toml::table& row, const std::string& path) {
        const auto name = in.parsed(row, path, "name", "a name", wp::account_id::parse);
        const auto meter = in.parsed(row, path, "meter", "12 digits", wp::meter_id::parse);
        const auto bus = in.parsed(row, path, "line", "a line's name", wp::bus_id::parse);
        const auto balance =
            in.parsed(row, path, "balance", "an amount as \"24.00\"",
                      [](std::string_view text) { return wp::decimal<6>::parse(text); });
        if (!name || !meter || !bus || !balance) return;
        if (!names.insert(std::string{name->view()}).second ||
            !names.insert(std::string{meter->view()}).second) {
            in.fault(path, std::string{name->view()}, "an account and a meter not named before");
        }
        if (!wp::meter::address_of(*meter)) {
            in.fault(path + ".meter", std::string{meter->view()}, "12 digits");
        }
        const auto& known = out.site.buses;
        if (std::find(known.begin(), known.end(), *bus) == known.end()) {
            in.fault(path + ".line", std::string{bus->view()}, "the name of a [[line]]");
        }
        if (!wp::engine::is_customer(*name)) {
            in.fault(path + ".name", std::string{name->view()}, "a name without \"house:\"");
        }
        out.site.accounts.push_back({*name, wp::money{*balance, out.site.unit}});
        out.site.services.push_back({*name, *meter, *bus, out.site.opened_at, std::nullopt});
    });
}

}  // namespace

wp::result<data_centre_config, std::vector<wp::fault>> read_config(
    const std::filesystem::path& file)
{
    std::vector<wp::fault> faults;
    data_centre_config out;
    try {
        const toml::table root = toml::parse_file(file.string());
        reader in{root, faults};
        read_site(in, out);
        read_accounts(in, out);
        out.desk = in.endpoint(in.table("desk"), "desk");
        if (root.contains("clock")) out.clock = in.endpoint(in.table("clock"), "clock");
        const auto& files = in.table("files");
        const auto folder = file.parent_path();
        out.store = folder / in.text(files, "files", "store");
        out.tariff = folder / in.text(files, "files", "tariff");
        out.policy = folder / in.text(files, "files", "policy");
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        faults.push_back({file.string() + ":" + std::to_string(at.line) + ":" +
                              std::to_string(at.column),
                          std::string{error.description()}, "a TOML file"});
    }
    if (!faults.empty()) return tl::unexpected<std::vector<wp::fault>>{std::move(faults)};
    return out;
}
