// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/crc32c.hpp>
#include <wattpurse/usage/day_block.hpp>

#include "day_readings.hpp"

using namespace wattpurse;
using namespace wattpurse::usage::day_readings;
using usage::day_block;
using usage::local_day;
using usage::meter_day;

namespace {

using bytes = std::vector<std::uint8_t>;

bool same(const reading& a, const reading& b)
{
    return a.account == b.account && a.meter == b.meter && a.effective_at == b.effective_at &&
           a.recorded_at == b.recorded_at && a.registers == b.registers && a.source == b.source &&
           a.quality == b.quality;
}

bool same(const std::vector<reading>& a, const std::vector<reading>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const reading& left, const reading& right) { return same(left, right); });
}

/// By moment and source, as a block has them.
std::vector<reading> ordered(std::vector<reading> rows)
{
    std::sort(rows.begin(), rows.end(), [](const reading& a, const reading& b) {
        return std::pair{a.effective_at, a.source} < std::pair{b.effective_at, b.source};
    });
    return rows;
}

void shuffle(std::vector<reading>& rows, dice& draw)
{
    for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[draw() % i]);
}

bytes sealed(const meter_day& of, const std::vector<reading>& rows, std::uint32_t revision = 1)
{
    const auto out = usage::seal(of, revision, rows);
    REQUIRE_MESSAGE(out.has_value(), to_string(out.error()));
    return *out;
}

void check_round_trip(const meter_day& of, const std::vector<reading>& rows,
                      std::uint32_t revision = 1)
{
    const bytes block = sealed(of, rows, revision);
    const auto back = usage::open(block);
    REQUIRE_MESSAGE(back.has_value(), to_string(back.error()));
    CHECK(back->of == of);
    CHECK(back->revision == revision);
    CHECK(same(back->readings, ordered(rows)));
}

/// Any value at all, of any width.
std::int64_t wild(dice& draw)
{
    const auto value = static_cast<std::int64_t>(draw() >> (draw() % 64));
    const std::int64_t signed_one = draw() % 2 == 0 ? value : -value;
    return std::max(signed_one, -energy::value_type::mantissa_max);
}

/// Rows that no meter sends, the more of it the more bits are set in `odd`.
std::vector<reading> odd_rows(const meter_day& of, dice& draw, std::uint64_t odd)
{
    const auto length = duration{of.day.length}.count();
    std::vector<reading> out;
    std::array<std::int64_t, 5> shown{100'000, 2'000'000, 300, 0, 0};
    instant at = of.day.from();
    const auto count = static_cast<std::size_t>(1 + draw.below(120));
    for (std::size_t i = 0; i < count; ++i) {
        reading row{of.account, of.meter, at, {}, {}, reading_source::poll, quality::good};
        row.recorded_at = at + duration{(odd & 1U) != 0 ? draw.below(1'000'000'000) : 5'000};
        if ((odd & 1U) != 0 && draw() % 8 == 0) row.recorded_at = instant{duration{wild(draw)}};
        for (std::int64_t& each : shown) {
            if ((odd & 2U) != 0 && draw() % 4 == 0) each = wild(draw);
            if ((odd & 4U) != 0) each += draw.below(10'000);
            if ((odd & 4U) != 0 && draw() % 8 == 0) each -= 9'000;
            each = std::clamp(each, -energy::value_type::mantissa_max,
                              energy::value_type::mantissa_max);
        }
        if ((odd & 6U) == 0) shown[1 + (i / 12) % 4] += 100 * draw.below(30);
        for (std::size_t r = 0; r < 4; ++r) row.registers.tariff[r] = energy::of(shown[r + 1]);
        if ((odd & 8U) != 0) {
            row.registers.total = energy::of(shown[0]);
        } else {
            std::uint64_t sum = 0;
            for (std::size_t r = 1; r < 5; ++r) sum += static_cast<std::uint64_t>(shown[r]);
            const auto total = static_cast<std::int64_t>(sum);
            row.registers.total = energy::of(std::max(total, -energy::value_type::mantissa_max));
        }
        if ((odd & 16U) != 0) row.source = static_cast<reading_source>(draw() % 4);
        if ((odd & 32U) != 0) row.quality = static_cast<quality>(draw() % 4);
        out.push_back(row);
        at += duration{(odd & 64U) != 0 ? draw.below(900'000) : 900'000};
        if ((odd & 128U) != 0 && draw() % 4 == 0) at += duration{900'000 * draw.below(9)};
        if (at - of.day.from() >= duration{length}) break;
        if ((odd & 16U) != 0 && draw() % 2 == 0) {  // and another one of that moment
            reading twin = out.back();
            twin.source = static_cast<reading_source>((static_cast<int>(twin.source) + 1) % 4);
            out.push_back(twin);
        }
    }
    const auto clash = [](const reading& a, const reading& b) {
        return a.effective_at == b.effective_at && a.source == b.source;
    };
    out = ordered(std::move(out));
    out.erase(std::unique(out.begin(), out.end(), clash), out.end());
    return out;
}

/// Two hours and a bit of a flat, with a gap, a freeze and a reading that went back.
std::vector<reading> golden_rows(const meter_day& of)
{
    std::vector<reading> rows;
    const auto add = [&](int minute, std::int64_t peak, std::int64_t valley, reading_source source,
                         quality judged) {
        reading row{of.account, of.meter, of.day.from() + std::chrono::minutes{minute}, {}, {},
                    source, judged};
        row.recorded_at = row.effective_at + std::chrono::seconds{4};
        row.registers.tariff[1] = energy::of(100 * peak);
        row.registers.tariff[3] = energy::of(100 * valley);
        row.registers.total = energy::of(100 * (peak + valley));
        rows.push_back(row);
    };
    add(0, 123'456, 65'432, reading_source::poll, quality::good);
    add(0, 123'456, 65'432, reading_source::daily_freeze, quality::good);
    add(15, 123'456, 65'437, reading_source::poll, quality::good);
    add(30, 123'456, 65'440, reading_source::poll, quality::good);
    add(60, 123'459, 65'448, reading_source::poll, quality::good);
    add(75, 123'467, 65'448, reading_source::poll, quality::good);
    add(90, 123'460, 65'448, reading_source::poll, quality::rejected);
    add(105, 123'471, 65'448, reading_source::poll, quality::estimated);
    return rows;
}

const meter_day golden_day{*meter_id::parse("310001123456"), *account_id::parse("F07"),
                           local_day{20'454, china_zone}};

/// Puts the checksum right, so that what lies behind it is tried.
bytes resealed(bytes block)
{
    const std::size_t end = block.size() - 4;
    const std::uint32_t checksum = crc32c(byte_span{block}.first(end));
    for (unsigned i = 0; i < 4; ++i) {
        block[end + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
    }
    return block;
}

std::string fault_of(byte_span block)
{
    const auto out = usage::open(block);
    return out ? "none" : to_string(out.error());
}

std::string fault_of(const meter_day& of, const std::vector<reading>& rows,
                     std::uint32_t revision = 1)
{
    const auto out = usage::seal(of, revision, rows);
    return out ? "none" : to_string(out.error());
}

}  // namespace

TEST_CASE("a block gives back every field of the readings of a usual day")
{
    for (const customer kind : {customer::residential, customer::commercial, customer::industrial,
                                customer::vacant}) {
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            const meter_day of = flat_day(seed);
            manner how;
            how.total_apart = seed % 2 == 1;
            how.shown = seed % 4 == 2 ? 1 : 100;
            check_round_trip(of, quarters(of, kind, seed, how));
        }
    }
}

TEST_CASE("a block gives back whatever a reading can hold")
{
    for (std::uint64_t seed = 0; seed < 2048; ++seed) {
        dice draw{seed};
        meter_day of = flat_day(seed);
        if (seed % 3 == 1) of.account = {};
        if (seed % 3 == 2) {
            of = {*meter_id::parse("x"), *account_id::parse("7~A.0000000000000000001"),
                  local_day{-30'000, fixed_zone{std::chrono::minutes{-210}},
                            std::chrono::minutes{1500}}};
        }
        auto rows = odd_rows(of, draw, seed % 256);
        shuffle(rows, draw);
        check_round_trip(of, rows, static_cast<std::uint32_t>(1 + draw() % 0xFFFF'FFFFU));
    }
}

TEST_CASE("a block holds the ends of every range")
{
    const std::int64_t most = energy::value_type::mantissa_max;
    const meter_day of = flat_day(1);
    std::vector<reading> rows;
    for (int i = 0; i < 40; ++i) {
        const auto end = energy::of(i % 2 == 0 ? most : -most);
        reading row{of.account, of.meter, of.day.from() + duration{i}, {}, {}};
        row.recorded_at = i % 3 == 0 ? instant::min() : instant::max();
        row.registers = {end, {end, end, -end, energy::of(i)}};
        rows.push_back(row);
    }
    rows.back().effective_at = of.day.until() - duration{1};
    check_round_trip(of, rows, std::numeric_limits<std::uint32_t>::max());
    check_round_trip(of, {rows.front()});
    check_round_trip(of, {rows.front(), rows.back()});
}

TEST_CASE("the same readings give the same bytes in any order, and twice is once")
{
    const meter_day of = flat_day(3);
    const auto rows = quarters(of, customer::residential, 3);
    const bytes block = sealed(of, rows);
    dice draw{3};
    for (int i = 0; i < 20; ++i) {
        auto other = rows;
        shuffle(other, draw);
        CHECK(sealed(of, other) == block);
        other.push_back(other[5]);
        CHECK(sealed(of, other) == block);
    }
}

TEST_CASE("a block is as small as readings are dull")
{
    struct row {
        customer kind;
        manner how;
        std::size_t hundredths_max;  ///< of a byte a reading
    };
    const row rows[]{
        {customer::residential, {}, 140},
        {customer::residential, {100, true, 20}, 160},
        {customer::commercial, {}, 170},
        {customer::industrial, {}, 210},
        {customer::industrial, {8'000, false, 20}, 130},  // shown behind a transformer of 80
        {customer::vacant, {}, 80},
    };
    for (const row& each : rows) {
        std::size_t size = 0;
        std::size_t count = 0;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const meter_day of = flat_day(seed);
            const auto day = quarters(of, each.kind, seed, each.how);
            size += sealed(of, day).size();
            count += day.size();
        }
        INFO("kind " << static_cast<int>(each.kind) << ": " << size << " bytes of " << count);
        CHECK(100 * size <= each.hundredths_max * count);
    }
}

TEST_CASE("a block is these bytes for ever")
{
    const bytes block = sealed(golden_day, golden_rows(golden_day), 2);
    std::string text(2 * block.size(), ' ');
    CHECK(*format_hex(block, text) ==
          "57440180D914C01EC805613C70FE67207E8060003207A02A1F38FF0F01D97B77"
          "02CA8A22C0A3EF2DCC31784CBDC304023701082088FD518800017E06C43FE9F3");
}

TEST_CASE("blocks of all kinds are the same bytes for ever")
{
    bytes all;
    const auto add = [&all](const bytes& block) {
        all.insert(all.end(), block.begin(), block.end());
    };
    for (std::uint64_t seed = 0; seed < 256; ++seed) {
        dice draw{seed};
        const meter_day of = flat_day(seed);
        add(sealed(of, odd_rows(of, draw, seed)));
        add(sealed(of, quarters(of, static_cast<customer>(seed % 4), seed)));
    }
    CHECK(all.size() == 302'173);
    CHECK(crc32c(all) == 0x799D'17B7);
}

TEST_CASE("any flipped bit and any missing or additional byte is found")
{
    const meter_day of = flat_day(8);
    for (const bytes& block : {sealed(golden_day, golden_rows(golden_day), 2),
                               sealed(of, quarters(of, customer::residential, 8))}) {
        for (std::size_t bit = 0; bit < 8 * block.size(); ++bit) {
            bytes other = block;
            other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1U << (bit % 8));
            CHECK_FALSE(usage::open(other).has_value());
        }
        for (std::size_t size = 0; size < block.size(); ++size) {
            CHECK_FALSE(usage::open(byte_span{block}.first(size)).has_value());
        }
        for (unsigned value = 0; value < 256; ++value) {
            bytes other = block;
            other.push_back(static_cast<std::uint8_t>(value));
            CHECK_FALSE(usage::open(other).has_value());
        }
    }
}

TEST_CASE("what is damaged under a right checksum opens as what it is, or not at all")
{
    std::size_t opened = 0;
    for (const auto kind : {customer::residential, customer::industrial, customer::vacant}) {
        const meter_day of = flat_day(9);
        const bytes block = sealed(of, quarters(of, kind, 9));
        for (std::size_t i = 3; i + 4 < block.size(); ++i) {
            for (unsigned value = 1; value < 256; ++value) {
                bytes other = block;
                other[i] = static_cast<std::uint8_t>(other[i] ^ value);
                other = resealed(std::move(other));
                const auto back = usage::open(other);
                if (!back) {
                    CHECK(back.error().path.starts_with("byte "));
                    continue;
                }
                ++opened;
                CHECK(sealed(back->of, back->readings, back->revision) == other);
            }
        }
    }
    CHECK(opened > 1'000);  // another name, another use
}

TEST_CASE("what is wrong with a block is told by byte")
{
    const bytes block = sealed(golden_day, golden_rows(golden_day), 2);
    CHECK(fault_of({}) == "byte 0: the end (expected 57, a block of a meter's day)");
    CHECK(fault_of(byte_span{block}.first(5)) == "byte 5: the end (expected more)");
    bytes other = block;
    other[1] = 0x45;
    CHECK(fault_of(other) == "byte 1: 45 (expected 44, a block of a meter's day)");
    other = block;
    other[2] = 2;
    CHECK(fault_of(other) == "byte 2: 02 (expected 01, the version)");
    other = block;
    other[20] = static_cast<std::uint8_t>(other[20] ^ 0x10U);
    CHECK(fault_of(other).starts_with("byte " + std::to_string(block.size() - 4) + ": "));
    other = block;
    other.insert(other.end() - 4, 0);
    CHECK(fault_of(resealed(other)) ==
          "byte " + std::to_string(block.size() - 4) + ": 00 (expected the checksum)");
    other = block;
    other.erase(other.end() - 6, other.end() - 4);
    CHECK(fault_of(resealed(other)).find("(expected more bytes)") != std::string::npos);
}

TEST_CASE("a block of many readings in few bytes is bounded")
{
    const meter_day of = flat_day(4);
    std::vector<reading> rows;
    for (std::size_t i = 0; i < usage::day_readings_max; ++i) {
        reading row{of.account, of.meter, of.day.from() + duration{i}, {}, {}};
        row.recorded_at = row.effective_at;
        rows.push_back(row);
    }
    const bytes block = sealed(of, rows);
    CHECK(block.size() < 60);
    const auto back = usage::open(block);
    REQUIRE(back.has_value());
    CHECK(back->readings.size() == rows.size());
    rows.push_back(rows.back());
    CHECK(fault_of(of, rows) == "/readings: 100001 (expected 1 to 100000 of them)");
}

TEST_CASE("what does not belong into a block is named")
{
    const meter_day of = golden_day;
    const auto rows = golden_rows(of);
    const auto with = [&](auto change) {
        auto other = rows;
        change(other[3]);
        return fault_of(of, other);
    };
    CHECK(fault_of(of, rows) == "none");
    CHECK(fault_of(of, {}) == "/readings: 0 (expected 1 to 100000 of them)");
    CHECK(fault_of(of, rows, 0) == "/revision: 0 (expected 1 or more)");
    CHECK(with([](reading& row) { row.meter = *meter_id::parse("2"); }) ==
          "/readings/3/meter: 2 (expected 310001123456)");
    CHECK(with([](reading& row) { row.account = *account_id::parse("F08"); }) ==
          "/readings/3/account: F08 (expected F07)");
    CHECK(with([&](reading& row) { row.effective_at = of.day.until(); }) ==
          "/readings/3/effective_at: 2026-01-01T16:00:00+00:00 (expected "
          "2025-12-31T16:00:00+00:00 or later, before 2026-01-01T16:00:00+00:00)");
    CHECK(with([&](reading& row) { row.effective_at = of.day.from() - duration{1}; }) != "none");
    CHECK(with([&](reading& row) { row.effective_at = instant::max(); }) != "none");
    CHECK(with([](reading& row) { row.source = static_cast<reading_source>(4); }) ==
          "/readings/3/source: 4 (expected a source of readings)");
    CHECK(with([](reading& row) { row.quality = static_cast<quality>(9); }) ==
          "/readings/3/quality: 9 (expected a quality of readings)");
    CHECK(with([&](reading& row) { row.effective_at = rows[2].effective_at; }) ==
          "/readings: 2025-12-31T16:15:00+00:00 twice from poll (expected one reading of a "
          "moment and source)");

    meter_day other = of;
    other.meter = {};
    CHECK(fault_of(other, rows).starts_with("/meter: "));
    other = of;
    other.day.zone.offset = std::chrono::minutes{1081};
    CHECK(fault_of(other, rows) == "/day/zone: 1081 min (expected an offset of 18 h at most)");
    other = of;
    other.day.length = std::chrono::minutes{0};
    CHECK(fault_of(other, rows) == "/day/length: 0 min (expected 1 to 2880 min)");
}

TEST_CASE("a local day begins at midnight and is as long as it is")
{
    const auto at = *parse_iso8601("2026-01-01T23:59:59.999+08:00");
    CHECK(local_day::of(at, china_zone) == golden_day.day);
    CHECK(local_day::of(at + duration{1}, china_zone).number == 20'455);
    CHECK(golden_day.day.from() == *parse_iso8601("2026-01-01T00:00:00+08:00"));
    CHECK(golden_day.day.until() == *parse_iso8601("2026-01-02T00:00:00+08:00"));
    CHECK(local_day::of(instant{duration{-1}}, fixed_zone{}).number == -1);
}

// ---- Revisions ----------------------------------------------------------------------------------

TEST_CASE("late readings that say anything new make the next revision")
{
    const meter_day of = flat_day(5);
    auto rows = quarters(of, customer::residential, 5);
    const auto missed = rows[40];
    rows.erase(rows.begin() + 40);
    const day_block first{of, 1, rows};

    const auto second = usage::revise(first, std::vector{missed});
    REQUIRE(second.has_value());
    CHECK(second->changed());
    CHECK(second->added == 1);
    CHECK(second->replaced == 0);
    CHECK(second->block.revision == 2);
    CHECK(second->block.readings.size() == 96);
    CHECK(same(usage::open(second->bytes)->readings, second->block.readings));
    CHECK(usage::open(second->bytes)->revision == 2);

    auto corrected = rows[10];
    corrected.quality = quality::suspect;
    corrected.recorded_at += std::chrono::hours{30};
    auto freeze = rows[0];
    freeze.source = reading_source::daily_freeze;
    const auto third = usage::revise(second->block, std::vector{corrected, freeze});
    REQUIRE(third.has_value());
    CHECK(third->added == 1);
    CHECK(third->replaced == 1);
    CHECK(third->block.revision == 3);
    CHECK(same(third->block.readings[11], corrected));
    CHECK(same(third->block.readings[1], freeze));
}

TEST_CASE("late readings that say nothing new leave the revision as it is")
{
    const meter_day of = flat_day(6);
    const day_block first{of, 4, quarters(of, customer::commercial, 6)};
    const auto nothing = usage::revise(first, {});
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing->changed());

    auto again = first.readings;
    for (reading& each : again) each.recorded_at += std::chrono::hours{24};
    const auto twice = usage::revise(first, again);
    REQUIRE(twice.has_value());
    CHECK_FALSE(twice->changed());
    CHECK(twice->bytes.empty());
    CHECK(twice->block.revision == 4);
    CHECK(same(twice->block.readings, first.readings));

    auto old = first.readings[7];  // an answer that a later one has put right
    old.registers.total = energy::of(1);
    old.recorded_at -= duration{1};
    CHECK_FALSE(usage::revise(first, std::vector{old})->changed());
    old.recorded_at += duration{1};
    CHECK(usage::revise(first, std::vector{old})->changed());
}

TEST_CASE("late readings come to the same in any order and in parts")
{
    const meter_day of = flat_day(7);
    const auto rows = quarters(of, customer::residential, 7);
    day_block first{of, 1, {rows.begin(), rows.begin() + 60}};
    std::vector<reading> late{rows.begin() + 50, rows.end()};
    for (int i = 0; i < 30; ++i) {  // and corrections of some
        reading each = rows[static_cast<std::size_t>(40 + i / 2)];
        each.recorded_at += std::chrono::hours{24 + i};
        each.registers.total = energy::of(1000 + i);
        late.push_back(each);
    }
    const auto at_once = usage::revise(first, late);
    REQUIRE(at_once.has_value());
    CHECK(at_once->added == 36);
    CHECK(at_once->replaced == 15);
    dice draw{7};
    for (int i = 0; i < 10; ++i) {
        shuffle(late, draw);
        CHECK(usage::revise(first, late)->bytes == at_once->bytes);
        day_block block = first;
        for (std::size_t begin = 0; begin < late.size(); begin += 7) {
            const auto end = std::min(begin + 7, late.size());
            block = usage::revise(block, std::span{late}.subspan(begin, end - begin))->block;
        }
        CHECK(same(block.readings, at_once->block.readings));
    }
}

TEST_CASE("what cannot be revised is named")
{
    const meter_day of = golden_day;
    day_block block{of, 1, golden_rows(of)};
    auto stray = block.readings[0];
    stray.effective_at = of.day.until();
    CHECK(usage::revise(block, std::vector{stray}).error().path == "/late/0/effective_at");
    stray.effective_at -= duration{1};
    block.revision = std::numeric_limits<std::uint32_t>::max();
    CHECK(usage::revise(block, std::vector{stray}).error().path == "/revision");
    CHECK(usage::revise(block, {}).has_value());
}
