// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/meter/register_write.hpp>

#include "modbus_maps.hpp"
#include "port/books.hpp"

using namespace wattpurse;
using namespace wattpurse::flow;
using meter::write_reason;
using meter::write_verdict;

namespace {

/// A simulated prepaid meter, the books, and the customer's purchases between them.
struct shop {
    explicit shop(std::string_view profile, std::string_view recipe_name)
        : map{map_of(profile)}, recipe{find_recipe(map, recipe_name)}, device{options_of(map)}
    {
        REQUIRE(recipe != nullptr);
    }

    /// Whether the line loses the request, or its answer.
    enum class fate { good, request_lost, answer_lost };
    using line = std::function<fate(const link::modbus_job&)>;

    meter::write_outcome bring(scaled_number amount, std::uint32_t sequence,
                               const line& what_happens = {})
    {
        meter::write_limits limits;
        limits.take_unconfirmed = true;
        meter::register_write order{map, recipe, 1, {amount, sequence}, limits};
        int jobs = 0;
        while (const auto job = order.next()) {
            REQUIRE(++jobs < 200);
            if (order.not_before() > now) now = order.not_before();
            now += duration{40};
            const fate how = what_happens ? what_happens(*job) : fate::good;
            link::modbus_event event;
            event.at = now;
            if (how != fate::request_lost) event = answer_of(device, *job, now);
            if (how == fate::answer_lost) {
                event = {};
                event.at = now;
            }
            order.take(event);
        }
        return order.outcome();
    }

    /// Books what the meter has, under the key of the purchase, and nothing else.
    bool book(const meter::write_outcome& outcome, std::string_view amount, std::uint32_t sequence)
    {
        if (outcome.verdict != write_verdict::applied &&
            outcome.verdict != write_verdict::already_applied) {
            return false;
        }
        const auto work = test_books::move("purchase/F01/" + std::to_string(sequence),
                                           posting_kind::top_up, "house.payments", "F01", amount,
                                           static_cast<int>(sequence));
        return books.stage(work).has_value();
    }
    [[nodiscard]] money balance() const { return books.balance(test_books::account("F01")); }

    meter::register_map map;
    const meter::write_recipe* recipe;
    sim::modbus_meter device;
    ledger::journal books{test_books::cny};
    instant now = installed;
};

bool is_write(const link::modbus_job& job)
{
    return job.request.function_code() > 4;
}

struct kind {
    std::string_view profile;
    std::string_view recipe;
};
constexpr kind kinds[]{{"acrel_adf400l_prepaid", "top_up"},
                       {"acrel_adf400l_single_phase", "sp_top_up"},
                       {"acrel_ddsy1352_dtsy1352_prepaid", "top_up"}};

}  // namespace

TEST_CASE("a purchase is in the meter before it is in the books, and in both once")
{
    for (const kind& each : kinds) {
        CAPTURE(each.profile);
        shop with{each.profile, each.recipe};
        const auto first = with.bring({10'000, -2}, 1);
        CHECK(first.verdict == write_verdict::applied);
        CHECK(with.device.purchase_count() == 1);
        CHECK(with.device.money_cents() == 15'000);
        CHECK(with.book(first, "100", 1));
        CHECK(with.balance() == test_books::yuan("100"));

        // The same number once more: known to the meter, and to the books.
        const auto again = with.bring({10'000, -2}, 1);
        CHECK(again.verdict == write_verdict::already_applied);
        CHECK(again.sends == 0);
        CHECK(with.device.money_cents() == 15'000);
        CHECK(with.book(again, "100", 1));
        CHECK(with.balance() == test_books::yuan("100"));
        CHECK(with.books.staged().size() == 2);
    }
}

TEST_CASE("a purchase whose answer was lost is booked as what the meter shows")
{
    for (const kind& each : kinds) {
        CAPTURE(each.profile);
        shop with{each.profile, each.recipe};
        const auto lost = with.bring({5'000, -2}, 1, [](const link::modbus_job& job) {
            return is_write(job) ? shop::fate::answer_lost : shop::fate::good;
        });
        CHECK(lost.verdict == write_verdict::applied);
        CHECK(lost.sends == 1);
        CHECK(!lost.acknowledged);
        CHECK(with.device.money_cents() == 10'000);
        CHECK(with.book(lost, "50", 1));
    }
}

TEST_CASE("nothing is booked of a purchase that the meter has not")
{
    shop with{"acrel_adf400l_prepaid", "top_up"};
    // Nobody knows: the line breaks with the order.
    bool is_broken = false;
    const auto unknown = with.bring({5'000, -2}, 1, [&is_broken](const link::modbus_job& job) {
        is_broken = is_broken || is_write(job);
        return is_broken ? shop::fate::request_lost : shop::fate::good;
    });
    CHECK(unknown.verdict == write_verdict::unknown);
    CHECK(unknown.reason == write_reason::unreadable);
    CHECK(!with.book(unknown, "50", 1));
    CHECK(with.balance() == test_books::yuan("0"));

    // The same order when the line is back.
    const auto later = with.bring({5'000, -2}, 1);
    CHECK(later.verdict == write_verdict::applied);
    CHECK(with.device.money_cents() == 10'000);
    CHECK(with.book(later, "50", 1));

    const auto out_of_turn = with.bring({5'000, -2}, 3);
    CHECK(out_of_turn.verdict == write_verdict::refused);
    CHECK(out_of_turn.reason == write_reason::count_not_next);
    CHECK(!with.book(out_of_turn, "50", 3));
    CHECK(with.device.money_cents() == 10'000);
    CHECK(with.balance() == test_books::yuan("50"));
}

TEST_CASE("a relay order counts where the relay's register says so, for every profile with one")
{
    for (const auto& each : modbus_profiles()) {
        const auto map = each.view();
        for (const auto& recipe : map.recipes) {
            using purpose = meter::write_recipe::purpose_type;
            if (recipe.purpose != purpose::open_relay && recipe.purpose != purpose::close_relay) {
                continue;
            }
            CAPTURE(map.name);
            CAPTURE(recipe.name);
            shop with{map.name, recipe.name};
            const auto done = with.bring({}, 0);
            CHECK((done.verdict == write_verdict::applied ||
                   done.verdict == write_verdict::already_applied));
            CHECK(with.device.is_closed() == (recipe.purpose == purpose::close_relay));
        }
    }
}
