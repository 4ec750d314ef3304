// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/codec/modbus/response.hpp>

namespace wattpurse::sim {

/// Who a simulated device is: functions 11 and 2B/0E.
struct modbus_identity {
    std::string_view vendor;
    std::string_view product;
    std::string_view revision;

    constexpr codec::modbus::exception_code answer(const codec::modbus::request& asked,
                                                   std::span<std::uint8_t> scratch,
                                                   codec::modbus::response& out) const
    {
        using codec::modbus::exception_code;
        using codec::modbus::function;
        const auto bytes = [](std::string_view text, std::span<std::uint8_t> to) {
            const std::size_t size = std::min(text.size(), to.size());
            for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(text[i]);
            return to.first(size);
        };
        if (asked.function == static_cast<std::uint8_t>(function::report_server_id)) {
            // Server id, run indicator, and what the vendor likes to add (6.13).
            scratch[0] = 1;
            scratch[1] = 0xFF;
            out.data = scratch.first(2 + bytes(product, scratch.subspan(2, 100)).size());
            return exception_code::none;
        }
        if (asked.function != static_cast<std::uint8_t>(function::encapsulated_interface) ||
            asked.mei_type != codec::modbus::mei_device_identification) {
            return exception_code::illegal_function;
        }
        std::array<std::uint8_t, 3 * 60> text{};
        const std::span all{text};
        const std::array<codec::modbus::identified, 3> objects{
            {{0, bytes(vendor, all.first(60))},
             {1, bytes(product, all.subspan(60, 60))},
             {2, bytes(revision, all.subspan(120, 60))}}};
        return codec::modbus::identify(asked, objects, scratch, out);
    }
};

}  // namespace wattpurse::sim
