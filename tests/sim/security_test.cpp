// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/sim/password_guard.hpp>
#include <wattpurse/sim/soft_security.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 32> master{9, 8, 7};
constexpr std::array<std::uint8_t, 4> nobody{};

sim::meter_options sealed_options()
{
    auto options = purse_options();
    options.dialect = meter::state_grid_filing;
    options.soft_key = master;
    return options;
}

/// A sealed meter and the module that talks to it.
struct vault {
    bool identify(instant now, const std::array<std::uint8_t, 32>& key = master)
    {
        sim::soft_security other{key};
        const auto& to = table.meter.address();
        const auto opening = other.open_session(to).value();
        const auto said = table.ask(
            dlt645::security_request(to, dlt645::data_id::identity, nobody, opening.wire)
                .value(), now);
        const auto value = dlt645::parse_security_answer(said.value());
        if (!value) return false;
        meter::session_answer answer;
        std::copy(value->data.begin(), value->data.end(), answer.wire.begin());
        return module.accept_session(to, answer).has_value();
    }

    std::uint16_t secure(std::uint32_t id, byte_span data, instant now)
    {
        return table.error(dlt645::security_request(table.meter.address(), dlt645::data_id{id},
                                                    nobody, data).value(), now);
    }

    dlt645::frame trip(instant valid_until)
    {
        meter::control_plain order{0x1A, 0};
        const std::span<std::uint8_t> time{order};
        CHECK(dlt645::write_seconds(to_civil(valid_until, china_zone), time.last<6>()));
        const auto sealed = module.seal_control(table.meter.address(), order).value();
        return dlt645::control_request_sealed(table.meter.address(), dlt645::sealed_level,
                                              nobody, sealed.wire);
    }

    sim::soft_security module{master};
    meter_table table{sealed_options()};
};

}  // namespace

TEST_CASE("three wrong passwords lock their level for 24 hours, even for the right one")
{
    meter_table table{plain_options()};
    CHECK(table.write(0x04000103, {0x30}, new_year, stranger) == 4);
    CHECK(table.write(0x04000103, {0x30}, new_year, stranger) == 4);
    CHECK(table.write(0x04000103, {0x30}, new_year) == 0);  // the right one is forgiven
    for (int i = 0; i < 3; ++i) {
        CHECK(table.write(0x04000103, {0x15}, new_year + 1h, stranger) == 4);
    }
    CHECK(table.write(0x04000103, {0x15}, new_year + 2h) == 4);
    CHECK(table.control(dlt645::control_code::trip, new_year + 2h) == 4);
    // The other level is not locked, and may write as well.
    CHECK(table.write(0x04000103, {0x20}, new_year + 2h, clearer) == 0);
    CHECK(table.write(0x04000103, {0x15}, new_year + 25h - 1min) == 4);
    CHECK(table.write(0x04000103, {0x15}, new_year + 25h) == 0);
}

TEST_CASE("a meter without passwords lets nobody write")
{
    auto options = plain_options();
    options.passwords.clear();
    meter_table table{options};
    CHECK(table.write(0x04000103, {0x30}, new_year) == 4);
    CHECK(table.control(dlt645::control_code::trip, new_year) == 4);
}

TEST_CASE("where trips are sealed, a password alone closes but does not trip")
{
    vault at;
    CHECK(at.table.control(dlt645::control_code::trip, new_year) == 4);
    CHECK(at.table.control(dlt645::control_code::close, new_year) == 0);
    CHECK(at.identify(new_year));
    CHECK((at.table.status(new_year) & 1U << 13U) != 0);
    CHECK(at.table.error(at.trip(new_year + 5min), new_year) == 0);
    CHECK((at.table.status(new_year) & relay_open) != 0);
}

TEST_CASE("a sealed order is refused without a session, spoiled, or too late")
{
    vault at;
    CHECK(at.identify(new_year));
    const auto good = at.trip(new_year + 20min);
    for (std::uint8_t i = 8; i < good.length; ++i) {
        auto bad = good;
        bad.data[i] = static_cast<std::uint8_t>(bad.data[i] ^ 0x01U);
        CHECK(at.table.error(bad, new_year) == 4);
        if (i == 12) break;
    }
    CHECK(at.table.error(at.trip(new_year - 1min), new_year) == 1);
    CHECK(at.table.error(good, new_year + 6min) == 4);  // a session lasts five minutes
    CHECK(at.identify(new_year + 6min));
    CHECK(at.table.error(good, new_year + 6min) == 4);  // and binds what is sealed in it
    CHECK(at.table.error(at.trip(new_year + 20min), new_year + 6min) == 0);
}

TEST_CASE("a key that is not the meter's opens no session")
{
    vault at;
    std::array<std::uint8_t, 32> other = master;
    other[31] = 1;
    CHECK_FALSE(at.identify(new_year, other));
    CHECK((at.table.status(new_year) & 1U << 13U) == 0);
    const bytes zeros(24, 0);
    CHECK(at.secure(0x070000FF, zeros, new_year) == 0x0008);
}

TEST_CASE("without session a top-up is refused, with a wrong code as well")
{
    vault at;
    bytes data(22, 0);
    data[0] = 100;
    data[4] = 4;
    CHECK(at.secure(0x070102FF, data, new_year) == 0x0008);
    CHECK(at.identify(new_year));
    CHECK(at.secure(0x070102FF, data, new_year) == 0x0004);
    CHECK(at.table.meter.purse()->remaining_cents() == 1'000);
}

TEST_CASE("fifteen wrong codes lock function 03 for the day")
{
    vault at;
    const bytes zeros(24, 0);
    for (int i = 0; i < 15; ++i) CHECK(at.secure(0x070000FF, zeros, new_year) == 0x0008);
    CHECK(at.secure(0x070000FF, zeros, new_year + 1h) == 0x0100);
    CHECK_FALSE(at.identify(new_year + 23h));
    CHECK(at.identify(new_year + 24h));
}

TEST_CASE("the session's time can be set, and ending it tells the purse")
{
    vault at;
    CHECK(at.identify(new_year));
    const bytes minutes{0x30, 0x00};
    const auto mac = at.module.seal(at.table.meter.address(), sim::seal_purpose::validity,
                                    minutes).value();
    bytes data = minutes;
    data.insert(data.end(), mac.begin(), mac.end());
    CHECK(at.secure(0x070001FF, data, new_year) == 0);
    CHECK(at.identify(new_year));
    CHECK((at.table.status(new_year + 29min) & 1U << 13U) != 0);
    const auto request = dlt645::security_request(at.table.meter.address(),
                                                  dlt645::data_id::session_end, nobody, {});
    const auto said = at.table.ask(request.value(), new_year + 29min).value();
    const auto value = dlt645::parse_security_answer(said).value();
    REQUIRE(value.data.size() == 18);
    CHECK(value.data[10] == 3);  // the purchase count, binary
    CHECK((at.table.status(new_year + 29min) & 1U << 13U) == 0);
}

TEST_CASE("parameters can be written with a code instead of a password, plain and enciphered")
{
    vault at;
    const auto& to = at.table.meter.address();
    const dlt645::data_id delay{0x04001401};
    const bytes value{0x25, 0x00};
    for (const std::uint8_t level : {std::uint8_t{0x98}, std::uint8_t{0x99}}) {
        CHECK(at.identify(new_year));
        const auto sealed = at.module.seal_parameter(to, level, delay, value).value();
        CHECK((bytes(sealed.begin(), sealed.begin() + 2) == value) == (level == 0x99));
        const dlt645::credentials by_code{level, {}, {}};
        auto spoiled = sealed;
        spoiled[0] ^= 1U;
        CHECK(at.table.write(0x04001401, spoiled, new_year, by_code) == 4);
        CHECK(at.table.number(0x04001401, new_year) == 0);
        CHECK(at.table.write(0x04001401, sealed, new_year, by_code) == 0);
        CHECK(at.table.number(0x04001401, new_year) == 25);
        at.table.meter.memory().set_number(0x04001401, 0, 2);
    }
}

TEST_CASE("an account is opened once, with its customer; another customer's money is refused")
{
    auto options = sealed_options();
    options.purse.purchase_count = 0;
    options.purse.money_cents = 0;
    vault at;
    at.table = meter_table{options};
    CHECK(at.identify(new_year));
    const auto pay = [&](std::uint32_t id, std::uint8_t count, std::uint8_t customer) {
        meter::top_up_plain plain{{0x10, 0x27, 0, 0, count, 0, 0, 0}, {customer}};
        const auto seal = at.module.seal_top_up(at.table.meter.address(), plain).value();
        bytes data(plain.money_and_count.begin(), plain.money_and_count.end());
        data.insert(data.end(), seal.money_and_count.wire.begin(),
                    seal.money_and_count.wire.end());
        data.insert(data.end(), plain.customer.begin(), plain.customer.end());
        data.insert(data.end(), seal.customer.wire.begin(), seal.customer.wire.end());
        return at.secure(id, data, new_year);
    };
    CHECK(pay(0x070101FF, 1, 0x42) == 0);
    CHECK(at.table.meter.purse()->remaining_cents() == 10'000);
    CHECK(pay(0x070101FF, 2, 0x42) == 0x0001);
    CHECK(pay(0x070102FF, 2, 0x43) == 0x0010);
    CHECK(pay(0x070102FF, 2, 0x42) == 0);
    CHECK(at.table.meter.purse()->remaining_cents() == 20'000);
}
