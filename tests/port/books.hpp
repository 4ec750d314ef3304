// SPDX-License-Identifier: Apache-2.0
// Small books for tests: a few accounts, transfers between them, and a writer who commits.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/port/store.hpp>

namespace test_books {

using namespace wattpurse;

inline constexpr currency cny{"CNY"};

inline account_id account(std::string_view name) { return *account_id::parse(name); }
inline meter_id meter(std::string_view number) { return *meter_id::parse(number); }

/// That many minutes after 2026-01-01T00:00:00+08:00.
inline instant at(int minutes)
{
    return *parse_iso8601("2026-01-01T00:00:00+08:00") + std::chrono::minutes{minutes};
}

inline money yuan(std::string_view text) { return {*decimal<6>::parse(text), cny}; }

/// `amount` from one account to the other.
inline transfer move(std::string key, posting_kind kind, std::string_view from,
                     std::string_view to, std::string_view amount, int minute)
{
    transfer out;
    out.key = std::move(key);
    out.kind = kind;
    out.effective_at = at(minute);
    out.recorded_at = at(minute);
    out.legs = {{account(to), yuan(amount)}, {account(from), -yuan(amount)}};
    out.explain = std::string{to_string(kind)} + " of " + std::string{amount};
    return out;
}

/// A charge for one line: the customer's leg is the first.
inline transfer charge(std::string key, std::string_view customer, std::string subject,
                       std::string_view amount, int minute)
{
    transfer out = move(std::move(key), posting_kind::charge, customer, "house.revenue", amount,
                        minute);
    std::swap(out.legs[0], out.legs[1]);
    out.subject = std::move(subject);
    return out;
}

/// A writer with a term of its own and the journal that belongs to it.
class writer {
public:
    explicit writer(port::store& books) : books_{books}, journal{cny}
    {
        const auto given = books_.fence();
        epoch = given.value();
        const auto state = books_.load();
        if (!journal.restore(state.value().heads, state.value().last_seal,
                             state.value().reservations, state.value().terms)) {
            throw std::runtime_error{"the books are of another currency"};
        }
    }

    /// A batch with these transfers, sealed and not committed.
    [[nodiscard]] port::batch staged(std::initializer_list<transfer> transfers, int minute)
    {
        for (const transfer& each : transfers) {
            if (const auto done = journal.stage(each); !done) {
                throw std::runtime_error{each.key + ": " +
                                         std::string{ledger::to_string(done.error())}};
            }
        }
        port::batch work;
        work.fence_epoch = epoch;
        if (!journal.empty()) {
            auto block = journal.seal(at(minute));
            work.expected_heads = std::move(block.expected_heads);
            work.postings = std::move(block.postings);
            work.reservations = std::move(block.reservations);
            work.seal = block.seal;
        }
        return work;
    }

    /// Hands the batch over and waits for the outcome, which the journal follows.
    port::commit_outcome commit(const port::batch& work)
    {
        books_.submit(work);
        auto polled = books_.poll();
        for (; !polled; polled = books_.poll()) std::this_thread::yield();
        const auto outcome = *polled;
        if (!journal.empty()) {
            if (outcome.status == port::commit_status::committed) {
                journal.accept();
            } else {
                journal.discard();
            }
        }
        return outcome;
    }

    port::commit_outcome post(std::initializer_list<transfer> transfers, int minute)
    {
        return commit(staged(transfers, minute));
    }

private:
    port::store& books_;

public:
    std::uint64_t epoch = 0;
    ledger::journal journal;
};

// ---- Rows compared member by member -----------------------------------------------------------

inline auto members(const posting& r)
{
    return std::tie(r.account, r.account_seq, r.key, r.leg, r.kind, r.subject, r.effective_at,
                    r.recorded_at, r.amount, r.running_balance, r.block, r.explain, r.link,
                    r.expires_at);
}
inline auto members(const reservation& r)
{
    return std::tie(r.key, r.account, r.holder, r.amount, r.expires_at, r.state);
}
inline auto members(const account_terms& r)
{
    return std::tie(r.account, r.from, r.floor, r.is_closed);
}
inline auto members(const block_seal& r)
{
    return std::tie(r.number, r.previous, r.value, r.postings, r.sealed_at);
}
inline auto members(const account_head& r) { return std::tie(r.account, r.seq, r.balance); }
inline auto members(const reading& r)
{
    return std::tie(r.account, r.meter, r.effective_at, r.recorded_at, r.registers, r.source,
                    r.quality);
}
inline auto members(const service& r)
{
    return std::tie(r.account, r.meter, r.bus, r.from, r.until);
}
inline auto members(const credit_state& r)
{
    return std::tie(r.account, r.level, r.episode, r.told, r.warned_at, r.warning_delivered_at,
                    r.cut_wanted, r.protect_wanted, r.command_count, r.relay, r.relay_read_at,
                    r.protect_read);
}
inline auto members(const command& r)
{
    return std::tie(r.key, r.account, r.meter, r.kind, r.state, r.reason, r.queued_at, r.sent_at,
                    r.acknowledged_at, r.confirmed_at, r.relay_read, r.attempts);
}
inline auto members(const notice& r)
{
    return std::tie(r.key, r.account, r.kind, r.issued_at, r.delivered_at, r.text);
}
inline auto members(const event& r)
{
    return std::tie(r.at, r.account, r.meter, r.kind, r.text);
}
inline auto members(const bill& r)
{
    return std::tie(r.account, r.period, r.from, r.until, r.used, r.charged, r.total,
                    r.closed_at);
}
inline auto members(const arrival& r)
{
    return std::tie(r.id, r.kind, r.account, r.meter, r.at, r.key, r.source, r.registers,
                    r.next_meter, r.next_registers, r.amount, r.code, r.answer);
}
inline auto members(const port::booked_line& r)
{
    return std::tie(r.account, r.subject, r.amount, r.revisions);
}

template <class Row>
[[nodiscard]] bool same(const Row& a, const Row& b)
{
    return members(a) == members(b);
}

template <class Row>
[[nodiscard]] bool same(const std::vector<Row>& a, const std::vector<Row>& b)
{
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!same(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace test_books
