// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/serve.hpp>

namespace wattpurse::link {

/// The devices behind a server, by unit id. Any type will do that has
///
///     Device* find(std::uint8_t unit);   // null: nobody here
///     void for_each(auto visit);         // visit(device) for each once; for broadcasts
///
/// where `Device` is what `codec::modbus::serve` takes. This one is a single device.
template <class Device>
struct single_unit {
    Device* device = nullptr;
    std::uint8_t unit = 1;

    [[nodiscard]] constexpr Device* find(std::uint8_t wanted) noexcept
    {
        return wanted == unit ? device : nullptr;
    }
    template <class Visit>
    constexpr void for_each(Visit visit) noexcept
    {
        visit(*device);
    }
};

/// Whom a request to unit 0 is for, over TCP and UDP. The standard has it both ways: a device of
/// its own takes it for itself, and a gateway passes it on to all (TCP guide 1.0b, 4.4.2.1).
enum class unit_zero : std::uint8_t {
    device_itself,  ///< as 255
    broadcast,      ///< all execute it and nobody answers
};

/// How a server over TCP or UDP treats unit ids.
struct modbus_tcp_options {
    /// Whom requests to 255, and to 0, are for. 0: nobody in particular, they are looked up.
    std::uint8_t own_unit = 0;
    unit_zero zero = unit_zero::device_itself;
    /// What is answered where nobody has the unit id; `none`: nothing.
    codec::modbus::exception_code absent =
        codec::modbus::exception_code::gateway_target_failed_to_respond;
};

/// How often what happened. Counters wrap.
struct modbus_server_counters {
    std::uint32_t requests = 0;    ///< executed or refused, broadcasts among them
    std::uint32_t exceptions = 0;  ///< of these, refused
    std::uint32_t broadcasts = 0;
    std::uint32_t absent = 0;      ///< to a unit id that nobody has
    std::uint32_t discarded = 0;   ///< another protocol id; on serial lines bytes in no frame
    std::uint32_t bad_frames = 0;  ///< checksum, length, gap
};

/// As much as the byte count of function 17 can ask for: a request that is too long but true to
/// itself is refused with 03. Beyond it the stream has lost its meaning.
inline constexpr std::size_t mbap_length_refused_max = 1 + 10 + 255;

/// Answers one ADU as it came, header and all, as in one datagram of UDP. Writes the answer and
/// returns its size; 0 where nothing is to be said. `out` holds `mbap_size_max`.
template <class Units>
constexpr std::size_t answer_adu(Units& units, const modbus_tcp_options& options, byte_span adu,
                                 std::span<std::uint8_t> out,
                                 modbus_server_counters& counters) noexcept;

/// The server's end of one TCP connection. Sans-IO: bytes in, bytes out. It answers at once, as
/// many requests as come in one piece, in order. Both buffers are bounded: while the other side
/// does not read, answers wait, then requests, then `room()` is 0 and nothing more is to be read
/// from the connection.
///
///     n = read(buffer, min(sizeof buffer, session.room()));
///     session.receive({buffer, n});
///     while (!session.pending_output().empty()) {      // until it is empty or would block
///         session.consume(write(session.pending_output()));
///     }
///     if (session.broken()) close;
///
/// `consume` answers what had to wait, so that there may be more output after it. What comes in
/// piecewise is copied once, what comes whole is not; answers are written where they are sent
/// from. `Units` is borrowed and has to live as long.
template <class Units, std::size_t OutputMax = 16 * codec::modbus::mbap_size_max,
          std::size_t InputMax = 4 * codec::modbus::mbap_size_max>
class modbus_tcp_session {
public:
    static_assert(OutputMax >= codec::modbus::mbap_size_max, "the longest answer has to fit");
    static_assert(InputMax >= 6 + mbap_length_refused_max, "the longest request has to fit");
    static constexpr std::size_t output_size_max = OutputMax;
    static constexpr std::size_t input_size_max = InputMax;

    constexpr explicit modbus_tcp_session(Units& units,
                                          const modbus_tcp_options& options = {}) noexcept
        : units_{&units}, options_{options}
    {
    }

    /// How many bytes `receive` takes for certain.
    [[nodiscard]] constexpr std::size_t room() const noexcept
    {
        return broken_ ? 0 : InputMax - (input_end_ - input_begin_);
    }
    /// Takes bytes, answers what can be answered, and returns how many it took: all, up to
    /// `room()`.
    constexpr std::size_t receive(byte_span bytes) noexcept;

    /// Bytes to be sent now, until they have been consumed.
    [[nodiscard]] constexpr byte_span pending_output() const noexcept
    {
        return {output_.data() + output_begin_, output_end_ - output_begin_};
    }
    constexpr void consume(std::size_t count) noexcept;

    /// A length out of range came in: the stream has lost its meaning, and the connection is to be
    /// closed once the output is sent.
    [[nodiscard]] constexpr bool broken() const noexcept { return broken_; }
    [[nodiscard]] constexpr const modbus_server_counters& counters() const noexcept
    {
        return counters_;
    }

private:
    [[nodiscard]] constexpr std::size_t answer_all(byte_span bytes) noexcept;
    [[nodiscard]] constexpr bool make_output_room() noexcept;
    constexpr void answer_waiting() noexcept;

    Units* units_;
    modbus_tcp_options options_;
    bool broken_ = false;
    std::array<std::uint8_t, InputMax> input_;    // what of it counts is between begin and end
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
    std::array<std::uint8_t, OutputMax> output_;
    std::size_t output_begin_ = 0;
    std::size_t output_end_ = 0;
    modbus_server_counters counters_{};
};

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Has a device answer, and counts it. Returns the size of the answer's PDU.
template <class Device>
constexpr std::size_t served(Device& device, byte_span request_pdu, std::span<std::uint8_t> out,
                             modbus_server_counters& counters) noexcept
{
    ++counters.requests;
    const std::size_t size = codec::modbus::serve(device, request_pdu, out);
    // Vendors' functions may have the exception bit in themselves.
    if (size == 2 && out[0] == (request_pdu[0] | codec::modbus::exception_bit) &&
        out[0] != request_pdu[0]) {
        ++counters.exceptions;
    }
    return size;
}

/// Has all devices execute a request, and nobody answer.
template <class Units>
constexpr void broadcast(Units& units, byte_span request_pdu,
                         modbus_server_counters& counters) noexcept
{
    ++counters.requests;
    ++counters.broadcasts;
    units.for_each([&](auto& device) {
        std::array<std::uint8_t, codec::modbus::pdu_size_max> unsaid;
        static_cast<void>(codec::modbus::serve(device, request_pdu, unsaid));
    });
}

/// The exception that answers a PDU, whatever its function.
constexpr std::size_t refuse(byte_span request_pdu, codec::modbus::exception_code why,
                             std::span<std::uint8_t> out,
                             modbus_server_counters& counters) noexcept
{
    ++counters.requests;
    ++counters.exceptions;
    out[0] = static_cast<std::uint8_t>(request_pdu[0] | codec::modbus::exception_bit);
    out[1] = static_cast<std::uint8_t>(why);
    return 2;
}

/// Whether a function only reads: broadcast it would have no effect and no answer.
[[nodiscard]] constexpr bool is_reading(std::uint8_t function_code) noexcept
{
    using codec::modbus::function;
    switch (static_cast<function>(function_code)) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::read_exception_status:
        case function::get_comm_event_counter:
        case function::get_comm_event_log:
        case function::report_server_id:
        case function::read_file_record:
        case function::read_fifo_queue:
        case function::read_write_multiple_registers:
        case function::encapsulated_interface: return true;
        default: return false;
    }
}

}  // namespace detail

template <class Units>
constexpr std::size_t answer_adu(Units& units, const modbus_tcp_options& options, byte_span adu,
                                 std::span<std::uint8_t> out,
                                 modbus_server_counters& counters) noexcept
{
    using codec::modbus::exception_code;
    const std::size_t length = adu.size() > codec::modbus::mbap_header_size ? adu.size() - 6 : 0;
    if (length < codec::modbus::mbap_length_min || codec::modbus::word_at(adu, 4) != length) {
        ++counters.bad_frames;
        return 0;
    }
    if (codec::modbus::word_at(adu, 2) != 0) {
        ++counters.discarded;
        return 0;
    }
    const std::uint8_t unit = adu[6];
    const byte_span request = adu.subspan(codec::modbus::mbap_header_size);
    if (unit == 0 && options.zero == unit_zero::broadcast) {
        if (length <= codec::modbus::mbap_length_max && !detail::is_reading(request[0])) {
            detail::broadcast(units, request, counters);
        }
        return 0;
    }
    const bool is_own = options.own_unit != 0 && (unit == 0 || unit == 255);
    auto* const device = units.find(is_own ? options.own_unit : unit);
    const auto answer = out.subspan(codec::modbus::mbap_header_size);
    std::size_t size = 0;
    if (device == nullptr) {
        ++counters.absent;
        if (options.absent == exception_code::none) {
            return 0;
        }
        size = detail::refuse(request, options.absent, answer, counters);
    } else if (length > codec::modbus::mbap_length_max) {
        size = detail::refuse(request, exception_code::illegal_data_value, answer, counters);
    } else {
        size = detail::served(*device, request, answer, counters);
    }
    return codec::modbus::seal_mbap(codec::modbus::word_at(adu, 0), unit, size, out).value_or(0);
}

/// Answers stand one behind the other; those that were sent are moved out of the way when there is
/// no other room.
template <class Units, std::size_t OutputMax, std::size_t InputMax>
constexpr bool modbus_tcp_session<Units, OutputMax, InputMax>::make_output_room() noexcept
{
    if (OutputMax - output_end_ >= codec::modbus::mbap_size_max) {
        return true;
    }
    if (OutputMax - (output_end_ - output_begin_) < codec::modbus::mbap_size_max) {
        return false;
    }
    std::copy(output_.begin() + static_cast<std::ptrdiff_t>(output_begin_),
              output_.begin() + static_cast<std::ptrdiff_t>(output_end_), output_.begin());
    output_end_ -= output_begin_;
    output_begin_ = 0;
    return true;
}

/// Returns how many bytes whole requests took that could be answered.
template <class Units, std::size_t OutputMax, std::size_t InputMax>
constexpr std::size_t
modbus_tcp_session<Units, OutputMax, InputMax>::answer_all(byte_span bytes) noexcept
{
    std::size_t used = 0;
    while (bytes.size() - used >= 6) {
        const std::size_t length = codec::modbus::word_at(bytes, used + 4);
        if (length < codec::modbus::mbap_length_min || length > mbap_length_refused_max) {
            ++counters_.bad_frames;
            broken_ = true;
            return bytes.size();
        }
        if (bytes.size() - used < 6 + length || !make_output_room()) {
            break;
        }
        output_end_ += answer_adu(*units_, options_, bytes.subspan(used, 6 + length),
                                  std::span{output_}.subspan(output_end_), counters_);
        used += 6 + length;
    }
    return used;
}

template <class Units, std::size_t OutputMax, std::size_t InputMax>
constexpr std::size_t
modbus_tcp_session<Units, OutputMax, InputMax>::receive(byte_span bytes) noexcept
{
    bytes = bytes.first(std::min(bytes.size(), room()));
    const std::size_t taken = bytes.size();
    if (input_begin_ == input_end_) {
        bytes = bytes.subspan(answer_all(bytes));
        input_begin_ = input_end_ = 0;
    } else if (InputMax - input_end_ < bytes.size()) {
        std::copy(input_.begin() + static_cast<std::ptrdiff_t>(input_begin_),
                  input_.begin() + static_cast<std::ptrdiff_t>(input_end_), input_.begin());
        input_end_ -= input_begin_;
        input_begin_ = 0;
    }
    if (!bytes.empty()) {
        std::copy(bytes.begin(), bytes.end(),
                  input_.begin() + static_cast<std::ptrdiff_t>(input_end_));
        input_end_ += bytes.size();
        answer_waiting();
    }
    return taken;
}

template <class Units, std::size_t OutputMax, std::size_t InputMax>
constexpr void modbus_tcp_session<Units, OutputMax, InputMax>::answer_waiting() noexcept
{
    if (!broken_ && input_begin_ < input_end_) {
        input_begin_ += answer_all(
            byte_span{input_}.subspan(input_begin_, input_end_ - input_begin_));
    }
}

template <class Units, std::size_t OutputMax, std::size_t InputMax>
constexpr void
modbus_tcp_session<Units, OutputMax, InputMax>::consume(std::size_t count) noexcept
{
    output_begin_ += std::min(count, output_end_ - output_begin_);
    if (output_begin_ == output_end_) {
        output_begin_ = output_end_ = 0;
    }
    answer_waiting();
}

}  // namespace wattpurse::link
