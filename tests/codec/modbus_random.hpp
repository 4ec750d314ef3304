// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/file_record.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/codec/modbus/response.hpp>

/// Requests and their responses, drawn from one seed: all public functions, sizes at both ends of
/// their limits far more often than chance would have it.
namespace wattpurse::test {

inline constexpr std::array<std::uint8_t, 19> public_functions{
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0B, 0x0C,
    0x0F, 0x10, 0x11, 0x14, 0x15, 0x16, 0x17, 0x18, 0x2B};

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
class modbus_dice {
public:
    explicit modbus_dice(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next()
    {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// 0 to bound - 1.
    unsigned below(unsigned bound) { return static_cast<unsigned>(next() % bound); }
    /// 1 to most, the ends more often.
    std::uint16_t quantity(unsigned most)
    {
        const unsigned drawn = below(4);
        return static_cast<std::uint16_t>(drawn == 0 ? most : drawn == 1 ? 1 : 1 + below(most));
    }
    std::uint16_t word() { return static_cast<std::uint16_t>(next()); }
    std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
    /// A first object such that so many do not go on behind 65535.
    std::uint16_t address(unsigned quantity)
    {
        return static_cast<std::uint16_t>(below(4) == 0 ? 0x10000 - quantity
                                                        : below(0x10001 - quantity));
    }
    std::vector<std::uint8_t> bytes(std::size_t count)
    {
        std::vector<std::uint8_t> out(count);
        for (auto& each : out) each = byte();
        return out;
    }

private:
    std::uint64_t state_;
};

inline std::string hex(byte_span bytes)
{
    std::string out(2 * bytes.size(), ' ');
    return std::string{format_hex(bytes, out).value()};
}

inline bool same(byte_span a, byte_span b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

inline bool same(const codec::modbus::request& a, const codec::modbus::request& b)
{
    return a.function == b.function && a.address == b.address && a.quantity == b.quantity &&
           a.value == b.value && a.and_mask == b.and_mask && a.or_mask == b.or_mask &&
           a.write_address == b.write_address && a.write_quantity == b.write_quantity &&
           a.sub_function == b.sub_function && a.mei_type == b.mei_type &&
           a.read_code == b.read_code && a.object_id == b.object_id && same(a.data, b.data);
}

inline bool same(const codec::modbus::response& a, const codec::modbus::response& b)
{
    return a.function == b.function && a.exception == b.exception && a.address == b.address &&
           a.quantity == b.quantity && a.value == b.value && a.and_mask == b.and_mask &&
           a.or_mask == b.or_mask && a.sub_function == b.sub_function &&
           a.status_byte == b.status_byte && a.status == b.status &&
           a.event_count == b.event_count && a.message_count == b.message_count &&
           a.mei_type == b.mei_type && same(a.data, b.data);
}

/// A request that may be sent. Not to be copied: its data is its own.
struct drawn_request {
    codec::modbus::request what{};
    std::vector<std::uint8_t> data;

    explicit drawn_request(modbus_dice& dice)
    {
        constexpr auto count = static_cast<unsigned>(public_functions.size());
        draw(dice, dice.below(12) == 0 ? vendor_function(dice)
                                       : public_functions[dice.below(count)]);
        what.data = data;
    }
    drawn_request(const drawn_request&) = delete;
    drawn_request& operator=(const drawn_request&) = delete;

private:
    static std::uint8_t vendor_function(modbus_dice& dice)
    {
        constexpr std::array<std::uint8_t, 5> some{0x41, 0x46, 0x6E, 0xAA, 0xC8};
        return some[dice.below(5)];
    }
    void range(modbus_dice& dice, unsigned most)
    {
        what.quantity = dice.quantity(most);
        what.address = dice.address(what.quantity);
    }
    void draw(modbus_dice& dice, std::uint8_t function)
    {
        what.function = function;
        switch (function) {
            case 0x01:
            case 0x02: range(dice, 2000); break;
            case 0x03:
            case 0x04: range(dice, 125); break;
            case 0x05:
                what.address = dice.word();
                what.value = dice.below(2) == 0 ? 0 : 0xFF00;
                break;
            case 0x06:
                what.address = dice.word();
                what.value = dice.word();
                break;
            case 0x07:
            case 0x0B:
            case 0x0C:
            case 0x11: break;
            case 0x08: draw_diagnostic(dice); break;
            case 0x0F:
                range(dice, 1968);
                data = dice.bytes((what.quantity + 7U) / 8U);
                break;
            case 0x10:
                range(dice, 123);
                data = dice.bytes(2U * what.quantity);
                break;
            case 0x14:
            case 0x15: draw_file(dice); break;
            case 0x16:
                what.address = dice.word();
                what.and_mask = dice.word();
                what.or_mask = dice.word();
                break;
            case 0x17:
                range(dice, 125);
                what.write_quantity = dice.quantity(121);
                what.write_address = dice.address(what.write_quantity);
                data = dice.bytes(2U * what.write_quantity);
                break;
            case 0x18: what.address = dice.word(); break;
            case 0x2B: draw_interface(dice); break;
            default: data = dice.bytes(dice.below(253)); break;
        }
    }
    void draw_diagnostic(modbus_dice& dice)
    {
        what.sub_function = static_cast<std::uint16_t>(dice.below(3) == 0 ? 0 : dice.below(0x18));
        data = dice.bytes(what.sub_function == 0 && dice.below(2) == 0 ? 2U * dice.quantity(125)
                                                                       : 2U);
    }
    void draw_interface(modbus_dice& dice)
    {
        if (dice.below(4) == 0) {
            what.mei_type = 0x0D;
            data = dice.bytes(dice.below(252));
        } else {
            what.mei_type = 0x0E;
            what.read_code = static_cast<std::uint8_t>(1 + dice.below(4));
            what.object_id = dice.byte();
        }
    }
    void draw_file(modbus_dice& dice)
    {
        const bool is_read = what.function == 0x14;
        std::size_t room = is_read ? 245 : 251;  // of the answer; of the request
        for (unsigned groups = 1 + dice.below(4); groups > 0; --groups) {
            codec::modbus::file_group group;
            const std::size_t head = is_read ? 2 : 7;
            if (room < head + 2) break;
            const auto most = static_cast<unsigned>((room - head) / 2);
            group.length = dice.below(3) == 0 ? dice.quantity(most)
                                              : dice.quantity(std::min(most, 10U));
            group.file = static_cast<std::uint16_t>(1 + dice.below(0xFFFF));
            group.record = static_cast<std::uint16_t>(dice.below(10'001U - group.length));
            const auto registers = dice.bytes(2U * group.length);
            std::array<std::uint8_t, 256> out{};
            if (!is_read) group.data = registers;
            const std::size_t size = is_read ? put_file_read(group, out).value()
                                             : put_file_write(group, out).value();
            data.insert(data.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
            room -= head + 2U * group.length;
        }
    }
};

/// The response of a server that does what it is asked. Not to be copied.
struct drawn_response {
    codec::modbus::response what{};
    std::vector<std::uint8_t> data;

    drawn_response(modbus_dice& dice, const codec::modbus::request& asked)
    {
        what.function = asked.function;
        if (dice.below(8) == 0) {
            what.exception = static_cast<codec::modbus::exception_code>(1 + dice.below(0x0B));
            return;
        }
        draw(dice, asked);
        what.data = data;
    }
    drawn_response(const drawn_response&) = delete;
    drawn_response& operator=(const drawn_response&) = delete;

private:
    void draw(modbus_dice& dice, const codec::modbus::request& asked)
    {
        switch (asked.function) {
            case 0x01:
            case 0x02: data = dice.bytes((asked.quantity + 7U) / 8U); break;
            case 0x03:
            case 0x04:
            case 0x17: data = dice.bytes(2U * asked.quantity); break;
            case 0x05:
            case 0x06:
                what.address = asked.address;
                what.value = asked.value;
                break;
            case 0x07: what.status_byte = dice.byte(); break;
            case 0x08:
                what.sub_function = asked.sub_function;
                data.assign(asked.data.begin(), asked.data.end());
                break;
            case 0x0C:
                what.message_count = dice.word();
                data = dice.bytes(dice.below(65));
                [[fallthrough]];
            case 0x0B:
                what.status = dice.word();
                what.event_count = dice.word();
                break;
            case 0x0F:
            case 0x10:
                what.address = asked.address;
                what.quantity = asked.quantity;
                break;
            case 0x14: draw_file(dice, asked); break;
            case 0x15: data.assign(asked.data.begin(), asked.data.end()); break;
            case 0x16:
                what.address = asked.address;
                what.and_mask = asked.and_mask;
                what.or_mask = asked.or_mask;
                break;
            case 0x18: data = dice.bytes(2U * dice.below(32)); break;
            case 0x2B: draw_interface(dice, asked); break;
            default: data = dice.bytes(dice.below(252)); break;
        }
        const bool looks_refused = asked.function > 0x7F && data.size() == 1;
        if (looks_refused) data.push_back(0);
    }
    void draw_file(modbus_dice& dice, const codec::modbus::request& asked)
    {
        byte_span rest = asked.data;
        while (const auto group = codec::modbus::take_file_read(rest)) {
            std::array<std::uint8_t, 256> out{};
            const auto registers = dice.bytes(2U * group->length);
            const std::size_t size = codec::modbus::put_file_answer(registers, out).value();
            data.insert(data.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
        }
    }
    void draw_interface(modbus_dice& dice, const codec::modbus::request& asked)
    {
        what.mei_type = asked.mei_type;
        if (asked.mei_type != codec::modbus::mei_device_identification) {
            data = dice.bytes(dice.below(252));
            return;
        }
        data = {asked.read_code, 0x83, 0x00, 0x00, 0x00};
        for (unsigned count = dice.below(5); count > 0; --count) {
            const auto text = dice.bytes(dice.below(40));
            data.push_back(dice.byte());
            data.push_back(static_cast<std::uint8_t>(text.size()));
            data.insert(data.end(), text.begin(), text.end());
            ++data[4];
        }
    }
};

}  // namespace wattpurse::test
