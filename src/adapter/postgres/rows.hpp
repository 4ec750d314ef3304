// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/port/store.hpp>

#include "connection.hpp"

namespace wattpurse::adapter::postgres {

/// A table as its rows are written: all columns but `shard`, which comes first in each of them.
struct table {
    const char* name;
    const char* columns;  ///< each with its type as a parameter: "account text, leg int8"
    const char* key = "";  ///< what the primary key has after `shard`, where rows are replaced
};

// One pair a table: `put` appends a row's values in the order of the columns here, `take_...` reads
// them in the same order. `take_...` throws `row_fault` for values that this library never writes.
// `postings` and `blocks` have a column in front that is the store's own: the place in the shard.

inline constexpr table postings_table{
    "postings",
    "position int8, account text, account_seq int8, key text, leg int8, kind text, subject text, "
    "effective_at int8, recorded_at int8, amount int8, running_balance int8, currency text, "
    "block int8, explain text, link text, expires_at int8"};
inline constexpr table blocks_table{
    "blocks",
    "first_position int8, number int8, previous bytea, digest bytea, postings int8, "
    "sealed_at int8"};
inline constexpr table reservations_table{
    "reservations",
    "key text, account text, holder text, amount int8, currency text, expires_at int8, state text",
    "account, key"};
inline constexpr table terms_table{
    "account_terms", "account text, since int8, floor int8, currency text, is_closed int8",
    "account, since"};
inline constexpr table readings_table{
    "readings",
    "account text, meter text, effective_at int8, recorded_at int8, total int8, t1 int8, t2 int8, "
    "t3 int8, t4 int8, source text, quality text",
    "meter, effective_at, source"};
inline constexpr table sealed_days_table{
    "sealed_days",
    "account text, since int8, meter text, revision int8, until int8, bytes bytea"};
inline constexpr table services_table{
    "services", "account text, meter text, bus text, since int8, until int8",
    "account, since, meter"};
inline constexpr table credit_states_table{
    "credit_states",
    "account text, level text, episode int8, told text, warned_at int8, "
    "warning_delivered_at int8, cut_wanted int8, protect_wanted int8, command_count int8, "
    "relay text, relay_read_at int8, protect_read int8",
    "account"};
inline constexpr table commands_table{
    "commands",
    "key text, account text, meter text, kind text, state text, reason text, queued_at int8, "
    "sent_at int8, acknowledged_at int8, confirmed_at int8, relay_read text, attempts int8",
    "account, key"};
inline constexpr table notices_table{
    "notices",
    "key text, account text, kind text, issued_at int8, delivered_at int8, text text",
    "account, key"};
inline constexpr table events_table{
    "events", "at int8, account text, meter text, kind text, text text"};
inline constexpr table bills_table{
    "bills",
    "account text, period text, since int8, until int8, t1 int8, t2 int8, t3 int8, t4 int8, "
    "charged int8, total int8, currency text, closed_at int8"};
inline constexpr table inbox_table{
    "inbox",
    "id int8, kind text, account text, meter text, at int8, key text, source text, total int8, "
    "t1 int8, t2 int8, t3 int8, t4 int8, next_meter text, next_total int8, next_t1 int8, "
    "next_t2 int8, next_t3 int8, next_t4 int8, amount int8, code int8, answer text"};

/// "account, leg" of "account text, leg int8".
[[nodiscard]] std::string names_of(std::string_view columns);
/// INSERT of all rows of a `columns`, which follow the shard as $2, $3 ...
[[nodiscard]] std::string insert_text(const table& into);
/// The same; rows whose key is there already are replaced.
[[nodiscard]] std::string upsert_text(const table& into);
/// SELECT of the columns of the shard $1, which `rest` narrows down ("AND ... ORDER BY ...").
[[nodiscard]] std::string select_text(const table& from, std::string_view rest);

void put(columns& to, const posting& row);
void put(columns& to, const block_seal& row);
void put(columns& to, const reservation& row);
void put(columns& to, const account_terms& row);
void put(columns& to, const reading& row);
void put(columns& to, const sealed_day& row);
void put(columns& to, const service& row);
void put(columns& to, const credit_state& row);
void put(columns& to, const command& row);
void put(columns& to, const notice& row);
void put(columns& to, const event& row);
/// Throws `row_fault` where the two amounts of a bill are of different currencies.
void put(columns& to, const bill& row);
void put(columns& to, const arrival& row);

[[nodiscard]] posting take_posting(rows& from);
[[nodiscard]] block_seal take_seal(rows& from);
[[nodiscard]] reservation take_reservation(rows& from);
[[nodiscard]] account_terms take_terms(rows& from);
[[nodiscard]] reading take_reading(rows& from);
[[nodiscard]] sealed_day take_sealed_day(rows& from);
[[nodiscard]] service take_service(rows& from);
[[nodiscard]] credit_state take_credit_state(rows& from);
[[nodiscard]] command take_command(rows& from);
[[nodiscard]] notice take_notice(rows& from);
[[nodiscard]] event take_event(rows& from);
[[nodiscard]] bill take_bill(rows& from);
[[nodiscard]] arrival take_arrival(rows& from);

[[nodiscard]] account_id take_account(rows& from);
[[nodiscard]] meter_id take_meter(rows& from);
/// "account, account_seq, running_balance, currency".
[[nodiscard]] account_head take_head(rows& from);
/// An amount of the currency `code`.
[[nodiscard]] money money_of(std::int64_t mantissa, std::string_view code);

}  // namespace wattpurse::adapter::postgres
