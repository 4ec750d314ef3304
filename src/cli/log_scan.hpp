// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>

#include "log_line.hpp"

namespace wattpurse::cli {

/// A frame, or what pretends to be one, and where in the log it began.
struct log_finding {
    codec::dlt645::framer_event event;  ///< its offsets count from the beginning of the frame
    std::uint64_t line = 0;    ///< written as digits: the line, 1 is the first; raw bytes: 0
    std::uint64_t offset = 0;  ///< raw bytes: of the 68, in bytes from the log's beginning
};

struct log_summary {
    std::uint64_t frames = 0;
    std::uint64_t faults = 0;
    std::uint64_t bytes = 0;    ///< size of the log
    std::uint64_t skipped = 0;  ///< bytes neither of raw frames nor of lines that hold one
};

/// Finds frames in a captured log of any size, whatever else is in it: raw bytes as they were on
/// the line, and hexadecimal digits in lines of text (see `read_log_line`), also where a frame
/// goes on over several lines of a dump or of one source. Memory is bounded.
///
/// What is no frame is passed over without a word, but for a candidate with everything right
/// (both 68, length, 16) save its checksum: that is told.
class log_scanner {
public:
    using sink = std::function<void(const log_finding&)>;

    static constexpr std::size_t line_size_max = 16384;  ///< longer lines are read in pieces
    static constexpr std::size_t sources_max = 16;       ///< with a frame unfinished each

    explicit log_scanner(sink found) : found_{std::move(found)} {}

    void feed(byte_span bytes);
    /// Nothing will follow.
    void finish();

    [[nodiscard]] log_summary summary() const;

private:
    struct mark {
        std::uint64_t at = 0;  ///< first byte of the line in the source's stream
        std::uint64_t line = 0;
        std::uint64_t size = 0;  ///< of the line; 0 once it is accounted for
    };
    struct source {
        std::string name;
        codec::dlt645::framer framer;
        std::deque<mark> marks;
        std::uint64_t fed = 0;
        std::uint64_t done = 0;  ///< end of what has been told
    };
    /// A line of a dump: how many bytes it has is known when the next one says its offset.
    struct held_line {
        std::string offset;
        std::vector<std::uint8_t> bytes;
        mark where;
        bool is_repeated = false;
    };

    void feed_raw(byte_span bytes);
    void take_raw();
    void feed_text(std::string_view text);
    void end_line(bool is_open);
    void read_line(std::string_view text, bool is_open);
    void read_pieces(const log_line& line, bool begins_open, bool is_open, mark where);
    void scan_alone(const hex_run& run, mark& where);
    void take_dump_line(const log_line& line, mark where);
    [[nodiscard]] bool fits_held(std::uint64_t apart) const;
    [[nodiscard]] std::uint64_t bytes_held(const std::string& next_offset);
    void release_held(const std::string& next_offset);
    [[nodiscard]] source& source_named(const std::string& name);
    void feed_source(source& from, byte_span bytes, const mark& where);
    void take_source(source& from);
    void tell(codec::dlt645::framer_event event, std::uint64_t line, std::uint64_t offset);

    sink found_;
    log_summary sums_;
    codec::dlt645::framer raw_;
    std::uint64_t raw_unfed_ = 0;  ///< bytes that the framer never saw
    std::uint64_t raw_done_ = 0;
    std::string line_;
    std::uint64_t line_bytes_ = 0;  ///< of the line, those that are left out too
    std::uint64_t line_number_ = 1;
    bool line_begins_open_ = false;
    std::list<source> sources_;  ///< the latest first
    held_line held_;
    unsigned dump_base_ = 0;        ///< of the offsets of the dump that is being read; 0: not known
    std::uint64_t dump_width_ = 0;  ///< bytes a line of it has; 0: not known
    std::uint64_t used_ = 0;
};

}  // namespace wattpurse::cli
