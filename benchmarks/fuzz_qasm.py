"""A job that looks for texts on which the OpenQASM readers do anything but answer or refuse.

Not part of `make bench`: it runs until it is stopped, and needs atheris, which guides the search by
coverage (Linux, CPython 3.11 to 3.13; `pip install atheris`).

    python -m benchmarks.fuzz_qasm [folder with texts to begin from] [-max_total_time=600]

A text must be read within SECONDS of CPU time, to a circuit that is written and read back equal,
or end in a `QasmError` with a place. Anything else is reported by atheris with the text that did
it, kept as `crash-...`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tnsim import Circuit, CircuitError, QasmError

SECONDS = 20.0
SEEDS = (
    b"""OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[2]; gate g(a) b { rx(a/2) b; }
    g(pi) q; measure q[0] -> c[0]; if(c==1) x q[1]; barrier q; reset q[0];""",
    b"""OPENQASM 3.0; include "stdgates.inc"; input float a; const int n = 2; qubit[n] q; bit[n] c;
    gate g(b) d { pow(2) @ rx(b/2) d; gphase(b); }
    for int i in [0:n-1] { ctrl @ g(a) q[0], q[1]; }
    let r = q[0:1] ++ q[{1}]; c[0] = measure q[0];
    if (c[0] && !c[1]) { x q; } else inv @ s q;""",
)


def one_input(data: bytes) -> None:
    """Read a text; `AssertionError` where it took too long or did not come back equal."""
    text = data.decode("utf-8", errors="surrogateescape") + "\n"
    began = time.process_time()
    circuit = place = None
    try:
        circuit = Circuit.from_qasm(text, limit=1 << 16)
    except QasmError as error:
        place = error.line, error.column
    assert time.process_time() - began < SECONDS, "too slow"
    if circuit is None:
        assert place is not None and min(place) >= 1, "an error without a place"
        return
    for version in (2, 3):
        try:
            written = circuit.to_qasm(version)
        except CircuitError:
            continue
        again = Circuit.from_qasm(written)
        if version == 3:  # version 2 has no word for a global phase
            assert again == circuit, "not what was written"
        assert len(again) == len(circuit), "not what was written"


def main() -> None:
    """Run until stopped."""
    try:
        import atheris  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        sys.exit("this job needs atheris: pip install atheris")
    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS):
            one_input(seed)
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
