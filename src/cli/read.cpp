// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_ASIO

#include <initializer_list>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/asio/blocking.hpp>
#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>
#include <wattpurse/meter/long_read.hpp>
#include <wattpurse/meter/probe.hpp>

#include "commands.hpp"
#include "files.hpp"
#include "modbus_commands.hpp"
#include "progress.hpp"
#include "read_output.hpp"
#include "read_plan.hpp"

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using adapter::asio::blocking_line;
using dlt645::edition;
using meter::long_read_state;

constexpr const char* remarks = R"(
URI is tcp://HOST:PORT or serial:///dev/DEVICE, with ?baud=2400&parity=even&stop=1&rs485=on&
echo=skip&lenient=on as it needs (quote it: the shell has its own mind about ? and &).

or, for Modbus, modbus-tcp://HOST:PORT, modbus-rtu:///dev/DEVICE, modbus-rtu+tcp://HOST:PORT,
and with ascii for rtu, and options as ?baud=9600&parity=none.

DI is a data identifier: eight hexadecimal digits of the 2007 edition or four of 1997; ranges
stand in braces. Values that do not fit one frame are read to their end. A progress line goes to
standard error where that is a terminal. The exit status is 1 when anything could not be read.

Examples:
  wattpurse read tcp://127.0.0.1:4001 --meter 202600000001 00010000 04000503
  wattpurse read 'serial:///dev/ttyUSB0?baud=2400' --meter 202600000001 '0001{00..04}00'
  wattpurse read tcp://127.0.0.1:4001 --meter 202600000001 --family energy --json
  wattpurse read tcp://127.0.0.1:4001 --meter 12 --profile single_phase_prepaid --lang zh

Of a Modbus meter, DI are names of its profile's registers, none are all of them. They are read with
as few requests as the meter takes; --plan tells which. What it refuses is unlearned, and remembered
in the file of --learned. --confirm believes no answer that a second one has not confirmed, unless
its transaction id proves it. Without --profile, --address and --count read registers as they are.

  wattpurse read modbus-tcp://127.0.0.1:5020 --unit 1 --profile eastron_sdm630 energy_import
  wattpurse read 'modbus-rtu:///dev/ttyUSB0?baud=9600' --profile acrel_adw300 --json
  wattpurse read modbus-tcp://127.0.0.1:5020 --function 3 --address 0x0500 --count 10
)";

struct options {
    std::string uri;
    std::vector<std::string> items;
    std::string meter;
    std::string edition = "auto";
    std::string profile;
    std::string family;
    unsigned history = 0;
    unsigned blocks = 1;
    std::string since;
    bool json = false;
    std::string catalogue;
    std::string lang = "en";
    unsigned attempts = 3;
    unsigned timeout_ms = 0;
    unsigned give_up = 3;
    modbus_read_request modbus;
};

[[noreturn]] void refuse(const std::string& what, int status)
{
    std::cerr << "wattpurse read: " << what << '\n';
    throw CLI::RuntimeError{status};
}

dlt645::address address_of(const std::string& text)
{
    // All twelve digits may be wildcards; a short number is padded as 2007 does it.
    const auto address = text.size() == 12 ? dlt645::address::parse(text)
                                           : dlt645::address::shortened_2007(text);
    if (!address || address->is_broadcast()) {
        refuse("--meter \"" + text + "\": expected an address of up to twelve digits, or all "
                                    "twelve with AA for any",
               2);
    }
    return *address;
}

std::optional<edition> edition_of(const std::string& text)
{
    if (text == "auto") return std::nullopt;
    return text == "2007" ? edition::y2007 : edition::y1997;
}

dlt645::item_family family_of(const std::string& name)
{
    using dlt645::item_family;
    std::string known;
    for (const auto family :
         {item_family::energy, item_family::demand, item_family::variable, item_family::event,
          item_family::parameter, item_family::freeze, item_family::load, item_family::prepay,
          item_family::vendor}) {
        if (to_string(family) == name) return family;
        known += (known.empty() ? "" : ", ") + std::string{to_string(family)};
    }
    refuse("--family \"" + name + "\": expected one of " + known, 2);
}

bool is_load_record(const wanted_item& item)
{
    return item.which == edition::y2007 && item.id >> 24U == 0x06 && (item.id & 0xFFU) <= 2;
}
bool is_load_since(const wanted_item& item)
{
    return is_load_record(item) && (item.id & 0xFFU) == 1;
}
bool is_load_latest(const wanted_item& item)
{
    return is_load_record(item) && (item.id & 0xFFU) == 2;
}

/// The line with one meter on it.
class reading {
public:
    reading(const options& given, const dlt645::catalogue& all)
        : given_{given}, meter_{address_of(given.meter)}, all_{all}
    {
        const auto where = adapter::asio::parse_line_uri(given.uri);
        if (!where) refuse(where.error(), 2);
        baud_ = where->settings.baud;
        plan_by_text();  // before anything is opened: what is wrong with it is told at once
        auto line = blocking_line::open(*where);
        if (!line) refuse(line.error(), 1);
        line_.emplace(std::move(*line));
    }

    /// False when anything could not be read.
    bool run()
    {
        if (!given_.family.empty()) {
            const auto more = wanted_family(all_, edition_spoken(), family_of(given_.family),
                                            given_.history);
            for (const auto& item : more) {
                if (!is_load_since(item) || since_) plan_.push_back(item);
            }
        }
        for (std::size_t i = 0; i < plan_.size() && broken_.empty(); ++i) {
            progress_.show(std::to_string(i + 1) + '/' + std::to_string(plan_.size()) + ' ' +
                           id_text(plan_[i]));
            report(read(plan_[i]));
        }
        progress_.clear();
        if (!given_.json) table_.print(std::cout);
        if (!broken_.empty()) refuse(broken_, 1);
        return good_;
    }

private:
    void plan_by_text()
    {
        read_since();
        if (given_.items.empty() && given_.profile.empty() && given_.family.empty()) {
            refuse("nothing to read: expected identifiers, --profile or --family", 2);
        }
        if (!given_.family.empty()) static_cast<void>(family_of(given_.family));
        auto plan = wanted_ids(given_.items, edition_of(given_.edition));
        if (!plan) refuse(plan.error(), 2);
        plan_ = std::move(*plan);
        for (const auto& item : plan_) {
            if (is_load_since(item) && !since_) {
                refuse(id_text(item) + ": expected --since, the time to read from", 2);
            }
        }
        if (given_.profile.empty()) return;
        if (given_.profile != meter::single_phase_prepaid.name) {
            refuse("--profile \"" + given_.profile + "\": expected " +
                       std::string{meter::single_phase_prepaid.name},
                   2);
        }
        const auto more = wanted_profile(meter::single_phase_prepaid);
        plan_.insert(plan_.end(), more.begin(), more.end());
    }

    [[nodiscard]] meter::asking how() const
    {
        return {.baud = baud_, .attempts_max = static_cast<std::uint8_t>(given_.attempts)};
    }

    /// False when the line has broken, and `broken_` says how.
    template <class Procedure>
    bool drive(Procedure& what)
    {
        for (auto job = what.next(); job; job = what.next()) {
            if (given_.timeout_ms > 0) job->timeout = duration{given_.timeout_ms};
            const auto done = line_->exchange(*job);
            if (!done) {
                broken_ = done.error();
                return false;
            }
            what.take(*done);
        }
        return true;
    }

    /// As told, or as the meter answers; 2007 where it does not.
    edition edition_spoken()
    {
        if (const auto told = edition_of(given_.edition)) return *told;
        progress_.show("which edition does it speak?");
        meter::probe_limits limits;
        limits.how = how();
        limits.with_hints = false;
        meter::probe probe{meter_, limits};
        const bool found =
            drive(probe) && probe.found().state == meter::probe_result::state_type::found;
        return found ? probe.found().edition : edition::y2007;
    }

    /// Load records want to be asked for by number, and some from a time (DL/T 645-2007, annex
    /// A.7).
    [[nodiscard]] dlt645::frame request_of(const wanted_item& item) const
    {
        if (item.which == edition::y1997) {
            return dlt645::read_request_1997(meter_, static_cast<dlt645::data_id_1997>(item.id));
        }
        const auto id = static_cast<dlt645::data_id>(item.id);
        const auto blocks = static_cast<std::uint8_t>(given_.blocks);
        if (!is_load_record(item)) return dlt645::read_request(meter_, id);
        if (is_load_since(item)) {
            return dlt645::read_blocks_from_request(meter_, id, blocks, *since_).value();
        }
        return dlt645::read_blocks_request(meter_, id, is_load_latest(item) ? 1 : blocks).value();
    }

    /// The time of --since, whole minutes of the meter's clock.
    void read_since()
    {
        if (given_.since.empty()) return;
        const auto at = parse_iso8601(given_.since + ":00Z");
        const auto time = at ? to_civil(*at, fixed_zone{}) : civil_time{};
        if (!at || time.year < 2000 || time.year > 2099) {
            refuse("--since \"" + given_.since +
                       "\": expected a time of the meter's clock, as 2026-01-31T08:00",
                   2);
        }
        since_ = time;
    }

    read_outcome read(const wanted_item& item)
    {
        read_outcome out;
        out.item = item;
        out.meter = meter_;
        if (silences_ >= given_.give_up && given_.give_up > 0) {
            out.asked = false;
            return out;
        }
        auto procedure = meter::long_read::of(request_of(item), how()).value();
        static_cast<void>(drive(procedure));
        out.state = procedure.state();
        out.meter = procedure.meter();
        out.error_word = procedure.error_word();
        out.value.assign(procedure.value().begin(), procedure.value().end());
        out.frames = procedure.frames();
        silences_ = out.state == long_read_state::silent ? silences_ + 1 : 0;
        return out;
    }

    void report(const read_outcome& what)
    {
        if (!broken_.empty()) return;  // half a story
        good_ = good_ && what.good();
        const decode_context words{
            all_, phrases{given_.lang == "zh" ? speech::chinese : speech::english}};
        if (!given_.json) return add_outcome(table_, what, words);
        progress_.clear();
        std::cout << outcome_json(what, words).dump() << std::endl;
    }

    const options& given_;
    dlt645::address meter_;
    const dlt645::catalogue& all_;
    std::uint32_t baud_ = 2400;
    std::vector<wanted_item> plan_;
    std::optional<civil_time> since_;
    std::optional<blocking_line> line_;
    progress progress_;
    text_table table_{{"id", "name", "value", "unit"}};
    unsigned silences_ = 0;  ///< in a row
    bool good_ = true;
    std::string broken_;
};

void refuse_any(const CLI::App& command, std::initializer_list<const char*> others,
                const std::string& why)
{
    for (const char* const other : others) {
        if (command.count(other) > 0) refuse(other + why, 2);
    }
}

/// What both kinds of meters have goes by the same options.
void run_modbus(const options& given, const adapter::asio::line_uri& where,
                const CLI::App& command)
{
    refuse_any(command, {"--meter", "--edition", "--family", "--history", "--blocks", "--since",
                         "--catalogue", "--give-up"},
               ": DL/T 645 meters alone have that");
    if (!given.profile.empty()) {
        refuse_any(command, {"--address", "--count"}, ": not with --profile");
    }
    modbus_read_request asked = given.modbus;
    asked.fields = given.items;
    asked.profile = given.profile;
    asked.json = given.json;
    asked.attempts = given.attempts;
    asked.timeout_ms = given.timeout_ms;
    if (asked.profile.empty() && !asked.fields.empty()) {
        refuse("\"" + asked.fields.front() + "\": expected --profile, whose register that is", 2);
    }
    if (!read_modbus(asked, where)) throw CLI::RuntimeError{1};
}

void run(const options& given, const CLI::App& command)
{
    const auto where = adapter::asio::parse_line_uri(given.uri);
    if (!where) refuse(where.error(), 2);
    if (where->is_modbus()) return run_modbus(given, *where, command);
    refuse_any(command, {"--unit", "--function", "--address", "--count", "--plan", "--confirm",
                         "--learned"},
               ": Modbus meters alone have that");
    if (given.meter.empty()) refuse("expected --meter, the address of the meter", 2);
    std::optional<adapter::json::user_catalogue> own;
    if (!given.catalogue.empty()) {
        own.emplace(load_file(given.catalogue, adapter::json::load_catalogue));
    }
    const dlt645::catalogue all = own ? own->view() : dlt645::standard_catalogue();
    if (!reading{given, all}.run()) throw CLI::RuntimeError{1};
}

void add_modbus_options(CLI::App& command, modbus_read_request& modbus)
{
    command.add_option("--unit", modbus.unit, "Modbus: its unit id")->capture_default_str();
    command.add_option("--function", modbus.function, "Modbus: 1 to 4, that reads --address")
        ->check(CLI::Range(1, 4))
        ->capture_default_str();
    command.add_option("--address", modbus.address, "Modbus: first register, 0x0500 or 1280");
    command.add_option("--count", modbus.count, "Modbus: how many")->capture_default_str();
    command.add_flag("--plan", modbus.plan, "Modbus: say which requests it takes, and ask none");
    command.add_flag("--confirm", modbus.confirm, "Modbus: for billing, see below");
    command.add_option("--learned", modbus.learned,
                       "Modbus: a file that keeps what was learned of this device");
}

}  // namespace

void add_read(CLI::App& app)
{
    const auto given = std::make_shared<options>();
    auto* const command =
        app.add_subcommand("read", "Read values of a meter over TCP or a serial port");
    command->add_option("URI", given->uri, "The line the meter is on")->required();
    command->add_option("DI", given->items,
                        "Identifiers, ranges in braces; of a Modbus meter names of registers");
    command->add_option("--meter", given->meter, "Its address (DL/T 645)");
    command->add_option("--edition", given->edition, "auto, 2007 or 1997")
        ->check(CLI::IsMember({"auto", "2007", "1997"}))
        ->capture_default_str();
    command->add_option("--profile", given->profile, "Read what a kind of meter has");
    command->add_option("--family", given->family, "Read a family of the catalogue");
    command->add_option("--history", given->history,
                        "With --family: so many past settlement days and records")
        ->check(CLI::Range(0, 254));
    command->add_option("--blocks", given->blocks, "Blocks of a load record (06xxxxxx) to ask for")
        ->check(CLI::Range(1, 255))
        ->capture_default_str();
    command->add_option("--since", given->since,
                        "Time to read a load record from, as 2026-01-31T08:00");
    command->add_flag("--json", given->json, "One object a line instead of a table");
    command->add_option("--catalogue", given->catalogue, "Identifiers of your own (JSON)");
    command->add_option("--lang", given->lang, "Names in English (en) or Chinese (zh)")
        ->check(CLI::IsMember({"en", "zh"}))
        ->capture_default_str();
    command->add_option("--attempts", given->attempts, "Times to ask before giving up")
        ->check(CLI::Range(1, 20))
        ->capture_default_str();
    command->add_option("--timeout", given->timeout_ms,
                        "Milliseconds for an answer; by default what the standard allows");
    command->add_option("--give-up", given->give_up,
                        "Ask no more after so many identifiers without any answer; 0: never")
        ->capture_default_str();
    add_modbus_options(*command, given->modbus);
    command->footer(remarks);
    command->callback([given, command] { run(*given, *command); });
}

}  // namespace wattpurse::cli

#endif
