// SPDX-License-Identifier: Apache-2.0
#include "bill_run.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "bill_worker.hpp"

namespace wattpurse::python {

bill_run::bill_run(std::shared_ptr<readings> from, std::vector<bill_class> classes,
                   const std::unordered_map<std::string, std::uint32_t>& class_of,
                   bill_options options)
    : from_{std::move(from)}, classes_{std::move(classes)}, options_{std::move(options)}
{
    for (const std::string& account : from_->accounts) {
        const auto known = class_of.find(account);
        class_of_.push_back(known == class_of.end() ? 0 : known->second);
    }
    bills_.resize(from_->accounts.size());
}

bool bill_run::prepare()
{
    bad = from_->bad;
    bad_count = bad.size();
    if (from_->accounts.empty()) {
        faults.push_back({"", {"readings", "no rows", "a row for each account and time"}});
        return false;
    }
    return find_interval() && find_periods() && compile();
}

/// The shortest step among the first rows of the first accounts that have more than one.
bool bill_run::find_interval()
{
    if (options_.interval) return true;
    constexpr std::size_t rows_looked_at = 3'000;
    constexpr std::size_t accounts_looked_at = 20;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < std::min(accounts_looked_at, from_->runs.size()); ++i) {
        std::vector<std::int64_t> times;
        for (const reading_run& run : from_->runs[i]) {
            const reading_batch& in = from_->batches[run.batch];
            for (std::int64_t at = run.first;
                 at < std::int64_t{run.first} + run.count && times.size() < rows_looked_at; ++at) {
                std::int64_t ms = 0;
                if (moment_of(in, from_->form, at, ms) == nullptr) times.push_back(ms);
            }
        }
        std::sort(times.begin(), times.end());
        for (std::size_t j = 1; j < times.size(); ++j) {
            const std::int64_t step = times[j] - times[j - 1];
            if (step > 0) least = std::min(least, step);
        }
    }
    constexpr std::int64_t day = 86'400'000;
    const bool is_unread =
        !options_.is_register && least == std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; is_unread && i < std::min(accounts_looked_at, from_->runs.size());
         ++i) {
        for (bad_row& each : usable_rows(*from_, i).bad) {
            if (++bad_count <= bad_rows_kept) bad.push_back(std::move(each));
        }
    }
    if (is_unread && bad_count > 0) return false;  // why there is no step to be seen
    if (least <= day && day % least == 0) {
        options_.interval = duration{least};
    } else if (!options_.is_register) {
        faults.push_back({"", {"interval", "not given, and not to be seen from the times",
                               "the length of a row's interval, such as timedelta(minutes=15)"}});
        return false;
    }
    return true;
}

/// The months of the first tariff's zone that the readings touch.
bool bill_run::find_periods()
{
    if (options_.periods.empty()) {
        auto [first, last] = span_of(*from_, options_.threads);
        if (first > last) {  // every time is bad: reading the accounts tells which and why
            first = last = 0;
        }
        if (options_.is_end_stamped) first -= options_.interval->count();
        if (options_.is_end_stamped || options_.is_register) last = std::max(first, last - 1);
        const tariff::civil_zone& zone = classes_.front().by.zone;
        for (instant at{duration{first}};;) {
            options_.periods.push_back(tariff::period_at(at, zone));
            at = options_.periods.back().until;
            if (at.time_since_epoch().count() > last) break;
            constexpr std::size_t months_max = 1'200;
            if (options_.periods.size() == months_max) {
                faults.push_back({"", {"readings", "times that span more than 100 years",
                                       "times of one unit"}});
                return false;
            }
        }
    }
    begin_ = options_.periods.front().from;
    if (options_.interval) {
        intervals_ = static_cast<std::size_t>((options_.periods.back().until - begin_) /
                                              *options_.interval);
    }
    return true;
}

bool bill_run::compile()
{
    if (!options_.interval) return true;
    for (const bill_class& each : classes_) {
        auto ready = tariff::batch::compile(each.by, options_.periods, begin_, *options_.interval,
                                            intervals_, each.common);
        if (!ready) {
            for (const fault& what : ready.error()) faults.push_back({"", what});
            return false;
        }
        batches_.push_back(std::move(*ready));
    }
    return true;
}

void bill_run::run()
{
    std::atomic<std::uint32_t> next{0};
    const auto size = static_cast<std::uint32_t>(from_->accounts.size());
    std::vector<worker> workers;
    const unsigned count = std::max(1U, std::min(options_.threads, size));
    for (unsigned i = 0; i < count; ++i) workers.emplace_back(*this);
    std::mutex telling;
    std::exception_ptr failure;
    const auto work = [&](worker& mine) {
        try {
            for (;;) {
                const std::uint32_t account = next++;
                if (account >= size || cancelled) return;
                mine.rate(account, bills_[account]);
                ++done;
            }
        } catch (...) {  // no memory: told by the thread that waits for all
            const std::scoped_lock mine_alone{telling};
            failure = std::current_exception();
            cancelled = true;
        }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < count; ++i) {
        others.emplace_back(work, std::ref(workers[i]));
    }
    work(workers[0]);
    for (std::thread& each : others) each.join();
    if (failure) std::rethrow_exception(failure);
    for (worker& each : workers) take_in(each);
    std::sort(bad.begin(), bad.end(),
              [](const bad_row& a, const bad_row& b) { return a.row < b.row; });
    if (bad.size() > bad_rows_kept) bad.resize(bad_rows_kept);
}

void bill_run::take_in(worker& from)
{
    bad.insert(bad.end(), from.bad.begin(), from.bad.end());
    bad_count += from.bad_count;
    faults.insert(faults.end(), from.faults.begin(), from.faults.end());
}

result<tariff::rated, std::vector<fault>> bill_run::itemised(std::uint32_t account,
                                                             std::uint32_t period) const
{
    return worker{*this}.itemise(account, period);
}

std::optional<std::int64_t> bill_run::charged(std::uint32_t account, std::uint32_t period) const
{
    for (const account_bill& each : bills_[account]) {
        if (each.period == period) return each.charged;
    }
    return std::nullopt;
}

out_table bill_run::bills() const
{
    texts account;
    texts period;
    texts unit;
    moments start;
    moments until;
    decimals kwh{4, {}};
    decimals charged{6, {}};
    decimals total{6, {}};
    counts estimated;
    counts missing;
    for (const auto& all : bills_) {
        for (const account_bill& each : all) {
            const tariff::period& over = options_.periods[each.period];
            account.push_back(from_->accounts[each.account]);
            period.push_back(over.id.view());
            start.ms.push_back(over.from.time_since_epoch().count());
            until.ms.push_back(over.until.time_since_epoch().count());
            kwh.mantissas.push_back(each.kwh);
            charged.mantissas.push_back(each.charged);
            total.mantissas.push_back(each.total);
            const currency code = class_of(each.account).by.unit;
            unit.push_back(code.code());
            estimated.values.push_back(each.estimated);
            missing.values.push_back(each.missing);
        }
    }
    return {{{"account", std::move(account)},
             {"period", std::move(period)},
             {"start", std::move(start)},
             {"until", std::move(until)},
             {"kwh", std::move(kwh)},
             {"charged", std::move(charged)},
             {"total", std::move(total)},
             {"currency", std::move(unit)},
             {"estimated", std::move(estimated)},
             {"missing", std::move(missing)}}};
}

out_table bill_run::lines() const
{
    texts account;
    texts period;
    texts line;
    decimals amount{6, {}};
    for (const auto& all : bills_) {
        for (const account_bill& each : all) {
            for (const auto& [id, cost] : each.lines) {
                account.push_back(from_->accounts[each.account]);
                period.push_back(options_.periods[each.period].id.view());
                line.push_back(id.view());
                amount.mantissas.push_back(cost);
            }
        }
    }
    return {{{"account", std::move(account)},
             {"period", std::move(period)},
             {"line", std::move(line)},
             {"amount", std::move(amount)}}};
}

}  // namespace wattpurse::python
