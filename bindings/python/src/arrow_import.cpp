// SPDX-License-Identifier: Apache-2.0
#include "arrow.hpp"

#include <cstring>

#include "errors.hpp"

namespace wattpurse::python {

int arrow_table::find(std::string_view name) const
{
    for (std::int64_t i = 0; i < schema->n_children; ++i) {
        if (name == schema->children[i]->name) return static_cast<int>(i);
    }
    return -1;
}

std::vector<std::string> arrow_table::names() const
{
    std::vector<std::string> out;
    for (std::int64_t i = 0; i < schema->n_children; ++i) {
        out.emplace_back(schema->children[i]->name);
    }
    return out;
}

namespace {

void check(int code, ArrowArrayStream& stream)
{
    if (code == 0) return;
    const char* const said = stream.get_last_error(&stream);
    raise("Error", {.place = "readings",
                    .message = "readings: the stream of columns ends with: " +
                               std::string{said == nullptr ? std::strerror(code) : said}});
}

}  // namespace

arrow_table arrow_table_of(py::handle from)
{
    const py::object capsule = from.attr("__arrow_c_stream__")();
    auto* const given = static_cast<ArrowArrayStream*>(
        PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
    if (given == nullptr) throw py::error_already_set();
    arrow_owned<ArrowArrayStream> stream;
    *stream.get() = std::exchange(*given, {});
    arrow_table out;
    check(stream->get_schema(stream.get(), out.schema.get()), *stream.get());
    if (std::string_view{out.schema->format} != "+s") {
        raise("WrongType", {.place = "readings",
                            .value = "one column of format " + std::string{out.schema->format},
                            .expected = "a table: columns with names"});
    }
    for (;;) {
        arrow_owned<ArrowArray> next;
        check(stream->get_next(stream.get(), next.get()), *stream.get());
        if (next->release == nullptr) break;
        if (next->length > 0) out.batches.push_back(std::move(next));
    }
    return out;
}

}  // namespace wattpurse::python
