// SPDX-License-Identifier: Apache-2.0
#include "read_plan.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <wattpurse/codec/dlt645/axes.hpp>

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::axis_kind;
using dlt645::edition;

constexpr std::uint8_t tariffs_read = 4;

std::uint8_t all_ones(edition which) { return which == edition::y2007 ? 0xFF : 0x0F; }

/// The axes of a row by place, counted from the right.
std::map<unsigned, axis_kind> axes_of(const dlt645::catalogue_row& row)
{
    std::map<unsigned, axis_kind> out;
    dlt645::axis_reader reader{row.axes};
    for (auto axis = reader.next(); axis; axis = reader.next()) out[axis->place] = axis->kind;
    return out;
}

const dlt645::id_range& range_of(const dlt645::catalogue_row& row, unsigned from_right)
{
    return row.ids.place(dlt645::id_pattern::place_count - 1 - from_right);
}

bool is_block_at(const dlt645::catalogue_row& row, unsigned from_right)
{
    const auto& range = range_of(row, from_right);
    return range.low == all_ones(row.which()) && range.high == range.low;
}

bool is_history(axis_kind kind)
{
    return kind == axis_kind::settlement || kind == axis_kind::record ||
           kind == axis_kind::month;
}

/// Asking once brings what would take one question each: tariffs, phases.
bool is_block_of_present(const dlt645::catalogue_row& row)
{
    for (const auto& [place, kind] : axes_of(row)) {
        if (!is_history(kind) && is_block_at(row, place)) return true;
    }
    return false;
}

bool is_block_of_history(const dlt645::catalogue_row& row)
{
    for (const auto& [place, kind] : axes_of(row)) {
        if (is_history(kind) && is_block_at(row, place)) return true;
    }
    return false;
}

bool is_readable(const dlt645::catalogue_row& row)
{
    return !row.secret && (row.access == dlt645::access_kind::read ||
                           row.access == dlt645::access_kind::read_write);
}

/// How many values of one place are read.
std::uint32_t count_at(const dlt645::catalogue_row& row, unsigned place, axis_kind kind,
                       unsigned history)
{
    const std::uint32_t all = range_of(row, place).count();
    switch (kind) {
        case axis_kind::settlement:
        case axis_kind::month: return std::min(all, history + 1);
        case axis_kind::record: return std::min(all, std::max(history, 1U));
        case axis_kind::tariff: return std::min<std::uint32_t>(all, tariffs_read + 1U);
        case axis_kind::phase:
        case axis_kind::total_phase:
        case axis_kind::number:
        case axis_kind::zone:
        case axis_kind::table:
        case axis_kind::level:
        case axis_kind::harmonic: break;
    }
    return all;
}

/// The first values of each place, all combinations, ascending.
void expand(const dlt645::catalogue_row& row, unsigned history, std::vector<wanted_item>& out)
{
    const auto axes = axes_of(row);
    const unsigned bits = row.ids.place_bits();
    std::vector<std::uint32_t> ids{0};
    for (unsigned place = dlt645::id_pattern::place_count; place-- > 0;) {
        const auto& range = range_of(row, place);
        const auto axis = axes.find(place);
        const std::uint32_t count =
            axis == axes.end() ? range.count() : count_at(row, place, axis->second, history);
        std::vector<std::uint32_t> longer;
        for (const std::uint32_t id : ids) {
            for (std::uint32_t k = 0; k < count; ++k) {
                longer.push_back(id << bits | (range.low + k));
            }
        }
        ids = std::move(longer);
        if (ids.size() > wanted_items_max) return;
    }
    for (const std::uint32_t id : ids) out.push_back({row.which(), id});
}

void collect(const dlt645::catalogue& from, edition which, dlt645::item_family family,
             std::map<std::string_view, std::vector<const dlt645::catalogue_row*>>& into,
             std::vector<std::string_view>& order)
{
    for (const auto& row : from.rows()) {
        if (row.which() != which || row.family != family || !is_readable(row)) continue;
        if (into.find(row.name) == into.end()) order.push_back(row.name);
        into[row.name].push_back(&row);
    }
}

}  // namespace

std::string id_text(const wanted_item& item)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (unsigned left = item.which == edition::y2007 ? 8 : 4; left-- > 0;) {
        out += digits[item.id >> 4U * left & 0x0FU];
    }
    return out;
}

result<std::vector<wanted_item>, std::string> wanted_ids(const std::vector<std::string>& texts,
                                                         std::optional<edition> only)
{
    std::vector<wanted_item> out;
    for (const std::string& text : texts) {
        auto ids = result<dlt645::id_pattern>{fail(errc::syntax)};
        for (const auto which : {edition::y2007, edition::y1997}) {
            if (!ids && (!only || *only == which)) ids = dlt645::id_pattern::parse(which, text);
        }
        if (!ids) {
            const char* const expected =
                !only                     ? "eight digits of 2007 or four of 1997"
                : *only == edition::y2007 ? "eight digits of 2007"
                                          : "four digits of 1997";
            return tl::unexpected<std::string>{
                '"' + text + "\": expected " + expected +
                ", hexadecimal, with ranges as in 0001{00..04}00"};
        }
        if (ids->count() > wanted_items_max || out.size() + ids->count() > wanted_items_max) {
            return tl::unexpected<std::string>{'"' + text + "\": more than " +
                                               std::to_string(wanted_items_max) +
                                               " identifiers at once"};
        }
        for (std::uint64_t k = 0; k < ids->count(); ++k) out.push_back({ids->which(), ids->nth(k)});
    }
    return out;
}

std::vector<wanted_item> wanted_family(const dlt645::catalogue& all, edition which,
                                       dlt645::item_family family, unsigned history)
{
    std::map<std::string_view, std::vector<const dlt645::catalogue_row*>> groups;
    std::vector<std::string_view> order;
    for (const auto* each = &all; each != nullptr; each = each->base()) {
        collect(*each, which, family, groups, order);
    }
    std::vector<wanted_item> out;
    for (const std::string_view name : order) {
        const auto& rows = groups[name];
        const bool has_block =
            std::any_of(rows.begin(), rows.end(), [](const auto* row) {
                return is_block_of_present(*row) && !is_block_of_history(*row);
            });
        for (const auto* row : rows) {
            const bool is_redundant = has_block && !is_block_of_present(*row);
            const bool is_whole_history = is_block_of_history(*row) && rows.size() > 1;
            if (!is_redundant && !is_whole_history) expand(*row, history, out);
        }
    }
    return out;
}

std::vector<wanted_item> wanted_profile(const meter::profile& kind)
{
    std::vector<wanted_item> out;
    for (const auto id :
         {kind.date, kind.time, kind.energy_block, dlt645::nth(kind.freeze_time, 1),
          dlt645::nth(kind.freeze_energy, 1), kind.status_word_3, kind.remaining_money}) {
        out.push_back({edition::y2007, static_cast<std::uint32_t>(id)});
    }
    return out;
}

std::optional<std::uint32_t> element_of(const dlt645::catalogue& all,
                                        const dlt645::catalogue_row& row, std::uint32_t id,
                                        std::size_t index)
{
    const unsigned bits = row.ids.place_bits();
    const std::uint32_t ones = all_ones(row.which());
    for (const auto& [place, kind] : axes_of(row)) {
        if ((id >> bits * place & ones) != ones) continue;
        const bool from_zero = kind == axis_kind::tariff || kind == axis_kind::settlement ||
                               kind == axis_kind::total_phase || kind == axis_kind::month;
        const std::size_t value = index + (from_zero ? 0U : 1U);
        if (value >= ones) return std::nullopt;
        const std::uint32_t element = (id & ~(ones << bits * place)) |
                                      static_cast<std::uint32_t>(value) << bits * place;
        if (all.find(row.which(), element) == nullptr) return std::nullopt;
        return element;
    }
    return std::nullopt;
}

}  // namespace wattpurse::cli
