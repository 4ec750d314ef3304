# SPDX-License-Identifier: Apache-2.0
"""Profiles: those shipped, plans of reads, and registers as exact values."""

import json
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import profiles

SHIPPED = profiles.names()


def own(**more):
    return {"format": "wattpurse-profile/1", "protocol": "modbus", "name": "ours", "vendor": "Us",
            "models": ["U1"], "status": "unconfirmed", "sources": ["a sheet of paper"],
            "registers": [
                {"name": "energy", "address": 0, "type": "u32", "scale": "0.01", "unit": "kWh",
                 "meaning": "energy", "word_order": "high_first", "role": "energy_total",
                 "sentinel": "0xFFFFFFFF"},
                {"name": "voltage", "address": 2, "type": "u16", "scale": "0.1", "unit": "V",
                 "meaning": "voltage", "valid": ["0", "300"]},
                {"name": "power", "address": 3, "type": "s16", "unit": "W", "meaning": "power",
                 "scale_field": "power_sf"},
                {"name": "power_sf", "address": 4, "type": "s16", "meaning": "its power of ten"},
                {"name": "state", "address": 5, "type": "bits", "count": 1, "meaning": "state",
                 "bits": [{"low": 0, "name": "alarm"},
                          {"low": 4, "width": 1, "name": "relay",
                           "values": {"0": "closed", "1": "open"}}]},
                {"name": "model", "address": 40, "type": "text", "count": 2, "meaning": "model"},
                {"name": "secret", "address": 42, "type": "u16", "meaning": "password",
                 "secret": True},
            ], **more}


OURS = profiles.parse(json.dumps(own()))


@pytest.mark.parametrize("name", SHIPPED)
def test_all_shipped_profiles_load_and_plan(name, root):
    kind = profiles.load(name)
    said = json.loads((root / f"share/profiles/{name}.json").read_text(encoding="utf-8"))
    assert kind.name == said["name"] and kind.protocol == said["protocol"]
    assert kind.vendor == said["vendor"] and list(kind.models) == said["models"]
    assert list(kind.sources) == said["sources"]
    assert sorted(each.name for each in kind.registers) == sorted(
        each["name"] for each in said.get("registers", []))
    steps = kind.plan()
    inside = {name for step in steps for name in step.names}
    assert inside >= {each.name for each in kind.registers if not each.is_secret}
    for step in steps:
        for name_of in step.names:
            at = kind.register(name_of)
            assert at.function == step.function
            assert step.address <= at.address
            assert at.address + at.count <= step.address + step.count or step.count == 1


def test_a_plan_reads_holes_and_scale_factors():
    assert [step.count for step in OURS.plan(["energy", "voltage"])] == [3]
    step, = OURS.plan(["power"])
    assert step.names == ("power", "power_sf") and (step.address, step.count) == (3, 2)
    assert not any("secret" in step.names for step in OURS.plan())
    assert any("secret" in step.names for step in OURS.plan(["secret"]))
    with pytest.raises(wattpurse.NotFound):
        OURS.plan(["current"])
    with pytest.raises(wattpurse.NotFound):
        OURS.register("current")


def test_a_refusal_teaches_where_to_cut():
    names = ["energy", "voltage", "model"]
    step, = OURS.plan(names)
    assert (step.address, step.count) == (0, 42)
    cut = OURS.cut(names, 0)
    assert [each.address for each in OURS.plan(names, cuts=[cut])] == [0, 40]
    assert OURS.cut(["model"], 0) is None and OURS.cut(names, 7) is None


words = st.integers(0, 0xFFFF)


@given(st.lists(words, min_size=6, max_size=6))
def test_values_are_exact(registers):
    found = OURS.decode([(3, 0, registers)])
    raw = struct.unpack(">IHhhH", struct.pack(">6H", *registers))
    energy = found["energy"]
    if raw[0] == 0xFFFF_FFFF:
        assert energy.value is None and energy.problem == "not_available"
    else:
        assert energy.value == Decimal(raw[0]).scaleb(-2) and energy.unit == "kWh"
    assert found["voltage"].value == Decimal(raw[1]).scaleb(-1)
    assert found["voltage"].is_implausible == (raw[1] > 3000)
    if -10 <= raw[3] <= 10:
        assert found["power"].value == Decimal(raw[2]).scaleb(raw[3])
    else:
        assert found["power"].value is None and found["power"].problem == "not_found"
    assert found["state"].value == raw[4] and found["state"].raw == struct.pack(">H", raw[4])
    assert ("alarm" in found["state"].states) == bool(raw[4] & 1)
    assert ("relay: open" if raw[4] & 16 else "relay: closed") in found["state"].states
    assert len(found["state"].states) == 1 + (raw[4] & 1)


def test_only_what_is_there_whole_is_decoded():
    assert OURS.decode([]) == {}
    assert set(OURS.decode([(3, 1, [0, 5])])) == {"voltage"}
    assert OURS.decode([(4, 0, [0] * 6)]) == {}  # another function
    alone = OURS.decode([(3, 3, [7])])["power"]
    assert alone.value is None and alone.problem == "not_found"
    text = OURS.decode([(3, 40, [0x4142, 0x4300, 9])])
    assert text["model"].value == "ABC" and "secret" not in text
    assert OURS.decode([(3, 42, [9])], secrets=True)["secret"].value == 9
    for wrong in ([(3, 0, [70_000])], [(300, 0, [])], [(3, 0, [1.5])]):
        with pytest.raises(wattpurse.Error):
            OURS.decode(wrong)


def test_all_that_is_wrong_is_said():
    with pytest.raises(wattpurse.ValidationError) as wrong:
        profiles.parse(json.dumps(own(vendor=3, colour="red")))
    assert len(wrong.value.faults) >= 2
    for text in ("", "{", "[]"):
        with pytest.raises(wattpurse.ValidationError):
            profiles.parse(text)
    with pytest.raises(wattpurse.ValidationError):
        profiles.load("no_such_meter")


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "ours.json"
    path.write_text(json.dumps(own()))
    assert profiles.load(path).vendor == "Us" and "ours" in repr(profiles.load(str(path)))
    assert profiles.load("single_phase_prepaid").protocol == "dlt645"
    assert profiles.load("sunspec_203").sunspec_model == 203
    assert profiles.load("chint_ddsu666").serial["parity"] in ("none", "even", "odd")
