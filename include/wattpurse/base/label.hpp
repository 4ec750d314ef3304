// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>

namespace wattpurse {

/// A short name kept inside the object: an account, a meter number, a bill line.
///
/// 1 to `Capacity` printable ASCII characters without space, comma or quotes, so that it stands
/// unquoted in a CSV file, a key or a log line. Default-constructed labels are empty and mean
/// "none". Two labels of different tags are different types.
template <class Tag, std::size_t Capacity = 23>
class label {
    static_assert(Capacity <= 255);

public:
    static constexpr std::size_t capacity = Capacity;

    constexpr label() noexcept = default;

    /// Errors: `empty`, `too_long`, `syntax` (a character that is not allowed).
    [[nodiscard]] static constexpr result<label> parse(std::string_view text) noexcept
    {
        if (text.empty()) return fail(errc::empty);
        if (text.size() > capacity) return fail(errc::too_long);
        label out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if (c <= ' ' || c > '~' || c == ',' || c == '"' || c == '\'') {
                return fail(errc::syntax);
            }
            out.text_[i] = c;
        }
        out.size_ = static_cast<std::uint8_t>(text.size());
        return out;
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept
    {
        return {text_.data(), size_};
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

    friend constexpr bool operator==(const label& a, const label& b) noexcept
    {
        return a.view() == b.view();
    }
    friend constexpr std::strong_ordering operator<=>(const label& a, const label& b) noexcept
    {
        return a.view() <=> b.view();
    }

private:
    std::array<char, capacity> text_{};
    std::uint8_t size_ = 0;
};

}  // namespace wattpurse
