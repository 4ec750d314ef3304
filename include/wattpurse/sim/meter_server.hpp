// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/sim/line_faults.hpp>
#include <wattpurse/sim/meter_options.hpp>

namespace wattpurse::sim {

class smart_meter;

/// Simulated meters on one line, as bytes: what the line brings goes in, what the meters send
/// comes out when it is due. It reads no clock and opens nothing; whoever serves it (a socket, a
/// pseudo-terminal, a test) tells it the time, which never goes backwards.
///
///     server.receive(bytes, now);
///     for (const auto& due : server.take_output(now)) write(due.bytes);
///     sleep_until(server.next_deadline());  // then take_output again
///
/// Bad checksums and requests to other addresses meet silence, as on a real line. Where a
/// wildcard covers several of its meters, all of them answer, one after the other.
class meter_server {
public:
    /// More waiting answers than this, and the oldest are lost, as in a full modem.
    static constexpr std::size_t waiting_max = 256;

    /// Bytes that go out together, not before `at`.
    struct due {
        instant at;
        std::vector<std::uint8_t> bytes;
    };

    /// One meter. The options must pass `check`.
    explicit meter_server(const meter_options& meter, const fault_rates& faults = {});
    /// Several on one line.
    explicit meter_server(std::span<const meter_options> meters, const fault_rates& faults = {});
    ~meter_server();
    meter_server(meter_server&&) noexcept;
    meter_server& operator=(meter_server&&) noexcept;

    /// Takes bytes that arrive at `now`. More than 500 ms after the last ones, what was waiting
    /// is given up first (DL/T 645-2007, 5.3).
    void receive(byte_span bytes, instant now);
    /// What is due at `now` or was before, in the order in which it is due; each only once.
    [[nodiscard]] std::vector<due> take_output(instant now);
    /// When `take_output` will have something; `instant::max()` while nothing is planned.
    [[nodiscard]] instant next_deadline() const;

    [[nodiscard]] std::size_t size() const noexcept { return meters_.size(); }
    /// The meter behind the protocol, to look at or to tamper with. `index` below `size`.
    [[nodiscard]] smart_meter& meter(std::size_t index) { return *meters_[index]; }
    [[nodiscard]] const smart_meter& meter(std::size_t index) const { return *meters_[index]; }

private:
    struct pace {
        duration answer_delay;
        duration push_every;
        duration heartbeat_every;
        instant next_push;       // instant::max() where there are none
        instant next_heartbeat;
    };

    void serve(const codec::dlt645::frame& request, instant now);
    void answer(std::size_t index, const codec::dlt645::frame& request, instant now);
    void push(instant now);
    [[nodiscard]] instant next_push() const;
    void queue(instant at, std::vector<std::uint8_t> bytes);

    std::vector<std::unique_ptr<smart_meter>> meters_;
    std::vector<pace> paces_;
    line_faults faults_;
    codec::dlt645::framer framer_;
    instant heard_at_{};
    instant line_free_at_{};  // when the latest answer was due
    std::deque<due> output_;  // in the order of `at`
};

}  // namespace wattpurse::sim
