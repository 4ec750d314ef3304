// SPDX-License-Identifier: Apache-2.0
// The edge on the system's clock, against a line with two meters and a desk on loopback ports.
// Books are written at whole minutes; the test does not wait for one, it lets the engine do its
// next tick by hand when the edge is done.
#include <csignal>
#include <mutex>
#include <set>

#include <doctest/doctest.h>

#include <wattpurse/adapter/asio/edge.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/sim/meter.hpp>

#include "../credit/examples.hpp"
#include "../engine/wrapped_store.hpp"
#include "../tariff/examples.hpp"
#include "tcp_peer.hpp"

using namespace wattpurse;
using namespace std::chrono_literals;
using test_peers::server_thread;
using test_peers::tcp_peer;
using wattpurse::credit::examples::yuan;
namespace dlt645 = codec::dlt645;
namespace edge = adapter::asio;
namespace net = ::asio;

namespace {

/// Nothing here takes longer, unless something is broken.
constexpr auto patience = 20s;

instant system_now()
{
    return std::chrono::floor<duration>(std::chrono::system_clock::now());
}

/// It is about noon there, so that the test never runs into a midnight, whenever it is run.
fixed_zone zone_of_noon(instant now)
{
    const auto since_midnight = now - start_of_day(now, fixed_zone{});
    return {std::chrono::floor<std::chrono::minutes>(12h - since_midnight)};
}

account_id account(std::string_view name) { return account_id::parse(name).value(); }

engine::site two_flats(instant now)
{
    engine::site out;
    out.zone = zone_of_noon(now);
    out.opened_at = floor_to(now, 1min) - 30min;
    out.read_every = 1min;
    out.buses = {bus_id::parse("bus-1").value()};
    out.credentials = meter::credentials{2, {0x12, 0x34, 0x56}, {1, 0, 0, 0}};
    const auto add = [&](std::string_view name, std::string_view number) {
        out.accounts.push_back({account(name), yuan("100")});
        out.services.push_back({account(name), meter_id::parse(number).value(), out.buses[0],
                                out.opened_at, std::nullopt});
    };
    add("F01", "202600000001");
    add("F02", "202600000002");
    return out;
}

tariff::tariff tariff_of(const engine::site& where)
{
    auto out = tariff::examples::zhejiang();
    out.zone = where.zone;
    return out;
}

credit::policy rules_of(const engine::site& where)
{
    auto out = credit::examples::residential();
    out.zone = where.zone;
    return out;
}

/// The meters of a site behind a serial device server.
class line_of_meters {
public:
    line_of_meters(server_thread& thread, const engine::site& where)
        : peer{thread.context, [this](const std::string& heard) { return answer(heard); }}
    {
        for (const auto& of : where.services) {
            meters_.push_back(std::make_unique<sim::meter>(
                sim::meter::setup{of.meter, {}, where.opened_at, 0s, where.zone, where.profile,
                                  *where.credentials},
                people_));
        }
    }

    /// Meters that were asked for their registers.
    std::set<std::string> asked()
    {
        const std::lock_guard lock{mutex_};
        return asked_;
    }

    tcp_peer peer;

private:
    std::string answer(const std::string& heard)
    {
        std::string out;
        byte_span rest{reinterpret_cast<const std::uint8_t*>(heard.data()), heard.size()};
        while (!rest.empty()) {
            rest = rest.subspan(framer_.feed(rest));
            for (auto found = framer_.next();
                 found.kind != dlt645::framer_event::kind_type::nothing; found = framer_.next()) {
                if (found.kind == dlt645::framer_event::kind_type::frame) {
                    out += answer(found.frame);
                }
            }
        }
        return out;
    }

    std::string answer(const dlt645::frame& request)
    {
        for (const auto& each : meters_) {
            if (!request.address.covers(each->address())) continue;
            if (dlt645::parse_data_id(request) == dlt645::data_id::forward_active_block) {
                const std::lock_guard lock{mutex_};
                asked_.emplace(each->number().view());
            }
            const auto said = each->answer(request, system_now());
            if (!said) return {};
            std::string bytes(dlt645::encoded_size(*said), '\0');
            auto* first = reinterpret_cast<std::uint8_t*>(bytes.data());
            if (!dlt645::encode(*said, {first, bytes.size()})) return {};
            return bytes;
        }
        return {};
    }

    sim::household people_{1, 0, sim::payer::never, 31, currency{"CNY"}};
    std::vector<std::unique_ptr<sim::meter>> meters_;
    dlt645::framer framer_;
    std::mutex mutex_;
    std::set<std::string> asked_;
};

/// An engine with its edge; the desk's language is one of this test: "pay KEY" for 20 yuan to
/// F01, answered by "accepted KEY".
struct live_house {
    live_house(const engine::site& where, port::store& books)
        : centre{where, tariff_of(where), rules_of(where), books}
    {
        options.desk_line = [this](std::string_view line) {
            lines.emplace_back(line);
            if (line.substr(0, 4) != "pay ") return;
            arrival paid;
            paid.kind = arrival_kind::payment;
            paid.account = account("F01");
            paid.key = line.substr(4);
            paid.at = centre.where().opened_at;
            paid.amount = 20'000'000;
            centre.receive(paid);
        };
        options.desk_output = [this] {
            std::string out;
            for (const auto& said : centre.take_messages()) {
                if (said.what != desk_message::topic::accepted) continue;
                out += "accepted " + said.key + "\n";
            }
            output += out;
            return out;
        };
    }

    engine::system centre;
    edge::edge_options options;
    std::vector<std::string> lines;  ///< heard from the desk
    std::string output;              ///< said to it
};

}  // namespace

TEST_CASE("on the system's clock the edge reads meters, takes payments and connects anew")
{
    const instant begun = system_now();
    const auto where = two_flats(begun);
    server_thread servers;
    line_of_meters line{servers, where};
    std::mutex mutex;
    std::string heard;  // by the desk
    tcp_peer desk{servers.context, [&](const std::string& bytes) {
                      const std::lock_guard lock{mutex};
                      heard += bytes;
                      return std::string{};
                  }};
    const auto desk_heard = [&](std::string_view what) {
        const std::lock_guard lock{mutex};
        return heard.find(what) != std::string::npos;
    };
    // The edge asks `finished` after each step; a desk that talks makes sure there are some.
    test_peers::chatter chatter{servers.context, desk, "\n"};
    servers.run();

    port::memory_store store;
    live_house house{where, store};
    house.options.desk = {"127.0.0.1", desk.port()};
    house.options.lines = {{"127.0.0.1", line.peer.port()}};
    enum class act { meeting, paying, dropped, paying_again, over } now_playing = act::meeting;
    house.options.finished = [&](instant now) {
        if (now_playing == act::meeting && desk.connections() == 1 && line.asked().size() == 2) {
            net::post(servers.context, [&] {  // in pieces, as a network may bring it
                desk.say("pay P");
                desk.say("-1\nnonsense\n");
            });
            now_playing = act::paying;
        } else if (now_playing == act::paying && desk_heard("accepted P-1\n")) {
            net::post(servers.context, [&] {
                desk.say("pay P-half");  // half a line, and it is gone
                desk.drop();
                line.peer.drop();
            });
            now_playing = act::dropped;
        } else if (now_playing == act::dropped && desk.connections() == 2 &&
                   line.peer.connections() == 2) {
            // The first one once more.
            net::post(servers.context, [&] { desk.say("pay P-1\npay P-2\n"); });
            now_playing = act::paying_again;
        } else if (now_playing == act::paying_again && desk_heard("accepted P-2\n")) {
            now_playing = act::over;
        }
        return now_playing == act::over || now > begun + patience;
    };
    const auto ended = edge::run_edge(house.centre, house.options);
    servers.stop();
    REQUIRE(ended);
    CHECK(*ended == edge::edge_end::finished);
    CHECK(now_playing == act::over);
    CHECK(system_now() - begun < 15s);
    CHECK(line.asked() == std::set<std::string>{"202600000001", "202600000002"});
    const auto said = [&](std::string_view what) {
        return std::count(house.lines.begin(), house.lines.end(), what);
    };
    CHECK(said("pay P-1") == 2);
    CHECK(said("pay P-2") == 1);
    CHECK(said("nonsense") == 1);
    CHECK(said("pay P-half") == 0);
    CHECK(said("pay P-halfpay P-1") == 0);

    // The next tick books all of it.
    (void)house.centre.step(floor_to(system_now(), 1min) + 1min);
    CHECK(house.centre.failure() == "");
    CHECK(house.centre.balance(account("F01")) == yuan("140"));
    CHECK(house.centre.balance(account("F02")) == yuan("100"));
    CHECK(house.centre.newest_reading(account("F01")) >= floor_to(begun, 1min));
    CHECK(house.centre.newest_reading(account("F02")) >= floor_to(begun, 1min));
}

TEST_CASE("a house without its line or desk waits for them and ends when it is told to")
{
    const instant begun = system_now();
    std::uint16_t nobody = 0;
    {
        net::io_context context;
        tcp_peer gone{context, nullptr};
        nobody = gone.port();
    }
    port::memory_store store;
    live_house house{two_flats(begun), store};
    house.options.desk = {"127.0.0.1", nobody};
    house.options.lines = {{"127.0.0.1", nobody}};
    house.options.finished = [&](instant now) { return now > begun + 1s; };
    const auto ended = edge::run_edge(house.centre, house.options);
    REQUIRE(ended);
    CHECK(*ended == edge::edge_end::finished);
    CHECK(system_now() - begun < patience);
    CHECK(house.centre.balance(account("F01")) == yuan("100"));  // the books are open
}

TEST_CASE("SIGTERM ends the run after the step under way")
{
    const instant begun = system_now();
    port::memory_store store;
    live_house house{two_flats(begun), store};
    house.options.desk = {"127.0.0.1", 9};
    house.options.lines = {{"127.0.0.1", 9}};
    bool told = false;
    house.options.finished = [&](instant now) {
        if (!told) (void)std::raise(SIGTERM);
        told = true;
        return now > begun + patience;
    };
    const auto ended = edge::run_edge(house.centre, house.options);
    REQUIRE(ended);
    CHECK(*ended == edge::edge_end::stopped);
    CHECK(system_now() - begun < 5s);
}

TEST_CASE("an engine that cannot open its books is the edge's error")
{
    using test_stores::breaking_store;
    const auto where = two_flats(system_now());
    breaking_store store{breaking_store::moment::before, {1}};
    engine::system centre{where, tariff_of(where), rules_of(where), store};
    edge::edge_options options;
    options.desk = {"127.0.0.1", 9};
    options.lines = {{"127.0.0.1", 9}};
    options.finished = [](instant) { return false; };
    const auto ended = edge::run_edge(centre, options);
    REQUIRE(!ended);
    CHECK(ended.error() == "opening the books: broken on purpose");
}

TEST_CASE("an engine whose books fail while it runs is the edge's error")
{
    using test_stores::breaking_store;
    const instant begun = system_now();
    auto where = two_flats(begun);
    where.services.clear();  // no line to be waited for
    breaking_store store{breaking_store::moment::before, {2}};
    server_thread servers;
    tcp_peer desk{servers.context, [](const std::string&) { return std::string{}; }};
    test_peers::chatter chatter{servers.context, desk, "pay P-1\n"};
    servers.run();
    live_house house{where, store};
    house.options.desk = {"127.0.0.1", desk.port()};
    house.options.lines = {{"127.0.0.1", 9}};
    house.options.finished = [&](instant now) { return now > begun + patience; };
    const auto ended = edge::run_edge(house.centre, house.options);
    servers.stop();
    REQUIRE(!ended);
    CHECK(ended.error() == "failed: broken on purpose");
    CHECK(house.output == "");  // and nothing was accepted
}
