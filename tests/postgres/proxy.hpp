// SPDX-License-Identifier: Apache-2.0
// A way to the server that breaks where it is told to.
#pragma once

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test_postgres {

/// Hands bytes on between a client and a server on this machine, and cuts one connection at the
/// next COMMIT that goes by.
class proxy {
public:
    enum class cut {
        none,
        before_commit,  ///< the server never gets the COMMIT, and sees the connection end
        after_commit,   ///< the server has answered, and the client never gets it
        late_commit,    ///< the client is cut off, and the server gets the COMMIT later
    };

    explicit proxy(int to_port) : to_port_{to_port}
    {
        sockaddr_in at = here(0);
        socklen_t size = sizeof at;
        if (bind(listening_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
            listen(listening_, 16) != 0 ||
            getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
            throw std::runtime_error{"no port for the proxy"};
        }
        port_ = ntohs(at.sin_port);
        accepting_ = std::thread{[this] { accept_all(); }};
    }
    ~proxy()
    {
        ending_ = true;
        accepting_.join();
        for (std::thread& each : handing_) each.join();
        close(listening_);
    }
    proxy(const proxy&) = delete;
    proxy& operator=(const proxy&) = delete;

    [[nodiscard]] int port() const { return port_; }
    /// `shut_then`: from the cut on, those that come are turned away.
    void arm(cut how, bool shut_then = false)
    {
        shut_then_ = shut_then;
        armed_ = how;
    }
    /// How many connections were cut.
    [[nodiscard]] int cuts() const { return cuts_; }
    void let_in() { shut_ = false; }

private:
    static constexpr int pause_ms = 20;
    static constexpr std::chrono::milliseconds late{300};

    [[nodiscard]] static sockaddr_in here(int port)
    {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(static_cast<std::uint16_t>(port));
        return at;
    }

    [[nodiscard]] static bool is_readable(int socket)
    {
        pollfd one{socket, POLLIN, 0};
        return poll(&one, 1, pause_ms) > 0;
    }

    void accept_all()
    {
        while (!ending_) {
            if (!is_readable(listening_)) continue;
            const int client = accept(listening_, nullptr, nullptr);
            if (client < 0) continue;
            if (shut_) {
                close(client);
                continue;
            }
            handing_.emplace_back([this, client] { hand_on(client); });
        }
    }

    void hand_on(int client)
    {
        const int server = socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in at = here(to_port_);
        if (connect(server, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) {
            both_ways(client, server);
        }
        close(client);
        close(server);
    }

    void both_ways(int client, int server)
    {
        cut how = cut::none;  // once the COMMIT has gone by
        std::string tail;
        std::vector<char> bytes(1U << 16U);
        while (!ending_) {
            pollfd two[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
            if (poll(two, 2, pause_ms) <= 0) continue;
            if (two[0].revents != 0) {
                const auto size = recv(client, bytes.data(), bytes.size(), 0);
                if (size <= 0) return;
                const std::string_view some{bytes.data(), static_cast<std::size_t>(size)};
                if (how == cut::none && has_commit(tail, some)) how = armed_.exchange(cut::none);
                if (how == cut::before_commit) return count_cut();
                if (how == cut::late_commit) return finish_late(client, server, some);
                if (!send_all(server, some)) return;
            }
            if (two[1].revents != 0) {
                const auto size = recv(server, bytes.data(), bytes.size(), 0);
                if (size <= 0) return;
                const std::string_view some{bytes.data(), static_cast<std::size_t>(size)};
                if (how == cut::after_commit && some.find("COMMIT") != some.npos) {
                    return count_cut();
                }
                if (!send_all(client, some)) return;
            }
        }
    }

    void count_cut()
    {
        if (shut_then_) shut_ = true;
        ++cuts_;
    }

    void finish_late(int client, int server, std::string_view commit)
    {
        count_cut();
        shutdown(client, SHUT_RDWR);
        std::this_thread::sleep_for(late);
        if (!send_all(server, commit)) return;
        std::this_thread::sleep_for(late);  // its answer is for nobody
    }

    /// Whether the word is in what has come, which may begin within it.
    [[nodiscard]] static bool has_commit(std::string& tail, std::string_view some)
    {
        constexpr std::string_view word = "COMMIT";
        const std::string seen = tail + std::string{some};
        tail = seen.substr(seen.size() - std::min(seen.size(), word.size() - 1));
        return seen.find(word) != std::string::npos;
    }

    [[nodiscard]] static bool send_all(int to, std::string_view some)
    {
        while (!some.empty()) {
            const auto size = ::send(to, some.data(), some.size(), MSG_NOSIGNAL);
            if (size <= 0) return false;
            some.remove_prefix(static_cast<std::size_t>(size));
        }
        return true;
    }

    int to_port_;
    int listening_ = socket(AF_INET, SOCK_STREAM, 0);
    int port_ = 0;
    std::atomic<bool> ending_ = false;
    std::atomic<bool> shut_ = false;
    std::atomic<bool> shut_then_ = false;
    std::atomic<cut> armed_ = cut::none;
    std::atomic<int> cuts_ = 0;
    std::thread accepting_;
    std::vector<std::thread> handing_;
};

}  // namespace test_postgres
