// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// Which of a posting's two times puts it into a statement.
enum class time_axis : std::uint8_t {
    effective,  ///< when it happened: what the period was, as is known now
    recorded,   ///< when it was booked: the balances the customer saw
};

/// How far the charges and adjustments of an account are drawn together into one row. Movements
/// of other kinds always have a row of their own, and end the row before them.
enum class row_span : std::uint8_t {
    moment,  ///< one row per moment of booking
    day,     ///< one row per local day
    period,  ///< one row as long as nothing else happens
};

/// What a statement covers. A moment belongs to the period that ends with it, because what was
/// used until midnight is booked at midnight: `from` < time <= `until`.
struct statement_period {
    instant from;
    instant until;
    fixed_zone zone = china_zone;
    time_axis axis = time_axis::effective;
    row_span charges = row_span::day;
};

/// One line within a row: all that the row posted for one subject.
struct statement_line {
    std::string subject;  ///< "2026-01/energy.peak"
    money amount;
    std::string explain;  ///< of the latest posting: charges are explained from the period's start
};

/// One logical movement.
struct statement_row {
    instant at;  ///< of the last posting in the row, on the statement's axis
    posting_kind kind = posting_kind::charge;
    money amount;
    money balance;  ///< after this row
    std::uint64_t postings = 0;
    std::vector<statement_line> lines;
};

/// An account's movements over a period, with explanations (账户明细).
struct statement {
    account_id account;
    statement_period period;
    money opening;
    std::vector<statement_row> rows;
    money closing;
    money paid_in;   ///< sum of the rows that raise the balance
    money paid_out;  ///< sum of the rows that lower it, negative
};

/// Makes the statement from all of the account's postings up to now, in the order of their
/// `account_seq`. On the recorded axis `balance` is the posting's own running balance; on the
/// effective axis late postings stand where they belong, and balances are what they would have
/// been.
///
/// An account that begins at `from` (its first posting has this very time) is shown from there.
/// Errors: `empty` (no postings at all), `currency_mismatch`, `overflow`.
[[nodiscard]] result<statement> make_statement(std::span<const posting> postings,
                                               const statement_period& period);

/// Postings that follow each other by number, as a page of a statement: in the order they were
/// booked, from the balance before the first of them to that after the last.
/// Errors: `empty`, `currency_mismatch`, `overflow`.
[[nodiscard]] result<statement> make_page(std::span<const posting> postings, row_span charges,
                                          fixed_zone zone);

/// The statement as a plain-text table: amounts with six places, aligned at the point, and every
/// explanation under its row. Control characters in texts are shown as '?'.
[[nodiscard]] std::string render(const statement& shown);

/// All postings of an account, read page by page. `Store` is any `port::store`.
template <class Store>
[[nodiscard]] result<std::vector<posting>, std::string> account_postings(
    Store& store, const account_id& account)
{
    constexpr std::size_t page_size = 4096;
    std::vector<posting> all;
    for (;;) {
        auto page = store.postings(account, all.empty() ? 0 : all.back().account_seq, page_size);
        if (!page) {
            return tl::unexpected<std::string>{std::move(page.error())};
        }
        if (page->empty()) {
            return all;
        }
        all.insert(all.end(), page->begin(), page->end());
    }
}


/// One page of an account's statement.
struct statement_page {
    statement shown;
    std::uint64_t last = 0;  ///< number of its last posting: the next page is what comes after
    bool is_last = true;
};

/// The page of at most `postings_max` (at least 1) postings with numbers above `after`. It ends
/// with a whole row, except where one row alone has more. `Store` is any `port::store`.
/// The error says what could not be read, or that there are no postings above `after`.
template <class Store>
[[nodiscard]] result<statement_page, std::string> page_after(Store& store,
                                                             const account_id& account,
                                                             std::uint64_t after,
                                                             std::size_t postings_max,
                                                             row_span charges, fixed_zone zone)
{
    auto rows = store.postings(account, after, postings_max + 1);
    if (!rows) {
        return tl::unexpected<std::string>{std::move(rows.error())};
    }
    const bool is_last = rows->size() <= postings_max;
    auto made = make_page(*rows, charges, zone);
    if (made && !is_last) {
        // One was read too many: with it goes the row that it is in, if there is another.
        const bool is_only_row = made->rows.size() == 1;
        rows->resize(rows->size() - (is_only_row ? 1 : made->rows.back().postings));
        made = make_page(*rows, charges, zone);
    }
    if (!made) {
        return tl::unexpected<std::string>{"account " + std::string{account.view()} + " after " +
                                           std::to_string(after) + ": " +
                                           std::string{to_string(made.error())}};
    }
    const posting& last = rows->back();
    if (made->closing != last.running_balance || last.account_seq != after + rows->size()) {
        return tl::unexpected<std::string>{
            "account " + std::string{account.view()} + ": postings up to number " +
            std::to_string(last.account_seq) + " do not sum to the balance after it: the books " +
            "have been altered"};
    }
    return statement_page{std::move(*made), last.account_seq, is_last};
}

}  // namespace wattpurse::ledger
