// SPDX-License-Identifier: Apache-2.0
// The reading half of the store: queries, and errors made into values.
#include <wattpurse/adapter/sqlite/store.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <limits>
#include <span>
#include <tuple>

#include "books.hpp"

namespace wattpurse::adapter::sqlite {
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

/// All rows of a statement whose parameters have been put.
template <class Take>
[[nodiscard]] auto all_rows(statement& select, Take take)
{
    std::vector<decltype(take(select))> rows;
    const use reset_after{select};
    while (select.step()) {
        rows.push_back(take(select));
    }
    return rows;
}

template <class Take>
[[nodiscard]] auto all_rows(connection& file, const std::string& sql, Take take)
{
    statement select{file, sql};
    return all_rows(select, take);
}

/// As SQLite takes a LIMIT; -1 would mean "no limit", which the largest number does as well.
[[nodiscard]] std::int64_t limit_of(std::size_t limit)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return limit > static_cast<std::size_t>(most) ? most : static_cast<std::int64_t>(limit);
}

/// A posting with its place, should it hold what was never written.
[[nodiscard]] posting take_placed_posting(statement& from)
{
    const std::int64_t id = from.integer();
    const std::int64_t block = from.integer();
    try {
        return take_posting(from);
    } catch (const row_fault& fault) {
        throw row_fault{"posting row " + std::to_string(id) + " of block " +
                        std::to_string(block) + ": " + fault.what()};
    }
}

[[nodiscard]] std::string select_postings(std::string_view rest)
{
    return select_text("id, block, " + std::string{posting_columns}, "postings", rest);
}

/// Behind the last posting of the blocks up to `number`.
[[nodiscard]] std::int64_t end_of_block(connection& file, std::uint64_t number)
{
    statement select{file, "SELECT first_posting + postings FROM blocks WHERE number <= ? "
                           "ORDER BY number DESC LIMIT 1"};
    select.put_count(number);
    const use reset_after{select};
    return select.step() ? select.integer() : 1;
}

/// The head of every account in the index, by hopping from account to account: as many steps as
/// there are accounts, however many postings.
constexpr const char* select_heads = R"sql(
WITH RECURSIVE known (account) AS (
    SELECT min(account) FROM posting_accounts
    UNION ALL
    SELECT (SELECT min(account) FROM posting_accounts WHERE account > known.account)
    FROM known WHERE known.account IS NOT NULL
)
SELECT p.account, p.account_seq, p.running_balance, p.currency
FROM known
JOIN posting_accounts a ON a.account = known.account
JOIN postings p ON p.id = a.id
WHERE a.account_seq =
      (SELECT max(account_seq) FROM posting_accounts WHERE account = known.account)
ORDER BY known.account
)sql";

[[nodiscard]] bool by_account(const account_head& a, const account_head& b)
{
    return a.account < b.account;
}

[[nodiscard]] std::optional<port::progress> progress_of(connection& file)
{
    statement select{file, "SELECT (SELECT value FROM meta WHERE name = 'booked_until'), "
                           "(SELECT value FROM meta WHERE name = 'last_arrival')"};
    const use reset_after{select};
    std::optional<instant> until;
    if (select.step()) {
        until = select.optional_time();
    }
    if (!until) {
        return std::nullopt;
    }
    return port::progress{*until, select.count()};
}

[[nodiscard]] std::vector<command> open_only(std::vector<command> all)
{
    std::erase_if(all, [](const command& each) { return !is_open(each.state); });
    return all;
}

constexpr const char* commands_in_order = "ORDER BY queued_at, key";
constexpr const char* notices_in_order = "ORDER BY issued_at, key";

}  // namespace

std::vector<account_head> store::books::all_heads()
{
    renew();
    std::vector<account_head> newer;
    for (const account_id& each : index.accounts_waiting()) {
        newer.push_back(head_at(index.waiting(each).back().row));
    }
    std::sort(newer.begin(), newer.end(), by_account);
    const auto indexed = all_rows(file, select_heads, take_head);
    std::vector<account_head> all;
    std::set_union(newer.begin(), newer.end(), indexed.begin(), indexed.end(),
                   std::back_inserter(all), by_account);
    return all;
}

result<port::snapshot, std::string> store::load()
{
    return guarded("loading the books", [this] {
        connection& file = books_->file;
        const transaction one_moment{file, transaction::purpose::reading};
        port::snapshot all;
        all.progress = progress_of(file);
        all.heads = books_->all_heads();
        all.last_seal = books_->last_seal();
        all.reservations = all_rows(
            file,
            select_text(reservation_columns, "reservations", "WHERE state = 'open' ORDER BY key"),
            take_reservation);
        all.terms = all_rows(
            file, select_text(terms_columns, "account_terms", "ORDER BY account, since"),
            take_terms);
        all.services = all_rows(
            file, select_text(service_columns, "services", "ORDER BY account, since, meter"),
            take_service);
        all.credit_states = all_rows(
            file, select_text(credit_state_columns, "credit_states", "ORDER BY account"),
            take_credit_state);
        all.open_commands = open_only(all_rows(
            file, select_text(command_columns, "commands", commands_in_order), take_command));
        all.undelivered_notices = all_rows(
            file,
            select_text(notice_columns, "notices",
                        std::string{"WHERE delivered_at IS NULL "} + notices_in_order),
            take_notice);
        all.arrivals = all_rows(file, select_text(arrival_columns, "inbox", "ORDER BY id"),
                                take_arrival);
        all.bills = all_rows(file, select_text(bill_columns, "bills", "ORDER BY account, period"),
                             take_bill);
        return all;
    });
}

result<std::vector<posting>, std::string> store::find_transfer(std::string_view key)
{
    return guarded("finding a transfer", [this, key] {
        books_->renew();
        std::vector<posting> legs;
        const auto first = books_->index.first_leg(key);
        if (!first) return legs;
        statement& select = books_->select_transfer;
        select.put(*first);
        const use reset_after{select};
        while (select.step()) {
            posting row = take_posting(select);
            if (row.key != key || row.leg != legs.size()) break;
            legs.push_back(std::move(row));
        }
        return legs;
    });
}

result<std::vector<posting>, std::string> store::linked(std::string_view key)
{
    return guarded("finding linked transfers", [this, key] {
        books_->select_linked.put(key);
        return all_rows(books_->select_linked, take_posting);
    });
}

result<std::vector<posting>, std::string> store::postings(const account_id& account,
                                                          std::uint64_t after, std::size_t limit)
{
    return guarded("reading postings", [&] {
        books_->renew();
        statement indexed{books_->file,
                          select_text("p.id, p.block, " + std::string{posting_columns},
                                      "(SELECT id AS row FROM posting_accounts WHERE account = ? "
                                      "AND account_seq > ? ORDER BY account_seq LIMIT ?) "
                                      "JOIN postings p ON p.id = row",
                                      "ORDER BY account_seq")};
        indexed.put(account.view()).put_count(after).put(limit_of(limit));
        auto rows = all_rows(indexed, take_placed_posting);
        statement one{books_->file, select_postings("WHERE id = ?")};
        for (const auto& [seq, row] : books_->index.waiting(account)) {
            if (rows.size() >= limit) break;
            if (seq <= (rows.empty() ? after : rows.back().account_seq)) continue;
            one.put(row);
            const use reset_after{one};
            if (one.step()) rows.push_back(take_placed_posting(one));
        }
        return rows;
    });
}

result<std::vector<posting>, std::string> store::blocks(std::uint64_t after_block,
                                                        std::size_t block_limit,
                                                        std::vector<block_seal>& seals)
{
    seals.clear();
    return guarded("reading blocks", [&] {
        const transaction one_moment{books_->file, transaction::purpose::reading};
        statement select_seals{books_->file,
                               select_text(std::string{seal_columns} + ", first_posting",
                                           "blocks",
                                           "WHERE number > ? ORDER BY number LIMIT ?")};
        select_seals.put_count(after_block).put(limit_of(block_limit));
        std::vector<block_seal> page;
        const std::int64_t begin = end_of_block(books_->file, after_block);
        std::int64_t end = begin;
        {
            const use reset_after{select_seals};
            while (select_seals.step()) {
                page.push_back(take_seal(select_seals));
                // No digest covers it: a gap would hide postings that no block speaks of.
                if (const std::int64_t first = select_seals.integer(); first != end) {
                    throw row_fault{"block " + std::to_string(page.back().number) +
                                    " begins at posting row " + std::to_string(first) +
                                    ", expected " + std::to_string(end)};
                }
                end += page.back().postings;
            }
        }
        std::vector<posting> rows;
        if (!page.empty()) {
            // What lies before the first block or behind the last one has no business there, and
            // is shown, so that it is found.
            using limits = std::numeric_limits<std::int64_t>;
            const std::int64_t first = after_block == 0 ? limits::min() : begin;
            if (page.back().number == books_->last_seal().number) end = limits::max();
            statement select{books_->file, select_postings("WHERE id >= ? AND id < ? "
                                                           "ORDER BY id")};
            select.put(first).put(end);
            rows = all_rows(select, take_placed_posting);
            // They are in order, unless somebody has moved them: shown with their block, they are
            // found there.
            const auto by_block = [](const posting& a, const posting& b) {
                return a.block < b.block;
            };
            if (!std::is_sorted(rows.begin(), rows.end(), by_block)) {
                std::stable_sort(rows.begin(), rows.end(), by_block);
            }
        }
        seals = std::move(page);
        return rows;
    });
}

result<std::vector<port::booked_line>, std::string> store::booked(
    std::string_view subject_prefix, instant since)
{
    return guarded("summing booked lines", [this, subject_prefix, since] {
        // Compared as bytes: length() of a text would stop at a NUL, LIKE would see patterns.
        // sum() of integers is exact, and an error where it does not fit.
        statement select{books_->file,
                         "SELECT account, subject, sum(amount), currency, count(*) "
                         "FROM postings WHERE id >= ifnull((SELECT first_posting FROM blocks "
                         "WHERE number < ifnull((SELECT min(number) FROM blocks "
                         "WHERE sealed_at >= ?), 9223372036854775807) "
                         "ORDER BY number DESC LIMIT 1), 1) "
                         "AND leg = 0 AND kind IN ('charge', 'adjustment') "
                         "AND substr(CAST(subject AS BLOB), 1, ?) = ? "
                         "GROUP BY account, subject, currency ORDER BY account, subject"};
        const auto* const first = reinterpret_cast<const std::uint8_t*>(subject_prefix.data());
        select.put(since).put_count(subject_prefix.size());
        select.put_bytes({first, subject_prefix.size()});
        return all_rows(select, [](statement& from) {
            port::booked_line line;
            line.account = take_account(from);
            line.subject = from.text();
            const std::int64_t amount = from.integer();
            line.amount = money_of(amount, from.text());
            line.revisions = from.count();
            return line;
        });
    });
}

result<std::vector<reading>, std::string> store::readings(const account_id& account, instant from,
                                                          instant until)
{
    return guarded("reading readings", [&] {
        statement select{books_->file,
                         select_text(reading_columns, "readings",
                                     "WHERE account = ? AND effective_at >= ? "
                                     "AND effective_at <= ?")};
        select.put(account.view()).put(from).put(until);
        auto rows = all_rows(select, take_reading);
        // Sources are stored by name and ordered as the library declares them.
        std::sort(rows.begin(), rows.end(), [](const reading& a, const reading& b) {
            return std::tie(a.effective_at, a.source, a.meter) <
                   std::tie(b.effective_at, b.source, b.meter);
        });
        return rows;
    });
}

result<std::vector<reading>, std::string> store::loose_readings(instant until,
                                                                std::size_t limit)
{
    return guarded("reading loose readings", [&] {
        statement select{books_->file,
                         select_text(reading_columns, "readings",
                                     "WHERE effective_at < ? "
                                     "ORDER BY account, meter, effective_at, source LIMIT ?")};
        select.put(until).put(limit_of(limit));
        auto rows = all_rows(select, take_reading);
        std::sort(rows.begin(), rows.end(), [](const reading& a, const reading& b) {
            return std::tie(a.account, a.meter, a.effective_at, a.source) <
                   std::tie(b.account, b.meter, b.effective_at, b.source);
        });
        return rows;
    });
}

result<std::vector<sealed_day>, std::string> store::sealed_days(const account_id& account,
                                                                instant from, instant until)
{
    return guarded("reading sealed days", [&] {
        statement select{books_->file,
                         select_text(sealed_day_columns, "sealed_days d",
                                     "WHERE account = ? AND since <= ? AND until > ? "
                                     "AND revision = (SELECT max(revision) FROM sealed_days x "
                                     "WHERE x.account = d.account AND x.since = d.since "
                                     "AND x.meter = d.meter) ORDER BY since, meter")};
        select.put(account.view()).put(until).put(from);
        return all_rows(select, take_sealed_day);
    });
}

result<std::vector<command>, std::string> store::commands()
{
    return guarded("reading commands", [this] {
        return all_rows(books_->file, select_text(command_columns, "commands", commands_in_order),
                        take_command);
    });
}

result<std::vector<notice>, std::string> store::notices()
{
    return guarded("reading notices", [this] {
        return all_rows(books_->file, select_text(notice_columns, "notices", notices_in_order),
                        take_notice);
    });
}

result<std::vector<event>, std::string> store::events()
{
    return guarded("reading events", [this] {
        auto rows = all_rows(books_->file, select_text(event_columns, "events", ""), take_event);
        // A total order: the same events come out the same, whatever order they were found in.
        std::sort(rows.begin(), rows.end(), [](const event& a, const event& b) {
            return std::tie(a.at, a.account, a.meter, a.kind, a.text) <
                   std::tie(b.at, b.account, b.meter, b.kind, b.text);
        });
        return rows;
    });
}

}  // namespace wattpurse::adapter::sqlite
