// SPDX-License-Identifier: Apache-2.0
//
// usage: <program> CORPUS.hex...
//
// Gives a fuzz target the inputs of its corpus, one a line in hexadecimal, '#' begins a comment.
// The same sources are linked with libFuzzer to find new ones (tests/fuzz/fuzz.py).
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/bytes.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

const char* current_file = "";
volatile std::sig_atomic_t current_line = 0;

/// A target says that something is wrong by ending the program; this says where.
void tell_where(int signal)
{
    std::fprintf(stderr, "replay: signal %d at %s:%d\n", signal, current_file,
                 static_cast<int>(current_line));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

/// Of exactly the size of the input, so that a sanitizer sees who reads behind it.
void run(const std::vector<std::uint8_t>& bytes, std::size_t size)
{
    const auto input = std::make_unique<std::uint8_t[]>(size);
    for (std::size_t i = 0; i < size; ++i) {
        input[i] = bytes[i];
    }
    LLVMFuzzerTestOneInput(input.get(), size);
}

bool replay(const char* path, int& count)
{
    std::ifstream file{path};
    if (!file) {
        std::fprintf(stderr, "replay: cannot read %s\n", path);
        return false;
    }
    current_file = path;
    current_line = 0;
    for (std::string line; std::getline(file, line);) {
        current_line = current_line + 1;
        const std::string_view hex = std::string_view{line}.substr(0, line.find('#'));
        std::vector<std::uint8_t> bytes(hex.size() / 2 + 1);
        const auto size = wattpurse::parse_hex(hex, bytes);
        if (!size) {
            std::fprintf(stderr, "replay: %s:%d: not hexadecimal\n", path,
                         static_cast<int>(current_line));
            return false;
        }
        if (*size > 0) {
            run(bytes, *size);
            ++count;
        }
    }
    return true;
}

}  // namespace

int main(int argc, char** argv)
{
    for (const int signal : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGTRAP}) {
        std::signal(signal, tell_where);
    }
    run({}, 0);
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        if (!replay(argv[i], count)) {
            return 1;
        }
    }
    std::printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
