// SPDX-License-Identifier: Apache-2.0
// The writing half of the store: one transaction of two round trips, and what is done when it is
// broken off, or its answer lost.
#include <algorithm>
#include <tuple>

#include "books.hpp"

namespace wattpurse::adapter::postgres {
namespace {

/// What one statement carries at most. libpq hands on what it cannot keep, so that a batch of any
/// size takes no more memory than this beside itself.
constexpr std::size_t rows_max = 4000;
constexpr std::size_t bytes_max = 1U << 20U;

/// Sends `put(columns, row)` of all rows, in as many statements as it takes.
template <class Rows, class Put>
void send_rows(connection& to, const parameters& shard, const std::string& sql, const Rows& all,
               Put put_row)
{
    columns some;
    const auto send = [&] {
        parameters given = shard;
        to.send(sql, given.put(some));
        some.clear();
    };
    for (const auto& each : all) {
        put_row(some, each);
        some.end_row();
        if (some.rows() >= rows_max || some.bytes() >= bytes_max) send();
    }
    if (some.rows() > 0) send();
}

constexpr auto put_one = [](columns& to, const auto& row) { put(to, row); };
constexpr auto put_pointed = [](columns& to, const auto* row) { put(to, *row); };

/// The rows in order of their keys; of those with one key the last, as a statement that replaces
/// rows may meet each key but once.
template <class Row, class Key>
[[nodiscard]] std::vector<const Row*> last_of_each(const std::vector<Row>& all, Key key)
{
    std::vector<const Row*> sorted;
    for (const Row& each : all) sorted.push_back(&each);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Row* a, const Row* b) { return key(*a) < key(*b); });
    std::vector<const Row*> out;
    for (const Row* const each : sorted) {
        if (!out.empty() && key(*out.back()) == key(*each)) out.pop_back();
        out.push_back(each);
    }
    return out;
}

template <class Row, class Key>
void send_replacing(connection& to, const parameters& shard, const std::string& sql,
                    const std::vector<Row>& all, Key key)
{
    send_rows(to, shard, sql, last_of_each(all, key), put_pointed);
}

constexpr auto account_and_key = [](const auto& row) { return std::tie(row.account, row.key); };

}  // namespace

std::string store::books::commit(const port::batch& work)
{
    for (std::uint32_t attempt = 1;; ++attempt) {
        in_doubt_.reset();
        try {
            return try_commit(work);
        } catch (const postgres_error& error) {
            if (!error.lost() && !error.again()) throw;
            if (error.lost()) link_.reset();
            if (error.lost() && in_doubt_ && is_in_the_books(*in_doubt_)) {
                forget_heads();
                return {};
            }
            if (attempt > how.retries_max) throw;
        }
        wait_before_retry(attempt);
    }
}

std::string store::books::try_commit(const port::batch& work)
{
    connection& to = link();
    try {
        const transaction all_or_nothing{to, "BEGIN ISOLATION LEVEL SERIALIZABLE"};
        std::string fault = fault_of(work, to);
        if (!fault.empty()) {
            return fault;
        }
        send_ledger(work, to);
        send_rest(work, to);
        send_days(work, to);
        send_shard(work, to);
        in_doubt_ = sent_commit{work.fence_epoch, now_.batches + 1};
        to.send_once("COMMIT");
        if (to.run().back().tag() != "COMMIT") {
            throw row_fault{"the server did not commit, and did not say why"};
        }
    } catch (const postgres_error& error) {
        if (!error.name_taken()) throw;
        forget_heads();
        return taken_name(work, error);
    }
    for (const auto& [account, head] : next_heads_) {
        heads_.insert_or_assign(account, head);
    }
    heads_after_ = now_.batches + 1;
    return {};
}

/// Only the holder of an epoch commits under it, one batch after the other: ours is in where the
/// count of batches has come to it before the next term began. The lock is waited for, since the
/// server may still be at work on the COMMIT that we have lost sight of.
bool store::books::is_in_the_books(const sent_commit& what)
{
    try {
        return over_link([&](connection& to) {
            const transaction at_once{to, "BEGIN ISOLATION LEVEL READ COMMITTED"};
            to.send_once("SELECT batches FROM shards WHERE shard = $1 FOR UPDATE", of_shard());
            to.send_once("SELECT batches_before FROM epochs WHERE shard = $1 AND epoch = $2",
                         of_shard().put_count(what.epoch + 1));
            auto results = to.run();
            rows& next_term = results.at(2);
            rows& counted = next_term.size() > 0 ? next_term : results.at(1);
            if (!counted.next()) throw row_fault{"the shard's row is missing"};
            return counted.count() >= what.batch;
        });
    } catch (const std::exception& error) {
        throw std::runtime_error{std::string{"the connection was lost during COMMIT, and whether "
                                             "the batch is in the books is not known: "} +
                                 error.what()};
    }
}

void store::books::send_ledger(const port::batch& work, connection& to) const
{
    static const std::string insert_postings = insert_text(postings_table);
    static const std::string insert_block = insert_text(blocks_table);
    static const std::string insert_bills = insert_text(bills_table);
    auto position = static_cast<std::int64_t>(now_.postings);
    send_rows(to, of_shard(), insert_postings, work.postings,
              [&](columns& row, const posting& each) {
                  row.put(++position);
                  put(row, each);
              });
    if (work.seal) {
        columns row;
        row.put_count(now_.postings + 1);
        put(row, *work.seal);
        row.end_row();
        to.send(insert_block, of_shard().put(row));
    }
    send_rows(to, of_shard(), insert_bills, work.bills, put_one);
}

void store::books::send_rest(const port::batch& work, connection& to) const
{
    static const std::string insert_arrivals = insert_text(inbox_table);
    static const std::string write_reservations = upsert_text(reservations_table);
    static const std::string write_terms = upsert_text(terms_table);
    static const std::string write_readings = upsert_text(readings_table);
    static const std::string write_services = upsert_text(services_table);
    static const std::string write_credit_states = upsert_text(credit_states_table);
    static const std::string write_commands = upsert_text(commands_table);
    static const std::string write_notices = upsert_text(notices_table);
    static const std::string insert_events = insert_text(events_table) + " ON CONFLICT DO NOTHING";
    const parameters in = of_shard();
    send_rows(to, in, insert_arrivals, work.arrivals, put_one);
    send_replacing(to, in, write_reservations, work.reservations, account_and_key);
    send_replacing(to, in, write_terms, work.terms,
                   [](const account_terms& row) { return std::tie(row.account, row.from); });
    send_replacing(to, in, write_readings, work.readings, [](const reading& row) {
        return std::tie(row.meter, row.effective_at, row.source);
    });
    send_replacing(to, in, write_services, work.services, [](const service& row) {
        return std::tie(row.account, row.from, row.meter);
    });
    send_replacing(to, in, write_credit_states, work.credit_states,
                   [](const credit_state& row) { return std::tie(row.account); });
    send_replacing(to, in, write_commands, work.commands, account_and_key);
    send_replacing(to, in, write_notices, work.notices, account_and_key);
    send_rows(to, in, insert_events, work.events, put_one);
}

void store::books::send_days(const port::batch& work, connection& to) const
{
    static const std::string insert_days = insert_text(sealed_days_table);
    static const std::string delete_loose =
        "DELETE FROM readings r "
        "USING unnest($2::text[], $3::text[], $4::int8[], $5::int8[]) d (account, meter, since, "
        "until) WHERE r.shard = $1 AND r.meter = d.meter AND r.effective_at >= d.since "
        "AND r.effective_at < d.until AND r.account = d.account";
    static const std::string delete_arrivals =
        "DELETE FROM inbox WHERE shard = $1 AND id = ANY ($2::int8[])";
    send_rows(to, of_shard(), insert_days, work.sealed_days,
              [](columns& row, const port::day_sealing& each) { put(row, each.day); });
    send_rows(to, of_shard(), delete_loose, work.sealed_days,
              [](columns& row, const port::day_sealing& what) {
                  const sealed_day& each = what.day;
                  row.put(each.account.view()).put(each.meter.view());
                  row.put(each.from).put(each.until);
              });
    send_rows(to, of_shard(), delete_arrivals, work.booked_arrivals,
              [](columns& row, std::uint64_t id) { row.put_count(id); });
}

void store::books::send_shard(const port::batch& work, connection& to) const
{
    static const std::string update =
        "UPDATE shards SET batches = $2, postings = $3, booked_until = $4, last_arrival = $5, "
        "last_block = $6, last_previous = $7, last_digest = $8, last_postings = $9, "
        "last_sealed_at = $10 WHERE shard = $1";
    const auto progress = work.progress ? work.progress : now_.progress;
    const block_seal& last = work.seal ? *work.seal : now_.last;
    parameters given = of_shard();
    given.put_count(now_.batches + 1).put_count(now_.postings + work.postings.size());
    given.put(progress ? std::optional{progress->booked_until} : std::nullopt);
    given.put_count(progress ? progress->last_arrival : 0);
    given.put_count(last.number).put_bytes(last.previous).put_bytes(last.value);
    given.put_count(last.postings).put(last.sealed_at);
    to.send(update, given);
}

}  // namespace wattpurse::adapter::postgres
