// SPDX-License-Identifier: Apache-2.0
//
// How much of a microcontroller a DL/T 645 master takes, against the limits it was made for.
// benchmarks/footprint/measure.py weighs it and names its findings in a file; ./run bench calls
// that first.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

constexpr double text_max = 6 * 1024;
constexpr double ram_max = 512;

void add(report& out, const std::string& name, double value, const std::string& limit_name,
         double limit)
{
    out.push_back({name, value, "bytes", limit_name, limit, limit / value});
}

void run(report& out)
{
    const char* const path = std::getenv("WATTPURSE_FOOTPRINT");
    if (path == nullptr) {
        std::fputs("wattpurse_bench: no footprint of a microcontroller; ./run bench weighs it\n",
                   stderr);
        return;
    }
    std::ifstream file{path};
    int found = 0;
    std::string what;
    for (double value = 0; file >> what >> value;) {
        if (what == "text") {
            add(out, "dlt645.footprint.text", value, "the limit of 6 KiB, Cortex-M4", text_max);
            ++found;
        } else if (what == "ram") {
            add(out, "dlt645.footprint.ram", value, "the limit of 512 B a line, Cortex-M4",
                ram_max);
            ++found;
        }
    }
    require(found == 2, "the file of the footprint is not complete");
}

const registration footprint_rows{"dlt645.footprint", run};

}  // namespace
}  // namespace wattpurse::bench
