// SPDX-License-Identifier: Apache-2.0
#include "tariff_svg.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include <wattpurse/tariff/timetable.hpp>

#include "billing.hpp"
#include "price_chart.hpp"
#include "svg.hpp"
#include "tariff_words.hpp"

namespace wattpurse::cli {

namespace {

namespace ch = std::chrono;
using tariff::civil_day;

constexpr int page_width = 860;
constexpr int left = 60;
constexpr int day_width = 2;
constexpr int hour_height = 8;
constexpr int map_height = 24 * hour_height;
constexpr int legend_row = 20;
constexpr int legend_right = page_width - 30;

/// A stretch of a day, in minutes of its clock, that has one colour.
struct stretch {
    int from = 0;
    int until = 0;
    std::int16_t colour = tariff::no_index;

    friend bool operator==(const stretch&, const stretch&) = default;
};
using day_colours = std::vector<stretch>;

/// Prices that rank the bands: of each that of the first charge that tells it from others.
std::vector<std::size_t> ranks_of(const tariff::tariff& by, const tariff::version& in)
{
    std::vector<std::optional<tariff::unit_price>> prices(by.bands.size());
    for (const tariff::charge& each : in.charges) {
        if (each.credit || !tariff::is_by_band(each.rate)) continue;
        for (const auto& price : each.rate.tiers.front().bands) {
            for (std::size_t i = 0; i < by.bands.size(); ++i) {
                if (by.bands[i].name == price.band && !prices[i]) prices[i] = price.each;
            }
        }
    }
    std::vector<std::size_t> order(by.bands.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return prices[a] < prices[b]; });
    std::vector<std::size_t> out(order.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank) out[order[rank]] = rank;
    return out;
}

class picture {
public:
    picture(const tariff::tariff& by, const tariff_picture& what, const phrases& say)
        : by_{by}, what_{what}, say_{say}, language_{language_of(say)}, page_{page_width}
    {
        first_ = civil_day{what.year / ch::January / 1};
        end_ = civil_day{(what.year + ch::years{1}) / ch::January / 1};
        const std::size_t last = tariff::version_at(by, end_ - ch::days{1});
        for (std::size_t i = tariff::version_at(by, first_); i <= last; ++i) {
            versions_.push_back(&by.versions[i]);
            has_plans_ = has_plans_ || !by.versions[i].calendar.plans.empty();
            add_seasons(by.versions[i].calendar.seasons);
        }
        const auto ranks = ranks_of(by, *versions_.back());
        for (const std::size_t rank : ranks) {
            band_colours_.push_back(scale_colour(rank, ranks.size()));
        }
    }

    std::string draw()
    {
        title();
        legend();
        year_map();
        charts();
        return page_.picture(y_, by_.name + ", " + year_text());
    }

private:
    /// One name has one colour, whatever the version.
    void add_seasons(const std::vector<tariff::season>& all)
    {
        for (const tariff::season& each : all) {
            if (std::find(seasons_.begin(), seasons_.end(), each.name) != seasons_.end()) continue;
            seasons_.push_back(each.name);
        }
    }

    [[nodiscard]] std::string year_text() const
    {
        return tariff::to_string(first_).substr(0, 4);
    }

    void title()
    {
        page_.text(left, 34, by_.name, 18);
        page_.text(left, 54, year_text() + ", " + std::string{by_.unit.code()} + ", " +
                                 by_.zone.name(), 12, "#666");
        y_ = 66;
    }

    // ---- Legend ---------------------------------------------------------------------------------

    [[nodiscard]] std::string colour(std::int16_t index) const
    {
        const auto at = static_cast<std::size_t>(index < 0 ? 0 : index);
        if (index < 0) return "#e4e7ea";
        if (has_plans_) return at < band_colours_.size() ? band_colours_[at] : "#e4e7ea";
        return scale_colour(at, seasons_.size());
    }

    /// Whether a version has no hours of bands while another one has, or no seasons.
    [[nodiscard]] bool has_other_days() const
    {
        return std::any_of(versions_.begin(), versions_.end(), [&](const tariff::version* each) {
            return has_plans_ ? each->calendar.plans.empty() : each->calendar.seasons.empty();
        });
    }

    void legend()
    {
        std::vector<std::pair<std::string, std::string>> entries;  // colour, name
        for (std::size_t i = 0; has_plans_ && i < by_.bands.size(); ++i) {
            const auto& band = by_.bands[i];
            entries.emplace_back(band_colours_[i], band.title.in(language_, band.name));
        }
        for (std::size_t i = 0; !has_plans_ && i < seasons_.size(); ++i) {
            entries.emplace_back(scale_colour(i, seasons_.size()), seasons_[i]);
        }
        if (entries.empty() || has_other_days()) {
            entries.emplace_back("#e4e7ea", say_(by_.bands.empty() ? "no bands"
                                                                   : "bands by registers"));
        }
        int x = left;
        for (const auto& [fill, name] : entries) {
            const int width = 12 + 6 + text_width(name, 12) + 18;
            if (x > left && x + width > legend_right) {
                x = left;
                y_ += legend_row;
            }
            page_.rectangle(x, y_, 12, 12, fill);
            page_.text(x + 18, y_ + 10, name, 12);
            x += width;
        }
        y_ += legend_row + 6;
    }

    // ---- The year -------------------------------------------------------------------------------

    [[nodiscard]] std::int16_t season_colour(const tariff::version& in, std::int16_t season) const
    {
        const auto& all = in.calendar.seasons;
        const auto index = static_cast<std::size_t>(season);
        if (season < 0 || index >= all.size()) return tariff::no_index;
        const auto found = std::find(seasons_.begin(), seasons_.end(), all[index].name);
        return static_cast<std::int16_t>(found - seasons_.begin());
    }

    /// The runs of a day as its clock shows them. An hour that is shown twice is drawn once.
    [[nodiscard]] day_colours colours_of(civil_day day) const
    {
        const auto& in = by_.versions[tariff::version_at(by_, day)];
        const instant from = by_.zone.start_of(day);
        const instant until = by_.zone.start_of(day + ch::days{1});
        day_colours out;
        const instant midnight{day.time_since_epoch()};
        for (const tariff::run& each : tariff::timetable(in.calendar, by_.bands, by_.zone,
                                                         what_.events, from, until)) {
            for (instant at = each.from; at < each.until;) {
                const instant end = std::min(each.until, by_.zone.next_change(at));
                const auto shown = at + by_.zone.at(at).offset - midnight;
                stretch next;
                next.from = static_cast<int>(ch::floor<ch::minutes>(shown).count());
                next.until = next.from +
                             static_cast<int>(ch::floor<ch::minutes>(end - at).count());
                next.colour = has_plans_ ? each.band : season_colour(in, each.season);
                out.push_back(next);
                at = end;
            }
        }
        return out;
    }

    /// Days that are alike are drawn as one.
    void year_map()
    {
        const int top = y_;
        const int days = static_cast<int>((end_ - first_).count());
        day_colours same = colours_of(first_);
        int begin = 0;
        for (int i = 1; i <= days; ++i) {
            day_colours next = i < days ? colours_of(first_ + ch::days{i}) : day_colours{};
            if (i < days && next == same) continue;
            for (const stretch& each : same) {
                const int from = std::clamp(each.from * hour_height / 60, 0, map_height);
                const int until = std::clamp(each.until * hour_height / 60, 0, map_height);
                page_.rectangle(left + begin * day_width, top + from, (i - begin) * day_width,
                                until - from, colour(each.colour));
            }
            same = std::move(next);
            begin = i;
        }
        for (int hour = 0; hour <= 24; hour += 6) {
            const int at = top + hour * hour_height;
            page_.text(left - 8, at + 4, (hour < 10 ? "0" : "") + std::to_string(hour) + ":00", 11,
                       "#444", anchor::end);
            page_.line(left - 4, at, left, at, "#888");
        }
        months(top, days);
        for (std::size_t i = 1; i < versions_.size(); ++i) {
            const int x = left + static_cast<int>((*versions_[i]->from - first_).count()) *
                                     day_width;
            page_.line(x, top, x, top + map_height, "#222");
        }
        y_ = top + map_height + 52;
    }

    void months(int top, int days)
    {
        constexpr std::array names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const int bottom = top + map_height;
        for (unsigned m = 0; m < 12; ++m) {
            const civil_day begin{what_.year / ch::month{m + 1} / 1};
            const int x = left + static_cast<int>((begin - first_).count()) * day_width;
            if (m > 0) page_.line(x, top, x, bottom + 5, "#fff");
            page_.line(x, bottom, x, bottom + 5, "#888");
            const bool named = say_.language() == speech::english;
            page_.text(x + 30, bottom + 18,
                       named ? names[m] : say_("month {}", {std::to_string(m + 1)}), 12, "#222",
                       anchor::middle);
        }
        const int end = left + days * day_width;
        page_.line(end, bottom, end, bottom + 5, "#888");
        page_.line(left, bottom, end, bottom, "#888");
    }

    // ---- Prices ---------------------------------------------------------------------------------

    /// With the line where several charges have one title.
    [[nodiscard]] std::string title_of(const tariff::version& in, const tariff::charge& what) const
    {
        const std::string& own = what.title.in(language_, what.line);
        const auto& all = in.charges;
        const auto count = std::count_if(all.begin(), all.end(), [&](const auto& each) {
            return each.title.in(language_, each.line) == own;
        });
        return count > 1 ? own + " (" + what.line + ')' : own;
    }

    void charts()
    {
        page_.text(left, y_, say_("What one more costs, by charge"), 14);
        if (by_.versions.size() > 1 && versions_.size() == 1) {
            page_.text(page_width - 30, y_, versions_.front()->name, 12, "#666", anchor::end);
        }
        y_ += 14;
        for (const tariff::version* each : versions_) {
            if (versions_.size() > 1) version_title(*each);
            charts(*each);
        }
        y_ += 10;
    }

    /// "from 2026-07-01 on (summer)", of one of several versions that the year has.
    void version_title(const tariff::version& in)
    {
        const bool goes_on = !in.from || *in.from <= first_;
        std::string text = goes_on ? say_("at first")
                                   : say_("from {} on", {tariff::to_string(*in.from)});
        if (!in.name.empty()) text += " (" + in.name + ')';
        page_.text(left, y_ + 12, text, 13, "#444");
        y_ += 20;
    }

    void charts(const tariff::version& in)
    {
        int column = 0;
        for (const tariff::charge& each : in.charges) {
            const auto* const on = find_determinant(in, each.on);
            price_chart chart;
            chart.x = column == 0 ? 30 : page_width / 2 + 10;
            chart.y = y_;
            chart.title = title_of(in, each);
            chart.unit = on == nullptr ? std::string{} : on->unit;
            chart.along = bound_unit(in, each.rate, chart.unit);
            chart.credit = each.credit;
            chart.currency = std::string{by_.unit.code()};
            for (std::size_t i = 0; i < by_.bands.size(); ++i) {
                chart.colours.emplace_back(by_.bands[i].name, band_colours_[i]);
            }
            draw_prices(page_, chart, each.rate, say_);
            column = 1 - column;
            if (column == 0) y_ += chart_height;
        }
        if (column == 1) y_ += chart_height;
    }

    const tariff::tariff& by_;
    const tariff_picture& what_;
    const phrases& say_;
    tariff::language language_;
    svg page_;
    int y_ = 0;
    civil_day first_;
    civil_day end_;
    std::vector<const tariff::version*> versions_;  ///< in force on some day of the year
    std::vector<std::string> seasons_;              ///< of all of them, by name
    bool has_plans_ = false;
    std::vector<std::string> band_colours_;
};

}  // namespace

std::string tariff_svg(const tariff::tariff& by, const tariff_picture& what, const phrases& say)
{
    return picture{by, what, say}.draw();
}

}  // namespace wattpurse::cli
