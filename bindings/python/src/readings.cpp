// SPDX-License-Identifier: Apache-2.0
#include "readings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/model/reading.hpp>

#include "errors.hpp"

namespace wattpurse::python {

namespace {

using kind = value_source::kind;

template <class T>
T at(const value_source& of, std::int64_t row)
{
    T out;
    std::memcpy(&out, static_cast<const T*>(of.values) + row + of.offset, sizeof(T));
    return out;
}

template <class Offset>
std::string_view text_at(const value_source& of, std::int64_t row)
{
    const auto first = at<Offset>(of, row);
    const auto last = at<Offset>(of, row + 1);
    return {of.bytes + first, static_cast<std::size_t>(last - first)};
}

/// A view of 16 bytes: up to twelve in it, else a buffer and a place.
std::string_view view_at(const value_source& of, std::int64_t row)
{
    const auto* const view = static_cast<const char*>(of.values) + (row + of.offset) * 16;
    std::array<std::int32_t, 4> words{};
    std::memcpy(words.data(), view, sizeof words);
    const auto size = static_cast<std::size_t>(words[0]);
    if (size <= 12) return {view + 4, size};
    return {static_cast<const char*>(of.views[words[2]]) + words[3], size};
}

/// Text of four bytes a character, filled up with zeros, as NumPy has it.
std::string_view wide_at(const value_source& of, std::int64_t row, std::string& room)
{
    room.clear();
    const auto* const first = static_cast<const char*>(of.values) + row * of.width * 4;
    for (std::int64_t i = 0; i < of.width; ++i) {
        std::uint32_t c = 0;
        std::memcpy(&c, first + i * 4, sizeof c);
        if (c == 0) break;
        const auto put = [&room](std::uint32_t byte) { room += static_cast<char>(byte); };
        if (c < 0x80) {
            put(c);
        } else if (c < 0x800) {
            put(0xC0 | c >> 6U);
            put(0x80 | (c & 0x3FU));
        } else if (c < 0x10000) {
            put(0xE0 | c >> 12U);
            put(0x80 | (c >> 6U & 0x3FU));
            put(0x80 | (c & 0x3FU));
        } else {
            put(0xF0 | c >> 18U);
            put(0x80 | (c >> 12U & 0x3FU));
            put(0x80 | (c >> 6U & 0x3FU));
            put(0x80 | (c & 0x3FU));
        }
    }
    return room;
}

constexpr const char* time_expected = "a time of the years 0 to 9999";
constexpr const char* number_expected = "a number of at most 4 decimal places, in kWh";
constexpr const char* range_expected = "a number of kWh that fits 14 digits before the point";

/// A mantissa of so many places as steps of 10^-4 kWh.
const char* in_steps(std::int64_t mantissa, std::int64_t places, std::int64_t& steps)
{
    if (places < 0 || places > scaled_exponent_max) return number_expected;
    const auto found =
        rescaled({mantissa, static_cast<std::int8_t>(-places)}, -4, rounding::exact);
    if (!found) return found.error() == errc::inexact ? number_expected : range_expected;
    steps = *found;
    return nullptr;
}

/// The mantissa of a decimal128, where it fits.
std::optional<std::int64_t> narrow(const value_source& in, std::int64_t row)
{
    kernel::int128 wide = 0;
    std::memcpy(&wide, static_cast<const char*>(in.values) + (row + in.offset) * 16, sizeof wide);
    const auto out = static_cast<std::int64_t>(wide);
    return out == wide ? std::optional{out} : std::nullopt;
}

/// A float that stands for a decimal number is as near to it as floats come.
const char* from_float(double value, int places, std::int64_t& steps)
{
    const double scaled = value * std::pow(10.0, places);  // exact: 10^8 at most
    if (!(std::fabs(scaled) < 4e15)) return range_expected;
    const double whole = std::nearbyint(scaled);
    if (std::fabs(scaled - whole) > 1e-3 + std::fabs(whole) * 1e-12) {
        return "a float that stands for a number of as many places as `floats` says";
    }
    return in_steps(static_cast<std::int64_t>(whole), places, steps);
}

/// Of what stands before the offset: "2026-01-31", "2026-01-31 23:45" and what is as it should be.
std::string full_clock(std::string_view text)
{
    std::string whole{text};
    if (whole.size() == 10) whole += "T00:00";
    if (whole.size() > 10 && whole[10] == ' ') whole[10] = 'T';
    const bool has_no_seconds =
        whole.size() == 16 || (whole.size() > 16 && std::strchr("+-Z", whole[16]) != nullptr);
    if (has_no_seconds) whole.insert(16, ":00");
    return whole;
}

const char* local_moment(std::string_view text, fixed_zone zone, std::int64_t& ms)
{
    const auto clock = parse_iso8601(full_clock(text) + "+00:00");
    if (!clock) return "a time such as 2026-01-31T23:45:00+08:00";
    ms = (*clock - zone.offset).time_since_epoch().count();
    return nullptr;
}

bool has_offset(std::string_view text)
{
    return text.ends_with('Z') || (text.size() > 16 && text.find_first_of("+-", 16) != text.npos);
}

}  // namespace

std::string_view value_source::text(std::int64_t row, std::string& room) const
{
    switch (is) {
        case kind::text: return text_at<std::int32_t>(*this, row);
        case kind::large_text: return text_at<std::int64_t>(*this, row);
        case kind::view_text: return view_at(*this, row);
        default: return wide_at(*this, row, room);
    }
}

std::int64_t value_source::integer(std::int64_t row) const
{
    switch (is) {
        case kind::int8: return at<std::int8_t>(*this, row);
        case kind::int16: return at<std::int16_t>(*this, row);
        case kind::int32: return at<std::int32_t>(*this, row);
        case kind::uint8: return at<std::uint8_t>(*this, row);
        case kind::uint16: return at<std::uint16_t>(*this, row);
        case kind::uint32: return at<std::uint32_t>(*this, row);
        case kind::uint64: {
            const auto value = at<std::uint64_t>(*this, row);
            constexpr auto most = std::numeric_limits<std::int64_t>::max();
            return value > static_cast<std::uint64_t>(most) ? most
                                                            : static_cast<std::int64_t>(value);
        }
        default: return at<std::int64_t>(*this, row);
    }
}

double value_source::binary(std::int64_t row) const
{
    return is == kind::float32 ? static_cast<double>(at<float>(*this, row))
                               : at<double>(*this, row);
}

const char* moment_of(const reading_batch& in, const reading_form& form, std::int64_t row,
                      std::int64_t& ms)
{
    if (in.time.is_null(row)) return "a time";
    if (in.time.is_text()) {
        std::string room;
        const std::string_view text = in.time.text(row, room);
        if (!has_offset(text)) {
            return form.zone ? local_moment(text, *form.zone, ms)
                             : "a time with its offset from UTC; or name one with `tz`";
        }
        const auto moment = parse_iso8601(full_clock(text));
        if (!moment) return "a time such as 2026-01-31T23:45:00+08:00";
        ms = moment->time_since_epoch().count();
        return nullptr;
    }
    const std::int64_t ticks = in.time.integer(row);
    if (ticks == not_a_time) return "a time";
    if (in.ticks_a_second <= 1000) {
        if (__builtin_mul_overflow(ticks, 1000 / in.ticks_a_second, &ms)) return time_expected;
    } else {
        const std::int64_t each = in.ticks_a_second / 1000;
        ms = ticks / each;
        if (ms * each != ticks) return "a time in whole milliseconds";
    }
    if (ms < first_moment || ms > last_moment) return time_expected;
    if (in.is_local) ms -= duration{form.zone->offset}.count();
    return nullptr;
}

const char* kwh_of(const value_source& in, const reading_form& form, std::int64_t row,
                   std::int64_t& steps)
{
    if (in.is_null(row)) return "a number; rows without one are left out by skip=True";
    if (in.is_text()) {
        std::string room;
        const auto number = decimal<4>::parse(in.text(row, room));
        if (!number) return number_expected;
        steps = number->mantissa();
    } else if (in.is_float()) {
        const double value = in.binary(row);
        if (std::isnan(value)) return "a number; rows without one are left out by skip=True";
        if (const char* why = from_float(value, *form.float_places, steps)) return why;
    } else if (in.is == kind::decimal128) {
        const auto mantissa = narrow(in, row);
        if (!mantissa) return range_expected;
        if (const char* why = in_steps(*mantissa, in.scale, steps)) return why;
    } else if (const char* why = in_steps(in.integer(row), form.places, steps)) {
        return why;
    }
    return steps < 0 ? "a number that is not negative" : nullptr;
}

const char* quality_of(const value_source& in, std::int64_t row, std::uint8_t& quality)
{
    constexpr const char* expected = "good, estimated, suspect or rejected";
    if (in.is_null(row)) return expected;
    if (!in.is_text()) {
        const std::int64_t value = in.integer(row);
        quality = static_cast<std::uint8_t>(value);
        return value >= 0 && value <= static_cast<std::int64_t>(quality::rejected) ? nullptr
                                                                                   : expected;
    }
    std::string room;
    const std::string_view name = in.text(row, room);
    for (std::uint8_t each = 0; each <= static_cast<std::uint8_t>(quality::rejected); ++each) {
        if (to_string(static_cast<wattpurse::quality>(each)) == name) {
            quality = each;
            return nullptr;
        }
    }
    return expected;
}

std::string shown_cell(const value_source& of, std::int64_t row)
{
    if (of.is_null(row)) return "nothing";
    std::string room;
    if (of.is_text()) return "'" + std::string{of.text(row, room)} + "'";
    if (of.is_float()) {
        std::array<char, 40> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                       of.binary(row));
        return {digits.data(), end.ptr};
    }
    if (of.is == kind::decimal128) {
        const auto mantissa = narrow(of, row);
        if (!mantissa || of.scale < 0 || of.scale > scaled_exponent_max) {
            return "a number of more than 18 digits";
        }
        return std::string{
            to_text({*mantissa, static_cast<std::int8_t>(-of.scale)}).view()};
    }
    const std::int64_t number = of.integer(row);
    return number == not_a_time ? "nothing" : std::to_string(number);
}

value_source source_of(const ArrowSchema& schema, const ArrowArray& array, const char* column)
{
    static const std::unordered_map<std::string_view, kind> numbers{
        {"c", kind::int8},   {"s", kind::int16},   {"i", kind::int32},   {"l", kind::int64},
        {"C", kind::uint8},  {"S", kind::uint16},  {"I", kind::uint32},  {"L", kind::uint64},
        {"f", kind::float32}, {"g", kind::float64}};
    const std::string_view format{schema.format};
    value_source out;
    out.offset = array.offset;
    out.valid = array.n_buffers > 0 && array.null_count != 0
                    ? static_cast<const std::uint8_t*>(array.buffers[0])
                    : nullptr;
    out.values = array.n_buffers > 1 ? array.buffers[1] : nullptr;
    const auto refuse = [&] {
        raise("WrongType", {"column " + std::string{column},
                            "values of Arrow's format " + std::string{format},
                            "texts, integers, decimals or timestamps"});
    };
    if (const auto known = numbers.find(format); known != numbers.end()) {
        out.is = known->second;
    } else if (format == "u" || format == "U") {
        out.is = format == "u" ? kind::text : kind::large_text;
        out.bytes = static_cast<const char*>(array.buffers[2]);
    } else if (format == "vu") {
        out.is = kind::view_text;
        out.views = array.buffers + 2;
    } else if (format.starts_with("ts")) {
        out.is = kind::int64;
    } else if (format.starts_with("d:")) {
        const std::string words{format.substr(2)};
        const auto comma = words.find(',');
        const auto bits = comma == words.npos ? comma : words.find(',', comma + 1);
        const bool is_wide = bits == words.npos || words.substr(bits + 1) == "128";
        if (comma == words.npos || !is_wide) refuse();
        out.is = kind::decimal128;
        out.scale = std::stoll(words.substr(comma + 1));
    } else {
        refuse();
    }
    return out;
}

// ---- By account ---------------------------------------------------------------------------------

namespace {

class account_finder {
public:
    explicit account_finder(readings& of) : of_{of} {}

    void add(std::uint32_t batch)
    {
        const reading_batch& in = of_.batches[batch];
        std::vector<std::int64_t> known;  // account of a dictionary's entry; -1: not seen yet
        for (std::int64_t row = 0; row < in.rows;) {
            const std::int64_t account = in.names ? by_entry(in, row, known) : by_name(in, row);
            const std::int64_t end = end_of_same(in.account, row, in.rows);
            if (account < 0) {
                for (; row < end; ++row) {
                    of_.bad.push_back({in.first_row + row, of_.form.account, "nothing",
                                       "an account"});
                }
                continue;
            }
            auto& runs = of_.runs[static_cast<std::size_t>(account)];
            const auto first = static_cast<std::uint32_t>(row);
            const auto count = static_cast<std::uint32_t>(end - row);
            if (!runs.empty() && runs.back().batch == batch &&
                runs.back().first + runs.back().count == first) {
                runs.back().count += count;
            } else {
                runs.push_back({batch, first, count});
            }
            row = end;
        }
    }

private:
    /// Behind the last of the rows from `row` on that hold the same number; the next row where
    /// they are no such numbers.
    static std::int64_t end_of_same(const value_source& in, std::int64_t row, std::int64_t rows)
    {
        if (in.valid != nullptr) return row + 1;
        if (in.is == kind::int64) return end_of_numbers<std::int64_t>(in, row, rows);
        if (in.is == kind::int32) return end_of_numbers<std::int32_t>(in, row, rows);
        return row + 1;
    }

    template <class Number>
    static std::int64_t end_of_numbers(const value_source& in, std::int64_t row, std::int64_t rows)
    {
        const auto* const numbers = static_cast<const Number*>(in.values) + in.offset;
        const Number same = numbers[row];
        while (++row < rows && numbers[row] == same) {}
        return row;
    }

    std::int64_t by_entry(const reading_batch& in, std::int64_t row,
                          std::vector<std::int64_t>& known)
    {
        if (in.account.is_null(row)) return -1;
        const std::int64_t entry = in.account.integer(row);
        const auto at = static_cast<std::size_t>(entry);
        if (at >= known.size()) known.resize(at + 1, -1);
        if (known[at] < 0 && !in.names->is_null(entry)) {
            known[at] = index_of(name_of(*in.names, entry));
        }
        return known[at];
    }

    std::int64_t by_name(const reading_batch& in, std::int64_t row)
    {
        if (in.account.is_null(row)) return -1;
        if (!in.account.is_text()) {
            const std::int64_t number = in.account.integer(row);
            if (last_ >= 0 && number == last_number_ && is_last_number_) return last_;
            last_number_ = number;
            is_last_number_ = true;
            return last_ = index_of(std::to_string(number));
        }
        is_last_number_ = false;
        const std::string_view name = in.account.text(row, room_);
        if (last_ >= 0 && name == of_.accounts[static_cast<std::size_t>(last_)]) return last_;
        return name.empty() ? -1 : last_ = index_of(std::string{name});
    }

    std::string name_of(const value_source& in, std::int64_t entry)
    {
        return in.is_text() ? std::string{in.text(entry, room_)}
                            : std::to_string(in.integer(entry));
    }

    std::int64_t index_of(std::string name)
    {
        if (name.empty()) return -1;
        const auto [place, is_new] = index_.try_emplace(name, of_.accounts.size());
        if (is_new) {
            of_.accounts.push_back(std::move(name));
            of_.runs.emplace_back();
        }
        return static_cast<std::int64_t>(place->second);
    }

    readings& of_;
    std::unordered_map<std::string, std::size_t> index_;
    std::string room_;
    std::int64_t last_ = -1;
    std::int64_t last_number_ = 0;
    bool is_last_number_ = false;
};

}  // namespace

account_rows usable_rows(const readings& of, std::size_t account)
{
    account_rows out;
    const auto refuse = [&](std::int64_t row, const std::string& column, const value_source& cell,
                            std::int64_t at, const char* expected) {
        out.bad.push_back({row, column, shown_cell(cell, at), expected});
    };
    for (const reading_run& run : of.runs[account]) {
        const reading_batch& in = of.batches[run.batch];
        for (std::int64_t at = run.first; at < std::int64_t{run.first} + run.count; ++at) {
            account_row next;
            next.number = in.first_row + at;
            if (const char* why = moment_of(in, of.form, at, next.at)) {
                refuse(next.number, of.form.time, in.time, at, why);
            } else if (const char* wrong = kwh_of(in.value, of.form, at, next.value)) {
                refuse(next.number, of.form.value, in.value, at, wrong);
            } else if (const char* unknown =
                           in.quality ? quality_of(*in.quality, at, next.quality) : nullptr) {
                refuse(next.number, of.form.quality, *in.quality, at, unknown);
            } else {
                out.rows.push_back(next);
            }
        }
    }
    const auto earlier = [](const account_row& a, const account_row& b) {
        return a.at != b.at ? a.at < b.at : a.number < b.number;
    };
    if (!std::is_sorted(out.rows.begin(), out.rows.end(), earlier)) {
        std::sort(out.rows.begin(), out.rows.end(), earlier);
    }
    const auto same = [&](const account_row& a, const account_row& b) {
        if (a.at != b.at) return false;
        out.bad.push_back(bad_time(of.form, b, "one row for each account and time"));
        return true;
    };
    out.rows.erase(std::unique(out.rows.begin(), out.rows.end(), same), out.rows.end());
    return out;
}

bad_row bad_time(const reading_form& form, const account_row& which, const char* expected)
{
    const instant at{duration{which.at}};
    return {which.number, form.time,
            std::string{iso8601(at, form.zone.value_or(fixed_zone{})).view()}, expected};
}

void find_accounts(readings& of)
{
    account_finder finder{of};
    for (std::uint32_t i = 0; i < of.batches.size(); ++i) finder.add(i);
}

}  // namespace wattpurse::python
