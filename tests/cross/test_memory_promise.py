"""The promise about memory, on random noisy networks in processes of their own.

Sixteen networks in an ordinary run, eight of them with derivatives too; all two hundred, and
derivatives of one hundred, with HYPOTHESIS_PROFILE=thorough.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

import tnsim
from tests.cross.memory_networks import draw_case
from tnsim.engines.exact import running
from tnsim.lowering import materialise

ROOT = Path(__file__).parents[2]
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
COUNT = 200 if THOROUGH else 16
DERIVATIVES = 100 if THOROUGH else 8
SLACK = 16_000_000
"""What the allocator and the matrix library may take beside our arrays."""
NOISE_FLOOR = 32_000_000
"""A forecast below this says little: it is of the size of the slack."""

linux = pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux's high-water mark"
)


@pytest.fixture(scope="module")
def measured() -> list[dict[str, Any]]:
    """A line of memory_worker.py for each network."""
    return lines_of("0", str(COUNT))


def lines_of(*arguments: str) -> list[dict[str, Any]]:
    """What memory_worker.py prints."""
    command = [sys.executable, "-m", "tests.cross.memory_worker", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@linux
def test_peaks_stay_within_forecasts_and_forecasts_within_budgets(
    measured: list[dict[str, Any]],
) -> None:
    assert len(measured) == COUNT
    assert [case for case in measured if "error" in case] == []
    over = [c for c in measured if c["measured"] > 1.05 * c["forecast"] + SLACK]
    assert over == []
    assert [c for c in measured if c["forecast"] > c["budget"]] == []
    # The cases are of the kinds that they should be.
    assert any(c["slices"] > 1 for c in measured)
    assert any(c["batch"] for c in measured)
    assert {c["dtype"] for c in measured} == {"complex64", "complex128"}


@linux
def test_peaks_with_the_way_back_stay_within_their_forecasts() -> None:
    measured = lines_of("0", str(DERIVATIVES), "derivatives")
    assert len(measured) == DERIVATIVES
    assert [case for case in measured if "error" in case] == []
    assert [c for c in measured if c["measured"] > 1.05 * c["forecast"] + SLACK] == []
    assert [c for c in measured if c["forecast"] > c["budget"]] == []
    assert any(c["slices"] > 1 for c in measured)
    large = [c for c in measured if c["forecast"] > NOISE_FLOOR]
    assert median(c["forecast"] / max(c["measured"], 1) for c in large) <= 2


@linux
def test_forecasts_are_not_much_more_than_is_taken(measured: list[dict[str, Any]]) -> None:
    large = [c for c in measured if c["forecast"] > NOISE_FLOOR]
    assert len(large) >= COUNT // 8
    assert median(c["forecast"] / max(c["measured"], 1) for c in large) <= 2


@linux
def test_the_measured_peak_is_reported(measured: list[dict[str, Any]]) -> None:
    for case in measured:
        if case["forecast"] > NOISE_FLOOR:
            assert case["reported"] == pytest.approx(case["measured"], rel=0.1, abs=SLACK / 4)


@pytest.mark.parametrize("number", [1, 3, 23] if not THOROUGH else [1, 3, 7, 11, 14, 18, 23])
def test_a_refusal_names_a_budget_that_works(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = draw_case(number)

    def ask(memory: int | str) -> tnsim.Program:
        return tnsim.compile(
            case.circuit,
            case.query,
            noise=case.model,
            dtype=case.dtype,
            memory=memory,
            effort="low",
            method="exact",
            cache=False,
        )

    with monkeypatch.context() as patch:
        # Whoever makes an array of the network, or contracts it, is found out.
        patch.setattr(materialise.Materialiser, "__init__", _forbidden)
        patch.setattr(running, "execute", _forbidden)
        with pytest.raises(tnsim.BudgetError, match=r"`memory` must be at least") as caught:
            ask(50)
    error = caught.value
    assert error.budget == 50
    assert error.least_bytes is not None and error.flops is not None
    assert f"{error.flops:.1e} operations" in str(error)
    assert "give that much" in str(error)
    named = str(error).split("at least ")[1].split(" for an exact")[0]
    for memory in (error.least_bytes, named):
        program = ask(memory)
        assert program.forecast.peak_bytes <= program.memory
    if program.forecast.seconds < 2:
        values = dict.fromkeys(program.parameters, 0.3)
        tight, roomy = program(values, progress=False), case.program(values, progress=False)
        tolerance = 1e-10 if case.dtype == "complex128" else 1e-4
        np.testing.assert_allclose(tight.value, roomy.value, atol=tolerance)


def _forbidden(*_: object, **__: object) -> None:
    raise AssertionError("no array may be made before the budget is known to be kept")
