// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
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

}  // namespace wattpurse::cli
