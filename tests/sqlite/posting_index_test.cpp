// SPDX-License-Identifier: Apache-2.0
// Thousands of postings, through the time in which they wait and into the tables, by
// several connections that open, commit, fail and close as it falls: found as a plain list has
// them.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/backup.hpp>
#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "port/books.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;

namespace {

bool same(const posting& a, const posting& b)
{
    return a.account == b.account && a.account_seq == b.account_seq && a.key == b.key &&
           a.leg == b.leg && a.running_balance == b.running_balance && a.block == b.block;
}

bool same(const std::vector<posting>& a, const std::vector<posting>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& one, const auto& other) { return same(one, other); });
}

/// What was committed, in plain lists, and the connections that commit it.
class crowd {
public:
    explicit crowd(unsigned seed) : draw_{seed} {}

    void commit_some(std::size_t transfers)
    {
        auto& books = any_connection();
        const port::batch work = next_batch(transfers);
        if (below(4) == 0) {
            port::batch wrong = work;
            wrong.postings.back().running_balance = yuan("1");
            CHECK(submit(books, wrong) == port::commit_status::conflict);
        }
        if (!keys_.empty() && below(4) == 0) check_taken_key(books, work);
        books.submit(work);
        const auto outcome = books.poll().value();
        REQUIRE_MESSAGE(outcome.status == port::commit_status::committed, outcome.detail);
        for (const posting& row : work.postings) {
            by_account_[row.account].push_back(row);
            by_key_[row.key].push_back(row);
            if (row.leg == 0) keys_.push_back(row.key);
        }
        count_ += work.postings.size();
        journal_.accept();
    }

    void check_some()
    {
        auto& books = any_connection();
        for (int i = 0; i < 5; ++i) {
            const std::string& key = keys_[below(keys_.size())];
            CHECK(same(books.find_transfer(key).value(), by_key_[key]));
            auto one = by_account_.begin();
            std::advance(one, below(by_account_.size()));
            check_account(books, one->first, one->second);
        }
        CHECK(books.find_transfer("t/none").value().empty());
    }

    void check_all()
    {
        adapter::sqlite::store books{path()};
        for (const auto& [key, legs] : by_key_) {
            if (!same(books.find_transfer(key).value(), legs)) FAIL(key);
        }
        const auto heads = books.load().value().heads;
        REQUIRE(heads.size() == by_account_.size());
        for (const account_head& each : heads) {
            const posting& last = by_account_[each.account].back();
            CHECK(each.seq == last.account_seq);
            CHECK(each.balance == last.running_balance);
        }
        CHECK(ledger::audit(books).value().ok());
        CHECK(adapter::sqlite::check_index(path()).has_value());
        raw_file raw{path()};
        CHECK(raw.value("SELECT count(*) FROM account_postings WHERE account = 'house.revenue'") ==
              std::to_string(by_account_[account("house.revenue")].size()));
    }

    [[nodiscard]] std::string path() const { return folder_ / "ledger.db"; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    std::size_t below(std::size_t limit)
    {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(draw_);
    }

    adapter::sqlite::store& any_connection()
    {
        auto& chosen = open_[below(open_.size())];
        if (!chosen || below(20) == 0) {
            chosen.reset();
            chosen = std::make_unique<adapter::sqlite::store>(path());
            if (epoch_ == 0) epoch_ = chosen->fence().value();
        }
        return *chosen;
    }

    port::batch next_batch(std::size_t transfers)
    {
        for (std::size_t i = 0; i < transfers; ++i) {
            const auto number = std::to_string(next_++);
            // Out of order, as keys of many accounts are.
            REQUIRE(journal_.stage(charge("c/" + std::to_string(draw_() % 1000) + "/" + number,
                                          "F" + std::to_string(below(300)), "2026-01/energy",
                                          "1.5", 1)));
        }
        auto block = journal_.seal(at(1));
        port::batch work;
        work.fence_epoch = epoch_;
        work.expected_heads = std::move(block.expected_heads);
        work.postings = std::move(block.postings);
        work.seal = block.seal;
        return work;
    }

    static port::commit_status submit(port::store& books, const port::batch& work)
    {
        books.submit(work);
        return books.poll().value().status;
    }

    void check_taken_key(port::store& books, port::batch work)
    {
        work.postings[0].key = keys_[below(keys_.size())];
        work.postings[1].key = work.postings[0].key;
        books.submit(work);
        const auto outcome = books.poll().value();
        CHECK(outcome.status == port::commit_status::conflict);
        CHECK(outcome.detail == "posting '" + work.postings[0].key +
                                   "' leg 0 is in the books already");
    }

    void check_account(port::store& books, const account_id& of, const std::vector<posting>& all)
    {
        const std::size_t after = below(all.size() + 1);
        const std::size_t limit = 1 + below(100);
        const auto found = books.postings(of, after, limit).value();
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(after);
        const std::size_t size = std::min(limit, all.size() - after);
        REQUIRE(found.size() == size);
        CHECK(same(found, {first, first + static_cast<std::ptrdiff_t>(size)}));
    }

    temporary_directory folder_;
    std::mt19937 draw_;
    ledger::journal journal_{cny};
    std::uint64_t epoch_ = 0;
    std::array<std::unique_ptr<adapter::sqlite::store>, 2> open_;
    std::map<account_id, std::vector<posting>> by_account_;
    std::map<std::string, std::vector<posting>> by_key_;
    std::vector<std::string> keys_;
    std::size_t count_ = 0;
    std::size_t next_ = 0;
};

}  // namespace

TEST_CASE("a posting is found whether it waits, is on its way, or is in the tables")
{
    crowd all{1};
    for (int i = 0; all.count() < 20'000; ++i) {
        all.commit_some(i % 5 == 0 ? 40 : 1 + i % 7);
        all.check_some();
    }
    const std::int64_t before = std::stoll(
        raw_file{all.path()}.value("SELECT value FROM meta WHERE name = 'indexed_before'"));
    CHECK(before > 10'000);
    CHECK(before < 20'000);
    all.check_all();
}

TEST_CASE("whatever becomes of the tables is seen, and they are made anew")
{
    crowd all{2};
    while (all.count() < 10'000) all.commit_some(10);
    for (const char* const damage :
         {"DELETE FROM posting_keys WHERE id = 1",
          "UPDATE posting_keys SET id = id + 2 WHERE id = 1",
          "INSERT INTO posting_keys VALUES ('x', 1000000)",
          "DELETE FROM posting_accounts WHERE id = 2",
          "UPDATE posting_accounts SET account_seq = 0 WHERE id = 1",
          "INSERT INTO posting_accounts VALUES ('F1', 1000000, 9990)",
          "UPDATE meta SET value = value + 3 WHERE name = 'indexed_before'"}) {
        CAPTURE(std::string{damage});
        raw_file{all.path()}.execute(damage);
        const auto seen = adapter::sqlite::check_index(all.path());
        REQUIRE_FALSE(seen.has_value());
        CHECK(seen.error().find("`wattpurse ledger rebuild`") != std::string::npos);
        REQUIRE(adapter::sqlite::rebuild_index(all.path()));
        CHECK(adapter::sqlite::check_index(all.path()).has_value());
    }
    all.check_all();
}
