// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "playing.hpp"
#include "wrapped_store.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using test_stores::breaking_store;

namespace {

/// What an engine leaves behind.
struct outcome {
    std::vector<std::string> rows;
    std::uint64_t batches = 0;     ///< how many it took
    std::uint64_t deliveries = 0;  ///< of the world
    std::uint64_t breaks = 0;
    std::string trouble;  ///< a failure that was not ours
};

/// One play from beginning to end in which each batch of `broken` kills the engine.
outcome play_with(const sim::world_options& options, breaking_store::moment when,
                  std::vector<std::uint64_t> broken)
{
    sim::world around{options};
    const auto rules = strict(around);
    breaking_store store{when, std::move(broken)};
    outcome out;
    for (;;) {
        engine::system centre{around.site(), tariff::examples::zhejiang(), rules, store};
        const auto started = centre.start(around.now());
        if (started) sim::play(around, centre, end_of(around));
        const std::string failure = started ? centre.failure() : started.error();
        if (failure.empty()) break;
        if (failure.find(breaking_store::what) == std::string::npos) {
            out.trouble = failure;
            break;
        }
        around.reconnected();
    }
    out.rows = rows_of(store, around.site());
    out.batches = store.batches();
    out.breaks = store.breaks();
    return out;
}

/// One play in which the engine dies between two steps: with the `n`th delivery of the world, what
/// was delivered is lost with it.
outcome die_at_delivery(const sim::world_options& options, std::uint64_t n)
{
    sim::world around{options};
    const auto rules = strict(around);
    port::memory_store store;
    outcome out;
    while (around.now() < end_of(around) && out.trouble.empty()) {
        engine::system centre{around.site(), tariff::examples::zhejiang(), rules, store};
        REQUIRE(centre.start(around.now()));
        around.reconnected();
        bool alive = true;
        while (alive && around.now() < end_of(around)) {
            const instant next = centre.step(around.now());
            out.trouble = centre.failure();
            if (!out.trouble.empty()) break;
            for (std::size_t bus = 0; bus < centre.where().buses.size(); ++bus) {
                const byte_span bytes = centre.output(bus);
                around.line_in(bus, bytes);
                centre.sent(bus, bytes.size());
            }
            for (const auto& said : centre.take_messages()) around.desk_in(said);
            const auto delivered = around.advance(std::min(next, end_of(around)));
            alive = ++out.deliveries != n;
            if (!alive) break;
            for (const auto& line : delivered.lines) {
                centre.receive(line.bus, line.bytes, delivered.at);
            }
            for (const auto& order : delivered.orders) centre.receive(order);
        }
        if (!alive) ++out.breaks;
    }
    out.rows = rows_of(store, around.site());
    return out;
}

/// Every how many of the moments an engine can die at are tried: all with WATTPURSE_LONG.
std::uint64_t stride(std::uint64_t usual)
{
    const auto is_set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0' && *value != '0';
    };
    if (is_set("WATTPURSE_LONG")) return 1;
    return is_set("WATTPURSE_SANITIZED") ? usual * 5 : usual;
}

/// Dies in each way in turn, once a play; none of the plays may show it in the end.
template <class Die>
void check_all(std::uint64_t moments, std::uint64_t step, const outcome& calm, Die die)
{
    std::string faults;
    unsigned differing = 0;
    for (std::uint64_t n = 1; n <= moments; n += step) {
        const outcome hurt = die(n);
        const auto difference = first_difference(hurt.rows, calm.rows);
        if (hurt.breaks == 1 && hurt.trouble.empty() && difference.empty()) continue;
        if (++differing <= 20) {
            faults += "\nmoment " + std::to_string(n) + ": " + hurt.trouble + difference;
        }
    }
    INFO(faults);
    CHECK(differing == 0);
}

void break_each(const sim::world_options& options, breaking_store::moment when)
{
    const outcome calm = play_with(options, when, {});
    REQUIRE(calm.trouble.empty());
    REQUIRE(count_of(calm.rows, "trip confirmed") >= 1);
    REQUIRE(count_of(calm.rows, "close confirmed") >= 1);
    REQUIRE(calm.batches > 200);
    check_all(calm.batches, stride(1), calm,
              [&](std::uint64_t n) { return play_with(options, when, {n}); });
}

}  // namespace

TEST_CASE("an engine that dies before any one of its commits ends with the same rows")
{
    break_each(four_days(), breaking_store::moment::before);
}

TEST_CASE("an engine that dies after any one of its commits, unacknowledged, ends with the same")
{
    break_each(four_days(), breaking_store::moment::after);
}

TEST_CASE("an engine that dies at every seventh commit ends with the same rows")
{
    const auto options = four_days();
    for (const auto when : {breaking_store::moment::before, breaking_store::moment::after}) {
        const outcome calm = play_with(options, when, {});
        std::vector<std::uint64_t> broken;
        for (std::uint64_t n = 3; n < 3 * calm.batches; n += 7) broken.push_back(n);
        const outcome hurt = play_with(options, when, broken);
        CHECK(hurt.trouble == "");
        CHECK(hurt.breaks > calm.batches / 8);
        CHECK(first_difference(hurt.rows, calm.rows) == "");
    }
}

TEST_CASE("an engine that dies between any two steps ends with the same rows")
{
    const auto options = four_days();
    const outcome calm = die_at_delivery(options, 0);
    REQUIRE(calm.trouble.empty());
    REQUIRE(calm.deliveries > 1000);
    check_all(calm.deliveries - 1, stride(5), calm,
              [&](std::uint64_t n) { return die_at_delivery(options, n); });
}
