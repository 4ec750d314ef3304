// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/values.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/asking.hpp>
#include <wattpurse/meter/dialect.hpp>

namespace wattpurse::meter {

/// What a meter's own purse holds (表内钱包), as it was read.
///
/// Errors of its members: `not_found` - the dialect names no such number, or the meter refuses
/// to read it; `not_available` - the meter was silent, or marks it as missing (FF); `out_of_range`
/// and `not_bcd` - it answers nonsense.
struct purse {
    result<std::uint32_t> purchase_count = fail(errc::not_found);
    result<decimal<2>> recorded_amount = fail(errc::not_found);  ///< of the last purchase
    result<decimal<2>> money = fail(errc::not_found);            ///< remaining, never below 0
    result<decimal<2>> overdraft = fail(errc::not_found);        ///< owed, never below 0
    instant at{};                                                ///< when the last was read

    /// Money less what is owed; a meter without overdraft owes nothing.
    [[nodiscard]] constexpr result<decimal<2>> balance() const noexcept;
};

/// Reads a purse, number by number. Sans-IO and bounded; `asking` shows how it is driven.
class purse_reader {
public:
    purse_reader() noexcept = default;
    /// The recorded amount is read only where the count is `record_wanted_at`: else it belongs to
    /// a purchase that nobody asked about.
    purse_reader(const dialect& kind, const codec::dlt645::address& meter,
                           std::optional<std::uint32_t> record_wanted_at,
                           const asking& how) noexcept
        : kind_{kind}, meter_{meter}, record_wanted_at_{record_wanted_at}, how_{how},
          step_{step::count}
    {
        skip_missing();
    }

    [[nodiscard]] std::optional<link::job> next() noexcept;
    void take(const link::event& what) noexcept;
    [[nodiscard]] bool finished() const noexcept { return step_ == step::done; }
    [[nodiscard]] const purse& found() const noexcept { return found_; }

private:
    enum class step : std::uint8_t { count, record, money, overdraft, done };

    [[nodiscard]] number_place place() const noexcept;
    void skip_missing() noexcept;
    void settle(const result<std::int64_t>& value) noexcept;

    dialect kind_{};
    codec::dlt645::address meter_{};
    std::optional<std::uint32_t> record_wanted_at_{};
    asking how_{};
    purse found_{};
    step step_ = step::done;
    std::uint8_t nonsense_ = 0;
    bool waiting_ = false;
};

/// The number at `place` in the answer to its identifier. Errors: `not_found` (another answer),
/// `out_of_range` (DATA too short), `not_bcd`, `not_available`.
[[nodiscard]] constexpr result<std::int64_t> number_at(
    const number_place& place, const codec::dlt645::frame& answer) noexcept;

/// Counts that a meter tells apart: two digits a byte; without a count those of the request.
[[nodiscard]] constexpr std::uint64_t count_capacity(const dialect& kind) noexcept
{
    std::uint64_t capacity = kind.purchase_count.exists() ? 1 : std::uint64_t{1} << 32U;
    for (std::uint8_t i = 0; i < kind.purchase_count.size; ++i) {
        capacity *= 100;
    }
    return capacity;
}

/// The count as a meter with so many digits shows it.
[[nodiscard]] constexpr std::uint32_t shown_count(const dialect& kind,
                                                  std::uint32_t count) noexcept
{
    return static_cast<std::uint32_t>(count % count_capacity(kind));
}

// ---------------------------------------------------------------------------------------------

constexpr result<decimal<2>> purse::balance() const noexcept
{
    if (!money) {
        return fail(money.error());
    }
    if (!overdraft) {
        return overdraft.error() == errc::not_found ? money : fail(overdraft.error());
    }
    return *money - *overdraft;
}

constexpr result<std::int64_t> number_at(const number_place& place,
                                         const codec::dlt645::frame& answer) noexcept
{
    const auto read = codec::dlt645::parse_read_answer(answer);
    if (!read) {
        return fail(read.error());
    }
    if (read->id != place.id) {
        return fail(errc::not_found);
    }
    if (read->value.size() < static_cast<std::size_t>(place.offset) + place.size) {
        return fail(errc::out_of_range);
    }
    return codec::dlt645::read_unsigned(read->value.subspan(place.offset, place.size));
}

inline number_place purse_reader::place() const noexcept
{
    switch (step_) {
        case step::count: return kind_.purchase_count;
        case step::record: return kind_.recorded_amount;
        case step::money: return kind_.money;
        case step::overdraft: return kind_.overdraft;
        case step::done: break;
    }
    return {};
}

/// Goes on to the next number that there is to read.
inline void purse_reader::skip_missing() noexcept
{
    nonsense_ = 0;
    while (step_ != step::done) {
        const bool unwanted = step_ == step::record &&
                              (!record_wanted_at_ || !found_.purchase_count ||
                               *found_.purchase_count != *record_wanted_at_);
        if (place().exists() && !unwanted) {
            return;
        }
        step_ = static_cast<step>(static_cast<std::uint8_t>(step_) + 1);
    }
}

inline std::optional<link::job> purse_reader::next() noexcept
{
    if (waiting_ || finished()) {
        return std::nullopt;
    }
    waiting_ = true;
    return question(meter_, place().id, how_);
}

inline void purse_reader::settle(const result<std::int64_t>& value) noexcept
{
    if (step_ == step::count) {
        found_.purchase_count =
            value ? result<std::uint32_t>{static_cast<std::uint32_t>(*value)}
                  : fail(value.error());
    } else {
        const auto amount =
            value ? decimal<2>::from_mantissa(*value) : result<decimal<2>>{fail(value.error())};
        (step_ == step::record ? found_.recorded_amount
         : step_ == step::money ? found_.money
                                : found_.overdraft) = amount;
    }
    step_ = static_cast<step>(static_cast<std::uint8_t>(step_) + 1);
    skip_missing();
}

inline void purse_reader::take(const link::event& what) noexcept
{
    if (!waiting_ || !is_outcome(what)) {
        return;
    }
    waiting_ = false;
    found_.at = what.at;
    if (what.kind == link::event::kind_type::timed_out) {
        return settle(fail(errc::not_available));
    }
    if (what.kind == link::event::kind_type::refused) {
        return settle(fail(errc::not_found));
    }
    const auto value = number_at(place(), what.frame);
    if (!value && value.error() != errc::not_available && ++nonsense_ < how_.nonsense_max) {
        return;  // asked once more
    }
    // Another answer than the one asked for is nonsense, and no proof that there is nothing.
    const bool foreign = !value && value.error() == errc::not_found;
    const bool shared = value && step_ == step::money && kind_.overdraft.id == kind_.money.id;
    settle(foreign ? result<std::int64_t>{fail(errc::out_of_range)} : value);
    if (shared && step_ == step::overdraft) {
        settle(number_at(kind_.overdraft, what.frame));
    }
}

}  // namespace wattpurse::meter
