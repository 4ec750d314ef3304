// SPDX-License-Identifier: Apache-2.0
#include "disk/computer.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <wattpurse/sim/draw.hpp>

namespace test_disk {
namespace {

constexpr const char* vfs_name = "wattpurse-test-disk";
constexpr int longest_name = 255;
constexpr int page_and_sector = 4096;  // as SQLite takes it from a Linux file system

/// An open file, in memory that SQLite provides.
struct handle : sqlite3_file {
    computer* owner = nullptr;
    file_id id = 0;
    const char* name = "";
    int lock = SQLITE_LOCK_NONE;
    bool goes_when_closed = false;
    bool flushes_names = false;  ///< with the next flush, as SQLite does after creating a log
    bool shares_memory = false;
    unsigned slots_shared = 0;
    unsigned slots_taken = 0;
};

[[nodiscard]] handle& of(sqlite3_file* file) { return *static_cast<handle*>(file); }

[[nodiscard]] int error_of(call what)
{
    switch (what) {
    case call::open: return SQLITE_CANTOPEN;
    case call::read: return SQLITE_IOERR_READ;
    case call::write: return SQLITE_IOERR_WRITE;
    case call::resize: return SQLITE_IOERR_TRUNCATE;
    case call::flush: return SQLITE_IOERR_FSYNC;
    case call::remove: return SQLITE_IOERR_DELETE;
    case call::look: return SQLITE_IOERR_ACCESS;
    }
    return SQLITE_IOERR;
}

}  // namespace

/// What SQLite calls. The order and meaning of the arguments are those of sqlite3.h.
struct sqlite_calls {
    // ---- The file system ----------------------------------------------------------------------

    static computer& owner_of(sqlite3_vfs* vfs) { return *static_cast<computer*>(vfs->pAppData); }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                    int* flags_out)
    {
        computer& on = owner_of(vfs);
        file->pMethods = nullptr;
        const std::string wanted = name == nullptr ? "" : name;
        if (const int code = on.ask(call::open, wanted); code != SQLITE_OK) {
            return code;
        }
        const auto known = wanted.empty() ? std::nullopt : on.disk_.find(wanted);
        if (!known && (flags & SQLITE_OPEN_CREATE) == 0) {
            return SQLITE_CANTOPEN;
        }
        auto& opened = *new (file) handle{};
        opened.owner = &on;
        opened.id = known ? *known : on.create(wanted);
        opened.name = name == nullptr ? "" : name;
        opened.goes_when_closed = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
        constexpr int logs =
            SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
        opened.flushes_names = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & logs) != 0;
        opened.pMethods = methods();
        ++on.open_files_;
        if (flags_out != nullptr) {
            *flags_out = flags;
        }
        return SQLITE_OK;
    }

    static int remove(sqlite3_vfs* vfs, const char* name, int flush_names)
    {
        computer& on = owner_of(vfs);
        if (const int code = on.ask(call::remove, name); code != SQLITE_OK) {
            return code;
        }
        if (!on.disk_.find(name)) {
            return SQLITE_IOERR_DELETE_NOENT;
        }
        on.perform({operation::kind::remove, 0, name, {}});
        if (flush_names != 0) {
            on.perform({operation::kind::flush_names, 0, {}, {}});
        }
        return SQLITE_OK;
    }

    static int access(sqlite3_vfs* vfs, const char* name, int, int* out)
    {
        computer& on = owner_of(vfs);
        const int code = on.ask(call::look, name);
        *out = on.disk_.find(name) ? 1 : 0;
        return code;
    }

    static int full_name(sqlite3_vfs*, const char* name, int size, char* out)
    {
        sqlite3_snprintf(size, out, "%s", name);
        return SQLITE_OK;
    }

    static int randomness(sqlite3_vfs* vfs, int size, char* out)
    {
        for (int i = 0; i < size; ++i) {
            out[i] = static_cast<char>(
                wattpurse::sim::draw({owner_of(vfs).seed_, static_cast<std::uint64_t>(i)}));
        }
        return size;
    }

    static int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

    static int last_error(sqlite3_vfs*, int, char*) { return 0; }

    static int time(sqlite3_vfs*, sqlite3_int64* out)
    {
        *out = 212'000'000'000'000;  // one moment is as good as another
        return SQLITE_OK;
    }

    // ---- A file -------------------------------------------------------------------------------

    static int close(sqlite3_file* file)
    {
        handle& opened = of(file);
        computer& on = *opened.owner;
        unlock(file, SQLITE_LOCK_NONE);
        unmap(file, 0);
        if (opened.goes_when_closed && *opened.name != '\0' && !on.stopped_) {
            on.perform({operation::kind::remove, 0, opened.name, {}});
        }
        --on.open_files_;
        return SQLITE_OK;
    }

    static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset)
    {
        handle& opened = of(file);
        if (const int code = opened.owner->ask(call::read, opened.name); code != SQLITE_OK) {
            return code;
        }
        const file_bytes& content = opened.owner->disk_.at(opened.id).now;
        const auto wanted = static_cast<std::size_t>(size);
        const std::size_t from = std::min(content.size(), static_cast<std::size_t>(offset));
        const std::size_t count = std::min(wanted, content.size() - from);
        if (count > 0) {
            std::memcpy(out, content.data() + from, count);
        }
        std::memset(static_cast<char*>(out) + count, 0, wanted - count);
        return count == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }

    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset)
    {
        handle& opened = of(file);
        computer& on = *opened.owner;
        const int code = on.ask(call::write, opened.name);
        if (on.stopped_) {
            return code;
        }
        const auto* const first = static_cast<const std::uint8_t*>(data);
        const int written = code == SQLITE_OK ? size : size / 2;
        on.perform({operation::kind::write, opened.id, {},
                    {static_cast<std::uint64_t>(offset), {first, first + written}, {}}});
        return code;
    }

    static int resize(sqlite3_file* file, sqlite3_int64 size)
    {
        handle& opened = of(file);
        const int code = opened.owner->ask(call::resize, opened.name);
        if (code == SQLITE_OK) {
            opened.owner->perform({operation::kind::resize, opened.id, {},
                                   {0, {}, static_cast<std::uint64_t>(size)}});
        }
        return code;
    }

    static int flush(sqlite3_file* file, int)
    {
        handle& opened = of(file);
        computer& on = *opened.owner;
        const int code = on.ask(call::flush, opened.name);
        if (code != SQLITE_OK) {
            if (!on.stopped_) {
                on.disk_.fail_flush(opened.id, wattpurse::sim::draw({on.seed_, on.requests_}));
            }
            return code;
        }
        on.perform({operation::kind::flush, opened.id, {}, {}});
        if (std::exchange(opened.flushes_names, false)) {
            on.perform({operation::kind::flush_names, 0, {}, {}});
        }
        return SQLITE_OK;
    }

    static int size(sqlite3_file* file, sqlite3_int64* out)
    {
        handle& opened = of(file);
        const int code = opened.owner->ask(call::look, opened.name);
        *out = static_cast<sqlite3_int64>(opened.owner->disk_.at(opened.id).now.size());
        return code;
    }

    static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
    static int sector(sqlite3_file*) { return page_and_sector; }
    /// As on Linux: a write leaves alone what stands beside it in the same sector.
    static int character(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    // ---- Locks, between connections of this program -------------------------------------------

    static shared_state& shared(handle& opened) { return opened.owner->shared_[opened.id]; }

    static int lock(sqlite3_file* file, int level)
    {
        handle& opened = of(file);
        shared_state& all = shared(opened);
        if (level <= opened.lock) {
            return SQLITE_OK;
        }
        if (opened.lock == SQLITE_LOCK_NONE) {
            if (all.pending || all.exclusive) {
                return SQLITE_BUSY;
            }
            ++all.readers;
            opened.lock = SQLITE_LOCK_SHARED;
        }
        if (level == SQLITE_LOCK_SHARED) {
            return SQLITE_OK;
        }
        if (opened.lock < SQLITE_LOCK_RESERVED) {
            if (all.reserved || all.pending) {
                return SQLITE_BUSY;
            }
            all.reserved = true;
            opened.lock = SQLITE_LOCK_RESERVED;
        }
        if (level == SQLITE_LOCK_EXCLUSIVE) {
            all.pending = true;
            opened.lock = SQLITE_LOCK_PENDING;
            if (all.readers > 1) {
                return SQLITE_BUSY;
            }
            all.exclusive = true;
            opened.lock = SQLITE_LOCK_EXCLUSIVE;
        }
        return SQLITE_OK;
    }

    static int unlock(sqlite3_file* file, int level)
    {
        handle& opened = of(file);
        if (opened.lock <= level) {
            return SQLITE_OK;
        }
        shared_state& all = shared(opened);
        if (opened.lock >= SQLITE_LOCK_RESERVED) {
            all.reserved = all.pending = all.exclusive = false;
        }
        if (level == SQLITE_LOCK_NONE) {
            --all.readers;
        }
        opened.lock = level;
        return SQLITE_OK;
    }

    static int is_reserved(sqlite3_file* file, int* out)
    {
        *out = shared(of(file)).reserved ? 1 : 0;
        return SQLITE_OK;
    }

    // ---- The index of the log, in shared memory: gone when the power is -----------------------

    static int map(sqlite3_file* file, int page, int page_size, int extend, void volatile** out)
    {
        handle& opened = of(file);
        shared_state& all = shared(opened);
        *out = nullptr;
        if (!opened.shares_memory) {
            opened.shares_memory = true;
            ++all.memory_users;
        }
        const auto wanted = static_cast<std::size_t>(page);
        while (extend != 0 && all.memory.size() <= wanted) {
            all.memory.push_back(
                std::make_unique<std::vector<char>>(static_cast<std::size_t>(page_size)));
        }
        if (wanted < all.memory.size()) {
            *out = all.memory[wanted]->data();
        }
        return SQLITE_OK;
    }

    static int lock_memory(sqlite3_file* file, int first, int count, int flags)
    {
        handle& opened = of(file);
        shared_state& all = shared(opened);
        const bool for_all = (flags & SQLITE_SHM_SHARED) != 0;
        if ((flags & SQLITE_SHM_LOCK) != 0 && slots_busy(opened, all, first, count, for_all)) {
            return SQLITE_BUSY;
        }
        for (int slot = first; slot < first + count; ++slot) {
            set_slot(opened, all, slot, for_all, (flags & SQLITE_SHM_LOCK) != 0);
        }
        return SQLITE_OK;
    }

    static bool slots_busy(const handle& opened, const shared_state& all, int first, int count,
                           bool for_all)
    {
        for (int slot = first; slot < first + count; ++slot) {
            const auto i = static_cast<std::size_t>(slot);
            const int own = (opened.slots_shared >> i) & 1U ? 1 : 0;
            const bool taken = all.slot_taken[i] && ((opened.slots_taken >> i) & 1U) == 0;
            if (taken || (!for_all && all.slot_readers[i] > own)) {
                return true;
            }
        }
        return false;
    }

    static void set_slot(handle& opened, shared_state& all, int slot, bool for_all, bool held)
    {
        const auto i = static_cast<std::size_t>(slot);
        unsigned& mask = for_all ? opened.slots_shared : opened.slots_taken;
        if (((mask >> i) & 1U) == (held ? 1U : 0U)) {
            return;
        }
        mask ^= 1U << i;
        if (for_all) {
            all.slot_readers[i] += held ? 1 : -1;
        } else {
            all.slot_taken[i] = held;
        }
    }

    static void barrier(sqlite3_file*) {}

    static int unmap(sqlite3_file* file, int)
    {
        handle& opened = of(file);
        if (std::exchange(opened.shares_memory, false)) {
            shared_state& all = shared(opened);
            for (int slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) {
                set_slot(opened, all, slot, true, false);
                set_slot(opened, all, slot, false, false);
            }
            if (--all.memory_users == 0) {
                all.memory.clear();  // the next one builds the index anew, from the log
            }
        }
        return SQLITE_OK;
    }

    static const sqlite3_io_methods* methods()
    {
        static const sqlite3_io_methods table = [] {
            sqlite3_io_methods m{};
            m.iVersion = 2;
            m.xClose = close;
            m.xRead = read;
            m.xWrite = write;
            m.xTruncate = resize;
            m.xSync = flush;
            m.xFileSize = size;
            m.xLock = lock;
            m.xUnlock = unlock;
            m.xCheckReservedLock = is_reserved;
            m.xFileControl = control;
            m.xSectorSize = sector;
            m.xDeviceCharacteristics = character;
            m.xShmMap = map;
            m.xShmLock = lock_memory;
            m.xShmBarrier = barrier;
            m.xShmUnmap = unmap;
            return m;
        }();
        return &table;
    }
};

computer::computer(test_disk::disk found, std::uint64_t seed)
    : disk_{std::move(found)}
    , seed_{seed}
{
    if (sqlite3_vfs_find(vfs_name) != nullptr) {
        throw std::logic_error{"another computer is on"};
    }
    vfs_.iVersion = 2;
    vfs_.szOsFile = sizeof(handle);
    vfs_.mxPathname = longest_name;
    vfs_.zName = vfs_name;
    vfs_.pAppData = this;
    vfs_.xOpen = sqlite_calls::open;
    vfs_.xDelete = sqlite_calls::remove;
    vfs_.xAccess = sqlite_calls::access;
    vfs_.xFullPathname = sqlite_calls::full_name;
    vfs_.xRandomness = sqlite_calls::randomness;
    vfs_.xSleep = sqlite_calls::sleep;
    vfs_.xGetLastError = sqlite_calls::last_error;
    vfs_.xCurrentTimeInt64 = sqlite_calls::time;
    if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) {
        throw std::runtime_error{"SQLite does not take the test disk"};
    }
    // Else the salts of the log would be others in every run, and a fault hard to see again.
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed % 0x7FFFFFFF + 1),
                         nullptr);
}

computer::~computer()
{
    sqlite3_vfs_unregister(&vfs_);
}

int computer::ask(call what, std::string_view name)
{
    if (stopped_) {
        return error_of(what);
    }
    ++requests_;
    const int code = fault_ ? fault_({what, name, requests_}) : SQLITE_OK;
    return stopped_ ? error_of(what) : code;
}

void computer::perform(operation step)
{
    if (record_) {
        record_(step);
    }
    disk_.perform(step);
}

file_id computer::create(const std::string& name)
{
    const file_id id = disk_.next_id();
    perform({operation::kind::create, id, name, {}});
    return id;
}

}  // namespace test_disk
