// SPDX-License-Identifier: Apache-2.0
// The writer of a ledger's books: journal and store, one commit at a time.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include <wattpurse/ledger/closing.hpp>
#include <wattpurse/ledger/reserving.hpp>
#include <wattpurse/ledger/reversal.hpp>

#include "ledger.hpp"

namespace wattpurse::python {

namespace {

using kind_type = ledger_step::kind_type;

[[nodiscard]] std::string name_of(const account_id& account)
{
    return std::string{account.view()};
}

[[nodiscard]] std::optional<currency> unit_of(const port::snapshot& state)
{
    for (const account_head& each : state.heads) {
        if (each.balance.unit() != kilowatt_hours) return each.balance.unit();
    }
    return std::nullopt;
}

/// A reservation as the transfer that made it has it.
[[nodiscard]] reservation reserved_by(const std::vector<posting>& rows)
{
    reservation out;
    for (const posting& row : rows) {
        if (row.kind != posting_kind::reserve) continue;
        out.key = row.key;
        (row.leg == 0 ? out.account : out.holder) = row.account;
        if (row.leg == 0) out.amount = -row.amount;
    }
    return out;
}

/// A part of what two legs moved.
[[nodiscard]] std::vector<transfer_leg> part_of(std::span<const transfer_leg> left, money part,
                                                const std::string& key)
{
    const bool is_pair = left.size() == 2 && !part.is_negative() &&
                         left[0].amount.unit() == part.unit();
    if (!is_pair) {
        throw ledger_fault{"InvalidValue",
                           {"amount", to_string(part), "an amount above zero of a transfer with "
                            "two legs; otherwise Transfer(kind=\"reversal\", link=\"" + key +
                            "\", legs=...)", "malformed"}};
    }
    std::vector<transfer_leg> out;
    for (const transfer_leg& leg : left) {
        out.push_back({leg.account, leg.amount.is_negative() ? -part : part});
    }
    return out;
}

}  // namespace

void fail_store(const std::string& text)
{
    throw ledger_fault{"StoreError", {{}, {}, {}, "store", text}};
}

ledger_books::ledger_books(open_store open, std::optional<currency> unit, bool is_read_only)
    : open_{std::move(open)}, unit_{"CNY"}, is_read_only_{is_read_only}
{
    const auto found = unit_of(read_value(store().load()));
    unit_ = unit ? *unit : found.value_or(unit_);
    if (found && *found != unit_) {
        throw ledger_fault{"CurrencyMismatch",
                           {"currency", std::string{unit_.code()},
                            std::string{found->code()} + ", which the books are kept in",
                            "currency_mismatch"}};
    }
}

port::store& ledger_books::store()
{
    if (!store_) {
        try {
            store_ = open_();
        } catch (const std::runtime_error& error) {
            fail_store(error.what());
        }
    }
    return *store_;
}

void ledger_books::end_term() noexcept
{
    journal_.reset();
    fresh_terms_.clear();
    keys_.clear();
}

void ledger_books::refuse_to_write() const
{
    if (!is_read_only_) return;
    throw ledger_fault{"Refused", {"ledger", "opened to be read only",
                                   "one opened without read_only=True", "read_only"}};
}

void ledger_books::end_writers()
{
    refuse_to_write();
    end_term();
    static_cast<void>(read_value(store().fence()));
    store_.reset();
}

void ledger_books::begin_term()
{
    refuse_to_write();
    if (journal_) return;
    epoch_ = read_value(store().fence());
    const port::snapshot state = read_value(store().load());
    auto fresh = std::make_unique<ledger::journal>(unit_);
    if (!fresh->restore(state.heads, state.last_seal, state.reservations, state.terms)) {
        throw ledger_fault{"CurrencyMismatch",
                           {"ledger", "accounts of another currency",
                            "those of " + std::string{unit_.code()}, "currency_mismatch"}};
    }
    latest_ = std::max(latest_, state.last_seal.sealed_at);
    terms_.clear();
    for (const account_terms& each : state.terms) {
        terms_[name_of(each.account)] = each;  // the last of them holds
        latest_ = std::max(latest_, each.from);
    }
    journal_ = std::move(fresh);
}

std::vector<ledger_answer> ledger_books::commit(std::vector<ledger_step> steps, instant now)
{
    const std::lock_guard lock{mutex_};
    begin_term();
    const instant before = latest_;
    latest_ = std::max(latest_, now);
    goes_by_term_ = false;
    std::vector<ledger_answer> out(steps.size());
    try {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            stage(steps[i], out[i]);
        }
        submit();
    } catch (...) {
        // Whoever was overtaken refuses by balances and limits that may hold no longer.
        const bool is_refusal = journal_ != nullptr;
        go_back();
        latest_ = before;  // nothing was booked at that time
        if (is_refusal) prove_term();
        throw;
    }
    return out;
}

/// What terms were before is in the store; otherwise the journal goes back by itself.
void ledger_books::go_back()
{
    if (!fresh_terms_.empty()) end_term();
    if (journal_) journal_->discard();
    keys_.clear();
}

/// Raises Conflict where another writer has begun since.
void ledger_books::prove_term()
{
    port::batch nothing;
    nothing.fence_epoch = epoch_;
    hand_over(nothing);
}

void ledger_books::stage(ledger_step& step, ledger_answer& out)
{
    if (step.kind == kind_type::terms) return stage_terms(step);
    const auto known = step.work.key.empty() ? std::vector<posting>{} : rows_of(step.work.key);
    if (!known.empty() && !step.has_time) step.work.effective_at = known.front().effective_at;
    if (known.empty()) {
        if (!step.has_time) step.work.effective_at = latest_;
        if (step.kind == kind_type::close) return stage_close(step, out);
        complete(step);
        return post(step, out);
    }
    if (step.kind == kind_type::settle || step.kind == kind_type::release) complete(step);
    if (!is_repeat(step, known)) throw conflict_fault(step.work, known);
    out.is_repeat = true;
    out.postings = known;
}

/// A reversal of all and a closing take what there was then, which may be another sum by now: the
/// key says that it is done.
bool ledger_books::is_repeat(const ledger_step& step, const std::vector<posting>& known) const
{
    const posting& first = known.front();
    if (step.kind == kind_type::close) {
        return first.kind == posting_kind::closing && first.account == step.account;
    }
    if (step.kind == kind_type::reverse) {
        const auto is_part = [&](const posting& row) {
            return !step.part || row.amount == *step.part || row.amount == -*step.part;
        };
        return first.kind == posting_kind::reversal && first.link == step.work.link &&
               std::all_of(known.begin(), known.end(), is_part);
    }
    return ledger::journal::same_content(step.work, known);
}

/// Finds the legs that the books alone know.
void ledger_books::complete(ledger_step& step)
{
    transfer& work = step.work;
    if (step.kind == kind_type::reverse) {
        auto left = left_of(work.link);
        if (step.part) left = part_of(left, *step.part, work.link);
        const auto made =
            ledger::reversal_of(work.link, left, work.key, work.effective_at, latest_);
        work.legs = made.legs;
        if (work.explain.empty()) work.explain = made.explain;
        return;
    }
    if (step.kind != kind_type::settle && step.kind != kind_type::release) return;
    const reservation what = reserved_by(rows_of(work.link));
    if (what.key.empty()) {
        throw ledger_fault{"NotFound", {"link", '"' + work.link + '"',
                                        "the key of a reservation", "not_reserved"}};
    }
    transfer made;
    if (step.kind == kind_type::settle) {
        auto settled = ledger::settle_of(what, *step.part, step.to, work.key, latest_);
        if (!settled) {
            throw ledger_fault{"InvalidValue",
                               {"price", to_string(*step.part),
                                "nothing below zero or above " + to_string(what.amount) +
                                    ", which was reserved",
                                std::string{to_string(settled.error())}}};
        }
        made = std::move(*settled);
    } else {
        made = ledger::release_of(what, work.key, latest_);
    }
    work.legs = made.legs;
    if (work.explain.empty()) work.explain = made.explain;
}

void ledger_books::post(const ledger_step& step, ledger_answer& out)
{
    transfer work = step.work;
    work.recorded_at = latest_;
    std::vector<transfer_leg> left;
    if (work.kind == posting_kind::reversal && !work.link.empty()) left = left_of(work.link);
    const std::size_t before = journal_->staged().size();
    if (const auto staged = journal_->stage(work, left); !staged) {
        throw refusal_fault(staged.error(), work, *journal_);
    }
    const auto rows = journal_->staged().subspan(before);
    keys_[work.key] = {before, rows.size()};
    out.postings.assign(rows.begin(), rows.end());
}

/// Emptied first, closed then: nobody takes from a closed account.
void ledger_books::stage_close(ledger_step& step, ledger_answer& out)
{
    const account_head head = journal_->head(step.account);
    if (head.seq == 0) {
        throw ledger_fault{"NotFound", {"account", '"' + name_of(step.account) + '"',
                                        "an account of the books", "not_found"}};
    }
    if (journal_->is_closed(step.account) && head.balance.is_zero()) {
        out.is_repeat = true;
        goes_by_term_ = true;
        return;
    }
    ledger_step terms;
    terms.kind = kind_type::terms;
    terms.account = step.account;
    if (journal_->is_closed(step.account)) {  // charged late: opened for as long as it takes
        terms.is_closed = false;
        stage_terms(terms);
    }
    const auto closing =
        ledger::closing_of(head, step.to, step.debt, step.work.key, step.work.effective_at);
    if (closing) {
        step.work.kind = posting_kind::closing;
        step.work.legs = closing->legs;
        if (step.work.explain.empty()) step.work.explain = closing->explain;
        post(step, out);
    }
    terms.is_closed = true;
    stage_terms(terms);
}

/// Terms begin a millisecond after all that was booked before them, and what follows is booked
/// from that moment on: an audit then holds each posting to the terms that the journal did.
void ledger_books::stage_terms(const ledger_step& step)
{
    const std::string name = name_of(step.account);
    const auto found = terms_.find(name);
    account_terms fresh = found == terms_.end() ? account_terms{} : found->second;
    const account_terms before = fresh;
    fresh.account = step.account;
    if (step.sets_floor) fresh.floor = step.floor;
    fresh.is_closed = step.is_closed.value_or(fresh.is_closed);
    if (found != terms_.end() && fresh.floor == before.floor &&
        fresh.is_closed == before.is_closed) {
        goes_by_term_ = true;
        return;  // they hold already
    }
    latest_ += duration{1};
    fresh.from = latest_;
    if (!journal_->set_terms(fresh)) {
        throw ledger_fault{"CurrencyMismatch",
                           {name, fresh.floor ? to_string(*fresh.floor) : "",
                            "an amount of the account's currency", "currency_mismatch"}};
    }
    fresh_terms_.push_back(fresh);
    terms_[name] = fresh;
}

std::vector<posting> ledger_books::rows_of(const std::string& key)
{
    if (const auto found = keys_.find(key); found != keys_.end()) {
        const auto rows = journal_->staged().subspan(found->second.first, found->second.count);
        return {rows.begin(), rows.end()};
    }
    return read_value(store().find_transfer(key));
}

std::vector<transfer_leg> ledger_books::left_of(const std::string& key)
{
    if (rows_of(key).empty()) {
        throw ledger_fault{"NotFound", {"link", '"' + key + '"',
                                        "the key of a transfer in the books", "not_found"}};
    }
    auto left = read_value(ledger::what_is_left(key, store(), journal_->staged()));
    if (left.empty()) {
        throw ledger_fault{"Refused", {"link", '"' + key + "\", of which nothing is left",
                                       "a transfer that was not taken back as a whole",
                                       "exceeds_original"}};
    }
    return left;
}

void ledger_books::submit()
{
    port::batch work;
    work.fence_epoch = epoch_;
    if (!journal_->empty()) {
        auto block = journal_->seal(latest_);
        work.expected_heads = std::move(block.expected_heads);
        work.postings = std::move(block.postings);
        work.reservations = std::move(block.reservations);
        work.seal = block.seal;
    }
    work.terms = fresh_terms_;
    if (work.empty() && !goes_by_term_) return;
    hand_over(work);
    if (work.seal) journal_->accept();
    fresh_terms_.clear();
    keys_.clear();
}

void ledger_books::hand_over(const port::batch& work)
{
    store().submit(work);
    const auto outcome = store().poll();
    if (!outcome || outcome->status != port::commit_status::committed) {
        end_term();
        const bool is_conflict = outcome && outcome->status == port::commit_status::conflict;
        const std::string detail = outcome ? outcome->detail : "the store gave no answer";
        if (!is_conflict) store_.reset();  // what is on the disk is found by opening it anew
        throw ledger_fault{is_conflict ? "Conflict" : "StoreError",
                           {"ledger", detail,
                            is_conflict ? "no other writer meanwhile; to be asked again with the "
                                          "same keys, which takes up the books anew"
                                        : "to be asked again with the same keys: it is in the "
                                          "books whole or not at all",
                            is_conflict ? "conflict" : "failed"}};
    }
}

}  // namespace wattpurse::python
