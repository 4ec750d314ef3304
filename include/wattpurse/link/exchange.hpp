// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

namespace wattpurse::link {

/// Who goes first when several wait for the line; the lowest value.
enum class priority : std::uint8_t {
    relay,       ///< a customer sits in the dark, or should
    payment,
    reading,
    background,  ///< clock setting and the like
};

/// One request to be brought to an answer.
struct job {
    std::uint64_t id = 0;  ///< the caller's; comes back in the event
    priority prio = priority::reading;
    codec::dlt645::frame request{};
    bool answer_expected = true;    ///< false for broadcasts
    duration timeout{1500};         ///< from handing over the request to the end of the answer
    std::uint8_t attempts_max = 3;  ///< 0 counts as 1
};

/// What an answer must look like to belong to a request.
///
/// DL/T 645 has no sequence numbers: an answer belongs to a request when address, function and,
/// where it carries one, data identifier agree. An abnormal answer carries none.
struct expectation {
    codec::dlt645::address address{};
    std::uint8_t function = 0;
    bool has_id = false;
    codec::dlt645::data_id id{};

    [[nodiscard]] static constexpr expectation of(const codec::dlt645::frame& request) noexcept;
    [[nodiscard]] constexpr bool matches(const codec::dlt645::frame& answer) const noexcept;
};

/// One request and its answer in time: attempts made, deadline of the present one.
class exchange {
public:
    constexpr exchange() noexcept = default;
    constexpr explicit exchange(const job& what) noexcept
        : job_{what}, expected_{expectation::of(what.request)}
    {
    }

    /// The request is handed over (again); it waits until `now + wait`.
    constexpr void begin_attempt(instant now, duration wait) noexcept
    {
        if (attempts_ == 0) {
            sent_at_ = now;
        }
        ++attempts_;
        deadline_ = now + wait;
    }
    [[nodiscard]] constexpr bool may_retry() const noexcept
    {
        return job_.answer_expected && attempts_ < job_.attempts_max;
    }
    [[nodiscard]] constexpr bool is_answer(const codec::dlt645::frame& what) const noexcept
    {
        return job_.answer_expected && expected_.matches(what);
    }

    [[nodiscard]] constexpr const job& what() const noexcept { return job_; }
    [[nodiscard]] constexpr const expectation& expected() const noexcept { return expected_; }
    [[nodiscard]] constexpr std::uint8_t attempts() const noexcept { return attempts_; }
    [[nodiscard]] constexpr instant sent_at() const noexcept { return sent_at_; }
    [[nodiscard]] constexpr instant deadline() const noexcept { return deadline_; }

private:
    job job_{};
    expectation expected_{};
    std::uint8_t attempts_ = 0;
    instant sent_at_{};
    instant deadline_{};
};

// ---------------------------------------------------------------------------------------------

constexpr expectation expectation::of(const codec::dlt645::frame& request) noexcept
{
    using codec::dlt645::function;
    expectation out;
    out.address = request.address;
    out.function = request.function();
    const bool carries_id = out.function == static_cast<std::uint8_t>(function::read) ||
                            out.function == static_cast<std::uint8_t>(function::read_follow);
    if (const auto id = codec::dlt645::parse_data_id(request); carries_id && id) {
        out.has_id = true;
        out.id = *id;
    }
    return out;
}

constexpr bool expectation::matches(const codec::dlt645::frame& answer) const noexcept
{
    if (!answer.is_from_meter() || answer.function() != function ||
        !address.covers(answer.address)) {
        return false;
    }
    if (!has_id || answer.is_abnormal()) {
        return true;
    }
    const auto found = codec::dlt645::parse_data_id(answer);
    return found && *found == id;
}

}  // namespace wattpurse::link
