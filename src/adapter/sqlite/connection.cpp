// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <limits>

namespace wattpurse::adapter::sqlite {
namespace {

/// SQLite takes times to wait as int; a longer wait is as long as it can be.
[[nodiscard]] int to_milliseconds(duration time)
{
    constexpr auto longest = std::numeric_limits<int>::max();
    return time.count() > longest ? longest : static_cast<int>(time.count());
}

}  // namespace

connection::connection(const std::string& path, duration busy_max)
{
    // It would end there, and another file be opened.
    if (path.find('\0') != path.npos) throw sqlite_error{SQLITE_CANTOPEN, "a path with a NUL"};
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        const std::string why = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
        sqlite3_close(handle_);
        throw sqlite_error{code, why};
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, to_milliseconds(busy_max));
}

connection::~connection()
{
    sqlite3_close_v2(handle_);
}

void connection::execute(const char* sql)
{
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        raise(code);
    }
}

void connection::copy_log_at_close(bool may_copy)
{
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, may_copy ? 0 : 1, nullptr);
}

void connection::raise(int code) const
{
    throw sqlite_error{code, sqlite3_errmsg(handle_)};
}

statement::statement(connection& owner, std::string_view sql) : owner_{owner}
{
    check(sqlite3_prepare_v3(owner.handle(), sql.data(), static_cast<int>(sql.size()),
                             SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

statement::~statement()
{
    sqlite3_finalize(handle_);
}

void statement::check(int code) const
{
    if (code != SQLITE_OK) {
        owner_.raise(code);
    }
}

statement& statement::put(std::int64_t value)
{
    check(sqlite3_bind_int64(handle_, next_parameter_++, value));
    return *this;
}

statement& statement::put_count(std::uint64_t value)
{
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw row_fault{std::to_string(value) + " is too large to be stored"};
    }
    return put(static_cast<std::int64_t>(value));
}

statement& statement::put(std::string_view text)
{
    // A null pointer would bind NULL, and the text would be missing instead of empty.
    const char* const first = text.data() == nullptr ? "" : text.data();
    // TRANSIENT, a copy: texts are often views into temporaries, such as a currency's code.
    check(sqlite3_bind_text64(handle_, next_parameter_++, first, text.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
    return *this;
}

statement& statement::put_lasting(std::string_view text)
{
    const char* const first = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(handle_, next_parameter_++, first, text.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
    return *this;
}

statement& statement::put_bytes(std::span<const std::uint8_t> bytes)
{
    if (bytes.empty()) {
        check(sqlite3_bind_zeroblob(handle_, next_parameter_++, 0));
    } else {
        check(sqlite3_bind_blob64(handle_, next_parameter_++, bytes.data(), bytes.size(),
                                  SQLITE_STATIC));
    }
    return *this;
}

statement& statement::put(instant at)
{
    return put(static_cast<std::int64_t>(at.time_since_epoch().count()));
}

statement& statement::put(std::optional<instant> at)
{
    if (at) {
        return put(*at);
    }
    check(sqlite3_bind_null(handle_, next_parameter_++));
    return *this;
}

statement& statement::put(std::optional<std::int64_t> value)
{
    if (value) {
        return put(*value);
    }
    check(sqlite3_bind_null(handle_, next_parameter_++));
    return *this;
}

bool statement::step()
{
    next_column_ = 0;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        const sqlite_error error{code, sqlite3_errmsg(owner_.handle())};
        reset();
        throw error;
    }
    reset();
    return false;
}

void statement::run()
{
    while (step()) {
    }
}

void statement::reset() noexcept
{
    // The code repeats the error of the last step, which has been reported.
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    next_parameter_ = 1;
    next_column_ = 0;
}

std::int64_t statement::integer()
{
    return sqlite3_column_int64(handle_, next_column_++);
}

std::uint64_t statement::count()
{
    const std::int64_t value = integer();
    if (value < 0) {
        throw row_fault{"a count is negative: " + std::to_string(value)};
    }
    return static_cast<std::uint64_t>(value);
}

std::string_view statement::text()
{
    const int column = next_column_++;
    const auto* const first = sqlite3_column_text(handle_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
    return first == nullptr ? std::string_view{}
                            : std::string_view{reinterpret_cast<const char*>(first), size};
}

std::span<const std::uint8_t> statement::bytes()
{
    const int column = next_column_++;
    const void* const first = sqlite3_column_blob(handle_, column);
    return {static_cast<const std::uint8_t*>(first),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

instant statement::time()
{
    return instant{duration{integer()}};
}

std::optional<instant> statement::optional_time()
{
    if (sqlite3_column_type(handle_, next_column_) == SQLITE_NULL) {
        ++next_column_;
        return std::nullopt;
    }
    return time();
}

std::optional<std::int64_t> statement::optional_integer()
{
    if (sqlite3_column_type(handle_, next_column_) == SQLITE_NULL) {
        ++next_column_;
        return std::nullopt;
    }
    return integer();
}

std::int64_t number_from(connection& file, std::string_view sql)
{
    statement select{file, sql};
    const use reset_after{select};
    return select.step() ? select.integer() : 0;
}

transaction::transaction(connection& owner, purpose what) : owner_{owner}
{
    owner_.execute(what == purpose::writing ? "BEGIN IMMEDIATE" : "BEGIN");
}

transaction::~transaction()
{
    // After some errors SQLite has rolled back by itself; autocommit is then on again.
    if (open_ && sqlite3_get_autocommit(owner_.handle()) == 0) {
        sqlite3_exec(owner_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void transaction::commit()
{
    owner_.execute("COMMIT");
    open_ = false;
}

}  // namespace wattpurse::adapter::sqlite
