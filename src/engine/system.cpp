// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/system.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/port/failpoint.hpp>

namespace wattpurse::engine {

namespace {

/// How long to leave a store in peace that has not yet finished a batch.
constexpr duration commit_poll = duration{1};

/// What has come in waits this long for the lines to fall quiet before it is staged all the same:
/// a restart asks anew for no more than that.
constexpr duration staging_patience = std::chrono::seconds{5};

/// Old readings are sealed when the lines have nothing else to do.
constexpr duration seal_after_broadcast = std::chrono::minutes{40};

auto key_of(const arrival& a)
{
    return std::tie(a.kind, a.account, a.meter, a.at, a.key, a.source, a.amount);
}

instant ceil_to_tick(instant at)
{
    const instant floor = floor_to(at, booking_tick);
    return floor == at ? at : floor + booking_tick;
}

}  // namespace

system::system(site where, tariff::tariff price_list, credit::policy rules, port::store& books)
    : site_(std::move(where)),
      store_(books),
      acquire_(site_),
      billing_(site_, std::move(price_list)),
      control_(std::move(rules)),
      journal_(site_.unit),
      round_at_(site_.opened_at),
      broadcast_at_(site_.opened_at),
      seal_at_(site_.opened_at)
{
}

result<void, std::string> system::start(instant now)
{
    if (auto fits = check_given(); !fits) return fits;
    auto epoch = store_.fence();
    if (!epoch) return tl::unexpected<std::string>{std::move(epoch.error())};
    epoch_ = *epoch;
    auto state = store_.load();
    if (!state) return tl::unexpected<std::string>{std::move(state.error())};
    if (!state->progress) {
        if (auto opened = open_books(now); !opened) return opened;
        state = store_.load();
        if (!state) return tl::unexpected<std::string>{std::move(state.error())};
    }
    if (auto fits = check_stored(*state); !fits) return fits;
    if (!journal_.restore(state->heads, state->last_seal, state->reservations, state->terms)) {
        return tl::unexpected<std::string>{"the store holds accounts of another currency"};
    }
    for (const auto& account : site_.accounts) customers_.insert(account.account);
    services_ = state->services;
    for (const auto& account : site_.accounts) control_.open(account.account);
    for (const service& of : services_) billing_.open(of.account, site_.opened_at);
    if (auto loaded = billing_.load(store_, *state, now); !loaded) return loaded;
    auto commands = store_.commands();
    if (!commands) return tl::unexpected<std::string>{std::move(commands.error())};
    control_.load(*state, *commands);
    resume(*state, now);
    return {};
}

/// The first unit of a new store: services and opening balances.
result<void, std::string> system::open_books(instant now)
{
    ledger::journal journal{site_.unit};
    port::batch first;
    first.fence_epoch = epoch_;
    first.services = site_.services;
    for (const auto& account : site_.accounts) {
        transfer opening;
        opening.key = "opening/" + std::string{account.account.view()};
        opening.kind = posting_kind::opening;
        opening.effective_at = site_.opened_at;
        opening.recorded_at = floor_to(now, booking_tick);
        opening.legs = {{account.account, account.balance},
                        {house_account(house::openings), -account.balance}};
        opening.explain = "balance brought in";
        if (auto staged = journal.stage(opening); !staged) {
            return tl::unexpected<std::string>{opening.key + ": " +
                                               std::string{to_string(staged.error())}};
        }
        credit_state state;
        state.account = account.account;
        first.credit_states.push_back(state);
    }
    if (!journal.empty()) {
        auto block = journal.seal(floor_to(now, booking_tick));
        first.expected_heads = std::move(block.expected_heads);
        first.postings = std::move(block.postings);
        first.reservations = std::move(block.reservations);
        first.seal = block.seal;
    }
    first.progress = port::progress{floor_to(now, booking_tick), 0};
    store_.submit(first);
    auto outcome = store_.poll();
    while (!outcome) outcome = store_.poll();  // nothing else can be done before the books exist
    if (outcome->status != port::commit_status::committed) {
        return tl::unexpected<std::string>{"opening the books: " + outcome->detail};
    }
    return {};
}

/// Goes on where the store stands: what was staged is booked, what was sent without a known
/// outcome is taken up again, what was not delivered is said again.
void system::resume(const port::snapshot& state, instant now)
{
    progress_ = *state.progress;
    staged_ = state.arrivals;
    // Deciding anew changes nothing where nothing has changed.
    book_at_ = ceil_to_tick(now);
    if (*book_at_ == progress_.booked_until) *book_at_ += booking_tick;
    // A round that has just begun is gone through again, for those who did not answer yet.
    const instant round = floor_to(now, booking_tick);
    round_at_ = round >= site_.opened_at ? next_round(round - duration{1}) : site_.opened_at;
    broadcast_at_ = start_of_day(now, site_.zone) + broadcast_hour;
    if (broadcast_at_ <= now) broadcast_at_ += std::chrono::hours{24};
    seal_at_ = broadcast_at_ + seal_after_broadcast;
    for (const notice& waiting : control_.undelivered()) {
        if (!std::any_of(staged_.begin(), staged_.end(), [&](const arrival& a) {
                return a.kind == arrival_kind::receipt && a.key == waiting.key;
            })) {
            messages_.push_back({desk_message::topic::notice, {}, {}, waiting});
        }
    }
    for (const auto& account : customers_) {
        const command* open = control_.open_command(account);
        if (open == nullptr) continue;
        if (std::any_of(staged_.begin(), staged_.end(),
                        [&](const arrival& a) { return a.key == open->key; })) {
            continue;  // its answer waits to be booked
        }
        if (open->state == command_state::sent && now - *open->sent_at < booking_tick) {
            // Whether it left is not known; within the tick it was decided in, it still holds.
            const service* at = serving(account);
            if (at != nullptr) acquire_.send(*open, bus_index(at->bus), now);
        } else if (open->state == command_state::sent) {
            // It waited through an outage: never replayed. The relay is read, then decided anew.
            arrival unknown;
            unknown.kind = arrival_kind::command_result;
            unknown.account = account;
            unknown.meter = open->meter;
            unknown.at = *open->sent_at;
            unknown.key = open->key;
            unknown.answer = command_answer::no_answer;
            fresh_.push_back(std::move(unknown));
        } else if (open->state == command_state::acknowledged &&
                   std::none_of(staged_.begin(), staged_.end(), [&](const arrival& a) {
                       return a.kind == arrival_kind::relay_status && a.account == account;
                   })) {
            ask_status(account, now);
        }
    }
}

void system::receive(std::size_t bus, byte_span bytes, instant now)
{
    acquire_.receive(bus, bytes, now);
}

bool system::receive(arrival order)
{
    if (is_waiting(order)) {
        // Already durable or about to be; the desk missed our word or sent it twice. What is in
        // the batch under way is told of when that one is committed, and not before.
        const std::pair told_then{order.kind, order.key};
        if (std::any_of(staged_.begin(), staged_.end(),
                        [&](const arrival& a) { return key_of(a) == key_of(order); }) &&
            std::find(accepting_.begin(), accepting_.end(), told_then) == accepting_.end()) {
            accept(order.kind, order.key);
        }
        return true;
    }
    if (not_durable() >= not_durable_max) return false;
    put(std::move(order));
    return true;
}

instant system::step(instant now)
{
    if (now < last_step_) follow_back(now);
    last_step_ = now;
    while (failure_.empty()) {
        if (under_way_ != unit::none) {
            const auto outcome = store_.poll();
            if (outcome) {
                finish_work(*outcome, now);
                continue;
            }
            acquire_meanwhile(now);
            return now + commit_poll;
        }
        take_arrivals(now);
        if (!begin_work(now)) break;
    }
    instant next = std::min({acquire_.next_deadline(), round_at_, broadcast_at_, seal_at_});
    if (book_at_) next = std::min(next, *book_at_);
    const instant decide_at = control_.evaluate_at();
    if (decide_at != instant::max()) {
        const instant next_tick = floor_to(now, booking_tick) + booking_tick;
        next = std::min(next, std::max(ceil_to_tick(decide_at), next_tick));
    }
    return next;
}

void system::take_arrivals(instant now)
{
    acquire_.advance(now);
    for (arrival& in : acquire_.take_arrivals()) {
        if (!is_waiting(in)) put(std::move(in));
    }
}

/// The disk works; the lines need not wait for it. Rounds ask in their slots, as far as there is
/// room for what they bring. Nothing is decided before the outcome is known.
void system::acquire_meanwhile(instant now)
{
    take_arrivals(now);
    schedule_booking(now);
    if (book_at_ && *book_at_ <= now) is_tick_over_ = true;
    if ((round_at_ <= now || broadcast_at_ <= now) && not_durable() < not_durable_max) {
        run_rounds(now);
    }
}

/// The house's clock was put back. Rounds come by the clock as it is now, and ask for what is not
/// there yet; the time of the books stands still until the clock has come up to it.
void system::follow_back(instant now)
{
    round_at_ = std::min(round_at_, next_round(now));
    const instant next_day = now + std::chrono::hours{24};
    while (broadcast_at_ > next_day) broadcast_at_ -= std::chrono::hours{24};
    while (seal_at_ > next_day) seal_at_ -= std::chrono::hours{24};
    if (is_tick_over_ && now < *book_at_) {  // the tick is not over after all
        is_tick_over_ = false;
        for (arrival& in : std::exchange(after_tick_, {})) fresh_.push_back(std::move(in));
    }
    if (book_at_) book_at_ = std::min(*book_at_, floor_to(now, booking_tick) + booking_tick);
}

void system::put(arrival in)
{
    (is_tick_over_ ? after_tick_ : fresh_).push_back(std::move(in));
}

void system::schedule_booking(instant now)
{
    const instant tick = floor_to(now, booking_tick);
    // First what is due by time: something that comes in at that very moment does not put it off.
    if (control_.evaluate_at() <= tick && progress_.booked_until < tick) {
        book_at_ = std::min(book_at_.value_or(tick), tick);
    }
    if (!fresh_.empty() && !book_at_) book_at_ = tick + booking_tick;
}

/// Starts the next unit of work, if there is one. Booking comes before a reading round of the
/// same moment, so that a round's answers belong to the tick after it.
bool system::begin_work(instant now)
{
    schedule_booking(now);
    if (book_at_ && *book_at_ <= now) {
        book(std::max(*book_at_, progress_.booked_until));
        return true;
    }
    if (!control_.queued().empty()) {
        send_commands(now);
        return true;
    }
    if (!fresh_.empty()) {
        stage_by_ = std::min(stage_by_.value_or(instant::max()), now + staging_patience);
    }
    if (!fresh_.empty() && (acquire_.idle() || *stage_by_ <= now)) {
        stage();
        return true;
    }
    if (round_at_ <= now || broadcast_at_ <= now) {
        run_rounds(now);
        return true;
    }
    return seal_at_ <= now && seal_days(now);
}

/// Seals some days; when there are none left, that was it for today.
bool system::seal_days(instant now)
{
    constexpr std::size_t readings_at_once = 10'000;
    auto days = closed_days(store_, now - loose_for, site_.zone, readings_at_once,
                            archive_fault_);
    port::batch work;
    if (days.empty()) {
        if (!archive_fault_.empty()) {
            work.events.push_back({seal_at_, {}, {}, event_kind::day_not_sealed, archive_fault_});
        }
        while (seal_at_ <= now) seal_at_ += std::chrono::hours{24};
    }
    if (days.empty() && work.events.empty()) return false;
    work.sealed_days = std::move(days);
    submit(unit::sealing, std::move(work));
    return true;
}

void system::stage()
{
    port::batch work;
    for (arrival& in : fresh_) {
        in.id = ++progress_.last_arrival;
        work.arrivals.push_back(in);
        accepting_.emplace_back(in.kind, in.key);
        staged_.push_back(std::move(in));
    }
    fresh_.clear();
    stage_by_.reset();
    work.progress = progress_;
    submit(unit::staging, std::move(work));
}

void system::submit(unit kind, port::batch batch)
{
    batch.fence_epoch = epoch_;
    under_way_ = kind;
    WATTPURSE_FAILPOINT("engine.before_submit");
    store_.submit(batch);
}

void system::finish_work(const port::commit_outcome& outcome, instant now)
{
    const unit done = std::exchange(under_way_, unit::none);
    if (outcome.status != port::commit_status::committed) {
        return stop((outcome.status == port::commit_status::conflict ? "conflict: " : "failed: ") +
                    outcome.detail);
    }
    for (const auto& [kind, key] : std::exchange(accepting_, {})) accept(kind, key);
    switch (done) {
        case unit::none:
        case unit::sealing: break;
        case unit::staging:
            WATTPURSE_FAILPOINT("engine.after_staging");
            break;
        case unit::booking:
            WATTPURSE_FAILPOINT("engine.after_booking");
            if (!journal_.empty()) journal_.accept();
            std::erase_if(staged_, [this](const arrival& each) {
                return !is_ahead(each, progress_.booked_until);
            });
            for (notice& note : issuing_) {
                messages_.push_back({desk_message::topic::notice, {}, {}, std::move(note)});
            }
            issuing_.clear();
            for (const auto& account : customers_) {
                const command* open = control_.open_command(account);
                if (open != nullptr && open->state == command_state::acknowledged) {
                    ask_status(account, now);
                }
            }
            break;
        case unit::sending:
            WATTPURSE_FAILPOINT("engine.after_decision_to_send");
            for (const command& out : std::exchange(sending_, {})) {
                const service* at = serving(out.account);
                if (at != nullptr) acquire_.send(out, bus_index(at->bus), now);
            }
            break;
    }
}

/// Tells the desk that something is durable; only orders of the desk are told of.
void system::accept(arrival_kind kind, const std::string& key)
{
    if (kind != arrival_kind::payment && kind != arrival_kind::exchange &&
        kind != arrival_kind::receipt) {
        return;
    }
    messages_.push_back({desk_message::topic::accepted, kind, key, {}});
}

bool system::is_waiting(const arrival& what) const
{
    return any_unbooked([&](const arrival& a) { return key_of(a) == key_of(what); });
}

void system::desk_connected()
{
    messages_.clear();
    for (const notice& waiting : control_.undelivered()) {
        // One that is not durable yet is said when it is.
        const auto issuing = [&](const notice& note) { return note.key == waiting.key; };
        if (std::any_of(issuing_.begin(), issuing_.end(), issuing)) continue;
        messages_.push_back({desk_message::topic::notice, {}, {}, waiting});
    }
}

std::vector<desk_message> system::take_messages()
{
    std::vector<desk_message> out{messages_.begin(), messages_.end()};
    messages_.clear();
    return out;
}

money system::balance(const account_id& account) const { return journal_.balance(account); }

const credit_state& system::credit(const account_id& account) const
{
    return control_.state(account);
}

std::optional<instant> system::newest_reading(const account_id& account) const
{
    return billing_.newest(account);
}

bool system::has_open_work(const account_id& account) const
{
    const auto waiting = control_.undelivered();
    return control_.open_command(account) != nullptr ||
           std::any_of(waiting.begin(), waiting.end(),
                       [&](const notice& note) { return note.account == account; });
}

void system::stop(std::string why)
{
    // Nothing that was decided since the last commit has left the house; a new start takes up
    // the books where they stand.
    failure_ = std::move(why);
}

}  // namespace wattpurse::engine
