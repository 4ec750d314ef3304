// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>

namespace wattpurse::link {

/// How long so many bytes occupy a line: 11 bits each, rounded up. At 0 baud: no time.
[[nodiscard]] constexpr duration air_time(std::size_t bytes, std::uint32_t baud) noexcept;

/// How long a meter may think before the first byte of its answer to such a request. The standard
/// allows 20 to 500 ms for everything (DL/T 645-2007, 5.3; DL/T 645-1997, 5.3); real meters take
/// longer where they write to their memory (1.5 s here) or ask their security chip (4 s, as the
/// firmware of one State Grid meter gives it).
[[nodiscard]] constexpr duration thinking_time(const codec::dlt645::frame& request) noexcept;

/// How long to wait, from handing over the request to the end of the longest answer it can have.
[[nodiscard]] constexpr duration answer_timeout(const codec::dlt645::frame& request,
                                                std::uint32_t baud) noexcept;
/// The same with what lies between us and the line.
[[nodiscard]] constexpr duration answer_timeout(const codec::dlt645::frame& request,
                                                const bus_timing& timing) noexcept;

/// Whether meters answer such a request at all: not what goes to everybody, not clock setting
/// (08), not the demand clearing of 1997 (10).
[[nodiscard]] constexpr bool expects_answer(const codec::dlt645::frame& request) noexcept;

/// Whether a request whose answer was lost may simply be sent again. Not security (03: a top-up
/// could count twice where its counter is not checked), not a follow-on read of 1997 (02: a part
/// would be skipped), not another baud rate (the meter may speak it already), not another password
/// (the old one may be wrong by now, and wrong ones are counted), not freezing at once (a second
/// one pushes a record out). Of writes (14, 1997: 04) it is taken that they set what a second one
/// sets again.
[[nodiscard]] constexpr bool may_repeat(const codec::dlt645::frame& request) noexcept;

/// The request as a job: with answer, timeout and attempts as above. Id and priority are the
/// caller's.
[[nodiscard]] constexpr job job_for(const codec::dlt645::frame& request,
                                    const bus_timing& timing) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr duration air_time(std::size_t bytes, std::uint32_t baud) noexcept
{
    if (baud == 0) {
        return duration{0};
    }
    const auto bits = static_cast<std::uint64_t>(bytes) * 11U * 1000U;
    return duration{static_cast<duration::rep>((bits + baud - 1) / baud)};
}

constexpr duration thinking_time(const codec::dlt645::frame& request) noexcept
{
    constexpr duration reading{500};
    constexpr duration writing{1500};
    constexpr duration sealed{4000};
    switch (request.function()) {
        case 0x03: return request.length == 0 ? reading : sealed;  // without DATA: 1997, again
        case 0x1A:
        case 0x1C: return sealed;
        case 0x04:
        case 0x0A:
        case 0x0F:
        case 0x10:
        case 0x14:
        case 0x15:
        case 0x16:
        case 0x18:
        case 0x19:
        case 0x1B: return writing;
        default: return reading;
    }
}

constexpr duration answer_timeout(const codec::dlt645::frame& request, std::uint32_t baud) noexcept
{
    return answer_timeout(request, bus_timing::standard(baud));
}

constexpr duration answer_timeout(const codec::dlt645::frame& request,
                                  const bus_timing& timing) noexcept
{
    using codec::dlt645::encoded_size;
    using codec::dlt645::frame_size_max;
    // Answers may have a preamble as long as ours.
    const std::size_t bytes =
        encoded_size(request, timing.preamble) + timing.preamble + frame_size_max;
    return thinking_time(request) + air_time(bytes, timing.baud) + timing.round_trip;
}

constexpr bool expects_answer(const codec::dlt645::frame& request) noexcept
{
    constexpr std::uint8_t clear_demand_1997 = 0x10;
    return request.function() != 0x08 && request.function() != clear_demand_1997 &&
           !expectation::of(request).is_silent;
}

constexpr bool may_repeat(const codec::dlt645::frame& request) noexcept
{
    switch (request.function()) {
        case 0x02:
        case 0x0C:
        case 0x0F:
        case 0x17:
        case 0x18: return false;
        case 0x03: return request.length == 0;
        case 0x16: {  // frozen at once a second time, it pushes a record out
            bool at_once = request.length == 4;
            for (const std::uint8_t byte : request.payload()) {
                at_once = at_once && byte == 0x99;
            }
            return !at_once;
        }
        default: return true;
    }
}

constexpr job job_for(const codec::dlt645::frame& request, const bus_timing& timing) noexcept
{
    job out;
    out.request = request;
    out.answer_expected = expects_answer(request);
    out.timeout = answer_timeout(request, timing);
    out.attempts_max = may_repeat(request) ? std::uint8_t{3} : std::uint8_t{1};
    return out;
}

}  // namespace wattpurse::link
