// SPDX-License-Identifier: Apache-2.0
//
// libmodbus as a client or as a server, for tests/peer/libmodbus_test.py:
//
//   wattpurse_libmodbus_peer client PORT|DEVICE     orders on standard input, see order_line.hpp
//   wattpurse_libmodbus_peer server 0|DEVICE [ADDRESS:WORD,WORD...]...
//
// The server has the registers of tests/vectors/modbus_conformance.jsonl as unit 1, says where it
// listens, and serves until it is killed. Where words are given, all 65536 registers exist and are
// 0 but for these, in both tables.
#include <arpa/inet.h>
#include <modbus.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "order_line.hpp"

namespace {

using wattpurse::peer::order;

struct closing {
    void operator()(modbus_t* line) const
    {
        modbus_close(line);
        modbus_free(line);
    }
    void operator()(modbus_mapping_t* tables) const { modbus_mapping_free(tables); }
};
using line_pointer = std::unique_ptr<modbus_t, closing>;
using tables_pointer = std::unique_ptr<modbus_mapping_t, closing>;

bool is_device(std::string_view where) { return where.substr(0, 1) == "/"; }

line_pointer make_line(const std::string& where)
{
    line_pointer out{is_device(where) ? modbus_new_rtu(where.c_str(), 115200, 'N', 8, 1)
                                      : modbus_new_tcp("127.0.0.1", std::atoi(where.c_str()))};
    if (!out || modbus_set_slave(out.get(), 1) != 0) {
        std::perror("libmodbus");
        std::exit(1);
    }
    return out;
}

// ---- Client -------------------------------------------------------------------------------------

std::string failure()
{
    switch (errno) {
        case EMBXILFUN: return "refused illegal_function";
        case EMBXILADD: return "refused illegal_data_address";
        case EMBXILVAL: return "refused illegal_data_value";
        case EMBXSFAIL: return "refused server_device_failure";
        case EMBXSBUSY: return "refused server_device_busy";
        case EMBXGTAR: return "refused gateway_target_failed_to_respond";
        default: return std::string{"failed "} + modbus_strerror(errno);
    }
}

template <class Value>
using reader = int (*)(modbus_t*, int, int, Value*);

template <class Value>
std::string read(modbus_t* line, const order& asked, reader<Value> how)
{
    std::vector<Value> out(asked.numbers.at(1));
    const int count = how(line, asked.word(0), asked.word(1), out.data());
    return count == static_cast<int>(out.size()) ? wattpurse::peer::ok(out) : failure();
}

std::string done(int count, std::size_t wanted)
{
    return count == static_cast<int>(wanted) ? "ok" : failure();
}

std::string write(modbus_t* line, const order& asked)
{
    const auto words = asked.words_from(1);
    const int count = static_cast<int>(words.size());
    if (asked.what == "write_multiple_coils") {
        const std::vector<std::uint8_t> bits{words.begin(), words.end()};
        return done(modbus_write_bits(line, asked.word(0), count, bits.data()), words.size());
    }
    return done(modbus_write_registers(line, asked.word(0), count, words.data()), words.size());
}

std::string read_and_write(modbus_t* line, const order& asked)
{
    const auto words = asked.words_from(3);
    std::vector<std::uint16_t> out(asked.numbers.at(1));
    const int count = modbus_write_and_read_registers(
        line, asked.word(2), static_cast<int>(words.size()), words.data(), asked.word(0),
        asked.word(1), out.data());
    return count == static_cast<int>(out.size()) ? wattpurse::peer::ok(out) : failure();
}

std::string report_server_id(modbus_t* line)
{
    std::array<std::uint8_t, MODBUS_MAX_PDU_LENGTH> out{};
    const int count = modbus_report_slave_id(line, static_cast<int>(out.size()), out.data());
    if (count < 0) return failure();
    return wattpurse::peer::ok(std::vector<std::uint8_t>(out.data(), out.data() + count));
}

std::string carry_out(modbus_t* line, const order& asked)
{
    const std::string& what = asked.what;
    if (what == "unit") return done(modbus_set_slave(line, asked.word(0)), 0);
    if (what == "read_coils") return read<std::uint8_t>(line, asked, modbus_read_bits);
    if (what == "read_discrete_inputs") {
        return read<std::uint8_t>(line, asked, modbus_read_input_bits);
    }
    if (what == "read_holding_registers") {
        return read<std::uint16_t>(line, asked, modbus_read_registers);
    }
    if (what == "read_input_registers") {
        return read<std::uint16_t>(line, asked, modbus_read_input_registers);
    }
    if (what == "write_single_coil") {
        return done(modbus_write_bit(line, asked.word(0), asked.word(1)), 1);
    }
    if (what == "write_single_register") {
        return done(modbus_write_register(line, asked.word(0), asked.word(1)), 1);
    }
    if (what == "write_multiple_coils" || what == "write_multiple_registers") {
        return write(line, asked);
    }
    if (what == "mask_write_register") {
        return done(modbus_mask_write_register(line, asked.word(0), asked.word(1), asked.word(2)),
                    1);
    }
    if (what == "read_write_multiple_registers") return read_and_write(line, asked);
    if (what == "report_server_id") return report_server_id(line);
    return "failed no such order";
}

int ask(const std::string& where)
{
    const line_pointer line = make_line(where);
    modbus_set_response_timeout(line.get(), 5, 0);
    if (modbus_connect(line.get()) != 0) {
        std::perror("connect");
        return 1;
    }
    while (const auto asked = wattpurse::peer::next_order()) {
        wattpurse::peer::answer(carry_out(line.get(), *asked));
    }
    return 0;
}

// ---- Server -------------------------------------------------------------------------------------

/// "4096:17,18": from address 4096 on.
void fill(modbus_mapping_t& tables, const std::string& words)
{
    std::istringstream in{words};
    std::size_t at = 0;
    char separator = 0;
    in >> at >> separator;
    for (unsigned word = 0; in >> word && at < 0x10000; in >> separator, ++at) {
        tables.tab_registers[at] = tables.tab_input_registers[at] =
            static_cast<std::uint16_t>(word);
    }
}

tables_pointer make_tables(int count, char** words)
{
    constexpr int bits = 100;
    const int registers = count == 0 ? 200 : 0x10000;
    tables_pointer out{modbus_mapping_new(bits, bits, registers, registers)};
    if (!out) std::exit(1);
    for (int i = 0; count == 0 && i < registers; ++i) {
        out->tab_registers[i] = out->tab_input_registers[i] = static_cast<std::uint16_t>(i * 257);
    }
    for (int i = 0; i < count; ++i) fill(*out, words[i]);
    return out;
}

/// Answers until the other side is gone.
void serve_one(modbus_t* line, modbus_mapping_t* tables, bool for_ever)
{
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> asked;
    for (;;) {
        const int size = modbus_receive(line, asked.data());
        if (size > 0) {
            modbus_reply(line, asked.data(), size, tables);
        } else if (size < 0 && (!for_ever || errno == EIO || errno == EBADF)) {
            return;
        }
    }
}

int serve(const std::string& where, modbus_mapping_t* tables)
{
    const line_pointer line = make_line(where);
    if (is_device(where)) {
        if (modbus_connect(line.get()) != 0) {
            std::perror("connect");
            return 1;
        }
        wattpurse::peer::answer("listening on " + where);
        serve_one(line.get(), tables, true);
        return 0;
    }
    int listening = modbus_tcp_listen(line.get(), 1);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (listening < 0 ||
        getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::perror("listen");
        return 1;
    }
    wattpurse::peer::answer("listening on tcp://127.0.0.1:" +
                            std::to_string(ntohs(address.sin_port)));
    while (modbus_tcp_accept(line.get(), &listening) >= 0) {
        serve_one(line.get(), tables, false);
        modbus_close(line.get());
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string_view role = argc >= 3 ? argv[1] : "";
    if (role == "client" && argc == 3) return ask(argv[2]);
    if (role == "server") return serve(argv[2], make_tables(argc - 3, argv + 3).get());
    std::fputs("usage: wattpurse_libmodbus_peer client PORT|DEVICE | server 0|DEVICE [WORDS]...\n",
               stderr);
    return 2;
}
