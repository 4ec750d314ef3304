// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>

#include <wattpurse/codec/dlt645/describe.hpp>

#include "bytes.hpp"
#include "dlt645.hpp"
#include "errors.hpp"

namespace wattpurse::python {

namespace {

using catalogue_ptr = std::shared_ptr<shared_catalogue>;

/// An identifier with the row that covers it, kept alive.
struct item {
    catalogue_ptr all;
    const dlt645::catalogue_row* row;
    std::uint32_t id;

    [[nodiscard]] std::string name(dlt645::language tongue) const
    {
        return std::string{dlt645::name_of(*row, id, tongue).view()};
    }
};

std::shared_ptr<item> find(const catalogue_ptr& all, std::uint32_t id, dlt645::edition which)
{
    const dlt645::catalogue_row* const row = all->view().find(which, id);
    return row == nullptr ? nullptr : std::make_shared<item>(item{all, row, id});
}

/// One item a row, under the first identifier that the row covers.
py::list rows_of(const catalogue_ptr& all)
{
    py::list out;
    for (const dlt645::catalogue_row& row : all->view().rows()) {
        out.append(std::make_shared<item>(item{all, &row, row.ids.nth(0)}));
    }
    return out;
}

catalogue_ptr loaded(const std::string& text)
{
    auto read = adapter::json::load_catalogue(text);
    if (!read) {
        raise(read.error(), "the catalogue has faults");
    }
    auto out = std::make_shared<shared_catalogue>();
    out->own = *std::move(read);
    out->is_standard = false;
    return out;
}

void bind_item(py::module_& to)
{
    py::class_<item, std::shared_ptr<item>>(
        to, "Item", "An identifier and what the catalogue says of it.")
        .def_property_readonly("data_id",
                               [](const item& self) { return id_text(self.id, self.row->which()); },
                               "Its digits, high ones first.")
        .def_property_readonly("edition",
                               [](const item& self) { return text_of(self.row->which()); },
                               "\"2007\" or \"1997\".")
        .def_property_readonly(
            "name", [](const item& self) { return self.name(dlt645::language::english); },
            "English, with what its places say: \"forward active energy, tariff 2\".")
        .def_property_readonly(
            "name_zh", [](const item& self) { return self.name(dlt645::language::chinese); },
            "Chinese, where the catalogue has it; else English.")
        .def_property_readonly("layout",
                               [](const item& self) { return str_from(self.row->layout); },
                               "The form of its value: \"XXXXXX.XX[kWh]\".")
        .def_property_readonly("unit",
                               [](const item& self) { return str_from(self.row->first().unit); },
                               "Of its first field; empty where it has none.")
        .def_property_readonly(
            "access", [](const item& self) { return str_from(to_string(self.row->access)); },
            "\"r\", \"rw\", \"w\", \"push\" or \"security\".")
        .def_property_readonly(
            "family", [](const item& self) { return str_from(to_string(self.row->family)); },
            "\"energy\", \"demand\", \"variable\" and so on.")
        .def_property_readonly("is_confirmed",
                               [](const item& self) { return self.row->confirmed; },
                               "By the standard's public text or two independent sources.")
        .def_property_readonly("is_secret", [](const item& self) { return self.row->secret; },
                               "Its value is not to be shown.")
        .def_property_readonly("source",
                               [](const item& self) { return str_from(self.row->source); },
                               "Where it was found.")
        .def_property_readonly("note", [](const item& self) { return str_from(self.row->note); },
                               "What is doubtful about it.")
        .def("__repr__", [](const item& self) {
            return "<Item " + id_text(self.id, self.row->which()) + " (" +
                   text_of(self.row->which()) + "): " + self.name(dlt645::language::english) + ">";
        });
}

}  // namespace

void bind_dlt645_catalogue(py::module_& to)
{
    bind_item(to);
    py::class_<shared_catalogue, catalogue_ptr>(
        to, "Catalogue", "What identifiers mean: the standard ones, and perhaps a user's over "
                         "them.")
        .def(py::init<>(), "The standard catalogue: 2007, 1997 and the filing document.")
        .def_static("from_json", &loaded, py::arg("text"),
                    "A user's own over the standard one, from the text of its file (format "
                    "\"wattpurse-catalogue/1\"). Raises ValidationError with every fault.")
        .def("find",
             [](const catalogue_ptr& self, py::handle id, py::handle which) {
                 const dlt645::edition known = edition_of_text(which);
                 return find(self, id_of(id, known), known);
             },
             py::arg("data_id"), py::arg("edition") = "2007",
             "The item of an identifier (8 hexadecimal digits, 4 in 1997, or their int), or None.")
        .def("rows", &rows_of,
             "Its own rows, each under the first identifier it covers; not those of the standard "
             "catalogue below a user's.");
}

}  // namespace wattpurse::python
