// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::meter {

using credentials = codec::dlt645::credentials;

/// Bytes of a request that are a cipher or its proof. They go into DATA and nowhere else: there
/// is nothing to print them with.
template <std::size_t Size>
struct sealed_bytes {
    std::array<std::uint8_t, Size> wire{};  ///< in the order of the wire

    template <class Stream>
    friend Stream& operator<<(Stream&, const sealed_bytes&) = delete;
};

/// What opens an identity session (身份认证, 070000FF): cipher 8, random number 8,
/// diversification factor 8.
using session_request = sealed_bytes<24>;
/// What the meter answers: random number 4, number of its security chip (ESAM) 8.
using session_answer = sealed_bytes<12>;
/// N1 to N8 of a control order in plain text: what is to be sealed.
using control_plain = std::array<std::uint8_t, 8>;
/// The same as cipher of 16 bytes and message authentication code of 4.
using sealed_control = sealed_bytes<20>;

/// What a top-up says, as it goes over the wire.
struct top_up_plain {
    std::array<std::uint8_t, 8> money_and_count{};  ///< each 4 bytes binary, low byte first
    std::array<std::uint8_t, 6> customer{};         ///< customer number, low byte first
};

/// Proof of a top-up: MAC 1 over money and count, MAC 2 over the customer number.
struct top_up_seal {
    sealed_bytes<4> money_and_count;
    sealed_bytes<4> customer;

    template <class Stream>
    friend Stream& operator<<(Stream&, const top_up_seal&) = delete;
};

/// Whoever keeps the keys: an encryption machine behind a network, a card, a chip on the board.
///
/// The library seals nothing by itself and knows no key. A module is asked for the sealed form
/// of one order for one meter, and may say no: `not_found` (no key for this meter),
/// `not_available` (it cannot be reached, or no session is open), `out_of_range` (it will not
/// seal this). Nothing it returns can be printed. Calls are short: a module far away does its
/// talking beforehand and answers `not_available` until it is done.
///
/// Kept by reference, never deleted through it: so the destructor is not virtual, and the wire
/// column needs no heap.
class security_module {
public:
    /// A session with this meter was opened and is believed to be still good.
    [[nodiscard]] virtual bool has_session(
        const codec::dlt645::address& meter) const noexcept = 0;
    /// Begins an identity session; what came of it is told by `accept_session`.
    [[nodiscard]] virtual result<session_request> open_session(
        const codec::dlt645::address& meter) noexcept = 0;
    /// The meter's answer. `out_of_range`: this is not the chip that was expected.
    [[nodiscard]] virtual result<void> accept_session(const codec::dlt645::address& meter,
                                                      const session_answer& answer) noexcept = 0;
    /// The meter says that it knows no session, or refused to open one.
    virtual void drop_session(const codec::dlt645::address& meter) noexcept = 0;

    /// Seals a control order (1C with PA 98).
    [[nodiscard]] virtual result<sealed_control> seal_control(
        const codec::dlt645::address& meter, const control_plain& order) noexcept = 0;
    /// Seals a top-up (070102FF) or the opening of an account (070101FF).
    [[nodiscard]] virtual result<top_up_seal> seal_top_up(const codec::dlt645::address& meter,
                                                          const top_up_plain& order) noexcept = 0;

protected:
    constexpr security_module() noexcept = default;
    constexpr security_module(const security_module&) noexcept = default;
    constexpr security_module& operator=(const security_module&) noexcept = default;
    ~security_module() = default;
};

/// By what right something is done to a meter. Which part is used the dialect and the order say.
struct access {
    std::optional<credentials> plain;                   ///< password level, password, operator
    security_module* sealing = nullptr;                 ///< outlives the order
    std::array<std::uint8_t, 4> operator_code{};        ///< C0..C3 of sealed requests

    template <class Stream>
    friend Stream& operator<<(Stream&, const access&) = delete;
};

}  // namespace wattpurse::meter
