// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::asio {

/// How two processes share one virtual clock over a socket, in lines of text.
///
/// The client says `wait T n0 n1 ...`: it has nothing left to do before T, and has sent n0, n1 ...
/// bytes on its channels since it connected. The world waits until it has read that many, moves
/// its clock to the next thing that is due but not beyond T, sends what is due on the channels and
/// says `now T n0 n1 ...`: the time, and the bytes it has sent on each channel since it was
/// connected. The client reads that many before it goes on. So it does not matter how long
/// anything takes: neither side acts on half of what was sent.
///
/// Times are milliseconds since the epoch. Channel 0 is the desk, 1 ... are the lines in order.
/// `hello` (client, first) is answered by `now`; `done` (client, last) ends the play.
struct lockstep_message {
    enum class topic : std::uint8_t { hello, wait, now, done };
    topic what = topic::hello;
    instant at;                          ///< wait, now
    std::vector<std::uint64_t> counts;   ///< wait, now
};

/// One line with its end of line.
[[nodiscard]] std::string write_lockstep(const lockstep_message& message);
/// One line without its end. Error: `syntax`.
[[nodiscard]] result<lockstep_message> read_lockstep(std::string_view line);

}  // namespace wattpurse::adapter::asio
