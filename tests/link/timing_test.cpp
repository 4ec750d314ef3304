// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>

#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>
#include <wattpurse/link/bus.hpp>
#include <wattpurse/link/small_master.hpp>
#include <wattpurse/link/timing.hpp>

using namespace wattpurse;
namespace dlt645 = wattpurse::codec::dlt645;
using dlt645::data_id;
using link::bus_timing;

namespace {

const dlt645::address meter = dlt645::address::parse("000000000001").value();
const dlt645::credentials who{2, {}, {}};

const dlt645::frame asked = dlt645::read_request(meter, data_id{1});
const dlt645::frame top_up = dlt645::security_request(meter, data_id::top_up, {}, {}).value();

}  // namespace

TEST_CASE("a byte is eleven bits on the line, and parts of a millisecond count whole")
{
    CHECK(link::air_time(1, 1200) == duration{10});
    CHECK(link::air_time(20, 2400) == duration{92});
    CHECK(link::air_time(0, 2400) == duration{0});
    CHECK(link::air_time(1, 115200) == duration{1});
    CHECK(link::air_time(20, 0) == duration{0});
}

TEST_CASE("a line without a rate takes no time, whoever drives it")
{
    static constexpr bus_timing no_rate = bus_timing::standard(0);
    CHECK(link::basic_bus<1>{no_rate}.air_time(20) == duration{0});
    link::small_master<> master{no_rate};
    link::job what;
    what.request = asked;
    what.answer_expected = false;
    REQUIRE(master.submit(what));
    link::event event;
    CHECK(!master.advance(instant{duration{1}}, event));
    CHECK(master.advance(instant{duration{1}}, event));
    CHECK(event.kind == link::event::kind_type::sent);
}

TEST_CASE("a meter may think half a second, longer where it writes, longest where it decrypts")
{
    CHECK(link::thinking_time(asked) == duration{500});
    CHECK(link::thinking_time(dlt645::read_address_request()) == duration{500});
    CHECK(link::thinking_time(dlt645::write_request(meter, data_id{1}, who, {}).value()) ==
          duration{1500});
    CHECK(link::thinking_time(dlt645::clear_meter_request(meter, who)) == duration{4000});
    CHECK(link::thinking_time(top_up) == duration{4000});
    CHECK(link::thinking_time(dlt645::control_request(meter, dlt645::control_code::trip,
                                                      {2026, 1, 1, 0, 0, 0}, who)
                                  .value()) == duration{4000});
    CHECK(link::thinking_time(dlt645::reread_request_1997(meter)) == duration{500});
    CHECK(link::thinking_time(dlt645::change_password_request_1997(meter, who, who)) ==
          duration{1500});
}

TEST_CASE("the timeout has room for request, thinking and the longest answer, at any rate")
{
    // 20 bytes out with preamble, 4 + 267 back.
    CHECK(link::answer_timeout(asked, 2400) == duration{500} + link::air_time(20 + 271, 2400));
    CHECK(link::answer_timeout(asked, 1200) > link::answer_timeout(asked, 2400));
    CHECK(link::answer_timeout(asked, 115200) == duration{500} + duration{28});
    CHECK(link::answer_timeout(top_up, 2400) - link::answer_timeout(asked, 2400) >= duration{3500});
    CHECK(link::answer_timeout(asked, bus_timing::lenient(9600)) ==
          link::answer_timeout(asked, bus_timing::standard(9600)) + duration{3000});
}

TEST_CASE("the standard's gap is half a second, a modem's two")
{
    CHECK(bus_timing::standard(1200).gap_max == duration{500});
    CHECK(bus_timing::standard(1200).baud == 1200);
    CHECK(bus_timing::lenient(9600).gap_max == duration{2000});
    CHECK(bus_timing::lenient(9600).baud == 9600);
}

TEST_CASE("broadcasts, clock settings and demand clearing of 1997 are not waited for")
{
    CHECK(!link::expects_answer(dlt645::broadcast_time_request({2026, 1, 1, 0, 0, 0}).value()));
    CHECK(!link::expects_answer(
        dlt645::unicast_time_request(meter, {2026, 1, 1, 0, 0, 0}).value()));
    CHECK(!link::expects_answer(dlt645::freeze_request(dlt645::address::broadcast(),
                                                       dlt645::freeze_moment::immediate())));
    CHECK(!link::expects_answer(dlt645::clear_demand_request_1997(meter)));
    CHECK(link::expects_answer(asked));
    CHECK(link::expects_answer(dlt645::write_address_request(meter)));
    CHECK(link::expects_answer(dlt645::write_address_request_1997(meter)));
    CHECK(link::expects_answer(
        dlt645::freeze_request(meter, dlt645::freeze_moment::immediate())));
}

TEST_CASE("what could happen twice is asked once")
{
    const auto id_1997 = dlt645::data_id_1997::forward_active_total;
    const auto timing = bus_timing::standard(2400);
    CHECK(link::job_for(asked, timing).attempts_max == 3);
    CHECK(link::job_for(top_up, timing).attempts_max == 1);
    CHECK(link::job_for(dlt645::follow_request_1997(meter, id_1997), timing).attempts_max == 1);
    CHECK(link::job_for(dlt645::reread_request_1997(meter), timing).attempts_max == 3);
    CHECK(link::job_for(dlt645::change_baud_request(meter, dlt645::baud_rate::b600), timing)
              .attempts_max == 1);
    const dlt645::credentials old_password{0x02, {1, 2, 3}, {}};
    const dlt645::credentials new_password{0x02, {4, 5, 6}, {}};
    CHECK(link::job_for(dlt645::change_password_request(meter, data_id{0x04000C03}, old_password,
                                                        new_password),
                        timing)
              .attempts_max == 1);
    CHECK(link::job_for(
              dlt645::change_password_request_1997(meter, old_password, new_password), timing)
              .attempts_max == 1);
    CHECK(link::job_for(dlt645::follow_request(meter, data_id{1}, 1), timing).attempts_max == 3);
    CHECK(link::job_for(asked, timing).timeout == link::answer_timeout(asked, timing));
    CHECK(!link::job_for(dlt645::clear_demand_request_1997(meter), timing).answer_expected);
}

TEST_CASE("a bus waits four seconds for security and takes no late answer to another question")
{
    link::basic_bus<4> bus{bus_timing::standard(2400)};
    instant now{duration{1'000'000}};
    link::job what = link::job_for(top_up, bus_timing::standard(2400));
    what.id = 9;
    REQUIRE(bus.submit(what));
    bus.advance(now);
    bus.consume(bus.pending_output().size());
    const auto hear = [&](const dlt645::frame& answer) {
        std::array<std::uint8_t, dlt645::frame_size_max> out{};
        const auto size = dlt645::encode(answer, out, 0).value();
        bus.receive(byte_span{out}.first(size), now);
    };
    now += duration{3900};
    bus.advance(now);
    CHECK(bus.busy());
    hear(dlt645::read_answer(meter, data_id::top_up, {}).value());  // 91, not 83
    hear(dlt645::security_answer(meter, data_id::identity, {}).value());
    CHECK(bus.busy());
    hear(dlt645::security_answer(meter, data_id::top_up, {}).value());
    CHECK(!bus.busy());
    link::event event;
    bool answered = false;
    while (bus.next_event(event)) {
        answered = answered || (event.kind == link::event::kind_type::answered &&
                                event.job_id == 9 && event.attempts == 1);
    }
    CHECK(answered);
}

TEST_CASE("a lenient line joins what a modem delivers in lumps")
{
    for (const bool lenient : {false, true}) {
        CAPTURE(lenient);
        const auto timing = lenient ? bus_timing::lenient(9600) : bus_timing::standard(9600);
        link::basic_bus<4> bus{timing};
        instant now{duration{1'000'000}};
        REQUIRE(bus.submit(link::job_for(asked, timing)));
        bus.advance(now);
        bus.consume(bus.pending_output().size());
        std::array<std::uint8_t, dlt645::frame_size_max> out{};
        const auto size =
            dlt645::encode(dlt645::read_answer(meter, data_id{1}, {}).value(), out, 0).value();
        bus.receive(byte_span{out}.first(9), now);
        now += duration{1900};
        bus.receive(byte_span{out}.subspan(9, size - 9), now);
        link::event event;
        CHECK(bus.next_event(event) == lenient);
    }
}
