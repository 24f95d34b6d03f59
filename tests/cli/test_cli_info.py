"""`tnsim info`: sizes, light cones, and what noise rules hit."""

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


def test_sizes_and_cones_as_text(folder: Path) -> None:
    done = run_tnsim("info", "ghz.qasm", "--expect", "Z0", "--probabilities", "2")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "couplings     2" in lines
    assert "depth         3" in lines
    assert [line.split() for line in lines[-2:]] == [
        ["Z0", "2", "2", "2"],
        ["probabilities", "2", "3", "4", "3"],
    ]


def test_the_report_agrees_with_the_circuit(folder: Path) -> None:
    circuit = tnsim.Circuit(4).h(range(3)).ccx(0, 1, 2).measure([0, 1], [0, 5])
    (folder / "some.qasm").write_text(circuit.to_qasm())
    report = json.loads(run_tnsim("info", "some.qasm", "-e", "Z2 X0", "--json").out)
    assert report["kind"] == "info_report"
    assert (report["qubits"], report["bits"]) == (4, 2)
    assert (report["instructions"], report["depth"]) == (len(circuit), circuit.depth())
    assert (report["couplings"], report["bytes"]) == (3, circuit.nbytes)
    assert report["counts"] == circuit.counts()
    cone = circuit.lightcone([0, 2])
    (found,) = report["cones"]
    assert (found["question"], found["instructions"]) == ("Z2 X0", len(cone))
    assert (found["qubits"], found["depth"]) == (3, cone.depth())


def test_noise_is_counted(folder: Path) -> None:
    noise = tnsim.NoiseModel().after(tnsim.noise.depolarizing(0.1), gates="h")
    noise.save(folder / "some.json")
    done = run_tnsim("info", "ghz.qasm", "--noise", "some.json")
    assert "instructions  5: " in done.out
    assert "depolarizing(p=0.1) after gates('h')" in done.out
    report = json.loads(run_tnsim("info", "ghz.qasm", "--noise", "some.json", "--json").out)
    assert report["noise"]["silent"] == {"cx": 2, "rx": 1}


def test_misuse(folder: Path) -> None:
    done = run_tnsim("info", "ghz.qasm", "--expect", "Z9")
    assert done.code == 2
    assert "--expect 'Z9'" in done.err
    noise = tnsim.NoiseModel().after(tnsim.noise.depolarizing(0.1), gates="ecr")
    noise.save(folder / "other.json")
    done = run_tnsim("info", "ghz.qasm", "--noise", "other.json")
    assert done.code == 2
    assert "other.json" in done.err
