// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/register_write.hpp>

#include <cstdint>
#include <functional>

#include <doctest/doctest.h>

#include "prepaid_registers.hpp"

namespace {

using wattpurse::duration;
using wattpurse::instant;
using wattpurse::codec::modbus::exception_code;
using wattpurse::link::modbus_job;
using wattpurse::meter::register_map;
using wattpurse::meter::register_write;
using wattpurse::meter::write_limits;
using wattpurse::meter::write_order;
using wattpurse::meter::write_outcome;
using wattpurse::meter::write_reason;
using wattpurse::meter::write_verdict;
using wattpurse::test::line_fate;
using wattpurse::test::prepaid_map;
using wattpurse::test::prepaid_meter;
using wattpurse::test::purpose;

/// 100.00 CNY, the meter's seventh purchase.
constexpr write_order purchase{{10'000, -2}, 7};

bool is_write(const modbus_job& job)
{
    return job.request.function_code() != 3;
}

using fates = std::function<line_fate(const modbus_job&)>;

/// Drives an order to its end, which must come.
write_outcome drive(register_write& order, prepaid_meter& meter, const fates& fate)
{
    instant now{};
    int jobs = 0;
    while (auto job = order.next()) {
        if (order.not_before() > now) now = order.not_before();
        now += duration{10};
        REQUIRE(++jobs < 200);
        if (is_write(*job)) CHECK(job->attempts_max == 1);
        order.take(wattpurse::test::ask(meter, *job, fate(*job), now));
    }
    REQUIRE(order.finished());
    return order.outcome();
}

write_outcome run(prepaid_meter& meter, const write_order& what, const fates& fate,
                  const write_limits& limits = {}, const register_map& map = prepaid_map(),
                  purpose why = purpose::top_up)
{
    register_write order{map, find_recipe(map, why), 1, what, limits};
    return drive(order, meter, fate);
}

write_outcome switch_relay(prepaid_meter& meter, purpose why)
{
    return run(meter, {}, [](const modbus_job&) { return line_fate::good; }, {}, prepaid_map(),
               why);
}

line_fate always_good(const modbus_job&)
{
    return line_fate::good;
}

std::uint64_t mixed(std::uint64_t seed)
{
    seed = (seed ^ (seed >> 30U)) * 0xBF58476D1CE4E5B9U;
    seed = (seed ^ (seed >> 27U)) * 0x94D049BB133111EBU;
    return seed ^ (seed >> 31U);
}

}  // namespace

TEST_CASE("a purchase is written once, read back and told with both states")
{
    prepaid_meter meter;
    const auto done = run(meter, purchase, always_good);
    CHECK(done.verdict == write_verdict::applied);
    CHECK(done.reason == write_reason::none);
    CHECK(done.sends == 1);
    CHECK(done.state_before == 6);
    CHECK(done.state_after == 7);
    CHECK(compare(*done.balance_before, {1050, -2}) == 0);
    CHECK(compare(*done.balance_after, {11'050, -2}) == 0);
    CHECK(meter.balance == 11'050);
    CHECK(meter.purchases == 1);
}

TEST_CASE("a purchase that the meter has already is not sent again")
{
    prepaid_meter meter;
    meter.count = 7;
    const auto done = run(meter, purchase, always_good);
    CHECK(done.verdict == write_verdict::already_applied);
    CHECK(done.sends == 0);
    CHECK(meter.writes == 0);
    CHECK(meter.balance == 1050);
}

TEST_CASE("a purchase out of turn is refused before anything is sent")
{
    prepaid_meter meter;
    const auto done = run(meter, {{10'000, -2}, 9}, always_good);
    CHECK(done.verdict == write_verdict::refused);
    CHECK(done.reason == write_reason::count_not_next);
    CHECK(meter.writes == 0);
}

TEST_CASE("a lost answer to a purchase is resolved by reading, not by sending again")
{
    prepaid_meter meter;
    const auto done = run(meter, purchase, [](const modbus_job& job) {
        return is_write(job) ? line_fate::answer_lost : line_fate::good;
    });
    CHECK(done.verdict == write_verdict::applied);
    CHECK(done.sends == 1);
    CHECK(!done.acknowledged);
    CHECK(meter.purchases == 1);
}

TEST_CASE("a lost request is sent again once it is seen that nothing came of it")
{
    prepaid_meter meter;
    bool lost = false;
    const auto done = run(meter, purchase, [&lost](const modbus_job& job) {
        if (!is_write(job) || lost) return line_fate::good;
        lost = true;
        return line_fate::request_lost;
    });
    CHECK(done.verdict == write_verdict::applied);
    CHECK(done.sends == 2);
    CHECK(meter.purchases == 1);
    CHECK(meter.balance == 11'050);
}

TEST_CASE("a meter that says no and shows nothing has refused")
{
    prepaid_meter meter;
    meter.refuses = exception_code::illegal_data_value;
    const auto done = run(meter, purchase, always_good);
    CHECK(done.verdict == write_verdict::refused);
    CHECK(done.reason == write_reason::refused_by_meter);
    CHECK(done.exception == exception_code::illegal_data_value);
    CHECK(done.sends == 1);
}

TEST_CASE("a busy meter has not said no")
{
    prepaid_meter meter;
    meter.refuses = exception_code::server_device_busy;
    const auto done = run(meter, purchase, always_good);
    CHECK(done.verdict == write_verdict::unknown);
    CHECK(done.reason == write_reason::unanswered);
    CHECK(done.sends == 2);
}

TEST_CASE("a gateway that does not reach the meter has not refused for it")
{
    for (const auto why : {exception_code::gateway_path_unavailable,
                           exception_code::gateway_target_failed_to_respond}) {
        prepaid_meter meter;
        meter.refuses = why;
        const auto done = run(meter, purchase, always_good);
        CHECK(done.verdict == write_verdict::unknown);
        CHECK(done.reason == write_reason::unanswered);
        CHECK(done.exception == why);
        CHECK(done.sends == 2);
        CHECK(meter.purchases == 0);
        CHECK(meter.balance == 1050);
    }
}

TEST_CASE("a refusal does not settle what was sent before it and not answered")
{
    prepaid_meter meter;
    meter.refuses = exception_code::illegal_data_value;
    bool lost = false;
    const auto done = run(meter, purchase, [&lost](const modbus_job& job) {
        if (!is_write(job) || lost) return line_fate::good;
        lost = true;
        return line_fate::request_lost;
    });
    CHECK(done.sends == 2);
    CHECK(done.reason == write_reason::refused_by_meter);
    CHECK(done.verdict == write_verdict::unknown);

    prepaid_meter other;  // an earlier run may have sent it
    other.refuses = exception_code::illegal_data_value;
    const auto map = prepaid_map();
    register_write order{map, find_recipe(map, purpose::top_up), 1, purchase};
    order.sent_before();
    CHECK(drive(order, other, always_good).verdict == write_verdict::unknown);
    CHECK(other.balance == 1050);
}

TEST_CASE("a meter that says yes and does nothing leaves the order unknown")
{
    prepaid_meter meter;
    meter.takes_purchases = false;
    const auto done = run(meter, purchase, always_good);
    CHECK(done.verdict == write_verdict::unknown);
    CHECK(done.reason == write_reason::acknowledged_unseen);
}

TEST_CASE("use between the readings does not make a purchase inconsistent, a wrong sum does")
{
    prepaid_meter meter;
    const auto used = run(meter, purchase, [&meter](const modbus_job& job) {
        if (is_write(job)) meter.use(400);
        return line_fate::good;
    });
    CHECK(used.verdict == write_verdict::applied);

    prepaid_meter other;
    const auto wrong = run(other, purchase, [&other](const modbus_job& job) {
        if (is_write(job)) other.use(600);  // more than a customer may use meanwhile
        return line_fate::good;
    });
    CHECK(wrong.verdict == write_verdict::inconsistent);
    CHECK(wrong.reason == write_reason::money_differs);
}

TEST_CASE("money that came without its count is for a person")
{
    prepaid_meter meter;
    meter.takes_purchases = false;
    const auto done = run(meter, purchase, [&meter](const modbus_job& job) {
        if (is_write(job)) meter.use(-10'000);
        return line_fate::good;
    });
    CHECK(done.verdict == write_verdict::inconsistent);
    CHECK(done.reason == write_reason::money_without_count);
    CHECK(done.sends == 1);
}

TEST_CASE("money that vanished while nothing came of a purchase is for a person")
{
    prepaid_meter meter;
    meter.balance = 2'000;
    meter.takes_purchases = false;
    const auto done = run(meter, purchase, [&meter](const modbus_job& job) {
        if (is_write(job)) meter.use(501);
        return line_fate::good;
    });
    CHECK(done.verdict == write_verdict::inconsistent);
    CHECK(done.reason == write_reason::money_without_count);
    CHECK(done.sends == 1);
}

TEST_CASE("an answer that may belong to another question is not believed alone")
{
    prepaid_meter meter;
    int readings = 0;
    const auto done = run(meter, purchase, [&readings](const modbus_job& job) {
        if (!is_write(job)) ++readings;
        return line_fate::unproven;
    });
    CHECK(done.verdict == write_verdict::applied);
    CHECK(readings == 8);  // count and money, before and after, each twice
}

TEST_CASE("a silent meter is sent nothing, and an order of an earlier run stays unknown")
{
    prepaid_meter meter;
    const auto silence = [](const modbus_job&) { return line_fate::request_lost; };
    CHECK(run(meter, purchase, silence).verdict == write_verdict::refused);
    const auto map = prepaid_map();
    register_write order{map, find_recipe(map, purpose::top_up), 1, purchase};
    order.sent_before();
    const auto done = drive(order, meter, silence);
    CHECK(done.verdict == write_verdict::unknown);
    CHECK(done.reason == write_reason::meter_silent);
    CHECK(meter.writes == 0);
}

TEST_CASE("orders that cannot be are refused without a question")
{
    prepaid_meter meter;
    const auto reason = [&](const write_order& what) {
        return run(meter, what, always_good).reason;
    };
    CHECK(reason({{0, -2}, 7}) == write_reason::order_not_possible);
    CHECK(reason({{-100, -2}, 7}) == write_reason::order_not_possible);
    CHECK(reason({{10'001, -3}, 7}) == write_reason::order_not_possible);
    CHECK(reason({{1, 9}, 7}) == write_reason::order_not_possible);
    CHECK(reason({{100, -2}, 0}) == write_reason::order_not_possible);
    CHECK(run(meter, purchase, always_good, {}, prepaid_map(), purpose::set_purse).reason ==
          write_reason::no_way);
    const auto map = prepaid_map();
    const register_write to_all{map, find_recipe(map, purpose::top_up), 0, purchase};
    CHECK(to_all.outcome().reason == write_reason::broadcast);
    CHECK(meter.writes == 0);
}

TEST_CASE("a recipe of one source is not used unless it is asked for")
{
    auto map = prepaid_map();
    map.recipes = wattpurse::test::vendor_recipes;
    prepaid_meter meter;
    const auto refused = run(meter, purchase, always_good, {}, map);
    CHECK(refused.reason == write_reason::not_confirmed);
    CHECK(meter.writes == 0);
    write_limits brave;
    brave.take_unconfirmed = true;
    const auto done = run(meter, purchase, always_good, brave, map);
    CHECK(done.verdict == write_verdict::applied);
    CHECK(meter.setting_written == meter.setting);  // what stands before the amount stays
    CHECK(meter.balance == 11'050);
}

TEST_CASE("a purse is set to an amount, under its count, and read to be so")
{
    auto map = prepaid_map();
    map.recipes = wattpurse::test::purse_recipes;
    prepaid_meter meter;
    const auto done = run(meter, {{2'500, -2}, 7}, always_good, {}, map, purpose::set_purse);
    CHECK(done.verdict == write_verdict::applied);
    CHECK(meter.balance == 2'500);
    CHECK(meter.count == 7);
    // The same once more is recognised; nothing is written.
    meter.use(700);
    const auto again = run(meter, {{2'500, -2}, 7}, always_good, {}, map, purpose::set_purse);
    CHECK(again.verdict == write_verdict::already_applied);
    CHECK(meter.writes == 1);
    CHECK(meter.balance == 1'800);

    // Emptying it is an order too; an amount that is none, is not.
    const auto emptied = run(meter, {{0, 0}, 8}, always_good, {}, map, purpose::set_purse);
    CHECK(emptied.verdict == write_verdict::applied);
    CHECK(meter.balance == 0);
    CHECK(run(meter, {{-1, 0}, 9}, always_good, {}, map, purpose::set_purse).reason ==
          write_reason::order_not_possible);

    // Set to another sum than was ordered, by more than can have been used meanwhile.
    meter.balance = 5'000;
    const auto wrong = run(meter, {{2'500, -2}, 9}, [&meter](const modbus_job& job) {
        if (is_write(job)) meter.use(-1);
        if (meter.count == 9 && meter.balance == 2'500) meter.use(501);
        return line_fate::good;
    }, {}, map, purpose::set_purse);
    CHECK(wrong.verdict == write_verdict::inconsistent);
    CHECK(wrong.reason == write_reason::money_differs);

    // A balance that is by chance as ordered already does not hide that nothing came of it.
    meter.balance = 2'500;
    meter.takes_purchases = false;
    const auto nothing = run(meter, {{2'500, -2}, 10}, always_good, {}, map, purpose::set_purse);
    CHECK(nothing.verdict == write_verdict::unknown);
    CHECK(nothing.reason == write_reason::acknowledged_unseen);
}

TEST_CASE("what moves money without a count, or without a balance to see it in, is not written")
{
    prepaid_meter meter;
    auto map = prepaid_map();
    auto recipe = wattpurse::test::purse_recipes[0];
    map.recipes = {&recipe, 1};
    recipe.words = wattpurse::test::words::purse_without_count;
    const write_order order{{2'500, -2}, 7};
    CHECK(run(meter, order, always_good, {}, map, purpose::set_purse).reason ==
          write_reason::no_way);
    recipe = wattpurse::test::purse_recipes[0];
    recipe.balance_field = wattpurse::meter::no_field;
    CHECK(run(meter, order, always_good, {}, map, purpose::set_purse).reason ==
          write_reason::no_way);
    CHECK(meter.writes == 0);
}

TEST_CASE("a relay order counts when the relay is read to be so")
{
    prepaid_meter meter;
    const auto opened = switch_relay(meter, purpose::open_relay);
    CHECK(opened.verdict == write_verdict::applied);
    CHECK(!meter.closed);
    CHECK(switch_relay(meter, purpose::open_relay).verdict ==
          write_verdict::already_applied);
    meter.stuck = true;
    const auto stuck = switch_relay(meter, purpose::close_relay);
    CHECK(stuck.verdict == write_verdict::unknown);
    CHECK(stuck.reason == write_reason::acknowledged_unseen);
    CHECK(!meter.closed);
}

TEST_CASE("on any line a purchase arrives at most once and its verdict is true")
{
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        prepaid_meter meter;
        std::uint64_t step = 0;
        const auto done = run(meter, purchase, [&](const modbus_job&) {
            const std::uint64_t draw = mixed(seed * 1000 + ++step) % 100;
            meter.use(static_cast<std::int32_t>(draw % 3));
            return draw < 20 ? line_fate::request_lost
                             : (draw < 45 ? line_fate::answer_lost
                                          : (draw < 70 ? line_fate::unproven : line_fate::good));
        });
        CAPTURE(seed);
        CHECK(meter.purchases <= 1);
        CHECK(meter.money_in == 10'000 * meter.purchases);
        if (done.verdict == write_verdict::applied) CHECK(meter.purchases == 1);
        if (done.verdict == write_verdict::refused) CHECK(meter.purchases == 0);
        CHECK(done.verdict != write_verdict::already_applied);
        CHECK(done.verdict != write_verdict::inconsistent);
    }
}
