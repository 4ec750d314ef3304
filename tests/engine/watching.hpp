// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/engine/system.hpp>
#include <wattpurse/port/store.hpp>
#include <wattpurse/sim/world.hpp>

namespace wattpurse::engine::playing {

/// Every whole frame in some bytes.
inline std::vector<codec::dlt645::frame> frames_in(byte_span bytes)
{
    namespace dlt645 = codec::dlt645;
    std::vector<dlt645::frame> out;
    dlt645::framer framer;
    while (!bytes.empty()) {
        bytes = bytes.subspan(framer.feed(bytes));
        for (auto found = framer.next(); found.kind != dlt645::framer_event::kind_type::nothing;
             found = framer.next()) {
            if (found.kind == dlt645::framer_event::kind_type::frame) out.push_back(found.frame);
        }
    }
    return out;
}

/// Stands at the door of an engine and looks up in its books whether what leaves was decided
/// there: a control command is marked as sent, a notice is issued, a payment is staged or booked.
class doorkeeper {
public:
    explicit doorkeeper(port::store& books) : books_{books} {}

    void line(byte_span leaving)
    {
        for (const auto& frame : frames_in(leaving)) {
            if (frame.function() != 0x1C) continue;
            ++commands;
            const auto known = books_.commands().value();
            const bool sent = std::any_of(known.begin(), known.end(), [&](const command& each) {
                return each.sent_at && each.state == command_state::sent &&
                       each.meter.view() == frame.address.text().view();
            });
            if (!sent) faults += "a control command left before it was in the books\n";
        }
    }

    void desk(const desk_message& leaving)
    {
        if (leaving.what == desk_message::topic::notice) {
            ++notices;
            const auto known = books_.notices().value();
            const bool issued = std::any_of(known.begin(), known.end(), [&](const notice& each) {
                return each.key == leaving.note.key;
            });
            if (!issued) faults += "notice " + leaving.note.key + " left too early\n";
        } else if (leaving.kind == arrival_kind::payment) {
            ++payments;
            const auto staged = books_.load().value().arrivals;
            const bool waits = std::any_of(staged.begin(), staged.end(), [&](const arrival& each) {
                return each.key == leaving.key;
            });
            const auto booked = books_.find_transfer("top_up/" + leaving.key).value();
            if (!waits && booked.empty()) faults += "payment " + leaving.key + " accepted early\n";
        }
    }

    unsigned commands = 0;
    unsigned notices = 0;
    unsigned payments = 0;
    std::string faults;

private:
    port::store& books_;
};

/// `sim::play` under the eyes of a doorkeeper. What an engine that has failed still holds out is
/// looked at too, and goes nowhere.
inline void play_watched(sim::world& around, system& centre, instant until, doorkeeper& door)
{
    while (around.now() < until) {
        const instant next = centre.step(around.now());
        const bool failed = !centre.failure().empty();
        for (std::size_t bus = 0; bus < centre.where().buses.size(); ++bus) {
            const byte_span out = centre.output(bus);
            door.line(out);
            if (!failed) around.line_in(bus, out);
            centre.sent(bus, out.size());
        }
        for (const auto& said : centre.take_messages()) {
            door.desk(said);
            if (!failed) around.desk_in(said);
        }
        if (failed) return;
        const auto delivered = around.advance(std::min(next, until));
        for (const auto& line : delivered.lines) {
            centre.receive(line.bus, line.bytes, delivered.at);
        }
        for (const auto& order : delivered.orders) centre.receive(order);
    }
}

}  // namespace wattpurse::engine::playing
