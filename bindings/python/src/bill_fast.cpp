// SPDX-License-Identifier: Apache-2.0
// The usual case without detours: whole numbers in order, on the grid, nothing wrong. At the first
// thing that is otherwise the account is read the careful way, which finds words for it.
#include <cstring>

#include "bill_worker.hpp"

namespace wattpurse::python {

namespace {

using kind = value_source::kind;

constexpr std::int64_t powers[] = {1, 10, 100, 1'000, 10'000};
/// No number of kWh a meter shows is near to it.
constexpr std::int64_t number_max = std::int64_t{1} << 44U;

/// Where a run's rows go.
struct grid {
    std::int64_t begin;
    std::int64_t step;
    std::int64_t size;
    std::int64_t* values;
    std::uint8_t* flags;
};

template <class Number>
Number number_at(const value_source& of, std::int64_t row)
{
    Number out;
    std::memcpy(&out,
                static_cast<const char*>(of.values) +
                    (row + of.offset) * static_cast<std::int64_t>(sizeof(Number)),
                sizeof out);
    return out;
}

template <class Number>
bool place(const reading_run& run, const reading_batch& in, const grid& to, std::int64_t shift,
           std::int64_t factor)
{
    const std::int64_t multiplier = in.ticks_a_second < 1'000 ? 1'000 / in.ticks_a_second : 1;
    const std::int64_t divisor = in.ticks_a_second > 1'000 ? in.ticks_a_second / 1'000 : 1;
    std::int64_t next = 0;
    for (std::int64_t row = run.first; row < std::int64_t{run.first} + run.count; ++row) {
        const auto ticks = number_at<std::int64_t>(in.time, row);
        const std::int64_t at = (next * to.step + to.begin - shift) * divisor;
        std::int64_t scaled = 0;
        if (__builtin_mul_overflow(ticks, multiplier, &scaled)) return false;
        if (scaled != at || next >= to.size) {  // not the one that follows
            const std::int64_t ms = scaled / divisor;
            if (ms * divisor != scaled || ms < first_moment || ms > last_moment) return false;
            const std::int64_t after = ms + shift - to.begin;
            if (after < 0 || after >= to.size * to.step) continue;
            next = after / to.step;
            if (next * to.step != after) return false;
        }
        const auto value = number_at<Number>(in.value, row);
        if (value < 0 || value > number_max || to.flags[next] == 0) return false;
        to.values[next] = static_cast<std::int64_t>(value) * factor;
        to.flags[next] = 0;
        ++next;
    }
    return true;
}

bool is_simple(const reading_batch& in)
{
    return in.time.is == kind::int64 && in.time.valid == nullptr && in.value.valid == nullptr &&
           !in.quality;
}

}  // namespace

bool bill_run::worker::lay_out_at_once(std::uint32_t account)
{
    const bill_options& how = of.options_;
    if (of.batches_.empty() || how.is_register) return false;
    values_.assign(of.intervals_, 0);
    flags_.assign(of.intervals_, tariff::missing_quality);
    const grid to{of.begin_.time_since_epoch().count(), how.interval->count(),
                  static_cast<std::int64_t>(of.intervals_), values_.data(), flags_.data()};
    const reading_form& form = of.from_->form;
    for (const reading_run& run : of.from_->runs[account]) {
        const reading_batch& in = of.from_->batches[run.batch];
        const std::int64_t places = in.value.is == kind::decimal128 ? in.value.scale : form.places;
        if (!is_simple(in) || places < 0 || places > 4) return false;
        std::int64_t shift = how.is_end_stamped ? -to.step : 0;
        if (in.is_local) shift -= duration{form.zone->offset}.count();
        const std::int64_t factor = powers[4 - places];
        bool is_placed = false;
        switch (in.value.is) {
            case kind::int64:
                is_placed = place<std::int64_t>(run, in, to, shift, factor);
                break;
            case kind::int32:
                is_placed = place<std::int32_t>(run, in, to, shift, factor);
                break;
            case kind::decimal128:
                is_placed = place<kernel::int128>(run, in, to, shift, factor);
                break;
            default: break;
        }
        if (!is_placed) return false;
    }
    return true;
}

}  // namespace wattpurse::python
