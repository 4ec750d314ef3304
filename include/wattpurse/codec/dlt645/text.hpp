// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wattpurse::codec::dlt645 {

/// A short text kept inside the object. What does not fit is cut off, never within a character
/// of UTF-8, and nothing is added behind a cut.
template <std::size_t Capacity>
class short_text {
public:
    static constexpr std::size_t capacity = Capacity;

    constexpr short_text& operator<<(std::string_view more) noexcept
    {
        std::size_t count = is_cut_ ? 0 : more.size();
        if (count > Capacity - size_) {
            is_cut_ = true;
            count = Capacity - size_;
            while (count > 0 && is_continuation(more[count])) {
                --count;
            }
        }
        for (std::size_t i = 0; i < count; ++i) {
            data_[size_++] = more[i];
        }
        return *this;
    }
    constexpr short_text& operator<<(char c) noexcept { return *this << std::string_view{&c, 1}; }

    /// Decimal, with at least `digits` digits.
    constexpr short_text& put(std::uint64_t value, std::size_t digits = 1) noexcept
    {
        std::array<char, 20> reversed{};
        std::size_t count = 0;
        for (; count < reversed.size() && (value != 0 || count < digits); value /= 10) {
            reversed[count++] = static_cast<char>('0' + value % 10);
        }
        while (count > 0) {
            *this << reversed[--count];
        }
        return *this;
    }
    /// Two capital hexadecimal digits.
    constexpr short_text& put_hex(std::uint8_t byte) noexcept
    {
        constexpr std::string_view digits = "0123456789ABCDEF";
        return *this << digits[byte >> 4U] << digits[byte & 0x0FU];
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data_.data(), size_}; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    /// Whether something did not fit.
    [[nodiscard]] constexpr bool is_cut() const noexcept { return is_cut_; }

private:
    [[nodiscard]] static constexpr bool is_continuation(char c) noexcept
    {
        return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    }

    std::array<char, Capacity> data_{};
    std::size_t size_ = 0;
    bool is_cut_ = false;
};

/// The name of an identifier, with what its lower bytes say.
using name_text = short_text<192>;
/// A value; holds 64 characters of ASCII or 32 bytes as hexadecimal digits.
using value_text = short_text<64>;

namespace detail {

/// Takes `what` off the front of `text` where it stands there.
[[nodiscard]] constexpr bool take(std::string_view& text, std::string_view what) noexcept
{
    if (text.substr(0, what.size()) != what) {
        return false;
    }
    text.remove_prefix(what.size());
    return true;
}

}  // namespace detail

}  // namespace wattpurse::codec::dlt645
