// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::usage {

/// Signed as unsigned, small where the magnitude is: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...
[[nodiscard]] constexpr std::uint64_t to_zigzag(std::uint64_t value) noexcept
{
    return value << 1U ^ (~(value >> 63U) + 1U);
}
[[nodiscard]] constexpr std::uint64_t from_zigzag(std::uint64_t value) noexcept
{
    return value >> 1U ^ (~(value & 1U) + 1U);
}

[[nodiscard]] constexpr std::uint64_t low_bits(unsigned width) noexcept
{
    return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

/// Bits of `put_number`: four for each three of the value, at least four.
[[nodiscard]] constexpr unsigned number_size(std::uint64_t value) noexcept
{
    return 4 * ((static_cast<unsigned>(std::bit_width(value | 1U)) + 2) / 3);
}

/// Writes bits, the low one first, into bytes, the low bit first.
class bit_writer {
public:
    /// Behind what `bytes` holds already.
    explicit bit_writer(std::vector<std::uint8_t> bytes) noexcept : bytes_{std::move(bytes)} {}

    /// The low `width` bits (up to 64) of a value that has no others.
    void put(std::uint64_t value, unsigned width)
    {
        held_ |= value << used_;
        used_ += width;
        if (used_ >= 64) {
            write(8);
            used_ -= 64;
            held_ = used_ == 0 ? 0 : value >> (width - used_);
        }
    }
    /// Three bits at a time, low ones first, with a fourth that says whether more follow.
    void put_number(std::uint64_t value)
    {
        for (; value >= 8; value >>= 3U) put((value & 7U) | 8U, 4);
        put(value, 4);
    }
    void put_signed(std::uint64_t value) { put_number(to_zigzag(value)); }

    /// Fills the last byte with zeros and gives the bytes away.
    [[nodiscard]] std::vector<std::uint8_t> finish()
    {
        write((used_ + 7) / 8);
        return std::move(bytes_);
    }

private:
    void write(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            bytes_.push_back(static_cast<std::uint8_t>(held_ >> (8 * i)));
        }
    }

    std::vector<std::uint8_t> bytes_;
    std::uint64_t held_ = 0;
    unsigned used_ = 0;  // bits of it, below 64
};

/// Reads what a `bit_writer` wrote. Behind the end there are zeros, and `is_over` says so.
class bit_reader {
public:
    bit_reader(byte_span bytes, std::size_t from_byte) noexcept
        : bytes_{bytes}
        , position_{8 * from_byte}
    {}

    /// At least the next 57 bits, the first one lowest.
    [[nodiscard]] std::uint64_t peek() const noexcept
    {
        const std::size_t at = position_ / 8;
        std::uint64_t word = 0;
        if (at + 8 <= bytes_.size()) {
            for (unsigned i = 0; i < 8; ++i) word |= std::uint64_t{bytes_[at + i]} << (8 * i);
        } else {
            for (std::size_t i = at; i < bytes_.size(); ++i) {
                word |= std::uint64_t{bytes_[i]} << (8 * (i - at));
            }
        }
        return word >> (position_ % 8);
    }
    void skip(unsigned width) noexcept { position_ += width; }

    [[nodiscard]] std::uint64_t get(unsigned width) noexcept
    {
        if (width > 57) {
            const std::uint64_t low = get(32);
            return low | get(width - 32) << 32U;
        }
        const std::uint64_t value = peek() & low_bits(width);
        skip(width);
        return value;
    }
    /// What `put_number` wrote; bits beyond the 64th are lost, which sealing anew finds out.
    [[nodiscard]] std::uint64_t get_number() noexcept
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 66; shift += 3) {
            const std::uint64_t group = get(4);
            value |= (group & 7U) << shift;
            if (group < 8) break;
        }
        return value;
    }
    [[nodiscard]] std::uint64_t get_signed() noexcept { return from_zigzag(get_number()); }

    [[nodiscard]] bool is_over() const noexcept { return position_ > 8 * bytes_.size(); }
    /// The byte of the next bit, counted from the first of all.
    [[nodiscard]] std::size_t byte() const noexcept { return position_ / 8; }

private:
    byte_span bytes_;
    std::size_t position_;  // in bits
};

}  // namespace wattpurse::usage
