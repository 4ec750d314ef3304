// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/site.hpp>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::engine {

account_id house_account(std::string_view name)
{
    const auto id = account_id::parse(name);
    WATTPURSE_ASSERT(id.has_value());
    return *id;
}

bool is_customer(const account_id& account)
{
    return account.view().substr(0, 6) != "house:";
}

}  // namespace wattpurse::engine
