// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include <wattpurse/sim/measurement.hpp>

namespace wattpurse::sim {

/// Kinds of freezes, numbered as DI2 of the identifiers 05xxxxxx.
enum class freeze_kind : std::uint8_t {
    timed,      ///< 定时冻结: ordered with function 16
    immediate,  ///< 瞬时冻结: the same, at once
    zones,      ///< 两套时区表切换
    days,       ///< 两套日时段表切换
    hourly,     ///< 整点冻结
    prices,     ///< 两套费率电价切换
    daily,      ///< 日冻结
    steps,      ///< 两套阶梯切换
};

/// Frozen registers of a meter, by kind, and those of its settlement days (结算日).
class freezes {
public:
    static constexpr std::size_t kinds = 8;
    static constexpr std::size_t settlements_kept = 12;

    /// How many a meter keeps of a kind.
    [[nodiscard]] static std::size_t depth(freeze_kind kind);

    void keep(freeze_kind kind, const register_image& image);
    void keep_settlement(const register_image& image);
    /// Record `k`, 1 is the latest; null where there is none.
    [[nodiscard]] const register_image* record(freeze_kind kind, std::size_t k) const;
    [[nodiscard]] const register_image* settlement(std::size_t k) const;
    void clear();

private:
    std::array<std::deque<register_image>, kinds> kept_;
    std::deque<register_image> settlements_;
};

}  // namespace wattpurse::sim
