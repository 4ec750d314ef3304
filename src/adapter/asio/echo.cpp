// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/echo.hpp>

#include <algorithm>

namespace wattpurse::adapter::asio {

void echo_filter::sent(byte_span bytes)
{
    std::fill(expected_.begin(), expected_.end(), std::uint8_t{0});  // requests carry passwords
    expected_.assign(bytes.begin(), bytes.end());
    held_.clear();
    strays_ = 0;
}

void echo_filter::take(byte_span heard, std::vector<std::uint8_t>& out)
{
    for (const std::uint8_t byte : heard) {
        if (expected_.empty()) {
            out.push_back(byte);
            continue;
        }
        held_.push_back(byte);
        while (!may_be_echo()) {
            out.push_back(held_.front());
            held_.erase(held_.begin());
            ++strays_;
        }
        if (strays_ > stray_max) {
            give_up(out);
        } else if (is_end_of_echo()) {
            held_.clear();
            give_up(out);
        }
    }
}

/// What is held stands somewhere in what was sent.
bool echo_filter::may_be_echo() const
{
    return held_.empty() || std::search(expected_.begin(), expected_.end(), held_.begin(),
                                        held_.end()) != expected_.end();
}

/// Its end, and at least half of it: a single end byte may be anybody's.
bool echo_filter::is_end_of_echo() const
{
    return 2 * held_.size() >= expected_.size() &&
           std::equal(held_.rbegin(), held_.rend(), expected_.rbegin());
}

void echo_filter::give_up(std::vector<std::uint8_t>& out)
{
    out.insert(out.end(), held_.begin(), held_.end());
    sent({});
}

}  // namespace wattpurse::adapter::asio
