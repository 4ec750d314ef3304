// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>

#include <wattpurse/meter/top_up.hpp>

#include "fake_line.hpp"
#include "fake_purse.hpp"
#include "fake_security.hpp"

using namespace wattpurse;
using fake::mood;
using fake::purse_meter;
using meter::top_up;
using meter::top_up_order;
using meter::top_up_reason;
using meter::top_up_verdict;
namespace dlt645 = wattpurse::codec::dlt645;

namespace {

const meter::credentials who{0x04, {0x11, 0x22, 0x33}, {0x01, 0x02, 0x03, 0x04}};

top_up_order hundred(std::uint32_t count = 2)
{
    top_up_order out;
    out.amount = decimal<2>::of(100'00);
    out.purchase_count = count;
    out.order_number = meter::number_wire<8>("1240826202124138").value();
    return out;
}

/// One meter, one order, one line.
struct play {
    purse_meter at_home;
    fake::security module;
    top_up_order order = hundred();
    meter::top_up_limits limits;
    std::optional<meter::earlier_purse> earlier;
    std::size_t frames_sent = 0;

    meter::top_up_outcome run()
    {
        fake::line line{std::ref(at_home)};
        meter::access right;
        right.plain = who;
        right.sealing = &module;
        top_up what{at_home.kind, at_home.plate, order, right, limits};
        if (earlier) what.sent_before(*earlier);
        line.drive(what);
        frames_sent = line.sent(0x03) + line.sent(0x14);
        CHECK(what.outcome().verdict != top_up_verdict::pending);
        return what.outcome();
    }
};

play with(const meter::dialect& kind, std::deque<mood> moods = {})
{
    play out;
    out.at_home.kind = kind;
    out.at_home.moods = std::move(moods);
    return out;
}

constexpr std::array counting{&meter::state_grid_filing, &meter::park_plain,
                              &meter::write_identifier};

void check(const meter::top_up_outcome& found, top_up_verdict verdict, top_up_reason reason)
{
    CHECK(to_string(found.verdict) == to_string(verdict));
    CHECK(to_string(found.reason) == to_string(reason));
}

}  // namespace

TEST_CASE("a top-up is applied once, in every dialect, and money and count are told")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play one = with(kind);
        const auto found = one.run();
        check(found, top_up_verdict::applied, top_up_reason::none);
        CHECK(found.sends == 1);
        CHECK(found.acknowledged);
        CHECK(!found.error_word);
        CHECK(one.at_home.applied == 1);
        CHECK(found.before.balance().value() == decimal<2>::of(20'00));
        CHECK(found.after.balance().value() == decimal<2>::of(120'00));
        if (kind.purchase_count.exists()) {
            CHECK(found.before.purchase_count.value() == 1);
            CHECK(found.after.purchase_count.value() == 2);
        }
        if (kind.recorded_amount.exists()) {
            CHECK(found.after.recorded_amount.value() == decimal<2>::of(100'00));
        }
    }
}

TEST_CASE("a lost answer after the top-up was applied does not top up twice")
{
    for (const auto& kind : meter::dialects()) {
        for (const mood how : {mood::lose_answer, mood::late_answer, mood::mumble}) {
            CAPTURE(kind.name);
            play one = with(kind, {how});
            const auto found = one.run();
            check(found, top_up_verdict::applied, top_up_reason::none);
            CHECK(found.sends == 1);
            CHECK(!found.acknowledged);
            CHECK(one.at_home.applied == 1);
            CHECK(one.at_home.money == 120'00);
        }
    }
}

TEST_CASE("a top-up that nobody heard is sent once more where there is a count")
{
    for (const auto* kind : counting) {
        CAPTURE(kind->name);
        play one = with(*kind, {mood::deaf});
        const auto found = one.run();
        check(found, top_up_verdict::applied, top_up_reason::none);
        CHECK(found.sends == 2);
        CHECK(one.at_home.applied == 1);
    }
    play one = with(meter::vendor_top_up_34, {mood::deaf});
    check(one.run(), top_up_verdict::unknown, top_up_reason::unanswered);
    CHECK(one.frames_sent == 1);
    CHECK(one.at_home.applied == 0);
}

TEST_CASE("a meter that applies late takes the repetition for what it is")
{
    for (const auto* kind : counting) {
        CAPTURE(kind->name);
        play one = with(*kind, {mood::late_application});
        const auto found = one.run();
        check(found, top_up_verdict::applied, top_up_reason::none);
        CHECK(one.at_home.applied == 1);
        CHECK(one.at_home.money == 120'00);
    }
}

TEST_CASE("a refusal is read back: applied all the same")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play one = with(kind, {mood::apply_and_refuse});
        const auto found = one.run();
        check(found, top_up_verdict::applied, top_up_reason::none);
        CHECK(!found.acknowledged);
        CHECK(found.error_word == 0x0001);
        CHECK(one.at_home.applied == 1);
        CHECK(one.frames_sent == (kind.way == meter::top_up_way::sealed_30 ? 2 : 1));
    }
}

TEST_CASE("a refusal is read back: not applied, and not tried again")
{
    for (const auto& kind : meter::dialects()) {
        for (const mood how : {mood::refuse, mood::refuse_with_one_byte}) {
            CAPTURE(kind.name);
            play one = with(kind, {how});
            one.at_home.word = 0x0040;  // hoarding
            const auto found = one.run();
            check(found, top_up_verdict::refused, top_up_reason::refused_by_meter);
            CHECK(found.sends == 1);
            CHECK(one.at_home.applied == 0);
            const bool one_byte = how == mood::refuse_with_one_byte ||
                                  kind.way == meter::top_up_way::write_identifier;
            CHECK(found.error_size == (one_byte ? 1 : 2));
            CHECK(found.error_word == (one_byte ? 0x0001 : 0x0040));
        }
    }
}

TEST_CASE("a top-up applied in part is for a person, with all values")
{
    for (const auto* kind : counting) {
        CAPTURE(kind->name);
        play one = with(*kind, {mood::count_only});
        auto found = one.run();
        check(found, top_up_verdict::inconsistent, top_up_reason::money_differs);
        CHECK(found.after.purchase_count.value() == 2);
        CHECK(found.after.balance().value() == found.before.balance().value());
        CHECK(found.sends == 1);

        one = with(*kind, {mood::money_only});
        found = one.run();
        check(found, top_up_verdict::inconsistent, top_up_reason::money_without_count);
        CHECK(found.after.purchase_count.value() == 1);
        CHECK(found.after.balance().value() == decimal<2>::of(120'00));
        CHECK(found.sends == 1);

        one = with(*kind, {mood::half});
        found = one.run();
        check(found, top_up_verdict::inconsistent, top_up_reason::money_differs);
        CHECK(found.after.balance().value() == decimal<2>::of(70'00));
        CHECK(found.acknowledged);
    }
    play one = with(meter::vendor_top_up_34, {mood::half});
    check(one.run(), top_up_verdict::inconsistent, top_up_reason::money_differs);
}

TEST_CASE("a small amount whose money never came is not taken for use")
{
    play one = with(meter::park_plain, {mood::count_only});
    one.order.amount = decimal<2>::of(1'00);
    check(one.run(), top_up_verdict::inconsistent, top_up_reason::money_differs);
}

TEST_CASE("a record with another amount is another purchase")
{
    play one = with(meter::park_plain, {mood::other_amount});
    const auto found = one.run();
    check(found, top_up_verdict::inconsistent, top_up_reason::amount_differs);
    CHECK(found.after.recorded_amount.value() == decimal<2>::of(100'01));
}

TEST_CASE("an order whose count the meter already has is not sent again")
{
    for (const auto* kind : counting) {
        CAPTURE(kind->name);
        play one = with(*kind);
        one.at_home.apply(100'00, 2);
        check(one.run(), top_up_verdict::already_applied, top_up_reason::none);
        CHECK(one.frames_sent == 0);
        CHECK(one.at_home.applied == 1);
    }
    SUBCASE("unless it was of another amount")
    {
        play one = with(meter::park_plain);
        one.at_home.apply(50'00, 2);
        check(one.run(), top_up_verdict::inconsistent, top_up_reason::amount_differs);
        CHECK(one.frames_sent == 0);
    }
    SUBCASE("and a meter without records is believed by its count")
    {
        play one = with(meter::park_plain);
        one.at_home.apply(100'00, 2);
        one.at_home.no_record = true;
        const auto found = one.run();
        check(found, top_up_verdict::already_applied, top_up_reason::none);
        CHECK(found.before.recorded_amount.error() == errc::not_found);
    }
}

TEST_CASE("an order that the meter counts is there, though its money cannot be read")
{
    play one = with(meter::park_plain);
    one.at_home.apply(100'00, 2);
    one.at_home.kind.money.id = dlt645::data_id{0x00900299};
    fake::line line{[&](const dlt645::frame& request, instant now) {
        const auto id = dlt645::parse_data_id(request);
        return id && *id == one.at_home.kind.money.id ? std::vector<fake::reply>{}
                                                      : one.at_home(request, now);
    }};
    top_up what{one.at_home.kind, one.at_home.plate, hundred(), {}};
    line.drive(what);
    check(what.outcome(), top_up_verdict::already_applied, top_up_reason::none);
    CHECK(one.at_home.applied == 1);
}

TEST_CASE("a count that is not the next one stops the order before anything is sent")
{
    for (const std::uint32_t count : {3U, 5'000U, 1'000'005U}) {
        CAPTURE(count);
        play one = with(meter::park_plain);
        one.order = hundred(count);
        check(one.run(), top_up_verdict::refused, top_up_reason::count_not_next);
        CHECK(one.frames_sent == 0);
    }
}

TEST_CASE("a meter that has counted past the order may have it: that is for a person")
{
    for (const std::uint32_t count : {3U, 7U, 4'999U}) {
        CAPTURE(count);
        play ahead = with(meter::park_plain);
        ahead.at_home.count = count;
        check(ahead.run(), top_up_verdict::inconsistent, top_up_reason::count_not_next);
        CHECK(ahead.frames_sent == 0);
    }
    play round = with(meter::park_plain);
    round.order = hundred(9'999);  // the meter shows 0001
    check(round.run(), top_up_verdict::inconsistent, top_up_reason::count_not_next);
}

TEST_CASE("an order of an earlier run whose money came without its count is not sent again")
{
    for (const auto* kind : counting) {
        CAPTURE(kind->name);
        play one = with(*kind);
        one.earlier = meter::earlier_purse{decimal<2>::of(20'00), fake::start};
        one.at_home.book(100'00);
        check(one.run(), top_up_verdict::inconsistent, top_up_reason::money_without_count);
        CHECK(one.frames_sent == 0);

        play other = with(*kind);  // nothing came of it
        other.earlier = meter::earlier_purse{decimal<2>::of(20'50), fake::start};
        check(other.run(), top_up_verdict::applied, top_up_reason::none);
        CHECK(other.at_home.applied == 1);
    }
    play mute = with(meter::park_plain);
    mute.earlier = meter::earlier_purse{decimal<2>::of(20'00), fake::start};
    mute.at_home.kind.money.id = dlt645::data_id{0x00900299};
    auto whole = mute.at_home;
    whole.kind = meter::park_plain;
    fake::line line{std::ref(whole)};
    top_up refusing{mute.at_home.kind, whole.plate, hundred(), {}};
    refusing.sent_before(*mute.earlier);
    line.drive(refusing);
    check(refusing.outcome(), top_up_verdict::unknown, top_up_reason::no_purse);
    top_up powerless{meter::write_identifier, whole.plate, hundred(), {}};
    powerless.sent_before(*mute.earlier);
    check(powerless.outcome(), top_up_verdict::unknown, top_up_reason::no_right);
}

TEST_CASE("without a count, a yes alone is no proof that a small amount came")
{
    play one = with(meter::vendor_top_up_34, {mood::say_yes});
    one.order.amount = decimal<2>::of(3'00);
    check(one.run(), top_up_verdict::unknown, top_up_reason::ambiguous);
    CHECK(one.at_home.applied == 0);
    play good = with(meter::vendor_top_up_34);
    good.order.amount = decimal<2>::of(3'00);
    check(good.run(), top_up_verdict::applied, top_up_reason::none);
}

TEST_CASE("the refusal of a repetition is looked at again, for what was heard before it")
{
    play one = with(meter::write_identifier, {mood::late_application, mood::refuse});
    check(one.run(), top_up_verdict::applied, top_up_reason::none);
    CHECK(one.at_home.applied == 1);
}

TEST_CASE("the count goes on where the meter's four digits come to their end")
{
    play one = with(meter::park_plain);
    one.at_home.count = 9'999;
    one.order = hundred(10'000);
    check(one.run(), top_up_verdict::applied, top_up_reason::none);
    CHECK(one.at_home.count == 10'000);
}

TEST_CASE("money of a meter in overdraft is counted with what it owes")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play one = with(kind);
        one.at_home.money = 0;
        one.at_home.overdraft = 30'00;
        const auto found = one.run();
        check(found, top_up_verdict::applied, top_up_reason::none);
        CHECK(found.before.balance().value() == decimal<2>::of(-30'00));
        CHECK(found.after.balance().value() == decimal<2>::of(70'00));
        CHECK(one.at_home.overdraft == 0);
    }
}

TEST_CASE("what the customer uses meanwhile is no fault")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play one = with(kind, {mood::lose_answer});
        one.at_home.used_each_reading = 1'37;
        check(one.run(), top_up_verdict::applied, top_up_reason::none);
    }
    play much = with(meter::park_plain);
    much.at_home.used_each_reading = 9'00;
    const auto found = much.run();
    check(found, top_up_verdict::inconsistent, top_up_reason::money_differs);
}

TEST_CASE("a meter that calls the order a repetition and shows the count before is for a person")
{
    for (const auto* kind : {&meter::state_grid_filing, &meter::park_plain}) {
        CAPTURE(kind->name);
        play one = with(*kind, {mood::repeat, mood::repeat});
        const auto found = one.run();
        check(found, top_up_verdict::inconsistent, top_up_reason::count_unseen);
        CHECK(found.sends == 1);
    }
}

TEST_CASE("a yes that nothing shows is nobody's proof, and is not sent again")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play one = with(kind, {mood::say_yes});
        const auto found = one.run();
        check(found, top_up_verdict::unknown, top_up_reason::acknowledged_unseen);
        CHECK(found.acknowledged);
        CHECK(found.sends == 1);
        CHECK(one.at_home.applied == 0);
    }
}

TEST_CASE("a dead meter ends the order, before sending and after")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play dead = with(kind);
        dead.at_home.silent = true;
        check(dead.run(), top_up_verdict::unknown, top_up_reason::meter_silent);
        CHECK(dead.frames_sent == 0);

        play dies = with(kind, {mood::lose_answer});
        dies.at_home.silent_after = 0;  // hears the top-up and is gone
        const auto found = dies.run();
        check(found, top_up_verdict::unknown, top_up_reason::unreadable);
        CHECK(dies.at_home.applied == 1);
        CHECK(found.sends == 1);
    }
}

TEST_CASE("a meter that never hears a top-up ends the order as unknown")
{
    for (const auto* kind : counting) {
        CAPTURE(kind->name);
        play one = with(*kind, {mood::deaf, mood::deaf, mood::deaf, mood::deaf});
        const auto found = one.run();
        check(found, top_up_verdict::unknown, top_up_reason::unanswered);
        CHECK(found.sends == 2);
        CHECK(found.after.purchase_count.value() == 1);
    }
}

TEST_CASE("nonsense for a count or for money ends the order before anything is sent")
{
    for (const auto& kind : meter::dialects()) {
        CAPTURE(kind.name);
        play one = with(kind);
        one.at_home.nonsense = true;
        check(one.run(), top_up_verdict::unknown, top_up_reason::meter_silent);
        CHECK(one.frames_sent == 0);
    }
    play other = with(meter::park_plain);
    auto mute = meter::park_plain;
    mute.money.id = dlt645::data_id{0x00900299};
    fake::line line{std::ref(other.at_home)};
    top_up what{mute, other.at_home.plate, hundred(), {}};
    line.drive(what);
    check(what.outcome(), top_up_verdict::refused, top_up_reason::no_purse);
}

TEST_CASE("a session is opened where there is none, and once more where the meter forgot it")
{
    play fresh = with(meter::state_grid_filing);
    check(fresh.run(), top_up_verdict::applied, top_up_reason::none);
    CHECK(fresh.module.opened == 1);

    play open = with(meter::state_grid_filing);
    open.module.session = open.at_home.session = true;
    check(open.run(), top_up_verdict::applied, top_up_reason::none);
    CHECK(open.module.opened == 0);

    play stale = with(meter::state_grid_filing);
    stale.module.session = true;  // the module believes, the meter has forgotten
    const auto found = stale.run();
    check(found, top_up_verdict::applied, top_up_reason::none);
    CHECK(found.sends == 2);
    CHECK(stale.module.dropped == 1);
    CHECK(stale.module.opened == 1);
    CHECK(stale.at_home.applied == 1);

    play never = with(meter::state_grid_filing, {mood::lose_session, mood::lose_session});
    check(never.run(), top_up_verdict::refused, top_up_reason::refused_by_meter);
    CHECK(never.module.opened == 2);
    CHECK(never.at_home.applied == 0);

    play closed = with(meter::state_grid_filing);
    closed.at_home.refuses_session = true;
    const auto refused = closed.run();
    check(refused, top_up_verdict::refused, top_up_reason::no_session);
    CHECK(refused.sends == 0);
    CHECK(refused.error_word == 0x0008);
    CHECK(closed.module.dropped == 1);

    play broken = with(meter::state_grid_filing);
    broken.module.works = false;
    check(broken.run(), top_up_verdict::refused, top_up_reason::no_right);
}

TEST_CASE("an order that cannot be is refused at once, without a single job")
{
    const auto plate = dlt645::address::parse("260305510012").value();
    const auto refused_at_once = [&](const meter::dialect& kind, const top_up_order& order,
                                     const meter::access& right) {
        top_up what{kind, plate, order, right};
        CHECK(!what.next().has_value());
        CHECK(what.finished());
        CHECK(what.outcome().verdict == top_up_verdict::refused);
        return what.outcome().reason;
    };
    auto remote = meter::park_plain;
    remote.way = meter::top_up_way::none;
    CHECK(refused_at_once(remote, hundred(), {}) == top_up_reason::no_way);
    CHECK(refused_at_once(meter::park_plain, hundred(0), {}) ==
          top_up_reason::order_not_possible);
    auto free = hundred();
    free.amount = decimal<2>{};
    CHECK(refused_at_once(meter::park_plain, free, {}) == top_up_reason::order_not_possible);
    CHECK(refused_at_once(meter::state_grid_filing, hundred(), {}) == top_up_reason::no_right);
    CHECK(refused_at_once(meter::write_identifier, hundred(), {}) == top_up_reason::no_right);
}

TEST_CASE("without a count, an order of an earlier run is looked for and never sent")
{
    const auto found_with = [](std::int64_t money, std::int64_t amount) {
        play one = with(meter::vendor_top_up_34);
        one.at_home.money = money;
        one.order.amount = decimal<2>::of(amount);
        one.earlier = meter::earlier_purse{decimal<2>::of(20'00), fake::start};
        const auto found = one.run();
        CHECK(one.frames_sent == 0);
        return found;
    };
    check(found_with(119'50, 100'00), top_up_verdict::already_applied, top_up_reason::none);
    check(found_with(19'50, 100'00), top_up_verdict::unknown, top_up_reason::unanswered);
    check(found_with(70'00, 100'00), top_up_verdict::inconsistent, top_up_reason::money_differs);
    check(found_with(19'50, 2'00), top_up_verdict::unknown, top_up_reason::ambiguous);
}

TEST_CASE("answers nobody asked for do not disturb a top-up")
{
    play one = with(meter::park_plain);
    const auto plate = one.at_home.plate;
    top_up what{meter::park_plain, plate, hundred(), {}};
    const auto asked = what.next();
    REQUIRE(asked.has_value());
    link::event push;
    push.frame = dlt645::read_answer(plate, dlt645::data_id{0x03330201},
                                     fake::bcd(2, 2)).value();
    what.take(push);  // unsolicited: no outcome
    CHECK(what.state() == top_up::state_type::reading_before);
    CHECK(!what.next().has_value());
    link::event sent;
    sent.kind = link::event::kind_type::sent;
    what.take(sent);
    CHECK(!what.finished());
}

TEST_CASE("what is told of an order has no secret in it")
{
    static_assert(!std::is_convertible_v<top_up, meter::access>);
    for (int i = 0; i <= static_cast<int>(top_up_reason::money_without_count); ++i) {
        CHECK(to_string(static_cast<top_up_reason>(i)) != "unknown");
    }
    for (int i = 0; i <= static_cast<int>(top_up_verdict::inconsistent); ++i) {
        const auto each = static_cast<top_up_verdict>(i);
        CHECK((to_string(each) == "unknown") == (each == top_up_verdict::unknown));
    }
    // The request itself is known to hold a secret, so that no log shows it.
    meter::access right;
    right.plain = who;
    const auto plate = dlt645::address::parse("260305510012").value();
    const auto made = meter::top_up_request(meter::write_identifier, plate, hundred(), right);
    CHECK(dlt645::holds_secret(made.value()));
    CHECK(dlt645::holds_secret(
        meter::top_up_request(meter::park_plain, plate, hundred(), right).value()));
}
