#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse decode` on every function of both editions: their fields, values of the catalogue,
and secrets that come out in no mode."""

import random
import unittest

from frames import METER, decode, decode_all, frame, low_first, run

WHO = low_first("03") + bytes.fromhex("C7D8E9") + low_first("00ABCD12")  # PA, password, operator


class Asks(unittest.TestCase):
    def fields(self, control, data=b"", meter=METER):
        return decode_all([frame(control, data, meter)])[0]

    def check(self, got, **wanted):
        for key, value in wanted.items():
            self.assertEqual(got.get(key), value, key)

    def test_load_record_requests(self):
        self.check(self.fields(0x11, low_first("06000002") + b"\x05"), blocks=5, data="05")
        got = self.fields(0x11, low_first("06000001") + b"\x01" + low_first("2501251200"))
        self.check(got, blocks=1)
        self.assertEqual(got["from"], "2025-01-25T12:00:00")
        self.assertIn("behind the identifier",
                      self.fields(0x11, low_first("00010000") + b"\x01\x02")["warning"])

    def test_follow_on(self):
        self.check(self.fields(0x12, low_first("0001FF00") + b"\x07"), seq=7)
        self.check(self.fields(0xB2, low_first("0001FF00") + b"\x11\x22\x07"), seq=7,
                   data="1122", follow=True)
        self.assertIn("sequence", self.fields(0x12, low_first("0001FF00"))["warning"])

    def test_writing(self):
        got = self.fields(0x14, low_first("04000102") + WHO + low_first("234501"))
        self.check(got, function="write", di="04000102", level="03", password="******",
                   operator="00ABCD12", value="23:45:01")
        got = self.fields(0x14, low_first("04000102") + b"\x98" + WHO[1:] + bytes(7))
        self.check(got, level="98", value="******", withheld_bytes=7)

    def test_freezing(self):
        self.check(self.fields(0x16, bytes.fromhex("99999999")), rhythm="at once")
        _, told, _ = run("--explain", frame(0x16, bytes.fromhex("99999999")).hex())
        self.assertRegex(told, r"99 99 99 99 +at once\n")
        self.check(self.fields(0x16, bytes.fromhex("30999999")), rhythm="every hour", minute=30)
        self.check(self.fields(0x16, bytes.fromhex("30239999")), rhythm="every day", hour=23)
        self.check(self.fields(0x16, bytes.fromhex("00000199")), rhythm="every month", day=1)
        self.check(self.fields(0x16, bytes.fromhex("00000102")), rhythm="once", month=2)
        self.assertIn("no moment", self.fields(0x16, bytes.fromhex("61999999"))["warning"])

    def test_baud_rates(self):
        for word, baud in ((0x02, 600), (0x04, 1200), (0x20, 9600), (0x40, 19200)):
            self.check(self.fields(0x17, bytes([word])), baud=baud)
            self.check(self.fields(0x97, bytes([word])), baud=baud)
        self.assertIn("one bit", self.fields(0x17, b"\x06")["warning"])
        self.check(self.fields(0x0C, b"\x20"), edition="1997", baud=4800)
        self.check(self.fields(0x8C, b"\xFF"), edition="1997", denied=True)

    def test_passwords(self):
        got = self.fields(0x18, low_first("04000C03") + WHO[:4] + b"\x02" +
                          bytes.fromhex("C7D8E9"))
        self.check(got, di="04000C03", level="03", password="******", new_level="02",
                   new_password="******")
        self.check(self.fields(0x98, WHO[:4]), new_level="03", new_password="******")

    def test_clearing(self):
        for function in (0x19, 0x1A):
            self.check(self.fields(function, WHO), level="03", operator="00ABCD12")
        self.check(self.fields(0x1B, WHO + b"\xFF" * 4), events="all")
        self.check(self.fields(0x1B, WHO + low_first("031100FF")), events="031100FF")

    def test_control(self):
        until = low_first("300102131415")
        got = self.fields(0x1C, WHO + b"\x1D\x03" + until)
        self.check(got, command="trip, close by itself", n1="1D", n2="03", reclose_after_min=15,
                   valid_until="2030-01-02T13:14:15", level="03")
        self.check(self.fields(0x1C, WHO + b"\x2A\x00" + until), command="alarm")
        self.assertIn("no name", self.fields(0x1C, WHO + b"\x77\x00" + until)["warning"])
        got = self.fields(0x1C, b"\x98" + WHO[1:] + bytes(20))
        self.check(got, level="98", operator="00ABCD12", withheld_bytes=20)
        self.assertNotIn("warning", got)
        self.check(self.fields(0x9C, b"\x01\x01"), status="0101",
                   status_meaning=["closed directly", "protected"])

    def test_output(self):
        self.check(self.fields(0x1D, b"\x00"), signal="seconds pulse")
        self.check(self.fields(0x9D, b"\x02"), signal="period switch")

    def test_security(self):
        self.check(self.fields(0x03, low_first("070102FF") + bytes(26)), edition="2007",
                   di="070102FF", withheld_bytes=26)
        self.check(self.fields(0x83, low_first("070000FF") + bytes(12)), withheld_bytes=12)

    def test_refusals(self):
        self.check(self.fields(0xC3, b"\x42\x00"), err="4200",
                   err_meaning=["repeated top-up", "hoarding limit exceeded"])
        self.check(self.fields(0xC3, b"\x04"),
                   err_meaning=["password wrong or not authorised"])
        self.check(self.fields(0xDC, b"\x20\x00"),
                   err_meaning=["trip refused, supply is protected"])
        self.check(self.fields(0xD4, b"\x82"), err_meaning=["a code of the maker, 82"])
        self.check(self.fields(0xC1, b"\x03"),
                   err_meaning=["illegal data", "data identifier wrong"])
        self.assertIn("without error word", self.fields(0xD1)["warning"])

    def test_1997(self):
        self.check(self.fields(0x02, low_first("901F")), function=None, di="901F")
        self.check(self.fields(0xA2, low_first("901F") + b"\x11"), data="11", follow=True)
        self.check(self.fields(0x03), edition="1997", function="read again")
        self.check(self.fields(0x04, low_first("C010") + WHO[:4] + bytes(4)), di="C010",
                   withheld_bytes=8)
        self.check(self.fields(0x0A, low_first("000000000042")), value="000000000042")
        self.check(self.fields(0x0F, WHO), function="change password", withheld_bytes=8)
        self.check(self.fields(0x10, WHO[:4]), function="clear demand", withheld_bytes=4)
        self.check(self.fields(0x10), function="clear demand")


class Values(unittest.TestCase):
    def value(self, di, data, *words):
        return decode_all([frame(0x91, low_first(di) + data)], *words)[0]

    def test_several_fields_are_an_object(self):
        got = self.value("03110001", low_first("260101081500") + low_first("260101091502"))
        self.assertEqual(got["value"], {"start": "2026-01-01T08:15:00",
                                        "end": "2026-01-01T09:15:02"})

    def test_a_demand_and_its_time(self):
        one = low_first("123456") + low_first("2601010815")
        got = self.value("01010000", one)
        self.assertEqual(got["value"], {"value": "12.3456", "at": "2026-01-01T08:15"})
        self.assertEqual(got["unit"], "kW")
        got = self.value("0101FF00", one * 3)
        self.assertEqual(got["value"], [{"value": "12.3456", "at": "2026-01-01T08:15"}] * 3)

    def test_missing_values_are_null(self):
        got = self.value("0001FF00", low_first("00000100") + b"\xFF" * 4)
        self.assertEqual(got["value"], ["1.00", None])
        self.assertIn("no such value", got["warning"])

    def test_a_value_is_exact(self):
        self.assertEqual(self.value("00010000", low_first("79999999"))["value"], "799999.99")
        self.assertEqual(self.value("00000000", low_first("F9999999"))["value"], "-799999.99")

    def test_status_words_have_named_bits(self):
        got = self.value("04000503", low_first("0050"))
        self.assertEqual(got["value"], "0050")
        self.assertEqual(got["bits"]["relay"], "open")
        self.assertEqual(got["bits"]["keep_power"], False)
        got = self.value("040005FF", bytes(4) + low_first("0050") + bytes(8))
        self.assertEqual(len(got["value"]), 7)
        third = list(got["value"].values())[2]
        self.assertEqual((third["word"], third["bits"]["relay_command"]), ("0050", "open"))

    def test_load_records_are_arrays(self):
        def block(minute, energy):
            body = low_first("26010108" + minute)
            body += b"\xAA" * 3 + low_first(energy) * 4 + b"\xAA" * 3
            head = b"\xA0\xA0" + bytes([len(body)]) + body
            return head + bytes([sum(head) & 0xFF, 0xE5])
        got = self.value("06040001", block("15", "00123456") + block("30", "00123457"))
        self.assertEqual([item["at"] for item in got["value"]],
                         ["2026-01-01T08:15", "2026-01-01T08:30"])
        self.assertEqual(got["value"][1]["energy"]["forward"], "1234.57")
        self.assertEqual(got["units"]["energy.forward"], "kWh")
        got = self.value("06040001", block("15", "00123456") + b"\xA0\xA0\x01")
        self.assertEqual((len(got["value"]), got["value"][1]), (2, None))
        self.assertIn("block 2", got["warning"])
        self.assertNotIn("value", self.value("06040001", b""))

    def test_chinese(self):
        got = self.value("0001FF00", low_first("00000100"), "--lang", "zh")
        self.assertIn("正向有功", got["name"])
        got = self.value("04000503", low_first("0050"), "--lang", "zh")
        self.assertEqual(got["bits"]["relay"], "断")
        got = decode_all([frame(0xDC, b"\x04")], "--lang", "zh")[0]
        self.assertEqual((got["function"], got["err_meaning"]),
                         ("跳合闸、报警、保电", ["密码错或未授权"]))
        got = decode_all([frame(0x1C, WHO + b"\x1A\x00" + bytes(6))], "--lang", "zh")[0]
        self.assertEqual((got["command"], got["warning"]), ("跳闸", "有效截止时间不是有效时间"))
        _, found = decode("--lang", "zh", "6812907856341268910833333433896745335516")
        self.assertEqual((found[0]["error"], found[0]["message"]),
                         ("bad_checksum", "偏移 18 处的校验码 55 应为 54"))


class Secrets(unittest.TestCase):
    """Bytes 5A E1 .. stand for what must not come out; in no order, with or without 33H."""

    SECRET = bytes.fromhex("5AE1D2C3B4F5968778695A4B3CADBECF")

    def cases(self):
        secret, who = self.SECRET, low_first("02") + self.SECRET[:3] + low_first("00000007")
        until = low_first("991231235959")
        return [
            frame(0x03, low_first("070102FF") + secret),
            frame(0x83, low_first("070000FF") + secret),
            frame(0xC3, secret), frame(0xDC, secret), frame(0x9C, secret), frame(0xD4, secret[:3]),
            frame(0x14, low_first("04000102") + who + b"\x00\x00\x12"),
            frame(0x14, low_first("04000C02") + who + secret[:4]),
            frame(0x14, low_first("070102FF") + who + secret),
            frame(0x14, low_first("04001001") + b"\x98" + who[1:] + secret),
            frame(0x14, low_first("04001001") + b"\x99" + who[1:] + secret),
            frame(0x14, low_first("04000102") + secret[:5]), frame(0x94, secret),
            frame(0x14, low_first("04900000") + who + secret),
            frame(0x14, low_first("04FF0C01") + who + secret),
            frame(0x14, low_first("04001003") + who + b"\x00\x00\x01\x00" + secret[:4]),
            frame(0x18, low_first("04000C02") + secret[:8]), frame(0x18, secret[:3]),
            frame(0x18, secret[:8]), frame(0x18, secret),
            frame(0x98, secret[:4]), frame(0x98, secret),
            frame(0x18, low_first("04000C02") + secret),
            frame(0x19, who), frame(0x19, secret[:5]), frame(0x1A, who), frame(0x1A, who + secret),
            frame(0x1B, who + b"\xFF" * 4), frame(0x1B, secret[:7]),
            frame(0x1C, who + b"\x1A\x00" + until), frame(0x1C, secret[:15]),
            frame(0x1C, b"\x98" + who[1:] + secret + secret[:4]),
            frame(0x91, low_first("04000C02") + secret[:4]),
            frame(0xB1, low_first("04000C02") + secret[:4]),
            frame(0x92, low_first("04000CFF") + secret + b"\x01"),
            frame(0x91, low_first("070102FF") + secret),
            frame(0x91, low_first("0400FF02") + secret),
            frame(0x91, low_first("04FF0C02") + secret),
            frame(0x81, low_first("CFFF") + secret), frame(0x82, low_first("FFFF") + secret),
            frame(0x05, secret), frame(0x0E, secret), frame(0x80, secret), frame(0x0A, secret),
            frame(0x0C, secret), frame(0x15, secret), frame(0x16, secret), frame(0x17, secret),
            frame(0x1D, secret), frame(0x93, secret), frame(0x08, secret),
            frame(0x81, low_first("C212") + secret[:4]), frame(0xA2, low_first("C21F") + secret),
            frame(0x04, low_first("C010") + secret[:8]), frame(0x84, secret),
            frame(0x83, low_first("9010") + secret), frame(0x0F, secret[:8]),
            frame(0x8F, secret[:4]),
            frame(0x10, secret[:4]), frame(0x1E, secret), frame(0x1F, secret), frame(0x9F, secret),
        ]

    def forbidden(self):
        """Every three bytes of the secret in a row, in every form they might be printed."""
        out = set()
        for begin in range(len(self.SECRET) - 2):
            three = self.SECRET[begin:begin + 3]
            for form in (three, bytes((b + 0x33) & 0xFF for b in three)):
                out |= {form.hex().upper(), form[::-1].hex().upper(), form.hex(" ").upper(),
                        form[::-1].hex(" ").upper()}
        return out

    def assert_hidden(self, text):
        for line in text.upper().splitlines():
            shown = [three for three in self.forbidden() if three in line]
            self.assertFalse(shown, line)

    def test_no_mode_shows_any(self):
        lines = "\n".join(each.hex() for each in self.cases()).encode()
        log = "\n".join("RX " + each.hex(" ") for each in self.cases()).encode()
        for mode in ([], ["--explain"], ["--lang", "zh"], ["--explain", "--lang", "zh"]):
            for words, text in ((mode, lines), ([*mode, "--file", "-"], log)):
                status, out, errors = run(*words, text=text)
                self.assertEqual(status, 0)
                self.assertGreaterEqual(len(out.splitlines()), len(self.cases()))
                self.assert_hidden(out + errors)

    def test_the_form_is_searched_for_rightly(self):
        shown = decode_all([frame(0x91, low_first("0ABCDEF0") + self.SECRET)])[0]
        self.assertIn(self.SECRET[:3].hex().upper(), shown["data"])

    def test_neither_do_faults(self):
        spoiled = []
        for each in self.cases():
            for place in (0, 7, 8, 9, len(each) - 2, len(each) - 1):
                wrong = bytearray(each)
                wrong[place] ^= 0x41
                spoiled.append(bytes(wrong))
        _, out, _ = run(text="\n".join(each.hex() for each in spoiled).encode())
        self.assert_hidden(out)

    def test_a_wrong_checksum_does_not_tell_the_sum_of_a_password(self):
        secret = bytearray(frame(0x14, low_first("04000102") + self.SECRET))
        plain = bytearray(frame(0x91, low_first("00010000") + bytes(4)))
        right = f"{plain[-2]:02X}"
        secret[-2] ^= 1
        plain[-2] ^= 1
        for words in ((), ("--file", "-")):
            _, found = decode(*words, text=b"\n".join(
                each.hex().encode() for each in (secret, plain)))
            self.assertEqual([each["expected"] for each in found], ["**", right])

    def test_a_wrong_length_does_not_tell_a_byte_of_a_password(self):
        wrong = bytearray(frame(0x18, low_first("04000C02") + self.SECRET[:8]))
        wrong[9] -= 2
        _, found = decode(text=wrong.hex().encode())
        self.assertEqual((found[0]["error"], found[0]["found"]), ("bad_end", "**"))


class Anything(unittest.TestCase):
    def test_random_frames_never_break_it(self):
        dice = random.Random(645)
        frames = []
        for _ in range(6000):
            data = dice.randbytes(dice.choice((0, 1, 2, 4, 8, 12, 16, 40, dice.randrange(256))))
            if len(data) >= 4 and dice.random() < 0.7:
                family = dice.choice((0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x21))
                data = data[:2] + bytes([dice.choice((0, 1, data[2]))]) + bytes([family]) + data[4:]
            frames.append(frame(dice.randrange(256), data))
        for words in ((), ("--lang", "zh")):
            self.assertTrue(all(item["ok"] for item in decode_all(frames, *words)))
        status, out, _ = run("--explain", text="\n".join(f.hex() for f in frames).encode())
        self.assertEqual((status, out.count("DL/T 645-")), (0, len(frames)))

    def test_random_lines_never_break_it(self):
        dice = random.Random(97)
        lines = [dice.randbytes(dice.randrange(60)).replace(b"\n", b"").replace(b"#", b"")
                 for _ in range(4000)]
        status, found = decode(text=b"\n".join(lines))
        self.assertEqual(status, 1)
        self.assertGreater(len(found), 3500)
        self.assertFalse(any(item["ok"] for item in found))


if __name__ == "__main__":
    unittest.main()
