// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/arrival.hpp>
#include <wattpurse/model/desk_message.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::adapter::json {

/// The desk's side of the house as lines of JSON, one object a line.
///
/// To the house:
///
///     {"order":"payment","key":"P-17","account":"F07","at":"2026-01-05T...",
///      "amount":"50.00","currency":"CNY"}
///     {"order":"exchange","key":"X-3","account":"F02","at":"...",
///      "meter":"202600000002","registers":["0","2801.45","0","930.02"],
///      "next_meter":"202600090002","next_registers":["0","0.12","0","0"]}
///     {"order":"receipt","key":"alarm_1/F07/1","account":"F07","at":"..."}
///
/// From the house:
///
///     {"said":"accepted","order":"payment","key":"P-17"}
///     {"said":"notice","key":"alarm_1/F07/1","account":"F07","kind":"alarm_1",
///      "issued_at":"...","text":"..."}
///
/// Money and energy are strings; registers are T1 to T4, the total is their sum.

/// An order as a line, with its end. Precondition: a payment, an exchange or a receipt.
[[nodiscard]] std::string write_order(const arrival& order, currency unit, fixed_zone zone);
/// An order from a line. The faults are all there are, each with its path.
[[nodiscard]] result<arrival, std::vector<fault>> read_order(std::string_view line,
                                                            currency unit);

/// A message as a line, with its end.
[[nodiscard]] std::string write_message(const desk_message& said, fixed_zone zone);
[[nodiscard]] result<desk_message, std::vector<fault>> read_message(std::string_view line);

}  // namespace wattpurse::adapter::json
