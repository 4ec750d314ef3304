// SPDX-License-Identifier: Apache-2.0
//
// The catalogue with any bytes behind any identifier: all fields are read and shown, and what was
// read is written again and must come back. The same bytes are read as load records, too.
//
// Input: two bytes for the row, the highest bit set: four bytes of an identifier of 2007 instead,
// low byte first; DATA.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/load_record.hpp>

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;

void must(bool condition)
{
    if (!condition) std::abort();
}

/// Puts what was read; a value that is not sound goes as its bytes.
result<void> put(field_writer& writer, const field_value& value)
{
    if (value.missing) return writer.put_missing();
    if (!value.sound) return writer.put_bytes(value.raw);
    switch (value.what.kind) {
        case field_kind::number:
        case field_kind::binary:
        case field_kind::identifier: return writer.put_number(value.number);
        case field_kind::moment: return writer.put_moment(value.moment);
        case field_kind::ascii:
        case field_kind::digits: {
            const auto text = text_of(value);
            must(text.has_value());
            return writer.put_text(text->view());
        }
        default: return writer.put_bytes(value.raw);
    }
}

/// Whether two fields say the same; texts may be padded at another end, -0 is 0.
void compare(const field_value& a, const field_value& b)
{
    must(a.sound == b.sound && a.missing == b.missing && a.number == b.number &&
         a.moment == b.moment && a.index == b.index);
    const auto left = text_of(a);
    const auto right = text_of(b);
    must(left.has_value() == right.has_value());
    must(!left || left->view() == right->view());
}

void read_write_read(const catalogue_row& row, byte_span data)
{
    std::array<std::uint8_t, 4096> out{};
    field_reader reader{row, data};
    field_writer writer{row, out};
    field_value value;
    auto found = reader.next(value);
    for (; found == field_reader::step::field; found = reader.next(value)) {
        must(put(writer, value).has_value());
        for_each_bits(standard_catalogue(), value.what.set, value.raw,
                      [](const named_bits& bits) { must(bits.group != nullptr); });
    }
    if (found != field_reader::step::end || reader.was_short()) return;
    const auto size = writer.finish();
    must(size.has_value() && *size == data.size());
    field_reader first{row, data};
    field_reader second{row, byte_span{out}.first(*size)};
    field_value again;
    while (first.next(value) == field_reader::step::field) {
        must(second.next(again) == field_reader::step::field);
        compare(value, again);
    }
}

void read_blocks(byte_span data)
{
    std::array<std::uint8_t, load_record_size_max> out{};
    load_reader reader{data};
    load_record record;
    while (reader.next(record) == load_reader::step::block) {
        const auto size = write_load_record(record, out);
        must(size.has_value());
        load_reader again{byte_span{out}.first(*size)};
        must(again.next(record) == load_reader::step::block);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    constexpr std::size_t head_size = 2;
    constexpr std::size_t id_size = 4;
    if (size < head_size) return 0;
    const catalogue& all = standard_catalogue();
    const std::size_t number = bytes[0] | static_cast<std::size_t>(bytes[1]) << 8U;
    byte_span data{bytes + head_size, size - head_size};
    const catalogue_row* row = &all.rows()[number % all.rows().size()];
    std::uint32_t id = row->ids.nth(size % row->ids.count());
    must(all.find(row->which(), id) == row);
    if ((number & 0x8000U) != 0 && data.size() >= id_size) {
        id = static_cast<std::uint32_t>(load_low_first(data.first(id_size)));
        data = data.subspan(id_size);
        const catalogue_row* const found = all.find(edition::y2007, id);
        must(found == nullptr || found->ids.covers(id));
        row = found == nullptr ? row : found;
        must(name_of(all, edition::y2007, id).empty() == (found == nullptr));
    }
    static_cast<void>(name_of(*row, id));
    static_cast<void>(name_of(*row, id, language::chinese));
    static_cast<void>(read_number(*row, data));
    read_write_read(*row, data);
    read_blocks(data);
    return 0;
}
