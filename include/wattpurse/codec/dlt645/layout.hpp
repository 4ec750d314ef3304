// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/layout_form.hpp>

namespace wattpurse::codec::dlt645 {

/// How DATA behind an identifier is made up, as text:
///
///     layout := item (' ' item)*
///     item   := [name ':'] form ['[' unit ']'] ['*' count]
///             | [name ':'] '(' layout ')' '*' count
///     count  := 1 to 999 | 'n'      as many as came; only of the last item
///
/// for example `XXXXXX.XX[kWh]*n`, `(XX.XXXX[kW] at:YYMMDDhhmm)*n` or
/// `start:YYMMDDhhmmss end:YYMMDDhhmmss`. Forms are described at `parse_form`.

/// Limits of what a layout may be; beyond them is a fault.
inline constexpr std::size_t layout_size_max = 1000;   ///< characters
inline constexpr std::size_t layout_depth_max = 3;     ///< groups within each other
inline constexpr std::size_t layout_bytes_max = 2000;  ///< bytes of DATA, over all frames

/// What is wrong with a layout, and where.
struct layout_fault {
    std::size_t position = 0;    ///< index of the character
    std::string_view expected;   ///< what should stand there
};

/// The sizes of a layout.
struct layout_shape {
    // What `read_number` looks at comes first, within one line of the cache.
    bool is_single = false;       ///< one field, once, of known size
    bool repeats = false;         ///< one field, several times: an array of values
    bool takes_rest = false;      ///< ends in `hex*` or `load`
    std::uint16_t fixed = 0;      ///< bytes that come once
    std::uint16_t repeating = 0;  ///< bytes of the item that comes `*n`; 0 where there is none
    std::uint16_t fields = 0;     ///< kinds of fields, however often they come
    field first;                  ///< the first field there is

    /// Whether DATA of that size can be it.
    [[nodiscard]] constexpr bool fits(std::size_t size) const noexcept
    {
        if (size < fixed) {
            return false;
        }
        const std::size_t rest = size - fixed;
        return takes_rest || (repeating == 0 ? rest == 0 : rest % repeating == 0);
    }
};

/// Looks at all of a layout.
[[nodiscard]] constexpr result<layout_shape, layout_fault> check_layout(
    std::string_view layout) noexcept;

/// Goes through a layout field by field, groups and repetitions unrolled.
class layout_walker {
public:
    enum class step : std::uint8_t { field, end, fault };
    /// `once` looks at each item a single time, however often it comes.
    enum class mode : std::uint8_t { unroll, once };

    constexpr explicit layout_walker(std::string_view layout, mode how = mode::unroll) noexcept
        : text_{layout}, mode_{how}
    {
    }

    /// Goes to the next field. `more` tells whether there is anything left to be read or
    /// written: it decides how often an item comes that comes `*n`. Where nothing is left, the
    /// last item may also come less often than its count says, but not less than once.
    constexpr step next(bool more) noexcept;

    [[nodiscard]] constexpr const field& what() const noexcept { return field_; }
    /// Which repetition of the innermost repeated item this is, from 0.
    [[nodiscard]] constexpr std::uint16_t index() const noexcept { return index_; }
    /// Whether everything may end before this field: it begins an item that comes `*n`.
    [[nodiscard]] constexpr bool may_end_here() const noexcept { return may_end_; }
    /// Whether the last item came less often than its count says.
    [[nodiscard]] constexpr bool was_short() const noexcept { return was_short_; }
    /// How often this field comes in all, and whether as often as it likes on top of that.
    [[nodiscard]] constexpr std::uint64_t times() const noexcept;
    [[nodiscard]] constexpr bool is_open_ended() const noexcept;
    [[nodiscard]] constexpr std::size_t position() const noexcept { return position_; }
    [[nodiscard]] constexpr const layout_fault& fault() const noexcept { return fault_; }

private:
    static constexpr std::uint16_t endless = 0;

    struct loop {
        std::size_t start = 0;    ///< of what is repeated
        std::size_t end = 0;      ///< behind the count
        std::uint16_t count = 1;  ///< `endless`: as many as came
        std::uint16_t done = 0;
        bool is_last = false;     ///< nothing behind it, and not within a group
    };

    [[nodiscard]] constexpr step give_field() noexcept;
    constexpr step found_fault(std::size_t position, std::string_view expected) noexcept;
    constexpr bool begin_round(loop& round, bool more) noexcept;
    constexpr bool read_name() noexcept;
    constexpr bool read_form() noexcept;
    constexpr bool read_unit() noexcept;
    constexpr bool read_count(loop& into, std::size_t at) noexcept;
    constexpr bool enter_group() noexcept;
    constexpr bool enter_field() noexcept;
    constexpr bool go_on() noexcept;
    [[nodiscard]] constexpr std::size_t closing(std::size_t open) const noexcept;

    std::string_view text_;
    mode mode_;
    std::size_t position_ = 0;
    std::array<loop, layout_depth_max> groups_{};
    std::size_t depth_ = 0;
    loop single_{};
    field field_{};
    std::uint16_t index_ = 0;
    bool in_field_ = false;  ///< `field_` is being repeated
    bool in_group_ = false;  ///< a group was opened or closed and may begin a round
    bool may_end_ = false;
    bool was_short_ = false;
    bool is_over_ = false;
    bool is_faulty_ = false;
    layout_fault fault_{};
};

// ---------------------------------------------------------------------------------------------

constexpr layout_walker::step layout_walker::found_fault(std::size_t position,
                                                         std::string_view expected) noexcept
{
    fault_ = {position, expected};
    is_faulty_ = true;
    return step::fault;
}

constexpr std::uint64_t layout_walker::times() const noexcept
{
    std::uint64_t product = single_.count == endless ? 1 : single_.count;
    for (std::size_t i = 0; i < depth_; ++i) {
        product *= groups_[i].count == endless ? 1 : groups_[i].count;
    }
    return product;
}

constexpr bool layout_walker::is_open_ended() const noexcept
{
    return single_.count == endless || (depth_ > 0 && groups_[0].count == endless);
}

/// Whether another repetition begins.
constexpr bool layout_walker::begin_round(loop& round, bool more) noexcept
{
    if (mode_ == mode::once) {
        return round.done++ == 0;
    }
    if (round.count == endless) {
        if (!more) return false;
        may_end_ = true;
        // Never more rounds than bytes of DATA; the count only wraps where it is not used.
        round.done = static_cast<std::uint16_t>(round.done + 1);
        return true;
    }
    if (round.done == round.count) return false;
    if (round.is_last && round.done > 0 && !more) {
        was_short_ = true;
        return false;
    }
    ++round.done;
    return true;
}

constexpr std::size_t layout_walker::closing(std::size_t open) const noexcept
{
    std::size_t depth = 0;
    bool in_unit = false;
    for (std::size_t i = open; i < text_.size(); ++i) {
        const char c = text_[i];
        in_unit = c == '[' || (in_unit && c != ']');
        if (in_unit) continue;
        depth += c == '(' ? 1U : 0U;
        if (c == ')' && --depth == 0) return i;
    }
    return std::string_view::npos;
}

/// `*3`, `*n` or nothing, at `at`. False: a fault was found.
constexpr bool layout_walker::read_count(loop& into, std::size_t at) noexcept
{
    into.end = at;
    if (at < text_.size() && text_[at] == '*') {
        std::string_view rest = text_.substr(at + 1);
        const bool any = detail::take(rest, "n");
        into.count = any ? endless : static_cast<std::uint16_t>(detail::take_size(rest));
        into.end = text_.size() - rest.size();
        if (!any && into.count == 0) {
            found_fault(at + 1, "a count of 1 to 999, or n");
            return false;
        }
        if (any && (depth_ > 0 || !rest.empty())) {
            found_fault(at + 1, "a number: only the last item comes n times");
            return false;
        }
    }
    into.is_last = depth_ == 0 && into.end == text_.size();
    return true;
}

constexpr bool layout_walker::enter_group() noexcept
{
    const std::size_t end = closing(position_);
    if (end == std::string_view::npos) {
        found_fault(position_, "a ')' to every '('");
        return false;
    }
    if (depth_ == layout_depth_max) {
        found_fault(position_, "at most three groups within each other");
        return false;
    }
    loop group;
    group.start = position_ + 1;
    if (!read_count(group, end + 1)) return false;
    if (group.end == end + 1) {
        found_fault(end + 1, "a count behind a group: *3 or *n");
        return false;
    }
    groups_[depth_++] = group;
    in_group_ = true;
    return true;
}

constexpr bool layout_walker::read_name() noexcept
{
    const std::size_t end = text_.find_first_of(": [(*)", position_);
    field_ = {};
    if (end == std::string_view::npos || text_[end] != ':') return true;
    const std::string_view name = text_.substr(position_, end - position_);
    if (!detail::is_name(name)) {
        found_fault(position_, "a name of at most 32 characters a-z, 0-9 and _");
        return false;
    }
    field_.name = name;
    position_ = end + 1;
    return true;
}

constexpr bool layout_walker::read_form() noexcept
{
    std::size_t end = text_.find_first_of(" [*)", position_);
    end = end == std::string_view::npos ? text_.size() : end;
    std::string_view form = text_.substr(position_, end - position_);
    if (form == "hex" && end < text_.size() && text_[end] == '*') {
        form = text_.substr(position_, ++end - position_);
    }
    const std::string_view name = field_.name;
    const auto found = parse_form(form);
    if (!found) {
        found_fault(position_, "a form: XXXXXX.XX, YYMMDDhhmm, bits2=set, ascii6, digits6, "
                               "bin4.2, di, hex4, hex* or load");
        return false;
    }
    field_ = *found;
    field_.name = name;
    position_ = end;
    return true;
}

constexpr bool layout_walker::read_unit() noexcept
{
    if (position_ == text_.size() || text_[position_] != '[') return true;
    const std::size_t end = text_.find(']', position_);
    const std::size_t size = end - position_ - 1;
    if (end == std::string_view::npos || size == 0 || size > unit_size_max) {
        found_fault(position_, "a unit of 1 to 24 characters in brackets");
        return false;
    }
    field_.unit = text_.substr(position_ + 1, size);
    position_ = end + 1;
    return true;
}

constexpr bool layout_walker::enter_field() noexcept
{
    const std::size_t start = position_;
    single_ = {};
    if (!read_form() || !read_unit() || !read_count(single_, position_)) return false;
    if (field_.size == 0 && (single_.end != text_.size() || depth_ > 0 || single_.count != 1)) {
        found_fault(start, "what takes all that is left only as the last item, and once");
        return false;
    }
    position_ = single_.end;
    in_field_ = true;
    return true;
}

/// Reads the item at `position_`. False: a fault was found.
constexpr bool layout_walker::go_on() noexcept
{
    if (!read_name()) return false;
    if (position_ < text_.size() && text_[position_] == '(') return enter_group();
    return enter_field();
}

constexpr layout_walker::step layout_walker::give_field() noexcept
{
    const bool in_loop = single_.count != 1 || depth_ == 0;
    const std::uint16_t rounds = in_loop ? single_.done : groups_[depth_ - 1].done;
    index_ = static_cast<std::uint16_t>(rounds - 1);
    return step::field;
}

constexpr layout_walker::step layout_walker::next(bool more) noexcept
{
    may_end_ = false;
    if (is_faulty_) return step::fault;
    if (position_ == 0 && !in_field_ && !in_group_ && !go_on()) return step::fault;
    while (!is_over_) {
        if (in_field_) {
            if (begin_round(single_, more)) return give_field();
            in_field_ = false;
        } else if (in_group_) {
            in_group_ = false;
            loop& group = groups_[depth_ - 1];
            const bool again = begin_round(group, more);
            position_ = again ? group.start : group.end;
            depth_ -= again ? 0U : 1U;
            if (again && !go_on()) return step::fault;
        } else if (position_ == text_.size()) {
            if (depth_ > 0) return found_fault(position_, "a ')' to every '('");
            is_over_ = true;
        } else if (text_[position_] == ')' && depth_ > 0) {
            in_group_ = true;
        } else if (text_[position_] == ' ') {
            ++position_;
            if (!go_on()) return step::fault;
        } else {
            return found_fault(position_, "a space between items, and nothing behind them");
        }
    }
    return step::end;
}

constexpr result<layout_shape, layout_fault> check_layout(std::string_view layout) noexcept
{
    using step = layout_walker::step;
    if (layout.empty() || layout.size() > layout_size_max) {
        return tl::unexpected<layout_fault>{{0, "a layout of 1 to 1000 characters"}};
    }
    layout_shape out;
    layout_walker walker{layout, layout_walker::mode::once};
    std::uint64_t fixed = 0;
    std::uint64_t repeating = 0;
    for (auto found = walker.next(true); found != step::end; found = walker.next(true)) {
        if (found == step::fault) {
            return tl::unexpected<layout_fault>{walker.fault()};
        }
        const field& what = walker.what();
        (walker.is_open_ended() ? repeating : fixed) += what.size * walker.times();
        if (fixed + repeating > layout_bytes_max) {
            return tl::unexpected<layout_fault>{{walker.position(), "at most 2000 bytes"}};
        }
        out.takes_rest = out.takes_rest || what.size == 0;
        if (out.fields++ == 0) {
            out.first = what;
            out.repeats = walker.is_open_ended() || walker.times() != 1;
        }
    }
    out.fixed = static_cast<std::uint16_t>(fixed);
    out.repeating = static_cast<std::uint16_t>(repeating);
    out.is_single = out.fields == 1 && !out.repeats && out.first.size != 0;
    out.repeats = out.fields == 1 && out.repeats;
    return out;
}

}  // namespace wattpurse::codec::dlt645
