// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/adapter/asio/edge.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/engine/site.hpp>
#include <wattpurse/model/fault.hpp>

/// What a data centre's TOML file says.
struct data_centre_config {
    wattpurse::engine::site site;  ///< with `closes_at`: stop when the last bills are closed
    wattpurse::adapter::asio::endpoint desk;
    std::optional<wattpurse::adapter::asio::endpoint> clock;
    std::vector<wattpurse::adapter::asio::endpoint> lines;
    std::filesystem::path store;
    std::filesystem::path tariff;
    std::filesystem::path policy;
};

/// Reads the file; paths in it are relative to its folder. All faults at once.
[[nodiscard]] wattpurse::result<data_centre_config, std::vector<wattpurse::fault>> read_config(
    const std::filesystem::path& file);
