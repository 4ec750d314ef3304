// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/meter/decode.hpp>
#include <wattpurse/meter/driver.hpp>
#include <wattpurse/meter/encode.hpp>

using namespace wattpurse;
namespace dlt645 = wattpurse::codec::dlt645;
using dlt645::data_id;
using meter::single_phase_prepaid;

namespace {

const auto& kind = single_phase_prepaid;
const dlt645::address plate = dlt645::address::parse("000072007201").value();

dlt645::frame received(std::string_view hex)
{
    std::array<std::uint8_t, 300> bytes{};
    const std::size_t size = parse_hex(hex, bytes).value();
    return dlt645::decode({bytes.data(), size}).value();
}

dlt645::frame answer(data_id id, std::vector<std::uint8_t> value)
{
    return dlt645::read_answer(plate, id, value).value();
}

register_set sample()
{
    return {energy::of(1'000'000),
            {energy::of(100), energy::of(600'000), energy::of(0), energy::of(399'900)}};
}

}  // namespace

static_assert(single_phase_prepaid.register_capacity == energy::of(10'000'000'000));
static_assert(single_phase_prepaid.power_max == power::of(132'000), "60 A at 220 V");

TEST_CASE("the energy block of a meter in the field is read to the last hundredth")
{
    const auto block =
        received("6801004423520068911833323433BC3633333333333333333333BC363333333333331316");
    const auto read = meter::registers(kind, block);
    REQUIRE(read.has_value());
    CHECK(read->total == energy::of(38'900));
    CHECK(read->tariff ==
          tariff_energy{energy::of(0), energy::of(0), energy::of(38'900), energy::of(0)});
}

TEST_CASE("registers survive the way through the meter, present and frozen")
{
    for (const data_id id : {kind.energy_block, dlt645::nth(kind.freeze_energy, 1),
                             dlt645::nth(kind.freeze_energy, 62)}) {
        const auto frame = meter::registers_answer(kind, plate, id, sample());
        REQUIRE(frame.has_value());
        CHECK(frame->length == 24);
        CHECK(meter::registers(kind, *frame).value() == sample());
    }
}

TEST_CASE("what is no energy block of this profile is an error")
{
    const auto good = meter::registers_answer(kind, plate, kind.energy_block, sample()).value();
    auto frame = good;
    frame.length = 20;
    CHECK(meter::registers(kind, frame).error() == errc::out_of_range);
    frame = good;
    frame.length = 28;
    CHECK(meter::registers(kind, frame).error() == errc::out_of_range);
    frame = good;
    frame.data[0] = 0x01;  // settlement day -1
    CHECK(meter::registers(kind, frame).error() == errc::not_found);
    frame = good;
    frame.data[9] = 0x1A;
    CHECK(meter::registers(kind, frame).error() == errc::not_bcd);
    frame = good;
    frame.data[8] = frame.data[9] = frame.data[10] = frame.data[11] = 0xFF;
    CHECK(meter::registers(kind, frame).error() == errc::not_available);
    CHECK(meter::registers(kind, received("6812907856341268D101358D16")).error() ==
          errc::not_found);
    const auto beyond = meter::registers_answer(kind, plate, dlt645::nth(kind.freeze_energy, 63),
                                                sample());
    CHECK(meter::registers(kind, beyond.value()).error() == errc::not_found);
}

TEST_CASE("registers that a meter cannot show are not encoded")
{
    register_set odd = sample();
    odd.tariff[3] = energy::of(1);
    CHECK(meter::registers_answer(kind, plate, kind.energy_block, odd).error() == errc::inexact);
    odd.tariff[3] = kind.register_capacity;
    CHECK(meter::registers_answer(kind, plate, kind.energy_block, odd).error() ==
          errc::out_of_range);
}

TEST_CASE("a freeze tells its moment, and an empty record that there is none")
{
    const auto id = dlt645::nth(kind.freeze_time, 1);
    const civil_time midnight{2026, 1, 2, 0, 0, 0};
    const auto frame = meter::freeze_time_answer(plate, id, midnight).value();
    CHECK(frame.length == 9);
    CHECK(meter::freeze_time(kind, frame).value() == midnight);
    const auto none = meter::freeze_time_answer(plate, id, std::nullopt).value();
    CHECK(meter::freeze_time(kind, none).error() == errc::not_available);
    const auto odd = answer(id, {0x00, 0x24, 0x01, 0x01, 0x26});
    CHECK(meter::freeze_time(kind, odd).error() == errc::out_of_range);
    CHECK(meter::freeze_time(kind, answer(kind.energy_block, {0, 0, 1, 1, 0x26})).error() ==
          errc::not_found);
    CHECK(meter::freeze_time(kind, answer(id, {0, 0, 1, 1})).error() == errc::out_of_range);
}

TEST_CASE("status word 3 tells relay, command, alarm and keep-power")
{
    const auto open = meter::status(kind, received("68129078563412689106363833378333AB16"));
    REQUIRE(open.has_value());
    CHECK(open->relay() == relay_state::open);
    CHECK(open->commanded() == relay_state::open);
    CHECK(!open->trip_alarm());
    CHECK(!open->keep_power());
    const meter::status_word_3 kept{0x1080};
    CHECK(kept.relay() == relay_state::closed);
    CHECK(kept.commanded() == relay_state::closed);
    CHECK(kept.trip_alarm());
    CHECK(kept.keep_power());
    CHECK(meter::status(kind, meter::status_answer(kind, plate, kept)).value() == kept);
    CHECK(meter::status(kind, answer(kind.status_word_3, {0xFF, 0xFF})).error() ==
          errc::not_available);
    CHECK(meter::status(kind, answer(kind.status_word_3, {0x10})).error() ==
          errc::out_of_range);
    CHECK(meter::status(kind, answer(kind.date, {0x10, 0x00})).error() == errc::not_found);
}

TEST_CASE("only the relay as read confirms a command")
{
    using meter::confirms;
    using word = meter::status_word_3;
    const word closed{0};
    const word open{word::relay_open_bit | word::command_open_bit};
    const word told_to_open{word::command_open_bit};
    const word permitted{word::relay_open_bit};
    const word kept{word::keep_power_bit};
    CHECK(confirms(open, command_kind::trip));
    CHECK(!confirms(told_to_open, command_kind::trip));
    CHECK(confirms(closed, command_kind::close));
    CHECK(!confirms(permitted, command_kind::close));
    CHECK(confirms(permitted, command_kind::permit));
    CHECK(!confirms(open, command_kind::permit));
    CHECK(confirms(kept, command_kind::protect));
    CHECK(!confirms(closed, command_kind::protect));
    CHECK(confirms(closed, command_kind::unprotect));
}

TEST_CASE("the clock comes from date and time together")
{
    const civil_time now{2026, 1, 31, 23, 59, 58};
    const auto date = meter::date_answer(kind, plate, now).value();
    const auto time = meter::time_answer(kind, plate, now).value();
    CHECK(date.data[4] == 6);  // a Saturday
    CHECK(meter::clock(kind, date, time).value() == now);
    CHECK(meter::clock(kind, time, date).error() == errc::not_found);
    CHECK(meter::clock(kind, answer(kind.date, {6, 0x31, 1}), time).error() ==
          errc::out_of_range);
    CHECK(meter::date_answer(kind, plate, {2100, 1, 1, 0, 0, 0}).error() == errc::out_of_range);
}

TEST_CASE("remaining money is exact")
{
    const auto left = meter::remaining_money(kind, received("681290785634126891083335C33383453"
                                                            "333AB16"));
    CHECK(left.value() == decimal<2>::of(1250));
    const auto most = meter::remaining_money_answer(kind, plate, decimal<2>::of(99'999'999));
    CHECK(meter::remaining_money(kind, most.value()).value() == decimal<2>::of(99'999'999));
    CHECK(meter::remaining_money_answer(kind, plate, decimal<2>::of(100'000'000)).error() ==
          errc::out_of_range);
    CHECK(meter::remaining_money_answer(kind, plate, decimal<2>::of(-1)).error() ==
          errc::out_of_range);
}
