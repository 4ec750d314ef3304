// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "profile_builder.hpp"
#include "profile_values.hpp"

namespace wattpurse::adapter::json {

using meter::recipe_word;
using meter::write_recipe;
using source = meter::recipe_word::source_type;

namespace {

constexpr std::uint32_t address_max = 65'535;
constexpr std::size_t words_max = 123;  // of one write: Modbus Application Protocol 6.12

/// 06 and 10 hex, and what the standard leaves to vendors; 128 and above is what one takes.
bool writes(std::uint32_t function)
{
    return function == 0x06 || function == 0x10 || (function >= 65 && function <= 72) ||
           (function >= 100 && function <= 110) || (function >= 128 && function <= 255);
}

bool moves_money(const write_recipe& recipe)
{
    return recipe.purpose == write_recipe::purpose_type::top_up ||
           recipe.purpose == write_recipe::purpose_type::set_purse;
}

std::size_t count_of(const write_recipe& recipe, source which)
{
    return static_cast<std::size_t>(
        std::count_if(recipe.words.begin(), recipe.words.end(),
                      [which](const recipe_word& word) { return word.source == which; }));
}

/// "current*12" as 12, "current" as 1.
std::size_t times_of(std::string_view text)
{
    constexpr std::string_view word = "current";
    if (!text.starts_with(word)) return 0;
    text.remove_prefix(word.size());
    if (text.empty()) return 1;
    if (text.front() != '*' || text.size() < 2 || text.size() > 4) return 0;
    std::size_t out = 0;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return 0;
        out = out * 10 + static_cast<std::size_t>(c - '0');
    }
    return out;
}

}  // namespace

// ---- Areas ------------------------------------------------------------------------------------

void profile_builder::read_area(const cursor& at)
{
    object members{at, "an area"};
    meter::register_area area;
    std::optional<std::size_t> kind;
    if (auto found = members.required("kind", "forbidden or records")) {
        kind = found->one_of({"forbidden", "records"});
        area.kind = static_cast<meter::register_area::kind_type>(kind.value_or(0));
    }
    area.function = defaults_.function;
    if (auto found = members.optional("function")) {
        area.function = static_cast<std::uint8_t>(whole_at(*found, "a function", 1, 4).value_or(3));
    }
    const auto read_end = [&](std::string_view key) {
        const auto found = members.required(key, "an address, such as \"0x1A00\"");
        return found ? whole_at(*found, "an address", 0, address_max) : std::nullopt;
    };
    const auto first = read_end("first");
    const auto last = read_end("last");
    if (auto found = members.optional("record_registers")) {
        area.record_registers = static_cast<std::uint8_t>(
            whole_at(*found, "registers of a record", 1, 125).value_or(10));
        if (kind == std::size_t{0}) found->fault("nothing here, or the kind records");
    } else if (kind == std::size_t{1}) {
        at.fault_below("record_registers", "(missing)", "registers of a record");
    }
    members.finish();
    if (!first || !last) return;
    area.first = static_cast<std::uint16_t>(*first);
    area.last = static_cast<std::uint16_t>(*last);
    if (*first > *last) return at.fault("the lower address as \"first\"");
    for (const meter::register_area& other : out_.areas_) {
        if (other.function == area.function && other.first <= area.last &&
            area.first <= other.last) {
            at.fault("an area that shares no address with another");
            break;
        }
    }
    if (kind) out_.areas_.push_back(area);
}

// ---- Recipes ----------------------------------------------------------------------------------

void profile_builder::read_recipe(const cursor& at)
{
    object members{at, "a recipe"};
    write_recipe made;
    if (auto found = members.required("name", "the name of the recipe")) {
        made.name = stored(name_at(*found, "the name of the recipe").value_or(""));
        for (const write_recipe& other : out_.recipes_) {
            if (!made.name.empty() && other.name == made.name) {
                found->fault("a name that no other recipe has");
            }
        }
    }
    bool is_known = false;
    if (auto found = members.required("purpose", "what it does, such as top_up")) {
        const auto purpose =
            found->one_of({"open_relay", "close_relay", "release_relay", "top_up", "set_purse"});
        made.purpose = static_cast<write_recipe::purpose_type>(purpose.value_or(0));
        is_known = purpose.has_value();
    }
    if (auto found = members.required("function", "the function that writes")) {
        const auto function = whole_at(*found, "a function", 0, 255);
        made.function = static_cast<std::uint8_t>(function.value_or(0x10));
        is_known = is_known && function && writes(*function);
        if (function && !writes(*function)) {
            found->fault("6, 16, or a vendor's: 65 to 72, 100 to 110 or 128 to 255");
        }
    }
    if (auto found = members.required("address", "the first register it writes")) {
        const auto address = whole_at(*found, "an address", 0, address_max);
        made.address = static_cast<std::uint16_t>(address.value_or(0));
        is_known = is_known && address;
    } else {
        is_known = false;
    }
    std::vector<recipe_word>& words = out_.words_.emplace_back();
    if (auto found = members.required("words", "what it writes, a word a register")) {
        read_words(*found, words, is_known);
    } else {
        is_known = false;
    }
    made.words = words;
    if (auto found = members.optional("amount_field")) made.amount_field = field_at(*found);
    if (auto found = members.optional("balance_field")) made.balance_field = field_at(*found);
    if (auto found = members.optional("verify")) read_verify(*found, made);
    made.is_confirmed = out_.map_.is_confirmed;
    if (auto found = members.optional("status")) {
        made.is_confirmed = status_at(*found).value_or(false);
    }
    made.note = optional_text(members, "note", note_size_max);
    members.finish();
    if (is_known) check_recipe(at, made);
    out_.recipes_.push_back(made);
}

void profile_builder::read_words(const cursor& at, std::vector<recipe_word>& out, bool& is_known)
{
    if (!at.is(node::kind::array) || at.value().items.size() > words_max) {
        is_known = false;
        return at.fault("an array of 1 to " + std::to_string(words_max) + " words");
    }
    at.each("words", [&](const cursor& item) { is_known = read_word(item, out) && is_known; });
    if (out.empty() || out.size() > words_max) {
        is_known = false;
        at.fault("1 to " + std::to_string(words_max) + " words");
    }
}

bool profile_builder::read_word(const cursor& at, std::vector<recipe_word>& out)
{
    recipe_word word;
    const std::string text = at.is(node::kind::string) ? at.value().text : "";
    if (const std::size_t times = times_of(text); times > 0) {
        word.source = source::current;
        for (std::size_t i = 0; i < times && out.size() <= words_max; ++i) out.push_back(word);
        return true;
    }
    if (text == "sequence") {
        word.source = source::sequence;
    } else if (text == "amount" || text == "amount_high" || text == "amount_low") {
        word.source = source::amount;
        word.part = text == "amount_low" ? 1 : 0;
    } else if (at.is(node::kind::number) || text.starts_with("0x")) {
        const auto value = whole_at(at, "a constant", 0, 65'535);
        if (!value) return false;
        word.value = static_cast<std::uint16_t>(*value);
    } else {
        at.fault("amount, amount_high, amount_low, sequence, current, current*N or a constant "
                 "such as \"0x0100\"");
        return false;
    }
    out.push_back(word);
    return true;
}

std::int16_t profile_builder::field_at(const cursor& at)
{
    const auto name = name_at(at, "the name of a register");
    if (!name) return meter::no_field;
    const std::int16_t index = find_field(out_.map_, *name);
    if (index == meter::no_field && registers_are_known_) {
        at.fault("the name of a register of this profile");
    }
    return index;
}

void profile_builder::read_verify(const cursor& at, write_recipe& made)
{
    object members{at, "how to see that it was done"};
    if (auto found = members.required("field", "the name of a register")) {
        made.verify_field = field_at(*found);
    }
    unsigned bits = 32;
    if (made.verify_field != meter::no_field) {
        const auto& field = out_.fields_[static_cast<std::size_t>(made.verify_field)];
        bits = std::min(32U, field.function <= 2 ? field.count : field.count * 16U);
        made.verify_mask = bits == 32 ? 0xFFFF'FFFF : (1U << bits) - 1;
    }
    if (auto found = members.optional("mask")) {
        const auto mask = word_at(*found, "bits that count", bits);
        made.verify_mask = static_cast<std::uint32_t>(mask.value_or(made.verify_mask));
        if (mask && *mask == 0) found->fault("at least one bit");
    }
    const bool is_counted = made.purpose == write_recipe::purpose_type::top_up ||
                            (moves_money(made) && count_of(made, source::sequence) > 0);
    if (auto found = members.optional("equals")) {
        const auto equals = word_at(*found, "raw content", bits);
        made.verify_expected = static_cast<std::uint32_t>(equals.value_or(0));
        if (equals && (made.verify_expected & ~made.verify_mask) != 0) {
            found->fault("no bits outside the mask");
        }
        if (is_counted) found->fault("nothing: the register shows the sequence number");
    } else if (!is_counted) {
        at.fault_below("equals", "(missing)", "what the register shows when it was done");
    }
    members.finish();
}

void profile_builder::check_recipe(const cursor& at, const write_recipe& made)
{
    if (made.function == 0x06 && made.words.size() != 1) {
        at.fault_below("words", std::to_string(made.words.size()) + " words",
                       "one word: function 6 writes one register");
    }
    if (made.address + made.words.size() - 1 > address_max) {
        at.fault_below("address", std::to_string(made.address),
                       "an address whose " + std::to_string(made.words.size()) +
                           " registers end at 65535");
    }
    check_amount(at, made);
    check_target(at, made);
    if (made.verify_field == meter::no_field && registers_are_known_ &&
        std::none_of(at.value().members.begin(), at.value().members.end(),
                     [](const member& each) { return each.key == "verify"; })) {
        at.fault_below("verify", "(missing)",
                       "how to see that it was done: nothing is written that cannot be verified");
    }
}

void profile_builder::check_amount(const cursor& at, const write_recipe& made)
{
    const std::size_t amounts = count_of(made, source::amount);
    const std::size_t sequences = count_of(made, source::sequence);
    const auto fault = [&at](std::string_view key, std::string value, std::string expected) {
        at.fault_below(key, std::move(value), std::move(expected));
    };
    if (!moves_money(made)) {
        if (made.balance_field != meter::no_field) {
            fault("balance_field", "a register", "nothing: a relay has no balance");
        }
        if (amounts + sequences > 0) {
            fault("words", "an amount or a sequence number",
                  "constants and what is there: a relay "
                  "has no amount");
        }
        return;
    }
    if (amounts == 0) fault("words", "no amount", "the amount among the words");
    if (sequences != 1) {
        fault("words", std::to_string(sequences) + " sequence numbers",
              "one: without it, a purchase that may be in the meter cannot be told from one that "
              "is not");
    }
    const auto has = [&at](std::string_view key) {
        return std::any_of(at.value().members.begin(), at.value().members.end(),
                           [key](const member& each) { return each.key == key; });
    };
    if (!has("balance_field")) {
        fault("balance_field", "(missing)",
              "the register of the money that is left, where the amount is to be seen");
    }
    if (!has("amount_field")) {
        fault("amount_field", "(missing)", "the register of the amount, for its scale");
    }
    if (made.amount_field == meter::no_field) return;
    const auto& field = out_.fields_[static_cast<std::size_t>(made.amount_field)];
    const bool is_whole = field.type <= meter::value_type::s32;
    if (!is_whole || field.count != amounts) {
        fault("amount_field", '"' + std::string{field.name} + '"',
              "a register of type u16 or s16 with one word \"amount\", or u32 or s32 with "
              "\"amount_high\" and \"amount_low\"");
    }
}

/// Whatever it changes is a register that says that it can be written.
void profile_builder::check_target(const cursor& at, const write_recipe& made)
{
    if (!registers_are_known_) return;
    for (std::size_t i = 0; i < made.words.size(); ++i) {
        if (made.words[i].source == source::current) continue;
        const std::uint32_t address = made.address + static_cast<std::uint32_t>(i);
        const bool has_owner =
            std::any_of(drafts_.begin(), drafts_.end(), [address](const draft& each) {
                const auto& field = each.field;
                return !each.has_place ||
                       (field.function == 3 && field.is_writable && address >= field.address &&
                        address < std::uint32_t{field.address} + field.count);
            });
        if (!has_owner) {
            at.fault_below("address", std::to_string(made.address),
                           "writable registers; word " + std::to_string(i) + " goes to " +
                               std::to_string(address) + ", which is none");
            return;
        }
    }
}

// ---- Probes -----------------------------------------------------------------------------------

void profile_builder::read_probe(const cursor& at)
{
    object members{at, "a probe"};
    meter::probe_rule probe;
    probe.function = defaults_.function;
    if (auto found = members.optional("function")) {
        probe.function =
            static_cast<std::uint8_t>(whole_at(*found, "a function", 1, 4).value_or(3));
    }
    std::optional<std::uint32_t> address;
    if (auto found = members.required("address", "an address, such as \"0x0031\"")) {
        address = whole_at(*found, "an address", 0, address_max);
        probe.address = static_cast<std::uint16_t>(address.value_or(0));
    }
    if (auto found = members.optional("count")) {
        const std::uint32_t most = probe.function <= 2 ? 2000 : out_.map_.registers_max;
        probe.count = static_cast<std::uint16_t>(
            whole_at(*found, "a number of registers", 1, most).value_or(most));
    }
    if (address && *address + probe.count - 1U > address_max) {
        at.fault("registers that end at 65535");
    }
    const std::size_t size = probe.function <= 2 ? (probe.count + 7U) / 8U : probe.count * 2U;
    std::vector<std::uint8_t>& expected = out_.bytes_.emplace_back();
    const auto bytes = members.optional("bytes");
    const auto text = members.optional("text");
    if (bytes) expected = bytes_at(*bytes, "bytes").value_or(expected);
    if (text) {
        const std::string word = text_at(*text, "a text", size).value_or("");
        if (bytes) text->fault("either \"bytes\" or \"text\"");
        if (!bytes) expected.assign(word.begin(), word.end());
    }
    if (expected.size() > size) {
        bytes->fault("at most the " + std::to_string(size) + " bytes that it reads");
    }
    std::vector<std::uint8_t>& mask = out_.bytes_.emplace_back();
    if (auto found = members.optional("mask")) {
        mask = bytes_at(*found, "a mask").value_or(mask);
        const bool is_known = !expected.empty() || (!bytes && !text);
        if (!mask.empty() && is_known && mask.size() != expected.size()) {
            found->fault("as many bytes as are expected");
        }
    }
    members.finish();
    probe.expected = expected;
    probe.mask = mask;
    out_.probes_.push_back(probe);
}

}  // namespace wattpurse::adapter::json
