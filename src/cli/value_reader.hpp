// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/item_read.hpp>
#include <wattpurse/codec/dlt645/load_record.hpp>

#include "report.hpp"
#include "value_shape.hpp"

namespace wattpurse::cli {

/// Reads the value of an identifier field by field, for JSON and for people at once.
class value_reader {
public:
    /// `begin` is where `bytes` lie in DATA; `layout` is that of the identifier, and `asked` the
    /// class of load record it stands for.
    value_reader(const decode_context& context, std::string_view layout, std::size_t begin,
                 byte_span bytes, codec::dlt645::load_part asked = {})
        : context_{context}, layout_{layout}, begin_{begin}, bytes_{bytes}, asked_{asked},
          shape_{layout}
    {
    }

    /// False where the bytes do not fit the layout; what has been read is then of no use.
    [[nodiscard]] bool read();

    /// Puts `value`, `unit` and `bits` into an object.
    void add_to(nlohmann::ordered_json& out);
    /// What the bytes mean, one by one.
    [[nodiscard]] const std::vector<data_part>& parts() const { return parts_; }
    /// What is odd, in the user's language.
    [[nodiscard]] std::vector<std::string> warnings() const;

private:
    using json = nlohmann::ordered_json;
    using text_pairs = std::vector<std::pair<std::string, std::string>>;

    void take(const codec::dlt645::field_value& value, std::size_t position, std::size_t at);
    [[nodiscard]] std::string label_of(const field_place& place) const;
    [[nodiscard]] json field_json(const codec::dlt645::field_value& value, std::size_t at);
    [[nodiscard]] json text_json(const codec::dlt645::field_value& value);
    [[nodiscard]] std::string plain_text(const codec::dlt645::field_value& value) const;
    [[nodiscard]] json bits_json(const codec::dlt645::field_value& value) const;
    void explain_bits(const codec::dlt645::field_value& value);
    [[nodiscard]] json load_json(byte_span blocks, std::size_t at);
    void take_inner(value_reader& inner, const std::string& name);
    void fill_separators(std::size_t begin, std::size_t end);
    void add_unit(const std::string& label, std::string_view unit);
    void add_units(json& out) const;

    const decode_context& context_;
    std::string_view layout_;
    std::size_t begin_;
    byte_span bytes_;
    codec::dlt645::load_part asked_;
    value_shape shape_;
    json bits_;
    std::vector<data_part> parts_;
    text_pairs units_;     ///< label and unit
    text_pairs problems_;  ///< what is odd, and about which bytes
};

}  // namespace wattpurse::cli
