// SPDX-License-Identifier: Apache-2.0
// A SQLite file in a directory of its own, gone with the object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

#include <wattpurse/adapter/sqlite/store.hpp>

namespace test_books {

class temporary_directory {
public:
    temporary_directory()
    {
        auto name = (std::filesystem::temp_directory_path() / "wattpurse-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error{"no temporary directory"};
        }
        path_ = name;
    }
    ~temporary_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// The file laid open with SQLite itself, as somebody with an editor would.
class raw_file {
public:
    explicit raw_file(const std::string& path)
    {
        if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) {
            throw std::runtime_error{"cannot open " + path};
        }
    }
    ~raw_file() { sqlite3_close(handle_); }
    raw_file(const raw_file&) = delete;
    raw_file& operator=(const raw_file&) = delete;

    void execute(const std::string& sql)
    {
        char* error = nullptr;
        if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK) {
            throw std::runtime_error{sql + ": " + error};
        }
    }

    /// The first column of the first row as text.
    [[nodiscard]] std::string value(const std::string& sql)
    {
        std::string out;
        const auto take = [](void* to, int, char** columns, char**) {
            if (columns[0] != nullptr) {
                *static_cast<std::string*>(to) = columns[0];
            }
            return 0;
        };
        if (sqlite3_exec(handle_, sql.c_str(), take, &out, nullptr) != SQLITE_OK) {
            throw std::runtime_error{sql + ": " + sqlite3_errmsg(handle_)};
        }
        return out;
    }

private:
    sqlite3* handle_ = nullptr;
};

}  // namespace test_books
