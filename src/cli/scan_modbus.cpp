// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_ASIO

#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/asio/modbus_connection.hpp>
#include <wattpurse/adapter/json/profile.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/meter/modbus_probe.hpp>

#include "modbus_commands.hpp"
#include "progress.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {
namespace {

namespace modbus = codec::modbus;
using adapter::asio::line_uri;
using adapter::asio::modbus_connection;
using json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& what, int status)
{
    std::cerr << "wattpurse scan: " << what << '\n';
    throw CLI::RuntimeError{status};
}

/// The Modbus meters that come with wattpurse; owns the texts of the maps.
struct known_meters {
    std::vector<adapter::json::meter_profile> profiles;
    std::vector<meter::register_map> maps;

    known_meters()
    {
        for (const auto& each : adapter::json::standard_profiles()) {
            auto loaded = adapter::json::load_profile(each.text);
            if (loaded && loaded->is_modbus()) profiles.push_back(std::move(*loaded));
        }
        for (const auto& each : profiles) maps.push_back(each.view());
    }
};

/// One Modbus line.
class line_scan {
public:
    line_scan(const modbus_scan_request& asked, const line_uri& where, modbus_connection& line)
        : asked_{asked}, where_{where}, line_{line}
    {
    }

    /// Units found, told as they are.
    std::size_t run(const std::vector<std::uint8_t>& units)
    {
        // A gateway takes several at once; a serial line takes one after the other by itself.
        const std::size_t together = where_.kind == line_uri::kind_type::serial ? 1 : 16;
        for (std::size_t first = 0; first < units.size(); first += together) {
            const std::size_t count = std::min(together, units.size() - first);
            progress_.show("unit " + std::to_string(units[first]));
            for (const std::uint8_t unit : present(std::span{units}.subspan(first, count))) {
                probe(unit);
            }
        }
        progress_.clear();
        if (!asked_.json && table_.size() > 0) table_.print(std::cout);
        return found_;
    }

private:
    [[nodiscard]] duration timeout() const
    {
        if (asked_.timeout_ms > 0) return duration{asked_.timeout_ms};
        return duration{where_.kind == line_uri::kind_type::serial ? 600 : 1000};
    }

    /// Those that say anything at all to a read of register 0.
    std::vector<std::uint8_t> present(std::span<const std::uint8_t> units)
    {
        link::modbus_job job;
        job.request = *modbus::to_pdu(
            modbus::read_request(modbus::function::read_holding_registers, 0, 1));
        job.timeout = timeout();
        job.attempts_max = static_cast<std::uint8_t>(asked_.attempts);
        std::vector<link::modbus_job> jobs;
        for (const std::uint8_t unit : units) {
            job.id = unit;
            job.unit = unit;
            jobs.push_back(job);
        }
        std::vector<link::modbus_event> ends(jobs.size());
        if (const auto done = line_.exchange(jobs, ends); !done) fail_with(done.error());
        std::vector<std::uint8_t> out;
        for (std::size_t i = 0; i < ends.size(); ++i) {
            using kind = link::modbus_event::kind_type;
            using modbus::exception_code;
            const bool is_gateway =
                ends[i].exception == exception_code::gateway_path_unavailable ||
                ends[i].exception == exception_code::gateway_target_failed_to_respond;
            if (ends[i].kind == kind::answered || (ends[i].kind == kind::refused && !is_gateway)) {
                out.push_back(units[i]);
            }
        }
        return out;
    }

    void probe(std::uint8_t unit)
    {
        progress_.show("what is unit " + std::to_string(unit) + "?");
        meter::modbus_probe_limits limits;
        limits.timeout = timeout();
        limits.attempts_max = static_cast<std::uint8_t>(asked_.attempts);
        limits.is_thorough = asked_.thorough;
        std::vector<meter::map_fit> fits(known_.maps.size());
        meter::modbus_probe probe{unit, known_.maps, fits, limits};
        if (const auto done = line_.run(probe); !done) fail_with(done.error());
        ++found_;
        tell(probe, fits);
    }

    void tell(const meter::modbus_probe& probe, const std::vector<meter::map_fit>& fits)
    {
        json out{{"line", where_.name()}, {"unit", probe.unit()}};
        if (const auto best = probe.best()) {
            out["profile"] = std::string{known_.maps[*best].name};
            out["fit"] = std::string{to_string(fits[*best].verdict)};
            out["ambiguous"] = probe.is_ambiguous();
            json others = json::array();
            for (std::size_t i = 0; i < fits.size(); ++i) {
                const bool is_equal = i != *best && !fits_better(fits[*best], fits[i]) &&
                                      !fits_better(fits[i], fits[*best]);
                if (is_equal) others.push_back(std::string{known_.maps[i].name});
            }
            if (!others.empty()) out["others"] = std::move(others);
        }
        json identity = json::object();
        for (std::size_t i = 0; i < meter::device_identity::objects; ++i) {
            const auto what = static_cast<modbus::identification_object>(i);
            const auto text = probe.identity().text(what);
            if (!text.empty()) identity[std::string{to_string(what)}] = std::string{text};
        }
        if (!identity.empty()) out["identity"] = std::move(identity);
        progress_.clear();
        if (asked_.json) {
            std::cout << out.dump() << std::endl;
            return;
        }
        std::string name;
        if (out.contains("identity")) {
            for (const json& text : out["identity"]) {
                name += (name.empty() ? "" : ", ") + text.get<std::string>();
            }
        }
        table_.add({std::to_string(probe.unit()), out.value("profile", "-"),
                    out.value("fit", "-") + (out.value("ambiguous", false) ? ", others too" : ""),
                    name});
    }

    [[noreturn]] void fail_with(const std::string& why)
    {
        progress_.clear();
        // What was found so far is not lost.
        if (!asked_.json && table_.size() > 0) table_.print(std::cout);
        refuse(why, 1);
    }

    const modbus_scan_request& asked_;
    const line_uri& where_;
    modbus_connection& line_;
    known_meters known_;
    progress progress_;
    text_table table_{{"unit", "profile", "fit", "calls itself"}};
    std::size_t found_ = 0;
};

}  // namespace

std::optional<std::vector<std::uint8_t>> units_of(const std::string& text)
{
    std::vector<std::uint8_t> out;
    std::array<bool, 256> taken{};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    while (at != end) {
        unsigned first = 0;
        auto read = std::from_chars(at, end, first);
        if (read.ec != std::errc{} || first > 255) return std::nullopt;
        unsigned last = first;
        if (read.ptr != end && *read.ptr == '-') {
            read = std::from_chars(read.ptr + 1, end, last);
            if (read.ec != std::errc{} || last > 255 || last < first) return std::nullopt;
        }
        for (unsigned unit = first; unit <= last; ++unit) {
            if (!std::exchange(taken[unit], true)) out.push_back(static_cast<std::uint8_t>(unit));
        }
        at = read.ptr;
        if (at != end && *at++ != ',') return std::nullopt;
        if (at == end && text.back() == ',') return std::nullopt;
    }
    if (out.empty()) return std::nullopt;
    return out;
}

std::size_t scan_modbus(const modbus_scan_request& asked, const line_uri& where)
{
    auto units = units_of(asked.units);
    if (!units) {
        refuse("--units \"" + asked.units + "\": expected units from 1 to 247, as 1-10,20", 2);
    }
    if (where.kind == line_uri::kind_type::serial) {  // nobody answers a broadcast
        units->erase(std::remove(units->begin(), units->end(), std::uint8_t{0}), units->end());
    }
    auto line = modbus_connection::open(where);
    if (!line) refuse(line.error(), 1);
    return line_scan{asked, where, *line}.run(*units);
}

}  // namespace wattpurse::cli

#endif
