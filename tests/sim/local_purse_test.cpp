// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/meter/top_up_request.hpp>
#include <wattpurse/sim/soft_security.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array<std::uint8_t, 32> master{1, 2, 3, 4};

/// A ladder of the settlement month: 0.5 yuan a kWh, then 0.05 more from 2 kWh on and 0.3 more
/// from 3 kWh on.
sim::price_table ladder()
{
    sim::price_table out;
    out.tariff.fill(5'000);
    out.step_ends = {200, 300};
    out.step_prices = {0, 500, 3'000};
    return out;
}

dlt645::frame top_up(const meter::dialect& kind, const dlt645::address& to, std::int64_t cents,
                     std::uint32_t count, meter::security_module* sealing = nullptr,
                     std::uint8_t order = 1)
{
    meter::top_up_order what;
    what.amount = decimal<2>::of(cents);
    what.purchase_count = count;
    what.order_number = {order};
    meter::access right;
    right.plain = writer;
    right.sealing = sealing;
    return meter::top_up_request(kind, to, what, right).value();
}

/// A meter of a dialect; with a session where it wants one.
struct shop {
    explicit shop(const meter::dialect& of, sim::meter_options options = purse_options())
        : kind(of), table([&] {
              options.dialect = of;
              options.soft_key = master;
              return options;
          }())
    {
        if (of.way == meter::top_up_way::sealed_30) identify(new_year);
    }

    void identify(instant now)
    {
        const auto& to = table.meter.address();
        const auto opening = module.open_session(to).value();
        const auto said = table.ask(
            dlt645::security_request(to, dlt645::data_id::identity, {}, opening.wire).value(),
            now);
        const auto value = dlt645::parse_security_answer(said.value()).value();
        meter::session_answer answer;
        std::copy(value.data.begin(), value.data.end(), answer.wire.begin());
        CHECK(module.accept_session(to, answer).has_value());
    }

    /// ERR or SERR; 0 where it is taken.
    std::uint16_t pay(std::int64_t cents, std::uint32_t count, instant now,
                      std::uint8_t order = 1, bool partly = false)
    {
        return table.error(top_up(kind, table.meter.address(), cents, count, &module, order),
                           now, partly);
    }

    std::int64_t money() { return table.meter.purse()->remaining_cents(); }

    meter::dialect kind;
    sim::soft_security module{master};
    meter_table table;
};

}  // namespace

TEST_CASE("each hundredth of a kWh costs its step's price, to the last 10^-6 yuan")
{
    sim::purse_settings settings;
    settings.money_cents = 1'000;
    sim::local_purse purse{settings};
    const sim::price_table prices = ladder();
    purse.charge(0, 150, prices);  // 1.50 kWh at 0.5
    CHECK(purse.micros() == 10'000'000 - 750'000);
    CHECK(sim::price_now(prices, 0, purse.month_use()) == 5'000);
    purse.charge(1, 100, prices);  // 0.50 at 0.5, 0.50 at 0.55
    CHECK(purse.micros() == 10'000'000 - 750'000 - 250'000 - 275'000);
    purse.charge(0, 150, prices);  // 0.50 at 0.55, 1.00 at 0.80
    CHECK(purse.micros() == 8'725'000 - 275'000 - 800'000);
    CHECK(purse.remaining_cents() == 765);
    CHECK(sim::price_now(prices, 0, purse.month_use()) == 8'000);
    purse.new_month();
    CHECK(sim::price_now(prices, 0, purse.month_use()) == 5'000);
}

TEST_CASE("in a meter the ladder deducts what one works out by hand, and settlement restarts it")
{
    auto options = purse_options();
    options.purse.prices = ladder();
    options.installed_at = new_year - 5h;  // 0.6 kWh an hour
    meter_table table{options};
    // 3.00 kWh by midnight: 2.00 at 0.5 and 1.00 at 0.55, 1.55 in all.
    CHECK(table.number(0x00900200, new_year) == 845);
    // January begins at the first step: another 1.20 kWh cost 0.60.
    CHECK(table.number(0x00900200, new_year + 2h) == 785);
    CHECK(table.number(0x02800020, new_year + 2h) == 5'000);
    CHECK(table.number(0x0280000B, new_year + 2h) == 0);
    // 4.20 kWh later: 2.00 at 0.5, 1.00 at 0.55, 1.20 more at 0.8 make 2.51 for the month.
    CHECK(table.number(0x00900200, new_year + 7h) == 845 - 251);
    CHECK(table.number(0x0280000B, new_year + 7h) == 3'000);
    CHECK(table.number(0x02800020, new_year + 7h) == 8'000);
}

TEST_CASE("a purse that is empty opens the relay, and money closes it by the customer's key")
{
    shop at{meter::park_plain};
    auto& table = at.table;
    // 10.00 yuan; 2.40 by night until 08:00, then 0.6 an hour: empty at 20:40.
    CHECK(table.number(0x00900200, new_year + 8h) == 760);
    CHECK((table.status(new_year + 20h + 39min) & relay_open) == 0);
    const auto cut = table.status(new_year + 20h + 40min);
    CHECK((cut & relay_open) != 0);
    CHECK((cut & command_open) != 0);
    CHECK((cut & alarm_bit) != 0);
    CHECK(table.number(0x00900200, new_year + 21h) == 0);
    CHECK(table.number(0x1D000001, new_year + 21h) == 1);
    // Nobody closes a relay against an empty purse.
    CHECK(table.control(dlt645::control_code::close, new_year + 21h) == 1);
    table.meter.press_key(new_year + 21h);
    CHECK((table.status(new_year + 21h) & relay_open) != 0);

    CHECK(at.pay(2'000, 4, new_year + 22h) == 0);
    const auto paid = table.status(new_year + 22h);
    CHECK((paid & relay_open) != 0);  // the customer has to press the key
    CHECK((paid & command_open) == 0);
    table.meter.press_key(new_year + 22h + 3min);
    CHECK((table.status(new_year + 22h + 3min) & relay_open) == 0);
    CHECK(table.number(0x1E000001, new_year + 22h + 3min) == 1);
}

TEST_CASE("an overdraft is used up before the relay opens, and is owed by the next money")
{
    auto options = purse_options();
    options.purse.overdraft_cents = 300;
    shop at{meter::park_plain, options};
    auto& table = at.table;
    CHECK((table.status(new_year + 21h) & relay_open) == 0);
    CHECK(table.number(0x00900200, new_year + 21h) == 0);
    CHECK(table.number(0x00900201, new_year + 21h) == 20);  // 20 minutes at 0.6 an hour
    // 22:00: 0.80 owed; then 0.30 an hour by night: 3.00 owed seven hours and 20 minutes later.
    CHECK((table.status(new_year + 29h + 19min) & relay_open) == 0);
    CHECK((table.status(new_year + 29h + 20min) & relay_open) != 0);
    CHECK(table.number(0x00900201, new_year + 30h) == 300);
    CHECK(at.pay(500, 4, new_year + 30h) == 0);
    CHECK(table.number(0x00900200, new_year + 30h) == 200);
    CHECK(table.number(0x00900201, new_year + 30h) == 0);
}

TEST_CASE("keep-power holds a cut for want of money, and its end lets it happen")
{
    shop at{meter::park_plain};
    auto& table = at.table;
    CHECK(table.control(dlt645::control_code::keep_power, new_year + 1h) == 0);
    CHECK((table.status(new_year + 24h) & (relay_open | keep_power_bit)) == keep_power_bit);
    CHECK(table.control(dlt645::control_code::end_of_keep_power, new_year + 24h) == 0);
    CHECK((table.status(new_year + 24h + 1min) & relay_open) != 0);
}

TEST_CASE("a reconnection needs more than the permit limit")
{
    auto options = purse_options();
    options.purse.permit_cents = 1'000;
    shop at{meter::park_plain, options};
    const instant cut = new_year + 21h;
    CHECK(at.pay(900, 4, cut) == 0);
    CHECK((at.table.status(cut) & command_open) != 0);
    CHECK(at.pay(900, 5, cut + 1h) == 0);
    CHECK((at.table.status(cut + 1h) & command_open) == 0);
    CHECK((at.table.status(cut + 1h + 10min) & relay_open) == 0);  // the key, after ten minutes
}

TEST_CASE("every dialect takes a top-up once")
{
    SUBCASE("sealed, by count")
    {
        shop at{meter::state_grid_filing};
        CHECK(at.pay(5'000, 4, new_year) == 0);
        CHECK(at.money() == 6'000);
        CHECK(at.pay(5'000, 4, new_year) == 0x0002);  // repeated
        CHECK(at.pay(5'000, 6, new_year) == 0x0020);  // a count too far
        CHECK(at.money() == 6'000);
        CHECK(at.pay(100, 5, new_year) == 0);
        CHECK(at.money() == 6'100);
    }
    SUBCASE("in plain text, by count")
    {
        shop at{meter::park_plain};
        CHECK(at.pay(5'000, 4, new_year) == 0);
        CHECK(at.pay(5'000, 4, new_year) == 0x0002);
        CHECK(at.pay(5'000, 6, new_year) == 0x0020);
        CHECK(at.money() == 6'000);
    }
    SUBCASE("by order number")
    {
        shop at{meter::vendor_top_up_34};
        CHECK(at.pay(5'000, 4, new_year, 7) == 0);
        CHECK(at.pay(5'000, 4, new_year, 7) == 0x01);
        CHECK(at.money() == 6'000);
        CHECK(at.pay(5'000, 4, new_year, 8) == 0);
        CHECK(at.money() == 11'000);
        // The block that it pushes tells the balance.
        const auto block = at.table.read(0x028011FF, new_year);
        CHECK(block.size() == 65);
        CHECK(from_bcd(byte_span{block}.first(4)).value() == 11'000);
    }
    SUBCASE("by writing an identifier")
    {
        shop at{meter::write_identifier};
        CHECK(at.pay(5'000, 4, new_year) == 0);
        CHECK(at.pay(5'000, 4, new_year) == 0x01);
        CHECK(at.money() == 6'000);
    }
}

TEST_CASE("what is bought is recorded, newest first")
{
    shop at{meter::park_plain};
    CHECK(at.pay(5'000, 4, new_year + 1h) == 0);
    CHECK(at.pay(250, 5, new_year + 2h) == 0);
    auto& table = at.table;
    const instant later = new_year + 3h;
    CHECK(table.number(0x03330201, later) == 5);
    CHECK(table.number(0x03330202, later) == 4);
    CHECK(table.number(0x03330203, later) == 0);
    CHECK(table.number(0x03330301, later) == 250);
    CHECK(table.number(0x03330401, later) == 5'940);  // 0.30 used in each hour of the night
    CHECK(table.number(0x03330501, later) == 6'190);
    CHECK(table.number(0x03330601, later) == 6'250);
    CHECK(table.read(0x03330101, later) ==
          std::vector<std::uint8_t>{0x00, 0x02, 0x01, 0x01, 0x26});
}

TEST_CASE("more than may be hoarded is refused, and the count stays")
{
    auto options = purse_options();
    options.purse.hoarding_cents = 5'000;
    shop at{meter::state_grid_filing, options};
    CHECK(at.pay(4'001, 4, new_year) == 0x0040);
    CHECK(at.money() == 1'000);
    CHECK(at.table.meter.purse()->count() == 3);
    CHECK(at.pay(4'000, 4, new_year) == 0);
}

TEST_CASE("a hoarding limit that is written holds from then on")
{
    shop at{meter::state_grid_filing};
    CHECK(at.table.write(0x04001004, {0x00, 0x50, 0x00, 0x00}, new_year) == 0);  // 50.00
    CHECK(at.pay(4'001, 4, new_year) == 0x0040);
    CHECK(at.pay(4'000, 4, new_year) == 0);
}

TEST_CASE("a top-up done in part is refused; money and count then contradict each other")
{
    for (const auto& kind : meter::dialects()) {
        shop at{kind};
        CAPTURE(kind.name);
        CHECK(at.pay(5'000, 4, new_year, 1, true) == 0x01);
        CHECK(at.money() == 6'000);
        CHECK(at.table.meter.purse()->count() == 3);
    }
}

TEST_CASE("a meter under remote fee control has no purse to put money into")
{
    shop at{meter::state_grid_filing, plain_options()};
    CHECK(at.table.meter.purse() == nullptr);
    CHECK(at.pay(5'000, 4, new_year) == 0x0001);
    CHECK(at.table.number(0x00900200, new_year) == 0);
    CHECK(at.table.read(0x02800020, new_year).empty());
}

TEST_CASE("prices change at the moment set for the second table, and registers are frozen then")
{
    shop at{meter::park_plain};
    auto& table = at.table;
    CHECK(table.write(0x04050204, {0x00, 0x00, 0x02, 0x00}, new_year) == 0);  // T4: 2 yuan
    CHECK(table.write(0x04000108, {0x00, 0x02, 0x01, 0x01, 0x26}, new_year) == 0);  // 02:00
    CHECK(table.number(0x00900200, new_year + 2h) == 940);
    CHECK(table.number(0x00900200, new_year + 3h) == 820);
    CHECK(table.read(0x05050001, new_year + 3h) ==
          std::vector<std::uint8_t>{0x00, 0x02, 0x01, 0x01, 0x26});
}
