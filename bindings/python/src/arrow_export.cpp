// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstring>

#include <wattpurse/base/scaled_number.hpp>

#include "arrow.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "time.hpp"

namespace wattpurse::python {

std::size_t out_table::rows() const
{
    if (columns.empty()) return 0;
    struct size_of {
        std::size_t operator()(const texts& of) const { return of.ends.size() - 1; }
        std::size_t operator()(const decimals& of) const { return of.mantissas.size(); }
        std::size_t operator()(const moments& of) const { return of.ms.size(); }
        std::size_t operator()(const counts& of) const { return of.values.size(); }
    };
    return std::visit(size_of{}, columns.front().values);
}

namespace {

using table_ptr = std::shared_ptr<const out_table>;

std::string format_of(const out_column& column)
{
    struct format {
        std::string operator()(const texts&) const { return "u"; }
        std::string operator()(const decimals& of) const
        {
            return "d:20," + std::to_string(of.places);
        }
        std::string operator()(const moments&) const { return "tsu:UTC"; }
        std::string operator()(const counts&) const { return "l"; }
    };
    return std::visit(format{}, column.values);
}

/// A schema, or one of its columns, with what it points to.
struct schema_room {
    std::string format;
    std::string name;
    std::vector<ArrowSchema> columns;
    std::vector<ArrowSchema*> pointers;
};

void release_schema(ArrowSchema* of)
{
    auto* const room = static_cast<schema_room*>(of->private_data);
    for (ArrowSchema& each : room->columns) {
        if (each.release != nullptr) each.release(&each);
    }
    of->release = nullptr;
    delete room;
}

void fill(ArrowSchema& to, std::string format, std::string name)
{
    auto* const room = new schema_room{std::move(format), std::move(name), {}, {}};
    to = {};
    to.format = room->format.c_str();
    to.name = room->name.c_str();
    to.release = release_schema;
    to.private_data = room;
}

void give_schema(const out_table& from, ArrowSchema& to)
{
    fill(to, "+s", "");
    auto* const room = static_cast<schema_room*>(to.private_data);
    room->columns.resize(from.columns.size());
    for (std::size_t i = 0; i < from.columns.size(); ++i) {
        fill(room->columns[i], format_of(from.columns[i]), from.columns[i].name);
        room->pointers.push_back(&room->columns[i]);
    }
    to.n_children = static_cast<std::int64_t>(room->columns.size());
    to.children = room->pointers.data();
}

/// Bytes that a column's array points to: those of the table, or made for it.
struct array_room {
    table_ptr keeps;
    std::vector<kernel::int128> wide;
    std::vector<std::int64_t> micros;
    std::array<const void*, 3> buffers{};
    std::vector<ArrowArray> columns;
    std::vector<ArrowArray*> pointers;
};

void release_array(ArrowArray* of)
{
    auto* const room = static_cast<array_room*>(of->private_data);
    for (ArrowArray& each : room->columns) {
        if (each.release != nullptr) each.release(&each);
    }
    of->release = nullptr;
    delete room;
}

array_room& fill(ArrowArray& to, const table_ptr& keeps, std::int64_t buffers)
{
    auto* const room = new array_room;
    room->keeps = keeps;
    to = {};
    to.length = static_cast<std::int64_t>(keeps->rows());
    to.n_buffers = buffers;
    to.buffers = room->buffers.data();
    to.release = release_array;
    to.private_data = room;
    return *room;
}

void give_column(const table_ptr& keeps, const out_column& from, ArrowArray& to)
{
    if (const auto* const of = std::get_if<texts>(&from.values)) {
        auto& room = fill(to, keeps, 3);
        room.buffers[1] = of->ends.data();
        room.buffers[2] = of->bytes.data();
    } else if (const auto* const numbers = std::get_if<decimals>(&from.values)) {
        auto& room = fill(to, keeps, 2);
        room.wide.assign(numbers->mantissas.begin(), numbers->mantissas.end());
        room.buffers[1] = room.wide.data();
    } else if (const auto* const times = std::get_if<moments>(&from.values)) {
        auto& room = fill(to, keeps, 2);
        for (const std::int64_t each : times->ms) room.micros.push_back(each * 1000);
        room.buffers[1] = room.micros.data();
    } else {
        auto& room = fill(to, keeps, 2);
        room.buffers[1] = std::get<counts>(from.values).values.data();
    }
}

void give_array(const table_ptr& from, ArrowArray& to)
{
    auto& room = fill(to, from, 1);
    room.columns.resize(from->columns.size());
    for (std::size_t i = 0; i < from->columns.size(); ++i) {
        give_column(from, from->columns[i], room.columns[i]);
        room.pointers.push_back(&room.columns[i]);
    }
    to.n_children = static_cast<std::int64_t>(room.columns.size());
    to.children = room.pointers.data();
}

/// A stream of one batch.
struct stream_room {
    table_ptr from;
    bool is_given = false;
};

py::capsule stream_of(const table_ptr& from)
{
    auto* const stream = new ArrowArrayStream{};
    stream->private_data = new stream_room{from};
    stream->get_schema = [](ArrowArrayStream* self, ArrowSchema* to) {
        give_schema(*static_cast<stream_room*>(self->private_data)->from, *to);
        return 0;
    };
    stream->get_next = [](ArrowArrayStream* self, ArrowArray* to) {
        auto& room = *static_cast<stream_room*>(self->private_data);
        *to = {};
        if (!room.is_given) give_array(room.from, *to);
        room.is_given = true;
        return 0;
    };
    stream->get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    stream->release = [](ArrowArrayStream* self) {
        delete static_cast<stream_room*>(self->private_data);
        self->release = nullptr;
    };
    return py::capsule{stream, "arrow_array_stream", [](PyObject* capsule) {
                           auto* const held = static_cast<ArrowArrayStream*>(
                               PyCapsule_GetPointer(capsule, "arrow_array_stream"));
                           if (held->release != nullptr) held->release(held);
                           delete held;
                       }};
}

py::object cell(const out_column& of, std::size_t row)
{
    if (const auto* const words = std::get_if<texts>(&of.values)) {
        const std::string_view text = (*words)[row];
        return py::str{text.data(), text.size()};
    }
    if (const auto* const numbers = std::get_if<decimals>(&of.values)) {
        return decimal_from(
            to_text({numbers->mantissas[row], static_cast<std::int8_t>(-numbers->places)}).view());
    }
    if (const auto* const times = std::get_if<moments>(&of.values)) {
        return datetime_from(instant{duration{times->ms[row]}});
    }
    return py::int_{std::get<counts>(of.values).values[row]};
}

py::list column_list(const out_table& of, const std::string& name)
{
    for (const out_column& each : of.columns) {
        if (each.name != name) continue;
        py::list out;
        for (std::size_t row = 0; row < of.rows(); ++row) out.append(cell(each, row));
        return out;
    }
    throw py::key_error{name};
}

py::dict row_dict(const out_table& of, py::ssize_t index)
{
    const auto rows = static_cast<py::ssize_t>(of.rows());
    if (index < -rows || index >= rows) throw py::index_error();
    py::dict out;
    for (const out_column& each : of.columns) {
        out[py::str{each.name}] =
            cell(each, static_cast<std::size_t>(index < 0 ? index + rows : index));
    }
    return out;
}

}  // namespace

void bind_arrow(py::module_& to)
{
    py::class_<out_table, std::shared_ptr<out_table>>(
        to, "Columns",
        "Named columns of one length: account numbers as text, amounts of money and energy as "
        "exact decimals, times in UTC. Anything that takes Arrow takes them without a copy of the "
        "whole (pyarrow.table(columns), polars.from_arrow(columns)); without Arrow they are rows "
        "and lists of Python objects.")
        .def("__arrow_c_stream__",
             [](const std::shared_ptr<out_table>& self, const py::object&) {
                 return stream_of(self);
             },
             py::arg("requested_schema") = py::none())
        .def("__len__", &out_table::rows)
        .def_property_readonly("names",
                               [](const out_table& self) {
                                   py::list out;
                                   for (const auto& each : self.columns) out.append(each.name);
                                   return out;
                               })
        .def("column", &column_list, py::arg("name"), "The values of a column as a list.")
        .def("row", &row_dict, py::arg("index"), "One row as a dict.");
}

}  // namespace wattpurse::python
