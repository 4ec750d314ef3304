// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Frames for the benchmarks, made by hand from the definition, so that nothing that is measured
/// has a part in them.
namespace wattpurse::bench {

/// More than a branch predictor learns by heart.
inline constexpr std::size_t packet_count = 65536;

/// splitmix64, so that every run has the same operands.
inline std::uint64_t next_random(std::uint64_t& state)
{
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// Bytes of one frame with four FE.
struct packet {
    std::array<std::uint8_t, 64> bytes{};
    std::uint8_t size = 0;
};

/// Frames one behind the other, as a receive buffer has them.
class packet_row {
public:
    void push_back(const packet& what)
    {
        bytes_.insert(bytes_.end(), what.bytes.begin(), what.bytes.begin() + what.size);
        ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    }
    [[nodiscard]] std::size_t size() const { return ends_.size(); }
    [[nodiscard]] std::span<const std::uint8_t> operator[](std::size_t i) const
    {
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return {bytes_.data() + begin, ends_[i] - begin};
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::vector<std::uint32_t> ends_;
};

/// FE FE FE FE 68 A0..A5 68 C L DATA+33 CS 16
inline void write_packet(packet& out, const std::array<std::uint8_t, 6>& address,
                         std::uint8_t control, std::span<const std::uint8_t> data,
                         std::uint8_t size)
{
    std::size_t at = 0;
    unsigned sum = 0;
    const auto put = [&](unsigned byte) {
        out.bytes[at++] = static_cast<std::uint8_t>(byte);
        sum += byte;
    };
    for (int i = 0; i < 4; ++i) {
        put(0xFE);
    }
    sum = 0;
    put(0x68);
    for (const std::uint8_t byte : address) {
        put(byte);
    }
    put(0x68);
    put(control);
    put(size);
    for (const std::uint8_t byte : data.first(size)) {
        put((byte + 0x33U) & 0xFFU);
    }
    put(sum & 0xFFU);
    put(0x16);
    out.size = static_cast<std::uint8_t>(at);
}

/// An identifier and the form of its number, as the standard's annex A has it.
struct item_choice {
    std::uint32_t id;
    std::uint8_t size;  ///< bytes of packed BCD
    bool has_sign;      ///< the top bit of the highest digit
};

inline constexpr std::array<item_choice, 12> mixed_items{{
    {0x00000000, 4, true},   // combined active energy
    {0x00010000, 4, false},  // forward active energy
    {0x00010200, 4, false},  // of tariff 2
    {0x00020003, 4, false},  // reverse, three settlements ago
    {0x02010100, 2, false},  // voltage of phase A
    {0x02020300, 3, true},   // current of phase C
    {0x02030000, 3, true},   // active power
    {0x02060000, 2, true},   // power factor
    {0x02800002, 2, false},  // frequency
    {0x02800007, 2, true},   // temperature
    {0x00900200, 4, false},  // remaining money
    {0x04001001, 4, false},  // limit of the first alarm
}};

inline std::array<std::uint8_t, 6> random_address(std::uint64_t& seed)
{
    std::array<std::uint8_t, 6> out{};
    for (std::uint8_t& byte : out) {
        const std::uint64_t random = next_random(seed);
        byte = static_cast<std::uint8_t>(random % 10 + (random >> 32U) % 10 * 16);
    }
    return out;
}

/// An answer to a read, and the number in it.
struct answer_packet {
    packet wire;
    item_choice what{};
    std::int64_t number = 0;
};

inline answer_packet random_answer_of(const item_choice& what, std::uint64_t& seed)
{
    answer_packet out;
    out.what = what;
    std::array<std::uint8_t, 12> data{};
    for (std::size_t i = 0; i < 4; ++i) {
        data[i] = static_cast<std::uint8_t>(what.id >> 8U * i);
    }
    std::int64_t scale = 1;
    for (std::size_t i = 0; i < what.size; ++i) {
        const bool is_top = i + 1 == what.size;
        const unsigned pair = static_cast<unsigned>(next_random(seed) % (is_top ? 80 : 100));
        data[4 + i] = static_cast<std::uint8_t>(pair / 10 * 16 + pair % 10);
        out.number += scale * pair;
        scale *= 100;
    }
    if (what.has_sign && next_random(seed) % 2 == 0) {
        data[3 + what.size] |= 0x80;
        out.number = -out.number;
    }
    write_packet(out.wire, random_address(seed), 0x91, data,
                 static_cast<std::uint8_t>(4 + what.size));
    return out;
}

inline packet random_answer(std::uint64_t& seed)
{
    return random_answer_of(mixed_items[next_random(seed) % mixed_items.size()], seed).wire;
}

}  // namespace wattpurse::bench
