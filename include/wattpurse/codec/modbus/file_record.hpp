// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>

namespace wattpurse::codec::modbus {

/// Files are extended memory of up to 10000 records, a register each. Functions 14 and 15 read and
/// write groups of them, several in one PDU; they stand in `data` of request and response (Modbus
/// Application Protocol V1.1b3, 6.14 and 6.15).
inline constexpr std::uint8_t file_reference_type = 6;
inline constexpr std::uint16_t file_record_max = 9999;
inline constexpr std::size_t file_data_max = 245;        ///< of 14, either way
inline constexpr std::size_t file_write_data_max = 251;  ///< of 15

/// One group of records.
struct file_group {
    std::uint16_t file = 1;    ///< not 0
    std::uint16_t record = 0;  ///< the first one, up to `file_record_max`
    std::uint16_t length = 0;  ///< registers; what `data` holds where there is any
    byte_span data{};          ///< registers, big-endian; none in a read request. Borrowed
};

/// Takes the next group from the front of a read request's data. `syntax` where it is cut short,
/// `out_of_range` for another reference type, file 0, no register, or a record that cannot be;
/// then nothing is taken.
[[nodiscard]] constexpr result<file_group> take_file_read(byte_span& data) noexcept;

/// The same of a write request's or response's data, with its registers.
[[nodiscard]] constexpr result<file_group> take_file_write(byte_span& data) noexcept;

/// The same of a read response's data: the registers alone, in the order they were asked for.
[[nodiscard]] constexpr result<byte_span> take_file_answer(byte_span& data) noexcept;

/// Writes one group, as the functions above read it, and returns how many bytes. `out_of_range` as
/// above and for an odd number of bytes; `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> put_file_read(const file_group& what,
                                                          std::span<std::uint8_t> out) noexcept;
[[nodiscard]] constexpr result<std::size_t> put_file_write(const file_group& what,
                                                           std::span<std::uint8_t> out) noexcept;
[[nodiscard]] constexpr result<std::size_t> put_file_answer(byte_span registers,
                                                            std::span<std::uint8_t> out) noexcept;

/// What a server answers to the groups of 14 or 15 before it looks at any file: `none`;
/// `illegal_data_value` where sizes contradict each other, `illegal_data_address` for what the
/// standard rules out, or a response that would be too long.
[[nodiscard]] constexpr exception_code file_fault(function what, byte_span data) noexcept;

/// How many bytes the data of the response to a read has; the request is without fault.
[[nodiscard]] constexpr std::size_t file_answer_size(byte_span data) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::size_t file_head = 7;  // reference type, file, record, length

[[nodiscard]] constexpr bool is_file_group(const file_group& what) noexcept
{
    // Records go on to the end of the file and no further.
    return what.file != 0 && what.length != 0 &&
           std::uint32_t{what.record} + what.length <= file_record_max + 1U;
}

[[nodiscard]] constexpr result<file_group> file_head_of(byte_span data) noexcept
{
    if (data.size() < file_head) {
        return fail(errc::syntax);
    }
    const file_group out{word_at(data, 1), word_at(data, 3), word_at(data, 5), {}};
    if (data[0] != file_reference_type || !is_file_group(out)) {
        return fail(errc::out_of_range);
    }
    return out;
}

constexpr void put_file_head(pdu_writer& to, const file_group& what) noexcept
{
    to.byte(file_reference_type);
    to.words({what.file, what.record, what.length});
}

}  // namespace detail

constexpr result<file_group> take_file_read(byte_span& data) noexcept
{
    const auto out = detail::file_head_of(data);
    if (out) {
        data = data.subspan(detail::file_head);
    }
    return out;
}

constexpr result<file_group> take_file_write(byte_span& data) noexcept
{
    auto out = detail::file_head_of(data);
    if (!out) {
        return out;
    }
    const std::size_t size = std::size_t{2} * out->length;
    if (data.size() < detail::file_head + size) {
        return fail(errc::syntax);
    }
    out->data = data.subspan(detail::file_head, size);
    data = data.subspan(detail::file_head + size);
    return out;
}

constexpr result<byte_span> take_file_answer(byte_span& data) noexcept
{
    // The length counts the reference type (6.14).
    if (data.size() < 2 || data[0] < 3 || data[0] % 2 == 0 || data.size() < 1U + data[0]) {
        return fail(errc::syntax);
    }
    if (data[1] != file_reference_type) {
        return fail(errc::out_of_range);
    }
    const byte_span registers = data.subspan(2, data[0] - 1U);
    data = data.subspan(1U + data[0]);
    return registers;
}

constexpr result<std::size_t> put_file_read(const file_group& what,
                                            std::span<std::uint8_t> out) noexcept
{
    if (!detail::is_file_group(what)) {
        return fail(errc::out_of_range);
    }
    detail::pdu_writer to{out};
    detail::put_file_head(to, what);
    return to.size();
}

constexpr result<std::size_t> put_file_write(const file_group& what,
                                             std::span<std::uint8_t> out) noexcept
{
    if (!detail::is_file_group(what) || what.data.size() != std::size_t{2} * what.length) {
        return fail(errc::out_of_range);
    }
    detail::pdu_writer to{out};
    detail::put_file_head(to, what);
    to.bytes(what.data);
    return to.size();
}

constexpr result<std::size_t> put_file_answer(byte_span registers,
                                              std::span<std::uint8_t> out) noexcept
{
    if (registers.empty() || registers.size() % 2 != 0 || registers.size() + 2 > file_data_max) {
        return fail(errc::out_of_range);
    }
    detail::pdu_writer to{out};
    to.byte(static_cast<std::uint8_t>(registers.size() + 1));
    to.byte(file_reference_type);
    to.bytes(registers);
    return to.size();
}

constexpr std::size_t file_answer_size(byte_span data) noexcept
{
    std::size_t size = 0;
    for (; data.size() >= detail::file_head; data = data.subspan(detail::file_head)) {
        size += 2 + std::size_t{2} * word_at(data, 5);
    }
    return size;
}

constexpr exception_code file_fault(function what, byte_span data) noexcept
{
    const bool is_read = what == function::read_file_record;
    const std::size_t most = is_read ? file_data_max : file_write_data_max;
    if (data.size() < detail::file_head || data.size() > most ||
        (is_read && data.size() % detail::file_head != 0)) {
        return exception_code::illegal_data_value;
    }
    if (is_read && file_answer_size(data) > file_data_max) {
        return exception_code::illegal_data_address;
    }
    while (!data.empty()) {
        const auto group = is_read ? take_file_read(data) : take_file_write(data);
        if (!group) {
            return group.error() == errc::syntax ? exception_code::illegal_data_value
                                                 : exception_code::illegal_data_address;
        }
    }
    return exception_code::none;
}

}  // namespace wattpurse::codec::modbus
