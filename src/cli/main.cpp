// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "commands.hpp"

#ifndef WATTPURSE_VERSION
#define WATTPURSE_VERSION "unknown"
#endif

namespace {

/// What stays in the buffers is written now: whoever asked for it must learn that it was not.
int finish(int status)
{
    std::cout.flush();
    const bool is_written =
        std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (is_written) return status;
    std::cerr << "wattpurse: standard output: cannot be written\n";
    return status == 0 ? 1 : status;
}

/// 0, 1 where what a command was given is bad or it has failed, 2 where the command line is wrong.
int run(CLI::App& app, int argc, char** argv)
{
    try {
        app.parse(argc, argv);
    } catch (const CLI::RuntimeError& stop) {
        return stop.get_exit_code();  // a command has failed, and has said so
    } catch (const CLI::ValidationError& stop) {
        std::cerr << "wattpurse: " << stop.what() << '\n';  // a value; all options would not help
        return 2;
    } catch (const CLI::ConversionError& stop) {
        std::cerr << "wattpurse: " << stop.what() << '\n';
        return 2;
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        std::cerr << "wattpurse: " << error.what() << '\n';
        return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app{"wattpurse: prepaid electricity metering, from the bytes on the bus to the "
                 "balance.",
                 "wattpurse"};
    app.set_version_flag("--version", "wattpurse " WATTPURSE_VERSION);
    app.set_help_all_flag("--help-all", "Help on all commands");
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::help);
    wattpurse::cli::add_decode(app);
    wattpurse::cli::add_catalogue(app);
    wattpurse::cli::add_profiles(app);
    wattpurse::cli::add_tariff(app);
    wattpurse::cli::add_bill(app);
    wattpurse::cli::add_compare(app);
    wattpurse::cli::add_statement(app);
    wattpurse::cli::add_ledger(app);
    wattpurse::cli::add_export(app);
#ifdef WATTPURSE_WITH_ASIO
    wattpurse::cli::add_read(app);
    wattpurse::cli::add_scan(app);
#ifdef WATTPURSE_WITH_SIM
    wattpurse::cli::add_sim(app);
#endif
#endif
    return finish(run(app, argc, argv));
}
