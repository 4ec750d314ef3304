// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/policy.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "reader.hpp"

namespace wattpurse::adapter::json {

namespace {

/// Reads one file. Where something cannot be read, a value takes its place that no other member
/// can be at odds with, so that the rest can still be checked.
class policy_reader {
public:
    explicit policy_reader(std::vector<fault>& faults) : faults_{faults}, before_{faults.size()}
    {
    }

    credit::policy read(const node& root)
    {
        object top{cursor{root, "", faults_}, "a policy"};
        if (auto at = top.required("format", '"' + std::string{policy_format} + '"')) {
            static_cast<void>(at->one_of({policy_format}));
        }
        if (auto at = top.required("name", "the name of the policy")) {
            out_.name = at->text("the name of the policy").value_or("");
        }
        if (auto at = top.optional("describe")) {
            out_.describe = at->text("a description for people").value_or("");
        }
        if (auto at = top.required("currency", "a currency")) {
            out_.unit = at->unit().value_or(currency{});
        }
        if (auto at = top.required("zone", "an offset from UTC")) {
            out_.zone = at->zone().value_or(fixed_zone{});
        }
        read_amounts(top);
        read_conditions(top);
        read_protection(top);
        top.finish();
        return std::move(out_);
    }

    /// Whether something that `check` found is not a consequence of what could not be read.
    [[nodiscard]] bool is_genuine(const fault& found) const
    {
        // Keys that stood twice come before: the first of them was read.
        const auto first = faults_.cbegin() + static_cast<std::ptrdiff_t>(before_);
        return std::none_of(first, faults_.cend(), [&](const fault& known) {
            return known.path == found.path;
        });
    }

private:
    void read_amounts(object& top)
    {
        const money most{money::amount_type::of(money::amount_type::mantissa_max), out_.unit};
        const money nothing{money::amount_type{}, out_.unit};
        out_.alarm_1 = amount(top, "alarm_1", most);
        out_.alarm_2 = amount(top, "alarm_2", nothing);
        out_.overdraft_limit = amount(top, "overdraft_limit", most);
        out_.reconnect_above = amount(top, "reconnect_above", most);
    }

    money amount(object& top, std::string_view key, const money& instead) const
    {
        const auto at = top.required(key, "an amount of money, as a string");
        return at ? at->amount("an amount of money", out_.unit).value_or(instead) : instead;
    }

    void read_conditions(object& top)
    {
        out_.notice_age_min = age(top, "notice_age_min_minutes", 0);
        out_.reading_age_max = age(top, "reading_age_max_minutes", 1);
        if (auto at = top.required("reconnect", "direct or permit")) {
            out_.direct_reconnect = at->one_of({"direct", "permit"}).value_or(0) == 0;
        }
    }

    static duration age(object& top, std::string_view key, std::int64_t least)
    {
        using std::chrono::minutes;
        const auto most = std::chrono::duration_cast<minutes>(credit::age_limit).count();
        const auto at = top.required(key, "a number of minutes");
        if (!at) return minutes{least};
        return minutes{at->integer("a number of minutes", least, most).value_or(least)};
    }

    void read_protection(object& top)
    {
        if (auto at = top.optional("protected_hours")) {
            at->each("windows", [this](const cursor& item) {
                out_.protected_hours.push_back(window(item));
            });
        }
        if (auto at = top.optional("protected_weekdays")) {
            at->each("weekdays", [this](const cursor& item) {
                out_.protected_weekdays.push_back(weekday(item));
            });
        }
        if (auto at = top.optional("protected_days")) {
            at->each("dates", [this](const cursor& item) {
                out_.protected_days.push_back(date(item));
            });
        }
        if (auto at = top.optional("protected_accounts")) {
            at->each("accounts", [this](const cursor& item) {
                out_.protected_accounts.push_back(
                    item.name<account_id>("the name of an account").value_or(account_id{}));
            });
        }
    }

    static credit::daily_window window(const cursor& at)
    {
        constexpr credit::daily_window whole_day{std::chrono::minutes{0},
                                                 std::chrono::minutes{1440}};
        object members{at, "a window"};
        std::optional<clock_minutes> from;
        std::optional<clock_minutes> to;
        if (auto found = members.required("from", "a time of day")) from = found->clock();
        if (auto found = members.required("to", "a time of day")) to = found->clock();
        members.finish();
        if (!from || !to) return whole_day;
        return {std::chrono::minutes{*from}, std::chrono::minutes{*to}};
    }

    static std::uint8_t weekday(const cursor& at)
    {
        constexpr std::size_t none = 255;
        return static_cast<std::uint8_t>(
            at.one_of({"sunday", "monday", "tuesday", "wednesday", "thursday", "friday",
                       "saturday"})
                .value_or(none));
    }

    static std::chrono::year_month_day date(const cursor& at)
    {
        namespace ch = std::chrono;
        const auto found = at.date();
        if (!found) return {ch::year{0}, ch::month{0}, ch::day{0}};
        return {ch::year{found->year}, ch::month{found->month}, ch::day{found->day}};
    }

    std::vector<fault>& faults_;
    std::size_t before_;
    credit::policy out_;
};

}  // namespace

result<credit::policy, std::vector<fault>> load_policy(std::string_view text)
{
    std::vector<fault> faults;
    const auto root = parse(text, faults);
    if (!root) return tl::unexpected{std::move(faults)};
    policy_reader reader{faults};
    credit::policy out = reader.read(*root);
    std::vector<fault> found = credit::check(out);
    std::erase_if(found, [&](const fault& each) { return !reader.is_genuine(each); });
    faults.insert(faults.end(), found.begin(), found.end());
    if (!faults.empty()) return tl::unexpected{std::move(faults)};
    return out;
}

}  // namespace wattpurse::adapter::json
