// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/base/scaled_arithmetic.hpp>

// Where the compiler has a 128-bit integer the kernels in the header use that, and nothing of
// Boost is compiled; the tests define the macro to compare the two.
#if !WATTPURSE_HAS_INT128 || defined(WATTPURSE_TEST_WIDE_PRODUCT)

#include <boost/multiprecision/cpp_int.hpp>

namespace wattpurse::kernel {
namespace {

/// Checked, though nothing here exceeds 183 bits: an unchecked type would wrap in silence.
using wide = boost::multiprecision::checked_int256_t;

wide wide_power(int exponent)
{
    return boost::multiprecision::pow(wide{10}, static_cast<unsigned>(exponent));
}

outcome round_fraction(const wide& dividend, const wide& divisor, bool negative, rounding mode)
{
    wide quotient;
    wide remainder;
    boost::multiprecision::divide_qr(dividend, divisor, quotient, remainder);
    if (quotient > magnitude_max) {
        return failed(errc::overflow);
    }
    // Only on which side of the half the remainder lies matters, and whether there is one.
    const int half = wide{remainder * 2}.compare(divisor);
    const std::uint64_t quarters = remainder == 0 ? 0 : static_cast<std::uint64_t>(2 + half);
    return round_quotient(static_cast<std::uint64_t>(quotient), quarters, std::uint64_t{4},
                          negative, mode);
}

}  // namespace

outcome boost_mul(std::int64_t a, std::int64_t b, int places, rounding mode) noexcept
{
    const wide product = wide{magnitude(a)} * magnitude(b);
    return round_fraction(product, wide_power(places), (a ^ b) < 0, mode);
}

outcome boost_div(std::int64_t a, std::int64_t b, int places, rounding mode) noexcept
{
    const wide up = wide_power(places > 0 ? places : 0);
    const wide down = wide_power(places < 0 ? -places : 0);
    return round_fraction(wide{magnitude(a)} * up, wide{magnitude(b)} * down, (a ^ b) < 0, mode);
}

}  // namespace wattpurse::kernel

#endif
