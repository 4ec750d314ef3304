// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::adapter::asio {

/// Takes off a half-duplex line what its own transmitter has put there: two-wire RS-485 without
/// receiver control and optical heads hear themselves.
///
/// An echo may lack its first bytes, may come after a few stray bytes, or may not come at all.
/// Bytes are held back only while they could still be part of the echo. Since an answer differs
/// from its request in the control byte, none is ever held back whole.
class echo_filter {
public:
    /// More bytes than that which are no echo, and there is none.
    static constexpr std::size_t stray_max = 4;

    /// These bytes are going out now; what was expected before is not expected any more.
    void sent(byte_span bytes);
    /// Appends to `out` what of `heard` is not echo.
    void take(byte_span heard, std::vector<std::uint8_t>& out);
    /// Whether some of an echo is still to come.
    [[nodiscard]] bool expecting() const noexcept { return !expected_.empty(); }

private:
    [[nodiscard]] bool may_be_echo() const;
    [[nodiscard]] bool is_end_of_echo() const;
    void give_up(std::vector<std::uint8_t>& out);

    std::vector<std::uint8_t> expected_;
    std::vector<std::uint8_t> held_;
    std::size_t strays_ = 0;
};

}  // namespace wattpurse::adapter::asio
