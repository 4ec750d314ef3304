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
