// SPDX-License-Identifier: Apache-2.0
// Whom the engine asks when, and what it says of those who do not answer.
#include <map>

#include "playing.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;

namespace {

struct window {
    instant from;
    instant until;
};

/// A play with a sound line, on which the second bus carries nothing in some windows.
struct rounds_play {
    explicit rounds_play(duration read_every, std::vector<window> silent = {})
        : around{quiet()}, centre{site_of(around, read_every), tariff::examples::zhejiang(),
                                  strict(around), store}
    {
        REQUIRE(centre.start(around.now()));
        while (around.now() < end_of(around)) {
            const instant next = centre.step(around.now());
            REQUIRE(centre.failure() == "");
            for (std::size_t bus = 0; bus < 2; ++bus) {
                const byte_span out = centre.output(bus);
                const bool cut = std::any_of(silent.begin(), silent.end(), [&](const window& w) {
                    return bus == 1 && w.from <= around.now() && around.now() < w.until;
                });
                if (!cut) around.line_in(bus, out);
                centre.sent(bus, out.size());
            }
            for (const auto& said : centre.take_messages()) around.desk_in(said);
            const auto delivered = around.advance(std::min(next, end_of(around)));
            for (const auto& line : delivered.lines) {
                centre.receive(line.bus, line.bytes, delivered.at);
            }
            for (const auto& order : delivered.orders) centre.receive(order);
        }
    }

    static sim::world_options quiet()
    {
        auto out = without_faults(four_days());
        out.events = false;
        return out;
    }

    static engine::site site_of(const sim::world& around, duration read_every)
    {
        auto out = around.site();
        out.read_every = read_every;
        return out;
    }

    std::vector<reading> readings_of(std::string_view account)
    {
        return store.readings(credit::examples::flat(account), instant::min(), instant::max())
            .value();
    }

    /// "F03 no answer since 2026-01-29T23:00:00+08:00"
    std::vector<std::string> silences()
    {
        std::vector<std::string> out;
        const auto known = store.events().value();
        for (const event& each : known) {
            if (each.kind == event_kind::meter_silent) {
                out.push_back(text_of(each.account) + ' ' + each.text);
            }
        }
        return out;
    }

    sim::world around;
    port::memory_store store;
    engine::system centre;
};

}  // namespace

TEST_CASE("a sound line gives one reading a round, and at midnight the freeze")
{
    for (const duration every : {duration{5min}, duration{15min}, duration{20min}, duration{30min},
                                 duration{1h}, duration{6h}, duration{24h}}) {
        CAPTURE(every.count());
        rounds_play play{every};
        std::vector<instant> expected;
        for (instant base = play.around.site().opened_at; base <= play.around.end();
             base += every) {
            expected.push_back(base);
        }
        std::vector<instant> found;
        for (const reading& each : play.readings_of("F03")) {
            if (each.effective_at > play.around.end()) continue;
            const bool midnight = start_of_day(each.effective_at, china_zone) == each.effective_at;
            CHECK(each.source ==
                  (midnight ? reading_source::daily_freeze : reading_source::poll));
            CHECK(each.quality == quality::good);
            found.push_back(each.effective_at);
        }
        CHECK(found == expected);
        CHECK(play.silences().empty());
        CHECK(play.centre.closed_until(play.around.end()));
    }
}

TEST_CASE("a meter that falls silent is told of once, at whatever hour it does")
{
    for (const duration every : {duration{15min}, duration{1h}}) {
        for (int hour = 0; hour < 24; ++hour) {
            CAPTURE(every.count());
            CAPTURE(hour);
            const instant from = at("2026-01-29T00:00") + hour * 1h + 7min;
            rounds_play play{every, {{from, from + 20h}}};
            std::vector<std::string> expected;
            for (const auto* name : {"F03", "F04"}) {
                const instant last = at("2026-01-29T00:00") + (from - at("2026-01-29T00:00")) /
                                                                  every * every;
                expected.push_back(std::string{name} + " no answer since " + text_of(last));
            }
            CHECK(play.silences() == expected);
            CHECK(play.centre.closed_until(play.around.end()));
        }
    }
}

TEST_CASE("a meter that falls silent twice is told of twice")
{
    rounds_play play{1h, {{at("2026-01-28T10:30"), at("2026-01-28T12:30")},
                          {at("2026-01-29T22:30"), at("2026-01-30T04:30")}}};
    CHECK(play.silences() ==
          std::vector<std::string>{"F03 no answer since 2026-01-28T10:00:00+08:00",
                                   "F04 no answer since 2026-01-28T10:00:00+08:00",
                                   "F03 no answer since 2026-01-29T22:00:00+08:00",
                                   "F04 no answer since 2026-01-29T22:00:00+08:00"});
    // The freeze that could not be read at midnight came when the line was back.
    const auto known = play.readings_of("F03");
    const auto freeze = std::find_if(known.begin(), known.end(), [](const reading& each) {
        return each.effective_at == at("2026-01-30T00:00");
    });
    REQUIRE(freeze != known.end());
    CHECK(freeze->source == reading_source::daily_freeze);
    CHECK(freeze->recorded_at == at("2026-01-30T05:01"));
}

TEST_CASE("a short silence within a round is made up for in its later passes")
{
    rounds_play play{1h, {{at("2026-01-28T09:59"), at("2026-01-28T10:03")},
                          {at("2026-01-28T13:59"), at("2026-01-28T14:10")}}};
    CHECK(play.silences().empty());
    std::map<instant, instant> taken;  // by the hour
    for (const reading& each : play.readings_of("F03")) {
        taken[floor_to(each.effective_at, 1h)] = each.effective_at;
    }
    CHECK(taken.at(at("2026-01-28T09:00")) == at("2026-01-28T09:00"));
    CHECK(taken.at(at("2026-01-28T10:00")) == at("2026-01-28T10:05"));
    CHECK(taken.at(at("2026-01-28T14:00")) == at("2026-01-28T14:20"));
}
