// SPDX-License-Identifier: Apache-2.0
#include "catalogue_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::catalogue_row;
using dlt645::edition;
using dlt645::item_family;

constexpr std::array editions{edition::y2007, edition::y1997};
constexpr std::array families{item_family::energy,    item_family::demand,
                              item_family::variable,  item_family::event,
                              item_family::parameter, item_family::freeze,
                              item_family::load,      item_family::prepay,
                              item_family::security,  item_family::vendor};

std::string title_of(edition which, item_family family)
{
    return std::string{which == edition::y2007 ? "2007" : "1997"} + ", " +
           std::string{to_string(family)};
}

std::string padded(std::string_view text, std::size_t width)
{
    std::string out{text};
    out.resize(std::max(width, text.size() + 1), ' ');
    return out;
}

std::string_view name_in(const catalogue_row& row, dlt645::language speech)
{
    return speech == dlt645::language::chinese && !row.name_zh.empty() ? row.name_zh : row.name;
}

/// A name without what tells it from its like: "loss of voltage, end" is "loss of voltage".
std::string_view head_of(std::string_view name)
{
    return name.substr(0, name.find(", "));
}

/// One line of the Markdown table.
struct group {
    std::vector<const catalogue_row*> rows;

    [[nodiscard]] bool takes(const catalogue_row& row) const
    {
        const catalogue_row& own = *rows.front();
        return head_of(own.name) == head_of(row.name) && own.source == row.source &&
               own.confirmed == row.confirmed && own.access == row.access;
    }
};

std::vector<group> groups_of(const std::vector<const catalogue_row*>& rows)
{
    std::vector<group> out;
    for (const catalogue_row* row : rows) {
        const auto found = std::find_if(out.begin(), out.end(),
                                        [row](const group& one) { return one.takes(*row); });
        if (found == out.end()) {
            out.push_back({{row}});
        } else {
            found->rows.push_back(row);
        }
    }
    return out;
}

std::string ids_of(const group& one)
{
    constexpr std::size_t shown_max = 3;
    std::string out;
    if (one.rows.size() > shown_max) {
        return '`' + pattern_text(one.rows.front()->ids) + "` to `" +
               pattern_text(one.rows.back()->ids) + "`, " + std::to_string(one.rows.size()) +
               " patterns";
    }
    for (const catalogue_row* row : one.rows) {
        out += out.empty() ? "`" : " `";
        out += pattern_text(row->ids) + '`';
    }
    return out;
}

std::string name_of_group(const group& one, dlt645::language speech)
{
    const auto same = [&one](const catalogue_row* row) {
        return row->name == one.rows.front()->name;
    };
    const std::string_view name = name_in(*one.rows.front(), speech);
    const bool all_same = std::all_of(one.rows.begin(), one.rows.end(), same);
    return all_same ? std::string{name} : std::string{head_of(name)} + " ...";
}

/// The layout of a single value, or what kinds there are.
std::string layout_of(const group& one)
{
    const catalogue_row& first = *one.rows.front();
    const auto same = [&first](const catalogue_row* row) {
        return row->layout.substr(0, first.layout.size()) == first.layout ||
               row->name == first.name;
    };
    if (std::all_of(one.rows.begin(), one.rows.end(), same)) {
        return '`' + short_layout(first) + '`';
    }
    std::vector<std::string_view> kinds;
    for (const catalogue_row* row : one.rows) {
        if (std::find(kinds.begin(), kinds.end(), row->layout) == kinds.end()) {
            kinds.push_back(row->layout);
        }
    }
    return kinds.size() == 1 ? '`' + short_layout(first) + '`'
                             : std::to_string(kinds.size()) + " layouts";
}

std::string units_text(const group& one)
{
    std::vector<std::string> all;
    for (const catalogue_row* row : one.rows) {
        for (std::string& unit : units_of(*row)) {
            if (std::find(all.begin(), all.end(), unit) == all.end()) {
                all.push_back(std::move(unit));
            }
        }
    }
    std::string out;
    for (const std::string& unit : all) out += (out.empty() ? "" : ", ") + unit;
    return out;
}

std::string count_line(const std::vector<const catalogue_row*>& rows)
{
    std::uint64_t count = 0;
    std::size_t confirmed = 0;
    for (const catalogue_row* row : rows) {
        count += row->ids.count();
        confirmed += row->confirmed ? 1U : 0U;
    }
    return std::to_string(count) + " identifiers in " + std::to_string(rows.size()) +
           " patterns, " + std::to_string(confirmed) + " of them confirmed";
}

}  // namespace

std::vector<table_section> sections_of(const dlt645::catalogue& all, const table_choice& choice)
{
    std::vector<table_section> out;
    for (const edition which : editions) {
        for (const item_family family : families) {
            if (choice.which.value_or(which) != which) continue;
            if (choice.family.value_or(family) != family) continue;
            table_section section{title_of(which, family), {}};
            for (const auto* one = &all; one != nullptr; one = one->base()) {
                for (const catalogue_row& row : one->rows()) {
                    if (row.which() == which && row.family == family) {
                        section.rows.push_back(&row);
                    }
                }
            }
            if (!section.rows.empty()) out.push_back(std::move(section));
        }
    }
    return out;
}

std::string pattern_text(const dlt645::id_pattern& ids)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto put = [&](std::string& out, unsigned value) {
        if (ids.place_bits() == 8) out += digits[value >> 4U];
        out += digits[value & 0x0FU];
    };
    std::string out;
    for (std::size_t i = 0; i < dlt645::id_pattern::place_count; ++i) {
        const dlt645::id_range& place = ids.place(i);
        if (place.low == place.high) {
            put(out, place.low);
            continue;
        }
        out += '{';
        put(out, place.low);
        out += "..";
        put(out, place.high);
        out += '}';
    }
    return out;
}

std::string short_layout(const catalogue_row& row)
{
    constexpr std::size_t shown_max = 44;
    if (row.layout.size() <= shown_max) return std::string{row.layout};
    std::string out = std::to_string(row.shape.fixed) + " bytes";
    if (row.shape.repeating != 0) {
        out += " and " + std::to_string(row.shape.repeating) + " as often as they come";
    }
    return out + ", " + std::to_string(row.shape.fields) + " fields";
}

std::vector<std::string> units_of(const catalogue_row& row)
{
    using walker = dlt645::layout_walker;
    std::vector<std::string> out;
    walker fields{row.layout, walker::mode::once};
    while (fields.next(true) == walker::step::field) {
        const std::string unit{fields.what().unit};
        if (!unit.empty() && std::find(out.begin(), out.end(), unit) == out.end()) {
            out.push_back(unit);
        }
    }
    return out;
}

std::string plain_table(const std::vector<table_section>& sections, const table_choice& choice)
{
    std::string out;
    for (const table_section& section : sections) {
        out += section.title + ": " + count_line(section.rows) + '\n';
        for (const catalogue_row* row : section.rows) {
            out += "  " + padded(pattern_text(row->ids), 24) +
                   padded(to_string(row->access), 9) + padded(row->confirmed ? "yes" : "no", 4) +
                   padded(row->source, 8) + padded(short_layout(*row), 46) +
                   std::string{name_in(*row, choice.speech)} + '\n';
        }
        out += '\n';
    }
    return out;
}

std::string markdown_table(const std::vector<table_section>& sections,
                           const table_choice& choice)
{
    std::string out;
    for (const table_section& section : sections) {
        out += (out.empty() ? "### " : "\n### ") + section.title + "\n\n" +
               count_line(section.rows) + ".\n\n";
        out += "| identifiers | name | layout | unit | access | confirmed | source |\n";
        out += "|---|---|---|---|---|---|---|\n";
        for (const group& one : groups_of(section.rows)) {
            const catalogue_row& first = *one.rows.front();
            out += "| " + ids_of(one) + " | " + name_of_group(one, choice.speech) + " | " +
                   layout_of(one) + " | " + units_text(one) + " | " +
                   std::string{to_string(first.access)} + " | " +
                   (first.confirmed ? "yes" : "no") + " | " + std::string{first.source} + " |\n";
        }
    }
    return out;
}

}  // namespace wattpurse::cli
