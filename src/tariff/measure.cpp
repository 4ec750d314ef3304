// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <algorithm>
#include <utility>

#include <wattpurse/base/allocate.hpp>
#include <wattpurse/base/decimal_text.hpp>

#include "scopes.hpp"

namespace wattpurse::tariff {

namespace {

constexpr std::int64_t quantity_unit = 10'000;

template <class Parts>
std::vector<bool> chosen(const std::vector<std::string>& names, const Parts& parts)
{
    if (names.empty()) return {};
    std::vector<bool> out;
    for (const auto& each : parts) {
        out.push_back(std::find(names.begin(), names.end(), each.name) != names.end());
    }
    return out;
}

bool is_in(const std::vector<bool>& set, std::int16_t index)
{
    if (set.empty()) return true;
    return index >= 0 && static_cast<std::size_t>(index) < set.size() &&
           set[static_cast<std::size_t>(index)];
}

}  // namespace

meter::meter(rating& in, const version& by, const std::vector<instant>& versions)
    : in_{in}, by_{by}, segments_{segments_of(in, by, versions)}
{
    for (const determinant& each : by.determinants) resolve(each);
}

void meter::resolve(const determinant& what)
{
    resolved_filter out;
    out.counts = channel_of(what.of).value_or(channel::import);
    out.bands = chosen(what.where.bands, in_.by.bands);
    out.seasons = chosen(what.where.seasons, by_.calendar.seasons);
    out.days = chosen(what.where.days, by_.calendar.days);
    if (!what.where.meters.empty()) {
        for (const std::string& each : in_.used.meters) {
            const auto& names = what.where.meters;
            out.meters.push_back(std::find(names.begin(), names.end(), each) != names.end());
        }
    }
    filters_.push_back(std::move(out));
}

bool meter::passes(const determinant& what, const segment& piece) const
{
    const auto& set = filters_[static_cast<std::size_t>(&what - by_.determinants.data())];
    return piece.what == set.counts && is_in(set.bands, piece.band) &&
           is_in(set.seasons, piece.season) && is_in(set.days, piece.day) &&
           is_in(set.meters, static_cast<std::int16_t>(piece.meter));
}

std::span<const segment> meter::segments_in(stretch over) const
{
    const auto before = [](const segment& piece, instant at) { return piece.from < at; };
    const auto first =
        std::lower_bound(segments_.begin(), segments_.end(), over.from, before);
    const auto last = std::lower_bound(first, segments_.end(), over.until, before);
    return {first, last};
}

const determinant* meter::find(const std::string& name) const
{
    const auto found =
        std::find_if(by_.determinants.begin(), by_.determinants.end(),
                     [&](const determinant& each) { return each.name == name; });
    return found == by_.determinants.end() ? nullptr : &*found;
}

std::string meter::place_of(const determinant& what) const
{
    const auto version = &by_ - in_.by.versions.data();
    return "/versions/" + std::to_string(version) + "/determinants/" +
           std::to_string(&what - by_.determinants.data());
}

void meter::trouble(const std::string& place, errc why)
{
    const bool inexact = why == errc::inexact;
    in_.note(place, std::string{to_string(why)},
             inexact ? "a rule of rounding for what is not exact" : "numbers that fit");
}

measured meter::value(const std::string& name, stretch over)
{
    const determinant* const what = find(name);
    if (what == nullptr) {
        in_.note("/determinants", '"' + name + '"', "the name of a determinant");
        return {};
    }
    return value(*what, over);
}

measured meter::whole_value(const std::string& name)
{
    const determinant* const what = find(name);
    if (what == nullptr) return value(name, {in_.over.from, in_.over.until});
    const std::vector<stretch> windows = windows_of(*what, in_);
    if (windows.empty()) return {};
    stretch window = windows.back();
    if (what->of != source::months) window.until = std::min(window.until, in_.through);
    return value(*what, window);
}

measured meter::opening(const determinant& what, bool by_band) const
{
    measured out;
    if (by_band) out.bands.resize(in_.by.bands.size());
    for (const struct opening& each : in_.used.openings) {
        if (each.determinant != what.name) continue;
        out.total += each.quantity.mantissa();  // `check_consumption` has seen that it fits
        for (std::size_t i = 0; i < out.bands.size(); ++i) {
            if (in_.by.bands[i].name == each.band) out.bands[i] += each.quantity.mantissa();
        }
    }
    return out;
}

measured meter::value(const determinant& what, stretch over, bool by_band)
{
    return known(what, over, by_band).value;
}

/// Several charges and steps may ask for one value: without this, a chain of determinants that
/// each use the next twice would take twice the time with every link.
const meter::known_value& meter::known(const determinant& what, stretch over, bool by_band)
{
    const auto index = &what - by_.determinants.data();
    const std::tuple key{index, over.from, over.until, by_band};
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    return known_.insert_or_assign(key, measure(what, over, by_band)).first->second;
}

meter::known_value meter::measure(const determinant& what, stretch over, bool by_band)
{
    if (std::find(open_.begin(), open_.end(), what.name) != open_.end()) {
        in_.note(place_of(what), '"' + what.name + '"', "no determinant that needs itself");
        return {};
    }
    open_.push_back(what.name);
    known_value done;
    measured& out = done.value;
    out = raw(what, over, by_band);
    if (what.rounding) {
        const auto rounded = round_quantity(out.total, out.whole, what.rounding);
        if (!rounded) trouble(place_of(what) + "/round", rounded.error());
        const std::int64_t before = out.total;
        out.total = rounded.value_or(0);
        out.whole = 1;
        divide_anew(what, before, out);
    }
    for (const step& each : what.steps) {
        if (each.does == step::kind::ratchet && !done.before_ratchet) {
            done.before_ratchet = out.total;
        }
        const std::int64_t before = out.total;
        apply(each, what, over, out);
        divide_anew(what, before, out);
    }
    open_.pop_back();
    return done;
}

/// The bands keep their proportion whatever the steps make of the total.
void meter::divide_anew(const determinant& what, std::int64_t before, measured& value) const
{
    if (value.bands.empty() || value.total == before) return;
    std::vector<std::int64_t> parts(value.bands.size());
    std::vector<std::int64_t> weights = value.bands;
    for (std::int64_t& each : weights) each = each < 0 ? -each : each;  // all are of one sign
    if (allocate(value.total, weights, parts)) {
        value.bands = std::move(parts);
        return;
    }
    // Nothing was used that could say how to divide: the first band that counts takes it.
    const auto& set = filters_[static_cast<std::size_t>(&what - by_.determinants.data())].bands;
    std::fill(value.bands.begin(), value.bands.end(), 0);
    for (std::size_t i = 0; i < value.bands.size(); ++i) {
        if (!is_in(set, static_cast<std::int16_t>(i))) continue;
        value.bands[i] = value.total;
        break;
    }
}

measured meter::raw(const determinant& what, stretch over, bool by_band)
{
    const stretch so_far{over.from, std::min(over.until, in_.through)};
    switch (what.of) {
        case source::import:
        case source::export_:
        case source::reactive:
        case source::purchase: return energy_of(what, so_far, by_band);
        case source::demand: return demand_of(what, so_far);
        case source::demand_reading: return shown_demand_of(what, so_far);
        case source::days: return {days_of(what, over) * quantity_unit, 1, {}};
        case source::months: return months_of(what, over);
        case source::one: return {quantity_unit, 1, {}};
        case source::attribute: return attribute_of(what, over);
        case source::power_factor: return power_factor_of(what, over);
        case source::zero: break;
    }
    return {};
}

/// Nothing here can wrap: `check_consumption` has seen that all there is fits.
measured meter::energy_of(const determinant& what, stretch over, bool by_band) const
{
    measured out;
    if (by_band) out.bands.resize(in_.by.bands.size());
    if (over.from <= in_.over.from && !in_.used.openings.empty()) out = opening(what, by_band);
    for (const segment& piece : segments_in(over)) {
        if (!passes(what, piece)) continue;
        out.total += piece.quantity;
        if (by_band && piece.band >= 0) {
            out.bands[static_cast<std::size_t>(piece.band)] += piece.quantity;
        }
    }
    return out;
}

// ---- Months, attributes, power factor ---------------------------------------------------------

namespace {

/// a/b + c/d in lowest terms; months have at most 31 days, so nothing grows.
void add_fraction(measured& to, std::int64_t part, std::int64_t whole)
{
    to.total = to.total * whole + part * to.whole * quantity_unit;
    to.whole *= whole;
    std::int64_t a = to.total / quantity_unit;
    std::int64_t b = to.whole;
    while (b != 0) a = std::exchange(b, a % b);
    if (a > 1) {
        to.total /= a;
        to.whole /= a;
    }
}

}  // namespace

std::int64_t meter::days_of(const determinant& what, stretch over) const
{
    if (what.where.seasons.empty() && what.where.days.empty()) return days_in(in_, over);
    const auto& set = filters_[static_cast<std::size_t>(&what - by_.determinants.data())];
    std::int64_t out = 0;
    for (civil_day day = in_.by.zone.day_at(over.from); in_.by.zone.start_of(day) < over.until;
         day += std::chrono::days{1}) {
        const stretch whole{std::max(over.from, in_.by.zone.start_of(day)),
                            std::min(over.until, in_.by.zone.start_of(day + std::chrono::days{1}))};
        const bool counts = is_in(set.seasons, season_of(by_.calendar, day)) &&
                            is_in(set.days, class_of(by_.calendar, day, in_.used.events));
        if (counts) out += days_in(in_, whole);
    }
    return out;
}

measured meter::months_of(const determinant& what, stretch over) const
{
    measured out;
    if (what.proration == proration::catch_up) {
        return {months_due({over.from, std::min(over.until, in_.through)}) * quantity_unit, 1, {}};
    }
    const civil_zone& zone = in_.by.zone;
    for (civil_day first = month_start(zone.day_at(over.from)); zone.start_of(first) < over.until;
         first = month_start(first, 1)) {
        const stretch month{zone.start_of(first), zone.start_of(month_start(first, 1))};
        const stretch within{std::max(month.from, over.from), std::min(month.until, over.until)};
        const std::int64_t served = days_in(in_, within);
        const std::int64_t days = all_days_in(in_, month);
        if (what.proration == proration::whole) {
            if (served > 0) out.total += quantity_unit;
        } else if (served == days) {
            add_fraction(out, 1, 1);
        } else {
            add_fraction(out, served, what.proration == proration::thirty_days ? 30 : days);
        }
    }
    return out;
}

/// Months that purchases in `over` have to catch up with.
std::int64_t meter::months_due(stretch over) const
{
    const civil_zone& zone = in_.by.zone;
    const auto month_of_instant = [&](instant at) {
        const std::chrono::year_month_day date{zone.day_at(at)};
        return static_cast<int>(date.year()) * 12 +
               static_cast<int>(static_cast<unsigned>(date.month()));
    };
    std::int64_t due = 0;
    std::optional<int> before;
    if (in_.used.service_from) before = month_of_instant(*in_.used.service_from) - 1;
    for (const instant at : purchases_of(in_.used)) {
        const int month = month_of_instant(at);
        if (at >= over.from && at < over.until) due += month - before.value_or(month - 1);
        before = month;
    }
    return due;
}

std::optional<std::int64_t> meter::attribute_at(const determinant& what, instant at)
{
    const attribute_value* latest = nullptr;
    for (const attribute_value& each : in_.used.attributes) {
        const bool counts = each.name == what.attribute && each.from <= at;
        if (counts && (latest == nullptr || each.from >= latest->from)) latest = &each;
    }
    if (latest != nullptr) return latest->value.mantissa();
    for (const attribute& each : in_.by.attributes) {
        if (each.name == what.attribute && each.value) return each.value->mantissa();
    }
    in_.note("/attributes/" + what.attribute, "(missing)",
             "a value at " + in_.shown(at) + ", which " + place_of(what) + " asks for");
    return std::nullopt;
}

measured meter::attribute_of(const determinant& what, stretch over)
{
    if (what.proration == proration::whole || what.proration == proration::catch_up) {
        const instant end = std::min(over.until, in_.through);
        const instant last = end > over.from ? end - duration{1} : over.from;
        return {attribute_at(what, last).value_or(0), 1, {}};
    }
    int128 sum = 0;
    std::int64_t days = 0;
    std::optional<std::int64_t> only;
    bool is_constant = true;
    const civil_zone& zone = in_.by.zone;
    for (civil_day day = zone.day_at(over.from); zone.start_of(day) < over.until;
         day += std::chrono::days{1}) {
        const stretch whole{zone.start_of(day), zone.start_of(day + std::chrono::days{1})};
        if (whole.from < over.from) continue;
        ++days;
        const bool served = days_in(in_, whole) > 0;
        const auto here = served ? attribute_at(what, whole.from) : std::int64_t{0};
        if (!here) return {};
        is_constant = is_constant && (!only || *only == *here);
        only = here;
        sum += *here;
    }
    if (days == 0 || sum > kernel::mantissa_max) return {};
    if (is_constant) return {only.value_or(0), 1, {}};
    return {static_cast<std::int64_t>(sum),
            what.proration == proration::thirty_days ? 30 : days, {}};
}

namespace {

constexpr std::int64_t ratio_unit = 100'000'000;

/// a * b as two digits to the base of 2^64; a below 2^100, b below 2^54.
std::pair<uint128, std::uint64_t> wide_product(uint128 a, uint128 b)
{
    const uint128 low = static_cast<std::uint64_t>(a) * b;
    return {(a >> 64U) * b + (low >> 64U), static_cast<std::uint64_t>(low)};
}

/// How (k / 10^8)^2 compares with p / (p + q): k^2 q with (10^16 - k^2) p, which need 154 bits.
int compare_ratio(std::int64_t k, uint128 p, uint128 q)
{
    const auto square = static_cast<uint128>(k) * static_cast<uint128>(k);
    const auto rest = static_cast<uint128>(ratio_unit - k) * static_cast<uint128>(ratio_unit + k);
    const auto left = wide_product(q, square);
    const auto right = wide_product(p, rest);
    return left == right ? 0 : (left < right ? -1 : 1);
}

}  // namespace

measured meter::power_factor_of(const determinant& what, stretch over)
{
    const std::int64_t active = value(what.active, over).total;
    const std::int64_t reactive = value(what.reactive, over).total;
    if (!what.rounding) {
        trouble(place_of(what) + "/round", errc::inexact);
        return {};
    }
    constexpr std::int64_t squares_fit = 1'000'000'000'000'000;  // 10^11 kWh
    if (active < 0 || reactive < 0 || active > squares_fit || reactive > squares_fit) {
        in_.note(place_of(what), "out of range", "energies of 0 to 10^11 kWh");
        return {};
    }
    if (active == 0 && reactive == 0) return {quantity_unit, 1, {}};
    // The largest k with k / 10^8 <= P / sqrt(P^2 + Q^2), by squares: no root is ever taken.
    const auto p = static_cast<uint128>(active) * static_cast<uint128>(active);
    const auto q = static_cast<uint128>(reactive) * static_cast<uint128>(reactive);
    std::int64_t low = 0;
    std::int64_t end = ratio_unit + 1;
    while (end - low > 1) {
        const std::int64_t middle = low + (end - low) / 2;
        (compare_ratio(middle, p, q) <= 0 ? low : end) = middle;
    }
    // Twice as fine, and odd where the true value lies above: it is never taken for a tie.
    const std::int64_t above = compare_ratio(low, p, q) == 0 ? 0 : 1;
    return {2 * low + above, 2 * ratio_unit / quantity_unit, {}};
}

}  // namespace wattpurse::tariff
