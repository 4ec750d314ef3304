// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <wattpurse/model/fault.hpp>

namespace wattpurse::cli {

/// Where rows of consumption were written: rating knows them by number, whoever wrote them by line.
struct row_places {
    std::string file;
    std::vector<std::size_t> lines;  ///< of each row in `file`
    std::vector<std::string> words;  ///< of each row that is a word of the command: "T2=120.50"

    /// Rows `kept`, in that order, are what is left.
    void keep(const std::vector<std::size_t>& kept);

    /// A fault of `/rows/16` as `usage.csv: line 17: ...`, other rows in it named alike; of
    /// something else as `COMMAND: /path: ...`.
    [[nodiscard]] std::string tell(const std::string& command, const fault& what) const;
};

}  // namespace wattpurse::cli
