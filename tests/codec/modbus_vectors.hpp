// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::test {

inline std::vector<std::uint8_t> modbus_bytes(const std::string& hex)
{
    std::vector<std::uint8_t> out(hex.size() / 2 + 1);
    out.resize(parse_hex(hex, out).value());
    return out;
}

inline std::string modbus_hex(byte_span bytes)
{
    std::string out(2 * bytes.size(), ' ');
    out.resize(format_hex(bytes, out).value().size());
    for (char& c : out) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

/// One line of tests/vectors/modbus.jsonl.
struct modbus_golden {
    std::string hex;
    std::vector<std::uint8_t> bytes;
    std::string mode;       ///< rtu, tcp, ascii
    std::string direction;  ///< request, response, or both with | between
    std::string decoded;    ///< what it says, in words
    bool is_sound = true;   ///< checksum or lengths are right

    /// The words of `decoded` that have a value, such as "addr" -> "7".
    [[nodiscard]] std::map<std::string, std::string> fields() const
    {
        std::map<std::string, std::string> out;
        std::istringstream words{decoded};
        for (std::string word; words >> word;) {
            const auto at = word.find('=');
            // A second reading of the same bytes stands behind OR.
            if (word == "OR") break;
            if (at != std::string::npos) out[word.substr(0, at)] = word.substr(at + 1);
        }
        return out;
    }
    [[nodiscard]] bool says(const std::string& word) const
    {
        return decoded.find(word) != std::string::npos;
    }
};

inline const std::vector<modbus_golden>& all_modbus_golden()
{
    static const std::vector<modbus_golden> rows = [] {
        std::ifstream file{std::string{WATTPURSE_SOURCE_DIR} + "/tests/vectors/modbus.jsonl"};
        std::vector<modbus_golden> out;
        for (std::string line; std::getline(file, line);) {
            const auto row = nlohmann::json::parse(line);
            const auto hex = row.at("hex").get<std::string>();
            out.push_back({hex, modbus_bytes(hex), row.at("mode"), row.at("direction"),
                           row.at("decoded"), row.at("kind") != "negative"});
        }
        return out;
    }();
    return rows;
}

/// One line of tests/vectors/modbus_conformance.jsonl.
struct conformance_case {
    std::string id;
    std::string mode;
    std::string input;
    std::string expect;
};

inline std::vector<conformance_case> conformance_cases(const std::string& mode)
{
    std::ifstream file{std::string{WATTPURSE_SOURCE_DIR} +
                       "/tests/vectors/modbus_conformance.jsonl"};
    std::vector<conformance_case> out;
    for (std::string line; std::getline(file, line);) {
        const auto row = nlohmann::json::parse(line);
        if (row.at("mode") == mode) {
            out.push_back({row.at("id"), mode, row.at("input"), row.at("expect")});
        }
    }
    return out;
}

}  // namespace wattpurse::test
