// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/item_read.hpp>
#include <wattpurse/codec/dlt645/item_text.hpp>
#include <wattpurse/codec/dlt645/parse_1997.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>

#include "bytes.hpp"
#include "dlt645.hpp"
#include "errors.hpp"
#include "frame_json.hpp"
#include "json.hpp"
#include "message.hpp"
#include "number.hpp"

namespace wattpurse::python {

namespace {

using dlt645::frame;
using catalogue_ptr = std::shared_ptr<shared_catalogue>;

cli::phrases language_of(const std::string& name)
{
    if (name != "en" && name != "zh") {
        raise("InvalidValue", {"language", "'" + name + "'", "'en' or 'zh'", "syntax"});
    }
    return cli::phrases{name == "zh" ? cli::speech::chinese : cli::speech::english};
}

dlt645::catalogue view_of(const catalogue_ptr& all)
{
    return all ? all->view() : dlt645::standard_catalogue();
}

cli::frame_report report(const frame& self, const std::string& language, const catalogue_ptr& all)
{
    const dlt645::catalogue known = view_of(all);
    return cli::report_on(self, cli::decode_context{known, language_of(language)});
}

py::object report_dict(const frame& self, const std::string& language, const catalogue_ptr& all)
{
    const cli::frame_report found = report(self, language, all);
    auto out = object_from(found.object).cast<py::dict>();
    py::list warnings;
    for (const std::string& each : found.warnings) {
        warnings.append(each);
    }
    out["warnings"] = warnings;
    return out;
}

py::list parts(const frame& self, const std::string& language, const catalogue_ptr& all)
{
    py::list out;
    for (const cli::data_part& part : report(self, language, all).parts) {
        out.append(py::make_tuple(part.begin, part.size, part.is_secret, part.meaning));
    }
    return out;
}

/// Identifier and value of an answer to a read; nothing for all other frames.
struct read_part {
    std::uint32_t id = 0;
    byte_span value{};
    bool is_there = false;
};

read_part read_part_of(const frame& from)
{
    if (dlt645::edition_of(from) == dlt645::edition::y1997) {
        if (const auto read = dlt645::parse_read_answer_1997(from)) {
            return {static_cast<std::uint32_t>(read->id), read->value, true};
        }
        return {};
    }
    if (const auto read = dlt645::parse_read_answer(from)) {
        return {static_cast<std::uint32_t>(read->id), read->value, true};
    }
    if (const auto read = dlt645::parse_follow_answer(from)) {
        return {static_cast<std::uint32_t>(read->id), read->value, true};
    }
    return {};
}

py::object value_object(const dlt645::field_value& value)
{
    using kind = dlt645::field_kind;
    if (!value.sound && value.what.kind != kind::bytes && value.what.kind != kind::load) {
        return py::none();
    }
    switch (value.what.kind) {
        case kind::number:
        case kind::binary:
            return decimal_from(dlt645::decimal_text(value.number, value.what.places).view());
        case kind::bits:
            if (value.raw.size() <= 8) return py::int_(value.number);
            return bytes_from(value.raw);
        case kind::bytes:
        case kind::load: return bytes_from(value.raw);
        default: break;
    }
    const auto text = dlt645::text_of(value);
    return text ? py::object{str_from(text->view())} : py::none();
}

/// (name, kind of content, value, unit, index, raw, problem) of each field of a read answer.
py::list fields(const frame& self, const catalogue_ptr& all)
{
    static constexpr std::array kinds{"number", "number", "moment", "bits", "digits",
                                      "text",   "identifier", "bytes", "load"};
    py::list out;
    const read_part read = read_part_of(self);
    const dlt645::catalogue known = view_of(all);
    const auto which = dlt645::edition_of(self);
    const dlt645::catalogue_row* const row = read.is_there ? known.find(which, read.id) : nullptr;
    if (row == nullptr || row->secret || dlt645::names_secret(self)) {
        return out;
    }
    dlt645::field_reader reader{*row, read.value};
    dlt645::field_value value;
    auto step = reader.next(value);
    for (; step == dlt645::field_reader::step::field; step = reader.next(value)) {
        out.append(py::make_tuple(
            str_from(value.what.name), kinds[static_cast<std::size_t>(value.what.kind)],
            value_object(value), str_from(value.what.unit), value.index, bytes_from(value.raw),
            value.sound ? py::object{py::none()} : str_from(to_string(value.problem))));
    }
    if (step == dlt645::field_reader::step::fault) {
        return py::list{};  // the bytes do not fit the layout: none of it is to be believed
    }
    return out;
}

py::object data_id(const frame& self)
{
    const auto which = dlt645::edition_of(self);
    const std::size_t size = which == dlt645::edition::y1997 ? 2 : 4;
    const bool has_id = which == dlt645::edition::y1997
                            ? self.function() <= 0x04
                            : self.function() == 0x03 || self.function() == 0x11 ||
                                  self.function() == 0x12 || self.function() == 0x14 ||
                                  self.function() == 0x18;
    if (!has_id || self.is_abnormal() || self.length < size) {
        return py::none();
    }
    const auto id = which == dlt645::edition::y1997
                        ? static_cast<std::uint32_t>(dlt645::parse_data_id_1997(self).value())
                        : static_cast<std::uint32_t>(dlt645::parse_data_id(self).value());
    return py::str(id_text(id, which));
}

py::bytes encoded(const frame& self, std::size_t preamble)
{
    if (preamble > 64) {
        raise(errc::out_of_range, {"preamble", std::to_string(preamble), "0 to 64"});
    }
    std::array<std::uint8_t, dlt645::frame_size_max + 64> out{};
    const auto size = dlt645::encode(self, out, preamble);
    return bytes_from(byte_span{out}.first(size.value()));
}

frame made(py::handle address, int control, py::handle data)
{
    if (control < 0 || control > 0xFF) {
        raise(errc::out_of_range, {"control", std::to_string(control), "0 to 255"});
    }
    frame out;
    out.address = address_of(address);
    out.control = static_cast<std::uint8_t>(control);
    const auto bytes = wire_bytes(data, "data");
    if (const auto done = out.append(bytes); !done) {
        raise(done.error(), {"data", std::to_string(bytes.size()) + " bytes", "255 at most"});
    }
    return out;
}

std::string repr(const frame& self)
{
    std::string out = "<Frame ";
    out += self.is_from_meter() ? "from " : "to ";
    out += self.address.text().view();
    out += ": ";
    out += dlt645::function_name(self);
    out += self.is_from_meter() ? (self.is_abnormal() ? ", refused" : ", answer") : ", request";
    const py::object id = data_id(self);
    return out + (id.is_none() ? "" : " " + id.cast<std::string>()) + ">";
}

[[noreturn]] void refuse(const cli::finding& what, std::size_t size)
{
    const cli::phrases say{cli::speech::english};
    const bool nothing = what.event.kind == dlt645::framer_event::kind_type::nothing;
    const auto fault = nothing ? cli::no_frame_json(size, say) : cli::fault_json(what.event, say);
    const auto text = [&fault](const char* name) {
        if (!fault.contains(name)) return std::string{};
        return fault[name].is_string() ? fault[name].get<std::string>() : fault[name].dump();
    };
    raise("FrameError", {"offset " + text("offset"), text("found"), text("expected"),
                         text("error"), text("message")});
}

frame decode(py::handle wire)
{
    const auto bytes = wire_bytes(wire, "wire");
    const auto found = cli::read_message(bytes, cli::phrases{cli::speech::english});
    std::size_t frames = 0;
    for (const cli::finding& each : found) {
        if (each.event.kind != dlt645::framer_event::kind_type::frame) {
            refuse(each, bytes.size());
        }
        ++frames;
    }
    if (frames != 1) {
        raise("FrameError", {"wire", std::to_string(frames) + " frames",
                             "one; decode_all and Framer take several", "several_frames"});
    }
    return found.front().event.frame;
}

/// Every frame and every rejection (a dict) of the bytes, in order.
py::list decode_all(py::handle wire)
{
    const auto bytes = wire_bytes(wire, "wire");
    py::list out;
    for (const auto& each : cli::read_message(bytes, cli::phrases{cli::speech::english})) {
        if (each.event.kind == dlt645::framer_event::kind_type::frame) {
            out.append(py::cast(each.event.frame));
        } else if (each.event.kind == dlt645::framer_event::kind_type::rejected) {
            out.append(rejection_dict(each.event));
        }
    }
    return out;
}

/// A framer and what it has found in one call of feed or flush.
py::list drain(dlt645::framer& from)
{
    using kind = dlt645::framer_event::kind_type;
    py::list out;
    for (auto event = from.next(); event.kind != kind::nothing; event = from.next()) {
        out.append(event.kind == kind::frame ? py::cast(event.frame) : rejection_dict(event));
    }
    return out;
}

py::list feed(dlt645::framer& self, py::handle data)
{
    const borrowed_bytes held{data, "data"};
    byte_span rest = held.span();
    py::list out;
    while (!rest.empty()) {
        rest = rest.subspan(self.feed(rest));
        out.attr("extend")(drain(self));
    }
    return out;
}

py::dict counters(const dlt645::framer& self)
{
    const dlt645::framer_counters& all = self.counters();
    py::dict out;
    out["frames"] = all.frames;
    out["no_second_start"] = all.no_second_start;
    out["bad_end"] = all.bad_end;
    out["bad_checksum"] = all.bad_checksum;
    out["truncated"] = all.truncated;
    out["garbage_bytes"] = all.garbage_bytes;
    out["preamble_bytes"] = all.preamble_bytes;
    return out;
}

void bind_frame_class(py::module_& to)
{
    py::class_<frame> type{to, "Frame", "One frame; `data` is without the 33H offset."};
    type.def(py::init(&made), py::arg("address"), py::arg("control"), py::arg("data") = py::bytes{},
             "address: twelve digits; control: the control byte; data: DATA without 33H, at most "
             "255 bytes.")
        .def_property_readonly(
            "address", [](const frame& self) { return str_from(self.address.text().view()); },
            "Twelve digits, high ones first.")
        .def_property_readonly("control", [](const frame& self) { return int{self.control}; },
                               "The control byte.")
        .def_property_readonly("data", [](const frame& self) { return bytes_from(self.payload()); },
                               "DATA without the 33H offset; it may hold a password, see "
                               "`holds_secret`.")
        .def_property_readonly("function", [](const frame& self) { return int{self.function()}; },
                               "Bits D4 to D0 of the control byte.")
        .def_property_readonly(
            "function_name",
            [](const frame& self) { return str_from(dlt645::function_name(self)); },
            "\"read\", \"write\" and so on.")
        .def_property_readonly("edition",
                               [](const frame& self) { return text_of(dlt645::edition_of(self)); },
                               "\"2007\" or \"1997\", as far as one frame shows.")
        .def_property_readonly("is_from_meter", &frame::is_from_meter, "Bit D7: the meter speaks.")
        .def_property_readonly("is_abnormal", &frame::is_abnormal, "Bit D6: the meter refuses.")
        .def_property_readonly("has_follow", &frame::has_follow, "Bit D5: more is to be read.")
        .def_property_readonly("holds_secret",
                               [](const frame& self) { return dlt645::holds_secret(self); },
                               "DATA holds, or may hold, a password, a key or a cipher.")
        .def_property_readonly("data_id", &data_id,
                               "The identifier that DATA begins with, as digits; None without.")
        .def("encode", &encoded, py::arg("preamble") = dlt645::preamble_size_default,
             "The bytes to send, behind so many FE.")
        .def("report", &report_dict, py::arg("language") = "en", py::arg("catalogue") = py::none(),
             "What it says, as a dict: that of `wattpurse decode`. Secrets are left out.")
        .def("parts", &parts, py::arg("language") = "en", py::arg("catalogue") = py::none(),
             "(begin, size, is_secret, meaning) of the bytes of DATA, in order.")
        .def("fields", &fields, py::arg("catalogue") = py::none(),
             "(name, kind, value, unit, index, raw, problem) of each field of the value it "
             "answers with; empty where it carries none that the catalogue knows.")
        .def("__bytes__", [](const frame& self) { return encoded(self, 0); })
        .def("__eq__", [](const frame& a, const frame& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const frame& self) { return py::hash(encoded(self, 0)); })
        .def("__repr__", &repr)
        .def("__reduce__", [](const py::object& self) {
            const auto& what = self.cast<const frame&>();
            return py::make_tuple(py::type::of(self),
                                  py::make_tuple(self.attr("address"), int{what.control},
                                                 bytes_from(what.payload())));
        });
}

}  // namespace

py::object rejection_dict(const dlt645::framer_event& event)
{
    return object_from(cli::fault_json(event, cli::phrases{cli::speech::english}));
}

void bind_dlt645_frame(py::module_& to)
{
    bind_frame_class(to);
    to.def("decode", &decode, py::arg("wire"),
           "The one frame of some bytes, or of hexadecimal digits; FE before it and noise around "
           "it do not matter. Raises FrameError, which says what is wrong and where.");
    to.def("decode_all", &decode_all, py::arg("wire"),
           "Every frame and every rejection (a dict with error, offset, found, expected, message) "
           "of some bytes, in order.");
    py::class_<dlt645::framer>(to, "Framer",
                               "Finds frames in a stream of bytes cut anywhere, whatever else is "
                               "on the line.")
        .def(py::init<>())
        .def("feed", &feed, py::arg("data"),
             "Takes bytes and returns the frames and rejections (dicts) they complete.")
        .def("flush",
             [](dlt645::framer& self) {
                 self.flush();
                 return drain(self);
             },
             "The line has been silent for too long (500 ms): nothing unfinished goes on. Returns "
             "as `feed` does.")
        .def("clear", &dlt645::framer::clear, "Forgets the bytes that wait.")
        .def_property_readonly("pending", &dlt645::framer::pending,
                               "Bytes that may be the beginning of a frame.")
        .def_property_readonly("counters", &counters, "How often what happened, by name.");
}

}  // namespace wattpurse::python
