// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/batch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "batch_plan.hpp"

namespace wattpurse::tariff {

namespace {

/// Sums of as many intervals as a batch may have cannot leave 63 bits where each is below this;
/// anything above goes the careful way.
constexpr std::uint64_t plain_bits_max = std::uint64_t{1} << 40U;
static_assert(batch_intervals_max < std::int64_t{1} << 23U);

bool is_left_out(std::uint8_t flag)
{
    return flag != static_cast<std::uint8_t>(quality::good) &&
           flag != static_cast<std::uint8_t>(quality::estimated);
}

/// What was flagged among the qualities of one meter.
struct flagged {
    std::vector<std::uint32_t> left_out;   ///< intervals, in order
    std::vector<std::uint32_t> estimated;

    void find(std::span<const std::uint8_t> qualities)
    {
        left_out.clear();
        estimated.clear();
        const std::size_t size = qualities.size();
        for (std::size_t at = find_set(qualities.data(), 0, size); at < size;
             at = find_set(qualities.data(), at + 1, size)) {
            auto& kind = is_left_out(qualities[at]) ? left_out : estimated;
            kind.push_back(static_cast<std::uint32_t>(at));
        }
    }
};

/// One worker's memory: nothing is allocated for a reading, and little for a meter.
struct scratch {
    flagged flags;
    std::vector<parts_of_sum> sums;         ///< of slices, or of cells
    std::vector<std::int64_t> slice_sums;   ///< where tiers fill in the order of time
    std::vector<std::int64_t> cell_sums;
    std::vector<std::int64_t> counted;      ///< by quantity, of this period
    std::vector<std::int64_t> before;       ///< by quantity, of the periods before
    std::vector<std::vector<std::int64_t>> in_time;  ///< by table: [tier * bands + band]
    std::vector<std::int64_t> amounts;      ///< by line
};

/// The energy of one meter in one period.
class meter_period {
public:
    meter_period(const batch::plan& whole, const planned_period& part,
                 std::span<const std::int64_t> values, scratch& room)
        : whole_{whole}, part_{part}, values_{values}, room_{room}
    {
    }

    /// Sums of cells, and of slices where they are asked for. False where a number is below zero
    /// or so large that sums might not fit.
    [[nodiscard]] bool add_up(bool by_slice)
    {
        // Wrapping sums: a flagged interval may hold anything, and is taken out again.
        room_.sums.assign(by_slice ? part_.slices.size() : whole_.cells.size(), {});
        const std::uint64_t bits =
            by_slice ? sum_slices(values_.data(), part_.slices, room_.sums.data())
                     : sum_cells(values_.data(), part_.slices, room_.sums.data());
        fetch_ahead();
        if (bits >= plain_bits_max && !is_plain_without_flagged()) return false;
        take_out_flagged(by_slice);
        room_.cell_sums.assign(whole_.cells.size(), 0);
        if (!by_slice) {
            for (std::size_t i = 0; i < room_.sums.size(); ++i) {
                room_.cell_sums[i] = room_.sums[i].all();
            }
            return true;
        }
        room_.slice_sums.resize(part_.slices.size());
        for (std::size_t i = 0; i < part_.slices.size(); ++i) {
            room_.slice_sums[i] = room_.sums[i].all();
            room_.cell_sums[part_.slices[i].cell] += room_.slice_sums[i];
        }
        return true;
    }

    void measure()
    {
        room_.counted.assign(part_.quantities.size(), 0);
        room_.before.resize(part_.quantities.size(), 0);
        for (std::size_t i = 0; i < part_.quantities.size(); ++i) {
            if (!part_.quantities[i].goes_on) room_.before[i] = 0;
            for (const std::uint16_t cell : part_.quantities[i].counted) {
                room_.counted[i] += room_.cell_sums[cell];
            }
        }
        room_.in_time.resize(part_.tables.size());
        for (std::size_t i = 0; i < part_.tables.size(); ++i) {
            if (part_.tables[i].in_time) fill(part_.tables[i], room_.in_time[i]);
        }
    }

    /// Amounts of all lines; false where one does not fit.
    [[nodiscard]] bool price()
    {
        room_.amounts.assign(part_.lines.size(), 0);
        for (std::size_t i = 0; i < part_.lines.size(); ++i) {
            const auto amount = amount_of(part_.lines[i]);
            if (!amount) return false;
            room_.amounts[i] = amount->mantissa();
        }
        for (std::size_t i = 0; i < part_.quantities.size(); ++i) {
            room_.before[i] += room_.counted[i];
        }
        return true;
    }

private:
    [[nodiscard]] bool is_flagged(std::size_t at) const
    {
        const auto& all = room_.flags.left_out;
        return std::binary_search(all.begin(), all.end(), static_cast<std::uint32_t>(at));
    }

    [[nodiscard]] bool is_plain_without_flagged() const
    {
        for (std::size_t j = part_.slices.front().first; j < part_.slices.back().last; ++j) {
            if (static_cast<std::uint64_t>(values_[j]) >= plain_bits_max && !is_flagged(j)) {
                return false;
            }
        }
        return true;
    }

    /// What follows this period is asked for while it is priced: memory is what a batch waits for.
    void fetch_ahead() const
    {
        constexpr std::size_t line = 64 / sizeof(std::int64_t);
        constexpr std::size_t lines = 256;
        const std::size_t begin = part_.slices.back().last;
        const std::size_t end = std::min(values_.size(), begin + lines * line);
        for (std::size_t i = begin; i < end; i += line) __builtin_prefetch(values_.data() + i);
    }

    void take_out_flagged(bool by_slice)
    {
        const auto& all = room_.flags.left_out;
        const std::size_t end = part_.slices.back().last;
        auto next = std::lower_bound(all.begin(), all.end(),
                                     static_cast<std::uint32_t>(part_.slices.front().first));
        for (; next != all.end() && *next < end; ++next) {
            const auto here = std::upper_bound(
                part_.slices.begin(), part_.slices.end(), *next,
                [](std::uint32_t at, const slice& each) { return at < each.last; });
            const auto index = static_cast<std::size_t>(here - part_.slices.begin());
            room_.sums[by_slice ? index : here->cell].each[0] -=
                static_cast<std::uint64_t>(values_[*next]);
        }
    }

    /// Tiers in the order of time. Within a slice there is one band, so that its sum says all.
    void fill(const planned_table& table, std::vector<std::int64_t>& parts)
    {
        const std::size_t bands = whole_.by.bands.size();
        parts.assign(table.bounds.size() * bands, 0);
        std::int64_t position = room_.before[table.quantity];
        std::size_t tier = 0;
        const auto& cells = part_.quantities[table.quantity].cells;
        for (std::size_t i = 0; i < part_.slices.size(); ++i) {
            const std::uint16_t cell = part_.slices[i].cell;
            if (!cells[cell]) continue;
            const auto band = static_cast<std::size_t>(whole_.cells[cell].band);
            std::int64_t left = room_.slice_sums[i];
            while (left > 0) {
                while (position >= table.bounds[tier]) ++tier;
                const std::int64_t taken = std::min(left, table.bounds[tier] - position);
                parts[tier * bands + band] += taken;
                position += taken;
                left -= taken;
            }
        }
    }

    [[nodiscard]] std::optional<amount> amount_of(const planned_line& line) const
    {
        exact cost;
        switch (line.does) {
            case planned_line::kind::constant: return amount{decimal<6>::of(line.amount)};
            case planned_line::kind::flat: {
                std::int64_t quantity = 0;
                for (const std::uint16_t cell : line.cells) quantity += room_.cell_sums[cell];
                cost = product(quantity, line.price);
                break;
            }
            case planned_line::kind::tier:
                cost = product(part_in(line), line.price);
                break;
            case planned_line::kind::tier_band: {
                const std::size_t bands = whole_.by.bands.size();
                const auto& parts = room_.in_time[line.table];
                const auto band = static_cast<std::size_t>(line.band);
                cost = product(parts[line.tier * bands + band], line.price);
                break;
            }
            case planned_line::kind::percent: {
                kernel::int128 base = 0;
                for (const std::size_t each : line.over) base += room_.amounts[each];
                cost = {base * line.price, 100};  // fourteen places, an exact amount has twelve
                break;
            }
        }
        const auto rounded = round(cost, line.rounding);
        if (!rounded) return std::nullopt;
        return line.is_credit ? -*rounded : *rounded;
    }

    /// What this period adds to a tier.
    [[nodiscard]] std::int64_t part_in(const planned_line& line) const
    {
        const planned_table& table = part_.tables[line.table];
        const std::int64_t from = line.tier == 0 ? 0 : table.bounds[line.tier - 1];
        const std::int64_t until = table.bounds[line.tier];
        const std::int64_t before = room_.before[table.quantity];
        const std::int64_t now = before + room_.counted[table.quantity];
        const auto inside = [&](std::int64_t quantity) {
            return std::max<std::int64_t>(0, std::min(quantity, until) - from);
        };
        return inside(now) - inside(before);
    }

    const batch::plan& whole_;
    const planned_period& part_;
    std::span<const std::int64_t> values_;
    scratch& room_;
};

std::uint32_t count_in(const std::vector<std::uint32_t>& all, const planned_period& part)
{
    const auto first = std::lower_bound(all.begin(), all.end(),
                                        static_cast<std::uint32_t>(part.slices.front().first));
    const auto last =
        std::lower_bound(first, all.end(), static_cast<std::uint32_t>(part.slices.back().last));
    return static_cast<std::uint32_t>(last - first);
}

/// The intervals that are not charged, as times.
std::vector<gap> gaps_in(const batch::plan& whole, const planned_period& part,
                         const std::vector<std::uint32_t>& left_out)
{
    std::vector<gap> out;
    for (const std::uint32_t at : left_out) {
        if (at < part.slices.front().first || at >= part.slices.back().last) continue;
        const instant from = whole.from + static_cast<std::int64_t>(at) * whole.step;
        if (out.empty() || out.back().until != from) {
            out.push_back({channel::import, whole.common.meters.front(), from, from});
        }
        out.back().until = from + whole.step;
    }
    return out;
}

/// The rows of one meter, from the beginning of the data to the end of a period.
consumption rows_of(const batch::plan& whole, std::span<const std::int64_t> values,
                    std::span<const std::uint8_t> qualities, instant until)
{
    consumption out = whole.common;
    out.rows.clear();
    out.rows.reserve(whole.intervals);
    for (std::size_t i = 0; i < whole.intervals; ++i) {
        consumption_row row;
        row.from = whole.from + static_cast<std::int64_t>(i) * whole.step;
        row.until = row.from + whole.step;
        if (row.from >= until) break;
        const std::uint8_t flag = qualities.empty() ? std::uint8_t{0} : qualities[i];
        if (is_left_out(flag)) {
            row.quality = quality::rejected;  // its number may be anything: it is not looked at
        } else {
            row.quality = static_cast<quality>(flag);
            const auto quantity = scalar::from_mantissa(values[i]);
            row.quantity = quantity ? *quantity : -scalar::of(1);
        }
        out.rows.push_back(row);
    }
    return out;
}

/// The same as one row for each slice, from the beginning of what the period's ladders count: it
/// rates to the same lines, for in a slice nothing of the calendar changes. Nothing where a
/// number does not fit, or a period is not planned.
std::optional<consumption> slices_of(const batch::plan& whole, std::span<const std::int64_t> values,
                                     scratch& room, std::size_t index)
{
    std::size_t first = index;
    const auto goes_on = [&](std::size_t at) {
        const auto& all = whole.parts[at].quantities;
        return std::any_of(all.begin(), all.end(),
                           [](const planned_quantity& each) { return each.goes_on; });
    };
    while (first > 0 && goes_on(first)) --first;
    consumption out = whole.common;
    for (std::size_t i = first; i <= index; ++i) {
        meter_period here{whole, whole.parts[i], values, room};
        if (!whole.parts[i].is_planned || !here.add_up(true)) return std::nullopt;
        for (std::size_t j = 0; j < whole.parts[i].slices.size(); ++j) {
            const slice& each = whole.parts[i].slices[j];
            consumption_row row;
            row.from = whole.from + static_cast<std::int64_t>(each.first) * whole.step;
            row.until = whole.from + static_cast<std::int64_t>(each.last) * whole.step;
            row.quantity = scalar::of(room.slice_sums[j]);
            out.rows.push_back(row);
        }
    }
    return out;
}

}  // namespace

batch::batch(std::unique_ptr<plan> ready) : plan_{std::move(ready)} {}
batch::~batch() = default;
batch::batch(batch&&) noexcept = default;
batch& batch::operator=(batch&&) noexcept = default;

result<batch, std::vector<fault>> batch::compile(const tariff& by, std::vector<period> periods,
                                                 instant from, duration step,
                                                 std::size_t intervals, const consumption& common)
{
    auto ready = std::make_unique<plan>();
    ready->by = by;
    ready->periods = std::move(periods);
    ready->from = from;
    ready->step = step;
    ready->intervals = intervals;
    ready->common = common;
    ready->common.rows.clear();
    if (auto faults = plan_batch(*ready); !faults.empty()) {
        return tl::unexpected{std::move(faults)};
    }
    return batch{std::move(ready)};
}

const std::vector<line_id>& batch::lines() const noexcept { return plan_->lines; }
const std::vector<period>& batch::periods() const noexcept { return plan_->periods; }
bool batch::is_planned() const noexcept { return plan_->is_planned; }

result<rated, std::vector<fault>> batch::itemised(const interval_columns& columns,
                                                  std::size_t meter, std::size_t index) const
{
    const plan& whole = *plan_;
    const std::size_t meters = columns.quantities.size() / whole.intervals;
    const bool fits = index < whole.periods.size() && meter < meters &&
                      (columns.qualities.empty() ||
                       columns.qualities.size() == columns.quantities.size());
    if (!fits) {
        return tl::unexpected{std::vector<fault>{
            {"/meters/" + std::to_string(meter),
             std::to_string(columns.quantities.size()) + " values",
             "a column of " + std::to_string(whole.intervals) + " intervals for each meter"}}};
    }
    const std::size_t at = meter * whole.intervals;
    const auto qualities = columns.qualities.empty()
                               ? std::span<const std::uint8_t>{}
                               : columns.qualities.subspan(at, whole.intervals);
    const period& over = whole.periods[index];
    const auto values = columns.quantities.subspan(at, whole.intervals);
    scratch room;
    room.flags.find(qualities);
    if (const auto sums = slices_of(whole, values, room, index)) {
        auto out = rate(whole.by, *sums, over);
        if (out) {
            out->estimated = count_in(room.flags.estimated, whole.parts[index]);
            out->left_out = count_in(room.flags.left_out, whole.parts[index]);
            const auto left_out = gaps_in(whole, whole.parts[index], room.flags.left_out);
            out->gaps.insert(out->gaps.end(), left_out.begin(), left_out.end());
        }
        return out;
    }
    return rate(whole.by, rows_of(whole, values, qualities, over.until), over);
}

namespace {

/// The bill by the plan of its period; false where there is none, or a number does not fit.
bool by_plan(const batch::plan& whole, const planned_period& part,
             std::span<const std::int64_t> values, scratch& room, batch_bill& bill,
             std::span<std::int64_t> amounts)
{
    meter_period here{whole, part, values, room};
    if (!part.is_planned || !here.add_up(part.is_in_time)) return false;
    here.measure();
    if (!here.price()) return false;
    kernel::int128 sum = 0;
    for (std::size_t i = 0; i < part.lines.size(); ++i) {
        sum += room.amounts[i];
        if (!amounts.empty()) amounts[part.lines[i].column] = room.amounts[i];
    }
    const auto total = round(exact{sum * 1'000'000, 1}, part.bill);
    if (!total || sum > kernel::mantissa_max || sum < -kernel::mantissa_max) return false;
    bill.charged = static_cast<std::int64_t>(sum);
    bill.total = total->mantissa();
    return true;
}

/// The bill out of what `rate` says.
result<void, std::vector<fault>> by_rating(const batch::plan& whole, std::size_t index,
                                           rated what, batch_bill& bill,
                                           std::span<std::int64_t> amounts)
{
    for (const line& each : what.lines) {
        const auto found = std::find(whole.lines.begin(), whole.lines.end(), each.id);
        if (found == whole.lines.end() || amounts.empty()) continue;
        amounts[static_cast<std::size_t>(found - whole.lines.begin())] = each.amount.mantissa();
    }
    const auto closed = close(whole.by, whole.periods[index], what);
    if (!closed) {
        return tl::unexpected{std::vector<fault>{
            {"/total", std::string{to_string(closed.error())}, "totals that fit"}}};
    }
    bill.charged = closed->charged.mantissa();
    bill.total = closed->total.mantissa();
    return {};
}

}  // namespace

result<void, std::vector<fault>> batch::rate_all(const interval_columns& columns,
                                                 std::size_t meters,
                                                 std::span<batch_bill> bills,
                                                 std::span<std::int64_t> amounts) const
{
    const plan& whole = *plan_;
    const std::size_t count = whole.periods.size();
    const std::size_t width = amounts.empty() ? 0 : whole.lines.size();
    const std::size_t values = columns.quantities.size();
    const bool fits = values / whole.intervals == meters && values % whole.intervals == 0 &&
                      (columns.qualities.empty() || columns.qualities.size() == values) &&
                      bills.size() / count == meters && bills.size() % count == 0 &&
                      amounts.size() == bills.size() * width;
    if (!fits) {
        return tl::unexpected{std::vector<fault>{
            {"/columns", std::to_string(values) + " values",
             std::to_string(meters) + " meters of " + std::to_string(whole.intervals) +
                 " intervals, and room for their bills"}}};
    }
    std::fill(amounts.begin(), amounts.end(), 0);
    scratch room;
    for (std::size_t meter = 0; meter < meters; ++meter) {
        const std::size_t at = meter * whole.intervals;
        const auto own = columns.quantities.subspan(at, whole.intervals);
        room.flags.find(columns.qualities.empty()
                            ? columns.qualities
                            : columns.qualities.subspan(at, whole.intervals));
        bool planned = true;  // a ladder by the year runs through all periods, or through none
        for (std::size_t i = 0; i < count; ++i) {
            batch_bill& bill = bills[meter * count + i];
            const auto into = amounts.subspan((meter * count + i) * width, width);
            bill = {};
            bill.estimated = count_in(room.flags.estimated, whole.parts[i]);
            bill.left_out = count_in(room.flags.left_out, whole.parts[i]);
            planned = planned && by_plan(whole, whole.parts[i], own, room, bill, into);
            if (planned) continue;
            auto done = itemised(columns, meter, i);
            auto billed = done ? by_rating(whole, i, std::move(*done), bill, into)
                               : tl::unexpected{std::move(done.error())};
            if (billed) continue;
            for (fault& each : billed.error()) {
                each.path = "/meters/" + std::to_string(meter) + each.path;
            }
            return billed;
        }
    }
    return {};
}

}  // namespace wattpurse::tariff
