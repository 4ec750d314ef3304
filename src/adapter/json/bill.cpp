// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/bill.hpp>

#include <nlohmann/json.hpp>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>

namespace wattpurse::adapter::json {

namespace {

using ordered = nlohmann::ordered_json;

/// Every decimal as a string: a JSON number would pass through a binary fraction.
template <class Exact>
std::string exact(Exact value)
{
    return std::string{text(value).view()};
}

ordered title(const tariff::title& of) { return {{"en", of.en}, {"zh", of.zh}}; }

class bill_writer {
public:
    explicit bill_writer(const tariff::tariff& by) : by_{by} {}

    [[nodiscard]] std::string moment(instant at) const
    {
        return std::string{iso8601(at, by_.zone.at(at)).view()};
    }

    [[nodiscard]] ordered line(const tariff::line& of) const
    {
        ordered out;
        out["id"] = of.id.view();
        out["rule"] = of.rule;
        out["title"] = title(of.title);
        out["kind"] = to_string(of.kind);
        out["version"] = of.version;
        out["tier"] = of.tier;
        out["tier_title"] = title(of.tier_title);
        out["band"] = of.band;
        out["band_title"] = title(of.band_title);
        out["from"] = moment(of.from);
        out["until"] = moment(of.until);
        out["tier_unit"] = of.tier_unit;
        out["above"] = of.above ? ordered(exact(*of.above)) : ordered(nullptr);
        out["up_to"] = of.up_to ? ordered(exact(*of.up_to)) : ordered(nullptr);
        out["quantity"] = exact(of.quantity);
        out["unit"] = of.unit;
        out["price"] = exact(of.price);
        out["is_average"] = of.is_average;
        out["share"] = {{"part", of.share.part}, {"whole", of.share.whole}};
        out["base"] = exact(of.base.amount());
        out["amount"] = exact(of.amount.amount());
        out["rounding"] = {{"increment", exact(of.rounding.increment)},
                           {"mode", to_string(of.rounding.mode)}};
        out["residue"] = exact(of.residue);
        out["tags"] = of.tags;
        out["explain"] = {{"en", tariff::explain(of)},
                          {"zh", tariff::explain(of, tariff::language::chinese)}};
        return out;
    }

private:
    const tariff::tariff& by_;
};

ordered credits_of(const std::vector<tariff::credit>& all)
{
    ordered out = ordered::array();
    for (const tariff::credit& each : all) {
        out.push_back({{"of", each.of},
                       {"earned", tariff::to_string(each.earned)},
                       {"expires", tariff::to_string(each.expires)},
                       {"quantity", exact(each.quantity)}});
    }
    return out;
}

ordered past_of(const std::vector<tariff::past_value>& all)
{
    ordered out = ordered::array();
    for (const tariff::past_value& each : all) {
        out.push_back({{"determinant", each.determinant},
                       {"month", tariff::to_string(each.month).substr(0, 7)},
                       {"value", exact(each.value)}});
    }
    return out;
}

ordered gaps_of(const std::vector<tariff::gap>& all, const bill_writer& write)
{
    ordered out = ordered::array();
    for (const tariff::gap& each : all) {
        out.push_back({{"channel", to_string(each.what)},
                       {"meter", each.meter},
                       {"from", write.moment(each.from)},
                       {"until", write.moment(each.until)}});
    }
    return out;
}

ordered notes_of(const std::vector<fault>& all)
{
    ordered out = ordered::array();
    for (const fault& each : all) {
        out.push_back({{"path", each.path}, {"value", each.value}, {"expected", each.expected}});
    }
    return out;
}

}  // namespace

std::string bill_text(const tariff::tariff& by, const tariff::period& over,
                      const tariff::rated& what, const tariff::bill_totals& totals,
                      const std::vector<fault>& notes)
{
    const bill_writer write{by};
    ordered out;
    out["tariff"] = by.name;
    out["currency"] = by.unit.code();
    out["period"] = {{"id", over.id.view()},
                     {"from", write.moment(over.from)},
                     {"until", write.moment(over.until)}};
    out["lines"] = ordered::array();
    for (const tariff::line& each : what.lines) out["lines"].push_back(write.line(each));
    out["charged"] = exact(totals.charged.amount());
    out["total"] = exact(totals.total.amount());
    out["residue"] = exact(totals.residue.amount());
    out["cash"] = totals.cash ? ordered(exact(totals.cash->amount())) : ordered(nullptr);
    out["credits"] = credits_of(what.credits);
    out["past"] = past_of(what.past);
    out["gaps"] = gaps_of(what.gaps, write);
    out["estimated"] = what.estimated;
    out["left_out"] = what.left_out;
    out["notes"] = notes_of(notes);
    // A tariff put together in code may have any bytes in its names: a bill is no place to throw.
    return out.dump(2, ' ', false, ordered::error_handler_t::replace) + '\n';
}

}  // namespace wattpurse::adapter::json
