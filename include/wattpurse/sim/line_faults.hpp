// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::sim {

/// How often what goes wrong on a line, in thousandths of the answers.
struct fault_rates {
    std::uint64_t seed = 1;
    std::uint16_t silent = 0;          ///< the answer is lost; the meter has done its work
    std::uint16_t deaf = 0;            ///< the request is lost; the meter has done nothing
    std::uint16_t late = 0;            ///< the answer comes `late_by` later
    std::uint16_t truncated = 0;       ///< the answer's tail is missing
    std::uint16_t corrupted = 0;       ///< one bit of the answer is wrong
    std::uint16_t noisy = 0;           ///< bytes that are no frame come before the answer
    std::uint16_t partly_applied = 0;  ///< a write is done in part and refused, function 14 and 03
    duration late_by{3000};
    bool echo = false;                 ///< the line sends back what it hears (RS-485 two-wire)
};

/// What befalls one answer.
enum class line_fault : std::uint8_t {
    none, silent, deaf, late, truncated, corrupted, noisy, partly_applied,
};

/// Faults of a line, drawn from hash(seed, meter, operation, attempt): a retry draws anew, and
/// nothing else does; the order in which meters are asked changes nothing.
class line_faults {
public:
    explicit line_faults(const fault_rates& rates = {}) : rates_(rates) {}

    /// The fault of this request's answer. The same request to the same meter is the next
    /// attempt.
    [[nodiscard]] line_fault draw_for(std::uint64_t meter, byte_span request);

    /// The bytes as they arrive: truncated, corrupted or behind noise, and otherwise the same.
    [[nodiscard]] std::vector<std::uint8_t> spoil(line_fault fault, std::uint64_t meter,
                                                  byte_span answer) const;

    /// What the latest fault was drawn from, to draw more of.
    [[nodiscard]] std::uint64_t luck() const noexcept { return last_; }

    [[nodiscard]] const fault_rates& rates() const noexcept { return rates_; }

    /// Requests whose attempts are counted; beyond them counting begins anew.
    static constexpr std::size_t counted_max = 65'536;

private:
    fault_rates rates_;
    std::map<std::uint64_t, std::uint64_t> attempts_;  // by hash of meter and request
    std::uint64_t last_ = 0;                           // what the latest fault was drawn from
};

}  // namespace wattpurse::sim
