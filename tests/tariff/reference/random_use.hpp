// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/tariff.hpp>

#include "tariff/reference/clock.hpp"
#include "tariff/reference/dice.hpp"
#include "tariff/reference/random_tariff.hpp"

namespace wattpurse::tariff::reference {

/// Draws what an account used, for a tariff.
class use_maker {
public:
    use_maker(dice& chance, const plan_of_case& plan, const tariff& by)
        : chance_{chance}, plan_{plan}, by_{by}, clock_{by.zone}
    {
    }

    consumption operator()()
    {
        if (!plan_.is_one_meter) out_.meters.emplace_back("sub");
        draw_rows(channel::import, 40);
        if (plan_.is_one_meter) draw_full_days();
        draw_rows(channel::export_, 10);
        draw_rows(channel::reactive, 10);
        draw_readings();
        if (plan_.has_purchases) draw_purchases();
        draw_account();
        if (plan_.has_series) draw_prices();
        spoil();
        chance_.shuffle(out_.rows);
        return out_;
    }

    /// Moments up to which it can be rated: no row is cut there, unless rows may be.
    std::vector<instant> moments()
    {
        std::set<instant> all;
        const int count = static_cast<int>((plan_.after_last - plan_.first).count());
        for (int i = 0; i < 5; ++i) {
            const civil_day day = plan_.first + days{chance_.between(0, count - 1)};
            instant when = clock_.begin_of(day);
            if (plan_.is_spread) when += minutes{chance_.between(0, 1'380)};
            if (when > clock_.begin_of(plan_.first)) all.insert(when);
        }
        return {all.begin(), all.end()};
    }

private:
    /// A register that a band has; without registers none.
    std::int8_t any_register()
    {
        if (!plan_.has_registers) return no_index;
        if (plan_.has_clock && chance_.one_in(2)) return no_index;
        return static_cast<std::int8_t>(chance_.between(0, static_cast<int>(by_.bands.size()) - 1));
    }

    void add(instant from, duration length, channel what, std::int8_t index, std::uint16_t meter,
             scalar quantity)
    {
        consumption_row row;
        row.from = from;
        row.until = from + length;
        row.what = what;
        row.register_index = index;
        row.meter = meter;
        row.quantity = quantity;
        out_.rows.push_back(row);
    }

    civil_day any_day()
    {
        const int ahead = chance_.one_in(3) ? 45 : 0;
        const int count = static_cast<int>((plan_.after_last - plan_.first).count());
        return plan_.first + days{chance_.between(-ahead, count - 1)};
    }

    /// Short rows on the grid, or rows of any length one after the other.
    void draw_rows(channel what, int most)
    {
        if (plan_.is_spread) {
            draw_long_rows(what);
            return;
        }
        std::set<std::pair<instant, std::uint16_t>> seen;
        const int count = chance_.between(0, most);
        for (int i = 0; i < count; ++i) {
            const instant from = clock_.begin_of(any_day()) +
                                 minutes{chance_.between(0, 1'320) / plan_.grain * plan_.grain};
            const auto meter =
                static_cast<std::uint16_t>(plan_.is_one_meter ? 0 : chance_.between(0, 1));
            if (!seen.insert({from, meter}).second) continue;
            const std::int8_t index = any_register();
            add(from, minutes{plan_.grain}, what, index, meter, chance_.quantity(20));
            if (index == no_index || what != channel::import || plan_.is_one_meter) continue;
            for (std::int8_t other = 0; other < index; ++other) {  // used at one time
                if (chance_.one_in(2)) {
                    add(from, minutes{plan_.grain}, what, other, meter, chance_.quantity(20));
                }
            }
        }
    }

    void draw_long_rows(channel what)
    {
        const std::size_t lines = plan_.is_one_meter ? 1 : 2;
        for (std::size_t meter = 0; meter < lines; ++meter) {
            const std::int8_t index = any_register();
            instant from = clock_.begin_of(any_day());
            const instant end = clock_.begin_of(plan_.after_last) + std::chrono::hours{30};
            for (int i = 0; i < 8 && from < end; ++i) {
                const minutes length{chance_.between(1, chance_.one_in(4) ? 4'000 : 400)};
                add(from, length, what, index, static_cast<std::uint16_t>(meter),
                    chance_.quantity(60));
                from += length + minutes{chance_.one_in(2) ? 0 : chance_.between(0, 3'000)};
            }
        }
    }

    /// Days without a gap, so that windows of demand are filled.
    void draw_full_days()
    {
        if (plan_.is_spread) return;
        for (int i = 0; i < 2; ++i) {
            const civil_day day = any_day();
            const instant end = clock_.begin_of(day + days{1});
            const std::int8_t index = any_register();
            for (instant from = clock_.begin_of(day); from < end; from += minutes{plan_.grain}) {
                if (chance_.one_in(20) || is_taken(from)) continue;
                add(from, minutes{plan_.grain}, channel::import, index, 0, chance_.quantity(20));
            }
        }
    }
    bool is_taken(instant from) const
    {
        return std::any_of(out_.rows.begin(), out_.rows.end(), [from](const consumption_row& row) {
            return row.what == channel::import && row.from == from;
        });
    }

    void draw_readings()
    {
        const int count = chance_.between(0, 4);
        std::set<civil_day> seen;
        for (int i = 0; i < count; ++i) {
            const civil_day day = any_day();
            if (!seen.insert(day).second) continue;
            const minutes since{chance_.between(0, 1'320) / plan_.grain * plan_.grain};
            add(clock_.begin_of(day) + since, minutes{plan_.grain}, channel::demand,
                any_register(), 0, chance_.quantity(60));
        }
    }

    void draw_purchases()
    {
        std::set<instant> seen;
        const int count = chance_.between(0, 5);
        for (int i = 0; i < count; ++i) {
            const instant when = clock_.begin_of(any_day()) + minutes{chance_.between(0, 1'200)};
            if (!seen.insert(when).second) continue;
            add(when, duration{0}, channel::purchase, no_index, 0, chance_.quantity(100));
        }
    }

    void say(const std::string& name, civil_day from, int most)
    {
        out_.attributes.push_back({name, clock_.begin_of(from), chance_.quantity(most)});
    }

    void draw_account()
    {
        say("kva", plan_.first - days{100}, 30);
        if (chance_.one_in(2)) say("kva", plan_.first + days{chance_.between(0, 27)}, 30);
        if (chance_.one_in(2)) say("persons", plan_.first - days{chance_.between(1, 60)}, 6);
        if (chance_.one_in(3)) say("persons", plan_.first + days{chance_.between(1, 27)}, 6);
        if (chance_.one_in(4)) {
            out_.service_from = clock_.begin_of(plan_.first + days{chance_.between(-80, 20)});
            if (chance_.one_in(3)) *out_.service_from += std::chrono::hours{9};
        }
        if (chance_.one_in(4)) {
            out_.service_until = clock_.begin_of(plan_.first + days{chance_.between(22, 60)});
        }
        for (int i = 0; i < 3; ++i) {
            out_.events.push_back({"heat", plan_.first + days{chance_.between(-3, 27)}});
        }
        const civil_day month = first_of_month(plan_.first);
        for (const determinant& each : by_.versions.front().determinants) {
            draw_history(each, month);
        }
        for (const adjustment& each : by_.versions.front().adjustments) {
            if (each.kind == adjustment_kind::bank) draw_credits(each.line, month);
        }
        if (chance_.one_in(4)) out_.carried = amount::of(chance_.between(-9'999, 9'999));
    }

    void draw_history(const determinant& each, civil_day month)
    {
        if (each.of == source::demand || each.of == source::demand_reading) {
            for (int back = -14; back < 0; ++back) {
                if (chance_.one_in(3)) continue;
                out_.past.push_back(
                    {each.name, first_of_month(month, back), chance_.quantity(60)});
            }
        }
        for (const step& step : each.steps) {
            if (step.does == step::kind::bank) draw_credits(each.name, month);
        }
        const bool is_long = each.scope == scope::year || each.scope == scope::two_months;
        if (is_long && each.of == source::import && chance_.one_in(3)) {
            const std::string band = by_.bands.empty() ? "" : chance_.one_of(by_.bands).name;
            out_.openings.push_back({each.name, band, chance_.quantity(300)});
        }
    }

    void draw_credits(const std::string& of, civil_day month)
    {
        std::set<int> seen;
        for (int i = 0; i < 3; ++i) {
            const int back = chance_.between(-14, -1);
            if (!seen.insert(back).second) continue;
            const civil_day earned = first_of_month(month, back);
            out_.credits.push_back({of, earned, first_of_month(earned, 12),
                                    amount::of(chance_.quantity(30).mantissa() * 100)});
        }
    }

    void draw_prices()
    {
        price_series spot;
        spot.name = "spot";
        spot.from = clock_.begin_of(plan_.first) - std::chrono::hours{48};
        spot.step = minutes{chance_.one_of<int>({15, 30})};
        const instant end = clock_.begin_of(plan_.after_last) + std::chrono::hours{48};
        for (instant when = spot.from; when < end; when += spot.step) {
            spot.prices.push_back(unit_price::of(chance_.between(-5'000'000, 90'000'000)));
        }
        out_.prices.push_back(std::move(spot));
    }

    void spoil()
    {
        for (consumption_row& row : out_.rows) {
            if (chance_.one_in(15)) row.quality = quality::estimated;
            if (chance_.one_in(40)) row.quality = quality::suspect;
            if (chance_.one_in(40)) row.quality = quality::rejected;
        }
    }

    dice& chance_;
    const plan_of_case& plan_;
    const tariff& by_;
    wall_clock clock_;
    consumption out_;
};

struct random_case {
    tariff by;
    consumption used;
    period over;
    std::vector<instant> moments;
};

inline std::vector<civil_zone> zones()
{
    using std::chrono::sys_days;
    using std::chrono::year;
    const auto change = [](int in, int month, int day, int hour, int offset) {
        return offset_change{
            instant{sys_days{year{in} / month / day}} + std::chrono::hours{hour}, minutes{offset}};
    };
    return {civil_zone{}, civil_zone{china_zone}, civil_zone{fixed_zone{minutes{-210}}},
            civil_zone::of("Europe/London", minutes{0},
                           {change(2025, 3, 30, 1, 60), change(2025, 10, 26, 1, 0),
                            change(2026, 3, 29, 1, 60), change(2026, 10, 25, 1, 0)})
                .value(),
            // Midnight is skipped in spring; in autumn the last hour of a day is shown twice.
            civil_zone::of("America/Sao_Paulo", minutes{-180},
                           {change(2025, 11, 2, 3, -120), change(2026, 2, 15, 2, -180),
                            change(2026, 11, 1, 3, -120)})
                .value()};
}

inline random_case draw_case(std::uint64_t seed)
{
    dice chance{seed};
    plan_of_case plan;
    const int month = chance.one_in(3) ? chance.one_of<int>({2, 3, 10, 11}) : chance.between(1, 12);
    plan.first = civil_day{std::chrono::year{2026} / month / 1};
    plan.is_aligned = !chance.one_in(5);
    if (!plan.is_aligned) plan.first += days{chance.between(1, 20)};
    plan.after_last = first_of_month(plan.first, chance.one_in(6) ? 2 : 1);
    if (!plan.is_aligned) plan.after_last += days{chance.between(8, 25)};
    plan.grain = chance.one_of<int>({15, 30, 60});
    plan.is_spread = chance.one_in(3);
    if (plan.is_spread) plan.grain = chance.one_of<int>({1, 15, 60});
    plan.has_registers = chance.one_in(2);
    plan.has_clock = !plan.has_registers ? chance.one_in(2) : chance.one_in(4);
    plan.is_one_meter = !plan.is_spread && chance.one_in(2);
    plan.has_series = !plan.is_spread && chance.one_in(3);
    plan.has_purchases = (plan.has_clock || !plan.has_registers) && chance.one_in(3);
    if (chance.one_in(4)) {
        const int count = static_cast<int>((plan.after_last - plan.first).count());
        civil_day day = plan.first;
        for (int i = chance.between(1, 2); i > 0; --i) {
            day += days{chance.between(1, count / 2 - 1)};
            plan.versions.push_back(day);
        }
    }
    random_case out;
    out.by = tariff_maker{chance, plan}(chance.one_of(zones()));
    use_maker use{chance, plan, out.by};
    out.used = use();
    out.moments = use.moments();
    const wall_clock clock{out.by.zone};
    out.over = {*period_id::parse("drawn"), clock.begin_of(plan.first),
                clock.begin_of(plan.after_last)};
    return out;
}

/// Takes something away that may be needed, or puts in what cannot be.
inline void make_faulty(random_case& out, dice& chance)
{
    consumption& used = out.used;
    switch (chance.between(0, 3)) {
        case 0:
            std::erase_if(used.attributes,
                          [](const attribute_value& each) { return each.name == "kva"; });
            break;
        case 1:
            for (price_series& each : used.prices) each.prices.resize(each.prices.size() / 2);
            break;
        case 2:
            if (out.by.bands.size() == 4) break;  // then T4 has a band
            for (consumption_row& row : used.rows) {
                const bool is_inside = out.over.from <= row.from && row.until <= out.over.until;
                if (row.what != channel::import || !is_inside) continue;
                row.register_index = 3;
                break;
            }
            break;
        case 3:
            if (!used.attributes.empty()) used.attributes.front().from = out.over.until;
            break;
    }
}

}  // namespace wattpurse::tariff::reference
