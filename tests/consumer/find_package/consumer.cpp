// SPDX-License-Identifier: Apache-2.0
// A stranger's program: a top-up is posted, and the balance is what was paid in.
#include <wattpurse/ledger/journal.hpp>

int main()
{
    using namespace wattpurse;
    const currency yuan{"CNY"};
    const money paid{decimal<6>::of(50'000'000), yuan};
    const auto flat = *account_id::parse("flat-7"), house = *account_id::parse("house");
    ledger::journal books{yuan};
    transfer top_up;
    top_up.key = "top-up-1";
    top_up.kind = posting_kind::top_up;
    top_up.legs = {{flat, paid}, {house, -paid}};
    const auto posted = books.stage(top_up);
    const auto block = books.seal(instant{});
    return posted && block.postings.size() == 2 && books.balance(flat) == paid ? 0 : 1;
}
