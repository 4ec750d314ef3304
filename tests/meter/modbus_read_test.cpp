// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/modbus_read.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/codec/modbus/serve.hpp>

namespace {

using namespace wattpurse::meter;
using wattpurse::byte_span;
using wattpurse::duration;
using wattpurse::errc;
using wattpurse::instant;
namespace link = wattpurse::link;
namespace modbus = wattpurse::codec::modbus;

/// Registers that hold their own address, but for those that are set; some do not exist.
struct device : modbus::device_defaults {
    std::set<std::uint16_t> missing;
    std::vector<std::pair<std::uint16_t, std::uint16_t>> set;
    std::uint16_t most = 125;
    modbus::exception_code busy = modbus::exception_code::none;

    [[nodiscard]] bool supports(std::uint8_t function) const noexcept { return function == 3; }
    modbus::exception_code covers(modbus::table, std::uint16_t first, std::uint16_t n) noexcept
    {
        if (busy != modbus::exception_code::none) return busy;
        if (n > most) return modbus::exception_code::illegal_data_value;
        for (std::uint32_t i = first; i < std::uint32_t{first} + n; ++i) {
            if (missing.count(static_cast<std::uint16_t>(i)) != 0) {
                return modbus::exception_code::illegal_data_address;
            }
        }
        return modbus::exception_code::none;
    }
    modbus::exception_code read_registers(modbus::table, std::uint16_t first,
                                          std::span<std::uint8_t> out) noexcept
    {
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            auto word = static_cast<std::uint16_t>(first + i);
            for (const auto& [address, value] : set) {
                if (address == first + i) word = value;
            }
            out[2 * i] = static_cast<std::uint8_t>(word >> 8U);
            out[2 * i + 1] = static_cast<std::uint8_t>(word & 0xFFU);
        }
        return modbus::exception_code::none;
    }
};

struct outcome_of_reading {
    std::vector<register_value> values;
    std::vector<field_state> states;
    std::vector<std::uint8_t> storage;
};

using event_filter = std::function<void(link::modbus_event&)>;

/// Drives a reading to its end.
void drive(modbus_read& reading, device& meter, const event_filter& filter = {})
{
    instant now{};
    int jobs = 0;
    while (const auto job = reading.next()) {
        REQUIRE(++jobs < 600);
        link::modbus_event event;
        event.sent_at = now;
        now += duration{40};
        event.at = now;
        event.attempts = 1;
        event.is_proven = true;
        event.answer.size = static_cast<std::uint8_t>(
            modbus::serve(meter, job->request.view(), event.answer.bytes));
        const auto read = modbus::parse_response(event.answer.view());
        event.exception = read->exception;
        event.kind = read->exception == modbus::exception_code::none
                         ? link::modbus_event::kind_type::answered
                         : link::modbus_event::kind_type::refused;
        if (filter) filter(event);
        reading.take(event);
    }
    REQUIRE(reading.finished());
}

register_field at(std::uint16_t address, std::uint16_t count = 1,
                  value_type type = value_type::u16)
{
    register_field out;
    out.address = address;
    out.count = count;
    out.type = type;
    return out;
}

/// A map and room for what is read of it.
struct bench {
    explicit bench(std::vector<register_field> from) : fields{std::move(from)}
    {
        map.fields = fields;
        out.values.resize(fields.size());
        out.states.resize(fields.size());
        out.storage.resize(storage_size(map));
    }
    modbus_read read(const learned_cuts& learned = {}, const read_limits& limits = {},
                     std::span<const std::uint16_t> selection = {})
    {
        return modbus_read{map, 1, selection, {1000, 0},
                           {out.values, out.states, out.storage}, learned, limits};
    }
    [[nodiscard]] std::string text(std::size_t i) const
    {
        if (out.states[i] != field_state::read) return std::string{to_string(out.states[i])};
        const register_value& value = out.values[i];
        if (value.is_missing) return "missing";
        if (!value.is_sound) return std::string{to_string(value.problem)};
        return std::string{to_text(value.number).view()};
    }

    std::vector<register_field> fields;
    register_map map;
    outcome_of_reading out;
};

}  // namespace

TEST_CASE("fields are read with one request and told as values")
{
    bench with{{at(10), at(12, 2, value_type::u32), at(20)}};
    with.fields[0].scale = {1, -1};
    device meter;
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(reading.outcome());
    CHECK(reading.requests() == 1);
    CHECK(with.text(0) == "1.0");
    CHECK(with.text(1) == std::to_string(12 * 65536 + 13));
    CHECK(with.text(2) == "20");
    CHECK(reading.fastest() == duration{40});
    CHECK(!reading.has_learned());
}

TEST_CASE("a refused bridge is unlearned, remembered, and everything is read all the same")
{
    bench with{{at(0), at(10), at(14), at(40)}};
    device meter;
    meter.missing = {12};  // in the hole between 10 and 14
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(reading.outcome());
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(with.text(i) == std::to_string(with.fields[i].address));
    }
    CHECK(reading.has_learned());
    const learned_cuts learned = reading.learned();
    CHECK(learned.has({3, 14}));

    auto again = with.read(learned);
    drive(again, meter);
    CHECK(!again.has_learned());
    CHECK(again.requests() == learned.view().size() + 1);
    CHECK(with.text(2) == "14");
}

TEST_CASE("a field that the device has not is absent, and costs no other one")
{
    bench with{{at(0), at(1), at(2), at(3)}};
    device meter;
    meter.missing = {2};
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(reading.outcome());
    CHECK(with.text(0) == "0");
    CHECK(with.text(1) == "1");
    CHECK(with.text(2) == "absent");
    CHECK(with.text(3) == "3");
}

TEST_CASE("a device that takes shorter requests than its map says is read in parts")
{
    std::vector<register_field> fields;
    for (std::uint16_t i = 0; i < 60; ++i) fields.push_back(at(i));
    bench with{fields};
    device meter;
    meter.most = 16;
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(reading.outcome());
    for (std::size_t i = 0; i < 60; ++i) CHECK(with.text(i) == std::to_string(i));
    CHECK(reading.learned().view().size() < 8);
}

TEST_CASE("a silent device costs one request")
{
    bench with{{at(0), at(1000), at(2000)}};
    device meter;
    auto reading = with.read();
    drive(reading, meter, [](link::modbus_event& event) {
        event = link::modbus_event{};  // timed out
    });
    CHECK(reading.outcome().error() == errc::not_available);
    CHECK(reading.requests() == 1);
    for (std::size_t i = 0; i < 3; ++i) CHECK(with.text(i) == "silent");
}

TEST_CASE("a busy device is asked again, not unlearned")
{
    bench with{{at(0), at(10)}};
    device meter;
    meter.busy = modbus::exception_code::server_device_busy;
    int events = 0;
    auto reading = with.read();
    drive(reading, meter, [&](link::modbus_event&) {
        if (++events == 2) meter.busy = modbus::exception_code::none;
    });
    REQUIRE(reading.outcome());
    CHECK(with.text(1) == "10");
    CHECK(!reading.has_learned());
    CHECK(reading.requests() == 3);
}

TEST_CASE("for billing an answer that is not proven is confirmed by a second one")
{
    bench with{{at(0)}};
    device meter;
    read_limits limits;
    limits.confirm = true;
    auto reading = with.read({}, limits);
    drive(reading, meter, [](link::modbus_event& event) { event.is_proven = false; });
    CHECK(with.text(0) == "0");
    CHECK(reading.requests() == 2);

    // Another one each time: nothing is believed.
    std::uint16_t turn = 0;
    auto doubtful = with.read({}, limits);
    drive(doubtful, meter, [&](link::modbus_event& event) {
        event.is_proven = false;
        event.answer.bytes[3] = static_cast<std::uint8_t>(++turn);
    });
    CHECK(with.text(0) == "disputed");
    CHECK(doubtful.requests() == limits.confirmations_max);
}

TEST_CASE("scale factors and transformer ratios are applied, and their absence is told")
{
    bench with{{at(0, 1, value_type::s16), at(1, 1, value_type::s16), at(5), at(6), at(7)}};
    with.fields[0].scale_field = 1;
    with.fields[2].ratio = transformer::power;
    with.fields[3].role = role::voltage_ratio;
    with.fields[4].role = role::current_ratio;
    device meter;
    meter.set = {{0, 2301}, {1, 0xFFFF}, {5, 7}, {6, 10}, {7, 40}};
    auto reading = with.read();
    drive(reading, meter);
    CHECK(with.text(0) == "230.1");
    CHECK(with.text(2) == "2800");
    CHECK(compare(with.out.values[2].applied, {400, 0}) == 0);

    meter.missing = {7};
    auto without = with.read();
    drive(without, meter);
    CHECK(with.text(2) == "not_found");
    CHECK(with.text(4) == "absent");

    meter.missing = {};
    meter.set = {{0, 2301}, {1, 0x8000}, {5, 7}, {6, 10}, {7, 40}};  // no factor
    auto unscaled = with.read();
    drive(unscaled, meter);
    CHECK(with.text(0) == "not_found");
}

TEST_CASE("a SunSpec model is found wherever its chain begins")
{
    bench with{{at(0), at(2)}};
    with.map.base = address_base::sunspec;
    with.map.sunspec_model = 203;
    device meter;
    for (std::uint16_t i = 40'000; i < 40'002; ++i) meter.missing.insert(i);
    meter.set = {{50'000, 0x5375}, {50'001, 0x6E53}, {50'002, 1},   {50'003, 66},
                 {50'070, 203},    {50'071, 105},    {50'072, 4711}};
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(reading.outcome());
    CHECK(reading.base() == 50'070);
    CHECK(with.text(0) == "203");
    CHECK(with.text(1) == "4711");

    meter.set = {{50'000, 0x5375}, {50'001, 0x6E53}, {50'002, 1}, {50'003, 66},
                 {50'070, 0xFFFF}};
    auto other = with.read();
    drive(other, meter);
    CHECK(other.outcome().error() == errc::not_found);
}

TEST_CASE("secrets are read only where they are asked for by name")
{
    bench with{{at(0), at(1)}};
    with.fields[1].is_secret = true;
    device meter;
    auto reading = with.read();
    drive(reading, meter);
    CHECK(with.text(1) == "not_asked");
    const std::uint16_t named[]{1};
    auto asked = with.read({}, {}, named);
    drive(asked, meter);
    CHECK(with.text(1) == "1");
}

TEST_CASE("a result without room for the map is refused")
{
    bench with{{at(0), at(1)}};
    with.out.storage.resize(3);
    auto reading = with.read();
    CHECK(reading.finished());
    CHECK(reading.outcome().error() == errc::buffer_too_small);
    CHECK(!reading.next());
}

TEST_CASE("a gateway that does not reach the device teaches nothing")
{
    for (const auto why : {modbus::exception_code::gateway_path_unavailable,
                           modbus::exception_code::gateway_target_failed_to_respond}) {
        bench with{{at(0), at(10), at(2000)}};
        device meter;
        meter.busy = why;
        auto reading = with.read();
        drive(reading, meter);
        CHECK(reading.outcome().error() == errc::not_available);
        CHECK(reading.requests() == 1);
        CHECK(!reading.has_learned());
        for (std::size_t i = 0; i < 3; ++i) CHECK(with.text(i) == "silent");

        with.map.base = address_base::sunspec;
        with.map.sunspec_model = 203;
        auto search = with.read();
        drive(search, meter);
        CHECK(search.outcome().error() == errc::not_available);
        CHECK(search.requests() == 1);
    }
}

TEST_CASE("a device without the function has none of its fields, and is not asked in parts")
{
    bench with{{at(0), at(10), at(20)}};
    with.fields[2].function = 4;
    device meter;
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(reading.outcome());
    CHECK(reading.requests() == 2);
    CHECK(with.text(1) == "10");
    CHECK(with.text(2) == "absent");

    meter.busy = modbus::exception_code::illegal_function;
    auto none = with.read();
    drive(none, meter);
    CHECK(none.requests() == 2);
    CHECK(!none.has_learned());
    CHECK(with.text(0) == "absent");
}

TEST_CASE("a device that is silent where others refuse is learned too, where that is wanted")
{
    bench with{{at(0), at(10), at(20), at(21)}};
    device meter;
    meter.missing = {15, 21};
    const auto mute = [](link::modbus_event& event) {
        if (event.kind == link::modbus_event::kind_type::refused) event = {};
    };
    read_limits limits;
    limits.silences_max = 3;
    auto plain = with.read({}, limits);
    drive(plain, meter, mute);
    CHECK(plain.requests() == 1);  // the one request there is
    CHECK(with.text(0) == "silent");

    limits.silence_is_refusal = true;
    auto patient = with.read({}, limits);
    drive(patient, meter, mute);
    REQUIRE(patient.outcome());
    CHECK(with.text(0) == "0");
    CHECK(with.text(1) == "10");
    CHECK(with.text(2) == "20");
    CHECK(with.text(3) == "silent");

    // What was learned is good from the start, and a dead device costs the silences allowed.
    auto again = with.read(patient.learned(), limits);
    drive(again, meter, mute);
    CHECK(!again.has_learned());
    auto dead = with.read({}, limits);
    drive(dead, meter, [](link::modbus_event& event) { event = {}; });
    CHECK(dead.requests() == 3);
    CHECK(dead.outcome().error() == errc::not_available);
}

TEST_CASE("what was read counts though the rest needs more requests than a plan can hold")
{
    std::vector<register_field> fields;
    for (std::uint16_t i = 0; i < 240; ++i) fields.push_back(at(i));
    bench with{fields};
    device meter;
    meter.most = 1;  // every field by itself: 240 requests
    auto reading = with.read();
    drive(reading, meter);
    REQUIRE(!reading.outcome());
    CHECK(reading.outcome().error() == errc::too_long);
    CHECK(with.text(0) == "0");
    CHECK(with.text(100) == "100");
    CHECK(with.text(239) == "not_asked");
    for (std::size_t i = 0; i < 240; ++i) CHECK(with.text(i) != "absent");
}
