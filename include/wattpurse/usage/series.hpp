// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/event.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/usage/difference.hpp>

namespace wattpurse::usage {

/// The readings of one account in one billing period, over all meters that served it.
///
/// What it says (`used`, qualities, `last_good`) depends on the set of readings it holds, not on
/// the order in which they came in: readings are folded in the order of the moments they speak
/// of, meter by meter. The first accepted reading of a meter is its base; each later one is
/// compared with the last that was accepted, so that a reading which went back, or jumped, is
/// set aside and the next is judged as if it had never been. A meter that was taken out
/// (`exchange_final`) is not charged beyond that; one put in (`exchange_first`) begins anew.
///
/// Of several readings of one meter and moment the most trusted one counts: `exchange_first`,
/// `exchange_final`, daily freeze, poll. What was frozen at a boundary is exact, while a poll
/// of that moment may be some seconds late; it stays good where it agrees, and adds nothing, so
/// that two periods which meet there share neither a gap nor a kilowatt-hour.
class series {
public:
    /// Readings within [from, until] belong here; without `until` the period is still open.
    /// An account's first period begins at its first reading. In a later one nothing is used
    /// before there is a reading at exactly `from`, the one the period before was closed with.
    series(account_id account, instant from, std::optional<instant> until, const limits& within,
           bool first_period);

    enum class outcome : std::uint8_t {
        added,
        duplicate,  ///< same meter, moment and source, same registers: nothing changed
        conflict,   ///< same meter, moment and source, other registers: the first stands
        outside,    ///< of another account, or not within [from, until]
    };

    /// Takes a reading as it comes in. Declared `suspect` or `rejected` it stays so and is never
    /// charged; otherwise its quality is judged here, and may change when others come in.
    outcome insert(const reading& taken);

    /// Takes a reading back from the store, whose quality is a judgement made here before: it is
    /// judged anew (and comes out the same), and neither `take_changed` nor `take_findings`
    /// tells of it again unless the judgement differs.
    outcome restore(const reading& stored);

    /// Readings that were added, or whose quality has changed, since the last call; in order.
    [[nodiscard]] std::vector<reading> take_changed();

    /// A reading that was set aside, and why.
    struct finding {
        reading what;
        event_kind why = event_kind::register_went_back;   ///< or `reading_implausible`
        std::string text;
    };

    /// Readings that have come to be set aside since the last call; once each.
    [[nodiscard]] std::vector<finding> take_findings();

    /// All readings, ordered by moment, meter and source, with their present quality.
    [[nodiscard]] const std::vector<reading>& readings() const noexcept { return readings_; }

    /// kWh per tariff register since the period began. Error: `overflow`.
    [[nodiscard]] result<tariff_energy> used() const;

    /// What was used from one accepted reading of a meter to the next.
    struct metered {
        meter_id meter;
        instant from;
        instant until;
        tariff_energy used{};
    };

    /// The parts that `used` is the sum of: where prices change within the period, it matters when
    /// energy was used.
    [[nodiscard]] std::vector<metered> parts() const;

    /// The latest moment whose reading is part of `used`; `from` where there is none.
    [[nodiscard]] instant last_good() const noexcept;

    /// Whether there is a good reading of exactly that moment for every meter in service then
    /// (one that was taken out at that moment need not have any), so that a period can end there.
    [[nodiscard]] bool has_boundary(instant at) const;

    [[nodiscard]] const account_id& account() const noexcept { return account_; }
    [[nodiscard]] instant from() const noexcept { return from_; }

private:
    /// What is remembered beside each reading.
    struct note {
        quality declared = quality::good;   ///< as it came in
        std::optional<quality> published;   ///< as last taken by `take_changed`
        bool told = false;                  ///< as bad, by `take_findings`
        event_kind why = event_kind::register_went_back;
        std::string text;                   ///< of the present finding; empty where none
    };

    /// Where the fold stands with one meter.
    struct meter_state {
        meter_id meter;
        std::optional<reading> last;     ///< the last one accepted
        bool put_in = false;             ///< an `exchange_first` was seen
        bool counts = false;             ///< it has a base, so steps are used energy
        std::optional<instant> removed;  ///< taken out
        tariff_energy used{};
        bool overflow = false;
    };

    outcome place(const reading& taken, note beside);
    void fold_from(std::size_t position);
    void fold(std::size_t position);
    void begin(meter_state& state, const reading& first);
    void advance(meter_state& state, reading& next, note& beside);
    [[nodiscard]] bool serves(const meter_state& state, instant at) const;
    [[nodiscard]] meter_state& state_of(const meter_id& meter);
    [[nodiscard]] bool is_anchored() const noexcept { return first_period_ || anchored_; }

    account_id account_;
    instant from_;
    std::optional<instant> until_;
    limits within_;
    bool first_period_;

    std::vector<reading> readings_;
    std::vector<note> notes_;             ///< one for each of `readings_`
    std::vector<meter_state> meters_;
    std::vector<metered> parts_;
    bool anchored_ = false;               ///< an accepted reading stands at exactly `from_`
    instant last_good_;
    std::size_t changed_from_ = 0;        ///< everything before this was taken as it is
    std::size_t found_from_ = 0;
};

}  // namespace wattpurse::usage
