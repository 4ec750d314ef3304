// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/acquire.hpp>

#include <algorithm>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/meter/decode.hpp>
#include <wattpurse/meter/driver.hpp>

namespace wattpurse::engine {

namespace {

/// A command that reaches the meter later than this must not act: its answer was not awaited.
constexpr duration command_validity = std::chrono::minutes{5};

meter::driver driver_of(const site& where, const meter_id& meter)
{
    const auto driver = meter::driver::of(where.profile, meter);
    WATTPURSE_ASSERT(driver.has_value());  // meters are checked when they come into service
    return *driver;
}

}  // namespace

acquire::acquire(const site& where) : site_(where), lanes_(where.buses.size()) {}

instant acquire::line_time(instant now)
{
    if (now < last_now_) put_back_ += last_now_ - now;
    last_now_ = now;
    return now + put_back_;
}

void acquire::ask(const inquiry& what)
{
    task next{task::step::energy, what, {}};
    switch (what.what) {
        case inquiry::topic::energy: break;
        case inquiry::topic::daily_freeze: next.what = task::step::freeze_time; break;
        case inquiry::topic::relay_status: next.what = task::step::status; break;
    }
    lane& on = lanes_[what.bus];
    const auto same = [&](const task& known) {
        return known.what == next.what && known.about == what;
    };
    const bool asked = std::any_of(on.waiting.begin(), on.waiting.end(), same) ||
                       std::any_of(on.active.begin(), on.active.end(),
                                   [&](const auto& known) { return same(known.second); });
    // What does not fit is asked for again by the next round.
    if (!asked && on.waiting.size() < waiting_max) on.waiting.push_back(std::move(next));
}

void acquire::send(const command& what, std::size_t bus, instant now)
{
    task about{task::step::command, {}, what.key};
    about.about.bus = bus;
    about.about.account = what.account;
    about.about.meter = what.meter;
    about.about.at = now;
    const auto job = driver_of(site_, what.meter)
                         .request_command(what.kind,
                                          to_civil(now + command_validity, site_.zone),
                                          *site_.credentials);
    if (!job || !give(lanes_[bus], *job, about, line_time(now))) failed(about);
}

void acquire::broadcast_time(std::size_t bus, instant now)
{
    auto job = meter::broadcast_time(to_civil(now, site_.zone));
    if (!job) return;  // outside 2000 to 2099 there is no such frame
    job->id = ++last_job_;
    // A full queue skips this day's setting: clocks drift by less than a second a day.
    if (lanes_[bus].bus.submit(*job)) lanes_[bus].bus.advance(line_time(now));
}

/// Hands a job to the line; false when its queue is full.
bool acquire::give(lane& on, link::job job, const task& what, instant line_now)
{
    job.id = ++last_job_;
    if (!on.bus.submit(job)) return false;
    on.active.emplace(job.id, what);
    on.bus.advance(line_now);
    return true;
}

void acquire::receive(std::size_t bus, byte_span bytes, instant now)
{
    const instant line_now = line_time(now);
    lanes_[bus].bus.receive(bytes, line_now);
    advance_lines(line_now);
}

void acquire::advance(instant now) { advance_lines(line_time(now)); }

void acquire::advance_lines(instant line_now)
{
    for (lane& on : lanes_) {
        on.bus.advance(line_now);
        link::event happened;
        while (on.bus.next_event(happened)) settle(on, happened, line_now);
        feed(on, line_now);
    }
}

instant acquire::next_deadline() const
{
    instant next = instant::max();
    for (const lane& on : lanes_) next = std::min(next, on.bus.next_deadline());
    return next == instant::max() ? next : next - put_back_;
}

bool acquire::idle() const
{
    return std::all_of(lanes_.begin(), lanes_.end(), [](const lane& on) {
        return on.bus.idle() && on.waiting.empty() && on.active.empty();
    });
}

byte_span acquire::output(std::size_t bus) const { return lanes_[bus].bus.pending_output(); }

void acquire::sent(std::size_t bus, std::size_t count) { lanes_[bus].bus.consume(count); }

std::vector<arrival> acquire::take_arrivals() { return std::exchange(arrivals_, {}); }

/// One reading at a time is given to the bus, so that a relay command never waits for more.
void acquire::feed(lane& on, instant line_now)
{
    if (!on.active.empty() || on.waiting.empty()) return;
    const task next = std::move(on.waiting.front());
    on.waiting.pop_front();
    start(on, next, line_now);
}

void acquire::start(lane& on, const task& what, instant line_now)
{
    const auto driver = driver_of(site_, what.about.meter);
    const auto request = [&] {
        switch (what.what) {
            case task::step::freeze_time: return driver.request_freeze_time(what.about.days_ago);
            case task::step::freeze_energy:
                return driver.request_freeze_energy(what.about.days_ago);
            case task::step::status: return driver.request_status();
            case task::step::energy:
            case task::step::command: break;  // commands go through `send`
        }
        return driver.request_energy();
    };
    if (!give(on, request(), what, line_now)) failed(what);
}

void acquire::settle(lane& on, const link::event& what, instant line_now)
{
    const auto found = on.active.find(what.job_id);
    if (found == on.active.end()) return;  // unsolicited, or a broadcast that has left
    const task about = std::move(found->second);
    on.active.erase(found);
    if (what.kind == link::event::kind_type::answered) {
        answered(on, about, what, line_now);
        return;
    }
    if (about.what == task::step::command && what.kind == link::event::kind_type::refused) {
        arrival result;
        result.answer = command_answer::refused;
        result.code = what.error_word;
        arrive(about, arrival_kind::command_result, result);
        return;
    }
    failed(about);
    // A meter that is silent now is not asked for more in this pass, lest it hold up the others.
    const auto of_meter = [&](const task& next) { return next.about.meter == about.about.meter; };
    const auto rest = std::stable_partition(on.waiting.begin(), on.waiting.end(),
                                            [&](const task& next) { return !of_meter(next); });
    std::vector<task> dropped{rest, on.waiting.end()};
    on.waiting.erase(rest, on.waiting.end());
    for (const task& next : dropped) failed(next);
}

void acquire::answered(lane& on, const task& what, const link::event& answer, instant line_now)
{
    arrival in;
    switch (what.what) {
        case task::step::command:
            in.answer = command_answer::acknowledged;
            return arrive(what, arrival_kind::command_result, in);
        case task::step::status: {
            const auto word = meter::status(site_.profile, answer.frame);
            if (!word) return failed(what);
            in.code = word->raw;
            return arrive(what, arrival_kind::relay_status, in);
        }
        case task::step::freeze_time: {
            const auto frozen = meter::freeze_time(site_.profile, answer.frame);
            if (!frozen || to_instant(*frozen, site_.zone) != what.about.at) return failed(what);
            task next = what;
            next.what = task::step::freeze_energy;
            return start(on, next, line_now);
        }
        case task::step::freeze_energy:
        case task::step::energy: {
            const auto registers = meter::registers(site_.profile, answer.frame);
            if (!registers) return failed(what);
            in.registers = *registers;
            in.source = what.what == task::step::energy ? reading_source::poll
                                                        : reading_source::daily_freeze;
            return arrive(what, arrival_kind::reading, in);
        }
    }
}

void acquire::failed(const task& what)
{
    arrival in;
    if (what.what == task::step::command) {
        in.answer = command_answer::no_answer;
        arrive(what, arrival_kind::command_result, in);
    } else if (what.what == task::step::status) {
        in.answer = command_answer::no_answer;
        arrive(what, arrival_kind::relay_status, in);
    } else if (what.what == task::step::energy) {
        arrive(what, arrival_kind::silence, in);  // a freeze is asked for until it is there
    }
}

void acquire::arrive(const task& what, arrival_kind kind, arrival filled)
{
    filled.kind = kind;
    filled.account = what.about.account;
    filled.meter = what.about.meter;
    filled.at = what.about.at;
    filled.key = what.key;
    arrivals_.push_back(std::move(filled));
}

}  // namespace wattpurse::engine
