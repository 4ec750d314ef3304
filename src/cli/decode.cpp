// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/codec/dlt645/framer.hpp>

#include "commands.hpp"
#include "frame_json.hpp"
#include "hex_input.hpp"
#include "value_json.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;

constexpr const char* examples = R"(
HEX is one frame, in hexadecimal: with or without spaces, 0x or a preamble of FE, in either case.
Without HEX, lines of standard input are read, each for itself; blank ones and those that begin
with # are skipped. A frame is one line of JSON. `ok` speaks of delimiters, length and checksum;
what is odd beyond them goes to `warning`. Passwords are never shown.
The exit status is 1 when anything was bad, else 0.

Examples:
  wattpurse decode 680172007200006891083333343333333333E716
  wattpurse decode FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16
  wattpurse decode < capture.txt
)";

/// Frames and faults found in one piece of input, in order.
class message {
public:
    explicit message(const std::vector<std::uint8_t>& bytes) : bytes_{bytes} {}

    std::vector<json> decode()
    {
        dlt645::framer framer;
        byte_span rest{bytes_};
        while (!rest.empty()) {
            rest = rest.subspan(framer.feed(rest));
            if (rest.empty()) {
                framer.flush();  // nothing will follow
            }
            take(framer);
        }
        finish();
        return std::move(found_);
    }

private:
    void take(dlt645::framer& framer)
    {
        using kind = dlt645::framer_event::kind_type;
        for (auto event = framer.next(); event.kind != kind::nothing; event = framer.next()) {
            if (event.kind == kind::frame) {
                take_frame(event);
            } else if (event.offset >= done_) {
                take_rejection(event);
            }
        }
    }

    void take_frame(const dlt645::framer_event& event)
    {
        std::vector<std::string> warnings;
        json out = frame_json(event.frame, warnings);
        if (const auto strays = stray_bytes(done_, event.offset); strays > 0) {
            warnings.push_back(std::to_string(strays) + " stray byte" + (strays > 1 ? "s" : "") +
                               " before the frame at offset " + std::to_string(event.offset));
        }
        if (!warnings.empty()) {
            out["warning"] = joined(warnings);
        }
        last_frame_ = found_.size();
        found_.push_back(std::move(out));
        done_ = event.offset + event.extent;
        false_start_.reset();
    }

    void take_rejection(const dlt645::framer_event& event)
    {
        // A 68 without a second one is a fault only when nothing better turns up: 68 is also a
        // byte like any other, and noise.
        if (event.cause == dlt645::rejection::no_second_start) {
            if (!false_start_) {
                false_start_ = event;
            }
            return;
        }
        found_.push_back(fault(event));
        done_ = event.offset + event.extent;
        false_start_.reset();
    }

    void finish()
    {
        if (found_.empty()) {
            found_.push_back(false_start_ ? fault(*false_start_) : no_frame());
            return;
        }
        const auto strays = stray_bytes(done_, bytes_.size());
        if (strays == 0 || !last_frame_) {
            return;
        }
        json& last = found_[*last_frame_];
        const std::string text = std::to_string(strays) + " stray byte" +
                                 (strays > 1 ? "s" : "") + " after the frame";
        last["warning"] = last.contains("warning")
                              ? last["warning"].get<std::string>() + "; " + text
                              : text;
    }

    [[nodiscard]] std::size_t stray_bytes(std::uint64_t from, std::uint64_t until) const
    {
        if (from >= until) {
            return 0;
        }
        const auto at = [this](std::uint64_t offset) {
            return bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
        };
        return static_cast<std::size_t>(std::count_if(at(from), at(until), [](std::uint8_t b) {
            return b != dlt645::preamble_byte;
        }));
    }

    [[nodiscard]] static std::string joined(const std::vector<std::string>& parts)
    {
        std::string out;
        for (const std::string& part : parts) {
            out += out.empty() ? part : "; " + part;
        }
        return out;
    }

    [[nodiscard]] static std::string byte_text(std::uint16_t value)
    {
        const std::uint8_t byte[]{static_cast<std::uint8_t>(value)};
        return hex_text(byte);
    }

    [[nodiscard]] static json fault(const dlt645::framer_event& event)
    {
        const std::string at = std::to_string(event.at);
        json out{{"ok", false},
                 {"error", std::string{to_string(event.cause)}},
                 {"protocol", "dlt645"},
                 {"frame_offset", event.offset},
                 {"offset", event.at}};
        if (event.cause == dlt645::rejection::truncated) {
            out["found"] = event.found;
            out["expected"] = event.expected;
            out["message"] = "the frame has " + std::to_string(event.found) + " bytes and needs " +
                             (event.found < dlt645::frame_overhead ? "at least " : "") +
                             std::to_string(event.expected);
            return out;
        }
        const std::string found = byte_text(event.found);
        const std::string expected = byte_text(event.expected);
        out["found"] = found;
        out["expected"] = expected;
        if (event.cause == dlt645::rejection::bad_checksum) {
            out["message"] = "checksum " + found + " at offset " + at + " should be " + expected;
        } else if (event.cause == dlt645::rejection::bad_end) {
            out["message"] = "end " + expected + " expected at offset " + at + ", found " + found;
        } else {
            out["message"] =
                "second " + expected + " expected at offset " + at + ", found " + found;
        }
        return out;
    }

    [[nodiscard]] json no_frame() const
    {
        return {{"ok", false},
                {"error", "no_frame"},
                {"protocol", "dlt645"},
                {"offset", bytes_.size()},
                {"expected", "68"},
                {"message", "no start byte 68 among " + std::to_string(bytes_.size()) +
                                " bytes"}};
    }

    const std::vector<std::uint8_t>& bytes_;
    std::vector<json> found_;
    std::optional<std::size_t> last_frame_;
    std::optional<dlt645::framer_event> false_start_;
    std::uint64_t done_ = 0;  // end of what has been accounted for
};

json hex_fault(const bad_hex& what)
{
    json out{{"ok", false}, {"error", "bad_hex"}, {"position", what.position}};
    if (!what.found.empty()) {
        out["found"] = what.found;
    }
    out["message"] = what.message;
    return out;
}

/// Prints what one piece of text holds; `place` ("line": 3) goes into faults. False for a fault.
bool print_text(const std::string& text, const json& place)
{
    std::vector<json> found;
    auto read = read_hex(text);
    if (const auto* const fault = std::get_if<bad_hex>(&read)) {
        found.push_back(hex_fault(*fault));
    } else {
        found = message{std::get<std::vector<std::uint8_t>>(read)}.decode();
    }
    bool good = true;
    for (json& object : found) {
        if (!object["ok"].get<bool>()) {
            object.update(place);
            good = false;
        }
        std::cout << object.dump() << '\n';
    }
    std::cout.flush();
    return good;
}

/// The shell splits "68 72 .." into words: where one is shorter than any frame, all are one text.
bool print_arguments(const std::vector<std::string>& words)
{
    const auto is_piece = [](const std::string& word) {
        const auto read = read_hex(word);
        const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
        return bytes != nullptr && bytes->size() < dlt645::frame_overhead;
    };
    bool good = true;
    if (words.size() > 1 && std::any_of(words.begin(), words.end(), is_piece)) {
        std::string text;
        for (const std::string& word : words) {
            text += text.empty() ? word : " " + word;
        }
        return print_text(text, json::object());
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        good = print_text(words[i], words.size() > 1 ? json{{"argument", i + 1}}
                                                     : json::object()) && good;
    }
    return good;
}

bool print_lines(std::istream& input)
{
    bool good = true;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        const auto first = line.find_first_not_of(" \t\r");
        if (first != std::string::npos && line[first] != '#') {
            good = print_text(line, {{"line", number}}) && good;
        }
    }
    return good;
}

struct decode_options {
    std::string protocol = "auto";
    std::vector<std::string> hex;
};

void run(const decode_options& options)
{
    if (options.hex.empty() && isatty(STDIN_FILENO) != 0) {
        std::cerr << "wattpurse decode: reading frames from the terminal, one a line; "
                     "end with Ctrl-D\n";
    }
    const bool good = options.hex.empty() ? print_lines(std::cin) : print_arguments(options.hex);
    if (!good) {
        throw CLI::RuntimeError{1};
    }
}

}  // namespace

void add_decode(CLI::App& app)
{
    const auto options = std::make_shared<decode_options>();
    CLI::App* const command = app.add_subcommand(
        "decode", "Say what frames of a meter mean (DL/T 645), as JSON");
    command
        ->add_option("--protocol", options->protocol,
                     "What the frames are: auto finds out (default), or dlt645")
        ->check(CLI::IsMember({"auto", "dlt645"}));
    command->add_option("HEX", options->hex, "Frames; standard input where there are none");
    command->footer(examples);
    command->callback([options] { run(*options); });
}

}  // namespace wattpurse::cli
