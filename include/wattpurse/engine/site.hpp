// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/meter/driver.hpp>
#include <wattpurse/meter/profile.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/service.hpp>

namespace wattpurse::engine {

/// A purse as it is when the house takes it over.
struct opening_account {
    account_id account;
    money balance;  ///< brought in; may be negative
};

/// What one engine (one shard) looks after: who lives there, which meter stands on which line.
struct site {
    currency unit{"CNY"};
    fixed_zone zone = china_zone;
    instant opened_at;                      ///< the moment the books begin
    /// The books end here, at a local midnight: the last bill is closed then, wherever the month
    /// stands. Not set while the house goes on.
    std::optional<instant> closes_at;
    std::vector<bus_id> buses;              ///< lines, by index
    std::vector<opening_account> accounts;
    std::vector<service> services;          ///< at `opened_at`; later exchanges are in the store
    meter::profile profile = meter::single_phase_prepaid;
    std::optional<meter::credentials> credentials;  ///< for relay commands; needed to start
    duration read_every = std::chrono::hours{1};  ///< reading rounds; must divide a day
};

/// The engine books at whole multiples of this, so that the order of arrival within it does not
/// matter and a restart within it changes nothing.
inline constexpr duration booking_tick = std::chrono::minutes{1};

/// Clocks are set at this local time every day: far from midnight, where freezes are made.
inline constexpr duration broadcast_hour = std::chrono::hours{3};

/// House accounts, the other side of customers' postings.
namespace house {
inline constexpr std::string_view energy = "house:revenue.energy";      ///< by kWh or kvarh
inline constexpr std::string_view demand = "house:revenue.demand";      ///< by kW or kVA
inline constexpr std::string_view standing = "house:revenue.standing";  ///< by the day or month
/// What is none of these: shares of other lines, minimum charges, other quantities.
inline constexpr std::string_view other = "house:revenue.other";
inline constexpr std::string_view tax = "house:tax";  ///< lines tagged "tax": owed to the state
inline constexpr std::string_view rounding = "house:rounding";      ///< whole fen
inline constexpr std::string_view payments = "house:payments";      ///< money received
inline constexpr std::string_view openings = "house:openings";      ///< balances brought in
inline constexpr std::string_view suspense = "house:suspense";      ///< payments for nobody known
}  // namespace house

[[nodiscard]] account_id house_account(std::string_view name);
/// Customers' accounts are all that do not begin with "house:".
[[nodiscard]] bool is_customer(const account_id& account);

}  // namespace wattpurse::engine
