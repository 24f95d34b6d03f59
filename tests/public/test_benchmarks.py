"""The benchmark scaffolding measures what it says it does."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from benchmarks import circuits, common
from benchmarks.common import Contender, Sample, Summary


def worker(function: str, **arguments: object) -> Sample:
    return common.one_sample(Contender("x", function, arguments=arguments), 60.0)


def test_a_sample_holds_value_time_and_memory() -> None:
    sample = worker("tests.public.test_benchmarks:fill", megabytes=50)
    assert sample.failed is None
    assert sample.value == 50
    assert sample.stages == {"fill": 1.5}
    assert 48e6 <= sample.peak_bytes <= 70e6
    assert 0 < sample.cpu_seconds < 30


def test_a_failure_is_told_and_not_counted() -> None:
    sample = worker("tests.public.test_benchmarks:fail")
    assert sample.failed == "ValueError: no answer here"
    summary = Summary(Contender("x", "x:y"), [sample])
    assert math.isnan(summary.median("cpu_seconds"))
    assert common.costs_of(summary, 1.0)[-1] == "failed"


def test_medians_and_ratio() -> None:
    samples = [Sample(1.5, {"plan": s}, cpu_seconds=s) for s in (4.0, 1.0, 2.0)]
    summary = Summary(Contender("x", "x:y"), samples)
    assert summary.median("plan") == summary.median("cpu_seconds") == 2.0
    assert common.costs_of(summary, 8.0)[3] == "0.25"
    assert common.stages_of(summary, ["plan", "contract"]) == ["2", "-"]


def test_samples_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    path = common.write("a b, c", [Summary(Contender("x", "x:y"), [Sample(1)])], "goal")
    data = json.loads(path.read_text())
    assert path.name == "a_b_c.json"
    assert data["contenders"][0]["samples"][0]["value"] == 1


def test_the_grid_uses_each_coupler_twice_in_eight_cycles() -> None:
    rows = circuits.random_grid(3, 4, cycles=8, seed=5)
    pairs = [tuple(row[-2:]) for row in rows if row[0] == "fsim"]
    edges = 3 * 3 + 2 * 4
    assert len(set(pairs)) == edges
    assert sorted(pairs) == sorted(2 * sorted(set(pairs)))
    assert rows == circuits.random_grid(3, 4, cycles=8, seed=5)


def test_a_published_circuit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.qsim"
    path.write_text("3\n0 hz_1_2 7\n0 x_1_2 9\n1 rz 7 0.5\n2 fs 7 9 1.5 0.25\n")
    qubits, rows = circuits.qsim_rows(path)
    assert qubits == 2
    assert [row[0] for row in rows] == ["u3", "u3", "rz", "fsim"]
    assert rows[2:] == [["rz", 0.5, 0], ["fsim", 1.5, 0.25, 0, 1]]
    path.write_text("1\n0 t 0\n")
    with pytest.raises(ValueError, match="gate 't' is not one of the experiment's"):
        circuits.qsim_rows(path)


def fill(megabytes: int) -> dict[str, object]:
    """A contender that takes so much memory."""
    held = bytearray(b"x") * (megabytes * 10**6)
    return {"value": len(held) // 10**6, "stages": {"fill": 1.5}}


def fail() -> None:
    """A contender that gives up."""
    raise ValueError("no answer here")
