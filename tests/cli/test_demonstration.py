"""The demonstration that `make demo` runs, from the files it writes to the picture."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tnsim

SCRIPT = Path(__file__).parents[2] / "examples" / "eagle.py"
# Known independently: quimb on the light cone at 0.7, and published for 6 pi / 32.
KNOWN = {0.7: 0.63870894552, 6 * math.pi / 32: 0.77268247944284}


def test_demonstration(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--memory", "1GB", "--folder", "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONIOENCODING": "utf-8",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.index("forecast") < done.stdout.index("answer")
    assert "⟨Z62⟩  0.63870894" in done.stdout
    assert f"found {KNOWN[0.7]:.11f}, known {KNOWN[0.7]:.11f}" in done.stdout
    assert re.search(r"peak +\S+ \w*B measured", done.stdout)
    assert "$ tnsim run demo/eagle_5_steps.qasm --expect Z62 --memory 1GB" in done.stdout

    folder = tmp_path / "demo"
    assert (folder / "eagle_sweep.png").read_bytes().startswith(b"\x89PNG")
    sweep = tnsim.Result.load(folder / "sweep.json")
    assert sweep.provenance is not None
    params, values = sweep.provenance.numpy_params(), sweep.numpy()
    assert isinstance(params, dict) and isinstance(values, dict)
    assert len(np.unique(params["theta"])) == 33
    clean = params["strength"] == 0
    angles, curve = params["theta"][clean], values["Z62"][clean]
    assert curve[0] == pytest.approx(1.0, abs=1e-12)
    # 6 pi / 32 is the 13th of the 33 angles from 0 to pi / 2.
    assert angles[12] == pytest.approx(6 * math.pi / 32)
    assert curve[12] == pytest.approx(KNOWN[6 * math.pi / 32], abs=1e-12)

    circuit = tnsim.Circuit.from_qasm(folder / "eagle_5_steps.qasm")
    assert circuit.counts() == {"rzz": 5 * 144, "rx": 5 * 127}
    model = tnsim.NoiseModel.load(folder / "noise.json")
    noisy = tnsim.Result.load(folder / "noisy.json").numpy()
    assert isinstance(noisy, dict)
    # Depolarizing noise and symmetric readout error only shrink: by 0.98 at least.
    assert 0.8 * KNOWN[0.7] < noisy["Z62"] < 0.98 * KNOWN[0.7]
    assert len(model.apply(circuit)) == len(circuit) + 5 * (127 + 144)
