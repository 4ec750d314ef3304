// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include <wattpurse/codec/dlt645/answer_1997.hpp>
#include <wattpurse/meter/long_read.hpp>

#include "fake_line.hpp"

using namespace wattpurse;
using fake::reply;
using meter::long_read;
using meter::long_read_state;
namespace dlt645 = wattpurse::codec::dlt645;

namespace {

const auto plate = dlt645::address::parse("000072007201").value();
const dlt645::data_id events{0x03300D01};
constexpr auto block = dlt645::data_id_1997::forward_active_block;

/// Answers one identifier in parts, and loses, doubles or mixes them up as told.
struct talker {
    std::vector<std::uint8_t> value;
    std::size_t part = 100;
    std::size_t at = 0;          ///< 1997: what the next 02 gives
    int lose_from = 1'000'000;   ///< requests heard until answers get lost
    int lose_count = 0;
    int wrong_sequence = 0;      ///< follow-on answers with another number
    bool refuses = false;
    bool endless = false;
    int heard = 0;

    explicit talker(std::size_t size) : value(size)
    {
        std::iota(value.begin(), value.end(), std::uint8_t{0});
    }

    std::vector<reply> operator()(const dlt645::frame& request, instant)
    {
        ++heard;
        if (!request.address.covers(plate)) return {};
        if (refuses) return fake::no_data(plate, request);
        const auto out = request.function() >= 0x11 ? in_2007(request) : in_1997(request);
        if (heard > lose_from && lose_count > 0) {
            --lose_count;
            return {};
        }
        return {{out}};
    }

    [[nodiscard]] byte_span part_from(std::size_t from) const
    {
        const std::size_t begin = endless ? 0 : std::min(from, value.size());
        return byte_span{value}.subspan(begin, std::min(part, value.size() - begin));
    }
    [[nodiscard]] bool more_after(std::size_t from) const
    {
        return endless || from + part < value.size();
    }

    dlt645::frame in_2007(const dlt645::frame& request)
    {
        if (request.function() == 0x11) {
            return dlt645::read_answer(plate, events, part_from(0), more_after(0)).value();
        }
        std::uint8_t sequence = request.data[4];
        const std::size_t from = part * sequence;
        if (wrong_sequence > 0) {
            --wrong_sequence;
            ++sequence;
        }
        return dlt645::follow_answer(plate, events, part_from(from), sequence, more_after(from))
            .value();
    }

    dlt645::frame in_1997(const dlt645::frame& request)
    {
        const bool first = request.function() == 0x01;
        at = first ? 0 : at;
        const std::size_t from = at;
        at += part;
        return (first ? dlt645::read_answer_1997(plate, block, part_from(from), more_after(from))
                      : dlt645::follow_answer_1997(plate, block, part_from(from),
                                                   more_after(from)))
            .value();
    }
};

template <class Id>
long_read read(talker& behind, Id id, const dlt645::address& whom = plate)
{
    fake::line line{std::ref(behind)};
    long_read out{whom, id};
    line.drive(out);
    return out;
}

bool same(byte_span a, const std::vector<std::uint8_t>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

TEST_CASE("a value in one frame and one in many are the same reading, in both editions")
{
    for (const std::size_t size : {0U, 1U, 99U, 100U, 101U, 200U, 350U, 1000U}) {
        CAPTURE(size);
        talker one{size};
        const auto found = read(one, events);
        CHECK(found.state() == long_read_state::complete);
        CHECK(same(found.value(), one.value));
        CHECK(found.frames() == (size <= 100 ? 1 : (size + 99) / 100));
        talker old{size};
        const auto found_1997 = read(old, block);
        CHECK(found_1997.state() == long_read_state::complete);
        CHECK(same(found_1997.value(), old.value));
    }
}

TEST_CASE("a lost part of 2007 is asked for again by its number")
{
    for (const int from : {0, 1, 2, 3}) {
        CAPTURE(from);
        talker one{350};
        one.lose_from = from;
        one.lose_count = 1;
        const auto found = read(one, events);
        CHECK(found.state() == long_read_state::complete);
        CHECK(same(found.value(), one.value));
        CHECK(one.heard == 5);
    }
}

TEST_CASE("a lost part of 1997 begins the reading anew, so that nothing is left out")
{
    for (const int from : {1, 2, 3}) {
        CAPTURE(from);
        talker one{350};
        one.lose_from = from;
        one.lose_count = 1;
        const auto found = read(one, block);
        CHECK(found.state() == long_read_state::complete);
        CHECK(same(found.value(), one.value));
        CHECK(one.heard == from + 1 + 4);
    }
    talker gone{350};
    gone.lose_from = 1;
    gone.lose_count = 1'000;
    CHECK(read(gone, block).state() == long_read_state::silent);
}

TEST_CASE("silence, refusal and nonsense end a reading")
{
    talker dead{350};
    dead.lose_from = 0;
    dead.lose_count = 1'000;
    CHECK(read(dead, events).state() == long_read_state::silent);
    CHECK(dead.heard == 3);

    talker dies{350};
    dies.lose_from = 2;
    dies.lose_count = 1'000;
    const auto cut = read(dies, events);
    CHECK(cut.state() == long_read_state::silent);
    CHECK(cut.value().size() == 200);

    talker no{350};
    no.refuses = true;
    const auto refused = read(no, events);
    CHECK(refused.state() == long_read_state::refused);
    CHECK(refused.error_word() == 0x02);
}

TEST_CASE("parts out of order are not put together")
{
    talker once{350};
    once.wrong_sequence = 1;
    const auto found = read(once, events);
    CHECK(found.state() == long_read_state::complete);
    CHECK(same(found.value(), once.value));

    talker always{350};
    always.wrong_sequence = 1'000;
    const auto state = read(always, events).state();
    const bool given_up = state == long_read_state::silent || state == long_read_state::nonsense;
    CHECK(given_up);
}

TEST_CASE("answers that no bus would let through are nonsense, and end the reading")
{
    long_read what{plate, events};
    for (int i = 0; i < 2; ++i) {
        REQUIRE(what.next().has_value());
        link::event event;
        event.kind = link::event::kind_type::answered;
        event.frame = dlt645::read_answer(plate, dlt645::data_id{0x03300D02}, {}).value();
        what.take(event);
    }
    CHECK(what.state() == long_read_state::nonsense);
    CHECK(!what.next().has_value());
}

TEST_CASE("a value that does not fit or never ends is told so")
{
    talker big{5'000};
    big.part = 180;
    CHECK(read(big, events).state() == long_read_state::too_long);
    talker endless{100};
    endless.part = 10;
    endless.endless = true;
    CHECK(read(endless, events).state() == long_read_state::too_long);
}

TEST_CASE("a wildcard becomes the address of whoever answers")
{
    talker one{350};
    const auto found = read(one, events, dlt645::address::wildcard());
    CHECK(found.state() == long_read_state::complete);
    CHECK(found.meter() == plate);
    CHECK(same(found.value(), one.value));
}

TEST_CASE("a reading may begin with any reading request, such as one for load blocks")
{
    const auto request = dlt645::read_blocks_request(plate, events, 7).value();
    talker one{350};
    fake::line line{[&](const dlt645::frame& asked, instant now) {
        if (asked.function() == 0x11) CHECK(asked == request);
        return one(asked, now);
    }};
    auto what = long_read::of(request).value();
    line.drive(what);
    CHECK(same(what.value(), one.value));
    const auto old = dlt645::read_request_1997(plate, block);
    CHECK(long_read::of(old).has_value());
    CHECK(long_read::of(dlt645::read_address_request()).error() == errc::not_found);
    CHECK(long_read::of(dlt645::control_answer(plate)).error() == errc::not_found);
}
