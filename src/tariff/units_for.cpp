// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/units_for.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>

#include "ceiling.hpp"
#include "placing.hpp"
#include "rating.hpp"

namespace wattpurse::tariff {

namespace {

/// Numbers that do not fit: it costs more than any purse holds.
bool is_too_much(const fault& each)
{
    return each.value == to_string(errc::overflow) || each.expected == "numbers that fit" ||
           each.expected == "amounts that fit" || each.expected == "energies of 0 to 10^11 kWh";
}

/// Looks for the first multiple of the step that costs more than there is.
class search {
public:
    search(placing& rows, const tariff& by, const consumption& used, const period& over)
        : rows_{rows}, over_{over}, watched_{watch(by, used, over, rows.kind())}
    {
    }

    /// Faults of what was used, and of one turn of the profile.
    std::vector<fault> begin()
    {
        (void)look_at(rows_.cycle());
        looks_ = 0;
        if (!faults_.empty()) return std::move(faults_);
        auto none = rate(watched_.by, rows_.with(0), over_, rows_.kind().through);
        if (!none) return std::move(none.error());
        before_ = none->sum.mantissa();
        bound_.emplace(watched_.parts, none->lines);
        return {};
    }

    /// How many steps are paid for.
    std::int64_t run(std::int64_t funds, std::int64_t step)
    {
        funds_ = funds;
        step_ = step;
        last_ = quantity_max / step;
        point low{0, look(0)};
        for (std::int64_t stride = 1; low.at < last_ && !has_stopped(); stride *= 2) {
            const std::int64_t next = std::min(last_, low.at + stride);
            point high{next, look(next)};
            if (const auto over = first_above(low, high)) return *over - 1;
            low = std::move(high);
        }
        return low.at;
    }

    /// What cannot be told.
    std::vector<fault> faults()
    {
        if (faults_.empty() && looks_ > units_looks_max) {
            faults_.push_back({"/step", to_string(scalar::of(step_)),
                               "a larger step: costs may fall as energy is added, so that each "
                               "has to be looked at, and " +
                                   std::to_string(units_looks_max) + " are not enough"});
        }
        return std::move(faults_);
    }
    [[nodiscard]] bool is_end(std::int64_t steps) const { return steps == last_; }

    [[nodiscard]] std::int64_t cost_of(std::int64_t steps)
    {
        const auto here = look(steps);
        return here ? here->cost : 0;
    }

private:
    struct view {
        bill_at bill;
        std::int64_t cost = 0;
    };
    struct point {
        std::int64_t at = 0;
        std::optional<view> seen;  ///< nothing: more than any purse holds
    };

    std::optional<view> look(std::int64_t steps) { return look_at(steps * step_); }

    std::optional<view> look_at(std::int64_t quantity)
    {
        ++looks_;
        auto at = rate(watched_.by, rows_.with(quantity), over_, rows_.kind().through);
        if (!at) {
            if (!std::all_of(at.error().begin(), at.error().end(), is_too_much)) {
                faults_ = std::move(at.error());
            }
            return std::nullopt;
        }
        const kernel::outcome cost = kernel::add(at->sum.mantissa(), -before_);
        if (!cost.ok) return std::nullopt;
        return view{{std::move(at->lines), rows_.rows()}, cost.mantissa};
    }

    [[nodiscard]] bool has_stopped() const
    {
        return !faults_.empty() || looks_ > units_looks_max;
    }

    [[nodiscard]] bool is_paid(const point& which) const
    {
        return which.seen && which.seen->cost <= funds_;
    }

    /// Whether all between two quantities, and the second, are paid for.
    bool is_paid_through(const point& low, const point& high)
    {
        if (!is_paid(high)) return false;
        if (high.at - low.at == 1) return true;
        const auto most = bound_->over(low.seen->bill, high.seen->bill);
        return most && *most - before_ <= funds_;
    }

    /// The first after `low`, which is paid for, up to `high` that is not.
    std::optional<std::int64_t> first_above(const point& low, const point& high)
    {
        if (has_stopped() || is_paid_through(low, high)) return std::nullopt;
        if (high.at - low.at == 1) return high.at;
        const std::int64_t at = low.at + (high.at - low.at) / 2;
        const point middle{at, look(at)};
        if (const auto over = first_above(low, middle)) return over;
        return first_above(middle, high);
    }

    placing& rows_;
    const period& over_;
    watched_tariff watched_;
    std::optional<ceiling> bound_;
    std::int64_t before_ = 0;
    std::int64_t funds_ = 0;
    std::int64_t step_ = 1;
    std::int64_t last_ = 0;
    std::int64_t looks_ = 0;
    std::vector<fault> faults_;
};

std::vector<fault> faults_of_call(money what, const tariff& by, const period& over, scalar step)
{
    std::vector<fault> out;
    if (what.unit() != by.unit) {
        out.push_back({"/money", to_string(what), "an amount of " + std::string{by.unit.code()}});
    } else if (what.is_negative()) {
        out.push_back({"/money", to_string(what), "an amount not below zero"});
    }
    if (step <= scalar{} || step.mantissa() > quantity_max) {
        out.push_back({"/step", to_string(step), "a step above zero, of at most 10^11 kWh"});
    }
    if (by.versions.empty()) {
        out.push_back({"/versions", "an empty array", "a tariff that has passed check"});
    }
    if (!is_stretch(over.from, over.until)) {
        out.push_back({"/period", std::string{over.id.view()},
                       "years 0 to 9999, and at most ten years at once"});
    }
    return out;
}

}  // namespace

result<units, std::vector<fault>> units_for(money what, const tariff& by, const consumption& used,
                                            const period& over, const band_profile& profile,
                                            scalar step)
{
    if (auto faults = faults_of_call(what, by, over, step); !faults.empty()) {
        return tl::unexpected{std::move(faults)};
    }
    placing rows{by, used, over, profile};
    if (auto faults = rows.begin(); !faults.empty()) return tl::unexpected{std::move(faults)};
    search look{rows, by, used, over};
    if (auto faults = look.begin(); !faults.empty()) return tl::unexpected{std::move(faults)};
    const std::int64_t steps = look.run(what.mantissa(), step.mantissa());
    if (auto faults = look.faults(); !faults.empty()) return tl::unexpected{std::move(faults)};
    units out;
    out.quantity = scalar::of(steps * step.mantissa());
    out.cost = money{amount::of(look.cost_of(steps)), by.unit};
    out.left = money{amount::of(what.mantissa() - out.cost.mantissa()), by.unit};
    out.is_bounded = !look.is_end(steps);
    return out;
}

}  // namespace wattpurse::tariff
