// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/port/store.hpp>

namespace wattpurse::engine {

/// All readings of an account with from <= effective_at <= until, by (effective_at, source,
/// meter): those of sealed days, and loose ones. Of one meter, moment and source the loose one
/// counts, unless it was recorded before the sealed one.
///
/// Error: what the store says, or which sealed day does not open and why.
[[nodiscard]] result<std::vector<reading>, std::string> readings_of(port::store& books,
                                                                    const account_id& account,
                                                                    instant from, instant until);

/// Days of `zone` that ended at `until` or before and have loose readings, sealed for a next
/// batch: first revisions, and for days that were sealed already the ones that follow, with what
/// came late. Of at most about `limit` readings; none where nothing is loose.
///
/// A day that cannot be sealed is left out. `fault` says of the first of them which it is and why,
/// or what the store could not read; it is empty where there is none.
[[nodiscard]] std::vector<port::day_sealing> closed_days(port::store& books, instant until,
                                                         fixed_zone zone, std::size_t limit,
                                                         std::string& fault);

}  // namespace wattpurse::engine
