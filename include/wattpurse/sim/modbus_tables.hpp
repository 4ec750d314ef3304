// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/meter/register_map.hpp>

namespace wattpurse::sim {

/// What is in the four tables of a simulated device, and which addresses of them there are. A bit
/// takes as much room as a register. Fields count from a base, which is not 0 with SunSpec.
class modbus_tables {
public:
    using table = codec::modbus::table;

    /// The table that a field's function reads.
    [[nodiscard]] static constexpr table table_of(std::uint8_t function) noexcept
    {
        switch (function) {
            case 1: return table::coils;
            case 2: return table::discrete_inputs;
            case 4: return table::input_registers;
            default: return table::holding_registers;
        }
    }

    void set_base(std::uint16_t base) noexcept { base_ = base; }
    [[nodiscard]] std::uint16_t base() const noexcept { return base_; }

    /// From here on these exist, and are 0. They wrap at the end, as addresses do.
    void make(table which, std::size_t first, std::size_t count);
    [[nodiscard]] bool exists(table which, std::size_t at) const noexcept;
    /// Whether any of the table exists.
    [[nodiscard]] bool is_used(table which) const noexcept { return !of(which).words.empty(); }
    /// 0 where there is nothing.
    [[nodiscard]] std::uint16_t word(table which, std::size_t at) const noexcept;
    /// Makes it where it is not there.
    void set(table which, std::size_t at, std::uint16_t word);
    /// Two characters to a register, padded with NUL up to so many registers.
    void set_text(table which, std::size_t at, std::size_t count, std::string_view text);

    /// Rounds a value to what the field can show, and puts it there; what does not fit is left.
    /// `power` is what the field's scale factor says.
    void put(const meter::register_field& field, scaled_number value, int power);
    /// All of a field as one number, as its word order has it. Precondition: 4 registers at most.
    [[nodiscard]] std::uint64_t raw(const meter::register_field& field) const;
    void put_raw(const meter::register_field& field, std::uint64_t raw);

private:
    struct contents {
        std::vector<std::uint16_t> words;  // none, or 65536
        std::vector<bool> exists;
    };
    [[nodiscard]] const contents& of(table which) const noexcept
    {
        return tables_[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] bool is_bits(const meter::register_field& field) const noexcept
    {
        return field.function == 1 || field.function == 2;
    }
    [[nodiscard]] std::size_t address_of(const meter::register_field& field,
                                         std::size_t i) const noexcept
    {
        return (std::size_t{base_} + field.address + i) & 0xFFFFU;
    }

    std::array<contents, 4> tables_{};
    std::uint16_t base_ = 0;
};

}  // namespace wattpurse::sim
