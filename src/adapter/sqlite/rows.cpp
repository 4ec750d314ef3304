// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <algorithm>
#include <limits>

namespace wattpurse::adapter::sqlite {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view value)
{
    throw row_fault{std::string{what} + " '" + std::string{value} + "' is not known"};
}

/// An empty text is an empty label: "none".
template <class Label>
[[nodiscard]] Label take_label(statement& from)
{
    const std::string_view text = from.text();
    if (text.empty()) {
        return {};
    }
    const auto label = Label::parse(text);
    if (!label) {
        refuse("label", text);
    }
    return *label;
}

/// The value whose name the text is. Our enumerations count 0, 1, 2 ... and what is beyond their
/// end is called "unknown"; so is the first value of `relay_state`, which is one.
template <class Enum, class Name>
[[nodiscard]] Enum take_name(statement& from, Name name)
{
    constexpr std::uint8_t values_max = 64;  // more than any of them has
    const std::string_view text = from.text();
    for (std::uint8_t i = 0; i < values_max; ++i) {
        const auto value = static_cast<Enum>(i);
        if (name(value) == text && (i == 0 || text != "unknown")) {
            return value;
        }
    }
    refuse("name", text);
}

template <class Enum>
[[nodiscard]] Enum take_name(statement& from)
{
    return take_name<Enum>(from, [](Enum value) { return to_string(value); });
}

[[nodiscard]] std::string_view name_of(command_answer answer)
{
    switch (answer) {
        case command_answer::acknowledged: return "acknowledged";
        case command_answer::refused: return "refused";
        case command_answer::no_answer: return "no_answer";
    }
    return "unknown";
}

[[nodiscard]] std::uint32_t take_small(statement& from)
{
    const std::uint64_t value = from.count();
    if (value > std::numeric_limits<std::uint32_t>::max()) {
        refuse("number", std::to_string(value));
    }
    return static_cast<std::uint32_t>(value);
}

[[nodiscard]] bool take_flag(statement& from)
{
    return from.integer() != 0;
}

[[nodiscard]] energy take_energy(statement& from)
{
    const std::int64_t mantissa = from.integer();
    const auto value = energy::from_mantissa(mantissa);
    if (!value) {
        refuse("energy", std::to_string(mantissa));
    }
    return *value;
}

void put(statement& to, const tariff_energy& each)
{
    for (const energy& value : each) {
        to.put(value.mantissa());
    }
}

[[nodiscard]] tariff_energy take_tariff_energy(statement& from)
{
    tariff_energy each;
    for (energy& value : each) {
        value = take_energy(from);
    }
    return each;
}

void put(statement& to, const register_set& registers)
{
    to.put(registers.total.mantissa());
    put(to, registers.tariff);
}

[[nodiscard]] register_set take_registers(statement& from)
{
    register_set registers;
    registers.total = take_energy(from);
    registers.tariff = take_tariff_energy(from);
    return registers;
}

[[nodiscard]] digest take_digest(statement& from)
{
    const auto bytes = from.bytes();
    digest value{};
    if (bytes.size() != value.size()) {
        refuse("digest size", std::to_string(bytes.size()));
    }
    std::copy(bytes.begin(), bytes.end(), value.begin());
    return value;
}

}  // namespace

account_id take_account(statement& from)
{
    return take_label<account_id>(from);
}

account_head take_head(statement& from)
{
    account_head head;
    head.account = take_account(from);
    head.seq = from.count();
    const std::int64_t balance = from.integer();
    head.balance = money_of(balance, from.text());
    return head;
}

money money_of(std::int64_t mantissa, std::string_view code)
{
    const auto amount = money::amount_type::from_mantissa(mantissa);
    const auto unit = currency::parse(code);
    if (!amount || !unit) {
        refuse("money", std::to_string(mantissa) + " " + std::string{code});
    }
    return {*amount, *unit};
}

// ---- The ledger -------------------------------------------------------------------------------

void put(statement& to, const posting& row)
{
    to.put_lasting(row.account.view()).put_count(row.account_seq);
    to.put_lasting(row.key).put_count(row.leg).put_lasting(to_string(row.kind));
    to.put_lasting(row.subject).put(row.effective_at).put(row.recorded_at);
    to.put(row.amount.mantissa()).put(row.running_balance.mantissa());
    to.put(row.amount.unit().code()).put_count(row.block).put_lasting(row.explain);
    to.put_lasting(row.link).put(row.expires_at);
}

posting take_posting(statement& from)
{
    posting row;
    row.account = take_account(from);
    row.account_seq = from.count();
    row.key = from.text();
    row.leg = take_small(from);
    row.kind = take_name<posting_kind>(from);
    row.subject = from.text();
    row.effective_at = from.time();
    row.recorded_at = from.time();
    const std::int64_t amount = from.integer();
    const std::int64_t balance = from.integer();
    const std::string_view code = from.text();
    row.amount = money_of(amount, code);
    row.running_balance = money_of(balance, code);
    row.block = from.count();
    row.explain = from.text();
    row.link = from.text();
    row.expires_at = from.optional_time();
    return row;
}

void put(statement& to, const reservation& row)
{
    to.put(std::string_view{row.key}).put(row.account.view()).put(row.holder.view());
    to.put(row.amount.mantissa()).put(row.amount.unit().code()).put(row.expires_at);
    to.put(to_string(row.state));
}

reservation take_reservation(statement& from)
{
    reservation row;
    row.key = from.text();
    row.account = take_account(from);
    row.holder = take_account(from);
    const std::int64_t amount = from.integer();
    row.amount = money_of(amount, from.text());
    row.expires_at = from.optional_time();
    row.state = take_name<reservation_state>(from);
    return row;
}

void put(statement& to, const account_terms& row)
{
    const money floor = row.floor.value_or(money{});
    to.put(row.account.view()).put(row.from);
    to.put(row.floor ? std::optional{floor.mantissa()} : std::nullopt);
    to.put(floor.unit().code()).put(row.is_closed ? 1 : 0);
}

account_terms take_terms(statement& from)
{
    account_terms row;
    row.account = take_account(from);
    row.from = from.time();
    const auto floor = from.optional_integer();
    const std::string_view code = from.text();
    if (floor) row.floor = money_of(*floor, code);
    row.is_closed = take_flag(from);
    return row;
}

void put(statement& to, const block_seal& row)
{
    to.put_count(row.number).put_bytes(row.previous).put_bytes(row.value);
    to.put_count(row.postings).put(row.sealed_at);
}

block_seal take_seal(statement& from)
{
    block_seal row;
    row.number = from.count();
    row.previous = take_digest(from);
    row.value = take_digest(from);
    row.postings = take_small(from);
    row.sealed_at = from.time();
    return row;
}

void put(statement& to, const bill& row)
{
    if (row.charged.unit() != row.total.unit()) {
        throw row_fault{"a bill of two currencies"};
    }
    to.put(row.account.view()).put(row.period.view()).put(row.from).put(row.until);
    put(to, row.used);
    to.put(row.charged.mantissa()).put(row.total.mantissa());
    to.put(row.total.unit().code()).put(row.closed_at);
}

bill take_bill(statement& from)
{
    bill row;
    row.account = take_account(from);
    row.period = take_label<period_id>(from);
    row.from = from.time();
    row.until = from.time();
    row.used = take_tariff_energy(from);
    const std::int64_t charged = from.integer();
    const std::int64_t total = from.integer();
    const std::string_view code = from.text();
    row.charged = money_of(charged, code);
    row.total = money_of(total, code);
    row.closed_at = from.time();
    return row;
}

// ---- Readings and what has come in --------------------------------------------------------------

void put(statement& to, const reading& row)
{
    to.put(row.account.view()).put(row.meter.view()).put(row.effective_at).put(row.recorded_at);
    put(to, row.registers);
    to.put(to_string(row.source)).put(to_string(row.quality));
}

reading take_reading(statement& from)
{
    reading row;
    row.account = take_account(from);
    row.meter = take_label<meter_id>(from);
    row.effective_at = from.time();
    row.recorded_at = from.time();
    row.registers = take_registers(from);
    row.source = take_name<reading_source>(from);
    row.quality = take_name<quality>(from);
    return row;
}

void put(statement& to, const sealed_day& row)
{
    to.put(row.account.view()).put(row.from).put(row.meter.view()).put_count(row.revision);
    to.put(row.until).put_bytes(row.bytes);
}

sealed_day take_sealed_day(statement& from)
{
    sealed_day row;
    row.account = take_account(from);
    row.from = from.time();
    row.meter = take_label<meter_id>(from);
    row.revision = take_small(from);
    row.until = from.time();
    const auto bytes = from.bytes();
    row.bytes.assign(bytes.begin(), bytes.end());
    return row;
}

void put(statement& to, const service& row)
{
    to.put(row.account.view()).put(row.meter.view()).put(row.bus.view());
    to.put(row.from).put(row.until);
}

service take_service(statement& from)
{
    service row;
    row.account = take_account(from);
    row.meter = take_label<meter_id>(from);
    row.bus = take_label<bus_id>(from);
    row.from = from.time();
    row.until = from.optional_time();
    return row;
}

void put(statement& to, const arrival& row)
{
    to.put_count(row.id).put(to_string(row.kind)).put(row.account.view()).put(row.meter.view());
    to.put(row.at).put(std::string_view{row.key}).put(to_string(row.source));
    put(to, row.registers);
    to.put(row.next_meter.view());
    put(to, row.next_registers);
    to.put(row.amount).put_count(row.code).put(name_of(row.answer));
}

arrival take_arrival(statement& from)
{
    arrival row;
    row.id = from.count();
    row.kind = take_name<arrival_kind>(from);
    row.account = take_account(from);
    row.meter = take_label<meter_id>(from);
    row.at = from.time();
    row.key = from.text();
    row.source = take_name<reading_source>(from);
    row.registers = take_registers(from);
    row.next_meter = take_label<meter_id>(from);
    row.next_registers = take_registers(from);
    row.amount = from.integer();
    row.code = take_small(from);
    row.answer = take_name<command_answer>(from, name_of);
    return row;
}

// ---- Credit control -----------------------------------------------------------------------------

void put(statement& to, const credit_state& row)
{
    to.put(row.account.view()).put(to_string(row.level)).put_count(row.episode);
    to.put(to_string(row.told)).put(row.warned_at).put(row.warning_delivered_at);
    to.put_count(row.cut_wanted ? 1 : 0).put_count(row.protect_wanted ? 1 : 0);
    to.put_count(row.command_count).put(to_string(row.relay)).put(row.relay_read_at);
    to.put_count(row.protect_read ? 1 : 0);
}

credit_state take_credit_state(statement& from)
{
    credit_state row;
    row.account = take_account(from);
    row.level = take_name<credit_level>(from);
    row.episode = take_small(from);
    row.told = take_name<credit_level>(from);
    row.warned_at = from.optional_time();
    row.warning_delivered_at = from.optional_time();
    row.cut_wanted = take_flag(from);
    row.protect_wanted = take_flag(from);
    row.command_count = take_small(from);
    row.relay = take_name<relay_state>(from);
    row.relay_read_at = from.optional_time();
    row.protect_read = take_flag(from);
    return row;
}

void put(statement& to, const command& row)
{
    to.put(std::string_view{row.key}).put(row.account.view()).put(row.meter.view());
    to.put(to_string(row.kind)).put(to_string(row.state)).put(std::string_view{row.reason});
    to.put(row.queued_at).put(row.sent_at).put(row.acknowledged_at).put(row.confirmed_at);
    to.put(to_string(row.relay_read)).put_count(row.attempts);
}

command take_command(statement& from)
{
    command row;
    row.key = from.text();
    row.account = take_account(from);
    row.meter = take_label<meter_id>(from);
    row.kind = take_name<command_kind>(from);
    row.state = take_name<command_state>(from);
    row.reason = from.text();
    row.queued_at = from.time();
    row.sent_at = from.optional_time();
    row.acknowledged_at = from.optional_time();
    row.confirmed_at = from.optional_time();
    row.relay_read = take_name<relay_state>(from);
    row.attempts = take_small(from);
    return row;
}

void put(statement& to, const notice& row)
{
    to.put(std::string_view{row.key}).put(row.account.view()).put(to_string(row.kind));
    to.put(row.issued_at).put(row.delivered_at).put(std::string_view{row.text});
}

notice take_notice(statement& from)
{
    notice row;
    row.key = from.text();
    row.account = take_account(from);
    row.kind = take_name<notice_kind>(from);
    row.issued_at = from.time();
    row.delivered_at = from.optional_time();
    row.text = from.text();
    return row;
}

void put(statement& to, const event& row)
{
    to.put(row.at).put(row.account.view()).put(row.meter.view()).put(to_string(row.kind));
    to.put(std::string_view{row.text});
}

event take_event(statement& from)
{
    event row;
    row.at = from.time();
    row.account = take_account(from);
    row.meter = take_label<meter_id>(from);
    row.kind = take_name<event_kind>(from);
    row.text = from.text();
    return row;
}

}  // namespace wattpurse::adapter::sqlite
