// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/catalogue.hpp>

#include <optional>
#include <utility>

#include <wattpurse/codec/dlt645/catalogue_text.hpp>

#include "reader.hpp"

namespace wattpurse::adapter::json {

namespace dlt645 = codec::dlt645;

namespace {

/// A catalogue with more slots than this is searched row by row instead.
constexpr std::size_t slots_max = std::size_t{1} << 17U;

constexpr std::string_view id_2007_expected =
    "four bytes, ranges allowed: 028011FF or 0201{01..03}00";
constexpr std::string_view id_1997_expected = "four digits, ranges allowed: 9010 or 901{0..E}";

/// A text of at most so many bytes.
std::optional<std::string> short_text(const cursor& at, std::string_view what, std::size_t most)
{
    auto text = at.text(what);
    if (text && text->size() > most) {
        at.fault(std::string{what} + " of at most " + std::to_string(most) + " bytes");
        return std::nullopt;
    }
    return text;
}

}  // namespace

/// Reads one file. Where something cannot be read, a value takes its place that no other member
/// can be at odds with, so that the rest can still be checked.
class catalogue_builder {
public:
    explicit catalogue_builder(std::vector<fault>& faults) : faults_{faults} {}

    user_catalogue read(const node& root)
    {
        object top{cursor{root, "", faults_}, "a catalogue"};
        if (auto at = top.required("format", '"' + std::string{catalogue_format} + '"')) {
            static_cast<void>(at->one_of({catalogue_format}));
        }
        if (auto at = top.required("name", "the name of the catalogue")) {
            out_.name_ = at->text("the name of the catalogue").value_or("");
        }
        if (auto at = top.optional("describe")) {
            static_cast<void>(at->text("a description for people"));
        }
        if (auto at = top.optional("bits")) read_bits(*at);
        if (auto at = top.required("identifiers", "an array of identifiers")) {
            read_identifiers(*at);
        }
        top.finish();
        build_the_index();
        return std::move(out_);
    }

private:
    // ---- Identifiers ------------------------------------------------------------------------

    void read_identifiers(const cursor& at)
    {
        if (at.is(node::kind::array) && at.value().items.size() > catalogue_rows_max) {
            return at.fault("at most " + std::to_string(catalogue_rows_max) + " identifiers");
        }
        at.each("identifiers", [this](const cursor& item) { read_identifier(item); });
    }

    void read_identifier(const cursor& at)
    {
        object members{at, "an identifier"};
        dlt645::catalogue_row row;
        row.shape.is_single = false;
        const bool has_ids = read_ids(members, row);
        read_layout(members, row);
        read_kinds(members, row);
        read_texts(members, row);
        if (auto found = members.optional("confirmed")) {
            row.confirmed = found->boolean("whether two sources confirm it").value_or(false);
        }
        row.secret = dlt645::is_secret(row.access, row.name);
        if (auto found = members.optional("secret")) {
            row.secret = found->boolean("whether it is never shown").value_or(true) || row.secret;
        }
        members.finish();
        if (has_ids) keep(row, at);
    }

    bool read_ids(object& members, dlt645::catalogue_row& row)
    {
        std::optional<std::size_t> which;
        if (auto at = members.required("edition", "2007 or 1997")) {
            which = at->one_of({"2007", "1997"});
        }
        const auto at = members.required("id", id_2007_expected);
        if (!at) return false;
        const auto text = at->text("an identifier");
        if (!text || !which) return false;
        const auto edition = *which == 0 ? dlt645::edition::y2007 : dlt645::edition::y1997;
        const auto ids = dlt645::id_pattern::parse(edition, *text);
        if (!ids) {
            at->fault(std::string{*which == 0 ? id_2007_expected : id_1997_expected});
            return false;
        }
        row.ids = *ids;
        return true;
    }

    void read_layout(object& members, dlt645::catalogue_row& row)
    {
        const auto at = members.required("layout", "a layout such as XXXXXX.XX[kWh]*n");
        const auto text = at ? at->text("a layout") : std::nullopt;
        row.layout = stored(text.value_or("hex*"));
        auto shape = dlt645::check_layout(row.layout);
        if (!shape) {
            at->fault("at character " + std::to_string(shape.error().position + 1) + ": " +
                      std::string{shape.error().expected});
            row.layout = "hex*";
            shape = dlt645::check_layout(row.layout);
        }
        row.shape = *shape;
        if (at) check_sets(row.layout, *at);
    }

    /// Every set of bits that a layout names is in the file or in the standard catalogue.
    void check_sets(std::string_view layout, const cursor& at) const
    {
        dlt645::layout_walker walker{layout, dlt645::layout_walker::mode::once};
        while (walker.next(true) == dlt645::layout_walker::step::field) {
            const std::string_view set = walker.what().set;
            if (set.empty() || set_is_known(set)) continue;
            at.fault("a set of bits of this file or of the standard catalogue, which " +
                     std::string{set} + " is not");
        }
    }

    [[nodiscard]] bool set_is_known(std::string_view set) const
    {
        for (const std::string& bad : faulty_sets_) {
            if (bad == set) return true;  // one fault is enough
        }
        return !dlt645::catalogue{{}, out_.bits_, &dlt645::standard_catalogue()}
                    .bits(set)
                    .empty();
    }

    void read_kinds(object& members, dlt645::catalogue_row& row)
    {
        if (auto at = members.optional("access")) {
            const auto access = at->one_of({"r", "rw", "w", "push", "security"});
            row.access = static_cast<dlt645::access_kind>(access.value_or(0));
        }
        if (auto at = members.optional("family")) {
            const auto text = at->text("a family");
            const auto family = text ? dlt645::parse_family(*text) : std::nullopt;
            row.family = family.value_or(dlt645::item_family::vendor);
            if (text && !family) {
                at->fault("energy, demand, variable, event, parameter, freeze, load, prepay, "
                          "security or vendor");
            }
        }
        if (auto at = members.optional("axes")) {
            if (at->is(node::kind::string) && at->value().text.empty()) return;
            const auto text = at->text("axes");
            row.axes = stored(text.value_or(""));
            if (!dlt645::are_axes(row.axes)) {
                at->fault("places 0 to 3, each once, and what they say: 1:tariff 0:settlement; "
                          "kinds are tariff, settlement, phase, total_phase, record, number, "
                          "month, zone, table, level and harmonic");
            }
        }
    }

    void read_texts(object& members, dlt645::catalogue_row& row)
    {
        if (auto at = members.required("name", "the name of the identifier")) {
            row.name = stored(short_text(*at, "a name", dlt645::row_name_size_max).value_or(""));
        }
        row.name_zh = optional_text(members, "name_zh", dlt645::row_name_size_max);
        row.source = optional_text(members, "source", dlt645::row_source_size_max);
        row.note = optional_text(members, "note", dlt645::row_note_size_max);
    }

    /// Absent and empty are the same.
    std::string_view optional_text(object& members, std::string_view key, std::size_t most)
    {
        const auto at = members.optional(key);
        if (!at || (at->is(node::kind::string) && at->value().text.empty())) return {};
        return stored(short_text(*at, "a text", most).value_or(""));
    }

    void keep(const dlt645::catalogue_row& row, const cursor& at)
    {
        for (std::size_t i = 0; i < out_.rows_.size(); ++i) {
            if (out_.rows_[i].ids.overlaps(row.ids)) {
                at.fault_below("id", shown(*id_of(at)), "identifiers that " + places_[i] +
                                                            " does not describe as well");
                break;
            }
        }
        out_.rows_.push_back(row);
        places_.push_back(at.path());
    }

    static const node* id_of(const cursor& at)
    {
        for (const member& each : at.value().members) {
            if (each.key == "id") return &each.value;
        }
        return &at.value();
    }

    // ---- Bits -------------------------------------------------------------------------------

    void read_bits(const cursor& at)
    {
        if (!at.is(node::kind::object)) return at.fault("an object of sets of bits, by name");
        for (const member& each : at.value().members) {
            const cursor set = at.below(each);
            const auto faults_before = faults_.size();
            if (!dlt645::detail::is_name(each.key)) {
                set.fault("a set named with at most 32 characters a-z, 0-9 and _");
            }
            const std::string_view name = stored(each.key);
            used_bits_.clear();
            const auto names_before = out_.bits_.size();
            set.each("groups of bits", [this, name](const cursor& item) {
                read_group(name, item);
            });
            if (set.is(node::kind::array) && out_.bits_.size() == names_before) {
                set.fault("at least one group of bits");
            }
            if (faults_.size() != faults_before) faulty_sets_.emplace_back(each.key);
        }
    }

    void read_group(std::string_view set, const cursor& at)
    {
        object members{at, "a group of bits"};
        dlt645::bit_name group;
        group.set = set;
        const auto low = members.required("low", "the lowest bit of the group");
        const auto bit = low ? low->integer("a bit", 0, 127) : std::nullopt;
        group.low = static_cast<std::uint8_t>(bit.value_or(0));
        if (auto width = members.optional("width")) {
            group.width = static_cast<std::uint8_t>(
                width->integer("a number of bits", 1, 32).value_or(1));
        }
        if (auto name = members.required("name", "the name of the group")) {
            group.name =
                stored(short_text(*name, "a name", dlt645::row_name_size_max).value_or(""));
        }
        group.name_zh = optional_text(members, "name_zh", dlt645::row_name_size_max);
        keep_bits(group, at);
        if (auto values = members.optional("values")) read_states(group, *values);
        members.finish();
        if (bit) claim_bits(group, *low);
    }

    void keep_bits(const dlt645::bit_name& name, const cursor& at)
    {
        if (out_.bits_.size() == catalogue_bits_max) {
            at.fault("at most " + std::to_string(catalogue_bits_max) + " names of bits");
        }
        if (out_.bits_.size() <= catalogue_bits_max) out_.bits_.push_back(name);
    }

    void claim_bits(const dlt645::bit_name& group, const cursor& at)
    {
        for (unsigned bit = group.low; bit < group.low + unsigned{group.width}; ++bit) {
            for (const unsigned used : used_bits_) {
                if (used == bit) {
                    return at.fault("bits that no other group of the set has; bit " +
                                    std::to_string(bit) + " is taken");
                }
            }
        }
        for (unsigned bit = group.low; bit < group.low + unsigned{group.width}; ++bit) {
            used_bits_.push_back(bit);
        }
    }

    void read_states(const dlt645::bit_name& group, const cursor& at)
    {
        if (!at.is(node::kind::object)) return at.fault("an object of names, by value");
        const std::uint32_t most = group.width > 30
                                       ? 0x7FFF'FFFFU
                                       : (std::uint32_t{1} << group.width) - 1;
        for (const member& each : at.value().members) {
            const cursor state = at.below(each);
            dlt645::bit_name name = group;
            const auto value = dlt645::detail::whole_number(each.key, most);
            if (!value) state.fault("a value of 0 to " + std::to_string(most));
            name.value = static_cast<std::int32_t>(value.value_or(0));
            read_state_name(name, state);
            keep_bits(name, state);
        }
    }

    /// A string, or an object with `name` and `name_zh`.
    void read_state_name(dlt645::bit_name& name, const cursor& at)
    {
        name.name_zh = {};
        if (!at.is(node::kind::object)) {
            name.name =
                stored(short_text(at, "a name", dlt645::row_name_size_max).value_or(""));
            return;
        }
        object members{at, "a name"};
        if (auto text = members.required("name", "the name of the value")) {
            name.name =
                stored(short_text(*text, "a name", dlt645::row_name_size_max).value_or(""));
        }
        name.name_zh = optional_text(members, "name_zh", dlt645::row_name_size_max);
        members.finish();
    }

    // ---- All of it --------------------------------------------------------------------------

    std::string_view stored(std::string text)
    {
        return out_.texts_.emplace_back(std::move(text));
    }

    void build_the_index()
    {
        const auto sizes = dlt645::index_sizes_of(out_.rows_);
        if (sizes.slots > slots_max) return;
        out_.slots_.resize(sizes.slots);
        out_.wide_.resize(sizes.wide);
        const auto built = dlt645::build_index(out_.rows_, out_.slots_, out_.wide_);
        if (!built) out_.slots_.clear();
    }

    std::vector<fault>& faults_;
    user_catalogue out_;
    std::vector<std::string> places_;  ///< where each row stands in the file
    std::vector<std::string> faulty_sets_;
    std::vector<unsigned> used_bits_;  ///< of the set that is being read
};

codec::dlt645::catalogue user_catalogue::view() const noexcept
{
    return {rows_, bits_, &dlt645::standard_catalogue(), {slots_, wide_}};
}

result<user_catalogue, std::vector<fault>> load_catalogue(std::string_view text)
{
    std::vector<fault> faults;
    const auto root = parse(text, faults);
    if (!root) return tl::unexpected{std::move(faults)};
    catalogue_builder builder{faults};
    user_catalogue out = builder.read(*root);
    if (!faults.empty()) return tl::unexpected{std::move(faults)};
    return out;
}

}  // namespace wattpurse::adapter::json
