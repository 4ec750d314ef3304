// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/parse_1997.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>

namespace wattpurse::codec::dlt645 {

/// Where a long answer stands.
enum class long_state : std::uint8_t {
    more,      ///< ask on with `next_request`
    complete,  ///< `value` is all of it
};

/// One value that comes in several frames: 91 or B1, then 92 or B2 with sequence numbers 1, 2 and
/// so on (1997: 81 or A1, then 82 or A2 without numbers). Puts the parts together and lets no
/// part in that was not asked for: a lost, repeated or foreign frame is an error, after which
/// what was collected stays as it was and the same part may be asked for again.
///
/// That last holds for 2007 only. In 1997 nothing tells a part from its repetition, so that a part
/// asked for twice may be skipped or doubled: send each 02 once, and after a silence `begin` anew.
template <std::size_t Capacity>
class long_answer {
public:
    static constexpr std::size_t capacity = Capacity;
    /// No meter has that much to say; a value that never ends is an error.
    static constexpr unsigned parts_max = 1 + 255;

    /// Forgets what there is and waits for the first frame of `id`.
    constexpr void begin(data_id id) noexcept { restart(static_cast<std::uint32_t>(id), {}); }
    constexpr void begin(data_id_1997 id) noexcept
    {
        restart(static_cast<std::uint32_t>(id), edition::y1997);
    }
    /// The same for an identifier of either edition.
    constexpr void begin(std::uint32_t id, edition which) noexcept { restart(id, which); }

    /// The next frame. Errors: `not_found` (not the answer that is due, or of another identifier
    /// or sequence number), `empty` and `out_of_range` (DATA too short), `too_long` (does not
    /// fit), `already_exists` (was complete before).
    [[nodiscard]] constexpr result<long_state> take(const frame& answer) noexcept;

    /// What to send next: the read itself, or the part that is due. When complete, the read.
    [[nodiscard]] constexpr frame next_request(const address& meter) const noexcept;

    [[nodiscard]] constexpr bool is_complete() const noexcept { return complete_; }
    /// Sequence number of the part that is due; 0 for the first frame.
    [[nodiscard]] constexpr std::uint8_t sequence() const noexcept
    {
        return static_cast<std::uint8_t>(parts_);
    }
    /// What has come so far, without identifiers and numbers.
    [[nodiscard]] constexpr byte_span value() const noexcept { return {value_.data(), size_}; }

private:
    constexpr void restart(std::uint32_t id, edition which) noexcept
    {
        id_ = id;
        edition_ = which;
        size_ = 0;
        parts_ = 0;
        complete_ = false;
    }
    [[nodiscard]] constexpr result<byte_span> part_of(const frame& answer) const noexcept;
    [[nodiscard]] constexpr result<byte_span> part_of_1997(const frame& answer) const noexcept;

    std::uint32_t id_ = 0;
    edition edition_{};
    bool complete_ = false;
    unsigned parts_ = 0;  // frames taken
    std::size_t size_ = 0;
    std::array<std::uint8_t, Capacity> value_{};
};

// ---------------------------------------------------------------------------------------------

template <std::size_t N>
constexpr result<byte_span> long_answer<N>::part_of(const frame& answer) const noexcept
{
    if (parts_ == 0) {
        const auto read = parse_read_answer(answer);
        if (!read) {
            return fail(read.error());
        }
        const read_value& found = *read;
        return found.id == data_id{id_} ? result<byte_span>{found.value} : fail(errc::not_found);
    }
    const auto follow = parse_follow_answer(answer);
    if (!follow) {
        return fail(follow.error());
    }
    const follow_value& found = *follow;
    const bool due = found.id == data_id{id_} && found.sequence == sequence();
    return due ? result<byte_span>{found.value} : fail(errc::not_found);
}

template <std::size_t N>
constexpr result<byte_span> long_answer<N>::part_of_1997(const frame& answer) const noexcept
{
    const auto read =
        parts_ == 0 ? parse_read_answer_1997(answer) : parse_follow_answer_1997(answer);
    if (!read) {
        return fail(read.error());
    }
    const read_value_1997& found = *read;
    const bool due = static_cast<std::uint32_t>(found.id) == id_;
    return due ? result<byte_span>{found.value} : fail(errc::not_found);
}

template <std::size_t N>
constexpr result<long_state> long_answer<N>::take(const frame& answer) noexcept
{
    if (complete_) {
        return fail(errc::already_exists);
    }
    const auto due = edition_ == edition::y1997 ? part_of_1997(answer) : part_of(answer);
    if (!due) {
        return fail(due.error());
    }
    const byte_span part = *due;
    if (part.size() > N - size_ || (answer.has_follow() && parts_ + 1 >= parts_max)) {
        return fail(errc::too_long);
    }
    for (const std::uint8_t byte : part) {
        value_[size_++] = byte;
    }
    ++parts_;
    complete_ = !answer.has_follow();
    return complete_ ? long_state::complete : long_state::more;
}

template <std::size_t N>
constexpr frame long_answer<N>::next_request(const address& meter) const noexcept
{
    const bool first = parts_ == 0 || complete_;
    if (edition_ == edition::y1997) {
        const auto id = static_cast<data_id_1997>(id_);
        return first ? read_request_1997(meter, id) : follow_request_1997(meter, id);
    }
    return first ? read_request(meter, data_id{id_})
                 : follow_request(meter, data_id{id_}, sequence());
}

}  // namespace wattpurse::codec::dlt645
