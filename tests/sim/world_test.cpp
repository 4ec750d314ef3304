// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/meter/decode.hpp>
#include <wattpurse/meter/driver.hpp>
#include <wattpurse/sim/world.hpp>

using namespace wattpurse;
using namespace std::chrono_literals;
namespace dlt645 = codec::dlt645;

namespace {

const instant start = parse_iso8601("2026-01-28T00:00:00+08:00").value();

sim::world_options options_of(std::uint64_t seed = 1)
{
    sim::world_options out;
    out.seed = seed;
    out.flats = 4;
    out.flats_per_bus = 2;
    out.days = 4;
    out.start = start;
    return out;
}

sim::world_options sound(sim::world_options out = options_of())
{
    out.lost = out.late = out.doubled = out.garbled = out.orders_doubled = 0;
    return out;
}

std::vector<std::uint8_t> bytes_of(const dlt645::frame& what)
{
    std::vector<std::uint8_t> out(dlt645::encoded_size(what));
    REQUIRE(dlt645::encode(what, out));
    return out;
}

dlt645::frame energy_request(const meter_id& meter)
{
    return meter::driver::of(meter::single_phase_prepaid, meter)->request_energy().request;
}

struct said {
    instant at;
    std::size_t bus;
    std::vector<std::uint8_t> bytes;
    friend bool operator==(const said&, const said&) = default;
};

/// Everything the lines say until `until`; orders go to `orders`.
std::vector<said> listen(sim::world& around, instant until, std::vector<arrival>* orders = nullptr)
{
    std::vector<said> out;
    while (around.now() < until) {
        const auto heard = around.advance(until);
        for (const auto& line : heard.lines) out.push_back({heard.at, line.bus, line.bytes});
        if (orders != nullptr) {
            orders->insert(orders->end(), heard.orders.begin(), heard.orders.end());
        }
    }
    return out;
}

std::vector<dlt645::frame> frames_of(const std::vector<said>& heard)
{
    std::array<dlt645::framer, 2> framers;
    std::vector<dlt645::frame> out;
    for (const said& each : heard) {
        byte_span rest{each.bytes.data(), each.bytes.size()};
        while (!rest.empty()) {
            rest = rest.subspan(framers.at(each.bus).feed(rest));
            for (auto found = framers.at(each.bus).next();
                 found.kind != dlt645::framer_event::kind_type::nothing;
                 found = framers.at(each.bus).next()) {
                if (found.kind == dlt645::framer_event::kind_type::frame) {
                    out.push_back(found.frame);
                }
            }
        }
    }
    return out;
}

/// Asks each meter of a world once an hour for its registers; what all that gave.
std::vector<said> poll_hourly(sim::world& around)
{
    std::vector<said> out;
    while (around.now() < around.end()) {
        for (std::size_t i = 0; i < around.site().services.size(); ++i) {
            around.line_in(i / 2, bytes_of(energy_request(around.site().services[i].meter)));
            const auto heard = listen(around, around.now() + 10s);
            out.insert(out.end(), heard.begin(), heard.end());
        }
        (void)listen(around, floor_to(around.now(), 1h) + 1h);
    }
    return out;
}

arrival exchange_of(const std::vector<arrival>& orders)
{
    const auto found = std::find_if(orders.begin(), orders.end(), [](const arrival& each) {
        return each.kind == arrival_kind::exchange;
    });
    REQUIRE(found != orders.end());
    return *found;
}

desk_message accepted(const arrival& order)
{
    return {desk_message::topic::accepted, order.kind, order.key, {}};
}

}  // namespace

TEST_CASE("the same seed gives the same bytes at the same moments, another seed others")
{
    sim::world first{options_of(1)};
    sim::world second{options_of(1)};
    sim::world third{options_of(2)};
    const auto heard = poll_hourly(first);
    CHECK(heard.size() > 300);
    CHECK(heard == poll_hourly(second));
    CHECK(heard != poll_hourly(third));
}

TEST_CASE("asking meters in another order changes nothing for any of them")
{
    auto options = options_of();
    options.lost = options.late = options.doubled = options.garbled = 1'500;
    options.flats_per_bus = 4;
    const auto answers = [&](const std::vector<std::size_t>& order, std::size_t of) {
        sim::world around{options};
        std::vector<std::vector<std::uint8_t>> out;
        for (instant hour = start + 1h; hour < around.end(); hour += 1h) {
            (void)listen(around, hour);
            for (std::size_t i : order) {
                around.line_in(0, bytes_of(energy_request(around.site().services[i].meter)));
                // Wait for all that may still come before the next one speaks.
                const auto heard = listen(around, around.now() + 8s);
                if (i != of) continue;
                for (const said& each : heard) out.push_back(each.bytes);
            }
        }
        return out;
    };
    for (const std::size_t of : {std::size_t{0}, std::size_t{2}}) {
        const auto alone = answers({of}, of);
        CHECK(alone.size() > 60);
        CHECK(answers({0, 1, 2, 3}, of) == alone);
        CHECK(answers({3, 2, 1, 0}, of) == alone);
    }
}

TEST_CASE("asking again is another draw, and does not count as another exchange")
{
    auto options = options_of();
    options.lost = 5'000;
    sim::world around{options};
    const auto request = bytes_of(energy_request(around.site().services[0].meter));
    unsigned answered = 0;
    constexpr unsigned minutes = 200;
    for (unsigned i = 1; i <= minutes; ++i) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            around.line_in(0, request);
            if (!listen(around, around.now() + 10s).empty()) {
                ++answered;
                break;
            }
        }
        (void)listen(around, start + i * 1min);
    }
    CHECK(around.faults().exchanges == minutes);
    CHECK(around.faults().lost > 60);
    CHECK(answered > 150);  // seven of eight
    CHECK(answered < minutes);
}

TEST_CASE("by default each fault of the line hits more than one in a hundred exchanges")
{
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
        CAPTURE(seed);
        auto options = options_of(seed);
        options.days = 20;
        sim::world around{options};
        (void)poll_hourly(around);
        const auto& counts = around.faults();
        CHECK(counts.exchanges > 1'500);
        for (const auto hits : {counts.lost, counts.late, counts.doubled, counts.garbled}) {
            CHECK(hits * 100 > counts.exchanges);
            CHECK(hits * 100 < 4 * counts.exchanges);
        }
    }
}

TEST_CASE("each fault does what it is named after")
{
    const auto one = [](unsigned sim::world_options::*rate) {
        auto options = sound();
        options.*rate = 10'000;
        sim::world around{options};
        around.line_in(0, bytes_of(energy_request(around.site().services[0].meter)));
        return listen(around, start + 30s);
    };
    const auto request = energy_request(sim::world{sound()}.site().services[0].meter);

    CHECK(one(&sim::world_options::lost).empty());
    const auto late = one(&sim::world_options::late);
    REQUIRE(!late.empty());
    CHECK(late.front().at >= start + 2'500ms);  // after the master's patience
    CHECK(frames_of(late).size() == 1);
    const auto doubled = frames_of(one(&sim::world_options::doubled));
    REQUIRE(doubled.size() == 2);
    CHECK(doubled[0] == doubled[1]);
    CHECK(doubled[0].address == request.address);
    const auto garbled = one(&sim::world_options::garbled);
    REQUIRE(!garbled.empty());
    for (const auto& frame : frames_of(garbled)) CHECK(frame == doubled[0]);  // a hit preamble
}

TEST_CASE("a sound line answers every request once and in time")
{
    sim::world around{sound()};
    for (const auto& of : around.site().services) {
        const std::size_t bus = of.bus == around.site().buses[0] ? 0 : 1;
        const instant asked = around.now();
        around.line_in(bus, bytes_of(energy_request(of.meter)));
        const auto heard = listen(around, asked + 3s);
        REQUIRE(frames_of(heard).size() == 1);
        CHECK(heard.back().at < asked + 1'500ms);
        CHECK(heard.back().bus == bus);
        const auto registers = meter::registers(around.site().profile, frames_of(heard)[0]);
        const auto truth = around.what_happened().registers;
        CHECK(std::any_of(truth.begin(), truth.end(), [&](const auto& each) {
            return each.meter == of.meter && each.registers == registers.value();
        }));
    }
}

TEST_CASE("a meter is heard on its own line only, and a request may come in pieces")
{
    sim::world around{sound()};
    const auto request = bytes_of(energy_request(around.site().services[0].meter));
    around.line_in(1, request);
    CHECK(listen(around, start + 10s).empty());
    for (const std::uint8_t byte : request) around.line_in(0, {&byte, 1});
    CHECK(frames_of(listen(around, start + 20s)).size() == 1);
}

TEST_CASE("the last line is silent for a while, and the others are not")
{
    sim::world around{sound()};
    std::array<std::vector<instant>, 2> heard;
    while (around.now() < around.end()) {
        for (const std::size_t bus : {std::size_t{0}, std::size_t{1}}) {
            around.line_in(bus, bytes_of(energy_request(around.site().services[2 * bus].meter)));
            if (!listen(around, around.now() + 5s).empty()) {
                heard.at(bus).push_back(floor_to(around.now(), 30min));
            }
        }
        (void)listen(around, floor_to(around.now(), 30min) + 30min);
    }
    CHECK(heard[0].size() == 4 * 48);
    CHECK(heard[1].size() == 4 * 48 - 6);  // three hours
    const auto silent = [&](instant at) {
        return std::find(heard[1].begin(), heard[1].end(), at) == heard[1].end();
    };
    CHECK_FALSE(silent(start + 24h + 11h));
    CHECK(silent(start + 24h + 11h + 30min));
    CHECK(silent(start + 24h + 14h));
    CHECK_FALSE(silent(start + 24h + 14h + 30min));
}

TEST_CASE("a meter is exchanged in the middle of the play, and its place is told exactly")
{
    sim::world around{sound()};
    std::vector<arrival> orders;
    (void)listen(around, start + 48h + 12h, &orders);
    const arrival order = exchange_of(orders);
    CHECK(order.account.view() == "F02");
    CHECK(order.meter == around.site().services[1].meter);
    CHECK(order.at == start + 48h + 10h + 32min + 25s);
    CHECK(order.at == floor_to(order.at, 1s));

    around.line_in(0, bytes_of(energy_request(order.meter)));
    CHECK(listen(around, around.now() + 5s).empty());  // it lies in the fitter's van
    around.line_in(0, bytes_of(energy_request(order.next_meter)));
    CHECK(frames_of(listen(around, around.now() + 5s)).size() == 1);

    (void)listen(around, around.end() + 1s);
    unsigned found = 0;
    const auto happened = around.what_happened().registers;
    CHECK(happened.size() == 2 * 5);
    for (const auto& each : happened) {
        if (each.meter == order.meter && each.at == order.at) {
            CHECK(each.registers == order.registers);
            ++found;
        }
        if (each.meter == order.next_meter && each.at == order.at) {
            CHECK(each.registers == order.next_registers);
            ++found;
        }
    }
    CHECK(found == 2);
}

TEST_CASE("a reading comes back lower for half an hour and is right again afterwards")
{
    sim::world around{sound()};
    const auto& site = around.site();
    const auto total_at = [&](instant when) {
        (void)listen(around, when);
        around.line_in(1, bytes_of(energy_request(site.services[3].meter)));
        const auto heard = frames_of(listen(around, when + 5s));
        return meter::registers(site.profile, heard.at(0)).value().total;
    };
    const auto before = total_at(start + 48h + 13h);
    const auto within = total_at(start + 48h + 14h);
    const auto after = total_at(start + 48h + 15h);
    CHECK(within < before);
    CHECK(after > before);
}

TEST_CASE("an order that was not accepted is told again to the next client")
{
    sim::world around{sound()};
    std::vector<arrival> orders;
    (void)listen(around, start + 48h + 11h, &orders);
    const arrival order = exchange_of(orders);
    orders.clear();
    around.reconnected();
    (void)listen(around, around.now() + 1s, &orders);
    CHECK(exchange_of(orders).key == order.key);
    around.desk_in(accepted(order));
    orders.clear();
    around.reconnected();
    (void)listen(around, around.now() + 1s, &orders);
    CHECK(orders.empty());
}

TEST_CASE("a new client finds the line as the old one found it")
{
    auto options = options_of();
    options.lost = options.late = options.doubled = options.garbled = 2'500;
    options.flats_per_bus = 4;
    sim::world around{options};
    sim::world other{options};
    const auto request = bytes_of(energy_request(around.site().services[0].meter));
    for (int hour = 1; hour < 48; ++hour) {
        // The one asks and is gone, with an answer on its way or half a request said.
        const instant now = start + hour * 1h;
        (void)listen(around, now);
        (void)listen(other, now);
        around.line_in(0, request);
        around.line_in(0, byte_span{request}.first(7));
        around.reconnected();
        for (int attempt = 0; attempt < 3; ++attempt) {
            around.line_in(0, request);
            other.line_in(0, request);
            CHECK(listen(around, now + (attempt + 1) * 10s) ==
                  listen(other, now + (attempt + 1) * 10s));
        }
    }
    CHECK(around.faults().exchanges == other.faults().exchanges);
    CHECK(around.faults().lost == other.faults().lost);
}

TEST_CASE("a notice has its receipt, and brings the payment of who reacts to it, once")
{
    sim::world around{sound()};
    notice warning{"cut/F01/1", account_id::parse("F01").value(), notice_kind::cut,
                   start, std::nullopt, "text"};
    const desk_message told{desk_message::topic::notice, arrival_kind::payment, {}, warning};
    (void)listen(around, start + 1min);
    around.desk_in(told);
    around.desk_in(told);  // the channel says it twice
    std::vector<arrival> orders;
    (void)listen(around, start + 24h, &orders);
    const auto count = [&](arrival_kind kind) {
        return std::count_if(orders.begin(), orders.end(),
                             [&](const arrival& each) { return each.kind == kind; });
    };
    CHECK(count(arrival_kind::receipt) == 1);
    REQUIRE(count(arrival_kind::payment) == 1);
    for (const arrival& each : orders) {
        CHECK(each.account == warning.account);
        if (each.kind == arrival_kind::receipt) {
            CHECK(each.key == warning.key);
            CHECK(each.at == start + 1min + 24s);
        } else {
            CHECK(each.key == "P-F01-001");
            CHECK(each.at > start + 1h);
            CHECK(each.amount >= 50'000'000);
        }
    }
}

TEST_CASE("payments can be told twice, some minutes apart")
{
    auto options = sound();
    options.orders_doubled = 10'000;
    sim::world around{options};
    const notice cut{"cut/F01/1", account_id::parse("F01").value(), notice_kind::cut, start,
                     std::nullopt, "text"};
    around.desk_in({desk_message::topic::notice, arrival_kind::payment, {}, cut});
    std::vector<arrival> orders;
    (void)listen(around, start + 24h, &orders);
    CHECK(std::count_if(orders.begin(), orders.end(), [](const arrival& each) {
              return each.key == "P-F01-001";
          }) == 2);
}

TEST_CASE("the clock goes to the deadline or to what is due before it, never back")
{
    sim::world around{sound()};
    CHECK(around.advance(start + 5min).at == start + 5min);
    CHECK(around.advance(start).at == start + 5min);
    around.line_in(0, bytes_of(energy_request(around.site().services[0].meter)));
    const auto heard = around.advance(start + 10min);
    CHECK(heard.at > start + 5min);
    CHECK(heard.at < start + 5min + 1s);
    CHECK(around.now() == heard.at);
}
