// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// What a customer is told.
enum class notice_kind : std::uint8_t {
    alarm_1,      ///< balance at or under the first alarm (报警金额1)
    alarm_2,      ///< balance at or under the second alarm (报警金额2)
    exhausted,    ///< nothing left (剩余金额为零)
    cut_warning,  ///< supply will be cut; its age is what a cut waits for (停电通知)
    cut,          ///< supply has been cut
    restored,     ///< supply is back
};

/// One notice to one customer. Delivered only once the channel has returned a receipt.
struct notice {
    std::string key;  ///< "alarm_1/F07/3": kind, account, episode
    account_id account;
    notice_kind kind = notice_kind::alarm_1;
    instant issued_at;
    std::optional<instant> delivered_at;
    std::string text;
};

[[nodiscard]] constexpr std::string_view to_string(notice_kind kind) noexcept
{
    switch (kind) {
        case notice_kind::alarm_1: return "alarm_1";
        case notice_kind::alarm_2: return "alarm_2";
        case notice_kind::exhausted: return "exhausted";
        case notice_kind::cut_warning: return "cut_warning";
        case notice_kind::cut: return "cut";
        case notice_kind::restored: return "restored";
    }
    return "unknown";
}

}  // namespace wattpurse
