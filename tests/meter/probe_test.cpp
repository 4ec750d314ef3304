// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include <wattpurse/codec/dlt645/answer_1997.hpp>
#include <wattpurse/meter/probe.hpp>

#include "fake_line.hpp"

using namespace wattpurse;
using fake::reply;
using meter::probe;
using meter::probe_result;
namespace dlt645 = wattpurse::codec::dlt645;
using dlt645::edition;
using id_1997 = dlt645::data_id_1997;

namespace {

const auto plate = dlt645::address::parse("000072007201").value();
const std::vector<std::uint8_t> some_energy{0x12, 0x34, 0x56, 0x00};

/// A meter of either edition with the oddities that are out there.
struct odd_meter {
    dlt645::address address = plate;
    bool y2007 = true;
    bool y1997 = false;
    bool tells_address = true;
    bool hears_wildcard_1997 = true;
    bool hears_broadcast = false;
    bool speaks_as_wildcard = false;
    bool refuses_reads = false;
    bool security = false;
    std::set<std::uint32_t> knows;
    std::vector<std::uint8_t> functions_heard{};

    std::vector<reply> operator()(const dlt645::frame& request, instant)
    {
        functions_heard.push_back(request.function());
        const bool mine = request.address.covers(address) ||
                          (hears_broadcast && request.address.is_broadcast());
        if (!mine) return {};
        const auto from = speaks_as_wildcard ? dlt645::address::wildcard() : address;
        const auto says = [&](const dlt645::frame& what) {
            dlt645::frame out = what;
            out.address = from;
            return std::vector<reply>{{out}};
        };
        switch (request.function()) {
            case 0x13: {
                if (!y2007 || !tells_address) return {};
                return says(dlt645::read_address_answer(address));
            }
            case 0x11: {
                if (!y2007) return {};
                const auto id = dlt645::parse_data_id(request).value();
                const auto number = static_cast<std::uint32_t>(id);
                if (refuses_reads || (number != 0x00010000 && knows.count(number) == 0)) {
                    return says(dlt645::refusal(from, request,
                                                dlt645::error_bit::no_requested_data));
                }
                return says(dlt645::read_answer(from, id, some_energy).value());
            }
            case 0x03: {
                if (!security) return {};
                return says(dlt645::security_refusal(from, 0x0002));
            }
            case 0x01: {
                if (!y1997) return {};
                const auto wild = request.address.has_wildcard();
                if (wild && !hears_wildcard_1997) return {};
                const auto id = dlt645::parse_data_id_1997(request).value();
                std::vector<std::uint8_t> value = some_energy;
                if (id == id_1997::meter_number) value = {address.wire.begin(), address.wire.end()};
                return says(dlt645::read_answer_1997(from, id, value).value());
            }
            default: FAIL("a probe asks nothing else"); return {};
        }
    }
};

probe_result found_of(odd_meter& one, meter::probe_limits limits = {})
{
    fake::line line{std::ref(one)};
    probe what{limits};
    line.drive(what);
    CHECK(what.found().questions < 16);
    for (const std::uint8_t function : one.functions_heard) {
        // Nothing that changes a meter, whatever is found: 03 is asked for a status only.
        const bool reads = function == 0x13 || function == 0x11 || function == 0x01 ||
                           function == 0x03;
        CHECK(reads);
    }
    return what.found();
}

}  // namespace

TEST_CASE("a meter of 2007 tells its address, and what it answers to")
{
    odd_meter one;
    one.knows = {0x00900200, 0x03330201, 0x0400010C};
    one.security = true;
    const auto found = found_of(one);
    CHECK(found.state == probe_result::state_type::found);
    CHECK(found.edition == edition::y2007);
    CHECK(found.meter == plate);
    CHECK(found.tells_address);
    CHECK(!found.collision);
    CHECK(!found.speaks_as_wildcard);
    CHECK(found.hints.remaining_money);
    CHECK(found.hints.purchase_count);
    CHECK(found.hints.whole_clock);
    CHECK(!found.hints.alarm_limit);
    CHECK(!found.hints.vendor_status);
    CHECK(found.hints.security);
    CHECK(found.hints.likely()->name == "state_grid_filing");
}

TEST_CASE("each dialect leaves its trace")
{
    const auto likely = [](std::set<std::uint32_t> knows, bool security) {
        odd_meter one;
        one.knows = std::move(knows);
        one.security = security;
        const auto* kind = found_of(one).hints.likely();
        return kind == nullptr ? std::string_view{"none"} : kind->name;
    };
    CHECK(likely({0x028011FF}, false) == "vendor_top_up_34");
    CHECK(likely({0x028011FF, 0x03330201}, true) == "state_grid_filing");
    CHECK(likely({0x049F0000, 0x03330201}, false) == "write_identifier");
    CHECK(likely({0x00900200, 0x03330201, 0x04001001}, true) == "state_grid_filing");
    CHECK(likely({0x00900200, 0x04001001}, false) == "park_plain");
    CHECK(likely({}, false) == "none");
}

TEST_CASE("a meter of 2007 that does not answer 13 is found by a read")
{
    odd_meter one;
    one.tells_address = false;
    const auto found = found_of(one);
    CHECK(found.edition == edition::y2007);
    CHECK(found.meter == plate);
    CHECK(!found.tells_address);
}

TEST_CASE("a meter that refuses to be read is there all the same")
{
    odd_meter one;
    one.refuses_reads = true;
    const auto found = found_of(one);
    CHECK(found.state == probe_result::state_type::found);
    CHECK(found.meter == plate);
    CHECK(!found.hints.remaining_money);
}

TEST_CASE("a meter of 1997 is found by 01, whatever wildcard it hears")
{
    odd_meter one;
    one.y2007 = false;
    one.y1997 = true;
    auto found = found_of(one);
    CHECK(found.state == probe_result::state_type::found);
    CHECK(found.edition == edition::y1997);
    CHECK(found.meter == plate);
    CHECK(!found.hears_broadcast);

    one = {};
    one.y2007 = false;
    one.y1997 = true;
    one.hears_wildcard_1997 = false;
    one.hears_broadcast = true;
    found = found_of(one);
    CHECK(found.edition == edition::y1997);
    CHECK(found.meter == plate);
    CHECK(found.hears_broadcast);
}

TEST_CASE("a meter that speaks from AA..AA is addressed so, and asked for its number")
{
    odd_meter one;
    one.y2007 = false;
    one.y1997 = true;
    one.speaks_as_wildcard = true;
    auto found = found_of(one);
    CHECK(found.state == probe_result::state_type::found);
    CHECK(found.speaks_as_wildcard);
    CHECK(found.meter == dlt645::address::wildcard());
    CHECK(found.number == plate);

    one = {};
    one.speaks_as_wildcard = true;  // 2007: the address is in the answer to 13
    found = found_of(one);
    CHECK(found.edition == edition::y2007);
    CHECK(found.meter == plate);
    CHECK(found.tells_address);
    CHECK(found.speaks_as_wildcard);
}

TEST_CASE("one that hears only broadcasts and speaks from nowhere keeps the broadcast address")
{
    odd_meter one;
    one.y2007 = false;
    one.y1997 = true;
    one.hears_wildcard_1997 = false;
    one.hears_broadcast = true;
    one.speaks_as_wildcard = true;
    const auto found = found_of(one);
    CHECK(found.meter == dlt645::address::broadcast());
    CHECK(found.number == plate);
}

TEST_CASE("a dead line is told to be one, in bounded time")
{
    odd_meter one;
    one.y2007 = false;
    fake::line line{std::ref(one)};
    probe what;
    line.drive(what);
    CHECK(what.found().state == probe_result::state_type::nobody);
    CHECK(!what.found().collision);
    CHECK(what.found().questions == 4);
    CHECK(line.now - fake::start < std::chrono::seconds{60});
}

TEST_CASE("a meter whose address is all zeros is found like any other")
{
    odd_meter one;
    one.address = dlt645::address{};
    const auto found = found_of(one);
    CHECK(found.state == probe_result::state_type::found);
    CHECK(found.meter == dlt645::address{});
}

TEST_CASE("one meter asked by its address is not mixed up with others")
{
    odd_meter one;
    one.y2007 = false;
    one.y1997 = true;
    fake::line line{std::ref(one)};
    probe what{plate};
    line.drive(what);
    CHECK(what.found().edition == edition::y1997);
    CHECK(what.found().meter == plate);
    CHECK(line.sent(0x13) == 0);

    odd_meter other;
    other.address = dlt645::address::parse("000000000042").value();
    fake::line far{std::ref(other)};
    probe nobody{plate};
    far.drive(nobody);
    CHECK(nobody.found().state == probe_result::state_type::nobody);
}

TEST_CASE("answers from two addresses are a collision")
{
    odd_meter one;
    odd_meter other;
    other.address = dlt645::address::parse("000000000042").value();
    fake::line line{[&](const dlt645::frame& request, instant now) {
        auto out = one(request, now);
        for (reply each : other(request, now)) {
            each.delay += duration{200};
            out.push_back(each);
        }
        return out;
    }};
    probe what;
    std::uint32_t late = 0;
    while (const auto job = what.next()) {
        const auto event = line.run(*job);
        const meter::overheard besides{0, line.counters().late - late};
        late = line.counters().late;
        what.take(event, besides);
    }
    CHECK(what.found().state == probe_result::state_type::found);
    CHECK(what.found().collision);
}

TEST_CASE("garbage instead of an answer to a wildcard is a collision")
{
    probe what;
    while (const auto job = what.next()) {
        link::event event;
        event.kind = link::event::kind_type::timed_out;
        what.take(event, {23, 0});
    }
    CHECK(what.found().state == probe_result::state_type::nobody);
    CHECK(what.found().collision);
}

TEST_CASE("a heartbeat that comes in between is no answer and no second meter")
{
    odd_meter one;
    fake::line line{std::ref(one)};
    probe what;
    const auto job = what.next();
    REQUIRE(job.has_value());
    link::event push;
    push.frame = dlt645::read_answer(dlt645::address::parse("000000000042").value(),
                                     dlt645::data_id{0x80808080}, {}).value();
    what.take(push);
    CHECK(!what.next().has_value());
    what.take(line.run(*job));
    line.drive(what);
    CHECK(what.found().meter == plate);
    CHECK(!what.found().collision);
}

TEST_CASE("hints and security are asked only where they are wanted")
{
    odd_meter one;
    one.security = true;
    meter::probe_limits limits;
    limits.with_security = false;
    auto found = found_of(one, limits);
    CHECK(!found.hints.security);
    CHECK(found.questions == 2 + 6);
    limits.with_hints = false;
    found = found_of(one, limits);
    CHECK(found.questions == 2);
}
