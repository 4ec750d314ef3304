// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/sqlite/store.hpp>

#include <exception>
#include <utility>

#include <wattpurse/base/assert.hpp>

#include "books.hpp"

namespace wattpurse::adapter::sqlite {
namespace {

/// Another writer was faster, or is at work: nothing is wrong with the medium.
[[nodiscard]] bool is_conflict(const sqlite_error& error)
{
    return error.primary() == SQLITE_CONSTRAINT || error.primary() == SQLITE_BUSY ||
           error.primary() == SQLITE_LOCKED;
}

}  // namespace

store::store(const std::string& path, duration busy_max)
{
    try {
        books_ = std::make_unique<books>(path, busy_max);
    } catch (const std::exception& error) {
        throw std::runtime_error{"cannot open " + path + ": " + error.what()};
    }
}

store::~store() = default;

result<std::uint64_t, std::string> store::fence()
{
    if (books_->failed) {
        return tl::unexpected<std::string>{books_->failure};
    }
    try {
        transaction work{books_->file};
        const auto epoch = static_cast<std::uint64_t>(books_->meta("fence_epoch", 0)) + 1;
        books_->set_meta("fence_epoch", epoch);
        work.commit();
        return epoch;
    } catch (const sqlite_error& error) {
        if (!is_conflict(error)) {
            books_->failed = true;
            books_->failure = error.what();
        }
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
    } catch (const sqlite_error& error) {
        books_->forget_batch();
        if (is_conflict(error)) {
            outcome_ = port::commit_outcome{commit_status::conflict, error.what()};
            return;
        }
        books_->failure = error.what();
    } catch (const std::exception& error) {
        books_->forget_batch();
        books_->failure = error.what();
    }
    // What a failed flush has left on the disk cannot be known from here: only opening the file
    // anew, which reads it back, can tell.
    books_->failed = true;
    outcome_ = port::commit_outcome{commit_status::failed, books_->failure};
}

std::optional<port::commit_outcome> store::poll()
{
    return std::exchange(outcome_, std::nullopt);
}

}  // namespace wattpurse::adapter::sqlite
