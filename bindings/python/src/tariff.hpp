// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <pybind11/pybind11.h>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/tariff.hpp>
#include <wattpurse/tariff/title.hpp>

#include "number.hpp"

namespace wattpurse::python {

namespace py = pybind11;

/// wattpurse.Tariff: a tariff that has passed `check`, with the text it was read from. It never
/// changes, so it may be read without the GIL as long as a pointer to it is held.
struct checked_tariff {
    std::string text{};
    tariff::tariff value{};
};

using tariff_ptr = std::shared_ptr<const checked_tariff>;

/// The tariff of a wattpurse.Tariff, shared; anything else raises WrongType naming the parameter.
[[nodiscard]] tariff_ptr tariff_pointer(py::handle value, const char* place = "tariff");
/// The same as a reference, good as long as the Python object lives.
[[nodiscard]] const tariff::tariff& tariff_of(py::handle value, const char* place = "tariff");

using consumption_ptr = std::shared_ptr<const tariff::consumption>;

/// The Python object Consumption. Whoever rates holds a pointer, and does so without the GIL; what
/// is added meanwhile goes to a copy.
class shared_consumption {
public:
    shared_consumption() = default;
    explicit shared_consumption(tariff::consumption value)
        : data_{std::make_shared<tariff::consumption>(std::move(value))}
    {
    }

    [[nodiscard]] const tariff::consumption& get() const { return *data_; }
    [[nodiscard]] consumption_ptr share() const { return data_; }
    [[nodiscard]] tariff::consumption& change()
    {
        if (data_.use_count() > 1) data_ = std::make_shared<tariff::consumption>(*data_);
        return *data_;
    }

private:
    std::shared_ptr<tariff::consumption> data_ = std::make_shared<tariff::consumption>();
};

/// What a Consumption holds; anything else raises WrongType.
[[nodiscard]] consumption_ptr consumption_of(py::handle value, const char* place = "consumption");

/// A billing period with the offsets that clocks show at its bounds.
struct shown_period {
    tariff::period value{};
    fixed_zone at_start{};
    fixed_zone at_end{};
};

[[nodiscard]] shown_period shown_in(const tariff::period& value, const tariff::civil_zone& zone);
[[nodiscard]] const tariff::period& period_of(py::handle value, const char* place = "period");

/// A datetime.date (no datetime), or "2026-01-31".
[[nodiscard]] tariff::civil_day day_of(py::handle value, const char* place);
[[nodiscard]] py::object date_from(tariff::civil_day day);
/// An aware datetime as the clocks of a zone show it; None for what is before or after all time.
[[nodiscard]] py::object shown_moment(instant at, const tariff::civil_zone& zone);

/// "en" or "zh".
[[nodiscard]] tariff::language language_of(py::handle value);
/// "import", "export", "reactive", "purchase" or "demand".
[[nodiscard]] tariff::channel channel_of(py::handle value, const char* place);
/// (name, value) of a pair; anything else raises WrongType.
[[nodiscard]] std::pair<std::string, py::object> named_pair(py::handle value, const char* place);
/// A decimal.Decimal with all its places.
template <int Scale>
[[nodiscard]] py::object number_from(decimal<Scale> value)
{
    return decimal_from(text(value).view());
}
/// kWh, kW and so on: an Energy, a Power, or a number of at most 4 places.
[[nodiscard]] tariff::scalar scalar_of(py::handle value, const char* place);

void bind_tariff_period(py::module_& to);
void bind_tariff_consumption(py::module_& to);
void bind_tariff_account(py::module_& to);
void bind_tariff_bill(py::module_& to);
void bind_tariff_units(py::module_& to);
void bind_tariff_questions(py::module_& to);

}  // namespace wattpurse::python
