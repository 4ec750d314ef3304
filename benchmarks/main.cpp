// SPDX-License-Identifier: Apache-2.0
//
// wattpurse_bench [--only AREA] [--json FILE]
//
// Prints the rows as a table; --json also writes them, one JSON object a line. An area is what the
// files are named after: ledger, tariff ...
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
    const char* json = nullptr;
    std::string_view only;
    bool is_clear = true;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view option = argv[i];
        if (i + 1 == argc || (option != "--json" && option != "--only")) {
            is_clear = false;
        } else {
            option == "--json" ? void(json = argv[i + 1]) : void(only = argv[i + 1]);
        }
    }
    if (!is_clear) {
        std::fputs("usage: wattpurse_bench [--only AREA] [--json FILE]\n", stderr);
        return 2;
    }
    const report rows = wattpurse::bench::run_all(only);
    if (rows.empty()) {
        std::fprintf(stderr, "wattpurse_bench: no area is named %s\n", only.data());
        return 2;
    }
    print_table(rows);
    if (json != nullptr && !write_json(rows, json)) {
        std::fprintf(stderr, "wattpurse_bench: cannot write %s\n", json);
        return 1;
    }
    return 0;
}
