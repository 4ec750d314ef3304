// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <wattpurse/sim/modbus_device.hpp>

namespace wattpurse::sim {

/// The register model that tests/vectors/modbus_conformance.jsonl speaks of: holding and input
/// registers 0 to 199 with (n x 257) modulo 65536, coils and discrete inputs 0 to 99 that are 0.
/// What is written is kept. Besides the functions of these tables it knows loopback (08/0000),
/// server id, device identification, and AA, with which a vendor writes registers as with 10.
class conformance_model final : public modbus_device {
public:
    conformance_model();

    void advance(instant) override {}
    [[nodiscard]] bool supports(std::uint8_t function) const override;
    code covers(table which, std::uint16_t first, std::uint16_t quantity) override;
    code read_bits(table which, std::uint16_t first, std::uint16_t quantity,
                   std::span<std::uint8_t> packed) override;
    code write_bits(std::uint16_t first, std::uint16_t quantity, byte_span packed) override;
    code read_registers(table which, std::uint16_t first,
                        std::span<std::uint8_t> registers) override;
    code write_registers(std::uint16_t first, byte_span registers) override;
    code other(const codec::modbus::request& asked, std::span<std::uint8_t> scratch,
               codec::modbus::response& out) override;

private:
    static constexpr std::size_t registers_ = 200;
    static constexpr std::size_t bits_ = 100;

    std::array<std::uint16_t, registers_> holding_{};
    std::array<std::uint16_t, registers_> input_{};
    std::array<bool, bits_> coils_{};
};

}  // namespace wattpurse::sim
