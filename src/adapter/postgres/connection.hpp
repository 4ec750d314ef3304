// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <libpq-fe.h>

#include <wattpurse/adapter/postgres/store.hpp>

#include "parameters.hpp"

namespace wattpurse::adapter::postgres {

/// What the server or libpq reported. Thrown inside this adapter only; it leaves through the
/// constructor of `store`, elsewhere it becomes a value.
class postgres_error : public std::runtime_error {
public:
    postgres_error(std::string state, bool lost, const std::string& what)
        : std::runtime_error{what}, state_{std::move(state)}, lost_{lost}
    {
    }
    /// SQLSTATE (PostgreSQL manual, appendix A); empty where libpq itself reports.
    [[nodiscard]] const std::string& state() const noexcept { return state_; }
    /// The connection is gone, and what it was doing is not known.
    [[nodiscard]] bool lost() const noexcept { return lost_; }
    /// Broken off in favour of another transaction: to be done again.
    [[nodiscard]] bool again() const noexcept { return state_ == "40001" || state_ == "40P01"; }
    [[nodiscard]] bool name_taken() const noexcept { return state_ == "23505"; }

private:
    std::string state_;
    bool lost_;
};

/// Where a server is and how to get in, taken apart so that no text need repeat the password.
class address {
public:
    /// Throws `std::runtime_error` for what libpq does not understand.
    explicit address(const std::string& conninfo);

    /// "127.0.0.1:5432/books", for texts.
    [[nodiscard]] const std::string& place() const noexcept { return place_; }
    /// `text` without the password.
    [[nodiscard]] std::string without_secrets(std::string text) const;

private:
    friend class connection;
    [[nodiscard]] std::string word(std::string_view name) const;

    std::vector<std::pair<std::string, std::string>> words_;
    std::string place_;
};

/// The rows a statement has returned. Columns are taken from left to right.
class rows {
public:
    explicit rows(PGresult* taken) : result_{taken, PQclear} {}

    /// The next row, or false at the end.
    bool next() noexcept;
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] const PGresult* result() const noexcept { return result_.get(); }
    /// What was done, "COMMIT".
    [[nodiscard]] std::string_view tag() const noexcept { return PQcmdStatus(result_.get()); }

    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] std::uint64_t count();
    [[nodiscard]] std::string text();
    [[nodiscard]] std::vector<std::uint8_t> bytes();
    [[nodiscard]] instant time();
    [[nodiscard]] std::optional<instant> optional_time();
    [[nodiscard]] std::optional<std::int64_t> optional_integer();

private:
    [[nodiscard]] std::string_view value();

    std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
    int row_ = -1;
    int column_ = 0;
};

/// An open connection in pipeline mode: statements are sent one after the other, `run` waits for
/// all their results in one round trip.
///
///     link.send(sql, given); link.send(sql, given); auto results = link.run();
class connection {
public:
    connection(const address& where, const options& how);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Prepares the statement at its first use.
    void send(const std::string& sql, const parameters& given);
    /// For a statement that is not worth preparing.
    void send_once(const std::string& sql, const parameters& given = {});
    /// What each statement sent since the last `run` has returned. The first error is thrown, after
    /// the server has left out whatever was sent behind it.
    std::vector<rows> run();
    /// The same for statements whose last one may return any number of rows: `take` is called for
    /// each of its rows while they arrive, and libpq never holds them all. What `take` throws is
    /// thrown when the rest has been passed over.
    using row_taker = std::function<void(rows&)>;
    std::vector<rows> run(const row_taker& take);

    /// One statement by itself, with what was sent before it: its own rows.
    rows ask(const std::string& sql, const parameters& given = {});

    [[nodiscard]] bool in_transaction() const noexcept;
    /// Whether something was sent and `run` has not been called since.
    [[nodiscard]] bool has_sent() const noexcept { return !sent_.empty(); }

private:
    struct sent {
        std::string prepares;  ///< the text of the statement, where that is what was sent
        bool is_query = true;
    };
    [[noreturn]] void raise_lost() const;
    [[nodiscard]] postgres_error error_of(const PGresult* result) const;
    [[nodiscard]] PGresult* next_result();
    [[nodiscard]] std::optional<postgres_error> error_in(const rows& answer) const;
    void hand_over(const row_taker& take, std::optional<postgres_error>& first,
                   std::exception_ptr& thrown);
    void take_sync();

    address where_;
    PGconn* handle_ = nullptr;
    std::unordered_map<std::string, std::string> prepared_;  ///< name by text
    std::unordered_map<std::string, std::string> preparing_;
    std::vector<sent> sent_;
};

/// What happens within it happens at once; rolls back unless committed. BEGIN goes out with the
/// first statement, and whoever commits sends COMMIT with the last ones.
class transaction {
public:
    transaction(connection& owner, const char* begin);
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

private:
    connection& owner_;
};

}  // namespace wattpurse::adapter::postgres
