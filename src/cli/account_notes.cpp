// SPDX-License-Identifier: Apache-2.0
#include "account_notes.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace wattpurse::cli {

namespace {

using names = std::vector<std::string>;

bool has(const names& all, const std::string& name)
{
    return std::find(all.begin(), all.end(), name) != all.end();
}

void add(names& to, const std::string& name)
{
    if (!name.empty() && !has(to, name)) to.push_back(name);
}

template <class Parts>
names names_of(const Parts& parts)
{
    names out;
    for (const auto& each : parts) add(out, each.name);
    return out;
}

/// Everything that an account can call by name.
struct known_names {
    names attributes;
    names bands;
    names determinants;
    names banks;  ///< determinants and lines of adjustments that keep credits
    names series;
    names events;

    explicit known_names(const tariff::tariff& by)
        : attributes{names_of(by.attributes)}, bands{names_of(by.bands)}
    {
        for (const tariff::version& each : by.versions) look_at(each);
    }

private:
    void look_at(const tariff::version& in)
    {
        for (const tariff::determinant& each : in.determinants) {
            add(determinants, each.name);
            const bool keeps = std::any_of(
                each.steps.begin(), each.steps.end(),
                [](const tariff::step& one) { return one.does == tariff::step::kind::bank; });
            if (keeps) add(banks, each.name);
        }
        for (const tariff::charge& each : in.charges) add(series, each.rate.series);
        for (const tariff::adjustment& each : in.adjustments) {
            add(series, each.rate.series);
            if (each.kind == tariff::adjustment_kind::bank) add(banks, each.line);
        }
        for (const tariff::day_class& each : in.calendar.days) add(events, each.event);
    }
};

class finder {
public:
    explicit finder(const tariff::tariff& by) : by_{by} {}

    template <class Part>
    void look(const std::vector<Part>& parts, std::string Part::* member, const char* list,
              const char* key, const names& known, const char* noun)
    {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const std::string& name = parts[i].*member;
            if (name.empty() || has(known, name)) continue;
            found_.push_back({'/' + std::string{list} + '/' + std::to_string(i) + '/' + key,
                              '"' + name + '"', expected(known, noun)});
        }
    }

    std::vector<fault> take() { return std::move(found_); }

private:
    [[nodiscard]] std::string expected(const names& known, const std::string& noun) const
    {
        constexpr std::size_t shown_max = 12;
        if (known.empty()) return "nothing: " + by_.name + " has no " + noun;
        std::string out = noun + " of " + by_.name + ": ";
        for (std::size_t i = 0; i < std::min(known.size(), shown_max); ++i) {
            out += (i == 0 ? "" : ", ") + known[i];
        }
        return known.size() > shown_max ? out + ", ..." : out;
    }

    const tariff::tariff& by_;
    std::vector<fault> found_;
};

}  // namespace

std::vector<fault> unknown_names(const tariff::tariff& by, const tariff::consumption& used)
{
    const known_names known{by};
    finder out{by};
    out.look(used.attributes, &tariff::attribute_value::name, "attributes", "name",
             known.attributes, "attributes");
    out.look(used.openings, &tariff::opening::determinant, "openings", "determinant",
             known.determinants, "determinants");
    out.look(used.openings, &tariff::opening::band, "openings", "band", known.bands, "bands");
    out.look(used.past, &tariff::past_value::determinant, "past", "determinant",
             known.determinants, "determinants");
    out.look(used.credits, &tariff::credit::of, "credits", "of", known.banks, "banks");
    out.look(used.prices, &tariff::price_series::name, "prices", "name", known.series,
             "series of prices");
    out.look(used.events, &tariff::event_day::name, "events", "name", known.events, "events");
    return out.take();
}

}  // namespace wattpurse::cli
