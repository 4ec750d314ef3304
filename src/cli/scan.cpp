// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_ASIO

#include <charconv>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/asio/blocking.hpp>
#include <wattpurse/meter/probe.hpp>

#include "commands.hpp"
#include "line_search.hpp"
#include "modbus_commands.hpp"
#include "progress.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using adapter::asio::blocking_line;
using adapter::asio::line_uri;
using dlt645::edition;
using json = nlohmann::ordered_json;

constexpr const char* remarks = R"(
First asks AA..AA, which any meter answers. Where more than one does, or their answers collide,
goes on with shortened addresses: all that end in 00, in 01 and so on to 99, and two digits more
where they still collide. That takes minutes at 2400 baud; meters that know no shortened addresses
are found by --from and --to only. Nothing is written to any meter.

The exit status is 1 when no meter was found or a line broke.

Examples:
  wattpurse scan tcp://127.0.0.1:4001
  wattpurse scan serial:///dev/ttyUSB0 --baud 1200,2400,9600
  wattpurse scan tcp://10.0.0.5:4001 tcp://10.0.0.6:4001 --json
  wattpurse scan tcp://127.0.0.1:4001 --from 202600000001 --to 202600000200

On a Modbus line (modbus-tcp://HOST:PORT, modbus-rtu:///dev/DEVICE ...) each unit of --units is
asked for register 0; whoever says anything, a refusal too, is there. A unit that nobody has costs
one timeout. Then it is asked what it calls itself, and which profile fits: a proposal, from
harmless reads. Meters of one vendor may look alike.

  wattpurse scan modbus-tcp://127.0.0.1:5020
  wattpurse scan 'modbus-rtu:///dev/ttyUSB0?baud=9600' --units 1-32 --json
)";

constexpr std::uint64_t range_max = 1'000'000;

struct options {
    std::vector<std::string> uris;
    std::string from;
    std::string to;
    std::string ending;
    std::vector<std::uint32_t> bauds;
    std::string edition = "auto";
    bool json = false;
    bool no_hints = false;
    unsigned attempts = 2;
    unsigned timeout_ms = 0;
    modbus_scan_request modbus;
};

[[noreturn]] void refuse(const std::string& what, int status)
{
    std::cerr << "wattpurse scan: " << what << '\n';
    throw CLI::RuntimeError{status};
}

std::uint64_t number_of(const std::string& option, const std::string& text)
{
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || text.size() > 12) {
        refuse(option + " \"" + text + "\": expected an address of up to twelve digits", 2);
    }
    return out;
}

/// What is wrong with the options is told before any line is opened.
void check(const options& given)
{
    if (given.from.empty() != given.to.empty()) refuse("--from wants --to, and --to --from", 2);
    if (!given.from.empty()) {
        const auto from = number_of("--from", given.from);
        const auto to = number_of("--to", given.to);
        if (to < from || to - from >= range_max) {
            refuse("--from and --to: expected up to " + std::to_string(range_max) +
                       " addresses, the lower one first",
                   2);
        }
    }
    const auto ending = dlt645::address::covering(given.ending);
    if (!given.ending.empty() && (!ending || !ending->has_wildcard())) {
        refuse("--ending \"" + given.ending + "\": expected two, four, six, eight or ten digits",
               2);
    }
    for (const auto baud : given.bauds) {
        if (!adapter::asio::is_serial_rate(baud)) {
            refuse("--baud " + std::to_string(baud) + ": no rate of a port", 2);
        }
    }
}

/// One line, searched with one rate.
class line_scan {
public:
    line_scan(const options& given, blocking_line& line, progress& shown)
        : given_{given}, line_{line}, progress_{shown}
    {
    }

    /// Meters found. Error: the line's.
    result<std::vector<meter::probe_result>, std::string> run()
    {
        if (auto done = search(); !done) return tl::unexpected<std::string>{done.error()};
        std::vector<meter::probe_result> out;
        for (const std::string& text : addresses_) {
            show("what is " + text + "?");
            auto probe = meter::probe{dlt645::address::parse(text).value(), limits(true)};
            if (auto done = drive(probe); !done) return tl::unexpected<std::string>{done.error()};
            if (probe.found().state == meter::probe_result::state_type::found) {
                out.push_back(probe.found());
            }
        }
        if (nameless_) out.push_back(*nameless_);
        return out;
    }

private:
    void show(const std::string& text) { progress_.show(line_.where().name() + ": " + text); }

    [[nodiscard]] meter::probe_limits limits(bool with_hints) const
    {
        meter::probe_limits out;
        out.how.baud = line_.timing().baud;
        out.how.attempts_max = static_cast<std::uint8_t>(given_.attempts);
        out.with_hints = with_hints && !given_.no_hints;
        out.with_security = false;  // four seconds of silence from most
        return out;
    }

    result<void, std::string> drive(meter::probe& probe)
    {
        for (auto job = probe.next(); job; job = probe.next()) {
            if (given_.timeout_ms > 0) job->timeout = duration{given_.timeout_ms};
            const auto garbage = line_.framing().garbage_bytes;
            const auto late = line_.counters().late;
            const auto done = line_.exchange(*job);
            if (!done) return tl::unexpected<std::string>{done.error()};
            while (const auto said = line_.next_unsolicited()) probe.take(*said);
            probe.take(*done, {line_.framing().garbage_bytes - garbage,
                               line_.counters().late - late});
        }
        return {};
    }

    result<void, std::string> search()
    {
        line_search::options how;
        how.wait = duration{given_.timeout_ms};
        if (given_.edition != "auto") {
            how.only = given_.edition == "2007" ? edition::y2007 : edition::y1997;
        }
        how.show = [this](const std::string& text) { show(text); };
        line_search deeper{line_, how};
        auto done = !given_.from.empty()     ? go_through(deeper)
                    : !given_.ending.empty() ? deeper.descend(given_.ending)
                                             : ask_everybody(deeper);
        addresses_.insert(deeper.found().begin(), deeper.found().end());
        return done;
    }

    /// AA..AA, and more closely where there are several.
    result<void, std::string> ask_everybody(line_search& deeper)
    {
        show("who is there?");
        meter::probe probe{limits(false)};
        if (auto done = drive(probe); !done) return done;
        const auto& found = probe.found();
        if (found.state == meter::probe_result::state_type::found) {
            if (found.meter.is_bcd() && !found.meter.is_broadcast()) {
                addresses_.emplace(found.meter.text().view());
            } else if (!found.collision) {
                nameless_ = found;
            }
        }
        if (!found.collision) return {};
        show("several meters");
        line_.forget();  // what they still say to the wildcard is news
        return deeper.descend("");
    }

    result<void, std::string> go_through(line_search& one_by_one)
    {
        const auto to = number_of("--to", given_.to);
        for (auto number = number_of("--from", given_.from); number <= to; ++number) {
            const auto address = dlt645::address::shortened_2007(std::to_string(number));
            if (!address || address->is_broadcast()) continue;
            show(std::string{address->text().view()} + ", found " +
                 std::to_string(one_by_one.found().size()));
            const auto there = one_by_one.is_there(*address);
            if (!there) return tl::unexpected<std::string>{there.error()};
        }
        return {};
    }

    const options& given_;
    blocking_line& line_;
    progress& progress_;
    std::set<std::string> addresses_;
    std::optional<meter::probe_result> nameless_;  ///< speaks, and does not say who it is
};

// ---- Output -----------------------------------------------------------------------------------

std::vector<std::string> hint_names(const meter::dialect_hints& hints)
{
    std::vector<std::string> out;
    const auto add = [&](bool there, const char* name) {
        if (there) out.emplace_back(name);
    };
    add(hints.remaining_money, "remaining_money");
    add(hints.purchase_count, "purchase_count");
    add(hints.alarm_limit, "alarm_limit");
    add(hints.whole_clock, "whole_clock");
    add(hints.vendor_status, "vendor_status");
    add(hints.software_setup, "software_setup");
    return out;
}

class report {
public:
    explicit report(bool as_json) : as_json_{as_json} {}

    void add(const line_uri& where, const meter::probe_result& found)
    {
        const std::string address{found.meter.text().view()};
        const std::string spoken = found.edition == edition::y2007 ? "2007" : "1997";
        const auto* const dialect = found.hints.likely();
        const auto hints = hint_names(found.hints);
        const std::string baud = std::to_string(where.settings.baud);
        ++count_;
        if (!as_json_) {
            std::string words;
            for (const auto& hint : hints) words += (words.empty() ? "" : ", ") + hint;
            table_.add({where.name(), baud, address, spoken,
                        dialect == nullptr ? "" : std::string{dialect->name}, words});
            return;
        }
        json out{{"line", where.name()}, {"baud", where.settings.baud},
                 {"address", address},   {"edition", spoken},
                 {"hints", hints},       {"tells_address", found.tells_address}};
        out["dialect"] = dialect == nullptr ? json{} : json{std::string{dialect->name}};
        if (found.number) out["number"] = std::string{found.number->text().view()};
        std::cout << out.dump() << std::endl;
    }

    /// False when there is nothing to show; said where every line was searched to its end.
    bool finish(bool searched) const
    {
        if (!as_json_ && count_ > 0) table_.print(std::cout);
        if (count_ == 0 && searched) std::cerr << "wattpurse scan: no meter has answered\n";
        return count_ > 0;
    }

private:
    bool as_json_;
    std::size_t count_ = 0;
    text_table table_{{"line", "baud", "address", "edition", "dialect", "hints"}};
};

/// The places to look, each with its rate.
std::vector<line_uri> places_of(const options& given)
{
    std::vector<line_uri> out;
    for (const std::string& text : given.uris) {
        const auto where = adapter::asio::parse_line_uri(text);
        if (!where) refuse(where.error(), 2);
        if (given.bauds.empty()) out.push_back(*where);
        if (!given.bauds.empty() && where->kind == line_uri::kind_type::tcp) {
            refuse("--baud: the rate of " + where->name() + " is set at its other end", 2);
        }
        for (const auto baud : given.bauds) {
            out.push_back(*where);
            out.back().settings.baud = baud;
        }
    }
    return out;
}

/// A Modbus line; false where nobody is on it.
bool run_modbus(const options& given, const line_uri& where, const CLI::App& command)
{
    for (const char* const other : {"--from", "--to", "--ending", "--baud", "--edition",
                                    "--no-hints"}) {
        if (command.count(other) > 0) {
            refuse(std::string{other} + ": DL/T 645 meters alone have that", 2);
        }
    }
    modbus_scan_request asked = given.modbus;
    asked.json = given.json;
    if (command.count("--attempts") > 0) asked.attempts = given.attempts;
    asked.timeout_ms = given.timeout_ms;
    if (scan_modbus(asked, where) > 0) return true;
    std::cerr << "wattpurse scan: " << where.name() << ": no unit of " << asked.units
              << " answers\n";
    return false;
}

void run_dlt645(const options& given)
{
    check(given);
    progress shown;
    report into{given.json};
    bool good = true;
    for (const line_uri& where : places_of(given)) {
        shown.show(where.name());
        std::string trouble;
        if (auto line = blocking_line::open(where); !line) {
            trouble = line.error();
        } else if (const auto found = line_scan{given, *line, shown}.run(); !found) {
            trouble = found.error();
        } else {
            shown.clear();
            for (const auto& each : *found) into.add(where, each);
        }
        shown.clear();
        if (!trouble.empty()) std::cerr << "wattpurse scan: " << trouble << '\n';
        good = good && trouble.empty();
    }
    if (!into.finish(good) || !good) throw CLI::RuntimeError{1};
}

void run(const options& given, const CLI::App& command)
{
    std::vector<std::string> others;
    bool all_good = true;
    for (const std::string& uri : given.uris) {
        const auto where = adapter::asio::parse_line_uri(uri);
        if (where && where->is_modbus()) {
            all_good = run_modbus(given, *where, command) && all_good;
        } else {
            others.push_back(uri);
        }
    }
    if (!others.empty()) {
        options rest = given;
        rest.uris = others;
        run_dlt645(rest);
    }
    if (!all_good) throw CLI::RuntimeError{1};
}

}  // namespace

void add_scan(CLI::App& app)
{
    const auto given = std::make_shared<options>();
    auto* const command = app.add_subcommand("scan", "Find out which meters are on a line");
    command->add_option("URI", given->uris, "Lines, as for wattpurse read")->required();
    command->add_option("--from", given->from, "Ask each address from here ...");
    command->add_option("--to", given->to, "... to here");
    command->add_option("--ending", given->ending, "Only meters whose address ends so");
    command->add_option("--baud", given->bauds, "Rates to try, as 1200,2400 (serial)")
        ->delimiter(',');
    command->add_option("--edition", given->edition, "auto, 2007 or 1997")
        ->check(CLI::IsMember({"auto", "2007", "1997"}))
        ->capture_default_str();
    command->add_flag("--no-hints", given->no_hints, "Do not ask for the dialect");
    command->add_flag("--json", given->json, "One object a meter instead of a table");
    command->add_option("--attempts", given->attempts, "Times to ask a meter that is there")
        ->check(CLI::Range(1, 20))
        ->capture_default_str();
    command->add_option("--timeout", given->timeout_ms,
                        "Milliseconds for an answer; by default what the standard allows");
    command->add_option("--units", given->modbus.units, "Modbus: which units, as 1-10,20")
        ->capture_default_str();
    command->add_flag("--thorough", given->modbus.thorough,
                      "Modbus: ask silent units twice, and judge every profile");
    command->footer(remarks);
    command->callback([given, command] { run(*given, *command); });
}

}  // namespace wattpurse::cli

#endif
