// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::sqlite {

/// What SQLite reported, with its (extended) result code. Thrown inside this adapter only; it
/// leaves through the constructor of `store`, elsewhere it becomes a value.
class sqlite_error : public std::runtime_error {
public:
    sqlite_error(int code, const std::string& what) : std::runtime_error{what}, code_{code} {}

    /// The primary code, SQLITE_CONSTRAINT for all kinds of constraints.
    [[nodiscard]] int primary() const noexcept { return code_ & 0xFF; }

private:
    int code_;
};

/// A row that holds what this library never wrote.
class row_fault : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// An open database file.
class connection {
public:
    connection(const std::string& path, duration busy_max);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Runs statements that return no rows of interest.
    void execute(const char* sql);

    /// Whether the last to close the file copies the log into the database and removes it, as
    /// SQLite does; not where the log may be on no disk, see `prepare`.
    void copy_log_at_close(bool may_copy);

    [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

    /// Throws what the connection says about its last call.
    [[noreturn]] void raise(int code) const;

private:
    sqlite3* handle_ = nullptr;
};

/// A prepared statement. Parameters are put, and columns taken, from left to right:
///
///     insert.put(1).put("text").run();
///     while (select.step()) { a = select.integer(); b = select.text(); }
///
/// Texts are copied; bytes must stay until `run` or the last `step`.
class statement {
public:
    statement(connection& owner, std::string_view sql);
    ~statement();
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    statement& put(std::int64_t value);
    statement& put_count(std::uint64_t value);  ///< throws `row_fault` above the signed range
    statement& put(std::string_view text);
    /// As `put`, not copied: the text must stay until `run` or the last `step`.
    statement& put_lasting(std::string_view text);
    statement& put_bytes(std::span<const std::uint8_t> bytes);
    statement& put(instant at);
    statement& put(std::optional<instant> at);
    statement& put(std::optional<std::int64_t> value);

    /// The next row, or false at the end; the statement is then ready for the next use.
    bool step();
    /// To the end, rows ignored.
    void run();
    /// Ready for the next use.
    void reset() noexcept;

    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] std::uint64_t count();
    [[nodiscard]] std::string_view text();  ///< until the next `step`
    [[nodiscard]] std::span<const std::uint8_t> bytes();
    [[nodiscard]] instant time();
    [[nodiscard]] std::optional<instant> optional_time();
    [[nodiscard]] std::optional<std::int64_t> optional_integer();

private:
    void check(int code) const;

    connection& owner_;
    sqlite3_stmt* handle_ = nullptr;
    int next_parameter_ = 1;
    int next_column_ = 0;
};

/// Resets a statement when a loop over its rows is left early, by an exception too: an open
/// reading statement would hold back the checkpoint of the log.
class use {
public:
    explicit use(statement& used) noexcept : used_{used} {}
    ~use() { used_.reset(); }
    use(const use&) = delete;
    use& operator=(const use&) = delete;

private:
    statement& used_;
};

/// The first column of the first row, or 0 where there is none.
[[nodiscard]] std::int64_t number_from(connection& file, std::string_view sql);

/// What happens within it happens at once; rolls back unless committed.
class transaction {
public:
    enum class purpose {
        reading,  ///< all that is read is of one moment
        writing,  ///< the write lock is taken first, so what is checked still holds at commit
    };
    explicit transaction(connection& owner, purpose what = purpose::writing);
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

    void commit();

private:
    connection& owner_;
    bool open_ = true;
};

}  // namespace wattpurse::adapter::sqlite
