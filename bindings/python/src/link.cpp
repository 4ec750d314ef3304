// SPDX-License-Identifier: Apache-2.0
#include "link.hpp"

#include <array>

#include "errors.hpp"

namespace wattpurse::python {

link::priority priority_of(const std::string& name)
{
    constexpr std::array names{"relay", "payment", "reading", "background"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (name == names[i]) return static_cast<link::priority>(i);
    }
    raise("InvalidValue", {"priority", "'" + name + "'",
                           "'relay', 'payment', 'reading' or 'background'", "syntax"});
}

std::uint8_t attempts_of(py::handle value)
{
    const auto count = value.cast<long>();
    if (count < 1 || count > 255) {
        raise(errc::out_of_range, {"attempts", shown(value), "1 to 255"});
    }
    return static_cast<std::uint8_t>(count);
}

void raise_queue_full(std::size_t jobs)
{
    raise("QueueFull", {"queue", std::to_string(jobs) + " jobs",
                        "room for one more: take events, or wait", "queue_full"});
}

}  // namespace wattpurse::python
