// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "tariff_parts.hpp"

namespace wattpurse::adapter::json {

namespace {

using kind = tariff::step::kind;

constexpr std::array<std::pair<std::string_view, kind>, 9> actions{{
    {"scale", kind::scale},
    {"add", kind::add},
    {"subtract", kind::subtract},
    {"at_least", kind::at_least},
    {"ratchet", kind::ratchet},
    {"bank", kind::bank},
    {"only_if", kind::only_if},
    {"at_most", kind::at_most},  // after only_if, whose limit it also is
    {"round", kind::round},      // last: other steps have a rounding too
}};

tariff::operand read_operand(const cursor& at)
{
    tariff::operand out;
    if (!at.is(node::kind::object)) {
        out.value = at.exact<tariff::unit_price>("a number or {\"determinant\": name}")
                        .value_or(tariff::unit_price{});
        return out;
    }
    object members{at, "an operand"};
    if (auto found = members.required("determinant", "the name of a determinant")) {
        out.determinant = found->text("the name of a determinant").value_or("");
    }
    members.finish();
    return out;
}

void read_ratchet(object& members, tariff::step& out)
{
    if (auto found = members.optional("back_months")) {
        out.back_months = static_cast<int>(
            found->integer("months to look back", 1, 1200).value_or(out.back_months));
    }
    if (auto found = members.optional("months")) {
        found->each("months", [&](const cursor& item) {
            if (const auto month = item.integer("a month", 1, 12)) {
                out.months.push_back(static_cast<std::uint8_t>(*month));
            }
        });
    }
}

void read_action(const cursor& at, kind does, object& members, tariff::step& out)
{
    out.does = does;
    switch (does) {
        case kind::round: out.rounding = read_rule(at); return;
        case kind::bank:
            out.back_months =
                static_cast<int>(at.integer("months for which it is kept", 1, 1200).value_or(12));
            return;
        case kind::ratchet: read_ratchet(members, out); break;
        case kind::only_if:
            if (auto found = members.required("at_most", "a quantity")) {
                out.limit = found->exact<tariff::scalar>("a quantity");
            }
            break;
        default: break;
    }
    out.with = read_operand(at);
}

tariff::step read_step(const cursor& at)
{
    tariff::step out;
    object members{at, "a step"};
    bool found_one = false;
    for (const auto& [key, does] : actions) {
        if (found_one) break;
        if (auto found = members.optional(key)) {
            found_one = true;
            read_action(*found, does, members, out);
        }
    }
    if (!found_one && at.is(node::kind::object)) {
        at.fault("an action: scale, add, subtract, at_least, at_most, round, ratchet, bank or "
                 "only_if");
    }
    const bool is_exact = out.does == kind::bank || out.does == kind::only_if;
    if (out.does != kind::round && !is_exact) {  // a rule would never be used
        if (auto found = members.optional("round")) out.rounding = read_rule(*found);
    }
    members.finish();
    return out;
}

void read_demand(object& members, tariff::determinant& out)
{
    if (auto found = members.optional("window")) {
        out.window_minutes = static_cast<int>(
            found->integer("minutes of a window", 1, 1440).value_or(out.window_minutes));
    }
    if (auto found = members.optional("rolling")) {
        out.rolling = found->boolean("whether windows begin with each interval").value_or(false);
    }
    if (auto found = members.optional("reduce")) {
        out.reducer =
            static_cast<tariff::reducer>(found->one_of({"max", "mean_top"}).value_or(0));
    }
    if (auto found = members.optional("distinct")) {
        out.distinct = static_cast<tariff::distinct>(
            found->one_of({"none", "day", "month"}).value_or(0));
    }
    if (auto found = members.optional("top")) {
        out.top = static_cast<int>(found->integer("a number of values", 1, 1000).value_or(1));
    }
}

void read_names_used(object& members, tariff::determinant& out)
{
    take(members, "bands", out.where.bands,
         [](const cursor& found) { return read_names(found, "names of bands"); });
    take(members, "seasons", out.where.seasons,
         [](const cursor& found) { return read_names(found, "names of seasons"); });
    take(members, "days", out.where.days,
         [](const cursor& found) { return read_names(found, "names of classes of days"); });
    take(members, "meters", out.where.meters,
         [](const cursor& found) { return read_names(found, "names of meters"); });
    const auto text = [&](std::string_view key, std::string_view what, std::string& into) {
        take(members, key, into,
             [&](const cursor& found) { return found.text(what).value_or(""); });
    };
    text("attribute", "the name of an attribute", out.attribute);
    text("active", "the determinant of kWh", out.active);
    text("reactive", "the determinant of kvarh", out.reactive);
    text("unit", "a unit", out.unit);
}

}  // namespace

tariff::determinant read_determinant(const cursor& at)
{
    tariff::determinant out;
    object members{at, "a determinant"};
    if (auto found = members.required("name", "the name of the determinant")) {
        out.name = found->text("the name of the determinant").value_or("");
    }
    take(members, "title", out.title, read_title);
    if (auto found = members.required("of", "what it counts")) {
        const auto of = found->one_of({"import", "export", "reactive", "purchase", "demand",
                                       "demand_reading", "days", "months", "one", "attribute",
                                       "power_factor", "zero"});
        out.of = static_cast<tariff::source>(of.value_or(0));
    }
    read_names_used(members, out);
    if (auto found = members.optional("scope")) {
        const auto scope =
            found->one_of({"period", "day", "month", "two_months", "year", "purchase"});
        out.scope = static_cast<tariff::scope>(scope.value_or(0));
    }
    if (auto found = members.optional("anchor")) {
        out.anchor = read_month_day(*found).value_or(tariff::month_day{});
    }
    read_demand(members, out);
    if (auto found = members.optional("prorate")) {
        const auto rule =
            found->one_of({"whole", "actual_days", "thirty_days", "catch_up"});
        out.proration = static_cast<tariff::proration>(rule.value_or(0));
    }
    if (auto found = members.optional("round")) out.rounding = read_rule(*found);
    if (auto found = members.optional("steps")) {
        read_parts(*found, "steps", out.steps, read_step);
    }
    members.finish();
    return out;
}

}  // namespace wattpurse::adapter::json
