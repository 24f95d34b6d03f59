"""Pictures of one style, made without a display and without changing matplotlib's settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "new_figure", "save_figure"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's colours, which are told apart without colour vision too."""


def new_figure(width: float = 6.4, height: float = 4.2) -> tuple[Figure, Axes]:
    """An empty figure (in inches) with one pair of axes."""
    from cycler import cycler
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    styles = cycler(linestyle=["-", "--"]) * cycler(color=COLOURS)
    axes.set_prop_cycle(styles + cycler(markersize=[3.5] * len(styles)))
    axes.grid(visible=True, color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def save_figure(figure: Figure, path: Path) -> None:
    """Write the figure in the format that the path's ending names."""
    figure.savefig(path, dpi=160)
