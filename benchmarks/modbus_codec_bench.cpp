// SPDX-License-Identifier: Apache-2.0
//
// A response of 125 registers, from numbers to bytes and back to numbers, beside what libmodbus
// does for one: modbus_reply from its mapping, and receiving it. It does not turn the registers
// into numbers at the client's end; ours does.
#ifdef WATTPURSE_WITH_LIBMODBUS

#include <fcntl.h>
#include <modbus.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/registers.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>

#include "bench.hpp"
#include "libmodbus_memory.hpp"

namespace wattpurse::bench {
namespace {

namespace modbus = codec::modbus;

constexpr std::size_t count = modbus::limit::read_registers;
constexpr std::size_t responses = 64;  // different ones, so that nothing is learnt by heart

using numbers = std::array<std::uint16_t, count>;

std::vector<numbers> make_numbers()
{
    std::vector<numbers> out(responses);
    std::uint32_t seed = 1;
    for (numbers& each : out) {
        for (std::uint16_t& number : each) {
            seed = seed * 1664525U + 1013904223U;
            number = static_cast<std::uint16_t>(seed >> 16U);
        }
    }
    return out;
}

const std::vector<numbers>& samples()
{
    static const std::vector<numbers> all = make_numbers();
    return all;
}

/// The PDU is written where it will be sent from.
std::size_t write_response(const numbers& from, std::span<std::uint8_t> pdu)
{
    pdu[0] = 0x03;
    pdu[1] = static_cast<std::uint8_t>(2 * count);
    return 2 + modbus::put_registers(from, pdu.subspan(2)).value_or(0);
}

std::uint64_t read_response(byte_span pdu, numbers& to)
{
    const auto read = modbus::parse_response(
        pdu, modbus::read_request(modbus::function::read_holding_registers, 0, count));
    if (!read) return 0;
    modbus::registers_view{read->data}.copy_to(to);
    show(to.data());
    return std::uint64_t{to.front()} + to.back();
}

template <bool Rtu>
std::uint64_t ours()
{
    std::uint64_t sum = 0;
    std::array<std::uint8_t, 300> wire;
    numbers to;
    for (const numbers& from : samples()) {
        if constexpr (Rtu) {
            const std::size_t pdu = write_response(from, std::span{wire}.subspan(1));
            const auto size = modbus::seal_rtu(1, pdu, wire);
            show(wire.data());
            sum += read_response(modbus::decode_rtu(byte_span{wire}.first(*size))->pdu, to);
        } else {
            constexpr std::size_t head = modbus::mbap_header_size;
            const std::size_t pdu = write_response(from, std::span{wire}.subspan(head));
            const auto size = modbus::seal_mbap(7, 1, pdu, wire);
            show(wire.data());
            sum += read_response(modbus::decode_mbap(byte_span{wire}.first(*size))->pdu, to);
        }
    }
    return sum;
}

/// libmodbus on a descriptor that is answered from memory.
class their_line {
public:
    explicit their_line(bool rtu)
        : context_{rtu ? modbus_new_rtu("/dev/null", 115200, 'N', 8, 1)
                       : modbus_new_tcp("127.0.0.1", 502)},
          mapping_{modbus_mapping_new(0, 0, count, 0)}, is_rtu_{rtu}
    {
        require(context_ != nullptr && mapping_ != nullptr, "libmodbus cannot be made");
        descriptor_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        libmodbus_line().descriptor = descriptor_;
        modbus_set_socket(context_, descriptor_);
        modbus_set_slave(context_, 1);
    }
    ~their_line()
    {
        libmodbus_line().descriptor = -1;
        ::close(descriptor_);
        modbus_mapping_free(mapping_);
        modbus_free(context_);
    }
    their_line(const their_line&) = delete;
    their_line& operator=(const their_line&) = delete;

    std::uint64_t run()
    {
        static constexpr std::array<std::uint8_t, 12> asked_tcp{0, 7, 0, 0, 0, 6, 1, 3, 0, 0, 0,
                                                                count};
        static constexpr std::array<std::uint8_t, 8> asked_rtu{1, 3, 0, 0, 0, count, 0, 0};
        std::uint64_t sum = 0;
        std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> got{};
        memory_line& line = libmodbus_line();
        for (const numbers& from : samples()) {
            std::memcpy(mapping_->tab_registers, from.data(), sizeof from);
            const int sent = is_rtu_ ? modbus_reply(context_, asked_rtu.data(),
                                                    static_cast<int>(asked_rtu.size()), mapping_)
                                     : modbus_reply(context_, asked_tcp.data(),
                                                    static_cast<int>(asked_tcp.size()), mapping_);
            line.heard = line.sent.data();
            line.heard_size = line.sent.size();
            const int heard = modbus_receive_confirmation(context_, got.data());
            require(sent > 250 && heard == sent, "libmodbus does not hear what it said");
            const std::size_t head = is_rtu_ ? 3 : 9;
            const auto word = [&](std::size_t at) {
                return std::uint64_t{got[head + 2 * at]} << 8U | got[head + 2 * at + 1];
            };
            sum += word(0) + word(count - 1);
        }
        return sum;
    }

private:
    modbus_t* context_;
    modbus_mapping_t* mapping_;
    bool is_rtu_;
    int descriptor_ = -1;
};

void run(report& out)
{
    constexpr const char* peer =
        "libmodbus 3.1.6 in memory: modbus_reply and receive_confirmation";
    {
        their_line tcp{false};
        require(ours<false>() == tcp.run(), "the answers differ");
        compare(out, "modbus.tcp_response_codec", peer, responses, ours<false>,
                [&] { return tcp.run(); });
    }
    their_line rtu{true};
    require(ours<true>() == rtu.run(), "the answers differ");
    compare(out, "modbus.rtu_response_codec", peer, responses, ours<true>,
            [&] { return rtu.run(); });
}

const registration codec_rows{"modbus.codec", run};

}  // namespace
}  // namespace wattpurse::bench

#endif
