// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace wattpurse::cli {

/// Each sub-command lives in a file of its own and adds itself: its options, its help with
/// examples, and the callback that does it. A callback that has failed, and has said so, throws
/// `CLI::RuntimeError` with the exit status.

/// `wattpurse decode`: frames of a meter as JSON.
void add_decode(CLI::App& app);
/// `wattpurse catalogue`: the data identifiers, one of them, or a user's file of them.
void add_catalogue(CLI::App& app);
/// `wattpurse profiles` and `wattpurse profile`: the kinds of meters, and a user's files of them.
void add_profiles(CLI::App& app);
/// `wattpurse bill`: what some energy costs by a tariff, line by line.
void add_bill(CLI::App& app);
/// `wattpurse compare`: what the same energy costs by several tariffs.
void add_compare(CLI::App& app);
/// `wattpurse tariff`: tariff files checked, shown, drawn, told in words, and made of URDB rates.
void add_tariff(CLI::App& app);
/// `wattpurse statement`: an account's movements, explained.
void add_statement(CLI::App& app);
/// `wattpurse ledger`: the books verified, sealed elsewhere, copied.
void add_ledger(CLI::App& app);
/// `wattpurse export`: the books as CSV files, and a summary with every invariant checked.
void add_export(CLI::App& app);
/// `wattpurse read`: values of a meter over TCP or a serial port.
void add_read(CLI::App& app);
/// `wattpurse scan`: which meters are on a line.
void add_scan(CLI::App& app);
/// `wattpurse sim`: simulated meters on a TCP port or a pseudo-terminal.
void add_sim(CLI::App& app);

}  // namespace wattpurse::cli
