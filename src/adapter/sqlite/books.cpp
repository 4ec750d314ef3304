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
    select_head.put(account.view());
    const use reset_after{select_head};
    if (select_head.step()) {
        const std::uint64_t seq = select_head.count();
        const std::int64_t balance = select_head.integer();
        place->second = {account, seq, money_of(balance, select_head.text())};
    }
    return place->second;
}

void store::books::renew_heads()
{
    constexpr std::size_t most = 100'000;  // some 10 MB
    const use reset_after{select_version};
    const std::int64_t version = select_version.step() ? select_version.integer() : 0;
    if (version != heads_version || heads.size() > most) {
        heads.clear();
    }
    heads_version = version;
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
