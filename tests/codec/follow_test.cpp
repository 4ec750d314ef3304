// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/follow.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::hex_of;

namespace {

const address meter = address::parse("123456789012").value();
constexpr data_id id{0x03300D01};

frame part(std::uint8_t sequence, const std::string& value, bool more, data_id of = id)
{
    return sequence == 0 ? read_answer(meter, of, bytes_of(value), more).value()
                         : follow_answer(meter, of, bytes_of(value), sequence, more).value();
}

}  // namespace

TEST_CASE("the golden frames of one long answer make one value")
{
    long_answer<256> whole;
    whole.begin(id);
    CHECK(whole.next_request(meter) == read_request(meter, id));
    CHECK(whole.take(decode(bytes_of("6812907856341268B12434406336434445464748494A4B4C4D4E4F5051"
                                     "52535455565758595A5B5C5D5E5F606162B816"))
                         .value())
              .value() == long_state::more);
    CHECK(whole.next_request(meter) ==
          decode(bytes_of("681290785634126812053440633634DE16")).value());
    CHECK(whole.take(decode(bytes_of("6812907856341268B22534406336636465666768696A6B6C6D6E6F7071"
                                     "72737475767778797A7B7C7D7E7F80818234EE16"))
                         .value())
              .value() == long_state::more);
    CHECK(whole.sequence() == 2);
    CHECK(whole.take(decode(bytes_of("6812907856341268920D34406336838485868788898A359B16")).value())
              .value() == long_state::complete);
    CHECK(whole.is_complete());
    REQUIRE(whole.value().size() == 72);
    for (std::size_t i = 0; i < 72; ++i) {
        CHECK(whole.value()[i] == 0x10 + i);
    }
    CHECK(whole.take(part(3, "00", false)).error() == errc::already_exists);
}

TEST_CASE("an answer in one frame is complete at once")
{
    long_answer<8> whole;
    whole.begin(id);
    CHECK(whole.take(part(0, "11223344", false)).value() == long_state::complete);
    CHECK(hex_of(whole.value()) == "11223344");
    whole.begin(id);
    CHECK(!whole.is_complete());
    CHECK(whole.value().empty());
}

TEST_CASE("a part that is not due changes nothing, and the due one is still taken")
{
    long_answer<64> whole;
    whole.begin(id);
    CHECK(whole.take(part(1, "AA", true)).error() == errc::not_found);  // no first part yet
    CHECK(whole.take(part(0, "01", true)).has_value());
    CHECK(whole.take(part(0, "01", true)).error() == errc::not_found);     // the first again
    CHECK(whole.take(part(2, "03", true)).error() == errc::not_found);     // one was lost
    CHECK(whole.take(part(1, "02", true, data_id{0x03300D02})).error() == errc::not_found);
    CHECK(whole.take(refusal(meter, follow_request(meter, id, 1), error_bit::other)).error() ==
          errc::not_found);
    CHECK(whole.take(follow_request(meter, id, 1)).error() == errc::not_found);  // an echo
    CHECK(whole.take(part(1, "02", true)).has_value());
    CHECK(whole.take(part(1, "02", true)).error() == errc::not_found);     // repeated
    CHECK(whole.take(part(2, "03", false)).value() == long_state::complete);
    CHECK(hex_of(whole.value()) == "010203");
}

TEST_CASE("a value that does not fit, or never ends, is an error")
{
    long_answer<4> small;
    small.begin(id);
    CHECK(small.take(part(0, "01020304", true)).has_value());
    CHECK(small.take(part(1, "05", false)).error() == errc::too_long);
    CHECK(small.take(part(1, "", false)).value() == long_state::complete);
    long_answer<4096> endless;
    endless.begin(id);
    CHECK(endless.take(part(0, "00", true)).has_value());
    for (unsigned sequence = 1; sequence < 255; ++sequence) {
        REQUIRE(endless.take(part(static_cast<std::uint8_t>(sequence), "00", true)).has_value());
    }
    CHECK(endless.take(part(255, "00", true)).error() == errc::too_long);
    CHECK(endless.take(part(255, "00", false)).value() == long_state::complete);
    CHECK(endless.value().size() == 256);
}

TEST_CASE("in 1997 parts have no number, and re-read answers are not parts")
{
    const auto id_1997 = data_id_1997::forward_active_block;
    const auto answer = [&](const std::string& value, bool more) {
        return read_answer_1997(meter, id_1997, bytes_of(value), more).value();
    };
    const auto follow = [&](const std::string& value, bool more) {
        return follow_answer_1997(meter, id_1997, bytes_of(value), more).value();
    };
    long_answer<16> whole;
    whole.begin(id_1997);
    CHECK(whole.next_request(meter) == read_request_1997(meter, id_1997));
    CHECK(whole.take(follow("02", true)).error() == errc::not_found);
    CHECK(whole.take(answer("01", true)).value() == long_state::more);
    CHECK(whole.next_request(meter) == follow_request_1997(meter, id_1997));
    CHECK(whole.take(reread_answer_1997(meter, id_1997, bytes_of("01"), true).value()).error() ==
          errc::not_found);
    CHECK(whole.take(follow("02", true)).value() == long_state::more);
    CHECK(whole.take(follow("03", false)).value() == long_state::complete);
    CHECK(hex_of(whole.value()) == "010203");
    whole.begin(0x9010, edition::y1997);
    CHECK(whole.take(answer("01", false)).error() == errc::not_found);
    whole.begin(0x901F, edition::y1997);
    CHECK(whole.take(answer("01", false)).value() == long_state::complete);
}
