// SPDX-License-Identifier: Apache-2.0
// Random tariffs and random use: the engine against the reference, line by line.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "tariff/reference/random_use.hpp"
#include "tariff/reference/rate.hpp"

using namespace wattpurse;
namespace tf = wattpurse::tariff;
namespace ref = wattpurse::tariff::reference;

namespace {

bool is_set(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr && std::string_view{value} == "1";
}

/// `usual`, more where there is time, fewer where everything is slow.
std::uint64_t cases(std::uint64_t usual)
{
    if (is_set("WATTPURSE_LONG")) return usual * 50;
    return is_set("WATTPURSE_SANITIZED") ? usual / 5 : usual;
}

std::string text_of(const std::vector<fault>& faults)
{
    std::string out;
    for (const fault& each : faults) out += to_string(each) + '\n';
    return out;
}

std::optional<ref::bill> by_reference(const ref::random_case& drawn, instant through)
{
    try {
        return ref::rate(drawn.by, drawn.used, drawn.over, through);
    } catch (const ref::refused&) {
        return std::nullopt;
    }
}

/// How the engine's bill differs from the reference's; empty where it does not.
std::string unlike(const tf::rated& got, const ref::bill& wanted)
{
    std::string out;
    std::map<std::string, ref::exact> seen;
    for (const tf::line& line : got.lines) {
        const std::string id{line.id.view()};
        const auto found = wanted.lines.find(id);
        const ref::bill_line want = found == wanted.lines.end() ? ref::bill_line{} : found->second;
        const ref::exact amount = ref::of(line.amount.amount());
        const ref::exact quantity =
            ref::of(line.quantity) * line.share.part / line.share.whole;
        if (amount != want.amount) {
            out += id + " costs " + ref::text_of(amount) + " and not " +
                   ref::text_of(want.amount) + '\n';
        }
        if (line.kind == tf::line_kind::charge && quantity != want.quantity) {
            out += id + " is of " + ref::text_of(quantity) + " and not " +
                   ref::text_of(want.quantity) + '\n';
        }
        if (!seen.emplace(id, amount).second) out += id + " is there twice\n";
    }
    for (const auto& [id, want] : wanted.lines) {
        if (want.amount != 0 && seen.find(id) == seen.end()) {
            out += id + " is not there, of " + ref::text_of(want.amount) + '\n';
        }
    }
    if (ref::of(got.sum.amount()) != wanted.sum) {
        out += "the sum is " + ref::text_of(ref::of(got.sum.amount())) + " and not " +
               ref::text_of(wanted.sum) + '\n';
    }
    return out;
}

/// Credits in an order of their own, without those that are used up.
std::string text_of(std::vector<tf::credit> credits)
{
    std::vector<std::string> all;
    for (const tf::credit& each : credits) {
        if (each.quantity.is_zero()) continue;
        all.push_back(each.of + ' ' + tf::to_string(each.earned) + ' ' +
                      tf::to_string(each.expires) + ' ' + to_string(each.quantity) + '\n');
    }
    std::sort(all.begin(), all.end());
    std::string out;
    for (const std::string& each : all) out += each;
    return out;
}

/// What is left for later periods and does not agree.
std::string unlike_after(const tf::rated& got, const ref::bill& wanted)
{
    std::string out;
    for (const tf::past_value& past : got.past) {
        const auto found = wanted.past.find(past.determinant);
        if (found == wanted.past.end() || found->second != ref::of(past.value)) {
            out += past.determinant + " was " + to_string(past.value) + '\n';
        }
    }
    std::vector<tf::credit> kept;
    for (const auto& [name, credits] : wanted.kept) {
        kept.insert(kept.end(), credits.begin(), credits.end());
    }
    const std::string credits = text_of(got.credits);
    if (credits != text_of(kept)) {
        out += "kept\n" + credits + "and not\n" + text_of(kept);
    }
    return out;
}

/// How many of the cases drawn have what a name says.
class census {
public:
    void take(const ref::random_case& drawn)
    {
        count(std::string{"zone "} + drawn.by.zone.name());
        count("versions " + std::to_string(drawn.by.versions.size()));
        const tf::version& in = drawn.by.versions.front();
        count(in.calendar.plans.empty() ? "no plans" : "plans");
        for (const tf::determinant& each : in.determinants) {
            count(std::string{"of "} + std::string{tf::to_string(each.of)});
            count(std::string{"scope "} + std::string{tf::to_string(each.scope)});
            count(std::string{"by "} + std::string{tf::to_string(each.proration)});
            count(std::string{"distinct "} + std::string{tf::to_string(each.reducer)});
            if (each.rolling) count("rolling");
            if (!each.where.bands.empty()) count("filter bands");
            if (!each.where.seasons.empty()) count("filter seasons");
            if (!each.where.days.empty()) count("filter days");
            if (!each.where.meters.empty()) count("filter meters");
            for (const tf::step& step : each.steps) {
                count(std::string{"step "} + std::string{tf::to_string(step.does)});
            }
        }
        for (const tf::charge& each : in.charges) {
            count(std::string{"mode "} + std::string{tf::to_string(each.rate.mode)});
            count(std::string{"split "} + std::string{tf::to_string(each.rate.split)});
            if (each.credit) count("credit");
            if (!each.rate.bounds.times.empty()) count("bounds times");
            if (!each.rate.bounds.plus.empty()) count("bounds plus");
        }
        for (const tf::adjustment& each : in.adjustments) {
            count(std::string{"kind "} + std::string{tf::to_string(each.kind)});
            count(each.at_close ? "at close" : "always");
        }
        count(std::string{"rounding "} + std::string{to_string(in.rounding.line.mode)});
        if (!drawn.used.openings.empty()) count("openings");
        if (drawn.used.service_from) count("service");
    }
    int of(const std::string& name) const
    {
        const auto found = seen_.find(name);
        return found == seen_.end() ? 0 : found->second;
    }

private:
    void count(const std::string& name) { ++seen_[name]; }

    std::map<std::string, int> seen_;
};

}  // namespace

TEST_CASE("What is drawn has all concepts in it")
{
    census all;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) all.take(ref::draw_case(seed));
    for (const char* name :
         {"zone Europe/London", "zone America/Sao_Paulo", "zone +08:00", "versions 1", "versions 2",
          "versions 3", "plans", "no plans", "of import", "of export", "of reactive",
          "of purchase", "of demand", "of demand_reading", "of days", "of months", "of one",
          "of attribute", "of power_factor", "of zero", "scope period", "scope day",
          "scope month", "scope two_months", "scope year", "scope purchase", "by whole",
          "by actual_days", "by thirty_days", "by catch_up", "distinct mean_top", "rolling",
          "filter bands", "filter seasons", "filter days", "filter meters", "step scale",
          "step add", "step subtract", "step at_least", "step at_most", "step round",
          "step ratchet", "step bank", "step only_if", "mode flat", "mode graduated",
          "mode volume", "mode package", "mode select", "mode series", "split pro_rata",
          "split chronological", "credit", "bounds times", "bounds plus", "kind percent",
          "kind minimum", "kind maximum", "kind bank", "at close", "always",
          "rounding half_up", "rounding half_even", "rounding half_down", "rounding up",
          "rounding down", "rounding ceiling", "rounding floor", "openings", "service"}) {
        CHECK_MESSAGE(all.of(name) >= 15, std::string{name});
    }
}

TEST_CASE("Drawn tariffs pass the check")
{
    for (std::uint64_t seed = 1; seed <= cases(1'000); ++seed) {
        const auto drawn = ref::draw_case(seed);
        const auto wrong = tf::check(drawn.by);
        CAPTURE(seed);
        REQUIRE_MESSAGE(wrong.empty(), text_of(wrong));
    }
}

TEST_CASE("The engine gives what the reference gives, at any moment and at the end")
{
    int rated = 0;
    int refused = 0;
    for (std::uint64_t seed = 1; seed <= cases(2'000); ++seed) {
        const auto drawn = ref::draw_case(seed);
        std::vector<instant> moments{drawn.over.until};
        if (!drawn.moments.empty()) moments.push_back(drawn.moments.front());
        for (const instant through : moments) {
            const auto wanted = by_reference(drawn, through);
            const auto got = tf::rate(drawn.by, drawn.used, drawn.over, through);
            CAPTURE(seed);
            CAPTURE(through == drawn.over.until);
            const std::string why = got ? "not refused" : text_of(got.error());
            CHECK_MESSAGE(got.has_value() == wanted.has_value(), why);
            if (!got || !wanted) {
                ++refused;
                continue;
            }
            ++rated;
            const std::string difference = unlike(*got, *wanted);
            CHECK_MESSAGE(difference.empty(), difference);
            const std::string later = unlike_after(*got, *wanted);
            CHECK_MESSAGE(later.empty(), later);
        }
    }
    CHECK(rated > 20 * refused);
}

TEST_CASE("The engine refuses what the reference refuses, and nothing else")
{
    int refused = 0;
    for (std::uint64_t seed = 1; seed <= cases(500); ++seed) {
        auto drawn = ref::draw_case(seed);
        ref::dice chance{seed + 11};
        ref::make_faulty(drawn, chance);
        const auto wanted = by_reference(drawn, drawn.over.until);
        const auto got = tf::rate(drawn.by, drawn.used, drawn.over);
        CAPTURE(seed);
        const std::string why = got ? "not refused" : text_of(got.error());
        CHECK_MESSAGE(got.has_value() == wanted.has_value(), why);
        refused += got ? 0 : 1;
    }
    CHECK(refused > 10);
}
