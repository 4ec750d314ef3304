#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse decode` and Modbus: every vector of tests/vectors/modbus.jsonl as its source says it
reads, with the framing named and found out; faults; logs; the table for people."""

import json
import re
import unittest

from frames import ROOT, decode, run

VECTORS = [json.loads(line) for line in
           (ROOT / "tests/vectors/modbus.jsonl").read_text(encoding="utf-8").splitlines()]
# Well summed, and not what the standard allows: a quantity over the limit, a count that is not
# that of the bytes. They are told as malformed, and nothing is made up.
MALFORMED = {"921900000006331122334455", "331122334455f093", "ff010902a0c3b3d9", "ff0802c7f1"}
PUBLIC = {1, 2, 3, 4, 5, 6, 7, 8, 0x0B, 0x0C, 0x0F, 0x10, 0x11, 0x14, 0x15, 0x16, 0x17, 0x18, 0x2B}


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def rtu(text):
    body = bytes.fromhex(text)
    return (body + crc(body)).hex()


def stated(vector):
    """ "unit=1 fc=3 addr=7 qty=3" as pairs."""
    return dict(re.findall(r"(\w+)=([^ ]+)", vector["decoded"]))


def binary(vector):
    """Unit and PDU, whatever the framing."""
    raw = bytes.fromhex(vector["hex"])
    if vector["mode"] == "tcp":
        return raw[6:]
    if vector["mode"] == "ascii":
        return bytes.fromhex(vector["ascii"][1:])[:-1]
    return raw[:-2]


class Vectors(unittest.TestCase):
    def check(self, vector, said, malformed):
        """What the source states, member by member."""
        self.assertTrue(said["ok"], said)
        self.assertEqual(said["protocol"], "modbus-" + vector["mode"])
        facts = stated(vector)
        data = binary(vector)
        self.assertEqual(said["unit"], data[0])
        self.assertEqual(said["unit"], int(facts["unit"], 0))
        if "tid" in facts:
            self.assertEqual(said["transaction"], int(facts["tid"]))
        self.assertEqual(said["function"], int(facts["fc"], 0))
        if "warning" in said and "neither" in said["warning"]:
            malformed.append(vector["hex"])
            return
        if "direction" in said:
            self.assertIn(said["direction"], vector["direction"])
        if "exception" in vector["decoded"]:
            self.assertEqual(said["exception"], int(facts["code"], 0))
            self.assertEqual(said["direction"], "response")
            return
        if "addr" in facts:
            self.assertEqual(said["address"], int(facts["addr"], 0))
        if "qty" in facts:
            self.assertEqual(said["quantity"], int(facts["qty"], 0))
        if "value" in facts:
            self.assertEqual(said["value"], int(facts["value"], 0))
        if "regs" in facts:
            self.assertEqual(said["registers"], [int(each) for each in facts["regs"].split(",")])
        if "bits" in facts:
            bits = said.get("bits") or said["or_response"]["bits"]
            packed = bytes.fromhex(facts["bits"])
            self.assertEqual(bits, [packed[i // 8] >> i % 8 & 1 for i in range(8 * len(packed))])
        if "sub" in facts:
            self.assertEqual(said["sub_function"], int(facts["sub"], 0))
        if said["function"] not in PUBLIC:
            self.assertEqual(said["data"].lower(), data[2:].hex())

    def run_all(self, protocol_of, text_of):
        good = [each for each in VECTORS if each["kind"] != "negative"]
        self.assertGreater(len(good), 290)
        malformed = []
        for mode in ("rtu", "tcp", "ascii"):
            chosen = [each for each in good if each["mode"] == mode]
            text = "\n".join(text_of(each) for each in chosen).encode()
            status, objects = decode("--protocol", protocol_of(mode), text=text)
            self.assertEqual(len(objects), len(chosen))
            self.assertEqual(status, 0)
            for vector, said in zip(chosen, objects):
                with self.subTest(hex=vector["hex"], decoded=vector["decoded"]):
                    self.check(vector, said, malformed)
        self.assertEqual(set(malformed), MALFORMED)

    def test_with_the_framing_named(self):
        self.run_all(lambda mode: "modbus-" + mode,
                     lambda each: each["ascii"] if each["mode"] == "ascii" else each["hex"])

    def test_with_the_framing_found_out(self):
        self.run_all(lambda mode: "auto",
                     lambda each: each["ascii"] if each["mode"] == "ascii" else each["hex"])

    def test_ascii_as_hexadecimal_of_its_characters(self):
        vector = next(each for each in VECTORS if each["mode"] == "ascii")
        status, objects = decode(vector["hex"])
        self.assertEqual((status, objects[0]["protocol"]), (0, "modbus-ascii"))

    def test_the_wrong_one_is_told_with_its_right_checksum(self):
        wrong = [each for each in VECTORS if each["kind"] == "negative"]
        self.assertEqual(len(wrong), 1)
        status, objects = decode("--protocol", "modbus-rtu", wrong[0]["hex"])
        self.assertEqual(status, 1)
        self.assertEqual(objects[0]["error"], "bad_checksum")
        self.assertEqual((objects[0]["found"], objects[0]["expected"]), ("C5D5", "D5D4"))
        self.assertEqual(objects[0]["offset"], 6)


class Members(unittest.TestCase):
    def one(self, *words):
        status, objects = decode(*words)
        self.assertEqual(status, 0, objects)
        self.assertEqual(len(objects), 1)
        return objects[0]

    def test_a_request_and_its_answer(self):
        self.assertEqual(self.one("000100000006010300030001"), {
            "ok": True, "protocol": "modbus-tcp", "transaction": 1, "unit": 1, "function": 3,
            "function_name": "read_holding_registers", "direction": "request", "address": 3,
            "quantity": 1})
        self.assertEqual(self.one("0001000000050103020303"), {
            "ok": True, "protocol": "modbus-tcp", "transaction": 1, "unit": 1, "function": 3,
            "function_name": "read_holding_registers", "direction": "response",
            "registers": [771]})

    def test_an_exception(self):
        said = self.one(rtu("018302"))
        self.assertEqual((said["function"], said["exception"], said["exception_name"]),
                         (3, 2, "illegal_data_address"))

    def test_an_echo_has_no_direction(self):
        said = self.one(rtu("010600010304"))
        self.assertNotIn("direction", said)
        self.assertEqual((said["address"], said["value"]), (1, 772))

    def test_a_vendors_function_is_raw(self):
        said = self.one(rtu("01aa0046001c"))
        self.assertEqual((said["function"], said["data"]), (0xAA, "0046001C"))
        self.assertNotIn("exception", said)

    def test_texts_of_a_device(self):
        said = self.one(rtu("012b0e01010000010003414243"))
        self.assertEqual(said["objects"], {"vendor_name": "ABC"})

    def test_words_of_one_frame_are_one_frame(self):
        self.assertEqual(self.one("01", "03", "00", "03", "00", "01", "74", "0A")["address"], 3)

    def test_several_frames_behind_each_other(self):
        status, objects = decode("--protocol", "modbus-rtu",
                                 rtu("010300030001") + rtu("0103020303"))
        self.assertEqual(status, 0)
        self.assertEqual([each["direction"] for each in objects], ["request", "response"])
        status, objects = decode("--protocol", "modbus-tcp",
                                 "000100000006010300030001" "0001000000050103020303")
        self.assertEqual([each["direction"] for each in objects], ["request", "response"])


class Faults(unittest.TestCase):
    def fault(self, *words):
        status, objects = decode(*words)
        self.assertEqual(status, 1)
        self.assertEqual(len(objects), 1)
        self.assertFalse(objects[0]["ok"])
        return objects[0]

    def test_every_fault_names_place_value_and_what_was_expected(self):
        said = self.fault("--protocol", "modbus-tcp", "000100010006010300000001")
        self.assertEqual((said["error"], said["offset"], said["found"], said["expected"]),
                         ("bad_protocol", 2, "1", "0"))
        said = self.fault("--protocol", "modbus-tcp", "00010000000101")
        self.assertEqual((said["error"], said["offset"], said["found"]), ("bad_length", 4, "1"))
        said = self.fault("--protocol", "modbus-tcp", "0001000000060103")
        self.assertEqual((said["error"], said["found"], said["expected"]), ("truncated", 8, 12))
        said = self.fault("--protocol", "modbus-ascii", ":010300030001FF")
        self.assertEqual((said["error"], said["found"], said["expected"]),
                         ("bad_checksum", "FF", "F8"))
        said = self.fault("--protocol", "modbus-ascii", ":0103000300G1F8")
        self.assertEqual(said["error"], "bad_character")
        said = self.fault("--protocol", "modbus-rtu", "0103")
        self.assertEqual((said["error"], said["found"], said["expected"]), ("truncated", 2, 4))

    def test_what_looks_like_modbus_is_told_its_checksum(self):
        said = self.fault("010300030001740b")
        self.assertIn("740B", said["hint"])
        self.assertIn("740A", said["hint"])

    def test_a_protocol_that_there_is_not_is_wrong_use(self):
        self.assertEqual(run("--protocol", "modbus", "00")[0], 2)


class Logs(unittest.TestCase):
    def test_lines_with_times_and_directions(self):
        log = ("2026-11-27 10:00:00.123 TX 01 03 00 03 00 01 74 0A\n"
               "2026-11-27 10:00:00.170 RX 01 03 02 03 03 F8 B5\n"
               "nothing here\n").encode()
        status, objects = decode("--protocol", "modbus-rtu", "--file", "-", text=log)
        self.assertEqual(status, 0)
        self.assertEqual([(each["line"], each["direction"]) for each in objects],
                         [(1, "request"), (2, "response")])

    def test_a_binary_stream_of_tcp(self):
        stream = bytes.fromhex("000100000006010300030001" "0001000000050103020303")
        status, objects = decode("--protocol", "modbus-tcp", "--file", "-", text=stream)
        self.assertEqual(status, 0)
        self.assertEqual([each["byte_offset"] for each in objects], [0, 12])


class Tables(unittest.TestCase):
    def test_byte_by_byte_in_two_languages(self):
        status, text, _ = run("--explain", "0001000000050103020303")
        self.assertEqual(status, 0)
        self.assertIn("Modbus TCP, unit 1, response, read_holding_registers", text)
        self.assertRegex(text, r"9 +03 03 +register 0: 771 \(0x0303\)")
        status, text, _ = run("--explain", "--lang", "zh", rtu("018302"))
        self.assertIn("异常码 2: 非法数据地址", text)
        self.assertIn("校验码正确", text)


if __name__ == "__main__":
    unittest.main(verbosity=1)
