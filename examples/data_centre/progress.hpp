// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include <wattpurse/base/time.hpp>
#include <wattpurse/engine/system.hpp>

/// Shows how the work goes: a live table of accounts on a terminal, a line a day elsewhere.
class progress_display {
public:
    explicit progress_display(const wattpurse::engine::system& centre);
    /// To be called after each step.
    void show(wattpurse::instant now);

private:
    void table(wattpurse::instant now);
    void line(wattpurse::instant now) const;

    const wattpurse::engine::system& centre_;
    bool terminal_;
    wattpurse::instant next_day_;
    std::chrono::steady_clock::time_point next_frame_;
    std::size_t drawn_ = 0;  ///< lines of the table on the screen
};
