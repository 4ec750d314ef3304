// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse::codec::dlt645 {

/// Password level, password and operator code of a write or control request: PA P0 P1 P2 and
/// C0..C3 (DL/T 645-2007, 5.2.4; filing document for function 1C).
///
/// A secret: there is no way to print, format or read it but `write_to`, which builds requests.
/// There is no default password; whoever operates the meters knows theirs.
class credentials {
public:
    static constexpr std::size_t wire_size = 8;

    /// `password`: three bytes, P0 first. `operator_code`: four bytes, C0 first.
    constexpr credentials(std::uint8_t level, const std::array<std::uint8_t, 3>& password,
                          const std::array<std::uint8_t, 4>& operator_code) noexcept
        : wire_{level,      password[0],      password[1],      password[2],
                operator_code[0], operator_code[1], operator_code[2], operator_code[3]}
    {
    }

    /// Texts as a person writes them, high digit first: level "02", password of six and operator
    /// code of eight hexadecimal digits (usually decimal ones). Error: `syntax`, and nothing of
    /// the text is in it.
    [[nodiscard]] static constexpr result<credentials> parse(
        std::string_view level, std::string_view password,
        std::string_view operator_code) noexcept;

    /// The eight bytes of a request, or the four of `write_password_to` (operator code 0);
    /// `errc::out_of_range` for any other size.
    [[nodiscard]] static constexpr result<credentials> from_wire(byte_span bytes) noexcept;

    /// PA, which is no secret: 00 is the highest level, 04 and 02 are usual.
    [[nodiscard]] constexpr std::uint8_t level() const noexcept { return wire_[0]; }

    /// Same level and password; takes equally long whatever differs. The operator code is a
    /// note of who asked and not compared.
    [[nodiscard]] constexpr bool opens(const credentials& lock) const noexcept
    {
        unsigned difference = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            difference |= static_cast<unsigned>(wire_[i] ^ lock.wire_[i]);
        }
        return difference == 0;
    }

    /// PA P0 P1 P2 C0 C1 C2 C3, for DATA of a request and nothing else.
    constexpr void write_to(std::span<std::uint8_t, wire_size> out) const noexcept
    {
        for (std::size_t i = 0; i < wire_size; ++i) {
            out[i] = wire_[i];
        }
    }

    /// PA P0 P1 P2 without operator code: function 18, and every password of 1997.
    constexpr void write_password_to(std::span<std::uint8_t, 4> out) const noexcept
    {
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = wire_[i];
        }
    }

    template <class Stream>
    friend Stream& operator<<(Stream&, const credentials&) = delete;

private:
    std::array<std::uint8_t, wire_size> wire_;
};

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Hexadecimal digits, high first, as bytes low first.
template <std::size_t N>
[[nodiscard]] constexpr bool read_reversed(std::string_view text,
                                           std::array<std::uint8_t, N>& out) noexcept
{
    if (text.size() != 2 * N) {
        return false;
    }
    for (std::size_t i = 0; i < N; ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[N - 1 - i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

}  // namespace detail

constexpr result<credentials> credentials::parse(std::string_view level,
                                                 std::string_view password,
                                                 std::string_view operator_code) noexcept
{
    std::array<std::uint8_t, 1> pa{};
    std::array<std::uint8_t, 3> p{};
    std::array<std::uint8_t, 4> c{};
    if (!detail::read_reversed(level, pa) || !detail::read_reversed(password, p) ||
        !detail::read_reversed(operator_code, c)) {
        return fail(errc::syntax);
    }
    return credentials{pa[0], p, c};
}

constexpr result<credentials> credentials::from_wire(byte_span bytes) noexcept
{
    if (bytes.size() == 4) {
        return credentials{bytes[0], {bytes[1], bytes[2], bytes[3]}, {}};
    }
    if (bytes.size() != wire_size) {
        return fail(errc::out_of_range);
    }
    return credentials{bytes[0],
                       {bytes[1], bytes[2], bytes[3]},
                       {bytes[4], bytes[5], bytes[6], bytes[7]}};
}

}  // namespace wattpurse::codec::dlt645
