// SPDX-License-Identifier: Apache-2.0
// Whom to ask when: the reading rounds of `system`.
#include <algorithm>
#include <array>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/engine/system.hpp>

namespace wattpurse::engine {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// A round is gone through again for the meters that did not answer.
constexpr std::array<duration, 3> passes{minutes{0}, minutes{5}, system::last_pass};

/// A meter keeps its daily freezes for 62 days (050601 {01..3E}).
constexpr int freeze_days_max = 62;

}  // namespace

/// The beginning of the round that `at` lies in.
instant system::round_base(instant at) const
{
    const instant day = start_of_day(at, site_.zone);
    return day + (at - day) / site_.read_every * site_.read_every;
}

/// The first pass of a round after a moment. Rounds stand at multiples of `read_every` since
/// local midnight.
instant system::next_round(instant after) const
{
    for (instant base = round_base(after);; base += site_.read_every) {
        for (const duration pass : passes) {
            if (pass < site_.read_every && base + pass > after) return base + pass;
        }
    }
}

/// When those who have not answered are asked for the last time before the next round.
duration system::last_pass_of_round() const
{
    duration last{0};
    for (const duration pass : passes) {
        if (pass < site_.read_every) last = std::max(last, pass);
    }
    return last;
}

void system::run_rounds(instant now)
{
    if (broadcast_at_ <= now) {
        for (std::size_t bus = 0; bus < site_.buses.size(); ++bus) {
            acquire_.broadcast_time(bus, now);
        }
        broadcast_at_ += hours{24};
    }
    if (round_at_ > now) return;
    // After a time without power there is no use in the rounds that were missed: registers are
    // cumulative, and freezes are asked for by their midnight.
    instant round = round_at_;
    while (next_round(round) <= now) round = next_round(round);
    ask_missing(round);
    round_at_ = next_round(round);
    acquire_.advance(now);
}

void system::ask_missing(instant round)
{
    const instant base = round_base(round);
    const bool midnight = base == start_of_day(round, site_.zone);
    for (const service& of : services_) {
        if (of.until || of.from > round) continue;
        const std::size_t bus = bus_index(of.bus);
        ask_freezes(of, bus, round);
        const bool first_pass = round == base;
        // A relay that is not known to be closed may be closed by the customer at any time.
        const bool watched = control_.state(of.account).relay != relay_state::closed;
        if (first_pass && (midnight || watched)) {
            ask_status(of.account, round);
        }
        // At midnight the freeze is the reading: exact, whenever it is asked for.
        if (midnight) continue;
        const bool read = std::any_of(passes.begin(), passes.end(), [&](duration pass) {
            return has(of, base + pass, reading_source::poll);
        });
        // A restart within the pass does not wait once more for who was silent in it.
        const bool silent = std::any_of(staged_.begin(), staged_.end(), [&](const arrival& a) {
            return a.kind == arrival_kind::silence && a.meter == of.meter && a.at == round;
        });
        if (!read && !silent) {
            acquire_.ask({inquiry::topic::energy, bus, of.account, of.meter, round, 0});
        }
    }
}

/// Every midnight since the meter began to serve is wanted, so that a silent line costs nothing
/// but time.
void system::ask_freezes(const service& of, std::size_t bus, instant round)
{
    const instant today = start_of_day(round, site_.zone);
    for (int ago = freeze_days_max; ago >= 1; --ago) {
        const instant midnight = today - hours{24} * (ago - 1);
        if (midnight < of.from || midnight < billing_.oldest_open(round) ||
            has(of, midnight, reading_source::daily_freeze)) {
            continue;
        }
        acquire_.ask({inquiry::topic::daily_freeze, bus, of.account, of.meter, midnight,
                      static_cast<std::uint8_t>(ago)});
    }
}

bool system::has(const service& of, instant at, reading_source source) const
{
    const auto waits = [&](const arrival& a) {
        return a.kind == arrival_kind::reading && a.meter == of.meter && a.at == at &&
               a.source == source;
    };
    return billing_.knows(of.account, of.meter, at, source) || any_unbooked(waits);
}

void system::ask_status(const account_id& account, instant at)
{
    const service* of = serving(account);
    if (of == nullptr) return;
    acquire_.ask({inquiry::topic::relay_status, bus_index(of->bus), account, of->meter, at, 0});
}

std::size_t system::bus_index(const bus_id& bus) const
{
    const auto found = std::find(site_.buses.begin(), site_.buses.end(), bus);
    WATTPURSE_ASSERT(found != site_.buses.end());  // checked when the site is read
    return static_cast<std::size_t>(found - site_.buses.begin());
}

const service* system::serving(const account_id& account) const
{
    const auto found = std::find_if(services_.begin(), services_.end(), [&](const service& of) {
        return of.account == account && !of.until;
    });
    return found == services_.end() ? nullptr : &*found;
}

}  // namespace wattpurse::engine
