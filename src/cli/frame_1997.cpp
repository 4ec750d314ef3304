// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>

#include "frame_json.hpp"
#include "value_json.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;

constexpr std::size_t id_size = dlt645::id_size_1997;

/// 01, 02 and 03. Only a whole answer can be taken apart: a follow-on frame has no number, and
/// may be any part.
void report_read(report_writer& to)
{
    const dlt645::frame& what = to.frame();
    const bool is_plain = what.function() == 0x01;
    if (what.length == 0 && what.function() == 0x03) {
        return;
    }
    const auto id = report_id(to);
    if (!id) {
        return;
    }
    const std::size_t size = what.length - id_size;
    const auto* const row = to.context().catalogue.find(dlt645::edition::y1997, *id);
    const bool is_secret = dlt645::holds_secret(what) || (row != nullptr && row->secret);
    if (size > 0 && is_secret) {
        to.object()["value"] = masked;
        to.withhold(id_size);
    } else if (is_plain && what.is_from_meter() && !what.has_follow()) {
        report_value(to, row, id_size, size);
    } else {
        to.leave(id_size, what.is_from_meter() ? to.say("part of the value")
                                               : to.say("not explained"));
    }
}

/// 04: whether the value begins with a password only the meter's kind can tell.
void report_write(report_writer& to)
{
    if (!to.frame().is_from_meter() && report_id(to)) {
        to.withhold(id_size);
    }
}

void report_change_baud(report_writer& to)
{
    const auto word = to.data().size() == 1 ? to.data()[0] : std::uint8_t{0};
    if (to.frame().is_from_meter() && word == dlt645::baud_denied_1997) {
        to.object()["data"] = hex_text(to.data());
        to.object()["denied"] = true;
        return to.explain(0, 1, to.say("denied"));
    }
    report_baud(to, bits_per_second(static_cast<dlt645::baud_rate_1997>(word)));
}

}  // namespace

void report_body_1997(report_writer& to)
{
    using function = dlt645::function_1997;
    switch (static_cast<function>(to.frame().function())) {
        case function::read:
        case function::read_follow:
        case function::reread: return report_read(to);
        case function::write: return report_write(to);
        case function::broadcast_time: return report_time(to);
        case function::write_address: return report_address(to);
        case function::change_baud: return report_change_baud(to);
        case function::change_password:
        case function::clear_demand: return;  // levels and passwords, nothing else
    }
}

}  // namespace wattpurse::cli
