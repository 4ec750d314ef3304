// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/book_writer.hpp>

#include <algorithm>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/ledger/reversal.hpp>

namespace wattpurse::engine {

namespace {

/// How long to leave a store in peace that has not yet finished a batch.
constexpr duration commit_poll{1};

[[nodiscard]] std::size_t legs_of(std::span<const transfer> group)
{
    std::size_t legs = 0;
    for (const transfer& each : group) legs += each.legs.size();
    return std::max<std::size_t>(legs, 1);  // what has none is to be refused, and counts too
}

/// Keeps what a store could not read apart from what it has not got.
struct noting_reader {
    port::store& books;
    std::string fault;

    [[nodiscard]] auto find_transfer(std::string_view key)
    {
        return noted(books.find_transfer(key));
    }
    [[nodiscard]] auto linked(std::string_view key) { return noted(books.linked(key)); }

private:
    [[nodiscard]] result<std::vector<posting>, std::string> noted(
        result<std::vector<posting>, std::string> found)
    {
        if (!found) fault = found.error();
        return found;
    }
};

}  // namespace

book_writer::book_writer(currency unit, port::store& books, writer_settings how)
    : store_{books}, how_{how}, journal_{unit}
{
}

result<void, std::string> book_writer::start()
{
    WATTPURSE_ASSERT(!is_committing_);
    if (failure_.empty()) stop("started anew");
    const auto epoch = store_.fence();
    if (!epoch) return tl::unexpected<std::string>{epoch.error()};
    const auto state = store_.load();
    if (!state) return tl::unexpected<std::string>{state.error()};
    if (!journal_.restore(state->heads, state->last_seal, state->reservations, state->terms)) {
        return tl::unexpected<std::string>{"the store holds accounts of another currency"};
    }
    epoch_ = *epoch;
    failure_.clear();
    return {};
}

result<std::uint64_t, not_taken> book_writer::post(transfer work, instant now)
{
    std::vector<transfer> group;
    group.push_back(std::move(work));
    return post_all(std::move(group), now);
}

result<std::uint64_t, not_taken> book_writer::post_all(std::vector<transfer> group, instant now)
{
    WATTPURSE_ASSERT(!group.empty());
    if (!failure_.empty()) return tl::unexpected<not_taken>{not_taken::stopped};
    const std::size_t legs = legs_of(group);
    if (legs > how_.open_max) return tl::unexpected<not_taken>{not_taken::too_large};
    if (legs > how_.open_max - open_) return tl::unexpected<not_taken>{not_taken::busy};
    open_ += legs;
    queued_ += legs;
    queue_.push_back({++last_ticket_, std::move(group), legs, now});
    return last_ticket_;
}

void book_writer::advance(instant now)
{
    while (failure_.empty()) {
        if (is_committing_) {
            asked_at_ = now;
            const auto outcome = store_.poll();
            if (!outcome) return;
            finish(*outcome);
            continue;
        }
        if (!is_due(now)) return;
        form_batch(now);
    }
}

bool book_writer::is_due(instant now) const
{
    if (queue_.empty()) return false;
    const instant since = queue_.front().since;
    // A clock that was put back is no reason to wait.
    return queued_ >= how_.batch_max || now >= since + how_.linger || now < since;
}

instant book_writer::next_deadline() const
{
    if (!failure_.empty()) return instant::max();
    if (is_committing_) return asked_at_ + commit_poll;
    if (queue_.empty()) return instant::max();
    const instant since = queue_.front().since;
    return queued_ >= how_.batch_max ? since : since + how_.linger;
}

std::vector<answer> book_writer::take_answers()
{
    open_ -= std::exchange(answered_, 0);
    return std::exchange(answers_, {});
}

void book_writer::form_batch(instant now)
{
    std::size_t taken = 0;
    while (!queue_.empty() && failure_.empty()) {
        const std::size_t legs = queue_.front().legs;
        if (taken > 0 && taken + legs > how_.batch_max) break;
        entry next = std::move(queue_.front());
        queue_.pop_front();
        queued_ -= legs;
        taken += legs;
        take_up(std::move(next));
    }
    if (!failure_.empty() || journal_.empty()) return;
    auto block = journal_.seal(now);
    port::batch work;
    work.fence_epoch = epoch_;
    work.expected_heads = std::move(block.expected_heads);
    work.postings = std::move(block.postings);
    work.reservations = std::move(block.reservations);
    work.seal = block.seal;
    is_committing_ = true;
    store_.submit(work);
    committing_ = std::move(work.postings);
}

void book_writer::take_up(entry what)
{
    waiting wait{what.ticket, {}, what.legs, false};
    for (const transfer& each : what.group) wait.keys.push_back(each.key);

    // The store could not be read, and all who wait have been told.
    const auto fail_now = [&] {
        tell({what.ticket, answer::kind::failed, false, {}, {}, failure_}, what.legs);
    };
    auto known = look_up(what.group);
    if (!failure_.empty()) return fail_now();
    const auto refuse = [&](ledger::refusal why) {
        tell({what.ticket, answer::kind::refused, false, {}, why, {}}, what.legs);
    };
    if (!known) return refuse(known.error());
    const bool is_known = known->count == what.group.size();
    const bool is_mixed = known->in_batch > 0 && known->in_batch < known->count;
    if ((known->count > 0 && !is_known) || is_mixed) {
        return refuse(ledger::refusal::duplicate_key_other_content);
    }
    if (is_known && known->in_batch == 0) {
        return tell({what.ticket, answer::kind::committed, true, std::move(known->postings), {},
                     {}},
                    what.legs);
    }
    wait.is_repeat = is_known;
    const auto staged = is_known ? result<void, ledger::refusal>{} : stage(what.group);
    if (!failure_.empty()) return fail_now();
    if (!staged) return refuse(staged.error());
    waiting_.push_back(std::move(wait));
}

/// What is there of the group already, in the batch or in the store.
result<book_writer::known_transfers, ledger::refusal> book_writer::look_up(
    std::span<const transfer> group)
{
    known_transfers out;
    for (const transfer& each : group) {
        std::vector<posting> stored;
        std::span<const posting> rows = in_batch(each.key);
        if (rows.empty()) {
            auto found = store_.find_transfer(each.key);
            if (!found) {
                stop(each.key + ": " + found.error());
                return out;
            }
            stored = std::move(*found);
            rows = stored;
        } else {
            ++out.in_batch;
        }
        if (rows.empty()) continue;
        if (!ledger::journal::same_content(each, rows)) {
            return tl::unexpected<ledger::refusal>{ledger::refusal::duplicate_key_other_content};
        }
        ++out.count;
        out.postings.insert(out.postings.end(), rows.begin(), rows.end());
    }
    return out;
}

result<void, ledger::refusal> book_writer::stage(std::span<const transfer> group)
{
    const std::size_t before = journal_.staged().size();
    const transfer& first = group.front();
    const bool takes_back = group.size() == 1 && first.kind == posting_kind::reversal;
    const auto left = takes_back ? left_for(first) : std::vector<transfer_leg>{};
    const auto staged = takes_back ? journal_.stage(first, left) : journal_.stage_all(group);
    if (staged) remember_keys(before);
    return staged;
}

/// Nothing, where there is nothing to be taken back.
std::vector<transfer_leg> book_writer::left_for(const transfer& reversal)
{
    noting_reader books{store_, {}};
    auto left = ledger::what_is_left(reversal.link, books, journal_.staged());
    if (!books.fault.empty()) {
        stop(reversal.link + ": " + books.fault);
        return {};
    }
    return left ? std::move(*left) : std::vector<transfer_leg>{};
}

std::span<const posting> book_writer::in_batch(std::string_view key) const
{
    const auto found = batch_keys_.find(std::string{key});
    if (found == batch_keys_.end()) return {};
    const std::span<const posting> rows = is_committing_ ? committing_ : journal_.staged();
    return rows.subspan(found->second.first, found->second.count);
}

void book_writer::remember_keys(std::size_t from)
{
    const auto rows = journal_.staged();
    for (std::size_t i = from; i < rows.size(); ++i) {
        ++batch_keys_.try_emplace(rows[i].key, slice{i, 0}).first->second.count;
    }
}

void book_writer::finish(const port::commit_outcome& outcome)
{
    if (outcome.status != port::commit_status::committed) {
        return stop((outcome.status == port::commit_status::conflict ? "conflict: " : "failed: ") +
                    outcome.detail);
    }
    for (waiting& each : std::exchange(waiting_, {})) {
        answer done;
        done.ticket = each.ticket;
        done.is_repeat = each.is_repeat;
        for (const std::string& key : each.keys) {
            const auto rows = in_batch(key);
            done.postings.insert(done.postings.end(), rows.begin(), rows.end());
        }
        tell(std::move(done), each.legs);
    }
    is_committing_ = false;
    committing_.clear();
    batch_keys_.clear();
    journal_.accept();
}

/// Nothing is taken any more; everybody who waits is told so.
void book_writer::stop(std::string why)
{
    failure_ = std::move(why);
    is_committing_ = false;
    committing_.clear();
    journal_.discard();
    batch_keys_.clear();
    for (const waiting& each : std::exchange(waiting_, {})) {
        tell({each.ticket, answer::kind::failed, false, {}, {}, failure_}, each.legs);
    }
    for (const entry& each : std::exchange(queue_, {})) {
        tell({each.ticket, answer::kind::failed, false, {}, {}, failure_}, each.legs);
    }
    queued_ = 0;
}

void book_writer::tell(answer what, std::size_t legs)
{
    answered_ += legs;
    answers_.push_back(std::move(what));
}

}  // namespace wattpurse::engine
