// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/meter/register_map.hpp>

/// A prepaid Modbus meter of a few registers, and the line to it, for tests of transactions.
namespace wattpurse::test {

namespace modbus = codec::modbus;

inline constexpr std::array<meter::register_field, 5> prepaid_fields = [] {
    std::array<meter::register_field, 5> out{};
    out[0].name = "purchase_count";
    out[0].address = 0x10;
    out[1].name = "remaining_amount";
    out[1].address = 0x11;
    out[1].count = 2;
    out[1].type = meter::value_type::s32;
    out[1].scale = {1, -2};
    out[1].unit = "CNY";
    out[2].name = "new_purchase_amount";
    out[2].address = 0x20;
    out[2].count = 2;
    out[2].type = meter::value_type::u32;
    out[2].scale = {1, -2};
    out[2].unit = "CNY";
    out[3].name = "relay_state";
    out[3].address = 0x30;
    out[3].type = meter::value_type::bits;
    out[4].name = "force_control";
    out[4].address = 0x40;
    out[4].count = 2;
    out[4].type = meter::value_type::u32;
    return out;
}();

namespace words {
using source = meter::recipe_word::source_type;
inline constexpr std::array<meter::recipe_word, 3> purchase{
    {{source::amount, 0, 0}, {source::amount, 0, 1}, {source::sequence, 0, 0}}};
inline constexpr std::array<meter::recipe_word, 2> open{
    {{source::constant, 1, 0}, {source::constant, 1, 0}}};
inline constexpr std::array<meter::recipe_word, 2> close{
    {{source::constant, 1, 0}, {source::constant, 0, 0}}};
/// The vendor's function writes what stands before the amount as well, as it is.
inline constexpr std::array<meter::recipe_word, 4> purchase_with_current{
    {{source::current, 0, 0}, {source::amount, 0, 0}, {source::amount, 0, 1},
     {source::sequence, 0, 0}}};
/// Count and balance in one block, as some vendors' tools set them.
inline constexpr std::array<meter::recipe_word, 3> purse{
    {{source::sequence, 0, 0}, {source::amount, 0, 0}, {source::amount, 0, 1}}};
inline constexpr std::array<meter::recipe_word, 2> purse_without_count{
    {{source::amount, 0, 0}, {source::amount, 0, 1}}};
}  // namespace words

using purpose = meter::write_recipe::purpose_type;

inline constexpr std::array<meter::write_recipe, 3> prepaid_recipes{{
    {"top_up", purpose::top_up, 0x10, 0x20, words::purchase, 2, 0, 1, 0xFFFF'FFFF, 0, true, {}},
    {"open", purpose::open_relay, 0x10, 0x40, words::open, meter::no_field, 3, meter::no_field, 1,
     0, true, {}},
    {"close", purpose::close_relay, 0x10, 0x40, words::close, meter::no_field, 3,
     meter::no_field, 1, 1, true, {}},
}};
inline constexpr std::array<meter::write_recipe, 1> vendor_recipes{{
    {"top_up_aa", purpose::top_up, 0xAA, 0x1F, words::purchase_with_current, 2, 0, 1,
     0xFFFF'FFFF, 0, false, {}},
}};
inline constexpr std::array<meter::write_recipe, 1> purse_recipes{{
    {"set_purse", purpose::set_purse, 0x10, 0x10, words::purse, 1, 0, 1, 0xFFFF'FFFF, 0, true,
     {}},
}};

[[nodiscard]] inline meter::register_map prepaid_map()
{
    meter::register_map out;
    out.name = "test_prepaid";
    out.fields = prepaid_fields;
    out.recipes = prepaid_recipes;
    return out;
}

/// The meter itself: a purchase counts only where its number is the next one.
struct prepaid_meter : modbus::device_defaults {
    std::uint16_t count = 6;
    std::int32_t balance = 1050;   ///< fen
    std::uint16_t setting = 0x1234;  ///< 0x1F, what stands before the amount
    bool closed = true;
    bool stuck = false;            ///< the relay does not move
    bool takes_purchases = true;
    modbus::exception_code refuses = modbus::exception_code::none;  ///< writes
    std::uint32_t purchases = 0;   ///< taken
    std::uint32_t money_in = 0;    ///< fen
    std::uint32_t writes = 0;
    std::uint16_t setting_written = 0;

    [[nodiscard]] constexpr bool supports(std::uint8_t function) const noexcept
    {
        return function == 3 || function == 0x10 || function == 0xAA;
    }
    modbus::exception_code covers(modbus::table, std::uint16_t first, std::uint16_t n) noexcept
    {
        return first + n <= 0x50 ? modbus::exception_code::none
                                 : modbus::exception_code::illegal_data_address;
    }
    modbus::exception_code read_registers(modbus::table, std::uint16_t first,
                                          std::span<std::uint8_t> out) noexcept
    {
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            const std::uint16_t word = word_at(static_cast<std::uint16_t>(first + i));
            out[2 * i] = static_cast<std::uint8_t>(word >> 8U);
            out[2 * i + 1] = static_cast<std::uint8_t>(word & 0xFFU);
        }
        return modbus::exception_code::none;
    }
    modbus::exception_code write_registers(std::uint16_t first, byte_span from) noexcept
    {
        ++writes;
        if (refuses != modbus::exception_code::none) return refuses;
        if (first == 0x20 && from.size() == 6) buy(from);
        if (first == 0x10 && from.size() == 6 && takes_purchases &&
            modbus::word_at(from, 0) == count + 1) {
            ++count;
            balance = static_cast<std::int32_t>(std::uint32_t{modbus::word_at(from, 2)} << 16U |
                                                modbus::word_at(from, 4));
        }
        if (first == 0x40 && from.size() == 4 && !stuck) closed = from[3] == 0;
        return modbus::exception_code::none;
    }
    /// AA: as function 10.
    modbus::exception_code other(const modbus::request& asked, std::span<std::uint8_t> scratch,
                                 modbus::response& out) noexcept
    {
        ++writes;
        if (refuses != modbus::exception_code::none) return refuses;
        if (asked.data.size() == 13 && asked.data[1] == 0x1F && asked.data[4] == 8) {
            setting_written = modbus::word_at(asked.data, 5);
            buy(asked.data.subspan(7));
        }
        for (std::size_t i = 0; i < 4; ++i) scratch[i] = asked.data[i];
        out.data = scratch.first(4);
        return modbus::exception_code::none;
    }

    void use(std::int32_t fen) { balance -= fen; }

private:
    [[nodiscard]] std::uint16_t word_at(std::uint16_t address) const
    {
        switch (address) {
            case 0x10: return count;
            case 0x11:
                return static_cast<std::uint16_t>(static_cast<std::uint32_t>(balance) >> 16U);
            case 0x12: return static_cast<std::uint16_t>(balance & 0xFFFF);
            case 0x1F: return setting;
            case 0x30: return closed ? 1 : 0;
            default: return 0;
        }
    }
    void buy(byte_span from)
    {
        const std::uint32_t fen = std::uint32_t{modbus::word_at(from, 0)} << 16U |
                                  modbus::word_at(from, 2);
        if (!takes_purchases || modbus::word_at(from, 4) != count + 1) return;
        ++count;
        ++purchases;
        money_in += fen;
        balance += static_cast<std::int32_t>(fen);
    }
};

/// What the line makes of one exchange.
enum class line_fate : std::uint8_t { good, unproven, request_lost, answer_lost };

/// Asks the meter and tells what came of it.
[[nodiscard]] inline link::modbus_event ask(prepaid_meter& meter, const link::modbus_job& job,
                                            line_fate fate, instant at)
{
    link::modbus_event out;
    out.job_id = job.id;
    out.unit = job.unit;
    out.at = at;
    out.attempts = 1;
    if (fate == line_fate::request_lost) return out;
    out.answer.size = static_cast<std::uint8_t>(
        modbus::serve(meter, job.request.view(), out.answer.bytes));
    if (fate == line_fate::answer_lost) {
        out.answer = {};
        return out;
    }
    const auto read = modbus::parse_response(out.answer.view());
    const bool is_refusal = read && read->exception != modbus::exception_code::none;
    out.kind = is_refusal ? link::modbus_event::kind_type::refused
                          : link::modbus_event::kind_type::answered;
    if (is_refusal) out.exception = read->exception;
    out.is_proven = fate == line_fate::good;
    return out;
}

}  // namespace wattpurse::test
