// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "playing.hpp"
#include "wrapped_store.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using test_stores::breaking_store;

namespace {

/// What an engine leaves behind, and how many batches that took.
struct outcome {
    std::vector<std::string> rows;
    std::uint64_t batches = 0;
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

/// Breaks each batch in turn, one a play; none of the plays may show it in the end.
void break_each(const sim::world_options& options, breaking_store::moment when)
{
    const outcome calm = play_with(options, when, {});
    REQUIRE(calm.trouble.empty());
    REQUIRE(count_of(calm.rows, "trip confirmed") >= 1);
    REQUIRE(count_of(calm.rows, "close confirmed") >= 1);
    REQUIRE(calm.batches > 200);
    std::string faults;
    unsigned differing = 0;
    for (std::uint64_t n = 1; n <= calm.batches; ++n) {
        const outcome hurt = play_with(options, when, {n});
        const auto difference = first_difference(hurt.rows, calm.rows);
        if (hurt.breaks == 1 && hurt.trouble.empty() && difference.empty()) continue;
        if (++differing <= 20) {
            faults += "\nbatch " + std::to_string(n) + ": " + hurt.trouble + difference;
        }
    }
    INFO(faults);
    CHECK(differing == 0);
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
