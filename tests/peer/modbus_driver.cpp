// SPDX-License-Identifier: Apache-2.0
//
// Our client as a program, for tests against servers of others:
//
//   wattpurse_modbus_driver URI       orders on the standard input, see order_line.hpp
//
// Beside those that a peer has:
//
//   raw FUNCTION BYTE...              any function; answered with the bytes behind its code
//   read_many ADDRESS QUANTITY TIMES  so many reads at once, as many under way as the line's window
//                                     says; answered with the first register of each
//   timeout MILLISECONDS
//   attempts COUNT
#include <cstdio>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <wattpurse/adapter/asio/modbus_connection.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/registers.hpp>

#include "order_line.hpp"

namespace {

namespace modbus = wattpurse::codec::modbus;
namespace link = wattpurse::link;
using wattpurse::adapter::asio::modbus_connection;
using wattpurse::peer::order;
using kind_type = link::modbus_event::kind_type;

std::vector<std::uint8_t> packed(const std::vector<std::uint16_t>& bits)
{
    std::vector<std::uint8_t> out(modbus::packed_size(bits.size()));
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] != 0) out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | 1U << i % 8);
    }
    return out;
}

std::vector<std::uint8_t> big_endian(const std::vector<std::uint16_t>& words)
{
    std::vector<std::uint8_t> out(2 * words.size());
    static_cast<void>(modbus::put_registers(words, out));
    return out;
}

std::optional<modbus::function> function_of(const std::string& name)
{
    for (unsigned code = 1; code < modbus::exception_bit; ++code) {
        const auto what = static_cast<modbus::function>(code);
        if (modbus::is_public(what) && to_string(what) == name) return what;
    }
    return std::nullopt;
}

/// The request that an order means; `data` is borrowed by it.
modbus::request request_of(const order& asked, std::vector<std::uint8_t>& data)
{
    if (asked.what == "raw") {
        const auto words = asked.words_from(1);
        data.assign(words.begin(), words.end());
        return modbus::raw_request(static_cast<std::uint8_t>(asked.word(0)), data);
    }
    const auto function = function_of(asked.what);
    if (!function) throw std::out_of_range{"no such order"};
    modbus::request out;
    out.function = static_cast<std::uint8_t>(*function);
    switch (*function) {
        case modbus::function::read_coils:
        case modbus::function::read_discrete_inputs:
        case modbus::function::read_holding_registers:
        case modbus::function::read_input_registers:
            return modbus::read_request(*function, asked.word(0), asked.word(1));
        case modbus::function::write_single_coil:
            out.address = asked.word(0);
            out.value = asked.word(1) != 0 ? 0xFF00 : 0;
            return out;
        case modbus::function::write_single_register:
            out.address = asked.word(0);
            out.value = asked.word(1);
            return out;
        case modbus::function::write_multiple_coils:
            data = packed(asked.words_from(1));
            out.address = asked.word(0);
            out.quantity = static_cast<std::uint16_t>(asked.numbers.size() - 1);
            break;
        case modbus::function::write_multiple_registers:
            data = big_endian(asked.words_from(1));
            return modbus::write_registers_request(asked.word(0), data);
        case modbus::function::mask_write_register:
            out.address = asked.word(0);
            out.and_mask = asked.word(1);
            out.or_mask = asked.word(2);
            return out;
        case modbus::function::read_write_multiple_registers:
            data = big_endian(asked.words_from(3));
            out.address = asked.word(0);
            out.quantity = asked.word(1);
            out.write_address = asked.word(2);
            out.write_quantity = static_cast<std::uint16_t>(data.size() / 2);
            break;
        case modbus::function::read_fifo_queue: out.address = asked.word(0); return out;
        case modbus::function::diagnostics:
            data = big_endian(asked.words_from(1));
            out.sub_function = asked.word(0);
            break;
        case modbus::function::encapsulated_interface:
            out.mei_type = modbus::mei_device_identification;
            out.read_code = static_cast<std::uint8_t>(asked.word(0));
            out.object_id = static_cast<std::uint8_t>(asked.word(1));
            return out;
        case modbus::function::read_file_record:
        case modbus::function::write_file_record: {
            const auto bytes = asked.words_from(0);
            data.assign(bytes.begin(), bytes.end());
            break;
        }
        default: return out;
    }
    out.data = data;
    return out;
}

/// What an order is answered with: registers and bits as numbers, all else as bytes.
std::string said(const modbus::response& answer, const modbus::request& asked)
{
    std::vector<unsigned> out;
    switch (static_cast<modbus::function>(answer.function)) {
        case modbus::function::read_coils:
        case modbus::function::read_discrete_inputs: {
            const modbus::bits_view bits{answer.data, asked.quantity};
            for (std::size_t i = 0; i < bits.size(); ++i) out.push_back(bits[i] ? 1 : 0);
            break;
        }
        case modbus::function::read_holding_registers:
        case modbus::function::read_input_registers:
        case modbus::function::read_write_multiple_registers:
        case modbus::function::read_fifo_queue: {
            const modbus::registers_view words{answer.data};
            for (std::size_t i = 0; i < words.size(); ++i) out.push_back(words[i]);
            break;
        }
        case modbus::function::write_multiple_registers:
        case modbus::function::write_multiple_coils: break;
        case modbus::function::read_exception_status: out.push_back(answer.status_byte); break;
        case modbus::function::get_comm_event_counter:
            out = {answer.status, answer.event_count};
            break;
        case modbus::function::get_comm_event_log:
            out = {answer.status, answer.event_count, answer.message_count};
            [[fallthrough]];
        default: out.insert(out.end(), answer.data.begin(), answer.data.end()); break;
    }
    return wattpurse::peer::ok(out);
}

class driver {
public:
    explicit driver(modbus_connection line) : line_{std::move(line)} { model_.timeout = patience; }

    std::string carry_out(const order& asked)
    {
        if (asked.what == "unit") {
            model_.unit = static_cast<std::uint8_t>(asked.word(0));
        } else if (asked.what == "timeout") {
            model_.timeout = wattpurse::duration{asked.word(0)};
        } else if (asked.what == "attempts") {
            model_.attempts_max = static_cast<std::uint8_t>(asked.word(0));
        } else if (asked.what == "read_many") {
            return read_many(asked);
        } else {
            return exchange(asked);
        }
        return "ok";
    }

private:
    static constexpr wattpurse::duration patience{5000};

    std::string exchange(const order& asked)
    {
        std::vector<std::uint8_t> data;
        const modbus::request request = request_of(asked, data);
        const auto pdu = modbus::to_pdu(request);
        if (!pdu) return "failed no such request may be sent";
        link::modbus_job job = model_;
        job.request = *pdu;
        const auto done = line_.exchange(job);
        if (!done) return "failed " + done.error();
        return outcome(*done, request);
    }

    static std::string outcome(const link::modbus_event& done, const modbus::request& request)
    {
        if (done.kind == kind_type::sent) return "ok";
        if (done.kind == kind_type::refused) {
            return "refused " + std::string{to_string(done.exception)};
        }
        if (done.kind != kind_type::answered) {
            return "failed " + std::string{to_string(done.kind)};
        }
        const auto answer = modbus::parse_response(done.answer.view(), request);
        return answer ? said(*answer, request) : "failed the answer is none to this request";
    }

    std::string read_many(const order& asked)
    {
        const auto request = modbus::read_request(modbus::function::read_holding_registers,
                                                  asked.word(0), asked.word(1));
        link::modbus_job job = model_;
        job.request = modbus::to_pdu(request).value();
        const std::vector<link::modbus_job> jobs(asked.word(2), job);
        std::vector<link::modbus_event> ends(jobs.size());
        if (const auto done = line_.exchange(jobs, ends); !done) return "failed " + done.error();
        std::vector<unsigned> out;
        for (const auto& end : ends) {
            if (end.kind != kind_type::answered) return outcome(end, request);
            out.push_back(modbus::word_at(end.answer.view(), 2));
        }
        return wattpurse::peer::ok(out);
    }

    modbus_connection line_;
    link::modbus_job model_;
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: wattpurse_modbus_driver URI\n", stderr);
        return 2;
    }
    auto line = modbus_connection::open(argv[1]);
    if (!line) {
        std::cerr << line.error() << '\n';
        return 1;
    }
    driver at{std::move(*line)};
    while (const auto asked = wattpurse::peer::next_order()) {
        try {
            wattpurse::peer::answer(at.carry_out(*asked));
        } catch (const std::out_of_range& error) {
            wattpurse::peer::answer(std::string{"failed "} + error.what());
        }
    }
    return 0;
}
