// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <wattpurse/codec/modbus/ascii_framer.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu_framer.hpp>

#include "modbus_frame.hpp"
#include "report.hpp"

namespace wattpurse::cli {
namespace {

namespace modbus = codec::modbus;
using json = nlohmann::ordered_json;

modbus_frame frame_of(modbus::framing framing, const modbus::adu& from, byte_span wire,
                      std::uint64_t offset)
{
    return {framing, from.transaction, from.unit, {from.pdu.begin(), from.pdu.end()},
            {wire.begin(), wire.end()}, offset};
}

json fault_of(modbus::framing framing, std::string_view error, std::uint64_t offset)
{
    return {{"ok", false},
            {"error", std::string{error}},
            {"protocol", protocol_name(framing)},
            {"frame_offset", offset}};
}

/// What is expected and what is there, as hexadecimal digits.
void add_mismatch(json& out, const std::string& found, const std::string& expected)
{
    out["found"] = found;
    out["expected"] = expected;
}

std::string low_byte_first(std::uint16_t crc)
{
    const std::uint8_t bytes[]{static_cast<std::uint8_t>(crc & 0xFFU),
                               static_cast<std::uint8_t>(crc >> 8U)};
    return hex_text(bytes);
}

std::string byte_text(std::uint8_t value)
{
    const std::uint8_t bytes[]{value};
    return hex_text(bytes);
}

json crc_fault(std::uint64_t frame, std::uint64_t at, std::uint16_t found, std::uint16_t expected,
               const phrases& say)
{
    json out = fault_of(modbus::framing::rtu, "bad_checksum", frame);
    out["offset"] = at;
    add_mismatch(out, low_byte_first(found), low_byte_first(expected));
    out["message"] = say("checksum {} at offset {} should be {}",
                         {low_byte_first(found), std::to_string(at), low_byte_first(expected)});
    return out;
}

/// Where nothing is a frame, all of it was meant to be one.
json whole_rtu_fault(byte_span bytes, const phrases& say)
{
    if (bytes.size() >= modbus::rtu_size_min && bytes.size() <= modbus::rtu_size_max) {
        return crc_fault(0, bytes.size() - 2, modbus::crc_of_frame(bytes),
                         modbus::crc16_sliced::of(bytes.first(bytes.size() - 2)), say);
    }
    const bool is_short = bytes.size() < modbus::rtu_size_min;
    json out = fault_of(modbus::framing::rtu, is_short ? "truncated" : "too_long", 0);
    const std::size_t limit = is_short ? modbus::rtu_size_min : modbus::rtu_size_max;
    out["found"] = bytes.size();
    out["expected"] = limit;
    out["message"] = say(is_short ? "the frame has {} bytes and needs at least {}"
                                  : "the frame has {} bytes and {} at most",
                         {std::to_string(bytes.size()), std::to_string(limit)});
    return out;
}

json rtu_fault(const modbus::rtu_event& event, const phrases& say)
{
    using modbus::rtu_rejection;
    if (event.cause == rtu_rejection::bad_checksum) {
        return crc_fault(event.offset, event.offset + event.extent - 2, event.found,
                         event.expected, say);
    }
    json out = fault_of(modbus::framing::rtu, to_string(event.cause), event.offset);
    if (event.cause == rtu_rejection::truncated && event.expected > 0) {
        out["found"] = event.extent;
        out["expected"] = event.expected;
        out["message"] = say("the frame has {} bytes and needs {}",
                             {std::to_string(event.extent), std::to_string(event.expected)});
        return out;
    }
    out["message"] = say("no Modbus RTU frame at offset {}", {std::to_string(event.offset)});
    return out;
}

/// One frame from end to end first: a request and an answer may begin alike.
std::vector<modbus_finding> read_rtu(byte_span bytes, const phrases& say)
{
    std::vector<modbus_finding> out;
    if (const auto whole = modbus::decode_rtu(bytes)) {
        out.push_back({frame_of(modbus::framing::rtu, *whole, bytes, 0), {}});
        return out;
    }
    modbus::rtu_line_framer framer{modbus::rtu_gaps::unknown};
    byte_span rest = bytes;
    const auto drain = [&] {
        for (;;) {
            const auto event = framer.next(rest);
            if (event.kind == modbus::rtu_event::kind_type::nothing) return;
            if (event.kind == modbus::rtu_event::kind_type::frame) {
                out.push_back({frame_of(modbus::framing::rtu, event.adu,
                                        bytes.subspan(event.offset, event.extent), event.offset),
                               {}});
            } else {
                out.push_back({std::nullopt, rtu_fault(event, say)});
            }
        }
    };
    drain();
    framer.flush();
    drain();
    const bool has_frame = std::any_of(out.begin(), out.end(),
                                       [](const modbus_finding& each) { return each.frame; });
    if (!has_frame) {
        out.clear();
        out.push_back({std::nullopt, whole_rtu_fault(bytes, say)});
    }
    return out;
}

std::vector<modbus_finding> read_tcp(byte_span bytes, const phrases& say)
{
    using kind = modbus::mbap_event::kind_type;
    std::vector<modbus_finding> out;
    modbus::mbap_framer framer;
    byte_span rest = bytes;
    std::uint64_t end = 0;
    for (auto event = framer.next(rest); event.kind != kind::nothing; event = framer.next(rest)) {
        end = event.offset + 6 + event.length;
        if (event.kind == kind::adu) {
            out.push_back({frame_of(modbus::framing::tcp, event.adu,
                                    bytes.subspan(event.offset, 6 + event.adu.pdu.size() + 1),
                                    event.offset),
                           {}});
            continue;
        }
        const bool is_foreign = event.kind == kind::foreign;
        json fault = fault_of(modbus::framing::tcp, is_foreign ? "bad_protocol" : "bad_length",
                              event.offset);
        fault["offset"] = event.offset + (is_foreign ? 2 : 4);
        if (is_foreign) {
            add_mismatch(fault, std::to_string(event.protocol), "0");
            fault["message"] = say("protocol id {} at offset {} should be 0",
                                   {std::to_string(event.protocol),
                                    std::to_string(event.offset + 2)});
        } else {
            add_mismatch(fault, std::to_string(event.length), "2 to 254");
            fault["message"] = say("length {} at offset {} should be 2 to 254",
                                   {std::to_string(event.length),
                                    std::to_string(event.offset + 4)});
        }
        out.push_back({std::nullopt, std::move(fault)});
        if (!is_foreign) return out;  // where the next one begins is lost
    }
    if (end < bytes.size()) {
        const std::size_t left = bytes.size() - end;
        json fault = fault_of(modbus::framing::tcp, "truncated", end);
        const std::size_t needed =
            left >= 6 ? std::size_t{6} + modbus::word_at(bytes, end + 4) : std::size_t{8};
        fault["found"] = left;
        fault["expected"] = needed;
        fault["message"] = say(left >= 6 ? "the frame has {} bytes and needs {}"
                                         : "the frame has {} bytes and needs at least {}",
                               {std::to_string(left), std::to_string(needed)});
        out.push_back({std::nullopt, std::move(fault)});
    }
    return out;
}

std::vector<modbus_finding> read_ascii(byte_span bytes, const phrases& say)
{
    using kind = modbus::ascii_event::kind_type;
    std::vector<modbus_finding> out;
    // Written down, frames often lack what ends them.
    std::vector<std::uint8_t> text{bytes.begin(), bytes.end()};
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    text.push_back('\r');
    text.push_back('\n');
    modbus::ascii_framer framer;
    byte_span rest{text};
    for (auto event = framer.next(rest); event.kind != kind::nothing; event = framer.next(rest)) {
        if (event.kind == kind::frame) {
            const std::size_t size = 1 + 2 * (2 + event.adu.pdu.size());
            out.push_back({frame_of(modbus::framing::ascii, event.adu,
                                    byte_span{text}.subspan(event.offset, size), event.offset),
                           {}});
            continue;
        }
        json fault = fault_of(modbus::framing::ascii, to_string(event.cause), event.offset);
        fault["offset"] = event.at;
        if (event.cause == modbus::ascii_rejection::bad_checksum) {
            add_mismatch(fault, byte_text(event.found), byte_text(event.expected));
            fault["message"] = say("checksum {} at offset {} should be {}",
                                   {byte_text(event.found), std::to_string(event.at),
                                    byte_text(event.expected)});
        } else {
            fault["message"] = say("no Modbus ASCII frame: {} at offset {}",
                                   {to_string(event.cause), std::to_string(event.at)});
        }
        out.push_back({std::nullopt, std::move(fault)});
    }
    return out;
}

}  // namespace

std::string protocol_name(modbus::framing framing)
{
    return "modbus-" + std::string{to_string(framing)};
}

std::optional<modbus_frame> guess_modbus(byte_span bytes)
{
    std::array<std::uint8_t, modbus::ascii_binary_max> binary{};
    const auto guesses = modbus::guess_framing(bytes, binary);
    if (guesses.size == 0) return std::nullopt;
    const modbus::framing_guess& best = guesses.all[0];
    return frame_of(best.framing, best.adu, bytes, 0);
}

std::string modbus_hint(byte_span bytes, const phrases& say)
{
    const bool is_size = bytes.size() >= modbus::rtu_size_min &&
                         bytes.size() <= modbus::rtu_size_max;
    if (!is_size || !modbus::is_public(static_cast<modbus::function>(bytes[1] & 0x7FU))) return {};
    return say("as Modbus RTU its checksum is {} and should be {}",
               {low_byte_first(modbus::crc_of_frame(bytes)),
                low_byte_first(modbus::crc16_sliced::of(bytes.first(bytes.size() - 2)))});
}

std::vector<modbus_finding> read_modbus(byte_span bytes, modbus::framing framing,
                                        const phrases& say)
{
    std::vector<modbus_finding> out;
    switch (framing) {
        case modbus::framing::rtu: out = read_rtu(bytes, say); break;
        case modbus::framing::tcp: out = read_tcp(bytes, say); break;
        case modbus::framing::ascii: out = read_ascii(bytes, say); break;
    }
    if (out.empty()) {
        json fault = fault_of(framing, "no_frame", 0);
        fault["message"] = say("no Modbus frame among {} bytes", {std::to_string(bytes.size())});
        out.push_back({std::nullopt, std::move(fault)});
    }
    return out;
}

}  // namespace wattpurse::cli
