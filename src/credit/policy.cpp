// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/credit/policy.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::credit {
namespace {

class examiner {
public:
    explicit examiner(const policy& rules) : rules_{rules} {}

    std::vector<fault> run()
    {
        check_amounts();
        check_ages();
        check_windows();
        check_calendar();
        check_accounts();
        return std::move(faults_);
    }

private:
    void require(bool holds, std::string path, std::string value, std::string_view expected)
    {
        if (holds) return;
        faults_.push_back({std::move(path), std::move(value), std::string{expected}});
    }

    void check_currency(std::string_view path, const money& value)
    {
        require(value.unit() == rules_.unit, std::string{path}, to_string(value),
                "an amount in " + std::string{rules_.unit.code()});
    }

    void check_amounts()
    {
        check_currency("/alarm_1", rules_.alarm_1);
        check_currency("/alarm_2", rules_.alarm_2);
        check_currency("/overdraft_limit", rules_.overdraft_limit);
        check_currency("/reconnect_above", rules_.reconnect_above);
        require(rules_.alarm_1.amount() >= rules_.alarm_2.amount(), "/alarm_1",
                to_string(rules_.alarm_1), "at least alarm_2");
        require(!rules_.alarm_2.is_negative(), "/alarm_2", to_string(rules_.alarm_2),
                "zero or more");
        require(!rules_.overdraft_limit.is_negative(), "/overdraft_limit",
                to_string(rules_.overdraft_limit), "zero or more");
        // Hysteresis: what brings supply back must not be what takes it away.
        require(rules_.reconnect_above.amount() >= -rules_.overdraft_limit.amount(),
                "/reconnect_above", to_string(rules_.reconnect_above),
                "at least minus overdraft_limit");
    }

    void check_ages()
    {
        const auto text = [](duration age) {
            return std::to_string(std::chrono::floor<std::chrono::minutes>(age).count());
        };
        require(rules_.notice_age_min >= duration::zero() && rules_.notice_age_min <= age_limit,
                "/notice_age_min_minutes", text(rules_.notice_age_min),
                "minutes from 0 to 527040 (366 days)");
        require(rules_.reading_age_max > duration::zero() && rules_.reading_age_max <= age_limit,
                "/reading_age_max_minutes", text(rules_.reading_age_max),
                "minutes from 1 to 527040 (366 days)");
    }

    void check_windows()
    {
        for (std::size_t i = 0; i < rules_.protected_hours.size(); ++i) {
            const auto& [from, to] = rules_.protected_hours[i];
            const std::string path = "/protected_hours/" + std::to_string(i);
            require(from.count() >= 0 && from.count() < 24 * 60, path + "/from",
                    std::to_string(from.count()) + " min", "00:00 to 23:59");
            require(to.count() >= 0 && to.count() <= 24 * 60, path + "/to",
                    std::to_string(to.count()) + " min", "00:00 to 24:00");
            require(from != to, path, std::to_string(from.count()) + " min",
                    "`from` and `to` that differ; 00:00 to 24:00 for the whole day");
        }
    }

    void check_calendar()
    {
        const auto& weekdays = rules_.protected_weekdays;
        for (std::size_t i = 0; i < weekdays.size(); ++i) {
            const std::string path = "/protected_weekdays/" + std::to_string(i);
            require(weekdays[i] < 7, path, std::to_string(weekdays[i]),
                    "0 (Sunday) to 6 (Saturday)");
            require(is_first(weekdays, i), path, std::to_string(weekdays[i]), "each weekday once");
        }
        const auto& dates = rules_.protected_days;
        for (std::size_t i = 0; i < dates.size(); ++i) {
            const std::string path = "/protected_days/" + std::to_string(i);
            require(dates[i].ok(), path, date_text(dates[i]), "a date of the calendar");
            require(is_first(dates, i), path, date_text(dates[i]), "each date once");
        }
    }

    void check_accounts()
    {
        const auto& accounts = rules_.protected_accounts;
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            const std::string path = "/protected_accounts/" + std::to_string(i);
            const std::string name{accounts[i].view()};
            require(!accounts[i].empty(), path, name, "the name of an account");
            require(is_first(accounts, i), path, name, "each account once");
        }
    }

    template <class List>
    static bool is_first(const List& list, std::size_t index)
    {
        const auto at = list.begin() + static_cast<std::ptrdiff_t>(index);
        return std::find(list.begin(), at, *at) == at;
    }

    static std::string date_text(const std::chrono::year_month_day& date)
    {
        return std::to_string(static_cast<int>(date.year())) + '-' +
               std::to_string(static_cast<unsigned>(date.month())) + '-' +
               std::to_string(static_cast<unsigned>(date.day()));
    }

    const policy& rules_;
    std::vector<fault> faults_;
};

}  // namespace

credit_level level_of(const policy& rules, const money& balance)
{
    WATTPURSE_ASSERT(balance.unit() == rules.unit);
    const auto amount = balance.amount();
    if (amount < -rules.overdraft_limit.amount()) return credit_level::over_limit;
    if (amount <= money::amount_type{}) return credit_level::exhausted;
    if (amount <= rules.alarm_2.amount()) return credit_level::alarm_2;
    if (amount <= rules.alarm_1.amount()) return credit_level::alarm_1;
    return credit_level::normal;
}

bool is_protected(const policy& rules, const account_id& account)
{
    const auto& accounts = rules.protected_accounts;
    return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
}

std::vector<fault> check(const policy& rules)
{
    return examiner{rules}.run();
}

}  // namespace wattpurse::credit
