// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/values.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/asking.hpp>

namespace wattpurse::meter {

/// Reads a meter's clock: whole (0400010C, filing document) where it has that, else date and time
/// (04000101, 04000102). Where the time turns out to be shortly after midnight, the date was
/// perhaps read before it, and is read again. Sans-IO and bounded; `asking` shows how it is
/// driven.
class clock_reader {
public:
    clock_reader() noexcept = default;
    clock_reader(const codec::dlt645::address& meter, bool whole_first,
                           const asking& how) noexcept
        : meter_{meter}, how_{how}, step_{whole_first ? step::whole : step::date}
    {
    }

    [[nodiscard]] std::optional<link::job> next() noexcept;
    void take(const link::event& what) noexcept;
    [[nodiscard]] bool finished() const noexcept { return step_ == step::done; }
    /// Errors: `not_available` - silent; `not_found` - refused; `not_bcd`, `out_of_range` - the
    /// meter shows no time that there is.
    [[nodiscard]] const result<civil_time>& found() const noexcept { return found_; }
    /// When the answer with the time of day came.
    [[nodiscard]] instant at() const noexcept { return at_; }

private:
    enum class step : std::uint8_t { whole, date, time, date_again, done };

    [[nodiscard]] codec::dlt645::data_id id() const noexcept;
    void give_up(errc why) noexcept;
    result<void> accept(const codec::dlt645::frame& answer) noexcept;
    void put_together() noexcept;

    codec::dlt645::address meter_{};
    asking how_{};
    step step_ = step::done;
    bool waiting_ = false;
    std::uint8_t nonsense_ = 0;
    std::array<std::uint8_t, 3> date_{};  // DD MM YY
    std::array<std::uint8_t, 3> time_{};  // ss mm hh
    result<civil_time> found_ = fail(errc::not_available);
    instant at_{};
};

// ---------------------------------------------------------------------------------------------

inline codec::dlt645::data_id clock_reader::id() const noexcept
{
    using codec::dlt645::data_id;
    switch (step_) {
        case step::whole: return data_id::date_and_time;
        case step::time: return data_id::time_of_day;
        case step::date:
        case step::date_again:
        case step::done: break;
    }
    return data_id::date_and_weekday;
}

inline std::optional<link::job> clock_reader::next() noexcept
{
    if (waiting_ || finished()) {
        return std::nullopt;
    }
    waiting_ = true;
    return question(meter_, id(), how_);
}

inline void clock_reader::give_up(errc why) noexcept
{
    found_ = fail(why);
    step_ = step::done;
}

inline void clock_reader::take(const link::event& what) noexcept
{
    if (!waiting_ || !is_outcome(what)) {
        return;
    }
    waiting_ = false;
    if (what.kind == link::event::kind_type::timed_out) {
        return give_up(errc::not_available);
    }
    if (what.kind == link::event::kind_type::refused) {
        if (step_ == step::whole) {
            step_ = step::date;  // it is the filing document's; this meter is another
            return;
        }
        return give_up(errc::not_found);
    }
    if (step_ == step::whole || step_ == step::time) {
        at_ = what.at;
    }
    if (const auto good = accept(what.frame); !good && ++nonsense_ >= how_.nonsense_max) {
        give_up(good.error());
    }
}

/// Bytes as on the wire: whole ss mm hh WW DD MM YY, date WW DD MM YY, time ss mm hh. The
/// weekday follows from the date and is not looked at.
inline result<void> clock_reader::accept(const codec::dlt645::frame& answer) noexcept
{
    const auto read = codec::dlt645::parse_read_answer(answer);
    const std::size_t size = step_ == step::whole ? 7 : step_ == step::time ? 3 : 4;
    if (!read || read->id != id() || read->value.size() != size) {
        return fail(errc::out_of_range);
    }
    const bool has_time = step_ == step::whole || step_ == step::time;
    const bool has_date = step_ != step::time;
    for (std::size_t i = 0; i < 3; ++i) {
        time_[i] = has_time ? read->value[i] : time_[i];
        date_[i] = has_date ? read->value[size - 3 + i] : date_[i];
    }
    switch (step_) {
        case step::date: step_ = step::time; break;
        case step::time: {
            constexpr std::uint8_t minute_after_midnight = 0x10;  // BCD: up to ten minutes
            const bool just_after = time_[2] == 0 && time_[1] < minute_after_midnight;
            if (just_after) {
                step_ = step::date_again;
            } else {
                put_together();
            }
            break;
        }
        case step::whole:
        case step::date_again: put_together(); break;
        case step::done: break;
    }
    return {};
}

inline void clock_reader::put_together() noexcept
{
    const std::array<std::uint8_t, 6> bytes{time_[0], time_[1], time_[2],
                                            date_[0], date_[1], date_[2]};
    found_ = codec::dlt645::read_seconds(bytes);
    step_ = step::done;
}

}  // namespace wattpurse::meter
