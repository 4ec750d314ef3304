// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/link/modbus_match.hpp>

namespace wattpurse::link {

/// Which requests on a serial line have not been answered and may be yet. Nothing in an answer
/// tells which of two requests of one form it belongs to: while one may still be answered, what
/// looks like an answer to the other is not proven to be one.
///
/// The same goes for an answer that is the very one the unit gave last, to another question: it
/// may have come twice.
///
/// Devices answer in the order they are asked. So when an answer has come, what was asked before
/// the oldest request that it may belong to has been answered or never will be.
class modbus_doubt {
public:
    static constexpr std::size_t capacity = 16;

    /// No answer came in time to a request of the job with that number.
    constexpr void add(std::uint8_t unit, byte_span request, std::uint32_t job,
                       instant until) noexcept;
    /// Whether an answer that has come could belong to a request of another job that was given up.
    [[nodiscard]] constexpr bool covers(std::uint8_t unit, byte_span answer, std::uint32_t job,
                                        instant now) const noexcept;
    /// An answer to that request came, the newest: what it settles of those before. It may come
    /// again until then. True: it may as well belong to an earlier one, if only an earlier attempt
    /// of the same job; the request's own answer may then still be under way.
    [[nodiscard]] constexpr bool settle(std::uint8_t unit, byte_span request, byte_span answer,
                                        instant now, instant until) noexcept;
    /// Whether the unit gave this very answer last, and to another request.
    [[nodiscard]] constexpr bool is_repeated(std::uint8_t unit, byte_span request,
                                             byte_span answer, instant now) const noexcept;
    /// Whether an answer that nobody waits for is one of these; that one is done with now.
    [[nodiscard]] constexpr bool take_late(std::uint8_t unit, byte_span answer,
                                           instant now) noexcept;

private:
    struct request {
        instant until{};
        std::uint32_t job = 0;
        std::uint8_t unit = 0;
        std::uint8_t size = 0;  // of the whole; 0: free
        std::array<std::uint8_t, 8> begin{};

        [[nodiscard]] constexpr bool may_be_answered_by(byte_span answer) const noexcept;
    };

    std::array<request, capacity> requests_{};
    struct exchanged {
        instant until{};
        std::uint8_t unit = 0;
        std::uint32_t request = 0;
        std::uint32_t answer = 0;
    };

    [[nodiscard]] constexpr request* oldest_of(std::uint8_t unit, byte_span answer,
                                               instant now) noexcept;
    constexpr void pass_to(std::uint8_t unit, const request* up_to) noexcept;
    constexpr void remember(const exchanged& what) noexcept;

    /// FNV-1a, to tell byte strings apart.
    [[nodiscard]] static constexpr std::uint32_t digest(byte_span of) noexcept
    {
        std::uint32_t sum = 2'166'136'261U;
        for (const std::uint8_t byte : of) {
            sum = (sum ^ byte) * 16'777'619U;
        }
        return sum;
    }

    std::array<exchanged, 8> last_{};  // one for a unit at most
    std::size_t oldest_last_ = 0;
    std::size_t next_ = 0;
    instant forgotten_until_{};  // there were more than fit: everything is in doubt
};

// ---------------------------------------------------------------------------------------------

constexpr void modbus_doubt::add(std::uint8_t unit, byte_span what, std::uint32_t job,
                                 instant until) noexcept
{
    request& place = requests_[next_];
    next_ = (next_ + 1) % capacity;
    if (place.size != 0) {
        forgotten_until_ = std::max(forgotten_until_, place.until);
    }
    place.until = until;
    place.job = job;
    place.unit = unit;
    place.size = static_cast<std::uint8_t>(what.size());
    std::copy_n(what.begin(), std::min(what.size(), place.begin.size()), place.begin.begin());
}

/// Where what was kept of the request is too little to tell: yes.
constexpr bool modbus_doubt::request::may_be_answered_by(byte_span answer) const noexcept
{
    const byte_span kept = byte_span{begin}.first(std::min<std::size_t>(size, begin.size()));
    if (refusal_of(answer, kept) != codec::modbus::exception_code::none) {
        return true;
    }
    using codec::modbus::function;
    switch (static_cast<function>(kept[0])) {
        case function::diagnostics:
        case function::read_file_record:
        case function::write_file_record: return answer[0] == kept[0];
        default: return is_answer_to(answer, kept);
    }
}

constexpr bool modbus_doubt::covers(std::uint8_t unit, byte_span answer, std::uint32_t job,
                                    instant now) const noexcept
{
    return now < forgotten_until_ ||
           std::any_of(requests_.begin(), requests_.end(), [&](const request& each) {
               return each.size != 0 && each.unit == unit && each.job != job && now < each.until &&
                      each.may_be_answered_by(answer);
           });
}

/// The oldest request that this may be the answer to; null when there is none.
constexpr modbus_doubt::request* modbus_doubt::oldest_of(std::uint8_t unit, byte_span answer,
                                                         instant now) noexcept
{
    for (std::size_t i = 0; i < capacity; ++i) {
        request& each = requests_[(next_ + i) % capacity];
        if (each.size != 0 && each.unit == unit && now < each.until &&
            each.may_be_answered_by(answer)) {
            return &each;
        }
    }
    return nullptr;
}

/// Drops what was asked of the unit before that request; null: before the present one.
constexpr void modbus_doubt::pass_to(std::uint8_t unit, const request* up_to) noexcept
{
    for (std::size_t i = 0; i < capacity; ++i) {
        request& each = requests_[(next_ + i) % capacity];
        if (&each == up_to) {
            return;
        }
        if (each.unit == unit) {
            each.size = 0;
        }
    }
}

constexpr void modbus_doubt::remember(const exchanged& what) noexcept
{
    for (exchanged& each : last_) {
        if (each.unit == what.unit) {
            each = what;
            return;
        }
    }
    last_[oldest_last_] = what;
    oldest_last_ = (oldest_last_ + 1) % last_.size();
}

constexpr bool modbus_doubt::settle(std::uint8_t unit, byte_span what, byte_span answer,
                                    instant now, instant until) noexcept
{
    const bool is_second = is_repeated(unit, what, answer, now);
    const request* const earlier = oldest_of(unit, answer, now);
    if (!is_second) {
        pass_to(unit, earlier);
    }
    remember({until, unit, digest(what), digest(answer)});
    return is_second || earlier != nullptr;
}

constexpr bool modbus_doubt::is_repeated(std::uint8_t unit, byte_span what, byte_span answer,
                                         instant now) const noexcept
{
    return std::any_of(last_.begin(), last_.end(), [&](const exchanged& each) {
        return now < each.until && each.unit == unit && each.answer == digest(answer) &&
               each.request != digest(what);
    });
}

constexpr bool modbus_doubt::take_late(std::uint8_t unit, byte_span answer, instant now) noexcept
{
    // The last one once more says nothing about what is still to come.
    const std::uint32_t sum = digest(answer);
    const bool is_double = std::any_of(last_.begin(), last_.end(), [&](const exchanged& each) {
        return now < each.until && each.unit == unit && each.answer == sum;
    });
    request* const late = oldest_of(unit, answer, now);
    if (late == nullptr || is_double) {
        return late != nullptr;
    }
    pass_to(unit, late);
    const byte_span asked = byte_span{late->begin}.first(
        std::min<std::size_t>(late->size, late->begin.size()));
    remember({late->until, unit, digest(asked), sum});
    late->size = 0;
    return true;
}

}  // namespace wattpurse::link
