// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/soft_security.hpp>

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::sim {

namespace {

namespace dlt645 = codec::dlt645;
using bytes = std::vector<std::uint8_t>;

constexpr std::size_t mac_size = 4;

void append(bytes& to, byte_span from) { to.insert(to.end(), from.begin(), from.end()); }

std::array<std::uint8_t, 32> hmac(byte_span key, byte_span text)
{
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(),
                            text.size(), out.data(), &size);
    WATTPURSE_ASSERT(done != nullptr && size == out.size());
    return out;
}

std::array<std::uint8_t, 4> wire_of(std::uint32_t value)
{
    std::array<std::uint8_t, 4> out{};
    for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> 8U * i & 0xFFU);
    return out;
}

std::array<std::uint8_t, 8> chip_number(const dlt645::address& meter)
{
    std::array<std::uint8_t, 8> out{};
    std::copy(meter.wire.begin(), meter.wire.end(), out.begin());
    return out;
}

/// Takes equally long whatever differs.
bool same(byte_span a, byte_span b)
{
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        difference |= static_cast<unsigned>(a[i] ^ b[i]);
    }
    return difference == 0;
}

/// A cipher that is its own reverse: the text xor a stream of the key, the session and a name.
bytes stream_xor(const soft_key& key, const session_random& random, byte_span name, byte_span text)
{
    bytes out{text.begin(), text.end()};
    for (std::size_t block = 0; block * soft_key::size < out.size(); ++block) {
        bytes seed{name.begin(), name.end()};
        append(seed, wire_of(static_cast<std::uint32_t>(block)));
        const auto stream = key.code<soft_key::size>("stream", random, seed);
        for (std::size_t i = 0; i < stream.size(); ++i) {
            const std::size_t at = block * soft_key::size + i;
            if (at < out.size()) out[at] = static_cast<std::uint8_t>(out[at] ^ stream[i]);
        }
    }
    return out;
}

/// What the code of a parameter covers: level, identifier and value as sent.
bytes parameter_text(std::uint8_t level, dlt645::data_id id, byte_span sent)
{
    bytes out{level};
    append(out, dlt645::wire_of(id));
    append(out, sent);
    return out;
}

constexpr std::array<std::uint8_t, 3> control_name{'1', 'C', 'H'};
constexpr std::size_t control_cipher_size = 16;

}  // namespace

// ---- The key ---------------------------------------------------------------------------------

soft_key::soft_key(const std::array<std::uint8_t, size>& master, const dlt645::address& meter)
    : key_(hmac(master, meter.wire))
{
}

std::array<std::uint8_t, soft_key::size> soft_key::hash(std::string_view purpose, byte_span first,
                                                        byte_span second) const
{
    bytes text{purpose.begin(), purpose.end()};
    text.push_back(0);
    append(text, wire_of(static_cast<std::uint32_t>(first.size())));
    append(text, first);
    append(text, second);
    return hmac(key_, text);
}

// ---- The meter's side ------------------------------------------------------------------------

soft_chip::soft_chip(const std::array<std::uint8_t, soft_key::size>& master,
                     const dlt645::address& meter)
    : key_(master, meter), number_(chip_number(meter))
{
}

result<std::array<std::uint8_t, 12>> soft_chip::open_session(byte_span request, instant now)
{
    if (request.size() != 24) return fail(errc::out_of_range);
    const auto cipher = key_.code<8>(seal_purpose::identity, request.subspan(8));
    if (is_locked(now) || !same(cipher, request.first(8))) {
        count_wrong(now);
        return fail(errc::out_of_range);
    }
    const auto random = key_.code<4>("random", wire_of(++sessions_));
    session_ = session{random, now + session_time_};
    std::array<std::uint8_t, 12> out{};
    std::copy(random.begin(), random.end(), out.begin());
    std::copy(number_.begin(), number_.end(), out.begin() + 4);
    return out;
}

bool soft_chip::has_session(instant now) const { return session_ && now < session_->until; }

bool soft_chip::verify(std::string_view purpose, byte_span what, byte_span mac, instant now)
{
    if (!has_session(now) || is_locked(now)) return false;
    const auto right = key_.code<mac_size>(purpose, session_->random, what);
    if (same(right, mac)) return true;
    count_wrong(now);
    return false;
}

void soft_chip::count_wrong(instant now)
{
    using std::chrono::hours;
    if (now - wrong_since_ >= hours{24}) {
        wrong_since_ = now;
        wrong_ = 0;
    }
    if (++wrong_ >= wrong_codes_max) locked_until_ = wrong_since_ + hours{24};
}

result<wattpurse::meter::control_plain> soft_chip::unseal_control(byte_span sealed, instant now)
{
    if (sealed.size() != control_cipher_size + mac_size || !has_session(now)) {
        return fail(errc::out_of_range);
    }
    const byte_span cipher = sealed.first(control_cipher_size);
    if (!verify(seal_purpose::control, cipher, sealed.last(mac_size), now)) {
        return fail(errc::out_of_range);
    }
    const bytes plain = stream_xor(key_, session_->random, control_name, cipher);
    wattpurse::meter::control_plain out{};
    std::copy_n(plain.begin(), out.size(), out.begin());
    return out;
}

result<bytes> soft_chip::unseal_parameter(std::uint8_t level, dlt645::data_id id,
                                          byte_span sealed, instant now)
{
    if (sealed.size() < mac_size || !has_session(now)) return fail(errc::out_of_range);
    const byte_span sent = sealed.first(sealed.size() - mac_size);
    const bytes text = parameter_text(level, id, sent);
    if (!verify(seal_purpose::parameter, text, sealed.last(mac_size), now)) {
        return fail(errc::out_of_range);
    }
    if (level != 0x98) return bytes{sent.begin(), sent.end()};
    return stream_xor(key_, session_->random, dlt645::wire_of(id), sent);
}

std::array<std::uint8_t, 4> soft_chip::seal(byte_span what) const
{
    const session_random random = session_ ? session_->random : session_random{};
    return key_.code<mac_size>("meter", random, what);
}

// ---- The head-end's side ---------------------------------------------------------------------

result<session_random> soft_security::random_of(const dlt645::address& meter) const
{
    const auto found = sessions_.find(meter.wire);
    if (found == sessions_.end()) return fail(errc::not_available);
    return found->second;
}

bool soft_security::has_session(const dlt645::address& meter) const noexcept
{
    return sessions_.contains(meter.wire);
}

result<wattpurse::meter::session_request> soft_security::open_session(
    const dlt645::address& meter) noexcept
{
    const soft_key key{master_, meter};
    wattpurse::meter::session_request out;
    auto& wire = out.wire;
    const auto random = key.code<8>("opening", wire_of(++opened_));
    const auto number = chip_number(meter);
    std::copy(random.begin(), random.end(), wire.begin() + 8);
    std::copy(number.begin(), number.end(), wire.begin() + 16);
    const auto cipher = key.code<8>(seal_purpose::identity, byte_span{wire}.subspan(8));
    std::copy(cipher.begin(), cipher.end(), wire.begin());
    return out;
}

result<void> soft_security::accept_session(
    const dlt645::address& meter, const wattpurse::meter::session_answer& answer) noexcept
{
    const byte_span wire{answer.wire};
    if (!same(wire.subspan(4), chip_number(meter))) return fail(errc::out_of_range);
    session_random random{};
    std::copy_n(wire.begin(), random.size(), random.begin());
    sessions_[meter.wire] = random;
    return {};
}

void soft_security::drop_session(const dlt645::address& meter) noexcept
{
    sessions_.erase(meter.wire);
}

result<wattpurse::meter::sealed_control> soft_security::seal_control(
    const dlt645::address& meter, const wattpurse::meter::control_plain& order) noexcept
{
    const auto random = random_of(meter);
    if (!random) return fail(random.error());
    const soft_key key{master_, meter};
    std::array<std::uint8_t, control_cipher_size> padded{};
    std::copy(order.begin(), order.end(), padded.begin());
    const bytes cipher = stream_xor(key, *random, control_name, padded);
    const auto mac = key.code<mac_size>(seal_purpose::control, *random, cipher);
    wattpurse::meter::sealed_control out;
    std::copy(cipher.begin(), cipher.end(), out.wire.begin());
    std::copy(mac.begin(), mac.end(), out.wire.begin() + control_cipher_size);
    return out;
}

result<wattpurse::meter::top_up_seal> soft_security::seal_top_up(
    const dlt645::address& meter, const wattpurse::meter::top_up_plain& order) noexcept
{
    const auto money = seal(meter, seal_purpose::money, order.money_and_count);
    const auto customer = seal(meter, seal_purpose::customer, order.customer);
    if (!money || !customer) return fail(money ? customer.error() : money.error());
    wattpurse::meter::top_up_seal out;
    out.money_and_count.wire = *money;
    out.customer.wire = *customer;
    return out;
}

result<std::array<std::uint8_t, 4>> soft_security::seal(const dlt645::address& meter,
                                                        std::string_view purpose,
                                                        byte_span what) const
{
    const auto random = random_of(meter);
    if (!random) return fail(random.error());
    return soft_key{master_, meter}.code<mac_size>(purpose, *random, what);
}

result<bytes> soft_security::seal_parameter(const dlt645::address& meter, std::uint8_t level,
                                            dlt645::data_id id, byte_span value) const
{
    const auto random = random_of(meter);
    if (!random) return fail(random.error());
    bytes out{value.begin(), value.end()};
    if (level == 0x98) {
        out = stream_xor(soft_key{master_, meter}, *random, dlt645::wire_of(id), value);
    }
    const auto mac = seal(meter, seal_purpose::parameter, parameter_text(level, id, out));
    append(out, *mac);
    return out;
}

}  // namespace wattpurse::sim
