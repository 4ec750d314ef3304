// SPDX-License-Identifier: Apache-2.0
// The loader of catalogue files against any text; where the text is a catalogue, each of its
// rows is found and reads the bytes of the text as its DATA. The same text then goes to the parsers
// of layouts, patterns and tables, which are hidden behind the quotes of JSON.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/codec/dlt645/catalogue_text.hpp>
#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/item.hpp>

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;

void must(bool condition)
{
    if (!condition) std::abort();
}

void read_all(std::string_view layout, byte_span data)
{
    field_reader reader{layout, data};
    field_value value;
    while (reader.next(value) == field_reader::step::field) {
        static_cast<void>(text_of(value));
    }
    must(reader.offset() <= data.size());
}

void parse_parts(std::string_view text, byte_span data)
{
    const auto shape = check_layout(text);
    if (shape) {
        must(shape->fields > 0);
        read_all(text, data);
    } else {
        must(!shape.error().expected.empty() && shape.error().position <= text.size());
        read_all(text, data);  // faulty ones too: a row may be made by hand
    }
    for (const edition which : {edition::y2007, edition::y1997}) {
        const auto ids = id_pattern::parse(which, text);
        must(!ids || (ids->covers(ids->first()) && ids->covers(ids->last())));
        row_reader rows{which, text};
        catalogue_row row;
        for (auto found = rows.next(row); found != row_reader::step::end; found = rows.next(row)) {
            must(found == row_reader::step::row || !rows.fault().expected.empty());
        }
    }
    bit_reader bits{text};
    bit_name name;
    while (bits.next(name) != bit_reader::step::end) {
    }
}

void use(const adapter::json::user_catalogue& loaded, byte_span data)
{
    const catalogue all = loaded.view();
    for (const catalogue_row& row : all.rows()) {
        for (const std::uint32_t id : {row.ids.first(), row.ids.last()}) {
            must(all.find(row.which(), id) == &row);
            must(!name_of(all, row.which(), id).empty());
            static_cast<void>(name_of(all, row.which(), id, language::chinese));
        }
        must(check_layout(row.layout).has_value());
        read_all(row.layout, data);
        static_cast<void>(read_number(row, data));
    }
    must(all.find(edition::y2007, 0x00010000) != nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    const byte_span data{bytes, size};
    const auto loaded = adapter::json::load_catalogue(text);
    if (loaded) {
        use(*loaded, data);
    } else {
        must(!loaded.error().empty());
        for (const fault& each : loaded.error()) must(!each.expected.empty());
    }
    parse_parts(text, data);
    return 0;
}
