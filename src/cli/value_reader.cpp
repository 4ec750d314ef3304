// SPDX-License-Identifier: Apache-2.0
#include "value_reader.hpp"

#include <algorithm>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/item.hpp>
#include <wattpurse/codec/dlt645/layout.hpp>

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using dlt645::field_kind;
using dlt645::field_value;

std::string name_of(const dlt645::bit_name& bit, speech language)
{
    const bool chinese = language == speech::chinese && !bit.name_zh.empty();
    return std::string{chinese ? bit.name_zh : bit.name};
}

/// Names of fields and bits as people write them.
std::string with_spaces(std::string name)
{
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

}  // namespace

bool value_reader::read()
{
    using step = dlt645::layout_walker::step;
    dlt645::layout_walker walker{layout_};
    std::size_t at = 0;
    auto found = walker.next(!bytes_.empty());
    for (; found == step::field; found = walker.next(at < bytes_.size())) {
        const std::size_t left = bytes_.size() - at;
        const std::size_t size = walker.what().size == 0 ? left : walker.what().size;
        if (size > left) {
            return false;
        }
        field_value value;
        dlt645::read_field(walker.what(), bytes_.subspan(at, size), value);
        value.index = walker.index();
        take(value, walker.position(), at);
        at += size;
    }
    return found == step::end && at == bytes_.size();
}

void value_reader::add_to(json& out)
{
    out["value"] = shape_.take();
    add_units(out);
    if (bits_.is_object()) {
        out["bits"] = std::move(bits_);
    }
}

std::vector<std::string> value_reader::warnings() const
{
    std::vector<std::string> out;
    for (const auto& [english, value] : problems_) {
        out.push_back(context_.say(english, {value}));
    }
    return out;
}

void value_reader::take(const field_value& value, std::size_t position, std::size_t at)
{
    const field_place& place = shape_.place_at(position, value.what);
    if (!value.what.unit.empty()) {
        add_unit(place.label(), value.what.unit);
    }
    if (value.what.kind != field_kind::load) {
        std::string label = label_of(place);
        if (place.is_array || !place.groups.empty()) {
            label += "[" + std::to_string(value.index) + "]";
        }
        label += label.empty() ? "" : ": ";
        parts_.push_back({begin_ + at, value.raw.size(), false, label + plain_text(value)});
    }
    shape_.put(position, value.what, value.index, field_json(value, at));
}

std::string value_reader::label_of(const field_place& place) const
{
    std::string path = place.label();
    const auto dot = path.rfind('.');
    const auto name_at = dot == std::string::npos ? 0 : dot + 1;
    if (path.size() > name_at) {
        path = path.substr(0, name_at) + context_.say(path.substr(name_at));
    }
    return with_spaces(std::move(path));
}

nlohmann::ordered_json value_reader::field_json(const field_value& value, std::size_t at)
{
    if (value.what.kind == field_kind::load) {
        return load_json(value.raw, at);
    }
    json text = text_json(value);
    if (value.what.kind != field_kind::bits || !value.sound) {
        return text;
    }
    json bits = bits_json(value);
    explain_bits(value);
    if (!bits.is_object()) {
        return text;
    }
    if (value.raw.size() == bytes_.size()) {  // there is nothing else
        bits_ = std::move(bits);
        return text;
    }
    return {{"word", std::move(text)}, {"bits", std::move(bits)}};
}

nlohmann::ordered_json value_reader::text_json(const field_value& value)
{
    if (value.missing) {
        problems_.emplace_back("the meter has no such value (FF bytes)", "");
        return nullptr;
    }
    if (const auto text = dlt645::text_of(value)) {
        return std::string{text->view()};
    }
    if (value.sound) {
        return hex_text(value.raw);  // longer than a text may be
    }
    problems_.emplace_back(value.problem == errc::not_bcd ? "value bytes {} are not BCD"
                                                          : "value bytes {} are out of range",
                           hex_text(value.raw));
    return nullptr;
}

std::string value_reader::plain_text(const field_value& value) const
{
    if (value.missing) {
        return context_.say("not available");
    }
    if (!value.sound) {
        return context_.say("makes no sense");
    }
    const auto text = dlt645::text_of(value);
    std::string out = text ? std::string{text->view()} : hex_text(value.raw);
    return value.what.unit.empty() ? out : out + " " + std::string{value.what.unit};
}

nlohmann::ordered_json value_reader::bits_json(const field_value& value) const
{
    const speech language = context_.say.language();
    json out;
    const auto tell = [&](const dlt645::named_bits& bits) {
        json& state = out[std::string{bits.group->name}];
        if (bits.state != nullptr) {
            state = name_of(*bits.state, language);
        } else if (bits.group->width == 1) {
            state = bits.value != 0;
        } else {
            state = bits.value;
        }
    };
    dlt645::for_each_bits(context_.catalogue, value.what.set, value.raw, tell);
    return out;
}

/// A line for each group of bits that says something.
void value_reader::explain_bits(const field_value& value)
{
    const speech language = context_.say.language();
    const auto tell = [&](const dlt645::named_bits& bits) {
        if (bits.state == nullptr && bits.value == 0) {
            return;
        }
        const unsigned low = bits.group->low;
        const unsigned width = bits.group->width;
        const std::string name = with_spaces(name_of(*bits.group, language));
        std::string text = "  b" + std::to_string(low);
        text += (width > 1 ? "-" + std::to_string(low + width - 1) : "") + " " + name;
        if (bits.state != nullptr) {
            text += ": " + name_of(*bits.state, language);
        } else if (width > 1) {
            text += ": " + std::to_string(bits.value);
        }
        parts_.push_back({parts_.back().begin, 0, false, std::move(text)});
    };
    dlt645::for_each_bits(context_.catalogue, value.what.set, value.raw, tell);
}

void value_reader::add_unit(const std::string& label, std::string_view unit)
{
    const auto is_same = [&](const auto& each) { return each.first == label; };
    if (std::none_of(units_.begin(), units_.end(), is_same)) {
        units_.emplace_back(label, std::string{unit});
    }
}

void value_reader::add_units(json& out) const
{
    const bool same = std::all_of(units_.begin(), units_.end(), [this](const auto& each) {
        return each.second == units_.front().second;
    });
    if (!units_.empty() && same) {
        out["unit"] = units_.front().second;
    } else if (!units_.empty()) {
        for (const auto& [label, unit] : units_) {
            out["units"][label.empty() ? "value" : label] = unit;
        }
    }
}

}  // namespace wattpurse::cli
