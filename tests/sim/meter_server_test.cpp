// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/sim/meter_server.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes encoded(const dlt645::frame& what)
{
    std::array<std::uint8_t, dlt645::frame_size_max + 4> out{};
    const auto size = dlt645::encode(what, out).value();
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

/// The frames that a server sends by then.
std::vector<dlt645::frame> heard(sim::meter_server& server, instant by)
{
    std::vector<dlt645::frame> out;
    dlt645::framer framer;
    for (const auto& due : server.take_output(by)) {
        CHECK(framer.feed(due.bytes) == due.bytes.size());
        for (auto event = framer.next(); event.kind == dlt645::framer_event::kind_type::frame;
             event = framer.next()) {
            out.push_back(event.frame);
        }
    }
    return out;
}

std::vector<dlt645::frame> ask(sim::meter_server& server, const dlt645::frame& request,
                               instant now)
{
    server.receive(encoded(request), now);
    return heard(server, now + 1s);
}

dlt645::frame energy_question(const dlt645::address& to)
{
    return dlt645::read_request(to, dlt645::data_id{0x00010000});
}

dlt645::address second_address() { return dlt645::address::parse("202600000002").value(); }

std::vector<sim::meter_options> two_meters()
{
    std::vector<sim::meter_options> out{plain_options(), plain_options()};
    out[1].address = second_address();
    out[1].registers.tariff[1] = energy::of(5'000'000);
    return out;
}

}  // namespace

TEST_CASE("bytes in, bytes out, when the meter has had its time")
{
    sim::meter_server server{plain_options()};
    CHECK(server.next_deadline() == instant::max());
    const auto request = encoded(energy_question(plain_options().address));
    server.receive(byte_span{request}.first(7), new_year);
    CHECK(server.next_deadline() == instant::max());
    server.receive(byte_span{request}.subspan(7), new_year + 100ms);
    CHECK(server.next_deadline() == new_year + 130ms);
    CHECK(server.take_output(new_year + 129ms).empty());
    const auto said = heard(server, new_year + 130ms);
    REQUIRE(said.size() == 1);
    CHECK(said[0].control == 0x91);
    CHECK(server.take_output(new_year + 1h).empty());
}

TEST_CASE("a frame cut by a long silence is given up")
{
    sim::meter_server server{plain_options()};
    const auto request = encoded(energy_question(plain_options().address));
    server.receive(byte_span{request}.first(9), new_year);
    server.receive(byte_span{request}.subspan(9), new_year + 600ms);
    CHECK(server.take_output(new_year + 2s).empty());
    server.receive(request, new_year + 3s);
    CHECK(heard(server, new_year + 4s).size() == 1);
}

TEST_CASE("several meters share a line; each answers for itself, all of them to a wildcard")
{
    sim::meter_server server{two_meters()};
    CHECK(ask(server, energy_question(second_address()), new_year).at(0).address ==
          second_address());
    CHECK(ask(server, energy_question(dlt645::address::wildcard()), new_year).size() == 2);
    CHECK(ask(server, energy_question(dlt645::address::parse("202600000003").value()), new_year)
              .empty());
}

TEST_CASE("a bad checksum meets silence, and so does a meter's own kind of frame")
{
    sim::meter_server server{plain_options()};
    auto request = encoded(energy_question(plain_options().address));
    request[request.size() - 2] ^= 1U;
    server.receive(request, new_year);
    CHECK(server.take_output(new_year + 1s).empty());
    CHECK(ask(server, dlt645::read_address_answer(plain_options().address), new_year + 2s)
              .empty());
}

TEST_CASE("a 4G meter sends its state and signs of life unasked")
{
    auto options = purse_options();
    options.push_every = 15min;
    options.heartbeat_every = 1min;
    sim::meter_server server{options};
    CHECK(server.next_deadline() == new_year + 1min);
    const auto first = heard(server, new_year + 1min);
    REQUIRE(first.size() == 1);
    CHECK(first[0].control == 0x91);
    CHECK(first[0].length == 4);
    CHECK(dlt645::parse_data_id(first[0]).value() == dlt645::data_id{0x80808080});
    const auto later = heard(server, new_year + 15min);
    REQUIRE(later.size() == 2);  // a meter does not catch up on signs of life
    const auto& push = later[0].length == 69 ? later[0] : later[1];
    CHECK(push.length == 69);
    CHECK(dlt645::parse_data_id(push).value() == dlt645::data_id{0x028011FF});
    // 0.15 kWh of night at half a yuan: 9.92 left of 10.00.
    CHECK(from_bcd(push.payload().subspan(4, 4)).value() == 992);
    CHECK(from_bcd(push.payload().subspan(4 + 43, 4)).value() == 10'015);
}

TEST_CASE("1997 is spoken beside 2007: reads, blocks, settlement and clock")
{
    auto options = plain_options();
    options.installed_at = new_year - std::chrono::hours{24 * 40};
    sim::meter_server server{options};
    const auto& to = options.address;
    const auto read = [&](std::uint16_t id) {
        const auto said = ask(server, dlt645::read_request_1997(to, dlt645::data_id_1997{id}),
                              new_year + 1h).at(0);
        const auto value = dlt645::parse_read_answer_1997(said);
        return value ? bytes{value->value.begin(), value->value.end()} : bytes{};
    };
    // 100.00 kWh, 40 days of 14.40 and an hour of 0.60.
    CHECK(from_bcd(read(0x9010)).value() == 10'000 + 57'600 + 60);
    CHECK(from_bcd(read(0x9410)).value() == 10'000 + 57'600);
    CHECK(from_bcd(read(0x9810)).value() == 10'000 + 9 * 1'440);
    CHECK(read(0x901F).size() == 20);
    CHECK(read(0xA010) == bytes{0x00, 0x60, 0x00});
    CHECK(read(0xB010) == bytes{0x01, 0x00, 0x01, 0x01});
    CHECK(read(0xC010) == bytes{0x04, 0x01, 0x01, 0x26});
    CHECK(read(0xC011) == bytes{0x00, 0x00, 0x01});
    CHECK(read(0xC032) == bytes{0x01, 0x00, 0x00, 0x00, 0x26, 0x20});
    CHECK(read(0xB611).size() == 2);
    CHECK(read(0xB612).empty());
    CHECK(read(0xB630) == bytes{0x00, 0x60, 0x00});
    CHECK(read(0xC331) == bytes{0x02, 0x00, 0x08});
    CHECK(read(0xC313) == bytes{0x04});
    CHECK(read(0x1234).empty());
    // An identifier of four bytes, as in 2007, is wrong for function 01: seen on real meters.
    dlt645::frame odd = energy_question(to);
    odd.control = 0x01;
    const auto refused = ask(server, odd, new_year + 1h).at(0);
    CHECK(refused.control == 0xC1);
    CHECK(dlt645::parse_error_word(refused).value() == 0x02);
}

TEST_CASE("every identifier of 1997 that is answered has the size of the catalogue")
{
    sim::meter_server server{purse_options()};
    std::size_t answered = 0;
    for (const auto& row : dlt645::standard_catalogue().rows()) {
        if (row.which() != dlt645::edition::y1997) continue;
        for (std::uint64_t k = 0; k < row.ids.count(); ++k) {
            const auto id = static_cast<std::uint16_t>(row.ids.nth(k));
            const auto said = ask(server, dlt645::read_request_1997(
                plain_options().address, dlt645::data_id_1997{id}), new_year + 1h).at(0);
            if (said.is_abnormal()) continue;
            ++answered;
            CAPTURE(id);
            CHECK(row.shape.fits(dlt645::parse_read_answer_1997(said).value().value.size()));
        }
    }
    CHECK(answered > 500);
}

TEST_CASE("1997: long answers, reading again, writing, address, baud rate and password")
{
    auto options = plain_options();
    options.read_limit = 14;
    sim::meter_server server{options};
    const auto& to = options.address;
    dlt645::long_answer<100> answer;
    answer.begin(dlt645::data_id_1997{0x901F});
    auto said = ask(server, answer.next_request(to), new_year).at(0);
    CHECK(said.control == 0xA1);
    CHECK(answer.take(said).value() == dlt645::long_state::more);
    const auto again = ask(server, dlt645::reread_request_1997(to), new_year).at(0);
    CHECK(again.control == 0xA3);
    CHECK(again.length == said.length);
    said = ask(server, answer.next_request(to), new_year).at(0);
    CHECK(answer.take(said).value() == dlt645::long_state::complete);
    CHECK(answer.value().size() == 20);

    const auto write = [&](const dlt645::credentials& who) {
        const bytes period{0x30};
        const auto request = dlt645::write_request_1997(to, dlt645::data_id_1997{0xC111}, who,
                                                        period);
        return ask(server, request.value(), new_year).at(0).control;
    };
    CHECK(write(stranger) == 0xC4);
    CHECK(write(writer) == 0x84);
    CHECK(server.meter(0).value(0x04000103, new_year) == bytes{0x30});  // one meter, two tongues

    const auto rate = dlt645::change_baud_request_1997(to, dlt645::baud_rate_1997::b9600);
    CHECK(ask(server, rate, new_year).at(0).control == 0x8C);
    const dlt645::credentials fresh{4, {7, 7, 7}, {}};
    CHECK(ask(server, dlt645::change_password_request_1997(to, stranger, fresh), new_year)
              .empty());
    CHECK(ask(server, dlt645::change_password_request_1997(to, writer, fresh), new_year)
              .at(0).control == 0x8F);
    const auto moved = ask(server, dlt645::write_address_request_1997(second_address()),
                           new_year);
    CHECK(moved.at(0).address == second_address());
}

TEST_CASE("a meter of one edition is silent in the other")
{
    auto options = plain_options();
    options.speaks_2007 = false;
    sim::meter_server old{options};
    const auto old_read = dlt645::read_request_1997(options.address,
                                                    dlt645::data_id_1997{0x9010});
    CHECK(ask(old, energy_question(options.address), new_year).empty());
    CHECK(ask(old, dlt645::read_address_request(), new_year).empty());
    CHECK(ask(old, old_read, new_year).size() == 1);
    options.speaks_2007 = true;
    options.speaks_1997 = false;
    sim::meter_server young{options};
    CHECK(ask(young, old_read, new_year).empty());
    CHECK(ask(young, energy_question(options.address), new_year).size() == 1);
}

TEST_CASE("options that make no meter are refused with what is wrong")
{
    auto options = plain_options();
    CHECK(sim::check(options).has_value());
    options.tariff_count = 9;
    CHECK(sim::check(options).error() == "tariff_count: 9, expected 1 to 8");
    options = plain_options();
    options.clock_error = std::chrono::hours{-24 * 366 * 27};
    CHECK(sim::check(options).error() == "clock_error: year 1998, expected 2000 to 2099");
    options = plain_options();
    options.registers.tariff[2] = energy::of(1'000'000LL * 10'000);
    CHECK(sim::check(options).error() == "registers: expected 0 to 999999.99 kWh of each tariff");
    options = plain_options();
    options.address = dlt645::address::wildcard();
    CHECK(sim::check(options).error().find("address: AAAAAAAAAAAA") == 0);
    options = plain_options();
    options.purse.prices.step_ends = {100};
    CHECK(sim::check(options).error() == "purse.prices.step_prices: 0 prices, expected 2");
    options.purse.prices.step_ends = {100, 50};
    CHECK(sim::check(options).error().find("purse.prices.step_ends: 50") == 0);
}
