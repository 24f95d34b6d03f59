"""Coupling graphs as edge lists: lines, rings, grids and IBM's heavy-hex lattices.

Every function returns a tuple of pairs (a, b) with a < b, in ascending order, without repeats.
Nodes are numbered from 0 and each occurs in some edge, so the number of nodes is one more than
the largest number in the list (a graph of one node has no edges).
"""

from __future__ import annotations

import operator

from tnsim.base.errors import CircuitError

__all__ = ["Edges", "grid", "heavy_hex", "line", "ring"]

Edges = tuple[tuple[int, int], ...]


def line(length: int) -> Edges:
    """The path 0 - 1 - ... - (length - 1).

    >>> line(4)
    ((0, 1), (1, 2), (2, 3))
    """
    size = _at_least("length", length, 1)
    return tuple((a, a + 1) for a in range(size - 1))


def ring(length: int) -> Edges:
    """The cycle of `length` >= 3 nodes: `line(length)` and the edge that closes it.

    >>> ring(4)
    ((0, 1), (0, 3), (1, 2), (2, 3))
    """
    size = _at_least("length", length, 3)
    return tuple(sorted([*line(size), (0, size - 1)]))


def grid(rows: int, columns: int) -> Edges:
    """The open square lattice; the node in row r and column c is r * columns + c.

    >>> grid(2, 3)
    ((0, 1), (0, 3), (1, 2), (1, 4), (2, 5), (3, 4), (4, 5))
    """
    height = _at_least("rows", rows, 1)
    width = _at_least("columns", columns, 1)
    edges = []
    for node in range(height * width):
        if node % width < width - 1:
            edges.append((node, node + 1))
        if node < (height - 1) * width:
            edges.append((node, node + width))
    return tuple(edges)


def heavy_hex(rows: int = 7, width: int = 15) -> Edges:
    """IBM's heavy-hex lattice in IBM's numbering; by default the 127 qubits of Eagle.

    `rows` horizontal lines of `width` qubits (width = 3 modulo 4) are joined by bridge qubits:
    under even rows in columns 0, 4, 8, ..., under odd ones in columns 2, 6, 10, ... . The first
    row lacks its last column and the last row the outer column that no bridge reaches. Qubits
    are numbered row by row, from left to right, the bridges under a row after that row.

    | device | qubits | rows | width |
    |---|---|---|---|
    | Hummingbird | 65 | 5 | 11 |
    | Eagle | 127 | 7 | 15 |
    | Osprey | 433 | 13 | 27 |
    | Condor | 1121 | 21 | 43 |

    Source: Chamberland et al., Phys. Rev. X 10, 011022 (2020) for the lattice; the numbering is
    that of the devices' published coupling maps.

    >>> edges = heavy_hex()
    >>> len(edges), edges[:3], max(b for a, b in edges)
    (144, ((0, 1), (0, 14), (1, 2)), 126)
    """
    height = _at_least("rows", rows, 2)
    across = _at_least("width", width, 3)
    if across % 4 != 3:
        raise CircuitError(
            f"`width` must be 3, 7, 11, 15, ... (3 modulo 4), but it is not (got {width})"
        )
    lines, bridges = _heavy_hex_numbers(height, across)
    edges = []
    for row, numbers in enumerate(lines):
        columns = sorted(numbers)
        edges += [(numbers[c], numbers[c + 1]) for c in columns[:-1]]
        if row < height - 1:
            for column, bridge in bridges[row].items():
                edges += [(numbers[column], bridge), (bridge, lines[row + 1][column])]
    return tuple(sorted(edges))


def _heavy_hex_numbers(rows: int, width: int) -> tuple[list[dict[int, int]], list[dict[int, int]]]:
    """Column -> qubit number, for each row and for the bridges under each row but the last."""
    # The bridges above the last row start at column 0 or 2; the corner that they miss is absent.
    missing = {0: width - 1, rows - 1: width - 1 if rows % 2 == 0 else 0}
    lines, bridges = [], []
    following = 0
    for row in range(rows):
        columns = [c for c in range(width) if c != missing.get(row)]
        lines.append({c: following + i for i, c in enumerate(columns)})
        following += len(columns)
        if row < rows - 1:
            joined = range(0 if row % 2 == 0 else 2, width, 4)
            bridges.append({c: following + i for i, c in enumerate(joined)})
            following += len(joined)
    return lines, bridges


def _at_least(name: str, value: int, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise CircuitError(f"`{name}` must be an integer (got {value!r})") from None
    if isinstance(value, bool) or number < least:
        raise CircuitError(f"`{name}` must be at least {least} (got {value!r})")
    return number
