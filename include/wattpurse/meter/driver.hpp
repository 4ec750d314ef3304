// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/encode.hpp>
#include <wattpurse/meter/profile.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse::meter {

using credentials = codec::dlt645::credentials;

/// The address a meter's number stands for: its twelve digits. Error: `syntax`, also for
/// wildcards and the broadcast address, which are nobody's number.
[[nodiscard]] constexpr result<codec::dlt645::address> address_of(const meter_id& meter) noexcept;
/// And back.
[[nodiscard]] constexpr result<meter_id> meter_of(const codec::dlt645::address& address) noexcept;

/// What one asks of one meter, as jobs for its line. Give a job an id before submitting it.
class driver {
public:
    constexpr driver(const profile& kind, const codec::dlt645::address& meter) noexcept
        : profile_{kind}, address_{meter}
    {
    }
    /// Error: `syntax`.
    [[nodiscard]] static constexpr result<driver> of(const profile& kind,
                                                     const meter_id& meter) noexcept;

    /// Present registers: total and tariffs.
    [[nodiscard]] constexpr link::job request_energy() const noexcept;
    /// When the k-th last daily freeze was made; 1 is last midnight.
    [[nodiscard]] constexpr link::job request_freeze_time(std::uint8_t k) const noexcept;
    /// The registers it froze.
    [[nodiscard]] constexpr link::job request_freeze_energy(std::uint8_t k) const noexcept;
    /// Status word 3; with the priority of the relay, since that is what it is read for.
    [[nodiscard]] constexpr link::job request_status() const noexcept;
    [[nodiscard]] constexpr link::job request_date() const noexcept;
    [[nodiscard]] constexpr link::job request_time() const noexcept;
    [[nodiscard]] constexpr link::job request_remaining_money() const noexcept;

    /// Relay or keep-power command. The meter refuses it once its clock is past `valid_until`,
    /// which therefore wants a margin for the clock's error. `out_of_range` outside 2000 to 2099.
    [[nodiscard]] constexpr result<link::job> request_command(
        command_kind kind, const civil_time& valid_until, const credentials& who) const noexcept;

    [[nodiscard]] constexpr const profile& kind() const noexcept { return profile_; }
    [[nodiscard]] constexpr const codec::dlt645::address& address() const noexcept
    {
        return address_;
    }

private:
    [[nodiscard]] constexpr link::job read(codec::dlt645::data_id id,
                                           link::priority prio) const noexcept;

    profile profile_;
    codec::dlt645::address address_;
};

/// Sets the clocks of all meters of a line; nobody answers. `out_of_range` outside 2000 to 2099.
[[nodiscard]] constexpr result<link::job> broadcast_time(const civil_time& now) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr result<codec::dlt645::address> address_of(const meter_id& meter) noexcept
{
    const auto parsed = codec::dlt645::address::parse(meter.view());
    if (!parsed || !parsed->is_bcd() || parsed->is_broadcast()) {
        return fail(errc::syntax);
    }
    return *parsed;
}

constexpr result<meter_id> meter_of(const codec::dlt645::address& address) noexcept
{
    if (!address.is_bcd() || address.is_broadcast()) {
        return fail(errc::syntax);
    }
    return meter_id::parse(address.text().view());
}

constexpr result<driver> driver::of(const profile& kind, const meter_id& meter) noexcept
{
    const auto address = address_of(meter);
    if (!address) {
        return fail(address.error());
    }
    return driver{kind, *address};
}

constexpr link::job driver::read(codec::dlt645::data_id id, link::priority prio) const noexcept
{
    link::job out;
    out.prio = prio;
    out.request = codec::dlt645::read_request(address_, id);
    out.timeout = profile_.read_timeout;
    out.attempts_max = profile_.read_attempts;
    return out;
}

constexpr link::job driver::request_energy() const noexcept
{
    return read(profile_.energy_block, link::priority::reading);
}

constexpr link::job driver::request_freeze_time(std::uint8_t k) const noexcept
{
    return read(codec::dlt645::nth(profile_.freeze_time, k), link::priority::reading);
}

constexpr link::job driver::request_freeze_energy(std::uint8_t k) const noexcept
{
    return read(codec::dlt645::nth(profile_.freeze_energy, k), link::priority::reading);
}

constexpr link::job driver::request_status() const noexcept
{
    return read(profile_.status_word_3, link::priority::relay);
}

constexpr link::job driver::request_date() const noexcept
{
    return read(profile_.date, link::priority::background);
}

constexpr link::job driver::request_time() const noexcept
{
    return read(profile_.time, link::priority::background);
}

constexpr link::job driver::request_remaining_money() const noexcept
{
    return read(profile_.remaining_money, link::priority::payment);
}

constexpr result<link::job> driver::request_command(command_kind kind,
                                                    const civil_time& valid_until,
                                                    const credentials& who) const noexcept
{
    const auto request = codec::dlt645::control_request(address_, control_code_of(kind),
                                                        valid_until, who);
    if (!request) {
        return fail(request.error());
    }
    link::job out;
    out.prio = link::priority::relay;
    out.request = *request;
    out.timeout = profile_.control_timeout;
    out.attempts_max = profile_.control_attempts;
    return out;
}

constexpr result<link::job> broadcast_time(const civil_time& now) noexcept
{
    const auto request = codec::dlt645::broadcast_time_request(now);
    if (!request) {
        return fail(request.error());
    }
    link::job out;
    out.prio = link::priority::background;
    out.request = *request;
    out.answer_expected = false;
    return out;
}

}  // namespace wattpurse::meter
