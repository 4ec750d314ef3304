// SPDX-License-Identifier: Apache-2.0
// A gateway's program: a frame is cut out of the noise on the line. Answer of a meter to a
// reading of 00010000: 0.00 kWh.
#include <wattpurse/codec/dlt645/framer.hpp>

int main()
{
    using namespace wattpurse::codec::dlt645;
    constexpr std::uint8_t line[] = {0x00, 0xFE, 0x68, 0x01, 0x72, 0x00, 0x72, 0x00,
                                     0x00, 0x68, 0x91, 0x08, 0x33, 0x33, 0x34, 0x33,
                                     0x33, 0x33, 0x33, 0x33, 0xE7, 0x16};
    framer frames;
    frames.feed(line);
    const auto found = frames.next();
    return found.kind == framer_event::kind_type::frame ? 0 : 1;
}
