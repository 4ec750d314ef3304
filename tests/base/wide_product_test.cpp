// SPDX-License-Identifier: Apache-2.0
//
// The fallback for machines without a 128-bit integer, against the kernels used here. Its
// source is compiled into this file because this machine's library leaves it out.
#define WATTPURSE_TEST_WIDE_PRODUCT 1
#include "../../src/base/wide_product.cpp"

#include <doctest/doctest.h>

#include "random_operands.hpp"

namespace {

using namespace wattpurse;
using test::operands;
using test::random_source;

bool same(const kernel::outcome& a, const kernel::outcome& b)
{
    return a.ok == b.ok && (a.ok ? a.mantissa == b.mantissa : a.error == b.error);
}

operands draw(random_source& random, const operands& tie)
{
    switch (random.below(5)) {
        case 0: return {random.any_length(), random.any_length()};
        case 1: return {random.edge(), random.any_length()};
        case 2: return test::neighbour(random, tie, 1);
        case 3: return test::neighbour(random, tie, -1);
        default: return tie;
    }
}

template <int Places>
void compare_products(random_source& random)
{
    for (int i = 0; i < 2000; ++i) {
        const operands x = draw(random, test::tie_for_mul(random, Places));
        const auto mode = static_cast<rounding>(random.below(rounding_count));
        REQUIRE(
            same(kernel::boost_mul(x.a, x.b, Places, mode), kernel::mul<Places>(x.a, x.b, mode)));
    }
}

}  // namespace

TEST_CASE("the product over Boost equals the 128-bit product")
{
    random_source random{20260105};
    compare_products<1>(random);
    compare_products<6>(random);
    compare_products<18>(random);
    compare_products<19>(random);
    compare_products<36>(random);
}

TEST_CASE("the quotient over Boost equals the 128-bit quotient")
{
    random_source random{20260106};
    for (int i = 0; i < 20000; ++i) {
        const int places = random.between(-18, 36);
        const operands x = draw(random, test::tie_for_div(random, places));
        const auto mode = static_cast<rounding>(random.below(rounding_count));
        if (x.b != 0) {
            REQUIRE(same(kernel::boost_div(x.a, x.b, places, mode),
                         kernel::div(x.a, x.b, places, mode)));
        }
    }
}
