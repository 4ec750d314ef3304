// SPDX-License-Identifier: Apache-2.0
#include "value_json.hpp"

#include <string>

#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/load_record.hpp>
#include <wattpurse/meter/status.hpp>

#include "value_reader.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;

/// Which class of load record a row is of: 0601xxxx is the first.
dlt645::load_part asked_for(const dlt645::catalogue_row& row)
{
    const unsigned number = row.ids.place(1).low;
    return row.ids.place(0).low == 0x06 && number >= 1 && number <= dlt645::load_part_count
               ? static_cast<dlt645::load_part>(number - 1)
               : dlt645::load_part::energy;
}

std::string misfit(const dlt645::catalogue_row& row, std::size_t size, const phrases& say)
{
    const auto& shape = row.shape;
    const std::string given = std::to_string(size);
    if (shape.repeating != 0 && shape.fixed == 0) {
        return say("{} bytes of value where a multiple of {} is expected",
                   {given, std::to_string(shape.repeating)});
    }
    return say(shape.repeating != 0 || shape.takes_rest
                   ? "{} bytes of value where at least {} are expected"
                   : "{} bytes of value where {} is expected",
               {given, std::to_string(shape.fixed)});
}

bool is_status_word_3(const dlt645::catalogue_row& row, std::size_t size)
{
    constexpr auto id = static_cast<std::uint32_t>(dlt645::data_id::status_word_3);
    return row.which() == dlt645::edition::y2007 && row.ids.first() == id &&
           row.ids.count() == 1 && size == 2;
}

void add_relay_flags(json& out, byte_span bytes)
{
    const auto word = static_cast<std::uint16_t>(bytes[0] | static_cast<unsigned>(bytes[1]) << 8U);
    const meter::status_word_3 status{word};
    out["flags"] = {{"relay", to_string(status.relay())},
                    {"relay_command", to_string(status.commanded())},
                    {"trip_alarm", status.trip_alarm()},
                    {"keep_power", status.keep_power()}};
}

/// Adds the value and returns what its bytes mean. What does not fit may hold more than the value:
/// it is only shown where nothing beside it can be a secret.
std::vector<data_part> add_parts(json& out, const dlt645::catalogue_row& row, std::size_t begin,
                                 byte_span bytes, std::vector<std::string>& warnings,
                                 const decode_context& context, bool may_be_secret)
{
    value_reader reader{context, row.layout, begin, bytes, asked_for(row)};
    if (!reader.read()) {
        out["value"] = nullptr;
        if (!may_be_secret) {
            out["data"] = hex_text(bytes);
        }
        warnings.push_back(misfit(row, bytes.size(), context.say));
        return {{begin, bytes.size(), may_be_secret, context.say("does not fit the identifier")}};
    }
    reader.add_to(out);
    if (is_status_word_3(row, bytes.size())) {
        add_relay_flags(out, bytes);
    }
    for (std::string& each : reader.warnings()) {
        warnings.push_back(std::move(each));
    }
    return reader.parts();
}

}  // namespace

void add_value(nlohmann::ordered_json& out, const codec::dlt645::catalogue_row* row,
               byte_span bytes, std::vector<std::string>& warnings,
               const decode_context& context)
{
    if (bytes.empty()) {
        return;
    }
    if (row == nullptr) {
        out["data"] = hex_text(bytes);
    } else if (row->secret) {
        out["value"] = masked;
    } else {
        add_parts(out, *row, 0, bytes, warnings, context, false);
    }
}

void add_value(nlohmann::ordered_json& out, const codec::dlt645::catalogue_row* row,
               byte_span bytes, std::vector<std::string>& warnings)
{
    add_value(out, row, bytes, warnings,
              {codec::dlt645::standard_catalogue(), phrases{speech::english}});
}

void report_value(report_writer& to, const codec::dlt645::catalogue_row* row, std::size_t begin,
                  std::size_t size)
{
    if (size == 0) {
        return;
    }
    if (row == nullptr) {
        return to.leave(begin, to.say("value"));
    }
    if (row->secret) {
        to.object()["value"] = masked;
        return to.withhold(begin);
    }
    std::vector<std::string> warnings;
    const bool may_be_secret = codec::dlt645::holds_secret(to.frame());
    for (data_part& part : add_parts(to.object(), *row, begin, to.data().subspan(begin, size),
                                     warnings, to.context(), may_be_secret)) {
        if (part.is_secret) {
            to.object()["withheld_bytes"] = part.size;
            to.hide(part.begin, part.size, std::move(part.meaning));
        } else {
            to.explain(part.begin, part.size, std::move(part.meaning));
        }
    }
    for (const std::string& each : warnings) {
        to.warn_in_words(each);
    }
}

}  // namespace wattpurse::cli
