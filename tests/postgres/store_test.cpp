// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/postgres/store.hpp>

#include <memory>

#include "port/store_conformance.hpp"
#include "postgres/server.hpp"

using namespace test_books;
using namespace test_postgres;
using port::commit_status;
using postgres_store = adapter::postgres::store;

namespace {

class postgres_fixture {
public:
    port::store& store() { return *books_; }
    void reopen()
    {
        books_.reset();
        books_ = std::make_unique<postgres_store>(common_server().conninfo(), shard_);
    }

private:
    std::uint32_t shard_ = fresh_shard();
    std::unique_ptr<postgres_store> books_ =
        std::make_unique<postgres_store>(common_server().conninfo(), shard_);
};

}  // namespace

TYPE_TO_STRING(postgres_fixture);
TEST_CASE_TEMPLATE_INVOKE(store_conformance, postgres_fixture);
