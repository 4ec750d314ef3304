// SPDX-License-Identifier: Apache-2.0
#include "parameters.hpp"

#include <array>
#include <limits>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::adapter::postgres {
namespace {

// Types by their numbers, which are fixed (pg_type.dat); an array's goes with its element's.
constexpr Oid bytea = 17;
constexpr Oid int8 = 20;
constexpr Oid int4 = 23;
constexpr Oid text_type = 25;

[[nodiscard]] Oid array_of(Oid element) noexcept
{
    switch (element) {
        case bytea: return 1001;
        case int8: return 1016;
        default: return 1009;  // of text
    }
}

constexpr std::size_t head_size = 20;  // dimensions, nulls or not, element, size, lower bound
constexpr std::uint32_t null_length = 0xFFFF'FFFFU;

[[nodiscard]] std::string head_of(Oid element, bool has_null, std::size_t rows)
{
    std::string head;
    append_number(head, 1, 4);
    append_number(head, has_null ? 1 : 0, 4);
    append_number(head, element, 4);
    append_number(head, rows, 4);
    append_number(head, 1, 4);
    return head;
}

void append_text(std::string& body, std::string_view text)
{
    const std::size_t place = body.size();
    append_number(body, text.size(), 4);
    append_stored(body, text);
    const std::size_t size = body.size() - place - 4;
    if (size == text.size()) return;
    std::string length;
    append_number(length, size, 4);
    body.replace(place, 4, length);
}

[[nodiscard]] std::int64_t milliseconds(instant at) noexcept
{
    return static_cast<std::int64_t>(at.time_since_epoch().count());
}

[[nodiscard]] std::string_view characters(std::span<const std::uint8_t> bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void append_number(std::string& out, std::uint64_t value, std::size_t size)
{
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>(static_cast<std::uint8_t>(value >> (8 * (size - 1 - i))));
    }
    out.append(bytes.data(), size);
}

std::int64_t signed_count(std::uint64_t value)
{
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw row_fault{std::to_string(value) + " is too large to be stored"};
    }
    return static_cast<std::int64_t>(value);
}

// ---- Columns ------------------------------------------------------------------------------------

std::string& columns::next(Oid element)
{
    if (next_ == arrays_.size()) {
        WATTPURSE_ASSERT(rows_ == 0);
        arrays_.push_back({element, false, std::string(head_size, '\0')});
    }
    array& to = arrays_[next_++];
    WATTPURSE_ASSERT(to.element == element);
    return to.body;
}

columns& columns::put(std::int64_t value)
{
    std::string& to = next(int8);
    append_number(to, 8, 4);
    append_number(to, static_cast<std::uint64_t>(value), 8);
    bytes_ += 12;
    return *this;
}

columns& columns::put_count(std::uint64_t value)
{
    return put(signed_count(value));
}

columns& columns::put(std::string_view text)
{
    append_text(next(text_type), text);
    bytes_ += text.size() + 4;
    return *this;
}

columns& columns::put_bytes(std::span<const std::uint8_t> bytes)
{
    std::string& to = next(bytea);
    append_number(to, bytes.size(), 4);
    to.append(characters(bytes));
    bytes_ += bytes.size() + 4;
    return *this;
}

columns& columns::put(instant at)
{
    return put(milliseconds(at));
}

columns& columns::put(std::optional<instant> at)
{
    return put(at ? std::optional{milliseconds(*at)} : std::nullopt);
}

columns& columns::put(std::optional<std::int64_t> value)
{
    if (value) {
        return put(*value);
    }
    append_number(next(int8), null_length, 4);
    arrays_[next_ - 1].has_null = true;
    return *this;
}

void columns::end_row()
{
    WATTPURSE_ASSERT(next_ == arrays_.size());
    next_ = 0;
    ++rows_;
}

void columns::clear() noexcept
{
    for (array& each : arrays_) {
        each.has_null = false;
        each.body.resize(head_size);
    }
    next_ = 0;
    rows_ = 0;
    bytes_ = 0;
}

// ---- Parameters ---------------------------------------------------------------------------------

parameters& parameters::add(Oid type, std::string bytes)
{
    values_.push_back({type, false, std::move(bytes), nullptr});
    return *this;
}

parameters& parameters::put_shard(std::int32_t shard)
{
    std::string bytes;
    append_number(bytes, static_cast<std::uint32_t>(shard), 4);
    return add(int4, std::move(bytes));
}

parameters& parameters::put(std::int64_t value)
{
    std::string bytes;
    append_number(bytes, static_cast<std::uint64_t>(value), 8);
    return add(int8, std::move(bytes));
}

parameters& parameters::put_count(std::uint64_t value)
{
    return put(signed_count(value));
}

parameters& parameters::put(std::string_view text)
{
    return add(text_type, stored(text));
}

parameters& parameters::put(instant at)
{
    return put(milliseconds(at));
}

parameters& parameters::put(std::optional<instant> at)
{
    if (at) {
        return put(*at);
    }
    values_.push_back({int8, true, {}, nullptr});
    return *this;
}

parameters& parameters::put_bytes(std::span<const std::uint8_t> bytes)
{
    return add(bytea, std::string{characters(bytes)});
}

parameters& parameters::put(columns& all)
{
    WATTPURSE_ASSERT(all.rows() > 0);
    for (columns::array& each : all.arrays_) {
        each.body.replace(0, head_size, head_of(each.element, each.has_null, all.rows()));
        values_.push_back({array_of(each.element), false, {}, &each.body});
    }
    return *this;
}

parameters::view parameters::given() const
{
    view out;
    out.count = static_cast<int>(values_.size());
    for (const parameter& each : values_) {
        const std::string& bytes = each.lent == nullptr ? each.own : *each.lent;
        out.types.push_back(each.type);
        out.values.push_back(each.null ? nullptr : bytes.c_str());
        out.lengths.push_back(static_cast<int>(bytes.size()));
        out.formats.push_back(1);
    }
    return out;
}

}  // namespace wattpurse::adapter::postgres
