"""`tnsim convert`: formats by name and by option, and files that are not spoilt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tnsim
from tests.cli.command_runner import run_tnsim, write_inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["new.qasm", "new.qasm3", "new.json"])
def test_round_trips_by_name(folder: Path, name: str) -> None:
    done = run_tnsim("convert", "ghz.qasm", name)
    assert (done.code, done.out) == (0, "")
    assert f"wrote {name}: 3 qubits, 4 instructions" in done.err
    assert run_tnsim("convert", name, "back.qasm").code == 0
    circuit = tnsim.Circuit.from_qasm(folder / "ghz.qasm")
    assert tnsim.Circuit.from_qasm(folder / "back.qasm") == circuit


def test_qsim_and_unrolling(folder: Path) -> None:
    (folder / "some.qsim").write_text("2\n0 h 0\n1 cz 0 1\n2 rz 1 0.5\n")
    done = run_tnsim("convert", "some.qsim", "-", "--to", "qasm3", "--unroll", "cx, u")
    assert done.code == 0
    circuit = tnsim.Circuit.from_qasm(done.out)
    assert set(circuit.counts()) == {"cx", "u"}
    assert run_tnsim("convert", "some.qsim", "other.qsim").code == 0
    assert "cz 0 1" in (folder / "other.qsim").read_text()


def test_other_commands_read_every_format(folder: Path) -> None:
    circuit = tnsim.Circuit(2).h(0).cx(0, 1)
    (folder / "bell.json").write_text(json.dumps(circuit.to_dict()))
    (folder / "bell.qasm3").write_text(circuit.to_qasm(3))
    for name in ("bell.json", "bell.qasm3"):
        done = run_tnsim("run", name, "--expect", "Z0 Z1", "--json", "--no-cache")
        assert json.loads(done.out)["answers"][0]["value"] == pytest.approx(1.0)


def test_nothing_is_written_over_or_half(folder: Path) -> None:
    (folder / "there.qasm").write_text("mine")
    done = run_tnsim("convert", "ghz.qasm", "there.qasm")
    assert done.code == 2
    assert "is there already" in done.err
    channel = tnsim.Circuit(1).channel(tnsim.noise.depolarizing(0.1), 0)
    (folder / "noisy.json").write_text(json.dumps(channel.to_dict()))
    done = run_tnsim("convert", "noisy.json", "there.qasm", "--force")
    assert done.code == 2
    assert "no noise channels" in done.err
    assert (folder / "there.qasm").read_text() == "mine"
    assert run_tnsim("convert", "ghz.qasm", "there.qasm", "--force").code == 0
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ghz.qasm", "new.txt"], "cannot be told by its name; add --to"),
        (["ghz.qasm", "-"], "cannot be told by its name; add --to"),
        (["bad.json", "new.qasm"], "bad.json: "),
        (["nan.json", "new.qasm"], "finite numbers"),
        (["bad.qsim", "new.qasm"], "bad.qsim: "),
        (["latin.qsim", "new.qasm"], "must be text in UTF-8"),
        (["ghz.qasm", "new.qasm", "--unroll", "hh"], "'hh'"),
    ],
)
def test_misuse(folder: Path, arguments: list[str], message: str) -> None:
    (folder / "bad.json").write_text('{"kind": "circuit"}')
    (folder / "nan.json").write_text('{"kind": NaN}')
    (folder / "bad.qsim").write_text("2\n0 nothing 0\n")
    (folder / "latin.qsim").write_bytes(b"2\n0 h \xe9\n")
    done = run_tnsim("convert", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (folder / "new.qasm").exists()
