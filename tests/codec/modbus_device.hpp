// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <wattpurse/codec/modbus/serve.hpp>

namespace wattpurse::test {

/// The register model of the conformance cases: holding and input registers 0 to 199 hold
/// (n * 257) & FFFF, coils and inputs 0 to 99 are 0.
struct conformance_device : codec::modbus::device_defaults {
    std::array<std::uint16_t, 200> holding{};
    std::array<std::uint16_t, 200> input{};
    std::array<bool, 100> coils{};
    int writes = 0;

    conformance_device()
    {
        for (unsigned i = 0; i < holding.size(); ++i) {
            holding[i] = input[i] = static_cast<std::uint16_t>(i * 257);
        }
    }

    [[nodiscard]] bool supports(std::uint8_t function) const noexcept
    {
        return codec::modbus::is_public(static_cast<codec::modbus::function>(function));
    }
    codec::modbus::exception_code covers(codec::modbus::table what, std::uint16_t address,
                                         std::uint16_t quantity) noexcept
    {
        const bool is_bits = what == codec::modbus::table::coils ||
                             what == codec::modbus::table::discrete_inputs;
        const std::size_t there = is_bits ? coils.size() : holding.size();
        return std::size_t{address} + quantity <= there
                   ? codec::modbus::exception_code::none
                   : codec::modbus::exception_code::illegal_data_address;
    }
    codec::modbus::exception_code read_bits(codec::modbus::table what, std::uint16_t address,
                                            std::uint16_t quantity,
                                            std::span<std::uint8_t> packed) noexcept
    {
        for (unsigned i = 0; i < quantity; ++i) {
            if (what == codec::modbus::table::coils && coils[address + i]) {
                packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | 1U << i % 8);
            }
        }
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code write_bits(std::uint16_t address, std::uint16_t quantity,
                                             byte_span packed) noexcept
    {
        ++writes;
        for (unsigned i = 0; i < quantity; ++i) {
            coils[address + i] = (packed[i / 8] >> i % 8 & 1U) != 0;
        }
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code read_registers(codec::modbus::table what, std::uint16_t address,
                                                 std::span<std::uint8_t> out) noexcept
    {
        const auto& from =
            what == codec::modbus::table::input_registers ? input : holding;
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            out[2 * i] = static_cast<std::uint8_t>(from[address + i] >> 8U);
            out[2 * i + 1] = static_cast<std::uint8_t>(from[address + i] & 0xFFU);
        }
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code write_registers(std::uint16_t address, byte_span in) noexcept
    {
        ++writes;
        for (std::size_t i = 0; i < in.size() / 2; ++i) {
            holding[address + i] = codec::modbus::word_at(in, 2 * i);
        }
        return codec::modbus::exception_code::none;
    }
};

}  // namespace wattpurse::test
