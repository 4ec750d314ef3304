// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/postgres/store.hpp>

#include <exception>
#include <utility>

#include <wattpurse/base/assert.hpp>

#include "books.hpp"

namespace wattpurse::adapter::postgres {
namespace {

/// Another writer was faster, or is at work, or a value has no place in an index: nothing is wrong
/// with the server.
[[nodiscard]] bool is_conflict(const postgres_error& error)
{
    return error.again() || error.state().substr(0, 2) == "23" || error.state() == "55P03" ||
           error.state() == "54000";
}

/// What is said of a server before it is open: its place, and nothing that was not asked for.
[[nodiscard]] std::string place_of(const std::string& conninfo)
{
    try {
        return "PostgreSQL at " + address{conninfo}.place();
    } catch (const std::exception&) {
        return "PostgreSQL";
    }
}

}  // namespace

store::store(const std::string& conninfo, std::uint32_t shard, const options& how)
{
    try {
        books_ = std::make_unique<books>(conninfo, shard, how);
    } catch (const std::exception& error) {
        throw std::runtime_error{"cannot open shard " + std::to_string(shard) + " of " +
                                 place_of(conninfo) + ": " + error.what()};
    }
}

store::~store() = default;

result<std::uint64_t, std::string> store::fence()
{
    if (books_->failed) {
        return tl::unexpected<std::string>{books_->failure};
    }
    try {
        return books_->fence();
    } catch (const postgres_error& error) {
        if (!is_conflict(error)) {
            books_->failed = true;
            books_->failure = error.what();
        }
        return tl::unexpected<std::string>{error.what()};
    } catch (const std::exception& error) {
        books_->failed = true;
        books_->failure = error.what();
        return tl::unexpected<std::string>{error.what()};
    }
}

void store::submit(const port::batch& work)
{
    using port::commit_status;
    WATTPURSE_ASSERT(!outcome_);
    if (books_->failed) {
        outcome_ = port::commit_outcome{commit_status::failed, books_->failure};
        return;
    }
    try {
        std::string fault = books_->commit(work);
        const auto status = fault.empty() ? commit_status::committed : commit_status::conflict;
        outcome_ = port::commit_outcome{status, std::move(fault)};
        return;
    } catch (const postgres_error& error) {
        if (is_conflict(error)) {
            outcome_ = port::commit_outcome{commit_status::conflict, error.what()};
            return;
        }
        books_->failure = error.what();
    } catch (const std::exception& error) {
        books_->failure = error.what();
    }
    // Whether the server has the batch may not be known from here: only loading the books anew can
    // tell.
    books_->failed = true;
    outcome_ = port::commit_outcome{commit_status::failed, books_->failure};
}

std::optional<port::commit_outcome> store::poll()
{
    return std::exchange(outcome_, std::nullopt);
}

}  // namespace wattpurse::adapter::postgres
