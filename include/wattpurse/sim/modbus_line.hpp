// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/sim/line_faults.hpp>
#include <wattpurse/sim/modbus_device.hpp>

namespace wattpurse::sim {

/// What simulated Modbus meters are spoken to with.
enum class modbus_transport : std::uint8_t { tcp, rtu, ascii };

/// What goes wrong with Modbus besides what goes wrong with bytes, in thousandths of the answers.
struct modbus_fault_rates {
    fault_rates bytes{};            ///< `partly_applied` does not happen here
    std::uint16_t doubled = 0;      ///< the answer comes twice
    std::uint16_t busy = 0;         ///< exception 06 instead of an answer; nothing was done
    std::uint16_t swapped = 0;      ///< registers of the answer with each pair of words swapped
};

/// Simulated Modbus meters behind one serial line, or one connection, as bytes. It reads no clock
/// and opens nothing: driven as `meter_server` is.
class modbus_line {
public:
    /// Answers that wait for their time; beyond, the oldest are lost.
    static constexpr std::size_t waiting_max = 256;

    /// Bytes that go out together, not before `at`.
    struct due {
        instant at;
        std::vector<std::uint8_t> bytes;
    };

    modbus_line(std::shared_ptr<modbus_units> units, modbus_transport transport,
                const modbus_fault_rates& faults = {}, duration answer_delay = duration{0});
    ~modbus_line();
    modbus_line(modbus_line&&) noexcept;
    modbus_line& operator=(modbus_line&&) noexcept;

    void receive(byte_span bytes, instant now);
    /// What is due at `now` or was before; each only once.
    [[nodiscard]] std::vector<due> take_output(instant now);
    [[nodiscard]] instant next_deadline() const;
    /// The stream has lost its meaning: the connection is to be closed.
    [[nodiscard]] bool broken() const;

private:
    class session;

    void draw_fate(byte_span request);
    void collect(instant now);
    void queue(instant at, std::vector<std::uint8_t> bytes);

    std::shared_ptr<modbus_units> units_;
    modbus_fault_rates rates_;
    duration answer_delay_;
    line_faults faults_;
    std::unique_ptr<session> session_;
    bool is_asked_ = false;              // a request has begun, and is not answered yet
    instant heard_at_{};
    line_fault fate_ = line_fault::none;
    std::uint64_t luck_ = 0;
    std::deque<due> output_;             // in the order of `at`
};

}  // namespace wattpurse::sim
