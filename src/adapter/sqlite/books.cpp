// SPDX-License-Identifier: Apache-2.0
#include "books.hpp"

#include <algorithm>

namespace wattpurse::adapter::sqlite {

std::string insert_text(std::string_view verb, std::string_view table, std::string_view columns)
{
    std::string text{verb};
    text.append(" INTO ").append(table).append(" (").append(columns).append(") VALUES (?");
    const auto commas = std::count(columns.begin(), columns.end(), ',');
    for (auto i = commas; i > 0; --i) {
        text += ", ?";
    }
    return text += ")";
}

std::string select_text(std::string_view columns, std::string_view table, std::string_view rest)
{
    std::string text{"SELECT "};
    text.append(columns).append(" FROM ").append(table).append(" ").append(rest);
    return text;
}

std::int64_t store::books::meta(std::string_view name, std::int64_t otherwise)
{
    select_meta.put(name);
    const use reset_after{select_meta};
    return select_meta.step() ? select_meta.integer() : otherwise;
}

void store::books::set_meta(std::string_view name, std::uint64_t value)
{
    write_meta.put(name).put_count(value).run();
}

account_head& store::books::head(const account_id& account)
{
    const auto [place, is_new] = heads.try_emplace(account);
    if (!is_new) {
        return place->second;
    }
    place->second.account = account;
    if (const auto row = index.last_of(account)) {
        place->second = head_at(*row);
    }
    return place->second;
}

account_head store::books::head_at(std::int64_t row)
{
    select_head.put(row);
    const use reset_after{select_head};
    if (!select_head.step()) {
        throw row_fault{"there is no posting row " + std::to_string(row)};
    }
    return take_head(select_head);
}

void store::books::renew()
{
    constexpr std::size_t most = 100'000;  // some 10 MB
    std::int64_t now = 0;
    {
        const use reset_after{select_version};
        if (select_version.step()) now = select_version.integer();
    }
    if (now != version || heads.size() > most) {
        heads.clear();
    }
    if (now != version) {
        index.read_on();
    }
    version = now;
}

void store::books::forget_batch()
{
    heads.clear();
    index.undo();
    version = 0;  // as of no moment: it is not known what a failed commit has left
}

std::uint64_t store::books::end_of_postings()
{
    const use reset_after{select_end};
    return select_end.step() ? select_end.count() : 1;
}

block_seal store::books::last_seal()
{
    const use reset_after{select_seal};
    return select_seal.step() ? take_seal(select_seal) : block_seal{};
}

}  // namespace wattpurse::adapter::sqlite
