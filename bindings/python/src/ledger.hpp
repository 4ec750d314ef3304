// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <pybind11/pybind11.h>

#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/ledger/statement.hpp>
#include <wattpurse/port/store.hpp>

#include "errors.hpp"

namespace wattpurse::python {

namespace py = pybind11;

/// What goes wrong while no Python object may be touched; becomes the class of that name in
/// wattpurse.errors. A `Refused` has the code as its reason.
struct ledger_fault {
    std::string type;
    error_details what;
};

/// One thing to be done to the books.
struct ledger_step {
    enum class kind_type : std::uint8_t { post, settle, release, reverse, close, terms };
    kind_type kind = kind_type::post;
    /// What is known of the transfer; of `settle` and so on the legs are found in the books.
    transfer work;
    bool has_time = false;         ///< false: it speaks of the moment of booking
    std::optional<money> part;     ///< settle: the price; reverse: how much of it, none: all
    account_id account;            ///< close, terms: whose
    account_id to;                 ///< settle: who is paid; close: through whom it is paid out
    account_id debt;               ///< close: who takes over what is owed
    bool sets_floor = false;       ///< terms: otherwise the floor stays as it is
    std::optional<money> floor;
    std::optional<bool> is_closed; ///< terms: none: stays as it is
};

struct ledger_answer {
    bool is_repeat = false;         ///< it was in the books already
    std::vector<posting> postings;  ///< none of terms, and of closing what is empty
};

/// The books of a store with its writer, for any number of threads, one at a time. A term of
/// writing begins with the first commit, and anew after whatever goes wrong.
class ledger_books {
public:
    using open_store = std::function<std::unique_ptr<port::store>()>;

    /// `unit` none: that of the accounts there are. Throws `ledger_fault`, as all that follow.
    ledger_books(open_store open, std::optional<currency> unit, bool is_read_only);

    [[nodiscard]] currency unit() const noexcept { return unit_; }

    /// All of it with one flush of the disk, or nothing.
    [[nodiscard]] std::vector<ledger_answer> commit(std::vector<ledger_step> steps, instant now);

    /// Calls `work` with the store, alone.
    template <class Work>
    auto with_store(Work work)
    {
        const std::lock_guard lock{mutex_};
        return work(store());
    }
    /// Ends the term of any writer, so that what is beside the postings can be made anew, and
    /// closes the store meanwhile.
    template <class Work>
    auto alone(Work work)
    {
        const std::lock_guard lock{mutex_};
        end_writers();
        return work();
    }

private:
    struct slice {
        std::size_t first = 0;
        std::size_t count = 0;
    };

    [[nodiscard]] port::store& store();
    void end_writers();
    void begin_term();
    void end_term() noexcept;
    void stage(ledger_step& step, ledger_answer& out);
    void stage_close(ledger_step& step, ledger_answer& out);
    void stage_terms(const ledger_step& step);
    void complete(ledger_step& step);
    [[nodiscard]] bool is_repeat(const ledger_step& step, const std::vector<posting>& known) const;
    void post(const ledger_step& step, ledger_answer& out);
    [[nodiscard]] std::vector<posting> rows_of(const std::string& key);
    [[nodiscard]] std::vector<transfer_leg> left_of(const std::string& key);
    void submit();
    void hand_over(const port::batch& work);
    void go_back();
    void prove_term();
    void refuse_to_write() const;

    open_store open_;
    currency unit_;
    bool is_read_only_;
    std::mutex mutex_;
    std::unique_ptr<port::store> store_;
    std::unique_ptr<ledger::journal> journal_;  ///< none: no term of writing
    std::uint64_t epoch_ = 0;
    instant latest_{};                          ///< the books' time does not go back
    std::vector<account_terms> fresh_terms_;    ///< of the open block
    bool goes_by_term_ = false;  ///< something is answered that no batch would tell to be outdated
    std::unordered_map<std::string, slice> keys_;  ///< of the open block
    std::unordered_map<std::string, account_terms> terms_;  ///< those that hold, by account
};

/// The error of a text that a store or an audit gave.
[[noreturn]] void fail_store(const std::string& text);
template <class T>
[[nodiscard]] T read_value(result<T, std::string> outcome)
{
    if (!outcome) fail_store(outcome.error());
    return *std::move(outcome);
}
/// Why the journal refused a transfer, with what stands in the way.
[[nodiscard]] ledger_fault refusal_fault(ledger::refusal why, const transfer& work,
                                         const ledger::journal& books);
/// What differs from what stands under that key.
[[nodiscard]] ledger_fault conflict_fault(const transfer& asked, const std::vector<posting>& known);

/// Runs `work` without the interpreter's lock; its faults become Python errors.
template <class Work>
auto unlocked(Work work)
{
    try {
        const py::gil_scoped_release free;
        return work();
    } catch (const ledger_fault& fault) {
        ledger_fault kept = fault;
        py::gil_scoped_acquire held;
        if (kept.type != "Refused") raise(kept.type.c_str(), kept.what);
        py::dict named;
        named["place"] = kept.what.place;
        named["value"] = kept.what.value;
        named["expected"] = kept.what.expected;
        named["code"] = kept.what.code;
        named["reason"] = kept.what.code;
        const py::object made = py::module_::import("wattpurse.errors").attr("Refused")(
            kept.what.message, **named);
        PyErr_SetObject(py::type::of(made).ptr(), made.ptr());
        throw py::error_already_set();
    }
}

/// Books with where they are: a path, or nothing for PostgreSQL.
struct python_books {
    std::string path;
    ledger_books books;
};

/// An account's name from Python.
[[nodiscard]] account_id account_of(py::handle name, const char* place);

void bind_ledger_reading(py::class_<python_books>& type);
void bind_ledger_care(py::class_<python_books>& type);

}  // namespace wattpurse::python
