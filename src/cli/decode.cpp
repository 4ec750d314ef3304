// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>

#include "commands.hpp"
#include "explain.hpp"
#include "files.hpp"
#include "frame_json.hpp"
#include "hex_input.hpp"
#include "log_scan.hpp"
#include "message.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;
using kind = dlt645::framer_event::kind_type;

constexpr const char* examples = R"(
HEX is one frame, in hexadecimal: with or without spaces, 0x or a preamble of FE, in either case.
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

    void tell_fault(json fault, place where)
    {
        if (!explains_) {
            return print(fault, where);
        }
        print_title(where);
        std::cout << say()("fault: {}", {fault["message"].get<std::string>()}) << "\n\n";
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

/// Tells what one piece of text holds. False for a fault.
bool tell_text(const std::string& text, place where, teller& to)
{
    const auto read = read_hex(text);
    if (const auto* const fault = std::get_if<bad_hex>(&read)) {
        to.tell_fault(hex_fault(*fault, to.say()), where);
        return false;
    }
    const auto& bytes = std::get<std::vector<std::uint8_t>>(read);
    bool good = true;
    for (const finding& found : read_message(bytes, to.say())) {
        if (found.event.kind == kind::frame) {
            to.tell_frame(found, where, false);
            continue;
        }
        good = false;
        to.tell_fault(found.event.kind == kind::rejected ? fault_json(found.event, to.say())
                                                         : no_frame_json(bytes.size(), to.say()),
                      where);
    }
    std::cout.flush();
    return good;
}

/// The shell splits "68 72 .." into words: where one is shorter than any frame, all are one text.
bool tell_arguments(const std::vector<std::string>& words, teller& to)
{
    const auto is_piece = [](const std::string& word) {
        const auto read = read_hex(word);
        const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
        return bytes != nullptr && bytes->size() < dlt645::frame_overhead;
    };
    if (words.size() > 1 && std::any_of(words.begin(), words.end(), is_piece)) {
        std::string text;
        for (const std::string& word : words) {
            text += text.empty() ? word : " " + word;
        }
        return tell_text(text, {}, to);
    }
    bool good = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const place where = words.size() > 1 ? place{"argument", i + 1} : place{};
        good = tell_text(words[i], where, to) && good;
    }
    return good;
}

bool tell_lines(std::istream& input, teller& to)
{
    bool good = true;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        const auto first = line.find_first_not_of(" \t\r");
        if (first != std::string::npos && line[first] != '#') {
            good = tell_text(line, {"line", number}, to) && good;
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

struct decode_options {
    std::string protocol = "auto";
    std::string language = "en";
    std::string catalogue;
    std::string log;
    bool explains = false;
    std::vector<std::string> hex;
};

bool tell_file(const std::string& path, teller& to)
{
    if (path == "-") {
        return tell_log(std::cin, to);
    }
    std::ifstream in{path, std::ios::binary};
    in.peek();
    if (in.bad() || !in.is_open()) {
        std::cerr << path << ": " << to.say()("cannot be read") << '\n';
        return false;
    }
    return tell_log(in, to);
}

bool tell_all(const decode_options& options, teller& to)
{
    if (!options.log.empty()) {
        return tell_file(options.log, to);
    }
    if (!options.hex.empty()) {
        return tell_arguments(options.hex, to);
    }
    if (isatty(STDIN_FILENO) != 0) {
        std::cerr << "wattpurse decode: "
                  << to.say()("reading frames from the terminal, one a line; end with Ctrl-D")
                  << '\n';
    }
    return tell_lines(std::cin, to);
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
        "decode", "Say what frames of a meter mean (DL/T 645), as JSON or byte by byte");
    command
        ->add_option("--protocol", options->protocol,
                     "What the frames are: auto finds out (default), or dlt645")
        ->check(CLI::IsMember({"auto", "dlt645"}));
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
