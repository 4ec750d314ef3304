// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/modbus_connection.hpp>

#include <bitset>
#include <chrono>
#include <thread>
#include <utility>

#include <wattpurse/base/assert.hpp>

#include "modbus_clients.hpp"
#include "wire.hpp"

namespace wattpurse::adapter::asio {

namespace {

using outcome = result<void, std::string>;

/// After so long without a request it is worth a system call to learn whether the other side has
/// closed the connection meanwhile: many servers do.
constexpr duration idle_max{1000};
/// What becomes of a job that was not brought to its end.
link::modbus_event nothing_said(const link::modbus_job& job, instant now)
{
    link::modbus_event out;
    out.kind = link::modbus_event::kind_type::timed_out;
    out.job_id = job.id;
    out.unit = job.unit;
    out.at = now;
    return out;
}

/// Breaks within one exchange before it is given up.
constexpr unsigned breaks_max = 4;

}  // namespace

/// The line with its client. Between two calls no job is in it.
struct modbus_connection::state {
    state(const line_uri& to, const modbus_connection_options& how)
        : where{to}, options{how}, line{to}, client{to, how}
    {
    }

    outcome connect();
    outcome bring(std::span<const link::modbus_job> jobs, std::span<link::modbus_event> ends);
    [[nodiscard]] instant now() const;

    line_uri where;
    modbus_connection_options options;
    wire line;
    modbus_client_of_line<jobs_max> client;
    std::uint32_t connections = 0;

private:
    void submit();
    void prepare();
    void speak();
    void hear(duration patience);
    void take_events();
    outcome mend();
    outcome give_up(std::string why);

    // The exchange under way.
    std::span<const link::modbus_job> jobs_;
    std::span<link::modbus_event> ends_;
    std::bitset<jobs_max> ended_;
    std::size_t open_ = 0;
    unsigned breaks_ = 0;
    link::modbus_event latest_{};

    instant used_at_{};
    std::chrono::steady_clock::time_point steady_begin_ = std::chrono::steady_clock::now();
    instant begin_ = std::chrono::floor<duration>(std::chrono::system_clock::now());
};

instant modbus_connection::state::now() const
{
    return begin_ + std::chrono::floor<duration>(std::chrono::steady_clock::now() - steady_begin_);
}

outcome modbus_connection::state::connect()
{
    auto done = line.open();
    if (done) ++connections;
    used_at_ = now();
    return done;
}

/// The jobs go by their place meanwhile.
void modbus_connection::state::submit()
{
    link::modbus_job mine;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        mine = jobs_[i];
        mine.id = i;
        if (client.with([&](auto& each) { return each.submit(mine); })) continue;
        ends_[i] = nothing_said(jobs_[i], now());  // an empty request
        ended_.set(i);
        --open_;
    }
}

/// Hears what has come since the last request: answers that nobody waits for any more, or that
/// the other side is gone. On a serial line such an answer could be taken for the next one's.
void modbus_connection::state::prepare()
{
    const instant begin = now();
    if (!client.is_serial() && begin - used_at_ < idle_max) return;
    for (byte_span bytes = line.receive(duration{0}); !bytes.empty();
         bytes = line.receive(duration{0})) {
        client.with([&](auto& each) { each.receive(bytes, begin); });
    }
}

void modbus_connection::state::speak()
{
    client.with([this](auto& each) {
        while (line.is_open() && !each.pending_output().empty()) {
            each.consume(line.send(each.pending_output()));
        }
    });
}

void modbus_connection::state::hear(duration patience)
{
    const byte_span bytes = line.receive(patience);
    if (bytes.empty()) return;
    used_at_ = now();
    client.with([&](auto& each) { each.receive(bytes, used_at_); });
}

void modbus_connection::state::take_events()
{
    client.with([this](auto& each) {
        while (open_ > 0) {
            // Where it is to stand in the end, where that is known before.
            link::modbus_event& end = ends_.size() == 1 ? ends_[0] : latest_;
            if (!each.next_event(end)) return;
            const auto at = static_cast<std::size_t>(end.job_id);
            end.job_id = jobs_[at].id;
            if (ends_.size() > 1) ends_[at] = latest_;
            ended_.set(at);
            --open_;
        }
    });
}

/// The connection is broken; makes it anew if there is still something to be asked.
outcome modbus_connection::state::mend()
{
    std::string why = line.trouble();
    line.close();
    client.with([](auto& each) { each.reconnected(); });
    take_events();
    if (open_ == 0) return {};
    if (++breaks_ == breaks_max) return give_up(std::move(why));
    if (auto done = connect(); !done) return give_up(done.error());
    return {};
}

/// What has not come to its end will not.
outcome modbus_connection::state::give_up(std::string why)
{
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (ended_.test(i)) continue;
        ends_[i] = nothing_said(jobs_[i], now());
        const bool was_sent = !client.with([&](auto& each) { return each.cancel(i); });
        ends_[i].attempts = was_sent ? 1 : 0;
    }
    client = modbus_client_of_line<jobs_max>{where, options};
    return tl::unexpected<std::string>{std::move(why)};
}

outcome modbus_connection::state::bring(std::span<const link::modbus_job> jobs,
                                        std::span<link::modbus_event> ends)
{
    jobs_ = jobs;
    ends_ = ends;
    open_ = jobs.size();
    ended_.reset();
    breaks_ = 0;
    submit();
    if (line.is_open()) {
        prepare();
    } else if (auto done = connect(); !done) {
        return give_up(done.error());
    }
    while (open_ > 0) {
        const instant at = now();
        client.with([&](auto& each) { each.advance(at); });
        take_events();
        if (open_ == 0) break;
        speak();
        if (line.is_open() && !client.broken()) {
            hear(client.with([](auto& each) { return each.next_deadline(); }) - at);
            take_events();
        }
        if (open_ == 0 || (line.is_open() && !client.broken())) continue;
        if (auto done = mend(); !done) return done;
    }
    return {};
}

// ---------------------------------------------------------------------------------------------

modbus_connection::modbus_connection(std::unique_ptr<state> made) noexcept
    : state_{std::move(made)}
{
}
modbus_connection::modbus_connection(modbus_connection&&) noexcept = default;
modbus_connection& modbus_connection::operator=(modbus_connection&&) noexcept = default;
modbus_connection::~modbus_connection() = default;

result<modbus_connection, std::string> modbus_connection::open(
    std::string_view uri, const modbus_connection_options& options)
{
    const auto where = parse_line_uri(uri);
    if (!where) return tl::unexpected<std::string>{where.error()};
    return open(*where, options);
}

result<modbus_connection, std::string> modbus_connection::open(
    const line_uri& where, const modbus_connection_options& options)
{
    if (auto fits = check_modbus(where); !fits) return tl::unexpected<std::string>{fits.error()};
    auto made = std::make_unique<state>(where, options);
    if (auto done = made->connect(); !done) return tl::unexpected<std::string>{done.error()};
    return modbus_connection{std::move(made)};
}

result<link::modbus_event, std::string> modbus_connection::exchange(const link::modbus_job& what)
{
    result<link::modbus_event, std::string> out;
    if (auto done = state_->bring({&what, 1}, {&*out, 1}); !done) {
        return tl::unexpected<std::string>{done.error()};
    }
    return out;
}

outcome modbus_connection::exchange(std::span<const link::modbus_job> what,
                                    std::span<link::modbus_event> ends)
{
    WATTPURSE_ASSERT(what.size() <= jobs_max && what.size() == ends.size());
    return state_->bring(what, ends);
}

void modbus_connection::pause(duration how_long) { std::this_thread::sleep_for(how_long); }

outcome modbus_connection::reopen()
{
    state_->line.close();
    state_->client.with([](auto& each) { each.reconnected(); });
    return state_->connect();
}

instant modbus_connection::now() const { return state_->now(); }
const line_uri& modbus_connection::where() const noexcept { return state_->where; }
link::modbus_counters modbus_connection::counters() const noexcept
{
    return std::as_const(state_->client).with([](const auto& each) {
        return link::modbus_counters{each.counters()};
    });
}
std::uint32_t modbus_connection::connections() const noexcept { return state_->connections; }

}  // namespace wattpurse::adapter::asio
