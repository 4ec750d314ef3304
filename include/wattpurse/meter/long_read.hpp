// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/follow.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/asking.hpp>

namespace wattpurse::meter {

/// Where a long reading stands.
enum class long_read_state : std::uint8_t {
    reading,
    complete,
    refused,   ///< the meter does not tell, see `error_word`
    silent,    ///< no answer
    nonsense,  ///< answers that do not belong together
    too_long,  ///< does not fit
};

/// One identifier, however many frames its value comes in (11 and 12, 1997: 01 and 02). Sans-IO
/// and bounded; `asking` shows how it is driven.
///
/// In 2007 a part that got lost is asked for again by its number. In 1997 parts have none, so
/// the whole reading begins anew.
template <std::size_t Capacity>
class basic_long_read {
public:
    static constexpr std::size_t capacity = Capacity;
    static constexpr std::uint8_t restarts_max = 2;

    basic_long_read(const codec::dlt645::address& meter, codec::dlt645::data_id id,
                    const asking& how = {}) noexcept
        : basic_long_read{codec::dlt645::read_request(meter, id), static_cast<std::uint32_t>(id),
                          codec::dlt645::edition::y2007, how}
    {
    }
    basic_long_read(const codec::dlt645::address& meter, codec::dlt645::data_id_1997 id,
                    const asking& how = {}) noexcept
        : basic_long_read{codec::dlt645::read_request_1997(meter, id),
                          static_cast<std::uint32_t>(id), codec::dlt645::edition::y1997, how}
    {
    }
    /// Begins with this reading request of either edition, such as one for blocks of a load
    /// record. `not_found` where it is none.
    [[nodiscard]] static result<basic_long_read> of(const codec::dlt645::frame& request,
                                                    const asking& how = {}) noexcept;

    [[nodiscard]] std::optional<link::job> next() noexcept;
    void take(const link::event& what) noexcept;

    [[nodiscard]] long_read_state state() const noexcept { return state_; }
    [[nodiscard]] bool finished() const noexcept { return state_ != long_read_state::reading; }
    /// What has come so far, without identifiers and sequence numbers.
    [[nodiscard]] byte_span value() const noexcept { return answer_.value(); }
    /// Who answered; as asked for until somebody does.
    [[nodiscard]] const codec::dlt645::address& meter() const noexcept { return meter_; }
    /// Of a refusal.
    [[nodiscard]] std::optional<std::uint16_t> error_word() const noexcept { return error_word_; }
    [[nodiscard]] std::uint16_t frames() const noexcept { return frames_; }

private:
    basic_long_read(const codec::dlt645::frame& request, std::uint32_t id,
                    codec::dlt645::edition which, const asking& how) noexcept
        : first_{request}, id_{id}, edition_{which}, how_{how}, meter_{request.address}
    {
        answer_.begin(id, which);
    }
    [[nodiscard]] bool at_start() const noexcept { return answer_.sequence() == 0; }
    /// 1997: nothing tells one part from the next.
    [[nodiscard]] bool is_blind() const noexcept
    {
        return edition_ == codec::dlt645::edition::y1997 && !at_start();
    }
    [[nodiscard]] bool restarted() noexcept;
    void take_answer(const codec::dlt645::frame& what) noexcept;

    codec::dlt645::frame first_;
    std::uint32_t id_;
    codec::dlt645::edition edition_;
    asking how_;
    codec::dlt645::address meter_;
    codec::dlt645::long_answer<Capacity> answer_{};
    long_read_state state_ = long_read_state::reading;
    bool waiting_ = false;
    std::uint8_t nonsense_ = 0;
    std::uint8_t restarts_ = 0;
    std::uint16_t frames_ = 0;
    std::optional<std::uint16_t> error_word_{};
};

/// Room for the longest values that meters are known to have: load records of some days.
using long_read = basic_long_read<4096>;

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(long_read_state state) noexcept
{
    switch (state) {
        case long_read_state::reading: return "reading";
        case long_read_state::complete: return "complete";
        case long_read_state::refused: return "refused";
        case long_read_state::silent: return "silent";
        case long_read_state::nonsense: return "nonsense";
        case long_read_state::too_long: return "too_long";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

template <std::size_t N>
result<basic_long_read<N>> basic_long_read<N>::of(const codec::dlt645::frame& request,
                                                  const asking& how) noexcept
{
    namespace dlt645 = codec::dlt645;
    const bool asks = !request.is_from_meter() && !request.is_abnormal();
    if (asks && request.function() == static_cast<std::uint8_t>(dlt645::function::read)) {
        if (const auto id = dlt645::parse_data_id(request)) {
            return basic_long_read{request, static_cast<std::uint32_t>(*id),
                                   dlt645::edition::y2007, how};
        }
    }
    if (asks && request.function() == static_cast<std::uint8_t>(dlt645::function_1997::read)) {
        if (const auto id = dlt645::parse_data_id_1997(request)) {
            return basic_long_read{request, static_cast<std::uint32_t>(*id),
                                   dlt645::edition::y1997, how};
        }
    }
    return fail(errc::not_found);
}

template <std::size_t N>
std::optional<link::job> basic_long_read<N>::next() noexcept
{
    if (waiting_ || finished()) {
        return std::nullopt;
    }
    waiting_ = true;
    if (at_start()) {
        return question(first_, how_);
    }
    const auto request = answer_.next_request(meter_);
    return is_blind() ? change(request, how_) : question(request, how_);
}

/// From the beginning, if that was not done too often.
template <std::size_t N>
bool basic_long_read<N>::restarted() noexcept
{
    if (!is_blind() || restarts_ >= restarts_max) {
        return false;
    }
    ++restarts_;
    answer_.begin(id_, edition_);
    return true;
}

template <std::size_t N>
void basic_long_read<N>::take(const link::event& what) noexcept
{
    if (!waiting_ || !is_outcome(what)) {
        return;
    }
    waiting_ = false;
    if (what.kind == link::event::kind_type::answered) {
        return take_answer(what.frame);
    }
    if (what.kind == link::event::kind_type::refused) {
        error_word_ = what.error_word;
        state_ = long_read_state::refused;
        return;
    }
    if (!restarted()) {
        state_ = long_read_state::silent;
    }
}

template <std::size_t N>
void basic_long_read<N>::take_answer(const codec::dlt645::frame& what) noexcept
{
    const bool first = at_start();
    const auto came = answer_.take(what);
    if (!came && came.error() == errc::too_long) {
        state_ = long_read_state::too_long;
        return;
    }
    if (!came) {
        if (!restarted() && ++nonsense_ >= how_.nonsense_max) {
            state_ = long_read_state::nonsense;
        }
        return;
    }
    ++frames_;
    nonsense_ = 0;
    if (first && meter_.has_wildcard() && what.address.is_bcd()) {
        meter_ = what.address;
    }
    if (*came == codec::dlt645::long_state::complete) {
        state_ = long_read_state::complete;
    }
}

}  // namespace wattpurse::meter
