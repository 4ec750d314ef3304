// SPDX-License-Identifier: Apache-2.0
//
// Bills out of quarter-hours, through the public batch interface: 35,040 readings a meter-year
// with gaps and flags, four bands, three tiers. Against a plain sum over the same array (the
// speed of memory), numpy over int64 and a loop of Python's decimal.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/batch.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/timetable.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

using tariff::batch;
using tariff::batch_bill;
using tariff::period;
using std::chrono::minutes;

constexpr std::size_t intervals = 35'040;
constexpr std::size_t meters = 250;        // 70 MB: far more than the caches hold
constexpr std::size_t peer_meters = 50;
constexpr duration quarter = minutes{15};

constexpr std::array<const char*, 4> band_names{"sharp", "peak", "flat", "valley"};
constexpr std::array<std::int64_t, 4> band_prices{98'765'400, 78'901'200, 52'830'000, 23'456'700};
constexpr std::array<std::int64_t, 2> tier_bounds{2'300'000, 4'000'000};
constexpr std::array<std::int64_t, 3> tier_adders{0, 5'000'000, 30'000'000};

std::uint64_t next_random(std::uint64_t& state)
{
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// Two seasons with seven and six windows a day: 2,376 runs a year, as in a Chinese province.
tariff::tariff prices(bool coupled)
{
    tariff::tariff out;
    out.name = "bench";
    out.unit = currency{"CNY"};
    out.zone = china_zone;
    for (const char* name : band_names) out.bands.push_back({name, {}, {}});
    tariff::version only;
    only.calendar.seasons = {{"summer", {{{7, 1}, {9, 30}}}}, {"rest", {{{10, 1}, {6, 30}}}}};
    only.calendar.plans = {{"hot",
                            {{0, 480, "valley"}, {480, 600, "flat"}, {600, 660, "peak"},
                             {660, 720, "sharp"}, {720, 840, "flat"}, {840, 900, "peak"},
                             {900, 1020, "sharp"}, {1020, 1140, "peak"}, {1140, 1440, "flat"}}},
                           {"plain",
                            {{0, 480, "valley"}, {480, 600, "flat"}, {600, 720, "peak"},
                             {720, 840, "flat"}, {840, 1140, "peak"}, {1140, 1440, "flat"}}}};
    only.calendar.rules = {{{"summer"}, {}, "hot"}, {{}, {}, "plain"}};
    tariff::determinant energy;
    energy.name = "energy";
    only.determinants = {energy};
    tariff::charge bands;
    bands.line = "energy";
    bands.on = "energy";
    bands.tags = {"energy"};
    tariff::rate_table tiers;
    tiers.mode = tariff::rate_mode::graduated;
    for (std::size_t i = 0; i < tier_adders.size(); ++i) {
        tariff::tier next;
        if (i < tier_bounds.size()) next.up_to = tariff::scalar::of(tier_bounds[i]);
        next.each = tariff::unit_price::of(tier_adders[i]);
        for (std::size_t b = 0; b < band_names.size() && coupled; ++b) {
            const std::int64_t adder = tier_adders[i] * static_cast<std::int64_t>(b + 1);
            next.bands.push_back(
                {band_names[b], tariff::unit_price::of(band_prices[b] + adder)});
        }
        tiers.tiers.push_back(next);
    }
    if (coupled) {
        tiers.split = tariff::band_split::chronological;
        bands.rate = tiers;
        only.charges = {bands};
    } else {
        bands.rate = tariff::rate_table::flat({});
        for (std::size_t b = 0; b < band_names.size(); ++b) {
            bands.rate.tiers.front().bands.push_back(
                {band_names[b], tariff::unit_price::of(band_prices[b])});
        }
        tariff::charge ladder = bands;
        ladder.line = "tier";
        ladder.rate = tiers;
        only.charges = {bands, ladder};
    }
    out.versions = {only};
    require(tariff::check(out).empty(), "the benchmark's tariff has faults");
    return out;
}

/// A year of readings with gaps, estimates, and rubbish in the gaps.
struct readings {
    std::vector<std::int64_t> quantities;
    std::vector<std::uint8_t> qualities;

    explicit readings(std::size_t count)
        : quantities(count * intervals), qualities(count * intervals)
    {
        std::uint64_t state = 5;
        for (std::size_t i = 0; i < quantities.size(); ++i) {
            const std::uint64_t draw = next_random(state);
            quantities[i] = static_cast<std::int64_t>(draw % 2'500);
            if (draw >> 54U != 0) continue;  // one in a thousand
            const bool gap = (draw >> 53U & 1U) == 0;
            qualities[i] = gap ? tariff::missing_quality
                               : static_cast<std::uint8_t>(quality::estimated);
            if (gap) quantities[i] = static_cast<std::int64_t>(draw & 0xFFFF'FFFFU);
        }
    }
    [[nodiscard]] tariff::interval_columns view() const { return {quantities, qualities}; }
};

std::vector<period> year()
{
    std::vector<period> out;
    instant at = parse_iso8601("2026-01-01T00:00:00+08:00").value();
    for (int i = 0; i < 12; ++i) {
        out.push_back(tariff::period_at(at, china_zone));
        at = out.back().until;
    }
    return out;
}

batch ready(const tariff::tariff& by)
{
    const auto all = year();
    auto out = batch::compile(by, all, all.front().from, quarter, intervals);
    require(out.has_value() && out->is_planned(), "the batch has no plan");
    return std::move(*out);
}

std::uint64_t totals(const batch& by, const readings& data, std::size_t count,
                     std::vector<batch_bill>& bills)
{
    require(by.rate_all(data.view(), count, bills).has_value(), "the batch has faults");
    std::uint64_t sum = 0;
    for (const batch_bill& each : bills) sum += static_cast<std::uint64_t>(each.total);
    return sum;
}

/// The money of some meters, compared with what the single-meter path says.
void compare_with_rating(const batch& by, const readings& data, std::size_t count,
                         const std::vector<batch_bill>& bills, const tariff::tariff& prices_of)
{
    for (std::size_t meter = 0; meter < count; meter += count / 3) {
        tariff::consumption rows;
        const auto all = year();
        for (std::size_t i = 0; i < intervals; ++i) {
            const std::uint8_t flag = data.qualities[meter * intervals + i];
            if (flag == tariff::missing_quality) continue;
            tariff::consumption_row row;
            row.from = all.front().from + static_cast<std::int64_t>(i) * quarter;
            row.until = row.from + quarter;
            row.quantity = tariff::scalar::of(data.quantities[meter * intervals + i]);
            rows.rows.push_back(row);
        }
        for (std::size_t month = 0; month < 12; ++month) {
            auto one = tariff::rate(prices_of, rows, by.periods()[month]);
            require(one.has_value(), "a meter cannot be rated alone");
            const auto closed = tariff::close(prices_of, by.periods()[month], *one);
            require(closed && closed->total.mantissa() == bills[meter * 12 + month].total,
                    "batch and single meter disagree");
        }
    }
}

void against_stream(report& out, std::string_view name, bool coupled, const readings& data)
{
    const auto by_prices = prices(coupled);
    const batch by = ready(by_prices);
    std::vector<batch_bill> bills(meters * 12);
    (void)totals(by, data, meters, bills);
    compare_with_rating(by, data, meters, bills, by_prices);
    compare(out, name, "plain sum of the same int64 array", data.quantities.size(),
            [&] { return totals(by, data, meters, bills); },
            [&] {
                std::uint64_t sum = 0;
                for (const std::int64_t each : data.quantities) {
                    sum += static_cast<std::uint64_t>(each);
                }
                return sum;
            });
}

// ---- Python's peers, in a process of their own --------------------------------------------------

/// Runs `tariff_peer.py` and asks it for one pass at a time.
class python_peer {
public:
    explicit python_peer(const std::filesystem::path& folder)
    {
        std::array<int, 2> to{};
        std::array<int, 2> from{};
        if (pipe(to.data()) != 0 || pipe(from.data()) != 0) return;
        child_ = fork();
        if (child_ == 0) {
            dup2(to[0], 0);
            dup2(from[1], 1);
            for (const int each : {to[0], to[1], from[0], from[1]}) ::close(each);
            const char* const python = std::getenv("WATTPURSE_BENCH_PYTHON");
            const char* const name = python != nullptr ? python : "python3";
            execlp(name, name, "-B",
                   "benchmarks/tariff_peer.py", folder.c_str(), nullptr);
            _exit(127);
        }
        ::close(to[0]);
        ::close(from[1]);
        ask_ = fdopen(to[1], "w");
        answer_ = fdopen(from[0], "r");
    }
    ~python_peer()
    {
        if (ask_ != nullptr) std::fclose(ask_);
        if (answer_ != nullptr) std::fclose(answer_);
        if (child_ > 0) waitpid(child_, nullptr, 0);
    }
    python_peer(const python_peer&) = delete;
    python_peer& operator=(const python_peer&) = delete;

    struct result {
        double nanoseconds = 0;
        long long fen = 0;
    };
    std::optional<result> run(const char* what)
    {
        result out;
        if (ask_ == nullptr || std::fprintf(ask_, "%s\n", what) < 0) return std::nullopt;
        std::fflush(ask_);
        if (std::fscanf(answer_, "%lf %lld", &out.nanoseconds, &out.fen) != 2) {
            return std::nullopt;
        }
        return out;
    }

private:
    pid_t child_ = -1;
    std::FILE* ask_ = nullptr;
    std::FILE* answer_ = nullptr;
};

void write_plan(const std::filesystem::path& folder, const tariff::tariff& by,
                const readings& data)
{
    std::ofstream values{folder / "readings.i64", std::ios::binary};
    values.write(reinterpret_cast<const char*>(data.quantities.data()),
                 static_cast<std::streamsize>(data.quantities.size() * sizeof(std::int64_t)));
    std::ofstream flags{folder / "qualities.u8", std::ios::binary};
    flags.write(reinterpret_cast<const char*>(data.qualities.data()),
                static_cast<std::streamsize>(data.qualities.size()));
    std::ofstream plan{folder / "plan.json"};
    plan << "{\"meters\":" << peer_meters << ",\"intervals\":" << intervals << ",\"slices\":[";
    const auto all = year();
    const char* comma = "";
    for (std::size_t month = 0; month < all.size(); ++month) {
        for (const tariff::run& each :
             tariff::timetable(by.versions[0].calendar, by.bands, by.zone, {}, all[month].from,
                               all[month].until)) {
            plan << comma << '[' << (each.from - all.front().from) / quarter << ',' << month << ','
                 << each.band << ']';
            comma = ",";
        }
    }
    const auto list = [&](const char* key, const auto& numbers) {
        plan << "],\"" << key << "\":[";
        for (std::size_t i = 0; i < numbers.size(); ++i) plan << (i ? "," : "") << numbers[i];
    };
    list("prices", band_prices);
    list("bounds", tier_bounds);
    list("adders", tier_adders);
    plan << "]}";
}

double thread_ns()
{
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

void against_python(report& out)
{
    const auto folder = std::filesystem::temp_directory_path() /
                        ("wattpurse_bench_" + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    const auto by_prices = prices(false);
    const batch by = ready(by_prices);
    const readings data{peer_meters};
    write_plan(folder, by_prices, data);
    std::vector<batch_bill> bills(peer_meters * 12);
    const auto ours_fen = static_cast<long long>(totals(by, data, peer_meters, bills) / 10'000);
    long long one_fen = 0;
    for (std::size_t i = 0; i < 12; ++i) one_fen += bills[i].total / 10'000;
    std::vector<double> ours;
    std::vector<double> numpy;
    std::vector<double> decimal;
    python_peer peer{folder};
    for (int i = 0; i < 15; ++i) {
        const double begin = thread_ns();
        (void)totals(by, data, peer_meters, bills);
        ours.push_back((thread_ns() - begin) / peer_meters);
        const auto with_numpy = peer.run("numpy");
        const auto with_decimal = peer.run("decimal");
        if (!with_numpy || !with_decimal) {
            std::fputs("tariff: no row against Python, which needs numpy\n", stderr);
            std::filesystem::remove_all(folder);
            return;
        }
        require(with_numpy->fen == ours_fen, "numpy comes to other bills");
        require(with_decimal->fen == one_fen, "decimal comes to other bills");
        numpy.push_back(with_numpy->nanoseconds);
        decimal.push_back(with_decimal->nanoseconds);
    }
    std::filesystem::remove_all(folder);
    const auto add = [&](const char* name, const char* against, std::vector<double> theirs) {
        const double us = median(ours) / 1000;
        const double them = median(std::move(theirs)) / 1000;
        out.push_back({name, us, "us", against, them, them / us});
    };
    add("tariff.bands_tiers.vs_numpy_int64", "numpy, int64 reduceat, 50 meters", numpy);
    add("tariff.vs_python_decimal", "a loop of Python's decimal, one meter", decimal);
    // Itemised bills, each line explained, against the same loop, which explains nothing.
    constexpr std::size_t bill_meters = 1'000;
    std::size_t bytes = 0;
    const double begin = thread_ns();
    for (std::size_t meter = 0; meter < bill_meters; ++meter) {
        for (std::size_t month = 0; month < 12; ++month) {
            const auto bill = by.itemised(data.view(), meter % peer_meters, month);
            require(bill.has_value(), "a meter cannot be itemised");
            bytes += bill->lines.capacity() * sizeof(tariff::line);
            for (const tariff::line& each : bill->lines) {
                bytes += tariff::explain(each).size();
            }
        }
    }
    const double years = bill_meters / ((thread_ns() - begin) / 1e9);
    const double their_years = 1e9 / median(decimal);
    out.push_back({"tariff.bill_run", years, "meter-years/s", "a loop of Python's decimal",
                   their_years, years / their_years});
    const double each = static_cast<double>(bytes) / bill_meters;
    constexpr double input = intervals * sizeof(std::int64_t);
    out.push_back({"tariff.bill_run.memory", each, "B/meter-year", "its int64 readings", input,
                   input / each});
}

void run(report& out)
{
    {
        const readings data{meters};
        against_stream(out, "tariff.bands_tiers.vs_stream", false, data);
        against_stream(out, "tariff.coupled.vs_stream", true, data);
    }
    against_python(out);
}

const registration registered{"tariff", run};

}  // namespace
}  // namespace wattpurse::bench
