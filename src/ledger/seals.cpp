// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/seals.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace wattpurse::ledger {

namespace {

constexpr std::string_view heading = "block,sha256";
constexpr std::string_view digits = "0123456789abcdef";

std::optional<digest> read_digest(std::string_view text)
{
    digest out{};
    if (text.size() != 2 * out.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto value = digits.find(text[i]);
        if (value == std::string_view::npos) return std::nullopt;
        out[i / 2] = static_cast<std::uint8_t>(out[i / 2] * 16U + value);
    }
    return out;
}

std::optional<block_seal> read_seal(std::string_view line)
{
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    block_seal out;
    const auto [end, error] = std::from_chars(line.data(), line.data() + comma, out.number);
    const auto value = read_digest(line.substr(comma + 1));
    if (error != std::errc{} || end != line.data() + comma || out.number == 0 || !value) {
        return std::nullopt;
    }
    out.value = *value;
    return out;
}

}  // namespace

std::string seals_text(std::span<const block_seal> seals)
{
    std::string out{heading};
    out += '\n';
    for (const block_seal& each : seals) {
        out += std::to_string(each.number) + ',';
        for (const std::uint8_t byte : each.value) {
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
        out += '\n';
    }
    return out;
}

result<std::vector<block_seal>, fault> read_seals(std::string_view text)
{
    std::vector<block_seal> out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty() || (number == 1 && line == heading)) continue;
        const auto seal = read_seal(line);
        if (!seal) {
            return tl::unexpected{fault{"line " + std::to_string(number),
                                        '"' + std::string{line} + '"',
                                        "the number of a block and its 64 digits of SHA-256"}};
        }
        out.push_back(*seal);
    }
    return out;
}

}  // namespace wattpurse::ledger
