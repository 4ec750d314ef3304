// SPDX-License-Identifier: Apache-2.0
#include "log_scan.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using kind = dlt645::framer_event::kind_type;

constexpr const char* dump_source = "dump";
constexpr const char* piece_source = "long line";

bool is_worth_telling(const dlt645::framer_event& event)
{
    return event.kind == kind::frame || (event.kind == kind::rejected &&
                                         event.cause == dlt645::rejection::bad_checksum);
}

/// Feeds everything, calling `take` as often as the framer wants to be emptied.
template <class Framer, class Take>
void feed_all(Framer& framer, byte_span bytes, Take take)
{
    while (!bytes.empty()) {
        bytes = bytes.subspan(framer.feed(bytes));
        take();
    }
}

bool holds_frame(byte_span bytes)
{
    dlt645::framer framer;
    bool found = false;
    const auto take = [&] {
        for (auto event = framer.next(); event.kind != kind::nothing; event = framer.next()) {
            found = found || event.kind == kind::frame;
        }
    };
    feed_all(framer, bytes, take);
    framer.flush();
    take();
    return found;
}

/// Whether `bytes` complete a frame that has begun in `framer` before.
bool goes_on(dlt645::framer framer, byte_span bytes, std::uint64_t fed)
{
    bool found = false;
    feed_all(framer, bytes, [&] {
        for (auto event = framer.next(); event.kind != kind::nothing; event = framer.next()) {
            found = found || (event.kind == kind::frame && event.offset < fed);
        }
    });
    return found;
}

std::optional<std::uint64_t> number_of(std::string_view digits, unsigned base)
{
    std::uint64_t value = 0;
    for (const char c : digits) {
        const int digit = hex_value(c);
        if (digit < 0 || static_cast<unsigned>(digit) >= base) {
            return std::nullopt;
        }
        value = value * base + static_cast<unsigned>(digit);
    }
    return value;
}

/// How far two offsets of a dump are apart when it counts in that base; 0 where the second is not
/// behind the first.
std::uint64_t distance(const std::string& from, const std::string& to, unsigned base)
{
    const auto a = number_of(from, base);
    const auto b = number_of(to, base);
    return a && b && *b > *a ? *b - *a : 0;
}

}  // namespace

void log_scanner::feed(byte_span bytes)
{
    sums_.bytes += bytes.size();
    while (!bytes.empty()) {  // line by line, so that findings come in order
        const auto* const end = static_cast<const std::uint8_t*>(
            std::memchr(bytes.data(), '\n', bytes.size()));
        const std::size_t size =
            end == nullptr ? bytes.size() : static_cast<std::size_t>(end - bytes.data()) + 1;
        feed_raw(bytes.first(size));
        feed_text({reinterpret_cast<const char*>(bytes.data()), end ? size - 1 : size});
        if (end != nullptr) {
            end_line(false);
        }
        bytes = bytes.subspan(size);
    }
}

void log_scanner::finish()
{
    end_line(false);
    release_held({});
    for (source& each : sources_) {
        each.framer.flush();
        take_source(each);
    }
    raw_.flush();
    take_raw();
}

log_summary log_scanner::summary() const
{
    log_summary out = sums_;
    out.skipped = out.bytes - std::min(out.bytes, used_);
    return out;
}

// ---- Raw bytes -------------------------------------------------------------------------------

void log_scanner::feed_raw(byte_span bytes)
{
    while (!bytes.empty()) {
        if (raw_.pending() == 0) {  // most of a text is never looked at
            const auto* const start = static_cast<const std::uint8_t*>(
                std::memchr(bytes.data(), dlt645::start_byte, bytes.size()));
            const std::size_t size =
                start ? static_cast<std::size_t>(start - bytes.data()) : bytes.size();
            raw_unfed_ += size;
            bytes = bytes.subspan(size);
        }
        if (!bytes.empty()) {
            bytes = bytes.subspan(raw_.feed(bytes));
            take_raw();
        }
    }
}

void log_scanner::take_raw()
{
    for (auto event = raw_.next(); event.kind != kind::nothing; event = raw_.next()) {
        const std::uint64_t offset = event.offset + raw_unfed_;
        if (is_worth_telling(event) && (event.kind == kind::frame || offset >= raw_done_)) {
            raw_done_ = offset + event.extent;
            used_ += event.extent;
            tell(event, 0, offset);
        }
    }
}

// ---- Lines of text ---------------------------------------------------------------------------

void log_scanner::feed_text(std::string_view text)
{
    while (!text.empty()) {
        const auto nul = std::min(text.find('\0'), text.size());  // UTF-16 is text too
        const auto taken = std::min(nul, line_size_max - line_.size());
        line_.append(text.substr(0, taken));
        const bool skips = taken == nul && nul < text.size();
        const std::size_t used = taken + (skips ? 1U : 0U);
        line_bytes_ += used;
        text.remove_prefix(used);
        if (line_.size() == line_size_max) {
            end_line(true);
        }
    }
}

void log_scanner::end_line(bool is_open)
{
    std::string rest;
    if (is_open) {  // a word is not cut, and a very long one between two bytes
        const auto blank = line_.find_last_of(" \t,;:-");
        if (blank != std::string::npos && blank > line_size_max / 2) {
            rest = line_.substr(blank + 1);
            line_.resize(blank + 1);
        } else {
            const auto word = line_.find_last_not_of("0123456789abcdefABCDEF");
            const std::size_t begin = word == std::string::npos ? 0 : word + 1;
            if ((line_.size() - begin) % 2 != 0) {
                rest = line_.substr(line_.size() - 1);
                line_.pop_back();
            }
        }
    }
    read_line(line_, is_open);
    line_ = std::move(rest);
    line_bytes_ = line_.size();
    line_begins_open_ = is_open;
    line_number_ += is_open ? 0 : 1;
}

void log_scanner::read_line(std::string_view text, bool is_open)
{
    const bool awaited =
        !held_.bytes.empty() ||
        std::any_of(sources_.begin(), sources_.end(),
                    [](const source& each) { return each.framer.pending() > 0; });
    if (!awaited && text.find("68") == std::string_view::npos) {
        return;
    }
    const log_line line = read_log_line(text);
    const mark where{0, line_number_, line_bytes_ + (is_open ? 0U : 1U)};
    if (line.is_repeat && !held_.bytes.empty()) {
        held_.is_repeated = true;
        return;
    }
    const bool is_dump = !line.offset.empty() && !line.runs.empty() && !line_begins_open_;
    if (is_dump && !is_open) {
        take_dump_line(line, where);
        return;
    }
    release_held({});
    read_pieces(line, line_begins_open_, is_open, where);
}

void log_scanner::read_pieces(const log_line& line, bool begins_open, bool is_open, mark where)
{
    for (std::size_t i = 0; i < line.runs.size(); ++i) {
        const hex_run& run = line.runs[i];
        const bool from_before = begins_open && i == 0 && run.begin == 0;
        const bool to_next = is_open && i + 1 == line.runs.size();
        if (from_before || to_next) {
            source& pieces = source_named(piece_source);
            if (!from_before) {
                pieces.framer.flush();
                take_source(pieces);
            }
            feed_source(pieces, run.bytes, where);
        } else if (i == line.payload) {
            source& from = source_named(line.source);
            if (from.framer.pending() > 0 && !goes_on(from.framer, run.bytes, from.fed) &&
                holds_frame(run.bytes)) {
                from.framer.flush();
                take_source(from);
            }
            feed_source(from, run.bytes, where);
        } else {
            scan_alone(run, where);
        }
    }
}

void log_scanner::scan_alone(const hex_run& run, mark& where)
{
    if (run.bytes.size() < dlt645::frame_overhead) {
        return;
    }
    source once;
    feed_source(once, run.bytes, where);
    once.framer.flush();
    take_source(once);
}

// ---- Dumps -----------------------------------------------------------------------------------

void log_scanner::take_dump_line(const log_line& line, mark where)
{
    release_held(line.offset);
    held_.offset = line.offset;
    held_.bytes = line.runs[line.payload].bytes;
    held_.where = where;
    held_.is_repeated = false;
    for (std::size_t i = 0; i < line.runs.size(); ++i) {
        if (i != line.payload) {
            scan_alone(line.runs[i], where);
        }
    }
}

/// Whether a line that shows `size` bytes may have `apart` of them: two characters printed beside
/// the bytes look like one more at most.
bool log_scanner::fits_held(std::uint64_t apart) const
{
    const std::uint64_t size = held_.bytes.size();
    if (held_.is_repeated) {
        return apart % (dump_width_ != 0 ? dump_width_ : size) == 0;
    }
    return apart <= size && size <= apart + apart / 2 + 1;
}

/// How many bytes there are from the line that is held to the next one; 0 where the next one does
/// not go on there. A dump does not say in which base it counts: it is the one in which its lines
/// have as many bytes as they show, or some less.
std::uint64_t log_scanner::bytes_held(const std::string& next_offset)
{
    std::uint64_t best = 0;
    unsigned best_base = 0;
    for (const unsigned base : {16U, 8U, 10U}) {
        const std::uint64_t apart = distance(held_.offset, next_offset, base);
        const bool is_better = best == 0 || (held_.is_repeated ? apart < best : apart > best);
        const bool is_possible = dump_base_ == 0 || dump_base_ == base;
        if (apart > 0 && is_possible && is_better && fits_held(apart)) {
            best = apart;
            best_base = base;
        }
    }
    dump_base_ = best_base;
    return best;
}

/// The offset of the next line tells bytes from the characters printed beside them, which may
/// look like digits too.
void log_scanner::release_held(const std::string& next_offset)
{
    if (held_.bytes.empty()) {
        return;
    }
    constexpr std::uint64_t repeats_max = 2 * dlt645::frame_size_max;
    source& dump = source_named(dump_source);
    const std::uint64_t apart = bytes_held(next_offset);
    if (apart > 0 && !held_.is_repeated) {
        dump_width_ = apart;
    }
    if (apart > 0 && dump_width_ != 0 && dump_width_ < held_.bytes.size()) {
        const auto part = byte_span{held_.bytes}.first(static_cast<std::size_t>(dump_width_));
        if (!holds_frame(held_.bytes) || holds_frame(part)) {  // else it was a mere counter
            held_.bytes.resize(part.size());
        }
    }
    const std::size_t size = held_.bytes.size();
    feed_source(dump, held_.bytes, held_.where);
    if (held_.is_repeated && apart > size) {
        std::uint64_t more = std::min(apart / size - 1, repeats_max);
        for (; more > 0; --more) {
            feed_source(dump, held_.bytes, mark{0, held_.where.line, 0});
        }
    }
    if (apart == 0) {
        dump.framer.flush();
        take_source(dump);
        dump_width_ = 0;
    }
    held_ = {};
}

// ---- Sources ---------------------------------------------------------------------------------

log_scanner::source& log_scanner::source_named(const std::string& name)
{
    const auto known = std::find_if(sources_.begin(), sources_.end(), [&](const source& each) {
        return each.name == name;
    });
    if (known != sources_.end()) {
        sources_.splice(sources_.begin(), sources_, known);
        return sources_.front();
    }
    if (sources_.size() == sources_max) {
        sources_.back().framer.flush();
        take_source(sources_.back());
        sources_.pop_back();
    }
    sources_.emplace_front().name = name;
    return sources_.front();
}

void log_scanner::feed_source(source& from, byte_span bytes, const mark& where)
{
    from.marks.push_back({from.fed, where.line, where.size});
    feed_all(from.framer, bytes, [&] { take_source(from); });
    from.fed += bytes.size();
    const std::uint64_t kept = from.fed - std::min<std::uint64_t>(from.fed, from.framer.pending());
    while (from.marks.size() > 1 && from.marks[1].at <= kept) {
        from.marks.pop_front();
    }
}

void log_scanner::take_source(source& from)
{
    for (auto event = from.framer.next(); event.kind != kind::nothing;
         event = from.framer.next()) {
        const std::uint64_t begin = event.offset;
        if (!is_worth_telling(event) || (event.kind != kind::frame && begin < from.done)) {
            continue;
        }
        from.done = begin + event.extent;
        std::uint64_t line = 0;
        for (std::size_t i = 0; i < from.marks.size(); ++i) {
            mark& each = from.marks[i];
            const bool is_last = i + 1 == from.marks.size();
            const bool begins_before = each.at <= begin;
            line = begins_before || line == 0 ? each.line : line;
            if (each.at < from.done && (is_last || from.marks[i + 1].at > begin)) {
                used_ += each.size;
                each.size = 0;
            }
        }
        tell(event, line, 0);
    }
}

void log_scanner::tell(dlt645::framer_event event, std::uint64_t line, std::uint64_t offset)
{
    ++(event.kind == kind::frame ? sums_.frames : sums_.faults);
    event.at -= event.kind == kind::rejected ? event.offset : 0;
    event.offset = 0;
    found_({event, line, offset});
}

}  // namespace wattpurse::cli
