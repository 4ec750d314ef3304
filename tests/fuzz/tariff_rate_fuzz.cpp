// SPDX-License-Identifier: Apache-2.0
// Random valid tariffs and random use against the reference of tests/tariff/reference, which is
// written from the definitions in rationals: the input is the seed that both are drawn from.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "require.hpp"
#include "tariff/reference/random_use.hpp"
#include "tariff/reference/rate.hpp"

namespace {

namespace tf = wattpurse::tariff;
namespace ref = wattpurse::tariff::reference;

std::optional<ref::bill> by_reference(const ref::random_case& drawn)
{
    try {
        return ref::rate(drawn.by, drawn.used, drawn.over, drawn.over.until);
    } catch (const ref::refused&) {
        return std::nullopt;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t seed = 0xCBF2'9CE4'8422'2325U;  // FNV-1a over the input
    for (std::size_t i = 0; i < size; ++i) seed = (seed ^ data[i]) * 0x100'0000'01B3U;
    const ref::random_case drawn = ref::draw_case(seed);
    FUZZ_REQUIRE(tf::check(drawn.by).empty());
    const auto got = tf::rate(drawn.by, drawn.used, drawn.over);
    const auto wanted = by_reference(drawn);
    FUZZ_REQUIRE(got.has_value() == wanted.has_value());
    if (!got) return 0;
    std::map<std::string, ref::exact> amounts;
    for (const tf::line& each : got->lines) {
        amounts[std::string{each.id.view()}] = ref::of(each.amount.amount());
    }
    for (const auto& [id, line] : wanted->lines) FUZZ_REQUIRE(amounts[id] == line.amount);
    FUZZ_REQUIRE(ref::of(got->sum.amount()) == wanted->sum);
    return 0;
}
