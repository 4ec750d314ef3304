// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/tariff.hpp>
#include <wattpurse/tariff/title.hpp>

#include "phrases.hpp"
#include "row_places.hpp"

namespace CLI {
class App;
}

namespace wattpurse::cli {

/// What is billed, as it was given on the command line.
struct billing_options {
    std::string command;     ///< "wattpurse bill", what complaints begin with
    std::string usage;       ///< a file: see `read_usage`
    std::string interval;
    std::vector<std::string> used;  ///< in place of a file: "T2=120.50"
    std::string account;     ///< a file: see `load_account`
    std::string from;
    std::string to;
    std::string through;
    bool monthly = false;
};

/// Adds the options; `command` outlives nothing but the call.
void add_billing_options(CLI::App& command, billing_options& to);

/// Consumption and the periods it is billed in.
struct billing_input {
    tariff::consumption used;
    row_places places;  ///< of its rows
    std::vector<tariff::period> periods;
    std::optional<instant> through;
    std::vector<fault> notes;  ///< names of the account that the tariff does not know
};

struct made_bill {
    tariff::period over;
    tariff::rated what;
    tariff::bill_totals totals;
};

/// Says why and ends the command with status 1.
[[noreturn]] void refuse(const std::string& command, const std::string& why);

/// The tariff of a file. With zones that have names where the program was built with `adapter/tz`.
[[nodiscard]] tariff::tariff load_tariff_file(const std::string& path);
/// What is wrong with the text of one.
[[nodiscard]] std::vector<fault> faults_of_tariff(std::string_view text);

/// All faults of what was given are told, and `CLI::RuntimeError` is thrown. Notes are told too.
[[nodiscard]] billing_input read_billing(const billing_options& given, const tariff::tariff& by);

/// A bill a period. What one leaves to the next is handed on: credits, values that ratchets look
/// back on, and the residue where the tariff carries it.
[[nodiscard]] std::vector<made_bill> make_bills(const billing_options& given,
                                                const tariff::tariff& by, billing_input input);

/// "52.07", at least with the places of its currency.
[[nodiscard]] std::string amount_text(money value);
/// "2026-01-01 to 2026-01-31": the days of a period, both among them.
[[nodiscard]] std::string period_text(const tariff::period& over, const tariff::civil_zone& zone,
                                      const phrases& say);

/// `--language en` or `zh`, as both parts of the program call it.
[[nodiscard]] inline tariff::language language_of(const phrases& say)
{
    return say.language() == speech::chinese ? tariff::language::chinese
                                             : tariff::language::english;
}
/// Adds `--language` (and `--lang`).
void add_language_option(CLI::App& command, std::string& to);
[[nodiscard]] phrases phrases_in(const std::string& language);

}  // namespace wattpurse::cli
