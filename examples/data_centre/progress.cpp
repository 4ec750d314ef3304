// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/base/product.hpp>

namespace wp = wattpurse;

namespace {

/// Two places are enough to look at; the books keep six.
std::string shown(const wp::money& balance)
{
    const auto fen = wp::rescale<2>(balance.amount(), wp::rounding::half_even);
    return fen ? to_string(*fen) : to_string(balance.amount());
}

std::string supply_of(const wp::credit_state& state)
{
    if (state.relay == wp::relay_state::open) return "cut";
    if (state.relay == wp::relay_state::unknown) return "?";
    return state.protect_read ? "protected" : "on";
}

}  // namespace

progress_display::progress_display(const wp::engine::system& centre)
    : centre_(centre), terminal_(isatty(STDOUT_FILENO) == 1)
{
}

void progress_display::show(wp::instant now)
{
    if (terminal_) {
        if (std::chrono::steady_clock::now() < next_frame_) return;
        next_frame_ = std::chrono::steady_clock::now() + std::chrono::milliseconds{150};
        return table(now);
    }
    if (now < next_day_) return;
    next_day_ = wp::start_of_day(now, centre_.where().zone) + std::chrono::hours{24};
    line(now);
}

void progress_display::line(wp::instant now) const
{
    std::size_t low = 0;
    std::size_t cut = 0;
    wp::total<wp::decimal<6>> sum;
    for (const auto& account : centre_.where().accounts) {
        const auto& state = centre_.credit(account.account);
        low += state.level == wp::credit_level::normal ? 0 : 1;
        cut += state.relay == wp::relay_state::open ? 1 : 0;
        sum.add(centre_.balance(account.account).amount());
    }
    const std::string day{wp::iso8601(now, centre_.where().zone).view().substr(0, 10)};
    std::printf("%s  %zu accounts  balance %s %s  low %zu  cut %zu\n", day.c_str(),
                centre_.where().accounts.size(), sum.text().c_str(),
                std::string{centre_.where().unit.code()}.c_str(), low, cut);
    std::fflush(stdout);
}

void progress_display::table(wp::instant now)
{
    constexpr std::size_t columns = 3;
    const auto& accounts = centre_.where().accounts;
    const std::size_t shown_accounts = std::min<std::size_t>(accounts.size(), 72);
    const std::size_t rows = (shown_accounts + columns - 1) / columns;
    std::string out = drawn_ > 0 ? "\x1b[" + std::to_string(drawn_) + "A" : "";
    out += "\x1b[2K" + std::string{wp::iso8601(now, centre_.where().zone).view()} + "\n";
    for (std::size_t row = 0; row < rows; ++row) {
        out += "\x1b[2K";
        for (std::size_t i = row; i < shown_accounts; i += rows) {
            const auto& id = accounts[i].account;
            const auto& state = centre_.credit(id);
            const bool bad = state.relay == wp::relay_state::open;
            const bool low = state.level != wp::credit_level::normal;
            char cell[96];
            std::snprintf(cell, sizeof cell, "%s%-5s %9s %-10s %-9s\x1b[0m ",
                          bad ? "\x1b[31m" : (low ? "\x1b[33m" : ""),
                          std::string{id.view()}.c_str(), shown(centre_.balance(id)).c_str(),
                          std::string{to_string(state.level)}.c_str(), supply_of(state).c_str());
            out += cell;
        }
        out += "\n";
    }
    std::fputs(out.c_str(), stdout);
    std::fflush(stdout);
    drawn_ = rows + 1;
}
