// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/tariff/tariff.hpp>
#include <wattpurse/tariff/units_for.hpp>

#include "tariff/reference/dice.hpp"
#include "tariff/reference/random_use.hpp"

namespace wattpurse::tariff::reference {

/// Draws small tariffs in which a few steps of energy make everything happen: tiers end, limits
/// apply, credits run out, conditions fail, roundings are as coarse as prices. Not all pass
/// `check`.
class bent_maker {
public:
    explicit bent_maker(dice& chance) : chance_{chance} {}

    random_case operator()()
    {
        random_case out;
        out.by.name = "bent";
        out.by.unit = currency{"CNY"};
        out.by.zone = china_zone;
        out.by.bands = {{"a", {}, 0}, {"b", {}, 1}, {"c", {}, {}}};
        version first;
        first.name = "1";
        first.calendar.plans = {{"p", {{120, 240, "c"}, {240, 720, "a"}, {720, 120, "b"}}}};
        first.calendar.rules = {{{}, {}, "p"}};
        first.split = interval_split::pro_rata;
        draw_determinants(first);
        const int charges = chance_.between(1, 4);
        for (int i = 0; i < charges; ++i) draw_charge(first);
        draw_adjustments(first);
        first.rounding.line = rule();
        first.rounding.tax = rule();
        out.by.versions = {first};
        if (chance_.one_in(4)) {
            first.name = "2";
            first.from = from_day_;
            out.by.versions.push_back(first);
        }
        out.over = period_of(*period_id::parse("2026-01"), china_zone).value();
        draw_use(out);
        return out;
    }

    /// Energy without register cannot be told from others' at one time: it is alone.
    band_profile profile()
    {
        band_profile out;
        out.at = moment();
        const int count = chance_.between(1, 2);
        for (int i = 0; i < count; ++i) {
            out.steps.push_back({chance_.one_of<std::string>({"a", "a", "b", "b", "c"}),
                                 scalar::of(chance_.between(1, 9))});
        }
        if (chance_.one_in(8)) out.steps = {{"", scalar::of(1)}};
        return out;
    }
private:
    /// In the afternoon before the second version.
    static instant moment()
    {
         return civil_zone{china_zone}.start_of(from_day_) - std::chrono::hours{9};
    }

    static constexpr civil_day from_day_{std::chrono::year{2026} / 1 / 16};

    rounding_rule rule()
    {
        return {amount::of(chance_.one_of<std::int64_t>({1, 1, 7, 10, 100, 300, 1'000})),
                chance_.mode()};
    }
    std::optional<rounding_rule> quantity_rule()
    {
        return rounding_rule{amount::of(chance_.one_of<std::int64_t>({100, 100, 300, 1'000})),
                             chance_.mode()};
    }
    unit_price price()
    {
        const int size = chance_.one_of<int>({0, 1, 7, 50, 150, 300});
        return unit_price::of((chance_.one_in(12) ? -1'000'000 : 1'000'000) *
                              std::int64_t{size});
    }
    std::string any(const version& in) { return chance_.one_of(in.determinants).name; }

    step a_step(const version& in)
    {
        using kind = step::kind;
        step out;
        out.does = chance_.one_of<kind>({kind::scale, kind::scale, kind::add, kind::subtract,
                                         kind::at_least, kind::at_most, kind::round,
                                         kind::only_if, kind::bank});
        out.rounding = quantity_rule();
        if (chance_.one_in(2) || out.does == kind::only_if) {
            out.with.determinant = any(in);
        } else if (out.does == kind::scale) {
            out.with.value = unit_price::of(
                chance_.one_of<std::int64_t>({0, 50'000'000, 102'500'000, 300'000'000}));
        } else {
            out.with.value = unit_price::of(chance_.between(0, 60) * 10'000);
        }
        if (out.does == kind::only_if) out.limit = scalar::of(chance_.between(1, 90));
        return out;
    }

    void draw_determinants(version& in)
    {
        const auto named = [&](std::string name, source of) {
            determinant out;
            out.name = std::move(name);
            out.of = of;
            if (of == source::import) {
                out.scope = chance_.one_of<scope>({scope::period, scope::day, scope::year});
            }
            return out;
        };
        in.determinants = {named("energy", source::import), named("back", source::export_),
                           named("one", source::one), named("kvarh", source::reactive)};
        if (chance_.one_in(3)) {
            determinant factor = named("factor", source::power_factor);
            factor.active = "energy";
            factor.reactive = "kvarh";
            factor.rounding = quantity_rule();
            in.determinants.push_back(std::move(factor));
        }
        const int count = chance_.between(0, 3);
        for (int i = 0; i < count; ++i) {
            const source of = chance_.one_of<source>({source::import, source::import,
                                                      source::zero});
            determinant next = named("d" + std::to_string(i), of);
            if (chance_.one_in(4) && of == source::import) next.where.bands = {"a", "c"};
            if (chance_.one_in(3)) next.rounding = quantity_rule();
            const int steps = chance_.between(0, 3);
            for (int j = 0; j < steps; ++j) next.steps.push_back(a_step(in));
            in.determinants.push_back(std::move(next));
        }
    }

    void draw_charge(version& in)
    {
        const determinant on = chance_.one_in(2) ? in.determinants.front()
                                                 : chance_.one_of(in.determinants);
        charge out;
        out.line = "c" + std::to_string(in.charges.size());
        out.on = on.name;
        out.rate.mode = chance_.one_of<rate_mode>({rate_mode::flat, rate_mode::graduated,
                                                   rate_mode::graduated, rate_mode::volume,
                                                   rate_mode::select, rate_mode::package});
        const bool is_by_band = on.of == source::import && out.rate.mode != rate_mode::package &&
                                chance_.one_in(2);
        const bool is_single = out.rate.mode == rate_mode::flat ||
                               out.rate.mode == rate_mode::package;
        const int count = is_single ? 1 : chance_.between(1, 4);
        int bound = 0;
        for (int i = 0; i < count; ++i) {
            tier next;
            bound += chance_.between(1, 40);
            if (i + 1 < count) next.up_to = scalar::of(bound);
            if (out.rate.mode == rate_mode::package) next.block = scalar::of(chance_.between(1, 9));
            next.each = is_by_band ? unit_price{} : price();
            if (chance_.one_in(6)) next.fee = unit_price::of(price().mantissa() / 1'000);
            const auto& bands = on.where.bands;
            for (const char* name : {"a", "b", "c"}) {
                const bool counts =
                    bands.empty() || std::find(bands.begin(), bands.end(), name) != bands.end();
                if (is_by_band && counts) next.bands.push_back({name, price()});
            }
            out.rate.tiers.push_back(std::move(next));
        }
        finish(in, std::move(out), is_by_band);
    }

    void finish(version& in, charge out, bool is_by_band)
    {
        auto& tiers = out.rate.tiers;
        if (chance_.one_in(2)) {  // prices that do not fall
            for (std::size_t i = 1; i < tiers.size(); ++i) {
                tiers[i].each = std::max(tiers[i].each, tiers[i - 1].each);
                for (std::size_t j = 0; j < tiers[i].bands.size(); ++j) {
                    tiers[i].bands[j].each =
                        std::max(tiers[i].bands[j].each, tiers[i - 1].bands[j].each);
                }
            }
        }
        if (out.rate.mode == rate_mode::select) out.rate.selected_by = any(in);
        if (is_by_band && out.rate.mode == rate_mode::graduated && tiers.size() > 1) {
            out.rate.split = chance_.one_in(4) ? band_split::chronological : band_split::pro_rata;
        }
        if (tiers.size() > 1 && chance_.one_in(6)) {
            (chance_.one_in(2) ? out.rate.bounds.times : out.rate.bounds.plus) = any(in);
            out.rate.bounds.rounding = quantity_rule();
        }
        out.tags = {chance_.one_in(2) ? "x" : "y"};
        out.credit = chance_.one_in(8);
        if (chance_.one_in(4)) out.rounding = rule();
        in.charges.push_back(std::move(out));
    }

    void draw_adjustments(version& in)
    {
        const int count = chance_.between(0, 3);
        for (int i = 0; i < count; ++i) {
            adjustment next;
            next.line = "z" + std::to_string(i);
            next.over = {chance_.one_of<std::string>({"*", in.charges.front().tags.front()})};
            if (chance_.one_in(2)) next.tags = {"x"};
            next.kind = chance_.one_of<adjustment_kind>(
                {adjustment_kind::percent, adjustment_kind::percent, adjustment_kind::minimum,
                 adjustment_kind::maximum, adjustment_kind::bank});
            if (next.kind == adjustment_kind::percent) {
                next.rate = rate_table::flat(unit_price::of(chance_.between(-19, 10) * 5'000'000));
            } else if (next.kind != adjustment_kind::bank) {
                next.on = chance_.one_in(2) ? "one" : any(in);
                next.rate = rate_table::flat(unit_price::of(
                    next.on == "one" ? chance_.between(0, 900) * 1'000 : price().mantissa()));
            }
            if (chance_.one_in(2) && next.kind != adjustment_kind::bank) next.rounding = rule();
            in.adjustments.push_back(std::move(next));
        }
    }

    void draw_use(random_case& out)
    {
        const auto add = [&](channel what, std::int8_t index, instant from) {
            consumption_row row;
            row.from = from;
            row.until = from + std::chrono::hours{1};
            row.what = what;
            row.register_index = index;
            row.quantity = scalar::of(chance_.between(0, 50));
            out.used.rows.push_back(row);
        };
        const instant now = moment();
        for (const channel what : {channel::export_, channel::reactive}) {
            if (chance_.one_in(2)) add(what, no_index, now - std::chrono::hours{3});
        }
        if (chance_.one_in(2)) add(channel::import, 0, now - std::chrono::hours{2});
        if (chance_.one_in(2)) add(channel::import, 1, now - std::chrono::hours{1});
        if (chance_.one_in(3)) add(channel::import, 1, out.over.from - std::chrono::hours{30});
        const civil_day earned{std::chrono::year{2025} / 12 / 1};
        const civil_day expires{std::chrono::year{2026} / 12 / 1};
        for (const version& in : out.by.versions) {
            for (const adjustment& each : in.adjustments) {
                if (each.kind != adjustment_kind::bank || &in != &out.by.versions.front()) continue;
                out.used.credits.push_back(
                    {each.line, earned, expires, amount::of(chance_.between(1, 6'000))});
            }
        }
    }

    dice& chance_;
};

}  // namespace wattpurse::tariff::reference
