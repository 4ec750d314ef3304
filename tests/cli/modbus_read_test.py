#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse read` and `wattpurse scan` for Modbus, against `wattpurse sim` over TCP, over a
pseudo-terminal and through a serial device server: values as exact decimals, plans, what a device
refuses, raw registers, faults of the line, and wrong use."""

import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

from simulator import ROOT, Simulator, objects, run


class WithSimulator(unittest.TestCase):
    def simulate(self, *words):
        made = Simulator(*words)
        self.addCleanup(lambda: self.assertEqual(made.stop(), 0))
        return made

    def tcp(self, *words):
        made = self.simulate("--protocol", "modbus-tcp", "--tcp", "0", *words)
        return f"modbus-tcp://127.0.0.1:{made.port()}"

    def fields(self, *words):
        """The objects by name, of a reading that went well."""
        status, out, err = run("read", *words, "--json")
        self.assertEqual((status, err), (0, ""))
        return {each["name"]: each for each in objects(out)}


class Profiles(WithSimulator):
    LOAD = ("--load", "3.5", "--energy", "100.25,20.50")

    def check_sdm630(self, uri):
        said = self.fields(uri, "--profile", "eastron_sdm630")
        self.assertEqual(len(said), 74)
        self.assertEqual(said["voltage_l1"]["value"], "230.0")
        self.assertEqual(said["frequency"]["value"], "50.00")
        phases = sum(Decimal(said[f"active_power_l{n}"]["value"]) for n in (1, 2, 3))
        self.assertEqual(phases, Decimal("3500.0"))
        self.assertEqual(said["active_power"], {"name": "active_power", "value": "3500.0",
                                                "unit": "W"})
        self.assertGreaterEqual(Decimal(said["energy_import"]["value"]), Decimal("120.75"))
        self.assertLess(Decimal(said["energy_import"]["value"]), Decimal("121"))

    def test_over_tcp(self):
        self.check_sdm630(self.tcp("--profile", "eastron_sdm630", *self.LOAD))

    def test_over_a_terminal(self):
        made = self.simulate("--protocol", "modbus-rtu", "--pty", "--profile", "eastron_sdm630",
                             *self.LOAD)
        self.check_sdm630(f"modbus-rtu://{made.where}?baud=115200")

    def test_ascii_over_a_terminal(self):
        made = self.simulate("--protocol", "modbus-ascii", "--pty", "--profile",
                             "eastron_sdm630", *self.LOAD)
        self.check_sdm630(f"modbus-ascii://{made.where}?baud=115200&data=8")

    def test_through_a_serial_device_server(self):
        made = self.simulate("--protocol", "modbus-rtu", "--tcp", "0", "--profile",
                             "eastron_sdm630", *self.LOAD)
        self.check_sdm630(f"modbus-rtu+tcp://127.0.0.1:{made.port()}")

    def test_the_purse_of_a_prepaid_meter(self):
        uri = self.tcp("--profile", "acrel_adf400l_prepaid", "--money", "12.50", "--load", "0.0")
        said = self.fields(uri, "--profile", "acrel_adf400l_prepaid", "sp_remaining")
        self.assertEqual(said["sp_remaining"]["value"], "12.50")

    def test_scale_factors_of_a_sunspec_meter(self):
        uri = self.tcp("--profile", "sunspec_203", "--load", "3.5")
        said = self.fields(uri, "--profile", "sunspec_203", "W", "PhVphA", "Hz")
        self.assertEqual(said["W"]["value"], "3500")
        self.assertEqual(said["PhVphA"]["value"], "230.0")
        self.assertEqual(said["Hz"]["value"], "50.00")

    def test_low_word_first(self):
        uri = self.tcp("--profile", "carlo_gavazzi_em340", "--load", "3.5")
        said = self.fields(uri, "--profile", "carlo_gavazzi_em340", "active_power")
        self.assertEqual(said["active_power"]["value"], "3500.0")

    def test_every_profile_is_read_whole(self):
        for path in sorted((ROOT / "share/profiles").glob("*.json")):
            name = path.stem
            if name.startswith("dlt645"):
                continue
            with self.subTest(profile=name):
                uri = self.tcp("--profile", str(path), "--load", "1.25")
                said = self.fields(uri, "--profile", str(path))
                self.assertGreater(len(said), 8)
                self.assertEqual([each for each in said.values() if "error" in each], [])

    def test_a_table_for_people(self):
        uri = self.tcp("--profile", "eastron_sdm120", "--load", "1.0")
        status, out, _ = run("read", uri, "--profile", "eastron_sdm120", "voltage")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"voltage +230\.\d+ +V")


class Plans(WithSimulator):
    def plan(self, profile):
        status, out, err = run("read", "modbus-rtu:///dev/null?baud=9600", "--profile", profile,
                               "--plan", "--json")
        self.assertEqual(status, 0, err)
        return objects(out)

    def test_as_few_requests_as_promised(self):
        for profile, most in (("eastron_sdm630", 3), ("chint_dtsu666", 4),
                              ("carlo_gavazzi_em340", 1), ("schneider_iem3155_iem3255", 4)):
            self.assertLessEqual(len(self.plan(profile)), most, profile)

    def test_what_is_refused_is_unlearned_and_remembered(self):
        uri = self.tcp("--profile", "eastron_sdm630", "--load", "1.0")  # refuses holes
        with tempfile.TemporaryDirectory() as folder:
            learned = Path(folder) / "unit1.cuts"
            first = self.fields(uri, "--profile", "eastron_sdm630", "--learned", str(learned))
            self.assertRegex(learned.read_text(), r"^4:\d+( 4:\d+)*\n$")
            again = self.fields(uri, "--profile", "eastron_sdm630", "--learned", str(learned))
            self.assertEqual(first["voltage_l3"], again["voltage_l3"])
            learned.write_text("nonsense\n")
            status, _, err = run("read", uri, "--profile", "eastron_sdm630", "--learned",
                                 str(learned))
            self.assertEqual(status, 2)
            self.assertIn(str(learned), err)


class Raw(WithSimulator):
    def test_registers_as_they_are(self):
        uri = self.tcp("--model", "conformance")
        status, out, _ = run("read", uri, "--address", "0x0003", "--count", "2")
        self.assertEqual(status, 0)
        self.assertEqual(objects(out), [{"unit": 1, "function": 3, "address": 3,
                                         "registers": [771, 1028]}])

    def test_a_refusal_is_told_and_is_a_failure(self):
        uri = self.tcp("--model", "conformance")
        status, out, _ = run("read", uri, "--address", "199", "--count", "2")
        self.assertEqual(status, 1)
        self.assertEqual((objects(out)[0]["exception"], objects(out)[0]["exception_name"]),
                         (2, "illegal_data_address"))


class Lines(WithSimulator):
    def test_a_bad_line_costs_retries_and_no_value(self):
        made = self.simulate("--protocol", "modbus-rtu", "--pty", "--profile", "eastron_sdm120",
                             "--load", "1.5", "--faults", "lost=10,garbled=10,truncated=5,"
                             "doubled=10,busy=5", "--seed", "3")
        said = self.fields(f"modbus-rtu://{made.where}?baud=115200", "--profile",
                           "eastron_sdm120", "--attempts", "8", "--timeout", "200", "--confirm")
        self.assertEqual(said["active_power"]["value"], "1500.0")

    def test_a_unit_that_is_not_there(self):
        made = self.simulate("--protocol", "modbus-rtu", "--pty", "--profile", "eastron_sdm120")
        status, out, err = run("read", f"modbus-rtu://{made.where}?baud=115200", "--unit", "9",
                               "--profile", "eastron_sdm120", "--attempts", "1", "--timeout",
                               "200", "--json")
        self.assertEqual(status, 1)
        self.assertIn("unit 9 does not answer", err)
        self.assertTrue(all(each["error"] == "silent" for each in objects(out)))

    def test_nobody_listens(self):
        status, _, err = run("read", "modbus-tcp://127.0.0.1:1", "--address", "0")
        self.assertEqual(status, 1)
        self.assertIn("127.0.0.1", err)


class Scans(WithSimulator):
    def test_units_and_their_profiles_over_tcp(self):
        uri = self.tcp("--profile", "eastron_sdm630", "--unit", "2", "--unit", "5", "--load", "2")
        status, out, _ = run("scan", uri, "--units", "1-6", "--json")
        self.assertEqual(status, 0)
        found = objects(out)
        self.assertEqual([each["unit"] for each in found], [2, 5])
        for each in found:
            self.assertEqual(each["profile"], "eastron_sdm630")
            self.assertEqual(each["identity"]["vendor_name"], "Eastron")

    def test_a_serial_line(self):
        made = self.simulate("--protocol", "modbus-rtu", "--pty", "--profile", "sunspec_203",
                             "--unit", "2", "--load", "2")
        status, out, _ = run("scan", f"modbus-rtu://{made.where}?baud=115200", "--units", "1-3",
                             "--timeout", "200", "--json")
        self.assertEqual(status, 0)
        self.assertEqual([(each["unit"], each["profile"], each["fit"]) for each in objects(out)],
                         [(2, "sunspec_203", "proven")])

    def test_nobody_there_is_a_failure(self):
        made = self.simulate("--protocol", "modbus-rtu", "--pty", "--profile", "eastron_sdm120")
        status, out, err = run("scan", f"modbus-rtu://{made.where}?baud=115200", "--units",
                               "7,9", "--timeout", "150")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("7,9", err)


class WrongUse(unittest.TestCase):
    def refused(self, *words):
        status, out, err = run(*words)
        self.assertEqual((status, out), (2, ""), err)
        return err

    def test_each_says_what_was_given_and_what_is_expected(self):
        uri = "modbus-tcp://127.0.0.1:1"
        self.assertIn("nope", self.refused("read", uri, "--profile", "nope"))
        self.assertIn("no_such", self.refused("read", uri, "--profile", "eastron_sdm120",
                                              "no_such"))
        self.assertIn("--count 126", self.refused("read", uri, "--address", "0", "--count", "126"))
        self.assertIn("0x10000", self.refused("read", uri, "--address", "0x10000"))
        self.assertIn("expected --profile", self.refused("read", uri, "voltage"))
        self.assertIn("--meter", self.refused("read", uri, "--meter", "1", "--address", "0"))
        self.assertIn("--unit", self.refused("read", "tcp://127.0.0.1:1", "--unit", "1",
                                             "--meter", "1", "00010000"))
        self.assertIn("--unit 256", self.refused("read", uri, "--unit", "256", "--address", "0"))
        self.assertIn("broadcast", self.refused("read", "modbus-rtu:///dev/null", "--unit", "0",
                                                "--address", "0"))
        self.assertIn("7-3", self.refused("scan", uri, "--units", "7-3"))
        self.assertIn("expected --meter", self.refused("read", "tcp://127.0.0.1:1", "00010000"))
        self.assertIn("modbus", self.refused("read", "modbus://127.0.0.1:1", "--address", "0"))

    def test_simulators_refuse_what_they_cannot_be(self):
        for words, part in (
                (("--protocol", "modbus-tcp", "--pty"), "--pty"),
                (("--protocol", "modbus-tcp", "--tcp", "0", "--profile", "nope"), "nope"),
                (("--protocol", "modbus-tcp", "--tcp", "0", "--unit", "248"), "248"),
                (("--protocol", "modbus-tcp", "--tcp", "0", "--faults", "late=x"), "late=x"),
                (("--protocol", "modbus-tcp", "--tcp", "0", "--faults", "lost=60,busy=60"),
                 "100 per cent"),
                (("--protocol", "modbus-tcp", "--tcp", "0", "--meter", "1"), "--meter"),
                (("--protocol", "dlt645", "--tcp", "0", "--unit", "1"), "--unit"),
                (("--protocol", "modbus-tcp", "--tcp", "0", "--model", "conformance", "--profile",
                  "eastron_sdm120"), "--model")):
            with self.subTest(words=words):
                self.assertIn(part, self.refused("sim", *words))


if __name__ == "__main__":
    unittest.main(verbosity=1)
