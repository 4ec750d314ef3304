// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/model/fault.hpp>

namespace wattpurse::cli {

/// Files are read whole, so there is an end to what is read of one: a device or a pipe may have
/// none. A tariff, an account or a catalogue has some hundred KiB.
inline constexpr std::size_t json_bytes_max = std::size_t{16} << 20U;
/// Consumption: eight years by the minute.
inline constexpr std::size_t usage_bytes_max = std::size_t{256} << 20U;

/// One line on standard error, `wattpurse: FILE: what is wrong`; ends the command with status 1.
[[noreturn]] void refuse_file(const std::string& path, const std::string& why);

/// Refuses what is not there, or is a folder: for files that are opened by others.
void require_file(const std::string& path);

/// All of a file, or `refuse_file`.
[[nodiscard]] std::string read_file(const std::string& path,
                                    std::size_t bytes_max = json_bytes_max);

/// What `load` makes of a file's text. Where there are faults, all are told on standard error and
/// `CLI::RuntimeError` is thrown.
template <class Load>
auto load_file(const std::string& path, Load load, std::size_t bytes_max = json_bytes_max)
{
    const std::string content = read_file(path, bytes_max);
    auto made = load(std::string_view{content});
    if (made) return std::move(*made);
    for (const fault& found : made.error()) {
        std::cerr << path << ": " << to_string(found) << '\n';
    }
    throw CLI::RuntimeError{1};
}

}  // namespace wattpurse::cli
