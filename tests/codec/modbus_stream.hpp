// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/ascii_framer.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu_framer.hpp>

/// What the stream framers make of bytes, kept beyond the next call.
namespace wattpurse::test {

struct kept_adu {
    std::uint64_t offset = 0;
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    std::vector<std::uint8_t> pdu;

    [[nodiscard]] friend bool operator==(const kept_adu&, const kept_adu&) = default;
};

inline kept_adu kept(std::uint64_t offset, const codec::modbus::adu& what)
{
    return {offset, what.transaction, what.unit, {what.pdu.begin(), what.pdu.end()}};
}

struct rtu_findings {
    std::vector<kept_adu> frames;
    std::vector<codec::modbus::rtu_event> rejections;
};

template <class Framer>
void take_rtu(Framer& framer, byte_span bytes, rtu_findings& into)
{
    using kind = codec::modbus::rtu_event::kind_type;
    for (auto event = framer.next(bytes); event.kind != kind::nothing;
         event = framer.next(bytes)) {
        if (event.kind == kind::frame) {
            into.frames.push_back(kept(event.offset, event.adu));
        } else {
            into.rejections.push_back(event);
        }
    }
}

/// Bytes in one piece, and silence behind them.
template <class Framer>
rtu_findings heard(Framer& framer, byte_span bytes)
{
    rtu_findings out;
    take_rtu(framer, bytes, out);
    framer.flush();
    take_rtu(framer, {}, out);
    return out;
}

struct ascii_findings {
    std::vector<kept_adu> frames;
    std::vector<codec::modbus::ascii_event> rejections;
};

inline void take_ascii(codec::modbus::ascii_framer& framer, byte_span bytes, ascii_findings& into)
{
    using kind = codec::modbus::ascii_event::kind_type;
    for (auto event = framer.next(bytes); event.kind != kind::nothing;
         event = framer.next(bytes)) {
        if (event.kind == kind::frame) {
            into.frames.push_back(kept(event.offset, event.adu));
        } else {
            into.rejections.push_back(event);
        }
    }
}

inline std::vector<std::uint8_t> text_bytes(const std::string& text)
{
    return {text.begin(), text.end()};
}

inline std::vector<std::uint8_t> rtu_frame(std::uint8_t unit, std::vector<std::uint8_t> pdu)
{
    std::vector<std::uint8_t> out(pdu.size() + codec::modbus::rtu_overhead);
    static_cast<void>(codec::modbus::encode_rtu({0, unit, pdu}, out).value());
    return out;
}

inline std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> first,
                                           const std::vector<std::uint8_t>& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

}  // namespace wattpurse::test
