// SPDX-License-Identifier: Apache-2.0
// What happens beside lost frames, and what the desk brings.
#include <algorithm>
#include <array>
#include <vector>

#include "listening.hpp"

using namespace wattpurse;
using namespace wattpurse::sim::listening;

namespace {

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
