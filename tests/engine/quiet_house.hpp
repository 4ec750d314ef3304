// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/engine/system.hpp>
#include <wattpurse/port/store.hpp>

#include "../credit/examples.hpp"
#include "../tariff/examples.hpp"
#include "watching.hpp"

namespace wattpurse::engine::playing {

/// An engine with two flats on a line where nobody answers: for what comes from the desk.
class quiet_house {
public:
    explicit quiet_house(port::store& books, credit::policy rules = easy())
        : books_{books},
          centre{site_of(), tariff::examples::zhejiang(), std::move(rules), books}
    {
    }

    static credit::policy easy() { return credit::examples::residential(); }
    static account_id account(std::string_view name) { return credit::examples::flat(name); }
    static meter_id meter(std::string_view number) { return meter_id::parse(number).value(); }

    static site site_of()
    {
        site out;
        out.opened_at = credit::examples::at("2026-01-05T12:00");
        out.buses = {bus_id::parse("bus-1").value()};
        out.credentials = codec::dlt645::credentials{2, {0x12, 0x34, 0x56}, {1, 0, 0, 0}};
        for (const auto* name : {"F01", "F02"}) {
            out.accounts.push_back({account(name), credit::examples::yuan("100")});
            out.services.push_back({account(name),
                                    meter(std::string{"2026000000"} + (name + 1)),
                                    out.buses[0], out.opened_at, std::nullopt});
        }
        return out;
    }

    void pay(std::string_view key, std::string_view to, std::string_view amount)
    {
        pay_exactly(key, to, credit::examples::yuan(amount).mantissa());
    }

    /// In 10^-6 yuan, for amounts no till has.
    void pay_exactly(std::string_view key, std::string_view to, std::int64_t amount)
    {
        arrival in;
        in.kind = arrival_kind::payment;
        in.key = key;
        in.account = account(to);
        in.amount = amount;
        in.at = floor_to(site_of().opened_at, std::chrono::minutes{1});
        centre.receive(in);
    }

    /// Steps until `span` has gone by or the engine has failed; keeps what it says.
    void run_for(duration span)
    {
        const instant until = now + span;
        for (;;) {
            const instant next = centre.step(now);
            const byte_span out = centre.output(0);
            sent.insert(sent.end(), out.begin(), out.end());
            centre.sent(0, out.size());
            for (auto& message : centre.take_messages()) said.push_back(std::move(message));
            if (!centre.failure().empty() || now >= until) return;
            now = std::min(std::max(next, now + duration{1}), until);
        }
    }

    [[nodiscard]] bool has_accepted(std::string_view key) const
    {
        return std::any_of(said.begin(), said.end(), [&](const desk_message& each) {
            return each.what == desk_message::topic::accepted && each.key == key;
        });
    }

    [[nodiscard]] std::size_t commands_sent() const
    {
        const auto frames = frames_in({sent.data(), sent.size()});
        return static_cast<std::size_t>(
            std::count_if(frames.begin(), frames.end(),
                          [](const auto& each) { return each.function() == 0x1C; }));
    }

    /// Events of one kind, as "F01: text".
    [[nodiscard]] std::vector<std::string> events(event_kind kind) const
    {
        std::vector<std::string> out;
        const auto known = books_.events().value();
        for (const event& each : known) {
            if (each.kind != kind) continue;
            out.push_back(std::string{each.account.view()} + ": " + each.text);
        }
        return out;
    }

private:
    port::store& books_;

public:
    system centre;
    instant now = site_of().opened_at;
    std::vector<std::uint8_t> sent;
    std::vector<desk_message> said;
};

}  // namespace wattpurse::engine::playing
