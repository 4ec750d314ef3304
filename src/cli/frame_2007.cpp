// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <string_view>

#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/control.hpp>
#include <wattpurse/codec/dlt645/freeze.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/parse_request.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

#include "frame_json.hpp"
#include "value_json.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;

constexpr std::size_t id_size = dlt645::id_size;
constexpr std::size_t credentials_size = 8;

const dlt645::catalogue_row* row_of(const report_writer& to, std::uint32_t id)
{
    return to.context().catalogue.find(dlt645::edition::y2007, id);
}

bool is_secret(const dlt645::catalogue_row* row)
{
    return row != nullptr && row->secret;
}

// ---- Reading ---------------------------------------------------------------------------------

/// How many blocks of a load record are wanted, and from when.
void report_read_request(report_writer& to)
{
    const byte_span rest = to.data().subspan(id_size);
    const auto order = dlt645::parse_load_request(to.frame());
    if (!order) {
        if (!rest.empty()) {
            to.warn("{} bytes behind the identifier of a read", {std::to_string(rest.size())});
        }
        return to.leave(id_size, to.say("not explained"));
    }
    to.object()["blocks"] = order->blocks;
    to.explain(id_size, 1, to.say("{} blocks wanted", {std::to_string(order->blocks)}));
    if (order->from) {
        const std::string from = time_text(*order->from);
        to.object()["from"] = from;
        to.explain(id_size + 1, rest.size() - 1, to.say("from {}", {from}));
    }
    to.object()["data"] = hex_text(rest);
}

void report_read(report_writer& to)
{
    const auto id = report_id(to);
    if (!id) {
        return to.leave(0, to.say("not explained"));
    }
    const dlt645::frame& what = to.frame();
    if (dlt645::holds_secret(what) || (is_secret(row_of(to, *id)) && what.length > id_size)) {
        to.object()["value"] = masked;
        return to.hide(id_size, what.length - id_size, to.say("value withheld"));
    }
    if (!what.is_from_meter()) {
        return report_read_request(to);
    }
    if (!what.has_follow()) {
        return report_value(to, row_of(to, *id), id_size, what.length - id_size);
    }
    to.leave(id_size, to.say("first part of the value, more to be read with 12"));
}

void report_read_follow(report_writer& to)
{
    const auto id = report_id(to);
    const dlt645::frame& what = to.frame();
    if (!id) {
        return to.leave(0, to.say("not explained"));
    }
    if (what.length == id_size) {
        to.warn("no sequence number");
        return;
    }
    const std::size_t last = what.length - 1U;
    to.object()["seq"] = what.data[last];
    if (last > id_size) {
        const byte_span part = to.data().subspan(id_size, last - id_size);
        if (dlt645::holds_secret(what) || is_secret(row_of(to, *id))) {
            to.object()["value"] = masked;
            to.hide(id_size, part.size(), to.say("value withheld"));
        } else {
            to.object()["data"] = hex_text(part);
            to.explain(id_size, part.size(), to.say("part of the value"));
        }
    }
    to.explain(last, 1, to.say("sequence number {}", {std::to_string(what.data[last])}));
}

// ---- Who asks --------------------------------------------------------------------------------

/// PA and password at `begin`; the password is not shown.
void report_password(report_writer& to, std::size_t begin, const std::string& prefix)
{
    const std::string level = hex_text(to.data().subspan(begin, 1));
    to.object()[prefix + "level"] = level;
    to.object()[prefix + "password"] = masked;
    to.explain(begin, 1, to.say("level PA {}", {level}));
    to.hide(begin + 1, 3, to.say("password"));
}

/// PA, password and operator code at `begin`. False where there is no room for them.
bool report_credentials(report_writer& to, std::size_t begin)
{
    if (to.data().size() < begin + credentials_size) {
        to.warn("no room for password and operator code");
        to.withhold(begin);
        return false;
    }
    report_password(to, begin, "");
    const std::string code = reversed_hex(to.data().subspan(begin + 4, 4));
    to.object()["operator"] = code;
    to.explain(begin + 4, 4, to.say("operator code {}", {code}));
    return true;
}

// ---- Setting and clearing --------------------------------------------------------------------

void report_write(report_writer& to)
{
    if (to.frame().is_from_meter()) {
        return;
    }
    const auto id = report_id(to);
    if (!id || !report_credentials(to, id_size)) {
        return;
    }
    constexpr std::size_t value_at = id_size + credentials_size;
    const bool is_sealed = to.data()[id_size] >= dlt645::sealed_level;
    const auto* const row = row_of(to, *id);
    const bool is_known = row != nullptr && !row->secret;  // else it may be a password or a key
    if (is_sealed || !is_known || dlt645::names_secret(to.frame())) {
        if (to.data().size() > value_at) {
            to.object()["value"] = masked;
        }
        return to.withhold(value_at);
    }
    report_value(to, row, value_at, to.data().size() - value_at);
}

void report_freeze(report_writer& to)
{
    if (to.data().empty()) {
        return;
    }
    to.object()["data"] = hex_text(to.data());
    if (to.data().size() != dlt645::freeze_moment::wire_size) {
        to.warn("mm hh DD MM expected");
        return;
    }
    const auto moment = dlt645::freeze_moment::from_wire(to.data());
    if (!moment) {
        to.object()["rhythm"] = nullptr;
        to.warn("mm hh DD MM expected, and this is no moment");
        return;
    }
    constexpr std::array<std::string_view, 5> rhythms{
        "at once", "every hour", "every day", "every month", "once"};
    constexpr std::array<const char*, 4> names{"minute", "hour", "day", "month"};
    const std::string rhythm = to.say(rhythms[static_cast<std::size_t>(moment->rhythm())]);
    to.object()["rhythm"] = rhythm;
    if (moment->rhythm() == dlt645::freeze_rhythm::immediate) {
        return to.explain(0, to.data().size(), rhythm);
    }
    const std::array<std::uint8_t, 4> values{moment->minute(), moment->hour(), moment->day(),
                                             moment->month()};
    for (std::size_t i = values.size(); i-- > 0;) {
        const bool any = values[i] == 99;
        if (!any) {
            to.object()[names[i]] = values[i];
        }
        to.explain(i, 1, to.say(any ? "any {}" : "{1} {2}",
                                {to.say(names[i]), std::to_string(values[i])}));
    }
}

void report_change_password(report_writer& to)
{
    const bool asks = !to.frame().is_from_meter();
    const std::size_t begin = asks ? id_size : 0;
    if (to.data().size() != begin + (asks ? 8U : 4U)) {
        to.warn("level and password of four bytes each expected");
        return to.withhold(0);  // what begins may be a password instead of an identifier
    }
    if (asks) {
        static_cast<void>(report_id(to));
        report_password(to, begin, "");
    }
    report_password(to, to.data().size() - 4, "new_");
}

void report_clear(report_writer& to)
{
    if (!to.frame().is_from_meter()) {
        report_credentials(to, 0);
    }
}

void report_clear_events(report_writer& to)
{
    if (to.frame().is_from_meter() || !report_credentials(to, 0)) {
        return;
    }
    if (to.data().size() != credentials_size + id_size) {
        to.warn("an identifier of four bytes expected behind the operator code");
        return;
    }
    const std::string digits = reversed_hex(to.data().subspan(credentials_size));
    const bool all = digits == "FFFFFFFF";
    to.object()["events"] = all ? to.say("all") : digits;
    to.explain(credentials_size, id_size,
               all ? to.say("all events") : to.say("events of {}", {digits}));
}

// ---- Control and security --------------------------------------------------------------------

void report_order(report_writer& to)
{
    constexpr std::size_t order_at = credentials_size;
    const std::uint8_t code = to.data()[order_at];
    const std::uint8_t detail = to.data()[order_at + 1];
    const auto command = to_string(static_cast<dlt645::control_code>(code));
    to.object()["command"] = to.say(command);
    to.object()["n1"] = hex_text(to.data().subspan(order_at, 1));
    to.object()["n2"] = hex_text(to.data().subspan(order_at + 1, 1));
    to.explain(order_at, 1, to.say("N1: {}", {to.say(command)}));
    if (command == "unknown") {
        to.warn("a control command this programme has no name for");
    }
    if (code == static_cast<std::uint8_t>(dlt645::control_code::trip_auto_1) ||
        code == static_cast<std::uint8_t>(dlt645::control_code::trip_auto_2)) {
        to.object()["reclose_after_min"] = detail * 5;
        to.explain(order_at + 1, 1, to.say("N2: closes again after {} minutes",
                                           {std::to_string(detail * 5)}));
    } else {
        to.explain(order_at + 1, 1, to.say("N2, reserved"));
    }
    const auto until = dlt645::read_seconds(to.data().subspan(order_at + 2, 6));
    to.object()["valid_until"] = until ? json(time_text(*until)) : json(nullptr);
    to.explain(order_at + 2, 6, until ? to.say("valid until {}", {time_text(*until)})
                                      : to.say("no time"));
    if (!until) {
        to.warn("valid-until is no time");
    }
}

/// State of a 9C with one or two bytes; only in public meter firmware of the filing of 2013.
void report_control_state(report_writer& to)
{
    struct state {
        unsigned bit;
        std::string_view name;
    };
    constexpr std::array<state, 10> states{{{0, "closed directly"},
                                            {1, "closing permitted"},
                                            {2, "opened at once"},
                                            {3, "opens with a delay"},
                                            {4, "opened, closes by itself"},
                                            {5, "held back, the current is too high"},
                                            {8, "protected"},
                                            {9, "no longer protected"},
                                            {10, "alarm on"},
                                            {11, "alarm off"}}};
    const byte_span data = to.data();
    if (data.empty()) {
        return;
    }
    if (dlt645::holds_secret(to.frame())) {
        to.warn("more than a state behind a control command");
        return;  // withheld
    }
    const unsigned word = data[0] | (data.size() > 1 ? static_cast<unsigned>(data[1]) << 8U : 0U);
    std::string text = reversed_hex(data);
    to.object()["status"] = text;
    for (const state& each : states) {
        if ((word >> each.bit & 1U) != 0) {
            to.object()["status_meaning"].push_back(to.say(each.name));
            text += ", " + to.say(each.name);
        }
    }
    to.explain(0, data.size(), to.say("state of the order: {}", {text}));
}

void report_control(report_writer& to)
{
    constexpr std::size_t plain_size = 16;
    const std::size_t size = to.data().size();
    if (to.frame().is_from_meter()) {
        return report_control_state(to);
    }
    const bool is_sealed = size >= credentials_size && to.data()[0] >= dlt645::sealed_level;
    if (is_sealed) {
        report_credentials(to, 0);
        if (size != credentials_size + dlt645::sealed_order_size) {
            to.warn("a sealed control command has twenty bytes of cipher");
        }
        return to.withhold(credentials_size);
    }
    if (size != plain_size) {
        to.warn("a control command is sixteen bytes in plain text");
        return to.withhold(0);
    }
    report_credentials(to, 0);
    report_order(to);
}

void report_output(report_writer& to)
{
    to.object()["data"] = hex_text(to.data());
    const auto signal = to.data().size() == 1
                            ? to_string(static_cast<dlt645::output_signal>(to.data()[0]))
                            : std::string_view{"unknown"};
    if (signal == "unknown") {
        to.warn("a signal 00, 01 or 02 expected");
        return;
    }
    to.object()["signal"] = to.say(signal);
    to.explain(0, 1, to.say(signal));
}

/// The identifier is told, everything behind it is not.
void report_security(report_writer& to)
{
    if (to.data().size() < id_size) {
        return;  // nothing, or withheld
    }
    static_cast<void>(report_id(to));
    to.withhold(id_size);
}

}  // namespace

void report_body_2007(report_writer& to)
{
    using dlt645::function;
    switch (static_cast<function>(to.frame().function())) {
        case function::security: return report_security(to);
        case function::broadcast_time: return report_time(to);
        case function::read: return report_read(to);
        case function::read_follow: return report_read_follow(to);
        case function::read_address:
        case function::write_address: return report_address(to);
        case function::write: return report_write(to);
        case function::freeze: return report_freeze(to);
        case function::change_baud: {
            const auto word = to.data().size() == 1 ? to.data()[0] : std::uint8_t{0};
            return report_baud(to, bits_per_second(static_cast<dlt645::baud_rate>(word)));
        }
        case function::change_password: return report_change_password(to);
        case function::clear_demand:
        case function::clear_meter: return report_clear(to);
        case function::clear_events: return report_clear_events(to);
        case function::control: return report_control(to);
        case function::output: return report_output(to);
    }
}

}  // namespace wattpurse::cli
