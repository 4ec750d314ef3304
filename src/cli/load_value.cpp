// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include <wattpurse/codec/dlt645/item_text.hpp>
#include <wattpurse/codec/dlt645/load_record.hpp>

#include "value_reader.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;

constexpr std::size_t head_size = 3;  // A0 A0 and the count
constexpr std::size_t time_size = 5;
constexpr std::size_t tail_size = 2;  // checksum and E5

constexpr std::array<const char*, dlt645::load_part_count> part_names{
    "voltage_current_frequency", "power", "power_factor", "energy", "quadrant_energy", "demand"};

}  // namespace

nlohmann::ordered_json value_reader::load_json(byte_span blocks, std::size_t at)
{
    using step = dlt645::load_reader::step;
    json out = json::array();
    dlt645::load_reader reader{blocks};
    dlt645::load_record record;
    std::size_t begin = 0;
    auto found = reader.next(record, asked_);
    for (; found == step::block; found = reader.next(record, asked_)) {
        const std::size_t size = reader.offset() - begin;
        const std::string time{dlt645::moment_text("YYMMDDhhmm", record.at).view()};
        const std::string number = std::to_string(out.size() + 1);
        const std::size_t from = begin_ + at + begin;
        parts_.push_back({from, head_size, false, context_.say("block {}", {number})});
        parts_.push_back({from + head_size, time_size, false, time});
        json block{{"at", time}};
        for (std::size_t i = 0; i < record.parts.size(); ++i) {
            const byte_span part = record.parts[i];
            if (part.empty()) {
                continue;
            }
            const auto offset = static_cast<std::size_t>(part.data() - blocks.data());
            value_reader inner{context_, dlt645::layout_of(static_cast<dlt645::load_part>(i)),
                               begin_ + at + offset, part};
            static_cast<void>(inner.read());
            block[part_names[i]] = inner.shape_.take();
            take_inner(inner, part_names[i]);
        }
        out.push_back(std::move(block));
        const std::size_t end = begin_ + at + reader.offset();
        if (size > head_size + time_size + tail_size) {
            fill_separators(from + head_size + time_size, end - tail_size);
        }
        parts_.push_back({end - tail_size, 1, false, context_.say("checksum of the block")});
        parts_.push_back({end - 1, 1, false, context_.say("end of the block")});
        begin = reader.offset();
    }
    if (found == step::fault) {
        problems_.emplace_back("load record block {} makes no sense",
                               std::to_string(out.size() + 1));
        out.push_back(nullptr);
        parts_.push_back({begin_ + at + begin, blocks.size() - begin, false,
                          context_.say("makes no sense")});
    }
    return out;
}

void value_reader::take_inner(value_reader& inner, const std::string& name)
{
    std::string title = context_.say(name);
    std::replace(title.begin(), title.end(), '_', ' ');
    for (data_part& part : inner.parts_) {
        part.meaning = title + ", " + part.meaning;
        parts_.push_back(std::move(part));
    }
    for (auto& [label, unit] : inner.units_) {
        add_unit(name + "." + label, unit);
    }
    problems_.insert(problems_.end(), inner.problems_.begin(), inner.problems_.end());
}

/// Bytes AA between `begin` and `end` that nothing has been said about.
void value_reader::fill_separators(std::size_t begin, std::size_t end)
{
    std::vector<bool> covered(end - begin, false);
    for (const data_part& part : parts_) {
        for (std::size_t i = part.begin; i < part.begin + part.size; ++i) {
            if (i >= begin && i < end) {
                covered[i - begin] = true;
            }
        }
    }
    for (std::size_t i = begin; i < end;) {
        std::size_t next = i;
        while (next < end && !covered[next - begin]) {
            ++next;
        }
        if (next > i) {
            parts_.push_back({i, next - i, false, context_.say("end of a part")});
        }
        i = next + 1;
    }
}

}  // namespace wattpurse::cli
