"""A circuit as a picture (matplotlib, which the extra `plot` brings)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tnsim.base.errors import TnsimError

from .drawing import CROSSED, check_size, columns_of, places_of, texts_of
from .instructions import Instruction
from .snapshot import Snapshot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_picture"]

_LINE, _BIT, _BOX = "0.35", "0.6", "#dbe9f6"
_ROW_GAP = 1.2
_ADDED = ("cx", "ccx", "c3x", "c4x")


def draw_picture(snapshot: Snapshot, ax: Axes | None, columns: int) -> Axes:
    """Draw the circuit, `columns` of gates to a row, one row under the other; the axes."""
    check_size("plot", snapshot)
    drawn = list(columns_of(snapshot))
    rows = [drawn[k : k + columns] for k in range(0, len(drawn), columns)] or [[]]
    height = snapshot.num_places + _ROW_GAP
    axes = _new_axes(max(map(len, rows)), height * len(rows)) if ax is None else ax
    axes.set_axis_off()
    axes.set_aspect("equal")
    longest = max(map(len, rows))
    axes.set_xlim(-1.6, longest + 0.2)
    axes.set_ylim(-height * len(rows) + _ROW_GAP, 0.8)
    for number, row in enumerate(rows):
        top = -number * height
        _draw_wires(axes, snapshot, top, len(row))
        for x, members in enumerate(row):
            for instruction in members:
                _draw_instruction(axes, snapshot, instruction, x, top)
    return axes


def _new_axes(columns: float, lines: float) -> Axes:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise TnsimError(
            "a picture needs matplotlib, which is not installed; pip install 'tnsim[plot]'"
        ) from error
    size = min(0.6 * (columns + 2), 40.0), min(0.6 * lines + 0.4, 40.0)
    return Figure(figsize=size, layout="constrained").subplots()


def _draw_wires(axes: Axes, snapshot: Snapshot, top: float, columns: int) -> None:
    for place in range(snapshot.num_places):
        y, is_bit = top - place, place >= snapshot.num_qubits
        name = f"c{place - snapshot.num_qubits}" if is_bit else f"q{place}"
        axes.text(-1.0, y, name, ha="right", va="center", fontsize=9)
        ends = [-0.8, columns - 0.2]
        for shift in (-0.04, 0.04) if is_bit else (0.0,):
            colour = _BIT if is_bit else _LINE
            axes.plot(ends, [y + shift] * 2, color=colour, linewidth=0.8, zorder=0)


def _draw_instruction(
    axes: Axes, snapshot: Snapshot, instruction: Instruction, x: float, top: float
) -> None:
    places = places_of(instruction, snapshot)
    texts = texts_of(instruction)
    if instruction.operation.kind == "barrier":
        for place in places:
            heights = [top - place - 0.5, top - place + 0.5]
            axes.plot([x, x], heights, color="0.7", linewidth=3, zorder=0)
        return
    heights = [top - max(places), top - min(places)]
    if len(places) > 1:
        for shift in (-0.03, 0.03) if instruction.bits else (0.0,):
            axes.plot([x + shift] * 2, heights, color=_LINE, linewidth=0.9, zorder=1)
    for place, text in zip(places, texts, strict=True):
        _draw_mark(axes, text, instruction.name, x, top - place)


def _draw_mark(axes: Axes, text: str, name: str, x: float, y: float) -> None:
    """What stands on one line: a dot, a cross, a plus in a circle, an arrow's head or a box."""
    if text in ("●", "○"):
        face = _LINE if text == "●" else "white"
        axes.plot(x, y, "o", color=_LINE, markerfacecolor=face, markersize=6, zorder=3)
    elif text == "╩":
        axes.plot(x, y, "v", color=_LINE, markersize=7, zorder=3)
    elif name in _ADDED and text == "X":
        axes.plot(x, y, "o", color=_LINE, markerfacecolor="white", markersize=12, zorder=2)
        axes.plot(x, y, "+", color=_LINE, markersize=12, zorder=3)
    elif name in CROSSED and text == "x":
        axes.plot(x, y, "x", color=_LINE, markersize=8, markeredgewidth=1.6, zorder=3)
    else:
        _draw_box(axes, _short(text), x, y)


def _draw_box(axes: Axes, lines: Sequence[str], x: float, y: float) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((x - 0.4, y - 0.34), 0.8, 0.68, facecolor=_BOX, edgecolor=_LINE, linewidth=0.8)
    ).set_zorder(2)
    longest = max(map(len, lines))
    size = min(9.0, 55.0 / max(longest, 1)) / (1.25 if len(lines) > 1 else 1.0)
    axes.text(x, y, "\n".join(lines), ha="center", va="center", fontsize=size, zorder=4)


def _short(text: str) -> list[str]:
    """The name, and the angles under it."""
    name, bracket, angles = text.partition("(")
    return [name, angles.removesuffix(")")] if bracket else [name]
