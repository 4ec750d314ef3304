// SPDX-License-Identifier: Apache-2.0
//
// Closed days of readings into blocks and back: 400 households, quarter-hours, five registers.
// Against a plain loop that writes the same columns as differences of seven bits a byte, which
// finds no damage and knows no better form, and for size against 16 bytes of moment and value.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/usage/day_block.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

using usage::local_day;
using usage::meter_day;
using block_bytes = std::vector<std::uint8_t>;

constexpr std::size_t meters = 400;
constexpr std::size_t quarters = 96;

struct dice {
    std::uint64_t state;
    std::int64_t below(std::int64_t limit)
    {
        state += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::int64_t>((z ^ (z >> 31U)) % static_cast<std::uint64_t>(limit));
    }
};

/// What a household uses in a quarter of an hour, 0.0001 kWh; 8 kWh a day.
class household {
public:
    explicit household(std::uint64_t seed) : draw_{seed} {}

    std::int64_t quarter(std::size_t number)
    {
        constexpr std::array<std::int64_t, 24> share{20, 18, 16, 16, 16, 20, 36, 48,
                                                     44, 36, 34, 40, 52, 44, 36, 34,
                                                     38, 54, 78, 88, 84, 70, 46, 32};
        const std::int64_t usual = share[number / 4];
        if (left_-- <= 0) {
            const bool begins = draw_.below(1000) < usual;
            left_ = begins ? draw_.below(4) : 0;
            appliance_ = begins ? 1'000 + draw_.below(3'000) : 0;
        }
        const std::int64_t refrigerator = draw_.below(2) * 150;
        return 250 + refrigerator + usual * (1 + draw_.below(13)) + appliance_;
    }

private:
    dice draw_;
    std::int64_t appliance_ = 0;
    std::int64_t left_ = 0;
};

struct day {
    meter_day of;
    std::vector<reading> readings;
};

day day_of(std::size_t index)
{
    constexpr std::array<std::size_t, 24> register_of_hour{3, 3, 3, 3, 3, 3, 3, 3, 1, 0, 0, 3,
                                                           3, 1, 1, 0, 0, 1, 1, 1, 1, 1, 3, 3};
    const std::string number = std::to_string(100'000 + index);
    day out{{*meter_id::parse("310001" + number), *account_id::parse("A" + number),
             local_day{20'454, china_zone}}, {}};
    dice draw{index};
    household uses{index + 1'000'000};
    std::array<std::int64_t, tariff_count> exact{};
    for (std::int64_t& each : exact) each = 1'000'000 + draw.below(50'000'000);
    for (std::size_t i = 0; i < quarters; ++i) {
        reading row;
        row.account = out.of.account;
        row.meter = out.of.meter;
        row.effective_at = out.of.day.from() + static_cast<int>(i) * std::chrono::minutes{15};
        row.recorded_at = row.effective_at + std::chrono::seconds{draw.below(20) == 0 ? 5 : 4};
        std::int64_t sum = 0;
        for (std::size_t r = 0; r < exact.size(); ++r) {
            row.registers.tariff[r] = energy::of(exact[r] / 100 * 100);
            sum += row.registers.tariff[r].mantissa();
        }
        row.registers.total = energy::of(sum);
        out.readings.push_back(row);
        exact[register_of_hour[i / 4]] += uses.quarter(i);
    }
    return out;
}

/// The peer: differences from the reading before, signed ones folded, seven bits a byte.
class plain_code {
public:
    void put(const std::vector<reading>& rows)
    {
        std::array<std::int64_t, 9> before{};
        for (const reading& row : rows) {
            const std::array<std::int64_t, 9> now{
                row.effective_at.time_since_epoch().count(),
                (row.recorded_at - row.effective_at).count(),
                row.registers.total.mantissa(),
                row.registers.tariff[0].mantissa(),
                row.registers.tariff[1].mantissa(),
                row.registers.tariff[2].mantissa(),
                row.registers.tariff[3].mantissa(),
                static_cast<std::int64_t>(row.source),
                static_cast<std::int64_t>(row.quality)};
            for (std::size_t i = 0; i < now.size(); ++i) put(now[i] - before[i]);
            before = now;
        }
    }
    block_bytes bytes;

private:
    void put(std::int64_t step)
    {
        auto rest = static_cast<std::uint64_t>(step) << 1U ^ static_cast<std::uint64_t>(step >> 63);
        for (; rest >= 128; rest >>= 7U) bytes.push_back(static_cast<std::uint8_t>(rest | 128U));
        bytes.push_back(static_cast<std::uint8_t>(rest));
    }
};

/// Reads what `plain_code` wrote, into readings of one meter.
std::vector<reading> read_plain(const day& of, const block_bytes& bytes)
{
    std::vector<reading> out;
    out.reserve(of.readings.size());
    reading row;
    row.account = of.of.account;
    row.meter = of.of.meter;
    std::array<std::int64_t, 9> now{};
    for (std::size_t at = 0; at < bytes.size();) {
        for (std::int64_t& each : now) {
            std::uint64_t step = 0;
            for (unsigned shift = 0;; shift += 7) {
                const std::uint64_t byte = bytes[at++];
                step |= (byte & 127U) << shift;
                if (byte < 128) break;
            }
            each += static_cast<std::int64_t>(step >> 1U ^ (~(step & 1U) + 1));
        }
        row.effective_at = instant{duration{now[0]}};
        row.recorded_at = row.effective_at + duration{now[1]};
        row.registers.total = energy::of(now[2]);
        for (std::size_t r = 0; r < tariff_count; ++r) {
            row.registers.tariff[r] = energy::of(now[3 + r]);
        }
        row.source = static_cast<reading_source>(now[7]);
        row.quality = static_cast<quality>(now[8]);
        out.push_back(row);
    }
    return out;
}

std::uint64_t sum_of(const std::vector<reading>& rows)
{
    std::uint64_t sum = 0;
    for (const reading& row : rows) {
        sum += static_cast<std::uint64_t>(row.registers.total.mantissa());
    }
    return sum;
}

/// A night's work, durable: days sealed and committed, a batch of all of them, beside the same
/// readings as rows of their own, written by the same store.
void through_sqlite(report& out, const std::vector<day>& days)
{
    const auto path = std::filesystem::temp_directory_path() /
                      ("wattpurse_readings_bench_" + std::to_string(getpid()) + ".db");
    std::vector<double> sealed;
    std::vector<double> loose;
    for (int round = 0; round < 5; ++round) {
        for (const char* const end : {"", "-wal", "-shm"}) {
            std::filesystem::remove(path.string() + end);
        }
        adapter::sqlite::store books{path};
        const auto commit = [&, epoch = books.fence().value()](port::batch work) {
            work.fence_epoch = epoch;
            books.submit(work);
            require(books.poll()->status == port::commit_status::committed, "a commit fails");
        };
        sealed.push_back(seconds([&] {
            port::batch work;
            for (const day& each : days) {
                const auto& of = each.of;
                work.sealed_days.push_back({{of.account, of.meter, of.day.from(), of.day.until(), 1,
                                             usage::seal(of, 1, each.readings).value()},
                                            0});
            }
            commit(std::move(work));
        }));
        loose.push_back(seconds([&] {
            port::batch work;
            for (const day& each : days) {
                work.readings.insert(work.readings.end(), each.readings.begin(),
                                     each.readings.end());
            }
            commit(std::move(work));
        }));
    }
    for (const char* const end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path.string() + end);
    }
    std::sort(sealed.begin(), sealed.end());
    std::sort(loose.begin(), loose.end());
    const double count = static_cast<double>(days.size() * quarters);
    const double ours = count / sealed[sealed.size() / 2];
    const double theirs = count / loose[loose.size() / 2];
    out.push_back({"readings.seal_sqlite", ours, "readings/s", "a row each, of the same store",
                   theirs, ours / theirs});
}

void run(report& out)
{
    std::vector<day> days;
    std::vector<block_bytes> blocks;
    std::vector<block_bytes> plain;
    std::size_t size = 0;
    for (std::size_t i = 0; i < meters; ++i) {
        days.push_back(day_of(i));
        const day& each = days.back();
        blocks.push_back(usage::seal(each.of, 1, each.readings).value());
        size += blocks.back().size();
        plain_code code;
        code.put(each.readings);
        plain.push_back(std::move(code.bytes));
        const auto back = usage::open(blocks.back());
        require(back && sum_of(back->readings) == sum_of(each.readings), "a block is another one");
        require(sum_of(read_plain(each, plain.back())) == sum_of(each.readings),
                "the plain loop reads something else");
    }
    constexpr std::size_t count = meters * quarters;
    compare(out, "readings.seal", "a plain loop of 7-bit differences, same columns", count,
            [&] {
                std::uint64_t sum = 0;
                for (const day& each : days) {
                    sum += usage::seal(each.of, 1, each.readings)->size();
                }
                return sum;
            },
            [&] {
                std::uint64_t sum = 0;
                for (const day& each : days) {
                    plain_code code;
                    code.put(each.readings);
                    sum += code.bytes.size();
                }
                return sum;
            });
    compare(out, "readings.open", "the same loop back, nothing checked", count,
            [&] {
                std::uint64_t sum = 0;
                for (const block_bytes& each : blocks) sum += sum_of(usage::open(each)->readings);
                return sum;
            },
            [&] {
                std::uint64_t sum = 0;
                for (std::size_t i = 0; i < meters; ++i) {
                    sum += sum_of(read_plain(days[i], plain[i]));
                }
                return sum;
            });
    through_sqlite(out, days);
    const double each = static_cast<double>(size) / count;
    constexpr double raw = 16;
    out.push_back({"readings.bytes_each", each, "bytes", "8 bytes of moment, 8 of value", raw,
                   raw / each});
    std::size_t plain_size = 0;
    for (const block_bytes& bytes : plain) plain_size += bytes.size();
    const double plain_each = static_cast<double>(plain_size) / count;
    out.push_back({"readings.bytes_each.vs_plain", each, "bytes", "7-bit differences", plain_each,
                   plain_each / each});
}

const registration registered{"readings", run};

}  // namespace
}  // namespace wattpurse::bench
