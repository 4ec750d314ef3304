// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/modbus_line.hpp>

#include <algorithm>
#include <utility>

#include <wattpurse/link/modbus_serial_server.hpp>
#include <wattpurse/link/modbus_server.hpp>
#include <wattpurse/sim/draw.hpp>

namespace wattpurse::sim {

namespace modbus = codec::modbus;
using modbus::exception_code;

namespace {

constexpr std::uint64_t line_number = 0x6D6F64627573;  // of all meters on it
/// Bytes after such a pause begin a request, whatever became of the one before.
constexpr duration pause_min{100};

/// What befalls a request as a whole.
enum class misfortune : std::uint8_t { none, busy, swapped };

/// A device as the line lets it be seen: busy at times, or with its words swapped.
class troubled_device {
public:
    explicit troubled_device(modbus_device* device, misfortune how) : device_{device}, how_{how} {}

    [[nodiscard]] bool supports(std::uint8_t function) const { return device_->supports(function); }
    exception_code covers(modbus::table which, std::uint16_t first, std::uint16_t quantity)
    {
        if (how_ == misfortune::busy) return exception_code::server_device_busy;
        return device_->covers(which, first, quantity);
    }
    exception_code read_bits(modbus::table which, std::uint16_t first, std::uint16_t quantity,
                             std::span<std::uint8_t> packed)
    {
        return device_->read_bits(which, first, quantity, packed);
    }
    exception_code write_bits(std::uint16_t first, std::uint16_t quantity, byte_span packed)
    {
        return device_->write_bits(first, quantity, packed);
    }
    exception_code read_registers(modbus::table which, std::uint16_t first,
                                  std::span<std::uint8_t> registers)
    {
        const auto done = device_->read_registers(which, first, registers);
        for (std::size_t i = 0; how_ == misfortune::swapped && i + 3 < registers.size(); i += 4) {
            std::swap(registers[i], registers[i + 2]);
            std::swap(registers[i + 1], registers[i + 3]);
        }
        return done;
    }
    exception_code write_registers(std::uint16_t first, byte_span registers)
    {
        return device_->write_registers(first, registers);
    }
    exception_code other(const modbus::request& asked, std::span<std::uint8_t> scratch,
                         modbus::response& out)
    {
        if (how_ == misfortune::busy) return exception_code::server_device_busy;
        return device_->other(asked, scratch, out);
    }

private:
    modbus_device* device_;
    misfortune how_;
};

/// The units of a line with what is to befall the next request.
class troubled_units {
public:
    explicit troubled_units(modbus_units& units) : units_{units} {}

    [[nodiscard]] troubled_device* find(std::uint8_t unit)
    {
        modbus_device* const device = units_.find(unit);
        if (device == nullptr) return nullptr;
        found_ = troubled_device{device, next};
        return &found_;
    }
    template <class Visit>
    void for_each(Visit visit)
    {
        units_.for_each([&](modbus_device& device) {
            troubled_device each{&device, misfortune::none};
            visit(each);
        });
    }

    misfortune next = misfortune::none;

private:
    modbus_units& units_;
    troubled_device found_{nullptr, misfortune::none};
};

link::modbus_serial_server_options serial_options(modbus_transport transport)
{
    link::modbus_serial_server_options out;
    const bool is_ascii = transport == modbus_transport::ascii;
    out.framing = is_ascii ? link::modbus_framing::ascii : link::modbus_framing::rtu;
    out.timing = is_ascii ? link::modbus_line_timing::ascii(0)
                          : link::modbus_line_timing::lenient(0);
    return out;
}

/// A meter with a network plug of its own answers whoever asks for unit 0 or 255.
link::modbus_tcp_options tcp_options(const modbus_units& units)
{
    link::modbus_tcp_options out;
    out.own_unit = units.first();
    return out;
}

}  // namespace

/// The server's end, whatever is spoken there.
class modbus_line::session {
public:
    session(modbus_units& units, modbus_transport transport)
        : units_{units},
          tcp_{transport == modbus_transport::tcp
                   ? std::make_unique<tcp_session>(units_, tcp_options(units))
                   : nullptr},
          serial_{tcp_ ? nullptr
                       : std::make_unique<serial_session>(units_, serial_options(transport))}
    {
    }

    void befall(misfortune what) { units_.next = what; }
    void receive(byte_span bytes, instant now)
    {
        if (serial_) return serial_->receive(bytes, now);
        while (!bytes.empty() && !tcp_->broken()) {
            bytes = bytes.subspan(tcp_->receive(bytes));
            take_tcp();
        }
    }
    void advance(instant now)
    {
        if (serial_ && now >= serial_->next_deadline()) serial_->advance(now);
    }
    [[nodiscard]] instant next_deadline() const
    {
        return serial_ ? serial_->next_deadline() : instant::max();
    }
    [[nodiscard]] std::vector<std::uint8_t> take_output()
    {
        if (serial_) {
            const byte_span bytes = serial_->pending_output();
            answers_.assign(bytes.begin(), bytes.end());
            serial_->consume(bytes.size());
        }
        return std::exchange(answers_, {});
    }
    [[nodiscard]] bool broken() const { return tcp_ && tcp_->broken(); }

private:
    using tcp_session = link::modbus_tcp_session<troubled_units>;
    using serial_session = link::modbus_serial_session<troubled_units>;

    void take_tcp()
    {
        while (!tcp_->pending_output().empty()) {
            const byte_span bytes = tcp_->pending_output();
            answers_.insert(answers_.end(), bytes.begin(), bytes.end());
            tcp_->consume(bytes.size());
        }
    }

    troubled_units units_;
    std::unique_ptr<tcp_session> tcp_;
    std::unique_ptr<serial_session> serial_;
    std::vector<std::uint8_t> answers_;
};

modbus_line::modbus_line(std::shared_ptr<modbus_units> units, modbus_transport transport,
                         const modbus_fault_rates& faults, duration answer_delay)
    : units_{std::move(units)},
      rates_{faults},
      answer_delay_{answer_delay},
      faults_{faults.bytes},
      session_{std::make_unique<session>(*units_, transport)}
{
}

modbus_line::~modbus_line() = default;
modbus_line::modbus_line(modbus_line&&) noexcept = default;
modbus_line& modbus_line::operator=(modbus_line&&) noexcept = default;

void modbus_line::receive(byte_span bytes, instant now)
{
    if (bytes.empty()) return;
    if (rates_.bytes.echo) queue(now, {bytes.begin(), bytes.end()});
    if (!is_asked_ || now - heard_at_ >= pause_min) draw_fate(bytes);
    is_asked_ = true;
    heard_at_ = now;
    if (fate_ == line_fault::deaf) {
        is_asked_ = false;
        return;
    }
    units_->advance(now);
    session_->receive(bytes, now);
    collect(now);
}

/// What befalls the request that begins with these bytes, drawn when it comes.
void modbus_line::draw_fate(byte_span request)
{
    fate_ = faults_.draw_for(line_number, request);
    luck_ = faults_.luck();
    const std::uint64_t choice = draw({luck_, 1}) % 1000;
    session_->befall(choice < rates_.busy ? misfortune::busy
                     : choice < std::uint64_t{rates_.busy} + rates_.swapped
                         ? misfortune::swapped
                         : misfortune::none);
}

/// Answers that have been made meet their fate.
void modbus_line::collect(instant now)
{
    std::vector<std::uint8_t> answer = session_->take_output();
    if (answer.empty()) return;
    is_asked_ = false;
    if (fate_ == line_fault::silent) return;
    instant at = now + answer_delay_;
    if (fate_ == line_fault::late) at += rates_.bytes.late_by;
    answer = faults_.spoil(fate_, line_number, answer);
    if (draw({luck_, 2}) % 1000 < rates_.doubled) queue(at + duration{1}, answer);
    queue(at, std::move(answer));
}

void modbus_line::queue(instant at, std::vector<std::uint8_t> bytes)
{
    const auto place = std::upper_bound(output_.begin(), output_.end(), at,
                                        [](instant a, const due& b) { return a < b.at; });
    output_.insert(place, due{at, std::move(bytes)});
    if (output_.size() > waiting_max) output_.pop_front();
}

std::vector<modbus_line::due> modbus_line::take_output(instant now)
{
    session_->advance(now);
    collect(now);
    std::vector<due> out;
    while (!output_.empty() && output_.front().at <= now) {
        out.push_back(std::move(output_.front()));
        output_.pop_front();
    }
    return out;
}

instant modbus_line::next_deadline() const
{
    const instant waiting = output_.empty() ? instant::max() : output_.front().at;
    return std::min(waiting, session_->next_deadline());
}

bool modbus_line::broken() const { return session_->broken(); }

}  // namespace wattpurse::sim
