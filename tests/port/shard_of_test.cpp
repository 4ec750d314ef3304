// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/port/shard_of.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace wattpurse;
using port::shard_of;

namespace {

account_id numbered(int i)
{
    const std::string digits = std::to_string(1'000'000 + i);
    return *account_id::parse("F" + digits.substr(1));
}

}  // namespace

TEST_CASE("accounts go where they went when the first books were split")
{
    // Computed by a program of its own (Python), by the description in the header.
    struct vector {
        const char* account;
        std::array<std::uint32_t, 5> shards;  // of 2, 7, 64, 1024 and 4294967295
    };
    const std::array vectors{
        vector{"F01", {0, 5, 5, 376, 1359611056}},
        vector{"F02", {0, 6, 61, 364, 1616872738}},
        vector{"F07", {1, 3, 7, 439, 3756658909U}},
        vector{"house.payments", {0, 2, 2, 531, 1233170190}},
        vector{"C0000000000000000000001", {1, 1, 7, 243, 3956874742U}},
        vector{"a", {1, 2, 31, 163, 2664725428U}},
        vector{"~", {0, 3, 53, 210, 2085732978}},
    };
    for (const vector& each : vectors) {
        const account_id account = *account_id::parse(each.account);
        CAPTURE(each.account);
        CHECK(shard_of(account, 1) == 0);
        CHECK(shard_of(account, 2) == each.shards[0]);
        CHECK(shard_of(account, 7) == each.shards[1]);
        CHECK(shard_of(account, 64) == each.shards[2]);
        CHECK(shard_of(account, 1024) == each.shards[3]);
        CHECK(shard_of(account, 4294967295U) == each.shards[4]);
    }
    static_assert(shard_of(account_id{}, 1) == 0);
}

TEST_CASE("shards get about the same number of accounts")
{
    std::vector<int> counts(16);
    for (int i = 0; i < 16'000; ++i) {
        ++counts[shard_of(numbered(i), 16)];
    }
    CHECK(*std::min_element(counts.begin(), counts.end()) > 850);
    CHECK(*std::max_element(counts.begin(), counts.end()) < 1150);
}

TEST_CASE("with one shard more, accounts move to the new one only")
{
    for (std::uint32_t count = 1; count < 40; ++count) {
        int moved = 0;
        for (int i = 0; i < 1'000; ++i) {
            const std::uint32_t before = shard_of(numbered(i), count);
            const std::uint32_t after = shard_of(numbered(i), count + 1);
            CHECK((after == before || after == count));
            moved += after == before ? 0 : 1;
        }
        CHECK(moved < static_cast<int>(1'300 / (count + 1)) + 30);
    }
}
