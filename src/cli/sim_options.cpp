// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_SIM

#include "sim_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/quantity.hpp>
#include <wattpurse/meter/dialect.hpp>

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using outcome = result<void, std::string>;

tl::unexpected<std::string> fault(std::string_view option, std::string_view given,
                                  const std::string& expected)
{
    return tl::unexpected<std::string>{std::string{option} + " \"" + std::string{given} +
                                       "\": expected " + expected};
}

/// The pieces between commas.
std::vector<std::string_view> split(std::string_view text)
{
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto comma = text.find(',');
        out.push_back(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return out;
}

// ---- Secrets, which come from files and are never shown ---------------------------------------

/// The lines of a file that say something, with their numbers.
result<std::vector<std::pair<std::size_t, std::string>>, std::string> lines_of(
    std::string_view option, const std::string& path)
{
    std::ifstream in{path};
    if (!in) return fault(option, path, "a file that can be read");
    std::vector<std::pair<std::size_t, std::string>> out;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        const auto first = line.find_first_not_of(" \t\r");
        if (first != std::string::npos && line[first] != '#') out.emplace_back(number, line);
    }
    if (in.bad()) return fault(option, path, "a file that can be read");  // a directory
    return out;
}

result<std::vector<dlt645::credentials>, std::string> read_credentials(const std::string& path)
{
    constexpr std::string_view option = "--credentials-file";
    std::vector<dlt645::credentials> out;
    if (path.empty()) return out;
    const auto lines = lines_of(option, path);
    if (!lines) return tl::unexpected<std::string>{lines.error()};
    for (const auto& [number, line] : *lines) {
        std::istringstream words{line};
        std::string level;
        std::string password;
        std::string operator_code;
        std::string more;
        words >> level >> password >> operator_code >> more;
        const auto read = dlt645::credentials::parse(
            level, password, operator_code.empty() ? "00000000" : operator_code);
        if (!read || !more.empty()) {
            return fault(option, path + ":" + std::to_string(number),
                         "level, password and perhaps operator code, as in 02 XXXXXX XXXXXXXX");
        }
        out.push_back(*read);
    }
    return out;
}

result<std::optional<std::array<std::uint8_t, 32>>, std::string> read_soft_key(
    const std::string& path)
{
    constexpr std::string_view option = "--soft-key-file";
    if (path.empty()) return std::nullopt;
    const auto lines = lines_of(option, path);
    if (!lines) return tl::unexpected<std::string>{lines.error()};
    std::array<std::uint8_t, 32> key{};
    const auto size = lines->size() == 1 ? parse_hex(lines->front().second, key)
                                         : result<std::size_t>{fail(errc::syntax)};
    if (!size || *size != key.size()) return fault(option, path, "64 hexadecimal digits");
    return key;
}

// ---- One option each --------------------------------------------------------------------------

outcome set_profile(const std::string& name, sim::meter_options& out)
{
    const bool single = name.rfind("single_phase_", 0) == 0;
    const bool three = name.rfind("three_phase_", 0) == 0;
    const std::string_view control = std::string_view{name}.substr(single  ? 13
                                                                   : three ? 12
                                                                           : name.size());
    if (control != "prepaid" && control != "remote") {
        return fault("--profile", name,
                     "single_phase_prepaid, single_phase_remote, three_phase_prepaid or "
                     "three_phase_remote");
    }
    out.phases = single ? sim::wiring::single_phase : sim::wiring::three_phase;
    out.control = control == "prepaid" ? sim::fee_control::local : sim::fee_control::remote;
    return {};
}

outcome set_edition(const std::string& name, sim::meter_options& out)
{
    if (name != "both" && name != "2007" && name != "1997") {
        return fault("--edition", name, "both, 2007 or 1997");
    }
    out.speaks_2007 = name != "1997";
    out.speaks_1997 = name != "2007";
    return {};
}

outcome set_address(const std::string& text, sim::meter_options& out)
{
    const auto address = dlt645::address::shortened_2007(text);
    if (!address || !address->is_bcd() || address->is_broadcast()) {
        return fault("--meter", text, "an address of up to twelve digits");
    }
    out.address = *address;
    return {};
}

result<sim::meter_options, std::string> common_options(const sim_request& asked, instant now)
{
    sim::meter_options out;
    const auto passwords = read_credentials(asked.credentials_file);
    const auto key = read_soft_key(asked.soft_key_file);
    if (!passwords) return tl::unexpected<std::string>{passwords.error()};
    if (!key) return tl::unexpected<std::string>{key.error()};
    out.passwords = *passwords;
    out.soft_key = *key;
    const auto* const dialect = meter::find_dialect(asked.dialect);
    if (dialect == nullptr) {
        return fault("--dialect", asked.dialect,
                     "state_grid_filing, park_plain, vendor_top_up_34 or write_identifier");
    }
    out.dialect = *dialect;
    for (const auto& done :
         {set_profile(asked.profile, out), set_edition(asked.edition, out),
          read_energy(asked.energy, out.registers)}) {
        if (!done) return tl::unexpected<std::string>{done.error()};
    }
    const auto load = read_load(asked.load_kw);
    if (!load) return tl::unexpected<std::string>{load.error()};
    out.load = *load;
    const auto money = read_money(asked.money);
    if (!money) return tl::unexpected<std::string>{money.error()};
    out.purse.money_cents = *money;
    if (asked.read_limit < 8 || asked.read_limit > 255) {
        return fault("--limit-read", std::to_string(asked.read_limit), "8 to 255 bytes");
    }
    out.read_limit = static_cast<std::uint8_t>(asked.read_limit);
    out.installed_at = now;
    out.answer_delay = duration{asked.answer_ms};
    out.push_every = std::chrono::seconds{asked.push_s};
    out.heartbeat_every = std::chrono::seconds{asked.heartbeat_s};
    out.clock_error = std::chrono::seconds{asked.clock_error_s};
    return out;
}

}  // namespace

result<void, std::string> read_energy(const std::string& text, register_set& out)
{
    std::size_t next = 0;
    for (const std::string_view piece : split(text)) {
        const auto kwh = energy::parse(piece);
        if (!kwh || kwh->is_negative() || next == out.tariff.size()) {
            return fault("--energy", text, "kWh of up to " + std::to_string(out.tariff.size()) +
                                               " tariffs, as 120.50,60");
        }
        out.tariff[next++] = *kwh;
    }
    return {};
}

result<sim::load_function, std::string> read_load(const std::string& text)
{
    if (text.empty()) return sim::load_function{};
    const auto kw = power::parse(text);
    constexpr std::int64_t shown_max = 799'999;  // XX.XXXX, the highest bit is the sign
    if (!kw || kw->mantissa() > shown_max || kw->mantissa() < -shown_max) {
        return fault("--load", text, "kW, -79.9999 to 79.9999, as 1.25");
    }
    return sim::steady_load(*kw);
}

result<std::int64_t, std::string> read_money(const std::string& text)
{
    const auto yuan = decimal<2>::parse(text);
    if (!yuan || yuan->mantissa() < 0) return fault("--money", text, "an amount, as 50.00");
    return yuan->mantissa();
}

result<std::vector<sim::meter_options>, std::string> meters_of(const sim_request& asked,
                                                               instant now)
{
    const auto common = common_options(asked, now);
    if (!common) return tl::unexpected<std::string>{common.error()};
    std::vector<sim::meter_options> out;
    for (const std::string& text : asked.meters) {
        sim::meter_options meter = *common;
        if (auto done = set_address(text, meter); !done) {
            return tl::unexpected<std::string>{done.error()};
        }
        for (const auto& other : out) {
            if (other.address == meter.address) {
                return fault("--meter", text, "each address once");
            }
        }
        if (auto done = sim::check(meter); !done) {
            return tl::unexpected<std::string>{"meter " + text + ": " + done.error()};
        }
        out.push_back(std::move(meter));
    }
    return out;
}

result<void, std::string> read_rates(const std::string& text, std::span<const rate_name> names)
{
    std::string known;
    for (const rate_name& each : names) {
        known += (known.empty() ? "" : ", ") + std::string{each.name};
    }
    for (const std::string_view piece : split(text)) {
        const auto equals = piece.find('=');
        const auto tenths = equals == std::string_view::npos
                                ? result<decimal<1>>{fail(errc::syntax)}
                                : decimal<1>::parse(piece.substr(equals + 1));
        const auto found = std::find_if(names.begin(), names.end(), [&](const rate_name& each) {
            return each.name == piece.substr(0, equals);
        });
        if (!tenths || tenths->mantissa() < 0 || tenths->mantissa() > 1000 ||
            found == names.end()) {
            return fault("--faults", piece,
                         "KIND=PERCENT with a kind of " + known + ", as lost=2,late=0.5");
        }
        *found->rate = static_cast<std::uint16_t>(tenths->mantissa());
    }
    std::set<const std::uint16_t*> counted;
    int sum = 0;
    for (const rate_name& each : names) {
        if (counted.insert(each.rate).second) sum += *each.rate;
    }
    constexpr int all = 1000;
    if (sum > all) return fault("--faults", text, "100 per cent at most, all kinds together");
    return {};
}

result<sim::fault_rates, std::string> faults_of(const sim_request& asked)
{
    sim::fault_rates out;
    out.seed = asked.seed;
    out.echo = asked.echo;
    const std::array<rate_name, 9> names{{{"lost", &out.silent},
                                          {"silent", &out.silent},
                                          {"deaf", &out.deaf},
                                          {"late", &out.late},
                                          {"truncated", &out.truncated},
                                          {"garbled", &out.corrupted},
                                          {"corrupted", &out.corrupted},
                                          {"noisy", &out.noisy},
                                          {"partly_applied", &out.partly_applied}}};
    if (auto done = read_rates(asked.faults, names); !done) {
        return tl::unexpected<std::string>{done.error()};
    }
    return out;
}

}  // namespace wattpurse::cli

#endif
