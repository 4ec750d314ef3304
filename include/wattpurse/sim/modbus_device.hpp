// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/serve.hpp>

namespace wattpurse::sim {

/// A simulated Modbus device of any kind; what its functions do is said at
/// `codec::modbus::device_defaults`.
class modbus_device {
public:
    using code = codec::modbus::exception_code;
    using table = codec::modbus::table;

    virtual ~modbus_device() = default;
    /// The time, which never goes backwards; told before each request.
    virtual void advance(instant now) = 0;
    [[nodiscard]] virtual bool supports(std::uint8_t function) const = 0;
    virtual code covers(table which, std::uint16_t first, std::uint16_t quantity) = 0;
    virtual code read_bits(table which, std::uint16_t first, std::uint16_t quantity,
                           std::span<std::uint8_t> packed) = 0;
    virtual code write_bits(std::uint16_t first, std::uint16_t quantity, byte_span packed) = 0;
    virtual code read_registers(table which, std::uint16_t first,
                                std::span<std::uint8_t> registers) = 0;
    virtual code write_registers(std::uint16_t first, byte_span registers) = 0;
    virtual code other(const codec::modbus::request& asked, std::span<std::uint8_t> scratch,
                       codec::modbus::response& out) = 0;
};

/// Devices by unit id, as the server sessions of `link` want them.
class modbus_units {
public:
    /// Takes the place of another of that unit.
    void add(std::uint8_t unit, std::shared_ptr<modbus_device> device)
    {
        devices_[unit] = std::move(device);
    }
    [[nodiscard]] modbus_device* find(std::uint8_t unit)
    {
        const auto found = devices_.find(unit);
        return found == devices_.end() ? nullptr : found->second.get();
    }
    /// Each once, also where it has several ids.
    template <class Visit>
    void for_each(Visit visit)
    {
        for (auto each = devices_.begin(); each != devices_.end(); ++each) {
            const bool was_seen = std::any_of(devices_.begin(), each, [&](const auto& before) {
                return before.second == each->second;
            });
            if (!was_seen) visit(*each->second);
        }
    }
    void advance(instant now)
    {
        for (const auto& [unit, device] : devices_) device->advance(now);
    }
    [[nodiscard]] std::size_t size() const { return devices_.size(); }
    /// The lowest id; 0 while there is none.
    [[nodiscard]] std::uint8_t first() const
    {
        return devices_.empty() ? std::uint8_t{0} : devices_.begin()->first;
    }

private:
    std::map<std::uint8_t, std::shared_ptr<modbus_device>> devices_;
};

}  // namespace wattpurse::sim
