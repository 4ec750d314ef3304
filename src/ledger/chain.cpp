// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/chain.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include <openssl/evp.h>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::ledger {
namespace {

/// Appends values in the form that `block_bytes` documents.
class byte_writer {
public:
    byte_writer(std::vector<std::uint8_t>& out, bool with_links) noexcept
        : out_{out}, with_links_{with_links}
    {
    }

    template <class Unsigned>
    void put_integer(Unsigned value)
    {
        std::array<std::uint8_t, sizeof(Unsigned)> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
        }
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }
    void put(std::string_view text)
    {
        put_integer(static_cast<std::uint32_t>(text.size()));
        out_.insert(out_.end(), text.begin(), text.end());
    }
    void put(instant at)
    {
        put_integer(static_cast<std::uint64_t>(at.time_since_epoch().count()));
    }
    void put(money amount)
    {
        put_integer(static_cast<std::uint64_t>(amount.mantissa()));
        const currency unit = amount.unit();
        const std::string_view code = unit.code();
        out_.insert(out_.end(), code.begin(), code.end());
    }
    void put(const digest& value) { out_.insert(out_.end(), value.begin(), value.end()); }

    void put(const posting& row)
    {
        put(row.account.view());
        put_integer(row.account_seq);
        put(row.key);
        put_integer(row.leg);
        put(to_string(row.kind));
        put(row.subject);
        put(row.effective_at);
        put(row.recorded_at);
        put(row.amount);
        put(row.running_balance);
        put(row.explain);
        if (!with_links_) return;
        put(row.link);
        put_integer(static_cast<std::uint8_t>(row.expires_at ? 1 : 0));
        if (row.expires_at) put(*row.expires_at);
    }

private:
    std::vector<std::uint8_t>& out_;
    bool with_links_;
};

[[nodiscard]] std::string link_fault(std::span<const posting> postings,
                                     const block_seal& previous, const block_seal& seal)
{
    if (seal.number != previous.number + 1) {
        return "follows block " + std::to_string(previous.number);
    }
    if (seal.previous != previous.value) {
        return "does not name the digest of the block before it";
    }
    if (seal.postings != postings.size()) {
        return "sealed " + std::to_string(seal.postings) + " postings and has " +
               std::to_string(postings.size());
    }
    const auto stray = std::find_if(postings.begin(), postings.end(), [&seal](const posting& row) {
        return row.block != seal.number;
    });
    if (stray != postings.end()) {
        return "holds a posting of block " + std::to_string(stray->block);
    }
    return {};
}

}  // namespace

std::vector<std::uint8_t> block_bytes(const block_seal& previous,
                                      std::span<const posting> postings, instant sealed_at)
{
    constexpr std::size_t row_size_typical = 200;  // saves most of the growing, no more
    std::vector<std::uint8_t> bytes;
    bytes.reserve(128 + postings.size() * row_size_typical);
    const bool with_links =
        std::any_of(postings.begin(), postings.end(), [](const posting& row) {
            return !row.link.empty() || row.expires_at.has_value();
        });
    byte_writer out{bytes, with_links};
    out.put(with_links ? "wattpurse.block.2" : "wattpurse.block.1");
    out.put_integer(previous.number + 1);
    out.put(previous.value);
    out.put(sealed_at);
    out.put_integer(static_cast<std::uint32_t>(postings.size()));
    for (const posting& row : postings) {
        out.put(row);
    }
    return bytes;
}

digest digest_of(const block_seal& previous, std::span<const posting> postings, instant sealed_at)
{
    const auto bytes = block_bytes(previous, postings, sealed_at);
    digest value{};
    unsigned size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(), value.data(), &size, EVP_sha256(),
                                nullptr);
    // Fails only where there is no memory or no SHA-256 at all: no books can be kept then.
    WATTPURSE_ASSERT(done == 1 && size == value.size());
    return value;
}

block_seal seal_of(const block_seal& previous, std::span<const posting> postings,
                   instant sealed_at)
{
    block_seal seal;
    seal.number = previous.number + 1;
    seal.previous = previous.value;
    seal.value = digest_of(previous, postings, sealed_at);
    seal.postings = static_cast<std::uint32_t>(postings.size());
    seal.sealed_at = sealed_at;
    return seal;
}

result<void, std::string> verify(std::span<const posting> postings, const block_seal& previous,
                                 const block_seal& seal)
{
    std::string fault = link_fault(postings, previous, seal);
    if (fault.empty() && digest_of(previous, postings, seal.sealed_at) != seal.value) {
        fault = "is not what was sealed: a posting or the seal has been altered";
    }
    if (!fault.empty()) {
        return tl::unexpected<std::string>{"block " + std::to_string(seal.number) + " " + fault};
    }
    return {};
}

}  // namespace wattpurse::ledger
