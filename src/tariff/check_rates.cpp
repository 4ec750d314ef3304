// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <wattpurse/model/names.hpp>

#include "checking.hpp"

namespace wattpurse::tariff {

namespace {

constexpr int minutes_in_day = 1440;

bool is_tiered(rate_mode mode)
{
    return mode == rate_mode::graduated || mode == rate_mode::volume || mode == rate_mode::select;
}

class table_checker {
public:
    table_checker(const checking& in, const rate_table& table, const determinant* on,
                  std::string path)
        : in_{in}, table_{table}, on_{on}, path_{std::move(path)}
    {
    }

    void run() const
    {
        if (table_.mode == rate_mode::series) return check_series();
        if (table_.tiers.empty()) {
            return in_.note(path_ + "/tiers", "an empty array", "at least one tier");
        }
        if (is_tiered(table_.mode)) {
            check_bounds();
        } else {
            check_single();
        }
        for (std::size_t i = 0; i < table_.tiers.size(); ++i) check_tier(i);
        check_references();
        if (is_by_band(table_)) {
            check_bands();
        } else if (table_.split != band_split::none) {
            in_.note(path_ + "/split", quoted(to_string(table_.split)),
                     "nothing: no tier has prices by band");
        }
        const bool divides = table_.mode == rate_mode::graduated;
        if (divides && on_ != nullptr && may_be_fraction(*on_)) {
            in_.note(path_ + "/mode", "\"graduated\"",
                     "a determinant that names its rounding: tiers hold whole steps");
        }
    }

private:
    [[nodiscard]] std::string tier_path(std::size_t index) const
    {
        return is_tiered(table_.mode) ? path_ + "/tiers/" + std::to_string(index) : path_;
    }

    void check_single() const
    {
        if (table_.tiers.size() != 1 || table_.tiers.front().up_to) {
            in_.note(path_ + "/tiers", std::to_string(table_.tiers.size()) + " tiers",
                     "one price without a bound, or the mode graduated");
        }
        const bool has_block = table_.tiers.front().block > scalar{};
        if ((table_.mode == rate_mode::package) != has_block) {
            in_.note(path_ + "/block", quoted_number(table_.tiers.front().block),
                     has_block ? "no block in the mode flat" : "a block above zero");
        }
    }

    void check_bounds() const
    {
        scalar highest{};
        for (std::size_t i = 0; i < table_.tiers.size(); ++i) {
            const auto& bound = table_.tiers[i].up_to;
            const bool last = i + 1 == table_.tiers.size();
            const std::string place = tier_path(i) + "/up_to";
            if (!bound) {
                if (!last) in_.note(place, "(missing)", "a bound: only the last tier has none");
            } else if (last) {
                in_.note(place, quoted_number(*bound),
                         "no bound in the last tier, so that everything has a price");
            } else if (*bound <= highest) {
                // A bound at or below zero is of use where a selecting value can be negative.
                const bool first_below = i == 0 && table_.mode == rate_mode::select;
                if (!first_below) {
                    in_.note(place, quoted_number(*bound),
                             "a bound above " + trimmed(text(highest).view(), 0));
                }
            }
            if (bound) highest = i == 0 ? *bound : std::max(highest, *bound);
        }
    }

    void check_tier(std::size_t index) const
    {
        const tier& each = table_.tiers[index];
        if (each.block < scalar{}) {
            in_.note(tier_path(index) + "/block", quoted_number(each.block),
                     "a block above zero");
        }
        if (!each.block.is_zero() && !each.bands.empty()) {
            in_.note(tier_path(index) + "/block", quoted_number(each.block),
                     "no block where prices are by band");
        }
        const std::string& name = each.name;
        for (std::size_t j = 0; j < index && !name.empty(); ++j) {
            if (name_of(table_, j) != name) continue;
            in_.note(tier_path(index) + "/name", quoted(name), "a name that no other tier has");
            break;
        }
    }

    void check_references() const
    {
        const auto known = [&](const std::string& name, const char* key) {
            if (name.empty() || may_have(in_.in.determinants, name)) return;
            in_.note(path_ + key, quoted(name), "the name of a determinant");
        };
        known(table_.bounds.times, "/bounds/times");
        known(table_.bounds.plus, "/bounds/plus");
        known(table_.selected_by, "/by");
        if (table_.mode == rate_mode::select && table_.selected_by.empty()) {
            in_.note(path_ + "/by", "(missing)", "the determinant whose tier gives the price");
        }
        const determinant* const by = find(in_.in.determinants, table_.selected_by);
        if (by != nullptr && may_be_fraction(*by)) {
            in_.note(path_ + "/by", quoted(table_.selected_by),
                     "a determinant that names its rounding");
        }
        const determinant* const plus = find(in_.in.determinants, table_.bounds.plus);
        if (plus != nullptr && may_be_fraction(*plus)) {
            in_.note(path_ + "/bounds/plus", quoted(table_.bounds.plus),
                     "a determinant that names its rounding");
        }
        if (table_.bounds.rounding) {
            check_quantity_rule(in_, *table_.bounds.rounding, path_ + "/bounds/round");
        } else if (!table_.bounds.times.empty() && !times_is_whole()) {
            in_.note(path_ + "/bounds/round", "(missing)",
                     "how bounds finer than 0.0001 are rounded");
        }
    }

    [[nodiscard]] bool times_is_whole() const
    {
        const determinant* const by = find(in_.in.determinants, table_.bounds.times);
        if (by == nullptr) return true;
        const bool counts = by->of == source::days || by->of == source::one ||
                            by->of == source::months;
        return counts && by->steps.empty() && !may_be_fraction(*by);
    }

    void check_bands() const
    {
        const bool is_energy = on_ != nullptr &&
                               (on_->of == source::import || on_->of == source::export_ ||
                                on_->of == source::reactive || on_->of == source::purchase);
        if (on_ != nullptr && !is_energy) {
            in_.note(path_ + "/prices", quoted(to_string(on_->of)),
                     "a determinant of energy: nothing else has bands");
        }
        const bool meets = table_.mode == rate_mode::graduated && table_.tiers.size() > 1;
        if (meets && table_.split == band_split::none) {
            in_.note(path_ + "/split", "(missing)",
                     "pro_rata or chronological: which band's energy lies in which tier");
        }
        const bool in_time = table_.split == band_split::chronological;
        if (in_time && on_ != nullptr && (!on_->steps.empty() || on_->rounding)) {
            in_.note(path_ + "/split", "\"chronological\"",
                     "a determinant without steps: they would change what was used when");
        }
        for (std::size_t i = 0; i < table_.tiers.size(); ++i) check_band_prices(i);
    }

    /// Each band that is counted has one price in each tier, and no other has.
    void check_band_prices(std::size_t index) const
    {
        const auto& prices = table_.tiers[index].bands;
        const std::string place = tier_path(index) + "/prices";
        for (std::size_t i = 0; i < prices.size(); ++i) {
            const std::string& name = prices[i].band;
            const auto here = prices.begin() + static_cast<std::ptrdiff_t>(i);
            const bool twice = std::any_of(
                prices.begin(), here, [&](const band_price& each) { return each.band == name; });
            if (!is_counted(name) || twice) {
                in_.note(place + pointer_step(name), quoted_number(prices[i].each),
                         "a band that is counted here, once");
            }
        }
        for (const band& each : in_.what.bands) {
            const bool priced = std::any_of(
                prices.begin(), prices.end(),
                [&](const band_price& known) { return known.band == each.name; });
            if (priced || each.name.empty() || !is_counted(each.name)) continue;
            in_.note(place, "no price for " + quoted(each.name),
                     "a price for every band that is counted");
        }
    }

    [[nodiscard]] bool is_counted(const std::string& name) const
    {
        if (!may_have(in_.what.bands, name)) return false;
        if (on_ == nullptr || on_->where.bands.empty()) return true;
        const auto& bands = on_->where.bands;
        return std::find(bands.begin(), bands.end(), name) != bands.end();
    }

    void check_series() const
    {
        if (table_.series.empty()) {
            in_.note(path_ + "/series", "\"\"", "the name of a series of prices");
        }
        const int length = table_.settlement_minutes;
        if (length < 0 || (length > 0 && minutes_in_day % length != 0)) {
            in_.note(path_ + "/settlement", std::to_string(length),
                     "minutes that divide the day");
        }
        const bool is_plain = length == 0 && table_.factor == unit_price::of(100'000'000);
        if (!is_plain && !table_.price_rounding) {
            in_.note(path_ + "/round", "(missing)", "how a mean or scaled price is rounded");
        }
        if (table_.price_rounding) check_rule(in_, *table_.price_rounding, path_ + "/round");
        if (on_ != nullptr && !is_additive(on_->of)) {
            in_.note(path_ + "/mode", "\"series\"", "a determinant of energy");
        }
        if (on_ != nullptr && (!on_->steps.empty() || on_->rounding)) {
            in_.note(path_ + "/mode", "\"series\"",
                     "a determinant without steps: they would change what was used when");
        }
    }

    const checking& in_;
    const rate_table& table_;
    const determinant* on_;
    std::string path_;
};

std::string id_expected()
{
    return "a line id of 1 to " + std::to_string(line_id::capacity) +
           " ASCII characters without space, comma and quotes, its endings included";
}

/// What ends in "@2" is a later version's, "carried" is what a bill leaves to the next.
bool is_line_id(const std::string& id)
{
    return id != "carried" && id.find('@') == std::string::npos && id.front() != '.' &&
           line_id::parse(id + "@99").has_value();
}

/// The ids of one version's lines.
class line_checker {
public:
    explicit line_checker(const checking& in) : in_{in} {}

    void charge_lines(const charge& each, const std::string& path)
    {
        const bool by_tier =
            each.rate.mode == rate_mode::graduated && each.rate.tiers.size() > 1;
        const std::size_t tiers = by_tier ? each.rate.tiers.size() : 1;
        for (std::size_t i = 0; i < tiers; ++i) {
            std::vector<ending> endings;
            if (by_tier) endings.push_back({name_of(each.rate, i), "tier"});
            const bool priced = i < each.rate.tiers.size();
            if (!priced || each.rate.tiers[i].bands.empty()) {
                if (!take(each.line, path, endings)) return;
            } else {
                for (const band_price& price : each.rate.tiers[i].bands) {
                    std::vector<ending> banded = endings;
                    banded.push_back({price.band, "band"});
                    if (!take(each.line, path, banded)) return;
                }
            }
            if (!priced || each.rate.tiers[i].fee.is_zero()) continue;
            endings.push_back({"fee", "ending"});
            if (!take(each.line, path, endings)) return;
        }
    }

    /// What a line's id ends in, and whose name that is.
    struct ending {
        std::string name;
        std::string_view noun;
    };

    /// One fault a charge is enough.
    bool take(const std::string& line, const std::string& path,
              const std::vector<ending>& endings = {})
    {
        std::string id = line;
        std::string blame;  // the ending that spoils it
        bool is_good = is_line_id(id);
        for (const ending& each : endings) {
            id += '.' + each.name;
            if (!is_good || is_line_id(id)) continue;
            is_good = false;
            blame = "; what does not fit is the " + std::string{each.noun} + ' ' +
                    quoted(each.name);
        }
        if (!is_good) {
            in_.note(path + "/line", quoted(id), id_expected() + blame);
            return false;
        }
        if (!seen_.insert(id).second) {
            in_.note(path + "/line", quoted(id), "a line id that no other line has");
            return false;
        }
        return true;
    }

private:
    const checking& in_;
    std::set<std::string> seen_;
};

void check_over(const checking& in, const adjustment& what, std::size_t index,
                const std::string& path)
{
    if (what.over.empty()) in.note(path + "/over", "an empty array", "tags, or \"*\" for all");
    const auto bears = [](const auto& each, const std::string& tag) {
        return std::find(each.tags.begin(), each.tags.end(), tag) != each.tags.end();
    };
    for (std::size_t i = 0; i < what.over.size(); ++i) {
        const std::string& tag = what.over[i];
        if (tag == "*") continue;
        const bool by_charge =
            std::any_of(in.in.charges.begin(), in.in.charges.end(),
                        [&](const charge& each) { return bears(each, tag); });
        const auto here = in.in.adjustments.begin() + static_cast<std::ptrdiff_t>(index);
        const bool by_adjustment =
            std::any_of(in.in.adjustments.begin(), here,
                        [&](const adjustment& each) { return bears(each, tag); });
        if (by_charge || by_adjustment) continue;
        in.note(path + "/over/" + std::to_string(i), quoted(tag),
                "a tag of a charge or of an adjustment before");
    }
}

}  // namespace

void check_table(const checking& in, const rate_table& table, const determinant* on,
                 const std::string& path)
{
    table_checker{in, table, on, path}.run();
}

void check_charges(const checking& in)
{
    if (in.in.charges.empty()) in.note("/charges", "an empty array", "at least one charge");
    for (std::size_t i = 0; i < in.in.charges.size(); ++i) {
        const charge& each = in.in.charges[i];
        const std::string path = "/charges/" + std::to_string(i);
        if (!may_have(in.in.determinants, each.on)) {
            in.note(path + "/on", quoted(each.on), "the name of a determinant");
        }
        check_table(in, each.rate, find(in.in.determinants, each.on), path + "/rate");
        if (each.rounding) check_rule(in, *each.rounding, path + "/round");
    }
}

void check_adjustments(const checking& in)
{
    for (std::size_t i = 0; i < in.in.adjustments.size(); ++i) {
        const adjustment& each = in.in.adjustments[i];
        const std::string path = "/adjustments/" + std::to_string(i);
        check_over(in, each, i, path);
        if (each.rounding) check_rule(in, *each.rounding, path + "/round");
        if (each.kind == adjustment_kind::bank) {
            if (each.rounding) {
                in.note(path + "/round", "a rule of rounding",
                        "nothing: a bank moves sums of lines, which are rounded already");
            }
            if (each.keep_months < 1 || each.keep_months > 1200) {
                in.note(path + "/keep_months", std::to_string(each.keep_months),
                        "1 to 1200 months");
            }
            continue;
        }
        const determinant* const on = find(in.in.determinants, each.on);
        if (each.kind == adjustment_kind::percent) {
            const bool fits = each.rate.mode == rate_mode::flat ||
                              each.rate.mode == rate_mode::select;
            if (!fits || is_by_band(each.rate)) {
                in.note(path + "/rate/mode", quoted(to_string(each.rate.mode)),
                        "flat or select, without bands");
            }
        } else if (!may_have(in.in.determinants, each.on)) {
            in.note(path + "/on", quoted(each.on), "the name of a determinant");
        }
        check_table(in, each.rate, on, path + "/rate");
    }
}

void check_lines(const checking& in)
{
    line_checker lines{in};
    for (std::size_t i = 0; i < in.in.charges.size(); ++i) {
        const std::string path = "/charges/" + std::to_string(i);
        if (in.in.charges[i].line.empty()) {
            in.note(path + "/line", "\"\"", id_expected());
        } else {
            lines.charge_lines(in.in.charges[i], path);
        }
    }
    for (std::size_t i = 0; i < in.in.adjustments.size(); ++i) {
        const std::string path = "/adjustments/" + std::to_string(i);
        const std::string& id = in.in.adjustments[i].line;
        if (id.empty()) {
            in.note(path + "/line", "\"\"", id_expected());
        } else {
            (void)lines.take(id, path);
        }
    }
}

}  // namespace wattpurse::tariff
