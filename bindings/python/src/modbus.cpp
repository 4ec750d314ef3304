// SPDX-License-Identifier: Apache-2.0
// PDUs, frames of the three framings, and values of registers.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/registers.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/meter/register_value.hpp>

#include "areas.hpp"
#include "bytes.hpp"
#include "errors.hpp"
#include "json.hpp"
#include "modbus.hpp"
#include "number.hpp"

namespace wattpurse::python {

namespace {

namespace mb = codec::modbus;

py::bytes pdu_of(const mb::request& what, const char* limits)
{
    const auto made = mb::to_pdu(what);
    return bytes_from(value_of(made, {"request", "", limits}).view());
}

std::vector<std::uint8_t> packed(const std::vector<std::uint16_t>& registers)
{
    std::vector<std::uint8_t> out(2 * registers.size());
    const auto size = mb::put_registers(registers, out);
    out.resize(size.value());
    return out;
}

py::bytes read_pdu(int function, std::uint16_t address, std::uint16_t quantity)
{
    return pdu_of(mb::read_request(static_cast<mb::function>(function), address, quantity),
                  "1 to 2000 bits or 125 registers, not past 65535");
}

template <int Function>
py::bytes read(py::handle address, py::handle quantity)
{
    return read_pdu(Function, word_of(address, "address"), word_of(quantity, "quantity"));
}

std::vector<std::uint16_t> words_of(const py::iterable& values)
{
    std::vector<std::uint16_t> out;
    for (const py::handle each : values) {
        const std::string place = "values[" + std::to_string(out.size()) + "]";
        out.push_back(word_of(each, place.c_str()));
    }
    return out;
}

py::bytes write_coils(py::handle address, const std::vector<bool>& values)
{
    std::vector<std::uint8_t> bits((values.size() + 7) / 8);
    for (std::size_t i = 0; i < values.size(); ++i) {
        bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (values[i] ? 1U << i % 8 : 0U));
    }
    mb::request out;
    out.function = 0x0F;
    out.address = word_of(address, "address");
    out.quantity = static_cast<std::uint16_t>(std::min<std::size_t>(values.size(), 0xFFFF));
    out.data = bits;
    return pdu_of(out, "1 to 1968 coils, not past 65535");
}

py::bytes write_registers(py::handle address, const py::iterable& given)
{
    const auto values = words_of(given);
    if (values.size() > mb::limit::write_registers) {
        raise(errc::out_of_range, {"values", std::to_string(values.size()) + " registers",
                                   "1 to 123, not past 65535"});
    }
    const auto bytes = packed(values);
    return pdu_of(mb::write_registers_request(word_of(address, "address"), bytes),
                  "1 to 123 registers, not past 65535");
}

py::bytes write_one(int function, std::uint16_t address, std::uint16_t value)
{
    mb::request out;
    out.function = static_cast<std::uint8_t>(function);
    out.address = address;
    out.value = value;
    return pdu_of(out, "a value of 16 bits");
}

py::bytes mask_write(py::handle address, py::handle and_mask, py::handle or_mask)
{
    mb::request out;
    out.function = 0x16;
    out.address = word_of(address, "address");
    out.and_mask = word_of(and_mask, "and_mask");
    out.or_mask = word_of(or_mask, "or_mask");
    return pdu_of(out, "masks of 16 bits");
}

py::bytes read_write(py::handle address, py::handle quantity, py::handle write_address,
                     const py::iterable& given)
{
    const auto values = words_of(given);
    const auto bytes = packed(values);
    mb::request out;
    out.function = 0x17;
    out.address = word_of(address, "address");
    out.quantity = word_of(quantity, "quantity");
    out.write_address = word_of(write_address, "write_address");
    out.write_quantity = static_cast<std::uint16_t>(std::min<std::size_t>(values.size(), 0xFFFF));
    out.data = bytes;
    return pdu_of(out, "1 to 125 registers to read and 1 to 121 to write, not past 65535");
}

py::bytes identification(py::handle code, py::handle object)
{
    mb::request out;
    out.function = 0x2B;
    out.mei_type = mb::mei_device_identification;
    out.read_code = byte_of(code, "read_code");
    out.object_id = byte_of(object, "object_id");
    return pdu_of(out, "a read code of 1 to 4");
}

py::bytes raw_request(py::handle function, py::handle data)
{
    const auto bytes = wire_bytes(data, "data");
    return pdu_of(mb::raw_request(byte_of(function, "function"), bytes),
                  "a function and at most 252 bytes of data");
}

mb::request parsed_request(byte_span pdu)
{
    const auto read = mb::parse_request(pdu);
    if (!read) {
        raise("FrameError", {"request", "", "a well-formed request", "syntax"});
    }
    return *read;
}

py::dict dict_of(const mb::response& what)
{
    py::dict out;
    out["function"] = int{what.function};
    out["function_name"] = str_from(to_string(static_cast<mb::function>(what.function)));
    out["exception"] = what.exception == mb::exception_code::none
                           ? py::object{py::none()}
                           : str_from(to_string(what.exception));
    out["exception_code"] = static_cast<int>(what.exception);
    out["address"] = int{what.address};
    out["quantity"] = int{what.quantity};
    out["value"] = int{what.value};
    out["data"] = bytes_from(what.data);
    py::list registers;
    const bool has_registers = what.function == 0x03 || what.function == 0x04 ||
                               what.function == 0x17 || what.function == 0x18;
    if (has_registers) {
        const mb::registers_view view{what.data};
        for (std::size_t i = 0; i < view.size(); ++i) registers.append(int{view[i]});
    }
    out["registers"] = registers;
    py::list bits;
    if (what.function == 0x01 || what.function == 0x02) {
        const mb::bits_view view{what.data, 8 * what.data.size()};
        for (std::size_t i = 0; i < view.size(); ++i) bits.append(view[i]);
    }
    out["bits"] = bits;
    return out;
}

py::dict parse_response(py::handle pdu, py::handle request)
{
    const auto bytes = wire_bytes(pdu, "pdu");
    if (request.is_none()) {
        return dict_of(value_of(mb::parse_response(bytes), {"pdu", "", "a well-formed response"}));
    }
    const auto asked_bytes = wire_bytes(request, "request");
    const auto asked = parsed_request(asked_bytes);
    const auto read = mb::parse_response(bytes, asked);
    if (!read) {
        raise("FrameError", {"pdu", shown(bytes_from(bytes)),
                             read.error() == errc::not_found ? "the response to that request"
                                                             : "a well-formed response",
                             std::string{to_string(read.error())}});
    }
    auto out = dict_of(*read);
    if (asked.function == 0x01 || asked.function == 0x02) {  // as many as were asked for
        out["bits"] = out["bits"][py::slice(0, asked.quantity, 1)];
    }
    return out;
}

std::size_t encoded_into(const modbus_adu& what, std::span<std::uint8_t> out)
{
    const mb::adu adu{what.transaction, what.unit, what.pdu};
    const auto size = what.framing == mb::framing::rtu    ? mb::encode_rtu(adu, out)
                      : what.framing == mb::framing::tcp ? mb::encode_mbap(adu, out)
                                                         : mb::encode_ascii(adu, out);
    return value_of(size, {"pdu", std::to_string(what.pdu.size()) + " bytes", "1 to 253 bytes"});
}

py::bytes encoded(const modbus_adu& self)
{
    std::array<std::uint8_t, mb::ascii_size_max> out{};
    return bytes_from(byte_span{out}.first(encoded_into(self, out)));
}

cli::modbus_frame frame_of(const modbus_adu& self)
{
    std::array<std::uint8_t, mb::ascii_size_max> out{};
    const auto size = encoded_into(self, out);
    cli::modbus_frame what;
    what.framing = self.framing;
    what.transaction = self.transaction;
    what.unit = self.unit;
    what.pdu = self.pdu;
    what.wire.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
    return what;
}

py::dict report(const modbus_adu& self)
{
    const auto found = cli::report_on(frame_of(self), cli::phrases{cli::speech::english});
    auto out = object_from(found.object).cast<py::dict>();
    out["warnings"] = py::cast(std::vector<std::string>{found.warnings});
    return out;
}

py::list parts(const modbus_adu& self)
{
    py::list out;
    for (const auto& part :
         cli::report_on(frame_of(self), cli::phrases{cli::speech::english}).parts) {
        out.append(py::make_tuple(part.begin, part.size, part.meaning));
    }
    return out;
}

std::unique_ptr<modbus_adu> made(py::handle unit, py::handle pdu, const std::string& framing,
                                 py::handle transaction)
{
    auto out = std::make_unique<modbus_adu>(
        modbus_adu{framing_of(framing), word_of(transaction, "transaction"), byte_of(unit, "unit"),
                   wire_bytes(pdu, "pdu")});
    static_cast<void>(frame_of(*out));  // a PDU that does not fit is refused now
    return out;
}

[[noreturn]] void refuse(const nlohmann::ordered_json& fault)
{
    const auto text = [&fault](const char* name) {
        if (!fault.contains(name)) return std::string{};
        return fault[name].is_string() ? fault[name].get<std::string>() : fault[name].dump();
    };
    raise("FrameError", {"offset " + text("offset"), text("found"), text("expected"),
                         text("error"), text("message")});
}

/// ASCII frames are written down as they are, the others in hexadecimal digits.
std::vector<std::uint8_t> modbus_bytes(py::handle wire)
{
    if (PyUnicode_Check(wire.ptr())) {
        const auto text = py::cast<std::string>(wire);
        if (!text.empty() && text[0] == ':') return {text.begin(), text.end()};
    }
    return wire_bytes(wire, "wire");
}

modbus_adu decode(py::handle wire, py::handle framing)
{
    const auto bytes = modbus_bytes(wire);
    if (framing.is_none()) {
        if (auto guessed = cli::guess_modbus(bytes)) {
            return {guessed->framing, guessed->transaction, guessed->unit,
                    std::move(guessed->pdu)};
        }
        const auto hint = cli::modbus_hint(bytes, cli::phrases{cli::speech::english});
        raise("FrameError", {"wire", std::to_string(bytes.size()) + " bytes",
                             "one frame of RTU, TCP or ASCII", "no_frame", hint});
    }
    auto found = cli::read_modbus(bytes, framing_of(py::cast<std::string>(framing)),
                                  cli::phrases{cli::speech::english});
    for (const auto& each : found) {
        if (!each.frame) refuse(each.fault);
    }
    if (found.size() != 1) {
        raise("FrameError", {"wire", std::to_string(found.size()) + " frames",
                             "one; the framers take several", "several_frames"});
    }
    auto& frame = *found.front().frame;
    return {frame.framing, frame.transaction, frame.unit, std::move(frame.pdu)};
}

// ---- Values of registers -----------------------------------------------------------------------

constexpr std::array value_types{"u16", "s16", "u32", "s32", "u64",  "s64",
                                 "f32", "f64", "bcd", "mod10k", "text", "bits", "raw"};

meter::register_field field_of(const std::string& type, std::size_t count,
                               const std::string& words, const std::string& order,
                               py::handle scale, int resolution)
{
    meter::register_field out;
    std::size_t at = 0;
    std::string all;
    for (; at < value_types.size() && type != value_types[at]; ++at) {
        all += (at == 0 ? "" : ", ") + std::string{value_types[at]};
    }
    if (at == value_types.size()) {
        raise("InvalidValue", {"type", "'" + type + "'", "one of " + all, "syntax"});
    }
    const auto low_first = [](const std::string& text, const char* place) {
        if (text != "high_first" && text != "low_first") {
            raise("InvalidValue", {place, "'" + text + "'", "'high_first' or 'low_first'",
                                   "syntax"});
        }
        return text == "low_first";
    };
    out.type = static_cast<meter::value_type>(at);
    out.count = static_cast<std::uint16_t>(count);
    out.words = low_first(words, "words") ? meter::word_order::low_first
                                          : meter::word_order::high_first;
    out.bytes = low_first(order, "bytes") ? meter::byte_order::low_first
                                          : meter::byte_order::high_first;
    out.scale = value_of(parse_scaled(number_text(scale, "scale")),
                         {"scale", shown(scale), "a number such as '0.01'"});
    out.resolution = static_cast<std::int8_t>(resolution);
    return out;
}

py::object decode_value(const py::iterable& given, const std::string& type,
                        const std::string& words, const std::string& bytes, py::handle scale,
                        int resolution)
{
    const auto registers = words_of(given);
    const auto raw = packed(registers);
    const auto what = field_of(type, registers.size(), words, bytes, scale, resolution);
    const auto value = meter::read_value(what, raw);
    if (value.is_missing) return py::none();
    if (!value.is_sound) {
        raise(value.problem, {"registers", shown(py::cast(registers)), "registers of a " + type});
    }
    switch (what.type) {
        case meter::value_type::text: return register_text(raw);
        case meter::value_type::bits: return py::int_(value.word);
        case meter::value_type::raw: return bytes_from(raw);
        default: return decimal_from(to_text(value.number).view());
    }
}

std::vector<std::uint16_t> encode_value(const py::object& value, const std::string& type,
                                        std::size_t count, const std::string& words,
                                        const std::string& bytes, py::handle scale)
{
    const auto what = field_of(type, count, words, bytes, scale, 0);
    const error_details wrong{"value", shown(value), "what " + std::to_string(count) +
                                                         " registers of a " + type + " can hold"};
    if (count < 1 || count > mb::limit::write_registers) {
        raise(errc::out_of_range, {"count", std::to_string(count), "1 to 123"});
    }
    std::array<std::uint8_t, 2 * mb::limit::write_registers> out{};
    const auto number = value_of(parse_scaled(number_text(value, "value")), wrong);
    const auto size = value_of(meter::write_value(what, number, out), wrong);
    const mb::registers_view view{byte_span{out}.first(size)};
    std::vector<std::uint16_t> registers(view.size());
    view.copy_to(registers);
    return registers;
}

void bind_adu(py::module_& to)
{
    py::class_<modbus_adu>(to, "Adu", "A PDU with its unit, in one of the framings.")
        .def(py::init(&made), py::arg("unit"), py::arg("pdu"), py::arg("framing") = "rtu",
             py::arg("transaction") = 0,
             "framing: \"rtu\", \"ascii\" or \"tcp\"; transaction: of TCP.")
        .def_property_readonly(
            "framing", [](const modbus_adu& self) { return str_from(to_string(self.framing)); },
            "\"rtu\", \"ascii\" or \"tcp\".")
        .def_property_readonly("transaction",
                               [](const modbus_adu& self) { return int{self.transaction}; },
                               "Of TCP; 0 on a serial line.")
        .def_property_readonly("unit", [](const modbus_adu& self) { return int{self.unit}; },
                               "Whose it is; 0 on a serial line: to all.")
        .def_property_readonly("pdu", [](const modbus_adu& self) { return bytes_from(self.pdu); },
                               "Function code and data.")
        .def("encode", &encoded, "The bytes to send.")
        .def("report", &report, "What it says, as a dict: that of `wattpurse decode`.")
        .def("parts", &parts, "(begin, size, meaning) of unit and PDU, in order.")
        .def("__bytes__", &encoded)
        .def("__eq__",
             [](const modbus_adu& a, const modbus_adu& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const modbus_adu& self) { return py::hash(encoded(self)); })
        .def("__repr__", [](const modbus_adu& self) {
            const auto pdu = bytes_from(self.pdu).attr("hex")(" ").cast<std::string>();
            return "<Adu " + std::string{to_string(self.framing)} + ", unit " +
                   std::to_string(self.unit) + ": " + pdu + ">";
        });
    to.def("decode", &decode, py::arg("wire"), py::arg("framing") = py::none(),
           "The one frame of some bytes or hexadecimal digits (ASCII as it is, from its colon on); "
           "its framing is known by checksums and lengths unless told. Raises FrameError.");
}

void bind_requests(py::module_& to)
{
    const auto address = py::arg("address");
    const auto quantity = py::arg("quantity");
    to.def("read_coils", &read<1>, address, quantity, "PDU: read 1 to 2000 coils (01).");
    to.def("read_discrete_inputs", &read<2>, address, quantity,
           "PDU: read 1 to 2000 discrete inputs (02).");
    to.def("read_holding_registers", &read<3>, address, quantity,
           "PDU: read 1 to 125 holding registers (03).");
    to.def("read_input_registers", &read<4>, address, quantity,
           "PDU: read 1 to 125 input registers (04).");
    to.def("write_coil",
           [](py::handle at, bool on) {
               return write_one(5, word_of(at, "address"), on ? 0xFF00 : 0);
           },
           address, py::arg("value"), "PDU: write one coil (05).");
    to.def("write_register",
           [](py::handle at, py::handle value) {
               return write_one(6, word_of(at, "address"), word_of(value, "value"));
           },
           address, py::arg("value"), "PDU: write one register (06).");
    to.def("write_coils", &write_coils, address, py::arg("values"),
           "PDU: write 1 to 1968 coils (0F).");
    to.def("write_registers", &write_registers, address, py::arg("values"),
           "PDU: write 1 to 123 registers (10).");
    to.def("mask_write_register", &mask_write, address, py::arg("and_mask"), py::arg("or_mask"),
           "PDU: (register AND and_mask) OR (or_mask AND NOT and_mask) (16).");
    to.def("read_write_registers", &read_write, address, quantity, py::arg("write_address"),
           py::arg("values"), "PDU: write registers, then read others (17).");
    to.def("read_device_identification", &identification, py::arg("read_code") = 1,
           py::arg("object_id") = 0,
           "PDU: 1 basic, 2 regular, 3 extended, 4 one object (2B/0E).");
    to.def("raw_request", &raw_request, py::arg("function"), py::arg("data") = py::bytes{},
           "PDU of a function that is not the standard's.");
    to.def("parse_response", &parse_response, py::arg("pdu"), py::arg("request") = py::none(),
           "A response as a dict; with the PDU of its request it is checked against it. Raises "
           "FrameError.");
}

}  // namespace

mb::framing framing_of(const std::string& name)
{
    for (const auto each : {mb::framing::rtu, mb::framing::ascii, mb::framing::tcp}) {
        if (name == to_string(each)) return each;
    }
    raise("InvalidValue", {"framing", "'" + name + "'", "'rtu', 'ascii' or 'tcp'", "syntax"});
}

void bind_modbus(py::module_& to)
{
    auto area = to.def_submodule("modbus", "PDUs, frames, values and clients of Modbus.");
    bind_adu(area);
    bind_requests(area);
    area.def("decode_value", &decode_value, py::arg("registers"), py::arg("type"),
             py::arg("words") = "high_first", py::arg("bytes") = "high_first",
             py::arg("scale") = 1, py::arg("resolution") = 0,
             "The value of some registers: a Decimal (raw x scale, exact; f32 and f64 at the step "
             "10^resolution), str, int (bits) or bytes (raw); None where the device says that "
             "there is none.");
    area.def("encode_value", &encode_value, py::arg("value"), py::arg("type"), py::arg("count"),
             py::arg("words") = "high_first", py::arg("bytes") = "high_first",
             py::arg("scale") = 1,
             "The registers of a number. Raises Inexact where they cannot hold it exactly.");
    bind_modbus_clients(area);
}

}  // namespace wattpurse::python
