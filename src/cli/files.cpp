// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace wattpurse::cli {

namespace {

std::string size_text(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

std::string reason(const std::string& what, int number)
{
    if (number == 0) return what;
    return what + " (" + std::generic_category().message(number) + ')';
}

}  // namespace

void refuse_file(const std::string& path, const std::string& why)
{
    std::cerr << "wattpurse: " << (path.empty() ? "\"\"" : path) << ": " << why << '\n';
    throw CLI::RuntimeError{1};
}

void require_file(const std::string& path)
{
    std::error_code trouble;
    const auto found = std::filesystem::status(path, trouble);
    if (found.type() == std::filesystem::file_type::not_found) refuse_file(path, "no such file");
    if (std::filesystem::is_directory(found)) refuse_file(path, "a folder, expected a file");
    if (trouble) refuse_file(path, reason("cannot be read", trouble.value()));
}

std::string read_file(const std::string& path, std::size_t bytes_max)
{
    constexpr std::size_t piece = std::size_t{1} << 16U;
    require_file(path);
    errno = 0;
    std::ifstream in{path, std::ios::binary};
    if (!in) refuse_file(path, reason("cannot be read", errno));
    std::string out;
    while (in && out.size() <= bytes_max) {
        const std::size_t before = out.size();
        out.resize(before + std::min(piece, bytes_max + 1 - before));
        in.read(out.data() + before, static_cast<std::streamsize>(out.size() - before));
        out.resize(before + static_cast<std::size_t>(in.gcount()));
    }
    if (out.size() > bytes_max) {
        refuse_file(path, "more than " + size_text(bytes_max) + ", which is the most that is read");
    }
    if (in.bad()) refuse_file(path, reason("cannot be read", errno));
    return out;
}

}  // namespace wattpurse::cli
