// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/statement.hpp>

#include <algorithm>
#include <string>

namespace wattpurse::ledger {
namespace {

constexpr std::size_t time_width = 16;      // "2026-01-31 23:59"
constexpr std::size_t movement_width = 20;  // "used and paid out" with some air
constexpr std::size_t amount_width_min = 14;

/// Text of others, made safe for one line of a table.
[[nodiscard]] std::string one_line(std::string_view text)
{
    std::string out{text};
    const auto is_control = [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; };
    std::replace_if(out.begin(), out.end(), is_control, '?');
    return out;
}

[[nodiscard]] std::string right(std::string_view text, std::size_t width)
{
    std::string out(text.size() < width ? width - text.size() : 0, ' ');
    return out += text;
}

[[nodiscard]] std::string left(std::string_view text, std::size_t width)
{
    std::string out{text};
    out.resize(std::max(width, out.size()), ' ');
    return out;
}

[[nodiscard]] std::string local_time(instant at, fixed_zone zone)
{
    std::string out{iso8601(at, zone).view().substr(0, time_width)};
    out[10] = ' ';  // the T of ISO 8601
    return out;
}

[[nodiscard]] std::string signed_text(money amount)
{
    const bool positive = !amount.is_negative() && !amount.is_zero();
    std::string out{text(amount.amount()).view()};
    return positive ? "+" + out : out;
}

[[nodiscard]] std::string movement_name(posting_kind kind)
{
    switch (kind) {
        case posting_kind::opening: return "opening balance";
        case posting_kind::top_up: return "top-up";
        case posting_kind::charge: return "energy";
        case posting_kind::adjustment: return "adjustment";
        case posting_kind::rounding: return "rounding";
        case posting_kind::refund: return "refund";
        case posting_kind::transfer: return "transfer";
        case posting_kind::reserve: return "set aside";
        case posting_kind::settle: return "paid of what was set aside";
        case posting_kind::release: return "given back";
        case posting_kind::reversal: return "reversal";
        case posting_kind::closing: return "account closed";
    }
    return "unknown";
}

/// Draws the table; the two money columns are as wide as their widest amount.
class table {
public:
    explicit table(const statement& shown) : shown_{shown}
    {
        widen(balance_width_, text(shown.opening.amount()).view());
        widen(balance_width_, text(shown.closing.amount()).view());
        for (const statement_row& row : shown.rows) {
            widen(amount_width_, signed_text(row.amount));
            widen(balance_width_, text(row.balance.amount()).view());
            for (const statement_line& line : row.lines) {
                widen(amount_width_, signed_text(line.amount));
            }
        }
        widen(amount_width_, signed_text(shown.paid_in));
        widen(amount_width_, signed_text(shown.paid_out));
    }

    [[nodiscard]] std::string draw()
    {
        heading();
        add_row("", "brought forward", "", text(shown_.opening.amount()).view());
        for (const statement_row& row : shown_.rows) {
            movement(row);
        }
        rule('-');
        add_row("", "paid in", signed_text(shown_.paid_in), "");
        add_row("", "used and paid out", signed_text(shown_.paid_out), "");
        add_row("", "carried forward", "", text(shown_.closing.amount()).view());
        rule('=');
        return std::move(out_);
    }

private:
    static void widen(std::size_t& width, std::string_view text)
    {
        width = std::max(width, text.size());
    }

    void heading()
    {
        const statement_period& period = shown_.period;
        const auto zone_name = iso8601(period.from, period.zone);
        out_ += "Account " + std::string{shown_.account.view()} + ", " +
                local_time(period.from, period.zone) + " to " +
                local_time(period.until, period.zone) + " (" +
                std::string{zone_name.view().substr(zone_name.size - 6)} + "), amounts in " +
                std::string{shown_.opening.unit().code()} + "\n";
        rule('=');
        add_row(period.axis == time_axis::effective ? "effective" : "recorded", "movement",
                "amount", "balance");
        rule('-');
    }

    void movement(const statement_row& row)
    {
        add_row(local_time(row.at, shown_.period.zone), movement_name(row.kind),
                signed_text(row.amount), text(row.balance.amount()).view());
        // A row of one line says its amount once.
        const bool with_amounts = row.lines.size() > 1;
        for (const statement_line& line : row.lines) {
            explain(line, with_amounts);
        }
    }

    void explain(const statement_line& line, bool with_amount)
    {
        const std::string why = one_line(line.explain);
        const std::string subject = one_line(line.subject);
        if (why.empty() && subject.empty() && !with_amount) {
            return;
        }
        // Under the movement's name, or beside the line's own amount.
        std::string row =
            with_amount ? right(signed_text(line.amount), time_width + movement_width +
                                                              amount_width_ + 4)
                        : std::string(time_width + 2, ' ');
        row += "  " + subject + (why.empty() || subject.empty() ? "" : ": ") + why;
        append(std::move(row));
    }

    void add_row(std::string_view time, std::string_view movement, std::string_view amount,
                 std::string_view balance)
    {
        append(left(time, time_width) + "  " + left(movement, movement_width) + "  " +
               right(amount, amount_width_) + "  " + right(balance, balance_width_));
    }

    void rule(char c)
    {
        append(std::string(time_width + movement_width + amount_width_ + balance_width_ + 6, c));
    }

    void append(std::string line)
    {
        line.erase(line.find_last_not_of(' ') + 1);
        out_ += line + "\n";
    }

    const statement& shown_;
    std::size_t amount_width_ = amount_width_min;
    std::size_t balance_width_ = amount_width_min;
    std::string out_;
};

}  // namespace

std::string render(const statement& shown)
{
    return table{shown}.draw();
}

}  // namespace wattpurse::ledger
