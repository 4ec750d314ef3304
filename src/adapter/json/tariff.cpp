// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/tariff.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <wattpurse/model/reading.hpp>
#include <wattpurse/tariff/check.hpp>

#include "tariff_consequences.hpp"
#include "tariff_parts.hpp"

namespace wattpurse::adapter::json {

tariff::title read_title(const cursor& at)
{
    tariff::title out;
    object members{at, "a title"};
    const auto text = [](const cursor& found) {
        return found.text("what people read").value_or("");
    };
    take(members, "en", out.en, text);
    take(members, "zh", out.zh, text);
    members.finish();
    return out;
}

std::vector<std::string> read_names(const cursor& at, std::string_view what)
{
    std::vector<std::string> out;
    at.each(what, [&](const cursor& item) { out.push_back(item.text("a name").value_or("")); });
    return out;
}

tariff::rounding_rule read_rule(const cursor& at)
{
    tariff::rounding_rule out;
    object members{at, "a rule of rounding"};
    if (auto found = members.required("increment", "what it is rounded to a multiple of")) {
        out.increment =
            found->exact<tariff::amount>("an increment").value_or(tariff::amount{});
    }
    if (auto found = members.required("mode", "a mode of rounding")) {
        out.mode = found->rounding_mode().value_or(out.mode);
    }
    members.finish();
    return out;
}

namespace {

constexpr std::string_view first_format = "wattpurse-tariff/1";
constexpr std::string_view format_advice =
    "version 1 had its bands and charges at the top; see docs/tariffs.md";

/// Reads one file.
class tariff_reader {
public:
    tariff_reader(std::vector<fault>& faults, const zone_finder& zones)
        : faults_{faults}, zones_{zones}
    {
    }

    /// Nothing for a file of the first format, which is no file of this one with faults.
    std::optional<tariff::tariff> read(const node& root)
    {
        object top{cursor{root, "", faults_}, "a tariff"};
        if (auto at = top.required("format", '"' + std::string{tariff_format} + '"')) {
            const bool is_old =
                at->is(node::kind::string) && at->value().text == first_format;
            static_cast<void>(at->one_of({tariff_format}, is_old ? format_advice : ""));
            if (is_old) return std::nullopt;
        }
        if (auto at = top.required("name", "the name of the tariff")) {
            out_.name = at->text("the name of the tariff").value_or("");
        }
        take(top, "source", out_.source, [](const cursor& at) {
            return at.text("where the tariff was published").value_or("");
        });
        if (auto at = top.required("currency", "a currency")) {
            out_.unit = at->unit().value_or(currency{});
        }
        if (auto at = top.required("zone", "an offset from UTC or the name of a zone")) {
            out_.zone = zone(*at);
        }
        if (auto at = top.optional("bands")) {
            read_parts(*at, "bands", out_.bands, band);
        }
        if (auto at = top.optional("attributes")) {
            read_parts(*at, "attributes", out_.attributes, attribute);
        }
        if (auto at = top.required("versions", "an array of versions")) {
            at->each("versions",
                     [this](const cursor& item) { out_.versions.push_back(version(item)); });
        }
        top.finish();
        return std::move(out_);
    }

    /// Places that are not in the file and take their value from others.
    [[nodiscard]] std::vector<std::string> take_implied() { return std::move(implied_); }

private:
    tariff::civil_zone zone(const cursor& at) const
    {
        const std::string& name = at.value().text;
        const bool is_offset = name.empty() || name.front() == '+' || name.front() == '-';
        if (!at.is(node::kind::string) || is_offset) {
            return at.zone().value_or(fixed_zone{});
        }
        if (!zones_) {
            at.fault("an offset from UTC such as \"+08:00\" (names of zones need adapter/tz)");
            return {};
        }
        if (auto found = zones_(name)) return std::move(*found);
        at.fault("an offset from UTC, or a zone of the tz database such as \"Europe/London\"");
        return {};
    }

    static tariff::band band(const cursor& at)
    {
        tariff::band out;
        object members{at, "a band"};
        if (auto found = members.required("name", "the name of the band")) {
            out.name = found->text("the name of the band").value_or("");
        }
        take(members, "title", out.title, read_title);
        if (auto found = members.optional("register")) {
            out.register_index = found->one_of({"T1", "T2", "T3", "T4"});
        }
        members.finish();
        return out;
    }

    static tariff::attribute attribute(const cursor& at)
    {
        tariff::attribute out;
        object members{at, "an attribute"};
        if (auto found = members.required("name", "the name of the attribute")) {
            out.name = found->text("the name of the attribute").value_or("");
        }
        take(members, "title", out.title, read_title);
        if (auto found = members.optional("value")) {
            out.value = found->exact<tariff::scalar>("a value");
        }
        members.finish();
        return out;
    }

    tariff::version version(const cursor& at)
    {
        tariff::version out;
        object members{at, "a version"};
        take(members, "name", out.name, [](const cursor& found) {
            return found.text("the name of the version").value_or("");
        });
        if (auto found = members.optional("from")) out.from = read_day(*found);
        take(members, "calendar", out.calendar, read_calendar);
        if (auto found = members.optional("interval_split")) {
            out.split = static_cast<tariff::interval_split>(
                found->one_of({"refuse", "pro_rata"}).value_or(0));
        }
        if (auto found = members.required("determinants", "an array of determinants")) {
            read_parts(*found, "determinants", out.determinants, read_determinant);
        } else {
            out.determinants.emplace_back();  // as where it is no array
        }
        if (auto found = members.required("charges", "an array of charges")) {
            read_parts(*found, "charges", out.charges, read_charge);
        }
        if (auto found = members.optional("adjustments")) {
            read_parts(*found, "adjustments", out.adjustments, read_adjustment);
        }
        if (auto found = members.required("rounding", "the rules of rounding")) {
            out.rounding = rounding(*found);
        }
        members.finish();
        return out;
    }

    tariff::rounding_rules rounding(const cursor& at)
    {
        tariff::rounding_rules out;
        object members{at, "the rules of rounding"};
        if (auto found = members.required("line", "how lines are rounded")) {
            out.line = read_rule(*found);
        }
        if (auto found = members.optional("tax")) {
            out.tax = read_rule(*found);
        } else {
            out.tax = out.line;
            implied_.push_back(at.path() + "/tax");
        }
        if (auto found = members.required("bill", "how the total of a bill is rounded")) {
            out.bill = read_rule(*found);
        }
        if (auto found = members.optional("cash")) out.cash = read_rule(*found);
        if (auto found = members.optional("residue")) {
            out.residue = static_cast<tariff::residue_policy>(
                found->one_of({"post", "carry", "last_line"}).value_or(0));
        }
        members.finish();
        return out;
    }

    std::vector<fault>& faults_;
    const zone_finder& zones_;
    tariff::tariff out_;
    std::vector<std::string> implied_;
};

}  // namespace

result<tariff::tariff, std::vector<fault>> load_tariff(std::string_view text,
                                                       const zone_finder& zones)
{
    std::vector<fault> faults;
    const auto root = parse(text, faults);
    if (!root) return tl::unexpected{std::move(faults)};
    const std::size_t before = faults.size();  // keys that stood twice: the first was read
    tariff_reader reader{faults, zones};
    std::optional<tariff::tariff> out = reader.read(*root);
    if (!out || faults.size() >= faults_max) return tl::unexpected{std::move(faults)};
    std::vector<fault> found = tariff::check(*out);
    const consequences known{std::span{faults}.subspan(before), reader.take_implied()};
    std::erase_if(found, [&](const fault& each) { return known.include(each); });
    const std::size_t room = faults_max - faults.size();
    found.resize(std::min(found.size(), room));
    faults.insert(faults.end(), found.begin(), found.end());
    if (!faults.empty()) return tl::unexpected{std::move(faults)};
    return std::move(*out);
}

}  // namespace wattpurse::adapter::json
