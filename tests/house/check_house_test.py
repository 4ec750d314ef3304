#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules are rules: each one is fed a violation it must catch and a neighbour it must not."""

import unittest

import check_house
from check_house import RULES, SourceFile, columns, faults_of, strip

HEAD = "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n"
TEN_DOUBLE = "dou" + "ble"

# rule, path, what is caught, what is not
CASES = [
    ("floor_known", "include/wattpurse/cellar/x.hpp", "", None),
    ("floors", "include/wattpurse/base/x.hpp",
     "#include <wattpurse/model/reading.hpp>", "#include <wattpurse/base/result.hpp>"),
    ("floors", "src/tariff/x.cpp",
     "#include <wattpurse/ledger/journal.hpp>", "#include <wattpurse/model/usage.hpp>"),
    ("floors", "include/wattpurse/codec/dlt645/x.hpp",
     "#include <wattpurse/model/reading.hpp>", "#include <wattpurse/codec/dlt645/y.hpp>"),
    ("floors", "src/adapter/sqlite/x.cpp",
     "#include <wattpurse/adapter/json/load.hpp>", "#include <wattpurse/port/store.hpp>"),
    ("third_party", "include/wattpurse/base/x.hpp",
     "#include <fmt/format.h>", "#include <tl/expected.hpp>"),
    ("third_party", "include/wattpurse/engine/x.hpp", "#include <asio.hpp>", "#include <vector>"),
    ("third_party", "include/wattpurse/ledger/x.hpp", "#include <openssl/evp.h>", ""),
    ("third_party", "include/wattpurse/base/x.hpp",
     "#include <boost/multiprecision/cpp_int.hpp>", ""),
    ("third_party", "include/wattpurse/adapter/json/x.hpp", "#include <nlohmann/json.hpp>", ""),
    ("third_party", "src/adapter/json/x.cpp",
     "#include <sqlite3.h>", "#include <nlohmann/json.hpp>"),
    ("third_party", "include/wattpurse/adapter/sqlite/x.hpp", "#include <sqlite3.h>", ""),
    ("side_headers_stay_aside", "include/wattpurse/model/x.hpp",
     "#include <wattpurse/base/decimal_fmt.hpp>", "#include <wattpurse/base/decimal.hpp>"),
    ("public_includes", "include/wattpurse/base/x.hpp",
     '#include "result.hpp"', "#include <wattpurse/base/result.hpp>"),
    ("public_includes", "examples/data_centre/x.cpp",
     '#include "wattpurse/base/result.hpp"', '#include "settings.hpp"'),
    ("public_includes", "examples/data_centre/x.cpp",
     '#include "../../src/engine/x.hpp"', "#include <wattpurse/engine/system.hpp>"),
    ("exact_numbers", "src/ledger/x.cpp", f"{TEN_DOUBLE} x;", f"bool {TEN_DOUBLE}d;"),
    ("exact_numbers", "include/wattpurse/base/x.hpp", f"/// as a {TEN_DOUBLE}", "/// as an int"),
    ("banned_in_library", "include/wattpurse/engine/x.hpp",
     "auto s = std::format(x);", "// no std::format here"),
    ("banned_in_library", "src/adapter/sqlite/x.cpp",
     'std::printf("x");', "int print_width = 0;"),
    ("banned_in_library", "src/engine/x.cpp", "std::cout << 1;", 'auto s = "std::cout";'),
    ("banned_in_library", "src/engine/x.cpp", "std::snprintf(b, 1, c);", ""),
    ("banned_in_library", "src/engine/x.cpp", "std::expected<int, int> x;", "result<int> x;"),
    ("pure_below_adapters", "src/engine/x.cpp",
     "auto t = std::chrono::system_clock::now();", "instant now;"),
    ("pure_below_adapters", "src/sim/x.cpp",
     "std::this_thread::sleep_for(s);", "int sleepers = 0;"),
    ("pure_below_adapters", "src/port/x.cpp", "std::mutex m;", "int mutex_count = 0;"),
    ("pure_below_adapters", "src/port/x.cpp", "#include <thread>", "#include <span>"),
    ("pure_below_adapters", "src/engine/x.cpp", "throw 1;", "// it does not throw"),
    ("wire_column", "include/wattpurse/link/x.hpp",
     "std::vector<int> queue;", "std::array<int, 4> queue;"),
    ("wire_column", "include/wattpurse/codec/dlt645/x.hpp",
     "auto* p = new int;", "new (place) int;"),
    ("wire_column", "include/wattpurse/meter/x.hpp", "try { f(); }", "bool retry = true;"),
    ("wire_column", "include/wattpurse/model/x.hpp", "dynamic_cast<a&>(b)", "static_cast<a&>(b)"),
    ("finished", "src/engine/x.cpp", "// TO" "DO: later", "// to do this, that is needed"),
    ("line_length", "src/engine/x.cpp", "// " + "x" * 98, "// " + "x" * 97),
    ("line_length", "docs/x.cpp", "/// " + "\u7535" * 49, "/// " + "\u7535" * 48),
    ("ascii_sources", "src/engine/x.cpp", 'auto s = "\u7535";', "int x;  /// \u7535"),
    ("ascii_sources", "tests/engine/x_test.cpp", "int \u7535;", 'auto s = "\u7535";'),
    ("whitespace", "src/engine/x.cpp", "int x; ", "int x;"),
    ("whitespace", "src/engine/x.cpp", "\tint x;", "    int x;"),
    ("snake_case_names", "src/engine/BillRun.cpp", "", None),
    ("snake_case_names", "src/Engine/bill_run.cpp", "", None),
]


def rules_broken(path, body):
    return {name for _, name, _ in faults_of(path, HEAD + body + "\n")}


class EachRule(unittest.TestCase):
    def test_catches_a_violation_and_spares_its_neighbour(self):
        for name, path, bad, good in CASES:
            with self.subTest(rule=name, path=path, bad=bad):
                self.assertIn(name, rules_broken(path, bad))
                if good is not None:
                    self.assertNotIn(name, rules_broken(path, good))

    def test_has_a_case(self):
        with_case = {case[0] for case in CASES} | {"licence_first", "pragma_once", "file_length"}
        self.assertEqual(with_case, set(RULES))

    def test_names_the_line(self):
        text = HEAD + "\n\nint x; \n"
        self.assertEqual([n for n, r, _ in faults_of("src/port/x.cpp", text)
                          if r == "whitespace"], [5])


class WholeFiles(unittest.TestCase):
    def test_licence_first(self):
        for path, text in [("a.py", "#!/x\n# SPDX-License-Identifier: Apache-2.0\n"),
                           ("a.cpp", HEAD)]:
            self.assertNotIn("licence_first", {r for _, r, _ in faults_of(path, text)})
            self.assertIn("licence_first", {r for _, r, _ in faults_of(path, "\n" + text)})

    def test_pragma_once(self):
        without = HEAD.replace("#pragma once", "// #pragma once")
        self.assertIn("pragma_once", {r for _, r, _ in faults_of("a.hpp", without)})
        self.assertNotIn("pragma_once", {r for _, r, _ in faults_of("a.hpp", HEAD)})
        self.assertNotIn("pragma_once", {r for _, r, _ in faults_of("a.cpp", without)})

    def test_file_length(self):
        for count, broken in [(599, False), (600, True)]:
            text = HEAD + "\n" * (count - 2)
            rules = {r for _, r, _ in faults_of("src/port/x.cpp", text)}
            self.assertEqual("file_length" in rules, broken, count)

    def test_programs_may_print_and_read_the_clock(self):
        body = "#include <iostream>\nvoid f() { std::cout << std::chrono::system_clock::now(); }"
        self.assertEqual(rules_broken("src/cli/x.cpp", body), set())

    def test_adapters_may_read_the_clock_and_include_their_library(self):
        body = "#include <asio.hpp>\n#include <thread>\nauto t = std::chrono::system_clock::now();"
        self.assertEqual(rules_broken("src/adapter/asio/x.cpp", body), set())

    def test_side_headers_may_include_what_they_are_for(self):
        body = "#include <fmt/format.h>"
        self.assertEqual(rules_broken("include/wattpurse/base/decimal_fmt.hpp", body), set())


class TheTable(unittest.TestCase):
    def test_is_consistent(self):
        self.assertEqual(list(check_house.table_faults()), [])

    def test_refuses_a_row_that_stands_on_its_own_floor(self):
        kept = check_house.FOLDERS["tariff"]["may_include"]
        check_house.FOLDERS["tariff"]["may_include"] = kept + ["ledger"]
        try:
            self.assertEqual(len(list(check_house.table_faults())), 1)
        finally:
            check_house.FOLDERS["tariff"]["may_include"] = kept

    def test_refuses_a_folder_of_one_header(self):
        one = ["include/wattpurse/link/bus.hpp"]
        self.assertEqual(len(list(check_house.folder_faults(one))), 1)
        two = one + ["include/wattpurse/link/exchange.hpp"]
        self.assertEqual(list(check_house.folder_faults(two)), [])


class Exceptions(unittest.TestCase):
    PATH, RULE = "src/port/failpoint.cpp", "pure_below_adapters"

    def test_excuse_one_rule_in_one_file(self):
        found = [(self.PATH, 1, self.RULE, "a"), (self.PATH, 1, "floors", "b"),
                 ("src/port/other.cpp", 1, self.RULE, "c")]
        left, stale = check_house.split_exceptions([self.PATH], found)
        self.assertEqual([fault[-1] for fault in left], ["b", "c"])
        self.assertEqual(stale, [])

    def test_that_excuse_nothing_are_faults(self):
        self.assertEqual(len(check_house.split_exceptions([self.PATH], [])[1]), 1)


class Reading(unittest.TestCase):
    def test_comments_and_strings_are_no_code(self):
        text = 'int a; // x\n/* y\n z */ int b; auto s = "// q"; char c = \'"\'; int d = 1\'000;\n'
        code = strip(text)
        self.assertEqual(code.count("\n"), text.count("\n"))
        for word in ("x", "y", "z", "q"):
            self.assertNotIn(word, code)
        for word in ("int a", "int b", "int d", "1'000"):
            self.assertIn(word, code)

    def test_wide_characters_count_twice(self):
        self.assertEqual(columns("a\u7535"), 3)

    def test_a_file_knows_its_folder(self):
        for path, folder in [("include/wattpurse/codec/dlt645/a.hpp", "codec/dlt645"),
                             ("src/adapter/json/a.cpp", "adapter/json"),
                             ("src/cli/a.cpp", None), ("tests/base/a_test.cpp", None)]:
            self.assertEqual(SourceFile(path, "").folder, folder)


if __name__ == "__main__":
    unittest.main()
