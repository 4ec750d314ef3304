// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <wattpurse/model/fault.hpp>

namespace wattpurse::cli {

/// What `load` makes of a file's text. Where there are faults, all are told on standard error and
/// `CLI::RuntimeError` is thrown.
template <class Load>
auto load_file(const std::string& path, Load load)
{
    std::ifstream in{path};
    std::ostringstream text;
    text << in.rdbuf();
    const std::string content = text.str();
    auto made = load(std::string_view{content});
    if (in && made) return std::move(*made);
    if (!in) std::cerr << path << ": cannot be read\n";
    if (!made) {
        for (const fault& found : made.error()) {
            std::cerr << path << ": " << to_string(found) << '\n';
        }
    }
    throw CLI::RuntimeError{1};
}

}  // namespace wattpurse::cli
