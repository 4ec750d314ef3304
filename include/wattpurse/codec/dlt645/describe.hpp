// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/axes.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/item_read.hpp>
#include <wattpurse/codec/dlt645/text.hpp>

/// Identifiers, values and bits in words.
namespace wattpurse::codec::dlt645 {

/// The name of an identifier with all that its places say: "forward active energy, tariff 2,
/// settlement day -1". Where a row has no Chinese name, the English one. Empty where the
/// catalogue has no such identifier.
[[nodiscard]] constexpr name_text name_of(const catalogue& all, edition which, std::uint32_t id,
                                          language tongue = language::english) noexcept;
[[nodiscard]] constexpr name_text name_of(const catalogue_row& row, std::uint32_t id,
                                          language tongue = language::english) noexcept;

/// One group of bits of a word, in words.
struct named_bits {
    const bit_name* group = nullptr;  ///< the name of the group
    std::uint32_t value = 0;
    const bit_name* state = nullptr;  ///< the name of that value; nullptr where it has none
};

/// Calls `visit(named_bits)` for each group of a set, lowest first, as the set has them.
template <class Visit>
constexpr void for_each_bits(const catalogue& all, std::string_view set, byte_span word,
                             Visit&& visit);

/// The state of one group by name, for instance "relay" of status_3; nullptr where the set has
/// no such group or the value no name.
[[nodiscard]] constexpr const bit_name* state_of(const catalogue& all, std::string_view set,
                                                 std::string_view group,
                                                 byte_span word) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// How one kind of axis is put into words. `%` stands for the value, `@` for the letter of a
/// phase. An empty text adds nothing.
struct axis_words {
    axis_kind kind;
    std::string_view zero;   ///< where the value is 0; "%": like any other
    std::string_view other;
    std::string_view block;  ///< where all bits of the place are 1
};

inline constexpr std::array axis_english = {
    axis_words{axis_kind::tariff, ", total", ", tariff %", ", total and tariffs"},
    axis_words{axis_kind::settlement, "", ", settlement day -%", ", now and settlement days"},
    axis_words{axis_kind::phase, ", total", ", phase @", ", all phases"},
    axis_words{axis_kind::total_phase, ", total", ", phase @", ", all phases"},
    axis_words{axis_kind::record, ", record %", ", record %", ", all records"},
    axis_words{axis_kind::number, " %", " %", ", all"},
    axis_words{axis_kind::month, ", this month", ", month -%", ", all months"},
    axis_words{axis_kind::zone, ", zone %", ", zone %", ", all zones"},
    axis_words{axis_kind::table, ", table %", ", table %", ", all tables"},
    axis_words{axis_kind::level, ", level %", ", level %", ", all levels"},
    axis_words{axis_kind::harmonic, ", harmonic %", ", harmonic %", ", all harmonics"},
};

/// The same in Chinese, in the same order; sources are ASCII, so here is what they say:
/// tariff 总 费率% 总及各费率; settlement 上%结算日 当前及各结算日; phase 总 @相 各相;
/// record 上%次记录 各次记录; number 第%项 各项; month 当月 上%月 各月; zone 第%时区 各时区;
/// table 第%表 各表; level %级 各级; harmonic %次谐波 各次谐波.
inline constexpr std::array axis_chinese = {
    axis_words{axis_kind::tariff, "\uFF0C\u603B", "\uFF0C\u8D39\u7387%",
               "\uFF0C\u603B\u53CA\u5404\u8D39\u7387"},
    axis_words{axis_kind::settlement, "", "\uFF0C\u4E0A%\u7ED3\u7B97\u65E5",
               "\uFF0C\u5F53\u524D\u53CA\u5404\u7ED3\u7B97\u65E5"},
    axis_words{axis_kind::phase, "\uFF0C\u603B", "\uFF0C@\u76F8", "\uFF0C\u5404\u76F8"},
    axis_words{axis_kind::total_phase, "\uFF0C\u603B", "\uFF0C@\u76F8", "\uFF0C\u5404\u76F8"},
    axis_words{axis_kind::record, "\uFF0C\u4E0A%\u6B21\u8BB0\u5F55",
               "\uFF0C\u4E0A%\u6B21\u8BB0\u5F55", "\uFF0C\u5404\u6B21\u8BB0\u5F55"},
    axis_words{axis_kind::number, "\uFF0C\u7B2C%\u9879", "\uFF0C\u7B2C%\u9879",
               "\uFF0C\u5404\u9879"},
    axis_words{axis_kind::month, "\uFF0C\u5F53\u6708", "\uFF0C\u4E0A%\u6708",
               "\uFF0C\u5404\u6708"},
    axis_words{axis_kind::zone, "\uFF0C\u7B2C%\u65F6\u533A", "\uFF0C\u7B2C%\u65F6\u533A",
               "\uFF0C\u5404\u65F6\u533A"},
    axis_words{axis_kind::table, "\uFF0C\u7B2C%\u8868", "\uFF0C\u7B2C%\u8868",
               "\uFF0C\u5404\u8868"},
    axis_words{axis_kind::level, "\uFF0C%\u7EA7", "\uFF0C%\u7EA7", "\uFF0C\u5404\u7EA7"},
    axis_words{axis_kind::harmonic, "\uFF0C%\u6B21\u8C10\u6CE2", "\uFF0C%\u6B21\u8C10\u6CE2",
               "\uFF0C\u5404\u6B21\u8C10\u6CE2"},
};

constexpr void add_words(name_text& out, std::string_view words, std::uint32_t value) noexcept
{
    const std::size_t mark = words.find_first_of("%@");
    out << words.substr(0, mark);
    if (mark == std::string_view::npos) return;
    if (words[mark] == '@' && value >= 1 && value <= 26) {
        out << static_cast<char>('A' + value - 1);
    } else {
        out.put(value);
    }
    out << words.substr(mark + 1);
}

constexpr void add_axis(name_text& out, edition which, std::uint32_t id, const axis& what,
                        language tongue) noexcept
{
    const std::uint32_t block = which == edition::y2007 ? 0xFF : 0x0F;
    const std::uint32_t value = place_of(which, id, what.place);
    for (const axis_words& words : tongue == language::english ? axis_english : axis_chinese) {
        if (words.kind != what.kind) continue;
        if (value == block) {
            out << words.block;
        } else if (what.kind == axis_kind::level && value > 0) {
            add_words(out, words.other, value - 1);  // 04000C01 is the password of level 0
        } else {
            add_words(out, value == 0 ? words.zero : words.other, value);
        }
    }
}

}  // namespace detail

constexpr name_text name_of(const catalogue_row& row, std::uint32_t id,
                            language tongue) noexcept
{
    const bool chinese = tongue == language::chinese && !row.name_zh.empty();
    const language spoken = chinese ? language::chinese : language::english;
    name_text out;
    out << (chinese ? row.name_zh : row.name);
    axis_reader axes{row.axes};
    for (auto found = axes.next(); found; found = axes.next()) {
        detail::add_axis(out, row.which(), id, found.value(), spoken);
    }
    return out;
}

constexpr name_text name_of(const catalogue& all, edition which, std::uint32_t id,
                            language tongue) noexcept
{
    const catalogue_row* const row = all.find(which, id);
    return row == nullptr ? name_text{} : name_of(*row, id, tongue);
}

template <class Visit>
constexpr void for_each_bits(const catalogue& all, std::string_view set, byte_span word,
                             Visit&& visit)
{
    const auto names = all.bits(set);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bit_name& group = names[i];
        if (group.value != bit_name::whole_group) continue;
        named_bits found{&group, bits_of(word, group.low, group.width), nullptr};
        for (const bit_name& state : names) {
            if (state.low == group.low && state.width == group.width &&
                state.value != bit_name::whole_group &&
                static_cast<std::uint32_t>(state.value) == found.value) {
                found.state = &state;
            }
        }
        visit(found);
    }
}

constexpr const bit_name* state_of(const catalogue& all, std::string_view set,
                                   std::string_view group, byte_span word) noexcept
{
    const bit_name* out = nullptr;
    for_each_bits(all, set, word, [&](const named_bits& found) {
        if (found.group->name == group) out = found.state;
    });
    return out;
}

}  // namespace wattpurse::codec::dlt645
