// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/tariff.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <wattpurse/model/reading.hpp>
#include <wattpurse/tariff/check.hpp>

#include "reader.hpp"

namespace wattpurse::adapter::json {

namespace {

constexpr std::string_view price_expected = "a price per kWh";
constexpr std::string_view bound_expected = "an energy in kWh";

/// Stands for a window that could not be read: of no length, so that `check` does not miss it.
constexpr tariff::clock_window unread_window{0, 0};

/// Reads one file. Where something cannot be read, an empty value takes its place: `check` finds
/// fault with it at the same place, which `is_genuine` tells apart, and draws no conclusions
/// from it for other places.
class tariff_reader {
public:
    explicit tariff_reader(std::vector<fault>& faults) : faults_{faults}, before_{faults.size()}
    {
    }

    tariff::tariff read(const node& root)
    {
        object top{cursor{root, "", faults_}, "a tariff"};
        if (auto at = top.required("format", '"' + std::string{tariff_format} + '"')) {
            static_cast<void>(at->one_of({tariff_format}));
        }
        if (auto at = top.required("name", "the name of the tariff")) {
            out_.name = at->text("the name of the tariff").value_or("");
        }
        if (auto at = top.optional("source")) {
            out_.source = at->text("where the tariff was published").value_or("");
        }
        if (auto at = top.required("currency", "a currency")) {
            out_.unit = at->unit().value_or(currency{});
        }
        if (auto at = top.required("zone", "an offset from UTC")) {
            out_.zone = at->zone().value_or(fixed_zone{});
        }
        read_parts(top);
        top.finish();
        return std::move(out_);
    }

    /// Whether something that `check` found is not a consequence of what could not be read.
    /// "/bands" speaks of all windows together and is only found where each of them is sound.
    [[nodiscard]] bool is_genuine(const fault& found) const
    {
        return !at_or_above(found.path) && (found.path == "/bands" || !below(found.path));
    }

private:
    void read_parts(object& top)
    {
        if (auto at = top.required("bands", "an array of bands")) {
            at->each("bands", [this](const cursor& item) { out_.bands.push_back(band(item)); });
        }
        if (auto at = top.required("charges", "an array of charges")) {
            at->each("charges", [this](const cursor& item) {
                out_.charges.push_back(charge(item));
            });
        }
        if (auto at = top.optional("adjustments")) {
            at->each("adjustments, which must be empty", [](const cursor& item) {
                item.fault("nothing: adjustments are not supported");
            });
        }
        if (auto at = top.required("rounding", "the rules of rounding")) rounding(*at);
    }

    tariff::band band(const cursor& at)
    {
        tariff::band out;
        out.register_index = tariff_count;  // none, as far as `check` can see
        object members{at, "a band"};
        if (auto found = members.required("name", "the name of the band")) {
            out.name = found->text("the name of the band").value_or("");
        }
        if (auto found = members.required("register", "T1, T2, T3 or T4")) {
            out.register_index =
                found->one_of({"T1", "T2", "T3", "T4"}).value_or(std::size_t{tariff_count});
        }
        if (auto found = members.optional("windows")) {
            if (!found->is(node::kind::array)) out.windows.push_back(unread_window);
            found->each("windows", [&](const cursor& item) {
                out.windows.push_back(window(item));
            });
        }
        members.finish();
        return out;
    }

    tariff::clock_window window(const cursor& at)
    {
        object members{at, "a window"};
        std::optional<clock_minutes> from;
        std::optional<clock_minutes> until;
        if (auto found = members.required("from", "a time of day")) from = found->clock();
        if (auto found = members.required("until", "a time of day")) until = found->clock();
        members.finish();
        if (!from || !until) return unread_window;
        return {*from, *until};
    }

    tariff::charge charge(const cursor& at)
    {
        tariff::charge out;
        object members{at, "a charge"};
        if (auto found = members.required("line", "a line id")) {
            out.line = found->text("a line id").value_or("");
        }
        if (auto found = members.optional("title")) {
            out.title = found->text("what people read").value_or("");
        }
        if (auto found = members.required("determinant", "what it is charged on")) {
            out.on = determinant(*found);
        }
        if (auto found = members.required("rate", "a table of prices")) {
            out.rate = rate(*found);
        }
        members.finish();
        return out;
    }

    tariff::determinant determinant(const cursor& at)
    {
        tariff::determinant out;
        object members{at, "a determinant"};
        if (auto found = members.required("bands", "an array of names of bands")) {
            found->each("names of bands", [&](const cursor& item) {
                out.bands.push_back(item.text("the name of a band").value_or(""));
            });
        }
        if (auto found = members.required("scope", "month")) {
            static_cast<void>(found->one_of({"month"}, "other scopes are not supported"));
        }
        members.finish();
        return out;
    }

    tariff::rate_table rate(const cursor& at)
    {
        tariff::rate_table out = tariff::rate_table::flat({});
        object members{at, "a table of prices"};
        std::optional<std::size_t> mode;
        if (auto found = members.required("mode", "flat or graduated")) {
            mode = found->one_of({"flat", "graduated"}, "other modes are not supported");
        }
        // Where the mode cannot be read, what stands there tells which one was meant.
        auto tiers = mode == 0U ? std::nullopt : members.optional("tiers");
        const bool graduated = mode == 1U || tiers.has_value();
        if (!graduated) {
            auto found = members.required("price", price_expected);
            if (found) out.tiers.front().each = price_at(*found);
        } else if (tiers) {
            out = {tariff::rate_mode::graduated, {}};
            tiers->each("tiers", [&](const cursor& item) { out.tiers.push_back(tier(item)); });
        } else {
            at.fault_below("tiers", "(missing)", "an array of tiers");
        }
        members.finish();
        return out;
    }

    tariff::tier tier(const cursor& at)
    {
        tariff::tier out;
        object members{at, "a tier"};
        if (auto found = members.optional("name")) {
            out.name = found->text("the name of the tier").value_or("");
        }
        if (auto found = members.optional("up_to")) {
            out.up_to = found->exact<energy>(bound_expected);
        }
        if (auto found = members.required("price", price_expected)) out.each = price_at(*found);
        members.finish();
        return out;
    }

    static price price_at(const cursor& at)
    {
        return at.exact<price>(price_expected).value_or(price{});
    }

    void rounding(const cursor& at)
    {
        object members{at, "the rules of rounding"};
        if (auto found = members.required("line", "how lines are rounded")) {
            rule(*found, money::scale, out_.rounding.line);
        }
        if (auto found = members.required("bill", "how the total of a bill is rounded")) {
            rule(*found, 0, out_.rounding.bill);
        }
        members.finish();
    }

    static void rule(const cursor& at, int places_min, tariff::rounding_rule& out)
    {
        object members{at, "a rule of rounding"};
        if (auto found = members.required("places", "a number of decimal places")) {
            const auto places = found->integer("decimal places", places_min, money::scale);
            out.places = static_cast<int>(places.value_or(out.places));
        }
        if (auto found = members.required("mode", "a mode of rounding")) {
            out.mode = found->rounding_mode().value_or(out.mode);
        }
        members.finish();
    }

    // ---- What a fault of `check` may be a consequence of --------------------------------------

    /// A fault at this path or at one that contains it is known.
    [[nodiscard]] bool at_or_above(std::string_view path) const
    {
        return std::any_of(unread_begin(), faults_.cend(), [path](const fault& known) {
            return path.starts_with(known.path) &&
                   (path.size() == known.path.size() || path[known.path.size()] == '/');
        });
    }

    /// A fault inside what this path names is known.
    [[nodiscard]] bool below(std::string_view path) const
    {
        return std::any_of(unread_begin(), faults_.cend(), [path](const fault& known) {
            return known.path.size() > path.size() && known.path.starts_with(path) &&
                   known.path[path.size()] == '/';
        });
    }

    /// Keys that stood twice come before: the first of them was read.
    [[nodiscard]] std::vector<fault>::const_iterator unread_begin() const
    {
        return faults_.cbegin() + static_cast<std::ptrdiff_t>(before_);
    }

    std::vector<fault>& faults_;
    std::size_t before_;
    tariff::tariff out_;
};

}  // namespace

result<tariff::tariff, std::vector<fault>> load_tariff(std::string_view text)
{
    std::vector<fault> faults;
    const auto root = parse(text, faults);
    if (!root) return tl::unexpected{std::move(faults)};
    tariff_reader reader{faults};
    tariff::tariff out = reader.read(*root);
    if (faults.size() >= faults_max) return tl::unexpected{std::move(faults)};
    std::vector<fault> found = tariff::check(out);
    std::erase_if(found, [&](const fault& each) { return !reader.is_genuine(each); });
    const std::size_t room = faults_max - std::min(faults.size(), faults_max);
    found.resize(std::min(found.size(), room));
    faults.insert(faults.end(), found.begin(), found.end());
    if (!faults.empty()) return tl::unexpected{std::move(faults)};
    return out;
}

}  // namespace wattpurse::adapter::json
