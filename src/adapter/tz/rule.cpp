// SPDX-License-Identifier: Apache-2.0
#include "rule.hpp"

#include <utility>

namespace wattpurse::adapter::tz {

namespace {

using std::chrono::seconds;

/// Takes what it reads from the front of a text; once something is missing, `ok` stays false.
class scanner {
public:
    explicit scanner(std::string_view text) : rest_{text} {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

    bool take(char c)
    {
        if (!next_is(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void need(char c) { ok_ = take(c) && ok_; }

    unsigned number()
    {
        unsigned out = 0;
        std::size_t size = 0;
        while (size < rest_.size() && size < 3 && rest_[size] >= '0' && rest_[size] <= '9') {
            out = out * 10 + static_cast<unsigned>(rest_[size++] - '0');
        }
        ok_ = ok_ && size > 0;
        rest_.remove_prefix(size);
        return out;
    }

    /// "BST" or "<+0330>".
    void name()
    {
        const bool quoted = take('<');
        std::size_t size = 0;
        while (size < rest_.size() && (quoted ? rest_[size] != '>' : is_letter(rest_[size]))) {
            ++size;
        }
        ok_ = ok_ && size > 0;
        rest_.remove_prefix(size);
        if (quoted) need('>');
    }

    /// "2", "-1", "3:30", "24:00:00".
    seconds clock()
    {
        const bool negative = take('-');
        if (!negative) take('+');
        seconds out = std::chrono::hours{number()};
        if (take(':')) out += std::chrono::minutes{number()};
        if (take(':')) out += seconds{number()};
        return negative ? -out : out;
    }

    rule_day day()
    {
        rule_day out;
        need(',');
        need('M');
        out.month = std::chrono::month{number()};
        need('.');
        out.week = number();
        need('.');
        out.weekday = std::chrono::weekday{number()};
        if (take('/')) out.clock = clock();
        ok_ = ok_ && out.month.ok() && out.week >= 1 && out.week <= 5 && out.weekday.ok();
        return out;
    }

private:
    static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

    std::string_view rest_;
    bool ok_ = true;
};

/// The moment at which the clocks that show UTC plus `offset` come to that day and time.
instant moment_of(std::chrono::year year, const rule_day& day, seconds offset)
{
    namespace ch = std::chrono;
    const ch::sys_days date = day.week == 5
                                  ? ch::sys_days{year / day.month / day.weekday[ch::last]}
                                  : ch::sys_days{year / day.month / day.weekday[day.week]};
    return instant{date} + day.clock - offset;
}

}  // namespace

std::optional<future_rule> parse_rule(std::string_view text)
{
    scanner in{text};
    future_rule out;
    in.name();
    out.standard = -in.clock();  // POSIX counts west of UTC
    out.summer = out.standard;
    if (!in.at_end()) {
        in.name();
        out.summer = in.next_is(',') ? out.standard + std::chrono::hours{1} : -in.clock();
        out.begins = in.day();
        out.ends = in.day();
    }
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return out;
}

std::vector<tariff::offset_change> changes_in(std::chrono::year year, const future_rule& by)
{
    namespace ch = std::chrono;
    if (!by.begins) return {};
    std::vector<tariff::offset_change> out{
        {moment_of(year, *by.begins, by.standard), ch::floor<ch::minutes>(by.summer)},
        {moment_of(year, by.ends, by.summer), ch::floor<ch::minutes>(by.standard)}};
    if (out[1].at < out[0].at) std::swap(out[0], out[1]);
    return out;
}

}  // namespace wattpurse::adapter::tz
