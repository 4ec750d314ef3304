// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/usage/day_block.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <wattpurse/base/crc32c.hpp>

#include "column_code.hpp"

namespace wattpurse::usage {
namespace {

using tl::unexpected;

constexpr std::array<std::uint8_t, 3> mark{0x57, 0x44, 0x01};
constexpr std::size_t checksum_size = 4;

/// The columns of a block, in their order there.
enum column : std::size_t {
    elapsed,
    moving,
    moved,
    other_1,
    other_2,
    other_3,
    excess,
    late,
    kind,
    column_count
};

/// The columns of some readings, one behind the other.
class table {
public:
    explicit table(std::size_t rows)
        : rows_{rows}
        , cells_(column_count * rows)
    {}
    /// Row 0 has no cell in the columns that are of a reading and the one before it.
    [[nodiscard]] std::span<std::uint64_t> operator[](std::size_t which) noexcept
    {
        const std::size_t absent = which < excess ? 1 : 0;
        return std::span{cells_}.subspan(which * rows_, rows_ - absent);
    }

private:
    std::size_t rows_;
    std::vector<std::uint64_t> cells_;
};

using registers = std::array<std::uint64_t, tariff_count>;

[[nodiscard]] std::uint64_t count_of(instant at) noexcept
{
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
}
[[nodiscard]] instant instant_of(std::uint64_t count) noexcept
{
    return instant{duration{static_cast<duration::rep>(count)}};
}
[[nodiscard]] std::uint64_t count_of(energy value) noexcept
{
    return static_cast<std::uint64_t>(value.mantissa());
}

[[nodiscard]] auto identity(const reading& of) noexcept
{
    return std::tuple{of.effective_at, of.source};
}
[[nodiscard]] bool comes_before(const reading& a, const reading& b) noexcept
{
    return identity(a) < identity(b);
}
/// Of two readings of one meter, moment and source.
[[nodiscard]] bool says_the_same(const reading& a, const reading& b) noexcept
{
    return a.registers == b.registers && a.quality == b.quality;
}
[[nodiscard]] bool is_same(const reading& a, const reading& b) noexcept
{
    return says_the_same(a, b) && a.recorded_at == b.recorded_at;
}

// ---- What cannot be sealed ----------------------------------------------------------------------

[[nodiscard]] std::string text_of(instant at)
{
    constexpr duration::rep year_10000 = 253'402'300'800'000;
    const auto count = at.time_since_epoch().count();
    if (count < 0 || count >= year_10000) return std::to_string(count) + " ms";
    return std::string{iso8601(at, fixed_zone{}).view()};
}

[[nodiscard]] fault fault_of_reading(std::size_t index, std::string_view field, std::string value,
                                     std::string expected)
{
    return {"/readings/" + std::to_string(index) + "/" + std::string{field}, std::move(value),
            std::move(expected)};
}

[[nodiscard]] std::optional<fault> fault_of(const meter_day& of, std::uint32_t revision,
                                            std::size_t count)
{
    constexpr std::chrono::minutes offset_max{18 * 60};
    constexpr std::chrono::minutes length_max{2880};
    if (of.meter.empty()) return fault{"/meter", "", "the name of a meter"};
    if (of.day.zone.offset > offset_max || of.day.zone.offset < -offset_max) {
        return fault{"/day/zone", std::to_string(of.day.zone.offset.count()) + " min",
                     "an offset of 18 h at most"};
    }
    if (of.day.length <= std::chrono::minutes{0} || of.day.length > length_max) {
        return fault{"/day/length", std::to_string(of.day.length.count()) + " min",
                     "1 to 2880 min"};
    }
    if (revision == 0) return fault{"/revision", "0", "1 or more"};
    if (count == 0 || count > day_readings_max) {
        return fault{"/readings", std::to_string(count),
                     "1 to " + std::to_string(day_readings_max) + " of them"};
    }
    return std::nullopt;
}

[[nodiscard]] std::optional<fault> fault_of(const meter_day& of, std::span<const reading> readings)
{
    const instant from = of.day.from();
    const instant until = of.day.until();
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const reading& each = readings[i];
        if (each.meter != of.meter) {
            return fault_of_reading(i, "meter", std::string{each.meter.view()},
                                    std::string{of.meter.view()});
        }
        if (each.account != of.account) {
            return fault_of_reading(i, "account", std::string{each.account.view()},
                                    std::string{of.account.view()});
        }
        if (each.effective_at < from || each.effective_at >= until) {
            return fault_of_reading(i, "effective_at", text_of(each.effective_at),
                                    text_of(from) + " or later, before " + text_of(until));
        }
        if (each.source > reading_source::exchange_first) {
            return fault_of_reading(i, "source", std::to_string(static_cast<int>(each.source)),
                                    "a source of readings");
        }
        if (each.quality > quality::rejected) {
            return fault_of_reading(i, "quality", std::to_string(static_cast<int>(each.quality)),
                                    "a quality of readings");
        }
    }
    return std::nullopt;
}

/// Whether each reading comes before the next, so that none is there twice.
[[nodiscard]] bool is_in_order(std::span<const reading> readings) noexcept
{
    return std::adjacent_find(readings.begin(), readings.end(),
                              [](const reading& a, const reading& b) {
                                  return !comes_before(a, b);
                              }) == readings.end();
}

/// Puts readings in order, each once; a fault where two contradict each other.
[[nodiscard]] std::optional<fault> put_in_order(std::vector<reading>& readings)
{
    std::sort(readings.begin(), readings.end(), comes_before);
    const auto clash = std::adjacent_find(
        readings.begin(), readings.end(), [](const reading& a, const reading& b) {
            return identity(a) == identity(b) && !is_same(a, b);
        });
    if (clash != readings.end()) {
        return fault{"/readings", text_of(clash->effective_at) + " twice from " +
                                      std::string{to_string(clash->source)},
                     "one reading of a moment and source"};
    }
    readings.erase(std::unique(readings.begin(), readings.end(),
                               [](const reading& a, const reading& b) {
                                   return identity(a) == identity(b);
                               }),
                   readings.end());
    return std::nullopt;
}

// ---- Readings to bytes --------------------------------------------------------------------------

constexpr unsigned text_size_width = 5;
constexpr unsigned character_width = 7;
constexpr std::array<unsigned, 4> group_width{0, 4, 7, 10};  // of so many digits

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

void put_text(bit_writer& out, std::string_view text)
{
    std::size_t plain = text.size();
    while (plain > 0 && is_digit(text[plain - 1])) --plain;
    out.put(plain, text_size_width);
    out.put(text.size() - plain, text_size_width);
    for (const char c : text.substr(0, plain)) {
        out.put(static_cast<unsigned char>(c), character_width);
    }
    for (std::string_view rest = text.substr(plain); !rest.empty();) {
        const std::string_view group = rest.substr(0, 3);
        unsigned value = 0;
        for (const char c : group) value = value * 10 + static_cast<unsigned>(c - '0');
        out.put(value, group_width[group.size()]);
        rest.remove_prefix(group.size());
    }
}

void put_head(bit_writer& out, const meter_day& of, std::uint32_t revision, std::size_t count)
{
    const auto put_signed = [&out](std::int64_t value) {
        out.put_signed(static_cast<std::uint64_t>(value));
    };
    put_text(out, of.meter.view());
    put_text(out, of.account.view());
    put_signed(of.day.number);
    put_signed(of.day.zone.offset.count());
    put_signed(of.day.length.count() - 1440);
    out.put_number(revision);
    out.put_number(count);
}

[[nodiscard]] registers tariffs_of(const reading& row) noexcept
{
    registers out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = count_of(row.registers.tariff[i]);
    return out;
}

void put_first(bit_writer& out, const registers& first)
{
    const auto magnitude_of = [](std::uint64_t value) { return value >> 63U ? ~value + 1 : value; };
    std::uint64_t unit = 0;
    for (const std::uint64_t each : first) unit = std::gcd(unit, magnitude_of(each));
    unit = std::max<std::uint64_t>(unit, 1);
    out.put_number(unit);
    for (const std::uint64_t each : first) {
        const std::uint64_t units = magnitude_of(each) / unit;
        out.put_signed(each >> 63U ? ~units + 1 : units);
    }
}

/// Which register moved from one reading to the next, and what else did.
void tell_movement(table& into, std::size_t row, std::size_t which, const registers& by) noexcept
{
    into[moving][row] = which;
    into[moved][row] = by[which];
    std::size_t other = other_1;
    for (std::size_t i = 0; i < by.size(); ++i) {
        if (i != which) into[other++][row] = by[i];
    }
}

[[nodiscard]] table table_of(std::span<const reading> readings)
{
    table out{readings.size()};
    registers before = tariffs_of(readings.front());
    std::size_t which = 0;
    std::size_t still = 0;  // rows until any register moved
    bool any = false;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const reading& row = readings[i];
        const registers now = tariffs_of(row);
        std::uint64_t rest = count_of(row.registers.total);
        for (const std::uint64_t each : now) rest -= each;
        out[excess][i] = rest;
        out[late][i] = count_of(row.recorded_at) - count_of(row.effective_at);
        out[kind][i] = static_cast<unsigned>(row.source) + 4U * static_cast<unsigned>(row.quality);
        if (i == 0) continue;
        registers by{};
        for (std::size_t r = 0; r < by.size(); ++r) by[r] = now[r] - before[r];
        before = now;
        if (by[which] == 0) {
            const auto mover = std::find_if(by.begin(), by.end(), [](auto step) { return step; });
            if (mover != by.end()) {
                which = static_cast<std::size_t>(mover - by.begin());
            }
        }
        any = any || by[which] != 0;
        still += any ? 0 : 1;
        out[elapsed][i - 1] = count_of(row.effective_at) - count_of(readings[i - 1].effective_at);
        tell_movement(out, i - 1, which, by);
    }
    if (any) std::fill_n(out[moving].begin(), still, out[moving][still]);
    return out;
}

[[nodiscard]] std::vector<std::uint8_t> bytes_of(const meter_day& of, std::uint32_t revision,
                                                 std::span<const reading> readings)
{
    constexpr std::size_t size_typical = 80;  // with two bytes a reading saves most of the growing
    std::vector<std::uint8_t> head;
    head.reserve(size_typical + 2 * readings.size());
    head.assign(mark.begin(), mark.end());
    bit_writer out{std::move(head)};
    put_head(out, of, revision, readings.size());
    const reading& first = readings.front();
    out.put_number(count_of(first.effective_at) - count_of(of.day.from()));
    put_first(out, tariffs_of(first));
    table columns = table_of(readings);
    column_code code;
    for (std::size_t i = 0; i < column_count; ++i) code.put(out, columns[i]);
    std::vector<std::uint8_t> bytes = out.finish();
    const std::uint32_t checksum = crc32c(bytes);
    for (unsigned i = 0; i < checksum_size; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(checksum >> (8 * i)));
    }
    return bytes;
}

// ---- Bytes to readings --------------------------------------------------------------------------

[[nodiscard]] std::string hex_of(byte_span bytes)
{
    std::string text(2 * bytes.size(), '0');
    (void)format_hex(bytes, text);
    return text;
}

/// Something is not as it should be at that byte.
[[nodiscard]] fault damage(std::size_t at, std::string value, std::string expected)
{
    return {"byte " + std::to_string(at), std::move(value), std::move(expected)};
}

/// The same, where the value is the byte that stands there.
[[nodiscard]] fault damage(byte_span bytes, std::size_t at, std::string expected)
{
    return damage(at, at < bytes.size() ? hex_of(bytes.subspan(at, 1)) : "the end",
                  std::move(expected));
}

[[nodiscard]] std::optional<fault> fault_of_frame(byte_span bytes)
{
    for (std::size_t i = 0; i < mark.size(); ++i) {
        if (i >= bytes.size() || bytes[i] != mark[i]) {
            return damage(bytes, i, hex_of({&mark[i], 1}) + (i < 2 ? ", a block of a meter's day"
                                                                   : ", the version"));
        }
    }
    if (bytes.size() < mark.size() + checksum_size) return damage(bytes, bytes.size(), "more");
    const std::size_t end = bytes.size() - checksum_size;
    const std::uint32_t checksum = crc32c(bytes.first(end));
    std::array<std::uint8_t, checksum_size> wanted{};
    for (unsigned i = 0; i < checksum_size; ++i) {
        wanted[i] = static_cast<std::uint8_t>(checksum >> (8 * i));
    }
    if (!std::equal(wanted.begin(), wanted.end(), bytes.begin() + static_cast<long>(end))) {
        return damage(end, hex_of(bytes.subspan(end)),
                      hex_of(wanted) + ", the checksum of the bytes before");
    }
    return std::nullopt;
}

/// Reads the parts of a block, one after the other, until one is at fault.
class block_parser {
public:
    /// `bytes` without the checksum.
    explicit block_parser(byte_span bytes) noexcept
        : bytes_{bytes}
        , in_{bytes, mark.size()}
    {}

    [[nodiscard]] result<day_block, fault> parse()
    {
        day_block out;
        out.of.meter = get_name<meter_id>("a meter");
        out.of.account = get_name<account_id>("an account");
        out.of.day.number = get_integer<std::int32_t>("the number of a day");
        // Within 16 bits they can be told and compared; whether they are right `seal` says.
        out.of.day.zone.offset = std::chrono::minutes{get_integer<std::int16_t>("an offset")};
        out.of.day.length = std::chrono::minutes{1440 + get_integer<std::int16_t>("a length")};
        const std::size_t revision_at = in_.byte();
        const std::uint64_t revision = in_.get_number();
        if (revision > std::numeric_limits<std::uint32_t>::max()) {
            blame(revision_at, std::to_string(revision), "a revision of 32 bits");
        }
        out.revision = static_cast<std::uint32_t>(revision);
        const std::size_t count_at = in_.byte();
        const std::uint64_t count = in_.get_number();
        if (count == 0 || count > day_readings_max) {
            blame(count_at, std::to_string(count),
                  "1 to " + std::to_string(day_readings_max) + " readings");
        }
        if (!fault_) get_readings(out, static_cast<std::size_t>(count));
        if (fault_) return unexpected{*std::move(fault_)};
        return out;
    }

private:
    void blame(std::size_t at, std::string value, std::string expected)
    {
        if (!fault_) fault_ = damage(at, std::move(value), std::move(expected));
    }
    void blame(std::size_t at, std::string expected)
    {
        if (!fault_) fault_ = damage(bytes_, at, std::move(expected));
    }

    template <class Integer>
    [[nodiscard]] Integer get_integer(std::string_view expected)
    {
        const std::size_t at = in_.byte();
        const auto value = static_cast<std::int64_t>(in_.get_signed());
        if (!std::in_range<Integer>(value)) {
            blame(at, std::to_string(value), std::string{expected});
            return 0;
        }
        return static_cast<Integer>(value);
    }

    template <class Name>
    [[nodiscard]] Name get_name(std::string_view expected)
    {
        const std::size_t at = in_.byte();
        const auto plain = static_cast<std::size_t>(in_.get(text_size_width));
        const auto digits = static_cast<std::size_t>(in_.get(text_size_width));
        std::string text;
        for (std::size_t i = 0; i < plain; ++i) {
            text += static_cast<char>(in_.get(character_width));
        }
        for (std::size_t left = digits; left > 0;) {
            const std::size_t size = std::min<std::size_t>(left, 3);
            const std::string group = std::to_string(in_.get(group_width[size]));
            text.append(size - std::min(size, group.size()), '0').append(group);
            left -= size;
        }
        const auto name = Name::parse(text);
        if (name) return *name;
        if (plain + digits != 0) blame(at, std::string{"the name of "}.append(expected));
        return {};
    }

    void get_readings(day_block& into, std::size_t count)
    {
        reading row;
        row.meter = into.of.meter;
        row.account = into.of.account;
        std::uint64_t at = count_of(into.of.day.from()) + in_.get_number();
        registers now{};
        const std::uint64_t unit = in_.get_number();
        for (std::uint64_t& each : now) each = in_.get_signed() * unit;

        table columns{count};
        std::array<std::size_t, column_count> begin{};
        for (std::size_t i = 0; i < column_count; ++i) {
            begin[i] = in_.byte();
            const std::string_view missing = column_code::get(in_, columns[i]);
            if (!missing.empty()) return blame(begin[i], std::string{missing});
        }
        if (in_.is_over()) return blame(bytes_.size(), "more bytes");
        if ((in_.byte() + 1) < bytes_.size()) return blame(in_.byte() + 1, "the checksum");

        into.readings.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) {
                at += columns[elapsed][i - 1];
                if (!move(now, columns, i - 1)) {
                    return blame(begin[moving], "0 to 3, the number of a register less one");
                }
            }
            row.effective_at = instant_of(at);
            row.recorded_at = instant_of(at + columns[late][i]);
            if (columns[kind][i] > 15) return blame(begin[kind], "kinds of readings, 0 to 15");
            row.source = static_cast<reading_source>(columns[kind][i] % 4);
            row.quality = static_cast<quality>(columns[kind][i] / 4);
            if (!show(row.registers, now, columns[excess][i])) {
                return blame(begin[moved], "registers that an energy holds");
            }
            into.readings.push_back(row);
        }
    }

    [[nodiscard]] static bool move(registers& now, table& columns, std::size_t row) noexcept
    {
        const std::uint64_t which = columns[moving][row];
        if (which >= now.size()) return false;
        std::size_t other = other_1;
        for (std::size_t i = 0; i < now.size(); ++i) {
            now[i] += columns[i == which ? std::size_t{moved} : other++][row];
        }
        return true;
    }

    [[nodiscard]] static bool show(register_set& into, const registers& now,
                                   std::uint64_t excess_of) noexcept
    {
        constexpr std::uint64_t none = std::uint64_t{1} << 63U;  // what no energy is
        std::uint64_t total = excess_of;
        for (const std::uint64_t each : now) {
            if (each == none) return false;
            total += each;
        }
        if (total == none) return false;
        into.total = energy::of(static_cast<std::int64_t>(total));
        for (std::size_t i = 0; i < now.size(); ++i) {
            into.tariff[i] = energy::of(static_cast<std::int64_t>(now[i]));
        }
        return true;
    }

    byte_span bytes_;
    bit_reader in_;
    std::optional<fault> fault_;
};

}  // namespace

// ---- The block ----------------------------------------------------------------------------------

result<std::vector<std::uint8_t>, fault> seal(const meter_day& of, std::uint32_t revision,
                                              std::span<const reading> readings)
{
    if (auto found = fault_of(of, revision, readings.size())) return unexpected{*std::move(found)};
    if (auto found = fault_of(of, readings)) return unexpected{*std::move(found)};
    if (is_in_order(readings)) return bytes_of(of, revision, readings);
    std::vector<reading> ordered{readings.begin(), readings.end()};
    if (auto found = put_in_order(ordered)) return unexpected{*std::move(found)};
    return bytes_of(of, revision, ordered);
}

result<day_block, fault> open(byte_span bytes)
{
    if (auto found = fault_of_frame(bytes)) return unexpected{*std::move(found)};
    auto block = block_parser{bytes.first(bytes.size() - checksum_size)}.parse();
    if (!block) return block;
    const auto again = seal(block->of, block->revision, block->readings);
    if (!again) {
        return unexpected{damage(mark.size(), again.error().path + " " + again.error().value,
                                 again.error().expected)};
    }
    const auto [there, wanted] =
        std::mismatch(bytes.begin(), bytes.end(), again->begin(), again->end());
    if (there == bytes.end() && wanted == again->end()) return block;
    const auto at = static_cast<std::size_t>(there - bytes.begin());
    return unexpected{damage(bytes, at, "the form that these readings are sealed in")};
}

result<revised, fault> revise(const day_block& before, std::span<const reading> late)
{
    if (auto found = fault_of(before.of, before.revision, before.readings.size())) {
        return unexpected{*std::move(found)};
    }
    if (auto found = fault_of(before.of, late)) {
        found->path.replace(0, std::string_view{"/readings"}.size(), "/late");
        return unexpected{*std::move(found)};
    }
    std::vector<reading> known = before.readings;
    if (auto found = put_in_order(known)) return unexpected{*std::move(found)};
    std::vector<reading> news{late.begin(), late.end()};
    std::stable_sort(news.begin(), news.end(), [](const reading& a, const reading& b) {
        return std::tuple{identity(a), a.recorded_at} < std::tuple{identity(b), b.recorded_at};
    });

    revised out;
    out.block.of = before.of;
    auto old = known.cbegin();
    for (auto next = news.cbegin(); next != news.cend();) {
        for (; old != known.cend() && comes_before(*old, *next); ++old) {
            out.block.readings.push_back(*old);
        }
        const bool is_known = old != known.cend() && !comes_before(*next, *old);
        const reading first = is_known ? *old++ : *next;
        reading stands = first;
        for (; next != news.cend() && !comes_before(first, *next); ++next) {
            if (next->recorded_at >= stands.recorded_at && !says_the_same(*next, stands)) {
                stands = *next;
            }
        }
        out.added += is_known ? 0U : 1U;
        out.replaced += is_known && !is_same(first, stands) ? 1U : 0U;
        out.block.readings.push_back(stands);
    }
    if (!out.changed()) {
        out.block = before;
        return out;
    }
    out.block.readings.insert(out.block.readings.end(), old, known.cend());

    if (before.revision == std::numeric_limits<std::uint32_t>::max()) {
        return unexpected{fault{"/revision", std::to_string(before.revision), "one less"}};
    }
    out.block.revision = before.revision + 1;
    auto bytes = seal(out.block.of, out.block.revision, out.block.readings);
    if (!bytes) return unexpected{std::move(bytes.error())};
    out.bytes = *std::move(bytes);
    return out;
}

}  // namespace wattpurse::usage
