// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/learned_text.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using namespace wattpurse::meter;
using wattpurse::errc;

TEST_CASE("what was learned is kept as a line of text and read again")
{
    learned_cuts learned;
    CHECK(to_text(learned).view().empty());
    REQUIRE(learned.add({3, 200}));
    REQUIRE(learned.add({4, 0}));
    REQUIRE(learned.add({1, 65535}));
    CHECK(to_text(learned).view() == "3:200 4:0 1:65535");
    const auto read = parse_learned("3:200 4:0 1:65535");
    REQUIRE(read);
    CHECK(std::equal(read->view().begin(), read->view().end(), learned.view().begin(),
                     learned.view().end()));
    CHECK(parse_learned("")->view().empty());
    CHECK(parse_learned("3:200 3:200")->view().size() == 1);
}

TEST_CASE("the longest text fits, and one more cut does not")
{
    learned_cuts full;
    for (std::size_t i = 0; i < learned_cuts::cuts_max; ++i) {
        REQUIRE(full.add({4, static_cast<std::uint16_t>(65'000 + i)}));
    }
    const std::string text{to_text(full).view()};
    CHECK(text.size() == learned_cuts::cuts_max * 8 - 1);
    REQUIRE(parse_learned(text));
    CHECK(parse_learned(text)->view().size() == learned_cuts::cuts_max);
    CHECK(parse_learned(text + " 3:1").error() == errc::too_long);
}

TEST_CASE("a text that is none is told from one that is wrong")
{
    for (const char* text : {"3", "3:", ":3", "3:1 ", " 3:1", "3:1  3:2", "3:1,4:2", "3:-1",
                             "x:1", "3:100000", "3:1\n"}) {
        CAPTURE(text);
        CHECK(parse_learned(text).error() == errc::syntax);
    }
    CHECK(parse_learned("5:1").error() == errc::out_of_range);
    CHECK(parse_learned("0:1").error() == errc::out_of_range);
    CHECK(parse_learned("3:65536").error() == errc::out_of_range);
}
