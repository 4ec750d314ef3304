// SPDX-License-Identifier: Apache-2.0
// The loader of tariffs against any text. What loads has passed `check`, so that it can be rated:
// the lines sum to the sum, a repeat has nothing to post, and each line can be explained.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "require.hpp"

namespace {

using namespace wattpurse;

/// Two days of hours, a purchase, a value for every attribute: something for each determinant.
tariff::consumption use_of(const tariff::tariff& by, const tariff::period& over)
{
    tariff::consumption out;
    for (int hour = 0; hour < 48; ++hour) {
        tariff::consumption_row row;
        row.from = over.from + std::chrono::hours{hour};
        row.until = row.from + std::chrono::hours{1};
        row.quantity = tariff::scalar::of(12'345 + hour * 777);
        for (const auto what : {tariff::channel::import, tariff::channel::export_,
                                tariff::channel::reactive}) {
            row.what = what;
            out.rows.push_back(row);
        }
    }
    tariff::consumption_row bought;
    bought.what = tariff::channel::purchase;
    bought.from = over.from + std::chrono::hours{3};
    bought.until = bought.from;
    bought.quantity = tariff::scalar::of(1'000'000);
    out.rows.push_back(bought);
    for (const tariff::attribute& each : by.attributes) {
        out.attributes.push_back({each.name, instant::min(), tariff::scalar::of(40'000)});
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto by = adapter::json::load_tariff(text);
    if (!by) {
        FUZZ_REQUIRE(!by.error().empty());
        for (const fault& each : by.error()) FUZZ_REQUIRE(!each.expected.empty());
        return 0;
    }
    FUZZ_REQUIRE(tariff::check(*by).empty());
    const instant day = parse_iso8601("2026-03-28T12:00:00Z").value();
    const tariff::period month = tariff::period_at(day, by->zone);
    const auto bill = tariff::rate(*by, use_of(*by, month), month);
    if (!bill) {
        FUZZ_REQUIRE(!bill.error().empty());
        return 0;
    }
    std::int64_t sum = 0;
    std::vector<tariff::booked_amount> booked;
    for (const tariff::line& each : bill->lines) {
        sum += each.amount.mantissa();
        booked.push_back({each.id, each.amount});
        FUZZ_REQUIRE(!tariff::explain(each).empty());
        FUZZ_REQUIRE(!tariff::explain(each, tariff::language::chinese).empty());
    }
    FUZZ_REQUIRE(sum == bill->sum.mantissa());
    FUZZ_REQUIRE(tariff::difference(bill->lines, booked, by->unit)->empty());
    return 0;
}
