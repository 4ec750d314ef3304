// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/request.hpp>

namespace wattpurse::meter {

/// Finds where a SunSpec model begins on a device (SunSpec Device Information Model
/// Specification, chapter 3: "SunS" at 40000, 50000 or 0, then pairs of model ID and length until
/// ID FFFF). Sans-IO: `question` is asked, `take` gets the PDU of the answer, empty for a refusal.
class sunspec_base {
public:
    enum class state_type : std::uint8_t { searching, found, absent };

    /// Models looked at before it is given up.
    static constexpr std::uint8_t models_max = 64;

    constexpr sunspec_base() noexcept = default;
    constexpr explicit sunspec_base(std::uint16_t model) noexcept : model_{model} {}

    [[nodiscard]] constexpr codec::modbus::request question() const noexcept
    {
        return codec::modbus::read_request(codec::modbus::function::read_holding_registers, at_,
                                           2);
    }
    constexpr void take(byte_span answer) noexcept;

    [[nodiscard]] constexpr state_type state() const noexcept { return state_; }
    /// "SunS" was there: the question is for the ID and length of a model.
    [[nodiscard]] constexpr bool walks() const noexcept { return walks_; }
    /// Of the model's ID register; once it is found.
    [[nodiscard]] constexpr std::uint16_t base() const noexcept { return at_; }

private:
    static constexpr std::array<std::uint16_t, 3> candidates{40'000, 50'000, 0};

    constexpr void try_next() noexcept;

    std::uint16_t model_ = 0;
    state_type state_ = state_type::searching;
    std::size_t candidate_ = 0;
    bool walks_ = false;         // "SunS" was there
    std::uint8_t models_ = 0;
    std::uint16_t at_ = candidates[0];
};

// ---------------------------------------------------------------------------------------------

constexpr void sunspec_base::try_next() noexcept
{
    ++candidate_;
    if (candidate_ == candidates.size()) {
        state_ = state_type::absent;
        return;
    }
    at_ = candidates[candidate_];
}

constexpr void sunspec_base::take(byte_span answer) noexcept
{
    if (state_ != state_type::searching) {
        return;
    }
    const auto read = codec::modbus::parse_response(answer, question());
    const bool is_there = read && read->exception == codec::modbus::exception_code::none;
    if (!walks_) {
        walks_ = is_there && codec::modbus::word_at(read->data, 0) == 0x5375 &&
                 codec::modbus::word_at(read->data, 2) == 0x6E53;  // "SunS"
        return walks_ ? void(at_ = static_cast<std::uint16_t>(at_ + 2)) : try_next();
    }
    const std::uint16_t id = is_there ? codec::modbus::word_at(read->data, 0) : 0xFFFF;
    if (id == model_) {
        state_ = state_type::found;
        return;
    }
    const std::uint32_t next =
        is_there ? std::uint32_t{at_} + 2U + codec::modbus::word_at(read->data, 2) : 0;
    if (id == 0xFFFF || ++models_ == models_max || next + 2 > 0x10000U) {
        state_ = state_type::absent;
        return;
    }
    at_ = static_cast<std::uint16_t>(next);
}

}  // namespace wattpurse::meter
