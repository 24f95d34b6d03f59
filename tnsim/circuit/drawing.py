"""A circuit as lines of text, one per qubit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tnsim.base.errors import CircuitError

from .instructions import Instruction, instructions_of
from .layers import layer_numbers
from .snapshot import Snapshot

__all__ = ["CROSSED", "check_size", "columns_of", "places_of", "text_drawing", "texts_of"]

_MOST_QUBITS = 64
_MOST_ROWS = 2000
_SYMBOLS = {
    "cx": ("●", "X"),
    "cy": ("●", "Y"),
    "cz": ("●", "●"),
    "ch": ("●", "H"),
    "cp": ("●", "P"),
    "cu1": ("●", "P"),
    "csx": ("●", "SX"),
    "crx": ("●", "RX"),
    "cry": ("●", "RY"),
    "crz": ("●", "RZ"),
    "cu": ("●", "U"),
    "cu3": ("●", "U3"),
    "swap": ("x", "x"),
    "iswap": ("iSWAP", "iSWAP"),
    "rxx": ("RXX", "RXX"),
    "ryy": ("RYY", "RYY"),
    "rzz": ("RZZ", "RZZ"),
    "fsim": ("FSIM", "FSIM"),
    "ccz": ("●", "●", "●"),
    "ccx": ("●", "●", "X"),
    "cswap": ("●", "x", "x"),
    "c3x": ("●", "●", "●", "X"),
    "c4x": ("●", "●", "●", "●", "X"),
    "measure": ("M", "╩"),
    "reset": ("|0>",),
}


_CROSSING = {("─", "│"): "┼", ("─", "║"): "╫", ("═", "│"): "╪", ("═", "║"): "╬"}


CROSSED = ("swap", "cswap")


def text_drawing(snapshot: Snapshot, width: int) -> str:
    """The circuit drawn in columns of gates that start together, wrapped at `width` characters."""
    check_size("draw", snapshot)
    labels = [f"q{q}: " for q in range(snapshot.num_qubits)]
    labels += [f"c{b}: " for b in range(snapshot.num_bits)]
    indent = max(map(len, labels))
    head = [label.ljust(indent) for label in labels]
    blocks = [[cell.ljust(indent) for cell in _with_gaps(head, " ")]]
    for members in columns_of(snapshot):
        cells = _cells(members, snapshot)
        if len(blocks[-1][0]) + len(cells[0]) > width and len(blocks[-1][0]) > indent:
            blocks.append([cell.ljust(indent) for cell in _with_gaps(head, " ")])
        blocks[-1] = [line + cell for line, cell in zip(blocks[-1], cells, strict=True)]
    lines = ["\n".join(line.rstrip() for line in block) for block in blocks]
    return "\n\n".join(lines)


def _with_gaps(lines: list[str], gap: str) -> list[str]:
    """One line a qubit with a line between each two."""
    return [text for line in lines for text in (line, gap)][:-1]


def check_size(what: str, snapshot: Snapshot) -> None:
    """`CircuitError` for circuits that are too large to be looked at."""
    n, rows = snapshot.num_places, len(snapshot.columns)
    if n > _MOST_QUBITS or rows > _MOST_ROWS:
        raise CircuitError(
            f"{what}() is for circuits of at most {_MOST_QUBITS} qubits and bits, and {_MOST_ROWS} "
            f"instructions (got {n} and {rows}); {what} a slice or a light cone"
        )


def columns_of(snapshot: Snapshot) -> Iterator[list[Instruction]]:
    """Instructions that start together; those whose lines cross stand side by side."""
    columns = snapshot.columns
    if not len(columns):
        return
    layers = layer_numbers(
        columns, snapshot.num_places, np.ones(len(snapshot.operations), dtype=np.bool_)
    )
    rows = list(instructions_of(snapshot, 0, len(columns)))
    for layer in range(1, int(layers.max()) + 1):
        groups: list[tuple[set[int], list[Instruction]]] = []
        for row in np.flatnonzero(layers == layer).tolist():
            places = places_of(rows[row], snapshot)
            span = set(range(min(places), max(places) + 1))
            for covered, members in groups:
                if not covered & span:
                    covered |= span
                    members.append(rows[row])
                    break
            else:
                groups.append((span, [rows[row]]))
        yield from (members for _, members in groups)


def places_of(instruction: Instruction, snapshot: Snapshot) -> list[int]:
    """The lines that an instruction touches: its qubits, then its bits."""
    return [*instruction.qubits, *(snapshot.num_qubits + bit for bit in instruction.bits)]


def _cells(members: list[Instruction], snapshot: Snapshot) -> list[str]:
    lines = ["─"] * snapshot.num_qubits + ["═"] * snapshot.num_bits
    wires, gaps = list(lines), [" "] * len(lines)
    for instruction in members:
        places = places_of(instruction, snapshot)
        low, high = min(places), max(places)
        for place in range(low, high):
            gaps[place] = "│" if not instruction.bits else "║"
            wires[place] = wires[place] if place in places else _CROSSING[lines[place], gaps[place]]
        for place, text in zip(places, texts_of(instruction), strict=True):
            wires[place] = text
    width = max(map(len, wires))
    found = []
    for place, line in enumerate(lines):
        found.append(line + wires[place].center(width, line) + line)
        found.append(" " + gaps[place].center(width) + " ")
    return found[:-1]


def texts_of(instruction: Instruction) -> tuple[str, ...]:
    """What stands on the line of each qubit and bit."""
    operation = instruction.operation
    if operation.inner is not None:
        plain = Instruction(operation.inner, instruction.angles, instruction.qubits)
        return (*texts_of(plain), *("●" if value else "○" for value in operation.values))
    if operation.kind == "barrier":
        return ("░",) * operation.num_qubits
    angles = ",".join(f"{a:.3g}" if isinstance(a, float) else str(a) for a in instruction.angles)
    suffix = f"({angles})" if angles else ""
    if operation.name in _SYMBOLS and operation.kind != "channel":
        *front, last = _SYMBOLS[operation.name]
        return (*front, last + suffix)
    name = operation.name.upper() if operation.gate is not None else operation.name
    if operation.num_qubits == 1:
        return (name + suffix,)
    # Where the order of the qubits cannot be seen otherwise, the lines are numbered.
    texts = [f"{name}:{k}" for k in range(operation.num_qubits)]
    return (texts[0] + suffix, *texts[1:])
