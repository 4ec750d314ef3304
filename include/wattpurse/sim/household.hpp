// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/notice.hpp>

namespace wattpurse::sim {

/// When a household pays.
enum class payer : std::uint8_t {
    prompt,         ///< some hours after an alarm
    after_warning,  ///< some hours after the cut warning, mostly before the cut
    after_cut,      ///< some hours after supply was cut
    comfortable,    ///< starts with more than it will need
    never,
};

/// A household behind a meter: what it uses and when it pays, drawn from the seed alone.
class household {
public:
    /// `index` is the flat's number from 0; `days` scales the opening balance to the length of
    /// the play, so that a short one has its cuts too.
    household(std::uint64_t seed, unsigned index, payer pays, unsigned days, currency unit);

    /// kWh between `quarter` and a quarter of an hour later, were supply on.
    [[nodiscard]] energy use(instant quarter, fixed_zone zone) const;

    [[nodiscard]] payer pays() const noexcept { return pays_; }
    [[nodiscard]] const money& opening() const noexcept { return opening_; }

    /// How long after a notice the household pays, and how much; nothing when it does not react.
    struct payment {
        duration after;
        money amount;
    };
    [[nodiscard]] std::optional<payment> react(const notice& told) const;

private:
    std::uint64_t seed_;
    payer pays_;
    std::int64_t daily_;  ///< mean use of a day, 10^-4 kWh
    money opening_;
};

}  // namespace wattpurse::sim
