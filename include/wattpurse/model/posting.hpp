// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// What a movement of money is for.
enum class posting_kind : std::uint8_t {
    opening,     ///< balance brought in when an account is opened
    top_up,      ///< money paid in (充值)
    charge,      ///< metered energy
    adjustment,  ///< correction of charges that were posted before
    rounding,    ///< brings a closed bill to whole fen
    refund,      ///< money paid out
    transfer,    ///< between two customers' accounts
    reserve,     ///< set aside for something whose price is not known yet (预留)
    settle,      ///< pays out of what was reserved, and gives back the rest
    release,     ///< gives back what was reserved: called off, or out of time
    reversal,    ///< takes back a transfer, or a part of it (冲正)
    closing,     ///< empties an account that is closed (销户)
};

/// One side of a transfer. Positive amounts raise the account's balance.
struct transfer_leg {
    account_id account;
    money amount;
};

/// A movement of money between accounts, as it is asked for. The amounts sum to zero, those of
/// each asset for itself.
///
/// `key` is chosen by the caller and makes a repeat recognisable: same key and same content is
/// the same transfer, same key and other content is an error.
///
/// An account holds one asset: money of one currency, or `kilowatt_hours`. Energy that is sold for
/// money is one transfer of four legs, two of each asset.
struct transfer {
    std::string key;
    posting_kind kind = posting_kind::charge;
    std::string subject;   ///< what it is for, "2026-01/energy.peak"; empty where nothing
    instant effective_at;  ///< the moment it speaks of
    instant recorded_at;   ///< the moment it is booked
    std::vector<transfer_leg> legs;
    std::string explain;   ///< one line for the statement
    std::string link;      ///< settle, release, reversal: the key of what they are about
    /// reserve: when it is given back at the latest; none: it waits.
    std::optional<instant> expires_at;
    /// Two legs, the first of which pays: no more than may be taken from its account, which may
    /// be nothing.
    bool at_most = false;
};

/// One durable row: one leg of a transfer with its place in the account and in the chain.
struct posting {
    account_id account;
    std::uint64_t account_seq = 0;  ///< 1, 2, 3 ... without a gap per account
    std::string key;                ///< the transfer's key
    std::uint32_t leg = 0;          ///< which leg of the transfer, from 0
    posting_kind kind = posting_kind::charge;
    std::string subject;
    instant effective_at;
    instant recorded_at;
    money amount;
    money running_balance;          ///< of the account after this posting
    std::uint64_t block = 0;        ///< block of the hash chain it is sealed in
    std::string explain;
    std::string link;               ///< the transfer's
    std::optional<instant> expires_at;  ///< of a reservation
};

/// Energy that is owned, as an asset beside money: steps of 10^-6 kWh. No currency of ISO 4217.
inline constexpr currency kilowatt_hours{"KWH"};

/// Where an account stands: the sequence number of its last posting and the balance after it.
struct account_head {
    account_id account;
    std::uint64_t seq = 0;
    money balance;
};

[[nodiscard]] constexpr std::string_view to_string(posting_kind kind) noexcept
{
    switch (kind) {
        case posting_kind::opening: return "opening";
        case posting_kind::top_up: return "top_up";
        case posting_kind::charge: return "charge";
        case posting_kind::adjustment: return "adjustment";
        case posting_kind::rounding: return "rounding";
        case posting_kind::refund: return "refund";
        case posting_kind::transfer: return "transfer";
        case posting_kind::reserve: return "reserve";
        case posting_kind::settle: return "settle";
        case posting_kind::release: return "release";
        case posting_kind::reversal: return "reversal";
        case posting_kind::closing: return "closing";
    }
    return "unknown";
}

}  // namespace wattpurse
