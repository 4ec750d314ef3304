// SPDX-License-Identifier: Apache-2.0
// Orders to a simulated Modbus meter: its relay and its purse.
#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;
using meter::recipe_word;
using meter::value_type;
using purpose = meter::write_recipe::purpose_type;
using source = recipe_word::source_type;

namespace {

constexpr scaled_number hundredth{1, -2};

constexpr recipe_word constant(std::uint16_t value)
{
    return {source::constant, value, 0};
}
constexpr std::array<recipe_word, 1> open_words{constant(0x0100)};
constexpr std::array<recipe_word, 1> close_words{constant(0x0001)};
constexpr std::array<recipe_word, 1> release_words{constant(0x0000)};
constexpr std::array<recipe_word, 3> top_up_words{
    {{source::amount, 0, 0}, {source::amount, 0, 1}, {source::sequence, 0, 0}}};
constexpr std::array<recipe_word, 5> set_words{{{source::constant, 0, 0},
                                                {source::constant, 0, 0},
                                                {source::sequence, 0, 0},
                                                {source::amount, 0, 0},
                                                {source::amount, 0, 1}}};
constexpr std::array<recipe_word, 5> block_words{{{source::amount, 0, 0},
                                                  {source::amount, 0, 1},
                                                  {source::sequence, 0, 0},
                                                  {source::current, 0, 0},
                                                  {source::current, 0, 0}}};

enum field : std::int16_t { power_now, control, contact, amount, count, balance, bought };

std::vector<meter::register_field> fields()
{
    std::vector<meter::register_field> out{
        field_of("power", 0, value_type::u16, 1, {1, 0}, "W"),
        field_of("control", 10, value_type::u16, 1, {1, 0}, ""),
        field_of("contact", 11, value_type::bits, 1, {1, 0}, ""),
        field_of("amount", 20, value_type::u32, 2, hundredth, "CNY"),
        field_of("count", 22, value_type::u16, 1, {1, 0}, ""),
        field_of("balance", 23, value_type::s32, 2, hundredth, "CNY"),
        field_of("total_purchased", 30, value_type::u32, 2, hundredth, "CNY"),
    };
    out[control].is_writable = out[amount].is_writable = true;
    return out;
}

meter::write_recipe order(purpose what, std::span<const recipe_word> words, std::int16_t verify,
                          std::uint32_t mask, std::uint32_t expected)
{
    meter::write_recipe out;
    out.purpose = what;
    out.address = 10;
    out.words = words;
    out.verify_field = verify;
    out.verify_mask = mask;
    out.verify_expected = expected;
    return out;
}

meter::write_recipe purchase(purpose what, std::span<const recipe_word> words,
                             std::uint8_t function, std::int16_t amount_field)
{
    meter::write_recipe out;
    out.purpose = what;
    out.function = function;
    out.address = 20;
    out.words = words;
    out.amount_field = amount_field;
    out.verify_field = count;
    out.balance_field = balance;
    return out;
}

const meter::write_recipe open_order = order(purpose::open_relay, open_words, contact, 0x10, 0x10);
const meter::write_recipe close_order =
    order(purpose::close_relay, close_words, contact, 0x10, 0x00);
const meter::write_recipe top_up = purchase(purpose::top_up, top_up_words, 0x10, amount);

bytes done(std::uint16_t at, std::uint8_t words, std::uint8_t function = 0x10)
{
    return {function, 0, static_cast<std::uint8_t>(at), 0, words};
}

}  // namespace

TEST_CASE("an open relay carries nothing, and a field apart from the order shows it")
{
    modbus_bench bench{fields(), {open_order, close_order}};
    bench.make();
    CHECK(bench.text("power") == "600");
    CHECK(bench.read(3, 11, 1) == bytes{3, 2, 0, 0});
    CHECK(bench.write(10, {0x0100}) == done(10, 1));
    CHECK(!bench.meter().is_closed());
    CHECK(bench.text("power") == "0");
    CHECK(bench.read(3, 11, 1) == bytes{3, 2, 0, 0x10});
    CHECK(bench.read(3, 10, 1) == bytes{3, 2, 1, 0});
    bench.meter().advance(new_year_2026 + 1h);
    CHECK(bench.meter().measured().hundredths(sim::kind::forward_active, 1) == 0);
    CHECK(bench.ask({6, 0, 10, 0, 1}) == bytes{6, 0, 10, 0, 1});  // one word goes by 06 as well
    CHECK(bench.meter().is_closed());
    CHECK(bench.text("power") == "600");
    CHECK(bench.read(3, 11, 1) == bytes{3, 2, 0, 0});
}

TEST_CASE("a word that is no order is a setting")
{
    modbus_bench bench{fields(), {open_order, close_order}};
    bench.make();
    CHECK(bench.write(10, {0x0707}) == done(10, 1));
    CHECK(bench.meter().is_closed());
    CHECK(bench.text("control") == "1799");
}

TEST_CASE("where an order is checked by what was written, a new meter shows that none was given")
{
    modbus_bench bench{fields(),
                       {order(purpose::open_relay, open_words, control, 0xFFFF, 0x0100),
                        order(purpose::close_relay, close_words, control, 0xFFFF, 0x0001)}};
    bench.make();
    CHECK(bench.text("control") == "0");
    CHECK(bench.write(10, {0x0100}) == done(10, 1));
    CHECK(bench.text("control") == "256");
    CHECK(bench.write(10, {0x0001}) == done(10, 1));
    CHECK(bench.text("control") == "1");
    CHECK(bench.meter().is_closed());
}

TEST_CASE("a relay state with names is shown by them")
{
    const std::array<meter::register_bits, 2> names{
        {{4, 2, "closed", true, 1}, {4, 2, "open", true, 2}}};
    auto with_names = fields();
    with_names[contact].role = meter::role::relay_state;
    with_names[contact].bits = names;
    modbus_bench bench{with_names,
                       {order(purpose::open_relay, open_words, control, 0xFFFF, 0x0100)}};
    bench.make();
    CHECK(bench.read(3, 11, 1) == bytes{3, 2, 0, 0x10});
    CHECK(bench.write(10, {0x0100}) == done(10, 1));
    CHECK(bench.read(3, 11, 1) == bytes{3, 2, 0, 0x20});
}

TEST_CASE("a purchase counts once: with the next number and with no other")
{
    modbus_bench bench{fields(), {top_up}};
    bench.options.purchase_count = 7;
    bench.make();
    CHECK(bench.text("balance") == "50.00");
    CHECK(bench.text("count") == "7");
    CHECK(bench.write(20, {0, 10'000, 8}) == done(20, 3));
    CHECK(bench.text("balance") == "150.00");
    CHECK(bench.text("count") == "8");
    CHECK(bench.text("total_purchased") == "150.00");
    for (const std::uint16_t other : std::array<std::uint16_t, 4>{8, 7, 10, 0}) {
        CHECK(bench.write(20, {0, 10'000, other}) == done(20, 3));
        CHECK(bench.text("balance") == "150.00");
        CHECK(bench.text("count") == "8");
    }
    CHECK(bench.write(20, {1, 0, 9}) == done(20, 3));  // both words of the amount
    CHECK(bench.text("balance") == "805.36");
}

TEST_CASE("the count of purchases goes on at zero")
{
    modbus_bench bench{fields(), {top_up}};
    bench.options.purchase_count = 0xFFFF;
    bench.make();
    CHECK(bench.write(20, {0, 100, 0}) == done(20, 3));
    CHECK(bench.text("count") == "0");
    CHECK(bench.text("balance") == "51.00");
}

TEST_CASE("use is taken from the purse; at nothing the relay opens, and closes when money comes")
{
    modbus_bench bench{fields(), {top_up, open_order, close_order}};
    bench.options.money_cents = 100;
    bench.options.price_cents_per_kwh = 50;
    bench.make();
    bench.meter().advance(new_year_2026 + 1h);  // 0.6 kWh
    CHECK(bench.text("balance") == "0.70");
    CHECK(bench.meter().is_closed());
    bench.meter().advance(new_year_2026 + 10h);
    CHECK(bench.text("balance") == "0.00");  // 2 kWh, and then it is dark
    CHECK(!bench.meter().is_closed());
    CHECK(bench.read(3, 11, 1) == bytes{3, 2, 0, 0x10});
    CHECK(bench.write(10, {0x0001}) == done(10, 1));  // an order to close brings no money
    CHECK(!bench.meter().is_closed());
    CHECK(bench.write(20, {0, 500, 1}) == done(20, 3));
    CHECK(bench.meter().is_closed());
    CHECK(bench.text("power") == "600");
    CHECK(bench.write(10, {0x0100}) == done(10, 1));  // who is switched off stays so, with money
    CHECK(bench.write(20, {0, 500, 2}) == done(20, 3));
    CHECK(!bench.meter().is_closed());
}

TEST_CASE("a relay closed by force carries on without money, until it is released")
{
    modbus_bench bench{fields(),
                       {top_up, open_order, close_order,
                        order(purpose::release_relay, release_words, control, 0xFFFF, 0)}};
    bench.options.money_cents = 0;
    bench.make();
    CHECK(!bench.meter().is_closed());
    CHECK(bench.write(10, {0x0001}) == done(10, 1));
    CHECK(bench.meter().is_closed());
    bench.meter().advance(new_year_2026 + 1h);
    CHECK(bench.text("balance") == "-0.30");
    CHECK(bench.write(10, {0x0000}) == done(10, 1));
    CHECK(!bench.meter().is_closed());
}

TEST_CASE("a vendor's function writes a purchase, and sets a purse where that is meant")
{
    modbus_bench bench{fields(),
                       {purchase(purpose::top_up, block_words, 0xAA, amount),
                        purchase(purpose::set_purse, set_words, 0xAA, balance)}};
    bench.make();
    CHECK(bench.write(20, {0, 1'000, 1, 0, 5'000}, 0xAA) == done(20, 5, 0xAA));
    CHECK(bench.text("balance") == "60.00");
    CHECK(bench.text("count") == "1");
    CHECK(bench.write(20, {0, 0, 2, 0, 1'234}, 0xAA) == done(20, 5, 0xAA));
    CHECK(bench.text("balance") == "12.34");
    CHECK(bench.text("count") == "2");
    CHECK(bench.text("total_purchased") == "60.00");
    CHECK(bench.write(20, {0, 0, 2, 0, 9'999}, 0xAA) == done(20, 5, 0xAA));  // a repetition
    CHECK(bench.text("balance") == "12.34");
    CHECK(bench.write(20, {0, 0, 3, 0xFFFF, 0xFF9C}, 0xAA) == done(20, 5, 0xAA));
    CHECK(bench.text("balance") == "-1.00");

    CHECK(bench.write(21, {0, 0, 4, 0, 1}, 0xAA) == bytes{0xAA, 2});
    CHECK(bench.ask({0xAA, 0, 20, 0, 5, 10, 0}) == bytes{0xAA, 3});
    CHECK(bench.ask({0xAA, 0, 20, 0, 4, 10, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1}) == bytes{0xAA, 3});
    CHECK(bench.write(20, {0, 0, 4, 0, 1}, 0x66) == bytes{0xE6, 1});  // another vendor's
}
