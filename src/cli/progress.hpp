// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace wattpurse::cli {

/// One line on standard error that says how far something is; nothing where that is no terminal.
class progress {
public:
    progress();
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress() { clear(); }

    void show(const std::string& text);
    /// Takes the line away, before something else is printed.
    void clear();

private:
    bool wanted_;
    bool shown_ = false;
};

}  // namespace wattpurse::cli
