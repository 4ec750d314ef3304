// SPDX-License-Identifier: Apache-2.0
#include "posting_index.hpp"

#include <algorithm>
#include <tuple>

#include "rows.hpp"

namespace wattpurse::adapter::sqlite {
namespace {

/// So many wait before they are put in order: 8 MB of memory at most twice, and as many rows to be
/// read again at opening. Smaller slices would dirty the same pages again and again. What tests
/// build has little patience: their kills and power cuts are to fall on slices too.
#if WATTPURSE_FAILPOINTS
constexpr std::size_t wait_max = 8;
constexpr std::size_t slice_min = 2;
#else
constexpr std::size_t wait_max = 32'768;
constexpr std::size_t slice_min = 64;
#endif

}  // namespace

posting_index::posting_index(connection& file)
    : select_new_{file, "SELECT id, account, account_seq, key, leg FROM postings WHERE id >= ? "
                        "ORDER BY id"},
      select_before_{file, "SELECT value FROM meta WHERE name = 'indexed_before'"},
      write_before_{file, "REPLACE INTO meta (name, value) VALUES ('indexed_before', ?)"},
      select_key_{file, "SELECT id FROM posting_keys WHERE key = ?"},
      select_last_{file, "SELECT id FROM posting_accounts WHERE account = ? "
                         "ORDER BY account_seq DESC LIMIT 1"},
      // A row of these that is read again at opening may be there already.
      insert_key_{file, "INSERT OR IGNORE INTO posting_keys (key, id) VALUES (?, ?)"},
      insert_place_{file, "INSERT OR IGNORE INTO posting_accounts (account, account_seq, id) "
                          "VALUES (?, ?, ?)"}
{
}

void posting_index::read_on()
{
    std::int64_t before = 0;
    {
        const use reset_after{select_before_};
        if (select_before_.step()) before = select_before_.integer();
    }
    if (before > end_) {  // another connection has put all that waits here into the tables
        forget_all();
        end_ = before;
    }
    select_new_.put(end_);
    const use reset_after{select_new_};
    while (select_new_.step()) {
        const std::int64_t row = select_new_.integer();
        const account_id account = take_account(select_new_);
        const std::uint64_t seq = select_new_.count();
        const std::string_view key = select_new_.text();
        const key_rows::value_type* known = nullptr;
        if (select_new_.integer() == 0) {
            const auto [first, is_new] = keys_.try_emplace(std::string{key}, row);
            if (is_new) known = &*first;
        }
        wait(account, {seq, row}, known);
    }
    settled_ = young_.size();
}

std::optional<std::int64_t> posting_index::first_leg(std::string_view key)
{
    if (const auto known = keys_.find(key); known != keys_.end()) {
        return known->second;
    }
    select_key_.put_lasting(key);
    const use reset_after{select_key_};
    if (!select_key_.step()) return std::nullopt;
    return select_key_.integer();
}

std::optional<std::int64_t> posting_index::last_of(const account_id& account)
{
    if (const auto known = waiting(account); !known.empty()) return known.back().row;
    select_last_.put_lasting(account.view());
    const use reset_after{select_last_};
    if (!select_last_.step()) return std::nullopt;
    return select_last_.integer();
}

std::span<const posting_index::place> posting_index::waiting(const account_id& account) const
{
    const auto known = places_.find(account);
    if (known == places_.end()) return {};
    return known->second;
}

std::vector<account_id> posting_index::accounts_waiting() const
{
    std::vector<account_id> all;
    for (const auto& [account, places] : places_) {
        if (!places.empty()) all.push_back(account);
    }
    return all;
}

void posting_index::wait(const account_id& account, place at, const key_rows::value_type* key)
{
    young_.push_back({account, at, key});
    places_[account].push_back(at);
    end_ = at.row + 1;
}

bool posting_index::add(const posting& from, std::int64_t row)
{
    const key_rows::value_type* key = nullptr;
    if (from.leg == 0) {
        const auto [known, is_new] = keys_.try_emplace(from.key, row);
        if (!is_new) return false;
        key = &*known;
        select_key_.put_lasting(from.key);
        const use reset_after{select_key_};
        if (select_key_.step()) {
            keys_.erase(known);
            return false;
        }
    }
    wait(from.account, {from.account_seq, row}, key);
    ++debt_;
    return true;
}

/// More of those that are due than were added, so that they have all gone before as many wait
/// again. All at once where programs that open the file and soon close it have left too many.
void posting_index::write_slice()
{
    if (debt_ < slice_min) return;
    if (due_places_.empty()) {
        if (settled_ < wait_max) {
            debt_ = 0;
            return;
        }
        put_in_order();
    }
    const std::size_t count =
        due_places_.size() > 2 * wait_max ? due_places_.size() : debt_ + debt_ / 4;
    debt_ = 0;
    const auto behind = [&](std::size_t done, std::size_t total) {
        return std::min(total, done + (count * total + due_places_.size() - 1) /
                                          due_places_.size());
    };
    write_keys(behind(keys_done_, due_keys_.size()));
    write_places(behind(places_done_, due_places_.size()));
    if (keys_written_ == due_keys_.size() && places_written_ == due_places_.size()) {
        write_before_.put(young_.empty() ? end_ : young_.front().at.row).run();
    }
}

void posting_index::put_in_order()
{
    const auto settled = young_.begin() + static_cast<std::ptrdiff_t>(settled_);
    for (auto each = young_.begin(); each != settled; ++each) {
        if (each->key != nullptr) due_keys_.push_back(each->key);
        due_places_.push_back({each->account, each->at});
    }
    young_.erase(young_.begin(), settled);
    settled_ = 0;
    std::sort(due_keys_.begin(), due_keys_.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    std::sort(due_places_.begin(), due_places_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.account, a.at.seq) < std::tie(b.account, b.at.seq);
    });
}

void posting_index::write_keys(std::size_t end)
{
    for (std::size_t i = keys_done_; i < end; ++i) {
        insert_key_.put_lasting(due_keys_[i]->first).put(due_keys_[i]->second).run();
    }
    keys_written_ = end;
}

void posting_index::write_places(std::size_t end)
{
    for (std::size_t i = places_done_; i < end; ++i) {
        const account_place& each = due_places_[i];
        insert_place_.put_lasting(each.account.view()).put_count(each.at.seq).put(each.at.row);
        insert_place_.run();
    }
    places_written_ = end;
}

void posting_index::settle()
{
    settled_ = young_.size();
    forget_written();
    if (keys_done_ == due_keys_.size() && places_done_ == due_places_.size()) forget_due();
}

void posting_index::forget_due()
{
    due_keys_.clear();
    due_places_.clear();
    keys_done_ = keys_written_ = places_done_ = places_written_ = 0;
}

void posting_index::forget_all()
{
    forget_due();
    young_.clear();
    settled_ = debt_ = 0;
    keys_.clear();
    places_.clear();
}

void posting_index::forget_written()
{
    for (; keys_done_ < keys_written_; ++keys_done_) {
        keys_.erase(keys_.find(due_keys_[keys_done_]->first));
    }
    while (places_done_ < places_written_) {
        const account_id& account = due_places_[places_done_].account;
        std::size_t count = 0;
        for (; places_done_ < places_written_ && due_places_[places_done_].account == account;
             ++places_done_) {
            ++count;
        }
        const auto known = places_.find(account);
        auto& places = known->second;
        places.erase(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(count));
        if (places.empty()) places_.erase(known);
    }
}

void posting_index::undo()
{
    debt_ = 0;
    keys_written_ = keys_done_;
    places_written_ = places_done_;
    while (young_.size() > settled_) {
        const waiting_posting& last = young_.back();
        if (last.key != nullptr) keys_.erase(keys_.find(last.key->first));
        const auto known = places_.find(last.account);
        known->second.pop_back();
        if (known->second.empty()) places_.erase(known);
        end_ = last.at.row;
        young_.pop_back();
    }
}

namespace {

/// Of a set of numbered names, in whatever order they come.
class sum_of_names {
public:
    void add(std::string_view name, std::int64_t seq, std::int64_t row)
    {
        std::uint64_t mixed = std::hash<std::string_view>{}(name);
        for (const std::int64_t number : {seq, row}) {
            mixed = (mixed ^ static_cast<std::uint64_t>(number)) * 0x9E3779B97F4A7C15U;
            mixed ^= mixed >> 32U;
        }
        sum_ += mixed;
        ++count_;
    }
    friend bool operator==(const sum_of_names&, const sum_of_names&) = default;
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    std::uint64_t sum_ = 0;
    std::uint64_t count_ = 0;
};

[[nodiscard]] sum_of_names table_sum(connection& file, const char* sql, std::int64_t before)
{
    statement select{file, sql};
    select.put(before);
    const use reset_after{select};
    sum_of_names sum;
    while (select.step()) {
        const std::string_view name = select.text();
        const std::int64_t seq = select.integer();
        sum.add(name, seq, select.integer());
    }
    return sum;
}

[[nodiscard]] std::string difference(const char* table, const sum_of_names& found,
                                     const sum_of_names& expected)
{
    if (found == expected) return {};
    std::string words{"the table "};
    words += table;
    words += found.count() == expected.count()
                 ? std::string{" does not match the postings"}
                 : " has " + std::to_string(found.count()) + " rows, expected " +
                       std::to_string(expected.count());
    return words + "; `wattpurse ledger rebuild` makes it anew";
}

}  // namespace

std::string index_fault(connection& file)
{
    const std::int64_t before =
        number_from(file, "SELECT value FROM meta WHERE name = 'indexed_before'");
    const std::int64_t end = number_from(file, "SELECT ifnull(max(id), 0) + 1 FROM postings");
    if (before > end) {
        return "meta.indexed_before is " + std::to_string(before) + ", expected at most " +
               std::to_string(end) + "; `wattpurse ledger rebuild` sets it";
    }
    sum_of_names keys;
    sum_of_names places;
    {
        statement select{file, "SELECT id, account, account_seq, key, leg FROM postings "
                               "WHERE id < ?"};
        select.put(before);
        const use reset_after{select};
        while (select.step()) {
            const std::int64_t row = select.integer();
            const std::string_view account = select.text();
            places.add(account, select.integer(), row);
            const std::string_view key = select.text();
            if (select.integer() == 0) keys.add(key, 0, row);
        }
    }
    std::string fault = difference(
        "posting_keys",
        table_sum(file, "SELECT key, 0, id FROM posting_keys WHERE id < ?", before), keys);
    if (fault.empty()) {
        fault = difference("posting_accounts",
                           table_sum(file, "SELECT account, account_seq, id "
                                           "FROM posting_accounts WHERE id < ?", before),
                           places);
    }
    // What is there ahead of its time has to be right as well.
    if (fault.empty() &&
        number_from(file,
                    "SELECT (SELECT count(*) FROM posting_keys k WHERE k.id >= "
                    "(SELECT value FROM meta WHERE name = 'indexed_before') AND NOT EXISTS "
                    "(SELECT 1 FROM postings p WHERE p.id = k.id AND p.key = k.key "
                    "AND p.leg = 0)) + (SELECT count(*) FROM posting_accounts a WHERE a.id >= "
                    "(SELECT value FROM meta WHERE name = 'indexed_before') AND NOT EXISTS "
                    "(SELECT 1 FROM postings p WHERE p.id = a.id AND p.account = a.account "
                    "AND p.account_seq = a.account_seq))") != 0) {
        fault = "the tables posting_keys and posting_accounts name postings that are not there; "
                "`wattpurse ledger rebuild` makes them anew";
    }
    return fault;
}

void rebuild_index(connection& file)
{
    file.execute(R"sql(
DELETE FROM posting_keys;
DELETE FROM posting_accounts;
INSERT INTO posting_keys SELECT key, id FROM postings WHERE leg = 0 ORDER BY key;
INSERT INTO posting_accounts
SELECT account, account_seq, id FROM postings ORDER BY account, account_seq;
REPLACE INTO meta VALUES ('indexed_before', (SELECT ifnull(max(id), 0) + 1 FROM postings));
)sql");
}

}  // namespace wattpurse::adapter::sqlite
