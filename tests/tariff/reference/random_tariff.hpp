// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/tariff/tariff.hpp>

#include "tariff/reference/dice.hpp"
#include "tariff/reference/random_calendar.hpp"

namespace wattpurse::tariff::reference {

/// Draws tariffs that pass `check`.
class tariff_maker {
public:
    tariff_maker(dice& chance, const plan_of_case& plan) : chance_{chance}, plan_{plan} {}

    tariff operator()(civil_zone zone)
    {
        out_.name = "drawn";
        out_.unit = currency{"CNY"};
        out_.zone = std::move(zone);
        draw_bands();
        out_.attributes = {{"persons", {}, scalar::of(40'000)}, {"kva", {}, {}}};
        version first;
        first.name = "1";
        first.calendar = calendars_();
        if (plan_.is_spread) first.split = interval_split::pro_rata;
        draw_determinants(first);
        draw_charges(first);
        draw_adjustments(first);
        draw_rounding(first);
        out_.versions.push_back(first);
        for (const civil_day day : plan_.versions) {
            version next = first;
            next.name = std::to_string(out_.versions.size() + 1);
            next.from = day;
            if (chance_.one_in(2)) calendars_.draw_plans(next.calendar);
            for (charge& each : next.charges) change_prices(each.rate);
            draw_rounding(next);
            out_.versions.push_back(std::move(next));
        }
        return out_;
    }

private:
    bool has_bands() const { return !out_.bands.empty(); }
    bool has_versions() const { return !plan_.versions.empty(); }

    void draw_bands()
    {
        if (!plan_.has_registers && !plan_.has_clock) return;
        const int count = chance_.between(1, 4);
        static const std::vector<std::string> names{"peak", "flat", "valley", "sharp"};
        for (int i = 0; i < count; ++i) {
            band next{names[static_cast<std::size_t>(i)], {}, {}};
            if (plan_.has_registers) next.register_index = static_cast<std::size_t>(i);
            out_.bands.push_back(next);
        }
    }

    // ---- Determinants -------------------------------------------------------------------------

    static determinant named(std::string name, source of)
    {
        determinant out;
        out.name = std::move(name);
        out.of = of;
        return out;
    }

    scope any_scope()
    {
        return chance_.one_of<scope>({scope::period, scope::period, scope::month, scope::day,
                                      scope::two_months, scope::year});
    }
    void draw_anchor(determinant& out)
    {
        if (out.scope == scope::two_months) {
            out.anchor.month = static_cast<std::uint8_t>(chance_.between(1, 12));
        }
        if (out.scope == scope::year) {
            out.anchor = {static_cast<std::uint8_t>(chance_.between(1, 12)),
                          static_cast<std::uint8_t>(chance_.one_of<int>({1, 1, 15}))};
        }
    }

    template <class Named>
    std::vector<std::string> some_of(const std::vector<Named>& all)
    {
        std::vector<std::string> out;
        for (const Named& each : all) {
            if (chance_.one_in(2)) out.push_back(each.name);
        }
        return out;
    }
    void draw_filter(determinant& out, const calendar& by)
    {
        if (chance_.one_in(3)) out.where.bands = some_of(out_.bands);
        if (chance_.one_in(4)) out.where.seasons = some_of(by.seasons);
        if (chance_.one_in(4)) out.where.days = some_of(by.days);
        if (!plan_.is_one_meter && chance_.one_in(4)) {
            out.where.meters = {chance_.one_in(2) ? "main" : "sub"};
        }
    }

    step a_step(step::kind does, operand with)
    {
        step out;
        out.does = does;
        out.with = std::move(with);
        if (does == step::kind::scale || does == step::kind::ratchet) {
            out.rounding = chance_.quantity_rule();
        }
        return out;
    }
    operand constant(int most)
    {
        const scalar value = chance_.quantity(most);
        return {unit_price::of(value.mantissa() * 10'000), {}};
    }
    operand an_operand(int most)
    {
        if (chance_.one_in(3)) return {{}, chance_.one_in(2) ? "persons" : "kva"};
        return constant(most);
    }
    void draw_steps(determinant& out)
    {
        if (chance_.one_in(4)) out.rounding = chance_.quantity_rule();
        const int count = chance_.one_in(2) ? chance_.between(1, 3) : 0;
        for (int i = 0; i < count; ++i) {
            switch (chance_.between(0, 6)) {
                case 0: {
                    step scaled = a_step(step::kind::scale, {chance_.price(), {}});
                    out.steps.push_back(scaled);
                    break;
                }
                case 1: out.steps.push_back(a_step(step::kind::add, an_operand(50))); break;
                case 2: out.steps.push_back(a_step(step::kind::subtract, an_operand(50))); break;
                case 3: out.steps.push_back(a_step(step::kind::at_least, an_operand(80))); break;
                case 4: out.steps.push_back(a_step(step::kind::at_most, an_operand(300))); break;
                case 5: {
                    step round = a_step(step::kind::round, {});
                    round.rounding = chance_.quantity_rule();
                    out.steps.push_back(round);
                    break;
                }
                case 6: {
                    step only = a_step(step::kind::only_if, {{}, "all"});
                    only.limit = chance_.quantity(500);
                    out.steps.push_back(only);
                    break;
                }
            }
        }
    }

    /// Determinants that others refer to, by fixed names.
    void draw_determinants(version& in)
    {
        determinant persons = named("persons", source::attribute);
        persons.attribute = "persons";
        determinant kva = named("kva", source::attribute);
        kva.attribute = "kva";
        determinant energy = named("energy", source::import);
        energy.scope = any_scope();
        draw_anchor(energy);
        in.determinants = {persons,
                           kva,
                           named("days", source::days),
                           named("months", source::months),
                           named("one", source::one),
                           named("all", source::import),
                           energy};
    }

    determinant ladder(const version& in, source of)
    {
        determinant out = named("d" + std::to_string(in.determinants.size()), of);
        out.scope = any_scope();
        draw_anchor(out);
        if (plan_.has_purchases && plan_.is_spread && chance_.one_in(3)) {
            out.scope = scope::purchase;
        }
        draw_filter(out, in.calendar);
        draw_steps(out);
        return out;
    }

    determinant fee(const version& in)
    {
        const std::string name = "d" + std::to_string(in.determinants.size());
        switch (chance_.between(0, 3)) {
            case 0: {
                determinant out = named(name, source::one);
                draw_short_scope(out);
                return out;
            }
            case 1: {
                determinant out = named(name, source::days);
                out.scope = chance_.one_of<scope>({scope::period, scope::month, scope::year});
                draw_anchor(out);
                if (chance_.one_in(3)) out.where.seasons = some_of(in.calendar.seasons);
                if (chance_.one_in(3)) out.where.days = some_of(in.calendar.days);
                return out;
            }
            case 2: {
                determinant out = named(name, source::months);
                out.proration = chance_.one_of<proration>(
                    {proration::whole, proration::actual_days, proration::thirty_days});
                if (plan_.has_purchases) out.proration = proration::catch_up;
                draw_short_scope(out);
                return out;
            }
            default: {
                determinant out = named(name, source::attribute);
                out.attribute = chance_.one_in(2) ? "persons" : "kva";
                out.proration = chance_.one_of<proration>(
                    {proration::whole, proration::actual_days, proration::thirty_days});
                if (out.proration != proration::whole && chance_.one_in(2)) {
                    out.rounding = chance_.quantity_rule();
                }
                draw_short_scope(out);
                return out;
            }
        }
    }

    /// What does not add up is charged by the window: whole windows, and prices that stay.
    void draw_short_scope(determinant& out)
    {
        if (has_versions() || !plan_.is_aligned || !chance_.one_in(3)) return;
        out.scope = chance_.one_of<scope>({scope::day, scope::month});
    }

    determinant demand(const version& in)
    {
        determinant out = named("d" + std::to_string(in.determinants.size()),
                                chance_.one_in(3) ? source::demand_reading : source::demand);
        out.unit = "kW";
        if (out.of == source::demand) {
            out.window_minutes = chance_.one_of<int>({plan_.grain, 60});
            out.rolling = chance_.one_in(2);
        }
        draw_filter(out, in.calendar);
        draw_short_scope(out);
        if (out.scope == scope::period && !has_versions() && chance_.one_in(6)) {
            out.scope = chance_.one_in(2) ? scope::two_months : scope::year;
            draw_anchor(out);
        }
        if (chance_.one_in(2)) {
            out.reducer = reducer::mean_top;
            out.top = chance_.between(1, 4);
            out.distinct = chance_.one_of<distinct>(
                {distinct::none, distinct::day, distinct::month});
        }
        out.rounding = chance_.quantity_rule();
        if (chance_.one_in(3)) {
            step ratchet = a_step(step::kind::ratchet, {unit_price::of(75'000'000), {}});
            ratchet.back_months = chance_.between(1, 13);
            if (chance_.one_in(2)) ratchet.months = {1, 4, 12};
            out.steps.push_back(ratchet);
        }
        if (chance_.one_in(3)) {
            out.steps.push_back(a_step(step::kind::subtract, {{}, "kva"}));
            out.steps.push_back(a_step(step::kind::at_least, constant(1)));
        }
        return out;
    }

    // ---- Tables -------------------------------------------------------------------------------

    void draw_price(tier& out, bool is_by_band)
    {
        if (!is_by_band) {
            out.each = chance_.price();
            return;
        }
        for (const band& each : out_.bands) out.bands.push_back({each.name, chance_.price()});
    }
    void change_prices(rate_table& out)
    {
        for (tier& each : out.tiers) {
            if (each.bands.empty()) each.each = chance_.price();
            for (band_price& price : each.bands) price.each = chance_.price();
            if (!each.fee.is_zero() && chance_.one_in(2)) each.fee = chance_.price();
        }
    }

    rate_table tiers(rate_mode mode, int most, bool is_by_band, bool has_fees = true)
    {
        rate_table out;
        out.mode = mode;
        const bool is_single = mode == rate_mode::flat || mode == rate_mode::package;
        const int count = is_single ? 1 : chance_.between(1, 4);
        scalar bound;
        for (int i = 0; i < count; ++i) {
            tier next;
            if (chance_.one_in(3)) next.name = "t" + std::to_string(i);
            if (i + 1 < count) {
                const scalar width = (chance_.quantity(most) + scalar::of(1)).value();
                bound = (bound + width).value();
                next.up_to = bound;
            }
            draw_price(next, is_by_band);
            if (has_fees && chance_.one_in(4)) next.fee = chance_.price();
            if (mode == rate_mode::package) {
                next.block = (chance_.quantity(20) + scalar::of(1)).value();
            }
            out.tiers.push_back(std::move(next));
        }
        if (count > 1 && chance_.one_in(4)) {
            if (chance_.one_in(2)) {
                out.bounds.times = chance_.one_of<std::string>({"days", "persons", "months"});
            } else {
                out.bounds.plus = chance_.one_in(2) ? "persons" : "kva";
            }
            out.bounds.rounding = chance_.quantity_rule();
        }
        return out;
    }

    rate_table any_table(int most, bool is_by_band)
    {
        const rate_mode mode =
            is_by_band ? chance_.one_of<rate_mode>({rate_mode::flat, rate_mode::graduated,
                                                    rate_mode::volume, rate_mode::select})
                       : chance_.one_of<rate_mode>({rate_mode::flat, rate_mode::graduated,
                                                    rate_mode::graduated, rate_mode::volume,
                                                    rate_mode::package, rate_mode::select});
        rate_table out = tiers(mode, most, is_by_band);
        if (mode == rate_mode::select) out.selected_by = "all";
        if (mode == rate_mode::graduated && is_by_band && out.tiers.size() > 1) {
            out.split = band_split::pro_rata;
        }
        return out;
    }

    // ---- Charges ------------------------------------------------------------------------------

    charge a_charge(const version& in, std::string on, rate_table rate)
    {
        charge out;
        out.line = "c" + std::to_string(in.charges.size());
        out.on = std::move(on);
        out.rate = std::move(rate);
        if (chance_.one_in(2)) out.tags.emplace_back("a");
        if (chance_.one_in(2)) out.tags.emplace_back("b");
        if (chance_.one_in(4)) out.rounding = chance_.money_rule();
        return out;
    }

    void add(version& in, determinant on, rate_table rate)
    {
        in.charges.push_back(a_charge(in, on.name, std::move(rate)));
        in.determinants.push_back(std::move(on));
    }

    void draw_charges(version& in)
    {
        rate_table base = any_table(150, has_bands());
        if (base.split == band_split::pro_rata && !plan_.is_spread && chance_.one_in(2)) {
            base.split = band_split::chronological;
            in.split = interval_split::pro_rata;  // of what is used at one time in several bands
        }
        in.charges.push_back(a_charge(in, "energy", std::move(base)));
        const int count = chance_.between(0, 4);
        for (int i = 0; i < count; ++i) draw_charge(in);
        if (in.charges.size() > 1) in.charges.back().credit = chance_.one_in(5);
    }

    void draw_charge(version& in)
    {
        switch (plan_.has_purchases && chance_.one_in(4) ? 6 : chance_.between(0, 7)) {
            case 0:
            case 1: {
                const source of = chance_.one_of<source>(
                    {source::import, source::import, source::export_, source::reactive});
                determinant on = ladder(in, of);
                const bool is_by_band = on.where.bands.empty() && has_bands() && chance_.one_in(2);
                rate_table rate = any_table(120, is_by_band);
                if (on.scope == scope::purchase) rate.bounds = {};
                add(in, std::move(on), std::move(rate));
                break;
            }
            case 2:
            case 3: {
                determinant on = fee(in);
                const bool is_exact = on.proration == proration::whole ||
                                      on.proration == proration::catch_up || on.rounding;
                rate_table rate = is_exact && chance_.one_in(3) ? any_table(3, false)
                                                                : rate_table::flat(chance_.price());
                add(in, std::move(on), std::move(rate));
                break;
            }
            case 4:
                if (plan_.is_one_meter) add(in, demand(in), any_table(20, false));
                break;
            case 5: draw_net(in); break;
            case 6:
                if (plan_.has_purchases) {
                    determinant on = named("d" + std::to_string(in.determinants.size()),
                                           source::purchase);
                    on.scope = chance_.one_of<scope>({scope::purchase, scope::month, scope::year});
                    draw_anchor(on);
                    rate_table rate = any_table(60, false);
                    rate.bounds = {};
                    add(in, std::move(on), std::move(rate));
                }
                break;
            case 7:
                if (plan_.has_series) {
                    rate_table rate;
                    rate.mode = rate_mode::series;
                    rate.series = "spot";
                    rate.adder = chance_.price();
                    if (chance_.one_in(2)) rate.factor = chance_.price();
                    rate.settlement_minutes = chance_.one_of<int>({0, 30, 60});
                    rate.price_rounding = rounding_rule{amount::of(chance_.one_of<std::int64_t>(
                                                            {1, 100, 10'000})),
                                                        chance_.mode()};
                    add(in,
                        named("d" + std::to_string(in.determinants.size()), source::import),
                        std::move(rate));
                }
                break;
        }
    }

    /// Import less export, what is left over kept; or zero plus others.
    void draw_net(version& in)
    {
        const std::string count = std::to_string(in.determinants.size());
        if (chance_.one_in(3)) {
            determinant sum = named("d" + count, source::zero);
            sum.steps = {a_step(step::kind::add, {{}, "all"}),
                         a_step(step::kind::add, {{}, "kva"})};
            add(in, std::move(sum), any_table(100, false));
            return;
        }
        in.determinants.push_back(named("back" + count, source::export_));
        determinant net = named("d" + count, source::import);
        net.steps = {a_step(step::kind::subtract, {{}, "back" + count})};
        if (!has_versions() && chance_.one_in(2)) {
            step bank = a_step(step::kind::bank, {});
            bank.back_months = chance_.between(1, 12);
            net.steps.push_back(bank);
        }
        const bool is_by_band = has_bands() && chance_.one_in(2);
        add(in, std::move(net), any_table(100, is_by_band));
    }

    // ---- Adjustments --------------------------------------------------------------------------

    void draw_adjustments(version& in)
    {
        const int count = chance_.between(0, 3);
        for (int i = 0; i < count; ++i) {
            adjustment next;
            next.line = "x" + std::to_string(i);
            next.over = {chance_.one_in(2) ? "*" : any_tag(in)};
            if (chance_.one_in(2)) next.tags = {"a"};
            next.at_close = chance_.one_in(3);
            switch (chance_.between(0, has_versions() ? 2 : 3)) {
                case 0: next.kind = adjustment_kind::percent; break;
                case 1: next.kind = adjustment_kind::minimum; break;
                case 2: next.kind = adjustment_kind::maximum; break;
                default: next.kind = adjustment_kind::bank; break;
            }
            if (next.kind == adjustment_kind::percent) draw_share(in, next);
            if (next.kind == adjustment_kind::minimum || next.kind == adjustment_kind::maximum) {
                next.on = chance_.one_of<std::string>({"one", "kva", "persons"});
                next.rate = rate_table::flat(chance_.number<unit_price>(50));
            }
            if (next.kind != adjustment_kind::bank && chance_.one_in(3)) {
                next.rounding = chance_.money_rule();
            }
            in.adjustments.push_back(std::move(next));
        }
    }

    std::string any_tag(const version& in)
    {
        std::vector<std::string> all{"*"};
        for (const charge& each : in.charges) {
            all.insert(all.end(), each.tags.begin(), each.tags.end());
        }
        return chance_.one_of(all);
    }

    void draw_share(version& in, adjustment& out)
    {
        out.rate = rate_table::flat(unit_price::of(chance_.between(-20, 40) * 500'000));
        if (!chance_.one_in(3)) return;
        const std::string count = std::to_string(in.determinants.size());
        determinant kvarh = named("q" + count, source::reactive);
        determinant by = named("d" + count, source::power_factor);
        by.active = "all";
        by.reactive = kvarh.name;
        by.rounding = rounding_rule{amount::of(chance_.one_of<std::int64_t>({100, 1'000, 10'000})),
                                    chance_.mode()};
        out.rate = {};
        out.rate.mode = rate_mode::select;
        out.rate.selected_by = by.name;
        for (const std::int64_t bound : {7'000, 8'500, 9'000, 0}) {
            tier next;
            if (bound > 0) next.up_to = scalar::of(bound);
            next.each = unit_price::of(chance_.between(-20, 40) * 500'000);
            out.rate.tiers.push_back(next);
        }
        in.determinants.push_back(std::move(kvarh));
        in.determinants.push_back(std::move(by));
    }

    void draw_rounding(version& in)
    {
        in.rounding.line = chance_.money_rule();
        in.rounding.tax = chance_.money_rule();
    }

    dice& chance_;
    const plan_of_case& plan_;
    tariff out_;
    calendar_maker calendars_{chance_, plan_, out_.bands};
};

}  // namespace wattpurse::tariff::reference
