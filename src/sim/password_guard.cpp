// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/password_guard.hpp>

namespace wattpurse::sim {

password_guard::password_guard(std::span<const codec::dlt645::credentials> passwords)
{
    for (const auto& password : passwords) locks_.push_back({password});
}

bool password_guard::admits(const codec::dlt645::credentials& who, std::uint8_t needed,
                            instant now)
{
    for (lock& one : locks_) {
        if (one.secret.level() != who.level()) continue;
        if (now < one.locked_until) return false;
        if (who.opens(one.secret)) {
            one.wrong = 0;
            return who.level() <= needed;
        }
        if (++one.wrong == tries_max) {
            one.wrong = 0;
            one.locked_until = now + lock_time;
        }
        return false;
    }
    return false;
}

bool password_guard::change(const codec::dlt645::credentials& fresh)
{
    for (lock& one : locks_) {
        if (one.secret.level() == fresh.level()) {
            one.secret = fresh;
            return true;
        }
    }
    return false;
}

bool password_guard::is_locked(std::uint8_t level, instant now) const
{
    for (const lock& one : locks_) {
        if (one.secret.level() == level) return now < one.locked_until;
    }
    return false;
}

}  // namespace wattpurse::sim
