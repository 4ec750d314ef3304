// SPDX-License-Identifier: Apache-2.0
// Values of 2007 by identifier: the catalogue says what there is, the meter what it has.
#include <algorithm>
#include <string_view>

#include <wattpurse/codec/dlt645/catalogue.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;

constexpr std::uint32_t all = 0xFF;
constexpr dlt645::data_id bulk_status_id{0x028011FF};

/// The highest place of an axis that this meter has; `all` where an axis has no end here.
std::uint32_t last_of_axis(const meter_device& meter, std::string_view axis)
{
    if (axis == "tariff") return static_cast<std::uint32_t>(meter.tariff_count());
    if (axis == "phase" || axis == "total_phase") {
        return static_cast<std::uint32_t>(meter.phase_count());
    }
    return all;
}

/// Whether the meter has all that the places of an identifier name: "1:tariff 0:settlement".
bool has_places(const meter_device& meter, const dlt645::catalogue_row& row, std::uint32_t id)
{
    std::string_view axes = row.axes;
    while (axes.size() >= 3) {
        const auto place = static_cast<unsigned>(axes[0] - '0');
        const std::size_t end = std::min(axes.find(' '), axes.size());
        const std::uint32_t value = dlt645::place_of(dlt645::edition::y2007, id, place);
        if (value != all && value > last_of_axis(meter, axes.substr(2, end - 2))) return false;
        axes.remove_prefix(std::min(end + 1, axes.size()));
    }
    return true;
}

/// What never happened and what nobody set reads as zeros, in the size of its layout.
value_of_id nothing_yet(const dlt645::catalogue_row& row)
{
    const bool has_form = row.family == dlt645::item_family::event ||
                          row.family == dlt645::item_family::parameter;
    if (!has_form || row.shape.takes_rest) return std::nullopt;
    return wire_bytes(row.shape.fixed, 0);
}

}  // namespace

value_of_id value_2007(const meter_device& meter, std::uint32_t id, instant now)
{
    const auto* row = dlt645::standard_catalogue().find(dlt645::edition::y2007, id);
    const bool is_read = row != nullptr && (row->access == dlt645::access_kind::read ||
                                            row->access == dlt645::access_kind::read_write);
    // The vendor's bulk status is pushed by its meters, and answered by them alone.
    const bool is_bulk = static_cast<dlt645::data_id>(id) == bulk_status_id;
    const bool has_bulk = meter.options.dialect.money.id == bulk_status_id;
    if ((!is_read && !(is_bulk && has_bulk)) || row == nullptr || !has_places(meter, *row, id)) {
        return std::nullopt;
    }
    value_of_id found;
    switch (id >> 24U) {
        case 0x00: return energy_value(meter, id, now);
        case 0x01: return demand_value(meter, id, now);
        case 0x02: return variable_value(meter, id);
        case 0x04: found = parameter_value(meter, id, now); break;
        case 0x05: return freeze_value(meter, id);
        case 0x06: return std::nullopt;  // with a count of blocks only
        default: found = event_value(meter, id); break;
    }
    return found ? found : nothing_yet(*row);
}

}  // namespace wattpurse::sim
