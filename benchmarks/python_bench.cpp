// SPDX-License-Identifier: Apache-2.0
// Rows of python_bench.py, which measures the Python package in an interpreter of its own.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

struct pipe_close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
};

void run(report& out)
{
    const char* const python = std::getenv("WATTPURSE_BENCH_PYTHON");
    const char* const package = std::getenv("WATTPURSE_BENCH_PACKAGE");
    if (python == nullptr || package == nullptr) {
        std::fprintf(stderr, "bench: SKIPPED: python: WATTPURSE_BENCH_PYTHON and "
                             "WATTPURSE_BENCH_PACKAGE are not set; ./run bench does that\n");
        return;
    }
    const std::string command = std::string{"'"} + python + "' -B benchmarks/python_bench.py '" +
                                package + "' share/tariffs/zhejiang_residential.json";
    const std::unique_ptr<std::FILE, pipe_close> rows{popen(command.c_str(), "r")};
    require(rows != nullptr, "Python does not start");
    char text[1'024];
    while (std::fgets(text, sizeof text, rows.get()) != nullptr) {
        std::istringstream words{text};
        std::string parts[5];
        for (std::string& each : parts) std::getline(words, each, '\t');
        require(!parts[4].empty(), "a row of Python is not whole");
        const double ours = std::stod(parts[1]);
        const double theirs = std::stod(parts[4]);
        const bool is_rate = parts[2].find('/') != std::string::npos;
        out.push_back({parts[0], ours, parts[2], parts[3], theirs,
                       is_rate ? ours / theirs : theirs / ours});
    }
}

const registration registered{"python", run};

}  // namespace
}  // namespace wattpurse::bench
