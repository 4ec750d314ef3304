// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/determinant.hpp>

#include <algorithm>

namespace wattpurse::tariff {

result<energy> measure(const determinant& what, std::span<const band> bands,
                       const period_usage& used)
{
    energy sum{};
    for (const std::string& name : what.bands) {
        const auto found = std::find_if(bands.begin(), bands.end(),
                                        [&](const band& each) { return each.name == name; });
        if (found == bands.end() || found->register_index >= tariff_count) {
            return fail(errc::not_found);
        }
        const energy part = used.tariff[found->register_index];
        if (part.is_negative()) return fail(errc::out_of_range);
        const auto next = sum + part;
        if (!next) return fail(next.error());
        sum = *next;
    }
    return sum;
}

}  // namespace wattpurse::tariff
