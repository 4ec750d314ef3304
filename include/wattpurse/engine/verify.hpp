// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <wattpurse/base/result.hpp>
#include <wattpurse/engine/site.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/port/store.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::engine {

/// Invariants that tie the books to the meters; the ledger's own are in `ledger::audit`.
struct metering_report {
    ledger::invariant charged_once;  ///< I5: revisions 1, 2, 3 ... of each line, each key once
    ledger::invariant registers;     ///< I6: registers' end less start is the energy billed
    ledger::invariant replay;        ///< I8: rating the stored readings anew gives every posting
};

/// Goes through all readings, bills and postings of a store. `where` and `price_list` are those
/// the books were kept with. Error: what could not be read.
[[nodiscard]] result<metering_report, std::string> verify(port::store& books, const site& where,
                                                          const tariff::tariff& price_list);

}  // namespace wattpurse::engine
