// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_LIBMODBUS

#include "libmodbus_memory.hpp"

#include <dlfcn.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace wattpurse::bench {

memory_line& libmodbus_line()
{
    static memory_line line;
    return line;
}

namespace {

ssize_t take(void* to, std::size_t size)
{
    memory_line& line = libmodbus_line();
    const std::size_t count = std::min(size, line.heard_size);
    std::memcpy(to, line.heard, count);
    line.heard += count;
    line.heard_size -= count;
    return static_cast<ssize_t>(count);
}

ssize_t give(const void* from, std::size_t size)
{
    const auto* const bytes = static_cast<const std::uint8_t*>(from);
    libmodbus_line().sent.assign(bytes, bytes + size);
    return static_cast<ssize_t>(size);
}

template <class Function>
Function next(const char* name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool is_ours(int descriptor) { return descriptor == libmodbus_line().descriptor; }

}  // namespace
}  // namespace wattpurse::bench

// The executable's own come first: libmodbus finds these, and everybody else is passed on.
extern "C" {

ssize_t send(int descriptor, const void* from, std::size_t size, int flags)
{
    using namespace wattpurse::bench;
    if (is_ours(descriptor)) return give(from, size);
    static const auto real = next<ssize_t (*)(int, const void*, std::size_t, int)>("send");
    return real(descriptor, from, size, flags);
}

ssize_t recv(int descriptor, void* to, std::size_t size, int flags)
{
    using namespace wattpurse::bench;
    if (is_ours(descriptor)) return take(to, size);
    static const auto real = next<ssize_t (*)(int, void*, std::size_t, int)>("recv");
    return real(descriptor, to, size, flags);
}

ssize_t write(int descriptor, const void* from, std::size_t size)
{
    using namespace wattpurse::bench;
    if (is_ours(descriptor)) return give(from, size);
    static const auto real = next<ssize_t (*)(int, const void*, std::size_t)>("write");
    return real(descriptor, from, size);
}

ssize_t read(int descriptor, void* to, std::size_t size)
{
    using namespace wattpurse::bench;
    if (is_ours(descriptor)) return take(to, size);
    static const auto real = next<ssize_t (*)(int, void*, std::size_t)>("read");
    return real(descriptor, to, size);
}

int select(int count, fd_set* reading, fd_set* writing, fd_set* failing, timeval* patience)
{
    using namespace wattpurse::bench;
    if (is_ours(count - 1)) return 1;
    static const auto real =
        next<int (*)(int, fd_set*, fd_set*, fd_set*, timeval*)>("select");
    return real(count, reading, writing, failing, patience);
}
}

#endif
