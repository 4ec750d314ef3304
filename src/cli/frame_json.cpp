// SPDX-License-Identifier: Apache-2.0
#include "frame_json.hpp"

#include <algorithm>
#include <array>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using dlt645::frame;
using json = nlohmann::ordered_json;

void report_head(json& out, const frame& what)
{
    const std::array<std::uint8_t, 1> control{what.control};
    const bool is_1997 = dlt645::edition_of(what) == dlt645::edition::y1997;
    out["ok"] = true;
    out["protocol"] = "dlt645";
    out["edition"] = is_1997 ? "1997" : "2007";
    out["address"] = std::string{what.address.text().view()};
    out["control"] = hex_text(control);
    out["direction"] = what.is_from_meter() ? "response" : "request";
    out["abnormal"] = what.is_abnormal();
    out["follow"] = what.has_follow();
}

void report_oddities(report_writer& to)
{
    const frame& what = to.frame();
    const auto& wire = what.address.wire;
    const bool known = std::all_of(wire.begin(), wire.end(), [](std::uint8_t byte) {
        return byte == 0xAA || (byte >> 4U <= 9 && (byte & 0x0FU) <= 9);
    });
    if (!known) {
        to.warn("the address holds a nibble that is no decimal digit");
    }
    if (what.is_from_meter() && what.address.is_broadcast()) {
        to.warn("an answer from the broadcast address");
    }
    if (!what.is_from_meter() && (what.is_abnormal() || what.has_follow())) {
        to.warn("a request with D6 or D5 set in its control byte");
    }
    if (what.length > dlt645::send_limits::read_standard) {
        to.warn("length {} is over the standard's limit of 200", {std::to_string(what.length)});
    }
    if (dlt645::function_name(what) == "unknown function") {
        to.warn("a function code that the standard does not have");
    }
}

bool is_plain_read(const frame& what)
{
    return dlt645::edition_of(what) == dlt645::edition::y1997
               ? what.function() <= 0x02
               : what.function() == 0x11 || what.function() == 0x12;
}

}  // namespace

frame_report report_on(const frame& what, const decode_context& context)
{
    frame_report out;
    report_writer to{what, context, out};
    report_head(out.object, what);
    report_oddities(to);
    if (!is_plain_read(what)) {
        out.object["function"] = to.say(dlt645::function_name(what));
    }
    if (what.is_from_meter() && what.is_abnormal()) {
        report_refusal(to);
    } else if (dlt645::is_oversized(what)) {
        to.warn("DATA is longer than this function has it");  // and not shown
    } else if (to.edition() == dlt645::edition::y1997) {
        report_body_1997(to);
    } else {
        report_body_2007(to);
    }
    to.finish();
    return out;
}

std::optional<std::uint32_t> report_id(report_writer& to)
{
    const std::size_t size = to.edition() == dlt645::edition::y1997 ? 2 : 4;
    if (to.data().size() < size) {
        to.warn(size == 2 ? "no room for a data identifier of two bytes"
                          : "no room for a data identifier of four bytes");
        return std::nullopt;
    }
    std::uint32_t id = 0;
    for (std::size_t i = 0; i < size; ++i) {
        id |= static_cast<std::uint32_t>(to.data()[i]) << 8U * i;
    }
    const auto language = to.context().say.language() == speech::chinese
                              ? dlt645::language::chinese
                              : dlt645::language::english;
    const std::string digits = reversed_hex(to.data().first(size));
    const std::string name{
        dlt645::name_of(to.context().catalogue, to.edition(), id, language).view()};
    to.object()["di"] = digits;
    if (!name.empty()) {
        to.object()["name"] = name;
    }
    to.explain(0, size, "DI " + digits + ": " + (name.empty() ? to.say("no known identifier")
                                                              : name));
    return id;
}

void report_address(report_writer& to)
{
    constexpr std::size_t size = 6;
    if (to.data().empty()) {
        return;
    }
    if (to.data().size() != size) {
        to.warn("an address of six bytes expected");
        return to.leave(0, to.say("not explained"));
    }
    const std::string digits = reversed_hex(to.data());
    to.object()["value"] = digits;
    to.explain(0, size, to.say("address {}", {digits}));
}

void report_time(report_writer& to)
{
    const auto time = dlt645::read_seconds(to.data());
    to.object()["value"] = time ? json(time_text(*time)) : json(nullptr);
    if (time) {
        to.explain(0, to.data().size(), time_text(*time));
    } else {
        to.warn("ss mm hh DD MM YY expected, and this is no time");
        to.leave(0, to.say("no time"));
    }
    if (!to.frame().address.is_broadcast()) {
        to.warn("broadcast time sent to a single address");
    }
}

void report_baud(report_writer& to, std::uint32_t bits_per_second)
{
    to.object()["data"] = hex_text(to.data());
    if (to.data().size() != 1 || bits_per_second == 0) {
        to.object()["baud"] = nullptr;
        to.warn("a baud word with one bit set expected");
        return;
    }
    to.object()["baud"] = bits_per_second;
    to.explain(0, 1, to.say("{} bit/s", {std::to_string(bits_per_second)}));
}

}  // namespace wattpurse::cli
