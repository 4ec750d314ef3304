// SPDX-License-Identifier: Apache-2.0
//
// DL/T 645 against the physical limit: what must be done at least is to move the bytes of the
// frame. Addresses, identifiers, values and sizes are mixed, so that nothing is learnt by heart.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/frame_view.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/scan.hpp>

#include "bench.hpp"
#include "dlt645_frames.hpp"

namespace wattpurse::bench {
namespace {

using codec::dlt645::address;
using codec::dlt645::data_id;
using codec::dlt645::frame;

/// The sum of a frame depends on all of it. Only this byte is read: to read several that were
/// just written one by one would measure how a processor waits for that.
std::uint64_t sum_byte(const std::uint8_t* bytes, std::size_t size)
{
    return bytes[size - 2];
}

// ---- A read request, from address and identifier to bytes ---------------------------------------

struct question {
    address meter;
    data_id id;
};

/// The definition (DL/T 645-2007, 5.2), written down once more.
packet packet_of(const question& what)
{
    packet out;
    const auto id = static_cast<std::uint32_t>(what.id);
    const std::array<std::uint8_t, 4> data{
        static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(id >> 8U),
        static_cast<std::uint8_t>(id >> 16U), static_cast<std::uint8_t>(id >> 24U)};
    write_packet(out, what.meter.wire, 0x11, data, 4);
    return out;
}

/// The limit: the bytes of each frame are moved once.
std::uint64_t copy_all(const packet_row& packets)
{
    std::uint64_t sum = 0;
    std::array<std::uint8_t, 64> copy;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto from = packets[i];
        std::memcpy(copy.data(), from.data(), from.size());
        show(copy.data());
        sum += sum_byte(copy.data(), from.size());
    }
    return sum;
}

void run_encode(report& out)
{
    std::uint64_t seed = 1;
    std::vector<question> questions;
    packet_row packets;
    for (std::size_t i = 0; i < packet_count; ++i) {
        const item_choice& what = mixed_items[next_random(seed) % mixed_items.size()];
        questions.push_back({{random_address(seed)}, static_cast<data_id>(what.id)});
        packets.push_back(packet_of(questions.back()));
        std::array<std::uint8_t, 32> written{};
        const auto size = encode(read_request(questions[i].meter, questions[i].id), written);
        require(size && std::equal(written.begin(),
                                   written.begin() + static_cast<std::ptrdiff_t>(*size),
                                   packets[i].begin(), packets[i].end()),
                "a read request is not what the standard says");
    }
    const auto ours = [&] {
        std::uint64_t sum = 0;
        std::array<std::uint8_t, 32> written;
        for (const question& each : questions) {
            const auto size = encode(read_request(each.meter, each.id), written);
            show(written.data());
            sum += sum_byte(written.data(), *size);
        }
        return sum;
    };
    const auto copy = [&] { return copy_all(packets); };
    require(ours() == copy(), "the requests are not those of the definition");
    compare(out, "dlt645.encode_read", "memcpy of the finished frame", packet_count, ours, copy);
}

// ---- An answer, from bytes to the exact number --------------------------------------------------

/// Checks the frame, knows its identifier, and reads its number exactly.
std::int64_t value_of(byte_span bytes, const codec::dlt645::catalogue& known)
{
    constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
    const auto frame = codec::dlt645::view(bytes);
    if (!frame) {
        return none;
    }
    const auto id = frame->id();
    std::array<std::uint8_t, codec::dlt645::data_size_max> buffer;
    const auto data = frame->data_into(buffer, codec::dlt645::id_size);
    if (!id || !data) {
        return none;
    }
    const auto* const row =
        known.find(codec::dlt645::edition::y2007, static_cast<std::uint32_t>(*id));
    if (row == nullptr) {
        return none;
    }
    const auto number = codec::dlt645::read_number(*row, *data);
    return number ? *number : none;
}

void run_decode(report& out)
{
    std::uint64_t seed = 2;
    packet_row packets;
    std::uint64_t expected = 0;
    const auto& known = codec::dlt645::standard_catalogue();
    for (std::size_t i = 0; i < packet_count; ++i) {
        const item_choice& what = mixed_items[next_random(seed) % mixed_items.size()];
        const answer_packet answer = random_answer_of(what, seed);
        packets.push_back(answer.wire);
        require(value_of(packets[i], known) == answer.number, "a value is not the one sent");
        expected += static_cast<std::uint64_t>(answer.number);
    }
    const auto ours = [&] {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            sum += static_cast<std::uint64_t>(value_of(packets[i], known));
        }
        return sum;
    };
    require(ours() == expected, "the sum of all values is not that of those sent");
    compare(out, "dlt645.decode_value", "memcpy of the frame", packet_count, ours,
            [&] { return copy_all(packets); });
}

// ---- A log: frames among text and noise ---------------------------------------------------------

constexpr std::size_t log_size = 1U << 20U;

struct log_file {
    std::vector<std::uint8_t> bytes;
    std::uint64_t frames = 0;
};

log_file mixed_log()
{
    log_file out;
    std::uint64_t seed = 7;
    const auto add = [&out](const auto& bytes, std::size_t size) {
        out.bytes.insert(out.bytes.end(), bytes.begin(),
                         bytes.begin() + static_cast<std::ptrdiff_t>(size));
    };
    while (out.bytes.size() < log_size) {
        const std::string text = "2026-01-05 12:34:56." + std::to_string(next_random(seed) % 1000) +
                                 " channel " + std::to_string(next_random(seed) % 8) + " heard: ";
        add(text, text.size());
        const packet frame = random_answer(seed);
        add(frame.bytes, frame.size);
        ++out.frames;
        std::array<std::uint8_t, 32> noise{};
        const std::size_t size = next_random(seed) % noise.size();
        for (std::size_t i = 0; i < size; ++i) {
            noise[i] = static_cast<std::uint8_t>(next_random(seed));
        }
        add(noise, size);
    }
    return out;
}

/// As a program reads a log that lies in memory.
std::uint64_t count_frames(byte_span log)
{
    std::uint64_t sum = 0;
    const std::size_t count = codec::dlt645::for_each_frame(
        log, [&sum](const auto& frame, std::size_t) { sum += frame.length(); });
    return count + (sum << 32U);
}

/// As a program reads a line that never ends, in pieces.
std::uint64_t count_frames_in_stream(byte_span log)
{
    using kind = codec::dlt645::framer_event::kind_type;
    codec::dlt645::framer framer;
    std::uint64_t sum = 0;
    std::uint64_t count = 0;
    while (!log.empty()) {
        log = log.subspan(framer.feed(log));
        for (auto event = framer.next(); event.kind != kind::nothing; event = framer.next()) {
            if (event.kind == kind::frame) {
                sum += event.frame.length;
                ++count;
            }
        }
    }
    return count + (sum << 32U);
}

std::uint64_t count_starts(byte_span log)
{
    std::uint64_t starts = 0;
    const std::uint8_t* at = log.data();
    const std::uint8_t* const end = at + log.size();
    while (at != end) {
        const void* const found =
            std::memchr(at, codec::dlt645::start_byte, static_cast<std::size_t>(end - at));
        if (found == nullptr) {
            break;
        }
        ++starts;
        at = static_cast<const std::uint8_t*>(found) + 1;
    }
    return starts;
}

void run_log(report& out)
{
    const log_file log = mixed_log();
    const auto scan = [&] { return count_frames(log.bytes); };
    const auto stream = [&] { return count_frames_in_stream(log.bytes); };
    const auto starts = [&] { return count_starts(log.bytes); };
    require((scan() & 0xFFFF'FFFFU) == log.frames, "a frame of the log was not found");
    require(scan() == stream(), "framer and scan differ");
    compare_rate(out, "dlt645.log_scan", "memchr for every 68 alone", log.bytes.size(), scan,
                 starts);
    compare_rate(out, "dlt645.framer", "memchr for every 68 alone", log.bytes.size(), stream,
                 starts);
}

void run(report& out)
{
    run_encode(out);
    run_decode(out);
    run_log(out);
}

const registration dlt645_rows{"dlt645", run};

}  // namespace
}  // namespace wattpurse::bench
