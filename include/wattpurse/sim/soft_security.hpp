// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/meter/security_module.hpp>

namespace wattpurse::sim {

/// Sealing by software, for simulated meters only. It has the sizes, the order and the refusals
/// of a meter with a security chip (ESAM), and none of its secrets: where the chip uses SM1 with
/// keys that never leave it, this uses HMAC-SHA-256 cut short, with a key that anybody can read
/// in the options. It opens no real meter and protects nothing.
class soft_key {
public:
    static constexpr std::size_t size = 32;

    /// The key of one meter, derived from the master key by its address.
    soft_key(const std::array<std::uint8_t, size>& master, const codec::dlt645::address& meter);

    /// The first `Size` bytes of the keyed hash of a purpose and what it is about.
    template <std::size_t Size>
    [[nodiscard]] std::array<std::uint8_t, Size> code(std::string_view purpose, byte_span first,
                                                      byte_span second = {}) const
    {
        static_assert(Size <= size);
        const auto whole = hash(purpose, first, second);
        std::array<std::uint8_t, Size> out{};
        for (std::size_t i = 0; i < Size; ++i) out[i] = whole[i];
        return out;
    }

private:
    [[nodiscard]] std::array<std::uint8_t, size> hash(std::string_view purpose, byte_span first,
                                                      byte_span second) const;

    std::array<std::uint8_t, size> key_{};
};

/// The random number that binds what is sealed to one session.
using session_random = std::array<std::uint8_t, 4>;

/// The chip inside a simulated meter: opens sessions, checks codes, deciphers.
class soft_chip {
public:
    static constexpr duration session_time_default = std::chrono::minutes{5};
    /// More wrong codes than this in one day lock function 03 until the next.
    static constexpr int wrong_codes_max = 15;

    soft_chip(const std::array<std::uint8_t, soft_key::size>& master,
              const codec::dlt645::address& meter);

    /// 070000FF: cipher 8, random 8, diversification 8 -> random 4, number 8. `out_of_range`
    /// where the cipher is not that of this meter.
    [[nodiscard]] result<std::array<std::uint8_t, 12>> open_session(byte_span request,
                                                                    instant now);
    [[nodiscard]] bool has_session(instant now) const;
    void set_session_time(duration lasts) { session_time_ = lasts; }
    void end_session() { session_.reset(); }
    [[nodiscard]] bool is_locked(instant now) const { return now < locked_until_; }

    /// Whether `mac` is the code of `what` in this session; a wrong one counts.
    [[nodiscard]] bool verify(std::string_view purpose, byte_span what, byte_span mac,
                              instant now);
    /// Plain text of a sealed control order; `out_of_range` where its code is wrong.
    [[nodiscard]] result<wattpurse::meter::control_plain> unseal_control(byte_span sealed,
                                                                         instant now);
    /// The value of a parameter written with PA 98 (enciphered) or 99 (plain), without its code;
    /// `out_of_range` where the code is wrong.
    [[nodiscard]] result<std::vector<std::uint8_t>> unseal_parameter(std::uint8_t level,
                                                                     codec::dlt645::data_id id,
                                                                     byte_span sealed,
                                                                     instant now);
    /// Code of 4 bytes for what the meter tells (status query, read-back).
    [[nodiscard]] std::array<std::uint8_t, 4> seal(byte_span what) const;

private:
    struct session {
        session_random random{};
        instant until;
    };

    void count_wrong(instant now);

    soft_key key_;
    std::array<std::uint8_t, 8> number_{};  // of the chip: its address in front of zeros
    std::optional<session> session_;
    duration session_time_ = session_time_default;
    std::uint32_t sessions_ = 0;
    int wrong_ = 0;
    instant wrong_since_{};
    instant locked_until_{};
};

/// The head-end's side: a security module that can talk to simulated meters of one master key.
class soft_security final : public wattpurse::meter::security_module {
public:
    explicit soft_security(const std::array<std::uint8_t, soft_key::size>& master)
        : master_(master)
    {
    }

    [[nodiscard]] bool has_session(const codec::dlt645::address& meter) const noexcept override;
    [[nodiscard]] result<wattpurse::meter::session_request> open_session(
        const codec::dlt645::address& meter) noexcept override;
    [[nodiscard]] result<void> accept_session(
        const codec::dlt645::address& meter,
        const wattpurse::meter::session_answer& answer) noexcept override;
    void drop_session(const codec::dlt645::address& meter) noexcept override;
    [[nodiscard]] result<wattpurse::meter::sealed_control> seal_control(
        const codec::dlt645::address& meter,
        const wattpurse::meter::control_plain& order) noexcept override;
    [[nodiscard]] result<wattpurse::meter::top_up_seal> seal_top_up(
        const codec::dlt645::address& meter,
        const wattpurse::meter::top_up_plain& order) noexcept override;

    /// Code of 4 bytes over `what`, as other requests of function 03 and writes with PA 99 end
    /// in. `not_available` without a session.
    [[nodiscard]] result<std::array<std::uint8_t, 4>> seal(const codec::dlt645::address& meter,
                                                           std::string_view purpose,
                                                           byte_span what) const;
    /// A value to be written with PA 98 or 99, with its code behind it.
    [[nodiscard]] result<std::vector<std::uint8_t>> seal_parameter(
        const codec::dlt645::address& meter, std::uint8_t level, codec::dlt645::data_id id,
        byte_span value) const;

private:
    using key_of_map = std::array<std::uint8_t, 6>;

    [[nodiscard]] result<session_random> random_of(const codec::dlt645::address& meter) const;

    std::array<std::uint8_t, soft_key::size> master_;
    std::map<key_of_map, session_random> sessions_;
    std::uint32_t opened_ = 0;
};

/// What a code is made for; a code made for one purpose is wrong for another.
namespace seal_purpose {
inline constexpr std::string_view identity = "identity";
inline constexpr std::string_view control = "control";
inline constexpr std::string_view money = "money";
inline constexpr std::string_view count = "count";
inline constexpr std::string_view customer = "customer";
inline constexpr std::string_view validity = "validity";
inline constexpr std::string_view parameter = "parameter";
inline constexpr std::string_view key = "key";
}  // namespace seal_purpose

}  // namespace wattpurse::sim
