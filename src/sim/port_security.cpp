// SPDX-License-Identifier: Apache-2.0
// Function 03: identity, account, top-up, keys (State Grid filing document and its imitators).
#include <algorithm>
#include <chrono>

#include <wattpurse/codec/dlt645/messages.hpp>

#include "meter_device.hpp"

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::security_error_bit;
using wattpurse::meter::top_up_way;

constexpr std::size_t mac_size = 4;
constexpr std::size_t order_numbers_kept = 64;

/// One request and everything that its answer needs.
struct security_talk {
    meter_device& meter;
    const dlt645::frame& request;
    dlt645::security_order order;
    instant now;
    bool partly;

    [[nodiscard]] answer_frame refuse(security_error_bit why) const
    {
        return dlt645::security_refusal(meter.address, why);
    }
    [[nodiscard]] answer_frame refuse_as_vendor() const
    {
        return dlt645::security_refusal(meter.address, dlt645::error_bit::other);
    }
    [[nodiscard]] answer_frame accept(byte_span data = {}) const
    {
        return *dlt645::security_answer(meter.address, order.id, data);
    }
    /// The code at `mac` covers `what`; there is a session.
    [[nodiscard]] bool proves(std::string_view purpose, byte_span what, byte_span mac) const
    {
        return meter.chip && meter.chip->verify(purpose, what, mac, now);
    }
};

void put_binary(wire_bytes& to, std::uint32_t value)
{
    for (unsigned i = 0; i < 4; ++i) {
        to.push_back(static_cast<std::uint8_t>(value >> 8U * i & 0xFFU));
    }
}

security_error_bit serr_of(local_purse::refusal why)
{
    switch (why) {
        case local_purse::refusal::repeated: return security_error_bit::repeated_top_up;
        case local_purse::refusal::wrong_count: return security_error_bit::purchase_count;
        case local_purse::refusal::hoarding: return security_error_bit::hoarding_limit;
        case local_purse::refusal::overflow: return security_error_bit::other;
    }
    return security_error_bit::other;
}

// ---- Session ---------------------------------------------------------------------------------

answer_frame identify(const security_talk& talk)
{
    const auto opened = talk.meter.chip->open_session(talk.order.data, talk.now);
    return opened ? talk.accept(*opened) : talk.refuse(security_error_bit::identity);
}

answer_frame set_validity(const security_talk& talk)
{
    const byte_span data = talk.order.data;
    if (data.size() != 2 + mac_size) return talk.refuse(security_error_bit::other);
    const auto minutes = dlt645::read_unsigned(data.first(2));
    if (!minutes) return talk.refuse(security_error_bit::other);
    if (!talk.proves(seal_purpose::validity, data.first(2), data.last(mac_size))) {
        return talk.refuse(security_error_bit::verification);
    }
    talk.meter.chip->set_session_time(std::chrono::minutes{*minutes});
    return talk.accept();
}

/// Customer, money, count, key state: what a visitor leaves with.
answer_frame end_session(const security_talk& talk)
{
    wire_bytes out;
    const auto& purse = talk.meter.purse;
    put(out, talk.meter.memory.get(0x0400040E));
    put_binary(out, purse ? static_cast<std::uint32_t>(purse->remaining_cents()) : 0);
    put_binary(out, purse ? purse->count() : 0);
    put_binary(out, talk.meter.key_info);
    talk.meter.chip->end_session();
    return talk.accept(out);
}

answer_frame tell_status(const security_talk& talk)
{
    const auto& purse = talk.meter.purse;
    wire_bytes money;
    put_binary(money, purse ? static_cast<std::uint32_t>(purse->remaining_cents()) : 0);
    wire_bytes count;
    put_binary(count, purse ? purse->count() : 0);
    wire_bytes out = money;
    put(out, talk.meter.chip->seal(money));
    put(out, count);
    put(out, talk.meter.chip->seal(count));
    put(out, talk.meter.memory.get(0x0400040E));
    put_binary(out, talk.meter.key_info);
    return talk.accept(out);
}

/// Read-back: the meter's chip has one file, the wallet, whatever is asked for.
answer_frame read_back(const security_talk& talk)
{
    if (talk.order.data.size() != 8) return talk.refuse(security_error_bit::other);
    wire_bytes file;
    const auto& purse = talk.meter.purse;
    put_binary(file, purse ? static_cast<std::uint32_t>(purse->remaining_cents()) : 0);
    put_binary(file, purse ? purse->count() : 0);
    wire_bytes out{talk.order.data.begin(), talk.order.data.end()};
    put(out, file);
    put(out, talk.meter.chip->seal(file));
    return talk.accept(out);
}

/// Keys of the software module do not change; what is kept is that somebody set some.
answer_frame update_key(const security_talk& talk)
{
    const byte_span data = talk.order.data;
    if (data.size() != 4 + mac_size + 32) return talk.refuse(security_error_bit::other);
    wire_bytes what{data.begin(), data.begin() + 4};
    put(what, data.last(32));
    if (!talk.proves(seal_purpose::key, what, data.subspan(4, mac_size))) {
        return talk.refuse(security_error_bit::verification);
    }
    talk.meter.key_info = binary_of(data.first(4));
    return talk.accept();
}

// ---- Money -----------------------------------------------------------------------------------

/// Puts money in by count; where a fault has it, the money alone, and a refusal.
answer_frame take_money(const security_talk& talk, std::uint32_t cents, std::uint32_t count)
{
    local_purse& purse = *talk.meter.purse;
    if (talk.partly && count == purse.count() + 1) {
        purse.add_without_count(cents);
        return talk.refuse_as_vendor();
    }
    const auto done = purse.top_up(cents, count, talk.now);
    if (!done) return talk.refuse(serr_of(done.error()));
    talk.meter.after_money(talk.now);
    return talk.accept();
}

/// Whether money comes by count with function 03.
bool takes_counts(const meter_device& meter)
{
    const top_up_way way = meter.options.dialect.way;
    return meter.purse && (way == top_up_way::sealed_30 || way == top_up_way::plain_30);
}

/// money 4, count 4, MAC 4, customer 6, MAC 4 (070101FF, 070102FF).
answer_frame top_up_30(const security_talk& talk, bool opens)
{
    meter_device& meter = talk.meter;
    const byte_span data = talk.order.data;
    if (data.size() != 22 || !takes_counts(meter)) return talk.refuse(security_error_bit::other);
    const byte_span customer = data.subspan(12, 6);
    if (meter.options.dialect.way == top_up_way::sealed_30) {
        if (!meter.chip || !meter.chip->has_session(talk.now)) {
            return talk.refuse(security_error_bit::identity);
        }
        if (!talk.proves(seal_purpose::money, data.first(8), data.subspan(8, mac_size)) ||
            !talk.proves(seal_purpose::customer, customer, data.last(mac_size))) {
            return talk.refuse(security_error_bit::verification);
        }
    }
    const byte_span known = meter.memory.get(0x0400040E);
    const bool is_named = std::any_of(known.begin(), known.end(),
                                      [](std::uint8_t byte) { return byte != 0; });
    const bool matches = std::equal(customer.begin(), customer.end(), known.begin(), known.end());
    if (opens ? meter.account_open : is_named && !matches) {
        return talk.refuse(opens ? security_error_bit::other
                                 : security_error_bit::customer_number);
    }
    auto answer = take_money(talk, binary_of(data.first(4)), binary_of(data.subspan(4, 4)));
    if (!answer->is_abnormal()) {
        meter.account_open = true;
        if (opens) meter.memory.set(0x0400040E, customer);
    }
    return answer;
}

/// money 4, order number 8, zeros 4, meter number 6, zeros 4. Each order number is taken once.
answer_frame top_up_34(const security_talk& talk)
{
    meter_device& meter = talk.meter;
    const byte_span data = talk.order.data;
    const auto& marked = meter.options.dialect.operator_code;
    const bool is_marked = !marked || *marked == talk.order.operator_code;
    if (data.size() != 26 || !meter.purse || !is_marked) return talk.refuse_as_vendor();
    const byte_span number = data.subspan(16, 6);
    if (!std::equal(number.begin(), number.end(), meter.address.wire.begin())) {
        return talk.refuse_as_vendor();
    }
    std::array<std::uint8_t, 8> order{};
    std::copy_n(data.begin() + 4, order.size(), order.begin());
    auto& seen = meter.order_numbers;
    if (std::find(seen.begin(), seen.end(), order) != seen.end()) return talk.refuse_as_vendor();
    const std::uint32_t cents = binary_of(data.first(4));
    if (talk.partly) {
        meter.purse->add_without_count(cents);
        return talk.refuse_as_vendor();
    }
    if (!meter.purse->top_up(cents, meter.purse->count() + 1, talk.now)) {
        return talk.refuse_as_vendor();
    }
    seen.push_front(order);
    if (seen.size() > order_numbers_kept) seen.pop_back();
    meter.after_money(talk.now);
    return talk.accept();
}

/// money 4, order number 8, zeros 4, meter number 6, zeros 4: the vendor's refund (070108FF).
answer_frame refund_34(const security_talk& talk)
{
    meter_device& meter = talk.meter;
    const byte_span data = talk.order.data;
    if (data.size() != 26 || !meter.purse) return talk.refuse_as_vendor();
    const auto done = meter.purse->refund(binary_of(data.first(4)), meter.purse->count() + 1);
    return done ? talk.accept() : talk.refuse_as_vendor();
}

/// money 4, MAC 4, count 4, MAC 4.
answer_frame initialise_wallet(const security_talk& talk)
{
    meter_device& meter = talk.meter;
    const byte_span data = talk.order.data;
    if (data.size() != 16 || !takes_counts(meter)) return talk.refuse(security_error_bit::other);
    const bool is_sealed = meter.options.dialect.way == top_up_way::sealed_30;
    if (is_sealed && (!talk.proves(seal_purpose::money, data.first(4), data.subspan(4, 4)) ||
                      !talk.proves(seal_purpose::count, data.subspan(8, 4), data.last(4)))) {
        return talk.refuse(security_error_bit::verification);
    }
    meter.purse->initialise(binary_of(data.first(4)), binary_of(data.subspan(8, 4)));
    meter.after_money(talk.now);
    return talk.accept();
}

/// What needs the chip.
answer_frame answer_by_chip(const security_talk& talk)
{
    const auto id = static_cast<std::uint32_t>(talk.order.id);
    if (id == 0x070000FF) return identify(talk);
    if (!talk.meter.chip->has_session(talk.now)) return talk.refuse(security_error_bit::identity);
    switch (id) {
        case 0x070001FF: return set_validity(talk);
        case 0x070002FF: return end_session(talk);
        case 0x070201FF:
        case 0x070202FF:
        case 0x070203FF: return update_key(talk);
        case 0x078001FF: return read_back(talk);
        case 0x078102FF: return tell_status(talk);
        default: return talk.refuse(security_error_bit::other);
    }
}

}  // namespace

answer_frame answer_security(meter_device& meter, const dlt645::frame& request, instant now,
                             bool partly)
{
    const auto order = dlt645::parse_security(request);
    if (!order) return dlt645::security_refusal(meter.address, security_error_bit::other);
    const security_talk talk{meter, request, *order, now, partly};
    if (meter.chip && meter.chip->is_locked(now)) {
        return talk.refuse(security_error_bit::remote_locked);
    }
    const bool by_order = meter.options.dialect.way == top_up_way::order_34;
    switch (static_cast<std::uint32_t>(order->id)) {
        case 0x070101FF: return top_up_30(talk, true);
        case 0x070102FF: return by_order ? top_up_34(talk) : top_up_30(talk, false);
        case 0x070103FF: return initialise_wallet(talk);
        case 0x070108FF:
            return by_order ? refund_34(talk) : talk.refuse(security_error_bit::other);
        default: break;
    }
    return meter.chip ? answer_by_chip(talk) : talk.refuse(security_error_bit::other);
}

}  // namespace wattpurse::sim
