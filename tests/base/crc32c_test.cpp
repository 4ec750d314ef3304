// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/crc32c.hpp>

using wattpurse::crc32c;

namespace {

std::vector<std::uint8_t> bytes_of(std::string_view text)
{
    return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("CRC-32C says what RFC 3720 says, appendix B.4")
{
    std::array<std::uint8_t, 32> bytes{};
    CHECK(crc32c(bytes) == 0x8A91'36AA);
    bytes.fill(0xFF);
    CHECK(crc32c(bytes) == 0x62A8'AB43);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    CHECK(crc32c(bytes) == 0x46DD'794E);
    std::iota(bytes.rbegin(), bytes.rend(), std::uint8_t{0});
    CHECK(crc32c(bytes) == 0x113F'DB5C);
}

TEST_CASE("CRC-32C of any length goes on where four bytes at a time end")
{
    CHECK(crc32c({}) == 0);
    CHECK(crc32c(bytes_of("123456789")) == 0xE306'9283);
    CHECK(crc32c(bytes_of("a")) == 0xC1D0'4330);
    static_assert(crc32c(std::array<std::uint8_t, 1>{'a'}) == 0xC1D0'4330);
}
