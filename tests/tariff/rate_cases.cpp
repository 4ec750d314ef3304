// SPDX-License-Identifier: Apache-2.0
// rate_cases COUNT SEED: tariffs and usages by chance, and what the library makes of them, one
// JSON object a line. rate_oracle.py computes the same anew and compares.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/rate.hpp>

namespace {

using namespace wattpurse;

/// splitmix64: the same everywhere.
class dice {
public:
    explicit dice(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next()
    {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    std::int64_t below(std::int64_t end)
    {
        return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(end));
    }
    bool once_in(std::int64_t times) { return below(times) == 0; }

    /// Numbers of every length, so that short and very long ones are alike frequent.
    std::int64_t of_any_length(int bits_max)
    {
        const auto bits = static_cast<unsigned>(1 + below(bits_max));
        return static_cast<std::int64_t>(next() >> (64U - bits));
    }

private:
    std::uint64_t state_;
};

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

/// Prices that make ties at the seventh place are frequent: multiples of 0.005 and 0.0005.
tariff::unit_price some_price(dice& roll)
{
    using tariff::unit_price;
    if (roll.once_in(3)) return unit_price::of(roll.below(400) * 500'000);
    if (roll.once_in(3)) return unit_price::of(roll.below(4000) * 50'000);
    if (roll.once_in(8)) return unit_price::of(roll.of_any_length(60));
    return unit_price::of(roll.below(500'000'000));
}

tariff::rate_table some_table(dice& roll)
{
    if (roll.once_in(3)) return tariff::rate_table::flat(some_price(roll));
    tariff::rate_table out;
    out.mode = tariff::rate_mode::graduated;
    std::int64_t bound = 0;
    tariff::tier next;
    for (std::int64_t i = roll.below(5); i > 0; --i) {
        bound += roll.once_in(2) ? 10'000 * (1 + roll.below(300)) : 1 + roll.below(3'000'000);
        next.up_to = tariff::scalar::of(bound);
        next.each = some_price(roll);
        out.tiers.push_back(next);
    }
    next.up_to.reset();
    next.each = some_price(roll);
    out.tiers.push_back(next);
    return out;
}

/// A charge on these bands, with a determinant of its own.
void add(tariff::version& to, const std::string& line, std::vector<std::string> bands,
         tariff::rate_table rate)
{
    tariff::determinant on;
    on.name = line;
    on.where.bands = std::move(bands);
    to.determinants.push_back(on);
    tariff::charge next;
    next.line = line;
    next.on = line;
    next.rate = std::move(rate);
    to.charges.push_back(next);
}

tariff::tariff some_tariff(dice& roll)
{
    tariff::tariff out;
    out.name = "by chance";
    out.unit = currency{"CNY"};
    out.zone = china_zone;
    tariff::version only;
    const std::int64_t bands = 1 + roll.below(4);
    for (std::int64_t i = 0; i < bands; ++i) {
        tariff::band next;
        next.name = "band" + std::to_string(i);
        next.register_index = static_cast<std::size_t>(i);
        out.bands.push_back(next);
        add(only, "energy." + std::to_string(i), {next.name}, some_table(roll));
    }
    std::vector<std::string> all;
    for (const tariff::band& each : out.bands) all.push_back(each.name);
    add(only, "tier", all, some_table(roll));
    only.rounding.line.mode = static_cast<rounding>(roll.below(rounding_count - 1));
    const auto places = static_cast<int>(roll.below(7));
    only.rounding.bill = {
        tariff::amount::of(static_cast<std::int64_t>(kernel::pow10_of(6 - places))),
        static_cast<rounding>(roll.below(rounding_count - 1))};
    out.versions = {only};
    return out;
}

/// Around the bounds as often as anywhere, and now and then of any size at all.
energy some_energy(dice& roll, const tariff::tariff& by)
{
    if (roll.once_in(4)) {
        const auto& tiers = by.versions[0].charges.back().rate.tiers;
        const auto& one = tiers[static_cast<std::size_t>(roll.next() % tiers.size())];
        const std::int64_t bound = one.up_to.value_or(tariff::scalar{}).mantissa();
        return energy::of(std::max<std::int64_t>(0, bound - 1 + roll.below(3)));
    }
    if (roll.once_in(8)) return energy::of(roll.of_any_length(63));
    return energy::of(roll.below(9'000'000));
}

void print_tariff(std::string& out, const tariff::tariff& by)
{
    const tariff::version& in = by.versions[0];
    out += "{\"line_mode\":" + quoted(to_string(in.rounding.line.mode));
    out += ",\"bill\":[" + quoted(text(in.rounding.bill.increment).view()) + ',' +
           quoted(to_string(in.rounding.bill.mode)) + "],\"charges\":[";
    for (std::size_t i = 0; i < in.charges.size(); ++i) {
        out += "{\"line\":" + quoted(in.charges[i].line) + ",\"bands\":[";
        for (const std::string& name : in.determinants[i].where.bands) {
            out += quoted(name.substr(4)) + ',';
        }
        out.back() = ']';
        out += ",\"tiers\":[";
        for (const tariff::tier& tier : in.charges[i].rate.tiers) {
            out += '[' + (tier.up_to ? quoted(text(*tier.up_to).view()) : std::string{"null"});
            out += ',' + quoted(text(tier.each).view()) + "],";
        }
        out.back() = ']';
        out += "},";
    }
    out.back() = ']';
}

void print_result(std::string& out, const tariff::tariff& by, const period_usage& used)
{
    out += ",\"used\":[";
    for (std::size_t i = 0; i < by.bands.size(); ++i) {
        out += quoted(text(used.tariff[i]).view()) + ',';
    }
    out.back() = ']';
    const tariff::period month = tariff::period_at(used.from, china_zone);
    auto done = tariff::rate(by, tariff::consumption_of(used), month);
    if (!done) {
        out += ",\"error\":" + quoted(done.error().front().value) + '}';
        return;
    }
    out += ",\"lines\":[";
    for (const tariff::line& line : done->lines) {
        out += '[' + quoted(line.id.view()) + ',' + quoted(text(line.quantity).view()) + ',' +
               quoted(text(line.amount.amount()).view()) + ',' + quoted(explain(line)) + "],";
    }
    out.back() = ']';
    const auto bill = close(by, month, *done);
    out += ",\"sum\":" + quoted(text(done->sum.amount()).view()) + ",\"total\":" +
           quoted(bill ? text(bill->total.amount()).view() : to_string(bill.error())) + '}';
}

std::uint64_t number(const char* word)
{
    std::uint64_t value = 0;
    std::from_chars(word, word + std::string_view{word}.size(), value);
    return value;
}

}  // namespace

int main(int count, char** words)
{
    if (count != 3) {
        std::cerr << "rate_cases COUNT SEED\n";
        return 2;
    }
    dice roll{number(words[2])};
    std::string out;
    for (std::uint64_t left = number(words[1]); left != 0; --left) {
        const tariff::tariff by = some_tariff(roll);
        if (!check(by).empty()) {
            std::cerr << to_string(check(by).front()) << '\n';
            return 1;
        }
        period_usage used;
        used.from = parse_iso8601("2026-01-01T00:00:00+08:00").value();
        used.until = parse_iso8601("2026-02-01T00:00:00+08:00").value();
        for (std::size_t i = 0; i < by.bands.size(); ++i) used.tariff[i] = some_energy(roll, by);
        out.clear();
        print_tariff(out, by);
        print_result(out, by, used);
        std::cout << out << '\n';
    }
    return EXIT_SUCCESS;
}
