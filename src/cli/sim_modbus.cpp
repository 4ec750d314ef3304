// SPDX-License-Identifier: Apache-2.0
#if defined(WATTPURSE_WITH_SIM) && defined(WATTPURSE_WITH_ASIO)

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/adapter/asio/byte_server.hpp>
#include <wattpurse/adapter/asio/connection_server.hpp>
#include <wattpurse/adapter/asio/modbus_service.hpp>
#include <wattpurse/adapter/json/profile.hpp>
#include <wattpurse/link/modbus_server.hpp>
#include <wattpurse/sim/conformance_model.hpp>
#include <wattpurse/sim/modbus_line.hpp>
#include <wattpurse/sim/modbus_meter.hpp>

#include "profile_source.hpp"
#include "sim_options.hpp"

namespace wattpurse::cli {

namespace {

using outcome = result<void, std::string>;
using sim::modbus_transport;

constexpr const char* default_profile = "eastron_sdm630";
constexpr std::uint64_t first_serial = 202'600'000'000;

/// Time that never goes backwards, whatever the system's clock does.
class forward_time {
public:
    instant operator()(instant now)
    {
        latest_ = std::max(latest_, now);
        return latest_;
    }

private:
    instant latest_{};
};

/// Meters on a serial line that all clients share.
class meters_on_line final : public adapter::asio::byte_service {
public:
    explicit meters_on_line(sim::modbus_line line) : line_{std::move(line)} {}

    void receive(byte_span bytes, instant now) override { line_.receive(bytes, forward_(now)); }
    [[nodiscard]] std::vector<std::uint8_t> take_output(instant now) override
    {
        std::vector<std::uint8_t> out;
        for (const auto& due : line_.take_output(forward_(now))) {
            out.insert(out.end(), due.bytes.begin(), due.bytes.end());
        }
        return out;
    }
    [[nodiscard]] instant next_deadline() const override { return line_.next_deadline(); }

private:
    sim::modbus_line line_;
    forward_time forward_;
};

/// A connection that nothing goes wrong on: straight into the session.
using plain_connection = adapter::asio::modbus_tcp_service<sim::modbus_units>;

/// A meter with a network plug of its own answers whoever asks for unit 0 or 255.
link::modbus_tcp_options tcp_options(const sim::modbus_units& units)
{
    link::modbus_tcp_options out;
    out.own_unit = units.first();
    return out;
}

/// A connection with faults and delays.
class troubled_connection final : public adapter::asio::connection_service {
public:
    explicit troubled_connection(sim::modbus_line line) : line_{std::move(line)} {}

    [[nodiscard]] std::size_t room() const override { return said_.size() > said_max ? 0 : 1024; }
    void receive(byte_span bytes, instant now) override
    {
        line_.receive(bytes, forward_(now));
        advance(now);
    }
    void advance(instant now) override
    {
        for (const auto& due : line_.take_output(forward_(now))) {
            said_.insert(said_.end(), due.bytes.begin(), due.bytes.end());
        }
    }
    [[nodiscard]] byte_span pending_output() const override { return said_; }
    void consume(std::size_t count) override
    {
        said_.erase(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    [[nodiscard]] instant next_deadline() const override { return line_.next_deadline(); }
    [[nodiscard]] bool is_over() const override { return line_.broken() && said_.empty(); }

private:
    static constexpr std::size_t said_max = 16 * 1024;

    sim::modbus_line line_;
    std::vector<std::uint8_t> said_;
    forward_time forward_;
};

modbus_transport transport_of(const std::string& protocol)
{
    if (protocol == "modbus-tcp") return modbus_transport::tcp;
    return protocol == "modbus-rtu" ? modbus_transport::rtu : modbus_transport::ascii;
}

result<sim::modbus_fault_rates, std::string> faults_of(const modbus_sim_request& asked)
{
    sim::modbus_fault_rates out;
    out.bytes.seed = asked.seed;
    out.bytes.echo = asked.echo;
    const std::array<rate_name, 12> names{{{"lost", &out.bytes.silent},
                                           {"silent", &out.bytes.silent},
                                           {"deaf", &out.bytes.deaf},
                                           {"late", &out.bytes.late},
                                           {"truncated", &out.bytes.truncated},
                                           {"cut", &out.bytes.truncated},
                                           {"garbled", &out.bytes.corrupted},
                                           {"corrupted", &out.bytes.corrupted},
                                           {"noisy", &out.bytes.noisy},
                                           {"doubled", &out.doubled},
                                           {"busy", &out.busy},
                                           {"swapped", &out.swapped}}};
    if (auto done = read_rates(asked.faults, names); !done) {
        return tl::unexpected<std::string>{done.error()};
    }
    return out;
}

/// All that the simulated meters stand on: the profile owns the texts of their map.
struct meters {
    std::optional<adapter::json::meter_profile> profile;
    std::shared_ptr<sim::modbus_units> units = std::make_shared<sim::modbus_units>();
};

outcome check_units(const std::vector<unsigned>& units)
{
    for (std::size_t i = 0; i < units.size(); ++i) {
        const bool is_new = std::find(units.begin(), units.begin() + static_cast<std::ptrdiff_t>(i),
                                      units[i]) == units.begin() + static_cast<std::ptrdiff_t>(i);
        if (units[i] >= 1 && units[i] <= 247 && is_new) continue;
        return tl::unexpected<std::string>{"--unit \"" + std::to_string(units[i]) +
                                           "\": expected 1 to 247, each once"};
    }
    return {};
}

/// On TCP the first of them answers to 255 as well.
meters conformance_meters(const modbus_sim_request& asked, modbus_transport transport)
{
    meters out;
    for (const unsigned unit : asked.units) {
        const auto device = std::make_shared<sim::conformance_model>();
        const bool is_first = out.units->size() == 0;
        out.units->add(static_cast<std::uint8_t>(unit), device);
        if (is_first && transport == modbus_transport::tcp) out.units->add(255, device);
    }
    return out;
}

result<meters, std::string> meters_of(const modbus_sim_request& asked, instant now)
{
    meters out;
    out.profile.emplace(modbus_profile_of(asked.profile.empty() ? default_profile : asked.profile));
    sim::modbus_meter_options meter;
    meter.map = out.profile->view();
    meter.installed_at = now;
    meter.holes_are_zero = asked.holes == "zero";
    const auto load = read_load(asked.load_kw);
    const auto money = read_money(asked.money);
    if (!load) return tl::unexpected<std::string>{load.error()};
    if (!money) return tl::unexpected<std::string>{money.error()};
    meter.money_cents = *money;
    if (auto done = read_energy(asked.energy, meter.registers); !done) {
        return tl::unexpected<std::string>{done.error()};
    }
    if (auto done = sim::check(meter); !done) return tl::unexpected<std::string>{done.error()};
    for (const unsigned unit : asked.units) {
        meter.load = *load ? *load : sim::drawn_load(unit);
        meter.unit = static_cast<std::uint8_t>(unit);
        meter.serial = first_serial + unit;
        out.units->add(static_cast<std::uint8_t>(unit),
                       std::make_shared<sim::modbus_meter>(meter));
    }
    return out;
}

outcome serve_connections(const modbus_sim_request& asked, const sim_place& place,
                          const sim::modbus_fault_rates& faults,
                          const std::shared_ptr<sim::modbus_units>& units)
{
    auto server = adapter::asio::connection_server::listen(*place.tcp, place.bind);
    if (!server) return tl::unexpected<std::string>{server.error()};
    std::cout << "listening on " << server->where() << std::endl;
    const bool is_plain = asked.faults.empty() && !asked.echo && asked.answer_ms == 0;
    return server->run([&]() -> std::unique_ptr<adapter::asio::connection_service> {
        if (is_plain) return std::make_unique<plain_connection>(*units, tcp_options(*units));
        return std::make_unique<troubled_connection>(sim::modbus_line{
            units, modbus_transport::tcp, faults, duration{asked.answer_ms}});
    });
}

outcome serve_line(const modbus_sim_request& asked, const sim_place& place,
                   const sim::modbus_fault_rates& faults,
                   const std::shared_ptr<sim::modbus_units>& units)
{
    auto server = place.tcp ? adapter::asio::byte_server::listen_tcp(*place.tcp, place.bind)
                            : adapter::asio::byte_server::open_pty();
    if (!server) return tl::unexpected<std::string>{server.error()};
    meters_on_line line{sim::modbus_line{units, transport_of(asked.protocol), faults,
                                         duration{asked.answer_ms}}};
    std::cout << (place.tcp ? "listening on " : "pty ") << server->where() << std::endl;
    return server->run(line);
}

}  // namespace

outcome serve_modbus(const modbus_sim_request& asked, const sim_place& place, int& status)
{
    status = 2;
    const modbus_transport transport = transport_of(asked.protocol);
    if (transport == modbus_transport::tcp && !place.tcp) {
        return tl::unexpected<std::string>{
            "--pty: Modbus TCP needs --tcp; on a terminal it is modbus-rtu or modbus-ascii"};
    }
    if (!asked.model.empty() && !asked.profile.empty()) {
        return tl::unexpected<std::string>{"expected either --model or --profile"};
    }
    const auto faults = faults_of(asked);
    if (!faults) return tl::unexpected<std::string>{faults.error()};
    const instant now = std::chrono::floor<duration>(std::chrono::system_clock::now());
    if (auto fit = check_units(asked.units); !fit) return fit;
    const auto made = asked.model.empty() ? meters_of(asked, now)
                                          : result<meters, std::string>{
                                                conformance_meters(asked, transport)};
    if (!made) return tl::unexpected<std::string>{made.error()};
    status = 1;
    return transport == modbus_transport::tcp
               ? serve_connections(asked, place, *faults, made->units)
               : serve_line(asked, place, *faults, made->units);
}

}  // namespace wattpurse::cli

#endif
