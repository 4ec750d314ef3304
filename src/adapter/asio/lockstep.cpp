// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/lockstep.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace wattpurse::adapter::asio {

namespace {

using topic = lockstep_message::topic;

constexpr std::array<std::pair<std::string_view, topic>, 4> words{{
    {"hello", topic::hello},
    {"wait", topic::wait},
    {"now", topic::now},
    {"done", topic::done},
}};

}  // namespace

std::string write_lockstep(const lockstep_message& message)
{
    std::string out;
    for (const auto& [word, what] : words) {
        if (what == message.what) out = word;
    }
    if (message.what == topic::wait || message.what == topic::now) {
        out += ' ' + std::to_string(message.at.time_since_epoch().count());
        for (const std::uint64_t count : message.counts) out += ' ' + std::to_string(count);
    }
    return out + '\n';
}

result<lockstep_message> read_lockstep(std::string_view line)
{
    lockstep_message out;
    const std::string_view first = line.substr(0, line.find(' '));
    bool known = false;
    for (const auto& [word, what] : words) {
        if (word == first) {
            out.what = what;
            known = true;
        }
    }
    if (!known) return fail(errc::syntax);
    line.remove_prefix(first.size());
    std::vector<std::int64_t> numbers;
    while (!line.empty()) {
        line.remove_prefix(1);  // the blank
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
        if (error != std::errc{} || value < 0) return fail(errc::syntax);
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
        if (!line.empty() && line.front() != ' ') return fail(errc::syntax);
        numbers.push_back(value);
    }
    const bool timed = out.what == topic::wait || out.what == topic::now;
    if (timed == numbers.empty()) return fail(errc::syntax);
    if (timed) {
        out.at = instant{duration{numbers.front()}};
        for (std::size_t i = 1; i < numbers.size(); ++i) {
            out.counts.push_back(static_cast<std::uint64_t>(numbers[i]));
        }
    }
    return out;
}

}  // namespace wattpurse::adapter::asio
