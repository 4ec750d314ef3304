// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/link/exchange.hpp>

namespace wattpurse::link {

/// When the line passes from one kind of meter to the other.
struct shared_line_options {
    duration rest{20};        ///< silence before the other kind is spoken to
    duration drain_max{500};  ///< a line that does not fall silent is spoken on after this
};

/// Meters of both kinds on one half-duplex line: a `basic_bus` for DL/T 645 and a
/// `basic_modbus_serial_client`, which take turns. Jobs are submitted to each, and events fetched
/// from each; the line is driven here, with the verbs of the bus.
///
///     bus.submit(job); modbus.submit(job);
///     line.advance(now);
///     write(line.pending_output()); line.consume(n);
///     line.receive(bytes, now);
///     while (bus.next_event(event)) ... while (modbus.next_event(event)) ...
///     wake me at line.next_deadline();
///
/// Whose first job has the higher priority goes next, and of one priority whoever did not speak
/// last. Whoever has the line gets all bytes that come in and the other none: an answer of one kind
/// may hold a byte string that is a frame of the other. While nobody wants the line the bus listens
/// on it: some DL/T 645 meters speak unasked, Modbus devices never do.
template <class Bus, class Modbus>
class shared_line {
public:
    enum class speaker : std::uint8_t { dlt645, modbus };

    /// Both are borrowed and have to live as long. From now on they must be driven only from here.
    constexpr shared_line(Bus& dlt645, Modbus& modbus,
                          const shared_line_options& options = {}) noexcept
        : bus_{&dlt645}, modbus_{&modbus}, options_{options}
    {
        hold_both();
    }

    constexpr void receive(byte_span bytes, instant now) noexcept;
    constexpr void advance(instant now) noexcept;
    /// When `advance` is to be called next; `instant::max()` when there is nothing to do. To be
    /// asked after jobs were submitted, too.
    [[nodiscard]] constexpr instant next_deadline() const noexcept;

    [[nodiscard]] constexpr byte_span pending_output() const noexcept
    {
        return has_line_ == speaker::dlt645 ? bus_->pending_output() : modbus_->pending_output();
    }
    constexpr void consume(std::size_t count) noexcept
    {
        if (has_line_ == speaker::dlt645) {
            bus_->consume(count);
        } else {
            modbus_->consume(count);
        }
    }
    /// The connection was made anew: half-sent and half-received bytes are void.
    constexpr void reconnected() noexcept
    {
        bus_->reconnected();
        modbus_->reconnected();
    }

    /// Who has the line: for whoever has to set it up differently for each.
    [[nodiscard]] constexpr speaker has_line() const noexcept { return has_line_; }
    [[nodiscard]] constexpr bool busy() const noexcept { return bus_->busy() || modbus_->busy(); }
    [[nodiscard]] constexpr bool idle() const noexcept { return bus_->idle() && modbus_->idle(); }

private:
    constexpr void hold_both() noexcept
    {
        bus_->hold(true);
        modbus_->hold(true);
    }
    [[nodiscard]] constexpr bool anybody_waits() const noexcept
    {
        return bus_->can_start() || modbus_->queued() > 0;
    }
    [[nodiscard]] constexpr speaker next_speaker() const noexcept;
    [[nodiscard]] constexpr instant may_speak_at() const noexcept;

    Bus* bus_;
    Modbus* modbus_;
    shared_line_options options_;
    speaker has_line_ = speaker::dlt645;
    speaker last_ = speaker::modbus;  // who spoke last
    instant heard_at_{};
    instant noisy_since_{};
};

// ---------------------------------------------------------------------------------------------

template <class Bus, class Modbus>
constexpr void shared_line<Bus, Modbus>::receive(byte_span bytes, instant now) noexcept
{
    if (bytes.empty()) {
        return;
    }
    if (now - heard_at_ >= options_.rest) {
        noisy_since_ = now;
    }
    heard_at_ = now;
    if (has_line_ == speaker::dlt645) {
        bus_->receive(bytes, now);
    } else {
        modbus_->receive(bytes, now);
    }
}

template <class Bus, class Modbus>
constexpr typename shared_line<Bus, Modbus>::speaker
shared_line<Bus, Modbus>::next_speaker() const noexcept
{
    if (!bus_->can_start() || modbus_->queued() == 0) {
        return bus_->can_start() ? speaker::dlt645 : speaker::modbus;
    }
    if (bus_->next_priority() != modbus_->next_priority()) {
        return bus_->next_priority() < modbus_->next_priority() ? speaker::dlt645 : speaker::modbus;
    }
    return last_ == speaker::dlt645 ? speaker::modbus : speaker::dlt645;
}

/// Each of the two knows of the bytes that it was told of, and what it has to wait for after its
/// own requests.
template <class Bus, class Modbus>
constexpr instant shared_line<Bus, Modbus>::may_speak_at() const noexcept
{
    const instant silent =
        std::min(heard_at_ + options_.rest, noisy_since_ + options_.drain_max);
    const instant own = std::max(bus_->may_speak_at(), modbus_->may_speak_at());
    return next_speaker() == has_line_ ? own : std::max(own, silent);
}

template <class Bus, class Modbus>
constexpr void shared_line<Bus, Modbus>::advance(instant now) noexcept
{
    bus_->advance(now);
    modbus_->advance(now);
    // A turn may end at once: the unit asked for is left in peace for now.
    while (!busy() && anybody_waits() && now >= may_speak_at()) {
        has_line_ = next_speaker();
        if (has_line_ == speaker::dlt645) {
            bus_->hold(false);
            bus_->advance(now);
        } else {
            modbus_->hold(false);
            modbus_->advance(now);
        }
        hold_both();
        if (!busy()) {
            continue;
        }
        last_ = has_line_;
    }
    if (!busy() && !anybody_waits()) {
        has_line_ = speaker::dlt645;
    }
}

template <class Bus, class Modbus>
constexpr instant shared_line<Bus, Modbus>::next_deadline() const noexcept
{
    const instant next = std::min(bus_->next_deadline(), modbus_->next_deadline());
    return !busy() && anybody_waits() ? std::min(next, may_speak_at()) : next;
}

}  // namespace wattpurse::link
