"""What `tnsim draw` does."""

from __future__ import annotations

import shutil
from pathlib import Path

from tnsim import Circuit
from tnsim.runtime.table import format_table

from .failures import require
from .output import say
from .preparing import read_circuit

__all__ = ["show_circuit"]

_MOST_QUBITS = 24
_MOST_ROWS = 150


def show_circuit(path: Path, *, width: int | None, full: bool, plot: Path | None) -> None:
    """Print a summary and a drawing, or the first and last instructions; draw the couplings."""
    if plot is not None:
        require("matplotlib", "--plot", "plot")
    circuit = read_circuit(path)
    say(_summary(path, circuit))
    short = circuit.num_qubits <= _MOST_QUBITS and len(circuit) <= _MOST_ROWS
    if full or short:
        say("\n" + circuit.draw(width or shutil.get_terminal_size((100, 24)).columns))
    else:
        say("\n" + str(circuit).partition("\n")[2])
    if plot is not None:
        from .coupling import draw_coupling

        draw_coupling(plot, circuit, path.name)
        say(f"drew {plot}", err=True)


def _summary(path: Path, circuit: Circuit) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in circuit.counts().items())
    rows = [
        ("circuit", str(path)),
        ("qubits", str(circuit.num_qubits)),
        ("instructions", f"{len(circuit)}" + (f": {counts}" if counts else "")),
        ("depth", str(circuit.depth())),
    ]
    if circuit.parameters:
        names = circuit.parameters
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        rows.append(("parameters", ", ".join(names[:10]) + more))
    return format_table(rows)
