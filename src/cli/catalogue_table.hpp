// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/catalogue.hpp>

namespace wattpurse::cli {

/// Which rows of a catalogue a table shows, and in which language.
struct table_choice {
    std::optional<codec::dlt645::edition> which;
    std::optional<codec::dlt645::item_family> family;
    codec::dlt645::language speech = codec::dlt645::language::english;
};

/// `{edition} {family}` and the rows of it, in the order of the catalogue.
struct table_section {
    std::string title;
    std::vector<const codec::dlt645::catalogue_row*> rows;
};

/// The rows of a catalogue, and of the one it stands on, by edition and family.
std::vector<table_section> sections_of(const codec::dlt645::catalogue& all,
                                       const table_choice& choice);

/// The identifiers of a row as text: `0001{00..3F}{00..0C}`.
std::string pattern_text(const codec::dlt645::id_pattern& ids);

/// A row's layout, or its size and how many fields it has where it is long.
std::string short_layout(const codec::dlt645::catalogue_row& row);

/// The units of a row's layout, each once.
std::vector<std::string> units_of(const codec::dlt645::catalogue_row& row);

/// For a terminal: a line a row.
std::string plain_table(const std::vector<table_section>& sections, const table_choice& choice);

/// For docs/dlt645.md: rows that are the same item, of other phases or other parts of a record,
/// share a line.
std::string markdown_table(const std::vector<table_section>& sections,
                           const table_choice& choice);

}  // namespace wattpurse::cli
