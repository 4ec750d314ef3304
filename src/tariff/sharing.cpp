// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/sharing.hpp>

#include <algorithm>

#include <wattpurse/base/allocate.hpp>

namespace wattpurse::tariff {

namespace {

std::vector<std::int64_t> weights_of(std::span<const sharing_member> members, sharing_key by)
{
    std::vector<std::int64_t> out;
    for (const sharing_member& each : members) {
        switch (by) {
            case sharing_key::energy: out.push_back(each.energy.mantissa()); break;
            case sharing_key::area: out.push_back(each.area.mantissa()); break;
            case sharing_key::equally: out.push_back(1); break;
        }
    }
    const bool nothing = std::all_of(out.begin(), out.end(),
                                     [](std::int64_t each) { return each == 0; });
    if (by == sharing_key::energy && nothing) std::fill(out.begin(), out.end(), 1);
    return out;
}

}  // namespace

result<std::vector<scalar>> share(scalar total, std::span<const sharing_member> members,
                                  sharing_key by)
{
    const auto weights = weights_of(members, by);
    std::vector<std::int64_t> parts(weights.size());
    const auto done = allocate(total.mantissa(), weights, parts);
    if (!done) return fail(done.error());
    std::vector<scalar> out;
    for (const std::int64_t each : parts) out.push_back(scalar::of(each));
    return out;
}

result<std::vector<money>> share(money total, std::span<const sharing_member> members,
                                 sharing_key by)
{
    const auto weights = weights_of(members, by);
    std::vector<money> out(weights.size());
    const auto done = allocate(total, weights, out);
    if (!done) return fail(done.error());
    return out;
}

result<scalar> common_energy(scalar main, std::span<const sharing_member> members)
{
    scalar left = main;
    for (const sharing_member& each : members) {
        const auto next = left - each.energy;
        if (!next) return fail(next.error());
        left = *next;
    }
    if (left.is_negative()) return fail(errc::out_of_range);
    return left;
}

result<std::vector<money>> refunds(money cost, std::span<const money> paid)
{
    money collected{{}, cost.unit()};
    std::vector<std::int64_t> weights;
    for (const money& each : paid) {
        if (each.is_negative()) return fail(errc::out_of_range);
        const auto next = collected + each;
        if (!next) return fail(next.error());
        collected = *next;
        weights.push_back(each.mantissa());
    }
    const auto excess = collected - cost;
    if (!excess) return fail(excess.error());
    std::vector<money> out(paid.size(), money{{}, cost.unit()});
    if (out.empty()) return fail(errc::empty);
    if (excess->is_negative() || excess->is_zero()) return out;
    const auto done = allocate(*excess, weights, out);
    if (!done) return fail(done.error());
    return out;
}

std::string_view to_string(sharing_key value) noexcept
{
    switch (value) {
        case sharing_key::energy: return "energy";
        case sharing_key::area: return "area";
        case sharing_key::equally: return "equally";
    }
    return "unknown";
}

}  // namespace wattpurse::tariff
