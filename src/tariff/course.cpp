// SPDX-License-Identifier: Apache-2.0
#include "course.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "exact.hpp"
#include "segments.hpp"

namespace wattpurse::tariff {

namespace {

constexpr std::int64_t constant_unit = 100'000'000;
constexpr std::int64_t constant_per_quantity = 10'000;
/// 10^6 of an increment over 10^4 of a quantity.
constexpr std::int64_t increment_per_quantity = 100;
/// Bands that may stray further are taken to be anywhere.
constexpr std::int64_t strays_max = 1'000'000'000;
/// No tag of a tariff begins with it.
constexpr char mark = '\x01';

enum class motion : std::uint8_t { still, rising, unknown };

/// How the value of a determinant moves, in each of its windows.
struct trend {
    motion moves = motion::still;
    bool not_negative = true;
    std::vector<const step*> turns;  ///< conditions that are met up to some quantity only
};

motion both(motion a, motion b) { return std::max(a, b); }

template <class Values>
bool is_one_sign(const Values& values)
{
    const auto negative = [](auto each) { return each < 0; };
    const auto positive = [](auto each) { return each > 0; };
    return std::none_of(values.begin(), values.end(), negative) ||
           std::none_of(values.begin(), values.end(), positive);
}

std::vector<std::int64_t> prices_of(const tier& which)
{
    std::vector<std::int64_t> out;
    if (which.bands.empty()) out.push_back(which.each.mantissa());
    for (const band_price& each : which.bands) out.push_back(each.each.mantissa());
    return out;
}

std::vector<std::int64_t> prices_of(const rate_table& table)
{
    std::vector<std::int64_t> out;
    for (const tier& each : table.tiers) {
        const auto prices = prices_of(each);
        out.insert(out.end(), prices.begin(), prices.end());
    }
    return out;
}

std::int64_t price_in(const tier& which, const std::string& band)
{
    for (const band_price& each : which.bands) {
        if (each.band == band) return each.each.mantissa();
    }
    return 0;
}

bool has_fee_below_zero(const rate_table& table)
{
    return std::any_of(table.tiers.begin(), table.tiers.end(),
                       [](const tier& each) { return each.fee < unit_price{}; });
}

/// Whether each band's price is zero or more and does not fall from tier to tier.
bool is_rising(const rate_table& table)
{
    for (std::size_t i = 0; i < table.tiers.size(); ++i) {
        for (const band_price& each : table.tiers[i].bands) {
            const std::int64_t before = i == 0 ? 0 : price_in(table.tiers[i - 1], each.band);
            if (each.each.mantissa() < before) return false;
        }
    }
    return !has_fee_below_zero(table);
}

std::int64_t steps_of(const std::optional<rounding_rule>& rule)
{
    return rule ? rule->increment.mantissa() / increment_per_quantity + 1 : 0;
}

/// How far bands stray from their proportion when steps divide them anew; nothing where they do
/// not keep it. A factor stretches what they strayed before; rounding moves the total by less
/// than an increment, and dividing by largest remainder moves each band by less than one step.
std::optional<std::int64_t> strays_of_bands(const determinant& what)
{
    std::int64_t out = steps_of(what.rounding);
    for (const step& each : what.steps) {
        if (each.does == step::kind::only_if) continue;
        const bool is_scaled =
            each.does == step::kind::scale && each.with.determinant.empty();
        if (!is_scaled && each.does != step::kind::round) return std::nullopt;
        if (is_scaled) {
            const std::int64_t factor = each.with.value.mantissa() / constant_unit + 1;
            if (factor > strays_max || out > strays_max / factor) return std::nullopt;
            out *= factor;
        }
        out += steps_of(each.rounding);
        if (out > strays_max) return std::nullopt;
    }
    return out;
}

/// Tells the course of one version's parts.
class guide {
public:
    guide(const tariff& by, std::size_t version, const consumption& used, const addition& with)
        : by_{by}, in_{by.versions[version]}, used_{used}, with_{with}
    {
        if (version > 0 && in_.from) {
            const instant begins = by.zone.start_of(*in_.from);
            begins_later_ = begins > with.first && begins < with.through;
        }
    }

    trend of(const std::string& name)
    {
        const auto known = known_.find(name);
        if (known != known_.end()) return known->second;
        const auto what = std::find_if(in_.determinants.begin(), in_.determinants.end(),
                                       [&](const determinant& each) { return each.name == name; });
        known_[name] = {motion::unknown, false, {}};  // until it is known: circles end
        if (what == in_.determinants.end()) return known_[name];
        trend out = raw(*what);
        for (const step& each : what->steps) apply(each, *what, out);
        return known_[name] = out;
    }

    bill_part of(const charge& what)
    {
        bill_part out;
        out.priced = &what;
        out.places = with_.places;
        out.moves = of_table(what.rate, what.on, out);
        return out;
    }

    bill_part of(const adjustment& what, const period& over)
    {
        bill_part out;
        out.adjusted = &what;
        if (what.at_close && with_.through < over.until) {
            out.moves = course::steady;
        } else if (what.kind == adjustment_kind::bank) {
            out.moves = has_credits_below_zero(what.line) ? course::unknown : course::bank;
        } else if (what.kind == adjustment_kind::percent) {
            out.moves = selects_well(what.rate) ? course::share : course::unknown;
        } else {
            out.moves = what.kind == adjustment_kind::minimum ? course::minimum : course::maximum;
            const motion bound = of_bound(what);
            if (bound == motion::unknown) out.moves = course::unknown;
            out.is_bound_still = bound == motion::still;
        }
        return out;
    }

private:
    // ---- Determinants -------------------------------------------------------------------------

    trend raw(const determinant& what)
    {
        trend out;
        if (what.of == source::power_factor) {
            const trend active = of(what.active);
            const bool is_still = of(what.reactive).moves == motion::still;
            out.moves = is_still && active.turns.empty() ? active.moves : motion::unknown;
        } else if (const auto counts = channel_of(what.of)) {
            if (*counts == with_.what) out.moves = motion::rising;
            for (const opening& each : used_.openings) {
                if (each.determinant == what.name && each.quantity.is_negative()) {
                    out.not_negative = false;
                }
            }
        } else if (what.of == source::attribute) {
            const auto below = [&](const auto& each) {
                return each.name == what.attribute && scalar{each.value} < scalar{};
            };
            const auto declared_below = [&](const attribute& each) {
                return each.name == what.attribute && each.value && *each.value < scalar{};
            };
            out.not_negative =
                std::none_of(used_.attributes.begin(), used_.attributes.end(), below) &&
                std::none_of(by_.attributes.begin(), by_.attributes.end(), declared_below);
        }
        return out;
    }

    trend of_operand(const step& each)
    {
        if (!each.with.determinant.empty()) return of(each.with.determinant);
        return {motion::still, !each.with.value.is_negative(), {}};
    }

    void apply(const step& each, const determinant& what, trend& to)
    {
        using kind = step::kind;
        if (each.does == kind::round) return;
        if (each.does == kind::bank) {
            if (has_credits_below_zero(what.name)) to.moves = motion::unknown;
            to.not_negative = true;
            return;
        }
        const trend other = of_operand(each);
        if (each.does == kind::only_if) {
            const bool is_plain = other.moves != motion::unknown && other.turns.empty();
            if (!is_plain) to.moves = motion::unknown;
            if (is_plain && other.moves == motion::rising) {
                to.moves = both(to.moves, motion::rising);
                to.turns.push_back(&each);
            }
            return;
        }
        motion moves = both(to.moves, other.moves);
        if (each.does == kind::subtract && other.moves != motion::still) moves = motion::unknown;
        if (each.does == kind::scale) {
            // x rises: what it is multiplied with must not be negative, and the other way round.
            const bool here = to.moves == motion::still || other.not_negative;
            const bool there = other.moves == motion::still || to.not_negative;
            if (!here || !there) moves = motion::unknown;
        }
        to.moves = moves;
        to.turns.insert(to.turns.end(), other.turns.begin(), other.turns.end());
        to.not_negative = is_not_negative(each.does, to.not_negative, other.not_negative);
    }

    static bool is_not_negative(step::kind does, bool here, bool there)
    {
        switch (does) {
            case step::kind::subtract: return false;
            case step::kind::at_least:
            case step::kind::ratchet: return here || there;
            default: return here && there;
        }
    }

    bool has_credits_below_zero(const std::string& of) const
    {
        return std::any_of(used_.credits.begin(), used_.credits.end(), [&](const credit& each) {
            return each.of == of && each.quantity.is_negative();
        });
    }

    // ---- Tables -------------------------------------------------------------------------------

    bool is_still(const std::string& name)
    {
        return name.empty() || of(name).moves == motion::still;
    }

    /// The tier that selects is shown in the line, and only rises.
    bool selects_well(const rate_table& table)
    {
        if (table.mode != rate_mode::select) return true;
        const trend by = of(table.selected_by);
        return by.moves != motion::unknown && by.turns.empty();
    }

    course of_table(const rate_table& table, const std::string& on, bill_part& out)
    {
        const trend counted = of(on);
        const bool is_bounded = is_still(table.bounds.times) && is_still(table.bounds.plus);
        if (counted.moves == motion::unknown || !is_bounded || !selects_well(table)) {
            return course::unknown;
        }
        if (counted.moves == motion::still) return course::steady;
        // What was used before a later version would move the tiers it begins in.
        if (begins_later_) return course::unknown;
        if (table.mode == rate_mode::series) return of_series(table);
        const bool is_banded = is_by_band(table);
        const bool has_tiers = table.mode == rate_mode::graduated && table.tiers.size() > 1;
        if (!is_banded) {
            if (has_tiers || with_.places == 1 || is_one_sign(prices_of(table))) {
                return course::steady;
            }
            return course::unknown;
        }
        if (has_tiers && table.split == band_split::chronological) {
            const bool is_in_order = with_.in_turn || with_.places == 1;
            return is_in_order && !has_rows_after() ? course::steady : course::unknown;
        }
        return of_bands(table, on, has_tiers, out);
    }

    course of_bands(const rate_table& table, const std::string& on, bool has_tiers,
                    bill_part& out) const
    {
        const auto what = std::find_if(in_.determinants.begin(), in_.determinants.end(),
                                       [&](const determinant& each) { return each.name == on; });
        const auto strays = strays_of_bands(*what);
        if (!strays) return course::unknown;
        out.strays = *strays;
        if (has_tiers) {
            const bool rises = table.split == band_split::pro_rata && is_rising(table);
            return rises ? course::wavering : course::unknown;
        }
        if (is_one_sign(prices_of(table))) {
            return *strays == 0 ? course::steady : course::wavering;
        }
        if (*strays != 0) return course::unknown;
        if (with_.places == 1 || table.tiers.size() == 1) return course::steady;
        for (const band_price& each : table.tiers.front().bands) {
            std::vector<std::int64_t> prices;
            for (const tier& in : table.tiers) prices.push_back(price_in(in, each.band));
            if (!is_one_sign(prices)) return course::unknown;
        }
        return course::steady;
    }

    course of_series(const rate_table& table) const
    {
        if (with_.places == 1) return course::steady;
        std::vector<std::int64_t> signs{table.adder.mantissa()};
        for (const price_series& each : used_.prices) {
            if (each.name != table.series) continue;
            for (const unit_price price : each.prices) {
                const std::int64_t sign = price.mantissa() < 0 ? -1 : (price.is_zero() ? 0 : 1);
                signs.push_back(table.factor.mantissa() < 0 ? -sign : sign);
            }
        }
        return is_one_sign(signs) ? course::steady : course::unknown;
    }

    /// Rows among those that are added, or purchases, at which windows begin.
    bool has_rows_after() const
    {
        return std::any_of(used_.rows.begin(), used_.rows.end(), [&](const consumption_row& row) {
            return row.from >= with_.first && row.from < with_.through;
        });
    }

    motion of_bound(const adjustment& what)
    {
        bill_part ignored;
        const trend counted = of(what.on);
        const rate_table& table = what.rate;
        const course moves = of_table(table, what.on, ignored);
        if (moves == course::unknown) return motion::unknown;
        const bool is_selected = table.mode == rate_mode::select && !is_still(table.selected_by);
        if (counted.moves == motion::still && !is_selected) return motion::still;
        const bool is_plain = table.mode == rate_mode::flat || table.mode == rate_mode::package ||
                              table.mode == rate_mode::graduated;
        const auto prices = prices_of(table);
        const bool rises = is_plain && !is_by_band(table) && counted.turns.empty() &&
                           !has_fee_below_zero(table) &&
                           std::all_of(prices.begin(), prices.end(),
                                       [](std::int64_t each) { return each >= 0; });
        return rises ? motion::rising : motion::unknown;
    }

    const tariff& by_;
    const version& in_;
    const consumption& used_;
    const addition& with_;
    bool begins_later_ = false;
    std::map<std::string, trend> known_;
};

// ---- Signs ------------------------------------------------------------------------------------

/// The tiers a table reaches, counted: tier number i costs i.
charge tiers_reached(const rate_table& table, const std::string& on)
{
    charge out;
    out.on = on;
    out.rate.mode = rate_mode::volume;
    out.rate.bounds = table.bounds;
    std::int64_t number = 0;
    for (const tier& each : table.tiers) {
        tier next;
        next.up_to = each.up_to;
        next.fee = unit_price::of(number++ * constant_unit);
        out.rate.tiers.push_back(std::move(next));
    }
    out.rounding = rounding_rule{};
    return out;
}

/// 1 in each window in which a condition is met, as the steps of `what` see it.
determinant condition_of(const determinant& what, const step& turn)
{
    determinant out = what;
    step whole;  // parts of a month are no matter for 0 times as many
    whole.does = step::kind::round;
    whole.rounding = rounding_rule{amount::of(increment_per_quantity), rounding::down};
    step none;
    none.does = step::kind::scale;
    step one;
    one.does = step::kind::add;
    one.with.value = unit_price::of(constant_unit);
    out.steps = {whole, none, one, turn};
    return out;
}

/// Adds the signs that a version needs, in pairs that cancel out.
class sign_maker {
public:
    explicit sign_maker(version& in) : in_{in} {}

    void reached(const charge& by) { add(tiers_reached(by.rate, by.on)); }

    void met(const std::string& on, const step& turn)
    {
        const auto what =
            std::find_if(in_.determinants.begin(), in_.determinants.end(),
                         [&](const determinant& each) { return each.name == on; });
        determinant counted = condition_of(*what, turn);
        counted.name = mark + std::to_string(in_.determinants.size() + conditions_.size());
        charge out;
        out.on = counted.name;
        out.rate = rate_table::flat(unit_price::of(constant_unit));
        out.rounding = rounding_rule{};
        conditions_.push_back(std::move(counted));
        add(std::move(out));
    }

    void finish()
    {
        in_.determinants.insert(in_.determinants.end(), conditions_.begin(), conditions_.end());
        in_.charges.insert(in_.charges.end(), signs_.begin(), signs_.end());
    }

private:
    void add(charge one)
    {
        one.line = '.' + std::to_string(signs_.size());
        signs_.push_back(one);
        one.credit = true;
        one.line = '.' + std::to_string(signs_.size());
        signs_.push_back(std::move(one));
    }

    version& in_;
    std::vector<determinant> conditions_;
    std::vector<charge> signs_;
};

/// Gives one version its signs; the courses of what it had are told by `by`.
void add_signs(guide& by, version& to)
{
    sign_maker signs{to};
    const std::vector<charge> charges = to.charges;
    for (const charge& each : charges) {
        const trend counted = by.of(each.on);
        if (counted.moves != motion::rising) continue;
        if (each.rate.mode == rate_mode::volume && each.rate.tiers.size() > 1) {
            signs.reached(each);
        }
        for (const step* const turn : counted.turns) signs.met(each.on, *turn);
    }
    signs.finish();
}

}  // namespace

bool is_in_time(const version& by) noexcept
{
    return std::any_of(by.charges.begin(), by.charges.end(), [](const charge& each) {
        return each.rate.split == band_split::chronological;
    });
}

watched_tariff watch(const tariff& by, const consumption& used, const period& over,
                     const addition& with)
{
    watched_tariff out;
    out.by = by;
    for (std::size_t i = 0; i < by.versions.size(); ++i) {
        guide original{by, i, used, with};
        version& copy = out.by.versions[i];
        const std::size_t known = copy.charges.size();
        add_signs(original, copy);
        const auto number = [&](std::vector<std::string>& tags) {
            tags.push_back(mark + std::to_string(out.parts.size()));
        };
        for (std::size_t j = 0; j < copy.charges.size(); ++j) {
            number(copy.charges[j].tags);
            bill_part next;
            if (j < known) next = original.of(by.versions[i].charges[j]);
            if (j >= known) next.moves = course::sign;
            next.priced = &copy.charges[j];
            next.version = i;
            out.parts.push_back(next);
        }
        for (std::size_t j = 0; j < copy.adjustments.size(); ++j) {
            number(copy.adjustments[j].tags);
            bill_part next = original.of(by.versions[i].adjustments[j], over);
            next.adjusted = &copy.adjustments[j];
            next.version = i;
            out.parts.push_back(next);
        }
    }
    return out;
}

std::size_t part_of(const line& which)
{
    std::size_t out = std::numeric_limits<std::size_t>::max();
    if (which.tags.empty() || which.tags.back().front() != mark) return out;
    const std::string& tag = which.tags.back();
    std::from_chars(tag.data() + 1, tag.data() + tag.size(), out);
    return out;
}

kernel::int128 strays_of(const bill_part& part, const line& which)
{
    if (which.kind == line_kind::fee) return 0;
    const rate_table& table = part.priced->rate;
    std::int64_t most = 0;
    for (const std::int64_t each : prices_of(table)) most = std::max(most, each < 0 ? -each : each);
    kernel::int128 out = kernel::int128{2} * part.strays * most;
    if (table.mode == rate_mode::graduated && table.tiers.size() > 1) {
        // Of tier i, i steps may be in other bands than in proportion: each tier before it leaves
        // its remainders. What is cheapest cannot be cheaper.
        for (std::size_t i = 0; i < table.tiers.size(); ++i) {
            if (name_of(table, i) != which.tier) continue;
            const auto prices = prices_of(table.tiers[i]);
            const std::int64_t least = *std::min_element(prices.begin(), prices.end());
            const std::int64_t own = price_in(table.tiers[i], which.band);
            out += kernel::int128{2} * static_cast<std::int64_t>(i + 1) * (own - least);
        }
    }
    return out * static_cast<std::int64_t>(part.places);
}

tariff tiers_in_time(const tariff& by, std::size_t version)
{
    tariff out = by;
    for (auto& each : out.versions) {
        each.charges.clear();
        each.adjustments.clear();
    }
    for (const charge& each : by.versions[version].charges) {
        if (each.rate.split != band_split::chronological) continue;
        charge next = tiers_reached(each.rate, each.on);
        next.line = '.' + std::to_string(out.versions[version].charges.size());
        out.versions[version].charges.push_back(std::move(next));
    }
    return out;
}

}  // namespace wattpurse::tariff
