// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/load_profile.hpp>

#include <algorithm>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::sim {

namespace {

constexpr std::uint8_t block_start = 0xA0;
constexpr std::uint8_t class_end = 0xAA;
constexpr std::uint8_t block_end = 0xE5;

bool says_anything(const load_profile::entry& one, std::size_t which)
{
    if (which != 0) return !one.said[which - 1].empty();
    return std::any_of(one.said.begin(), one.said.end(),
                       [](const load_class& said) { return !said.empty(); });
}

}  // namespace

void load_profile::keep(entry one)
{
    entries_.push_back(std::move(one));
    if (entries_.size() > blocks_kept) entries_.pop_front();
}

std::vector<std::uint8_t> block_of(const load_profile::entry& one, std::size_t which)
{
    std::vector<std::uint8_t> body(5);
    const auto written = codec::dlt645::write_minutes(one.at, std::span{body}.first<5>());
    WATTPURSE_ASSERT(written.has_value());
    for (std::size_t c = 0; c < load_profile::classes; ++c) {
        if (which == 0 || which == c + 1) {
            body.insert(body.end(), one.said[c].begin(), one.said[c].end());
        }
        body.push_back(class_end);
    }
    std::vector<std::uint8_t> out{block_start, block_start,
                                  static_cast<std::uint8_t>(body.size())};
    out.insert(out.end(), body.begin(), body.end());
    unsigned sum = 0;
    for (const std::uint8_t byte : out) sum += byte;
    out.push_back(static_cast<std::uint8_t>(sum & 0xFFU));
    out.push_back(block_end);
    return out;
}

std::vector<std::uint8_t> load_profile::blocks(std::size_t which, std::size_t count,
                                               const std::optional<civil_time>& from) const
{
    std::vector<std::uint8_t> out;
    for (const entry& one : entries_) {
        if (count == 0) break;
        if ((from && one.at < *from) || !says_anything(one, which)) continue;
        const auto block = block_of(one, which);
        out.insert(out.end(), block.begin(), block.end());
        --count;
    }
    return out;
}

std::vector<std::uint8_t> load_profile::latest(std::size_t which) const
{
    for (auto one = entries_.rbegin(); one != entries_.rend(); ++one) {
        if (says_anything(*one, which)) return block_of(*one, which);
    }
    return {};
}

}  // namespace wattpurse::sim
