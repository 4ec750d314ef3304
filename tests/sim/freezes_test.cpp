// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/codec/dlt645/load_record.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

/// Blocks of a load record, asked for as a master does.
bytes load_blocks(meter_table& table, std::uint32_t id, std::uint8_t count,
                  const std::optional<civil_time>& from, instant now)
{
    const auto& to = table.meter.address();
    const auto request =
        from ? dlt645::read_blocks_from_request(to, dlt645::data_id{id}, count, *from)
             : dlt645::read_blocks_request(to, dlt645::data_id{id}, count);
    dlt645::long_answer<2000> answer;
    answer.begin(dlt645::data_id{id});
    auto said = table.ask(request.value(), now);
    while (answer.take(said.value()).value() == dlt645::long_state::more) {
        said = table.ask(answer.next_request(to), now);
    }
    return {answer.value().begin(), answer.value().end()};
}

}  // namespace

TEST_CASE("each midnight is frozen, the latest under 1, for 62 days")
{
    auto options = plain_options();
    options.installed_at = new_year - std::chrono::hours{24 * 70};
    meter_table table{options};
    const instant later = new_year + 5h;
    CHECK(table.read(0x05060001, later) == bytes{0x00, 0x00, 0x01, 0x01, 0x26});
    CHECK(table.read(0x05060002, later) == bytes{0x00, 0x00, 0x31, 0x12, 0x25});
    const auto of = [&](std::uint32_t id) {
        const auto block = table.read(id, later);
        return from_bcd(byte_span{block}.first(4)).value();
    };
    // 14.40 kWh a day; a day less in each record further back.
    CHECK(of(0x05060101) == 10'000 + 70 * 1'440);
    CHECK(of(0x0506013E) == 10'000 + 9 * 1'440);
    CHECK(table.read(0x0506003F, later).empty());
    CHECK(table.read(0x05060101, later).size() == 20);
    CHECK(table.read(0x05061001, later).size() == 24);
    CHECK(table.read(0x05060901, later).size() == 40);
}

TEST_CASE("hours are frozen at their interval, the block of one has all items behind AA")
{
    meter_table table{plain_options()};
    const instant later = new_year + 3h + 30min;
    CHECK(table.read(0x05040001, later) == bytes{0x00, 0x03, 0x01, 0x01, 0x26});
    CHECK(table.number(0x00010000, later) == 10'210);
    const auto block = table.read(0x05040101, later);
    CHECK(from_bcd(byte_span{block}.first(4)).value() == 10'180);
    CHECK(table.write(0x04001202, {0x15}, later) == 0);
    CHECK(table.read(0x05040001, new_year + 3h + 45min) ==
          bytes{0x45, 0x03, 0x01, 0x01, 0x26});
}

TEST_CASE("function 16 freezes at once, and at the moments it names")
{
    meter_table table{plain_options()};
    const auto& to = table.meter.address();
    using dlt645::freeze_moment;
    CHECK(table.error(dlt645::freeze_request(to, freeze_moment::immediate()), new_year + 90s) ==
          0);
    CHECK(table.read(0x05010001, new_year + 90s) == bytes{0x01, 0x00, 0x01, 0x01, 0x26});
    CHECK(table.error(dlt645::freeze_request(to, freeze_moment::hourly(20).value()),
                      new_year + 1h) == 0);
    CHECK(table.read(0x05000001, new_year + 2h) == bytes{0x20, 0x01, 0x01, 0x01, 0x26});
    CHECK(table.error(dlt645::freeze_request(to, freeze_moment::daily(4, 30).value()),
                      new_year + 2h) == 0);
    CHECK(table.read(0x05000001, new_year + 5h) == bytes{0x30, 0x04, 0x01, 0x01, 0x26});
    // To everybody: nobody answers, all do it.
    CHECK_FALSE(table.ask(dlt645::freeze_request(dlt645::address::broadcast(),
                                                 freeze_moment::immediate()), new_year + 6h));
    CHECK(table.read(0x05010001, new_year + 6h) == bytes{0x00, 0x06, 0x01, 0x01, 0x26});
}

TEST_CASE("settlement keeps the registers of the month and begins demand anew")
{
    auto options = plain_options();
    options.installed_at = new_year - std::chrono::hours{24 * 40};
    meter_table table{options};
    CHECK(table.number(0x00010001, new_year + 1h) == 10'000 + 40 * 1'440);
    CHECK(table.number(0x00010002, new_year + 1h) == 10'000 + 9 * 1'440);  // 1 December
    CHECK(table.number(0x00010003, new_year + 1h) == 0);
    CHECK(table.number(0x000B0000, new_year + 1h) == 60);
    CHECK(table.number(0x000B0001, new_year + 1h) == 31 * 1'440);
    CHECK(table.read(0x000100FF, new_year + 1h).size() == 52);
    CHECK(table.read(0x00FE0001, new_year + 1h) == bytes{0x00, 0x01, 0x01, 0x26});
    CHECK(table.read(0x01010000, new_year + 1h) ==
          bytes{0x00, 0x60, 0x00, 0x01, 0x00, 0x01, 0x01, 0x26});
    CHECK(table.read(0x01010001, new_year + 1h) ==
          bytes{0x00, 0x60, 0x00, 0x01, 0x00, 0x01, 0x12, 0x25});
}

TEST_CASE("load records are written on the hour and read as blocks")
{
    meter_table table{plain_options()};
    const instant later = new_year + 5h + 30min;
    const auto latest = load_blocks(table, 0x06000002, 1, {}, later);
    dlt645::load_reader reader{latest};
    dlt645::load_record record;
    CHECK(reader.next(record) == dlt645::load_reader::step::block);
    CHECK(record.at.hour == 5);
    CHECK(from_bcd(record.part(dlt645::load_part::energy).first(4)).value() == 10'300);
    CHECK(reader.next(record) == dlt645::load_reader::step::end);

    const civil_time three{2026, 1, 1, 3, 0, 0};
    const auto some = load_blocks(table, 0x06000001, 2, three, later);
    dlt645::load_reader two{some};
    CHECK(two.next(record) == dlt645::load_reader::step::block);
    CHECK(record.at.hour == 3);
    CHECK(two.next(record) == dlt645::load_reader::step::block);
    CHECK(record.at.hour == 4);
    CHECK(two.next(record) == dlt645::load_reader::step::end);

    // One class alone; then nothing that matches: the identifier and no more.
    const auto power = load_blocks(table, 0x06020000, 1, {}, later);
    dlt645::load_reader one{power};
    CHECK(one.next(record) == dlt645::load_reader::step::block);
    CHECK(record.at.hour == 1);
    CHECK(record.part(dlt645::load_part::power).size() == 24);
    CHECK(record.part(dlt645::load_part::energy).empty());
    CHECK(load_blocks(table, 0x06000001, 2, civil_time{2026, 2, 1, 0, 0, 0}, later).empty());
}

TEST_CASE("a long answer goes on in parts, and a part is said again when it was lost")
{
    auto options = plain_options();
    options.read_limit = 24;
    meter_table table{options};
    const auto& to = table.meter.address();
    const std::uint32_t id = 0x000100FF;  // 13 registers, 52 bytes
    dlt645::long_answer<200> answer;
    answer.begin(dlt645::data_id{id});
    const auto first = table.ask(answer.next_request(to), new_year + 1h).value();
    CHECK(first.control == 0xB1);
    CHECK(first.length == 24);
    CHECK(answer.take(first).value() == dlt645::long_state::more);
    const auto lost = table.ask(answer.next_request(to), new_year + 1h).value();
    const auto second = table.ask(answer.next_request(to), new_year + 1h).value();
    CHECK(lost == second);
    CHECK(second.control == 0xB2);
    CHECK(second.length == 24);
    CHECK(answer.take(second).value() == dlt645::long_state::more);
    const auto third = table.ask(answer.next_request(to), new_year + 1h).value();
    CHECK(third.control == 0x92);
    CHECK(answer.take(third).value() == dlt645::long_state::complete);
    const auto whole = table.meter.value(id, new_year + 1h);
    CHECK(std::equal(whole.begin(), whole.end(), answer.value().begin(), answer.value().end()));
    // Nothing more to come, and no part may be skipped.
    CHECK(table.error(dlt645::follow_request(to, dlt645::data_id{id}, 4), new_year + 1h) == 2);
}
