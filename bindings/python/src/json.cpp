// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include <nlohmann/json.hpp>

namespace wattpurse::python {

py::object object_from(const nlohmann::ordered_json& value)
{
    using kind = nlohmann::ordered_json::value_t;
    switch (value.type()) {
        case kind::null: return py::none();
        case kind::boolean: return py::bool_(value.get<bool>());
        case kind::number_integer: return py::int_(value.get<long long>());
        case kind::number_unsigned: return py::int_(value.get<unsigned long long>());
        case kind::string: return py::str(value.get_ref<const std::string&>());
        case kind::array: {
            py::list out;
            for (const auto& each : value) {
                out.append(object_from(each));
            }
            return out;
        }
        case kind::object: {
            py::dict out;
            for (const auto& [name, each] : value.items()) {
                out[py::str(name)] = object_from(each);
            }
            return out;
        }
        default: return py::str(value.dump());
    }
}

}  // namespace wattpurse::python
