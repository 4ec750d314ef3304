// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/verify.hpp>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include <wattpurse/engine/billing.hpp>
#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/ledger/statement.hpp>

namespace wattpurse::engine {

namespace {

using ledger::invariant;

void found(invariant& of, std::string fault)
{
    if (!of.holds) return;
    of.holds = false;
    of.fault = std::move(fault);
}

std::string text_of(const account_id& account) { return std::string{account.view()}; }

bool is_rated(posting_kind kind)
{
    return kind == posting_kind::charge || kind == posting_kind::adjustment ||
           kind == posting_kind::rounding;
}

/// What a posting says, without its place in the books.
auto content(const posting& p)
{
    return std::tie(p.key, p.account, p.kind, p.subject, p.effective_at, p.recorded_at,
                    p.explain);
}

/// I5: the revisions of a line are numbered without a gap, so none is missing and none twice.
void check_revisions(const std::vector<posting>& rows, invariant& out)
{
    std::map<std::string, std::uint64_t> revisions;
    for (const posting& row : rows) {
        if (row.kind != posting_kind::charge && row.kind != posting_kind::adjustment) continue;
        const std::uint64_t number = ++revisions[row.subject];
        const std::string expected = "charge/" + text_of(row.account) + "/" + row.subject + "/" +
                                     std::to_string(number);
        if (row.key != expected) found(out, "found " + row.key + ", expected " + expected);
    }
}

/// I6: per account, the difference of each meter's first and last good registers, summed over
/// its meters, is what the bills say was used.
void check_registers(const account_id& account, const std::vector<reading>& readings,
                     const port::snapshot& state, const site& where, invariant& out)
{
    instant closed = instant::min();
    std::array<std::int64_t, tariff_count> billed{};
    for (const bill& done : state.bills) {
        if (done.account != account) continue;
        closed = std::max(closed, done.until);
        for (std::size_t t = 0; t < tariff_count; ++t) billed[t] += done.used[t].mantissa();
    }
    std::map<meter_id, std::pair<const reading*, const reading*>> ends;
    for (const reading& each : readings) {
        if (each.quality != quality::good || each.effective_at > closed) continue;
        auto& end = ends.emplace(each.meter, std::pair{&each, &each}).first->second;
        if (each.effective_at < end.first->effective_at) end.first = &each;
        if (each.effective_at >= end.second->effective_at) end.second = &each;
    }
    const std::int64_t capacity = where.profile.register_capacity.mantissa();
    std::array<std::int64_t, tariff_count> measured{};
    for (const auto& [meter, end] : ends) {
        for (std::size_t t = 0; t < tariff_count; ++t) {
            const std::int64_t step = end.second->registers.tariff[t].mantissa() -
                                      end.first->registers.tariff[t].mantissa();
            measured[t] += step < 0 ? step + capacity : step;  // rolled over
        }
    }
    for (std::size_t t = 0; t < tariff_count; ++t) {
        if (measured[t] != billed[t]) {
            found(out, text_of(account) + " T" + std::to_string(t + 1) + ": registers say " +
                           to_string(energy::of(measured[t])) + " kWh, bills " +
                           to_string(energy::of(billed[t])));
        }
    }
}

/// I8: the stored readings, taken in again in the ticks they were booked in, must give each
/// posting of the metering to the last digit and letter.
result<void, std::string> check_replay(const std::vector<reading>& readings,
                                       std::vector<posting> booked, const site& where,
                                       const tariff::tariff& price_list, invariant& out)
{
    billing again{where, price_list};
    ledger::journal journal{where.unit};
    for (const auto& account : where.accounts) again.open(account.account, where.opened_at);
    std::map<instant, std::vector<reading>> ticks;
    for (reading each : readings) {
        each.quality = quality::good;  // as it came in; judged anew
        ticks[each.recorded_at].push_back(each);
    }
    for (const auto& [tick, arrived] : ticks) {
        for (const reading& each : arrived) (void)again.insert(each);
        port::batch ignored;
        if (auto done = again.book(tick, journal, ignored); !done) return done;
    }
    std::vector<posting> replayed;
    for (const posting& row : journal.staged()) {
        if (is_customer(row.account)) replayed.push_back(row);
    }
    const auto by_key = [](const posting& a, const posting& b) { return a.key < b.key; };
    std::sort(replayed.begin(), replayed.end(), by_key);
    std::sort(booked.begin(), booked.end(), by_key);
    const std::size_t common = std::min(replayed.size(), booked.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (content(replayed[i]) != content(booked[i]) ||
            !(replayed[i].amount == booked[i].amount)) {
            found(out, "booked " + booked[i].key + " " + to_string(booked[i].amount) +
                           ", rated anew " + replayed[i].key + " " +
                           to_string(replayed[i].amount));
        }
    }
    if (replayed.size() != booked.size()) {
        found(out, std::to_string(booked.size()) + " postings booked, " +
                       std::to_string(replayed.size()) + " when rated anew");
    }
    return {};
}

}  // namespace

result<metering_report, std::string> verify(port::store& books, const site& where,
                                            const tariff::tariff& price_list)
{
    metering_report out;
    const auto state = books.load();
    if (!state) return tl::unexpected<std::string>{state.error()};
    std::vector<reading> readings;
    std::vector<posting> booked;
    for (const auto& account : where.accounts) {
        const auto known = readings_of(books, account.account, instant::min(), instant::max());
        if (!known) return tl::unexpected<std::string>{known.error()};
        auto rows = ledger::account_postings(books, account.account);
        if (!rows) return tl::unexpected<std::string>{rows.error()};
        check_revisions(*rows, out.charged_once);
        check_registers(account.account, *known, *state, where, out.registers);
        readings.insert(readings.end(), known->begin(), known->end());
        std::copy_if(rows->begin(), rows->end(), std::back_inserter(booked),
                     [](const posting& row) { return is_rated(row.kind); });
    }
    const auto replayed = check_replay(readings, std::move(booked), where, price_list, out.replay);
    if (!replayed) return tl::unexpected<std::string>{replayed.error()};
    return out;
}

}  // namespace wattpurse::engine
