// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>

namespace wattpurse::test {

/// What the builders make of what the parsers understood of a frame; nothing where no parser
/// understands it, or where the builders deliberately cannot say it (an address written to
/// another than AA..AA, a sealed order with password bytes, a bit D5 without a meaning). Where
/// there is something, it must be the frame.
namespace rebuilding {

using namespace codec::dlt645;

inline constexpr send_limits unlimited{255, 255};

template <class T>
std::optional<frame> made(const result<T>& what)
{
    return what ? std::optional<frame>{*what} : std::nullopt;
}

inline std::optional<frame> request_2007(const frame& f)
{
    if (const auto p = parse_load_request(f)) {
        return made(p->from ? read_blocks_from_request(f.address, p->id, p->blocks, *p->from)
                            : read_blocks_request(f.address, p->id, p->blocks));
    }
    if (const auto p = parse_read(f)) return read_request(f.address, p->id);
    if (const auto p = parse_follow_request(f)) {
        return follow_request(f.address, p->id, p->sequence);
    }
    if (parse_read_address(f) && f.address == address::wildcard()) return read_address_request();
    if (const auto p = parse_broadcast_time(f)) return made(unicast_time_request(f.address, *p));
    if (const auto p = parse_write(f)) {
        return made(write_request(f.address, p->id, p->who, p->value, unlimited));
    }
    if (const auto p = parse_write_address(f); p && f.address == address::wildcard()) {
        return write_address_request(*p);
    }
    if (const auto p = parse_freeze(f)) return freeze_request(f.address, *p);
    if (const auto p = parse_baud(f)) return change_baud_request(f.address, *p);
    if (const auto p = parse_change_password(f)) {
        return change_password_request(f.address, p->id, p->now, p->fresh);
    }
    if (const auto p = parse_clear(f)) {
        return f.function() == 0x19 ? clear_demand_request(f.address, *p)
                                    : clear_meter_request(f.address, *p);
    }
    if (const auto p = parse_clear_events(f)) {
        return made(clear_events_request(f.address, p->who, p->what));
    }
    if (const auto p = parse_control(f)) {
        return made(control_request(f.address, control_code{p->code}, p->valid_until, p->who,
                                    p->detail));
    }
    if (const auto p = parse_sealed_control(f)) {
        const bool no_password = f.data[1] == 0 && f.data[2] == 0 && f.data[3] == 0;
        return no_password ? std::optional{control_request_sealed(
                                 f.address, p->level, p->operator_code,
                                 p->sealed.first<sealed_order_size>())}
                           : std::nullopt;
    }
    if (const auto p = parse_output(f)) return output_request(f.address, *p);
    if (const auto p = parse_security(f)) {
        return made(security_request(f.address, p->id, p->operator_code, p->data, unlimited));
    }
    return std::nullopt;
}

inline std::optional<frame> acknowledgement_2007(const frame& f)
{
    switch (f.function()) {
        case 0x14: return write_answer(f.address);
        case 0x15: return write_address_answer(f.address);
        case 0x16: return freeze_answer(f.address);
        case 0x19: return clear_demand_answer(f.address);
        case 0x1A: return clear_meter_answer(f.address);
        case 0x1B: return clear_events_answer(f.address);
        default: return std::nullopt;
    }
}

inline std::optional<frame> answer_2007(const frame& f)
{
    const bool more = f.has_follow();
    if (const auto p = parse_read_answer(f)) {
        return made(read_answer(f.address, p->id, p->value, more, unlimited));
    }
    if (const auto p = parse_follow_answer(f)) {
        return made(follow_answer(f.address, p->id, p->value, p->sequence, more, unlimited));
    }
    if (more) return std::nullopt;
    if (const auto p = parse_address_answer(f); p && *p == f.address) {
        return read_address_answer(*p);
    }
    if (parse_acknowledgement(f, static_cast<function>(f.function()))) {
        if (const auto out = acknowledgement_2007(f)) return out;
    }
    if (const auto p = parse_baud_answer(f)) return change_baud_answer(f.address, *p);
    if (const auto p = parse_password_answer(f)) return change_password_answer(f.address, *p);
    if (parse_control_answer(f)) return made(control_answer(f.address, f.payload()));
    if (const auto p = parse_output(f)) return output_answer(f.address, *p);
    if (const auto p = parse_security_answer(f); p && edition_of(f) == edition::y2007) {
        return made(security_answer(f.address, p->id, p->data, unlimited));
    }
    return std::nullopt;
}

inline std::optional<frame> refusal_2007(const frame& f)
{
    if (f.has_follow()) return std::nullopt;
    frame request;
    request.control = f.function();
    if (const auto p = parse_security_error(f); p && p->is_serr && f.length == 2) {
        return security_refusal(f.address, p->word);
    }
    const auto word = parse_error_word(f).value_or(0);
    switch (f.length) {
        case 0: return refusal(f.address, request);
        case 1: return refusal(f.address, request, static_cast<error_bit>(word));
        case 2: return refusal_of_word(f.address, request, word);
        default: return std::nullopt;
    }
}

inline std::optional<frame> request_1997(const frame& f)
{
    if (const auto p = parse_read_1997(f)) return read_request_1997(f.address, *p);
    if (const auto p = parse_follow_request_1997(f)) return follow_request_1997(f.address, *p);
    if (parse_reread_1997(f)) return reread_request_1997(f.address);
    if (const auto p = parse_write_1997(f)) {
        return made(write_request_1997(f.address, p->id, p->value, unlimited));
    }
    if (const auto p = parse_write_address_1997(f); p && f.address.is_broadcast()) {
        return write_address_request_1997(*p);
    }
    if (const auto p = parse_baud_1997(f)) return change_baud_request_1997(f.address, *p);
    if (const auto p = parse_change_password_1997(f)) {
        return change_password_request_1997(f.address, p->now, p->fresh);
    }
    if (const auto p = parse_clear_demand_1997(f)) {
        return p->has_password ? clear_demand_request_1997(f.address, p->who)
                               : clear_demand_request_1997(f.address);
    }
    return std::nullopt;
}

inline std::optional<frame> answer_1997(const frame& f)
{
    const bool more = f.has_follow();
    if (const auto p = parse_read_answer_1997(f)) {
        return made(read_answer_1997(f.address, p->id, p->value, more, unlimited));
    }
    if (const auto p = parse_follow_answer_1997(f)) {
        return made(follow_answer_1997(f.address, p->id, p->value, more, unlimited));
    }
    if (const auto p = parse_reread_answer_1997(f)) {
        return made(reread_answer_1997(f.address, p->id, p->value, more, unlimited));
    }
    if (more) return std::nullopt;
    if (parse_acknowledgement_1997(f, function_1997::write)) return write_answer_1997(f.address);
    if (parse_acknowledgement_1997(f, function_1997::write_address)) {
        return write_address_answer_1997(f.address);
    }
    if (const auto p = parse_baud_answer_1997(f)) {
        return p->is_denied ? change_baud_denial_1997(f.address)
                            : change_baud_answer_1997(f.address, p->rate);
    }
    if (const auto p = parse_password_answer_1997(f)) {
        return change_password_answer_1997(f.address, *p);
    }
    return std::nullopt;
}

}  // namespace rebuilding

inline std::optional<codec::dlt645::frame> rebuilt(const codec::dlt645::frame& f)
{
    using codec::dlt645::edition;
    if (f.is_abnormal()) {
        return f.is_from_meter() ? rebuilding::refusal_2007(f) : std::nullopt;
    }
    if (codec::dlt645::edition_of(f) == edition::y1997) {
        return f.is_from_meter() ? rebuilding::answer_1997(f) : rebuilding::request_1997(f);
    }
    return f.is_from_meter() ? rebuilding::answer_2007(f) : rebuilding::request_2007(f);
}

}  // namespace wattpurse::test
