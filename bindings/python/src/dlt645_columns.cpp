// SPDX-License-Identifier: Apache-2.0
// Many frames at once, as columns. The GIL is released while they are read.
#include <cstdint>
#include <memory>
#include <vector>

#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/item_read.hpp>
#include <wattpurse/codec/dlt645/scan.hpp>

#include "bytes.hpp"
#include "column.hpp"
#include "dlt645.hpp"
#include "errors.hpp"

namespace wattpurse::python {

namespace {

/// What `status` says of a frame's value.
enum class value_state : std::uint8_t {
    number,       // `value` x 10^-`places`
    not_a_number, // another frame than an answer to a read, or a value of several fields
    missing,      // FF: the meter has no such value
    bad,          // not BCD, or a size that the layout does not have
    unknown,      // no such identifier in the catalogue
};

struct frame_columns {
    std::vector<std::int64_t> source{}, offset{}, address{}, value{};
    std::vector<std::uint32_t> data_id{};
    std::vector<std::uint8_t> control{}, places{}, status{};
    std::size_t bytes = 0, bytes_in_frames = 0;
    std::vector<std::int64_t> without_frame{};

    void add(const dlt645::frame_view& seen, std::size_t from, std::size_t at,
             const dlt645::catalogue& known);
};

std::int64_t digits_of(const dlt645::address& address)
{
    std::int64_t out = 0;
    for (std::size_t i = address.wire.size(); i > 0; --i) {
        const auto value = from_bcd_byte(address.wire[i - 1]);
        if (!value) return -1;
        out = out * 100 + *value;
    }
    return out;
}

/// Identifier and value of a normal answer to a read of either edition.
struct read_answer {
    std::size_t id_size = 0;  // 0: it is none
    dlt645::edition which = dlt645::edition::y2007;
};

read_answer read_answer_of(const dlt645::frame_view& seen)
{
    if (!seen.is_from_meter() || seen.is_abnormal()) return {};
    switch (seen.function()) {
        case 0x11: return {4, dlt645::edition::y2007};
        case 0x01: return {2, dlt645::edition::y1997};
        default: return {};
    }
}

void frame_columns::add(const dlt645::frame_view& seen, std::size_t from, std::size_t at,
                        const dlt645::catalogue& known)
{
    std::uint32_t id = 0;
    std::int64_t mantissa = 0;
    std::uint8_t scale = 0;
    auto state = value_state::not_a_number;
    const read_answer read = read_answer_of(seen);
    if (read.id_size != 0 && seen.length() >= read.id_size) {
        for (std::size_t i = 0; i < read.id_size; ++i) {
            id |= static_cast<std::uint32_t>(seen[i]) << 8U * i;
        }
        const auto* const row = known.find(read.which, id);
        if (row == nullptr) {
            state = value_state::unknown;
        } else if (row->is_single() && !row->secret) {
            std::uint8_t room[dlt645::data_size_max];
            const auto data = seen.data_into(room, read.id_size);
            const auto number = data ? dlt645::read_number(*row, *data)
                                     : result<std::int64_t>{fail(data.error())};
            const auto kind = row->first().kind;
            if (number) {
                state = value_state::number;
                mantissa = *number;
                scale = row->first().places;
            } else if (kind == dlt645::field_kind::number || kind == dlt645::field_kind::binary) {
                state = number.error() == errc::not_available ? value_state::missing
                                                              : value_state::bad;
            }
        }
    }
    source.push_back(static_cast<std::int64_t>(from));
    offset.push_back(static_cast<std::int64_t>(at));
    address.push_back(digits_of(seen.address()));
    control.push_back(seen.control());
    data_id.push_back(id);
    value.push_back(mantissa);
    places.push_back(scale);
    status.push_back(static_cast<std::uint8_t>(state));
    bytes_in_frames += seen.wire().size();
}

void read_into(frame_columns& out, byte_span bytes, std::size_t from,
               const dlt645::catalogue& known)
{
    const auto count = dlt645::for_each_frame(
        bytes, [&](const dlt645::frame_view& seen, std::size_t at) {
            out.add(seen, from, at, known);
        });
    out.bytes += bytes.size();
    if (count == 0) {
        out.without_frame.push_back(static_cast<std::int64_t>(from));
    }
}

py::dict dict_of(frame_columns&& all)
{
    py::dict out;
    out["source"] = column_object(std::move(all.source));
    out["offset"] = column_object(std::move(all.offset));
    out["address"] = column_object(std::move(all.address));
    out["control"] = column_object(std::move(all.control));
    out["data_id"] = column_object(std::move(all.data_id));
    out["value"] = column_object(std::move(all.value));
    out["places"] = column_object(std::move(all.places));
    out["status"] = column_object(std::move(all.status));
    out["without_frame"] = column_object(std::move(all.without_frame));
    out["skipped_bytes"] = all.bytes - all.bytes_in_frames;
    return out;
}

py::dict decode_frames(const py::object& data, const std::shared_ptr<shared_catalogue>& own)
{
    const dlt645::catalogue known = own ? own->view() : dlt645::standard_catalogue();
    std::vector<std::unique_ptr<borrowed_bytes>> held;
    if (PyObject_CheckBuffer(data.ptr()) != 0) {
        held.push_back(std::make_unique<borrowed_bytes>(data, "data"));
    } else if (PyUnicode_Check(data.ptr()) || !py::isinstance<py::iterable>(data)) {
        raise("WrongType", {"data", type_name(data),
                            "a buffer of bytes (a whole log), or an iterable of such", "type"});
    } else {
        for (const py::handle each : data) {
            held.push_back(std::make_unique<borrowed_bytes>(each, "data"));
        }
    }
    frame_columns out;
    {
        const py::gil_scoped_release released;
        for (std::size_t i = 0; i < held.size(); ++i) {
            read_into(out, held[i]->span(), i, known);
        }
    }
    return dict_of(std::move(out));
}

}  // namespace

void bind_dlt645_columns(py::module_& to)
{
    bind_column<std::int64_t>(to, "Int64Column");
    bind_column<std::uint32_t>(to, "UInt32Column");
    bind_column<std::uint8_t>(to, "UInt8Column");
    to.def("decode_frames", &decode_frames, py::arg("data"), py::arg("catalogue") = py::none(),
           "Every good frame of a buffer (a log), or of an iterable of buffers, as columns.");
}

}  // namespace wattpurse::python
