// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "scopes.hpp"
#include "segments.hpp"

/// What the data do not tell of what a tariff counts.
namespace wattpurse::tariff {

namespace {

/// Energy is told of all the time; purchases and shown maxima are not.
constexpr std::array<channel, 3> continuous{channel::import, channel::export_, channel::reactive};

/// From when on a channel counts, if the version counts it. What was used before the first row of
/// a longer scope may be told by an opening.
std::optional<instant> counted_from(const rating& in, const version& by, channel what)
{
    std::optional<instant> out;
    for (const determinant& each : by.determinants) {
        if (channel_of(each.of) != what) continue;
        const bool opened = std::any_of(
            in.used.openings.begin(), in.used.openings.end(),
            [&](const opening& known) { return known.determinant == each.name; });
        const instant from = opened ? in.over.from : std::min(in.over.from, scope_start(each, in));
        out = std::min(out.value_or(from), from);
    }
    return out;
}

/// How far the rows of one meter tell what it counted.
struct told {
    bool any = false;
    instant until;
};

class gap_finder {
public:
    gap_finder(const rating& in, channel what, stretch over)
        : in_{in}, what_{what}, over_{over}, told_(in.used.meters.size(), told{false, over.from})
    {
    }

    void look_at(const consumption_row& row)
    {
        if (row.what != what_) return;
        told& known = told_[row.meter];
        known.any = true;
        if (row.from > known.until) add(row.meter, known.until, std::min(row.from, over_.until));
        known.until = std::max(known.until, row.until);
    }

    /// Meters without any row have no such register, unless none has.
    std::vector<gap> finish()
    {
        const bool none = std::none_of(told_.begin(), told_.end(),
                                       [](const told& each) { return each.any; });
        for (std::size_t i = 0; i < told_.size(); ++i) {
            if (told_[i].any || none) add(i, told_[i].until, over_.until);
        }
        return std::move(found_);
    }

private:
    void add(std::size_t meter, instant from, instant until)
    {
        if (from < until) found_.push_back({what_, in_.used.meters[meter], from, until});
    }

    const rating& in_;
    channel what_;
    stretch over_;
    std::vector<told> told_;
    std::vector<gap> found_;
};

}  // namespace

std::vector<gap> gaps_of(const rating& in, const std::vector<const version*>& versions)
{
    std::vector<gap> out;
    for (const channel what : continuous) {
        std::optional<instant> from;
        for (const version* const by : versions) {
            const auto counted = counted_from(in, *by, what);
            if (counted) from = std::min(from.value_or(*counted), *counted);
        }
        if (!from) continue;
        stretch over{*from, in.through};
        if (in.used.service_from) over.from = std::max(over.from, *in.used.service_from);
        if (in.used.service_until) over.until = std::min(over.until, *in.used.service_until);
        gap_finder finder{in, what, over};
        for (const std::uint32_t index : rows_in_time(in.used.rows)) {
            const consumption_row& row = in.used.rows[index];
            if (is_charged(row)) finder.look_at(row);
        }
        auto found = finder.finish();
        out.insert(out.end(), found.begin(), found.end());
    }
    return out;
}

}  // namespace wattpurse::tariff
