// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <wattpurse/port/store.hpp>

namespace wattpurse::port {

/// The books in memory: the same rules as a store on disk, and gone with the object. For tests,
/// simulation and what-if runs.
class memory_store final : public store {
public:
    [[nodiscard]] result<std::uint64_t, std::string> fence() override;
    void submit(const batch& work) override;
    [[nodiscard]] std::optional<commit_outcome> poll() override;
    [[nodiscard]] result<snapshot, std::string> load() override;
    [[nodiscard]] result<std::vector<posting>, std::string> find_transfer(
        std::string_view key) override;
    [[nodiscard]] result<std::vector<posting>, std::string> linked(std::string_view key) override;
    [[nodiscard]] result<std::vector<posting>, std::string> postings(
        const account_id& account, std::uint64_t after, std::size_t limit) override;
    [[nodiscard]] result<std::vector<posting>, std::string> blocks(
        std::uint64_t after_block, std::size_t block_limit,
        std::vector<block_seal>& seals) override;
    [[nodiscard]] result<std::vector<booked_line>, std::string> booked(
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
    using transfer_leg_id = std::pair<std::string, std::uint32_t>;
    using reading_id = std::tuple<meter_id, instant, reading_source>;
    using day_id = std::tuple<account_id, instant, meter_id>;
    using service_id = std::tuple<account_id, instant, meter_id>;
    using bill_id = std::pair<account_id, period_id>;

    [[nodiscard]] std::string fault_of(const batch& work) const;
    [[nodiscard]] std::string head_fault(const batch& work) const;
    [[nodiscard]] std::string posting_fault(const batch& work) const;
    [[nodiscard]] std::string seal_fault(const batch& work) const;
    [[nodiscard]] std::string document_fault(const batch& work) const;
    [[nodiscard]] std::string day_fault(const batch& work) const;
    [[nodiscard]] std::size_t loose_of(const sealed_day& day, const batch& work) const;
    [[nodiscard]] account_head head_of(const account_id& account) const;
    void append(const batch& work);
    void upsert(const batch& work);

    std::uint64_t epoch_ = 0;
    std::optional<commit_outcome> outcome_;
    std::optional<port::progress> progress_;
    std::vector<posting> postings_;  ///< in the order of appending
    std::map<transfer_leg_id, std::size_t> by_key_;  ///< positions in postings_
    std::map<account_id, std::vector<std::size_t>> by_account_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> by_link_;
    std::map<std::string, reservation> reservations_;
    std::map<std::pair<account_id, instant>, account_terms> terms_;
    std::vector<block_seal> seals_;
    std::map<reading_id, reading> readings_;
    std::map<day_id, std::vector<sealed_day>> sealed_days_;  ///< its revisions, from 1
    std::map<service_id, service> services_;
    std::map<account_id, credit_state> credit_states_;
    std::map<std::string, command> commands_;
    std::map<std::string, notice> notices_;
    std::set<event> events_;
    std::map<bill_id, bill> bills_;
    std::map<std::uint64_t, arrival> inbox_;
};

}  // namespace wattpurse::port
