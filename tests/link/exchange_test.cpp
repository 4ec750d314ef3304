// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>

#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>
#include <wattpurse/link/exchange.hpp>

using namespace wattpurse;
namespace dlt645 = wattpurse::codec::dlt645;
using dlt645::data_id;
using link::expectation;

namespace {

const dlt645::address meter = dlt645::address::parse("000000000001").value();
const dlt645::address other = dlt645::address::parse("000000000002").value();

dlt645::frame value(const dlt645::address& from, data_id id)
{
    const std::array<std::uint8_t, 2> bytes{0x10, 0x00};
    return dlt645::read_answer(from, id, bytes).value();
}

}  // namespace

TEST_CASE("an answer agrees in address, function and identifier")
{
    const auto expected = expectation::of(dlt645::read_request(meter, data_id::status_word_3));
    CHECK(expected.matches(value(meter, data_id::status_word_3)));
    CHECK(!expected.matches(value(other, data_id::status_word_3)));
    CHECK(!expected.matches(value(meter, data_id::remaining_money)));
    CHECK(!expected.matches(dlt645::control_answer(meter)));
    CHECK(!expected.matches(dlt645::read_request(meter, data_id::status_word_3)));
}

TEST_CASE("a refusal carries no identifier and agrees in address and function")
{
    const auto request = dlt645::read_request(meter, data_id::status_word_3);
    const auto expected = expectation::of(request);
    const auto why = dlt645::error_bit::other;
    CHECK(expected.matches(dlt645::refusal(meter, request, why)));
    CHECK(!expected.matches(dlt645::refusal(other, request, why)));
}

TEST_CASE("whoever answers a request to any meter answers it")
{
    const auto expected = expectation::of(dlt645::read_address_request());
    CHECK(expected.matches(dlt645::read_address_answer(meter)));
    CHECK(!expected.matches(value(meter, data_id::status_word_3)));
    const auto by_wildcard = expectation::of(
        dlt645::read_request(dlt645::address::wildcard(), data_id::status_word_3));
    CHECK(by_wildcard.matches(value(other, data_id::status_word_3)));
}

TEST_CASE("a control command is answered whatever its DATA")
{
    const dlt645::credentials who{2, {}, {}};
    const auto request = dlt645::control_request(meter, dlt645::control_code::trip,
                                                 {2026, 1, 1, 0, 0, 0}, who);
    const auto expected = expectation::of(request.value());
    auto acknowledged = dlt645::control_answer(meter);
    CHECK(expected.matches(acknowledged));
    const std::array<std::uint8_t, 2> status{0x01, 0x00};
    REQUIRE(acknowledged.append(status).has_value());
    CHECK(expected.matches(acknowledged));
}

TEST_CASE("a follow-on answer agrees in its sequence number as well")
{
    const data_id id{0x03300D01};
    const std::array<std::uint8_t, 2> bytes{0x10, 0x20};
    const auto expected = expectation::of(dlt645::follow_request(meter, id, 2));
    CHECK(expected.matches(dlt645::follow_answer(meter, id, bytes, 2).value()));
    CHECK(expected.matches(dlt645::follow_answer(meter, id, bytes, 2, true).value()));
    CHECK(!expected.matches(dlt645::follow_answer(meter, id, bytes, 1).value()));
    CHECK(!expected.matches(dlt645::follow_answer(meter, data_id{1}, bytes, 2).value()));
    CHECK(!expected.matches(value(meter, id)));
    CHECK(expected.matches(dlt645::refusal(meter, dlt645::follow_request(meter, id, 2),
                                           dlt645::error_bit::no_requested_data)));
}

TEST_CASE("who writes an address hears from the new one, refusals from any")
{
    const auto request = dlt645::write_address_request(other);
    const auto expected = expectation::of(request);
    CHECK(expected.matches(dlt645::write_address_answer(other)));
    CHECK(!expected.matches(dlt645::write_address_answer(meter)));
    CHECK(expected.matches(dlt645::refusal(meter, request, dlt645::error_bit::other)));
    const auto expected_1997 = expectation::of(dlt645::write_address_request_1997(other));
    CHECK(expected_1997.matches(dlt645::write_address_answer_1997(other)));
    CHECK(!expected_1997.matches(dlt645::write_address_answer_1997(meter)));
    CHECK(!expected_1997.matches(dlt645::write_address_answer(other)));
}

TEST_CASE("a security answer agrees in its identifier, a refusal has none")
{
    const std::array<std::uint8_t, 4> bytes{};
    const auto request = dlt645::security_request(meter, data_id::top_up, bytes, bytes).value();
    const auto expected = expectation::of(request);
    CHECK(expected.matches(dlt645::security_answer(meter, data_id::top_up, {}).value()));
    CHECK(!expected.matches(dlt645::security_answer(meter, data_id::identity, {}).value()));
    CHECK(expected.matches(
        dlt645::security_refusal(meter, dlt645::security_error_bit::repeated_top_up)));
}

TEST_CASE("answers of 1997 agree in an identifier of two bytes")
{
    const auto id = dlt645::data_id_1997::forward_active_total;
    const auto wrong = dlt645::data_id_1997::forward_active_block;
    const std::array<std::uint8_t, 4> bytes{0x10, 0x90, 0x00, 0x00};
    const auto read = expectation::of(dlt645::read_request_1997(meter, id));
    CHECK(read.matches(dlt645::read_answer_1997(meter, id, bytes).value()));
    CHECK(read.matches(dlt645::read_answer_1997(meter, id, bytes, true).value()));
    CHECK(!read.matches(dlt645::read_answer_1997(meter, wrong, bytes).value()));
    CHECK(!read.matches(dlt645::follow_answer_1997(meter, id, bytes).value()));
    CHECK(!read.matches(value(meter, data_id{0x9010})));
    const auto follow = expectation::of(dlt645::follow_request_1997(meter, id));
    CHECK(follow.matches(dlt645::follow_answer_1997(meter, id, bytes).value()));
    CHECK(!follow.matches(dlt645::follow_answer_1997(meter, wrong, bytes).value()));
    const auto again = expectation::of(dlt645::reread_request_1997(meter));
    CHECK(again.matches(dlt645::reread_answer_1997(meter, wrong, bytes).value()));
    CHECK(!again.matches(dlt645::read_answer_1997(meter, wrong, bytes).value()));
}

TEST_CASE("a change of baud rate is answered or denied, in either edition")
{
    const auto request = dlt645::change_baud_request(meter, dlt645::baud_rate::b9600);
    const auto expected = expectation::of(request);
    CHECK(expected.matches(dlt645::change_baud_answer(meter, dlt645::baud_rate::b9600)));
    CHECK(expected.matches(dlt645::refusal(meter, request, dlt645::error_bit::baud_rate)));
    const auto expected_1997 =
        expectation::of(dlt645::change_baud_request_1997(meter, dlt645::baud_rate_1997::b9600));
    CHECK(expected_1997.matches(dlt645::change_baud_denial_1997(meter)));
    CHECK(!expected_1997.matches(dlt645::change_baud_answer(meter, dlt645::baud_rate::b9600)));
}

TEST_CASE("nothing answers a broadcast, but anybody may answer a read that was sent to all")
{
    const auto time = dlt645::broadcast_time_request({2026, 1, 1, 0, 0, 0}).value();
    dlt645::frame answer = time;
    answer.control = 0x88;
    CHECK(!expectation::of(time).matches(answer));
    const auto freeze = dlt645::freeze_request(dlt645::address::broadcast(),
                                               dlt645::freeze_moment::immediate());
    CHECK(!expectation::of(freeze).matches(dlt645::freeze_answer(meter)));
    CHECK(!expectation::of(freeze).matches(dlt645::freeze_answer(dlt645::address::broadcast())));
    const auto single = dlt645::freeze_request(meter, dlt645::freeze_moment::immediate());
    CHECK(expectation::of(single).matches(dlt645::freeze_answer(meter)));
    // Some meters of 1997 answer reads sent to 99..99.
    const auto id = dlt645::data_id_1997::forward_active_total;
    const auto read = expectation::of(dlt645::read_request_1997(dlt645::address::broadcast(), id));
    CHECK(read.matches(dlt645::read_answer_1997(meter, id, {}).value()));
}

TEST_CASE("no answer of one function answers another")
{
    for (unsigned asked = 0; asked < 0x20; ++asked) {
        for (unsigned answered = 0; answered < 0x20; ++answered) {
            dlt645::frame request;
            request.address = meter;
            request.control = static_cast<std::uint8_t>(asked);
            dlt645::frame answer = request;
            answer.control = static_cast<std::uint8_t>(answered | 0x80U);
            CHECK(expectation::of(request).matches(answer) == (asked == answered));
        }
    }
}

TEST_CASE("attempts are counted and the first one keeps its time")
{
    link::job what;
    what.request = dlt645::read_request(meter, data_id::status_word_3);
    what.attempts_max = 2;
    link::exchange running{what};
    const instant start{duration{1000}};
    running.begin_attempt(start, duration{500});
    CHECK(running.may_retry());
    CHECK(running.deadline() == start + duration{500});
    running.begin_attempt(start + duration{500}, duration{500});
    CHECK(!running.may_retry());
    CHECK(running.attempts() == 2);
    CHECK(running.sent_at() == start);
}
