// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/meter_relay.hpp>

#include <utility>

namespace wattpurse::sim {

bool meter_relay::trip(instant now, duration delay, cause why)
{
    if (keep_) return false;
    commanded_ = relay_state::open;
    permitted_at_.reset();
    back_after_.reset();
    back_at_.reset();
    // A command outranks the purse: money alone does not undo it.
    if (cause_ != cause::command) cause_ = why;
    if (state_ == relay_state::closed && !trip_at_) trip_at_ = now + delay;
    if (trip_at_ && *trip_at_ <= now) move_to(relay_state::open, *trip_at_);
    return true;
}

bool meter_relay::trip_for(instant now, duration delay, duration after, bool closes_itself)
{
    if (keep_) return false;
    trip(now, delay, cause::command);
    back_after_ = after;
    back_closes_ = closes_itself;
    if (state_ == relay_state::open) back_at_ = now + after;
    return true;
}

void meter_relay::permit(instant now)
{
    commanded_ = relay_state::closed;
    trip_at_.reset();
    back_after_.reset();
    back_at_.reset();
    if (state_ == relay_state::open) {
        permitted_at_ = now;
    } else {
        cause_ = cause::none;
    }
}

void meter_relay::close(instant now)
{
    permit(now);
    if (state_ == relay_state::open) move_to(relay_state::closed, now);
}

void meter_relay::press_key(instant now)
{
    if (permitted_at_) move_to(relay_state::closed, now);
}

void meter_relay::keep_power(bool keep)
{
    keep_ = keep;
    if (keep && trip_at_) {
        trip_at_.reset();
        commanded_ = relay_state::closed;
        cause_ = cause::none;
    }
}

std::vector<meter_relay::move> meter_relay::advance(instant now)
{
    if (trip_at_ && *trip_at_ <= now) move_to(relay_state::open, *trip_at_);
    if (back_at_ && *back_at_ <= now) {
        const instant at = *back_at_;
        permit(at);
        if (back_closes_) move_to(relay_state::closed, at);
    }
    if (permitted_at_ && key_after && *permitted_at_ + *key_after <= now) {
        move_to(relay_state::closed, *permitted_at_ + *key_after);
    }
    return std::exchange(moves_, {});
}

void meter_relay::move_to(relay_state to, instant at)
{
    state_ = to;
    moves_.push_back({at, to, cause_});
    trip_at_.reset();
    permitted_at_.reset();
    if (to == relay_state::closed) {
        cause_ = cause::none;
        commanded_ = relay_state::closed;
    } else if (back_after_) {
        back_at_ = at + *back_after_;
        back_after_.reset();
    }
}

}  // namespace wattpurse::sim
