// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tariff/reference/measure.hpp"

namespace wattpurse::tariff::reference {

/// What one line holds: exact, before it is rounded.
struct cell {
    exact quantity;
    exact money;
};
/// Lines by what follows the charge's name: "", ".2", ".2.peak", ".fee".
using cells = std::map<std::string, cell>;

inline void add(cells& to, const cells& what, const exact& times = 1)
{
    for (const auto& [name, value] : what) {
        to[name].quantity += value.quantity * times;
        to[name].money += value.money * times;
    }
}

/// The end of each tier; none for the last.
using ends = std::vector<std::optional<exact>>;

inline std::string tier_name(const rate_table& table, std::size_t i)
{
    return table.tiers[i].name.empty() ? std::to_string(i + 1) : table.tiers[i].name;
}

inline bool by_band(const rate_table& table)
{
    return std::any_of(table.tiers.begin(), table.tiers.end(),
                       [](const tier& each) { return !each.bands.empty(); });
}

class pricing {
public:
    pricing(const tariff& by, const version& in, const rate_table& table, ends bounds)
        : by_{by}, in_{in}, table_{table}, ends_{std::move(bounds)}
    {
    }

    /// What a quantity costs. `selected` is what a select table goes by.
    cells of_quantity(const measured& what, const exact& selected)
    {
        switch (table_.mode) {
            case rate_mode::flat:
            case rate_mode::package: return whole(0, what);
            case rate_mode::volume: return whole(reached(what.total), what);
            case rate_mode::select: return whole(reached(selected), what);
            case rate_mode::graduated: return graduated(what);
            case rate_mode::series: break;
        }
        throw std::logic_error{"a series prices time"};
    }

    /// Tiers that fill in the order of time; `already` was there before the first piece.
    cells of_pieces(const std::vector<piece>& pieces, const integer& already)
    {
        cells out;
        integer position = already;
        for (std::size_t i = 0; i < pieces.size();) {
            std::size_t next = i;
            std::vector<integer> left(by_.bands.size());
            integer sum = 0;
            for (; next < pieces.size() && pieces[next].from == pieces[i].from &&
                   pieces[next].until == pieces[i].until;
                 ++next) {
                left[static_cast<std::size_t>(pieces[next].band)] += pieces[next].quantity;
                sum += pieces[next].quantity;
            }
            put_group(out, left, position, sum);
            position += sum;
            i = next;
        }
        fees(out, exact{position, 10'000});
        return out;
    }

private:
    exact lower(std::size_t i) const { return i == 0 ? exact{0} : *ends_[i - 1]; }

    /// The tier whose part of the line holds `quantity`.
    std::size_t reached(const exact& quantity) const
    {
        std::size_t i = 0;
        while (i + 1 < ends_.size() && quantity > *ends_[i]) ++i;
        return i;
    }

    /// How much of [0, quantity) lies in tier i. Below zero all of it is in the first.
    exact part(std::size_t i, const exact& quantity) const
    {
        if (quantity < 0) return i == 0 ? quantity : exact{0};
        const exact above = std::min<exact>(lower(i), quantity);
        const exact below = ends_[i] ? std::min<exact>(*ends_[i], quantity) : quantity;
        return std::max<exact>(exact{below - above}, 0);
    }

    exact price(std::size_t i, std::size_t band) const
    {
        const tier& at = table_.tiers[i];
        if (band >= by_.bands.size() || at.bands.empty()) return of(at.each);
        for (const band_price& each : at.bands) {
            if (each.band == by_.bands[band].name) return of(each.each);
        }
        throw std::logic_error{"a band without a price"};
    }

    void put(cells& out, const std::string& name, std::size_t i, const exact& quantity) const
    {
        const exact block = of(table_.tiers[i].block);
        exact count = quantity;
        if (block > 0) {
            const exact blocks = quantity > 0 ? exact{quantity / block} : exact{0};
            count = floor_of(blocks);
            if (count < blocks) count += 1;
        }
        out[name].quantity += count;
        out[name].money += count * of(table_.tiers[i].each);
    }

    void put_bands(cells& out, const std::string& name, std::size_t i,
                   const std::vector<integer>& split) const
    {
        for (std::size_t band = 0; band < by_.bands.size(); ++band) {
            const exact quantity{split[band], 10'000};
            if (quantity == 0) continue;
            cell& to = out[name + "." + by_.bands[band].name];
            to.quantity += quantity;
            to.money += quantity * price(i, band);
        }
    }

    void put_fee(cells& out, const std::string& name, std::size_t i) const
    {
        if (table_.tiers[i].fee.is_zero()) return;
        out[name + ".fee"].quantity += 1;
        out[name + ".fee"].money += of(table_.tiers[i].fee);
    }

    /// Everything at the price of tier i.
    cells whole(std::size_t i, const measured& what) const
    {
        cells out;
        if (by_band(table_)) {
            put_bands(out, "", i, what.split);
        } else {
            put(out, "", i, what.total);
        }
        put_fee(out, "", i);
        return out;
    }

    std::string suffix(std::size_t i) const
    {
        return table_.tiers.size() == 1 ? "" : "." + tier_name(table_, i);
    }

    void fees(cells& out, const exact& quantity) const
    {
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            if (i == 0 || quantity > lower(i)) put_fee(out, suffix(i), i);
        }
    }

    cells graduated(const measured& what) const
    {
        cells out;
        std::vector<integer> left = what.split;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            const exact quantity = part(i, what.total);
            if (!by_band(table_)) {
                put(out, suffix(i), i, quantity);
            } else if (quantity != 0) {
                const std::vector<integer> taken =
                    by_largest_remainder(steps_of(quantity), magnitudes(left));
                for (std::size_t band = 0; band < left.size(); ++band) left[band] -= taken[band];
                put_bands(out, suffix(i), i, taken);
            }
        }
        fees(out, what.total);
        return out;
    }

    static std::vector<integer> magnitudes(std::vector<integer> of)
    {
        for (integer& each : of) each = abs(each);
        return of;
    }

    void put_group(cells& out, std::vector<integer> left, const integer& position,
                   const integer& sum) const
    {
        const exact begin{position, 10'000};
        const exact end{position + sum, 10'000};
        const auto bands_used =
            std::count_if(left.begin(), left.end(), [](const integer& each) { return each > 0; });
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            const exact quantity = part(i, end) - part(i, begin);
            if (quantity == 0) continue;
            if (quantity * 10'000 != exact{sum} && bands_used > 1 &&
                in_.split == interval_split::refuse) {
                throw refused{"several bands reach over a bound"};
            }
            const std::vector<integer> taken = by_largest_remainder(steps_of(quantity), left);
            for (std::size_t band = 0; band < left.size(); ++band) left[band] -= taken[band];
            put_bands(out, suffix(i), i, taken);
        }
    }

    const tariff& by_;
    const version& in_;
    const rate_table& table_;
    ends ends_;
};

/// Energy at the price of its interval.
class series_pricing {
public:
    series_pricing(const rate_table& table, const consumption& used, const wall_clock& clock)
        : table_{table}, clock_{clock}
    {
        for (const price_series& each : used.prices) {
            if (each.name == table.series) all_.push_back(each);
        }
    }

    cells operator()(const std::vector<piece>& pieces) const
    {
        cells out;
        for (const piece& each : pieces) {
            const exact quantity{each.quantity, 10'000};
            out[""].quantity += quantity;
            out[""].money += quantity * mean_over(each.from, each.until);
        }
        return out;
    }

private:
    exact mean_over(instant from, instant until) const
    {
        if (from == until) return at(from);
        exact sum = 0;
        for (instant when = from; when < until; when += minutes{1}) {
            sum += at(when) * std::min<duration>(minutes{1}, until - when).count();
        }
        return sum / (until - from).count();
    }

    exact listed(instant when) const
    {
        for (const price_series& each : all_) {
            if (when < each.from) continue;
            const auto i = static_cast<std::size_t>((when - each.from) / each.step);
            if (i < each.prices.size()) return of(each.prices[i]);
        }
        throw refused{"a price is missing"};
    }

    exact at(instant when) const
    {
        exact price = listed(when);
        if (table_.settlement_minutes > 0) {
            const minutes length{table_.settlement_minutes};
            const instant midnight = clock_.begin_of(clock_.day_at(when));
            const instant begin = midnight + (when - midnight) / length * length;
            exact sum = 0;
            for (int i = 0; i < table_.settlement_minutes; ++i) sum += listed(begin + minutes{i});
            price = sum / table_.settlement_minutes;
        }
        price *= of(table_.factor);
        if (table_.price_rounding) price = rounded(price, *table_.price_rounding);
        return price + of(table_.adder);
    }

    const rate_table& table_;
    const wall_clock& clock_;
    std::vector<price_series> all_;
};

}  // namespace wattpurse::tariff::reference
