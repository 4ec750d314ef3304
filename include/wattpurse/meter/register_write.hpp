// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/register_value.hpp>

namespace wattpurse::meter {

/// What has become of an order, as the meter was read.
enum class write_verdict : std::uint8_t {
    pending,          ///< not finished
    applied,          ///< the meter shows it
    already_applied,  ///< it showed it before anything was sent
    refused,          ///< it does not have it, and will not take it as it is
    unknown,          ///< nobody knows yet: ask again later with the same order, never another
    inconsistent,     ///< applied in part, or the count is another purchase's: for a person
};

/// Why.
enum class write_reason : std::uint8_t {
    none,
    // before anything was sent
    no_way,              ///< the map has no such recipe, or one that nothing could verify: one
                         ///< that moves money and has no purchase count, or no balance
    not_confirmed,       ///< the recipe has one source only, and `take_unconfirmed` is not set
    broadcast,           ///< unit 0: nobody could be asked what came of it
    order_not_possible,  ///< the amount does not fit its field, or there is none; count 0
    meter_silent,        ///< the state before could not be read
    no_such_value,       ///< the meter refuses to tell it
    count_not_next,      ///< the order's count is not the meter's plus one
    // after
    refused_by_meter,    ///< see `exception`
    unanswered,          ///< no answer, and nothing has changed
    acknowledged_unseen, ///< it said yes, and nothing has changed
    unreadable,          ///< the state could not be read afterwards
    count_jumped,        ///< neither the count before nor the order's
    money_differs,       ///< the count is right, the money is not
    money_without_count, ///< the money has changed by more than use, the count has not
};

/// One thing to be done, once.
struct write_order {
    /// In the unit of the amount's field: what is bought, or, of `set_purse`, what is to be left.
    scaled_number amount{};
    /// Of what moves money: its purchase count (购电次数), the meter's plus one. It is the key: a
    /// meter that shows it already has this purchase.
    std::uint32_t sequence = 0;
};

/// How long one tries, and what counts as the same money.
struct write_limits {
    link::priority prio = link::priority::relay;
    duration timeout{1000};
    std::uint8_t attempts_max = 3;    ///< of a question: its frames sent
    std::uint8_t sends_max = 2;       ///< of the order, each only after nothing was seen of it
    std::uint8_t readings_max = 4;    ///< of the state, after each sending
    duration reading_pause{1000};     ///< between two of them: relays and memories need time
    /// What a customer may use up between two readings of the purse, in its unit.
    scaled_number usage_max{500, -2};
    /// The recipe may be one that a single source gives. Try it on a meter of your own first.
    bool take_unconfirmed = false;
};

/// Everything that is to be known for a statement, or for a person to decide.
struct write_outcome {
    write_verdict verdict = write_verdict::pending;
    write_reason reason = write_reason::none;
    std::uint8_t sends = 0;     ///< times the order went to the line
    bool acknowledged = false;  ///< the meter said yes, the last time
    /// The meter's last refusal. Stays when the order turns out applied.
    codec::modbus::exception_code exception = codec::modbus::exception_code::none;
    std::optional<std::uint64_t> state_before;  ///< the verified field, raw
    std::optional<std::uint64_t> state_after;
    std::optional<scaled_number> balance_before;  ///< of what moves money
    std::optional<scaled_number> balance_after;
};

/// One value read so that money may depend on it: an answer that is not proven to belong to its
/// question is not believed until a second one says the same. Sans-IO, bounded.
class checked_reading {
public:
    static constexpr std::uint8_t readings_max = 4;

    constexpr checked_reading() noexcept = default;
    /// `what` is borrowed.
    constexpr checked_reading(std::uint8_t unit, const register_field& what,
                              const write_limits& limits) noexcept
        : what_{&what}, limits_{limits}, unit_{unit}
    {
    }
    [[nodiscard]] constexpr std::optional<link::modbus_job> next() const noexcept;
    constexpr void take(const link::modbus_event& what) noexcept;

    [[nodiscard]] constexpr bool finished() const noexcept { return finished_; }
    /// Once finished: there, sound, and believed.
    [[nodiscard]] constexpr bool is_good() const noexcept { return good_; }
    [[nodiscard]] constexpr bool was_refused() const noexcept { return refused_; }
    [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; }
    [[nodiscard]] constexpr scaled_number number() const noexcept { return number_; }

private:
    const register_field* what_ = nullptr;
    write_limits limits_{};
    std::uint8_t unit_ = 1;
    std::uint8_t readings_ = 0;
    bool finished_ = false;
    bool good_ = false;
    bool refused_ = false;
    bool has_first_ = false;  // an answer that is not proven
    std::uint64_t word_ = 0;
    scaled_number number_{};
};

/// A relay order or a purchase brought to one Modbus meter as a transaction: read, write once,
/// read back. Sans-IO, bounded: with any meter, dead, late or lying, it finishes.
///
/// Whatever the meter answers - yes, no, or nothing - only what is read afterwards decides; the
/// ledger books what is `applied` or `already_applied`, and nothing else. A purchase is sent only
/// where its count is the next one, and again only where count and money show that nothing
/// happened. Its answers are driven as those of `relay_order`: `next`, `take`, `not_before`.
class register_write {
public:
    enum class state_type : std::uint8_t {
        reading_before,
        reading_current,  ///< what the recipe leaves as it is
        sending,
        reading_after,
        finished,
    };

    /// Registers one recipe may write.
    static constexpr std::size_t words_max = 123;

    /// `map` is borrowed, and `recipe` is one of its recipes; null: there is none.
    constexpr register_write(const register_map& map, const write_recipe* recipe,
                             std::uint8_t unit, const write_order& order = {},
                             const write_limits& limits = {}) noexcept;

    /// The order may have been sent before, by an earlier run: so it is never called refused for
    /// what stands in its way now.
    constexpr void sent_before() noexcept { was_sent_ = true; }

    /// The next job for the line; none while one is out, or when finished. Give it an id.
    [[nodiscard]] constexpr std::optional<link::modbus_job> next() noexcept;
    /// Not to be handed over before: the meter is given time. `instant::min()`: at once.
    [[nodiscard]] constexpr instant not_before() const noexcept { return not_before_; }
    /// What came of the job that is out.
    constexpr void take(const link::modbus_event& what) noexcept;

    [[nodiscard]] constexpr state_type state() const noexcept { return state_; }
    [[nodiscard]] constexpr bool finished() const noexcept
    {
        return state_ == state_type::finished;
    }
    [[nodiscard]] constexpr const write_outcome& outcome() const noexcept { return outcome_; }

private:
    [[nodiscard]] constexpr bool has(recipe_word::source_type source) const noexcept;
    [[nodiscard]] constexpr bool moves_money() const noexcept;
    /// Nothing about money is written that has no number, or no sum to be seen in the balance.
    [[nodiscard]] constexpr bool is_purchase() const noexcept
    {
        return has(recipe_word::source_type::amount) && has(recipe_word::source_type::sequence) &&
               recipe_->balance_field != no_field;
    }
    [[nodiscard]] constexpr write_reason obstacle() const noexcept;
    [[nodiscard]] constexpr bool is_done(std::uint64_t state) const noexcept;
    constexpr void finish(write_verdict verdict, write_reason reason) noexcept;
    constexpr void finish_unsent(write_reason reason) noexcept;
    constexpr void read_state(state_type state) noexcept;
    constexpr void read_again(instant now) noexcept;
    constexpr void send_again(instant now, write_reason why_not) noexcept;
    [[nodiscard]] constexpr std::optional<link::modbus_job> next_current() const noexcept;
    [[nodiscard]] constexpr std::optional<link::modbus_job> next_order() noexcept;
    constexpr void take_reading(const link::modbus_event& what) noexcept;
    constexpr void take_current(const link::modbus_event& what) noexcept;
    constexpr void take_answer(const link::modbus_event& what) noexcept;
    constexpr void judge_before() noexcept;
    constexpr void judge_after(instant now) noexcept;
    constexpr void judge_purchase(instant now) noexcept;
    [[nodiscard]] constexpr write_reason why_nothing() const noexcept;
    [[nodiscard]] constexpr std::int64_t in_balance(scaled_number value) const noexcept;
    [[nodiscard]] constexpr bool shows_amount() const noexcept;
    [[nodiscard]] constexpr bool shows_use_only() const noexcept;

    const register_map* map_;
    const write_recipe* recipe_;
    std::uint8_t unit_;
    write_order order_;
    write_limits limits_;
    bool was_sent_ = false;     // by an earlier run
    bool is_in_doubt_ = false;  // it was sent, and nobody has said what became of it

    state_type state_ = state_type::reading_before;
    bool waiting_ = false;
    bool reads_balance_ = false;
    checked_reading reading_{};
    std::uint8_t readings_ = 0;
    std::optional<std::uint64_t> amount_raw_;
    std::array<std::uint8_t, 2 * words_max> current_{};
    instant not_before_ = instant::min();
    write_outcome outcome_{};
};

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(write_verdict verdict) noexcept
{
    switch (verdict) {
        case write_verdict::pending: return "pending";
        case write_verdict::applied: return "applied";
        case write_verdict::already_applied: return "already_applied";
        case write_verdict::refused: return "refused";
        case write_verdict::unknown: return "unknown";
        case write_verdict::inconsistent: return "inconsistent";
    }
    return "unknown";
}

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(write_reason reason) noexcept
{
    switch (reason) {
        case write_reason::none: return "none";
        case write_reason::no_way: return "no_way";
        case write_reason::not_confirmed: return "not_confirmed";
        case write_reason::broadcast: return "broadcast";
        case write_reason::order_not_possible: return "order_not_possible";
        case write_reason::meter_silent: return "meter_silent";
        case write_reason::no_such_value: return "no_such_value";
        case write_reason::count_not_next: return "count_not_next";
        case write_reason::refused_by_meter: return "refused_by_meter";
        case write_reason::unanswered: return "unanswered";
        case write_reason::acknowledged_unseen: return "acknowledged_unseen";
        case write_reason::unreadable: return "unreadable";
        case write_reason::count_jumped: return "count_jumped";
        case write_reason::money_differs: return "money_differs";
        case write_reason::money_without_count: return "money_without_count";
    }
    return "unknown";
}

}  // namespace wattpurse::meter

#include <wattpurse/meter/register_write_steps.hpp>
