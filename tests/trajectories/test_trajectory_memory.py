"""What a run takes stays within what was planned, measured in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trajectories.trajectory_memory import CASES

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux's high-water mark"
)


@pytest.mark.parametrize("name", CASES)
def test_peaks_stay_within_plans(name: str) -> None:
    command = [sys.executable, "-m", "tests.trajectories.trajectory_memory", name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    print(name, found)
    assert found["measured"] <= 1.05 * found["planned"] + 16_000_000, found
    # A plan of many times what is used would refuse what fits.
    assert found["planned"] <= 3 * found["measured"] + 32_000_000, found
