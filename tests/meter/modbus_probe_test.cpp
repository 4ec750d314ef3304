// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/modbus_probe.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/codec/modbus/serve.hpp>

namespace {

using namespace wattpurse::meter;
using wattpurse::byte_span;
using wattpurse::duration;
namespace link = wattpurse::link;
namespace modbus = wattpurse::codec::modbus;

/// Registers that are there, others it refuses; and what it says of itself.
struct device : modbus::device_defaults {
    std::map<std::pair<std::uint8_t, std::uint16_t>, std::uint16_t> registers;
    std::vector<modbus::identified> texts;
    std::set<std::pair<std::uint8_t, std::uint16_t>> touched;

    [[nodiscard]] bool supports(std::uint8_t function) const noexcept
    {
        return function == 3 || function == 4 || (function == 0x2B && !texts.empty());
    }
    [[nodiscard]] static std::uint8_t function_of(modbus::table from) noexcept
    {
        return from == modbus::table::holding_registers ? 3 : 4;
    }
    modbus::exception_code covers(modbus::table from, std::uint16_t first,
                                  std::uint16_t n) noexcept
    {
        for (std::uint32_t i = first; i < std::uint32_t{first} + n; ++i) {
            const std::pair key{function_of(from), static_cast<std::uint16_t>(i)};
            touched.insert(key);
            if (!registers.contains(key)) return modbus::exception_code::illegal_data_address;
        }
        return modbus::exception_code::none;
    }
    modbus::exception_code read_registers(modbus::table from, std::uint16_t first,
                                          std::span<std::uint8_t> out) noexcept
    {
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            const std::uint16_t word =
                registers[{function_of(from), static_cast<std::uint16_t>(first + i)}];
            out[2 * i] = static_cast<std::uint8_t>(word >> 8U);
            out[2 * i + 1] = static_cast<std::uint8_t>(word & 0xFFU);
        }
        return modbus::exception_code::none;
    }
    modbus::exception_code other(const modbus::request& asked, std::span<std::uint8_t> scratch,
                                 modbus::response& out) noexcept
    {
        return modbus::identify(asked, texts, scratch, out);
    }

    void put(std::uint16_t address, std::initializer_list<std::uint16_t> words,
             std::uint8_t function = 3)
    {
        for (const std::uint16_t word : words) registers[{function, address++}] = word;
    }
};

register_field measured(std::string_view name, std::string_view unit, std::uint16_t address,
                        value_type type, wattpurse::scaled_number scale = {1, 0})
{
    register_field out;
    out.name = name;
    out.unit = unit;
    out.address = address;
    out.type = type;
    out.count = type == value_type::u16 || type == value_type::s16 ? 1 : 2;
    out.scale = scale;
    out.resolution = -2;
    return out;
}

/// A meter of 16-bit words, one of floats, and the float one with three phases.
struct bench {
    bench()
    {
        words = {measured("voltage", "V", 0x0B, value_type::u16, {1, -1}),
                 measured("frequency", "Hz", 0x11, value_type::u16, {1, -2}),
                 measured("energy", "kWh", 0x00, value_type::u32, {1, -2})};
        words[2].role = role::energy_total;
        floats = {measured("voltage", "V", 0x00, value_type::f32),
                  measured("frequency", "Hz", 0x46, value_type::f32),
                  measured("energy", "kWh", 0x48, value_type::f32)};
        floats[2].role = role::energy_total;
        phases = floats;
        phases.insert(phases.begin() + 1, measured("voltage_l2", "V", 2, value_type::f32));
        phases.insert(phases.begin() + 2, measured("voltage_l3", "V", 4, value_type::f32));
        maps.resize(3);
        maps[0].name = "words";
        maps[0].fields = words;
        maps[1].name = "floats";
        maps[1].fields = floats;
        maps[2].name = "phases";
        maps[2].fields = phases;
    }

    /// Drives a probe to its end.
    using event_filter = std::function<void(const link::modbus_job&, link::modbus_event&)>;
    modbus_probe run(device& meter, const modbus_probe_limits& limits = {},
                     const event_filter& filter = {})
    {
        fits.assign(maps.size(), {});
        asked.clear();
        modbus_probe out{7, maps, fits, limits};
        while (const auto job = out.next()) {
            REQUIRE(asked.size() < 300);
            CHECK(job->unit == 7);
            CHECK(!out.next());  // one at a time
            asked.push_back(job->request);
            link::modbus_event event;
            event.attempts = 1;
            event.answer.size = static_cast<std::uint8_t>(
                modbus::serve(meter, job->request.view(), event.answer.bytes));
            const auto read = modbus::parse_response(event.answer.view());
            event.exception = read->exception;
            event.kind = read->exception == modbus::exception_code::none
                             ? link::modbus_event::kind_type::answered
                             : link::modbus_event::kind_type::refused;
            if (filter) filter(*job, event);
            out.take(event);
        }
        REQUIRE(out.finished());
        CHECK(out.questions() == asked.size());
        return out;
    }
    [[nodiscard]] std::string verdicts() const
    {
        std::string out;
        for (const map_fit& each : fits) {
            out += (out.empty() ? "" : " ") + std::string{to_string(each.verdict)};
        }
        return out;
    }
    [[nodiscard]] std::string best(const modbus_probe& probe) const
    {
        const auto at = probe.best();
        return at ? std::string{maps[*at].name} : "none";
    }

    std::vector<register_field> words, floats, phases;
    std::vector<register_map> maps;
    std::vector<map_fit> fits;
    std::vector<modbus::pdu> asked;
};

void silence(const link::modbus_job&, link::modbus_event& event) { event = {}; }

device word_meter()
{
    device out;
    out.put(0x00, {0x0001, 0xE240});  // 1234.56
    out.put(0x0B, {2301});
    out.put(0x11, {5001});
    return out;
}

/// 230.0 V, 50.0 Hz, 1234.5 kWh.
device float_meter()
{
    device out;
    out.put(0x00, {0x4366, 0});
    out.put(0x46, {0x4248, 0});
    out.put(0x48, {0x449A, 0x5000});
    return out;
}

}  // namespace

TEST_CASE("a unit that nobody has costs one question")
{
    bench with;
    device meter;
    auto probe = with.run(meter, {}, silence);
    CHECK(probe.state() == modbus_probe::state_type::nobody);
    CHECK(probe.questions() == 1);
    CHECK(with.verdicts() == "untested untested untested");
    CHECK(!probe.best());

    modbus_probe_limits thorough;
    thorough.is_thorough = true;
    auto again = with.run(meter, thorough, silence);
    CHECK(again.state() == modbus_probe::state_type::nobody);
    REQUIRE(again.questions() == 2);
    CHECK(with.asked[0].function_code() == 3);
    CHECK(with.asked[1].function_code() == 4);
}

TEST_CASE("a gateway that reaches nobody is silence")
{
    bench with;
    device meter;
    for (const auto why : {modbus::exception_code::gateway_path_unavailable,
                           modbus::exception_code::gateway_target_failed_to_respond}) {
        auto probe = with.run(meter, {}, [why](const auto&, link::modbus_event& event) {
            event.kind = link::modbus_event::kind_type::refused;
            event.exception = why;
        });
        CHECK(probe.state() == modbus_probe::state_type::nobody);
        CHECK(probe.questions() == 1);
    }
}

TEST_CASE("a refusal shows that somebody is there")
{
    bench with;
    device meter;  // has nothing
    auto probe = with.run(meter);
    CHECK(probe.state() == modbus_probe::state_type::found);
    CHECK(with.verdicts() == "absent absent absent");
    CHECK(!probe.best());
    CHECK(probe.identity().empty());
}

TEST_CASE("a map fits where voltage and frequency are where it has them")
{
    bench with;
    device words = word_meter();
    auto probe = with.run(words);
    CHECK(with.best(probe) == "words");
    CHECK(!probe.is_ambiguous());
    CHECK(with.fits[0].points == 4);
    // The first two registers of that meter are no voltage as a float.
    CHECK(with.verdicts() == "plausible contradicted contradicted");

    device floats = float_meter();
    auto other = with.run(floats);
    CHECK(with.best(other) == "floats");
    // 0x43660000 of 0.01 kWh is an energy, but no voltage stands where that map has it.
    CHECK(with.verdicts() == "unclear plausible plausible");
    CHECK(with.fits[2].absences == 2);
}

TEST_CASE("of a small and a large map that both fit the one whose fields are all there is best")
{
    bench with;
    device meter = float_meter();
    meter.put(0x02, {0x4366, 0, 0x4367, 0});
    auto probe = with.run(meter);
    CHECK(with.best(probe) == "phases");
    CHECK(!probe.is_ambiguous());
    CHECK(with.fits[1].verdict == fit_verdict::plausible);

    with.maps.push_back(with.maps[2]);
    auto twins = with.run(meter);
    CHECK(twins.best() == std::size_t{2});
    CHECK(twins.is_ambiguous());
}

TEST_CASE("of two maps with as many points the one with less that is not there is better")
{
    bench with;
    std::swap(with.maps[1], with.maps[2]);  // the larger one comes first
    device meter = float_meter();
    auto probe = with.run(meter);
    CHECK(with.fits[1].points == with.fits[2].points);
    CHECK(with.best(probe) == "floats");
    CHECK(!probe.is_ambiguous());
}

TEST_CASE("a value is read together with its scale factor, before it or behind")
{
    bench with;
    with.words[0].scale_field = 3;
    with.words[0].scale = {1, 0};
    with.words.push_back(measured("V_SF", "", 0x09, value_type::s16));
    with.maps[0].fields = with.words;
    device meter = word_meter();
    meter.put(0x09, {0xFFFF, 0});
    auto probe = with.run(meter);
    CHECK(with.best(probe) == "words");
    CHECK(with.fits[0].points == 4);
    CHECK(fit_question(with.maps[0], 0, 100)->address == 109);
    CHECK(fit_question(with.maps[0], 0, 100)->quantity == 3);
    // The power of ten is minus two there: 23.01 V are no mains voltage, and not impossible.
    meter.put(0x09, {0xFFFE});
    with.run(meter);
    CHECK(with.fits[0].verdict == fit_verdict::plausible);
    CHECK(with.fits[0].points == 3);
    // Where one request cannot hold both it is not asked for.
    with.maps[0].registers_max = 2;
    CHECK(!fit_question(with.maps[0], 0, 0));
    CHECK(fit_question(with.maps[0], 2, 0xFFFE));
    CHECK(!fit_question(with.maps[0], 2, 0xFFFF));
}

TEST_CASE("what several maps ask is asked once")
{
    bench with;
    device meter = float_meter();
    meter.put(0x02, {0x4366, 0, 0x4367, 0});
    with.run(meter);
    std::set<std::string> seen;
    for (const auto& each : with.asked) {
        CHECK(seen.emplace(each.view().begin(), each.view().end()).second);
    }
}

TEST_CASE("zeros prove nothing: there are devices that answer them for what they have not")
{
    bench with;
    device meter;
    for (std::uint16_t i = 0; i < 100; ++i) meter.put(i, {0});
    auto probe = with.run(meter);
    CHECK(with.verdicts() == "unclear unclear unclear");
    CHECK(!probe.best());
}

TEST_CASE("a probe of enough bits settles the matter, and no other map is tried")
{
    bench with;
    const std::uint8_t text[]{'i', 'E', 'M', '3'};
    const probe_rule rule[]{{3, 0x31, 2, text, {}}};
    with.maps[2].probes = rule;
    device meter;
    meter.put(0x31, {0x6945, 0x4D33});
    auto probe = with.run(meter);
    CHECK(with.best(probe) == "phases");
    CHECK(with.verdicts() == "untested untested proven");

    modbus_probe_limits thorough;
    thorough.is_thorough = true;
    with.run(meter, thorough);
    CHECK(with.verdicts() == "absent absent proven");

    meter.put(0x31, {0x6945, 0x4D32});
    auto other = with.run(meter);
    CHECK(!other.best());
    CHECK(with.fits[2].verdict == fit_verdict::contradicted);
}

TEST_CASE("all probes of a map have to fit, under their masks")
{
    bench with;
    const std::uint8_t first[]{0x12, 0x34};
    const std::uint8_t mask[]{0xFF, 0xF0};
    const std::uint8_t second[]{0x00, 0x07};
    const probe_rule rules[]{{3, 0x80, 1, first, mask}, {4, 0x10, 2, second, {}}};
    with.maps[0].probes = rules;
    device meter = word_meter();
    meter.put(0x80, {0x123F});
    meter.put(0x10, {0x0007, 0xFFFF}, 4);
    with.run(meter);
    CHECK(with.fits[0].verdict == fit_verdict::proven);
    CHECK(with.fits[0].probe_bits == 28);
    meter.put(0x10, {0x0008}, 4);
    with.run(meter);
    CHECK(with.fits[0].verdict == fit_verdict::contradicted);
    meter.put(0x10, {0x0007}, 4);
    meter.put(0x80, {0x124F});
    with.run(meter);
    CHECK(with.fits[0].verdict == fit_verdict::contradicted);
    meter.registers.erase({3, 0x80});
    with.run(meter);
    CHECK(with.fits[0].verdict == fit_verdict::absent);
}

TEST_CASE("a short probe is believed only together with values")
{
    bench with;
    const std::uint8_t one[]{0, 1};
    const probe_rule rule[]{{3, 0x80, 1, one, {}}};
    with.maps[0].probes = rule;
    device floats = float_meter();
    floats.put(0x80, {1});
    auto probe = with.run(floats);
    CHECK(with.best(probe) == "floats");
    CHECK(with.fits[0].verdict == fit_verdict::unclear);

    device words = word_meter();
    words.put(0x80, {1});
    auto other = with.run(words);
    CHECK(with.best(other) == "words");
    CHECK(with.fits[0].verdict == fit_verdict::proven);
}

TEST_CASE("SunSpec models are found along their chain, each map at its own")
{
    bench with;
    with.words[0].address = 7;
    with.words[1].address = 9;
    with.words[2].address = 20;
    with.words[0].scale_field = 3;
    with.words[0].scale = {1, 0};
    with.words.push_back(measured("V_SF", "", 15, value_type::s16));
    const std::uint8_t id[]{0x00, 0xCB, 0x00, 0x69};
    const probe_rule rule[]{{3, 0, 2, id, {}}};
    with.maps[0].fields = with.words;
    with.maps[0].base = address_base::sunspec;
    with.maps[0].sunspec_model = 203;
    with.maps[0].probes = rule;
    with.maps[1].base = address_base::sunspec;
    with.maps[1].sunspec_model = 204;
    device meter;
    meter.put(40'000, {0x5375, 0x6E53, 1, 66});
    meter.put(40'070, {203, 105});
    for (std::uint16_t i = 40'072; i < 40'177; ++i) meter.put(i, {0});
    meter.put(40'077, {2301});   // tenths of volts: the scale factor says so
    meter.put(40'085, {0xFFFF});
    meter.put(40'079, {5000});
    meter.put(40'177, {0xFFFF, 0});
    auto probe = with.run(meter);
    CHECK(with.best(probe) == "words");
    CHECK(with.verdicts() == "proven absent untested");
    CHECK(with.fits[0].base == 40'070);
    CHECK(with.fits[0].points == 3);
}

TEST_CASE("a device tells what it calls itself, over several pages")
{
    bench with;
    device meter = word_meter();
    const std::string vendor(200, 'A');
    const std::string model = "B21\t7";
    const auto bytes = [](const std::string& from) {
        return byte_span{reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
    };
    meter.texts = {{0, bytes(vendor)}, {1, bytes(model)}, {5, bytes(vendor)}};
    auto probe = with.run(meter);
    using object = modbus::identification_object;
    CHECK(probe.identity().text(object::vendor_name) ==
          std::string(device_identity::text_max, 'A'));
    CHECK(probe.identity().text(object::product_code) == "B21?7");
    CHECK(probe.identity().text(object::model_name).size() == device_identity::text_max);
    CHECK(probe.identity().text(object::vendor_url).empty());
    CHECK(with.best(probe) == "words");

    modbus_probe_limits without;
    without.with_identification = false;
    auto silent = with.run(meter, without);
    CHECK(silent.identity().empty());
    CHECK(silent.questions() < probe.questions());
}

TEST_CASE("settings, secrets and areas to be kept out of are not touched")
{
    bench with;
    with.floats[0].is_writable = true;
    with.floats[1].is_secret = true;
    with.floats[2].access = access_class::money;
    with.phases.clear();
    const register_area areas[]{{register_area::kind_type::forbidden, 3, 0x0B, 0x0B, 0}};
    with.maps[0].areas = areas;
    with.maps[2].fields = {};
    device meter = word_meter();
    with.run(meter);
    CHECK(with.verdicts() == "plausible untested untested");
    for (const auto& [function, address] : meter.touched) {
        CHECK(function == 3);
        CHECK((address < 2 || address == 0x11));
    }
}

TEST_CASE("a device that falls silent, or answers for ever new questions, is left in the end")
{
    bench with;
    for (int i = 0; i < 60; ++i) with.maps.push_back(with.maps[0]);
    std::vector<std::vector<register_field>> many(60, with.words);
    for (std::uint16_t i = 0; i < 60; ++i) {
        for (register_field& each : many[i]) {
            each.address = static_cast<std::uint16_t>(each.address + 100 * (i + 1));
        }
        with.maps[3U + i].fields = many[i];
    }
    device meter;
    modbus_probe_limits limits;
    limits.questions_max = 50;
    auto probe = with.run(meter, limits);
    CHECK(probe.questions() == 50);
    CHECK(probe.state() == modbus_probe::state_type::found);
    CHECK(with.fits.back().verdict == fit_verdict::untested);

    int events = 0;
    auto mute = with.run(meter, limits, [&events](const auto&, link::modbus_event& event) {
        if (++events > 2) event = {};
    });
    CHECK(mute.questions() == 2U + limits.silences_max);
    CHECK(mute.state() == modbus_probe::state_type::found);
}

TEST_CASE("a busy device is asked the same again, and is there")
{
    bench with;
    device meter = word_meter();
    int events = 0;
    auto probe = with.run(meter, {}, [&events](const auto&, link::modbus_event& event) {
        if (++events == 1 || events == 4) {
            event.kind = link::modbus_event::kind_type::refused;
            event.exception = modbus::exception_code::server_device_busy;
        }
    });
    CHECK(with.best(probe) == "words");
    CHECK(with.fits[0].absences == 0);
}

TEST_CASE("maps without a place for their verdict are left out, and no maps are no fault")
{
    bench with;
    std::array<map_fit, 1> one{};
    modbus_probe probe{1, with.maps, one};
    device meter = word_meter();
    while (const auto job = probe.next()) {
        link::modbus_event event;
        event.kind = link::modbus_event::kind_type::answered;
        event.answer.size = static_cast<std::uint8_t>(
            modbus::serve(meter, job->request.view(), event.answer.bytes));
        if (modbus::parse_response(event.answer.view())->exception !=
            modbus::exception_code::none) {
            event.kind = link::modbus_event::kind_type::refused;
        }
        probe.take(event);
    }
    CHECK(probe.best() == std::size_t{0});

    with.maps.clear();
    auto none = with.run(meter);
    CHECK(none.state() == modbus_probe::state_type::found);
    CHECK(none.questions() == 2);
}
