// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <wattpurse/port/failpoint.hpp>

#include "books.hpp"

namespace wattpurse::adapter::sqlite {
namespace {

/// Inserts one row; a key that is taken is reported with the words of `name`, as a constraint.
template <class Row, class Name>
void insert_new(statement& insert, const Row& row, Name name)
{
    put(insert, row);
    try {
        insert.run();
    } catch (const sqlite_error& error) {
        if (error.primary() != SQLITE_CONSTRAINT) {
            throw;
        }
        throw sqlite_error{SQLITE_CONSTRAINT, name(row) + " is in the books already"};
    }
}

template <class Row>
void write_all(statement& write, const std::vector<Row>& rows)
{
    for (const Row& row : rows) {
        put(write, row);
        write.run();
    }
}

[[nodiscard]] std::string name_of(const posting& row)
{
    return "posting '" + row.key + "' leg " + std::to_string(row.leg);
}

[[nodiscard]] std::string name_of(const bill& row)
{
    return "bill '" + std::string{row.period.view()} + "' of account " +
           std::string{row.account.view()};
}

[[nodiscard]] std::string name_of(const sealed_day& row)
{
    return "revision " + std::to_string(row.revision) + " of the day " +
           std::string{iso8601(row.from, {}).view()} + " of meter " +
           std::string{row.meter.view()};
}

[[nodiscard]] std::string name_of(const arrival& row)
{
    return "arrival " + std::to_string(row.id);
}

constexpr auto naming = [](const auto& row) { return name_of(row); };

}  // namespace

std::string store::books::commit(const port::batch& work)
{
    transaction all_or_nothing{file};
    renew();
    std::string fault = write(work);
    if (!fault.empty()) {
        forget_batch();
        return fault;
    }
    WATTPURSE_FAILPOINT("sqlite.before_commit");
    all_or_nothing.commit();
    index.settle();
    WATTPURSE_FAILPOINT("sqlite.after_commit");
    return {};
}

/// Checks and writes, within a transaction.
std::string store::books::write(const port::batch& work)
{
    std::string fault = fault_of(work);
    if (!fault.empty()) {
        return fault;
    }
    write_ledger(work);
    WATTPURSE_FAILPOINT("sqlite.mid_batch");
    write_rest(work);
    for (const auto write : {&books::seal_days, &books::book_arrivals}) {
        fault = (this->*write)(work);
        if (!fault.empty()) {
            return fault;
        }
    }
    return {};
}

std::string store::books::fault_of(const port::batch& work)
{
    const auto epoch = static_cast<std::uint64_t>(meta("fence_epoch", 0));
    if (work.fence_epoch != epoch) {
        return "epoch " + std::to_string(work.fence_epoch) + " is not the writer's, which is " +
               std::to_string(epoch);
    }
    for (const auto check : {&books::head_fault, &books::seal_fault, &books::posting_fault}) {
        std::string fault = (this->*check)(work);
        if (!fault.empty()) {
            return fault;
        }
    }
    return {};
}

std::string store::books::head_fault(const port::batch& work)
{
    for (const account_head& expected : work.expected_heads) {
        const account_head now = head(expected.account);
        // The zero of an account that has no postings yet is of no currency here.
        const bool same_balance = now.seq == 0 ? expected.balance.is_zero()
                                               : now.balance == expected.balance;
        if (now.seq != expected.seq || !same_balance) {
            return "account " + std::string{expected.account.view()} + " stands at number " +
                   std::to_string(now.seq) + " with " + to_string(now.balance) +
                   ", expected number " + std::to_string(expected.seq) + " with " +
                   to_string(expected.balance);
        }
    }
    return {};
}

std::string store::books::seal_fault(const port::batch& work)
{
    if (work.seal.has_value() != !work.postings.empty()) {
        return "a batch has a seal exactly when it has postings";
    }
    if (!work.seal) {
        return {};
    }
    const block_seal last = last_seal();
    if (work.seal->number != last.number + 1 || work.seal->previous != last.value) {
        return "block " + std::to_string(work.seal->number) + " does not follow block " +
               std::to_string(last.number);
    }
    if (work.seal->postings != work.postings.size()) {
        return "block " + std::to_string(work.seal->number) + " seals another count of postings";
    }
    return {};
}

std::string store::books::posting_fault(const port::batch& work)
{
    const posting* before = nullptr;
    for (const posting& row : work.postings) {
        if (row.block != work.seal->number) {
            return name_of(row) + " is not of the batch's block";
        }
        if (row.leg != 0 && (before == nullptr || before->key != row.key ||
                             before->leg + 1 != row.leg)) {
            return name_of(row) + " does not stand beside the leg before it";
        }
        before = &row;
        account_head& now = head(row.account);
        if (now.seq == 0) {
            now.balance = money{{}, row.amount.unit()};
        }
        const auto balance = now.balance + row.amount;
        if (row.account_seq != now.seq + 1 || !balance || *balance != row.running_balance) {
            return name_of(row) + " does not follow number " + std::to_string(now.seq) +
                   " of account " + std::string{row.account.view()};
        }
        now.seq = row.account_seq;
        now.balance = *balance;
    }
    return {};
}

void store::books::write_ledger(const port::batch& work)
{
    const std::uint64_t first = work.seal ? end_of_postings() : 0;
    std::uint64_t next = first;
    for (const posting& row : work.postings) {
        if (!index.add(row, static_cast<std::int64_t>(next))) {
            throw sqlite_error{SQLITE_CONSTRAINT, name_of(row) + " is in the books already"};
        }
        insert_posting.put_count(next++);
        put(insert_posting, row);
        insert_posting.run();
    }
    if (work.seal) {
        put(insert_seal, *work.seal);
        insert_seal.put_count(first).run();
        index.write_slice();
    }
    for (const bill& row : work.bills) {
        insert_new(insert_bill, row, naming);
    }
}

void store::books::write_rest(const port::batch& work)
{
    for (const arrival& row : work.arrivals) {
        insert_new(insert_arrival, row, naming);
    }
    write_all(write_reservation, work.reservations);
    write_all(write_terms, work.terms);
    write_all(write_reading, work.readings);
    write_all(write_service, work.services);
    write_all(write_credit_state, work.credit_states);
    write_all(write_command, work.commands);
    write_all(write_notice, work.notices);
    write_all(insert_event, work.events);
    if (work.progress) {
        const auto until = work.progress->booked_until.time_since_epoch().count();
        write_meta.put("booked_until").put(static_cast<std::int64_t>(until)).run();
        set_meta("last_arrival", work.progress->last_arrival);
    }
}

std::string store::books::seal_days(const port::batch& work)
{
    for (const auto& [row, loose] : work.sealed_days) {
        select_revision.put(row.account.view()).put(row.from).put(row.meter.view());
        std::int64_t last = 0;
        {
            const use reset_after{select_revision};
            if (select_revision.step()) last = select_revision.optional_integer().value_or(0);
        }
        if (row.revision != last + 1) {
            return name_of(row) + " does not follow revision " + std::to_string(last);
        }
        insert_new(insert_day, row, naming);
        delete_loose.put(row.meter.view()).put(row.from).put(row.until);
        delete_loose.put(row.account.view()).run();
        const auto taken = static_cast<std::size_t>(sqlite3_changes(file.handle()));
        if (taken != loose) {
            return "the day " + std::string{iso8601(row.from, {}).view()} + " of meter " +
                   std::string{row.meter.view()} + " has " + std::to_string(taken) +
                   " loose readings, expected " + std::to_string(loose);
        }
    }
    return {};
}

std::string store::books::book_arrivals(const port::batch& work)
{
    for (const std::uint64_t id : work.booked_arrivals) {
        delete_arrival.put_count(id).run();
        if (sqlite3_changes(file.handle()) != 1) {
            return "arrival " + std::to_string(id) + " is not staged";
        }
    }
    return {};
}

}  // namespace wattpurse::adapter::sqlite
