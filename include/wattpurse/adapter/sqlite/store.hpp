// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/port/store.hpp>

namespace wattpurse::adapter::sqlite {

/// The version of the table layout this library writes. Older files are brought up to it when
/// they are opened, newer ones are refused.
inline constexpr std::int64_t schema_version = 3;

/// The books in one SQLite file: WAL, `synchronous=FULL`, one writer. A commit is one
/// transaction and one flush of the disk, however many rows it holds.
///
/// The posting rows are the truth: heads are read from the last row of each account, and no
/// table repeats a balance. Money is stored as integers, 10^-6 of the currency unit.
///
/// After an error of the medium the store answers `failed` to every further batch; the state on
/// disk is whole, and is found by opening the file anew. Opening also writes and flushes anew what
/// a killed program has left in the log, since a flush that failed may have lost it; on a disk too
/// full for that, the books can be read only. A file that another writer keeps locked for longer
/// than `busy_max` is a conflict.
///
/// For one thread at a time. Work is done inside `submit`; see `adapter::thread::background_store`.
class store final : public port::store {
public:
    /// Opens or creates the file. Throws `std::runtime_error` naming the path and the reason:
    /// what SQLite says, a newer schema, or a database of some other program.
    explicit store(const std::string& path, duration busy_max = duration{5000});
    ~store() override;

    store(const store&) = delete;
    store& operator=(const store&) = delete;

    [[nodiscard]] result<std::uint64_t, std::string> fence() override;
    void submit(const port::batch& work) override;
    [[nodiscard]] std::optional<port::commit_outcome> poll() override;
    [[nodiscard]] result<port::snapshot, std::string> load() override;
    [[nodiscard]] result<std::vector<posting>, std::string> find_transfer(
        std::string_view key) override;
    [[nodiscard]] result<std::vector<posting>, std::string> linked(std::string_view key) override;
    [[nodiscard]] result<std::vector<posting>, std::string> postings(
        const account_id& account, std::uint64_t after, std::size_t limit) override;
    [[nodiscard]] result<std::vector<posting>, std::string> blocks(
        std::uint64_t after_block, std::size_t block_limit,
        std::vector<block_seal>& seals) override;
    [[nodiscard]] result<std::vector<port::booked_line>, std::string> booked(
        std::string_view subject_prefix, instant since) override;
    [[nodiscard]] result<std::vector<reading>, std::string> readings(
        const account_id& account, instant from, instant until) override;
    [[nodiscard]] result<std::vector<reading>, std::string> loose_readings(
        instant until, std::size_t limit) override;
    [[nodiscard]] result<std::vector<sealed_day>, std::string> sealed_days(
        const account_id& account, instant from, instant until) override;
    [[nodiscard]] result<std::vector<command>, std::string> commands() override;
    [[nodiscard]] result<std::vector<notice>, std::string> notices() override;
    [[nodiscard]] result<std::vector<event>, std::string> events() override;

private:
    struct books;
    std::unique_ptr<books> books_;
    std::optional<port::commit_outcome> outcome_;
};

}  // namespace wattpurse::adapter::sqlite
