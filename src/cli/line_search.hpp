// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <wattpurse/adapter/asio/blocking.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>

namespace wattpurse::cli {

/// Finds meters on a line that many share, by reads with shortened addresses: wildcards in the
/// high bytes, the low digits given. Where answers collide, the search goes on with two more
/// digits. A hundred questions a pair of digits, half a second each at 2400 baud.
class line_search {
public:
    struct options {
        duration wait{0};  ///< for an answer to begin and end; 0: what the standard allows
        std::optional<codec::dlt645::edition> only;
        std::function<void(const std::string&)> show;  ///< how far it is
    };

    line_search(adapter::asio::blocking_line& line, options how);

    /// All meters whose address ends in these digits, an even number of them.
    /// Error: the line's.
    [[nodiscard]] result<void, std::string> descend(const std::string& ending);
    /// Whether a meter answers to exactly that address. Error: the line's.
    [[nodiscard]] result<bool, std::string> is_there(const codec::dlt645::address& meter);

    /// Whoever was heard, in the order of their numbers.
    [[nodiscard]] const std::set<std::string>& found() const noexcept { return found_; }

private:
    /// What came upon one question.
    struct heard {
        std::size_t speakers = 0;  ///< of those asked
        bool garbage = false;
        [[nodiscard]] bool is_crowd() const { return speakers > 1 || garbage; }
        [[nodiscard]] bool is_silence() const { return speakers == 0 && !garbage; }
    };

    [[nodiscard]] result<heard, std::string> ask(const codec::dlt645::address& whom);
    [[nodiscard]] result<heard, std::string> ask(const codec::dlt645::frame& request);
    [[nodiscard]] result<void, std::string> listen_until_quiet();
    [[nodiscard]] result<void, std::string> check_silence();

    adapter::asio::blocking_line& line_;
    options how_;
    std::set<std::string> found_;
};

}  // namespace wattpurse::cli
