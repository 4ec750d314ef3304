// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/engine/site.hpp>
#include <wattpurse/model/arrival.hpp>
#include <wattpurse/model/desk_message.hpp>
#include <wattpurse/sim/household.hpp>
#include <wattpurse/sim/meter.hpp>

namespace wattpurse::sim {

/// What a world is made of. One seed drives everything in it.
struct world_options {
    std::uint64_t seed = 1;
    unsigned flats = 24;          ///< 4 to 999
    unsigned days = 31;           ///< 2 to 366
    unsigned flats_per_bus = 8;
    instant start;                ///< local midnight
    fixed_zone zone = china_zone;
    /// Chance of each fault of the line, in 1/10000 of the exchanges.
    unsigned lost = 220;
    unsigned late = 220;
    unsigned doubled = 220;
    unsigned garbled = 220;
    unsigned orders_doubled = 2000;  ///< payments told twice, in 1/10000
    duration meters_clock_error{0};  ///< of all clocks, beside half a minute of each one's own
    bool events = true;  ///< exchange of a meter, a reading that goes back, a silent line
};

/// How often the line was at fault. An exchange counts once, with the fate of its first attempt,
/// so that the counts do not depend on how often somebody asked again.
struct fault_counts {
    std::uint64_t exchanges = 0;
    std::uint64_t lost = 0;
    std::uint64_t late = 0;
    std::uint64_t doubled = 0;
    std::uint64_t garbled = 0;
};

/// What really happened, for comparison with the books.
struct truth {
    struct registers_at {
        account_id account;
        meter_id meter;
        instant at;
        register_set registers;
    };
    struct relay_at {
        account_id account;
        meter_id meter;
        instant at;
        relay_state relay;
    };
    std::vector<registers_at> registers;  ///< start and end of each meter's service
    std::vector<relay_at> relays;         ///< every move, by account and time
};

/// Flats with their meters and people, on lines that lose, delay, double and garble. It owns the
/// clock: time moves only in `advance`, to the next thing that is due or to the moment its client
/// asks to be woken at, whichever comes first.
class world {
public:
    explicit world(const world_options& options);
    ~world();

    [[nodiscard]] instant now() const noexcept { return now_; }
    [[nodiscard]] instant end() const noexcept { return end_; }
    /// What a data centre has to know of it.
    [[nodiscard]] const engine::site& site() const noexcept { return site_; }
    /// The account that is never to be cut.
    [[nodiscard]] account_id protected_account() const;

    /// Bytes that a client sends on a line, now.
    void line_in(std::size_t bus, byte_span bytes);
    /// What a client says to the desk, now.
    void desk_in(const desk_message& said);
    /// The client is a new process: half a frame is void, answers on their way to the one before
    /// are gone, orders that were not accepted are told again, and what is asked anew within the
    /// minute meets the fates it met before.
    void reconnected();

    struct line_bytes {
        std::size_t bus = 0;
        std::vector<std::uint8_t> bytes;
    };
    struct delivery {
        instant at;
        std::vector<line_bytes> lines;
        std::vector<arrival> orders;
    };
    /// Moves the clock to the next delivery, or to `deadline` if that is earlier.
    [[nodiscard]] delivery advance(instant deadline);

    [[nodiscard]] const fault_counts& faults() const noexcept { return faults_; }
    /// Precondition: `now() >= end()`, or it speaks of the world so far.
    [[nodiscard]] truth what_happened();

private:
    struct flat;
    struct due {
        enum class what : std::uint8_t { line, order, exchange, end };
        what kind = what::line;
        line_bytes bytes;
        arrival order;
        std::size_t flat = 0;
    };
    enum class fate : std::uint8_t { good, request_lost, answer_lost, late, doubled, garbled };

    void build_flats();
    void build_events();
    void request(std::size_t bus, const codec::dlt645::frame& asked);
    void answer(std::size_t bus, const codec::dlt645::frame& said, fate happens,
                std::uint64_t luck);
    [[nodiscard]] fate draw_fate(const meter_id& to, std::uint64_t operation,
                                 std::uint64_t& luck);
    void send(std::size_t bus, std::vector<std::uint8_t> bytes, instant at);
    void react(const notice& told);
    void exchange_meter(std::size_t flat);
    [[nodiscard]] bool is_silent(std::size_t bus) const;
    void happen(const due& event, delivery& into);
    void place_order(arrival order, instant at);

    world_options options_;
    engine::site site_;
    instant now_;
    instant end_;
    std::vector<std::unique_ptr<flat>> flats_;
    std::vector<codec::dlt645::framer> framers_;  ///< by bus
    std::multimap<instant, due> agenda_;
    std::vector<arrival> open_orders_;   ///< told, not yet accepted
    std::set<std::string> told_;         ///< keys of notices people have reacted to
    std::map<std::string, std::uint32_t> attempts_;  ///< of the present minute and client
    std::set<std::string> counted_;                  ///< exchanges of the present minute
    instant attempts_of_;
    fault_counts faults_;
    truth ends_;
    instant silent_from_;
    instant silent_until_;
    instant back_from_;
    std::size_t back_flat_ = 0;
};

}  // namespace wattpurse::sim
