// SPDX-License-Identifier: Apache-2.0
#include "disk/disk.hpp"

#include <algorithm>
#include <stdexcept>

#include <wattpurse/sim/draw.hpp>

namespace test_disk {
namespace {

using wattpurse::sim::draw;

void make(file_bytes& content, const change& what)
{
    if (what.new_size) {
        content.resize(*what.new_size);
        return;
    }
    const std::size_t end = what.offset + what.data.size();
    content.resize(std::max(content.size(), end));
    std::copy(what.data.begin(), what.data.end(),
              content.begin() + static_cast<std::ptrdiff_t>(what.offset));
}

/// Each sector of the change is written or not, for itself. What is not written beyond the old
/// end of the file is a hole of zeros, or of what was once stored there.
void make_torn(file_bytes& content, const change& what, std::uint64_t seed)
{
    const std::size_t old_size = content.size();
    const std::size_t end = what.offset + what.data.size();
    content.resize(std::max(old_size, end));
    const bool zeros = draw({seed, 1}) % 2 == 0;
    const bool nothing = draw({seed, 2}) % 4 == 0;  // the file has grown, and that was all
    for (std::size_t i = what.offset; i < end;) {
        const std::size_t sector_end = std::min(end, (i / sector_size + 1) * sector_size);
        const std::uint64_t fate = draw({seed, 3, i / sector_size});
        const bool written = !nothing && fate % 2 == 0;
        for (; i < sector_end; ++i) {
            if (written) {
                content[i] = what.data[i - what.offset];
            } else if (i >= old_size) {
                content[i] = zeros ? std::uint8_t{0} : static_cast<std::uint8_t>((fate >> 8U) + i);
            }
        }
    }
}

/// What of the changes has reached the disk. A disk that writes in order is one possibility
/// among others: without it, a batch would hardly ever be there whole before it is flushed.
void settle(file_bytes& content, const std::vector<change>& pending, std::uint64_t seed)
{
    constexpr unsigned kept_of_100[] = {50, 85, 97};
    const std::uint64_t way = draw({seed, 5}) % 8;
    const std::size_t reached = draw({seed, 6}) % (pending.size() + 1);
    const unsigned kept = kept_of_100[draw({seed, 7}) % 3];
    for (std::size_t i = 0; i < pending.size(); ++i) {
        const bool in_order = way < 2;
        const bool all = way == 2;
        const bool none = way == 3;
        const bool whole = all || (in_order ? i < reached : draw({seed, 8, i}) % 100 < kept);
        if (none) {
            continue;
        }
        if (whole) {
            make(content, pending[i]);
        } else if (!pending[i].new_size && (in_order ? i == reached : draw({seed, 9, i}) % 2)) {
            make_torn(content, pending[i], draw({seed, 10, i}));
        }
    }
}

}  // namespace

std::optional<file_id> disk::find(const std::string& name) const
{
    const auto found = names_.find(name);
    return found == names_.end() ? std::nullopt : std::optional{found->second};
}

void disk::flip_bits(const std::string& name, std::size_t offset, std::uint8_t mask)
{
    file& one = files_.at(find(name).value());
    if (!one.pending.empty()) {
        throw std::logic_error{name + " has changes that are not flushed"};
    }
    one.durable.at(offset) ^= mask;
    one.now = one.durable;
}

file_id disk::create(const std::string& name)
{
    files_.emplace_back();
    const file_id id = files_.size() - 1;
    if (!name.empty()) {
        names_[name] = id;
        pending_names_.emplace_back(name, id);
    }
    return id;
}

void disk::write(file_id id, std::uint64_t offset, std::span<const std::uint8_t> data)
{
    file& one = files_.at(id);
    one.pending.push_back({offset, {data.begin(), data.end()}, {}});
    make(one.now, one.pending.back());
}

void disk::resize(file_id id, std::uint64_t size)
{
    file& one = files_.at(id);
    one.pending.push_back({0, {}, size});
    make(one.now, one.pending.back());
}

void disk::flush(file_id id)
{
    // Not what readers see: that holds what a flush before has lost.
    file& one = files_.at(id);
    for (const change& each : one.pending) {
        make(one.durable, each);
    }
    one.pending.clear();
}

void disk::fail_flush(file_id id, std::uint64_t seed)
{
    file& one = files_.at(id);
    settle(one.durable, one.pending, seed);
    one.pending.clear();
}

void disk::remove(const std::string& name)
{
    if (names_.erase(name) > 0) {
        pending_names_.emplace_back(name, std::nullopt);
    }
}

void disk::flush_names()
{
    durable_names_ = names_;
    pending_names_.clear();
}

void disk::perform(const operation& step)
{
    switch (step.what) {
    case operation::kind::create: create(step.name); break;
    case operation::kind::write: write(step.target, step.content.offset, step.content.data); break;
    case operation::kind::resize: resize(step.target, step.content.new_size.value()); break;
    case operation::kind::flush: flush(step.target); break;
    case operation::kind::remove: remove(step.name); break;
    case operation::kind::flush_names: flush_names(); break;
    }
}

disk disk::after_power_cut(std::uint64_t seed) const
{
    disk found;
    auto names = durable_names_;
    // Changes of one name come in order, and each name is for itself.
    std::map<std::string, std::size_t> changes;
    for (const auto& [name, id] : pending_names_) {
        ++changes[name];
    }
    std::map<std::string, std::size_t> seen;
    for (const auto& [name, id] : pending_names_) {
        const std::uint64_t word = wattpurse::sim::number_of(name);
        const std::size_t reached = draw({seed, 11, word}) % (changes[name] + 1);
        if (seen[name]++ >= reached) {
            continue;
        }
        if (id) {
            names[name] = *id;
        } else {
            names.erase(name);
        }
    }
    for (const auto& [name, id] : names) {
        const file& before = files_.at(id);
        file after;
        after.durable = before.durable;
        settle(after.durable, before.pending, draw({seed, 12, id}));
        after.now = after.durable;
        found.files_.push_back(std::move(after));
        found.names_[name] = found.files_.size() - 1;
    }
    found.durable_names_ = found.names_;
    return found;
}

std::size_t disk::pending_bytes() const
{
    std::size_t sum = 0;
    for (const file& each : files_) {
        for (const change& one : each.pending) {
            sum += one.data.size();
        }
    }
    return sum;
}

}  // namespace test_disk
