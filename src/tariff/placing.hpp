// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/tariff.hpp>
#include <wattpurse/tariff/units_for.hpp>

#include "course.hpp"

namespace wattpurse::tariff {

/// More energy than this is as good as any: 10^11 kWh.
inline constexpr std::int64_t quantity_max = 1'000'000'000'000'000;

/// Makes rows of a quantity that is used by a profile.
///
/// A band that has a register is used at `profile.at`, one by the clock when it next holds, each in
/// a row of a millisecond; a purchase is made at `profile.at`. Only where tiers fill in the order
/// of time does it matter that steps come in turn: then a new millisecond begins with each tier.
class placing {
public:
    placing(const tariff& by, const consumption& used, const period& over,
            const band_profile& profile)
        : by_{by}, over_{over}, profile_{profile}, with_{used}, rows_before_{used.rows.size()}
    {
    }

    /// Faults of the profile. Afterwards the others may be called.
    std::vector<fault> begin();

    /// What was used, and `quantity` (10^-4) more.
    const consumption& with(std::int64_t quantity);

    /// So many rows hold it.
    [[nodiscard]] std::size_t rows() const noexcept { return with_.rows.size() - rows_before_; }
    [[nodiscard]] const addition& kind() const noexcept { return kind_; }
    /// The quantity of one turn of the profile; at most the most there is.
    [[nodiscard]] std::int64_t cycle() const noexcept;

private:
    struct place {
        instant at;
        std::int8_t register_index = no_index;

        friend bool operator==(const place&, const place&) = default;
    };

    void note(std::string path, std::string value, std::string expected)
    {
        faults_.push_back({std::move(path), std::move(value), std::move(expected)});
    }

    [[nodiscard]] const band* find_band(const std::string& name) const;
    void check_steps();
    void place_steps();
    [[nodiscard]] std::optional<place> place_of(const band* in);
    void find_tiers();
    void check_room();
    [[nodiscard]] std::int64_t upto(std::size_t index, std::int64_t quantity) const;
    void add_rows(std::int64_t from, std::int64_t until, duration later);

    const tariff& by_;
    const period& over_;
    const band_profile& profile_;
    consumption with_;
    std::size_t rows_before_;
    std::vector<place> places_;               ///< all there are, each once
    std::vector<std::size_t> place_of_step_;  ///< by the profile's steps
    std::vector<std::int64_t> tier_ends_;     ///< at which a new millisecond begins
    std::int64_t cycle_ = 0;
    addition kind_;
    std::vector<fault> faults_;
};

}  // namespace wattpurse::tariff
