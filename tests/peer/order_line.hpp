// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

/// The language in which tests/peer/*_test.py talks to a Modbus client, ours or another's: an order
/// a line, each answered by one line.
///
///     read_holding_registers 0 10       ->  ok 0 257 514 ...
///     write_multiple_registers 3 7 8    ->  ok
///     read_coils 99 2                   ->  refused illegal_data_address
///     unit 7                            ->  ok
///     ...                               ->  failed, and why
namespace wattpurse::peer {

struct order {
    std::string what;
    std::vector<unsigned> numbers;

    [[nodiscard]] std::uint16_t word(std::size_t index) const
    {
        return static_cast<std::uint16_t>(numbers.at(index));
    }
    /// Numbers from there on, as registers.
    [[nodiscard]] std::vector<std::uint16_t> words_from(std::size_t index) const
    {
        std::vector<std::uint16_t> out;
        for (std::size_t i = index; i < numbers.size(); ++i) out.push_back(word(i));
        return out;
    }
};

/// The next line of the standard input; none at its end.
inline std::optional<order> next_order()
{
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    std::istringstream words{line};
    order out;
    words >> out.what;
    for (unsigned number = 0; words >> number;) out.numbers.push_back(number);
    return out;
}

/// "ok" and numbers.
template <class Numbers>
std::string ok(const Numbers& numbers)
{
    std::string out = "ok";
    for (const auto& number : numbers) {
        out += ' ';
        out += std::to_string(static_cast<unsigned>(number));
    }
    return out;
}

inline void answer(const std::string& line) { std::cout << line << std::endl; }

}  // namespace wattpurse::peer
