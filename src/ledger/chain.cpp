// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/chain.hpp>

#include <algorithm>
#include <string_view>

#include <openssl/evp.h>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::ledger {
namespace {

/// Writes values in the form that `block_bytes` documents, to a place that has room for them.
class byte_writer {
public:
    byte_writer(std::uint8_t* to, bool with_links) noexcept : at_{to}, with_links_{with_links} {}

    [[nodiscard]] const std::uint8_t* at() const noexcept { return at_; }

    template <class Unsigned>
    void put_integer(Unsigned value)
    {
        for (std::size_t i = sizeof(Unsigned); i-- > 0;) {
            *at_++ = static_cast<std::uint8_t>(value >> (8 * i));
        }
    }
    void put(std::string_view text)
    {
        put_integer(static_cast<std::uint32_t>(text.size()));
        at_ = std::copy(text.begin(), text.end(), at_);
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
        at_ = std::copy(code.begin(), code.end(), at_);
    }
    void put(const digest& value) { at_ = std::copy(value.begin(), value.end(), at_); }

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
    std::uint8_t* at_;
    bool with_links_;
};

/// The bytes of a row: its texts with a length of four each, and what is of one size.
[[nodiscard]] std::size_t size_of(const posting& row, bool with_links)
{
    constexpr std::size_t lengths = 5 * 4;
    constexpr std::size_t numbers = 8 + 4 + 2 * 8 + 2 * (8 + 3);  // seq, leg, times, amounts
    const std::size_t texts = row.account.view().size() + row.key.size() +
                              to_string(row.kind).size() + row.subject.size() +
                              row.explain.size();
    const std::size_t links =
        with_links ? 4 + row.link.size() + 1 + (row.expires_at ? std::size_t{8} : 0) : 0;
    return lengths + numbers + texts + links;
}

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
    const bool with_links =
        std::any_of(postings.begin(), postings.end(), [](const posting& row) {
            return !row.link.empty() || row.expires_at.has_value();
        });
    const std::string_view form = with_links ? "wattpurse.block.2" : "wattpurse.block.1";
    std::size_t size = 4 + form.size() + 8 + previous.value.size() + 8 + 4;
    for (const posting& row : postings) size += size_of(row, with_links);
    std::vector<std::uint8_t> bytes(size);
    byte_writer out{bytes.data(), with_links};
    out.put(form);
    out.put_integer(previous.number + 1);
    out.put(previous.value);
    out.put(sealed_at);
    out.put_integer(static_cast<std::uint32_t>(postings.size()));
    for (const posting& row : postings) {
        out.put(row);
    }
    WATTPURSE_ASSERT(out.at() == bytes.data() + bytes.size());
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
