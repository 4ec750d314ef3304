// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <limits>
#include <mutex>
#include <thread>

#include "readings.hpp"

namespace wattpurse::python {

namespace {

/// Rows of a batch for one thread.
struct piece_of {
    const reading_batch* in = nullptr;
    std::int64_t first = 0;
    std::int64_t last = 0;
};

std::vector<piece_of> pieces_of(const readings& from)
{
    constexpr std::int64_t rows_max = 1'000'000;
    std::vector<piece_of> out;
    for (const reading_batch& in : from.batches) {
        for (std::int64_t row = 0; row < in.rows; row += rows_max) {
            out.push_back({&in, row, std::min(in.rows, row + rows_max)});
        }
    }
    return out;
}

/// The first and the last moment that can be read.
void find_span(const reading_batch& in, const reading_form& form, std::int64_t begin,
               std::int64_t end, std::int64_t& first, std::int64_t& last)
{
    const auto take = [&](std::int64_t row) {
        std::int64_t ms = 0;
        if (moment_of(in, form, row, ms) != nullptr) return false;
        first = std::min(first, ms);
        last = std::max(last, ms);
        return true;
    };
    const auto take_all = [&] {
        for (std::int64_t row = begin; row < end; ++row) (void)take(row);
    };
    if (in.time.is != value_source::kind::int64 || in.time.valid != nullptr) return take_all();
    // Numbers rise with the time they stand for: only the extremes need be looked at closely. Two
    // of each, so that one does not wait for the other.
    const auto* const ticks = static_cast<const std::int64_t*>(in.time.values) + in.time.offset;
    std::array<std::int64_t, 2> least{ticks[begin], ticks[begin]};
    std::array<std::int64_t, 2> most = least;
    for (std::int64_t row = begin; row + 1 < end; row += 2) {
        for (std::size_t i = 0; i < 2; ++i) {
            const std::int64_t tick = ticks[row + static_cast<std::int64_t>(i)];
            least[i] = std::min(least[i], tick);
            most[i] = std::max(most[i], tick);
        }
    }
    // Mostly the first and the last row.
    const auto* const earliest = std::find(ticks + begin, ticks + end,
                                           std::min({least[0], least[1], ticks[end - 1]}));
    const auto from_behind = std::make_reverse_iterator(ticks + end);
    const auto latest = std::find(from_behind, std::make_reverse_iterator(ticks + begin),
                                  std::max({most[0], most[1], ticks[end - 1]}));
    // An extreme that is no time says nothing of the others.
    if (!take(earliest - ticks) || !take(latest.base() - 1 - ticks)) take_all();
}

}  // namespace

std::pair<std::int64_t, std::int64_t> span_of(const readings& from, unsigned threads)
{
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    const std::vector<piece_of> pieces = pieces_of(from);
    std::mutex found;
    std::atomic<std::size_t> next{0};
    const auto find = [&] {
        for (std::size_t piece = next++; piece < pieces.size(); piece = next++) {
            auto least = std::numeric_limits<std::int64_t>::max();
            auto most = std::numeric_limits<std::int64_t>::min();
            find_span(*pieces[piece].in, from.form, pieces[piece].first, pieces[piece].last, least,
                      most);
            const std::scoped_lock mine{found};
            first = std::min(first, least);
            last = std::max(last, most);
        }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads && i < pieces.size(); ++i) others.emplace_back(find);
    find();
    for (std::thread& each : others) each.join();
    return {first, last};
}

}  // namespace wattpurse::python
