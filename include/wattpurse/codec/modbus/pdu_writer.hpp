// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>

namespace wattpurse::codec::modbus {

/// Bytes that so many bits take.
[[nodiscard]] constexpr std::size_t packed_size(std::size_t bits) noexcept
{
    return (bits + 7) / 8;
}

namespace detail {

/// Writes a PDU from its beginning, and notes where it does not fit: what comes then is dropped.
class pdu_writer {
public:
    constexpr explicit pdu_writer(std::span<std::uint8_t> out) noexcept : out_{out} {}

    constexpr void byte(std::uint8_t value) noexcept
    {
        if (size_ < out_.size()) {
            out_[size_] = value;
        }
        ++size_;
    }
    constexpr void words(std::initializer_list<std::uint16_t> values) noexcept
    {
        for (const std::uint16_t value : values) {
            byte(static_cast<std::uint8_t>(value >> 8U));
            byte(static_cast<std::uint8_t>(value & 0xFFU));
        }
    }
    constexpr void bytes(byte_span from) noexcept
    {
        if (size_ + from.size() <= out_.size()) {
            std::copy(from.begin(), from.end(), out_.data() + size_);
        }
        size_ += from.size();
    }
    /// Their number as a byte, and they.
    constexpr void counted(byte_span from) noexcept
    {
        byte(static_cast<std::uint8_t>(from.size() & 0xFFU));
        bytes(from);
    }

    /// What was written. `too_long` above the size of a PDU, `buffer_too_small`.
    [[nodiscard]] constexpr result<std::size_t> size() const noexcept
    {
        if (size_ > pdu_size_max) {
            return fail(errc::too_long);
        }
        if (size_ > out_.size()) {
            return fail(errc::buffer_too_small);
        }
        return size_;
    }

private:
    std::span<std::uint8_t> out_;
    std::size_t size_ = 0;
};

}  // namespace detail

}  // namespace wattpurse::codec::modbus
