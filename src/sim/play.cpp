// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/play.hpp>

#include <algorithm>

namespace wattpurse::sim {

void play(world& around, engine::system& centre, instant until)
{
    while (around.now() < until) {
        const instant next = centre.step(around.now());
        if (!centre.failure().empty()) return;
        for (std::size_t bus = 0; bus < centre.where().buses.size(); ++bus) {
            const byte_span out = centre.output(bus);
            around.line_in(bus, out);
            centre.sent(bus, out.size());
        }
        for (const auto& said : centre.take_messages()) around.desk_in(said);
        const auto delivered = around.advance(std::min(next, until));
        for (const auto& line : delivered.lines) {
            centre.receive(line.bus, line.bytes, delivered.at);
        }
        for (const auto& order : delivered.orders) centre.receive(order);
    }
}

}  // namespace wattpurse::sim
