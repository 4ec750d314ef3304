// SPDX-License-Identifier: Apache-2.0
// One booking tick of `system`: what has come in becomes one durable batch.
#include <algorithm>
#include <tuple>
#include <utility>

#include <wattpurse/engine/system.hpp>
#include <wattpurse/meter/driver.hpp>

namespace wattpurse::engine {

namespace {

/// The one order in which a tick is booked, whatever the order of arrival.
bool before(const arrival& a, const arrival& b)
{
    return std::tie(a.kind, a.account, a.meter, a.at, a.source, a.key) <
           std::tie(b.kind, b.account, b.meter, b.at, b.source, b.key);
}

std::string text_of(const account_id& account) { return std::string{account.view()}; }

}  // namespace

/// Read before the house's clock was put back. It waits until the books have come up to it: nothing
/// is booked for a time to come.
bool system::is_ahead(const arrival& what, instant tick) noexcept
{
    return what.kind == arrival_kind::reading && what.at > tick;
}

void system::book(instant tick)
{
    book_at_.reset();
    stage_by_.reset();
    port::batch work;
    std::vector<arrival> arrived;
    for (const arrival& in : staged_) {
        if (is_ahead(in, tick)) continue;
        work.booked_arrivals.push_back(in.id);
        arrived.push_back(in);
    }
    for (arrival& in : std::exchange(fresh_, std::exchange(after_tick_, {}))) {
        if (is_ahead(in, tick)) {
            fresh_.push_back(std::move(in));
            continue;
        }
        accepting_.emplace_back(in.kind, in.key);
        arrived.push_back(std::move(in));
    }
    is_tick_over_ = false;
    std::sort(arrived.begin(), arrived.end(), before);
    for (const arrival& in : arrived) {
        book_arrival(in, tick, work);
        if (!failure_.empty()) return;  // what is staged stays so, for the next start
    }
    if (auto billed = billing_.book(tick, journal_, work); !billed) return stop(billed.error());
    for (const account_id& account : customers_) {
        const service* of = serving(account);
        control_.decide(account, of == nullptr ? meter_id{} : of->meter,
                        journal_.balance(account), billing_.newest(account), tick, work);
    }
    for (const notice& note : work.notices) {
        if (!note.delivered_at) issuing_.push_back(note);
    }
    progress_.booked_until = std::max(progress_.booked_until, tick);
    if (journal_.empty() && work.empty()) return;  // nothing has changed
    if (!journal_.empty()) {
        auto block = journal_.seal(tick);
        work.expected_heads = std::move(block.expected_heads);
        work.postings = std::move(block.postings);
        work.reservations = std::move(block.reservations);
        work.seal = block.seal;
    }
    work.progress = progress_;
    submit(unit::booking, std::move(work));
}

void system::book_arrival(const arrival& what, instant tick, port::batch& into)
{
    switch (what.kind) {
        case arrival_kind::exchange: return book_exchange(what, tick, into);
        case arrival_kind::reading: return book_reading(what, tick);
        case arrival_kind::payment: return book_payment(what, tick, into);
        case arrival_kind::receipt: return control_.take_receipt(what, tick, into);
        case arrival_kind::command_result: return control_.take_result(what, tick, into);
        case arrival_kind::relay_status: return control_.take_status(what, tick, into);
        case arrival_kind::silence: return book_silence(what, into);
    }
}

void system::book_reading(const arrival& what, instant tick)
{
    (void)billing_.insert({what.account, what.meter, what.at, tick, what.registers, what.source,
                           quality::good});
}

/// Tells once that a meter has fallen silent: in the first round it did not answer in any pass.
void system::book_silence(const arrival& what, port::batch& into)
{
    const instant base = round_base(what.at);
    instant round_before = base - site_.read_every;
    // Nobody is polled at midnight: the freeze is its reading.
    if (round_before == start_of_day(base, site_.zone)) round_before -= site_.read_every;
    const auto newest = billing_.newest(what.account);
    if (what.at != base + last_pass_of_round() || !newest || *newest >= base ||
        *newest < round_before) {
        return;
    }
    // Told of the pass it was silent in, so that a restart within the pass does not show.
    into.events.push_back({what.at, what.account, what.meter, event_kind::meter_silent,
                           "no answer since " + std::string{iso8601(*newest, site_.zone).view()}});
}

/// A fitter has taken one meter out and put another in, and read both (换表).
void system::book_exchange(const arrival& what, instant tick, port::batch& into)
{
    const auto refuse = [&](event_kind why, std::string text) {
        into.events.push_back({tick, what.account, what.meter, why,
                               "exchange " + what.key + ": " + std::move(text)});
    };
    const auto serves = [&](const service& of) {
        return of.account == what.account && of.meter == what.meter;
    };
    if (std::none_of(services_.begin(), services_.end(), serves)) {
        return refuse(event_kind::account_unknown, "no such meter serves this account");
    }
    if (std::any_of(services_.begin(), services_.end(), [&](const service& of) {
            return of.account == what.account && of.meter == what.next_meter &&
                   of.from == what.at;
        })) {
        return;  // a repeat
    }
    const auto old = std::find_if(services_.begin(), services_.end(), [&](const service& of) {
        return serves(of) && !of.until;
    });
    if (old == services_.end() || what.at < old->from || what.next_meter == what.meter) {
        return refuse(event_kind::order_conflict, "the meter was not in service then");
    }
    if (what.at > tick || what.at < billing_.oldest_open(tick)) {
        return refuse(event_kind::order_conflict, "it lies in the future, or too far in the past");
    }
    if (!meter::address_of(what.next_meter)) {
        return refuse(event_kind::order_conflict, "the new meter's number has no twelve digits");
    }
    if (std::any_of(services_.begin(), services_.end(), [&](const service& of) {
            return of.meter == what.next_meter && (!of.until || *of.until > what.at);
        })) {
        return refuse(event_kind::order_conflict, "the new meter is in service already");
    }
    old->until = what.at;
    const service next{what.account, what.next_meter, old->bus, what.at, std::nullopt};
    into.services.push_back(*old);
    into.services.push_back(next);
    services_.push_back(next);
    (void)billing_.insert({what.account, what.meter, what.at, tick, what.registers,
                           reading_source::exchange_final, quality::good});
    (void)billing_.insert({what.account, what.next_meter, what.at, tick, what.next_registers,
                           reading_source::exchange_first, quality::good});
    control_.meter_changed(what.account, into);
    into.events.push_back({tick, what.account, what.next_meter, event_kind::meter_exchanged,
                           "in place of " + std::string{what.meter.view()}});
}

/// Money that has come in always posts: to its account, or to suspense where nobody is known.
void system::book_payment(const arrival& what, instant tick, port::batch& into)
{
    const bool known = customers_.count(what.account) != 0;
    const account_id to = known ? what.account : house_account(house::suspense);
    const auto amount = decimal<6>::from_mantissa(what.amount);
    transfer post;
    post.key = "top_up/" + what.key;
    post.kind = posting_kind::top_up;
    post.effective_at = std::clamp(what.at, std::min(site_.opened_at, tick), tick);
    post.recorded_at = tick;
    post.explain = "payment " + what.key + (known ? "" : " for " + text_of(what.account));
    const auto refuse = [&](event_kind why, std::string text) {
        into.events.push_back({tick, what.account, {}, why,
                               "payment " + what.key + ": " + std::move(text)});
    };
    if (!amount || amount->is_negative() || amount->is_zero()) {
        return refuse(event_kind::order_conflict, "an amount above zero was expected");
    }
    const money paid{*amount, site_.unit};
    post.legs = {{to, paid}, {house_account(house::payments), -paid}};
    const auto booked = store_.find_transfer(post.key);
    if (!booked) return stop(post.key + ": " + booked.error());
    if (!booked->empty()) {
        if (!ledger::journal::same_content(post, *booked)) {
            refuse(event_kind::order_conflict, "booked before with other content");
        }
        return;  // a repeat
    }
    if (!known) refuse(event_kind::account_unknown, "credited to suspense");
    if (auto staged = journal_.stage(post); !staged) {
        refuse(event_kind::order_conflict, std::string{to_string(staged.error())});
    }
}

void system::send_commands(instant now)
{
    std::map<account_id, credit::account_view> views;
    for (const account_id& account : control_.queued()) {
        auto seen = control_.view(account, journal_.balance(account), billing_.newest(account));
        const auto pays = [&](const arrival& a) {
            return a.kind == arrival_kind::payment && a.account == account;
        };
        seen.payment_in_flight = any_unbooked(pays);
        views.emplace(account, std::move(seen));
    }
    port::batch work;
    sending_ = control_.release(views, now, work);
    submit(unit::sending, std::move(work));
}

}  // namespace wattpurse::engine
