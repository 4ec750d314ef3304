// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/credit/decide.hpp>
#include <wattpurse/credit/policy.hpp>
#include <wattpurse/model/arrival.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/credit_state.hpp>
#include <wattpurse/model/notice.hpp>
#include <wattpurse/port/store.hpp>

namespace wattpurse::engine {

/// Runs credit control over all accounts: keeps their states, their open command and their
/// undelivered notices, and follows a command from decision to proof.
class control {
public:
    explicit control(credit::policy rules);
    [[nodiscard]] const credit::policy& rules() const noexcept { return policy_; }

    /// Takes up the states and the commands of the house, open and ended.
    void load(const port::snapshot& state, const std::vector<command>& commands);
    void open(const account_id& account);

    /// What came back. Each call adds what changed to the batch.
    void take_result(const arrival& what, instant tick, port::batch& into);
    void take_status(const arrival& what, instant tick, port::batch& into);
    void take_receipt(const arrival& what, instant tick, port::batch& into);
    /// A new meter: nothing is known of its relay, and a command to the old one is void.
    void meter_changed(const account_id& account, port::batch& into);

    /// Decides for one account and adds states, notices and the queued command to the batch.
    void decide(const account_id& account, const meter_id& meter, const money& balance,
                std::optional<instant> newest_reading, instant tick, port::batch& into);

    /// Commands decided and durable, not yet sent: each is evaluated anew; those that still hold
    /// are marked as sent. Returns them.
    [[nodiscard]] std::vector<command> release(
        const std::map<account_id, credit::account_view>& views, instant now,
        port::batch& into);

    [[nodiscard]] const credit_state& state(const account_id& account) const;
    [[nodiscard]] const command* open_command(const account_id& account) const;
    [[nodiscard]] std::vector<account_id> queued() const;
    [[nodiscard]] std::vector<notice> undelivered() const;
    [[nodiscard]] credit::account_view view(const account_id& account, const money& balance,
                                            std::optional<instant> newest_reading) const;
    /// The next moment at which a decision could change by time alone.
    [[nodiscard]] instant evaluate_at() const;

private:
    struct entry {
        credit_state state;
        std::optional<command> open;
        std::optional<command> last;  ///< the newest that was sent and has ended
        std::optional<instant> evaluate_at;
    };

    void check_overdue(entry& of, instant tick, port::batch& into);
    void finish(entry& of, command_state state, instant tick, port::batch& into);

    credit::policy policy_;
    std::map<account_id, entry> accounts_;
    std::map<std::string, notice> undelivered_;
};

}  // namespace wattpurse::engine
