// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/port/failpoint.hpp>

#if defined(WATTPURSE_FAILPOINTS) && WATTPURSE_FAILPOINTS

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace wattpurse::port {
namespace {

constexpr std::size_t logged_max = 64;  // far more points than the library has

/// True once for each name in this process. Full means "log it again", which a reader can bear.
[[nodiscard]] bool first_time(const char* name) noexcept
{
    static std::array<std::atomic<const char*>, logged_max> seen{};
    for (auto& place : seen) {
        const char* there = nullptr;
        if (place.compare_exchange_strong(there, name)) {
            return true;
        }
        if (std::string_view{there} == name) {
            return false;
        }
    }
    return true;
}

void log(const char* name) noexcept
{
    const char* const path = std::getenv("WATTPURSE_FAILPOINT_LOG");
    if (path == nullptr || !first_time(name)) {
        return;
    }
    if (std::FILE* const file = std::fopen(path, "a")) {
        const std::string_view text{name};
        // A log that cannot be written is missed by the test that reads it.
        static_cast<void>(std::fwrite(text.data(), 1, text.size(), file));
        static_cast<void>(std::fwrite("\n", 1, 1, file));
        static_cast<void>(std::fclose(file));
    }
}

/// "name" or "name:n" asks for this point; n is then set.
[[nodiscard]] bool is_armed(std::string_view wanted, std::string_view name,
                            unsigned& pass) noexcept
{
    pass = 1;
    if (wanted == name) {
        return true;
    }
    if (wanted.size() < name.size() + 2 || wanted.substr(0, name.size()) != name ||
        wanted[name.size()] != ':') {
        return false;
    }
    const char* const last = wanted.data() + wanted.size();
    const auto [end, error] = std::from_chars(wanted.data() + name.size() + 1, last, pass);
    return error == std::errc{} && end == last && pass > 0;
}

}  // namespace

void failpoint(const char* name) noexcept
{
    static std::atomic<unsigned> passes{0};  // one point is armed at a time
    log(name);
    const char* const wanted = std::getenv("WATTPURSE_FAILPOINT");
    unsigned pass = 0;
    if (wanted == nullptr || !is_armed(wanted, name, pass) || ++passes != pass) {
        return;
    }
#ifdef SIGKILL
    std::raise(SIGKILL);
#endif
    std::_Exit(137);  // what a shell shows for SIGKILL
}

}  // namespace wattpurse::port

#endif
