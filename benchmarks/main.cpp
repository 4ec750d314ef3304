// SPDX-License-Identifier: Apache-2.0
//
// wattpurse_bench [--json FILE]
//
// Prints the rows as a table; --json also writes them, one JSON object a line.
#include <cstdio>
#include <string_view>

#include "bench.hpp"

namespace {

using wattpurse::bench::report;
using wattpurse::bench::row;

void print_table(const report& rows)
{
    std::printf("%-44s %10s %10s %8s  %s\n", "benchmark", "ours", "peer", "ratio", "peer is");
    for (const row& r : rows) {
        std::printf("%-44s %7.2f %s %7.2f %s %8.2f  %s\n", r.name.c_str(), r.value, r.unit.c_str(),
                    r.peer_value, r.unit.c_str(), r.ratio, r.peer.c_str());
    }
}

bool write_json(const report& rows, const char* path)
{
    std::FILE* const file = std::fopen(path, "w");
    if (file == nullptr) {
        return false;
    }
    for (const row& r : rows) {
        std::fprintf(file,
                     "{\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\",\"peer\":\"%s\","
                     "\"peer_value\":%.4f,\"ratio\":%.4f}\n",
                     r.name.c_str(), r.value, r.unit.c_str(), r.peer.c_str(), r.peer_value,
                     r.ratio);
    }
    return std::fclose(file) == 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const bool json = argc == 3 && std::string_view{argv[1]} == "--json";
    if (argc != 1 && !json) {
        std::fputs("usage: wattpurse_bench [--json FILE]\n", stderr);
        return 2;
    }
    const report rows = wattpurse::bench::run_all();
    print_table(rows);
    if (json && !write_json(rows, argv[2])) {
        std::fprintf(stderr, "wattpurse_bench: cannot write %s\n", argv[2]);
        return 1;
    }
    return 0;
}
