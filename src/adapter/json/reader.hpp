// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/base/label.hpp>
#include <wattpurse/base/money.hpp>
#include <wattpurse/base/rounding.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/fault.hpp>

/// Reading a JSON file that a person has written, so that every fault of it is found in one go.
///
/// `parse` turns the text into a tree of nodes; `cursor` stands on one node and reads it as
/// something typed; `object` reads the members of an object and knows which were never asked
/// for. Nothing here stops at a fault: it is noted with its path, and the reader goes on with
/// `std::nullopt`. A typical loader:
///
///     std::vector<fault> faults;
///     const auto root = parse(text, faults);
///     if (root) {
///         object top{cursor{*root, "", faults}, "a tariff"};
///         if (auto at = top.required("currency")) out.unit = at->unit().value_or(currency{});
///         if (auto at = top.optional("bands")) at->each([&](cursor item) { ... });
///         top.finish();  // whatever was not asked for is a fault
///     }
namespace wattpurse::adapter::json {

/// A file larger than this is refused unread.
inline constexpr std::size_t file_bytes_max = std::size_t{4} << 20U;
/// Arrays and objects within each other; deeper is a fault, not a crash.
inline constexpr std::size_t nesting_max = 32;
/// Members of one object; a file of ours has a few dozen at most.
inline constexpr std::size_t members_max = 1000;
/// A file with more faults than this is not the kind of file it is taken for.
inline constexpr std::size_t faults_max = 1000;

struct member;

/// One value of a JSON text. Numbers are kept as they are written: they never become binary
/// fractions.
struct node {
    enum class kind : std::uint8_t { null, boolean, number, string, array, object };

    kind type = kind::null;
    bool truth = false;           ///< boolean
    bool integral = false;        ///< number: without point and exponent, and it fits `integer`
    std::int64_t integer = 0;     ///< number, where `integral`
    std::string text;             ///< string: its characters; number: its digits
    std::vector<node> items;      ///< array
    std::vector<member> members;  ///< object, in the order of the file
};

struct member {
    std::string key;
    node value;
};

/// The tree of a JSON text. Duplicate keys are faults (the first one stands); a syntax error is
/// the last fault, with line and column, and gives no tree.
[[nodiscard]] std::optional<node> parse(std::string_view text, std::vector<fault>& faults);

/// How a value is shown in a fault: strings in quotes, cut short where they are long.
[[nodiscard]] std::string shown(const node& value);

/// A number of minutes since midnight, 0 to 1440.
using clock_minutes = std::int16_t;

/// A place in a file. Each reading function gives the value, or notes a fault and gives nothing.
class cursor {
public:
    cursor(const node& at, std::string path, std::vector<wattpurse::fault>& faults)
        : node_{&at}, path_{std::move(path)}, faults_{&faults}
    {
    }

    [[nodiscard]] const node& value() const noexcept { return *node_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] bool is(node::kind type) const noexcept { return node_->type == type; }

    /// Notes that something else was expected here.
    void fault(std::string expected) const;
    /// Notes a fault at the member `key` of this place, which need not exist.
    void fault_below(std::string_view key, std::string value, std::string expected) const;

    /// A string that is not empty; `what` names it: "the name of the tariff".
    [[nodiscard]] std::optional<std::string> text(std::string_view what) const;
    /// One of `choices`, as its index; `beyond` is added to the message ("(... is not supported)").
    [[nodiscard]] std::optional<std::size_t> one_of(std::initializer_list<std::string_view> choices,
                                                    std::string_view beyond = {}) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view what) const;
    /// A JSON integer within [min, max]; for counts and places, never for money or energy.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view what, std::int64_t min,
                                                      std::int64_t max) const;

    /// A `decimal` or quantity, written as a string; a JSON number is a fault that says so.
    template <class Exact>
    [[nodiscard]] std::optional<Exact> exact(std::string_view what) const;
    /// Money of `unit`, written as a string with at most six places.
    [[nodiscard]] std::optional<money> amount(std::string_view what, currency unit) const;

    [[nodiscard]] std::optional<currency> unit() const;
    [[nodiscard]] std::optional<fixed_zone> zone() const;
    [[nodiscard]] std::optional<rounding> rounding_mode() const;
    /// "08:00"; "24:00" is the end of the day.
    [[nodiscard]] std::optional<clock_minutes> clock() const;
    /// "2026-01-31": the civil date, at 00:00.
    [[nodiscard]] std::optional<civil_time> date() const;
    /// "90s", "30min", "24h" or "3d"; not negative.
    [[nodiscard]] std::optional<duration> length(std::string_view what) const;
    /// An account, meter, line ...: see `label`.
    template <class Label>
    [[nodiscard]] std::optional<Label> name(std::string_view what) const;

    /// Calls `visit(cursor)` for each element of an array; anything else is a fault.
    template <class Visit>
    void each(std::string_view what, Visit visit) const;

    [[nodiscard]] cursor item(std::size_t index) const;
    [[nodiscard]] cursor below(const member& child) const;

private:
    [[nodiscard]] const std::string* exact_text(std::string_view what) const;
    void exact_fault(errc why, std::string_view what, int places) const;
    void label_fault(std::string_view what, std::size_t capacity) const;

    const node* node_;
    std::string path_;
    std::vector<wattpurse::fault>* faults_;
};

/// The members of an object. What was asked for is known; the rest is found by `finish`.
class object {
public:
    /// Where `at` is no object, that is one fault, and all members are silently absent.
    object(cursor at, std::string_view what);

    /// A member that must be there; its absence is a fault. `null` does not count as absent.
    [[nodiscard]] std::optional<cursor> required(std::string_view key, std::string_view expected);
    [[nodiscard]] std::optional<cursor> optional(std::string_view key);

    /// Notes every member that nobody asked for. Call it last.
    void finish() const;

    [[nodiscard]] const cursor& at() const noexcept { return at_; }

private:
    cursor at_;
    bool valid_;
    std::vector<std::string_view> asked_;
};

// ---------------------------------------------------------------------------------------------

template <class Exact>
std::optional<Exact> cursor::exact(std::string_view what) const
{
    const std::string* const written = exact_text(what);
    if (written == nullptr) return std::nullopt;
    const auto value = Exact::parse(*written);
    if (value) return *value;
    exact_fault(value.error(), what, Exact::scale);
    return std::nullopt;
}

template <class Label>
std::optional<Label> cursor::name(std::string_view what) const
{
    if (is(node::kind::string)) {
        if (const auto parsed = Label::parse(node_->text)) return *parsed;
    }
    label_fault(what, Label::capacity);
    return std::nullopt;
}

template <class Visit>
void cursor::each(std::string_view what, Visit visit) const
{
    if (!is(node::kind::array)) return fault("an array of " + std::string{what});
    for (std::size_t i = 0; i < node_->items.size(); ++i) visit(item(i));
}

}  // namespace wattpurse::adapter::json
