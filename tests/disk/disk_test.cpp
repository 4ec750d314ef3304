// SPDX-License-Identifier: Apache-2.0
// The disk of the tests itself: what a power cut may and may not do to it.
#include "disk/disk.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace test_disk;

namespace {

constexpr std::uint64_t cuts = 400;

[[nodiscard]] file_bytes filled(std::size_t size, std::uint8_t with)
{
    return file_bytes(size, with);
}

[[nodiscard]] file_bytes content(const disk& of, const std::string& name)
{
    return of.at(of.find(name).value()).now;
}

/// A file with two durable sectors of ones.
[[nodiscard]] disk with_ones(file_id& id)
{
    disk made;
    id = made.create("f");
    made.write(id, 0, filled(2 * sector_size, 1));
    made.flush(id);
    made.flush_names();
    return made;
}

}  // namespace

TEST_CASE("what was flushed outlives every power cut")
{
    file_id id = 0;
    const disk made = with_ones(id);
    CHECK(made.pending_bytes() == 0);
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        REQUIRE(content(made.after_power_cut(seed), "f") == filled(2 * sector_size, 1));
    }
}

TEST_CASE("what was not flushed is kept, lost, torn at sectors, and overtaken by later writes")
{
    file_id id = 0;
    disk made = with_ones(id);
    made.write(id, 0, filled(2 * sector_size, 2));
    made.write(id, 0, filled(2 * sector_size, 3));
    CHECK(made.pending_bytes() == 4 * sector_size);
    CHECK(content(made, "f") == filled(2 * sector_size, 3));
    std::set<std::pair<int, int>> found;
    for (std::uint64_t seed = 0; seed < 10 * cuts; ++seed) {
        const file_bytes left = content(made.after_power_cut(seed), "f");
        REQUIRE(left.size() == 2 * sector_size);
        const auto second = left.begin() + sector_size;
        REQUIRE(std::all_of(left.begin(), second, [&](auto b) { return b == left[0]; }));
        REQUIRE(std::all_of(second, left.end(), [&](auto b) { return b == *second; }));
        found.emplace(left[0], *second);
    }
    CHECK(found.size() == 9);  // each sector old, older or new
}

TEST_CASE("a file that has grown may have a hole, of zeros or of old content")
{
    file_id id = 0;
    disk made = with_ones(id);
    made.write(id, 2 * sector_size, filled(sector_size, 2));
    made.write(id, 3 * sector_size, filled(sector_size, 3));
    std::set<std::size_t> sizes;
    std::set<int> in_hole;
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        const file_bytes left = content(made.after_power_cut(seed), "f");
        sizes.insert(left.size() / sector_size);
        if (left.size() == 4 * sector_size && left[3 * sector_size] == 3) {
            in_hole.insert(left[2 * sector_size]);
        }
        REQUIRE(std::equal(left.begin(), left.begin() + 2 * sector_size,
                           filled(2 * sector_size, 1).begin()));
    }
    CHECK(sizes == std::set<std::size_t>{2, 3, 4});
    CHECK(in_hole.size() > 3);
    CHECK(in_hole.count(0) == 1);
    CHECK(in_hole.count(2) == 1);
}

TEST_CASE("a change of size is one more change, lost or kept")
{
    file_id id = 0;
    disk made = with_ones(id);
    made.resize(id, 0);
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        sizes.insert(content(made.after_power_cut(seed), "f").size());
    }
    CHECK(sizes == std::set<std::size_t>{0, 2 * sector_size});
}

TEST_CASE("names are not durable before the names are flushed, whatever became of the content")
{
    disk made;
    const file_id id = made.create("new");
    made.write(id, 0, filled(10, 1));
    made.flush(id);
    std::set<bool> there;
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        there.insert(made.after_power_cut(seed).find("new").has_value());
    }
    CHECK(there.size() == 2);

    made.flush_names();
    made.remove("new");
    CHECK_FALSE(made.find("new").has_value());
    there.clear();
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        const disk left = made.after_power_cut(seed);
        there.insert(left.find("new").has_value());
        if (left.find("new")) {
            REQUIRE(content(left, "new") == filled(10, 1));
        }
    }
    CHECK(there.size() == 2);
}

TEST_CASE("what a failed flush has lost is seen until the power fails, and no later flush saves it")
{
    std::set<int> left;
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        file_id id = 0;
        disk made = with_ones(id);
        made.write(id, 0, filled(sector_size, 2));
        made.fail_flush(id, seed);
        CHECK(content(made, "f")[0] == 2);
        made.write(id, sector_size, filled(sector_size, 3));
        made.flush(id);
        const file_bytes found = content(made.after_power_cut(seed), "f");
        CHECK(found[sector_size] == 3);
        left.insert(found[0]);
    }
    CHECK(left == std::set<int>{1, 2});
}

TEST_CASE("a disk can be told again from its changes")
{
    file_id id = 0;
    disk made = with_ones(id);
    made.write(id, 5, filled(1, 9));
    disk again;
    for (const operation& step :
         {operation{operation::kind::create, 0, "f", {}},
          operation{operation::kind::write, 0, {}, {0, filled(2 * sector_size, 1), {}}},
          operation{operation::kind::flush, 0, {}, {}},
          operation{operation::kind::flush_names, 0, {}, {}},
          operation{operation::kind::write, 0, {}, {5, filled(1, 9), {}}}}) {
        again.perform(step);
    }
    CHECK(content(again, "f") == content(made, "f"));
    for (std::uint64_t seed = 0; seed < cuts; ++seed) {
        REQUIRE(content(again.after_power_cut(seed), "f") ==
                content(made.after_power_cut(seed), "f"));
    }
}
