// SPDX-License-Identifier: Apache-2.0
#if __has_include(<fmt/format.h>)
#define FMT_HEADER_ONLY 1

#include <doctest/doctest.h>

#include <wattpurse/base/decimal_fmt.hpp>

TEST_CASE("fmt writes decimals and quantities with all their places")
{
    using namespace wattpurse;
    CHECK(fmt::format("{}", decimal<4>::of(-500)) == "-0.0500");
    CHECK(fmt::format("{:>10}|{:<9}|", decimal<2>::of(123), energy::of(12345)) ==
          "      1.23|1.2345   |");
    CHECK(fmt::format("{} kWh", energy::of(1)) == "0.0001 kWh");
}

#endif
