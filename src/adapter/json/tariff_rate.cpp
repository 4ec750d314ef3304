// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tariff_parts.hpp"

namespace wattpurse::adapter::json {

namespace {

using tariff::rate_mode;

tariff::unit_price read_price(const cursor& at)
{
    return at.exact<tariff::unit_price>("a price").value_or(tariff::unit_price{});
}

std::vector<tariff::band_price> read_band_prices(const cursor& at)
{
    std::vector<tariff::band_price> out;
    if (!at.is(node::kind::object)) {
        at.fault("an object of a price for each band");
        return out;
    }
    for (const member& each : at.value().members) {
        out.push_back({each.key, read_price(at.below(each))});
    }
    if (out.empty()) at.fault("a price for each band");
    return out;
}

/// A price or prices by band, a fee, a block: what a tier and a table of one price share.
void read_prices(object& members, tariff::tier& out)
{
    const auto by_band = members.optional("prices");
    if (by_band) {
        out.bands = read_band_prices(*by_band);
        if (auto found = members.optional("price")) found->fault("nothing, or no prices by band");
    } else if (auto found = members.required("price", "a price, or prices by band")) {
        out.each = read_price(*found);
    }
    take(members, "fee", out.fee, read_price);
    take(members, "block", out.block, [](const cursor& found) {
        return found.exact<tariff::scalar>("a quantity").value_or(tariff::scalar{});
    });
}

tariff::tier read_tier(const cursor& at)
{
    tariff::tier out;
    object members{at, "a tier"};
    take(members, "name", out.name, [](const cursor& found) {
        return found.text("the name of the tier").value_or("");
    });
    take(members, "title", out.title, read_title);
    if (auto found = members.optional("up_to")) out.up_to = found->exact<tariff::scalar>("a bound");
    read_prices(members, out);
    members.finish();
    return out;
}

tariff::bounds_rule read_bounds(const cursor& at)
{
    tariff::bounds_rule out;
    object members{at, "how bounds are made"};
    const auto name = [](const cursor& found) {
        return found.text("the name of a determinant").value_or("");
    };
    take(members, "times", out.times, name);
    take(members, "plus", out.plus, name);
    if (auto found = members.optional("round")) out.rounding = read_rule(*found);
    members.finish();
    return out;
}

void read_tiers(object& members, const cursor& at, tariff::rate_table& out)
{
    if (auto found = members.optional("split")) {
        const auto split = found->one_of({"none", "pro_rata", "chronological"});
        out.split = static_cast<tariff::band_split>(split.value_or(0));
    }
    take(members, "bounds", out.bounds, read_bounds);
    if (out.mode == rate_mode::select) {
        if (auto found = members.required("by", "the name of a determinant")) {
            out.selected_by = found->text("the name of a determinant").value_or("");
        }
    }
    if (auto found = members.optional("tiers")) {
        found->each("tiers", [&](const cursor& item) { out.tiers.push_back(read_tier(item)); });
    } else {
        at.fault_below("tiers", "(missing)", "an array of tiers");
    }
}

void read_series(object& members, tariff::rate_table& out)
{
    if (auto found = members.required("series", "the name of a series of prices")) {
        out.series = found->text("the name of a series of prices").value_or("");
    }
    take(members, "adder", out.adder, read_price);
    if (auto found = members.optional("factor")) {
        out.factor = found->exact<tariff::unit_price>("a factor").value_or(out.factor);
    }
    if (auto found = members.optional("settlement")) {
        out.settlement_minutes =
            static_cast<int>(found->integer("minutes of a mean price", 1, 1440).value_or(0));
    }
    if (auto found = members.optional("round")) out.price_rounding = read_rule(*found);
}

}  // namespace

tariff::rate_table read_rate(const cursor& at)
{
    tariff::rate_table out;
    object members{at, "a table of prices"};
    std::optional<std::size_t> mode;
    if (auto found =
            members.required("mode", "flat, graduated, volume, package, select or series")) {
        mode = found->one_of({"flat", "graduated", "volume", "package", "select", "series"});
    }
    if (!mode) {
        // What stands there was meant for a mode nobody knows: it is not read, and no fault.
        out.tiers.resize(1);
        return out;
    }
    out.mode = static_cast<rate_mode>(*mode);
    switch (out.mode) {
        case rate_mode::flat:
        case rate_mode::package:
            out.tiers.resize(1);
            if (out.mode == rate_mode::package &&
                !members.optional("block")) {
                at.fault_below("block", "(missing)", "the size of a block");
            }
            read_prices(members, out.tiers.front());
            break;
        case rate_mode::graduated:
        case rate_mode::volume:
        case rate_mode::select: read_tiers(members, at, out); break;
        case rate_mode::series: read_series(members, out); break;
    }
    members.finish();
    return out;
}

tariff::charge read_charge(const cursor& at)
{
    tariff::charge out;
    object members{at, "a charge"};
    if (auto found = members.required("line", "a line id")) {
        out.line = found->text("a line id").value_or("");
    }
    take(members, "title", out.title, read_title);
    if (auto found = members.required("on", "the name of a determinant")) {
        out.on = found->text("the name of a determinant").value_or("");
    }
    if (auto found = members.required("rate", "a table of prices")) out.rate = read_rate(*found);
    take(members, "tags", out.tags, [](const cursor& found) { return read_names(found, "tags"); });
    if (auto found = members.optional("credit")) {
        out.credit = found->boolean("whether it is owed to the customer").value_or(false);
    }
    if (auto found = members.optional("round")) out.rounding = read_rule(*found);
    members.finish();
    return out;
}

namespace {

/// What an adjustment has beside its lines depends on its kind.
void read_by_kind(object& members, tariff::adjustment& out)
{
    using tariff::adjustment_kind;
    if (out.kind == adjustment_kind::bank) {
        if (auto found = members.optional("keep_months")) {
            out.keep_months = static_cast<int>(
                found->integer("months for which it is kept", 1, 1200).value_or(12));
        }
        return;
    }
    if (auto found = members.required("rate", "a table of prices")) out.rate = read_rate(*found);
    if (out.kind == adjustment_kind::percent) return;
    if (auto found = members.required("on", "the name of a determinant")) {
        out.on = found->text("the name of a determinant").value_or("");
    }
}

/// Of a kind that nobody knows: what it has may be right. Without a table it is like a bank, in
/// which `check` misses none.
void read_of_no_kind(object& members, tariff::adjustment& out)
{
    for (const std::string_view key : {"on", "keep_months"}) {
        static_cast<void>(members.optional(key));
    }
    if (auto found = members.optional("rate")) {
        out.rate = read_rate(*found);
    } else {
        out.kind = tariff::adjustment_kind::bank;
    }
}

}  // namespace

tariff::adjustment read_adjustment(const cursor& at)
{
    tariff::adjustment out;
    object members{at, "an adjustment"};
    if (auto found = members.required("line", "a line id")) {
        out.line = found->text("a line id").value_or("");
    }
    take(members, "title", out.title, read_title);
    std::optional<std::size_t> kind;
    if (auto found = members.required("kind", "percent, minimum, maximum or bank")) {
        kind = found->one_of({"percent", "minimum", "maximum", "bank"});
    }
    if (auto found = members.required("over", "tags, or \"*\" for all")) {
        out.over = read_names(*found, "tags");
    }
    if (kind) {
        out.kind = static_cast<tariff::adjustment_kind>(*kind);
        read_by_kind(members, out);
    } else {
        read_of_no_kind(members, out);
    }
    if (auto found = members.optional("when")) {
        out.at_close = found->one_of({"always", "close"}).value_or(0) == 1;
    }
    take(members, "tags", out.tags, [](const cursor& found) { return read_names(found, "tags"); });
    if (auto found = members.optional("round")) {
        const auto rule = read_rule(*found);
        if (kind) out.rounding = rule;  // a bank, which it may be taken for, must not have one
    }
    members.finish();
    return out;
}

}  // namespace wattpurse::adapter::json
