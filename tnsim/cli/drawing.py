"""What `tnsim draw` does."""

from __future__ import annotations

import shutil
from pathlib import Path

from .facts import circuit_summary
from .failures import require
from .formats import read_circuit
from .output import say

__all__ = ["show_circuit"]

_MOST_QUBITS = 24
_MOST_ROWS = 150


def show_circuit(
    path: Path, *, width: int | None, full: bool, picture: Path | None, plot: Path | None
) -> None:
    """Print a summary and a drawing, or the first and last instructions; make the pictures."""
    for option, wanted in (("--picture", picture), ("--plot", plot)):
        if wanted is not None:
            require("matplotlib", option, "plot")
    circuit = read_circuit(path)
    say(circuit_summary(path, circuit))
    short = circuit.num_qubits <= _MOST_QUBITS and len(circuit) <= _MOST_ROWS
    if full or short:
        say("\n" + circuit.draw(width or shutil.get_terminal_size((100, 24)).columns))
    else:
        say("\n" + str(circuit).partition("\n")[2])
    if picture is not None:
        from .figure import save_figure

        figure = circuit.plot().get_figure(root=True)
        assert figure is not None, "the axes were made in one"
        save_figure(figure, picture)
        say(f"drew {picture}", err=True)
    if plot is not None:
        from .coupling import draw_coupling

        draw_coupling(plot, circuit, path.name)
        say(f"drew {plot}", err=True)
