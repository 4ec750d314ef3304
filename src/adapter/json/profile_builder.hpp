// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/json/profile.hpp>

#include "reader.hpp"

namespace wattpurse::adapter::json {

/// Reads one profile. Where something cannot be read, a value takes its place that no other member
/// can be at odds with, so that the rest can still be checked.
///
/// Registers come first; they are put in the order of their addresses, and only then is anything
/// read that points at them by name.
class profile_builder {
public:
    explicit profile_builder(std::vector<fault>& faults) : faults_{faults} {}

    meter_profile read(const node& root);

private:
    /// A register on its way into the map.
    struct draft {
        meter::register_field field;
        cursor at;
        std::string scale_field;
        bool has_place = false;  ///< function, address, type and count could be read
        /// Where its bits and parts are, plus one; 0 is none.
        std::size_t bits = 0;
        std::size_t parts = 0;
    };
    struct register_defaults {
        std::uint8_t function = 3;
        std::optional<meter::word_order> words;
        meter::byte_order bytes = meter::byte_order::high_first;
    };

    // profile.cpp: what every profile has, and DL/T 645
    void read_head(object& top);
    void read_serial(const cursor& at);
    void read_texts(object& top, std::string_view key, std::vector<std::string_view>& out,
                    bool is_required);
    void read_modbus(object& top);
    void read_base(object& top);
    void read_dlt645(object& top);
    std::string_view stored(std::string text);
    /// Absent and empty are the same.
    std::string_view optional_text(object& members, std::string_view key, std::size_t most);

    // profile_registers.cpp
    void read_defaults(const cursor& at);
    void read_registers(const cursor& at);
    void read_register(const cursor& at);
    void read_place(object& members, draft& made);
    void read_count(object& members, draft& made);
    void read_order(object& members, draft& made);
    void read_scale(object& members, draft& made);
    void read_limits(object& members, draft& made);
    void read_capacity(const cursor& at, draft& made);
    void read_access(object& members, draft& made);
    void read_role(object& members, draft& made);

    // profile_parts.cpp: what has names within a register
    void read_bits(object& members, draft& made);
    void read_bit_group(const cursor& at, const draft& made, std::vector<meter::register_bits>& out,
                        std::uint64_t& used);
    void read_parts(object& members, draft& made);
    void read_part(const cursor& at, const draft& made, std::vector<meter::record_part>& out);

    // profile_checks.cpp: what registers have to do with each other
    void sort_registers();
    void check_names();
    void check_places();
    void check_scale_fields();
    [[nodiscard]] std::uint32_t first_with(const std::string& name, const draft& scale) const;
    void check_roles();
    void check_areas();

    // profile_recipes.cpp: areas, recipes and probes
    void read_area(const cursor& at);
    void read_recipe(const cursor& at);
    void read_words(const cursor& at, std::vector<meter::recipe_word>& out, bool& is_known);
    bool read_word(const cursor& at, std::vector<meter::recipe_word>& out);
    void read_verify(const cursor& at, meter::write_recipe& made);
    void check_recipe(const cursor& at, const meter::write_recipe& made);
    void check_target(const cursor& at, const meter::write_recipe& made);
    void check_amount(const cursor& at, const meter::write_recipe& made);
    std::int16_t field_at(const cursor& at);
    void read_probe(const cursor& at);

    std::vector<fault>& faults_;
    meter_profile out_;
    register_defaults defaults_;
    std::vector<draft> drafts_;
    std::size_t bit_count_ = 0;        ///< names of bits so far
    bool registers_are_known_ = true;  ///< none of them is missing because of a fault
};

}  // namespace wattpurse::adapter::json
