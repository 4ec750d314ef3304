// SPDX-License-Identifier: Apache-2.0
#include "price_chart.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "tariff_words.hpp"

namespace wattpurse::cli {

namespace {

constexpr int plot_left = 74;
constexpr int plot_top = 40;
constexpr int plot_width = 300;
constexpr int plot_height = 100;
constexpr std::size_t title_columns = 46;

using tariff::unit_price;

/// One line of the chart: a price for each tier.
struct price_line {
    std::string colour;
    std::vector<unit_price> prices;
};

std::vector<price_line> lines_of(const price_chart& chart, const tariff::rate_table& rate)
{
    std::vector<price_line> out;
    if (!tariff::is_by_band(rate)) {
        price_line single{"#333", {}};
        for (const tariff::tier& each : rate.tiers) single.prices.push_back(each.each);
        out.push_back(std::move(single));
        return out;
    }
    for (const auto& [band, colour] : chart.colours) {
        price_line made{colour, {}};
        for (const tariff::tier& each : rate.tiers) {
            for (const auto& price : each.bands) {
                if (price.band == band) made.prices.push_back(price.each);
            }
        }
        if (made.prices.size() == rate.tiers.size()) out.push_back(std::move(made));
    }
    return out;
}

/// Places numbers along `length` pixels. Pixels are no money, so they may be approximate.
class axis {
public:
    axis(std::int64_t low, std::int64_t high, int length)
        : low_{low}, length_{length}
    {
        const std::int64_t span = std::max<std::int64_t>(high / 2 - low / 2, 1);  // cannot overflow
        shrink_ = std::max<std::int64_t>(span / 1'000'000'000, 1);
        parts_ = span / shrink_;
    }
    [[nodiscard]] int at(std::int64_t value) const
    {
        const std::int64_t part = (value / 2 - low_ / 2) / shrink_;
        return static_cast<int>(part * length_ / parts_);
    }

private:
    std::int64_t low_;
    std::int64_t shrink_ = 1;
    std::int64_t parts_ = 1;
    int length_;
};

/// Appends `at` where it keeps its distance from all that are there.
bool place(std::vector<int>& taken, int at, int distance)
{
    const bool is_free = std::all_of(taken.begin(), taken.end(), [&](int other) {
        return std::abs(other - at) >= distance;
    });
    if (is_free) taken.push_back(at);
    return is_free;
}

std::string shortened(std::string text)
{
    if (text.size() <= title_columns) return text;
    std::size_t end = title_columns;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + "...";
}

/// A price in the room left of the axis: one of very many digits is cut to a whole number.
std::string label_text(unit_price price)
{
    constexpr std::size_t room = 13;
    const std::string text = short_number(price);
    return text.size() <= room ? text : '~' + text.substr(0, text.find('.'));
}

unit_price negative(unit_price price)
{
    return unit_price::of(-std::max(price.mantissa(), -std::numeric_limits<std::int64_t>::max()));
}

/// The table as the customer pays by it.
tariff::rate_table paid(tariff::rate_table rate, bool credit)
{
    for (tariff::tier& each : rate.tiers) {
        if (!credit) break;
        each.each = negative(each.each);
        each.fee = negative(each.fee);
        for (auto& price : each.bands) price.each = negative(price.each);
    }
    return rate;
}

/// What the picture cannot show: the mode, fees, blocks, prices of a series.
std::string remark(const tariff::rate_table& rate, const price_chart& chart, const phrases& say)
{
    std::string out;
    switch (rate.mode) {
        case tariff::rate_mode::volume:
            out = say("the tier that is reached prices all of it");
            break;
        case tariff::rate_mode::select:
            out = say("{} decides on the price", {rate.selected_by});
            break;
        case tariff::rate_mode::series: return say("the prices of the series {}", {rate.series});
        default: break;
    }
    const auto add = [&out](std::string text) {
        out += (out.empty() ? "" : "; ") + std::move(text);
    };
    if (!rate.bounds.plus.empty()) add(say("bounds plus {}", {rate.bounds.plus}));
    std::string fees;
    for (const tariff::tier& each : rate.tiers) {
        if (!each.block.is_zero()) {
            add(say("begun blocks of {} {}", {short_number(each.block), chart.unit}));
        }
        if (!each.fee.is_zero()) fees += (fees.empty() ? "" : ", ") + short_number(each.fee);
    }
    if (!fees.empty()) add(say("fees {}", {fees}));
    return out;
}

class plot {
public:
    plot(svg& page, const price_chart& chart, const tariff::rate_table& rate)
        : page_{page}, rate_{rate}, lines_{lines_of(chart, rate)}, x_{chart.x + plot_left},
          y_{chart.y + plot_top}, along_{first_bound(), last_bound(), plot_width},
          up_{low(), high(), plot_height}
    {
    }

    void draw(const std::string& along)
    {
        page_.line(x_, y_, x_, y_ + plot_height, "#888");
        price_labels();
        bound_labels();
        const int zero = y_ + plot_height - up_.at(0);
        page_.line(x_, zero, x_ + plot_width, zero, "#888");
        for (const price_line& each : lines_) page_.path(steps(each), each.colour, 2);
        page_.text(x_ + plot_width, y_ + plot_height + 30, along, 11, "#666", anchor::end);
    }

private:
    static constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

    /// A third beyond the last bound, so that the last price is seen.
    [[nodiscard]] std::int64_t last_bound() const
    {
        std::int64_t last = 0;
        for (const tariff::tier& each : rate_.tiers) {
            if (each.up_to) last = std::max(last, each.up_to->mantissa());
        }
        return last == 0 ? 40'000 : last + std::min(last / 3, most - last);
    }
    /// Zero, or a third before a first bound that is below it.
    [[nodiscard]] std::int64_t first_bound() const
    {
        const auto& bound = rate_.tiers.front().up_to;
        const std::int64_t first = bound ? std::min<std::int64_t>(bound->mantissa(), 0) : 0;
        return first + std::max(first / 3, -most - first);
    }
    [[nodiscard]] std::int64_t low() const
    {
        std::int64_t out = 0;
        for (const price_line& each : lines_) {
            for (const unit_price price : each.prices) out = std::min(out, price.mantissa());
        }
        return out;
    }
    [[nodiscard]] std::int64_t high() const
    {
        std::int64_t out = 0;
        for (const price_line& each : lines_) {
            for (const unit_price price : each.prices) out = std::max(out, price.mantissa());
        }
        return out;
    }

    [[nodiscard]] int height_of(unit_price price) const
    {
        return y_ + plot_height - up_.at(price.mantissa());
    }

    [[nodiscard]] std::string steps(const price_line& of) const
    {
        std::string out = "M" + std::to_string(x_);
        out += ' ' + std::to_string(height_of(of.prices.front()));
        for (std::size_t i = 0; i < of.prices.size(); ++i) {
            if (i > 0) out += 'V' + std::to_string(height_of(of.prices[i]));
            const auto& bound = rate_.tiers[i].up_to;
            const int end = bound ? along_.at(bound->mantissa()) : plot_width;
            out += 'H' + std::to_string(x_ + end);
        }
        return out;
    }

    /// Prices that occur, the highest first, as far as there is room.
    void price_labels()
    {
        std::vector<unit_price> all{unit_price{}};
        for (const price_line& each : lines_) {
            all.insert(all.end(), each.prices.begin(), each.prices.end());
        }
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        std::vector<int> taken;
        const auto label = [&](unit_price price) {
            const int at = height_of(price);
            if (!place(taken, at, 13)) return;
            page_.text(x_ - 7, at + 4, label_text(price), 11, "#444", anchor::end);
            page_.line(x_ - 4, at, x_, at, "#888");
        };
        label(all.back());
        label(unit_price{});
        label(all.front());
        for (auto price = all.rbegin(); price != all.rend(); ++price) label(*price);
    }

    void bound_labels()
    {
        const int bottom = y_ + plot_height;
        page_.text(x_ + along_.at(0), bottom + 16, "0", 11, "#444", anchor::middle);
        int free_from = x_ + along_.at(0) + 12;
        for (const tariff::tier& each : rate_.tiers) {
            if (!each.up_to) continue;
            const int at = x_ + along_.at(each.up_to->mantissa());
            const std::string text = short_number(*each.up_to);
            const int half = text_width(text, 11) / 2 + 3;
            page_.line(at, bottom, at, bottom + 4, "#888");
            if (at - half < free_from) continue;
            page_.text(at, bottom + 16, text, 11, "#444", anchor::middle);
            free_from = at + half;
        }
    }

    svg& page_;
    const tariff::rate_table& rate_;
    std::vector<price_line> lines_;
    int x_;
    int y_;
    axis along_;
    axis up_;
};

}  // namespace

void draw_prices(svg& page, const price_chart& chart, const tariff::rate_table& rate,
                 const phrases& say)
{
    std::string head = chart.title + ", " + chart.currency;
    if (!chart.unit.empty()) head += '/' + chart.unit;
    page.text(chart.x + 30, chart.y + 16, shortened(std::move(head)), 12);
    const tariff::rate_table shown = paid(rate, chart.credit);
    std::string below = remark(shown, chart, say);
    if (chart.credit) below = say("credited") + (below.empty() ? "" : "; ") + below;
    page.text(chart.x + 30, chart.y + 31, shortened(std::move(below)), 11, "#666");
    if (rate.mode == tariff::rate_mode::series || rate.tiers.empty()) return;
    plot{page, chart, shown}.draw(chart.along);
}

}  // namespace wattpurse::cli
