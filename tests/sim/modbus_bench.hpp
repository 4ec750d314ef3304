// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/meter/register_value.hpp>
#include <wattpurse/sim/modbus_meter.hpp>

/// A simulated Modbus meter on a table, and somebody who asks it things.
namespace wattpurse::test {

using bytes = std::vector<std::uint8_t>;

inline const instant new_year_2026 = parse_iso8601("2026-01-01T12:00:00+08:00").value();

/// One register field; the rest is set where it matters.
inline meter::register_field field_of(std::string_view name, std::uint16_t address,
                                      meter::value_type type, std::uint16_t count,
                                      scaled_number scale, std::string_view unit)
{
    meter::register_field out;
    out.name = name;
    out.address = address;
    out.type = type;
    out.count = count;
    out.scale = scale;
    out.unit = unit;
    return out;
}

/// A meter with its map, which the meter borrows.
class modbus_bench {
public:
    explicit modbus_bench(std::vector<meter::register_field> with_fields,
                          std::vector<meter::write_recipe> with_recipes = {},
                          std::vector<meter::register_area> with_areas = {})
        : fields{std::move(with_fields)},
          recipes{std::move(with_recipes)},
          areas{std::move(with_areas)}
    {
        options.map.name = "bench";
        options.map.vendor = "Bench";
        options.installed_at = new_year_2026;
        options.load = sim::steady_load(power::of(6'000));
    }

    /// Builds the meter from what the members say.
    sim::modbus_meter& make()
    {
        options.map.fields = fields;
        options.map.recipes = recipes;
        options.map.areas = areas;
        meter_ = std::make_unique<sim::modbus_meter>(options);
        return *meter_;
    }
    sim::modbus_meter& meter() { return *meter_; }

    /// The answer's PDU.
    bytes ask(const bytes& pdu)
    {
        std::array<std::uint8_t, codec::modbus::pdu_size_max> out{};
        const std::size_t size = codec::modbus::serve(*meter_, pdu, out);
        return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
    }
    bytes read(std::uint8_t function, std::uint16_t first, std::uint16_t count)
    {
        return ask({function, static_cast<std::uint8_t>(first >> 8U),
                    static_cast<std::uint8_t>(first & 0xFFU),
                    static_cast<std::uint8_t>(count >> 8U),
                    static_cast<std::uint8_t>(count & 0xFFU)});
    }
    /// Writes registers by function 10, or a vendor's of the same form.
    bytes write(std::uint16_t first, const std::vector<std::uint16_t>& words,
                std::uint8_t function = 0x10)
    {
        const auto count = static_cast<std::uint8_t>(words.size());
        bytes pdu{function,
                  static_cast<std::uint8_t>(first >> 8U),
                  static_cast<std::uint8_t>(first & 0xFFU),
                  0,
                  count,
                  static_cast<std::uint8_t>(2 * count)};
        for (const std::uint16_t word : words) {
            pdu.push_back(static_cast<std::uint8_t>(word >> 8U));
            pdu.push_back(static_cast<std::uint8_t>(word & 0xFFU));
        }
        return ask(pdu);
    }
    /// A field's value as a client reads it, by name.
    meter::register_value value(std::string_view name, int scale_power = 0)
    {
        for (const auto& field : fields) {
            if (field.name != name) continue;
            kept_ = read(field.function, static_cast<std::uint16_t>(base + field.address),
                         field.count);
            REQUIRE_MESSAGE(kept_.size() == 2U + 2U * field.count, name);
            return read_value(field, byte_span{kept_}.subspan(2), scale_power);
        }
        FAIL("no such field: " << name);
        return {};
    }
    std::string text(std::string_view name, int scale_power = 0)
    {
        const auto read = value(name, scale_power);
        if (read.is_missing) return "missing";
        if (!read.is_sound) return "unsound";
        return std::string{to_text(read.number).view()};
    }

    sim::modbus_meter_options options;
    std::vector<meter::register_field> fields;
    std::vector<meter::write_recipe> recipes;
    std::vector<meter::register_area> areas;
    std::uint16_t base = 0;

private:
    std::unique_ptr<sim::modbus_meter> meter_;
    bytes kept_;
};

}  // namespace wattpurse::test
