// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/line_faults.hpp>

#include <string_view>

#include <wattpurse/sim/draw.hpp>

namespace wattpurse::sim {

namespace {

std::uint64_t hash_of(byte_span bytes)
{
    std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a, as `number_of`
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3U;
    return hash;
}

}  // namespace

line_fault line_faults::draw_for(std::uint64_t meter, byte_span request)
{
    const std::uint64_t operation = draw({meter, hash_of(request)});
    if (attempts_.size() >= counted_max) attempts_.clear();
    const std::uint64_t attempt = ++attempts_[operation];
    last_ = draw({rates_.seed, meter, operation, attempt});
    std::uint64_t rest = last_ % 1000;
    struct choice {
        line_fault fault;
        std::uint16_t rate;
    };
    for (const choice& one : {choice{line_fault::silent, rates_.silent},
                              choice{line_fault::deaf, rates_.deaf},
                              choice{line_fault::late, rates_.late},
                              choice{line_fault::truncated, rates_.truncated},
                              choice{line_fault::corrupted, rates_.corrupted},
                              choice{line_fault::noisy, rates_.noisy},
                              choice{line_fault::partly_applied, rates_.partly_applied}}) {
        if (rest < one.rate) return one.fault;
        rest -= one.rate;
    }
    return line_fault::none;
}

std::vector<std::uint8_t> line_faults::spoil(line_fault fault, std::uint64_t meter,
                                             byte_span answer) const
{
    std::vector<std::uint8_t> out{answer.begin(), answer.end()};
    const std::uint64_t luck = draw({last_, meter, out.size()});
    if (out.empty()) return out;
    if (fault == line_fault::truncated) out.resize(luck % out.size());
    if (fault == line_fault::corrupted) {
        const std::uint64_t bit = luck % (out.size() * 8);
        out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] ^ (1U << bit % 8));
    }
    if (fault == line_fault::noisy) {
        std::vector<std::uint8_t> noise;
        for (std::uint64_t i = 0; i <= luck % 7; ++i) {
            noise.push_back(static_cast<std::uint8_t>(draw({luck, i})));
        }
        out.insert(out.begin(), noise.begin(), noise.end());
    }
    return out;
}

}  // namespace wattpurse::sim
