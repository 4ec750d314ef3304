// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include <wattpurse/tariff/rate.hpp>

#include "tariff.hpp"

namespace wattpurse::python {

/// One line, with the zone in which its times are shown.
struct shown_line {
    tariff::line value{};
    tariff_ptr by{};
};

/// What a period has cost. A whole period is closed: its last line may have taken the residue.
struct made_bill {
    tariff_ptr by{};
    tariff::period over{};
    instant through{};
    bool is_closed = false;
    tariff::rated what{};
    tariff::bill_totals totals{};
};

using bill_ptr = std::shared_ptr<const made_bill>;

[[nodiscard]] py::list lines_of(const std::vector<tariff::line>& all, const tariff_ptr& by);

void bind_tariff_line(py::module_& to);

}  // namespace wattpurse::python
