// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>

#include "commands.hpp"
#include "explain.hpp"
#include "files.hpp"
#include "frame_json.hpp"
#include "hex_input.hpp"
#include "log_line.hpp"
#include "log_scan.hpp"
#include "message.hpp"
#include "modbus_frame.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
namespace modbus = codec::modbus;
using json = nlohmann::ordered_json;
using kind = dlt645::framer_event::kind_type;

constexpr const char* examples = R"(
HEX is one frame, in hexadecimal: with or without spaces, 0x or a preamble of FE, in either case.
Modbus ASCII is written as it is, from its colon on. `auto` knows DL/T 645 by its delimiters and
Modbus by its checksums and lengths; where the framing is named, several frames may stand behind
each other. `direction` is left out where a frame may be a request as well as a response.
Without HEX and --file, lines of standard input are read, each for itself; blank ones and those
that begin with # are skipped. A frame is one line of JSON. `ok` speaks of delimiters, length and
checksum; what is odd beyond them goes to `warning`. --explain prints a table for people instead.
Passwords, keys, ciphers and authentication codes are never shown.

--file reads a captured log of any size, `-` is standard input: raw bytes, and hexadecimal in
lines of text, whatever else is in them (times, directions, offsets of a dump, several lines a
frame). Each frame tells its `line`, or its `byte_offset` where it was raw. What is no frame is
skipped without a word, but for a candidate that has everything right save its checksum. A summary
goes to standard error.

The exit status is 0 when all was well, 1 when anything was bad, a file could not be read or a log
held no frame, and 2 when the command was used wrongly.

Examples:
  wattpurse decode 680172007200006891083333343333333333E716
  wattpurse decode --explain --lang zh FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16
  wattpurse decode < frames.txt
  wattpurse decode 01030002000A640D :010300020001F9
  wattpurse decode --protocol modbus-tcp 000100000006010300030001 0001000000050103020303
  wattpurse decode --file capture.log
  hexdump -C capture.bin | wattpurse decode --explain --file -
)";

/// Where something was found: "line", "argument", "byte_offset"; or nowhere in particular.
struct place {
    const char* key = nullptr;
    std::uint64_t number = 0;
};

/// Tells what was found on standard output, as lines of JSON or as tables.
class teller {
public:
    teller(const dlt645::catalogue& catalogue, speech language, bool explains)
        : context_{catalogue, phrases{language}}, explains_{explains}
    {
    }

    [[nodiscard]] const phrases& say() const { return context_.say; }

    void tell_frame(const finding& found, place where, bool is_placed)
    {
        frame_report report = report_on(found.event.frame, context_);
        report.warnings.insert(report.warnings.end(), found.warnings.begin(),
                               found.warnings.end());
        if (explains_) {
            print_title(where);
            std::cout << explain_frame(found.event.frame, report,
                                       {found.event.offset, found.preamble}, context_.say)
                      << '\n';
            return;
        }
        std::string warning;
        for (const std::string& each : report.warnings) {
            warning += warning.empty() ? each : "; " + each;
        }
        if (!warning.empty()) {
            report.object["warning"] = warning;
        }
        print(report.object, is_placed ? where : place{});
    }

    void tell_frame(const modbus_frame& found, place where, bool is_placed)
    {
        modbus_report report = report_on(found, context_.say);
        if (explains_) {
            print_title(where);
            std::cout << explain_modbus(found, report, context_.say) << '\n';
            return;
        }
        std::string warning;
        for (const std::string& each : report.warnings) {
            warning += warning.empty() ? each : "; " + each;
        }
        if (!warning.empty()) report.object["warning"] = warning;
        print(report.object, is_placed ? where : place{});
    }

    void tell_fault(json fault, place where)
    {
        if (!explains_) {
            return print(fault, where);
        }
        print_title(where);
        std::cout << say()("fault: {}", {fault["message"].get<std::string>()}) << '\n';
        if (fault.contains("hint")) {
            std::cout << say()("note: {}", {fault["hint"].get<std::string>()}) << '\n';
        }
        std::cout << '\n';
    }

private:
    static void print(json& object, place where)
    {
        if (where.key != nullptr) {
            object[where.key] = where.number;
        }
        std::cout << object.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    }

    void print_title(place where) const
    {
        if (where.key == nullptr) {
            return;
        }
        const std::string key{where.key};
        const char* const form = key == "line"       ? "line {}"
                                 : key == "argument" ? "argument {}"
                                                     : "byte offset {}";
        std::cout << say()(form, {std::to_string(where.number)}) << ": ";
    }

    decode_context context_;
    bool explains_;
};

json hex_fault(const bad_hex& what, const phrases& say)
{
    json out{{"ok", false}, {"error", "bad_hex"}, {"position", what.position}};
    if (!what.found.empty()) {
        out["found"] = what.found;
    }
    out["message"] = say(what.form, {std::to_string(what.position), what.found});
    return out;
}

/// What frames are said to be.
enum class protocol : std::uint8_t { any, dlt645, modbus_rtu, modbus_tcp, modbus_ascii };

[[nodiscard]] bool is_modbus(protocol which) { return which >= protocol::modbus_rtu; }

[[nodiscard]] modbus::framing framing_of(protocol which)
{
    if (which == protocol::modbus_tcp) return modbus::framing::tcp;
    return which == protocol::modbus_ascii ? modbus::framing::ascii : modbus::framing::rtu;
}

/// A colon begins Modbus ASCII and nothing else.
[[nodiscard]] bool is_ascii_frame(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first != std::string::npos && text[first] == ':';
}

/// A frame that begins with 68, behind any FE, is DL/T 645 before it is anything else.
[[nodiscard]] bool may_be_dlt645(byte_span bytes)
{
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) {
        return byte != dlt645::preamble_byte;
    });
    return first != bytes.end() && *first == 0x68;
}

bool tell_modbus(const std::vector<modbus_finding>& found, place where, teller& to)
{
    bool good = true;
    for (const modbus_finding& each : found) {
        good = good && each.frame;
        if (each.frame) {
            to.tell_frame(*each.frame, where, false);
        } else {
            to.tell_fault(each.fault, where);
        }
    }
    std::cout.flush();
    return good;
}

/// Tells what one piece of text holds. False for a fault.
bool tell_text(const std::string& text, protocol said, place where, teller& to)
{
    if ((said == protocol::any || said == protocol::modbus_ascii) && is_ascii_frame(text)) {
        const std::string trimmed = text.substr(text.find(':'));
        const byte_span bytes{reinterpret_cast<const std::uint8_t*>(trimmed.data()),
                              trimmed.size()};
        return tell_modbus(read_modbus(bytes, modbus::framing::ascii, to.say()), where, to);
    }
    const auto read = read_hex(text);
    if (const auto* const fault = std::get_if<bad_hex>(&read)) {
        to.tell_fault(hex_fault(*fault, to.say()), where);
        return false;
    }
    const auto& bytes = std::get<std::vector<std::uint8_t>>(read);
    if (is_modbus(said)) {
        return tell_modbus(read_modbus(bytes, framing_of(said), to.say()), where, to);
    }
    if (said == protocol::any && !may_be_dlt645(bytes)) {
        if (auto guess = guess_modbus(bytes)) {
            return tell_modbus({{std::move(*guess), {}}}, where, to);
        }
    }
    bool good = true;
    for (const finding& found : read_message(bytes, to.say())) {
        if (found.event.kind == kind::frame) {
            to.tell_frame(found, where, false);
            continue;
        }
        good = false;
        json fault = found.event.kind == kind::rejected ? fault_json(found.event, to.say())
                                                        : no_frame_json(bytes.size(), to.say());
        if (const auto hint = modbus_hint(bytes, to.say());
            said == protocol::any && found.event.kind != kind::rejected && !hint.empty()) {
            fault["hint"] = hint;
        }
        to.tell_fault(std::move(fault), where);
    }
    std::cout.flush();
    return good;
}

/// The shell splits "68 72 .." into words: where one is shorter than any frame, all are one text.
bool tell_arguments(const std::vector<std::string>& words, protocol said, teller& to)
{
    const std::size_t shortest = is_modbus(said) || said == protocol::any
                                     ? modbus::rtu_size_min
                                     : dlt645::frame_overhead;
    const auto is_piece = [shortest](const std::string& word) {
        const auto read = read_hex(word);
        const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
        if (bytes == nullptr || is_ascii_frame(word)) return false;
        const bool is_whole = bytes->size() >= shortest && guess_modbus(*bytes).has_value();
        return bytes->size() < dlt645::frame_overhead && !is_whole;
    };
    if (words.size() > 1 && std::any_of(words.begin(), words.end(), is_piece)) {
        std::string text;
        for (const std::string& word : words) {
            text += text.empty() ? word : " " + word;
        }
        return tell_text(text, said, {}, to);
    }
    bool good = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const place where = words.size() > 1 ? place{"argument", i + 1} : place{};
        good = tell_text(words[i], said, where, to) && good;
    }
    return good;
}

bool tell_lines(std::istream& input, protocol said, teller& to)
{
    bool good = true;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        const auto first = line.find_first_not_of(" \t\r");
        if (first != std::string::npos && line[first] != '#') {
            good = tell_text(line, said, {"line", number}, to) && good;
        }
    }
    return good;
}

bool tell_log(std::istream& input, teller& to)
{
    log_scanner scanner{[&](const log_finding& found) {
        const place where = found.line > 0 ? place{"line", found.line}
                                           : place{"byte_offset", found.offset};
        if (found.event.kind == kind::frame) {
            to.tell_frame({found.event}, where, true);
        } else {
            to.tell_fault(fault_json(found.event, to.say()), where);
        }
    }};
    std::vector<char> buffer(1U << 16U);
    while (input) {
        input.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        scanner.feed({reinterpret_cast<const std::uint8_t*>(buffer.data()),
                      static_cast<std::size_t>(input.gcount())});
    }
    scanner.finish();
    std::cout.flush();
    const log_summary sums = scanner.summary();
    std::cerr << "wattpurse decode: "
              << to.say()("{} frames, {} faults, {} of {} bytes skipped",
                          {std::to_string(sums.frames), std::to_string(sums.faults),
                           std::to_string(sums.skipped), std::to_string(sums.bytes)})
              << '\n';
    return sums.frames > 0 && sums.faults == 0;
}

/// A log of Modbus: frames in hexadecimal on lines of text, whatever else is on them, or, where the
/// log is no text, all of it as one stream. What is no frame on a line is passed over.
bool tell_modbus_log(std::istream& input, modbus::framing framing, teller& to)
{
    const std::string content{std::istreambuf_iterator<char>{input}, {}};
    const bool is_text = std::all_of(content.begin(), content.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
    });
    std::size_t frames = 0;
    std::size_t faults = 0;
    const auto take = [&](byte_span bytes, place where, bool is_line) {
        for (const modbus_finding& each : read_modbus(bytes, framing, to.say())) {
            if (each.frame) {
                ++frames;
                to.tell_frame(*each.frame,
                              is_line ? where : place{"byte_offset", each.frame->offset}, true);
            } else if (!is_line || each.fault["error"] == "bad_checksum") {
                ++faults;
                to.tell_fault(each.fault, where);
            }
        }
    };
    const auto bytes_of = [](std::string_view text) {
        return byte_span{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    };
    if (!is_text) {
        take(bytes_of(content), {}, false);
    } else {
        std::istringstream lines{content};
        std::string line;
        for (std::size_t number = 1; std::getline(lines, line); ++number) {
            const place where{"line", number};
            const auto colon = line.find(':');
            if (framing == modbus::framing::ascii && colon != std::string::npos) {
                take(bytes_of(std::string_view{line}.substr(line.rfind(':'))), where, true);
                continue;
            }
            for (const hex_run& run : read_log_line(line).runs) {
                if (run.bytes.size() >= modbus::rtu_size_min) take(run.bytes, where, true);
            }
        }
    }
    std::cout.flush();
    std::cerr << "wattpurse decode: "
              << to.say()("{} frames, {} faults", {std::to_string(frames), std::to_string(faults)})
              << '\n';
    return frames > 0 && faults == 0;
}

struct decode_options {
    std::string protocol = "auto";
    std::string language = "en";
    std::string catalogue;
    std::string log;
    bool explains = false;
    std::vector<std::string> hex;
};

bool tell_file(const std::string& path, protocol said, teller& to)
{
    const auto tell = [&](std::istream& input) {
        return is_modbus(said) ? tell_modbus_log(input, framing_of(said), to)
                               : tell_log(input, to);
    };
    if (path == "-") {
        return tell(std::cin);
    }
    std::ifstream in{path, std::ios::binary};
    in.peek();
    if (in.bad() || !in.is_open()) {
        std::cerr << path << ": " << to.say()("cannot be read") << '\n';
        return false;
    }
    return tell(in);
}

protocol protocol_of(const std::string& name)
{
    if (name == "dlt645") return protocol::dlt645;
    if (name == "modbus-rtu") return protocol::modbus_rtu;
    if (name == "modbus-tcp") return protocol::modbus_tcp;
    return name == "modbus-ascii" ? protocol::modbus_ascii : protocol::any;
}

bool tell_all(const decode_options& options, teller& to)
{
    const protocol said = protocol_of(options.protocol);
    if (!options.log.empty()) {
        return tell_file(options.log, said, to);
    }
    if (!options.hex.empty()) {
        return tell_arguments(options.hex, said, to);
    }
    if (isatty(STDIN_FILENO) != 0) {
        std::cerr << "wattpurse decode: "
                  << to.say()("reading frames from the terminal, one a line; end with Ctrl-D")
                  << '\n';
    }
    return tell_lines(std::cin, said, to);
}

void run(const decode_options& options)
{
    const speech language = options.language == "zh" ? speech::chinese : speech::english;
    std::optional<adapter::json::user_catalogue> own;
    if (!options.catalogue.empty()) {
        own.emplace(load_file(options.catalogue, adapter::json::load_catalogue));
    }
    const dlt645::catalogue all = own ? own->view() : dlt645::standard_catalogue();
    teller to{all, language, options.explains};
    if (!tell_all(options, to)) {
        throw CLI::RuntimeError{1};
    }
}

}  // namespace

void add_decode(CLI::App& app)
{
    const auto options = std::make_shared<decode_options>();
    CLI::App* const command = app.add_subcommand(
        "decode", "Say what frames of a meter mean (DL/T 645, Modbus), as JSON or byte by byte");
    command
        ->add_option("--protocol", options->protocol,
                     "What the frames are: auto finds out (default), dlt645, modbus-rtu, "
                     "modbus-tcp or modbus-ascii")
        ->check(CLI::IsMember({"auto", "dlt645", "modbus-rtu", "modbus-tcp", "modbus-ascii"}));
    command->add_option("--lang", options->language, "Language of names and messages: en or zh")
        ->check(CLI::IsMember({"en", "zh"}));
    command->add_flag("--explain", options->explains,
                      "A table for people, byte by byte, instead of JSON");
    command->add_option("--catalogue", options->catalogue,
                        "Identifiers of your own, a JSON file (wattpurse-catalogue/1)");
    CLI::Option* const log = command->add_option(
        "--file", options->log, "A captured log, text and binary mixed; - is standard input");
    command->add_option("HEX", options->hex, "Frames; standard input where there are none")
        ->excludes(log);
    command->footer(examples);
    command->callback([options] { run(*options); });
}

}  // namespace wattpurse::cli
