// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/parse_request.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>

namespace wattpurse::codec::modbus {

/// How an ADU is wrapped.
enum class framing : std::uint8_t { rtu, ascii, tcp };

/// Which way a PDU may have gone. Many read either way: writes of one object are echoed, vendors'
/// functions say nothing, and 01 01 03 01 00 0A is a request for ten coils as well as 24 of them.
struct directions {
    bool request = false;
    bool response = false;

    [[nodiscard]] friend constexpr bool operator==(const directions&,
                                                   const directions&) noexcept = default;
};

[[nodiscard]] constexpr directions directions_of(byte_span pdu) noexcept;

/// One framing that bytes fit: its checksum is right, or the lengths of its header are.
struct framing_guess {
    modbus::framing framing = modbus::framing::rtu;
    modbus::adu adu{};
    modbus::directions directions{};  ///< none: the PDU is malformed either way
};

/// All of them, the likeliest first: those whose PDU makes sense before those where it makes none.
struct framing_guesses {
    std::array<framing_guess, 3> all{};
    std::size_t size = 0;

    [[nodiscard]] constexpr std::span<const framing_guess> view() const& noexcept
    {
        return {all.data(), size};
    }
    void view() const&& = delete;  // of a temporary it would not last through a loop
};

/// For tools that meet a frame and know nothing of the line: which framings exactly these bytes
/// fit. Of ASCII, CR and LF may be missing, for frames are often written down without them.
/// `binary` takes the bytes of ASCII, `ascii_binary_max` of them; the guess borrows it.
[[nodiscard]] constexpr framing_guesses guess_framing(byte_span bytes,
                                                      std::span<std::uint8_t> binary) noexcept;

/// "rtu", "ascii", "tcp".
[[nodiscard]] constexpr std::string_view to_string(framing what) noexcept
{
    switch (what) {
        case framing::rtu: return "rtu";
        case framing::ascii: return "ascii";
        case framing::tcp: return "tcp";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

constexpr directions directions_of(byte_span pdu) noexcept
{
    if (detail::is_exception(pdu)) {
        return {false, true};
    }
    return {parse_request(pdu).has_value(), parse_response(pdu).has_value()};
}

namespace detail {

[[nodiscard]] constexpr bool makes_sense(const framing_guess& what) noexcept
{
    return what.directions.request || what.directions.response;
}

constexpr void add_guess(framing_guesses& to, framing what, const adu& found) noexcept
{
    framing_guess one{what, found, directions_of(found.pdu)};
    std::size_t at = to.size++;
    for (; at > 0 && makes_sense(one) && !makes_sense(to.all[at - 1]); --at) {
        to.all[at] = to.all[at - 1];
    }
    to.all[at] = one;
}

/// The frame without what ends it.
[[nodiscard]] constexpr result<adu> decode_ascii_text(byte_span bytes,
                                                      std::span<std::uint8_t> binary) noexcept
{
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) {
        bytes = bytes.first(bytes.size() - 1);
    }
    std::array<std::uint8_t, ascii_size_max> whole{};
    if (bytes.size() + 2 > whole.size()) {
        return fail(errc::syntax);
    }
    std::copy(bytes.begin(), bytes.end(), whole.begin());
    whole[bytes.size()] = ascii_return;
    whole[bytes.size() + 1] = ascii_delimiter;
    return decode_ascii(byte_span{whole}.first(bytes.size() + 2), binary);
}

}  // namespace detail

constexpr framing_guesses guess_framing(byte_span bytes, std::span<std::uint8_t> binary) noexcept
{
    framing_guesses out;
    if (!bytes.empty() && bytes[0] == ascii_start) {
        if (const auto found = detail::decode_ascii_text(bytes, binary)) {
            detail::add_guess(out, framing::ascii, *found);
        }
    }
    if (const auto found = decode_rtu(bytes)) {
        detail::add_guess(out, framing::rtu, *found);
    }
    if (const auto found = decode_mbap(bytes)) {
        detail::add_guess(out, framing::tcp, *found);
    }
    return out;
}

}  // namespace wattpurse::codec::modbus
