// SPDX-License-Identifier: Apache-2.0
#include "message.hpp"

#include <algorithm>
#include <optional>

#include <wattpurse/codec/dlt645/function.hpp>

#include "report.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;
using dlt645::framer_event;
using kind = framer_event::kind_type;

class message_reader {
public:
    message_reader(byte_span bytes, const phrases& say) : bytes_{bytes}, say_{say} {}

    std::vector<finding> read()
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
        for (auto event = framer.next(); event.kind != kind::nothing; event = framer.next()) {
            if (event.kind == kind::frame) {
                take_frame(event);
            } else if (event.offset >= done_) {
                take_rejection(event);
            }
        }
    }

    void take_frame(const framer_event& event)
    {
        finding out{event};
        for (auto at = static_cast<std::size_t>(event.offset);
             at > done_ && bytes_[at - 1] == dlt645::preamble_byte; --at) {
            ++out.preamble;
        }
        if (const auto strays = stray_bytes(done_, event.offset); strays > 0) {
            out.warnings.push_back(
                say_(strays > 1 ? "{} stray bytes before the frame at offset {}"
                                : "{} stray byte before the frame at offset {}",
                     {std::to_string(strays), std::to_string(event.offset)}));
        }
        last_frame_ = found_.size();
        found_.push_back(std::move(out));
        done_ = event.offset + event.extent;
        false_start_.reset();
    }

    void take_rejection(const framer_event& event)
    {
        if (event.cause == dlt645::rejection::no_second_start) {
            if (!false_start_) {
                false_start_ = event;
            }
            return;
        }
        found_.push_back({event});
        done_ = event.offset + event.extent;
        false_start_.reset();
    }

    void finish()
    {
        if (found_.empty()) {
            found_.push_back({false_start_ ? *false_start_ : framer_event{}});
            return;
        }
        const auto strays = stray_bytes(done_, bytes_.size());
        if (strays > 0 && last_frame_) {
            found_[*last_frame_].warnings.push_back(
                say_(strays > 1 ? "{} stray bytes after the frame"
                                : "{} stray byte after the frame",
                     {std::to_string(strays)}));
        }
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

    byte_span bytes_;
    const phrases& say_;
    std::vector<finding> found_;
    std::optional<std::size_t> last_frame_;
    std::optional<framer_event> false_start_;
    std::uint64_t done_ = 0;  // end of what has been accounted for
};

/// The right checksum is the sum of a password too, and where the length is wrong a byte of it
/// may stand at the end.
bool may_tell_of_secret(const framer_event& event)
{
    return (event.cause == dlt645::rejection::bad_checksum ||
            event.cause == dlt645::rejection::bad_end) &&
           dlt645::holds_secret(event.frame);
}

std::string byte_text(std::uint16_t value)
{
    const std::uint8_t byte[]{static_cast<std::uint8_t>(value)};
    return hex_text(byte);
}

}  // namespace

std::vector<finding> read_message(byte_span bytes, const phrases& say)
{
    return message_reader{bytes, say}.read();
}

nlohmann::ordered_json fault_json(const framer_event& event, const phrases& say)
{
    json out{{"ok", false},
             {"error", std::string{to_string(event.cause)}},
             {"protocol", "dlt645"},
             {"frame_offset", event.offset},
             {"offset", event.at}};
    if (event.cause == dlt645::rejection::truncated) {
        out["found"] = event.found;
        out["expected"] = event.expected;
        out["message"] = say(event.found < dlt645::frame_overhead
                                 ? "the frame has {} bytes and needs at least {}"
                                 : "the frame has {} bytes and needs {}",
                             {std::to_string(event.found), std::to_string(event.expected)});
        return out;
    }
    const bool is_hidden = may_tell_of_secret(event);
    const std::string at = std::to_string(event.at);
    const std::string found = is_hidden && event.cause == dlt645::rejection::bad_end
                                  ? "**" : byte_text(event.found);
    const std::string expected = is_hidden && event.cause == dlt645::rejection::bad_checksum
                                     ? "**" : byte_text(event.expected);
    out["found"] = found;
    out["expected"] = expected;
    switch (event.cause) {
        case dlt645::rejection::bad_checksum:
            out["message"] = say("checksum {} at offset {} should be {}", {found, at, expected});
            break;
        case dlt645::rejection::bad_end:
            out["message"] = say("end {} expected at offset {}, found {}", {expected, at, found});
            break;
        case dlt645::rejection::no_second_start:
        case dlt645::rejection::truncated:
            out["message"] =
                say("second {} expected at offset {}, found {}", {expected, at, found});
            break;
    }
    return out;
}

nlohmann::ordered_json no_frame_json(std::size_t bytes, const phrases& say)
{
    return {{"ok", false},
            {"error", "no_frame"},
            {"protocol", "dlt645"},
            {"offset", bytes},
            {"expected", "68"},
            {"message", say("no start byte 68 among {} bytes", {std::to_string(bytes)})}};
}

}  // namespace wattpurse::cli
