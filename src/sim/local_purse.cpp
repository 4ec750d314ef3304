// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/local_purse.hpp>

#include <algorithm>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::sim {

namespace {

constexpr std::int64_t micros_of_cent = 10'000;
/// XXXXXX.XX, four bytes of BCD.
constexpr std::int64_t shown_cents_max = 99'999'999;

}  // namespace

std::size_t step_of(const price_table& prices, std::int64_t month_use) noexcept
{
    std::size_t step = 0;
    while (step < prices.step_ends.size() && month_use >= prices.step_ends[step]) ++step;
    return step;
}

std::int64_t price_now(const price_table& prices, std::size_t tariff,
                       std::int64_t month_use) noexcept
{
    const std::size_t step = step_of(prices, month_use);
    const std::int64_t added = step < prices.step_prices.size() ? prices.step_prices[step] : 0;
    return prices.tariff[tariff] + added;
}

local_purse::local_purse(const purse_settings& settings)
    : limits(settings),
      micros_(settings.money_cents * micros_of_cent),
      count_(settings.purchase_count),
      total_cents_(settings.money_cents)
{
}

result<void, local_purse::refusal> local_purse::top_up(std::int64_t cents, std::uint32_t count,
                                                       instant at)
{
    using no = tl::unexpected<refusal>;
    if (count == count_) return no{refusal::repeated};
    if (count != count_ + 1) return no{refusal::wrong_count};
    const std::int64_t after = micros_ + cents * micros_of_cent;
    const std::int64_t hoard = limits.hoarding_cents;
    if (cents < 0 || after > shown_cents_max * micros_of_cent) return no{refusal::overflow};
    if (hoard != 0 && after > hoard * micros_of_cent) return no{refusal::hoarding};
    purchase record{at, count, cents, remaining_cents(), 0, total_cents_ + cents};
    micros_ = after;
    count_ = count;
    total_cents_ += cents;
    record.after_cents = remaining_cents();
    purchases_.push_front(record);
    if (purchases_.size() > purchases_kept) purchases_.pop_back();
    return {};
}

void local_purse::initialise(std::int64_t cents, std::uint32_t count)
{
    micros_ = cents * micros_of_cent;
    count_ = count;
    total_cents_ = cents;
    purchases_.clear();
}

result<void> local_purse::refund(std::int64_t cents, std::uint32_t count)
{
    if (cents < 0 || cents > remaining_cents()) return fail(errc::out_of_range);
    if (count != count_ + 1) return fail(errc::already_exists);
    micros_ -= cents * micros_of_cent;
    count_ = count;
    return {};
}

void local_purse::add_without_count(std::int64_t cents) noexcept
{
    micros_ += cents * micros_of_cent;
    total_cents_ += cents;
}

void local_purse::charge(std::size_t tariff, std::int64_t hundredths, const price_table& prices)
{
    WATTPURSE_ASSERT(tariff < tariffs_max && hundredths >= 0);
    while (hundredths > 0) {
        const std::size_t step = step_of(prices, month_use_);
        const std::int64_t left = step < prices.step_ends.size()
                                      ? prices.step_ends[step] - month_use_
                                      : hundredths;
        const std::int64_t part = std::min(left, hundredths);
        micros_ -= part * price_now(prices, tariff, month_use_);
        month_use_ += part;
        hundredths -= part;
    }
}

std::int64_t local_purse::remaining_cents() const noexcept
{
    return std::max<std::int64_t>(micros_, 0) / micros_of_cent;
}

std::int64_t local_purse::overdraft_cents() const noexcept
{
    return std::max<std::int64_t>(-micros_, 0) / micros_of_cent;
}

}  // namespace wattpurse::sim
