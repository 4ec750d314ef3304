// SPDX-License-Identifier: Apache-2.0
// The reading half of the store: queries, and errors made into values.
#include <algorithm>
#include <exception>
#include <limits>
#include <tuple>

#include "books.hpp"

namespace wattpurse::adapter::postgres {
namespace {

/// Runs `read`; what it throws becomes the error.
template <class Read>
[[nodiscard]] auto guarded(const char* what, Read read) -> result<decltype(read()), std::string>
{
    try {
        return read();
    } catch (const std::exception& error) {
        return tl::unexpected<std::string>{std::string{what} + ": " + error.what()};
    }
}

/// The rows of what was sent last, made into values as they arrive.
template <class Take>
[[nodiscard]] auto all_rows(connection& link, Take take)
{
    std::vector<decltype(take(std::declval<rows&>()))> out;
    link.run([&](rows& from) { out.push_back(take(from)); });
    return out;
}

/// As PostgreSQL takes a LIMIT.
[[nodiscard]] std::int64_t limit_of(std::size_t limit)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return limit > static_cast<std::size_t>(most) ? most : static_cast<std::int64_t>(limit);
}

/// A posting behind its position, which is told should the row hold what was never written.
[[nodiscard]] posting take_placed_posting(rows& from)
{
    const std::int64_t position = from.integer();
    try {
        return take_posting(from);
    } catch (const row_fault& fault) {
        throw row_fault{"posting at position " + std::to_string(position) + ": " + fault.what()};
    }
}

/// A seal behind the position of its first posting.
struct placed_seal {
    std::int64_t first = 0;
    block_seal seal;
};

[[nodiscard]] placed_seal take_placed_seal(rows& from)
{
    const std::int64_t first = from.integer();
    return {first, take_seal(from)};
}

/// The head of every account, from the last account to the first, by hopping in the index of the
/// primary key: as many steps as there are accounts, however many postings.
constexpr const char* select_heads = R"sql(
WITH RECURSIVE head AS (
    (SELECT account, account_seq, running_balance, currency FROM postings
     WHERE shard = $1 ORDER BY account DESC, account_seq DESC LIMIT 1)
    UNION ALL
    (SELECT p.account, p.account_seq, p.running_balance, p.currency
     FROM head h CROSS JOIN LATERAL
          (SELECT account, account_seq, running_balance, currency FROM postings
           WHERE shard = $1 AND account < h.account
           ORDER BY account DESC, account_seq DESC LIMIT 1) p)
)
SELECT account, account_seq, running_balance, currency FROM head
)sql";

// Texts come in the order of the bytes they are stored as, which differs from their own where a
// byte had to be written in another way: what is read as a whole is sorted here.

template <class Row, class Key>
[[nodiscard]] std::vector<Row> sorted(std::vector<Row> all, Key key)
{
    std::sort(all.begin(), all.end(),
              [&](const Row& a, const Row& b) { return key(a) < key(b); });
    return all;
}

constexpr auto by_time_and_key = [](const command& row) {
    return std::tie(row.queued_at, row.key);
};
constexpr auto by_issue_and_key = [](const notice& row) {
    return std::tie(row.issued_at, row.key);
};

}  // namespace

result<port::snapshot, std::string> store::load()
{
    return guarded("loading the books", [this] {
        return books_->over_link([this](connection& link) {
            const transaction one_moment{
                link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
            const auto select = [&](const std::string& sql, auto take) {
                link.send_once(sql, books_->of_shard());
                return all_rows(link, take);
            };
            const auto states = select(std::string{"SELECT "} + shard_columns +
                                           " FROM shards WHERE shard = $1",
                                       take_shard);
            if (states.empty()) throw row_fault{"the shard's row is missing"};

            port::snapshot all;
            all.progress = states.front().progress;
            all.last_seal = states.front().last;
            all.heads = select(select_heads, take_head);
            std::reverse(all.heads.begin(), all.heads.end());
            all.reservations = sorted(
                select(select_text(reservations_table, "AND state = 'open'"), take_reservation),
                [](const auto& row) { return std::tie(row.key); });
            all.terms = sorted(select(select_text(terms_table, ""), take_terms),
                               [](const auto& row) { return std::tie(row.account, row.from); });
            all.services = sorted(
                select(select_text(services_table, ""), take_service), [](const auto& row) {
                    return std::tie(row.account, row.from, row.meter);
                });
            all.credit_states =
                sorted(select(select_text(credit_states_table, ""), take_credit_state),
                       [](const auto& row) { return std::tie(row.account); });
            all.open_commands = sorted(
                select(select_text(commands_table,
                                   "AND state IN ('queued', 'sent', 'acknowledged')"),
                       take_command),
                by_time_and_key);
            all.undelivered_notices = sorted(
                select(select_text(notices_table, "AND delivered_at IS NULL"), take_notice),
                by_issue_and_key);
            all.arrivals = sorted(select(select_text(inbox_table, ""), take_arrival),
                                  [](const auto& row) { return row.id; });
            all.bills = sorted(select(select_text(bills_table, ""), take_bill),
                               [](const auto& row) { return std::tie(row.account, row.period); });
            books_->remember(all.heads, states.front().batches);
            return all;
        });
    });
}

result<std::vector<posting>, std::string> store::find_transfer(std::string_view key)
{
    static const std::string select =
        select_text(postings_table,
                    "AND position >= (SELECT position FROM postings "
                    "WHERE shard = $1 AND key = $2 AND leg = 0) ORDER BY position LIMIT $3");
    return guarded("finding a transfer", [&] {
        return books_->over_link([&](connection& link) {
            // The legs stand one behind the other; most transfers have two, none has to.
            for (std::int64_t limit = 4;; limit *= 16) {
                link.send(select, books_->of_shard().put(key).put(limit));
                auto legs = all_rows(link, take_placed_posting);
                const auto end = std::find_if(legs.begin(), legs.end(),
                                              [&](const posting& row) { return row.key != key; });
                const bool is_whole = end != legs.end() ||
                                      static_cast<std::int64_t>(legs.size()) < limit;
                legs.erase(end, legs.end());
                if (is_whole) return legs;
            }
        });
    });
}

result<std::vector<posting>, std::string> store::linked(std::string_view key)
{
    static const std::string select =
        select_text(postings_table, "AND link = $2 AND link <> '' ORDER BY position");
    return guarded("finding linked transfers", [&] {
        return books_->over_link([&](connection& link) {
            link.send(select, books_->of_shard().put(key));
            return all_rows(link, take_placed_posting);
        });
    });
}

result<std::vector<posting>, std::string> store::postings(const account_id& account,
                                                          std::uint64_t after, std::size_t limit)
{
    static const std::string select = select_text(
        postings_table, "AND account = $2 AND account_seq > $3 ORDER BY account_seq LIMIT $4");
    return guarded("reading postings", [&] {
        return books_->over_link([&](connection& link) {
            parameters given = books_->of_shard();
            given.put(account.view()).put_count(after).put(limit_of(limit));
            link.send(select, given);
            return all_rows(link, take_placed_posting);
        });
    });
}

result<std::vector<posting>, std::string> store::blocks(std::uint64_t after_block,
                                                        std::size_t block_limit,
                                                        std::vector<block_seal>& seals)
{
    static const std::string select_seals =
        select_text(blocks_table, "AND number > $2 ORDER BY number LIMIT $3");
    static const std::string select_end =
        "SELECT first_position + postings FROM blocks WHERE shard = $1 AND number <= $2 "
        "ORDER BY number DESC LIMIT 1";
    static const std::string select_last = "SELECT last_block FROM shards WHERE shard = $1";
    static const std::string select = select_text(
        postings_table, "AND position >= $2 AND position <= $3 ORDER BY position");
    seals.clear();
    return guarded("reading blocks", [&] {
        return books_->over_link([&](connection& link) {
            const transaction one_moment{
                link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
            parameters given = books_->of_shard();
            link.send(select_end, books_->of_shard().put_count(after_block));
            link.send(select_last, books_->of_shard());
            auto results = link.run();
            rows& before = results.at(results.size() - 2);
            rows& last = results.back();
            link.send(select_seals, given.put_count(after_block).put(limit_of(block_limit)));
            const auto page = all_rows(link, take_placed_seal);
            std::vector<posting> found;
            if (page.empty()) {
                return found;
            }
            std::int64_t begin = before.next() ? before.integer() : 1;
            std::int64_t end = begin;
            for (const placed_seal& each : page) {
                // No digest covers it: a gap would hide postings that no block speaks of.
                if (each.first != end) {
                    throw row_fault{"block " + std::to_string(each.seal.number) +
                                    " begins at position " + std::to_string(each.first) +
                                    ", expected " + std::to_string(end)};
                }
                end += each.seal.postings;
            }
            // What lies before the first block or behind the last one has no business there, and
            // is shown, so that it is found.
            using limits = std::numeric_limits<std::int64_t>;
            if (after_block == 0) begin = limits::min();
            const bool is_end = last.next() && page.back().seal.number == last.count();
            link.send(select, books_->of_shard().put(begin).put(is_end ? limits::max() : end - 1));
            found = all_rows(link, take_placed_posting);
            seals.clear();
            for (const placed_seal& each : page) seals.push_back(each.seal);
            return found;
        });
    });
}

result<std::vector<port::booked_line>, std::string> store::booked(std::string_view subject_prefix,
                                                                  instant since)
{
    // A sum of bigint is a numeric, and exact; that it fits is checked by the cast.
    static const std::string select =
        "SELECT account, subject, sum(amount)::int8, currency, count(*) FROM postings "
        "WHERE shard = $1 AND position >= coalesce((SELECT first_position FROM blocks "
        "WHERE shard = $1 AND number < coalesce((SELECT min(number) FROM blocks "
        "WHERE shard = $1 AND sealed_at >= $3), 9223372036854775807) "
        "ORDER BY number DESC LIMIT 1), 1) "
        "AND leg = 0 AND kind IN ('charge', 'adjustment') "
        "AND substr(subject, 1, char_length($2::text)) = $2 "
        "GROUP BY account, subject, currency";
    return guarded("summing booked lines", [&] {
        return books_->over_link([&](connection& link) {
            link.send(select, books_->of_shard().put(whole_characters(subject_prefix)).put(since));
            auto lines = all_rows(link, [](rows& from) {
                port::booked_line line;
                line.account = take_account(from);
                line.subject = from.text();
                const std::int64_t amount = from.integer();
                line.amount = money_of(amount, from.text());
                line.revisions = from.count();
                return line;
            });
            std::erase_if(lines, [&](const port::booked_line& line) {
                return std::string_view{line.subject}.substr(0, subject_prefix.size()) !=
                       subject_prefix;
            });
            return sorted(std::move(lines), [](const port::booked_line& line) {
                return std::tuple{line.account, std::string_view{line.subject},
                                  line.amount.unit().code()};
            });
        });
    });
}

result<std::vector<reading>, std::string> store::readings(const account_id& account, instant from,
                                                          instant until)
{
    static const std::string select = select_text(
        readings_table, "AND account = $2 AND effective_at >= $3 AND effective_at <= $4");
    return guarded("reading readings", [&] {
        return books_->over_link([&](connection& link) {
            link.send(select, books_->of_shard().put(account.view()).put(from).put(until));
            // Sources are stored by name and ordered as the library declares them.
            return sorted(all_rows(link, take_reading),
                          [](const reading& row) {
                              return std::tie(row.effective_at, row.source, row.meter);
                          });
        });
    });
}

result<std::vector<reading>, std::string> store::loose_readings(instant until,
                                                                std::size_t limit)
{
    static const std::string select = select_text(
        readings_table, "AND effective_at < $2 ORDER BY account, meter, effective_at, source "
                        "LIMIT $3");
    return guarded("reading loose readings", [&] {
        return books_->over_link([&](connection& link) {
            link.send(select, books_->of_shard().put(until).put(limit_of(limit)));
            return sorted(all_rows(link, take_reading),
                          [](const reading& row) {
                              return std::tie(row.account, row.meter, row.effective_at,
                                              row.source);
                          });
        });
    });
}

result<std::vector<sealed_day>, std::string> store::sealed_days(const account_id& account,
                                                                instant from, instant until)
{
    static const std::string select =
        "SELECT DISTINCT ON (since, meter) " + names_of(sealed_days_table.columns) +
        " FROM sealed_days WHERE shard = $1 AND account = $2 AND since <= $3 AND until > $4 "
        "ORDER BY since, meter, revision DESC";
    return guarded("reading sealed days", [&] {
        return books_->over_link([&](connection& link) {
            link.send(select, books_->of_shard().put(account.view()).put(until).put(from));
            return sorted(all_rows(link, take_sealed_day),
                          [](const sealed_day& row) { return std::tie(row.from, row.meter); });
        });
    });
}

result<std::vector<command>, std::string> store::commands()
{
    return guarded("reading commands", [this] {
        return books_->over_link([this](connection& link) {
            link.send_once(select_text(commands_table, ""), books_->of_shard());
            return sorted(all_rows(link, take_command), by_time_and_key);
        });
    });
}

result<std::vector<notice>, std::string> store::notices()
{
    return guarded("reading notices", [this] {
        return books_->over_link([this](connection& link) {
            link.send_once(select_text(notices_table, ""), books_->of_shard());
            return sorted(all_rows(link, take_notice), by_issue_and_key);
        });
    });
}

result<std::vector<event>, std::string> store::events()
{
    return guarded("reading events", [this] {
        return books_->over_link([this](connection& link) {
            link.send_once(select_text(events_table, ""), books_->of_shard());
            // A total order: the same events come out the same, whatever order they come in.
            return sorted(all_rows(link, take_event), [](const event& row) {
                return std::tie(row.at, row.account, row.meter, row.kind, row.text);
            });
        });
    });
}

}  // namespace wattpurse::adapter::postgres
