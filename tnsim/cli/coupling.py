"""The coupling graph of a circuit as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tnsim import Circuit
from tnsim.base.errors import CircuitError

from .couplings import coupling_edges
from .figure import COLOURS, new_figure, save_figure
from .graph_layout import stress_layout

__all__ = ["draw_coupling"]

_MOST_QUBITS = 2000
_MOST_LABELLED = 200


def draw_coupling(path: Path, circuit: Circuit, name: str) -> None:
    """Draw the graph; a line is the thicker, the more instructions act on its two qubits."""
    n = circuit.num_qubits
    if n > _MOST_QUBITS:
        raise CircuitError(f"--plot draws at most {_MOST_QUBITS} qubits (got {n})")
    edges, counts = coupling_edges(circuit)
    places = stress_layout(n, edges)
    spread = np.ptp(places, axis=0) + 1.0
    scale = 0.55 if n <= _MOST_LABELLED else 0.2
    width, height = np.clip(scale * spread + 1.0, 4.0, 14.0).tolist()
    figure, axes = new_figure(width, height + 0.4)
    axes.set_axis_off()
    axes.set_aspect("equal")
    thickest = counts.max(initial=1)
    for (a, b), count in zip(edges.tolist(), counts.tolist(), strict=True):
        axes.plot(
            *places[[a, b]].T,
            color="0.6",
            linestyle="-",
            linewidth=0.8 + 2.2 * count / thickest,
            markersize=0,
            zorder=1,
        )
    size = 190 if n <= _MOST_LABELLED else 20
    axes.scatter(places[:, 0], places[:, 1], s=size, color=COLOURS[0], zorder=2)
    if n <= _MOST_LABELLED:
        for qubit, (x, y) in enumerate(places.tolist()):
            axes.annotate(
                str(qubit), (x, y), ha="center", va="center", color="white", fontsize=6.5, zorder=3
            )
    axes.set_title(f"{name}: {n} qubits, {len(edges)} couplings")
    save_figure(figure, path)
