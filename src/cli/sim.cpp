// SPDX-License-Identifier: Apache-2.0
#if defined(WATTPURSE_WITH_SIM) && defined(WATTPURSE_WITH_ASIO)

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/asio/byte_server.hpp>
#include <wattpurse/sim/meter_server.hpp>
#include <wattpurse/sim/smart_meter.hpp>

#include "commands.hpp"
#include "sim_options.hpp"

namespace wattpurse::cli {

namespace {

constexpr const char* remarks = R"(
Prints one line, "listening on tcp://127.0.0.1:PORT" or "pty /dev/pts/N", and serves until it is
told to end (SIGTERM, Ctrl-C). Several clients may be connected: all are on the same line, as
behind a serial device server.

Passwords come from a file, since a command line can be seen by everybody: a line for each level,
"LEVEL PASSWORD [OPERATOR]" in hexadecimal digits; # begins a remark. Without one, whatever needs
a password is refused. The key of --soft-key-file is for simulated meters and for nothing else.

--faults are per cent of the answers: lost, deaf (the request is lost), late, truncated, garbled,
noisy, partly_applied (a write is done in part and refused). Modbus meters know, instead of the
last, doubled, busy (exception 06) and swapped (each pair of words the wrong way round).

modbus-tcp gives each client a connection of its own; modbus-rtu and modbus-ascii are a line, on
--tcp as behind a serial device server.

Examples:
  wattpurse sim --protocol dlt645 --tcp 0 --meter 202600000001
  wattpurse sim --protocol dlt645 --pty --meter 1 --meter 2 --faults lost=2,late=1,garbled=1
  wattpurse sim --protocol dlt645 --tcp 4001 --profile three_phase_remote --push 60
  wattpurse sim --protocol modbus-tcp --tcp 5020 --profile eastron_sdm630 --unit 1 --unit 2
  wattpurse sim --protocol modbus-rtu --pty --profile acrel_adf400l_prepaid --money 12.50
)";

[[noreturn]] void refuse(const std::string& what, int status)
{
    std::cerr << "wattpurse sim: " << what << '\n';
    throw CLI::RuntimeError{status};
}

/// The simulated meters behind a socket or a terminal. Their time never goes backwards, whatever
/// the system's clock does.
class meters_on_line final : public adapter::asio::byte_service {
public:
    explicit meters_on_line(sim::meter_server meters) : meters_{std::move(meters)} {}

    void receive(byte_span bytes, instant now) override { meters_.receive(bytes, forward(now)); }

    [[nodiscard]] std::vector<std::uint8_t> take_output(instant now) override
    {
        std::vector<std::uint8_t> out;
        for (const auto& due : meters_.take_output(forward(now))) {
            out.insert(out.end(), due.bytes.begin(), due.bytes.end());
        }
        return out;
    }

    [[nodiscard]] instant next_deadline() const override { return meters_.next_deadline(); }

private:
    instant forward(instant now)
    {
        latest_ = std::max(latest_, now);
        return latest_;
    }

    sim::meter_server meters_;
    instant latest_{};
};

struct options {
    std::string protocol = "dlt645";
    sim_place place;
    bool pty = false;
    sim_request meters;
    modbus_sim_request modbus;
};

/// None of these options was given.
void refuse_any(const CLI::App& command, std::initializer_list<const char*> others,
                const std::string& why)
{
    for (const char* const other : others) {
        if (command.count(other) > 0) refuse(other + why, 2);
    }
}

/// What both kinds of meters have goes by the same options.
void serve_modbus_as(const options& given, const CLI::App& command)
{
    modbus_sim_request asked = given.modbus;
    asked.protocol = given.protocol;
    if (command.count("--profile") > 0) asked.profile = given.meters.profile;
    asked.energy = given.meters.energy;
    asked.load_kw = given.meters.load_kw;
    asked.money = command.count("--money") > 0 ? given.meters.money : "50";
    asked.faults = given.meters.faults;
    asked.echo = given.meters.echo;
    asked.seed = given.meters.seed;
    if (command.count("--answer-ms") > 0) asked.answer_ms = given.meters.answer_ms;
    refuse_any(command, {"--meter", "--dialect", "--edition", "--credentials-file",
                         "--soft-key-file", "--limit-read", "--clock-error", "--push",
                         "--heartbeat"},
               ": DL/T 645 meters alone have that");
    int status = 1;
    if (const auto done = serve_modbus(asked, given.place, status); !done) {
        refuse(done.error(), status);
    }
}

void serve(const options& given, const CLI::App& command)
{
    if (given.place.tcp.has_value() == given.pty) {
        refuse("expected either --tcp PORT or --pty", 2);
    }
    if (given.protocol != "dlt645") return serve_modbus_as(given, command);
    refuse_any(command, {"--unit", "--model", "--holes"}, ": Modbus meters alone have that");
    const instant now = std::chrono::floor<duration>(std::chrono::system_clock::now());
    const auto meters = meters_of(given.meters, now);
    if (!meters) refuse(meters.error(), 2);
    const auto faults = faults_of(given.meters);
    if (!faults) refuse(faults.error(), 2);
    auto server = given.pty ? adapter::asio::byte_server::open_pty()
                            : adapter::asio::byte_server::listen_tcp(*given.place.tcp,
                                                                     given.place.bind);
    if (!server) refuse(server.error(), 1);
    meters_on_line line{sim::meter_server{*meters, *faults}};
    std::cout << (given.pty ? "pty " : "listening on ") << server->where() << std::endl;
    if (const auto done = server->run(line); !done) refuse(done.error(), 1);
}

void add_meter_options(CLI::App& command, sim_request& meters)
{
    command.add_option("--meter", meters.meters, "Address of a meter; several are several meters")
        ->take_all()
        ->capture_default_str();
    command.add_option("--profile", meters.profile,
                       "single_phase or three_phase, _prepaid (money in the meter) or _remote; "
                       "of a Modbus meter a name of `wattpurse profiles`, or a file")
        ->capture_default_str();
    command.add_option("--dialect", meters.dialect,
                       "Which extensions it knows: state_grid_filing, park_plain, "
                       "vendor_top_up_34, write_identifier")
        ->capture_default_str();
    command.add_option("--edition", meters.edition, "both, 2007 or 1997")->capture_default_str();
    command.add_option("--energy", meters.energy, "kWh in its registers, as 120.50,60 for T1, T2");
    command.add_option("--load", meters.load_kw, "A steady load in kW; a household's otherwise");
    command.add_option("--money", meters.money, "What is in its purse")->capture_default_str();
    command.add_option("--credentials-file", meters.credentials_file, "Its passwords");
    command.add_option("--soft-key-file", meters.soft_key_file,
                       "64 hexadecimal digits: it has a software security module");
    command.add_option("--limit-read", meters.read_limit,
                       "Bytes of one answer; what is longer follows in further frames")
        ->capture_default_str();
    command.add_option("--clock-error", meters.clock_error_s, "Seconds its clock is ahead");
}

void add_line_options(CLI::App& command, sim_request& meters)
{
    command.add_option("--answer-ms", meters.answer_ms, "Its answers begin after so long")
        ->capture_default_str();
    command.add_option("--push", meters.push_s,
                       "Seconds between states it sends unasked, as 4G meters do");
    command.add_option("--heartbeat", meters.heartbeat_s, "Seconds between its signs of life");
    command.add_option("--faults", meters.faults, "What goes wrong, as lost=2,late=1,garbled=1");
    command.add_option("--seed", meters.seed, "Drives the faults")->capture_default_str();
    command.add_flag("--echo", meters.echo, "The line sends back what it hears");
}

void add_modbus_options(CLI::App& command, modbus_sim_request& modbus)
{
    command.add_option("--unit", modbus.units, "Modbus: unit id of a meter; several are several")
        ->take_all()
        ->capture_default_str();
    command.add_option("--model", modbus.model,
                       "Modbus: conformance, the registers of tests/vectors, instead of a meter")
        ->check(CLI::IsMember({"conformance"}));
    command.add_option("--holes", modbus.holes,
                       "Modbus: registers of no name are refused, or zero")
        ->check(CLI::IsMember({"refuse", "zero"}))
        ->capture_default_str();
}

}  // namespace

void add_sim(CLI::App& app)
{
    const auto given = std::make_shared<options>();
    auto* const command =
        app.add_subcommand("sim", "Simulated meters on a TCP port or a pseudo-terminal");
    command->add_option("--protocol", given->protocol, "What they speak")
        ->check(CLI::IsMember({"dlt645", "modbus-tcp", "modbus-rtu", "modbus-ascii"}))
        ->capture_default_str();
    command->add_option("--tcp", given->place.tcp, "Port to listen on; 0 takes a free one");
    command->add_option("--bind", given->place.bind, "Address to listen on")->capture_default_str();
    command->add_flag("--pty", given->pty, "Serve on a new pseudo-terminal");
    add_meter_options(*command, given->meters);
    add_line_options(*command, given->meters);
    add_modbus_options(*command, given->modbus);
    command->footer(remarks);
    command->callback([given, command] { serve(*given, *command); });
}

}  // namespace wattpurse::cli

#endif
