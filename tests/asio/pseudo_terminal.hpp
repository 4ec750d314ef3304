// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace test_peers {

/// The master of a pseudo-terminal, without any library between: the device that a serial port
/// is connected to.
class pseudo_terminal {
public:
    pseudo_terminal() : master_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)}
    {
        std::array<char, 64> name{};
        if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0 ||
            ::ptsname_r(master_, name.data(), name.size()) != 0) {
            throw std::runtime_error{"no pseudo-terminal"};
        }
        name_ = name.data();
    }
    pseudo_terminal(const pseudo_terminal&) = delete;
    pseudo_terminal& operator=(const pseudo_terminal&) = delete;
    ~pseudo_terminal() { hang_up(); }

    [[nodiscard]] const std::string& name() const { return name_; }

    void say(const std::vector<std::uint8_t>& bytes) const
    {
        if (::write(master_, bytes.data(), bytes.size()) !=
            static_cast<ssize_t>(bytes.size())) {
            throw std::runtime_error{"the pseudo-terminal takes no bytes"};
        }
    }

    /// What has come by then; returns early with the first bytes.
    [[nodiscard]] std::vector<std::uint8_t> hear(std::chrono::milliseconds patience) const
    {
        pollfd watched{master_, POLLIN, 0};
        std::vector<std::uint8_t> out(4096);
        if (::poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return {};
        const ssize_t size = ::read(master_, out.data(), out.size());
        out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return out;
    }

    void hang_up()
    {
        if (master_ >= 0) ::close(master_);
        master_ = -1;
    }

private:
    int master_;
    std::string name_;
};

}  // namespace test_peers
