// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/sim/line_faults.hpp>
#include <wattpurse/sim/meter_options.hpp>

namespace wattpurse::cli {

/// What `wattpurse sim` was asked for, as it was typed.
struct sim_request {
    std::vector<std::string> meters{"000000000001"};
    std::string dialect = "park_plain";
    std::string profile = "single_phase_prepaid";
    std::string edition = "both";
    std::string credentials_file;
    std::string soft_key_file;
    std::string faults;
    bool echo = false;
    std::uint64_t seed = 1;
    unsigned read_limit = 200;
    unsigned answer_ms = 30;
    unsigned push_s = 0;
    unsigned heartbeat_s = 0;
    int clock_error_s = 0;
    std::string energy;       ///< "12.34,5.6": kWh of T1, T2 ...
    std::string load_kw;
    std::string money = "0";  ///< in the meter's purse
};

/// The meters asked for, installed at `now`. Error: text for a person that names the option.
[[nodiscard]] result<std::vector<sim::meter_options>, std::string> meters_of(
    const sim_request& asked, instant now);

/// "lost=2,late=0.5,garbled=1": per cent of the answers. Error: as above.
[[nodiscard]] result<sim::fault_rates, std::string> faults_of(const sim_request& asked);

/// A kind of fault by name, and where its rate goes, in thousandths.
struct rate_name {
    std::string_view name;
    std::uint16_t* rate;
};

/// "KIND=PERCENT,..." into the rates named. Error: as above.
[[nodiscard]] result<void, std::string> read_rates(const std::string& text,
                                                   std::span<const rate_name> names);

/// Where `wattpurse sim` listens.
struct sim_place {
    std::optional<std::uint16_t> tcp;  ///< the port; else a pseudo-terminal
    std::string bind = "127.0.0.1";
};

/// What is asked for of Modbus meters, as it was typed.
struct modbus_sim_request {
    std::string protocol;             ///< modbus-tcp, modbus-rtu or modbus-ascii
    std::string profile;              ///< name or file; empty: a common one
    std::string model;                ///< "conformance", or empty
    std::vector<unsigned> units{1};
    std::string holes = "refuse";     ///< or zero
    std::string energy;               ///< as of the others
    std::string load_kw;
    std::string money;
    std::string faults;
    bool echo = false;
    std::uint64_t seed = 1;
    unsigned answer_ms = 0;
};

/// Serves simulated Modbus meters until it is told to end. Error: text for a person; `status` is
/// the exit status that goes with it.
[[nodiscard]] result<void, std::string> serve_modbus(const modbus_sim_request& asked,
                                                     const sim_place& place, int& status);

/// What several simulators read alike. Errors: as above.
[[nodiscard]] result<void, std::string> read_energy(const std::string& text, register_set& out);
[[nodiscard]] result<sim::load_function, std::string> read_load(const std::string& text);
/// Hundredths of the currency unit.
[[nodiscard]] result<std::int64_t, std::string> read_money(const std::string& text);

}  // namespace wattpurse::cli
