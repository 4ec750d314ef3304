// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/adapter/asio/echo.hpp>

using namespace wattpurse;
using adapter::asio::echo_filter;
using bytes = std::vector<std::uint8_t>;

namespace {

/// A request and its answer, both with a preamble; they differ from the control byte on.
const bytes request{0xFE, 0xFE, 0xFE, 0xFE, 0x68, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x68,
                    0x11, 0x04, 0x33, 0x33, 0x34, 0x33, 0xB3, 0x16};
const bytes answer{0xFE, 0xFE, 0xFE, 0xFE, 0x68, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x68,
                   0x91, 0x06, 0x33, 0x33, 0x34, 0x33, 0x16, 0x33, 0x7E, 0x16};

bytes operator+(bytes a, const bytes& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

bytes part(const bytes& of, std::size_t from, std::size_t until)
{
    return {of.begin() + static_cast<std::ptrdiff_t>(from),
            of.begin() + static_cast<std::ptrdiff_t>(until)};
}

/// What is left of `heard` after the request, whatever pieces it comes in.
bytes left_of(const bytes& heard)
{
    bytes first;
    for (std::size_t piece = 1; piece <= heard.size(); ++piece) {
        echo_filter filter;
        filter.sent(request);
        bytes out;
        for (std::size_t i = 0; i < heard.size(); i += piece) {
            filter.take(byte_span{heard}.subspan(i, std::min(piece, heard.size() - i)), out);
        }
        if (piece == 1) first = out;
        CHECK(out == first);
    }
    return first;
}

}  // namespace

TEST_CASE("an echo is taken off and what follows is not")
{
    CHECK(left_of(request) == bytes{});
    CHECK(left_of(request + answer) == answer);
    CHECK(left_of(request + answer + request) == answer + request);  // said only once
}

TEST_CASE("an echo without its first bytes is taken off as well")
{
    for (std::size_t lost = 1; lost <= request.size() / 2; ++lost) {
        CAPTURE(lost);
        CHECK(left_of(part(request, lost, request.size()) + answer) == answer);
    }
}

TEST_CASE("where there is no echo nothing is taken off")
{
    CHECK(left_of(answer) == answer);
    CHECK(left_of(part(answer, 4, answer.size())) == part(answer, 4, answer.size()));
    const bytes preamble(12, 0xFE);
    CHECK(left_of(preamble + answer) == preamble + answer);
}

TEST_CASE("stray bytes before an echo stay, and the echo does not")
{
    const bytes strays{0x00, 0x16, 0xFF};
    CHECK(left_of(strays + request + answer) == strays + answer);
    const bytes many{0x00, 0x01, 0x02, 0x03, 0x05};
    CHECK(left_of(many + request + answer) == many + request + answer);  // no echo at all
}

TEST_CASE("a cut or garbled echo is left to the framer, and the answer behind it is whole")
{
    for (std::size_t size = 1; size < request.size(); ++size) {
        CAPTURE(size);
        const bytes left = left_of(part(request, 0, size) + answer);
        REQUIRE(left.size() >= answer.size());
        CHECK(part(left, left.size() - answer.size(), left.size()) == answer);
    }
    for (std::size_t at = 0; at < request.size(); ++at) {
        CAPTURE(at);
        bytes garbled = request;
        garbled[at] ^= 0x40;
        const bytes left = left_of(garbled + answer);
        REQUIRE(left.size() >= answer.size());
        CHECK(part(left, left.size() - answer.size(), left.size()) == answer);
    }
}

TEST_CASE("an echo that never came is forgotten with the next request")
{
    echo_filter filter;
    filter.sent(request);
    bytes out;
    filter.take(part(request, 0, 9), out);
    CHECK(out.empty());
    CHECK(filter.expecting());
    filter.sent(request);
    filter.take(request, out);
    CHECK(out.empty());
    CHECK(!filter.expecting());
    filter.take(answer, out);
    CHECK(out == answer);
}
