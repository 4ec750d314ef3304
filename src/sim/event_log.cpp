// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/event_log.hpp>

#include <utility>

namespace wattpurse::sim {

namespace {

constexpr std::uint32_t every_kind = 0xFFFFFFFF;
constexpr std::uint32_t kind_mask = 0xFFFFFF00;
constexpr std::uint32_t count_max = 999'999;  // XXXXXX

}  // namespace

void event_log::add(std::uint32_t kind, std::vector<std::uint8_t> record)
{
    series& of = kinds_[kind];
    of.count = of.count == count_max ? 0 : of.count + 1;
    of.latest.push_front(std::move(record));
    if (of.latest.size() > records_kept) of.latest.pop_back();
}

void event_log::amend(std::uint32_t kind, std::vector<std::uint8_t> record)
{
    series& of = kinds_[kind];
    if (of.latest.empty()) return add(kind, std::move(record));
    of.latest.front() = std::move(record);
}

void event_log::clear(std::uint32_t kind)
{
    if (kind == every_kind) {
        kinds_.clear();
    } else {
        kinds_.erase(kind & kind_mask);
    }
}

std::uint32_t event_log::count(std::uint32_t kind) const
{
    const auto found = kinds_.find(kind);
    return found == kinds_.end() ? 0 : found->second.count;
}

byte_span event_log::record(std::uint32_t kind, std::size_t k) const
{
    const auto found = kinds_.find(kind);
    if (found == kinds_.end() || k == 0 || k > found->second.latest.size()) return {};
    return found->second.latest[k - 1];
}

}  // namespace wattpurse::sim
