// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "checking.hpp"

namespace wattpurse::tariff {

namespace {

constexpr std::int64_t quantity_step = 10'000;   // 10^-4 in a constant of 10^-8
constexpr std::int64_t constant_unit = 100'000'000;
constexpr int minutes_in_day = 1440;

bool is_energy(source of)
{
    return of == source::import || of == source::export_ || of == source::reactive ||
           of == source::purchase;
}

/// The determinants that this one needs, each with the place that names it.
std::vector<std::pair<std::string, std::string>> needs_of(const determinant& what)
{
    std::vector<std::pair<std::string, std::string>> out;
    if (what.of == source::power_factor) {
        out.emplace_back("/active", what.active);
        out.emplace_back("/reactive", what.reactive);
    }
    for (std::size_t i = 0; i < what.steps.size(); ++i) {
        const step& each = what.steps[i];
        if (each.with.determinant.empty()) continue;
        out.emplace_back("/steps/" + std::to_string(i) + '/' + std::string{to_string(each.does)},
                         each.with.determinant);
    }
    return out;
}

/// Whether `what` comes back to itself through what it needs.
bool is_circle(const version& in, const determinant& what)
{
    std::set<std::string> seen;
    std::vector<const determinant*> next{&what};
    while (!next.empty()) {
        const determinant* const here = next.back();
        next.pop_back();
        for (const auto& [place, name] : needs_of(*here)) {
            if (name == what.name) return true;
            const determinant* const other = find(in.determinants, name);
            if (other != nullptr && seen.insert(name).second) next.push_back(other);
        }
    }
    return false;
}

class determinant_checker {
public:
    determinant_checker(const checking& in, const determinant& what, std::string path)
        : in_{in}, what_{what}, path_{std::move(path)}
    {
    }

    void run() const
    {
        if (what_.unit.empty()) in_.note(path_ + "/unit", "\"\"", "a unit");
        check_filter();
        check_source();
        if (what_.anchor.month < 1 || what_.anchor.month > 12 || what_.anchor.day < 1 ||
            what_.anchor.day > 31) {
            in_.note(path_ + "/anchor", std::to_string(what_.anchor.month) + '-' +
                                            std::to_string(what_.anchor.day),
                     "a day of the year");
        }
        if (what_.rounding) check_quantity_rule(in_, *what_.rounding, path_ + "/round");
        for (const auto& [place, name] : needs_of(what_)) {
            if (!may_have(in_.in.determinants, name)) {
                in_.note(path_ + place, quoted(name), "the name of a determinant");
            }
        }
        if (!what_.name.empty() && is_circle(in_.in, what_)) {
            in_.note(path_, quoted(what_.name), "a determinant that does not need itself");
        }
        for (std::size_t i = 0; i < what_.steps.size(); ++i) {
            check_step(what_.steps[i], path_ + "/steps/" + std::to_string(i), i);
        }
    }

private:
    void check_filter() const
    {
        check_choice(in_, what_.where.bands, in_.what.bands, path_ + "/bands", "band");
        check_choice(in_, what_.where.seasons, in_.in.calendar.seasons, path_ + "/seasons",
                     "season");
        check_choice(in_, what_.where.days, in_.in.calendar.days, path_ + "/days", "day class");
        const bool is_metered = is_energy(what_.of) || what_.of == source::demand ||
                                what_.of == source::demand_reading;
        const filter& by = what_.where;
        const bool has_bands = !by.bands.empty() || !by.meters.empty();
        const bool has_days = !by.seasons.empty() || !by.days.empty();
        if ((has_bands && !is_metered) ||
            (has_days && !is_metered && what_.of != source::days)) {
            in_.note(path_ + "/of", quoted(to_string(what_.of)),
                     has_bands ? "energy or demand: nothing else has bands or meters"
                               : "energy, demand or days: nothing else has seasons or days");
        }
    }

    void check_source() const
    {
        if (what_.of == source::attribute && !may_have(in_.what.attributes, what_.attribute)) {
            in_.note(path_ + "/attribute", quoted(what_.attribute),
                     "one of the tariff's attributes");
        }
        if (what_.of == source::demand) check_demand();
        if (what_.of == source::power_factor && !what_.rounding) {
            in_.note(path_ + "/round", "(missing)", "how the power factor is rounded");
        }
        const bool is_mean = what_.reducer == reducer::mean_top;
        if (is_mean && (what_.top < 1 || what_.top > 1000)) {
            in_.note(path_ + "/top", std::to_string(what_.top), "1 to 1000");
        }
        if (is_mean && what_.top > 1 && !what_.rounding) {
            in_.note(path_ + "/round", "(missing)", "how a mean is rounded");
        }
        const bool by_day = what_.proration == proration::actual_days ||
                            what_.proration == proration::thirty_days;
        if (by_day && what_.of != source::months && what_.of != source::attribute) {
            in_.note(path_ + "/prorate", quoted(to_string(what_.proration)),
                     "a determinant of months or of an attribute");
        }
        if (what_.proration == proration::catch_up && what_.of != source::months) {
            in_.note(path_ + "/prorate", "\"catch_up\"", "a determinant of months");
        }
    }

    void check_demand() const
    {
        const int length = what_.window_minutes;
        if (length < 1 || length > minutes_in_day || minutes_in_day % length != 0) {
            in_.note(path_ + "/window", std::to_string(length),
                     "minutes that divide the day, such as 15 or 30");
        } else if (60 % length != 0 && !what_.rounding) {
            in_.note(path_ + "/round", "(missing)",
                     "how kW is rounded: 60 minutes are no multiple of the window");
        }
    }

    void check_step(const step& each, const std::string& path, std::size_t index) const
    {
        using kind = step::kind;
        const std::string key = path + '/' + std::string{to_string(each.does)};
        if (each.rounding) check_quantity_rule(in_, *each.rounding, path + "/round");
        const std::int64_t constant = each.with.value.mantissa();
        const bool is_constant = each.with.determinant.empty();
        switch (each.does) {
            case kind::scale:
            case kind::ratchet:
                if (constant < 0) in_.note(key, quoted_number(each.with.value), "no less than 0");
                need_rounding(each, path, is_constant && constant % constant_unit == 0);
                break;
            case kind::add:
            case kind::subtract:
            case kind::at_least:
            case kind::at_most:
                need_rounding(each, path, operand_is_whole(each));
                break;
            case kind::round:
                if (!each.rounding) in_.note(key, "(missing)", "a rule of rounding");
                break;
            case kind::bank:
                if (what_.scope != scope::period) {
                    in_.note(key, quoted(to_string(what_.scope)), "the scope period");
                }
                break;
            case kind::only_if:
                if (is_constant) in_.note(key, "a constant", "the name of a determinant");
                if (!each.limit) in_.note(path + "/at_most", "(missing)", "a quantity");
                break;
        }
        const bool keeps = each.does == kind::ratchet || each.does == kind::bank;
        if (keeps && (each.back_months < 1 || each.back_months > 1200)) {
            in_.note(each.does == kind::bank ? key : path + "/back_months",
                     std::to_string(each.back_months), "1 to 1200 months");
        }
        for (const std::uint8_t month : each.months) {
            if (month >= 1 && month <= 12) continue;
            in_.note(path + "/months", std::to_string(month), "months from 1 to 12");
        }
        const bool rounds_first = each.does == kind::round;
        determinant bare = what_;
        bare.steps.clear();
        if (index == 0 && !rounds_first && may_be_fraction(bare)) {
            in_.note(path_ + "/round", "(missing)",
                     "how parts of a month are rounded before the steps");
        }
    }

    void need_rounding(const step& each, const std::string& path, bool is_exact) const
    {
        if (each.rounding || is_exact) return;
        in_.note(path + "/round", "(missing)", "how what is finer than 0.0001 is rounded");
    }

    [[nodiscard]] bool operand_is_whole(const step& each) const
    {
        if (each.with.determinant.empty()) return each.with.value.mantissa() % quantity_step == 0;
        const determinant* const other = find(in_.in.determinants, each.with.determinant);
        return other == nullptr || !may_be_fraction(*other);
    }

    const checking& in_;
    const determinant& what_;
    std::string path_;
};

}  // namespace

bool may_be_fraction(const determinant& what) noexcept
{
    if (what.rounding || !what.steps.empty()) return false;
    const bool by_day = what.proration == proration::actual_days ||
                        what.proration == proration::thirty_days;
    return by_day && (what.of == source::months || what.of == source::attribute);
}

void check_determinants(const checking& in)
{
    check_names(in, in.in.determinants, "/determinants", "determinant");
    for (std::size_t i = 0; i < in.in.determinants.size(); ++i) {
        determinant_checker{in, in.in.determinants[i], "/determinants/" + std::to_string(i)}
            .run();
    }
}

}  // namespace wattpurse::tariff
