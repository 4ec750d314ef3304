// SPDX-License-Identifier: Apache-2.0
#include "read_output.hpp"

#include <cstddef>
#include <set>
#include <string_view>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/layout.hpp>

#include "value_json.hpp"

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;
using meter::long_read_state;

std::string name_of(const read_outcome& what, const decode_context& context)
{
    const auto language = context.say.language() == speech::chinese ? dlt645::language::chinese
                                                                    : dlt645::language::english;
    return std::string{
        dlt645::name_of(context.catalogue, what.item.which, what.item.id, language).view()};
}

/// The bits of a refusal in words. Vendors put codes from 80 on where the standard has bits.
std::vector<std::string> meanings(const read_outcome& what)
{
    std::vector<std::string> out;
    const unsigned word = what.error_word.value_or(0);
    if (word >= 0x80) return {"a code of the vendor"};
    for (unsigned bit = 1; bit < 0x80; bit <<= 1U) {
        if ((word & bit) == 0) continue;
        const auto code = static_cast<std::uint8_t>(bit);
        out.emplace_back(what.item.which == dlt645::edition::y2007
                             ? to_string(static_cast<dlt645::error_bit>(code))
                             : to_string(static_cast<dlt645::error_bit_1997>(code)));
    }
    return out;
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string out;
    for (const std::string& part : parts) out += out.empty() ? part : ", " + part;
    return out;
}

std::string code_text(std::uint16_t word)
{
    const std::uint8_t bytes[]{static_cast<std::uint8_t>(word >> 8U),
                               static_cast<std::uint8_t>(word & 0xFFU)};
    return word > 0xFF ? hex_text(bytes) : hex_text(byte_span{bytes}.subspan(1));
}

/// Why there is no value.
std::string reason(const read_outcome& what, const phrases& say)
{
    if (!what.asked) return say("not asked: the meter is silent");
    switch (what.state) {
        case long_read_state::refused: {
            std::string words;
            for (const std::string& each : meanings(what)) {
                words += (words.empty() ? "" : ", ") + say(each);
            }
            return say("refused") + ": " + (words.empty() ? say("no reason told") : words) +
                   (what.error_word ? " (" + code_text(*what.error_word) + ")" : "");
        }
        case long_read_state::nonsense: return say("answers that do not belong together");
        case long_read_state::too_long: return say("longer than any value known");
        case long_read_state::complete:
        case long_read_state::reading:
        case long_read_state::silent: break;
    }
    return say("no answer");
}

// ---- The table: the same as in JSON, flattened ------------------------------------------------

std::string cell_of(const json& value)
{
    if (value.is_null()) return "-";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Names of the fields of a layout that have a unit.
std::set<std::string> fields_with_unit(std::string_view layout)
{
    using walker = dlt645::layout_walker;
    std::set<std::string> out;
    walker each{layout, walker::mode::once};
    while (each.next(false) == walker::step::field) {
        if (!each.what().unit.empty()) out.emplace(each.what().name);
    }
    return out;
}

class rows_of_outcome {
public:
    rows_of_outcome(text_table& to, const read_outcome& what, const decode_context& context)
        : to_{to}, what_{what}, context_{context}, name_{name_of(what, context)},
          row_{context.catalogue.find(what.item.which, what.item.id)}
    {
    }

    void add(const json& object)
    {
        object_ = &object;
        if (row_ != nullptr) with_unit_ = fields_with_unit(row_->layout);
        if (!object.contains("value")) {
            row(name_, object.value("data", "none"), "");
        } else {
            flatten(object["value"], "", "", "");
            if (object.contains("bits")) add_bits(object["bits"]);
        }
        if (object.contains("warning")) {
            row("", "(" + object["warning"].get<std::string>() + ")", "");
        }
    }

private:
    /// `path` is the place with indexes, `label` the same without, `key` its last name.
    void flatten(const json& value, const std::string& path, const std::string& label,
                 const std::string& key)
    {
        if (value.is_object() && value.contains("word") && value.contains("bits")) {
            leaf(cell_of(value["word"]), path, label, key);
            return add_bits(value["bits"]);
        }
        if (value.is_object()) {
            for (const auto& [name, child] : value.items()) {
                flatten(child, path + (path.empty() ? "" : ".") + name,
                        label + (label.empty() ? "" : ".") + name, name);
            }
        } else if (value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                flatten(value[i], path + "[" + std::to_string(i) + "]", label, key);
            }
            if (value.empty()) leaf("none", path, label, key);
        } else {
            leaf(cell_of(value), path, label, key);
        }
    }

    void leaf(const std::string& value, const std::string& path, const std::string& label,
              const std::string& key)
    {
        if (path.empty()) return row(name_, value, unit_of(label, key));
        const auto id = path.front() == '[' && label.empty() ? element_at(path) : std::nullopt;
        row(id ? text_of_id(*id) : name_ + (path.front() == '[' ? " " : ": ") + path, value,
            unit_of(label, key));
    }

    /// The bits of the word in the row above.
    void add_bits(const json& bits)
    {
        for (const auto& [name, state] : bits.items()) row("  " + name, cell_of(state), "");
    }

    [[nodiscard]] std::optional<std::uint32_t> element_at(const std::string& path) const
    {
        if (row_ == nullptr) return std::nullopt;
        return element_of(context_.catalogue, *row_, what_.item.id,
                          static_cast<std::size_t>(std::stoul(path.substr(1))));
    }

    [[nodiscard]] std::string text_of_id(std::uint32_t id) const
    {
        read_outcome other;
        other.item = {what_.item.which, id};
        return name_of(other, context_);
    }

    [[nodiscard]] std::string unit_of(const std::string& label, const std::string& key) const
    {
        if (object_->contains("units")) {
            return (*object_)["units"].value(label.empty() ? "value" : label, "");
        }
        const bool has_one = with_unit_.empty() ? key != "at"  // of a load record
                                                : with_unit_.count(key) != 0;
        return has_one ? object_->value("unit", "") : "";
    }

    void row(const std::string& name, const std::string& value, const std::string& unit)
    {
        to_.add({is_first_ ? id_text(what_.item) : "", name, value, unit});
        is_first_ = false;
    }

    text_table& to_;
    const read_outcome& what_;
    const decode_context& context_;
    std::string name_;
    const dlt645::catalogue_row* row_;
    const json* object_ = nullptr;
    std::set<std::string> with_unit_;
    bool is_first_ = true;
};

}  // namespace

json outcome_json(const read_outcome& what, const decode_context& context)
{
    json out{{"meter", std::string{what.meter.text().view()}},
             {"edition", what.item.which == dlt645::edition::y2007 ? "2007" : "1997"},
             {"di", id_text(what.item)}};
    if (const std::string name = name_of(what, context); !name.empty()) out["name"] = name;
    out["ok"] = what.good();
    if (what.good()) {
        std::vector<std::string> warnings;
        add_value(out, context.catalogue.find(what.item.which, what.item.id), what.value,
                  warnings, context);
        if (what.frames > 1) out["frames"] = what.frames;
        if (!warnings.empty()) out["warning"] = joined(warnings);
        return out;
    }
    out["reason"] = what.asked ? std::string{to_string(what.state)} : "not_asked";
    if (what.error_word) {
        out["err"] = code_text(*what.error_word);
        out["err_meaning"] = meanings(what);
    }
    out["message"] = reason(what, context.say);
    return out;
}

void add_outcome(text_table& to, const read_outcome& what, const decode_context& context)
{
    if (what.good()) {
        rows_of_outcome{to, what, context}.add(outcome_json(what, context));
    } else {
        to.add({id_text(what.item), name_of(what, context), reason(what, context.say), ""});
    }
}

}  // namespace wattpurse::cli
