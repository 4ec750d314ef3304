// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/port/memory_store.hpp>

/// Books in memory with something in between, for tests.
namespace test_stores {

using namespace wattpurse;

/// Everything goes through; what derives from it changes what it is about.
class wrapped_store : public port::store {
public:
    [[nodiscard]] result<std::uint64_t, std::string> fence() override { return books_.fence(); }
    void submit(const port::batch& work) override { books_.submit(work); }
    [[nodiscard]] std::optional<port::commit_outcome> poll() override { return books_.poll(); }
    [[nodiscard]] result<port::snapshot, std::string> load() override { return books_.load(); }
    [[nodiscard]] result<std::vector<posting>, std::string> find_transfer(
        std::string_view key) override
    {
        return books_.find_transfer(key);
    }
    [[nodiscard]] result<std::vector<posting>, std::string> linked(std::string_view key) override
    {
        return books_.linked(key);
    }
    [[nodiscard]] result<std::vector<posting>, std::string> postings(
        const account_id& account, std::uint64_t after, std::size_t limit) override
    {
        return books_.postings(account, after, limit);
    }
    [[nodiscard]] result<std::vector<posting>, std::string> blocks(
        std::uint64_t after_block, std::size_t block_limit,
        std::vector<block_seal>& seals) override
    {
        return books_.blocks(after_block, block_limit, seals);
    }
    [[nodiscard]] result<std::vector<port::booked_line>, std::string> booked(
        std::string_view subject_prefix, instant since) override
    {
        return books_.booked(subject_prefix, since);
    }
    [[nodiscard]] result<std::vector<reading>, std::string> readings(
        const account_id& account, instant from, instant until) override
    {
        return books_.readings(account, from, until);
    }
    [[nodiscard]] result<std::vector<reading>, std::string> loose_readings(
        instant until, std::size_t limit) override
    {
        return books_.loose_readings(until, limit);
    }
    [[nodiscard]] result<std::vector<sealed_day>, std::string> sealed_days(
        const account_id& account, instant from, instant until) override
    {
        return books_.sealed_days(account, from, until);
    }
    [[nodiscard]] result<std::vector<command>, std::string> commands() override
    {
        return books_.commands();
    }
    [[nodiscard]] result<std::vector<notice>, std::string> notices() override
    {
        return books_.notices();
    }
    [[nodiscard]] result<std::vector<event>, std::string> events() override
    {
        return books_.events();
    }

protected:
    port::memory_store books_;
};

/// Breaks at chosen batches, counted from 1 over all terms of writing: the batch is lost, or it
/// is durable and its outcome is lost. Whoever submitted it learns of a failed medium and has to
/// start anew; for the books that is what a killed process is.
class breaking_store final : public wrapped_store {
public:
    enum class moment { before, after };
    static constexpr std::string_view what = "broken on purpose";

    breaking_store(moment when, std::vector<std::uint64_t> broken)
        : when_{when}, broken_{std::move(broken)}
    {
    }

    [[nodiscard]] std::uint64_t batches() const noexcept { return batches_; }
    [[nodiscard]] std::uint64_t breaks() const noexcept { return breaks_; }

    void submit(const port::batch& work) override
    {
        ++batches_;
        const bool breaks = std::binary_search(broken_.begin(), broken_.end(), batches_);
        if (breaks) {
            ++breaks_;
            outcome_ = {port::commit_status::failed, std::string{what}};
        }
        if (breaks && when_ == moment::before) return;
        books_.submit(work);
        const auto done = books_.poll();
        if (!breaks) outcome_ = done;
    }

    [[nodiscard]] std::optional<port::commit_outcome> poll() override
    {
        return std::exchange(outcome_, std::nullopt);
    }

private:
    moment when_;
    std::vector<std::uint64_t> broken_;  ///< rising
    std::uint64_t batches_ = 0;
    std::uint64_t breaks_ = 0;
    std::optional<port::commit_outcome> outcome_;
};

/// Takes its time: a batch is durable, and its outcome known, only when it has been asked for so
/// many times in vain.
class slow_store final : public wrapped_store {
public:
    explicit slow_store(unsigned polls_in_vain) : polls_in_vain_{polls_in_vain} {}

    void submit(const port::batch& work) override
    {
        under_way_ = work;
        left_ = polls_in_vain_;
    }

    [[nodiscard]] std::optional<port::commit_outcome> poll() override
    {
        if (!under_way_) return std::nullopt;
        if (left_ > 0) {
            --left_;
            return std::nullopt;
        }
        books_.submit(*std::exchange(under_way_, std::nullopt));
        return books_.poll();
    }

private:
    unsigned polls_in_vain_;
    unsigned left_ = 0;
    std::optional<port::batch> under_way_;
};

/// A disk whose flush takes so long by a clock of the test's; for ever with `stands_still`.
class late_store final : public wrapped_store {
public:
    duration takes{0};
    bool stands_still = false;
    std::size_t largest_batch = 0;  ///< arrivals staged and booked by one
    std::uint64_t overlapping = 0;  ///< batches handed over while another was under way

    explicit late_store(std::function<instant()> clock) : clock_{std::move(clock)} {}

    [[nodiscard]] bool is_busy() const noexcept { return under_way_.has_value(); }

    void submit(const port::batch& work) override
    {
        overlapping += under_way_ ? 1 : 0;
        largest_batch = std::max(largest_batch, work.arrivals.size() + work.booked_arrivals.size());
        under_way_ = work;
        done_at_ = clock_() + takes;
    }

    [[nodiscard]] std::optional<port::commit_outcome> poll() override
    {
        if (!under_way_ || stands_still || clock_() < done_at_) return std::nullopt;
        books_.submit(*std::exchange(under_way_, std::nullopt));
        return books_.poll();
    }

private:
    std::function<instant()> clock_;
    instant done_at_;
    std::optional<port::batch> under_way_;
};

}  // namespace test_stores
