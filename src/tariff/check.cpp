// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/check.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/tariff/explain.hpp>

namespace wattpurse::tariff {

namespace {

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

template <class Exact>
std::string quoted_number(Exact value)
{
    return quoted(trimmed(text(value).view(), 0));
}

std::string clock(std::size_t minutes)
{
    const auto digit = [](std::size_t value) { return static_cast<char>('0' + value % 10); };
    const auto two = [digit](std::size_t value) {
        return std::string{digit(value / 10), digit(value)};
    };
    return two(minutes / 60) + ':' + two(minutes % 60);
}

/// Goes through a tariff and notes what is wrong, with a path kept by the caller of each part.
class checker {
public:
    explicit checker(const tariff& what) : what_{what} {}

    std::vector<fault> run() &&
    {
        if (!check_sizes()) return std::move(faults_);
        if (what_.name.empty()) note("/name", "\"\"", "the name of the tariff");
        if (what_.unit == currency{}) note("/currency", "\"XXX\"", "the currency of its prices");
        check_bands();
        check_windows();
        check_charges();
        check_every_band_priced();
        check_rounding();
        return std::move(faults_);
    }

private:
    void note(std::string path, std::string value, std::string expected)
    {
        faults_.push_back({std::move(path), std::move(value), std::move(expected)});
    }

    /// A band without a name, which is a fault of its own, may be the one that is meant.
    [[nodiscard]] bool may_have_band(std::string_view name) const
    {
        return what_.bands.empty() ||
               std::any_of(what_.bands.begin(), what_.bands.end(), [name](const band& each) {
                   return each.name == name || each.name.empty();
               });
    }

    /// So many parts that comparing them with each other would take long.
    bool check_sizes()
    {
        check_size("/bands", what_.bands.size());
        check_size("/charges", what_.charges.size());
        for (std::size_t i = 0; i < what_.charges.size() && faults_.empty(); ++i) {
            const std::string path = "/charges/" + std::to_string(i);
            check_size(path + "/determinant/bands", what_.charges[i].on.bands.size());
            check_size(path + "/rate/tiers", what_.charges[i].rate.tiers.size());
        }
        return faults_.empty();
    }

    void check_size(std::string path, std::size_t size)
    {
        if (size > parts_max) {
            note(std::move(path), std::to_string(size) + " of them",
                 "at most " + std::to_string(parts_max));
        }
    }

    void check_bands()
    {
        if (what_.bands.empty()) note("/bands", "an empty array", "at least one band");
        for (std::size_t i = 0; i < what_.bands.size(); ++i) {
            const band& each = what_.bands[i];
            const std::string path = "/bands/" + std::to_string(i);
            if (each.name.empty()) note(path + "/name", "\"\"", "the name of the band");
            if (each.register_index >= tariff_count) {
                note(path + "/register", quoted("T" + std::to_string(each.register_index + 1)),
                     "T1, T2, T3 or T4");
            }
            for (std::size_t j = 0; j < i; ++j) check_pair(what_.bands[j], each, path);
        }
    }

    void check_pair(const band& before, const band& each, const std::string& path)
    {
        if (!each.name.empty() && each.name == before.name) {
            note(path + "/name", quoted(each.name), "a name that no other band has");
        }
        if (each.register_index == before.register_index && each.register_index < tariff_count) {
            note(path + "/register", quoted("T" + std::to_string(each.register_index + 1)),
                 "a register of its own: this one is that of " + quoted(before.name));
        }
    }

    void check_windows()
    {
        constexpr std::size_t day = minutes_per_day;
        std::array<std::uint8_t, day> covered{};
        bool any = false;
        bool sound = true;
        for (std::size_t i = 0; i < what_.bands.size(); ++i) {
            for (std::size_t j = 0; j < what_.bands[i].windows.size(); ++j) {
                any = true;
                const std::string path =
                    "/bands/" + std::to_string(i) + "/windows/" + std::to_string(j);
                sound = check_window(what_.bands[i].windows[j], path, covered) && sound;
            }
        }
        const auto gap = std::find(covered.begin(), covered.end(), 0);
        if (any && sound && gap != covered.end()) {
            const auto at = static_cast<std::size_t>(gap - covered.begin());
            note("/bands", "no window at " + clock(at),
                 "windows that cover the whole day, or none");
        }
    }

    bool check_window(const clock_window& window, const std::string& path,
                      std::array<std::uint8_t, minutes_per_day>& covered)
    {
        const bool in_day = window.from >= 0 && window.from < minutes_per_day &&
                            window.until >= 0 && window.until <= minutes_per_day;
        if (!in_day || window.from == window.until) {
            note(path, "a window of nothing", "from and until within a day, and not the same");
            return false;
        }
        const auto from = static_cast<std::size_t>(window.from);
        const auto until = static_cast<std::size_t>(window.until);
        std::optional<std::size_t> overlap;
        for (std::size_t minute = from; minute != until; ++minute) {
            if (minute == covered.size()) {
                if (until == 0) break;
                minute = 0;
            }
            if (covered[minute] != 0 && !overlap) overlap = minute;
            covered[minute] = 1;
        }
        if (overlap) {
            note(path, clock(from) + " to " + clock(until),
                 "a time that no other window covers: " + clock(*overlap) + " is taken");
        }
        return true;
    }

    void check_charges()
    {
        if (what_.charges.empty()) note("/charges", "an empty array", "at least one charge");
        for (std::size_t i = 0; i < what_.charges.size(); ++i) {
            const std::string path = "/charges/" + std::to_string(i);
            check_determinant(what_.charges[i].on, path + "/determinant");
            check_lines(what_.charges[i], path);
            check_tiers(what_.charges[i].rate, path + "/rate");
        }
    }

    void check_determinant(const determinant& on, const std::string& path)
    {
        if (on.bands.empty()) note(path + "/bands", "an empty array", "at least one band");
        for (std::size_t i = 0; i < on.bands.size(); ++i) {
            const std::string place = path + "/bands/" + std::to_string(i);
            const std::string& name = on.bands[i];
            const auto here = on.bands.begin() + static_cast<std::ptrdiff_t>(i);
            if (!may_have_band(name)) {
                note(place, quoted(name), "the name of one of the tariff's bands");
            } else if (!name.empty() && std::find(on.bands.begin(), here, name) != here) {
                note(place, quoted(name), "each band once");
            }
        }
    }

    /// Ids of lines must be fit to be ids, and no two lines of the tariff may share one.
    void check_lines(const charge& which, const std::string& path)
    {
        const std::size_t tiers = which.rate.tiers.size();
        if (which.line.empty()) return note(path + "/line", "\"\"", id_expected());
        for (std::size_t i = 0; i < tiers; ++i) {
            const std::string id = line_of(which, i);
            const bool named = tiers > 1 && !which.rate.tiers[i].name.empty();
            const std::string place =
                named ? path + "/rate/tiers/" + std::to_string(i) + "/name" : path + "/line";
            if (!line_id::parse(id)) {
                note(place, quoted(id), id_expected());
                if (!named) return;  // one fault for the charge, not one a tier
            } else if (!lines_.insert(id).second) {
                note(place, quoted(id), "a line id that no other line has");
            }
        }
    }

    static std::string id_expected()
    {
        return "a line id of 1 to " + std::to_string(line_id::capacity) +
               " ASCII characters without space, comma and quotes";
    }

    void check_tiers(const rate_table& table, const std::string& path)
    {
        if (table.mode == rate_mode::flat) return check_flat(table, path);
        if (table.tiers.empty()) note(path + "/tiers", "an empty array", "at least one tier");
        energy highest{};
        for (std::size_t i = 0; i < table.tiers.size(); ++i) {
            const tier& each = table.tiers[i];
            const bool last = i + 1 == table.tiers.size();
            const std::string place = path + "/tiers/" + std::to_string(i);
            check_price(each.each, place + "/price");
            check_bound(each, last, highest, place);
            if (each.up_to) highest = std::max(highest, *each.up_to);
        }
    }

    void check_bound(const tier& each, bool last, energy highest, const std::string& place)
    {
        if (!each.up_to) {
            if (!last) note(place + "/up_to", "(missing)", "a bound: only the last tier has none");
        } else if (last) {
            note(place + "/up_to", quoted_number(*each.up_to),
                 "no bound in the last tier, so that all energy has a price");
        } else if (*each.up_to <= highest) {
            note(place + "/up_to", quoted_number(*each.up_to),
                 "a bound above " + trimmed(text(highest).view(), 0) + " kWh");
        }
    }

    void check_flat(const rate_table& table, const std::string& path)
    {
        if (table.tiers.size() != 1 || table.tiers.front().up_to) {
            note(path + "/tiers", std::to_string(table.tiers.size()) + " tiers",
                 "one price without a bound, or the mode graduated");
        }
        for (const tier& each : table.tiers) check_price(each.each, path + "/price");
    }

    void check_price(price each, std::string path)
    {
        if (each.is_negative()) {
            note(std::move(path), quoted_number(each), "a price that is not negative");
        }
    }

    /// Whether a charge is, or may be where its bands are not all named, on this band.
    static bool may_price(const charge& which, const std::string& name)
    {
        const auto& bands = which.on.bands;
        return bands.empty() || std::find(bands.begin(), bands.end(), "") != bands.end() ||
               std::find(bands.begin(), bands.end(), name) != bands.end();
    }

    void check_every_band_priced()
    {
        if (what_.charges.empty()) return;
        for (std::size_t i = 0; i < what_.bands.size(); ++i) {
            const std::string& name = what_.bands[i].name;
            const bool priced =
                std::any_of(what_.charges.begin(), what_.charges.end(),
                            [&name](const charge& each) { return may_price(each, name); });
            if (!priced && !name.empty()) {
                note("/bands/" + std::to_string(i) + "/name", quoted(name),
                     "a band that some charge prices, be it at zero");
            }
        }
    }

    void check_rounding()
    {
        if (what_.rounding.line.places != money::scale) {
            note("/rounding/line/places", std::to_string(what_.rounding.line.places),
                 "6: lines are kept at 10^-6, whole fen are made once a bill");
        }
        check_mode("/rounding/line/mode", what_.rounding.line.mode);
        if (what_.rounding.bill.places < 0 || what_.rounding.bill.places > money::scale) {
            note("/rounding/bill/places", std::to_string(what_.rounding.bill.places), "0 to 6");
        }
        check_mode("/rounding/bill/mode", what_.rounding.bill.mode);
    }

    /// `exact` would refuse to charge, and energy that was used must be charged.
    void check_mode(const char* path, wattpurse::rounding mode)
    {
        if (mode == wattpurse::rounding::exact) {
            note(path, "\"exact\"", "a mode that always gives an amount, such as half_up");
        }
    }

    const tariff& what_;
    std::vector<fault> faults_;
    std::set<std::string> lines_;
};

}  // namespace

std::vector<fault> check(const tariff& what)
{
    return checker{what}.run();
}

}  // namespace wattpurse::tariff
