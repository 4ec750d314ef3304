// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/world.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/sim/draw.hpp>

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr unsigned exchanged_flat = 1;
constexpr unsigned protected_flat = 2;
constexpr unsigned back_flat = 3;
/// Nobody pays in the last hours of the play: it should end with nothing under way.
constexpr duration quiet_end = hours{3};

payer payer_of(unsigned index)
{
    constexpr std::array<payer, 4> cycle{payer::prompt, payer::after_warning, payer::comfortable,
                                         payer::after_cut};
    switch (index) {
        case 0: return payer::after_cut;
        case exchanged_flat: return payer::comfortable;
        case protected_flat: return payer::never;
        case back_flat: return payer::prompt;
        default: return cycle[index % cycle.size()];
    }
}

std::string padded(unsigned number, std::size_t width)
{
    std::string text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

template <class Label>
Label named(const std::string& text)
{
    const auto made = Label::parse(text);
    WATTPURSE_ASSERT(made.has_value());
    return *made;
}

register_set first_registers(std::uint64_t seed, unsigned index)
{
    // In hundredths of a kWh, as a meter that has served for some years shows.
    const auto luck = draw({seed, 0x72656773U, index});
    const auto peak = static_cast<std::int64_t>(100'000 + luck % 900'000);
    const auto valley = static_cast<std::int64_t>(50'000 + (luck >> 20U) % 500'000);
    register_set out;
    out.tariff[1] = energy::of(peak * 100);
    out.tariff[3] = energy::of(valley * 100);
    out.total = energy::of((peak + valley) * 100);
    return out;
}

/// The password of the simulated meters, drawn from the seed and good for nothing else.
wattpurse::meter::credentials lock_of(std::uint64_t seed)
{
    const auto luck = draw({seed, 0x6C6F636BU});
    const auto digits = [&](unsigned shift) {
        const auto value = (luck >> shift) % 100;
        return static_cast<std::uint8_t>(value / 10 * 16 + value % 10);
    };
    return {2, {digits(0), digits(8), digits(16)}, {digits(24), 0, 0, 0}};
}

}  // namespace

struct world::flat {
    account_id account;
    std::size_t bus = 0;
    household people;
    std::unique_ptr<sim::meter> installed;
    std::unique_ptr<sim::meter> removed;
    unsigned payments = 0;
};

world::world(const world_options& options)
    : options_(options),
      now_(options.start),
      end_(options.start + hours{24} * options.days),
      attempts_of_(options.start)
{
    WATTPURSE_ASSERT(options.flats >= 4 && options.flats <= 999);
    WATTPURSE_ASSERT(options.days >= 2 && options.days <= 366);
    WATTPURSE_ASSERT(start_of_day(options.start, options.zone) == options.start);
    site_.zone = options.zone;
    site_.opened_at = options.start;
    site_.closes_at = end_;
    site_.credentials = lock_of(options.seed);
    build_flats();
    framers_.resize(site_.buses.size());
    due ending;
    ending.kind = due::what::end;
    agenda_.emplace(end_, std::move(ending));
    if (options_.events) build_events();
}

world::~world() = default;

void world::build_flats()
{
    for (unsigned i = 0; i < options_.flats; ++i) {
        const std::size_t bus = i / options_.flats_per_bus;
        if (bus == site_.buses.size()) {
            site_.buses.push_back(named<bus_id>("bus-" + std::to_string(bus + 1)));
        }
        const auto account = named<account_id>("F" + padded(i + 1, 2));
        const auto number = named<meter_id>("2026" + padded(i + 1, 8));
        flats_.push_back(std::make_unique<flat>(
            flat{account, bus,
                 household{options_.seed, i, payer_of(i), options_.days, site_.unit}, nullptr,
                 nullptr, 0}));
        flat& made = *flats_.back();
        const auto drift = static_cast<std::int64_t>(draw({options_.seed, 5, i}) % 61) - 30;
        const auto registers = first_registers(options_.seed, i);
        made.installed = std::make_unique<sim::meter>(
            sim::meter::setup{number, registers, options_.start,
                              seconds{drift} + options_.meters_clock_error, options_.zone,
                              site_.profile, *site_.credentials},
            made.people);
        site_.accounts.push_back({account, made.people.opening()});
        site_.services.push_back(
            {account, number, site_.buses[bus], options_.start, std::nullopt});
        ends_.registers.push_back({account, number, options_.start, registers});
    }
}

/// What a month brings beside lost frames. The moments scale with the length of the play.
void world::build_events()
{
    const duration day = hours{24};
    due fitter;
    fitter.kind = due::what::exchange;
    fitter.flat = exchanged_flat;
    agenda_.emplace(options_.start + day * (options_.days / 2) + hours{10} + minutes{32} +
                        seconds{25},
                    std::move(fitter));
    back_flat_ = back_flat;
    back_from_ = options_.start + day * (options_.days * 2 / 3) + hours{14};
    silent_from_ = options_.start + day * (options_.days / 4) + hours{11} + minutes{30};
    const duration silence = options_.days >= 8 ? duration{hours{48}} : duration{hours{3}};
    silent_until_ = silent_from_ + silence;
}

account_id world::protected_account() const { return flats_[protected_flat]->account; }

bool world::is_silent(std::size_t bus) const
{
    return options_.events && bus + 1 == site_.buses.size() && now_ >= silent_from_ &&
           now_ < silent_until_;
}

void world::line_in(std::size_t bus, byte_span bytes)
{
    while (!bytes.empty()) {
        bytes = bytes.subspan(framers_[bus].feed(bytes));
        for (auto found = framers_[bus].next();
             found.kind != dlt645::framer_event::kind_type::nothing;
             found = framers_[bus].next()) {
            if (found.kind == dlt645::framer_event::kind_type::frame) request(bus, found.frame);
        }
    }
}

void world::request(std::size_t bus, const dlt645::frame& asked)
{
    if (is_silent(bus)) return;
    for (const auto& home : flats_) {
        if (home->bus != bus) continue;
        sim::meter& to = *home->installed;
        if (asked.address.is_broadcast()) {
            (void)to.answer(asked, now_);
            continue;
        }
        if (!asked.address.covers(to.address())) continue;
        const auto id = dlt645::parse_data_id(asked);
        const std::uint64_t operation =
            (std::uint64_t{asked.function()} << 32U) |
            (id ? static_cast<std::uint32_t>(*id) : std::uint32_t{0});
        std::uint64_t luck = 0;
        const fate happens = draw_fate(to.number(), operation, luck);
        if (happens == fate::request_lost) return;
        auto said = to.answer(asked, now_);
        if (!said) return;
        const bool goes_back = options_.events && home == flats_[back_flat_] &&
                               now_ >= back_from_ && now_ < back_from_ + minutes{30} && id &&
                               *id == site_.profile.energy_block;
        if (goes_back) {
            auto lower = to.registers();
            lower.total = energy::of(lower.total.mantissa() - 50'000);
            lower.tariff[1] = energy::of(lower.tariff[1].mantissa() - 50'000);
            const auto made = wattpurse::meter::registers_answer(site_.profile, to.address(), *id,
                                                                 lower);
            WATTPURSE_ASSERT(made.has_value());
            said = *made;
        }
        return answer(bus, *said, happens, luck);
    }
}

/// Drawn from (seed, meter, minute, operation, attempt): asking again is another draw, and no
/// other meter's.
world::fate world::draw_fate(const meter_id& to, std::uint64_t operation, std::uint64_t& luck)
{
    const instant minute = floor_to(now_, minutes{1});
    if (minute != attempts_of_) {
        attempts_.clear();
        counted_.clear();
    }
    attempts_of_ = minute;
    const std::string key = std::string{to.view()} + '/' + std::to_string(operation);
    const std::uint32_t attempt = attempts_[key]++;
    luck = draw({options_.seed, number_of(to.view()),
                 static_cast<std::uint64_t>(minute.time_since_epoch().count()), operation,
                 attempt});
    const auto roll = static_cast<unsigned>(luck % 10'000);
    luck >>= 16U;
    fate happens = fate::good;
    unsigned bound = options_.lost;
    std::uint64_t* counter = nullptr;
    if (roll < bound) {
        happens = luck % 2 == 0 ? fate::request_lost : fate::answer_lost;
        counter = &faults_.lost;
    } else if (roll < (bound += options_.late)) {
        happens = fate::late;
        counter = &faults_.late;
    } else if (roll < (bound += options_.doubled)) {
        happens = fate::doubled;
        counter = &faults_.doubled;
    } else if (roll < (bound += options_.garbled)) {
        happens = fate::garbled;
        counter = &faults_.garbled;
    }
    if (counted_.insert(key).second) {
        ++faults_.exchanges;
        if (counter != nullptr) ++*counter;
    }
    return happens;
}

void world::answer(std::size_t bus, const dlt645::frame& said, fate happens, std::uint64_t luck)
{
    if (happens == fate::answer_lost) return;
    std::array<std::uint8_t, dlt645::frame_size_max + dlt645::preamble_size_default> buffer{};
    const auto size = dlt645::encode(said, buffer, luck % 5);  // 0 to 4 bytes FE
    WATTPURSE_ASSERT(size.has_value());
    std::vector<std::uint8_t> bytes{buffer.data(), buffer.data() + *size};
    // The request's and the answer's time on a line of 2400 bit/s, and the meter's own (20 to
    // 500 ms by the standard).
    const auto air = static_cast<std::int64_t>((20 + bytes.size()) * 11 * 1000 / 2400);
    instant at = now_ + duration{air + 20 + static_cast<std::int64_t>((luck >> 8U) % 200)};
    if (happens == fate::late) at += duration{2'500 + static_cast<std::int64_t>(luck % 4'000)};
    if (happens == fate::garbled) {
        const std::size_t where = (luck >> 20U) % bytes.size();
        bytes[where] = static_cast<std::uint8_t>(bytes[where] ^ (1U << (luck >> 40U) % 8));
    }
    if (happens == fate::doubled) send(bus, bytes, at + duration{40});
    const std::size_t cut = (luck >> 28U) % bytes.size();
    if ((luck >> 36U) % 4 == 0 && cut > 0) {  // networks cut frames where they like
        const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(cut);
        send(bus, {bytes.begin(), middle}, at);
        send(bus, {middle, bytes.end()}, at + duration{15});
    } else {
        send(bus, std::move(bytes), at);
    }
}

void world::send(std::size_t bus, std::vector<std::uint8_t> bytes, instant at)
{
    due event;
    event.bytes = {bus, std::move(bytes)};
    agenda_.emplace(at, std::move(event));
}

void world::desk_in(const desk_message& said)
{
    if (said.what == desk_message::topic::notice) return react(said.note);
    const auto accepted = [&](const arrival& order) {
        return order.kind == said.kind && order.key == said.key;
    };
    open_orders_.erase(std::remove_if(open_orders_.begin(), open_orders_.end(), accepted),
                       open_orders_.end());
}

/// A notice reaches the customer, the channel returns a receipt, and the household may pay.
void world::react(const notice& told)
{
    if (!told_.insert(told.key).second) return;  // it came a second time
    arrival receipt;
    receipt.kind = arrival_kind::receipt;
    receipt.account = told.account;
    receipt.key = told.key;
    receipt.at = floor_to(now_, minutes{1}) + seconds{24};
    if (receipt.at < now_) receipt.at += minutes{1};
    place_order(receipt, receipt.at);
    for (const auto& home : flats_) {
        if (home->account != told.account) continue;
        const auto pays = home->people.react(told);
        if (!pays) return;
        arrival payment;
        payment.kind = arrival_kind::payment;
        payment.account = told.account;
        payment.amount = pays->amount.mantissa();
        payment.at = floor_to(now_ + pays->after, minutes{1}) +
                     seconds{20 + static_cast<int>(number_of(told.key) % 20)};
        if (payment.at > end_ - quiet_end) return;
        payment.key = "P-" + std::string{told.account.view()} + "-" +
                      padded(++home->payments, 3);
        if (draw({options_.seed, number_of(payment.key)}) % 10'000 < options_.orders_doubled) {
            place_order(payment, payment.at + minutes{7});
        }
        place_order(payment, payment.at);
    }
}

void world::place_order(arrival order, instant at)
{
    due event;
    event.kind = due::what::order;
    event.order = std::move(order);
    agenda_.emplace(at, std::move(event));
}

void world::reconnected()
{
    for (auto& framer : framers_) framer.clear();
    attempts_.clear();  // what it asks again meets the same fates again
    for (auto each = agenda_.begin(); each != agenda_.end();) {
        each = each->second.kind == due::what::line ? agenda_.erase(each) : std::next(each);
    }
    for (const arrival& order : open_orders_) place_order(order, now_);
    open_orders_.clear();
}

void world::exchange_meter(std::size_t index)
{
    flat& home = *flats_[index];
    sim::meter& old = *home.installed;
    old.advance(now_);
    const auto number = named<meter_id>("2026" + padded(static_cast<unsigned>(index) + 90'001, 8));
    register_set first;
    first.tariff[1] = energy::of(1'200);  // what the factory's test run left
    first.total = energy::of(1'200);
    arrival order;
    order.kind = arrival_kind::exchange;
    order.account = home.account;
    order.meter = old.number();
    order.registers = old.registers();
    order.next_meter = number;
    order.next_registers = first;
    // Books are kept to whole seconds.
    order.at = floor_to(now_, seconds{1});
    order.key = "X-" + std::string{home.account.view()};
    ends_.registers.push_back({home.account, old.number(), order.at, order.registers});
    ends_.registers.push_back({home.account, number, order.at, first});
    home.removed = std::move(home.installed);
    home.installed = std::make_unique<sim::meter>(
        sim::meter::setup{number, first, order.at, duration{0}, options_.zone, site_.profile,
                          *site_.credentials},
        home.people);
    place_order(std::move(order), now_);
}

world::delivery world::advance(instant deadline)
{
    delivery out;
    while (!agenda_.empty() && out.lines.empty() && out.orders.empty()) {
        const auto next = agenda_.begin();
        if (next->first > deadline) break;
        now_ = std::max(now_, next->first);
        // Everything of one moment goes out together.
        while (!agenda_.empty() && agenda_.begin()->first <= now_) {
            const due event = std::move(agenda_.begin()->second);
            agenda_.erase(agenda_.begin());
            happen(event, out);
        }
    }
    if (out.lines.empty() && out.orders.empty()) now_ = std::max(now_, deadline);
    out.at = now_;
    return out;
}

void world::happen(const due& event, delivery& into)
{
    switch (event.kind) {
        case due::what::line: into.lines.push_back(event.bytes); return;
        case due::what::order:
            into.orders.push_back(event.order);
            open_orders_.push_back(event.order);
            return;
        case due::what::exchange: return exchange_meter(event.flat);
        case due::what::end:
            for (const auto& home : flats_) {
                home->installed->advance(end_);
                ends_.registers.push_back({home->account, home->installed->number(), end_,
                                           home->installed->registers()});
            }
            return;
    }
}

truth world::what_happened()
{
    truth out = ends_;
    for (const auto& home : flats_) {
        for (sim::meter* known : {home->removed.get(), home->installed.get()}) {
            if (known == nullptr) continue;
            for (const auto& move : known->moves()) {
                out.relays.push_back({home->account, known->number(), move.at, move.relay});
            }
        }
    }
    std::stable_sort(out.registers.begin(), out.registers.end(),
                     [](const auto& a, const auto& b) {
                         return std::tie(a.account, a.at, a.meter) <
                                std::tie(b.account, b.at, b.meter);
                     });
    return out;
}

}  // namespace wattpurse::sim
