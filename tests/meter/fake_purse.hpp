// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include <wattpurse/meter/dialect.hpp>

#include "fake_line.hpp"
#include "fake_security.hpp"

namespace fake {

/// What a meter does with one top-up.
enum class mood : std::uint8_t {
    good,                ///< applies it and says yes
    deaf,                ///< never heard it
    lose_answer,         ///< applies it, the yes gets lost
    late_answer,         ///< applies it, the yes comes ten seconds later
    late_application,    ///< says nothing, and applies it a few seconds later
    refuse,              ///< says no
    refuse_with_one_byte,
    apply_and_refuse,    ///< applies it and says no
    count_only,          ///< counts it, books no money, says no
    money_only,          ///< books the money, does not count, says no
    half,                ///< counts it and books half the money, says yes
    say_yes,             ///< says yes, and does nothing
    other_amount,        ///< counts it and records another amount
    repeat,              ///< calls it a repetition
    lose_session,        ///< forgets the session and says so
    mumble,              ///< applies it and answers to something else
};

/// A purse as a meter keeps it, reached in the way of a dialect.
struct purse_meter {
    wattpurse::meter::dialect kind = wattpurse::meter::park_plain;
    dlt645::address plate = dlt645::address::parse("260305510012").value();

    std::uint32_t count = 1;
    std::int64_t money = 20'00;
    std::int64_t overdraft = 0;
    std::int64_t recorded = 20'00;
    std::int64_t used_each_reading = 0;
    std::deque<mood> moods;       ///< for the top-ups to come; good when empty
    int applied = 0;
    bool session = false;
    bool silent = false;          ///< to everything
    int silent_after = 1'000'000; ///< top-ups; deaf to everything from then on
    bool nonsense = false;        ///< answers reads with too little
    bool no_record = false;
    bool refuses_session = false;
    std::uint16_t word = 0x0001;  ///< of a refusal
    instant pending_at = instant::max();
    std::int64_t pending_amount = 0;
    std::uint32_t pending_count = 0;
    int top_ups_heard = 0;

    void apply(std::int64_t amount, std::uint32_t to)
    {
        ++applied;
        book(amount);
        count = to;
        recorded = amount;
    }
    void book(std::int64_t amount)
    {
        const std::int64_t paid_back = std::min(amount, overdraft);
        overdraft -= paid_back;
        money += amount - paid_back;
    }

    std::vector<reply> operator()(const dlt645::frame& request, instant now)
    {
        if (now >= pending_at) {
            pending_at = instant::max();
            apply(pending_amount, pending_count);
        }
        if (silent || top_ups_heard > silent_after) return {};
        if (request.function() == 0x11) return read(request);
        if (request.function() == 0x03 &&
            dlt645::parse_security(request)->id == dlt645::data_id::identity) {
            return open(request);
        }
        return top_up(request, now);
    }

    std::vector<reply> read(const dlt645::frame& request)
    {
        const auto id = dlt645::parse_data_id(request).value();
        const auto is = [&](const wattpurse::meter::number_place& place) {
            return place.exists() && place.id == id;
        };
        if (nonsense) return answer(plate, id, {0x01});
        if (is(kind.purchase_count)) return answer(plate, id, bcd(count % 10'000, 2));
        if (is(kind.recorded_amount) && !no_record) {
            return answer(plate, id, bcd(static_cast<std::uint64_t>(recorded), 4));
        }
        if (is(kind.money)) {
            money -= std::min(money, used_each_reading);
            auto value = bcd(static_cast<std::uint64_t>(money), 4);
            if (kind.money.id == kind.overdraft.id) {
                const auto owed = bcd(static_cast<std::uint64_t>(overdraft), 4);
                value.insert(value.end(), owed.begin(), owed.end());
                value.resize(65);
            }
            return answer(plate, id, value);
        }
        if (is(kind.overdraft)) {
            return answer(plate, id, bcd(static_cast<std::uint64_t>(overdraft), 4));
        }
        return no_data(plate, request);
    }

    std::vector<reply> open(const dlt645::frame& request)
    {
        if (refuses_session) {
            return {{dlt645::security_refusal(plate, dlt645::security_error_bit::identity)}};
        }
        CHECK(request.length == 32);
        session = true;
        const std::vector<std::uint8_t> told{0x77, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8};
        return {{dlt645::security_answer(plate, dlt645::data_id::identity, told).value()}};
    }

    std::vector<reply> top_up(const dlt645::frame& request, instant now)
    {
        ++top_ups_heard;
        const bool written = kind.way == wattpurse::meter::top_up_way::write_identifier;
        const byte_span data = request.payload().subspan(written ? 12 : 8);
        const auto number = [&](byte_span field) {
            return static_cast<std::int64_t>(written ? from_bcd(field).value() : binary(field));
        };
        const std::int64_t amount = number(data.subspan(written ? 4 : 0, 4));
        const bool counted = kind.purchase_count.exists();
        const auto told = counted ? number(data.subspan(written ? 0 : 4, 4)) : count + 1;
        const auto to = static_cast<std::uint32_t>(told);
        const frame_pair say = answers(request, written);
        if (counted && to == count) return {{say.repeated}};
        if (counted && to != count + 1) return {{say.no}};
        if (kind.way == wattpurse::meter::top_up_way::sealed_30) {
            const bool good = data[8] == security::sum(data.first(8), 2) &&
                              data[18] == security::sum(data.subspan(12, 6), 3);
            if (!session) return {{say.no_session}};
            CHECK(good);
        }
        const mood now_feels = moods.empty() ? mood::good : moods.front();
        if (!moods.empty()) moods.pop_front();
        switch (now_feels) {
            case mood::good: apply(amount, to); return {{say.yes}};
            case mood::deaf: return {};
            case mood::lose_answer: apply(amount, to); return {};
            case mood::late_answer: apply(amount, to); return {{say.yes, duration{10'000}}};
            case mood::late_application:
                pending_at = now + duration{7000};
                pending_amount = amount;
                pending_count = to;
                return {};
            case mood::refuse: return {{say.no}};
            case mood::refuse_with_one_byte:
                return {{dlt645::refusal(plate, request, dlt645::error_bit::other)}};
            case mood::apply_and_refuse: apply(amount, to); return {{say.no}};
            case mood::count_only: count = to; recorded = amount; return {{say.no}};
            case mood::money_only: ++applied; book(amount); return {{say.no}};
            case mood::half: apply(amount / 2, to); recorded = amount; return {{say.yes}};
            case mood::say_yes: return {{say.yes}};
            case mood::other_amount: apply(amount, to); recorded = amount + 1; return {{say.yes}};
            case mood::repeat: return {{say.repeated}};
            case mood::lose_session: session = false; return {{say.no_session}};
            case mood::mumble: {
                apply(amount, to);
                dlt645::frame odd = say.yes;
                odd.address = dlt645::address::parse("000000000099").value();
                return {{odd}};
            }
        }
        return {};
    }

    struct frame_pair {
        dlt645::frame yes, no, repeated, no_session;
    };
    [[nodiscard]] frame_pair answers(const dlt645::frame& request, bool written) const
    {
        using dlt645::security_error_bit;
        if (written) {
            const auto no = dlt645::refusal(plate, request, dlt645::error_bit::other);
            return {dlt645::write_answer(plate), no, no, no};
        }
        const auto id = dlt645::parse_security(request)->id;
        return {dlt645::security_answer(plate, id, {}).value(),
                dlt645::security_refusal(plate, word),
                dlt645::security_refusal(plate, security_error_bit::repeated_top_up),
                dlt645::security_refusal(plate, security_error_bit::identity)};
    }
};

}  // namespace fake
