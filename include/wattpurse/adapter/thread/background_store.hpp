// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/port/store.hpp>

namespace wattpurse::adapter::thread {

/// Another store, whose commits are done by a thread of their own, so that a slow disk never holds
/// up whoever hands over a batch:
///
/// - `submit` copies the batch, hands it over and returns; `poll` answers at once, with nothing
///   while the batch is under way;
/// - everything else (`fence`, `load` and all that reads) first waits until no batch is under way,
///   and is then done in the calling thread. What is read is therefore never older than the last
///   batch that was handed over;
/// - an exception out of the other store becomes `failed`, and stays so: what it has left behind
///   is not known. Out of what reads, it becomes the error's text.
///
/// May be used by several threads; the other store is used by one at a time, and by nobody else as
/// long as this one exists. Batches remain one at a time.
class background_store final : public port::store {
public:
    /// `books` must outlive it.
    explicit background_store(port::store& books);
    /// Waits for the batch under way.
    ~background_store() override;

    background_store(const background_store&) = delete;
    background_store& operator=(const background_store&) = delete;

    /// To be called when the outcome of a batch can be polled, by the thread that has committed
    /// it: it should do no more than wake up another, and must not use the store. One that is set
    /// (or taken away) while the one before is running waits for its end.
    void on_outcome(std::function<void()> wake);

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
    class worker;
    std::unique_ptr<worker> worker_;
};

}  // namespace wattpurse::adapter::thread
