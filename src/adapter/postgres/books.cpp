// SPDX-License-Identifier: Apache-2.0
#include "books.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "schema.hpp"

namespace wattpurse::adapter::postgres {
namespace {

using clock = std::chrono::steady_clock;

/// A name that needs no quotes, and that nobody can end early.
void check_schema_name(const std::string& name)
{
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const auto is_good = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    if (name.empty() || name.size() > 60 || !is_letter(name.front()) ||
        !std::all_of(name.begin(), name.end(), is_good) || name.substr(0, 3) == "pg_") {
        throw std::runtime_error{"'" + name + "' is no name for a schema: lower-case letters, "
                                 "digits and underscores"};
    }
}

[[nodiscard]] std::int32_t shard_number(std::uint32_t number)
{
    if (number > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
        throw std::runtime_error{"shard " + std::to_string(number) + " is out of range"};
    }
    return static_cast<std::int32_t>(number);
}

[[nodiscard]] digest digest_of(const std::vector<std::uint8_t>& bytes)
{
    digest value{};
    if (!bytes.empty() && bytes.size() != value.size()) {
        throw row_fault{"digest size '" + std::to_string(bytes.size()) + "' is not known"};
    }
    std::copy(bytes.begin(), bytes.end(), value.begin());
    return value;
}

}  // namespace

shard_state take_shard(rows& from)
{
    shard_state now;
    now.epoch = from.count();
    now.batches = from.count();
    now.postings = from.count();
    const auto until = from.optional_time();
    const std::uint64_t arrival = from.count();
    if (until) now.progress = port::progress{*until, arrival};
    now.last.number = from.count();
    now.last.previous = digest_of(from.bytes());
    now.last.value = digest_of(from.bytes());
    now.last.postings = static_cast<std::uint32_t>(from.count());
    now.last.sealed_at = from.time();
    return now;
}

store::books::books(const std::string& conninfo, std::uint32_t number, const options& chosen)
    : where{conninfo}, how{chosen}, shard{shard_number(number)}
{
    check_schema_name(how.schema);
    link_ = std::make_unique<connection>(where, how);
    prepare(*link_, how.schema);
    link_->ask("INSERT INTO shards (shard) VALUES ($1) ON CONFLICT DO NOTHING", of_shard());
}

connection& store::books::link()
{
    if (link_) {
        return *link_;
    }
    const auto end = clock::now() + how.patience;
    constexpr std::chrono::milliseconds longest_pause{250};
    for (std::chrono::milliseconds pause{10};; pause = std::min(2 * pause, longest_pause)) {
        try {
            link_ = std::make_unique<connection>(where, how);
            return *link_;
        } catch (const std::exception& error) {
            if (clock::now() + pause >= end) {
                throw unreachable{error.what()};
            }
        }
        std::this_thread::sleep_for(pause);
    }
}

std::uint64_t store::books::fence()
{
    const std::string raise = "UPDATE shards SET fence_epoch = fence_epoch + 1 WHERE shard = $1 "
                              "RETURNING fence_epoch";
    const std::string begin_term = "INSERT INTO epochs (shard, epoch, batches_before) "
                                   "SELECT shard, fence_epoch, batches FROM shards "
                                   "WHERE shard = $1";
    // Raised once more where the answer is lost: epochs may be left out, never given twice.
    for (std::uint32_t attempt = 1;; ++attempt) {
        try {
            return over_link([&](connection& to) {
                const transaction all_or_nothing{to, "BEGIN"};
                to.send_once(raise, of_shard());
                to.send_once(begin_term, of_shard());
                to.send_once("COMMIT");
                auto results = to.run();
                rows& raised = results.at(1);
                if (!raised.next()) throw row_fault{"the shard's row is missing"};
                return raised.count();
            });
        } catch (const postgres_error& error) {
            if (!error.again() || attempt > how.retries_max) throw;
        }
        wait_before_retry(attempt);
    }
}

void store::books::wait_before_retry(std::uint32_t attempt)
{
    // Up to 1, 2, 4 ... 128 ms: two that have met do not meet again in step.
    const auto most = std::int64_t{1000} << std::min(attempt - 1, std::uint32_t{7});
    std::uniform_int_distribution<std::int64_t> draw{most / 4, most};
    std::this_thread::sleep_for(std::chrono::microseconds{draw(dice_)});
}

// ---- What is known of the accounts --------------------------------------------------------------

void store::books::remember(const std::vector<account_head>& heads, std::uint64_t batches)
{
    heads_.clear();
    for (const account_head& each : heads) {
        heads_.emplace(each.account, each);
    }
    heads_after_ = batches;
    all_heads_ = true;
}

void store::books::forget_heads()
{
    heads_.clear();
    all_heads_ = false;
}

account_head store::books::known_head(const account_id& account) const
{
    const auto found = heads_.find(account);
    return found == heads_.end() ? account_head{account, 0, {}} : found->second;
}

std::vector<account_id> store::books::unknown_accounts(const port::batch& work) const
{
    std::vector<account_id> out;
    if (all_heads_) {
        return out;
    }
    const auto add = [&](const account_id& account) {
        if (heads_.find(account) == heads_.end()) out.push_back(account);
    };
    for (const account_head& each : work.expected_heads) add(each.account);
    for (const posting& each : work.postings) add(each.account);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void store::books::send_heads(connection& to, const std::vector<account_id>& accounts) const
{
    static const std::string select =
        "SELECT p.account, p.account_seq, p.running_balance, p.currency "
        "FROM unnest($2::text[]) w (account) CROSS JOIN LATERAL "
        "(SELECT account, account_seq, running_balance, currency FROM postings "
        "WHERE shard = $1 AND account = w.account ORDER BY account_seq DESC LIMIT 1) p";
    columns asked;
    for (const account_id& each : accounts) {
        asked.put(each.view()).end_row();
    }
    to.send(select, of_shard().put(asked));
}

void store::books::take_heads(const std::vector<account_id>& asked, rows found)
{
    for (const account_id& each : asked) {
        heads_.insert_or_assign(each, account_head{each, 0, {}});
    }
    while (found.next()) {
        const account_head head = take_head(found);
        heads_.insert_or_assign(head.account, head);
    }
}

}  // namespace wattpurse::adapter::postgres
