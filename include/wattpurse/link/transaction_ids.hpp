// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/time.hpp>

namespace wattpurse::link {

/// The transaction ids of one Modbus TCP connection. An id that was not answered in time is set
/// aside: while it is, no other request gets it, so that an answer that comes late cannot be taken
/// for another's. Without that a client is wrong for ever after its first timeout.
///
/// Ids go round through 1 to 16383. Those set aside are free again after one to two times `keep`,
/// however many they are; 4 kB.
class transaction_ids {
public:
    static constexpr std::size_t count = 16384;

    constexpr transaction_ids() noexcept = default;
    constexpr explicit transaction_ids(duration keep) noexcept : keep_{keep} {}

    /// An id that is neither set aside nor `in_use(id)`; 0 when there is none.
    template <class InUse>
    [[nodiscard]] constexpr std::uint16_t next(InUse in_use) noexcept;

    constexpr void set_aside(std::uint16_t id, instant now) noexcept;
    [[nodiscard]] constexpr bool is_set_aside(std::uint16_t id) const noexcept
    {
        return id < count && ((recent_[id / 32U] | older_[id / 32U]) >> (id % 32U) & 1U) != 0;
    }

    /// Sets free what was set aside long enough ago. To be called when `turns_at` is reached.
    constexpr void advance(instant now) noexcept;
    /// `instant::max()` when nothing is set aside.
    [[nodiscard]] constexpr instant turns_at() const noexcept
    {
        return has_recent_ || has_older_ ? turns_at_ : instant::max();
    }

private:
    using bits = std::array<std::uint32_t, count / 32>;

    duration keep_{60'000};
    instant turns_at_{};
    std::uint16_t last_ = 0;
    bool has_recent_ = false;
    bool has_older_ = false;
    bits recent_{};  // since the last turn
    bits older_{};   // between the two last turns
};

// ---------------------------------------------------------------------------------------------

template <class InUse>
constexpr std::uint16_t transaction_ids::next(InUse in_use) noexcept
{
    for (std::size_t tried = 0; tried < count; ++tried) {
        last_ = static_cast<std::uint16_t>((last_ + 1U) % count);
        if (last_ != 0 && !is_set_aside(last_) && !in_use(last_)) {
            return last_;
        }
    }
    return 0;
}

constexpr void transaction_ids::set_aside(std::uint16_t id, instant now) noexcept
{
    if (id >= count) {
        return;
    }
    advance(now);
    if (!has_recent_ && !has_older_) {
        turns_at_ = now + keep_;
    }
    recent_[id / 32U] |= 1U << (id % 32U);
    has_recent_ = true;
}

constexpr void transaction_ids::advance(instant now) noexcept
{
    if ((!has_recent_ && !has_older_) || now < turns_at_) {
        return;
    }
    if (now - turns_at_ >= keep_) {  // two turns are due
        older_.fill(0);
        has_older_ = false;
        recent_.fill(0);
        has_recent_ = false;
        return;
    }
    older_ = recent_;
    has_older_ = has_recent_;
    recent_.fill(0);
    has_recent_ = false;
    turns_at_ += keep_;
}

}  // namespace wattpurse::link
