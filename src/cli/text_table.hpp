// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace wattpurse::cli {

/// Columns a text takes on a terminal: two for each Chinese character.
[[nodiscard]] std::size_t display_width(std::string_view utf8);

/// Rows in columns as wide as their widest cell.
class text_table {
public:
    explicit text_table(std::vector<std::string> head) { rows_.push_back(std::move(head)); }

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    /// Without the head.
    [[nodiscard]] std::size_t size() const { return rows_.size() - 1; }
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace wattpurse::cli
