#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Against libmodbus, the package libmodbus-dev: its client asks our simulator, and ours its server,
over TCP and over pseudo-terminals. It knows no ASCII and no UDP.

Both sides hold the conversation of modbus_peers.py. libmodbus' client takes an answer with the
right transaction id for good whatever the rest says, and its server answers one request after the
other; both is all that is asked of them here.
"""

import unittest

from modbus_peers import BIN, PLAYED, Client, Conversation, Failed, Server, Wire, our_client, \
    our_read, our_server, skip, values_of

PEER = BIN / "wattpurse_libmodbus_peer"
if not PEER.exists():
    skip("libmodbus-dev was not installed when the tests were built")


class TheirClient(Conversation):
    def test_it_reads_the_server_id(self):
        answer = self.ask("report_server_id")
        self.assertEqual(answer[1], 0xFF)  # it runs
        self.assertEqual(bytes(answer[2:]).decode(), "conformance model")


class TheirClientOverTcp(TheirClient, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = our_server("--protocol", "modbus-tcp", "--tcp", "0", "--model", "conformance")
        cls.client = Client(PEER, "client", cls.server.port)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()


class TheirClientOnATerminal(TheirClient, unittest.TestCase):
    RANDOM_ORDERS = 100

    @classmethod
    def setUpClass(cls):
        cls.server = our_server("--protocol", "modbus-rtu", "--pty", "--model", "conformance")
        cls.client = Client(PEER, "client", cls.server.where)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()


class OurClient(Conversation):
    def test_we_read_the_server_id(self):
        answer = self.ask("report_server_id")
        self.assertEqual(answer[1], 0xFF)
        self.assertTrue(bytes(answer[2:]).decode().startswith("LMB"))


class OurClientOverTcp(OurClient, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PEER, "server", 0)
        cls.client = our_client(f"modbus-tcp://127.0.0.1:{cls.server.port}?window=16")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def test_a_function_they_do_not_know_is_refused(self):
        """On a terminal their server cannot tell how long such a request is."""
        self.refused("illegal_function", "read_fifo_queue", 0)
        self.refused("illegal_function", "raw", 0x65, 1, 2, 3)
        self.assertEqual(self.ask("read_input_registers", 1, 1), [257])

    def test_sixteen_requests_at_once_are_answered(self):
        self.ask("write_multiple_registers", 150, 4711, 4712)
        self.assertEqual(self.ask("read_many", 150, 50, 60), [4711] * 60)


class OurClientOnATerminal(OurClient, unittest.TestCase):
    RANDOM_ORDERS = 100

    @classmethod
    def setUpClass(cls):
        cls.wire = Wire()
        cls.server = Server(PEER, "server", cls.wire.ends[0])
        cls.client = our_client(f"modbus-rtu://{cls.wire.ends[1]}?baud=115200")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()
        cls.wire.close()

    def test_a_broadcast_is_carried_out_and_not_waited_for(self):
        self.ask("unit", 0)
        self.ask("write_multiple_registers", 20, 17, 18)
        self.ask("unit", 1)
        self.assertEqual(self.ask("read_holding_registers", 20, 2), [17, 18])

    def test_a_unit_that_is_not_there_is_silence(self):
        self.ask("unit", 9)
        self.ask("timeout", 200)
        with self.assertRaisesRegex(Failed, "timed_out"):
            self.ask("read_coils", 0, 1)
        # Their server takes what comes next for the answer of that unit, and does not hear it.
        self.ask("unit", 1)
        self.ask("attempts", 4)
        self.assertEqual(self.ask("read_input_registers", 2, 1), [514])
        self.ask("attempts", 1)
        self.ask("timeout", 5000)


class OurCommand(unittest.TestCase):
    """`wattpurse read`, of meters that their server plays."""

    def serve(self, where, tables):
        server = Server(PEER, "server", where,
                        *(f"{at}:" + ",".join(str(word) for word in words)
                          for at, words in tables.items()))
        self.addCleanup(server.stop)
        return server

    def test_values_of_a_profile_over_tcp(self):
        for profile, (tables, expected) in PLAYED.items():
            with self.subTest(profile=profile):
                uri = f"modbus-tcp://127.0.0.1:{self.serve(0, tables).port}"
                self.assertEqual(values_of(uri, profile, list(expected)), expected)

    def test_values_of_a_profile_on_a_terminal(self):
        for profile, (tables, expected) in PLAYED.items():
            with self.subTest(profile=profile):
                wire = Wire()
                self.addCleanup(wire.close)
                self.serve(wire.ends[0], tables)
                uri = f"modbus-rtu://{wire.ends[1]}?baud=115200"
                self.assertEqual(values_of(uri, profile, list(expected)), expected)

    def test_registers_as_they_are(self):
        uri = f"modbus-tcp://127.0.0.1:{self.serve(0, {70: [7, 8, 65535]}).port}"
        said = our_read(uri, "--function", "4", "--address", "70", "--count", "3")
        self.assertEqual([each["registers"] for each in said], [[7, 8, 65535]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
