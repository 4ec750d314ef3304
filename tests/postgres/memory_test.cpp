// SPDX-License-Identifier: Apache-2.0
// What is read is held once: as what is answered, and not by libpq as well.
#include <fstream>
#include <sstream>

#include <malloc.h>

#include "postgres/work.hpp"

using namespace test_postgres;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_measured = false;  // what is given back stays in quarantine
#elif defined(__has_feature)
constexpr bool is_measured = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool is_measured = true;
#endif

[[nodiscard]] std::size_t kilobytes_of(const std::string& name)
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.rfind(name + ":", 0) != 0) continue;
        return std::stoul(line.substr(name.size() + 1));
    }
    throw std::runtime_error{"no " + name + " here"};
}

/// By how much the memory of this process grew while `work` went on, at most.
template <class Work>
[[nodiscard]] std::size_t peak_bytes(Work work)
{
    malloc_trim(0);
    std::ofstream{"/proc/self/clear_refs"} << "5" << std::flush;  // proc(5): the peak begins anew
    const std::size_t before = kilobytes_of("VmRSS");
    work();
    return (kilobytes_of("VmHWM") - before) * 1024;
}

}  // namespace

TEST_CASE("what is read is in memory once")
{
    if (!is_measured) return;
    constexpr std::size_t rows = 6'000;
    constexpr std::size_t size = 10'000;
    const std::uint32_t shard = fresh_shard();
    postgres_store books{common_server().conninfo(), shard};
    writer hand{books};
    REQUIRE(hand.commit(batch_of(hand, top_ups("wide", 1, rows / 2, 7), 1)).status ==
            commit_status::committed);
    const auto db = open_raw();
    const std::string of = std::to_string(shard);
    const std::string wide = "repeat('x', " + std::to_string(size) + ")";
    db->execute("UPDATE postings SET explain = " + wide + " WHERE shard = " + of);
    db->execute("INSERT INTO notices SELECT " + of + ", 'F01', i::text, 'alarm_1', i, NULL, " +
                wide + " FROM generate_series(1, " + std::to_string(rows) + ") i");
    constexpr std::size_t most = rows * size * 3 / 2;  // once, and not twice
    CHECK(peak_bytes([&] {
              std::vector<block_seal> seals;
              CHECK(books.blocks(0, 10, seals).value().size() == rows);
          }) < most);
    CHECK(peak_bytes([&] {
              CHECK(books.load().value().undelivered_notices.size() == rows);
          }) < most);
    CHECK(peak_bytes([&] { CHECK(books.notices().value().size() == rows); }) < most);
    CHECK(peak_bytes([&] {
              CHECK(books.postings(account("house.payments"), 0, rows).value().size() ==
                    rows / 2);
          }) < most / 2);
}
