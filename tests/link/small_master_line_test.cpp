// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <wattpurse/link/bus.hpp>
#include <wattpurse/link/small_master.hpp>

#include "small_master_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::small;
using link::job;
using kind = link::event::kind_type;

namespace {

/// Small and large master on one line: same jobs, same bytes, same times.
struct pair_of_masters {
    bench small;
    link::basic_bus<1> large;
    std::vector<link::event> large_events;

    void fetch_large()
    {
        for (link::event out; large.next_event(out);) {
            large_events.push_back(out);
        }
    }
    void hear(byte_span bytes)
    {
        if (bytes.empty()) {
            return;
        }
        large.receive(bytes, small.now);
        fetch_large();
        large.advance(small.now);
        fetch_large();
        small.hear(bytes);
    }
    void advance()
    {
        large.advance(small.now);
        fetch_large();
        small.advance();
    }
    void check_same()
    {
        REQUIRE(small.master.idle() == large.idle());
        const auto ours = small.master.pending_output();
        const auto theirs = large.pending_output();
        REQUIRE(std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end()));
        small.master.consume(ours.size());
        large.consume(theirs.size());
        REQUIRE(small.master.next_deadline() == large.next_deadline());
        const auto outcomes = [](std::vector<link::event>& all) {
            std::erase_if(all, [](const auto& e) { return e.kind == kind::unsolicited; });
            return all;
        };
        const auto a = outcomes(small.events);
        const auto b = outcomes(large_events);
        REQUIRE(a.size() == b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            CHECK(a[i].kind == b[i].kind);
            CHECK(a[i].job_id == b[i].job_id);
            CHECK(a[i].attempts == b[i].attempts);
            CHECK(a[i].error_word == b[i].error_word);
            CHECK(a[i].sent_at == b[i].sent_at);
            CHECK(a[i].at == b[i].at);
            CHECK(a[i].frame == b[i].frame);
        }
        small.events.clear();
        large_events.clear();
    }
};

/// Bytes a bad line may deliver: answers whole, cut, spoiled, doubled, of others, and noise.
std::vector<std::uint8_t> line_noise(std::mt19937& random)
{
    const auto one_of = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
    auto out = wire(answer(one_of(4) == 0 ? meter_b : meter_a, one_of(3) == 0 ? 251 : 4));
    switch (one_of(6)) {
        case 0: out.resize(one_of(static_cast<unsigned>(out.size()))); break;
        case 1: {
            std::uint8_t& byte = out[one_of(static_cast<unsigned>(out.size()))];
            byte = static_cast<std::uint8_t>(byte ^ 1U << one_of(8));
            break;
        }
        case 2: out.insert(out.begin(), {0x68, 9, 9, 9, 9, 9, 9, 0x68, 0x91, 0x30}); break;
        case 3: out.assign(one_of(20), static_cast<std::uint8_t>(one_of(2) == 0 ? 0x68 : 0x16));
        default: break;
    }
    return out;
}

}  // namespace

TEST_CASE("a small master does on a bad line what the large one does")
{
    std::mt19937 random{645};  // the same on every platform
    std::uint64_t answered = 0;
    for (int run = 0; run < 40; ++run) {
        pair_of_masters both;
        for (int step = 0; step < 300; ++step) {
            CAPTURE(run);
            CAPTURE(step);
            const bool ask = random() % 2 == 0;
            if (ask && both.small.master.idle() && both.large.idle()) {
                job what = reading(static_cast<std::uint64_t>(step) + 1);
                what.attempts_max = static_cast<std::uint8_t>(random() % 4);
                what.answer_expected = random() % 8 != 0;
                REQUIRE(both.small.master.submit(what) == both.large.submit(what));
            } else if (random() % 2 == 0) {
                both.hear(line_noise(random));
            }
            both.advance();
            both.check_same();
            both.small.now += duration{random() % 3 == 0 ? 600 : random() % 100};
            both.advance();  // whoever was to be woken was, before more is heard
        }
        answered += both.large.counters().answered;
    }
    CHECK(answered > 100);
}
