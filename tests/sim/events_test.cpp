// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;
using dlt645::control_code;

}  // namespace

TEST_CASE("a trip opens the relay after its delay and is recorded with who ordered it")
{
    meter_table table{plain_options()};
    CHECK(table.write(0x04001401, {0x10, 0x00}, new_year) == 0);  // ten minutes
    CHECK(table.control(control_code::trip, new_year + 1h) == 0);
    const auto warned = table.status(new_year + 1h + 9min);
    CHECK((warned & relay_open) == 0);
    CHECK((warned & command_open) != 0);
    CHECK((warned & alarm_bit) != 0);
    CHECK((table.status(new_year + 1h + 10min) & relay_open) != 0);
    const instant later = new_year + 3h;
    CHECK(table.number(0x00010000, later) == 10'070);  // 70 minutes at 600 W, then none
    CHECK(table.number(0x1D000001, later) == 1);
    CHECK(table.read(0x1D000101, later) == bytes{0x00, 0x10, 0x01, 0x01, 0x01, 0x26});
    CHECK(table.read(0x1D000201, later) == bytes{1, 2, 3, 4});
    CHECK(table.number(0x1D000301, later) == 10'070);
    CHECK(table.read(0x1D00FF01, later).size() == 34);
    CHECK(table.read(0x1D0001FF, later).size() == 60);
    CHECK(table.number(0x1E000001, later) == 0);
}

TEST_CASE("a permit waits for the key, a direct close does not")
{
    auto options = plain_options();
    options.customer_presses_key_after.reset();
    meter_table table{options};
    CHECK(table.control(control_code::trip, new_year) == 0);
    CHECK((table.status(new_year) & relay_open) != 0);
    CHECK(table.control(control_code::permit, new_year + 1h) == 0);
    const auto permitted = table.status(new_year + 9h);
    CHECK((permitted & relay_open) != 0);
    CHECK((permitted & command_open) == 0);
    table.meter.press_key(new_year + 9h);
    CHECK((table.status(new_year + 9h) & relay_open) == 0);
    CHECK(table.control(control_code::trip, new_year + 10h) == 0);
    table.meter.press_key(new_year + 10h);
    CHECK((table.status(new_year + 10h) & relay_open) != 0);
    CHECK(table.control(control_code::close, new_year + 11h) == 0);
    CHECK((table.status(new_year + 11h) & relay_open) == 0);
    CHECK(table.number(0x1E000001, new_year + 11h) == 2);
}

TEST_CASE("a trip can end by itself, and keep-power lets none begin")
{
    meter_table table{plain_options()};
    CHECK(table.control(control_code::trip_auto_1, new_year, 3) == 0);
    CHECK((table.status(new_year + 14min) & relay_open) != 0);
    CHECK((table.status(new_year + 15min) & relay_open) == 0);
    CHECK(table.control(control_code::keep_power, new_year + 1h) == 0);
    CHECK(table.control(control_code::trip, new_year + 1h) == 1);
    CHECK((table.status(new_year + 1h) & (relay_open | keep_power_bit)) == keep_power_bit);
    CHECK(table.control(control_code::end_of_keep_power, new_year + 2h) == 0);
    CHECK(table.control(control_code::trip, new_year + 2h) == 0);
    CHECK(table.control(control_code::alarm, new_year + 2h) == 0);
    CHECK((table.status(new_year + 2h) & alarm_bit) != 0);
    CHECK(table.control(control_code::end_of_alarm, new_year + 2h) == 0);
    CHECK((table.status(new_year + 2h) & alarm_bit) == 0);
}

TEST_CASE("a command that comes too late by the meter's clock is refused")
{
    auto options = plain_options();
    options.clock_error = 6min;
    meter_table table{options};
    CHECK(table.control(control_code::trip, new_year) == 1);  // valid for five minutes
    options.clock_error = 4min;
    meter_table other{options};
    CHECK(other.control(control_code::trip, new_year) == 0);
}

TEST_CASE("power failures are recorded; meanwhile the meter is silent and measures nothing")
{
    meter_table table{plain_options()};
    table.meter.power_down(new_year + 1h);
    CHECK_FALSE(table.ask(dlt645::read_address_request(), new_year + 90min).has_value());
    table.meter.power_up(new_year + 2h);
    CHECK(table.number(0x00010000, new_year + 3h) == 10'120);
    CHECK(table.number(0x03110000, new_year + 3h) == 1);
    CHECK(table.read(0x03110001, new_year + 3h) ==
          bytes{0, 0, 0x01, 0x01, 0x01, 0x26, 0, 0, 0x02, 0x01, 0x01, 0x26});
    CHECK(table.read(0x03110002, new_year + 3h) == bytes(12, 0));
}

TEST_CASE("programming is recorded by session, with its first ten identifiers")
{
    meter_table table{plain_options()};
    CHECK(table.write(0x04000103, {0x30}, new_year) == 0);
    CHECK(table.write(0x04000104, {0x02}, new_year + 1min) == 0);
    CHECK(table.number(0x03300000, new_year + 1h) == 1);
    const auto record = table.read(0x03300001, new_year + 1h);
    REQUIRE(record.size() == 50);
    CHECK(bytes(record.begin() + 6, record.begin() + 20) ==
          bytes{1, 2, 3, 4, 0x03, 0x01, 0x00, 0x04, 0x04, 0x01, 0x00, 0x04, 0xFF, 0xFF});
    CHECK(table.write(0x04000103, {0x15}, new_year + 1h) == 0);
    CHECK(table.number(0x03300000, new_year + 1h) == 2);
}

TEST_CASE("setting the clock is recorded with both times")
{
    meter_table table{plain_options()};
    CHECK(table.write(0x04000102, {0x30, 0x45, 0x12}, new_year + 1h) == 0);
    CHECK(table.number(0x03300400, new_year + 1h) == 1);
    CHECK(table.read(0x03300401, new_year + 1h) ==
          bytes{1, 2, 3, 4, 0, 0, 0x01, 0x01, 0x01, 0x26, 0x30, 0x45, 0x12, 0x01, 0x01, 0x26});
}

TEST_CASE("clearing the meter needs the higher level, empties it and leaves its own record")
{
    meter_table table{plain_options()};
    const auto& to = table.meter.address();
    const instant later = new_year + 10h;
    CHECK(table.control(control_code::alarm, later) == 0);
    CHECK(table.error(dlt645::clear_meter_request(to, writer), later) == 4);
    CHECK(table.error(dlt645::clear_meter_request(to, clearer), later) == 0);
    CHECK(table.number(0x00010000, later) == 0);
    CHECK(table.number(0x03300100, later) == 1);
    const auto record = table.read(0x03300101, later);
    REQUIRE(record.size() == 106);
    CHECK(from_bcd(byte_span{record}.subspan(10, 4)).value() == 10'600);
    CHECK(table.read(0x05060001, later) == bytes(5, 0));
    CHECK(table.number(0x00010000, later + 1h) == 60);
}

TEST_CASE("events are cleared by kind or all together, and that is an event")
{
    meter_table table{plain_options()};
    const auto& to = table.meter.address();
    CHECK(table.write(0x04000102, {0x30, 0x45, 0x12}, new_year) == 0);
    CHECK(table.write(0x04000103, {0x30}, new_year) == 0);
    const auto clear = [&](dlt645::data_id what) {
        return table.error(dlt645::clear_events_request(to, clearer, what).value(), new_year);
    };
    CHECK(clear(dlt645::data_id{0x033004FF}) == 0);
    CHECK(table.number(0x03300400, new_year) == 0);
    CHECK(table.number(0x03300000, new_year) == 1);
    CHECK(table.number(0x03300300, new_year) == 1);
    CHECK(clear(dlt645::data_id::every_event) == 0);
    CHECK(table.number(0x03300000, new_year) == 0);
    CHECK(table.number(0x03300300, new_year) == 1);
    CHECK(table.read(0x03300301, new_year).size() == 14);
}
