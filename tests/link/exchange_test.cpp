// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>

#include <wattpurse/codec/dlt645/messages.hpp>
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
