// SPDX-License-Identifier: Apache-2.0
// Some days of a small block of flats: batches of every kind of row, the same in every run of the
// same seed, and what the books hold after each of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/port/store.hpp>

#include "disk/computer.hpp"
#include "port/books.hpp"

namespace test_disk {

inline constexpr const char* ledger_path = "/ledger.db";

struct scenario {
    std::uint64_t seed = 1;
    int batches = 10;
    int customers = 4;
    int batches_until_reopened = 4;  ///< the file is closed and opened again after so many
};

/// Batch `i`, from 1. Its number is in the books as the last arrival.
[[nodiscard]] wattpurse::port::batch batch_of(test_books::writer& hand, const scenario& of, int i);

/// All that a store can say about its books.
struct all_books {
    all_books() = default;
    all_books(wattpurse::port::store& from, const scenario& of);  ///< throws what it cannot read

    wattpurse::port::snapshot state;
    std::vector<wattpurse::block_seal> seals;
    std::vector<wattpurse::posting> postings;
    std::vector<wattpurse::reading> readings;
    std::vector<wattpurse::command> commands;
    std::vector<wattpurse::notice> notices;
    std::vector<wattpurse::event> events;

    /// How many batches are in them.
    [[nodiscard]] int batches() const;
    [[nodiscard]] bool same_ledger(const all_books& other) const;  ///< postings, heads and seals
    [[nodiscard]] bool operator==(const all_books& other) const;
};

/// The books after 0, 1, 2 ... batches, kept in memory, where nothing can fail.
[[nodiscard]] std::vector<all_books> undisturbed(const scenario& of);

using visit = std::function<void(wattpurse::port::store&)>;

/// Opens the file and goes on from wherever it stands to the last batch, as a program would that
/// stops at the first trouble. `acknowledge(i)` after each commit; `opened` before any work and
/// `done` at the end see the store, and stop the work with an exception. Returns what stopped it;
/// empty at the end of the work.
[[nodiscard]] std::string work_on(const scenario& of, const std::function<void(int)>& acknowledge,
                                  const visit& opened = {}, const visit& done = {});

/// I1 to I4 hold, and the books are those after some number of batches, which is returned in
/// `held`. The result says what is wrong, and is empty where nothing is.
[[nodiscard]] std::string fault_of(wattpurse::port::store& books, const scenario& of,
                                   const std::vector<all_books>& expected, int& held);

/// As `fault_of`, of the file, opened for it.
[[nodiscard]] std::string inspect(const scenario& of, const std::vector<all_books>& expected,
                                  int& held);

/// What SQLite itself finds wrong with the file; "ok" where it finds nothing.
[[nodiscard]] std::string integrity();

/// Settings for every connection while it exists, put on behind the store's back.
class connection_settings {
public:
    /// `checkpoint_pages`: pages in the log that make SQLite copy them into the database; 0 for
    /// its own choice. `synchronous`: forced on the connection; nullptr for the store's choice.
    explicit connection_settings(int checkpoint_pages, const char* synchronous = nullptr);
    ~connection_settings();
    connection_settings(const connection_settings&) = delete;
    connection_settings& operator=(const connection_settings&) = delete;
};

}  // namespace test_disk
