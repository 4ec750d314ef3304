// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/sim/measurement.hpp>
#include <wattpurse/sim/meter_options.hpp>
#include <wattpurse/sim/modbus_device.hpp>
#include <wattpurse/sim/modbus_tables.hpp>

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
    std::uint64_t serial = 202'600'000'001;
    std::uint8_t unit = 1;       ///< shown where a register holds it
    /// Registers that the map does not name are 0, as with many real meters; else exception 02.
    bool holes_are_zero = false;
};

/// A Modbus meter of any kind that a register map describes (虛擬表). Measured values follow from
/// its load and fit each other: phases sum to the total, power is voltage times current times
/// power factor, energy is power over time. They change at each whole minute. All other registers
/// hold what was written last, and before that what a new meter has there; a value that the map
/// has a sentinel for and the meter does not have is that.
///
/// The map's recipes work. An order opens the relay, and no load flows; one closes it, come what
/// may where the map has a release as well, and else as far as there is money. A purchase is taken
/// where its count is the next one and is ignored otherwise; where a write fits several recipes,
/// the one with more constants is meant. Where the map has a purse, use is taken out of it, and at
/// nothing the relay opens by itself until money comes. A field that a recipe is checked by shows
/// the relay as it is, unless it is among what the recipe writes: then it shows the order.
///
/// A SunSpec map stands behind a common model at 40000.
class modbus_meter final : public modbus_device {
public:
    explicit modbus_meter(const modbus_meter_options& options);

    void advance(instant now) override;
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

    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    /// What is left, in hundredths.
    [[nodiscard]] std::int64_t money_cents() const;
    [[nodiscard]] std::uint16_t purchase_count() const noexcept { return purchases_; }
    [[nodiscard]] const measurement& measured() const noexcept { return measured_; }

private:
    /// What was ordered of the relay last.
    enum class relay_order : std::uint8_t { none, open, closed };

    [[nodiscard]] const meter::register_map& map() const noexcept { return options_.map; }
    [[nodiscard]] const meter::register_field* field_at(std::int16_t index) const;
    [[nodiscard]] minute_load load_now() const;
    [[nodiscard]] bool has_purse() const;
    [[nodiscard]] bool is_supplied() const;
    [[nodiscard]] bool is_writable(table which, std::uint32_t at) const;
    void set_relay();
    void show();
    void show_relay();
    [[nodiscard]] std::optional<scaled_number> value_of(const meter::register_field& field) const;
    [[nodiscard]] bool is_looked_at(const meter::register_field& field, bool as_count) const;
    void fill_record(std::uint16_t address, std::span<std::uint8_t> bytes) const;
    [[nodiscard]] const meter::write_recipe* recipe_for(std::uint8_t function, std::uint16_t first,
                                                        byte_span registers) const;
    [[nodiscard]] bool apply(std::uint8_t function, std::uint16_t first, byte_span registers);
    void buy(const meter::write_recipe& recipe, byte_span registers);

    modbus_meter_options options_;
    modbus_tables tables_;
    measurement measured_;
    measurement at_first_;
    instant minute_;
    relay_order order_ = relay_order::none;
    bool closed_ = true;
    std::int64_t credit_cents_ = 0;     ///< what the purse would have without any use
    std::int64_t purchased_cents_ = 0;
    std::uint16_t purchases_ = 0;
    int phases_ = 1;
};

/// Whether a meter can be made of this map; the error says what is wrong with it.
[[nodiscard]] result<void, std::string> check(const modbus_meter_options& options);

}  // namespace wattpurse::sim
