// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include <wattpurse/link/bus.hpp>
#include <wattpurse/meter/long_read.hpp>
#include <wattpurse/meter/probe.hpp>
#include <wattpurse/meter/relay_order.hpp>
#include <wattpurse/meter/top_up.hpp>
#include <wattpurse/sim/meter_server.hpp>
#include <wattpurse/sim/smart_meter.hpp>
#include <wattpurse/sim/soft_security.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array<std::uint8_t, 32> master{3, 1, 4};

sim::meter_options options_of(const meter::dialect& kind)
{
    auto options = purse_options();
    options.dialect = kind;
    options.soft_key = master;
    return options;
}

/// A line with a meter at one end and a bus at the other, byte by byte, in time of its own.
struct line {
    explicit line(const sim::meter_options& meter, const sim::fault_rates& faults = {})
        : server(meter, faults)
    {
    }

    /// Sends a job and waits for what comes of it.
    link::event exchange(link::job job, instant not_before)
    {
        now = std::max(now, not_before);
        job.id = ++jobs;
        REQUIRE(bus.submit(job));
        for (link::event event;;) {
            bus.advance(now);
            const byte_span out = bus.pending_output();
            if (!out.empty()) server.receive(out, now);
            bus.consume(out.size());
            for (const auto& due : server.take_output(now)) bus.receive(due.bytes, now);
            while (bus.next_event(event)) {
                if (event.job_id == job.id) return event;
            }
            const instant next = std::min(server.next_deadline(), bus.next_deadline());
            REQUIRE(next != instant::max());
            now = std::max(now + 1ms, next);
        }
    }

    /// An order, to its end.
    template <class Order>
    void drive(Order& order)
    {
        while (auto job = order.next()) {
            instant from = instant::min();
            if constexpr (requires { order.not_before(); }) from = order.not_before();
            order.take(exchange(*job, from));
        }
        REQUIRE(order.finished());
    }

    [[nodiscard]] const sim::smart_meter& meter() const { return server.meter(0); }

    sim::meter_server server;
    link::bus bus{link::bus_timing::standard(9600)};
    instant now = new_year;
    std::uint64_t jobs = 0;
};

meter::access access_with(sim::soft_security& module)
{
    meter::access out;
    out.plain = writer;
    out.sealing = &module;
    return out;
}

/// Puts 50.00 into the meter of a line, by its dialect.
meter::top_up_outcome pay(line& on, const meter::dialect& kind, sim::soft_security& module,
                          std::uint32_t count = 4)
{
    meter::top_up_order order;
    order.amount = decimal<2>::of(5'000);
    order.purchase_count = count;
    order.order_number = {static_cast<std::uint8_t>(count), 1};
    meter::top_up buying{kind, plain_options().address, order, access_with(module)};
    on.drive(buying);
    return buying.outcome();
}

}  // namespace

TEST_CASE("every dialect's top-up reaches the meter over the line, once")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        line on{options_of(kind)};
        sim::soft_security module{master};
        const auto done = pay(on, kind, module);
        CHECK(done.verdict == meter::top_up_verdict::applied);
        CHECK(on.meter().purse()->remaining_cents() == 6'000);
        CHECK(on.meter().purse()->count() == 4);
        if (!kind.purchase_count.exists()) continue;
        CHECK(pay(on, kind, module).verdict == meter::top_up_verdict::already_applied);
        CHECK(on.meter().purse()->remaining_cents() == 6'000);
    }
}

TEST_CASE("on a bad line money comes in once or not at all, and the verdict says which")
{
    int applied = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        for (const auto& kind : meter::dialects()) {
            CAPTURE(seed);
            CAPTURE(kind.name);
            sim::fault_rates faults;
            faults.seed = seed;
            faults.silent = faults.deaf = 80;
            faults.late = faults.corrupted = faults.truncated = faults.noisy = 40;
            line on{options_of(kind), faults};
            sim::soft_security module{master};
            const auto done = pay(on, kind, module);
            const auto money = on.meter().purse()->micros() / 10'000;
            const bool has_it = money > 5'000;
            CHECK(money <= 6'000);
            CHECK(done.verdict != meter::top_up_verdict::inconsistent);
            if (done.verdict == meter::top_up_verdict::applied) CHECK(has_it);
            if (done.verdict == meter::top_up_verdict::refused) CHECK_FALSE(has_it);
            applied += done.verdict == meter::top_up_verdict::applied ? 1 : 0;
        }
    }
    CHECK(applied > 150);
}

TEST_CASE("a top-up that was done in part is found out by reading back")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        sim::fault_rates faults;
        faults.partly_applied = 1000;
        line on{options_of(kind), faults};
        sim::soft_security module{master};
        const auto done = pay(on, kind, module);
        CHECK(on.meter().purse()->remaining_cents() == 6'000);
        CHECK(done.error_word == 0x01);
        if (kind.purchase_count.exists()) {
            CHECK(done.verdict == meter::top_up_verdict::inconsistent);
            CHECK(done.reason == meter::top_up_reason::money_without_count);
        }
    }
}

TEST_CASE("relay orders are confirmed by what the relay was read to be")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        auto options = options_of(kind);
        options.clock_error = 7min;  // the valid-until is made from the meter's clock
        line on{options};
        sim::soft_security module{master};
        const auto run = [&](command_kind what) {
            meter::relay_order order{kind, options.address, what, access_with(module)};
            on.drive(order);
            return order.outcome().verdict;
        };
        CHECK(run(command_kind::trip) == meter::relay_verdict::confirmed);
        CHECK(on.meter().relay().state() == relay_state::open);
        CHECK(run(command_kind::close) == meter::relay_verdict::confirmed);
        CHECK(on.meter().relay().state() == relay_state::closed);
        CHECK(run(command_kind::protect) == meter::relay_verdict::confirmed);
        CHECK(run(command_kind::trip) != meter::relay_verdict::confirmed);
        CHECK(on.meter().relay().state() == relay_state::closed);
    }
}

TEST_CASE("a probe finds out which edition a meter speaks, and its address")
{
    for (const bool young : {true, false}) {
        auto options = options_of(meter::park_plain);
        options.speaks_2007 = young;
        options.speaks_1997 = !young;
        line on{options};
        meter::probe probe;
        on.drive(probe);
        CHECK(probe.found().state == meter::probe_result::state_type::found);
        CHECK((probe.found().edition == dlt645::edition::y2007) == young);
        CHECK(probe.found().meter == options.address);
    }
}

TEST_CASE("a long value is read whole over a line that loses parts of it")
{
    auto options = options_of(meter::park_plain);
    options.read_limit = 12;
    sim::fault_rates faults;
    faults.silent = 100;
    line on{options, faults};
    meter::basic_long_read<200> reading{options.address, dlt645::data_id{0x000100FF}};
    on.drive(reading);
    CHECK(reading.state() == meter::long_read_state::complete);
    const auto whole = on.meter().value(0x000100FF, on.now);
    CHECK(whole.size() == 52);
    CHECK(std::equal(whole.begin(), whole.end(), reading.value().begin(),
                     reading.value().end()));
}
