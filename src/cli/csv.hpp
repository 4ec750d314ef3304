// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <string>

#include <wattpurse/base/time.hpp>

namespace wattpurse::cli {

/// Rows of comma-separated values (RFC 4180), with times of one zone.
class csv_rows {
public:
    csv_rows(std::ostream& out, fixed_zone zone) : out_{out}, zone_{zone} {}

    void row(std::initializer_list<std::string> fields)
    {
        std::string line;
        bool is_first = true;
        for (const std::string& field : fields) {
            if (!is_first) line += ',';
            is_first = false;
            line += quoted(field);
        }
        out_ << line << '\n';
    }
    [[nodiscard]] std::string time(std::optional<instant> at) const
    {
        return at ? std::string{iso8601(*at, zone_).view()} : std::string{};
    }

private:
    static std::string quoted(const std::string& field)
    {
        if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
        std::string out = "\"";
        for (const char c : field) out += c == '"' ? std::string{"\"\""} : std::string{c};
        return out + '"';
    }

    std::ostream& out_;
    fixed_zone zone_;
};

/// A CSV file; it is complete or it is an error.
class csv {
public:
    csv(const std::filesystem::path& file, fixed_zone zone) : out_{file}, rows_{out_, zone} {}

    void row(std::initializer_list<std::string> fields) { rows_.row(fields); }
    [[nodiscard]] std::string time(std::optional<instant> at) const { return rows_.time(at); }
    [[nodiscard]] bool close()
    {
        out_.close();
        return !out_.fail();
    }

private:
    std::ofstream out_;
    csv_rows rows_;
};

}  // namespace wattpurse::cli
