// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include <wattpurse/codec/dlt645/layout.hpp>

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;

namespace {

layout_shape shape(std::string_view text)
{
    const auto checked = check_layout(text);
    CAPTURE(text);
    REQUIRE(checked.has_value());
    return checked.value();
}

/// "12: what was expected", or "none".
std::string fault(std::string_view text)
{
    const auto checked = check_layout(text);
    if (checked) return "none";
    return std::to_string(checked.error().position) + ": " +
           std::string{checked.error().expected};
}

/// The fields that a walk meets while `bytes` last: "name/size/index ".
std::string walk(std::string_view layout, std::size_t bytes)
{
    layout_walker walker{layout};
    std::string out;
    auto found = walker.next(bytes > 0);
    for (; found == layout_walker::step::field; found = walker.next(bytes > 0)) {
        out += std::string{walker.what().name} + "/" + std::to_string(walker.what().size) + "/" +
               std::to_string(walker.index()) + " ";
        bytes -= bytes < walker.what().size ? bytes : walker.what().size;
    }
    return out + (found == layout_walker::step::end ? (walker.was_short() ? "short" : "end")
                                                    : "fault");
}

}  // namespace

TEST_CASE("a number has its size, places and sign from its form")
{
    const field energy = shape("sXXXXXX.XX[kWh]").first;
    CHECK(energy.kind == field_kind::number);
    CHECK(energy.size == 4);
    CHECK(energy.places == 2);
    CHECK(energy.digits == 8);
    CHECK(energy.has_sign);
    CHECK(energy.unit == "kWh");
    CHECK(energy.name.empty());
    CHECK(shape("X.XXX").first.size == 2);
    CHECK(shape("NN").first.size == 1);
    CHECK(shape("XXX").first.size == 2);  // odd: the highest nibble is 0
    CHECK(!shape("NNNN.NNNN[currency/kWh]").first.has_sign);
    CHECK(shape("XXXXXXXXXXXXXXXX").first.size == 8);
}

TEST_CASE("every other form")
{
    CHECK(shape("YYMMDDWWhhmmss").first.size == 7);
    CHECK(shape("DDhh").first.parts == "DDhh");
    CHECK(shape("bits2=status_3").first.set == "status_3");
    CHECK(shape("bits12").first.size == 12);
    CHECK(shape("ascii32").first.kind == field_kind::ascii);
    CHECK(shape("digits6").first.kind == field_kind::digits);
    CHECK(shape("bin4.2[currency]").first.places == 2);
    CHECK(shape("bin4").first.size == 4);
    CHECK(shape("di").first.size == 4);
    CHECK(shape("di2").first.size == 2);
    CHECK(shape("hex16").first.size == 16);
    CHECK(shape("hex*").takes_rest);
    CHECK(shape("load").first.kind == field_kind::load);
    CHECK(shape("at:YYMMDDhhmm").first.name == "at");
}

TEST_CASE("the sizes of a layout are those of what comes once and of what comes n times")
{
    CHECK(shape("XX.XXXX[kW] at:YYMMDDhhmm").fixed == 8);
    CHECK(shape("XXXXXX.XX[kWh]*n").repeating == 4);
    CHECK(shape("XXXXXX.XX[kWh]*n").fixed == 0);
    CHECK(shape("(XX.XXXX[kW] at:YYMMDDhhmm)*n").repeating == 8);
    CHECK(shape("(a:NN b:(X.XXX NN)*3)*4 c:XX*2").fixed == 4 * (1 + 3 * 3) + 2);
    CHECK(shape("hex4 hex*").fixed == 4);
    CHECK(shape("hex4 hex*").fits(4));
    CHECK(!shape("hex4 hex*").fits(3));
    CHECK(shape("NN XXXX*n").fits(1));
    CHECK(shape("NN XXXX*n").fits(5));
    CHECK(!shape("NN XXXX*n").fits(4));
    CHECK(shape("XX.XX").is_single);
    CHECK(!shape("XX.XX*3").is_single);
    CHECK(shape("XX.XX*3").repeats);
    CHECK(!shape("(NN XX)*3").repeats);
    CHECK(!shape("hex*").is_single);
}

TEST_CASE("a walk goes through groups and repetitions")
{
    CHECK(walk("a:NN b:XXXX", 3) == "a/1/0 b/2/0 end");
    CHECK(walk("NN*3", 3) == "/1/0 /1/1 /1/2 end");
    CHECK(walk("a:NN*n", 2) == "a/1/0 a/1/1 end");
    CHECK(walk("a:NN*n", 0) == "end");
    CHECK(walk("a:NN (b:XX c:XX)*2 d:NN", 6) == "a/1/0 b/1/0 c/1/0 b/1/1 c/1/1 d/1/0 end");
    CHECK(walk("(b:XX (c:XX)*2)*2", 6) == "b/1/0 c/1/0 c/1/1 b/1/1 c/1/0 c/1/1 end");
    CHECK(walk("(b:XX c:XX)*n", 4) == "b/1/0 c/1/0 b/1/1 c/1/1 end");
    CHECK(walk("(b:XX c:XX)*n", 0) == "end");
    CHECK(walk("x:NN hex*", 1) == "x/1/0 /0/0 end");
    CHECK(walk("NN*3", 1) == "/1/0 short");      // one phase of three
    CHECK(walk("(NN)*3", 2) == "/1/0 /1/1 short");
    CHECK(walk("NN*3 XX", 1) == "/1/0 /1/1 /1/2 /1/0 end");  // not the last: no way to end
    CHECK(walk("NN junk", 9) == "/1/0 fault");
}

TEST_CASE("an item that comes n times may end before it begins, and not within")
{
    layout_walker walker{"NN (XX XX)*n"};
    CHECK(walker.next(true) == layout_walker::step::field);
    CHECK(!walker.may_end_here());
    CHECK(walker.next(true) == layout_walker::step::field);
    CHECK(walker.may_end_here());
    CHECK(walker.next(true) == layout_walker::step::field);
    CHECK(!walker.may_end_here());
    CHECK(walker.next(true) == layout_walker::step::field);
    CHECK(walker.may_end_here());
    CHECK(walker.next(false) == layout_walker::step::field);
    CHECK(walker.next(false) == layout_walker::step::end);
    CHECK(walker.next(false) == layout_walker::step::end);
}

TEST_CASE("a fault says where it is and what should stand there")
{
    CHECK(fault("XX.XX").substr(0, 4) == "none");
    for (const auto& [text, position] : {std::pair{"", "0:"},
                                         {"XX ", "3:"},
                                         {"XX  XX", "3:"},
                                         {" XX", "0:"},
                                         {"XX XY", "3:"},
                                         {"XX.", "0:"},
                                         {".XX", "0:"},
                                         {"X.X.X", "0:"},
                                         {"XXXXXXXXXXXXXXXXX", "0:"},  // 17 digits
                                         {"s", "0:"},
                                         {"YYMMDDhhmmYY", "0:"},  // a part twice
                                         {"YMDh", "0:"},
                                         {"bits", "0:"},
                                         {"bits17", "0:"},
                                         {"bits2=", "0:"},
                                         {"bits2=Status", "0:"},
                                         {"bin9", "0:"},
                                         {"bin4.", "0:"},
                                         {"bin4.x", "0:"},
                                         {"ascii", "0:"},
                                         {"ascii0", "0:"},
                                         {"ascii065", "0:"},
                                         {"hex201", "0:"},
                                         {"hex", "0:"},
                                         {"di4", "0:"},
                                         {"XX[", "2:"},
                                         {"XX[]", "2:"},
                                         {"XX[kWh", "2:"},
                                         {"XX[a unit that is much too long]", "2:"},
                                         {"XX*", "3:"},
                                         {"XX*0", "3:"},
                                         {"XX*1000", "3:"},
                                         {"XX*n XX", "3:"},
                                         {"(XX*n)*2", "4:"},
                                         {"(XX", "0:"},
                                         {"XX)", "2:"},
                                         {"(XX)", "4:"},
                                         {"()*2", "1:"},
                                         {"hex* XX", "0:"},
                                         {"load*2", "0:"},
                                         {"(hex*)*2", "1:"},
                                         {"Name:XX", "0:"},
                                         {":XX", "0:"},
                                         {"a b:XX", "0:"},
                                         {"((((XX)*2)*2)*2)*2", "3:"},
                                         {"XX,XX", "0:"},
                                         {"XX]", "0:"}}) {
        const std::string layout{text};  // a binding cannot be captured
        CAPTURE(layout);
        CHECK(fault(text).substr(0, 2) == position);
        CHECK(fault(text).size() > 6);
    }
    CHECK(fault(std::string(1001, 'X')).substr(0, 2) == "0:");
    CHECK(fault("hex200*999") != "none");  // over 2000 bytes
    CHECK(fault("hex200*10") == "none");
}
