// SPDX-License-Identifier: Apache-2.0
#ifdef WATTPURSE_WITH_ASIO

#include "line_search.hpp"

#include <array>
#include <utility>

#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>
#include <wattpurse/link/timing.hpp>

namespace wattpurse::cli {

namespace {

namespace dlt645 = codec::dlt645;
using dlt645::edition;

/// Every meter has these.
constexpr auto total_2007 = dlt645::data_id::forward_active_total;
constexpr auto total_1997 = dlt645::data_id_1997::forward_active_total;

/// Half a second until it begins (DL/T 645-2007, 5.3), and the frame with its preamble.
duration answer_time(const link::bus_timing& timing)
{
    constexpr std::size_t answer_size = dlt645::frame_overhead + 8 + 4;
    return duration{500} + link::air_time(answer_size, timing.baud) + timing.round_trip;
}

std::uint64_t spoilt(const dlt645::framer_counters& line)
{
    return std::uint64_t{line.garbage_bytes} + line.bad_checksum + line.bad_end + line.truncated;
}

}  // namespace

line_search::line_search(adapter::asio::blocking_line& line, options how)
    : line_{line}, how_{std::move(how)}
{
    if (how_.wait == duration{0}) how_.wait = answer_time(line.timing());
}

result<void, std::string> line_search::descend(const std::string& ending)
{
    for (int low = 0; low < 100; ++low) {
        const std::string digits = std::string{static_cast<char>('0' + low / 10),
                                               static_cast<char>('0' + low % 10)} +
                                   ending;
        const auto address = dlt645::address::covering(digits);
        if (!address || address->is_broadcast()) continue;
        how_.show(std::string{address->text().view()} + ", found " +
                  std::to_string(found_.size()));
        const auto answer = ask(*address);
        if (!answer) return tl::unexpected<std::string>{answer.error()};
        if (answer->garbage) {
            if (auto done = check_silence(); !done) return done;
        }
        if (answer->is_crowd() && address->has_wildcard()) {
            if (auto done = descend(digits); !done) return done;
        }
    }
    return {};
}

result<bool, std::string> line_search::is_there(const dlt645::address& meter)
{
    const auto answer = ask(meter);
    if (!answer) return tl::unexpected<std::string>{answer.error()};
    return !answer->is_silence();
}

result<line_search::heard, std::string> line_search::ask(const dlt645::address& whom)
{
    result<heard, std::string> out;
    if (how_.only != edition::y1997) out = ask(dlt645::read_request(whom, total_2007));
    if (how_.only == edition::y2007 || !out || !out->is_silence()) return out;
    return ask(dlt645::read_request_1997(whom, total_1997));
}

/// Asks as if nobody were to answer, and then listens: so all answers are heard, not only the
/// first.
result<line_search::heard, std::string> line_search::ask(const dlt645::frame& request)
{
    link::job job;
    job.request = request;
    job.answer_expected = false;
    const auto spoilt_before = spoilt(line_.framing());
    const auto bytes_before = line_.bytes_heard();
    if (const auto sent = line_.exchange(job); !sent) {
        return tl::unexpected<std::string>{sent.error()};
    }
    auto listened = line_.listen(how_.wait);
    if (listened && line_.bytes_heard() != bytes_before) listened = listen_until_quiet();
    if (!listened) return tl::unexpected<std::string>{listened.error()};
    heard out;
    std::set<std::string> speakers;
    while (const auto said = line_.next_unsolicited()) {
        const auto& from = said->frame.address;
        if (!from.is_bcd() || from.is_broadcast()) continue;
        found_.emplace(from.text().view());
        if (request.address.covers(from)) speakers.emplace(from.text().view());
    }
    out.speakers = speakers.size();
    out.garbage = spoilt(line_.framing()) != spoilt_before;
    return out;
}

/// Where noise comes though nobody was asked, it says nothing about meters, and looking more
/// closely would go on for years.
result<void, std::string> line_search::check_silence()
{
    const auto spoilt_before = spoilt(line_.framing());
    if (auto done = line_.listen(how_.wait); !done) return done;
    while (line_.next_unsolicited()) {  // what is pushed meanwhile answers no question
    }
    if (spoilt(line_.framing()) == spoilt_before) return {};
    return tl::unexpected<std::string>{
        line_.where().name() + ": bytes that are no frame come in though nobody was asked: "
                               "noise, or another rate or parity"};
}

/// Until nothing has come for so long that what is unfinished stays so.
result<void, std::string> line_search::listen_until_quiet()
{
    constexpr duration step{50};
    constexpr duration longest = std::chrono::seconds{10};  // a line that is never quiet
    const instant until = line_.now() + longest;
    instant last = line_.now();
    for (auto before = line_.bytes_heard();
         line_.now() < last + line_.timing().gap_max + step && line_.now() < until;) {
        if (auto done = line_.listen(step); !done) return done;
        if (line_.bytes_heard() != before) last = line_.now();
        before = line_.bytes_heard();
    }
    return {};
}

}  // namespace wattpurse::cli

#endif
