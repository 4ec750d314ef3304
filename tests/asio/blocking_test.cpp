// SPDX-License-Identifier: Apache-2.0
// The blocking line against scripted meters behind real sockets and pseudo-terminals.
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include <wattpurse/adapter/asio/blocking.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>

#include "pseudo_terminal.hpp"
#include "tcp_peer.hpp"

using namespace wattpurse;
using namespace std::chrono_literals;
using adapter::asio::blocking_line;
using test_peers::pseudo_terminal;
using test_peers::server_thread;
using test_peers::tcp_peer;
namespace dlt645 = codec::dlt645;
using kind = link::event::kind_type;
using bytes = std::vector<std::uint8_t>;

namespace {

const auto meter = dlt645::address::parse("202600000001").value();
constexpr auto total = dlt645::data_id::forward_active_total;
/// Fast, so that air time does not count; the frames are the same at any rate.
const std::string fast = "?baud=115200";

std::string text_of(const dlt645::frame& what)
{
    std::string out(dlt645::encoded_size(what), '\0');
    auto* first = reinterpret_cast<std::uint8_t*>(out.data());
    REQUIRE(dlt645::encode(what, {first, out.size()}));
    return out;
}

bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string answer_text()
{
    const bytes value{0x78, 0x56, 0x34, 0x12};
    return text_of(dlt645::read_answer(meter, total, value).value());
}

link::job read_job(duration timeout = 2000ms, std::uint8_t attempts = 1)
{
    link::job out;
    out.id = 7;
    out.request = dlt645::read_request(meter, total);
    out.timeout = timeout;
    out.attempts_max = attempts;
    return out;
}

void check_answer(const result<link::event, std::string>& done)
{
    REQUIRE_MESSAGE(done, (done ? "" : done.error()));
    CHECK(done->kind == kind::answered);
    CHECK(done->job_id == 7);
    const auto value = dlt645::parse_read_answer(done->frame);
    REQUIRE(value);
    CHECK(value->id == total);
    CHECK(bytes(value->value.begin(), value->value.end()) == bytes{0x78, 0x56, 0x34, 0x12});
}

/// Answers what it hears as `script` says; its line is open.
struct scripted_tcp {
    explicit scripted_tcp(tcp_peer::answer script, const std::string& options = "")
        : peer{servers.context, std::move(script)}
    {
        servers.run();
        auto made = blocking_line::open("tcp://127.0.0.1:" + std::to_string(peer.port()) + fast +
                                        options);
        REQUIRE_MESSAGE(made, (made ? "" : made.error()));
        line.emplace(std::move(*made));
    }
    ~scripted_tcp()
    {
        line.reset();
        servers.stop();
    }
    /// In the thread of the servers.
    template <class Act>
    void post(Act act)
    {
        asio::post(servers.context, act);
    }

    server_thread servers;
    tcp_peer peer;
    std::optional<blocking_line> line;
};

/// The same over a pseudo-terminal, in a thread of its own.
struct scripted_pty {
    explicit scripted_pty(tcp_peer::answer script, const std::string& options = "")
    {
        auto made = blocking_line::open("serial://" + device.name() + fast + options);
        REQUIRE_MESSAGE(made, (made ? "" : made.error()));
        line.emplace(std::move(*made));
        speaker = std::thread{[this, script = std::move(script)] {
            while (!over) {
                const bytes heard = device.hear(20ms);
                if (!heard.empty()) device.say(bytes_of(script({heard.begin(), heard.end()})));
            }
        }};
    }
    ~scripted_pty()
    {
        line.reset();
        over = true;
        speaker.join();
    }

    pseudo_terminal device;
    std::optional<blocking_line> line;
    std::atomic<bool> over{false};
    std::thread speaker;
};

}  // namespace

TEST_CASE_TEMPLATE("a job comes back with the meter's answer", peer, scripted_tcp, scripted_pty)
{
    peer far{[](const std::string&) { return answer_text(); }};
    for (int i = 0; i < 3; ++i) check_answer(far.line->exchange(read_job()));
    CHECK(far.line->counters().requests == 3);
    CHECK(far.line->counters().answered == 3);
}

TEST_CASE_TEMPLATE("garbage before the answer does no harm", peer, scripted_tcp, scripted_pty)
{
    peer far{[](const std::string&) {
        return std::string{"\x68\x00\xFF\x16\x68\x68garbage\x68\x01", 16} + answer_text() +
               "more";
    }};
    check_answer(far.line->exchange(read_job(3000ms)));
}

TEST_CASE_TEMPLATE("an echoing line answers like any other", peer, scripted_tcp, scripted_pty)
{
    for (const auto* options : {"&echo=skip", "&echo=keep"}) {
        CAPTURE(options);
        peer far{[](const std::string& heard) { return heard + answer_text(); }, options};
        check_answer(far.line->exchange(read_job()));
        check_answer(far.line->exchange(read_job()));
        const bool skipped = std::string{options} == "&echo=skip";
        CHECK(far.line->counters().echoes == (skipped ? 0 : 2));
    }
}

TEST_CASE("a line that does not echo is not harmed by skipping")
{
    scripted_pty far{[](const std::string&) { return answer_text(); }, "&echo=skip"};
    check_answer(far.line->exchange(read_job()));
    check_answer(far.line->exchange(read_job()));
}

TEST_CASE_TEMPLATE("silence ends in a time-out after all attempts", peer, scripted_tcp,
                   scripted_pty)
{
    std::atomic<int> heard{0};
    peer far{[&](const std::string&) {
        ++heard;
        return std::string{};
    }};
    const auto begun = std::chrono::steady_clock::now();
    const auto done = far.line->exchange(read_job(80ms, 3));
    const auto took = std::chrono::steady_clock::now() - begun;
    REQUIRE(done);
    CHECK(done->kind == kind::timed_out);
    CHECK(done->attempts == 3);
    CHECK(heard == 3);
    CHECK(took >= 237ms);  // deadlines are whole milliseconds: each may come one early
    CHECK(took < 5s);
}

TEST_CASE("a frame cut short is asked for again")
{
    std::atomic<int> heard{0};
    scripted_tcp far{[&](const std::string&) {
        const std::string whole = answer_text();
        return ++heard == 1 ? whole.substr(0, whole.size() - 3) : whole;
    }};
    const auto done = far.line->exchange(read_job(60ms, 3));
    check_answer(done);
    CHECK(done->attempts == 2);
}

TEST_CASE("a frame in pieces is put together")
{
    scripted_tcp far{[](const std::string&) { return answer_text().substr(0, 9); }};
    asio::steady_timer later{far.servers.context, 150ms};
    later.async_wait([&](const asio::error_code& error) {
        if (!error) far.peer.say(answer_text().substr(9));
    });
    check_answer(far.line->exchange(read_job()));
}

TEST_CASE("a refusal is an event with its error word")
{
    scripted_tcp far{[](const std::string&) {
        return text_of(dlt645::refusal(meter, dlt645::read_request(meter, total),
                                       dlt645::error_bit::no_requested_data));
    }};
    const auto done = far.line->exchange(read_job());
    REQUIRE(done);
    CHECK(done->kind == kind::refused);
    CHECK(done->error_word == 2);
}

TEST_CASE("a broadcast is done when it has left")
{
    std::mutex mutex;
    std::string heard;
    scripted_tcp far{[&](const std::string& more) {
        const std::lock_guard lock{mutex};
        heard += more;
        return std::string{};
    }};
    link::job job;
    job.id = 9;
    job.request = dlt645::broadcast_time_request({2026, 1, 5, 12, 0, 0}).value();
    job.answer_expected = false;
    job.timeout = 10s;
    const auto begun = std::chrono::steady_clock::now();
    const auto done = far.line->exchange(job);
    REQUIRE(done);
    CHECK(done->kind == kind::sent);
    CHECK(done->job_id == 9);
    CHECK(std::chrono::steady_clock::now() - begun < 1s);
    const std::string wanted = text_of(job.request);
    for (int i = 0; i < 200; ++i) {
        {
            const std::lock_guard lock{mutex};
            if (heard == wanted) break;
        }
        std::this_thread::sleep_for(10ms);
    }
    const std::lock_guard lock{mutex};
    CHECK(heard == wanted);
}

TEST_CASE("what meters say unasked waits, or is told at once")
{
    const auto other = dlt645::address::parse("202600000002").value();
    const bytes value{1, 2, 3, 4};
    const auto push = dlt645::read_answer(other, static_cast<dlt645::data_id>(0x028011FF), value)
                          .value();
    scripted_tcp far{[&](const std::string&) { return text_of(push) + answer_text(); }};
    check_answer(far.line->exchange(read_job()));
    const auto waiting = far.line->next_unsolicited();
    REQUIRE(waiting);
    CHECK(waiting->frame == push);
    CHECK(!far.line->next_unsolicited());

    int told = 0;
    far.line->on_unsolicited([&](const link::event& what) {
        CHECK(what.frame == push);
        ++told;
    });
    check_answer(far.line->exchange(read_job()));
    CHECK(told == 1);
    far.post([&] { far.peer.say(text_of(push) + text_of(push)); });
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(far.line->listen(300ms));
    CHECK(std::chrono::steady_clock::now() - begun >= 299ms);  // whole milliseconds
    CHECK(told == 3);
    CHECK(!far.line->next_unsolicited());
}

TEST_CASE("unsolicited frames that nobody fetches do not pile up")
{
    const auto push = text_of(dlt645::read_answer(meter, static_cast<dlt645::data_id>(0x80808080),
                                                  {}).value());
    std::string many;
    for (std::size_t i = 0; i < 3 * blocking_line::unsolicited_max; ++i) many += push;
    scripted_tcp far{[&](const std::string&) { return many + answer_text(); }};
    check_answer(far.line->exchange(read_job()));  // and none of them hides the answer
    std::size_t count = 0;
    while (far.line->next_unsolicited()) ++count;
    CHECK(count == blocking_line::unsolicited_max);
}

TEST_CASE("a connection lost in the middle of a frame is an error that names the line")
{
    server_thread servers;
    std::optional<tcp_peer> peer;
    bool good = false;
    peer.emplace(servers.context, [&](const std::string&) {
        if (good) return answer_text();
        peer->say(answer_text().substr(0, 10));
        peer->drop();
        good = true;
        return std::string{};
    });
    servers.run();
    const std::string uri = "tcp://127.0.0.1:" + std::to_string(peer->port());
    auto line = blocking_line::open(uri + fast);
    REQUIRE(line);
    const std::string expected = uri + ": the other side has closed the connection";
    const auto begun = std::chrono::steady_clock::now();
    const auto done = line->exchange(read_job(10s));
    REQUIRE(!done);
    CHECK(done.error() == expected);
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
    const auto again = line->exchange(read_job());
    REQUIRE(!again);
    CHECK(again.error() == expected);
    REQUIRE(!line->listen(10ms));

    REQUIRE(line->reopen());
    check_answer(line->exchange(read_job()));
    servers.stop();
}

TEST_CASE("an answer counts although the connection ends with it")
{
    server_thread servers;
    std::optional<tcp_peer> peer;
    peer.emplace(servers.context, [&](const std::string&) {
        peer->say(answer_text());
        peer->drop();
        return std::string{};
    });
    servers.run();
    auto line = blocking_line::open("tcp://127.0.0.1:" + std::to_string(peer->port()) + fast);
    REQUIRE(line);
    check_answer(line->exchange(read_job()));
    CHECK(!line->exchange(read_job()));
    servers.stop();
}

TEST_CASE("a port that is pulled out is an error that names it")
{
    pseudo_terminal device;
    auto line = blocking_line::open("serial://" + device.name() + fast);
    REQUIRE(line);
    device.hang_up();
    const auto done = line->exchange(read_job(5s));
    REQUIRE(!done);
    CHECK(done.error() == "serial://" + device.name() + ": the device is gone");
    CHECK(!line->reopen());
}

TEST_CASE("a line that cannot be opened says why")
{
    std::uint16_t nobody = 0;
    {
        asio::io_context context;
        tcp_peer gone{context, nullptr};
        nobody = gone.port();
    }
    const std::string uri = "tcp://127.0.0.1:" + std::to_string(nobody);
    const auto refused = blocking_line::open(uri);
    REQUIRE(!refused);
    CHECK(refused.error() == uri + ": Connection refused");
    const auto bad = blocking_line::open("tcp://127.0.0.1");
    REQUIRE(!bad);
    CHECK(bad.error() == "port: \"\": expected a number, 1 to 65535");
    const auto absent = blocking_line::open("serial:///dev/no_such_port");
    REQUIRE(!absent);
    CHECK(absent.error() == "/dev/no_such_port: No such file or directory");
}

TEST_CASE("a host that does not answer is not waited for any longer than asked")
{
    // A listener with a full queue takes no more connections.
    asio::io_context context;
    asio::ip::tcp::acceptor full{context};
    full.open(asio::ip::tcp::v4());
    full.bind({asio::ip::address_v4::loopback(), 0});
    full.listen(0);
    std::deque<asio::ip::tcp::socket> waiting;
    for (int i = 0; i < 8; ++i) {
        waiting.emplace_back(context).async_connect(full.local_endpoint(),
                                                    [](const asio::error_code&) {});
    }
    context.poll();
    const std::string uri = "tcp://127.0.0.1:" + std::to_string(full.local_endpoint().port());
    const auto begun = std::chrono::steady_clock::now();
    const auto line = blocking_line::open(uri + "?connect_ms=200");
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
    REQUIRE(!line);
    CHECK(line.error() == uri + ": no connection within 200 ms");
}

TEST_CASE("a procedure is run to its end, and told when the line breaks under it")
{
    struct three_reads {
        std::optional<link::job> next()
        {
            return done < 3 ? std::optional{read_job()} : std::nullopt;
        }
        void take(const link::event& what)
        {
            done += what.kind == kind::answered ? 1 : 0;
            lost += what.kind == kind::timed_out ? 1 : 0;
        }
        int done = 0;
        int lost = 0;
    };
    server_thread servers;
    std::optional<tcp_peer> peer;
    int asked = 0;
    peer.emplace(servers.context, [&](const std::string&) {
        if (++asked != 3) return answer_text();
        peer->drop();
        return std::string{};
    });
    servers.run();
    auto line = blocking_line::open("tcp://127.0.0.1:" + std::to_string(peer->port()) + fast);
    REQUIRE(line);
    three_reads procedure;
    const auto broken = line->run(procedure);
    REQUIRE(!broken);
    CHECK(procedure.done == 2);
    CHECK(procedure.lost == 1);
    REQUIRE(line->reopen());
    REQUIRE(line->run(procedure));
    CHECK(procedure.done == 3);
    CHECK(procedure.lost == 1);
    servers.stop();
}

TEST_CASE("a procedure that asks for a pause gets it")
{
    struct patient {
        std::optional<link::job> next()
        {
            return done ? std::nullopt : std::optional{read_job()};
        }
        [[nodiscard]] instant not_before() const { return wake_at; }
        void take(const link::event& what)
        {
            CHECK(what.sent_at >= wake_at);
            done = true;
        }
        instant wake_at;
        bool done = false;
    };
    scripted_tcp far{[](const std::string&) { return answer_text(); }};
    patient procedure{far.line->now() + 150ms};
    REQUIRE(far.line->run(procedure));
    CHECK(procedure.done);
}

TEST_CASE("a lenient line waits for answers that come by a long way")
{
    scripted_tcp far{[](const std::string&) { return std::string{}; }, "&lenient=on"};
    asio::steady_timer later{far.servers.context, 300ms};
    later.async_wait([&](const asio::error_code& error) {
        if (!error) far.peer.say(answer_text());
    });
    check_answer(far.line->exchange(read_job(50ms)));
}
