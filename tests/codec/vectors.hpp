// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>

namespace wattpurse::test {

/// One line of tests/vectors/dlt645.jsonl.
struct golden {
    std::string hex;
    std::vector<std::uint8_t> bytes;
    std::string edition;
    std::string status;  ///< ok, ok_with_garbage, bad_checksum, bad_end
    nlohmann::json meaning;

    [[nodiscard]] bool holds_frame() const { return status.rfind("ok", 0) == 0; }
};

inline std::vector<std::uint8_t> bytes_of(const std::string& hex)
{
    std::vector<std::uint8_t> out(hex.size() / 2 + 1);
    out.resize(parse_hex(hex, out).value());
    return out;
}

inline std::string hex_of(byte_span bytes)
{
    std::string out(2 * bytes.size(), ' ');
    return std::string{format_hex(bytes, out).value()};
}

inline std::vector<golden> read_golden()
{
    std::ifstream file{std::string{WATTPURSE_SOURCE_DIR} + "/tests/vectors/dlt645.jsonl"};
    std::vector<golden> out;
    for (std::string line; std::getline(file, line);) {
        const auto row = nlohmann::json::parse(line);
        const auto hex = row.at("hex").get<std::string>();
        out.push_back({hex, bytes_of(hex), row.at("edition"), row.at("frame_status"),
                       row.at("meaning")});
    }
    return out;
}

inline const std::vector<golden>& all_golden()
{
    static const std::vector<golden> rows = read_golden();
    return rows;
}

/// Everything a framer finds: frames, and rejections of candidates.
struct findings {
    std::vector<codec::dlt645::frame> frames;
    std::vector<codec::dlt645::framer_event> rejections;
};

inline void drain(codec::dlt645::framer& framer, findings& into)
{
    using kind = codec::dlt645::framer_event::kind_type;
    for (auto event = framer.next(); event.kind != kind::nothing; event = framer.next()) {
        if (event.kind == kind::frame) {
            into.frames.push_back(event.frame);
        } else {
            into.rejections.push_back(event);
        }
    }
}

inline void feed_all(codec::dlt645::framer& framer, byte_span bytes, findings& into)
{
    while (!bytes.empty()) {
        bytes = bytes.subspan(framer.feed(bytes));
        drain(framer, into);
    }
}

/// What a fresh framer finds in bytes after which the line falls silent.
inline findings scan(byte_span bytes)
{
    codec::dlt645::framer framer;
    findings out;
    feed_all(framer, bytes, out);
    framer.flush();
    drain(framer, out);
    return out;
}

}  // namespace wattpurse::test
