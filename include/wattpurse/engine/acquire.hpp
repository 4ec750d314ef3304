// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/engine/site.hpp>
#include <wattpurse/link/bus.hpp>
#include <wattpurse/model/arrival.hpp>
#include <wattpurse/model/command.hpp>

namespace wattpurse::engine {

/// One thing to ask of one meter.
struct inquiry {
    enum class topic : std::uint8_t {
        energy,        ///< current registers
        daily_freeze,  ///< what was frozen at the midnight `at`: its time first, then registers
        relay_status,  ///< status word 3
    };
    topic what = topic::energy;
    std::size_t bus = 0;
    account_id account;
    meter_id meter;
    instant at;                 ///< the moment the answer will speak of
    std::uint8_t days_ago = 1;  ///< daily_freeze: 1 is the last midnight

    friend bool operator==(const inquiry&, const inquiry&) = default;
};

/// Talks to the meters: turns inquiries and commands into frames on the lines, and what comes
/// back into arrivals. Sans-IO: bytes in, bytes out, next deadline. `now` is the house's clock;
/// where that is put back, the lines go on as if it had not been.
class acquire {
public:
    /// Inquiries that may wait for one line; what is beyond is asked for in the next round.
    static constexpr std::size_t waiting_max = 4096;

    explicit acquire(const site& where);

    void ask(const inquiry& what);
    /// Sends a relay command, before any reading that waits. Its answer arrives as a
    /// `command_result`.
    void send(const command& what, std::size_t bus, instant now);
    /// Sets all clocks of a line (broadcast, function 08). No answer is expected.
    void broadcast_time(std::size_t bus, instant now);

    void receive(std::size_t bus, byte_span bytes, instant now);
    void advance(instant now);
    /// The next moment at which `advance` has something to do; `instant::max()` when idle.
    [[nodiscard]] instant next_deadline() const;
    /// Nothing under way and nothing waiting on any line.
    [[nodiscard]] bool idle() const;

    /// Bytes to be sent on a line now; to be followed by `sent`.
    [[nodiscard]] byte_span output(std::size_t bus) const;
    void sent(std::size_t bus, std::size_t count);

    /// What has come in since the last call, in order of arrival, without ids.
    [[nodiscard]] std::vector<arrival> take_arrivals();

private:
    struct task {
        enum class step : std::uint8_t { energy, freeze_time, freeze_energy, status, command };
        step what = step::energy;
        inquiry about;
        std::string key;  // of the command
    };
    struct lane {
        link::bus bus;
        std::deque<task> waiting;
        std::map<std::uint64_t, task> active;
    };

    /// The time that the lines go by, which never goes back.
    [[nodiscard]] instant line_time(instant now);
    void advance_lines(instant line_now);
    void feed(lane& on, instant line_now);
    [[nodiscard]] bool give(lane& on, link::job job, const task& what, instant line_now);
    void start(lane& on, const task& what, instant line_now);
    void settle(lane& on, const link::event& what, instant line_now);
    void answered(lane& on, const task& what, const link::event& answer, instant line_now);
    void failed(const task& what);
    void arrive(const task& what, arrival_kind kind, arrival filled);

    const site& site_;
    std::vector<lane> lanes_;
    std::vector<arrival> arrivals_;
    std::uint64_t last_job_ = 0;
    instant last_now_ = instant::min();
    duration put_back_{0};  ///< the lines' time less the house's
};

}  // namespace wattpurse::engine
