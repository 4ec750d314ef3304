// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/credit/policy.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::adapter::json {

/// What the member `format` of a policy file says.
inline constexpr std::string_view policy_format = "wattpurse-policy/1";

/// Reads a policy of credit control from the text of its file, or says everything that is wrong
/// with it.
///
///     {
///       "format": "wattpurse-policy/1",
///       "name": "residential",                 "describe": free text (optional)
///       "currency": "CNY",                     "zone": "+08:00",
///       "alarm_1": "30.00",                    told at or under this balance
///       "alarm_2": "10.00",                    told again; not above alarm_1
///       "overdraft_limit": "5.00",             a cut needs a balance below minus this
///       "reconnect_above": "0.00",             supply comes back at or above this balance
///       "notice_age_min_minutes": 720,         from the receipt of the warning to the cut
///       "reading_age_max_minutes": 180,        a cut needs a reading not older than this
///       "reconnect": "direct",                 or "permit": the customer closes the relay
///       "protected_hours": [{ "from": "17:00", "to": "09:00" }],   over midnight too
///       "protected_weekdays": ["sunday"],
///       "protected_days": ["2026-01-01"],
///       "protected_accounts": ["F07"]
///     }
///
/// The four lists may be absent, which is the same as empty. Amounts are strings with at most six
/// places; a JSON number there is a fault. Unknown and repeated keys are faults. All faults come
/// at once, each with its JSON pointer; a syntax error names line and column.
[[nodiscard]] result<credit::policy, std::vector<fault>> load_policy(std::string_view text);

}  // namespace wattpurse::adapter::json
