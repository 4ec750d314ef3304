// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/household.hpp>

#include <array>
#include <chrono>

#include <wattpurse/sim/draw.hpp>

namespace wattpurse::sim {

namespace {

using std::chrono::minutes;

/// Share of a day's use in each hour, in thousandths: a small evening and morning peak.
constexpr std::array<std::int64_t, 24> hour_share{20, 18, 16, 16, 16, 20, 36, 48, 44, 36, 34, 40,
                                                  52, 44, 36, 34, 38, 54, 78, 88, 84, 70, 46, 32};

/// About what a day costs at Zhejiang prices, in 10^-6 yuan per 10^-4 kWh: 0.48 yuan per kWh.
constexpr std::int64_t cost_estimate = 48;
constexpr std::int64_t yuan = 1'000'000;

/// Share of the expected cost that a household has at the beginning, in hundredths.
std::int64_t opening_share(payer pays)
{
    switch (pays) {
        case payer::prompt: return 45;
        case payer::after_warning: return 30;
        case payer::after_cut: return 25;
        case payer::comfortable: return 180;
        case payer::never: return 60;
    }
    return 100;
}

}  // namespace

household::household(std::uint64_t seed, unsigned index, payer pays, unsigned days, currency unit)
    : seed_(draw({seed, 0x686F757365U, index})),
      pays_(pays),
      // 4 to 16 kWh a day, so that a month ends in every tier.
      daily_(40'000 + static_cast<std::int64_t>(draw({seed_, 1}) % 120'001)),
      opening_(decimal<6>{}, unit)
{
    const std::int64_t expected = daily_ * cost_estimate * static_cast<std::int64_t>(days);
    const std::int64_t spread = 80 + static_cast<std::int64_t>(draw({seed_, 2}) % 41);
    const std::int64_t share = expected / 10'000 * opening_share(pays) * spread;
    opening_ = money{decimal<6>::of(share / yuan * yuan), unit};  // whole yuan
}

energy household::use(instant quarter, fixed_zone zone) const
{
    const auto hour = to_civil(quarter, zone).hour;
    const auto slot = static_cast<std::uint64_t>(quarter.time_since_epoch().count());
    const auto luck = static_cast<std::int64_t>(500 + draw({seed_, 3, slot}) % 1001);
    return energy::of(daily_ * hour_share[hour] * luck / 1000 / 1000 / 4);
}

std::optional<household::payment> household::react(const notice& told) const
{
    const auto luck = draw({seed_, 4, number_of(told.key)});
    const auto hours = [&](std::uint64_t from, std::uint64_t span) {
        return duration{minutes{from * 60 + luck % (span * 60)}};
    };
    std::optional<duration> after;
    switch (pays_) {
        case payer::prompt:
            if (told.kind == notice_kind::alarm_2) after = hours(2, 8);
            break;
        case payer::after_warning:
            if (told.kind == notice_kind::cut_warning) after = hours(4, 12);
            break;
        case payer::after_cut:
            if (told.kind == notice_kind::cut) after = hours(1, 20);
            break;
        case payer::comfortable:
        case payer::never: break;
    }
    if (!after) return std::nullopt;
    const auto tens = static_cast<std::int64_t>(5 + (luck >> 32U) % 6);
    return payment{*after, money{decimal<6>::of(tens * 10 * yuan), opening_.unit()}};
}

}  // namespace wattpurse::sim
