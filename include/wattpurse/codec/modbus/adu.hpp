// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::codec::modbus {

/// An application data unit, whatever its framing: a PDU and whose it is (chapter 4.1). The PDU is
/// borrowed from the bytes it was found in.
struct adu {
    std::uint16_t transaction = 0;  ///< TCP and UDP; 0 on a serial line
    std::uint8_t unit = 0;          ///< 0 on a serial line: to all
    byte_span pdu{};
};

}  // namespace wattpurse::codec::modbus
