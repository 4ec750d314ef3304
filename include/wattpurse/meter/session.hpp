// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/meter/security_module.hpp>

namespace wattpurse::meter {

/// The request that opens an identity session (身份认证, 03 with 070000FF). Errors: `empty`
/// without a security module, and the module's own.
[[nodiscard]] inline result<codec::dlt645::frame> session_opening(
    const codec::dlt645::address& meter, const access& right) noexcept;

/// What came of it, told to the module. Errors: `not_available` - no answer; `not_found` - the
/// meter refuses; `out_of_range` - nonsense, or another chip than expected. The module then
/// knows that there is no session.
[[nodiscard]] inline result<void> accept_session(const codec::dlt645::address& meter,
                                                    const access& right,
                                                    const link::event& what) noexcept;

/// The meter refuses a sealed request because it knows no session (any more).
[[nodiscard]] constexpr bool lacks_session(const link::event& what) noexcept;

// ---------------------------------------------------------------------------------------------

inline result<codec::dlt645::frame> session_opening(const codec::dlt645::address& meter,
                                                       const access& right) noexcept
{
    if (right.sealing == nullptr) {
        return fail(errc::empty);
    }
    const auto opening = right.sealing->open_session(meter);
    if (!opening) {
        return fail(opening.error());
    }
    return codec::dlt645::security_request(meter, codec::dlt645::data_id::identity,
                                           right.operator_code, opening->wire);
}

inline result<void> accept_session(const codec::dlt645::address& meter, const access& right,
                                      const link::event& what) noexcept
{
    if (right.sealing == nullptr) {
        return fail(errc::empty);
    }
    errc why = errc::out_of_range;
    if (what.kind == link::event::kind_type::answered) {
        const auto answer = codec::dlt645::parse_security_answer(what.frame);
        session_answer told;
        if (answer && answer->id == codec::dlt645::data_id::identity &&
            answer->data.size() == told.wire.size()) {
            std::copy(answer->data.begin(), answer->data.end(), told.wire.begin());
            if (right.sealing->accept_session(meter, told)) {
                return {};
            }
        }
    } else {
        why = what.kind == link::event::kind_type::refused ? errc::not_found
                                                           : errc::not_available;
    }
    right.sealing->drop_session(meter);
    return fail(why);
}

constexpr bool lacks_session(const link::event& what) noexcept
{
    using codec::dlt645::error_bit;
    using codec::dlt645::security_error_bit;
    if (what.kind != link::event::kind_type::refused) {
        return false;
    }
    // Two bytes are SERR, or the state word of a 2013 control refusal, with the same bit for it.
    if (what.frame.length >= 2) {
        return (what.error_word & static_cast<unsigned>(security_error_bit::identity)) != 0;
    }
    return (what.error_word & static_cast<unsigned>(error_bit::password)) != 0;
}

}  // namespace wattpurse::meter
