// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/sim/measurement.hpp>
#include <wattpurse/sim/meter_options.hpp>
#include <wattpurse/sim/modbus_device.hpp>

namespace wattpurse::sim {

/// Everything that makes one simulated Modbus meter what it is.
struct modbus_meter_options {
    meter::register_map map;     ///< what kind it is; its texts are borrowed
    register_set registers;      ///< forward active energy when it begins to serve
    instant installed_at;        ///< it begins to serve; no request comes earlier
    fixed_zone zone = china_zone;
    load_function load;          ///< none: `drawn_load` of 1
    std::int64_t money_cents = 5'000;        ///< in its purse, where it has one
    std::int64_t price_cents_per_kwh = 50;   ///< what use takes from the purse
    std::uint16_t purchase_count = 0;
    /// Registers that the map does not name are 0, as with many real meters; else exception 02.
    bool holes_are_zero = false;
};

/// A Modbus meter of any kind that a register map describes (虛擬表). Measured values follow from
/// its load and fit each other: phases sum to the total, power is voltage times current times
/// power factor, energy is power over time. They change at each whole minute. All other registers
/// hold what was written last.
///
/// The map's recipes work: a relay order opens and closes the relay (no load flows while it is
/// open), a purchase is taken where its count is the next one and is ignored otherwise. Where the
/// map has a purse, use is taken out of it, and at nothing the relay opens by itself until money
/// comes. A SunSpec map stands behind a common model at 40000.
class modbus_meter final : public modbus_device {
public:
    explicit modbus_meter(const modbus_meter_options& options);

    void advance(instant now) override;
    [[nodiscard]] bool supports(std::uint8_t function) const override;
    code covers(table which, std::uint16_t first, std::uint16_t quantity) override;
    code read_bits(table, std::uint16_t, std::uint16_t, std::span<std::uint8_t>) override
    {
        return code::illegal_data_address;
    }
    code write_bits(std::uint16_t, std::uint16_t, byte_span) override
    {
        return code::illegal_data_address;
    }
    code read_registers(table which, std::uint16_t first,
                        std::span<std::uint8_t> registers) override;
    code write_registers(std::uint16_t first, byte_span registers) override;
    code other(const codec::modbus::request& asked, std::span<std::uint8_t> scratch,
               codec::modbus::response& out) override;

    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    /// What is left, in hundredths.
    [[nodiscard]] std::int64_t money_cents() const;
    [[nodiscard]] std::uint16_t purchase_count() const noexcept { return purchases_; }
    [[nodiscard]] const measurement& measured() const noexcept { return measured_; }

private:
    /// Registers of one table: what is in them, and which of them exist.
    struct bank {
        std::vector<std::uint16_t> words = std::vector<std::uint16_t>(0x10000);
        std::vector<bool> exists = std::vector<bool>(0x10000);
    };

    void lay_out();
    void lay_out_sunspec();
    void refresh();
    void put(const meter::register_field& field, scaled_number value);
    void put_state(const meter::write_recipe& recipe);
    void set_relay(bool closed);
    void use_money();
    [[nodiscard]] bool apply(std::uint8_t function, std::uint16_t first, byte_span registers);
    void buy(const meter::write_recipe& recipe, byte_span registers);
    [[nodiscard]] bool is_purse(std::int16_t field, bool is_count) const;
    [[nodiscard]] int scale_power_of(const meter::register_field& field) const;
    [[nodiscard]] std::optional<std::int64_t> kept_of(const meter::register_field& field) const;
    [[nodiscard]] bank& bank_of(std::uint8_t function);
    [[nodiscard]] bool is_record(std::uint32_t address) const;
    [[nodiscard]] const meter::register_map& map() const noexcept { return options_.map; }

    modbus_meter_options options_;
    std::uint16_t base_ = 0;
    bank holding_;
    bank input_;
    measurement measured_;
    instant minute_;
    bool closed_ = true;
    bool ordered_open_ = false;
    std::int64_t bought_cents_ = 0;
    std::uint16_t purchases_ = 0;
    bool is_three_phase_ = false;
};

/// Whether a meter can be made of this map; the error says what is wrong with it.
[[nodiscard]] result<void, std::string> check(const modbus_meter_options& options);

}  // namespace wattpurse::sim
