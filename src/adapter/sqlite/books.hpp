// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wattpurse/adapter/sqlite/store.hpp>

#include "connection.hpp"
#include "posting_index.hpp"
#include "rows.hpp"
#include "schema.hpp"

namespace wattpurse::adapter::sqlite {

/// "INSERT INTO table (columns) VALUES (?, ?, ...)"; `verb` is INSERT or REPLACE.
[[nodiscard]] std::string insert_text(std::string_view verb, std::string_view table,
                                      std::string_view columns);

/// "SELECT columns FROM table rest".
[[nodiscard]] std::string select_text(std::string_view columns, std::string_view table,
                                      std::string_view rest);

/// Opens the file and sets it up, before anything is prepared against it.
class prepared_connection : public connection {
public:
    prepared_connection(const std::string& path, duration busy_max)
        : connection{path, busy_max}, may_write{prepare(*this)}
    {
    }
    bool may_write;
};

/// The open file with the statements of its writer. Those that only a report needs are prepared
/// when they are wanted.
struct store::books {
    books(const std::string& path, duration busy_max) : file{path, busy_max} {}

    /// Writes the batch in one transaction, or nothing; throws, or says what did not match.
    [[nodiscard]] std::string commit(const port::batch& work);

    [[nodiscard]] std::int64_t meta(std::string_view name, std::int64_t otherwise);
    void set_meta(std::string_view name, std::uint64_t value);
    /// Sees what other connections have written. At the begin of what reads or writes postings.
    void renew();
    /// Takes back what is remembered of a batch that was not committed.
    void forget_batch();
    /// As of the transaction under way; what is written to it is remembered.
    [[nodiscard]] account_head& head(const account_id& account);
    /// As of a posting's row.
    [[nodiscard]] account_head head_at(std::int64_t row);
    [[nodiscard]] std::vector<account_head> all_heads();  ///< by account
    [[nodiscard]] block_seal last_seal();
    /// The place of the next posting.
    [[nodiscard]] std::uint64_t end_of_postings();

    prepared_connection file;
    /// Heads as this connection last saw them. Gone where another connection has written, and
    /// where a batch was not committed.
    std::unordered_map<account_id, account_head, name_hash> heads;
    std::int64_t version = 0;  ///< of the file, as SQLite counts what others write

    bool failed = !file.may_write;
    std::string failure = failed ? "the disk is full" : "";  ///< what the medium said, if `failed`

    statement select_meta{file, "SELECT value FROM meta WHERE name = ?"};
    statement write_meta{file, "REPLACE INTO meta (name, value) VALUES (?, ?)"};
    statement select_head{file, "SELECT account, account_seq, running_balance, currency "
                                "FROM postings WHERE id = ?"};
    statement select_seal{file,
                          select_text(seal_columns, "blocks", "ORDER BY number DESC LIMIT 1")};
    statement select_end{file, "SELECT first_posting + postings FROM blocks "
                               "ORDER BY number DESC LIMIT 1"};
    statement select_version{file, "PRAGMA data_version"};
    /// From a transfer's first leg on: the others follow it.
    statement select_transfer{
        file, select_text(posting_columns, "postings", "WHERE id >= ? ORDER BY id")};
    posting_index index{file};

    statement select_linked{
        file,
        select_text(posting_columns, "postings", "WHERE link = ? AND link <> '' ORDER BY id")};

    statement insert_posting{
        file, insert_text("INSERT", "postings", std::string{"id, "} + posting_columns)};
    statement insert_seal{
        file, insert_text("INSERT", "blocks", std::string{seal_columns} + ", first_posting")};
    statement insert_event{file, insert_text("INSERT OR IGNORE", "events", event_columns)};
    statement insert_bill{file, insert_text("INSERT", "bills", bill_columns)};
    statement insert_arrival{file, insert_text("INSERT", "inbox", arrival_columns)};
    statement delete_arrival{file, "DELETE FROM inbox WHERE id = ?"};
    statement write_reservation{file,
                                insert_text("REPLACE", "reservations", reservation_columns)};
    statement write_terms{file, insert_text("REPLACE", "account_terms", terms_columns)};
    statement write_reading{file, insert_text("REPLACE", "readings", reading_columns)};
    statement select_revision{file, "SELECT max(revision) FROM sealed_days "
                                    "WHERE account = ? AND since = ? AND meter = ?"};
    statement insert_day{file, insert_text("INSERT", "sealed_days", sealed_day_columns)};
    statement delete_loose{file, "DELETE FROM readings WHERE meter = ? AND effective_at >= ? "
                                 "AND effective_at < ? AND account = ?"};
    statement write_service{file, insert_text("REPLACE", "services", service_columns)};
    statement write_credit_state{file,
                                 insert_text("REPLACE", "credit_states", credit_state_columns)};
    statement write_command{file, insert_text("REPLACE", "commands", command_columns)};
    statement write_notice{file, insert_text("REPLACE", "notices", notice_columns)};

private:
    [[nodiscard]] std::string write(const port::batch& work);
    [[nodiscard]] std::string fault_of(const port::batch& work);
    [[nodiscard]] std::string head_fault(const port::batch& work);
    [[nodiscard]] std::string seal_fault(const port::batch& work);
    [[nodiscard]] std::string posting_fault(const port::batch& work);
    void write_ledger(const port::batch& work);
    void write_rest(const port::batch& work);
    [[nodiscard]] std::string seal_days(const port::batch& work);
    [[nodiscard]] std::string book_arrivals(const port::batch& work);
};

}  // namespace wattpurse::adapter::sqlite
