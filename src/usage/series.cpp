// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/usage/series.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>

namespace wattpurse::usage {

namespace {

bool is_accepted(quality value) noexcept
{
    return value == quality::good || value == quality::estimated;
}

/// Of several readings of one meter and moment: which is judged first.
int rank(reading_source source) noexcept
{
    switch (source) {
        case reading_source::exchange_first: return 0;
        case reading_source::exchange_final: return 1;
        case reading_source::daily_freeze: return 2;
        case reading_source::poll: return 3;
    }
    return 4;
}

auto order_of(const reading& r) noexcept
{
    return std::tuple{r.effective_at, r.meter, rank(r.source)};
}

bool comes_before(const reading& a, const reading& b) noexcept
{
    return order_of(a) < order_of(b);
}

std::string shows(std::string_view name, energy before, energy now)
{
    std::string out{name};
    out += " from ";
    out += text(before).view();
    out += " to ";
    out += text(now).view();
    out += " kWh";
    return out;
}

/// "register T2 from 1234.5600 to 1200.0000 kWh, total from ...": every register that moved.
std::string moved(const register_set& before, const register_set& now)
{
    std::string out = shows("total", before.total, now.total);
    for (std::size_t i = 0; i < tariff_count; ++i) {
        if (before.tariff[i] == now.tariff[i]) continue;
        const std::string name{'T', static_cast<char>('1' + i)};
        out += ", " + shows(name, before.tariff[i], now.tariff[i]);
    }
    return out;
}

/// The energy of both, or false where a register's sum would not fit.
bool add(tariff_energy& sum, const tariff_energy& more) noexcept
{
    tariff_energy next{};
    for (std::size_t i = 0; i < tariff_count; ++i) {
        const auto each = sum[i] + more[i];
        if (!each) return false;
        next[i] = *each;
    }
    sum = next;
    return true;
}

}  // namespace

series::series(account_id account, instant from, std::optional<instant> until,
               const limits& within, bool first_period)
    : account_{account}, from_{from}, until_{until}, within_{within},
      first_period_{first_period}, last_good_{from}
{
}

series::outcome series::insert(const reading& taken)
{
    note beside;
    beside.declared = taken.quality;
    return place(taken, std::move(beside));
}

series::outcome series::restore(const reading& stored)
{
    note beside;
    beside.declared = stored.quality == quality::estimated ? quality::estimated : quality::good;
    beside.published = stored.quality;
    beside.told = !is_accepted(stored.quality);
    return place(stored, std::move(beside));
}

series::outcome series::place(const reading& taken, note beside)
{
    if (taken.account != account_ || taken.effective_at < from_ ||
        (until_ && taken.effective_at > *until_)) {
        return outcome::outside;
    }
    const auto at = std::lower_bound(readings_.begin(), readings_.end(), taken, comes_before);
    if (at != readings_.end() && !comes_before(taken, *at)) {
        return at->registers == taken.registers ? outcome::duplicate : outcome::conflict;
    }
    const auto position = static_cast<std::size_t>(at - readings_.begin());
    readings_.insert(at, taken);
    notes_.insert(notes_.begin() + static_cast<std::ptrdiff_t>(position), std::move(beside));
    changed_from_ = std::min(changed_from_, position);
    found_from_ = std::min(found_from_, position);
    fold_from(position);
    return outcome::added;
}

// ---- The fold ---------------------------------------------------------------------------------

void series::fold_from(std::size_t position)
{
    if (position + 1 == readings_.size()) return fold(position);  // the newest: go on from here
    meters_.clear();
    parts_.clear();
    anchored_ = false;
    last_good_ = from_;
    for (std::size_t i = 0; i < readings_.size(); ++i) fold(i);
}

void series::fold(std::size_t position)
{
    reading& next = readings_[position];
    note& beside = notes_[position];
    meter_state& state = state_of(next.meter);
    next.quality = beside.declared;
    beside.text.clear();
    if (next.source == reading_source::exchange_first) {
        state.put_in = true;
        state.last.reset();  // begins anew, wherever it has been
        state.removed.reset();
    }
    if (state.removed && next.effective_at > *state.removed) {
        next.quality = quality::suspect;
        beside.why = event_kind::reading_implausible;
        beside.text = "read after the meter was taken out";
    } else if (is_accepted(next.quality)) {
        advance(state, next, beside);
    }
    if (next.source == reading_source::exchange_final) state.removed = next.effective_at;
}

void series::begin(meter_state& state, const reading& first)
{
    const bool at_start = first.effective_at == from_;
    anchored_ = anchored_ || at_start;
    state.counts = first_period_ || at_start || state.put_in;
    state.last = first;
}

void series::advance(meter_state& state, reading& next, note& beside)
{
    if (!state.last) {
        begin(state, next);
    } else {
        const auto elapsed = next.effective_at - state.last->effective_at;
        const step moved_by =
            difference(state.last->registers, next.registers, elapsed, within_);
        if (!is_chargeable(moved_by.judged)) {
            const bool back = moved_by.judged == step::verdict::went_back;
            next.quality = back ? quality::rejected : quality::suspect;
            beside.why = back ? event_kind::register_went_back : event_kind::reading_implausible;
            beside.text = std::string{back ? "register went back: " : "implausible: "} +
                          moved(state.last->registers, next.registers);
            return;
        }
        if (elapsed == duration::zero()) return;  // a more trusted reading stands for the moment
        if (state.counts && !add(state.used, moved_by.used)) state.overflow = true;
        if (state.counts) {
            parts_.push_back(
                {next.meter, state.last->effective_at, next.effective_at, moved_by.used});
        }
        state.last = next;
    }
    if (state.counts) last_good_ = std::max(last_good_, next.effective_at);
}

series::meter_state& series::state_of(const meter_id& meter)
{
    const auto found = std::find_if(meters_.begin(), meters_.end(),
                                    [&](const meter_state& each) { return each.meter == meter; });
    if (found != meters_.end()) return *found;
    meters_.emplace_back();
    meters_.back().meter = meter;
    return meters_.back();
}

// ---- What it says -----------------------------------------------------------------------------

std::vector<reading> series::take_changed()
{
    std::vector<reading> out;
    for (std::size_t i = changed_from_; i < readings_.size(); ++i) {
        if (notes_[i].published == readings_[i].quality) continue;
        notes_[i].published = readings_[i].quality;
        out.push_back(readings_[i]);
    }
    changed_from_ = readings_.size();
    return out;
}

std::vector<series::finding> series::take_findings()
{
    std::vector<finding> out;
    for (std::size_t i = found_from_; i < readings_.size(); ++i) {
        const bool bad = !notes_[i].text.empty();
        if (bad && !notes_[i].told) out.push_back({readings_[i], notes_[i].why, notes_[i].text});
        notes_[i].told = bad;
    }
    found_from_ = readings_.size();
    return out;
}

result<tariff_energy> series::used() const
{
    tariff_energy sum{};
    if (!is_anchored()) return sum;
    for (const meter_state& each : meters_) {
        if (each.overflow || !add(sum, each.used)) return fail(errc::overflow);
    }
    return sum;
}

std::vector<series::metered> series::parts() const
{
    return is_anchored() ? parts_ : std::vector<metered>{};
}

instant series::last_good() const noexcept
{
    return is_anchored() ? last_good_ : from_;
}

bool series::has_boundary(instant at) const
{
    const auto first = std::lower_bound(
        readings_.begin(), readings_.end(), at,
        [](const reading& each, instant moment) { return each.effective_at < moment; });
    const auto good_at = [&](const meter_id& meter) {
        for (auto i = first; i != readings_.end() && i->effective_at == at; ++i) {
            if (i->meter == meter && i->quality == quality::good) return true;
        }
        return false;
    };
    bool any = false;
    for (const meter_state& each : meters_) {
        if (good_at(each.meter)) {
            any = true;
        } else if (serves(each, at)) {
            return false;
        }
    }
    return any;
}

bool series::serves(const meter_state& state, instant at) const
{
    if (!state.last || (state.removed && *state.removed <= at)) return false;
    const auto first = std::find_if(readings_.begin(), readings_.end(),
                                    [&](const reading& r) { return r.meter == state.meter; });
    return first->effective_at <= at;
}

}  // namespace wattpurse::usage
