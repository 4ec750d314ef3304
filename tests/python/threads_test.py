# SPDX-License-Identifier: Apache-2.0
"""Batch calls: other threads run meanwhile, several run at once, and nothing is left behind."""

import gc
import sys
import threading
from pathlib import Path

import pytest

import frames
import wattpurse
from wattpurse import dlt645, modbus

LOG = b"".join(frames.read_answer(f"{n:012d}", "00010000", frames.bcd(n, 4)) for n in range(5000))


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def test_several_threads_read_at_once():
    results, errors = [], []

    def work():
        try:
            for _ in range(5):
                columns = dlt645.decode_frames(LOG)
                results.append((len(columns["value"]), columns["value"][4999]))
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and results == [(5000, 4999)] * 20


def test_a_buffer_is_held_while_it_is_read_and_then_let_go():
    data = bytearray(LOG)
    dlt645.decode_frames(data)
    dlt645.Framer().feed(data)
    data.clear()  # BufferError where somebody still holds it
    column = dlt645.decode_frames(LOG)["value"]
    view = memoryview(column)
    del column
    gc.collect()
    assert view[4999] == 4999


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="SKIPPED: no /proc here")
def test_nothing_is_left_behind():
    frame = dlt645.decode(frames.read_answer("000000000001", "00010000", frames.bcd(1, 4)))
    bad = b"\x68" * 30

    def once():
        columns = dlt645.decode_frames(LOG)
        assert len(columns["value"].tolist()) == 5000
        for _ in range(200):
            assert frame.value and frame.report() and bytes(frame)
            modbus.parse_response("83 02", "0300000002")
            for call in (lambda: dlt645.decode(bad), lambda: wattpurse.Energy(0.1)):
                try:
                    call()
                except wattpurse.Error:
                    pass

    for _ in range(3):
        once()
    gc.collect()
    before, refs = resident_bytes(), sys.getrefcount(None)
    for _ in range(20):
        once()
    gc.collect()
    assert resident_bytes() - before < 4_000_000
    assert abs(sys.getrefcount(None) - refs) < 1000 or sys.version_info >= (3, 12)
