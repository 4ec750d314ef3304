// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/reserving.hpp>

#include <utility>

namespace wattpurse::ledger {

namespace {

transfer about(const reservation& what, posting_kind kind, std::string key, instant at)
{
    transfer out;
    out.key = std::move(key);
    out.kind = kind;
    out.link = what.key;
    out.effective_at = at;
    out.recorded_at = at;
    out.legs = {{what.holder, -what.amount}};
    return out;
}

}  // namespace

transfer release_of(const reservation& what, std::string key, instant at)
{
    transfer out = about(what, posting_kind::release, std::move(key), at);
    out.legs.push_back({what.account, what.amount});
    out.explain = "gives back what " + what.key + " reserved";
    return out;
}

result<transfer> settle_of(const reservation& what, money price, account_id to, std::string key,
                           instant at)
{
    const auto rest = what.amount - price;
    if (!rest) return fail(rest.error());
    if (price.is_negative() || rest->is_negative()) return fail(errc::out_of_range);
    transfer out = about(what, posting_kind::settle, std::move(key), at);
    out.legs.push_back({to, price});
    if (!rest->is_zero()) out.legs.push_back({what.account, *rest});
    out.explain = "pays " + to_string(price) + " of what " + what.key + " reserved";
    return out;
}

void reservations::add(std::span<const posting> postings)
{
    for (const posting& row : postings) {
        if (row.kind == posting_kind::reserve && row.leg == 0) {
            reservation& next = known_[row.key];
            next.key = row.key;
            next.account = row.account;
            next.amount = -row.amount;
            next.expires_at = row.expires_at;
        } else if (row.kind == posting_kind::reserve) {
            known_[row.key].holder = row.account;
        } else if (row.kind == posting_kind::settle || row.kind == posting_kind::release) {
            const auto ended = known_.find(row.link);
            if (ended == known_.end()) continue;
            ended->second.state = row.kind == posting_kind::settle ? reservation_state::settled
                                                                   : reservation_state::released;
        }
    }
}

std::vector<reservation> reservations::all() const
{
    std::vector<reservation> out;
    for (const auto& [key, each] : known_) out.push_back(each);
    return out;
}

std::vector<reservation> reservations::open() const
{
    auto out = all();
    std::erase_if(out, [](const reservation& each) {
        return each.state != reservation_state::open;
    });
    return out;
}

}  // namespace wattpurse::ledger
