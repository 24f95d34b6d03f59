"""`tnsim run` and `tnsim plan`: right values on stdout, in text and in JSON, and files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tnsim
from tests.cli.command_runner import run_tnsim, write_inputs
from tnsim.runtime import Forecast

# Of RX(t) on the third qubit before CX: <Z0 Z2> = cos t, and qubits 0 and 1 agree.
ANGLE = 0.7


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)


def report(*arguments: object) -> dict[str, Any]:
    """The JSON report of a run, which must be all of stdout."""
    done = run_tnsim("run", "ghz.qasm", "--json", *arguments)
    assert done.code == 0, done.err
    data = json.loads(done.out)
    assert isinstance(data, dict)
    return data


def test_text_tells_forecast_then_answer() -> None:
    done = run_tnsim(
        "run", "ghz.qasm", "-e", "Z0 Z2", "--param", f"theta={ANGLE}", "--memory", "1MB"
    )
    assert done.code == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines.index("forecast") < lines.index("answer")
    assert f"⟨Z0 Z2⟩  {math.cos(ANGLE):.12g}" in lines
    for fact in ("3 qubits, 4 instructions", "of 1.00 MB", "method", "basis", "operations"):
        assert fact in done.out
    for cost in ("time ", "peak ", "measured", "error  exact up to rounding"):
        assert cost in done.out.partition("answer\n")[2]


def test_every_kind_of_question() -> None:
    data = report(
        *("-e", "Z0 Z2", "-e", "@sum.json", "-a", "000", "-a", "111", "-p", "0-1", "-p", "2,0"),
        *("--param", f"theta={ANGLE}"),
    )
    pair, total, amplitudes, first, second = data["answers"]
    half = math.cos(ANGLE / 2) ** 2 / 2
    assert pair["question"] == "expectation" and pair["observable"] == "Z0 Z2"
    assert pair["value"] == pytest.approx(math.cos(ANGLE), abs=1e-12)
    # <X0 X1 X2> = 1, for RX on the third qubit leaves |000> + |111> symmetric under flips.
    assert total["value"] == pytest.approx(0.5 - 2, abs=1e-12)
    assert amplitudes["bitstrings"] == ["000", "111"]
    assert np.allclose(amplitudes["value"], [[math.sqrt(half), 0]] * 2, atol=1e-12)
    assert first["qubits"] == [0, 1]
    assert np.allclose(first["value"], [0.5, 0, 0, 0.5], atol=1e-12)
    assert second["qubits"] == [2, 0]
    assert np.allclose(second["value"], [half, 0.5 - half, 0.5 - half, half], atol=1e-12)


def test_report_holds_what_was_promised_and_taken() -> None:
    data = report("-e", "Z0 Z2", "--param", "theta=pi/4", "--memory", "1MB", "--dtype", "complex64")
    assert (data["kind"], data["version"]) == ("run_report", 1)
    assert data["params"] == {"theta": math.pi / 4}
    assert data["memory_bytes"] == 1_000_000
    assert data["dtype"] == "complex64"
    assert data["circuit"]["qubits"] == 3
    assert data["circuit"]["parameters"] == ["theta"]
    assert Forecast.from_dict(data["forecast"]).peak_bytes < 1_000_000
    assert data["seconds"] > 0
    assert data["digests"]["circuit"] == tnsim.Circuit.from_qasm("ghz.qasm").digest
    assert "numpy" in data["versions"]


def test_forecast_goes_to_stderr_beside_json() -> None:
    done = run_tnsim("run", "ghz.qasm", "-e", "Z0", "--param", "theta=1", "--json")
    assert "forecast" in done.err and "method" in done.err
    json.loads(done.out)


def test_equal_questions_are_asked_once() -> None:
    twice = ("-e", "Z0 Z2", "-a", "000", "-p", "0")
    assert len(report(*twice, *twice, "--param", "theta=1")["answers"]) == 3


def test_noise_and_readout() -> None:
    model = tnsim.NoiseModel().after(tnsim.noise.bit_flip(0.1), gates="rx").readout(0.05, 0.05)
    model.save("noise.json")
    data = report("-e", "Z0 Z2", "--param", f"theta={ANGLE}", "--noise", "noise.json")
    wanted = 0.8 * 0.9**2 * math.cos(ANGLE)
    assert data["answers"][0]["value"] == pytest.approx(wanted, abs=1e-12)
    assert data["noise"] == "noise.json"
    assert data["digests"]["noise"] == model.digest


def test_sweep_has_an_axis_for_each_parameter() -> None:
    data = report(
        *("-e", "Z0 Z2", "-p", "0", "--noise", "open.json"),
        *("--param", "p=0,0.5", "--param", "theta=0:pi:5"),
    )
    angles = np.linspace(0, math.pi, 5)
    assert data["sweep"] == ["p", "theta"]
    assert data["params"]["p"] == [0, 0.5]
    assert data["points"] == 10
    assert np.allclose(data["answers"][0]["value"], [np.cos(angles)] * 2, atol=1e-12)
    assert np.shape(data["answers"][1]["value"]) == (2, 5, 2)


def test_sweep_as_a_table() -> None:
    done = run_tnsim(
        *("run", "ghz.qasm", "-e", "Z0 Z2", "--noise", "open.json"),
        *("--param", "theta=0,1", "--param", "p=0.25,0.5"),
    )
    table = done.out.partition("answer\n")[2].splitlines()
    assert table[0].split("  ") == ["theta", "⟨Z0 Z2⟩, p = 0.25", "⟨Z0 Z2⟩, p = 0.5"]
    assert table[2].split() == ["1", *[f"{math.cos(1):.12g}"] * 2]


def test_long_answers_are_cut_and_say_so() -> None:
    wide = "OPENQASM 2.0; include 'qelib1.inc'; qreg q[8]; h q;".replace("'", '"')
    Path("wide.qasm").write_text(wide)
    done = run_tnsim("run", "wide.qasm", "-p", "all")
    assert "the 64 largest of 256" in done.out
    done = run_tnsim("run", "ghz.qasm", "-p", "all", "-e", "Z0", "--param", "theta=0:1:101")
    assert "(37 more rows, 1 more columns; all: --json, --output)" in done.out


def test_result_is_saved() -> None:
    done = run_tnsim(
        "run", "ghz.qasm", "-e", "Z0 Z2", "--param", "theta=0:1:3", "--output", "result.json"
    )
    assert (done.code, done.err) == (0, "saved result.json\n")
    result = tnsim.Result.load("result.json")
    assert result.provenance is not None
    angles = result.provenance.numpy_params()
    assert isinstance(angles, dict)
    values = result.numpy()
    assert isinstance(values, dict)
    assert np.allclose(values["Z0 Z2"], np.cos(angles["theta"]), atol=1e-12)


# Matplotlib 3.9 calls pyparsing by names that new versions deprecate.
@pytest.mark.filterwarnings("ignore:.* deprecated - use:DeprecationWarning")
@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_sweep_is_drawn(ending: str) -> None:
    pytest.importorskip("matplotlib")
    done = run_tnsim(
        *("run", "ghz.qasm", "-e", "Z0 Z2", "-a", "000", "-p", "0", "--noise", "open.json"),
        *("--param", "theta=0:1:5", "--param", "p=0,0.1", "--plot", f"sweep.{ending}"),
    )
    assert done.code == 2, "amplitudes of a noisy circuit"
    done = run_tnsim(
        *("run", "ghz.qasm", "-e", "Z0 Z2", "-a", "000", "-p", "0"),
        *("--param", "theta=1,0,0.5", "--plot", f"sweep.{ending}"),
    )
    assert (done.code, done.err) == (0, f"drew sweep.{ending}\n")
    start = Path(f"sweep.{ending}").read_bytes()[:100]
    assert {"png": b"PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending] in start


def test_circuit_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("ghz.qasm").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        done = run_tnsim("run", "-", "-e", "Z0 Z2", "--param", "theta=0")
    assert "⟨Z0 Z2⟩  1\n" in done.out
    with Path("qubit.qasm").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        done = run_tnsim("run", "-", "-e", "Z0 Z2", "--param", "theta=0")
    assert done.err.startswith("tnsim run: stdin, line 7, column 11: ")


def test_workers_and_slices_give_the_same() -> None:
    grid = tnsim.Circuit(12).h(range(12))
    edges = tnsim.lattices.grid(3, 4)
    for _ in range(3):
        grid.rzz(0.7, [a for a, _ in edges], [b for _, b in edges]).rx(0.4, range(12))
    Path("grid.qasm").write_text(grid.to_qasm())
    ask = ("run", "grid.qasm", "-e", "Z5", "--json", "--no-cache", "--effort", "low")
    one = json.loads(run_tnsim(*ask, "--memory", "64MB").out)
    done = run_tnsim(*ask, "--memory", "100kB", "--workers", "2")
    assert done.code == 0, done.err
    two = json.loads(done.out)
    assert two["forecast"]["slices"] > 1
    assert 2 * two["forecast"]["peak_bytes"] <= 100_000
    assert two["answers"][0]["value"] == pytest.approx(one["answers"][0]["value"], abs=1e-12)


def test_plan_agrees_with_run_and_needs_no_values() -> None:
    ask = ("ghz.qasm", "-e", "Z0 Z2", "-p", "0", "--memory", "1MB", "--json")
    planned = json.loads(run_tnsim("plan", *ask).out)
    ran = json.loads(run_tnsim("run", *ask, "--param", "theta=1").out)
    assert (planned["kind"], planned["fits"]) == ("plan_report", True)
    assert planned["forecast"] == ran["forecast"]
    text = run_tnsim("plan", *ask[:-1], "--param", "theta=0:1:7").out
    assert "points      7, each at this cost" in text
    assert "answer" not in text


def test_plan_that_does_not_fit_is_an_answer_too() -> None:
    done = run_tnsim("plan", "ghz.qasm", "-e", "Z0 Z2", "--memory", "1", "--json")
    data = json.loads(done.out)
    assert done.code == 3
    assert (data["kind"], data["fits"], data["memory_bytes"]) == ("plan_report", False, 1)
    assert data["least_bytes"] > 1
    assert "--memory must be at least" in done.err


def test_budget_above_the_machine_is_remarked() -> None:
    done = run_tnsim("plan", "ghz.qasm", "-e", "Z0", "--memory", "900PB")
    assert done.code == 0
    assert done.err.startswith("note: the budget of 900 PB is more than the ")


def test_ascii_output_is_readable() -> None:
    done = run_tnsim("run", "ghz.qasm", "-e", "Z0", "--param", "theta=1", encoding="ascii")
    assert done.code == 0
    assert "<Z0>" in done.out


def test_a_plan_for_derivatives() -> None:
    ask = ("ghz.qasm", "-e", "Z0 Z2", "--memory", "1MB")
    told = json.loads(run_tnsim("plan", *ask, "--gradient", "--json").out)["forecast"]
    assert told["gradient_peak_bytes"] > 0 and told["gradient_flops"] >= 0
    assert "\ngradient " in run_tnsim("plan", *ask, "--gradient").out
    without = json.loads(run_tnsim("plan", *ask, "--json").out)["forecast"]
    assert without["gradient_peak_bytes"] is None and without["gradient_flops"] is None
