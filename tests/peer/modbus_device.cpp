// SPDX-License-Identifier: Apache-2.0
//
// A device behind our server that knows the functions our simulated meters do not: those of serial
// lines, files and queues. It answers as in the examples of the standard (Modbus Application
// Protocol V1.1b3, chapter 6), for tests against clients of others:
//
//   wattpurse_modbus_device tcp|rtu|ascii     unit 1; TCP on a free port, else on a terminal
#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/asio/byte_server.hpp>
#include <wattpurse/adapter/asio/connection_server.hpp>
#include <wattpurse/adapter/asio/modbus_service.hpp>
#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/diagnostic.hpp>
#include <wattpurse/codec/modbus/file_record.hpp>
#include <wattpurse/codec/modbus/registers.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/link/modbus_server.hpp>

namespace {

namespace modbus = wattpurse::codec::modbus;
namespace link = wattpurse::link;
namespace edge = wattpurse::adapter::asio;
using modbus::exception_code;
using modbus::function;
using wattpurse::byte_span;

using bytes = std::vector<std::uint8_t>;

bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

class example_device : public modbus::device_defaults {
public:
    example_device()
    {
        files_[{4, 1}] = 0x0DFE;
        files_[{4, 2}] = 0x0020;
        files_[{3, 9}] = 0x33CD;
        files_[{3, 10}] = 0x0040;
        for (unsigned id = 0; id <= 6; ++id) texts_.emplace_back(id, bytes_of("a text"));
        for (unsigned id = 0x80; id < 0x88; ++id) {
            std::array<char, 32> head{};
            std::snprintf(head.data(), head.size(), "text of object %X, ", id);
            texts_.emplace_back(id, bytes_of(std::string{head.data()} + std::string(60, '.')));
        }
    }

    [[nodiscard]] bool supports(std::uint8_t) const noexcept { return true; }

    exception_code other(const modbus::request& asked, std::span<std::uint8_t> scratch,
                         modbus::response& out)
    {
        switch (static_cast<function>(asked.function)) {
            case function::read_exception_status: out.status_byte = 0x6D; break;
            case function::diagnostics: return diagnose(asked, scratch, out);
            case function::get_comm_event_log:
                out.message_count = 289;
                scratch[0] = 0x20;
                scratch[1] = 0x00;
                out.data = scratch.first(2);
                out.event_count = 264;
                break;
            case function::get_comm_event_counter:
                out.status = 0xFFFF;  // still at work
                out.event_count = 264;
                break;
            case function::read_file_record: return read_files(asked, scratch, out);
            case function::write_file_record: return write_files(asked, out);
            case function::read_fifo_queue: return read_queue(asked, scratch, out);
            case function::encapsulated_interface: return identify(asked, scratch, out);
            default: return exception_code::illegal_function;
        }
        return exception_code::none;
    }

private:
    /// Each counter is a hundred times the number of its sub-function.
    static exception_code diagnose(const modbus::request& asked, std::span<std::uint8_t> scratch,
                                   modbus::response& out)
    {
        const auto what = static_cast<modbus::diagnostic>(asked.sub_function);
        if (what == modbus::diagnostic::clear_counters_and_diagnostic_register ||
            what == modbus::diagnostic::clear_overrun_counter_and_flag) {
            out.data = asked.data;
            return exception_code::none;
        }
        const std::array<std::uint16_t, 1> count{
            static_cast<std::uint16_t>(100 * asked.sub_function)};
        static_cast<void>(modbus::put_registers(count, scratch));
        out.data = scratch.first(2);
        return exception_code::none;
    }

    exception_code read_files(const modbus::request& asked, std::span<std::uint8_t> scratch,
                              modbus::response& out)
    {
        std::size_t size = 0;
        for (byte_span rest = asked.data; !rest.empty();) {
            const auto group = modbus::take_file_read(rest);
            std::vector<std::uint16_t> words;
            for (unsigned i = 0; i < group->length; ++i) {
                words.push_back(files_[{group->file, group->record + i}]);
            }
            bytes registers(2 * words.size());
            static_cast<void>(modbus::put_registers(words, registers));
            size += modbus::put_file_answer(registers, scratch.subspan(size)).value();
        }
        out.data = scratch.first(size);
        return exception_code::none;
    }

    exception_code write_files(const modbus::request& asked, modbus::response& out)
    {
        for (byte_span rest = asked.data; !rest.empty();) {
            const auto group = modbus::take_file_write(rest);
            for (unsigned i = 0; i < group->length; ++i) {
                files_[{group->file, group->record + i}] = modbus::word_at(group->data, 2 * i);
            }
        }
        out.data = asked.data;
        return exception_code::none;
    }

    static exception_code read_queue(const modbus::request& asked, std::span<std::uint8_t> scratch,
                                     modbus::response& out)
    {
        if (asked.address != 0x04DE) return exception_code::illegal_data_address;
        const std::array<std::uint16_t, 2> words{0x01B8, 0x1284};
        static_cast<void>(modbus::put_registers(words, scratch));
        out.data = scratch.first(4);
        return exception_code::none;
    }

    exception_code identify(const modbus::request& asked, std::span<std::uint8_t> scratch,
                            modbus::response& out)
    {
        if (asked.mei_type != modbus::mei_device_identification) {
            return exception_code::illegal_function;
        }
        std::vector<modbus::identified> all;
        for (const auto& [id, text] : texts_) {
            all.push_back({static_cast<std::uint8_t>(id), text});
        }
        return modbus::identify(asked, all, scratch, out);
    }

    std::map<std::pair<unsigned, unsigned>, std::uint16_t> files_;  // by file and record
    std::vector<std::pair<unsigned, bytes>> texts_;
};

using units_type = link::single_unit<example_device>;

wattpurse::result<void, std::string> serve_tcp(units_type& units)
{
    auto server = edge::connection_server::listen(0);
    if (!server) return tl::unexpected<std::string>{server.error()};
    std::cout << "listening on " << server->where() << std::endl;
    using service = edge::modbus_tcp_service<units_type>;
    return server->run([&] { return std::make_unique<service>(units); });
}

wattpurse::result<void, std::string> serve_line(units_type& units, link::modbus_framing framing)
{
    auto server = edge::byte_server::open_pty();
    if (!server) return tl::unexpected<std::string>{server.error()};
    link::modbus_serial_server_options options;
    options.framing = framing;
    edge::modbus_line_service<units_type> line{units, options};
    std::cout << "pty " << server->where() << std::endl;
    return server->run(line);
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string_view framing = argc == 2 ? argv[1] : "";
    if (framing != "tcp" && framing != "rtu" && framing != "ascii") {
        std::fputs("usage: wattpurse_modbus_device tcp|rtu|ascii\n", stderr);
        return 2;
    }
    example_device device;
    units_type units{&device, 1};
    const auto done = framing == "tcp" ? serve_tcp(units)
                                       : serve_line(units, framing == "rtu"
                                                               ? link::modbus_framing::rtu
                                                               : link::modbus_framing::ascii);
    if (!done) {
        std::cerr << done.error() << '\n';
        return 1;
    }
    return 0;
}
