// SPDX-License-Identifier: Apache-2.0
#include "urdb_rate.hpp"

#include <algorithm>
#include <utility>

namespace wattpurse::adapter::json::urdb {

namespace {

std::string lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

const node* member_of(const node& object, std::string_view key)
{
    for (const member& each : object.members) {
        if (lower(each.key) != key) continue;
        return each.value.type == node::kind::null ? nullptr : &each.value;
    }
    return nullptr;
}

/// Names, addresses and comments: nothing that is charged.
constexpr std::array said_elsewhere{
    "label", "uri", "approved", "eiaid", "sector", "servicetype", "supersedes", "revisions",
    "is_default", "country", "voltagecategory", "voltageminimum", "voltagemaximum",
    "phasewiring", "peakkwcapacitymin", "peakkwcapacitymax", "peakkwcapacityhistory",
    "peakkwhusagemin", "peakkwhusagemax", "peakkwhusagehistory", "usenetmetering",
    "latest_update", "created", "modified", "enddate", "source", "sourceparent", "energyunits",
    "energyrateunit", "coincidentrateunit", "demandunits", "flatdemandunits", "version",
    "utilityname", "rateid", "_id"};

struct uncarried {
    std::string_view key;
    std::string_view why;
};

constexpr std::array not_carried{
    uncarried{"coincidentratestructure", "the utility's own peak hour is not known to a meter"},
    uncarried{"coincidentrateschedule", ""},
    uncarried{"demandratchetpercentage", "a look-back that differs by month"},
    uncarried{"demandrachetpercentage", "a look-back that differs by month"},
    uncarried{"demandreactivepowercharge", "a charge on kVAr"},
    uncarried{"fixedchargeeaaddl", "the charge of each further meter"},
    uncarried{"annualmincharge", "a minimum of the year"},
    uncarried{"dgrules", "the rules of generation; what is fed in is credited at its sell rate"},
    uncarried{"fixedattrs", "further attributes"},
    uncarried{"energyattrs", "further attributes"},
    uncarried{"demandattrs", "further attributes"},
    uncarried{"basicinformationcomments", "a comment: read it"},
    uncarried{"energycomments", "a comment: read it"},
    uncarried{"demandcomments", "a comment: read it"},
    uncarried{"fixedcomments", "a comment: read it"},
    uncarried{"description", "a comment: read it"},
};

/// Whether there is something in it: a number that is not 0, a text, an object.
bool says_something(const node& value)
{
    switch (value.type) {
        case node::kind::null: return false;
        case node::kind::boolean: return value.truth;
        case node::kind::number: return value.text.find_first_of("123456789") != std::string::npos;
        case node::kind::string: return !value.text.empty();
        case node::kind::array:
            return std::any_of(value.items.begin(), value.items.end(), says_something);
        case node::kind::object:
            return std::any_of(value.members.begin(), value.members.end(),
                               [](const member& each) { return says_something(each.value); });
    }
    return false;
}

std::string shortened(const std::string& text)
{
    constexpr std::size_t longest = 100;
    std::string out;
    for (const char c : text.substr(0, longest)) {
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + (text.size() > longest ? "..." : "");
}

}  // namespace

std::string unit_key(std::string_view unit)
{
    std::string out = lower(unit);
    out.erase(std::remove(out.begin(), out.end(), ' '), out.end());
    return out;
}

std::optional<std::string> plain_number(std::string_view json)
{
    constexpr std::size_t digits_max = 60;
    const bool negative = !json.empty() && json.front() == '-';
    if (negative) json.remove_prefix(1);
    const auto e = json.find_first_of("eE");
    std::string_view mantissa = json.substr(0, e);
    int exponent = 0;
    if (e != std::string_view::npos) {
        std::string_view rest = json.substr(e + 1);
        const bool down = !rest.empty() && rest.front() == '-';
        if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
        while (rest.size() > 1 && rest.front() == '0') rest.remove_prefix(1);
        const auto size = decimal<0>::parse(rest);
        if (!size || size->mantissa() > static_cast<std::int64_t>(digits_max)) {
            return std::nullopt;
        }
        exponent = static_cast<int>(down ? -size->mantissa() : size->mantissa());
    }
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    std::string digits{mantissa.substr(0, point)};
    if (point < mantissa.size()) digits += mantissa.substr(point + 1);
    if (digits.empty() || digits.size() > digits_max) return std::nullopt;
    int whole = static_cast<int>(point) + exponent;
    if (whole <= 0) digits.insert(0, static_cast<std::size_t>(1 - whole), '0');
    whole = std::max(whole, 1);
    if (static_cast<std::size_t>(whole) > digits.size()) {
        digits.append(static_cast<std::size_t>(whole) - digits.size(), '0');
    }
    std::string out = (negative ? "-" : "") + digits.substr(0, static_cast<std::size_t>(whole));
    std::string places = digits.substr(static_cast<std::size_t>(whole));
    places.erase(places.find_last_not_of('0') + 1);
    return places.empty() ? out : out + '.' + places;
}

const node* rate_reader::find(std::string_view key)
{
    asked_.emplace_back(key);
    return member_of(rate_, key);
}

void rate_reader::note(std::string what)
{
    if (std::find(notes_.begin(), notes_.end(), what) == notes_.end()) {
        notes_.push_back(std::move(what));
    }
}

void rate_reader::fail(std::string_view where, const node* value, std::string expected)
{
    const fault made{path_ + '/' + std::string{where},
                     value == nullptr ? "(missing)" : shown(*value), std::move(expected)};
    if (faults_.size() < faults_max &&
        std::find(faults_.begin(), faults_.end(), made) == faults_.end()) {
        faults_.push_back(made);
    }
}

std::string rate_reader::text(std::string_view key)
{
    const node* const value = find(key);
    return value != nullptr && value->type == node::kind::string ? value->text : std::string{};
}

std::optional<tariff::unit_price> rate_reader::price(const node& value, const std::string& where)
{
    using tariff::unit_price;
    const bool written = value.type == node::kind::number || value.type == node::kind::string;
    const auto plain = written ? plain_number(value.text) : std::nullopt;
    const result<unit_price> exact =
        plain ? unit_price::parse(*plain) : wattpurse::fail(errc::syntax);
    if (exact) return *exact;
    if (exact.error() == errc::too_many_places) {
        if (const auto near = unit_price::parse(*plain, rounding::half_up)) {
            note(path_ + '/' + where + ": " + value.text + " is rounded to 8 decimal places");
            return *near;
        }
    }
    fail(where, &value, "a number");
    return std::nullopt;
}

std::optional<tariff::unit_price> rate_reader::number(std::string_view key)
{
    const node* const value = find(key);
    return value == nullptr ? std::nullopt : price(*value, std::string{key});
}

std::vector<tariff::unit_price> rate_reader::monthly(std::string_view key)
{
    const node* const value = find(key);
    if (value == nullptr || !says_something(*value)) return {};
    if (value->type != node::kind::array || value->items.size() != month_count) {
        fail(key, value, "an array of 12 numbers");
        return {};
    }
    std::vector<tariff::unit_price> out;
    for (std::size_t i = 0; i < month_count; ++i) {
        const node& each = value->items[i];
        const std::string where = std::string{key} + '/' + std::to_string(i);
        const auto read = each.type == node::kind::null ? std::optional{tariff::unit_price{}}
                                                        : price(each, where);
        out.push_back(read.value_or(tariff::unit_price{}));
    }
    return out;
}

std::size_t rate_reader::index(const node& value, const std::string& where, std::size_t periods)
{
    if (value.type == node::kind::number && value.integral && value.integer >= 0 &&
        static_cast<std::size_t>(value.integer) < periods) {
        return static_cast<std::size_t>(value.integer);
    }
    fail(where, &value, "a period, 0 to " + std::to_string(periods - 1));
    return 0;
}

std::array<std::size_t, month_count> rate_reader::monthly_periods(std::string_view key,
                                                                  std::size_t periods)
{
    std::array<std::size_t, month_count> out{};
    const node* const value = find(key);
    if (periods == 0 || (value == nullptr && periods == 1)) return out;
    if (value == nullptr) {
        fail(key, nullptr, "an array of 12 periods, as there are several");
        return out;
    }
    if (value->type != node::kind::array || value->items.size() != month_count) {
        fail(key, value, "an array of 12 periods");
        return out;
    }
    for (std::size_t i = 0; i < month_count; ++i) {
        out[i] = index(value->items[i], std::string{key} + '/' + std::to_string(i), periods);
    }
    return out;
}

tier rate_reader::read_tier(const node& value, const std::string& where)
{
    tier out;
    if (value.type != node::kind::object) {
        fail(where, &value, "a tier, an object with a rate");
        return out;
    }
    const auto read = [&](std::string_view key) {
        const node* const found = member_of(value, key);
        return found == nullptr ? std::nullopt : price(*found, where + '/' + std::string{key});
    };
    const auto sum = read("rate").value_or(tariff::unit_price{}) +
                     read("adj").value_or(tariff::unit_price{});
    if (!sum) fail(where, &value, "a rate and an adjustment within range");
    out.price = sum.value_or(tariff::unit_price{});
    out.sell = read("sell");
    if (const node* const max = member_of(value, "max")) {
        const auto plain = plain_number(max->text);
        const auto bound = plain ? tariff::scalar::parse(*plain)
                                 : result<tariff::scalar>{wattpurse::fail(errc::syntax)};
        const bool endless = !bound && bound.error() == errc::overflow;  // 1e38 is written for none
        if (bound && !bound->is_negative()) {
            out.max = *bound;
        } else if (!endless) {
            fail(where + "/max", max, "a bound with at most 4 decimal places, not negative");
        }
    }
    const node* const unit = member_of(value, "unit");
    if (unit != nullptr && unit->type == node::kind::string) out.unit = unit_key(unit->text);
    return out;
}

std::vector<tiers> rate_reader::periods(std::string_view key)
{
    std::vector<tiers> out;
    const node* const value = find(key);
    if (value == nullptr) return out;
    if (value->type != node::kind::array) {
        fail(key, value, "an array of periods, each an array of tiers");
        return out;
    }
    for (std::size_t p = 0; p < value->items.size(); ++p) {
        const node& period = value->items[p];
        const std::string where = std::string{key} + '/' + std::to_string(p);
        tiers made;
        if (period.type != node::kind::array) fail(where, &period, "an array of tiers");
        for (std::size_t t = 0; t < period.items.size(); ++t) {
            made.push_back(read_tier(period.items[t], where + '/' + std::to_string(t)));
        }
        if (made.empty()) made.emplace_back();
        if (made.back().max) {
            note(path_ + '/' + where + ": the bound of the last tier is left out: its price holds "
                                       "beyond it too");
            made.back().max.reset();
        }
        for (std::size_t t = 0; t + 1 < made.size(); ++t) {
            const bool rises = made[t].max && !made[t].max->is_zero() &&
                               (t == 0 || !made[t - 1].max || *made[t].max > *made[t - 1].max);
            if (!rises) {
                fail(where + '/' + std::to_string(t) + "/max",
                     member_of(period.items[t], "max"), "a bound above that of the tier before");
            }
        }
        out.push_back(std::move(made));
    }
    return out;
}

bool rate_reader::read_hours(std::string_view key, std::size_t periods,
                             std::array<hours, month_count>& to)
{
    const node* const value = find(key);
    if (value == nullptr) return false;
    const auto is_row = [](const node& row) {
        return row.type == node::kind::array && row.items.size() == 24;
    };
    if (value->type != node::kind::array || value->items.size() != month_count ||
        !std::all_of(value->items.begin(), value->items.end(), is_row)) {
        fail(key, value, "12 months of 24 hours");
        return true;
    }
    for (std::size_t m = 0; m < month_count; ++m) {
        for (std::size_t h = 0; h < 24; ++h) {
            const std::string where =
                std::string{key} + '/' + std::to_string(m) + '/' + std::to_string(h);
            to[m][h] = index(value->items[m].items[h], where, periods);
        }
    }
    return true;
}

structure rate_reader::timed(std::string_view structure_key, std::string_view weekday_key,
                             std::string_view weekend_key)
{
    structure out;
    out.periods = periods(structure_key);
    if (out.periods.empty()) {
        static_cast<void>(find(weekday_key));
        static_cast<void>(find(weekend_key));
        return out;
    }
    const bool weekday = read_hours(weekday_key, out.periods.size(), out.when.weekday);
    const bool weekend = read_hours(weekend_key, out.periods.size(), out.when.weekend);
    if (!weekday && !weekend && out.periods.size() > 1) {
        fail(weekday_key, nullptr, "a schedule, as there are several periods");
    }
    if (weekday && !weekend) out.when.weekend = out.when.weekday;
    if (weekend && !weekday) out.when.weekday = out.when.weekend;
    if (weekday != weekend) {
        note(path_ + ": one schedule only: it is taken for all days of the week");
    }
    return out;
}

void rate_reader::note_the_rest()
{
    for (const member& each : rate_.members) {
        const std::string key = lower(each.key);
        const auto is_key = [&key](std::string_view other) { return other == key; };
        if (!says_something(each.value) || std::any_of(asked_.begin(), asked_.end(), is_key) ||
            std::any_of(said_elsewhere.begin(), said_elsewhere.end(), is_key)) {
            continue;
        }
        const auto known = std::find_if(not_carried.begin(), not_carried.end(),
                                        [&](const uncarried& one) { return one.key == key; });
        std::string what = path_ + '/' + each.key + ": ";
        what += known == not_carried.end() ? "not understood" : "not carried";
        if (known != not_carried.end() && !known->why.empty()) {
            what += ": " + std::string{known->why};
        }
        if (each.value.type == node::kind::string) what += " (" + shortened(each.value.text) + ')';
        note(std::move(what));
    }
}

}  // namespace wattpurse::adapter::json::urdb
