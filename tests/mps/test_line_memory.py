"""A budget is kept: what a run takes is measured in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("case", "budget"),
    [
        ("pure", 12_000_000),
        ("far", 12_000_000),
        ("noisy", 12_000_000),
        ("noisy_back", 12_000_000),
        ("pure", 48_000_000),
    ],
)
def test_a_run_stays_within_its_budget(case: str, budget: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mps.line_memory", case, str(budget)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    taken, forecast, bond = json.loads(done.stdout)
    assert bond > 8
    assert forecast <= budget
    assert taken <= 1.05 * budget + 16e6
