// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/conformance_model.hpp>

#include <wattpurse/codec/modbus/pdu.hpp>

#include "modbus_identity.hpp"

namespace wattpurse::sim {

namespace modbus = codec::modbus;
using modbus::exception_code;

namespace {

constexpr std::uint8_t vendor_write = 0xAA;
constexpr modbus_identity identity{"wattpurse", "conformance model", "0.1"};

bool is_of_bits(modbus::table which)
{
    return which == modbus::table::coils || which == modbus::table::discrete_inputs;
}

}  // namespace

conformance_model::conformance_model()
{
    for (std::size_t i = 0; i < registers_; ++i) {
        holding_[i] = input_[i] = static_cast<std::uint16_t>(i * 257);
    }
}

bool conformance_model::supports(std::uint8_t function) const
{
    switch (function) {
        case 0x01:
        case 0x02:
        case 0x03:
        case 0x04:
        case 0x05:
        case 0x06:
        case 0x08:
        case 0x0F:
        case 0x10:
        case 0x11:
        case 0x16:
        case 0x17:
        case 0x2B:
        case vendor_write: return true;
        default: return false;
    }
}

exception_code conformance_model::covers(table which, std::uint16_t first, std::uint16_t quantity)
{
    const std::size_t size = is_of_bits(which) ? bits_ : registers_;
    return std::size_t{first} + quantity <= size ? exception_code::none
                                                 : exception_code::illegal_data_address;
}

exception_code conformance_model::read_bits(table which, std::uint16_t first,
                                            std::uint16_t quantity, std::span<std::uint8_t> packed)
{
    for (std::size_t i = 0; which == table::coils && i < quantity; ++i) {
        if (coils_[first + i]) {
            packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | 1U << i % 8);
        }
    }
    return exception_code::none;
}

exception_code conformance_model::write_bits(std::uint16_t first, std::uint16_t quantity,
                                             byte_span packed)
{
    for (std::size_t i = 0; i < quantity; ++i) coils_[first + i] = packed[i / 8] >> i % 8 & 1U;
    return exception_code::none;
}

exception_code conformance_model::read_registers(table which, std::uint16_t first,
                                                 std::span<std::uint8_t> registers)
{
    const auto& from = which == table::input_registers ? input_ : holding_;
    for (std::size_t i = 0; i < registers.size() / 2; ++i) {
        registers[2 * i] = static_cast<std::uint8_t>(from[first + i] >> 8U);
        registers[2 * i + 1] = static_cast<std::uint8_t>(from[first + i] & 0xFFU);
    }
    return exception_code::none;
}

exception_code conformance_model::write_registers(std::uint16_t first, byte_span registers)
{
    for (std::size_t i = 0; i < registers.size() / 2; ++i) {
        holding_[first + i] = modbus::word_at(registers, 2 * i);
    }
    return exception_code::none;
}

exception_code conformance_model::other(const modbus::request& asked,
                                        std::span<std::uint8_t> scratch, modbus::response& out)
{
    if (asked.function != vendor_write) return identity.answer(asked, scratch, out);
    constexpr std::size_t head = 5;  // address, quantity, number of bytes
    if (asked.data.size() < head || asked.data.size() != head + asked.data[4]) {
        return exception_code::illegal_data_value;
    }
    const std::uint16_t first = modbus::word_at(asked.data, 0);
    const std::uint16_t quantity = modbus::word_at(asked.data, 2);
    if (quantity == 0 || asked.data[4] != 2 * quantity) return exception_code::illegal_data_value;
    if (const auto fault = covers(table::holding_registers, first, quantity);
        fault != exception_code::none) {
        return fault;
    }
    for (std::size_t i = 0; i < 4; ++i) scratch[i] = asked.data[i];
    out.data = scratch.first(4);
    return write_registers(first, asked.data.subspan(head));
}

}  // namespace wattpurse::sim
