// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/codec/modbus/comm_event.hpp>
#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/encode_response.hpp>
#include <wattpurse/codec/modbus/guess.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>
#include <wattpurse/codec/modbus/registers.hpp>
#include <wattpurse/codec/modbus/serve.hpp>

#include "require.hpp"

/// What must hold of any PDU, wherever it came from.
namespace wattpurse::fuzz {

/// A device with all of everything, that answers what `serve` leaves to it with what it was asked.
struct willing_device : codec::modbus::device_defaults {
    codec::modbus::exception_code fault = codec::modbus::exception_code::none;

    [[nodiscard]] bool supports(std::uint8_t) const noexcept { return true; }
    codec::modbus::exception_code covers(codec::modbus::table, std::uint16_t address,
                                         std::uint16_t quantity) noexcept
    {
        FUZZ_REQUIRE(quantity >= 1 && address + quantity <= 0x10000);
        return fault;
    }
    codec::modbus::exception_code read_bits(codec::modbus::table, std::uint16_t,
                                            std::uint16_t quantity,
                                            std::span<std::uint8_t> packed) noexcept
    {
        FUZZ_REQUIRE(packed.size() == (quantity + 7U) / 8U);
        std::fill(packed.begin(), packed.end(), std::uint8_t{0xFF});
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code write_bits(std::uint16_t, std::uint16_t quantity,
                                             byte_span packed) noexcept
    {
        FUZZ_REQUIRE(packed.size() == (quantity + 7U) / 8U);
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code read_registers(codec::modbus::table, std::uint16_t,
                                                 std::span<std::uint8_t> out) noexcept
    {
        FUZZ_REQUIRE(!out.empty() && out.size() % 2 == 0 && out.size() <= 250);
        std::fill(out.begin(), out.end(), std::uint8_t{0x5A});
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code write_registers(std::uint16_t, byte_span in) noexcept
    {
        FUZZ_REQUIRE(!in.empty() && in.size() % 2 == 0 && in.size() <= 246);
        return codec::modbus::exception_code::none;
    }
    codec::modbus::exception_code other(const codec::modbus::request& asked,
                                        std::span<std::uint8_t> scratch,
                                        codec::modbus::response& out) noexcept
    {
        if (asked.mei_type == codec::modbus::mei_device_identification) {
            constexpr std::array<std::uint8_t, 200> text{};
            const std::array<codec::modbus::identified, 4> all{
                {{0, text}, {1, byte_span{text}.first(3)}, {5, text}, {0x90, text}}};
            return identify(asked, all, scratch, out);
        }
        FUZZ_REQUIRE(scratch.size() >= asked.data.size());
        std::copy(asked.data.begin(), asked.data.end(), scratch.begin());
        out.data = byte_span{scratch}.first(asked.data.size());
        return fault;
    }
};

inline bool same_bytes(byte_span a, byte_span b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Whatever is understood says the same bytes again. Sending is stricter than understanding: what
/// is refused with exception 02 is not sent.
inline void check_request(byte_span pdu)
{
    using namespace codec::modbus;
    const auto what = parse_request(pdu);
    if (!what) {
        FUZZ_REQUIRE(what.error() == exception_code::illegal_data_value ||
                     what.error() == exception_code::illegal_function);
        return;
    }
    std::array<std::uint8_t, pdu_size_max> out{};
    const auto size = encode(*what, out);
    FUZZ_REQUIRE(size ? same_bytes({out.data(), *size}, pdu)
                      : size.error() == errc::out_of_range);
    const auto told = request_size(pdu);
    FUZZ_REQUIRE(told.has_value());
    FUZZ_REQUIRE(*told == 0 || *told == pdu.size() || what->function == 0x08);
}

inline void check_response(byte_span pdu)
{
    using namespace codec::modbus;
    const auto what = parse_response(pdu);
    if (!what) {
        return;
    }
    std::array<std::uint8_t, pdu_size_max> out{};
    const auto size = encode(*what, out);
    FUZZ_REQUIRE(size && same_bytes({out.data(), *size}, pdu));
    if (const auto page = read_page(*what)) {
        byte_span objects = page->objects;
        for (unsigned i = 0; i < page->count; ++i) {
            FUZZ_REQUIRE(take_object(objects).has_value());
        }
        FUZZ_REQUIRE(objects.empty());
    }
    std::array<std::uint16_t, 128> registers{};
    FUZZ_REQUIRE(registers_view{what->data}.copy_to(registers) == what->data.size() / 2);
    for (const std::uint8_t event : what->data) {
        static_cast<void>(byte_of(comm_event_of(event)));
    }
}

/// A server answers or refuses, never with more than a PDU holds, and its client takes the answer.
inline void check_serving(byte_span pdu, codec::modbus::exception_code fault)
{
    using namespace codec::modbus;
    willing_device device;
    device.fault = fault;
    std::array<std::uint8_t, pdu_size_max> out{};
    const std::size_t size = serve(device, pdu, out);
    FUZZ_REQUIRE(size <= pdu_size_max);
    const auto asked = parse_request(pdu);
    if (size == 0) {
        FUZZ_REQUIRE(asked && asked->function == 0x08 && asked->sub_function == 0x04);
        return;
    }
    FUZZ_REQUIRE(size >= 2 || (pdu[0] != 0 && asked));
    // What a vendor's function answers is its own affair.
    if (asked && is_public(static_cast<function>(pdu[0])) && out[0] == (pdu[0] | exception_bit)) {
        FUZZ_REQUIRE(parse_response({out.data(), size}, *asked)->exception !=
                     exception_code::none);
    }
}

inline void check_pdu(byte_span pdu)
{
    check_request(pdu);
    check_response(pdu);
    check_serving(pdu, codec::modbus::exception_code::none);
    check_serving(pdu, codec::modbus::exception_code::illegal_data_address);
    static_cast<void>(codec::modbus::directions_of(pdu));
}

}  // namespace wattpurse::fuzz
