// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <wattpurse/model/arrival.hpp>
#include <wattpurse/model/notice.hpp>

namespace wattpurse {

/// What the house says to the desk (营业厅): the counter, the payment and the message channels.
/// What the desk says to the house are arrivals: payments, fitters' orders and receipts.
struct desk_message {
    enum class topic : std::uint8_t {
        accepted,  ///< an order or payment is durable; it need not be told again
        notice,    ///< to be delivered; the desk answers with a receipt
    };
    topic what = topic::accepted;
    arrival_kind kind = arrival_kind::payment;  ///< accepted: of what
    std::string key;                            ///< accepted: its key
    notice note;                                ///< notice
};

}  // namespace wattpurse
