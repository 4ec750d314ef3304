// SPDX-License-Identifier: Apache-2.0
// Many callers, one commit: tickets, repeats, refusals, failures, back-pressure.
#include <wattpurse/engine/book_writer.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/reserving.hpp>
#include <wattpurse/ledger/reversal.hpp>
#include <wattpurse/ledger/statement.hpp>
#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "port/books.hpp"
#include "wrapped_store.hpp"

using namespace test_books;
using namespace std::chrono_literals;
using engine::answer;
using engine::book_writer;
using engine::not_taken;
using engine::writer_settings;
using ledger::refusal;

namespace {

transfer top_up(const std::string& key, std::string_view to, std::string_view amount)
{
    return move(key, posting_kind::top_up, "house.payments", to, amount, 1);
}

transfer pay(const std::string& key, std::string_view from, std::string_view to,
             std::string_view amount)
{
    return move(key, posting_kind::transfer, from, to, amount, 2);
}

/// Counts batches, and remembers the sizes.
class counting_store final : public test_stores::wrapped_store {
public:
    void submit(const port::batch& work) override
    {
        sizes.push_back(work.postings.size());
        books_.submit(work);
    }
    std::vector<std::size_t> sizes;
};

/// F02 may not go below zero.
void give_limit(port::store& books)
{
    writer hand{books};
    port::batch work = hand.staged({}, 0);
    work.terms = {{account("F02"), at(0), yuan("0"), false}};
    REQUIRE(hand.commit(work).status == port::commit_status::committed);
}

struct desk {
    explicit desk(port::store& store, writer_settings how = {}) : books{cny, store, how}
    {
        REQUIRE(books.start().has_value());
    }

    std::uint64_t post(transfer work) { return books.post(std::move(work), now).value(); }

    /// Lets the time pass until nothing is under way; answers by ticket.
    std::map<std::uint64_t, answer> settle()
    {
        std::map<std::uint64_t, answer> out;
        for (int i = 0; i < 10'000; ++i) {
            books.advance(now);
            for (answer& each : books.take_answers()) {
                const auto ticket = each.ticket;
                CHECK(out.emplace(ticket, std::move(each)).second);
            }
            const instant next = books.next_deadline();
            if (next == instant::max()) break;
            now = std::max(next, now);
        }
        CHECK(books.open() == 0);
        return out;
    }

    book_writer books;
    instant now = at(0);
};

}  // namespace

TEST_CASE("what is posted within the linger is one batch, and each ticket gets its own postings")
{
    counting_store store;
    desk till{store};
    std::vector<std::uint64_t> tickets;
    for (int i = 1; i <= 5; ++i) {
        tickets.push_back(till.post(top_up("t/" + std::to_string(i), "F01", "10")));
        till.books.advance(till.now);
    }
    CHECK(store.sizes.empty());  // nobody else has come yet
    CHECK(till.books.next_deadline() == till.now + 2ms);
    const auto told = till.settle();
    REQUIRE(store.sizes == std::vector<std::size_t>{10});
    for (int i = 1; i <= 5; ++i) {
        const answer& mine = told.at(tickets[static_cast<std::size_t>(i - 1)]);
        CHECK(mine.what == answer::kind::committed);
        CHECK_FALSE(mine.is_repeat);
        REQUIRE(mine.postings.size() == 2);
        CHECK(mine.postings[0].key == "t/" + std::to_string(i));
        CHECK(mine.postings[0].running_balance == yuan(std::to_string(10 * i)));
        CHECK(same(mine.postings, store.find_transfer(mine.postings[0].key).value()));
    }
    CHECK(ledger::audit(store).value().ok());
}

TEST_CASE("a full batch does not linger, and no batch is larger than it may be")
{
    counting_store store;
    desk till{store, {1h, 6, 100}};
    for (int i = 1; i <= 10; ++i) (void)till.post(top_up("t/" + std::to_string(i), "F01", "1"));
    till.books.advance(till.now);
    CHECK(store.sizes == std::vector<std::size_t>{6, 6, 6});
    CHECK(till.books.take_answers().size() == 9);
    CHECK(till.books.next_deadline() == till.now + 1h);
    CHECK(till.settle().size() == 1);
}

TEST_CASE("while a batch is under way the next one gathers")
{
    instant clock = at(0);
    test_stores::late_store store{[&clock] { return clock; }};
    store.takes = 20ms;
    book_writer books{cny, store};
    REQUIRE(books.start().has_value());
    std::map<std::uint64_t, answer> told;
    for (int ms = 0; ms < 100; ++ms, clock += 1ms) {
        if (ms < 50) {
            REQUIRE(books.post(top_up("t/" + std::to_string(ms), "F01", "1"), clock).has_value());
        }
        books.advance(clock);
        for (answer& each : books.take_answers()) told.emplace(each.ticket, each);
        if (books.open() > 0) CHECK(books.next_deadline() <= clock + 2ms);
    }
    CHECK(told.size() == 50);
    CHECK(store.overlapping == 0);
    const auto report = ledger::audit(store).value();
    CHECK(report.ok());
    CHECK(report.postings == 100);
    CHECK(report.blocks == 4);  // 0 to 2 ms, to 22, to 42, the rest
}

TEST_CASE("a repeat is answered with the postings of the first, in the books and in the batch")
{
    counting_store store;
    desk till{store};
    const auto first = till.post(top_up("t/1", "F01", "10"));
    const auto same_batch = till.post(top_up("t/1", "F01", "10"));
    auto told = till.settle();
    CHECK_FALSE(told.at(first).is_repeat);
    CHECK(told.at(same_batch).is_repeat);
    CHECK(same(told.at(same_batch).postings, told.at(first).postings));

    (void)till.post(top_up("t/2", "F01", "5"));
    auto again = top_up("t/1", "F01", "10");
    again.recorded_at = at(500);
    const auto later = till.post(again);
    told.merge(till.settle());
    CHECK(told.at(later).what == answer::kind::committed);
    CHECK(told.at(later).is_repeat);
    CHECK(same(told.at(later).postings, told.at(first).postings));  // the balance of then
    CHECK(store.sizes == std::vector<std::size_t>{2, 2});
    (void)till.post(again);
    (void)till.settle();
    CHECK(store.sizes.size() == 2);  // a batch of repeats is none
}

TEST_CASE("a key with other content is refused, in the books and in the batch")
{
    counting_store store;
    desk till{store};
    const auto first = till.post(top_up("t/1", "F01", "10"));
    const auto queued = till.post(top_up("t/1", "F01", "11"));
    auto told = till.settle();
    const auto stored = till.post(top_up("t/1", "F02", "10"));
    told.merge(till.settle());
    CHECK(told.at(first).what == answer::kind::committed);
    for (const auto each : {queued, stored}) {
        CHECK(told.at(each).what == answer::kind::refused);
        CHECK(told.at(each).why == refusal::duplicate_key_other_content);
        CHECK(told.at(each).postings.empty());
    }
    CHECK(store.find_transfer("t/1").value()[0].amount == yuan("10"));
}

TEST_CASE("a refused transfer takes nobody with it, and its key is free")
{
    counting_store store;
    give_limit(store);
    store.sizes.clear();
    desk till{store};
    const auto money = till.post(top_up("t/1", "F02", "10"));
    const auto too_much = till.post(pay("p/1", "F02", "F01", "10.01"));
    const auto enough = till.post(pay("p/1", "F02", "F01", "10"));
    const auto nothing = till.post(transfer{});
    const auto told = till.settle();
    CHECK(told.at(money).what == answer::kind::committed);
    CHECK(told.at(too_much).why == refusal::limit_exceeded);
    CHECK(told.at(enough).what == answer::kind::committed);
    CHECK(told.at(nothing).why == refusal::empty);
    CHECK(store.sizes == std::vector<std::size_t>{4});
}

TEST_CASE("a group is posted whole or not at all, and repeated whole")
{
    counting_store store;
    give_limit(store);
    desk till{store};
    const std::vector<transfer> good{top_up("g/1", "F02", "10"), pay("g/2", "F02", "F01", "4")};
    const std::vector<transfer> bad{top_up("h/1", "F02", "1"), pay("h/2", "F02", "F01", "8")};
    const auto first = till.books.post_all(good, till.now).value();
    const auto refused = till.books.post_all(bad, till.now).value();
    const auto twice = till.books.post_all(good, till.now).value();
    auto told = till.settle();
    CHECK(told.at(first).postings.size() == 4);
    CHECK(told.at(refused).why == refusal::limit_exceeded);
    CHECK(told.at(twice).is_repeat);
    CHECK(same(told.at(twice).postings, told.at(first).postings));
    CHECK(store.find_transfer("h/1").value().empty());

    const auto stored = till.books.post_all(good, till.now).value();
    const auto part = till.books.post_all({good[0], top_up("g/3", "F01", "1")}, till.now).value();
    told.merge(till.settle());
    CHECK(told.at(stored).is_repeat);
    CHECK(same(told.at(stored).postings, told.at(first).postings));
    CHECK(told.at(part).why == refusal::duplicate_key_other_content);
    CHECK(store.find_transfer("g/3").value().empty());

    const auto later = till.post(top_up("g/4", "F01", "1"));
    const auto mixed = till.books.post_all({good[0], top_up("g/4", "F01", "1")}, till.now).value();
    told.merge(till.settle());
    CHECK(told.at(later).what == answer::kind::committed);
    CHECK(told.at(mixed).why == refusal::duplicate_key_other_content);
    CHECK(ledger::audit(store).value().ok());
}

TEST_CASE("reversals and reservations, of what is in the same batch too")
{
    counting_store store;
    desk till{store};
    (void)till.post(top_up("t/1", "F01", "10"));
    const std::vector<transfer_leg> left{{account("F01"), yuan("10")},
                                         {account("house.payments"), yuan("-10")}};
    const auto back = till.post(ledger::reversal_of("t/1", left, "x/1", at(2), at(2)));
    const auto too_much = till.post(ledger::reversal_of("t/1", left, "x/2", at(2), at(2)));
    const auto of_nothing = till.post(ledger::reversal_of("t/9", left, "x/3", at(2), at(2)));
    transfer aside = pay("r/1", "F01", "house.reserved", "3");
    std::swap(aside.legs[0], aside.legs[1]);
    aside.kind = posting_kind::reserve;
    (void)till.post(aside);
    auto told = till.settle();
    CHECK(told.at(back).what == answer::kind::committed);
    CHECK(told.at(too_much).why == refusal::exceeds_original);
    CHECK(told.at(of_nothing).why == refusal::exceeds_original);
    const auto open = store.load().value().reservations;
    REQUIRE(open.size() == 1);
    const auto given_back = till.post(ledger::release_of(open[0], "r/2", at(9)));
    told.merge(till.settle());
    CHECK(told.at(given_back).what == answer::kind::committed);
    CHECK(store.load().value().reservations.empty());
    CHECK(ledger::audit(store).value().ok());
}

TEST_CASE("what could not be read is no reason to refuse a reversal")
{
    class : public test_stores::wrapped_store {
    public:
        bool answers = true;
        result<std::vector<posting>, std::string> linked(std::string_view key) override
        {
            if (answers) return books_.linked(key);
            return tl::unexpected<std::string>{"nobody there"};
        }
    } store;
    desk till{store};
    (void)till.post(top_up("t/1", "F01", "10"));
    (void)till.settle();
    const std::vector<transfer_leg> left{{account("F01"), yuan("10")},
                                         {account("house.payments"), yuan("-10")}};
    const transfer reversal = ledger::reversal_of("t/1", left, "x/1", at(2), at(2));
    store.answers = false;
    const auto unread = till.post(reversal);
    const auto told = till.settle().at(unread);
    CHECK(told.what == answer::kind::failed);
    CHECK(told.detail == "t/1: nobody there");
    store.answers = true;
    REQUIRE(till.books.start().has_value());
    const auto again = till.post(reversal);
    CHECK(till.settle().at(again).what == answer::kind::committed);
}

TEST_CASE("what is open is bounded: beyond it callers are told to come later")
{
    counting_store store;
    desk till{store, {1h, 1'000, 6}};
    for (int i = 1; i <= 3; ++i) (void)till.post(top_up("t/" + std::to_string(i), "F01", "1"));
    CHECK(till.books.post(top_up("t/4", "F01", "1"), till.now).error() == not_taken::busy);
    CHECK(till.books.open() == 6);
    till.now += 1h;
    till.books.advance(till.now);
    // Answers that nobody fetches are open too.
    CHECK(till.books.post(top_up("t/4", "F01", "1"), till.now).error() == not_taken::busy);
    CHECK(till.books.take_answers().size() == 3);
    CHECK(till.books.post(top_up("t/4", "F01", "1"), till.now).has_value());
    std::vector<transfer> group;
    for (int i = 5; i <= 8; ++i) group.push_back(top_up("t/" + std::to_string(i), "F01", "1"));
    CHECK(till.books.post_all(group, till.now).error() == not_taken::too_large);
    (void)till.settle();
    CHECK(ledger::audit(store).value().postings == 8);
}

TEST_CASE("a failed batch fails for all that were in it, and nothing of it is half there")
{
    for (const auto when : {test_stores::breaking_store::moment::before,
                            test_stores::breaking_store::moment::after}) {
        test_stores::breaking_store store{when, {2}};
        desk till{store};
        (void)till.post(top_up("t/1", "F01", "10"));
        (void)till.settle();
        std::vector<std::uint64_t> tickets{till.post(top_up("t/2", "F01", "10")),
                                           till.post(top_up("t/3", "F01", "10"))};
        auto told = till.settle();
        for (const auto each : tickets) {
            CHECK(told.at(each).what == answer::kind::failed);
            CHECK(told.at(each).detail == "failed: broken on purpose");
        }
        CHECK(till.books.failure() == "failed: broken on purpose");
        CHECK(till.books.post(top_up("t/2", "F01", "10"), till.now).error() ==
              not_taken::stopped);
        const bool is_durable = when == test_stores::breaking_store::moment::after;
        CHECK(store.find_transfer("t/2").value().size() == (is_durable ? 2 : 0));
        CHECK(store.find_transfer("t/3").value().size() == (is_durable ? 2 : 0));

        REQUIRE(till.books.start().has_value());  // asked again under the same keys
        tickets = {till.post(top_up("t/2", "F01", "10")), till.post(top_up("t/3", "F01", "10"))};
        told = till.settle();
        for (const auto each : tickets) {
            CHECK(told.at(each).what == answer::kind::committed);
            CHECK(told.at(each).is_repeat == is_durable);
        }
        CHECK(told.at(tickets[1]).postings[0].running_balance == yuan("30"));
        CHECK(ledger::audit(store).value().ok());
    }
}

TEST_CASE("another writer ends this one's term: nothing of the batch is there")
{
    port::memory_store store;
    desk till{store};
    desk other{store};
    const auto ticket = till.post(top_up("t/1", "F01", "10"));
    const auto told = till.settle();
    CHECK(told.at(ticket).what == answer::kind::failed);
    CHECK(told.at(ticket).detail.starts_with("conflict: epoch"));
    CHECK(store.find_transfer("t/1").value().empty());
    (void)other.post(top_up("t/1", "F01", "10"));
    (void)other.settle();
    CHECK(store.find_transfer("t/1").value().size() == 2);
}

TEST_CASE("what waits behind a failed batch is told too, and a queue is not lost without a word")
{
    instant clock = at(0);
    test_stores::late_store store{[&clock] { return clock; }};
    book_writer books{cny, store};
    REQUIRE(books.start().has_value());
    store.takes = 1h;
    REQUIRE(books.post(top_up("t/1", "F01", "10"), clock).has_value());
    books.advance(clock + 2ms);
    REQUIRE(books.is_committing());
    REQUIRE(books.post(top_up("t/2", "F01", "10"), clock + 3ms).has_value());
    CHECK(store.fence().has_value());  // somebody else
    clock += 1h;
    books.advance(clock);
    const auto told = books.take_answers();
    REQUIRE(told.size() == 2);
    CHECK(told[0].what == answer::kind::failed);
    CHECK(told[1].what == answer::kind::failed);
    CHECK(books.next_deadline() == instant::max());
    CHECK(books.open() == 0);
}

// ---- Whatever happens --------------------------------------------------------------------------

namespace {

/// Callers that post at random, repeat themselves, contradict themselves, and ask again after a
/// failure, on a store that breaks now and then; the writer is started anew each time.
class crowd {
public:
    explicit crowd(std::uint64_t seed) : seed_{seed} {}

    void run()
    {
        std::vector<std::uint64_t> broken;
        for (std::uint64_t n = 3; n < 400; n += 2 + below(9)) broken.push_back(n);
        const auto when = below(2) == 0 ? test_stores::breaking_store::moment::before
                                        : test_stores::breaking_store::moment::after;
        test_stores::breaking_store store{when, broken};
        give_limit(store);
        const writer_settings how{duration{static_cast<std::int64_t>(below(4))}, 2 + below(30),
                                  8 + below(16)};
        book_writer books{cny, store, how};
        instant now = at(0);
        REQUIRE(books.start().has_value());
        for (int step = 0; step < 400 || !asked_.empty() || !again_.empty(); ++step) {
            REQUIRE(step < 20'000);
            if (step < 400) ask(books, any_group(), now);
            if (!again_.empty() && below(2) == 0) {
                auto next = std::move(again_.back());
                again_.pop_back();
                ask(books, std::move(next), now);
            }
            if (below(3) == 0) {
                books.advance(now);
                take(books);
            }
            now += duration{static_cast<std::int64_t>(below(3))};
            if (!books.failure().empty()) {
                ++restarts;
                take(books);
                REQUIRE(books.start().has_value());
            }
        }
        check(store);
    }

    int restarts = 0;
    int repeats = 0;
    int refused = 0;
    int busy = 0;

private:
    using group = std::vector<transfer>;

    [[nodiscard]] std::size_t below(std::size_t bound)
    {
        return static_cast<std::size_t>(sim::draw({seed_, ++drawn_}) % bound);
    }

    /// Mostly new keys; old ones with the same or with other content.
    [[nodiscard]] group any_group()
    {
        if (!said_.empty() && below(4) == 0) return said_[below(said_.size())];
        group out;
        const std::size_t size = below(5) == 0 ? 1 + below(4) : 1;
        for (std::size_t i = 0; i < size; ++i) {
            const bool is_old = below(12) == 0 && last_key_ > 0;
            const std::size_t number = is_old ? 1 + below(last_key_) : ++last_key_;
            const std::string key = "k/" + std::to_string(number);
            const auto amount = std::to_string(1 + below(40));
            out.push_back(below(2) == 0 ? top_up(key, below(2) == 0 ? "F01" : "F02", amount)
                                        : pay(key, "F02", "F01", amount));
        }
        said_.push_back(out);
        return out;
    }

    void ask(book_writer& books, group what, instant now)
    {
        const auto ticket = books.post_all(what, now);
        if (!ticket) {
            CHECK(ticket.error() != not_taken::too_large);
            busy += ticket.error() == not_taken::busy ? 1 : 0;
            books.advance(now);
            take(books);
            again_.push_back(std::move(what));
            return;
        }
        CHECK(asked_.emplace(*ticket, std::move(what)).second);
    }

    void take(book_writer& books)
    {
        for (answer& each : books.take_answers()) {
            const auto found = asked_.find(each.ticket);
            REQUIRE(found != asked_.end());  // once each
            group what = std::move(found->second);
            asked_.erase(found);
            refused += each.what == answer::kind::refused ? 1 : 0;
            repeats += each.is_repeat ? 1 : 0;
            if (each.what == answer::kind::failed) {
                again_.push_back(std::move(what));
            } else if (each.what == answer::kind::committed) {
                acknowledge(what, each);
            }
        }
    }

    void acknowledge(const group& what, const answer& told)
    {
        std::span<const posting> rest{told.postings};
        for (const transfer& each : what) {
            REQUIRE(rest.size() >= each.legs.size());
            const auto rows = rest.first(each.legs.size());
            rest = rest.subspan(each.legs.size());
            CHECK(ledger::journal::same_content(each, rows));
            const std::vector<posting> copy{rows.begin(), rows.end()};
            const auto known = acknowledged_.emplace(each.key, copy);
            CHECK(same(known.first->second, copy));  // whoever asks is told the same
        }
        CHECK(rest.empty());
    }

    /// In the books is what was acknowledged, once, with the balances that were told.
    void check(port::store& store)
    {
        const auto report = ledger::audit(store).value();
        CHECK_MESSAGE(report.ok(), report.chain.fault, report.balances.fault,
                      report.limits.fault);
        std::vector<block_seal> seals;
        const auto rows = store.blocks(0, 1'000'000, seals).value();
        std::map<std::string, std::vector<posting>> stored;
        for (const posting& row : rows) stored[row.key].push_back(row);
        CHECK(stored.size() == acknowledged_.size());
        for (const auto& [key, told] : acknowledged_) {
            CAPTURE(key);
            CHECK(same(stored[key], told));
        }
    }

    std::uint64_t seed_;
    std::uint64_t drawn_ = 0;
    std::size_t last_key_ = 0;
    std::vector<group> said_;
    std::map<std::uint64_t, group> asked_;
    std::vector<group> again_;
    std::map<std::string, std::vector<posting>> acknowledged_;
};

}  // namespace

TEST_CASE("random callers, repeats, contradictions, failures: what is acknowledged is there once")
{
    int restarts = 0;
    int repeats = 0;
    int refused = 0;
    int busy = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        crowd all{seed};
        all.run();
        restarts += all.restarts;
        repeats += all.repeats;
        refused += all.refused;
        busy += all.busy;
    }
    MESSAGE(restarts << " failures, " << repeats << " repeats, " << refused << " refusals, "
                     << busy << " times busy");
    CHECK(restarts > 200);
    CHECK(repeats > 1'000);
    CHECK(refused > 1'000);
    CHECK(busy > 100);
}
