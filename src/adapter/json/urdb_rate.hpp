// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/scalar.hpp>

#include "reader.hpp"

/// A URDB rate as it is read, before it is a tariff.
namespace wattpurse::adapter::json::urdb {

inline constexpr std::size_t month_count = 12;

struct tier {
    std::optional<tariff::scalar> max;
    std::string unit = "kwh";   ///< of max, a `unit_key`
    tariff::unit_price price;   ///< rate and adjustment
    std::optional<tariff::unit_price> sell;
};
using tiers = std::vector<tier>;

using hours = std::array<std::size_t, 24>;
/// Which period holds in each hour of each month.
struct schedule {
    std::array<hours, month_count> weekday{};
    std::array<hours, month_count> weekend{};
};

/// A structure with its schedule; without periods where the rate has none.
struct structure {
    std::vector<tiers> periods;
    schedule when;
};

/// "kwhdaily", "kwh/kw", "$/month": capitals and blanks of a unit do not matter.
[[nodiscard]] std::string unit_key(std::string_view unit);

/// The number of a JSON text without exponent: "1.5e-3" is "0.0015". `std::nullopt` where it is
/// longer than a number of ours can be.
[[nodiscard]] std::optional<std::string> plain_number(std::string_view json);

/// The members of a rate. Keys are compared without regard to capitals, as the versions of the
/// interface differ in them; `null` is as absent.
class rate_reader {
public:
    rate_reader(const node& rate, std::string path, std::vector<fault>& faults,
                std::vector<std::string>& notes)
        : rate_{rate}, path_{std::move(path)}, faults_{faults}, notes_{notes}
    {
    }

    [[nodiscard]] const node* find(std::string_view key);
    [[nodiscard]] std::string text(std::string_view key);
    /// A price or an amount; absent is `std::nullopt`.
    [[nodiscard]] std::optional<tariff::unit_price> number(std::string_view key);
    /// Twelve numbers, or empty.
    [[nodiscard]] std::vector<tariff::unit_price> monthly(std::string_view key);
    /// Twelve indices of periods, all 0 where absent.
    [[nodiscard]] std::array<std::size_t, month_count> monthly_periods(std::string_view key,
                                                                       std::size_t periods);
    [[nodiscard]] std::vector<tiers> periods(std::string_view key);
    [[nodiscard]] structure timed(std::string_view structure_key, std::string_view weekday_key,
                                  std::string_view weekend_key);

    /// Tells of keys that mean money and are not carried, and of those nobody knows.
    void note_the_rest();

    /// The same is said once.
    void note(std::string what);
    void note_at(std::string_view where, const std::string& what)
    {
        note(path_ + '/' + std::string{where} + ": " + what);
    }
    void fail(std::string_view where, const node* value, std::string expected);

private:
    [[nodiscard]] std::optional<tariff::unit_price> price(const node& value,
                                                          const std::string& where);
    [[nodiscard]] tier read_tier(const node& value, const std::string& where);
    [[nodiscard]] bool read_hours(std::string_view key, std::size_t periods,
                                  std::array<hours, month_count>& to);
    [[nodiscard]] std::size_t index(const node& value, const std::string& where,
                                    std::size_t periods);

    const node& rate_;
    std::string path_;
    std::vector<fault>& faults_;
    std::vector<std::string>& notes_;
    std::vector<std::string> asked_;
};

}  // namespace wattpurse::adapter::json::urdb
