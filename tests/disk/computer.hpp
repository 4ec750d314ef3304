// SPDX-License-Identifier: Apache-2.0
// A computer with a disk that can be told to fail. While it is on, SQLite works on its disk
// instead of on the real one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "disk/disk.hpp"

namespace test_disk {

/// What SQLite is about to do with the disk.
enum class call : std::uint8_t { open, read, write, resize, flush, remove, look };

struct request {
    call what = call::read;
    std::string_view name;     ///< of the file; empty for one without a name
    std::uint64_t number = 0;  ///< counted from 1, over all calls since the computer is on

    [[nodiscard]] bool changes_the_disk() const noexcept
    {
        return what != call::read && what != call::look;
    }
};

/// The memory that connections to one file share, and the locks on both.
struct shared_state {
    static constexpr std::size_t slots = SQLITE_SHM_NLOCK;

    int readers = 0;       ///< connections with any lock of the file
    bool reserved = false;
    bool pending = false;
    bool exclusive = false;
    int memory_users = 0;
    std::vector<std::unique_ptr<std::vector<char>>> memory;
    std::array<int, slots> slot_readers{};
    std::array<bool, slots> slot_taken{};
};

/// While one exists it is SQLite's default file system. Only one may be on at a time.
class computer {
public:
    /// SQLITE_OK to let the request through, or the error it meets. A write that fails has
    /// written its first half. Called for every request while the power is on.
    using fault = std::function<int(const request&)>;

    /// Switches on, with what is on the disk. SQLite's own dice are set by `seed`.
    explicit computer(test_disk::disk found = {}, std::uint64_t seed = 1);
    ~computer();
    computer(const computer&) = delete;
    computer& operator=(const computer&) = delete;

    /// From now on every call fails and nothing changes: what the program still does is nothing
    /// that the disk would see. For a power cut and for a killed program.
    void stop() noexcept { stopped_ = true; }
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    void set_fault(fault what) { fault_ = std::move(what); }
    /// Called with every change, before it is made.
    void set_recorder(std::function<void(const operation&)> what) { record_ = std::move(what); }

    [[nodiscard]] const test_disk::disk& disk() const noexcept { return disk_; }
    [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }
    [[nodiscard]] int open_files() const noexcept { return open_files_; }

private:
    friend struct sqlite_calls;

    [[nodiscard]] int ask(call what, std::string_view name);
    void perform(operation step);
    [[nodiscard]] file_id create(const std::string& name);

    sqlite3_vfs vfs_{};
    test_disk::disk disk_;
    fault fault_;
    std::function<void(const operation&)> record_;
    std::map<file_id, shared_state> shared_;
    std::uint64_t requests_ = 0;
    std::uint64_t seed_;
    int open_files_ = 0;
    bool stopped_ = false;
};

}  // namespace test_disk
