// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <wattpurse/codec/dlt645/frame.hpp>

#include "report.hpp"

namespace wattpurse::cli {

/// What a well-formed frame says. Passwords, keys, ciphers and authentication codes are left
/// out.
[[nodiscard]] frame_report report_on(const codec::dlt645::frame& frame,
                                     const decode_context& context);

/// DATA of either edition, refusals apart (frame_2007.cpp, frame_1997.cpp).
void report_body_2007(report_writer& to);
void report_body_1997(report_writer& to);
/// DATA of a refusal (frame_error.cpp).
void report_refusal(report_writer& to);

/// What several functions have in common.
///
/// `di` and `name`; the identifier, where there is room for one.
[[nodiscard]] std::optional<std::uint32_t> report_id(report_writer& to);
/// Six bytes of address at the beginning of DATA, as `value`.
void report_address(report_writer& to);
/// ss mm hh DD MM YY at the beginning of DATA, as `value`.
void report_time(report_writer& to);
/// The baud word, as `baud`.
void report_baud(report_writer& to, std::uint32_t bits_per_second);

}  // namespace wattpurse::cli
