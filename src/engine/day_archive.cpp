// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/day_archive.hpp>

#include <algorithm>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include <wattpurse/usage/day_block.hpp>

namespace wattpurse::engine {
namespace {

using days = std::vector<port::day_sealing>;
using readings = std::vector<reading>;

[[nodiscard]] tl::unexpected<std::string> trouble(const meter_id& meter, instant day,
                                                  const fault& what)
{
    return tl::unexpected<std::string>{
        "the day " + std::string{iso8601(day, {}).view()} + " of meter " +
        std::string{meter.view()} + ": " + what.path + ": " + what.value + " (expected " +
        what.expected + ")"};
}

[[nodiscard]] result<usage::day_block, std::string> opened(const sealed_day& day)
{
    auto block = usage::open(day.bytes);
    if (!block) return trouble(day.meter, day.from, block.error());
    const auto& of = block->of;
    if (of.account != day.account || of.meter != day.meter || of.day.from() != day.from ||
        block->revision != day.revision) {
        return trouble(day.meter, day.from,
                       {"bytes", "those of another day", "those of revision " +
                                                             std::to_string(day.revision)});
    }
    return std::move(*block);
}

[[nodiscard]] auto identity(const reading& of)
{
    return std::tie(of.effective_at, of.source, of.meter);
}

/// How many readings at the front are of one account, meter and day.
[[nodiscard]] std::size_t first_day(std::span<const reading> loose, fixed_zone zone)
{
    const reading& first = loose.front();
    const auto day = usage::local_day::of(first.effective_at, zone);
    const auto other = std::find_if(loose.begin(), loose.end(), [&](const reading& each) {
        return each.account != first.account || each.meter != first.meter ||
               usage::local_day::of(each.effective_at, zone) != day;
    });
    return static_cast<std::size_t>(other - loose.begin());
}

/// The revision that follows, with what came late; the first one where there is none.
[[nodiscard]] result<port::day_sealing, std::string> next_revision(
    port::store& books, std::span<const reading> loose, fixed_zone zone)
{
    const reading& first = loose.front();
    const auto day = usage::local_day::of(first.effective_at, zone);
    sealed_day out{first.account, first.meter, day.from(), day.until(), 1, {}};
    auto known = books.sealed_days(first.account, day.from(), day.from());
    if (!known) return tl::unexpected<std::string>{std::move(known.error())};
    readings all{loose.begin(), loose.end()};
    for (const sealed_day& before : *known) {
        if (before.meter != first.meter || before.from != day.from()) continue;
        auto block = opened(before);
        if (!block) return tl::unexpected<std::string>{std::move(block.error())};
        auto revised = usage::revise(*block, loose);
        if (!revised) return trouble(first.meter, day.from(), revised.error());
        // Also where the late ones say nothing new: they are loose no longer.
        all = std::move(revised->block.readings);
        out.revision = before.revision + 1;
    }
    auto bytes = usage::seal({first.meter, first.account, day}, out.revision, all);
    if (!bytes) return trouble(first.meter, day.from(), bytes.error());
    out.bytes = std::move(*bytes);
    return port::day_sealing{std::move(out), loose.size()};
}

/// All loose readings of the account, meter and day of `one`.
[[nodiscard]] result<readings, std::string> rest_of_day(port::store& books, const reading& one,
                                                        fixed_zone zone)
{
    const auto day = usage::local_day::of(one.effective_at, zone);
    auto all = books.readings(one.account, day.from(), day.until() - duration{1});
    if (all) {
        std::erase_if(*all, [&](const reading& each) { return each.meter != one.meter; });
    }
    return all;
}

/// Both by identity.
[[nodiscard]] readings merged(readings sealed, readings loose)
{
    readings out;
    out.reserve(sealed.size() + loose.size());
    auto late = loose.begin();
    for (reading& each : sealed) {
        for (; late != loose.end() && identity(*late) < identity(each); ++late) {
            out.push_back(*late);
        }
        if (late != loose.end() && identity(*late) == identity(each)) {
            if (late->recorded_at >= each.recorded_at) each = *late;
            ++late;
        }
        out.push_back(each);
    }
    out.insert(out.end(), late, loose.end());
    return out;
}

void by_identity(readings& all)
{
    std::sort(all.begin(), all.end(), [](const reading& a, const reading& b) {
        return identity(a) < identity(b);
    });
}

}  // namespace

result<readings, std::string> readings_of(port::store& books, const account_id& account,
                                          instant from, instant until)
{
    auto loose = books.readings(account, from, until);
    if (!loose) return loose;
    const auto days = books.sealed_days(account, from, until);
    if (!days) return tl::unexpected<std::string>{days.error()};
    readings sealed;
    for (const sealed_day& day : *days) {
        const auto block = opened(day);
        if (!block) return tl::unexpected<std::string>{block.error()};
        std::copy_if(block->readings.begin(), block->readings.end(), std::back_inserter(sealed),
                     [&](const reading& each) {
                         return from <= each.effective_at && each.effective_at <= until;
                     });
    }
    by_identity(sealed);
    by_identity(*loose);
    // Days of two zones may both hold one: the last word counts.
    for (std::size_t i = 1; i < sealed.size(); ++i) {
        if (identity(sealed[i - 1]) != identity(sealed[i])) continue;
        if (sealed[i - 1].recorded_at > sealed[i].recorded_at) sealed[i] = sealed[i - 1];
    }
    const auto is_same = [](const reading& a, const reading& b) {
        return identity(a) == identity(b);
    };
    const auto first = std::unique(sealed.rbegin(), sealed.rend(), is_same);
    sealed.erase(sealed.begin(), first.base());
    return merged(std::move(sealed), std::move(*loose));
}

days closed_days(port::store& books, instant until, fixed_zone zone, std::size_t limit,
                 std::string& fault)
{
    fault.clear();
    const auto note = [&fault](std::string what) {
        if (fault.empty()) fault = std::move(what);
    };
    const instant end = start_of_day(until, zone);
    auto loose = books.loose_readings(end, limit);
    if (!loose) {
        note(std::move(loose.error()));
        return {};
    }
    days out;
    const bool is_cut = loose->size() == limit;
    for (std::span<const reading> rest{*loose}; !rest.empty();) {
        const std::size_t count = first_day(rest, zone);
        // The last one may have been cut in two: it waits, unless it is all there is.
        const bool may_be_cut = is_cut && count == rest.size();
        if (may_be_cut && !out.empty()) break;
        auto all = may_be_cut ? rest_of_day(books, rest.front(), zone)
                              : result<readings, std::string>{};
        auto day = all ? next_revision(books, may_be_cut ? *all : rest.first(count), zone)
                       : tl::unexpected<std::string>{std::move(all.error())};
        if (day) {
            out.push_back(std::move(*day));
        } else {
            note(std::move(day.error()));
        }
        rest = rest.subspan(count);
    }
    return out;
}

}  // namespace wattpurse::engine
