// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <utility>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/link/bus.hpp>
#include <wattpurse/meter/decode.hpp>
#include <wattpurse/meter/driver.hpp>

using namespace wattpurse;
namespace dlt645 = wattpurse::codec::dlt645;
using dlt645::data_id;
using meter::driver;
using meter::single_phase_prepaid;

namespace {

const meter_id number = meter_id::parse("000072007201").value();
const driver flat = driver::of(single_phase_prepaid, number).value();
const meter::credentials who{0x02, {0x12, 0x34, 0x56}, {0x01, 0x00, 0x00, 0x00}};

std::uint32_t asked(const link::job& what)
{
    CHECK(what.request.address == flat.address());
    CHECK(what.request.control == 0x11);
    return static_cast<std::uint32_t>(dlt645::parse_data_id(what.request).value());
}

}  // namespace

TEST_CASE("a meter is addressed by the twelve digits of its number")
{
    CHECK(flat.address().text().view() == "000072007201");
    CHECK(meter::meter_of(flat.address()).value() == number);
    for (const char* const wrong : {"72007201", "00007200720A", "AAAAAAAAAAAA", "999999999999",
                                    "meter-1"}) {
        CAPTURE(wrong);
        CHECK(driver::of(single_phase_prepaid, meter_id::parse(wrong).value()).error() ==
              errc::syntax);
    }
    CHECK(meter::meter_of(dlt645::address::wildcard()).error() == errc::syntax);
}

TEST_CASE("requests ask for what the profile says")
{
    CHECK(asked(flat.request_energy()) == 0x0001FF00);
    CHECK(asked(flat.request_freeze_time(1)) == 0x05060001);
    CHECK(asked(flat.request_freeze_energy(1)) == 0x05060101);
    CHECK(asked(flat.request_freeze_energy(31)) == 0x0506011F);
    CHECK(asked(flat.request_status()) == 0x04000503);
    CHECK(asked(flat.request_date()) == 0x04000101);
    CHECK(asked(flat.request_time()) == 0x04000102);
    CHECK(asked(flat.request_remaining_money()) == 0x00900200);
    CHECK(flat.request_energy().prio == link::priority::reading);
    CHECK(flat.request_status().prio == link::priority::relay);
    CHECK(flat.request_energy().timeout == single_phase_prepaid.read_timeout);
}

TEST_CASE("each command of the model has its code and no two share one")
{
    const civil_time until{2026, 1, 10, 12, 0, 0};
    const std::array<std::pair<command_kind, int>, 5> codes{{{command_kind::trip, 0x1A},
                                                             {command_kind::permit, 0x1B},
                                                             {command_kind::close, 0x1C},
                                                             {command_kind::protect, 0x3A},
                                                             {command_kind::unprotect, 0x3B}}};
    for (const auto& [command, code] : codes) {
        const auto made = flat.request_command(command, until, who);
        REQUIRE(made.has_value());
        CHECK(made->prio == link::priority::relay);
        CHECK(made->timeout == single_phase_prepaid.control_timeout);
        const auto order = dlt645::parse_control(made->request);
        REQUIRE(order.has_value());
        CHECK(order->code == code);
        CHECK(order->valid_until == until);
        CHECK(order->who.opens(who));
        CHECK(meter::command_kind_of(order->code) == command);
    }
    CHECK(!meter::command_kind_of(0x2A).has_value());
    CHECK(flat.request_command(command_kind::trip, {1999, 1, 1, 0, 0, 0}, who).error() ==
          errc::out_of_range);
}

TEST_CASE("broadcast time expects no answer and gives way to everything")
{
    const auto made = meter::broadcast_time({2026, 1, 1, 3, 0, 0});
    REQUIRE(made.has_value());
    CHECK(!made->answer_expected);
    CHECK(made->prio == link::priority::background);
    CHECK(made->request.address.is_broadcast());
    CHECK(meter::broadcast_time({2026, 13, 1, 0, 0, 0}).error() == errc::out_of_range);
}

TEST_CASE("from driver over bus and line to the registers and back")
{
    link::bus line;
    instant now{duration{1'000'000}};
    link::job asking = flat.request_energy();
    asking.id = 42;
    REQUIRE(line.submit(asking));
    line.advance(now);
    const auto request = dlt645::decode(line.pending_output());
    REQUIRE(request.has_value());
    line.consume(line.pending_output().size());

    const register_set shown{energy::of(1'234'500), {energy::of(0), energy::of(1'000'000),
                                                     energy::of(0), energy::of(234'500)}};
    const auto reply = meter::registers_answer(single_phase_prepaid, request->address,
                                               dlt645::parse_data_id(*request).value(), shown);
    std::array<std::uint8_t, dlt645::frame_size_max> bytes{};
    const auto size = dlt645::encode(reply.value(), bytes, 2);
    line.receive({bytes.data(), size.value()}, now);

    link::event event;
    REQUIRE(line.next_event(event));
    CHECK(event.job_id == 42);
    CHECK(meter::registers(single_phase_prepaid, event.frame).value() == shown);
}
