// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/desk.hpp>

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include <wattpurse/base/decimal_text.hpp>

#include "reader.hpp"

namespace wattpurse::adapter::json {

namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<std::string_view, arrival_kind>, 3> orders{{
    {"payment", arrival_kind::payment},
    {"exchange", arrival_kind::exchange},
    {"receipt", arrival_kind::receipt},
}};

constexpr std::array<notice_kind, 6> notice_kinds{
    notice_kind::alarm_1,     notice_kind::alarm_2, notice_kind::exhausted,
    notice_kind::cut_warning, notice_kind::cut,     notice_kind::restored};

std::string time_of(instant at, fixed_zone zone) { return std::string{iso8601(at, zone).view()}; }

ordered_json registers_of(const register_set& registers)
{
    ordered_json out = ordered_json::array();
    for (const energy& tariff : registers.tariff) out.push_back(to_string(tariff));
    return out;
}

/// Reads the members of one line; faults are kept by the caller.
class line_reader {
public:
    line_reader(const node& root, std::vector<fault>& faults)
        : top_{cursor{root, "", faults}, "a JSON object"}
    {
    }

    std::string text(std::string_view key, std::string_view what)
    {
        auto at = top_.required(key, what);
        return at ? at->text(what).value_or("") : std::string{};
    }
    template <class Label>
    Label name(std::string_view key, std::string_view what)
    {
        auto at = top_.required(key, what);
        return at ? at->name<Label>(what).value_or(Label{}) : Label{};
    }
    instant time(std::string_view key)
    {
        constexpr std::string_view what = "a time as 2026-01-31T08:00:00+08:00";
        auto at = top_.required(key, what);
        const auto text = at ? at->text(what) : std::nullopt;
        if (!text) return {};
        const auto read = parse_iso8601(*text);
        if (!read) at->fault(std::string{what});
        return read.value_or(instant{});
    }
    std::int64_t amount(std::string_view key, currency unit)
    {
        constexpr std::string_view what = "an amount of money";
        auto at = top_.required(key, what);
        const auto read = at ? at->amount(what, unit) : std::nullopt;
        return read ? read->mantissa() : 0;
    }
    register_set registers(std::string_view key)
    {
        constexpr std::string_view what = "four registers in kWh, T1 to T4";
        register_set out;
        auto at = top_.required(key, what);
        if (!at) return out;
        std::size_t count = 0;
        at->each(what, [&](cursor item) {
            const auto value = item.exact<energy>("a register in kWh");
            if (value && count < tariff_count) {
                out.tariff[count] = *value;
                const auto sum = out.total + *value;
                if (!sum) item.fault("registers whose sum can be kept");
                out.total = sum.value_or(out.total);
            }
            ++count;
        });
        if (at->is(node::kind::array) && count != tariff_count) at->fault(std::string{what});
        return out;
    }
    template <std::size_t Size>
    std::size_t one_of(std::string_view key, const std::array<std::string_view, Size>& choices)
    {
        auto at = top_.required(key, "one of the known words");
        if (!at) return Size;
        const auto text = at->text("one of the known words");
        std::string expected;
        for (std::size_t i = 0; text && i < Size; ++i) {
            if (*text == choices[i]) return i;
            expected += (i == 0 ? "" : ", ") + std::string{choices[i]};
        }
        if (text) at->fault("one of " + expected);
        return Size;
    }
    void finish() { top_.finish(); }

private:
    object top_;
};

constexpr std::array<std::string_view, 3> order_words{"payment", "exchange", "receipt"};
constexpr std::array<std::string_view, 2> said_words{"accepted", "notice"};

std::array<std::string_view, notice_kinds.size()> notice_words()
{
    std::array<std::string_view, notice_kinds.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = to_string(notice_kinds[i]);
    return out;
}

}  // namespace

std::string write_order(const arrival& order, currency unit, fixed_zone zone)
{
    ordered_json out;
    out["order"] = to_string(order.kind);
    out["key"] = order.key;
    out["account"] = order.account.view();
    out["at"] = time_of(order.at, zone);
    if (order.kind == arrival_kind::payment) {
        out["amount"] = to_string(decimal<6>::of(order.amount));
        out["currency"] = unit.code();
    }
    if (order.kind == arrival_kind::exchange) {
        out["meter"] = order.meter.view();
        out["registers"] = registers_of(order.registers);
        out["next_meter"] = order.next_meter.view();
        out["next_registers"] = registers_of(order.next_registers);
    }
    return out.dump() + '\n';
}

result<arrival, std::vector<fault>> read_order(std::string_view line, currency unit)
{
    std::vector<fault> faults;
    const auto root = parse(line, faults);
    if (!root) return tl::unexpected<std::vector<fault>>{std::move(faults)};
    line_reader in{*root, faults};
    arrival out;
    const std::size_t kind = in.one_of("order", order_words);
    if (kind < orders.size()) out.kind = orders[kind].second;
    out.key = in.text("key", "the order's key");
    out.account = in.name<account_id>("account", "an account");
    out.at = in.time("at");
    if (out.kind == arrival_kind::payment) {
        out.amount = in.amount("amount", unit);
        const std::string given = in.text("currency", "the payment's currency");
        if (!given.empty() && given != unit.code()) {
            faults.push_back({"/currency", '"' + given + '"', std::string{unit.code()}});
        }
    }
    if (out.kind == arrival_kind::exchange) {
        out.meter = in.name<meter_id>("meter", "the meter taken out");
        out.registers = in.registers("registers");
        out.next_meter = in.name<meter_id>("next_meter", "the meter put in");
        out.next_registers = in.registers("next_registers");
    }
    in.finish();
    if (!faults.empty()) return tl::unexpected<std::vector<fault>>{std::move(faults)};
    return out;
}

std::string write_message(const desk_message& said, fixed_zone zone)
{
    ordered_json out;
    if (said.what == desk_message::topic::accepted) {
        out["said"] = said_words[0];
        out["order"] = to_string(said.kind);
        out["key"] = said.key;
    } else {
        out["said"] = said_words[1];
        out["key"] = said.note.key;
        out["account"] = said.note.account.view();
        out["kind"] = to_string(said.note.kind);
        out["issued_at"] = time_of(said.note.issued_at, zone);
        out["text"] = said.note.text;
    }
    return out.dump() + '\n';
}

result<desk_message, std::vector<fault>> read_message(std::string_view line)
{
    std::vector<fault> faults;
    const auto root = parse(line, faults);
    if (!root) return tl::unexpected<std::vector<fault>>{std::move(faults)};
    line_reader in{*root, faults};
    desk_message out;
    if (in.one_of("said", said_words) == 0) {
        const std::size_t kind = in.one_of("order", order_words);
        if (kind < orders.size()) out.kind = orders[kind].second;
        out.key = in.text("key", "the order's key");
    } else {
        out.what = desk_message::topic::notice;
        out.note.key = in.text("key", "the notice's key");
        out.note.account = in.name<account_id>("account", "an account");
        const std::size_t kind = in.one_of("kind", notice_words());
        if (kind < notice_kinds.size()) out.note.kind = notice_kinds[kind];
        out.note.issued_at = in.time("issued_at");
        out.note.text = in.text("text", "the notice's text");
    }
    in.finish();
    if (!faults.empty()) return tl::unexpected<std::vector<fault>>{std::move(faults)};
    return out;
}

}  // namespace wattpurse::adapter::json
