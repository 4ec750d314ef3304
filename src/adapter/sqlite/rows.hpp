// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/port/store.hpp>

#include "connection.hpp"

namespace wattpurse::adapter::sqlite {

// One pair a table: `put` binds a row's values in the order of the columns in rows.cpp's list,
// `take_...` reads them in the same order. `take_...` throws `row_fault` for values that this
// library never writes.

inline constexpr const char* posting_columns =
    "account, account_seq, key, leg, kind, subject, effective_at, recorded_at, amount, "
    "running_balance, currency, block, explain, link, expires_at";
inline constexpr const char* reservation_columns =
    "key, account, holder, amount, currency, expires_at, state";
inline constexpr const char* terms_columns = "account, since, floor, currency, is_closed";
inline constexpr const char* seal_columns = "number, previous, digest, postings, sealed_at";
inline constexpr const char* reading_columns =
    "account, meter, effective_at, recorded_at, total, t1, t2, t3, t4, source, quality";
inline constexpr const char* sealed_day_columns =
    "account, since, meter, revision, until, bytes";
inline constexpr const char* service_columns = "account, meter, bus, since, until";
inline constexpr const char* credit_state_columns =
    "account, level, episode, told, warned_at, warning_delivered_at, cut_wanted, "
    "protect_wanted, command_count, relay, relay_read_at, protect_read";
inline constexpr const char* command_columns =
    "key, account, meter, kind, state, reason, queued_at, sent_at, acknowledged_at, "
    "confirmed_at, relay_read, attempts";
inline constexpr const char* notice_columns =
    "key, account, kind, issued_at, delivered_at, text";
inline constexpr const char* event_columns = "at, account, meter, kind, text";
inline constexpr const char* bill_columns =
    "account, period, since, until, t1, t2, t3, t4, charged, total, currency, closed_at";
inline constexpr const char* arrival_columns =
    "id, kind, account, meter, at, key, source, total, t1, t2, t3, t4, next_meter, next_total, "
    "next_t1, next_t2, next_t3, next_t4, amount, code, answer";

void put(statement& to, const posting& row);
void put(statement& to, const block_seal& row);
void put(statement& to, const reservation& row);
void put(statement& to, const account_terms& row);
void put(statement& to, const reading& row);
void put(statement& to, const sealed_day& row);
void put(statement& to, const service& row);
void put(statement& to, const credit_state& row);
void put(statement& to, const command& row);
void put(statement& to, const notice& row);
void put(statement& to, const event& row);
/// Throws `row_fault` where the two amounts of a bill are of different currencies.
void put(statement& to, const bill& row);
void put(statement& to, const arrival& row);

[[nodiscard]] posting take_posting(statement& from);
[[nodiscard]] block_seal take_seal(statement& from);
[[nodiscard]] reservation take_reservation(statement& from);
[[nodiscard]] account_terms take_terms(statement& from);
[[nodiscard]] reading take_reading(statement& from);
[[nodiscard]] sealed_day take_sealed_day(statement& from);
[[nodiscard]] service take_service(statement& from);
[[nodiscard]] credit_state take_credit_state(statement& from);
[[nodiscard]] command take_command(statement& from);
[[nodiscard]] notice take_notice(statement& from);
[[nodiscard]] event take_event(statement& from);
[[nodiscard]] bill take_bill(statement& from);
[[nodiscard]] arrival take_arrival(statement& from);

[[nodiscard]] account_id take_account(statement& from);
/// account, account_seq, running_balance, currency
[[nodiscard]] account_head take_head(statement& from);
/// An amount of the currency `code`.
[[nodiscard]] money money_of(std::int64_t mantissa, std::string_view code);

}  // namespace wattpurse::adapter::sqlite
