// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/freezes.hpp>

namespace wattpurse::sim {

namespace {

constexpr std::array<std::size_t, freezes::kinds> depths{12, 3, 2, 2, 254, 2, 62, 2};

const register_image* at(const std::deque<register_image>& kept, std::size_t k)
{
    return k == 0 || k > kept.size() ? nullptr : &kept[k - 1];
}

void push(std::deque<register_image>& kept, const register_image& image, std::size_t depth)
{
    kept.push_front(image);
    if (kept.size() > depth) kept.pop_back();
}

}  // namespace

std::size_t freezes::depth(freeze_kind kind) { return depths[static_cast<std::size_t>(kind)]; }

void freezes::keep(freeze_kind kind, const register_image& image)
{
    push(kept_[static_cast<std::size_t>(kind)], image, depth(kind));
}

void freezes::keep_settlement(const register_image& image)
{
    push(settlements_, image, settlements_kept);
}

const register_image* freezes::record(freeze_kind kind, std::size_t k) const
{
    return at(kept_[static_cast<std::size_t>(kind)], k);
}

const register_image* freezes::settlement(std::size_t k) const { return at(settlements_, k); }

void freezes::clear()
{
    kept_ = {};
    settlements_.clear();
}

}  // namespace wattpurse::sim
