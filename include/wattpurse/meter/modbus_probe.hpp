// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/meter/map_fit.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/sunspec_base.hpp>

namespace wattpurse::meter {

/// What a device calls itself (function 2B/0E): vendor, product code, revision and so on. Texts
/// longer than `text_max` are cut, and characters that are not ASCII are shown as '?'.
struct device_identity {
    static constexpr std::size_t text_max = 48;
    static constexpr std::size_t objects = 7;

    /// Empty where the device does not say.
    [[nodiscard]] constexpr std::string_view text(
        codec::modbus::identification_object what) const noexcept
    {
        const auto at = static_cast<std::size_t>(what);
        return at < objects ? std::string_view{texts[at].data(), sizes[at]} : std::string_view{};
    }
    [[nodiscard]] constexpr bool empty() const noexcept
    {
        for (const std::uint8_t size : sizes) {
            if (size != 0) {
                return false;
            }
        }
        return true;
    }

    std::array<std::array<char, text_max>, objects> texts{};
    std::array<std::uint8_t, objects> sizes{};
};

/// How one probes.
struct modbus_probe_limits {
    link::priority prio = link::priority::background;
    duration timeout{500};
    std::uint8_t attempts_max = 1;      ///< of a question: its frames sent
    std::uint8_t silences_max = 16;     ///< questions without an answer, before it is given up
    std::uint16_t questions_max = 200;
    bool with_identification = true;
    /// Ask a silent unit twice, with functions 03 and 04, and judge all maps even where one has
    /// proven to fit.
    bool is_thorough = false;
};

/// Finds out whether a unit answers, what it calls itself, and which of some maps describes it.
/// Sans-IO, bounded and driven as the other orders of this folder. It only reads: register 0
/// (any answer, a refusal too, shows that somebody is there), identification, the chain of SunSpec
/// models, the maps' probes, and up to six fields of a map to see whether they hold what the map
/// says. A field that is writable or secret, or in an area to be kept out of, is not touched.
///
/// A unit that nobody has costs one timeout. Where a probe has settled the matter (32 bits or
/// more compared), maps without probes are not tried. What comes of it is a proposal: maps of one
/// vendor may be alike in all that was looked at, see `is_ambiguous`.
///
/// For many units make one after the other, of the same maps. A client's back-off would hide the
/// device after its first silence: switch it off on the line where one probes.
class modbus_probe {
public:
    enum class state_type : std::uint8_t { probing, found, nobody };

    /// `maps` are borrowed; `fits` has an element for each of them, those beyond it are left out.
    constexpr modbus_probe(std::uint8_t unit, std::span<const register_map> maps,
                           std::span<map_fit> fits,
                           const modbus_probe_limits& limits = {}) noexcept;

    /// The next job for the line; none while one is out, or when finished. Give it an id.
    [[nodiscard]] constexpr std::optional<link::modbus_job> next() noexcept;
    /// What came of the job that is out.
    constexpr void take(const link::modbus_event& what) noexcept;

    [[nodiscard]] constexpr state_type state() const noexcept { return state_; }
    [[nodiscard]] constexpr bool finished() const noexcept
    {
        return state_ != state_type::probing;
    }
    [[nodiscard]] constexpr std::uint8_t unit() const noexcept { return unit_; }
    [[nodiscard]] constexpr const device_identity& identity() const noexcept { return identity_; }
    [[nodiscard]] constexpr unsigned questions() const noexcept { return questions_; }

    /// The map that fits best: plausible at least. Its index; of equals the first.
    [[nodiscard]] constexpr std::optional<std::size_t> best() const noexcept;
    /// Another one fits just as well.
    [[nodiscard]] constexpr bool is_ambiguous() const noexcept;

private:
    enum class stage : std::uint8_t { presence, identification, sunspec, probes, samples };
    enum class reply : std::uint8_t { answered, refused, silent };

    /// An answer that several maps can use.
    struct kept {
        std::uint8_t function = 0;
        std::uint16_t address = 0;
        std::uint16_t count = 0;
        reply how = reply::silent;
        std::array<std::uint8_t, 18> pdu{};
        std::uint8_t size = 0;
    };

    [[nodiscard]] constexpr bool find_question() noexcept;
    [[nodiscard]] constexpr bool find_probe() noexcept;
    [[nodiscard]] constexpr bool find_sample() noexcept;
    constexpr void digest(reply how, byte_span pdu) noexcept;
    constexpr void digest_presence(reply how) noexcept;
    constexpr void digest_page(reply how, byte_span pdu) noexcept;
    constexpr void digest_sunspec(reply how, byte_span pdu) noexcept;
    constexpr void digest_probe(reply how, byte_span pdu) noexcept;
    constexpr void digest_sample(reply how, byte_span pdu) noexcept;
    constexpr void keep_text(const codec::modbus::identified& what) noexcept;
    constexpr void remember(reply how, byte_span pdu) noexcept;
    [[nodiscard]] constexpr const kept* recall() const noexcept;
    constexpr void go_to(stage next) noexcept;
    constexpr void next_map() noexcept;
    constexpr void conclude(std::size_t map) noexcept;
    constexpr void finish() noexcept;
    [[nodiscard]] constexpr bool wants_sunspec() const noexcept;

    std::uint8_t unit_;
    std::span<const register_map> maps_;
    std::span<map_fit> fits_;
    modbus_probe_limits limits_;

    state_type state_ = state_type::probing;
    stage stage_ = stage::presence;
    bool waiting_ = false;
    bool is_settled_ = false;       // a probe of 32 bits or more has fitted
    std::size_t map_ = 0;
    std::size_t item_ = 0;          // of the stage, or of the map's probes or samples
    std::int16_t field_ = no_field; // the sample that is asked for
    std::uint8_t object_ = 0;       // where the next page of the identification begins
    unsigned questions_ = 0;
    unsigned silences_ = 0;
    std::uint8_t busy_ = 0;         // times the present question met a busy device
    codec::modbus::request asked_{};
    sunspec_base chain_{};
    device_identity identity_{};
    std::array<kept, 24> kept_{};
    std::size_t kept_count_ = 0;
};

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(modbus_probe::state_type state) noexcept
{
    switch (state) {
        case modbus_probe::state_type::probing: return "probing";
        case modbus_probe::state_type::found: return "found";
        case modbus_probe::state_type::nobody: return "nobody";
    }
    return "unknown";
}

}  // namespace wattpurse::meter

#include <wattpurse/meter/modbus_probe_steps.hpp>
