// SPDX-License-Identifier: Apache-2.0
// A disk in memory: what was flushed is durable, and what was not may or may not outlive a power
// cut, whole, in part or as an empty hole, and whatever became of its neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace test_disk {

using file_id = std::size_t;
using file_bytes = std::vector<std::uint8_t>;

inline constexpr std::size_t sector_size = 512;  ///< what a real disk writes at once

/// A change of a file's content.
struct change {
    std::uint64_t offset = 0;
    file_bytes data;
    std::optional<std::uint64_t> new_size;  ///< set for a change of the size, which has no data
};

/// A file: found by its names, and there as long as something refers to it.
struct file {
    file_bytes durable;           ///< what a power cut cannot take
    std::vector<change> pending;  ///< since the last flush, in order
    file_bytes now;               ///< what a reader sees
};

/// One call that changes the disk, so that a run can be told again up to any of them.
struct operation {
    enum class kind : std::uint8_t { create, write, resize, flush, remove, flush_names };
    kind what = kind::write;
    file_id target = 0;
    std::string name;
    change content;
};

/// A value: a copy is another disk of the same content.
class disk {
public:
    [[nodiscard]] std::optional<file_id> find(const std::string& name) const;
    [[nodiscard]] const file& at(file_id id) const { return files_.at(id); }
    /// Damages a file that has no pending changes.
    void flip_bits(const std::string& name, std::size_t offset, std::uint8_t mask);

    /// What the next file created will be called.
    [[nodiscard]] file_id next_id() const noexcept { return files_.size(); }
    /// An empty file of that name, or of none.
    file_id create(const std::string& name);
    void write(file_id id, std::uint64_t offset, std::span<const std::uint8_t> data);
    void resize(file_id id, std::uint64_t size);
    /// All changes of the file are durable afterwards; those of names are not.
    void flush(file_id id);
    /// A flush that fails: part of the changes has reached the disk, by `seed`, and no later flush
    /// tries the rest again, though readers see it as long as the power is on.
    void fail_flush(file_id id, std::uint64_t seed);
    void remove(const std::string& name);
    /// As flushing the directory: what was created and removed is so after a power cut, too.
    void flush_names();

    void perform(const operation& step);

    /// What is found when the power comes back. The changes that were not flushed are kept,
    /// dropped, torn at sectors or left as holes, as `seed` has it.
    [[nodiscard]] disk after_power_cut(std::uint64_t seed) const;

    /// Bytes written and not yet flushed.
    [[nodiscard]] std::size_t pending_bytes() const;

private:
    using name_change = std::pair<std::string, std::optional<file_id>>;

    std::vector<file> files_;
    std::map<std::string, file_id> names_;
    std::map<std::string, file_id> durable_names_;
    std::vector<name_change> pending_names_;
};

}  // namespace test_disk
