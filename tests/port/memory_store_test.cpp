// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/port/memory_store.hpp>

#include "port/store_conformance.hpp"

namespace {

class memory_fixture {
public:
    wattpurse::port::store& store() { return books_; }
    void reopen() {}  // the object is the medium

private:
    wattpurse::port::memory_store books_;
};

}  // namespace

TYPE_TO_STRING(memory_fixture);
TEST_CASE_TEMPLATE_INVOKE(store_conformance, memory_fixture);
