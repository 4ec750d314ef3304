// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::sim {

/// Tariffs that a simulated meter can have.
inline constexpr std::size_t tariffs_max = 8;

/// A price table of the meter (一套电价): tariff prices and a ladder added to them.
struct price_table {
    /// Of tariff 1.., in 10^-4 yuan per kWh (NNNN.NNNN).
    std::array<std::int64_t, tariffs_max> tariff{};
    /// Where the steps end (阶梯值), hundredths of a kWh within the settlement month, rising;
    /// as many as there are steps.
    std::vector<std::int64_t> step_ends;
    /// What each step adds to the tariff price (阶梯电价), 10^-4 yuan per kWh: one more than
    /// `step_ends`, or none at all.
    std::vector<std::int64_t> step_prices;
};

/// What a purse is set to when the meter is made; money in hundredths, as the meter shows it.
struct purse_settings {
    price_table prices;
    std::int64_t money_cents = 0;        ///< remaining at the beginning
    std::int64_t alarm_1_cents = 3000;   ///< 报警金额1限值
    std::int64_t alarm_2_cents = 1000;   ///< 报警金额2限值
    std::int64_t overdraft_cents = 0;    ///< 透支金额限值
    std::int64_t hoarding_cents = 0;     ///< 囤积金额限值; 0 is no limit
    std::int64_t permit_cents = 0;       ///< 合闸允许金额限值: reconnection needs more than this
    std::uint32_t purchase_count = 0;    ///< 购电次数
};

/// The purse inside a meter under local fee control (本地费控): money goes in by top-ups that
/// count, and out with every hundredth of a kWh, at the price of its tariff and step.
///
/// Money is counted in 10^-6 yuan: a hundredth of a kWh at a price of four places is exact in
/// it. What the meter shows is cut to hundredths; below zero it shows no remaining money but an
/// overdraft.
class local_purse {
public:
    /// Why a top-up was refused. Names after the security error word.
    enum class refusal : std::uint8_t { repeated, wrong_count, hoarding, overflow };
    /// One purchase, as the meter records it (03330101..0A).
    struct purchase {
        instant at;
        std::uint32_t count = 0;
        std::int64_t amount_cents = 0;
        std::int64_t before_cents = 0;  ///< remaining money, 0 while overdrawn
        std::int64_t after_cents = 0;
        std::int64_t total_cents = 0;   ///< of all purchases
    };
    static constexpr std::size_t purchases_kept = 10;

    explicit local_purse(const purse_settings& settings);

    /// Takes money in, once for each count: `count` has to be the one after the last.
    /// `repeated` where it is the last, so that a repeat does no harm.
    [[nodiscard]] result<void, refusal> top_up(std::int64_t cents, std::uint32_t count, instant at);
    /// Sets money and count anew (钱包初始化); purchases so far are forgotten.
    void initialise(std::int64_t cents, std::uint32_t count);
    /// Takes money back (退费); `out_of_range` where there is not as much.
    [[nodiscard]] result<void> refund(std::int64_t cents, std::uint32_t count);

    /// The fault of a real meter: money comes in, and the count stays as it was.
    void add_without_count(std::int64_t cents) noexcept;

    /// Charges energy of `tariff` (0 is T1), in hundredths of a kWh.
    void charge(std::size_t tariff, std::int64_t hundredths, const price_table& prices);
    /// A settlement month begins: the ladder starts at its first step.
    void new_month() noexcept { month_use_ = 0; }

    /// 10^-6 yuan; negative is an overdraft.
    [[nodiscard]] std::int64_t micros() const noexcept { return micros_; }
    /// As shown: 00900200 and 00900201.
    [[nodiscard]] std::int64_t remaining_cents() const noexcept;
    [[nodiscard]] std::int64_t overdraft_cents() const noexcept;
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] std::int64_t total_cents() const noexcept { return total_cents_; }
    /// Use since the settlement month began, hundredths of a kWh.
    [[nodiscard]] std::int64_t month_use() const noexcept { return month_use_; }
    /// The latest ten, newest first.
    [[nodiscard]] const std::deque<purchase>& purchases() const noexcept { return purchases_; }

    /// Limits as they are now; parameters of the meter write them.
    purse_settings limits;

private:
    std::int64_t micros_;
    std::uint32_t count_;
    std::int64_t total_cents_ = 0;
    std::int64_t month_use_ = 0;
    std::deque<purchase> purchases_;
};

/// The step that the next hundredth of a kWh falls into, from 0; 0 without a ladder.
[[nodiscard]] std::size_t step_of(const price_table& prices, std::int64_t month_use) noexcept;
/// What it costs to use more, 10^-4 yuan per kWh: the tariff's price and the step's.
[[nodiscard]] std::int64_t price_now(const price_table& prices, std::size_t tariff,
                                     std::int64_t month_use) noexcept;

}  // namespace wattpurse::sim
