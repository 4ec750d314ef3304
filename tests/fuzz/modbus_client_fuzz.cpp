// SPDX-License-Identifier: Apache-2.0
// The clients of Modbus, and a line shared with DL/T 645, driven by anything: jobs, answers good
// and bad, bytes, time, breaks. Each job ends once; nothing is held that does not fit; time goes
// on, and in the end all is done.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/link/bus.hpp>
#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/modbus_tcp_client.hpp>
#include <wattpurse/link/shared_line.hpp>

#include "require.hpp"

namespace {

using namespace wattpurse;
using kind = link::modbus_event::kind_type;

/// The input as a row of small decisions; zeros when it is used up.
class decisions {
public:
    explicit decisions(byte_span from) : rest_{from} {}

    std::uint8_t byte()
    {
        if (rest_.empty()) {
            return 0;
        }
        const std::uint8_t out = rest_.front();
        rest_ = rest_.subspan(1);
        return out;
    }
    byte_span piece(std::size_t most)
    {
        const byte_span out = rest_.first(std::min(most, rest_.size()));
        rest_ = rest_.subspan(out.size());
        return out;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    byte_span rest_;
};

/// Which jobs were given, and which have ended.
struct book {
    struct line {
        std::uint8_t unit = 0;
        std::uint8_t attempts_max = 0;
        bool is_done = false;
        bool is_cancelled = false;
    };
    std::vector<line> lines;

    void enter(const link::modbus_event& event)
    {
        FUZZ_REQUIRE(event.job_id < lines.size());
        line& what = lines[static_cast<std::size_t>(event.job_id)];
        FUZZ_REQUIRE(!what.is_done && !what.is_cancelled);
        what.is_done = true;
        FUZZ_REQUIRE(event.unit == what.unit);
        FUZZ_REQUIRE(event.at >= event.sent_at);
        const bool has_answer = event.kind == kind::answered || event.kind == kind::refused;
        FUZZ_REQUIRE(has_answer == (event.answer.size > 0));
        FUZZ_REQUIRE((event.kind == kind::refused) ==
                     (event.exception != codec::modbus::exception_code::none));
        FUZZ_REQUIRE((event.kind == kind::backed_off) == (event.attempts == 0));
        FUZZ_REQUIRE(has_answer || !event.is_proven);
    }
    [[nodiscard]] bool is_complete() const
    {
        return std::all_of(lines.begin(), lines.end(), [](const line& each) {
            return each.is_done || each.is_cancelled;
        });
    }
};

/// A good answer to the last request that went out, most of the time.
std::vector<std::uint8_t> answer_pdu(byte_span request, decisions& from)
{
    std::vector<std::uint8_t> out{request[0]};
    const std::uint8_t how = from.byte();
    if (how % 4 == 0) {
        out[0] |= 0x80U;
        out.push_back(from.byte() % 13);
    } else if (request[0] <= 0x04 && request.size() >= 5) {
        const std::size_t size = request[0] <= 0x02 ? (request[4] + 7U) / 8 : 2U * request[4];
        out.push_back(static_cast<std::uint8_t>(size));
        out.resize(out.size() + (size & 0xFFU), how);
    } else {
        out.assign(request.begin(), request.begin() +
                   static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, request.size())));
    }
    out.resize(std::min<std::size_t>(out.size(), codec::modbus::pdu_size_max));
    return out;
}

link::modbus_job draw_job(decisions& from, std::uint64_t id)
{
    link::modbus_job out;
    out.id = id;
    const std::uint8_t how = from.byte();
    out.prio = static_cast<link::priority>(how % 4);
    out.attempts_max = how / 4 % 4;
    out.unit = from.byte() % 4;
    out.timeout = duration{from.byte() * 8};
    constexpr std::array<std::uint8_t, 8> functions{3, 3, 4, 1, 6, 0x10, 0xAA, 0x65};
    out.request.bytes = {functions[how / 16 % 8], 0, from.byte(), 0, 1};
    out.request.size = 5;
    if (out.request.bytes[0] == 0x10) {
        out.request.bytes[5] = 2;
        out.request.size = 8;
    }
    return out;
}

struct tcp_wire {
    static constexpr std::size_t output_max = 16 * codec::modbus::mbap_size_max;

    static std::vector<std::uint8_t> answer(byte_span sent, decisions& from)
    {
        const auto request = codec::modbus::decode_mbap(sent);
        std::vector<std::uint8_t> out(codec::modbus::mbap_size_max);
        if (!request) {
            return {};
        }
        const auto pdu = answer_pdu(request->pdu, from);
        out.resize(codec::modbus::encode_mbap({request->transaction, request->unit, pdu}, out)
                       .value());
        return out;
    }
    /// The last ADU of what is sent.
    static byte_span last(byte_span sent)
    {
        while (sent.size() > 6 && sent.size() > 6U + codec::modbus::word_at(sent, 4)) {
            sent = sent.subspan(6U + codec::modbus::word_at(sent, 4));
        }
        return sent;
    }
};

struct line_wire {
    static constexpr std::size_t output_max = codec::modbus::ascii_size_max;

    static std::vector<std::uint8_t> answer(byte_span sent, decisions& from)
    {
        std::array<std::uint8_t, codec::modbus::ascii_binary_max> binary{};
        std::vector<std::uint8_t> out(codec::modbus::ascii_size_max);
        if (const auto request = codec::modbus::decode_rtu(sent)) {
            const auto pdu = answer_pdu(request->pdu, from);
            out.resize(codec::modbus::encode_rtu({0, request->unit, pdu}, out).value());
            return out;
        }
        if (const auto request = codec::modbus::decode_ascii(sent, binary)) {
            const auto pdu = answer_pdu(request->pdu, from);
            out.resize(codec::modbus::encode_ascii({0, request->unit, pdu}, out).value());
            return out;
        }
        return {};
    }
    static byte_span last(byte_span sent) { return sent; }
};

/// The client, or the line it shares; what is driven and what jobs are given to.
template <class Driven, class Client, class Wire>
class play {
public:
    play(Driven& driven, Client& client, decisions& from)
        : driven_{driven}, client_{client}, from_{from}
    {
    }

    void run()
    {
        while (!from_.empty()) {
            step(from_.byte());
            check();
        }
        finish();
        FUZZ_REQUIRE(jobs_.is_complete());
    }

private:
    void step(std::uint8_t what)
    {
        switch (what % 12) {
            case 0:
            case 1: submit(); break;
            case 2: {
                const auto taken_back = jobs_.lines.empty() ? 0 : from_.byte() % jobs_.lines.size();
                if (client_.cancel(taken_back)) {
                    FUZZ_REQUIRE(!jobs_.lines[taken_back].is_cancelled);
                    jobs_.lines[taken_back].is_cancelled = true;
                }
                break;
            }
            case 3: driven_.receive(from_.piece(from_.byte()), now_); break;
            case 4:
            case 5: driven_.receive(Wire::answer(sent_, from_), now_); break;
            case 6: {  // a piece of an answer
                const auto whole = Wire::answer(sent_, from_);
                const std::size_t size = std::min<std::size_t>(from_.byte(), whole.size());
                driven_.receive(byte_span{whole}.first(size), now_);
                break;
            }
            case 7: now_ += duration{from_.byte()}; break;
            case 8: {
                const instant far = now_ + duration{60'000};
                now_ = std::max(now_, std::min(driven_.next_deadline(), far));
                break;
            }
            case 9: driven_.consume(from_.byte()); break;
            case 10: driven_.advance(now_); send(); break;
            default:
                driven_.reconnected();
                sent_.clear();
                break;
        }
        fetch();
    }

    void submit()
    {
        const auto job = draw_job(from_, jobs_.lines.size());
        if (client_.submit(job)) {
            jobs_.lines.push_back({job.unit, job.attempts_max});
        }
    }

    void send()
    {
        const byte_span all = driven_.pending_output();
        FUZZ_REQUIRE(all.size() <= Wire::output_max);
        if (!all.empty()) {
            const byte_span last = Wire::last(all);
            sent_.assign(last.begin(), last.end());
            driven_.consume(all.size());
        }
    }

    void fetch()
    {
        for (link::modbus_event event; client_.next_event(event);) {
            jobs_.enter(event);
        }
    }

    void check()
    {
        FUZZ_REQUIRE(driven_.pending_output().size() <= Wire::output_max);
        FUZZ_REQUIRE(client_.queued() <= Client::capacity);
        FUZZ_REQUIRE(!client_.idle() || client_.queued() == 0);
    }

    /// With nobody at the other end everything must come to its end, and not slowly.
    void finish()
    {
        for (int i = 0; !client_.idle(); ++i) {
            FUZZ_REQUIRE(i < 2000);
            if constexpr (requires { driven_.broken(); }) {
                if (driven_.broken()) {
                    driven_.reconnected();
                    continue;  // that may have ended the last
                }
            }
            const instant next = driven_.next_deadline();
            FUZZ_REQUIRE(next != instant::max());
            now_ = std::max(now_, next);
            driven_.advance(now_);
            send();
            fetch();
        }
        fetch();
    }

    Driven& driven_;
    Client& client_;
    decisions& from_;
    instant now_{duration{1'700'000'000'000}};
    std::vector<std::uint8_t> sent_;
    book jobs_;
};

link::backoff_options draw_backoff(std::uint8_t how)
{
    return how % 2 == 0 ? link::backoff_options::never()
                        : link::backoff_options{duration{500}, duration{4000}};
}

void run_tcp(decisions& from)
{
    const std::uint8_t how = from.byte();
    link::modbus_tcp_client_options options;
    options.window = how % 17;
    options.one_per_unit = (how & 0x20U) != 0;
    options.zero_is_broadcast = (how & 0x40U) != 0;
    options.datagrams = (how & 0x80U) != 0;
    options.silences_until_broken = from.byte() % 4;
    options.backoff = draw_backoff(how >> 4U);
    link::basic_modbus_tcp_client<24> client{options};
    play<decltype(client), decltype(client), tcp_wire>{client, client, from}.run();
}

link::modbus_serial_client_options draw_line(decisions& from)
{
    const std::uint8_t how = from.byte();
    link::modbus_serial_client_options options;
    options.framing = how % 4 == 0 ? link::modbus_framing::ascii : link::modbus_framing::rtu;
    options.has_echo = (how & 0x04U) != 0;
    options.timing = (how & 0x08U) != 0   ? link::modbus_line_timing::strict(9600)
                     : (how & 0x10U) != 0 ? link::modbus_line_timing::over_tcp()
                                          : link::modbus_line_timing::lenient(2400);
    options.backoff = draw_backoff(how >> 5U);
    return options;
}

void run_line(decisions& from)
{
    link::basic_modbus_serial_client<24> client{draw_line(from)};
    play<decltype(client), decltype(client), line_wire>{client, client, from}.run();
}

/// DL/T 645 beside it, which asks now and then and is not answered but by chance.
void run_shared(decisions& from)
{
    using small_bus = link::basic_bus<8>;
    using client_type = link::basic_modbus_serial_client<24>;
    small_bus bus{link::bus_timing::standard(2400)};
    client_type client{draw_line(from)};
    link::shared_line<small_bus, client_type> line{bus, client};
    const std::size_t count = from.byte() % 8;
    for (std::size_t i = 0; i < count; ++i) {
        link::job what;
        what.id = i;
        what.prio = static_cast<link::priority>(from.byte() % 4);
        what.request = codec::dlt645::read_request(codec::dlt645::address::wildcard(),
                                                   codec::dlt645::data_id{0x00010000});
        what.attempts_max = 1;
        FUZZ_REQUIRE(bus.submit(what));
    }
    play<decltype(line), client_type, line_wire>{line, client, from}.run();
    FUZZ_REQUIRE(line.pending_output().size() <= line_wire::output_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    decisions from{{data, size}};
    switch (from.byte() % 4) {
        case 0: run_tcp(from); break;
        case 1:
        case 2: run_line(from); break;
        default: run_shared(from); break;
    }
    return 0;
}
