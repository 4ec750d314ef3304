// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_ASIO

#include <charconv>
#include <fstream>
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
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/registers.hpp>
#include <wattpurse/link/modbus_line_timing.hpp>
#include <wattpurse/meter/learned_text.hpp>
#include <wattpurse/meter/modbus_read.hpp>

#include "modbus_commands.hpp"
#include "profile_source.hpp"
#include "register_json.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {
namespace {

namespace modbus = codec::modbus;
using adapter::asio::line_uri;
using adapter::asio::modbus_connection;
using json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& what, int status)
{
    std::cerr << "wattpurse read: " << what << '\n';
    throw CLI::RuntimeError{status};
}

/// "0x0500" or "1280".
std::uint16_t address_of(const std::string& text)
{
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    const char* const first = text.data() + (is_hex ? 2 : 0);
    unsigned value = 0;
    const auto [end, error] =
        std::from_chars(first, text.data() + text.size(), value, is_hex ? 16 : 10);
    if (error != std::errc{} || end != text.data() + text.size() || value > 0xFFFF) {
        refuse("--address \"" + text + "\": expected 0 to 65535, or 0x0000 to 0xFFFF", 2);
    }
    return static_cast<std::uint16_t>(value);
}

/// How long to wait for the longest answer there is.
duration timeout_of(const modbus_read_request& asked, const line_uri& where)
{
    if (asked.timeout_ms > 0) return duration{asked.timeout_ms};
    if (where.kind != line_uri::kind_type::serial) return duration{1000};
    return link::modbus_answer_timeout(link::modbus_line_timing::lenient(where.settings.baud), 5,
                                       modbus::pdu_size_max);
}

modbus_connection open(const line_uri& where)
{
    auto line = modbus_connection::open(where);
    if (!line) refuse(line.error(), 1);
    return std::move(*line);
}

// ---- Raw registers ----------------------------------------------------------------------------

bool read_raw(const modbus_read_request& asked, const line_uri& where)
{
    if (asked.address.empty()) {
        refuse("nothing to read: expected --profile, or --address and --count", 2);
    }
    const auto question = modbus::read_request(static_cast<modbus::function>(asked.function),
                                               address_of(asked.address),
                                               static_cast<std::uint16_t>(asked.count));
    const auto request = modbus::to_pdu(question);
    if (!request) {
        refuse("--count " + std::to_string(asked.count) + ": expected 1 to " +
                   (asked.function <= 2 ? "2000 bits" : "125 registers") +
                   " that end at 65535 at the latest",
               2);
    }
    link::modbus_job job;
    job.unit = static_cast<std::uint8_t>(asked.unit);
    job.request = *request;
    job.timeout = timeout_of(asked, where);
    job.attempts_max = static_cast<std::uint8_t>(asked.attempts);
    auto line = open(where);
    const auto done = line.exchange(job);
    if (!done) refuse(done.error(), 1);
    json out{{"unit", asked.unit}, {"function", asked.function}, {"address", question.address}};
    const auto answer = modbus::parse_response(done->answer.view(), question);
    const bool good = done->kind == link::modbus_event::kind_type::answered && answer;
    if (!good) {
        out["error"] = std::string{to_string(done->kind)};
        if (done->kind == link::modbus_event::kind_type::refused) {
            out["exception"] = static_cast<unsigned>(done->exception);
            out["exception_name"] = std::string{to_string(done->exception)};
        }
    } else if (asked.function <= 2) {
        json bits = json::array();
        const modbus::bits_view view{answer->data, question.quantity};
        for (std::size_t i = 0; i < view.size(); ++i) bits.push_back(view[i] ? 1 : 0);
        out["bits"] = std::move(bits);
    } else {
        json registers = json::array();
        const modbus::registers_view view{answer->data};
        for (std::size_t i = 0; i < view.size(); ++i) registers.push_back(view[i]);
        out["registers"] = std::move(registers);
    }
    std::cout << out.dump() << '\n';
    return good;
}

// ---- By a profile -----------------------------------------------------------------------------

/// One reading of a meter by its profile.
class profile_reading {
public:
    profile_reading(const modbus_read_request& asked, const line_uri& where)
        : asked_{asked}, where_{where}, profile_{modbus_profile_of(asked.profile)},
          map_{profile_.view()}, values_(map_.fields.size()), states_(map_.fields.size()),
          storage_(storage_size(map_))
    {
        for (const std::string& name : asked.fields) {
            const std::int16_t index = find_field(map_, name);
            if (index == meter::no_field) {
                refuse("\"" + name + "\": no register of " + std::string{map_.name} +
                           " (`wattpurse profile show` lists them)",
                       2);
            }
            selection_.push_back(static_cast<std::uint16_t>(index));
        }
        cost_ = where.kind == line_uri::kind_type::serial
                    ? meter::read_cost::serial(where.settings.baud, map_.latency)
                    : meter::read_cost::tcp(map_.latency);
        read_learned();
    }

    bool run()
    {
        meter::read_limits limits;
        limits.timeout = timeout_of(asked_, where_);
        limits.attempts_max = static_cast<std::uint8_t>(asked_.attempts);
        limits.confirm = asked_.confirm;
        meter::modbus_read reading{map_, static_cast<std::uint8_t>(asked_.unit), selection_, cost_,
                                   {values_, states_, storage_}, learned_, limits};
        if (!reading.outcome()) {
            refuse("the fields asked for do not fit into requests: " +
                       std::string{to_string(reading.outcome().error())},
                   2);
        }
        if (asked_.plan) {
            show_plan(reading.plan());
            return true;
        }
        auto line = open(where_);
        if (const auto done = line.run(reading); !done) refuse(done.error(), 1);
        if (!reading.outcome() && reading.outcome().error() == errc::not_found) {
            refuse("unit " + std::to_string(asked_.unit) + " has no SunSpec model " +
                       std::to_string(map_.sunspec_model),
                   1);
        }
        if (reading.has_learned()) write_learned(reading.learned());
        return show(reading);
    }

private:
    void show_plan(const meter::read_plan& plan) const
    {
        text_table table{{"function", "address", "registers", "fields"}};
        for (const meter::read_step& step : plan.steps()) {
            if (asked_.json) {
                std::cout << json{{"function", step.function},
                                  {"address", step.address},
                                  {"count", step.count},
                                  {"fields", step.last - step.first}}
                                 .dump()
                          << '\n';
                continue;
            }
            table.add({std::to_string(step.function), std::to_string(step.address),
                       std::to_string(step.count), std::to_string(step.last - step.first)});
        }
        if (!asked_.json) table.print(std::cout);
        std::cerr << "wattpurse read: " << plan.steps().size() << " requests, about "
                  << (plan.cost_us() + 999) / 1000 << " ms\n";
    }

    bool show(const meter::modbus_read& reading) const
    {
        bool good = true;
        text_table table{{"name", "value", "unit"}};
        const auto add = [&](std::size_t index) {
            const json object =
                field_json(map_.fields[index], states_[index], values_[index]);
            good = good && !object.contains("error");
            if (asked_.json) {
                std::cout << object.dump() << '\n';
            } else {
                table.add({object["name"].get<std::string>(), field_text(object),
                           object.value("unit", "")});
            }
        };
        if (!selection_.empty()) {
            for (const std::uint16_t index : selection_) add(index);
        } else {
            for (std::size_t i = 0; i < map_.fields.size(); ++i) {
                if (!map_.fields[i].is_secret) add(i);
            }
        }
        if (!asked_.json) table.print(std::cout);
        std::cout.flush();
        if (!reading.outcome() && reading.outcome().error() == errc::not_available) {
            std::cerr << "wattpurse read: unit " << asked_.unit << " does not answer\n";
        }
        return good && reading.outcome().has_value();
    }

    void read_learned()
    {
        if (asked_.learned.empty()) return;
        std::ifstream in{asked_.learned};
        std::string text;
        if (!in || !std::getline(in, text)) return;  // nothing learned yet
        const auto read = meter::parse_learned(text);
        if (!read) {
            refuse("--learned " + asked_.learned + ": expected pairs of function and address, as "
                                                   "3:200 4:72",
                   2);
        }
        learned_ = *read;
    }
    void write_learned(const meter::learned_cuts& learned) const
    {
        if (asked_.learned.empty()) return;
        std::ofstream out{asked_.learned};
        out << to_text(learned).view() << '\n';
        if (!out) std::cerr << "wattpurse read: " << asked_.learned << ": cannot be written\n";
    }

    const modbus_read_request& asked_;
    const line_uri& where_;
    adapter::json::meter_profile profile_;
    meter::register_map map_;
    std::vector<std::uint16_t> selection_;
    meter::read_cost cost_;
    meter::learned_cuts learned_;
    std::vector<meter::register_value> values_;
    std::vector<meter::field_state> states_;
    std::vector<std::uint8_t> storage_;
};

}  // namespace

bool read_modbus(const modbus_read_request& asked, const line_uri& where)
{
    if (asked.unit > 255 || (asked.unit == 0 && where.kind == line_uri::kind_type::serial)) {
        refuse("--unit " + std::to_string(asked.unit) +
                   ": expected 1 to 247 (0 to 255 on TCP): nobody answers a broadcast",
               2);
    }
    if (asked.profile.empty()) return read_raw(asked, where);
    return profile_reading{asked, where}.run();
}

}  // namespace wattpurse::cli

#endif
