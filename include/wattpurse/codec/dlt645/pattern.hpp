// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/text.hpp>

namespace wattpurse::codec::dlt645 {

/// Values of one place of an identifier, both ends included.
struct id_range {
    std::uint8_t low = 0;
    std::uint8_t high = 0;

    [[nodiscard]] constexpr bool covers(std::uint32_t value) const noexcept
    {
        return value >= low && value <= high;
    }
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return high - low + 1U; }

    friend constexpr bool operator==(const id_range&, const id_range&) = default;
};

/// All identifiers that one row of a catalogue describes: four places, each a range. In 2007 a
/// place is a byte, DI3 first; in 1997 it is one of the four digits of DI1 DI0.
class id_pattern {
public:
    static constexpr std::size_t place_count = 4;

    constexpr id_pattern() noexcept = default;  ///< 00000000 of 2007 alone

    /// Reads `0001{00..3F}{00..0C}` (2007) or `901{0..E}` (1997): in each place two digits or
    /// one, a range `{lo..hi}`, or a list `{a,b}` of values that follow one another.
    /// Errors: `syntax`; `out_of_range` for a range that goes down or a list with gaps.
    [[nodiscard]] static constexpr result<id_pattern> parse(edition which,
                                                            std::string_view text) noexcept;

    [[nodiscard]] constexpr edition which() const noexcept
    {
        return place_bits_ == 8 ? edition::y2007 : edition::y1997;
    }
    /// The range of a place, counted from the left: 0 is DI3 or the first digit.
    [[nodiscard]] constexpr const id_range& place(std::size_t index) const noexcept
    {
        return places_[index];
    }
    /// 8 bits in 2007, 4 in 1997.
    [[nodiscard]] constexpr unsigned place_bits() const noexcept { return place_bits_; }

    [[nodiscard]] constexpr bool covers(std::uint32_t id) const noexcept;
    /// Whether some identifier is in both; never with another edition.
    [[nodiscard]] constexpr bool overlaps(const id_pattern& other) const noexcept;

    /// How many identifiers these are, up to 2^32.
    [[nodiscard]] constexpr std::uint64_t count() const noexcept;
    /// The `k`-th of them in ascending order; `k` is below `count()`.
    [[nodiscard]] constexpr std::uint32_t nth(std::uint64_t k) const noexcept;
    [[nodiscard]] constexpr std::uint32_t first() const noexcept { return nth(0); }
    [[nodiscard]] constexpr std::uint32_t last() const noexcept { return nth(count() - 1); }

    friend constexpr bool operator==(const id_pattern&, const id_pattern&) = default;

private:
    std::array<id_range, place_count> places_{};
    std::uint8_t place_bits_ = 8;
};

/// The value of a place of an identifier, counted from the right: 0 is DI0 or the last digit.
[[nodiscard]] constexpr std::uint32_t place_of(edition which, std::uint32_t id,
                                               unsigned from_right) noexcept
{
    return which == edition::y2007 ? id >> 8U * from_right & 0xFFU
                                   : id >> 4U * from_right & 0x0FU;
}

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Takes the digits of one place off the front of `text`, or gives -1.
[[nodiscard]] constexpr int take_place(std::string_view& text, std::size_t digits) noexcept
{
    int value = 0;
    if (text.size() < digits) {
        return -1;
    }
    for (std::size_t i = 0; i < digits; ++i) {
        const int digit = hex_value(text[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    text.remove_prefix(digits);
    return value;
}

[[nodiscard]] constexpr result<id_range> take_range(std::string_view& text,
                                                    std::size_t digits) noexcept
{
    const bool braced = take(text, "{");
    const int low = take_place(text, digits);
    if (low < 0) {
        return fail(errc::syntax);
    }
    int high = low;
    bool has_gap = false;
    if (braced && take(text, "..")) {
        high = take_place(text, digits);
        if (high < 0) {
            return fail(errc::syntax);
        }
    } else {
        while (braced && take(text, ",")) {
            const int next = take_place(text, digits);
            if (next < 0) {
                return fail(errc::syntax);
            }
            has_gap = has_gap || next != high + 1;
            high = next;
        }
    }
    if (braced && !take(text, "}")) {
        return fail(errc::syntax);
    }
    if (high < low || has_gap) {
        return fail(errc::out_of_range);
    }
    return id_range{static_cast<std::uint8_t>(low), static_cast<std::uint8_t>(high)};
}

}  // namespace detail

constexpr result<id_pattern> id_pattern::parse(edition which, std::string_view text) noexcept
{
    id_pattern out;
    out.place_bits_ = which == edition::y2007 ? 8 : 4;
    for (id_range& place : out.places_) {
        const auto range = detail::take_range(text, out.place_bits_ / 4U);
        if (!range) {
            return fail(range.error());
        }
        place = *range;
    }
    if (!text.empty()) {
        return fail(errc::syntax);
    }
    return out;
}

constexpr bool id_pattern::covers(std::uint32_t id) const noexcept
{
    if (place_bits_ == 4 && id > 0xFFFF) {
        return false;
    }
    bool all = true;
    for (std::size_t i = 0; i < place_count; ++i) {
        const auto from_right = static_cast<unsigned>(place_count - 1 - i);
        all = all && places_[i].covers(place_of(which(), id, from_right));
    }
    return all;
}

constexpr bool id_pattern::overlaps(const id_pattern& other) const noexcept
{
    bool all = place_bits_ == other.place_bits_;
    for (std::size_t i = 0; i < place_count; ++i) {
        all = all && places_[i].low <= other.places_[i].high &&
              other.places_[i].low <= places_[i].high;
    }
    return all;
}

constexpr std::uint64_t id_pattern::count() const noexcept
{
    std::uint64_t product = 1;
    for (const id_range& place : places_) {
        product *= place.count();
    }
    return product;
}

constexpr std::uint32_t id_pattern::nth(std::uint64_t k) const noexcept
{
    WATTPURSE_ASSERT(k < count());
    std::uint32_t id = 0;
    for (std::size_t i = place_count; i-- > 0;) {
        const auto value = static_cast<std::uint32_t>(places_[i].low + k % places_[i].count());
        k /= places_[i].count();
        id |= value << place_bits_ * static_cast<unsigned>(place_count - 1 - i);
    }
    return id;
}

}  // namespace wattpurse::codec::dlt645
