"""What `tnsim convert` does."""

from __future__ import annotations

import sys
from pathlib import Path

from tnsim import Circuit
from tnsim.base.codec import write_text

from .failures import BadInput
from .formats import format_of, read_circuit, written
from .output import say

__all__ = ["convert_file"]


def convert_file(
    path: Path,
    target: Path,
    *,
    source: str | None,
    kind: str | None,
    unroll: str | None,
    force: bool,
) -> None:
    """Read, rewrite where asked, and write whole or not at all."""
    to_stdout = str(target) == "-"
    made = format_of(target, kind, "--to")
    if not to_stdout and target.exists() and not force:
        raise BadInput(f"{target}: the file is there already; choose another or add --force")
    circuit = read_circuit(path, source)
    if unroll is not None:
        circuit = circuit.unroll({name.strip() for name in unroll.split(",") if name.strip()})
    text = written(circuit, made)
    if to_stdout:
        sys.stdout.write(text)
        return
    write_text(target, text)
    say(f"wrote {target}: {_size(circuit)}, {made}", err=True)


def _size(circuit: Circuit) -> str:
    return f"{circuit.num_qubits} qubits, {len(circuit)} instructions"
