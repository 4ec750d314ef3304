// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/diagnostic.hpp>
#include <wattpurse/codec/modbus/parse_request.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/registers.hpp>

#include "modbus_frame.hpp"
#include "report.hpp"

namespace wattpurse::cli {
namespace {

namespace modbus = codec::modbus;
using json = nlohmann::ordered_json;
using modbus::function;

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string hex_word(std::uint16_t value)
{
    const std::uint8_t bytes[]{static_cast<std::uint8_t>(value >> 8U),
                               static_cast<std::uint8_t>(value & 0xFFU)};
    return "0x" + hex_text(bytes);
}

json registers_json(byte_span bytes)
{
    json out = json::array();
    const modbus::registers_view registers{bytes};
    for (std::size_t i = 0; i < registers.size(); ++i) out.push_back(registers[i]);
    return out;
}

json bits_json(byte_span packed, std::size_t count)
{
    json out = json::array();
    const modbus::bits_view bits{packed, count};
    for (std::size_t i = 0; i < bits.size(); ++i) out.push_back(bits[i] ? 1 : 0);
    return out;
}

/// Builds a report: members of the object, and what the bytes mean.
class builder {
public:
    builder(const modbus_frame& frame, const phrases& say, modbus_report& out)
        : frame_{frame}, say_{say}, out_{out}
    {
    }

    void run()
    {
        const auto ways = modbus::directions_of(frame_.pdu);
        json& object = out_.object;
        object = {{"ok", true}, {"protocol", protocol_name(frame_.framing)}};
        if (frame_.framing == modbus::framing::tcp) object["transaction"] = frame_.transaction;
        object["unit"] = frame_.unit;
        const bool is_refusal = is_exception();
        const auto code = static_cast<std::uint8_t>(
            frame_.pdu[0] & (is_refusal ? ~unsigned{modbus::exception_bit} : 0xFFU));
        object["function"] = code;
        object["function_name"] = std::string{to_string(static_cast<function>(code))};
        if (is_refusal || ways.request != ways.response) {
            object["direction"] = ways.request && !is_refusal ? "request" : "response";
        }
        part(1, unit_text());
        part(1, say_("function {}: {}", {number(code), function_text(code)}));
        if (is_refusal) {
            exception(frame_.pdu[1]);
        } else if (ways.request) {
            request(*modbus::parse_request(frame_.pdu));
        } else if (ways.response) {
            response(*modbus::parse_response(frame_.pdu));
        } else {
            malformed();
        }
        if (ways.request && ways.response && !is_refusal) both_ways();
        rest();
    }

private:
    /// Two bytes, the first with the exception bit. Code 0 is no code of the standard's, but has
    /// been seen.
    [[nodiscard]] bool is_exception() const
    {
        return modbus::detail::is_exception(frame_.pdu) ||
               (frame_.pdu.size() == 2 && (frame_.pdu[0] & modbus::exception_bit) != 0 &&
                frame_.pdu[1] == 0);
    }
    void exception(std::uint8_t code)
    {
        const std::string_view name =
            code == 0 ? "unknown" : to_string(static_cast<modbus::exception_code>(code));
        out_.object["exception"] = code;
        out_.object["exception_name"] = std::string{name};
        part(1, say_("exception {}: {}", {number(code), say_(name)}));
        if (name == "unknown") warn("an exception code that the standard does not have");
    }
    [[nodiscard]] std::string unit_text() const
    {
        const bool is_serial = frame_.framing != modbus::framing::tcp;
        return say_("unit {}", {number(frame_.unit)}) +
               (is_serial && frame_.unit == 0 ? ", " + say_("everybody") : "");
    }
    [[nodiscard]] std::string function_text(std::uint8_t code) const
    {
        const std::string_view name = to_string(static_cast<function>(code));
        return name == "unknown" ? say_("the vendor's") : say_(name);
    }

    /// The next bytes mean that.
    void part(std::size_t size, std::string meaning)
    {
        if (size == 0) return;
        out_.parts.push_back({at_, size, std::move(meaning)});
        at_ += size;
    }
    void word(const char* key, std::uint16_t value, const char* text)
    {
        out_.object[key] = value;
        part(2, say_(text, {number(value), hex_word(value)}));
    }
    void count() { part(1, say_("bytes that follow: {}", {number(frame_.pdu[at_ - 1])})); }
    void data(byte_span bytes, const char* text)
    {
        out_.object["data"] = hex_text(bytes);
        part(bytes.size(), say_(text));
    }
    void registers(byte_span bytes)
    {
        out_.object["registers"] = registers_json(bytes);
        const modbus::registers_view view{bytes};
        for (std::size_t i = 0; i < view.size(); ++i) {
            part(2, say_("register {}: {} ({})", {number(i), number(view[i]), hex_word(view[i])}));
        }
    }

    void request(const modbus::request& asked)
    {
        switch (static_cast<function>(asked.function)) {
            case function::read_coils:
            case function::read_discrete_inputs:
            case function::read_holding_registers:
            case function::read_input_registers:
                word("address", asked.address, "address {} ({})");
                word("quantity", asked.quantity, "quantity {}");
                break;
            case function::write_single_coil:
            case function::write_single_register: single(asked.address, asked.value); break;
            case function::write_multiple_coils:
                word("address", asked.address, "address {} ({})");
                word("quantity", asked.quantity, "quantity {}");
                count();
                out_.object["bits"] = bits_json(asked.data, asked.quantity);
                part(asked.data.size(), say_("bits, the first one lowest"));
                break;
            case function::write_multiple_registers:
                word("address", asked.address, "address {} ({})");
                word("quantity", asked.quantity, "quantity {}");
                count();
                registers(asked.data);
                break;
            case function::mask_write_register:
                masks(asked.address, asked.and_mask, asked.or_mask);
                break;
            case function::read_write_multiple_registers:
                word("address", asked.address, "address {} ({})");
                word("quantity", asked.quantity, "quantity {}");
                word("write_address", asked.write_address, "address to write: {} ({})");
                word("write_quantity", asked.write_quantity, "quantity to write: {}");
                count();
                registers(asked.data);
                break;
            case function::read_fifo_queue:
                word("address", asked.address, "address {} ({})");
                break;
            case function::diagnostics: diagnostics(asked.sub_function, asked.data); break;
            case function::read_file_record:
            case function::write_file_record:
                count();
                data(asked.data, "groups of file records");
                break;
            case function::encapsulated_interface:
                out_.object["mei_type"] = asked.mei_type;
                part(1, say_("MEI type {}", {number(asked.mei_type)}));
                if (asked.mei_type == modbus::mei_device_identification) {
                    out_.object["read_code"] = asked.read_code;
                    out_.object["object"] = asked.object_id;
                    part(1, say_("which objects: {}", {number(asked.read_code)}));
                    part(1, say_("from object {} on", {number(asked.object_id)}));
                } else {
                    data(asked.data, "data of the interface");
                }
                break;
            case function::read_exception_status:
            case function::get_comm_event_counter:
            case function::get_comm_event_log:
            case function::report_server_id: break;
            default: data(asked.data, "data of the vendor's function"); break;
        }
    }

    void response(const modbus::response& what)
    {
        switch (static_cast<function>(what.function)) {
            case function::read_coils:
            case function::read_discrete_inputs:
                count();
                out_.object["bits"] = bits_json(what.data, 8 * what.data.size());
                part(what.data.size(), say_("bits, the first one lowest"));
                break;
            case function::read_holding_registers:
            case function::read_input_registers:
            case function::read_write_multiple_registers:
                count();
                registers(what.data);
                break;
            case function::write_single_coil:
            case function::write_single_register: single(what.address, what.value); break;
            case function::write_multiple_coils:
            case function::write_multiple_registers:
                word("address", what.address, "address {} ({})");
                word("quantity", what.quantity, "quantity {}");
                break;
            case function::mask_write_register:
                masks(what.address, what.and_mask, what.or_mask);
                break;
            case function::read_exception_status:
                out_.object["status"] = what.status_byte;
                part(1, say_("exception status {}", {number(what.status_byte)}));
                break;
            case function::diagnostics: diagnostics(what.sub_function, what.data); break;
            case function::get_comm_event_log:
                count();
                [[fallthrough]];
            case function::get_comm_event_counter:
                word("status", what.status, "status {} ({})");
                word("event_count", what.event_count, "events {}");
                if (static_cast<function>(what.function) == function::get_comm_event_log) {
                    word("message_count", what.message_count, "messages {}");
                    data(what.data, "events, the latest first");
                }
                break;
            case function::read_fifo_queue:
                part(2, say_("bytes that follow: {}", {number(what.data.size() + 2)}));
                word("quantity", static_cast<std::uint16_t>(what.data.size() / 2), "quantity {}");
                registers(what.data);
                break;
            case function::report_server_id:
                count();
                data(what.data, "server id, run indicator, and more");
                break;
            case function::read_file_record:
            case function::write_file_record:
                count();
                data(what.data, "groups of file records");
                break;
            case function::encapsulated_interface: interface(what); break;
            default: data(what.data, "data of the vendor's function"); break;
        }
    }

    void interface(const modbus::response& what)
    {
        out_.object["mei_type"] = what.mei_type;
        part(1, say_("MEI type {}", {number(what.mei_type)}));
        const auto page = what.mei_type == modbus::mei_device_identification
                              ? modbus::read_page(what)
                              : result<modbus::identification_page>{fail(errc::syntax)};
        if (!page) return data(what.data, "data of the interface");
        out_.object["read_code"] = page->read_code;
        out_.object["more_follows"] = page->more_follows;
        json objects = json::object();
        byte_span rest = page->objects;
        for (auto each = modbus::take_object(rest); each; each = modbus::take_object(rest)) {
            const std::string name{
                to_string(static_cast<modbus::identification_object>(each->id))};
            objects[name == "unknown" ? number(each->id) : name] =
                std::string{each->value.begin(), each->value.end()};
        }
        out_.object["objects"] = std::move(objects);
        part(what.data.size(), say_("texts about the device"));
    }

    void single(std::uint16_t address, std::uint16_t value)
    {
        word("address", address, "address {} ({})");
        word("value", value, "value {} ({})");
    }
    void masks(std::uint16_t address, std::uint16_t and_mask, std::uint16_t or_mask)
    {
        word("address", address, "address {} ({})");
        word("and_mask", and_mask, "mask that keeps: {2}");
        word("or_mask", or_mask, "mask that sets: {2}");
    }
    void diagnostics(std::uint16_t sub_function, byte_span bytes)
    {
        out_.object["sub_function"] = sub_function;
        const auto name = to_string(static_cast<modbus::diagnostic>(sub_function));
        out_.object["sub_function_name"] = std::string{name};
        part(2, say_("sub-function {}: {}", {number(sub_function), say_(name)}));
        data(bytes, "data of the sub-function");
    }

    /// A read of bits may be an answer of bits as well: what it would say then is told beside.
    void both_ways()
    {
        const auto asked = modbus::parse_request(frame_.pdu);
        const auto said = modbus::parse_response(frame_.pdu);
        const auto code = static_cast<function>(asked->function);
        if (code == function::read_coils || code == function::read_discrete_inputs) {
            out_.object["or_response"] = {
                {"bits", bits_json(said->data, 8 * said->data.size())}};
            warn("as an answer it would be bits");
        }
    }

    void malformed()
    {
        const byte_span body = byte_span{frame_.pdu}.subspan(1);
        const bool is_read = frame_.pdu[0] >= 1 && frame_.pdu[0] <= 4 && body.size() == 4;
        if (is_read) {
            word("address", modbus::word_at(body, 0), "address {} ({})");
            word("quantity", modbus::word_at(body, 2), "quantity {}");
        } else {
            data(body, "not explained");
        }
        warn("neither a request nor a response that the standard allows");
    }

    void warn(const char* text) { out_.warnings.push_back(say_(text)); }

    /// What nothing has been said about.
    void rest()
    {
        const std::size_t all = 1 + frame_.pdu.size();
        if (at_ < all) part(all - at_, say_("not explained"));
    }

    const modbus_frame& frame_;
    const phrases& say_;
    modbus_report& out_;
    std::size_t at_ = 0;
};

}  // namespace

modbus_report report_on(const modbus_frame& frame, const phrases& say)
{
    modbus_report out;
    builder{frame, say, out}.run();
    return out;
}

}  // namespace wattpurse::cli
