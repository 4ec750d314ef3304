// SPDX-License-Identifier: Apache-2.0
//
// How much of a microcontroller a DL/T 645 master and a Modbus master take, against the limits they
// were made for. benchmarks/footprint/measure.py weighs them and names its findings in a file;
// ./run bench calls that first.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

struct row {
    const char* finding;
    const char* name;
    const char* limit_name;
    double limit;
};

constexpr row rows[]{
    {"text", "dlt645.footprint.text", "the limit of 6 KiB, Cortex-M4", 6 * 1024},
    {"ram", "dlt645.footprint.ram", "the limit of 512 B a line, Cortex-M4", 512},
    {"modbus_text", "modbus.footprint.text", "the limit of 4 KiB, RTU and TCP, Cortex-M4",
     4 * 1024},
    {"modbus_ram", "modbus.footprint.ram", "the limit of 512 B a line, Cortex-M4", 512},
};

void run(report& out)
{
    const char* const path = std::getenv("WATTPURSE_FOOTPRINT");
    if (path == nullptr) {
        std::fputs("wattpurse_bench: no footprint of a microcontroller; ./run bench weighs it\n",
                   stderr);
        return;
    }
    std::ifstream file{path};
    std::size_t found = 0;
    std::string what;
    for (double value = 0; file >> what >> value;) {
        for (const row& each : rows) {
            if (what == each.finding) {
                out.push_back({each.name, value, "bytes", each.limit_name, each.limit,
                               each.limit / value});
                ++found;
            }
        }
    }
    require(found == std::size(rows), "the file of the footprint is not complete");
}

const registration footprint_rows{"footprint", run};

}  // namespace
}  // namespace wattpurse::bench
