// SPDX-License-Identifier: Apache-2.0
// What an engine is given must fit together, and with the books: said at the start, not at the
// first tick.
#include <algorithm>
#include <set>
#include <string>

#include <wattpurse/engine/system.hpp>

namespace wattpurse::engine {

namespace {

using std::chrono::hours;

tl::unexpected<std::string> refuse(std::string what)
{
    return tl::unexpected<std::string>{std::move(what)};
}

std::string text_of(currency unit) { return std::string{unit.code()}; }

/// What a determinant needs that meters' registers do not tell; empty where they do.
std::string beyond_registers(const tariff::tariff& by, const tariff::determinant& what)
{
    using tariff::source;
    switch (what.of) {
        case source::import:
        case source::days:
        case source::one:
        case source::zero: return "";
        case source::months:
            return what.proration == tariff::proration::catch_up ? "purchases" : "";
        case source::attribute: {
            const auto known =
                std::find_if(by.attributes.begin(), by.attributes.end(),
                             [&](const tariff::attribute& each) {
                                 return each.name == what.attribute && each.value;
                             });
            return known == by.attributes.end() ? "the attribute " + what.attribute : "";
        }
        default: return std::string{to_string(what.of)};
    }
}

/// Why this engine, which has the registers of meters and nothing else, cannot rate by a tariff.
std::string unfit(const tariff::tariff& by)
{
    if (by.bands.empty()) return "the tariff has no band for a register";
    for (const tariff::band& each : by.bands) {
        if (!each.register_index) return "the tariff's band " + each.name + " has no register";
    }
    for (const tariff::version& each : by.versions) {
        for (const tariff::determinant& what : each.determinants) {
            const std::string needed = beyond_registers(by, what);
            if (!needed.empty()) {
                return "the tariff's " + what.name + " needs " + needed +
                       ", which the engine does not have";
            }
        }
        for (const tariff::charge& what : each.charges) {
            if (what.rate.mode == tariff::rate_mode::series) {
                return "the tariff's " + what.line + " needs prices by the interval, which the "
                       "engine does not have";
            }
        }
        // A reading may be missing just where prices change.
        if (tariff::divides_periods(by) && each.split == tariff::interval_split::refuse) {
            return "the tariff's prices change within a month: it has to say what becomes of "
                   "readings around that (interval_split pro_rata)";
        }
    }
    return "";
}

}  // namespace

result<void, std::string> system::check_given() const
{
    const auto& price_list = billing_.price_list();
    const auto& rules = control_.rules();
    if (!site_.credentials) return refuse("the site has no credentials for relay commands");
    if (!(price_list.unit == site_.unit) || !(rules.unit == site_.unit)) {
        return refuse("currencies differ: site " + text_of(site_.unit) + ", tariff " +
                      text_of(price_list.unit) + ", policy " + text_of(rules.unit));
    }
    if (!(price_list.zone == tariff::civil_zone{site_.zone}) || !(rules.zone == site_.zone)) {
        return refuse("the zones of site, tariff and policy differ");
    }
    if (const std::string why = unfit(price_list); !why.empty()) return refuse(why);
    if (site_.read_every < booking_tick || hours{24} % site_.read_every != duration{0}) {
        return refuse("read_every must divide a day and not be shorter than a booking tick");
    }
    if (site_.closes_at && (*site_.closes_at <= site_.opened_at ||
                            start_of_day(*site_.closes_at, site_.zone) != *site_.closes_at)) {
        return refuse("closes_at must be a local midnight after opened_at");
    }
    return {};
}

result<void, std::string> system::check_stored(const port::snapshot& state) const
{
    std::set<account_id> named;
    for (const auto& account : site_.accounts) named.insert(account.account);
    for (const auto& head : state.heads) {
        if (is_customer(head.account) && named.erase(head.account) == 0) {
            return refuse("account " + std::string{head.account.view()} +
                          " is in the books, but not in the site");
        }
    }
    if (!named.empty()) {
        return refuse("account " + std::string{named.begin()->view()} +
                      " is in the site, but not in the books; accounts cannot join yet");
    }
    for (const service& of : state.services) {
        const auto& buses = site_.buses;
        if (std::find(buses.begin(), buses.end(), of.bus) == buses.end()) {
            return refuse("line " + std::string{of.bus.view()} + " of meter " +
                          std::string{of.meter.view()} + " is not in the site");
        }
        if (!meter::address_of(of.meter)) {
            return refuse("meter " + std::string{of.meter.view()} + " has no twelve digits");
        }
    }
    return {};
}

}  // namespace wattpurse::engine
