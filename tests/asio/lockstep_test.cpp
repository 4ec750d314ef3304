// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include <wattpurse/adapter/asio/lockstep.hpp>

using namespace wattpurse;
using namespace wattpurse::adapter::asio;
using topic = lockstep_message::topic;

namespace {

void check_round_trip(const lockstep_message& message)
{
    const std::string line = write_lockstep(message);
    REQUIRE(line.back() == '\n');
    CHECK(line.find('\n') + 1 == line.size());
    const auto read = read_lockstep(std::string_view{line}.substr(0, line.size() - 1));
    REQUIRE(read);
    CHECK(read->what == message.what);
    CHECK(read->at == message.at);
    CHECK(read->counts == message.counts);
}

}  // namespace

TEST_CASE("what one side of the lock-step writes the other reads")
{
    const instant noon = parse_iso8601("2026-01-05T12:00:00.250+08:00").value();
    check_round_trip({topic::hello, {}, {}});
    check_round_trip({topic::done, {}, {}});
    check_round_trip({topic::wait, noon, {}});
    check_round_trip({topic::wait, noon, {0, 1, 18'446'744'073'709}});
    check_round_trip({topic::now, noon, {7}});
    check_round_trip({topic::now, instant{}, {0, 0, 0}});
    check_round_trip({topic::wait, instant::max(), {1}});
}

TEST_CASE("the lines of the lock-step are plain text")
{
    CHECK(write_lockstep({topic::hello, {}, {}}) == "hello\n");
    CHECK(write_lockstep({topic::wait, instant{duration{1'500}}, {3, 0, 12}}) ==
          "wait 1500 3 0 12\n");
    CHECK(write_lockstep({topic::now, instant{duration{1'501}}, {}}) == "now 1501\n");
}

TEST_CASE("a line that is not of the lock-step is a syntax error")
{
    for (const auto* line :
         {"", " ", "helo", "hello 1", "done 0", "wait", "now", "now ", "wait x", "wait 1x",
          "wait 1  2", "wait 1 ", "wait -1", "wait 1 -2", "wait 1.5", "wait 0x10", "now 1\t2",
          "wait 99999999999999999999", "now 1 2 three", "wait1", "HELLO", "now 1\r"}) {
        CAPTURE(line);
        const auto read = read_lockstep(line);
        REQUIRE(!read);
        CHECK(read.error() == errc::syntax);
    }
}
