// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <unistd.h>

#include <iostream>

namespace wattpurse::cli {

namespace {

constexpr const char* start_of_line = "\r\x1B[K";  // and what stood there is gone

}  // namespace

progress::progress() : wanted_{isatty(STDERR_FILENO) != 0} {}

void progress::show(const std::string& text)
{
    if (!wanted_) return;
    std::cerr << start_of_line << text << std::flush;
    shown_ = true;
}

void progress::clear()
{
    if (shown_) std::cerr << start_of_line << std::flush;
    shown_ = false;
}

}  // namespace wattpurse::cli
