// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/adapter/asio/line_uri.hpp>

namespace wattpurse::cli {

/// What `wattpurse read` was asked for of a Modbus meter, as it was typed.
struct modbus_read_request {
    std::vector<std::string> fields;  ///< names of the profile; none: all
    unsigned unit = 1;
    std::string profile;              ///< name or file; empty: raw registers
    unsigned function = 3;
    std::string address;              ///< "0x0500" or "1280"
    unsigned count = 1;
    bool json = false;
    bool plan = false;                ///< say what would be asked, and ask nothing
    bool confirm = false;
    std::string learned;              ///< a file with what was learned of the device
    unsigned attempts = 3;
    unsigned timeout_ms = 0;
};

/// Reads and prints. False when anything could not be read; whatever else is wrong is told on
/// standard error, and `CLI::RuntimeError` is thrown.
[[nodiscard]] bool read_modbus(const modbus_read_request& asked,
                               const adapter::asio::line_uri& where);

/// What `wattpurse scan` was asked for on a Modbus line.
struct modbus_scan_request {
    std::string units = "1-247";
    bool json = false;
    bool thorough = false;
    unsigned attempts = 1;
    unsigned timeout_ms = 0;
};

/// Searches one line and prints. The number of units found; as above.
[[nodiscard]] std::size_t scan_modbus(const modbus_scan_request& asked,
                                      const adapter::asio::line_uri& where);

/// "1-10,20" as units 0 to 255, each once, in the order given. Nothing where it is none.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> units_of(const std::string& text);

}  // namespace wattpurse::cli
