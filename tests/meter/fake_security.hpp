// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/meter/security_module.hpp>

namespace fake {

/// Seals with a sum, which anybody can forge; enough to see whether sealing happens.
class security final : public wattpurse::meter::security_module {
public:
    using address = wattpurse::codec::dlt645::address;
    using errc = wattpurse::errc;

    bool session = false;
    bool works = true;
    int opened = 0;
    int dropped = 0;

    static std::uint8_t sum(wattpurse::byte_span bytes, std::uint8_t seed)
    {
        for (const std::uint8_t byte : bytes) seed = static_cast<std::uint8_t>(seed * 31 + byte);
        return seed;
    }

    bool has_session(const address&) const noexcept override { return session; }
    wattpurse::result<wattpurse::meter::session_request> open_session(
        const address&) noexcept override
    {
        if (!works) return wattpurse::fail(errc::not_available);
        ++opened;
        wattpurse::meter::session_request out;
        out.wire.fill(0x5A);
        return out;
    }
    wattpurse::result<void> accept_session(
        const address&, const wattpurse::meter::session_answer& answer) noexcept override
    {
        if (answer.wire[0] != 0x77) return wattpurse::fail(errc::out_of_range);
        session = true;
        return {};
    }
    void drop_session(const address&) noexcept override
    {
        session = false;
        ++dropped;
    }
    wattpurse::result<wattpurse::meter::sealed_control> seal_control(
        const address&, const wattpurse::meter::control_plain& order) noexcept override
    {
        if (!session) return wattpurse::fail(errc::not_available);
        wattpurse::meter::sealed_control out;
        for (std::size_t i = 0; i < order.size(); ++i) {
            out.wire[i] = static_cast<std::uint8_t>(order[i] ^ 0xC3U);
        }
        out.wire[16] = sum(order, 1);
        return out;
    }
    wattpurse::result<wattpurse::meter::top_up_seal> seal_top_up(
        const address&, const wattpurse::meter::top_up_plain& order) noexcept override
    {
        if (!session) return wattpurse::fail(errc::not_available);
        wattpurse::meter::top_up_seal out;
        out.money_and_count.wire = {sum(order.money_and_count, 2), 1, 2, 3};
        out.customer.wire = {sum(order.customer, 3), 4, 5, 6};
        return out;
    }
};

}  // namespace fake
