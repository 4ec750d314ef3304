// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a block of a meter's day, as they are and under a right checksum: what opens
// is what sealing its readings gives, and a block without one of them is another one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/base/crc32c.hpp>
#include <wattpurse/usage/day_block.hpp>

#include "require.hpp"

namespace {

using namespace wattpurse;

void check(byte_span bytes)
{
    const auto block = usage::open(bytes);
    if (!block) {
        FUZZ_REQUIRE(block.error().path.starts_with("byte "));
        return;
    }
    const auto again = usage::seal(block->of, block->revision, block->readings);
    FUZZ_REQUIRE(again.has_value());
    FUZZ_REQUIRE(std::equal(bytes.begin(), bytes.end(), again->begin(), again->end()));
    if (block->readings.size() < 2 || block->revision == 0xFFFF'FFFFU) return;

    usage::day_block less = *block;
    const reading last = less.readings.back();
    less.readings.pop_back();
    const auto back = usage::revise(less, {&last, 1});
    FUZZ_REQUIRE(back.has_value() && back->added == 1 && back->replaced == 0);
    FUZZ_REQUIRE(back->block.readings.size() == block->readings.size());
    const auto next = usage::open(back->bytes);
    FUZZ_REQUIRE(next.has_value() && next->revision > block->revision);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    check({data, size});
    std::vector<std::uint8_t> bytes(3 + size + 4);
    constexpr std::uint8_t mark[]{0x57, 0x44, 0x01};
    std::copy(std::begin(mark), std::end(mark), bytes.begin());
    std::copy_n(data, size, bytes.begin() + 3);
    const std::uint32_t checksum = crc32c(byte_span{bytes}.first(3 + size));
    for (unsigned i = 0; i < 4; ++i) {
        bytes[3 + size + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
    }
    check(bytes);
    return 0;
}
