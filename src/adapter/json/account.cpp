// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/account.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "tariff_parts.hpp"

namespace wattpurse::adapter::json {

namespace {

std::string name_in(object& from, std::string_view key, std::string_view what)
{
    auto at = from.required(key, what);
    return at ? at->text(what).value_or("") : std::string{};
}

tariff::scalar scalar_in(object& from, std::string_view key, std::string_view what)
{
    auto at = from.required(key, what);
    return at ? at->exact<tariff::scalar>(what).value_or(tariff::scalar{}) : tariff::scalar{};
}

std::optional<tariff::civil_day> day_in(object& from, std::string_view key)
{
    auto at = from.required(key, "a day");
    return at ? read_day(*at) : std::nullopt;
}

/// "2026-03" or the month's first day.
tariff::civil_day month_in(object& from, std::string_view key)
{
    const auto at = from.required(key, "a month, as \"2026-03\"");
    if (!at) return {};
    const std::string& written = at->value().text;
    if (at->is(node::kind::string) && written.size() == 7) {
        if (const auto day = tariff::parse_day(written + "-01")) return *day;
    }
    at->fault("a month, as \"2026-03\"");
    return {};
}

class account_reader {
public:
    explicit account_reader(const tariff::civil_zone& zone) : zone_{zone} {}

    tariff::consumption read(const cursor& root)
    {
        object top{root, "an account"};
        if (auto at = top.required("format", '"' + std::string{account_format} + '"')) {
            static_cast<void>(at->one_of({account_format}));
        }
        list(top, "attributes", out_.attributes, [this](const cursor& at) { return value(at); });
        list(top, "openings", out_.openings, [](const cursor& at) { return opening(at); });
        list(top, "past", out_.past, [](const cursor& at) { return past(at); });
        list(top, "credits", out_.credits, [](const cursor& at) { return credit(at); });
        list(top, "prices", out_.prices, [](const cursor& at) { return prices(at); });
        list(top, "events", out_.events, [](const cursor& at) { return event(at); });
        take(top, "meters", out_.meters, meters);
        service(top);
        take(top, "carried", out_.carried, [](const cursor& at) {
            return at.exact<tariff::amount>("an amount").value_or(tariff::amount{});
        });
        top.finish();
        return std::move(out_);
    }

private:
    template <class Part, class Read>
    static void list(object& top, std::string_view key, std::vector<Part>& into, Read read)
    {
        if (auto at = top.optional(key)) {
            at->each(key, [&](const cursor& item) { into.push_back(read(item)); });
        }
    }

    /// Rows say by number which meter they are of, so there is one, and no two are called the same.
    static std::vector<std::string> meters(const cursor& at)
    {
        std::vector<std::string> out = read_names(at, "names of meters");
        if (at.is(node::kind::array) && out.empty()) at.fault("at least one meter");
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto here = out.begin() + static_cast<std::ptrdiff_t>(i);
            const bool again = !out[i].empty() && std::find(out.begin(), here, out[i]) != here;
            if (again) at.item(i).fault("each meter once");
        }
        return out;
    }

    void service(object& top)
    {
        out_.service_from = moment(top, "service_from");
        out_.service_until = moment(top, "service_until");
        const bool in_order = !out_.service_from || !out_.service_until ||
                              *out_.service_from < *out_.service_until;
        if (!in_order) top.optional("service_until")->fault("a day after service_from");
    }

    /// A day as the instant it begins.
    std::optional<instant> moment(object& from, std::string_view key) const
    {
        const auto at = from.optional(key);
        if (!at) return std::nullopt;
        const auto day = read_day(*at);
        return day ? std::optional{zone_.start_of(*day)} : std::nullopt;
    }

    tariff::attribute_value value(const cursor& at)
    {
        tariff::attribute_value out;
        object members{at, "a value of an attribute"};
        out.name = name_in(members, "name", "the name of an attribute");
        const auto from = moment(members, "from");
        out.from = from.value_or(instant::min());
        out.value = scalar_in(members, "value", "a value");
        if (from || !members.optional("from")) check_moment(at, out);
        members.finish();
        return out;
    }

    /// Which of two values at one moment would count?
    void check_moment(const cursor& at, const tariff::attribute_value& what)
    {
        if (what.name.empty() || known_.emplace(what.name, what.from).second) return;
        const std::string since =
            what.from == instant::min()
                ? " since ever" : " from " + tariff::to_string(zone_.day_at(what.from)) + " on";
        at.fault_below("name", '"' + what.name + '"',
                       "an attribute that has no other value" + since);
    }

    static tariff::opening opening(const cursor& at)
    {
        tariff::opening out;
        object members{at, "an opening"};
        out.determinant = name_in(members, "determinant", "the name of a determinant");
        take(members, "band", out.band, [](const cursor& found) {
            return found.text("the name of a band").value_or("");
        });
        if (auto found = members.required("quantity", "a quantity")) {
            out.quantity = found->exact<tariff::scalar>("a quantity").value_or(tariff::scalar{});
            if (out.quantity.is_negative()) found->fault("a quantity not below zero");
        }
        members.finish();
        return out;
    }

    static tariff::past_value past(const cursor& at)
    {
        tariff::past_value out;
        object members{at, "a past value"};
        out.determinant = name_in(members, "determinant", "the name of a determinant");
        out.month = month_in(members, "month");
        out.value = scalar_in(members, "value", "a value");
        members.finish();
        return out;
    }

    static tariff::credit credit(const cursor& at)
    {
        tariff::credit out;
        object members{at, "a credit"};
        out.of = name_in(members, "of", "a determinant or the line of an adjustment");
        const auto earned = day_in(members, "earned");
        const auto expires = day_in(members, "expires");
        if (earned && expires && *expires <= *earned) {
            members.optional("expires")->fault("a day after " + tariff::to_string(*earned) +
                                               ", when it was earned");
        }
        out.earned = earned.value_or(tariff::civil_day{});
        out.expires = expires.value_or(tariff::civil_day{});
        if (auto found = members.required("quantity", "kWh or money")) {
            out.quantity = found->exact<tariff::amount>("kWh or money").value_or(tariff::amount{});
            if (out.quantity.is_negative()) found->fault("kWh or money not below zero");
        }
        members.finish();
        return out;
    }

    static tariff::price_series prices(const cursor& at)
    {
        tariff::price_series out;
        object members{at, "a series of prices"};
        out.name = name_in(members, "name", "the name of the series");
        if (auto found = members.required("from", "a moment")) {
            const auto from = parse_iso8601(found->value().text);
            if (!found->is(node::kind::string) || !from) {
                found->fault("a moment, as \"2026-01-01T00:00:00+01:00\"");
            } else {
                out.from = *from;
            }
        }
        if (auto found = members.required("step", "a length of time")) {
            const auto step = found->length("the time between prices");
            if (step == duration::zero()) found->fault("a length above zero, as \"60min\"");
            out.step = step.value_or(duration{});
        }
        if (auto found = members.required("values", "an array of prices")) {
            found->each("prices", [&](const cursor& item) {
                const auto price = item.exact<tariff::unit_price>("a price");
                out.prices.push_back(price.value_or(tariff::unit_price{}));
            });
        }
        members.finish();
        return out;
    }

    static tariff::event_day event(const cursor& at)
    {
        tariff::event_day out;
        object members{at, "an event"};
        out.name = name_in(members, "name", "the name of the event");
        out.day = day_in(members, "day").value_or(tariff::civil_day{});
        members.finish();
        return out;
    }

    const tariff::civil_zone& zone_;
    tariff::consumption out_;
    std::set<std::pair<std::string, instant>> known_;  ///< attributes, and from when values are
};

}  // namespace

result<tariff::consumption, std::vector<fault>> load_account(std::string_view text,
                                                             const tariff::civil_zone& zone)
{
    std::vector<fault> faults;
    const auto root = parse(text, faults);
    if (!root) return tl::unexpected{std::move(faults)};
    tariff::consumption out = account_reader{zone}.read(cursor{*root, "", faults});
    if (!faults.empty()) return tl::unexpected{std::move(faults)};
    return out;
}

}  // namespace wattpurse::adapter::json
