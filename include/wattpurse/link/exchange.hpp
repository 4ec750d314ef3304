// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>

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

/// What an answer must look like to belong to a request, of either edition.
///
/// DL/T 645 has no sequence numbers but that of function 12: an answer belongs to a request when
/// address, function and, where it carries them, data identifier and follow-on number agree. An
/// abnormal answer carries neither.
struct expectation {
    codec::dlt645::address address{};  ///< who answers; of a written address it is the new one
    codec::dlt645::address asked{};    ///< whom the request went to; refusals come from there
    std::uint8_t function = 0;
    bool has_id = false;
    bool is_1997_id = false;       ///< two bytes instead of four
    bool is_silent = false;        ///< a broadcast: nobody answers, nothing matches
    std::uint8_t sequence = 0;     ///< of a follow-on read of 2007; 0 for all others
    codec::dlt645::data_id id{};

    /// A read that was sent to 99..99, which some meters of 1997 answer, may be answered by
    /// anybody, as one to AA..AA.
    [[nodiscard]] static constexpr expectation of(const codec::dlt645::frame& request) noexcept;
    [[nodiscard]] constexpr bool matches(const codec::dlt645::frame& answer) const noexcept;

private:
    [[nodiscard]] constexpr bool has_same_id(const codec::dlt645::frame& answer) const noexcept;
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

namespace detail {

/// Where requests and answers both begin with an identifier: its size, else 0.
[[nodiscard]] constexpr std::size_t echoed_id_size(const codec::dlt645::frame& request) noexcept
{
    using codec::dlt645::function;
    using codec::dlt645::function_1997;
    const std::uint8_t code = request.function();
    const auto is = [&](auto known) { return code == static_cast<std::uint8_t>(known); };
    if (is(function::read) || is(function::read_follow) || is(function::security)) {
        return request.length >= codec::dlt645::id_size ? codec::dlt645::id_size : 0;
    }
    if (is(function_1997::read) || is(function_1997::read_follow)) {
        return request.length >= codec::dlt645::id_size_1997 ? codec::dlt645::id_size_1997 : 0;
    }
    return 0;
}

[[nodiscard]] constexpr bool writes_address(const codec::dlt645::frame& request) noexcept
{
    using codec::dlt645::function;
    using codec::dlt645::function_1997;
    return (request.function() == static_cast<std::uint8_t>(function::write_address) ||
            request.function() == static_cast<std::uint8_t>(function_1997::write_address)) &&
           request.length == codec::dlt645::address{}.wire.size();
}

}  // namespace detail

constexpr expectation expectation::of(const codec::dlt645::frame& request) noexcept
{
    using codec::dlt645::function;
    expectation out;
    out.function = request.function();
    const bool to_all = request.address.is_broadcast();
    const auto is = [&](function known) {
        return out.function == static_cast<std::uint8_t>(known);
    };
    out.is_silent = to_all && (is(function::broadcast_time) || is(function::freeze));
    out.asked = to_all ? codec::dlt645::address::wildcard() : request.address;
    out.address = out.asked;
    if (detail::writes_address(request)) {
        for (std::size_t i = 0; i < out.address.wire.size(); ++i) {
            out.address.wire[i] = request.data[i];
        }
    }
    const std::size_t size = detail::echoed_id_size(request);
    out.has_id = size != 0;
    out.is_1997_id = size == codec::dlt645::id_size_1997;
    if (out.is_1997_id) {
        out.id = static_cast<codec::dlt645::data_id>(*codec::dlt645::parse_data_id_1997(request));
    } else if (out.has_id) {
        out.id = *codec::dlt645::parse_data_id(request);
    }
    if (is(function::read_follow) && request.length == codec::dlt645::id_size + 1) {
        out.sequence = request.data[codec::dlt645::id_size];
    }
    return out;
}

constexpr bool expectation::has_same_id(const codec::dlt645::frame& answer) const noexcept
{
    if (is_1997_id) {
        const auto found = codec::dlt645::parse_data_id_1997(answer);
        return found && static_cast<codec::dlt645::data_id>(*found) == id;
    }
    const auto found = codec::dlt645::parse_data_id(answer);
    return found && *found == id;
}

constexpr bool expectation::matches(const codec::dlt645::frame& answer) const noexcept
{
    if (is_silent || !answer.is_from_meter() || answer.function() != function) {
        return false;
    }
    if (answer.is_abnormal()) {
        return asked.covers(answer.address);
    }
    if (!address.covers(answer.address) || (has_id && !has_same_id(answer))) {
        return false;
    }
    return sequence == 0 || (answer.length > codec::dlt645::id_size &&
                             answer.payload().back() == sequence);
}

}  // namespace wattpurse::link
