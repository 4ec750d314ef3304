// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/usage/day_block.hpp>

/// Readings of a day, for the tests of day blocks: of meters as they are, and of none that ever
/// was. Drawn in whole numbers, alike on every machine.
namespace wattpurse::usage::day_readings {

/// splitmix64
struct dice {
    std::uint64_t state;
    std::uint64_t operator()()
    {
        state += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    std::int64_t below(std::int64_t limit)
    {
        return static_cast<std::int64_t>((*this)() % static_cast<std::uint64_t>(limit));
    }
    /// About normal, within 3 * `spread` of zero.
    std::int64_t around(std::int64_t spread)
    {
        std::int64_t sum = 0;
        for (int i = 0; i < 12; ++i) sum += below(1001) - 500;
        return sum * spread / 1000;
    }
};

enum class customer { residential, commercial, industrial, vacant };

/// Energy of a quarter of an hour, in 0.0001 kWh: 8 kWh a day, 120 kWh, 5 MWh, next to nothing.
class load {
public:
    load(customer kind, std::uint64_t seed) : kind_{kind}, draw_{seed} {}

    std::int64_t quarter(int number)
    {
        switch (kind_) {
            case customer::residential: return residential(number / 4);
            case customer::commercial: {
                const std::int64_t mean = number >= 32 && number < 84 ? 20'400 : 3'200;
                return mean + draw_.around(mean / 20);
            }
            case customer::industrial:
                slow_ += draw_.around(9'000) + (521'000 - slow_) / 20;
                return slow_ + draw_.around(10'000);
            case customer::vacant: return draw_.below(100) == 0 ? 100 : 0;
        }
        return 0;
    }

private:
    /// A refrigerator, what is always on, and appliances for up to an hour.
    std::int64_t residential(int hour)
    {
        constexpr std::array<std::int64_t, 24> share{20, 18, 16, 16, 16, 20, 36, 48,
                                                     44, 36, 34, 40, 52, 44, 36, 34,
                                                     38, 54, 78, 88, 84, 70, 46, 32};
        const std::int64_t usual = share[static_cast<std::size_t>(hour)];
        if (left_ > 0) {
            --left_;
        } else {
            appliance_ = 0;
            if (draw_.below(1000) < usual) {
                left_ = draw_.below(4);
                appliance_ = 1'000 + draw_.below(3'000);
            }
        }
        const std::int64_t lights = usual * 7 + draw_.around(usual * 3);
        return 250 + draw_.below(2) * 150 + (lights > 0 ? lights : 0) + appliance_;
    }

    customer kind_;
    dice draw_;
    std::int64_t slow_ = 521'000;
    std::int64_t appliance_ = 0;
    std::int64_t left_ = 0;
};

/// Tariff register of an hour: sharp, peak, flat, valley, as in Zhejiang.
constexpr std::array<std::size_t, 24> register_of_hour{3, 3, 3, 3, 3, 3, 3, 3, 1, 0, 0, 3,
                                                       3, 1, 1, 0, 0, 1, 1, 1, 1, 1, 3, 3};

/// How a meter and its poll go about it.
struct manner {
    std::int64_t shown = 100;      ///< step of the registers, 0.0001 kWh
    bool total_apart = false;      ///< the total is cut off by itself, not the sum of T1 to T4
    std::int64_t late_odd = 20;    ///< one in so many is recorded a second later
};

inline meter_day flat_day(std::uint64_t seed)
{
    const std::string number = std::to_string(100'000 + seed % 900'000);
    return {*meter_id::parse("310001" + number), *account_id::parse("A" + number),
            local_day{20'454 + static_cast<std::int32_t>(seed % 365), china_zone}};
}

/// The quarter-hours of a day.
inline std::vector<reading> quarters(const meter_day& of, customer kind, std::uint64_t seed,
                                     const manner& how = {})
{
    dice draw{seed};
    load uses{kind, draw()};
    std::array<std::int64_t, tariff_count> exact{};
    std::int64_t total = 0;
    for (std::int64_t& each : exact) {
        each = 1'000'000 + draw.below(50'000'000);
        total += each;
    }
    std::vector<reading> out;
    for (int i = 0; i < 96; ++i) {
        reading row{of.account, of.meter, of.day.from() + i * std::chrono::minutes{15}, {}, {},
                    reading_source::poll, quality::good};
        row.recorded_at = row.effective_at + std::chrono::seconds{4};
        if (draw.below(how.late_odd) == 0) row.recorded_at += std::chrono::seconds{1};
        std::int64_t sum = 0;
        for (std::size_t r = 0; r < exact.size(); ++r) {
            const std::int64_t shown = exact[r] / how.shown * how.shown;
            row.registers.tariff[r] = energy::of(shown);
            sum += shown;
        }
        row.registers.total = energy::of(how.total_apart ? total / how.shown * how.shown : sum);
        out.push_back(row);
        const std::int64_t used = uses.quarter(i);
        exact[register_of_hour[static_cast<std::size_t>(i / 4)]] += used;
        total += used;
    }
    return out;
}

}  // namespace wattpurse::usage::day_readings
