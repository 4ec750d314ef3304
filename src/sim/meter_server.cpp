// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/meter_server.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/sim/draw.hpp>
#include <wattpurse/sim/smart_meter.hpp>

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;

/// Silence between bytes after which a frame is given up (5.3).
constexpr duration gap_max{500};

std::vector<std::uint8_t> bytes_of(const dlt645::frame& what)
{
    std::array<std::uint8_t, dlt645::frame_size_max + dlt645::preamble_size_default> buffer{};
    const auto size = dlt645::encode(what, buffer);
    WATTPURSE_ASSERT(size.has_value());
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size)};
}

instant begin_of(duration every, instant from)
{
    return every > duration{0} ? from + every : instant::max();
}

}  // namespace

meter_server::meter_server(const meter_options& meter, const fault_rates& faults)
    : meter_server(std::span{&meter, 1}, faults)
{
}

meter_server::meter_server(std::span<const meter_options> meters, const fault_rates& faults)
    : faults_(faults)
{
    for (const meter_options& one : meters) {
        meters_.push_back(std::make_unique<smart_meter>(one));
        paces_.push_back({one.answer_delay, one.push_every, one.heartbeat_every,
                          begin_of(one.push_every, one.installed_at),
                          begin_of(one.heartbeat_every, one.installed_at)});
    }
}

meter_server::~meter_server() = default;
meter_server::meter_server(meter_server&&) noexcept = default;
meter_server& meter_server::operator=(meter_server&&) noexcept = default;

void meter_server::receive(byte_span bytes, instant now)
{
    if (framer_.pending() != 0 && now - heard_at_ > gap_max) framer_.flush();
    heard_at_ = now;
    if (faults_.rates().echo) queue(now, {bytes.begin(), bytes.end()});
    using kind = dlt645::framer_event::kind_type;
    do {
        bytes = bytes.subspan(framer_.feed(bytes));
        for (auto event = framer_.next(); event.kind != kind::nothing; event = framer_.next()) {
            if (event.kind == kind::frame) serve(event.frame, now);
        }
    } while (!bytes.empty());
}

void meter_server::serve(const dlt645::frame& request, instant now)
{
    if (request.is_from_meter()) return;
    for (std::size_t i = 0; i < meters_.size(); ++i) answer(i, request, now);
}

void meter_server::answer(std::size_t index, const dlt645::frame& request, instant now)
{
    smart_meter& meter = *meters_[index];
    const bool to_all = request.address.is_broadcast();
    if (!to_all && !request.address.covers(meter.address())) return;
    const std::uint64_t number = number_of(meter.address().text().view());
    const line_fault fault = faults_.draw_for(number, bytes_of(request));
    if (fault == line_fault::deaf) return;
    const auto said = meter.answer(request, now, fault == line_fault::partly_applied);
    if (!said || fault == line_fault::silent) return;
    instant at = std::max(now + paces_[index].answer_delay, line_free_at_);
    line_free_at_ = at;
    if (fault == line_fault::late) at += faults_.rates().late_by;
    queue(at, faults_.spoil(fault, number, bytes_of(*said)));
}

void meter_server::queue(instant at, std::vector<std::uint8_t> bytes)
{
    if (bytes.empty()) return;
    const auto behind = std::upper_bound(output_.begin(), output_.end(), at,
                                         [](instant a, const due& b) { return a < b.at; });
    output_.insert(behind, due{at, std::move(bytes)});
    if (output_.size() > waiting_max) output_.pop_front();
}

/// What is due of pushes. After a long silence only the latest one: a meter does not catch up.
void meter_server::push(instant now)
{
    const auto take = [now](instant& next, duration every) {
        const auto missed = (now - next) / every;
        const instant at = next + missed * every;
        next = at + every;
        return at;
    };
    for (std::size_t i = 0; i < meters_.size(); ++i) {
        pace& of = paces_[i];
        if (of.next_push <= now) {
            const instant at = take(of.next_push, of.push_every);
            meters_[i]->advance(at);
            queue(at, bytes_of(meters_[i]->status_push()));
        }
        if (of.next_heartbeat <= now) {
            queue(take(of.next_heartbeat, of.heartbeat_every),
                  bytes_of(meters_[i]->heartbeat()));
        }
    }
}

instant meter_server::next_push() const
{
    instant next = instant::max();
    for (const pace& of : paces_) next = std::min({next, of.next_push, of.next_heartbeat});
    return next;
}

std::vector<meter_server::due> meter_server::take_output(instant now)
{
    push(now);
    std::vector<due> out;
    while (!output_.empty() && output_.front().at <= now) {
        out.push_back(std::move(output_.front()));
        output_.pop_front();
    }
    return out;
}

instant meter_server::next_deadline() const
{
    const instant next = next_push();
    return output_.empty() ? next : std::min(next, output_.front().at);
}

}  // namespace wattpurse::sim
