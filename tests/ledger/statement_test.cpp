// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/statement.hpp>

#include <doctest/doctest.h>

#include <wattpurse/port/memory_store.hpp>

#include "port/books.hpp"

using namespace test_books;
using ledger::make_statement;
using ledger::row_span;
using ledger::statement_period;
using ledger::time_axis;

namespace {

constexpr int hour = 60;
constexpr int day = 24 * hour;

[[nodiscard]] transfer peak(int n, std::string_view amount, int effective, int recorded)
{
    transfer out = charge("c/" + std::to_string(n), "F01", "2026-01/energy.peak", amount,
                          effective);
    out.recorded_at = at(recorded);
    out.explain = "peak, step " + std::to_string(n);
    return out;
}

/// An opening at midnight, charges on two days, a top-up between them, one charge that came late.
[[nodiscard]] std::vector<posting> history()
{
    port::memory_store store;
    writer hand{store};
    const auto opening = move("o", posting_kind::opening, "house.equity", "F01", "100", 0);
    transfer top = move("t/1", posting_kind::top_up, "house.payments", "F01", "50", 30 * hour);
    top.explain = "paid at the counter";
    transfer tier = peak(3, "0.25", 20 * hour, 20 * hour);
    tier.subject = "2026-01/tier.2";
    tier.explain = "second tier";
    const auto done = hand.post({opening, peak(1, "1", hour, hour),
                                 peak(2, "0.5", 20 * hour, 20 * hour), tier,
                                 peak(4, "2", day, day), peak(5, "4", 26 * hour, 26 * hour), top,
                                 peak(6, "8", 31 * hour, 31 * hour),
                                 peak(7, "16", 22 * hour, 40 * hour)},
                                40 * hour);
    REQUIRE(done.status == port::commit_status::committed);
    return ledger::account_postings(store, account("F01")).value();
}

[[nodiscard]] std::vector<std::string> amounts(const ledger::statement& shown)
{
    std::vector<std::string> out;
    for (const auto& row : shown.rows) {
        out.emplace_back(text(row.amount.amount()).view());
    }
    return out;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("by day, charges are one row a day, and midnight ends its day")
{
    const statement_period period{at(0), at(2 * day)};
    const auto shown = make_statement(history(), period).value();
    CHECK(shown.opening == yuan("0"));
    CHECK(amounts(shown) == strings{"100.000000", "-19.750000", "-4.000000", "50.000000",
                                    "-8.000000"});
    CHECK(shown.rows[1].at == at(day));
    CHECK(shown.rows[1].balance == yuan("80.25"));
    CHECK(shown.rows[1].postings == 5);
    REQUIRE(shown.rows[1].lines.size() == 2);
    CHECK(shown.rows[1].lines[0].amount == yuan("-19.5"));
    CHECK(shown.rows[1].lines[0].explain == "peak, step 4");  // the latest explains all
    CHECK(shown.rows[1].lines[1].explain == "second tier");
    CHECK(shown.closing == yuan("118.25"));
    CHECK(shown.paid_in == yuan("150"));
    CHECK(shown.paid_out == yuan("-31.75"));
}

TEST_CASE("on the recorded axis the balances are those of the postings")
{
    const auto rows = history();
    statement_period period{at(0), at(2 * day)};
    period.axis = time_axis::recorded;
    period.charges = row_span::moment;
    const auto shown = make_statement(rows, period).value();
    CHECK(amounts(shown) == strings{"100.000000", "-1.000000", "-0.750000", "-2.000000",
                                    "-4.000000", "50.000000", "-8.000000", "-16.000000"});
    CHECK(shown.rows.back().balance == rows.back().running_balance);
    CHECK(shown.rows[5].balance == yuan("142.25"));
}

TEST_CASE("a period brings forward what was before it and leaves out what comes after")
{
    statement_period period{at(day), at(30 * hour)};
    const auto shown = make_statement(history(), period).value();
    CHECK(shown.opening == yuan("80.25"));
    CHECK(amounts(shown) == strings{"-4.000000", "50.000000"});
    CHECK(shown.closing == yuan("126.25"));
}

TEST_CASE("periods that follow each other close and open on the same balance")
{
    const auto rows = history();
    money last = yuan("0");
    for (int i = 0; i < 2 * day; i += 7 * hour) {
        const auto shown = make_statement(rows, {at(i), at(i + 7 * hour)}).value();
        CHECK(shown.opening == last);
        last = shown.closing;
    }
    CHECK(last == yuan("118.25"));
}

TEST_CASE("over the whole period charges are drawn together until something else happens")
{
    statement_period period{at(0), at(2 * day)};
    period.charges = row_span::period;
    const auto shown = make_statement(history(), period).value();
    CHECK(amounts(shown) == strings{"100.000000", "-23.750000", "50.000000", "-8.000000"});
}

TEST_CASE("no postings are an error, none in the period are not")
{
    const statement_period later{at(10 * day), at(11 * day)};
    CHECK(make_statement({}, later).error() == errc::empty);
    const auto shown = make_statement(history(), later).value();
    CHECK(shown.rows.empty());
    CHECK(shown.opening == shown.closing);
}

TEST_CASE("the table reads like this")
{
    const statement_period period{at(0), at(2 * day)};
    const auto text = ledger::render(make_statement(history(), period).value());
    CHECK(text ==
          R"(Account F01, 2026-01-01 00:00 to 2026-01-03 00:00 (+08:00), amounts in CNY
======================================================================
effective         movement                      amount         balance
----------------------------------------------------------------------
                  brought forward                             0.000000
2026-01-01 00:00  opening balance          +100.000000      100.000000
                    opening of 100
2026-01-02 00:00  energy                    -19.750000       80.250000
                                            -19.500000  2026-01/energy.peak: peak, step 4
                                             -0.250000  2026-01/tier.2: second tier
2026-01-02 02:00  energy                     -4.000000       76.250000
                    2026-01/energy.peak: peak, step 5
2026-01-02 06:00  top-up                    +50.000000      126.250000
                    paid at the counter
2026-01-02 07:00  energy                     -8.000000      118.250000
                    2026-01/energy.peak: peak, step 6
----------------------------------------------------------------------
                  paid in                  +150.000000
                  used and paid out         -31.750000
                  carried forward                           118.250000
======================================================================
)");
}

TEST_CASE("texts of others cannot break the table")
{
    port::memory_store store;
    writer hand{store};
    transfer odd = move("t", posting_kind::top_up, "house.payments", "F01", "1", 1);
    odd.explain = std::string{"one\ntwo\0\x1b[2J\x7f \xE5\x85\x85\xE5\x80\xBC", 19};
    REQUIRE(hand.post({odd}, 1).status == port::commit_status::committed);
    const auto rows = ledger::account_postings(store, account("F01")).value();
    const auto text = ledger::render(make_statement(rows, {at(0), at(day)}).value());
    CHECK(text.find("one?two??[2J? \xE5\x85\x85\xE5\x80") != std::string::npos);
    CHECK(text.find('\0') == std::string::npos);
}

TEST_CASE("pages of any size hold the same rows, and begin where the one before ended")
{
    port::memory_store store;
    writer hand{store};
    for (int i = 1; i <= 60; ++i) {
        const int minute = i * 7 * hour;
        const auto done = i % 9 == 0 ? hand.post({move("t/" + std::to_string(i),
                                                       posting_kind::top_up, "house.payments",
                                                       "F01", "50", minute)},
                                                 minute)
                                     : hand.post({peak(i, "1.25", minute, minute)}, minute);
        REQUIRE(done.status == port::commit_status::committed);
    }
    for (const row_span span : {row_span::moment, row_span::day, row_span::period}) {
        const auto whole = ledger::page_after(store, account("F01"), 0, 60, span, china_zone);
        REQUIRE(whole.has_value());
        CHECK(whole->is_last);
        CHECK(whole->last == 60);
        CHECK(whole->shown.opening.is_zero());
        for (std::size_t size = 9; size <= 60; ++size) {  // no row has more than eight postings
            CAPTURE(size);
            std::vector<std::string> rows;
            money balance = whole->shown.opening;
            ledger::statement_page page;
            page.is_last = false;
            while (!page.is_last) {
                page = ledger::page_after(store, account("F01"), page.last, size, span,
                                          china_zone)
                           .value();
                CHECK(page.shown.opening == balance);
                balance = page.shown.closing;
                const auto more = amounts(page.shown);
                rows.insert(rows.end(), more.begin(), more.end());
            }
            CHECK(balance == whole->shown.closing);
            CHECK(rows == amounts(whole->shown));
        }
    }
    CHECK_FALSE(ledger::page_after(store, account("F01"), 60, 5, row_span::day, china_zone));
    CHECK_FALSE(ledger::page_after(store, account("F02"), 0, 5, row_span::day, china_zone));
    // One row that is larger than the page is shown in parts.
    const auto part = ledger::page_after(store, account("F01"), 0, 2, row_span::period, china_zone);
    REQUIRE(part.has_value());
    CHECK(part->last == 2);
    CHECK(part->shown.rows.size() == 1);
}
