// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace wattpurse::link {

/// How many transactions may be under way at once on one connection. It begins with all that were
/// configured and is halved when the server says it is busy or loses a request, once for all that
/// were under way at that moment; then it grows by one each time so many answers have come in a
/// row. Each time it had to shrink, that takes twice as long: servers that can do one at a time,
/// and lose what comes beside it, are soon left in peace. A unit that is silent altogether counts
/// once and not each time it is asked.
class modbus_window {
public:
    constexpr explicit modbus_window(std::size_t most) noexcept
        : most_{static_cast<std::uint8_t>(std::clamp<std::size_t>(most, 1, 16))}, size_{most_}
    {
    }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

    constexpr void note_answer(std::uint8_t unit) noexcept;
    /// Requests are numbered: this is about `number`, and `last` is the newest that was sent.
    constexpr void note_busy(std::uint32_t number, std::uint32_t last) noexcept
    {
        shrink(number, last);
    }
    constexpr void note_loss(std::uint8_t unit, std::uint32_t number, std::uint32_t last) noexcept;

private:
    static constexpr std::uint16_t patience_min = 8;
    static constexpr std::uint16_t patience_max = 4096;

    constexpr void shrink(std::uint32_t number, std::uint32_t last) noexcept;

    std::uint8_t most_;
    std::uint8_t size_;
    std::uint16_t patience_ = patience_min;  // answers for each transaction of the window
    std::uint32_t answers_ = 0;              // in a row
    std::uint32_t shrunk_at_ = 0;            // the newest request of that moment
    std::array<std::uint32_t, 8> silent_{};  // a bit for each unit
};

// ---------------------------------------------------------------------------------------------

constexpr void modbus_window::note_answer(std::uint8_t unit) noexcept
{
    silent_[unit / 32U] &= ~(1U << (unit % 32U));
    ++answers_;
    if (size_ < most_ && answers_ >= std::uint32_t{patience_} * size_) {
        ++size_;
        answers_ = 0;
    } else if (size_ == most_ && answers_ >= patience_max) {
        patience_ = patience_min;
    }
}

constexpr void modbus_window::note_loss(std::uint8_t unit, std::uint32_t number,
                                        std::uint32_t last) noexcept
{
    const std::uint32_t bit = 1U << (unit % 32U);
    if ((silent_[unit / 32U] & bit) == 0) {
        silent_[unit / 32U] |= bit;
        shrink(number, last);
    }
}

constexpr void modbus_window::shrink(std::uint32_t number, std::uint32_t last) noexcept
{
    answers_ = 0;
    const bool is_known = static_cast<std::int32_t>(number - shrunk_at_) <= 0;
    if (size_ == 1 || is_known) {
        return;
    }
    shrunk_at_ = last;
    size_ = static_cast<std::uint8_t>(std::max(1, size_ / 2));
    patience_ = static_cast<std::uint16_t>(std::min<unsigned>(patience_ * 2U, patience_max));
}

}  // namespace wattpurse::link
