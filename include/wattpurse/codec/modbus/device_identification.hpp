// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/codec/modbus/response.hpp>

namespace wattpurse::codec::modbus {

/// Read device identification, function 2B with MEI type 0E (Modbus Application Protocol V1.1b3,
/// 6.21): texts about a device under object ids. 00 to 02 are there always (basic), 03 to 7F may
/// be (regular), 80 to FF are the vendor's (extended).
enum class identification_object : std::uint8_t {
    vendor_name = 0x00,
    product_code = 0x01,
    major_minor_revision = 0x02,
    vendor_url = 0x03,
    product_name = 0x04,
    model_name = 0x05,
    user_application_name = 0x06,
};

/// What a request asks for.
enum class identification_code : std::uint8_t {
    basic = 1,
    regular = 2,   ///< basic ones too
    extended = 3,  ///< all
    specific = 4,  ///< the one object named
};

/// Set in the conformity level where objects can be read one by one.
inline constexpr std::uint8_t individual_access = 0x80;

/// The longest text that fits a response, alone.
inline constexpr std::size_t identification_text_max = pdu_size_max - 9;

/// One object, borrowed: most are ASCII texts.
struct identified {
    std::uint8_t id = 0;
    byte_span value{};
};

/// One response: some of the objects.
struct identification_page {
    std::uint8_t read_code = 0;
    std::uint8_t conformity = 0;     ///< 1 to 3: the highest code; with `individual_access` or not
    bool more_follows = false;       ///< ask again, from `next_object` on
    std::uint8_t next_object = 0;
    std::uint8_t count = 0;
    byte_span objects{};             ///< for `take_object`
};

/// The request for objects from `first` on.
[[nodiscard]] constexpr request identification_request(identification_code what,
                                                       std::uint8_t first = 0) noexcept;

/// Reads the page of a response. `syntax` where it is none, or its objects are not as long as they
/// say.
[[nodiscard]] constexpr result<identification_page> read_page(const response& from) noexcept;

/// Takes the next object from the front of a page's objects. `syntax`, `empty` behind the last.
[[nodiscard]] constexpr result<identified> take_object(byte_span& objects) noexcept;

/// A server's side: answers a request from all objects of a device, sorted by id; those that do
/// not fit are left for the next request. To be called from a device's `other`. A device of fewer
/// objects than asked for answers those it has; an unknown first object of a stream is as object
/// 0; one that is asked for alone and is not there is exception 02. Exception 03 for an unknown
/// code, 04 for an object that is too long for any response.
constexpr exception_code identify(const request& asked, std::span<const identified> all,
                                  std::span<std::uint8_t> scratch, response& out) noexcept;

/// Stable lower-case name, such as "vendor_name"; "unknown" for other objects.
[[nodiscard]] constexpr std::string_view to_string(identification_object what) noexcept
{
    switch (what) {
        case identification_object::vendor_name: return "vendor_name";
        case identification_object::product_code: return "product_code";
        case identification_object::major_minor_revision: return "major_minor_revision";
        case identification_object::vendor_url: return "vendor_url";
        case identification_object::product_name: return "product_name";
        case identification_object::model_name: return "model_name";
        case identification_object::user_application_name: return "user_application_name";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Of a page, behind the MEI type: code, conformity, more, next, number.
inline constexpr std::size_t page_head = 5;

[[nodiscard]] constexpr std::uint8_t category_of(std::uint8_t object) noexcept
{
    return object <= 0x02 ? std::uint8_t{1} : object <= 0x7F ? std::uint8_t{2} : std::uint8_t{3};
}

/// All of a stream that fits, from the object asked for on.
constexpr exception_code put_stream(const request& asked, std::span<const identified> all,
                                    std::span<std::uint8_t> page, pdu_writer& to) noexcept
{
    const auto wanted = [&](const identified& each) {
        return category_of(each.id) <= asked.read_code;
    };
    const bool is_known = std::any_of(all.begin(), all.end(), [&](const identified& each) {
        return each.id == asked.object_id && wanted(each);
    });
    const std::uint8_t first = is_known ? asked.object_id : std::uint8_t{0};
    // Behind function and MEI type.
    std::size_t room = std::min(page.size(), pdu_size_max - 2) - page_head;
    for (const identified& each : all) {
        if (each.id < first || !wanted(each)) {
            continue;
        }
        if (each.value.size() > identification_text_max) {
            return exception_code::server_device_failure;
        }
        if (each.value.size() + 2 > room) {
            page[2] = 0xFF;
            page[3] = each.id;
            break;
        }
        room -= each.value.size() + 2;
        to.byte(each.id);
        to.counted(each.value);
        ++page[4];
    }
    return exception_code::none;
}

}  // namespace detail

constexpr request identification_request(identification_code what, std::uint8_t first) noexcept
{
    request out;
    out.function = static_cast<std::uint8_t>(function::encapsulated_interface);
    out.mei_type = mei_device_identification;
    out.read_code = static_cast<std::uint8_t>(what);
    out.object_id = first;
    return out;
}

constexpr result<identified> take_object(byte_span& objects) noexcept
{
    if (objects.size() < 2 || objects.size() < 2U + objects[1]) {
        return fail(objects.empty() ? errc::empty : errc::syntax);
    }
    const identified out{objects[0], objects.subspan(2, objects[1])};
    objects = objects.subspan(2 + out.value.size());
    return out;
}

constexpr result<identification_page> read_page(const response& from) noexcept
{
    const byte_span data = from.data;
    if (static_cast<function>(from.function) != function::encapsulated_interface ||
        from.exception != exception_code::none || from.mei_type != mei_device_identification ||
        data.size() < detail::page_head) {
        return fail(errc::syntax);
    }
    const identification_page out{data[0], data[1],       data[2] == 0xFF,
                                  data[3], data[4],       data.subspan(detail::page_head)};
    byte_span rest = out.objects;
    for (unsigned i = 0; i < out.count; ++i) {
        if (!take_object(rest)) {
            return fail(errc::syntax);
        }
    }
    return rest.empty() ? result<identification_page>{out} : fail(errc::syntax);
}

constexpr exception_code identify(const request& asked, std::span<const identified> all,
                                  std::span<std::uint8_t> scratch, response& out) noexcept
{
    if (asked.mei_type != mei_device_identification) {
        return exception_code::illegal_function;
    }
    if (asked.read_code < 1 || asked.read_code > 4) {
        return exception_code::illegal_data_value;
    }
    if (scratch.size() < pdu_size_max - 2) {
        return exception_code::server_device_failure;
    }
    detail::pdu_writer to{scratch};
    to.byte(asked.read_code);
    to.byte(static_cast<std::uint8_t>(
        individual_access | (all.empty() ? 1U : unsigned{detail::category_of(all.back().id)})));
    to.bytes(std::array<std::uint8_t, 3>{});  // more, next, number: not yet known
    exception_code fault = exception_code::none;
    if (asked.read_code == static_cast<std::uint8_t>(identification_code::specific)) {
        const auto* const it = std::find_if(
            all.data(), all.data() + all.size(),
            [&](const identified& each) { return each.id == asked.object_id; });
        if (it == all.data() + all.size()) {
            return exception_code::illegal_data_address;
        }
        if (it->value.size() > identification_text_max) {
            return exception_code::server_device_failure;
        }
        to.byte(it->id);
        to.counted(it->value);
        scratch[4] = 1;
    } else {
        fault = detail::put_stream(asked, all, scratch, to);
    }
    out.mei_type = mei_device_identification;
    out.data = byte_span{scratch}.first(to.size().value_or(0));
    return fault;
}

}  // namespace wattpurse::codec::modbus
