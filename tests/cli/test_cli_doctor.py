"""`tnsim doctor`, the progress line, and what the help pages promise."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

import tnsim
from tests.cli.command_runner import run_tnsim, write_inputs
from tnsim.cli import examination, report_json, self_check
from tnsim.cli.activity import Activity, Stage
from tnsim.cli.exit_codes import ExitCode
from tnsim.cli.packages import PACKAGES


def test_doctor_tells_versions_memory_and_the_known_value() -> None:
    done = run_tnsim("doctor")
    assert (done.code, done.err) == (ExitCode.FINE, "")
    for package in PACKAGES:
        assert package.module in done.out
        assert package.gives in done.out
    assert f"tnsim   {tnsim.__version__}" in done.out
    assert "without --memory the budget is" in done.out
    value = 0.9 * 0.96**3 * math.cos(0.75)
    assert f"numpy  right: {value:.12f}, must be {value:.12f}" in done.out


def test_doctor_as_json() -> None:
    done = run_tnsim("doctor", "--json")
    data = json.loads(done.out)
    assert (data["kind"], data["version"], data["healthy"]) == ("doctor_report", 1, True)
    assert {p["name"] for p in data["packages"]} == {p.module for p in PACKAGES}
    assert 0 < data["default_memory_bytes"] <= data["available_bytes"]
    assert data["checks"][0]["found"] == pytest.approx(data["checks"][0]["expected"], abs=1e-10)


def test_doctor_says_what_a_missing_package_would_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kahypar", None)
    done = run_tnsim("doctor")
    assert done.code == ExitCode.FINE
    assert "kahypar     not installed; would give search by hypergraph partition" in done.out
    assert "python -m pip install 'tnsim[planners]'" in done.out


def test_doctor_fails_where_a_needed_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cotengra", None)
    done = run_tnsim("doctor")
    assert done.code == ExitCode.DEFECT
    assert "MISSING, and needed for the search for contraction orders" in done.out
    assert done.err == "tnsim doctor: something is wrong, see the report\n"


def test_doctor_fails_on_a_wrong_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_NOISE", 0.2)
    done = run_tnsim("doctor")
    assert done.code == ExitCode.DEFECT
    assert "numpy  WRONG: 0." in done.out


def test_doctor_reports_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_ANGLE", "no angle")
    done = run_tnsim("doctor")
    assert done.code == ExitCode.DEFECT
    assert "numpy  WRONG: CircuitError: the value of theta must be a" in done.out


def test_thorough_doctor_computes_with_each_library(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    libraries = tuple(p for p in PACKAGES if p.module in {"numpy", "torch"})
    monkeypatch.setattr(examination, "PACKAGES", libraries)
    done = run_tnsim("doctor", "--thorough", "--json")
    checks = {check["library"]: check for check in json.loads(done.out)["checks"]}
    assert checks["torch"]["passed"]
    assert checks["torch"]["devices"][0] == "cpu"


def test_a_broken_library_is_an_illness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    check = self_check.check_library("torch")
    assert not check.passed
    assert "torch" in check.message


def test_progress_shows_stage_count_and_times() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with Activity(delay=0.0, console=console) as activity:
        activity.stage("contracting")
        activity(3, 7)
        deadline = time.monotonic() + 30
        while "3 of 7" not in stream.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "contracting" in stream.getvalue()
    assert "3 of 7" in stream.getvalue()
    assert " left" in stream.getvalue()


def test_progress_of_short_and_of_quiet_runs_is_not_shown() -> None:
    for options in ({"delay": 60.0}, {"delay": 0.0, "enabled": False}):
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=True)
        with Activity(console=console, **options) as activity:  # type: ignore[arg-type]
            activity.stage("contracting")
            activity(1, 2)
        assert stream.getvalue() == ""


def test_what_is_left_follows_the_pace() -> None:
    assert Stage("x", 100.0, 1, 4).times(110.0) == "10 s, about 30 s left"
    assert Stage("x", 100.0, 0, 4).times(110.0) == "10 s"
    assert Stage("x", 100.0).times(110.0) == "10 s"


def test_help_lists_every_exit_code() -> None:
    done = run_tnsim("--help")
    for code in ExitCode:
        assert f"{int(code):>4}  {code.meaning}" in done.out


@pytest.mark.parametrize("command", ["run", "plan", "draw", "doctor"])
def test_each_command_explains_itself(command: str) -> None:
    done = run_tnsim(command, "--help")
    assert done.code == ExitCode.FINE
    assert done.out.startswith(f"Usage: tnsim {command} [OPTIONS]")
    assert "\\b" not in done.out
    assert command in run_tnsim("--help").out


def test_every_field_of_a_report_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    ask = ("ghz.qasm", "-e", "Z0", "-a", "000", "-p", "0", "--param", "theta=0,1", "--json")
    refused = ("plan", "ghz.qasm", "-e", "Z0 Z2", "--memory", "1", "--json")
    for typed in (("run", *ask), ("plan", *ask), refused):
        for name in names_in(json.loads(run_tnsim(*typed).out)):
            assert f'"{name}"' in (report_json.__doc__ or ""), name


def names_in(report: object) -> set[str]:
    """All field names of a report, but those inside free mappings and the forecast's parts."""
    if isinstance(report, list):
        return set().union(*map(names_in, report))
    if not isinstance(report, dict):
        return set()
    inner = (v for k, v in report.items() if k not in {"params", "versions", "parts"})
    return set(report).union(*map(names_in, inner))


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tnsim.cli import main\n"
        "main(['run', '--help'], standalone_mode=False)\n"
        "print(sorted({'numpy', 'rich', 'cotengra', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
