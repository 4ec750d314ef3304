// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>

#include "phrases.hpp"

namespace wattpurse::cli {

/// What frames are read with.
struct decode_context {
    const codec::dlt645::catalogue& catalogue;
    phrases say;
};

/// Some bytes of DATA and what they mean, for people.
struct data_part {
    std::size_t begin = 0;  ///< 0 is the first byte of DATA
    std::size_t size = 0;
    bool is_secret = false;  ///< neither bytes nor value may be shown
    std::string meaning;
};

/// Everything a well-formed frame says.
struct frame_report {
    nlohmann::ordered_json object;  ///< with `ok` true; secrets are not in it
    std::vector<data_part> parts;   ///< all of DATA, in order
    std::vector<std::string> warnings;
    bool holds_secret = false;
};

/// Builds a report bit by bit: every byte of DATA that is looked at is accounted for, so that
/// what is left over can be told, or withheld.
class report_writer {
public:
    report_writer(const codec::dlt645::frame& what, const decode_context& context,
                  frame_report& out)
        : frame_{what}, context_{context}, out_{out}
    {
    }

    [[nodiscard]] const codec::dlt645::frame& frame() const { return frame_; }
    [[nodiscard]] const decode_context& context() const { return context_; }
    [[nodiscard]] nlohmann::ordered_json& object() { return out_.object; }
    [[nodiscard]] byte_span data() const { return frame_.payload(); }
    [[nodiscard]] codec::dlt645::edition edition() const
    {
        return codec::dlt645::edition_of(frame_);
    }

    [[nodiscard]] std::string say(std::string_view english,
                                  std::initializer_list<std::string_view> values = {}) const
    {
        return context_.say(english, values);
    }
    /// Something is odd; the same is said once.
    void warn(std::string_view english, std::initializer_list<std::string_view> values = {});
    /// The same with a text that is in the user's language.
    void warn_in_words(std::string text);

    /// DATA from `begin` on means that; `meaning` is in the user's language.
    void explain(std::size_t begin, std::size_t size, std::string meaning);
    /// The same, and may not be shown.
    void hide(std::size_t begin, std::size_t size, std::string meaning);
    /// Withholds what is left from `begin` on, and says how much that is.
    void withhold(std::size_t begin);
    /// Gives what is left from `begin` on as it came.
    void leave(std::size_t begin, std::string meaning);
    /// What nothing has been said about: given as it came, or withheld.
    void finish();

private:
    const codec::dlt645::frame& frame_;
    const decode_context& context_;
    frame_report& out_;
};

inline constexpr const char* masked = "******";

/// Bytes as capital hexadecimal digits, in the order of the wire.
[[nodiscard]] std::string hex_text(byte_span bytes);
/// The same with the last byte first, as identifiers and addresses are written.
[[nodiscard]] std::string reversed_hex(byte_span low_byte_first);
/// 2026-01-31T08:30:00, without zone: a meter does not know one.
[[nodiscard]] std::string time_text(const civil_time& time);

}  // namespace wattpurse::cli
