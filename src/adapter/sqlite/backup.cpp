// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/sqlite/backup.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <vector>

#include "books.hpp"

namespace wattpurse::adapter::sqlite {

namespace {

constexpr duration busy_max = std::chrono::seconds{5};

result<void, std::string> failed(std::string what)
{
    return tl::unexpected<std::string>{std::move(what)};
}

/// All of it under one lock for reading, which no writer in WAL mode waits for: a writer between
/// two steps would have the copy begin anew, and never end.
void copy(connection& from, connection& to)
{
    const std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)> work{
        sqlite3_backup_init(to.handle(), "main", from.handle(), "main"), sqlite3_backup_finish};
    if (!work) to.raise(sqlite3_errcode(to.handle()));
    const int code = sqlite3_backup_step(work.get(), -1);
    if (code != SQLITE_DONE) throw sqlite_error{code, sqlite3_errstr(code)};
}

/// A log that was left behind is for the next writer to settle, not for whoever reads.
void leave_log(connection& file, const std::string& path)
{
    std::error_code none;
    const auto size = std::filesystem::file_size(path + "-wal", none);
    if (!none && size > 0) file.copy_log_at_close(false);
}

}  // namespace

result<void, std::string> back_up(const std::string& from, const std::string& to)
{
    std::error_code ignored;
    if (!std::filesystem::exists(from, ignored)) return failed(from + ": no such file");
    if (std::filesystem::exists(to, ignored)) return failed(to + ": is there already");
    const std::string part = to + ".part";
    std::filesystem::remove(part, ignored);
    try {
        connection source{from, busy_max};
        leave_log(source, from);
        connection target{part, busy_max};
        copy(source, target);
    } catch (const std::exception& error) {
        std::filesystem::remove(part, ignored);
        return failed(from + ": cannot be copied to " + to + ": " + error.what());
    }
    if (auto whole = check_integrity(part); !whole) {
        std::filesystem::remove(part, ignored);
        return whole;
    }
    std::error_code error;
    std::filesystem::rename(part, to, error);
    return error ? failed(to + ": " + error.message()) : result<void, std::string>{};
}

result<void, std::string> check_integrity(const std::string& path)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return failed(path + ": no such file");
    try {
        connection file{path, busy_max};
        leave_log(file, path);
        statement check{file, "PRAGMA integrity_check(1)"};
        const use reset_after{check};
        const std::string said{check.step() ? check.text() : std::string_view{"nothing"}};
        return said == "ok" ? result<void, std::string>{} : failed(path + ": " + said);
    } catch (const std::exception& error) {
        return failed(path + ": " + error.what());
    }
}

namespace {

std::vector<reservation> stored_reservations(connection& file)
{
    statement select{file, select_text(reservation_columns, "reservations", "ORDER BY key")};
    const use reset_after{select};
    std::vector<reservation> out;
    while (select.step()) out.push_back(take_reservation(select));
    return out;
}

/// Rows of `a` that are not in `b`.
std::size_t strangers(std::span<const reservation> a, std::span<const reservation> b)
{
    return static_cast<std::size_t>(std::count_if(a.begin(), a.end(), [&](const auto& each) {
        return std::find(b.begin(), b.end(), each) == b.end();
    }));
}

}  // namespace

result<std::size_t, std::string> replace_reservations(const std::string& path,
                                                      std::span<const reservation> all)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        return tl::unexpected<std::string>{path + ": no such file"};
    }
    try {
        prepared_connection file{path, busy_max};
        if (!file.may_write) return tl::unexpected<std::string>{path + ": the disk is full"};
        transaction at_once{file};
        const auto stored = stored_reservations(file);
        file.execute("DELETE FROM reservations");
        statement insert{file, insert_text("INSERT", "reservations", reservation_columns)};
        for (const reservation& each : all) {
            put(insert, each);
            insert.run();
        }
        at_once.commit();
        return std::max(strangers(stored, all), strangers(all, stored));
    } catch (const std::exception& error) {
        return tl::unexpected<std::string>{path + ": " + error.what()};
    }
}

result<void, std::string> check_index(const std::string& path)
{
    try {
        connection file{path, busy_max};
        leave_log(file, path);
        const transaction one_moment{file, transaction::purpose::reading};
        const std::string fault = index_fault(file);
        return fault.empty() ? result<void, std::string>{} : failed(fault);
    } catch (const std::exception& error) {
        return failed(error.what());
    }
}

result<void, std::string> rebuild_index(const std::string& path)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return failed(path + ": no such file");
    try {
        prepared_connection file{path, busy_max};
        if (!file.may_write) return failed(path + ": the disk is full");
        transaction at_once{file};
        rebuild_index(file);
        at_once.commit();
        return {};
    } catch (const std::exception& error) {
        return failed(path + ": " + error.what());
    }
}

}  // namespace wattpurse::adapter::sqlite
