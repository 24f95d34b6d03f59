"""Runs of plain gate statements, read by the hundred: the fast way through a large file.

A plain statement is a gate on one to three single qubits, `rz(pi/4) q[3];`. A run of them is found
by one regular expression, split by another into columns of words, and each column is looked up in
a table. Nothing is decided here: whenever a run is not perfectly in order, it is left to
`read_statement`, which reads it one by one and explains the error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Undefined, Value
from .budget import TooLarge
from .expansion import Calls, expand
from .scope import Scope
from .tokens import Language

__all__ = ["Patterns", "patterns_of", "read_run"]

_QUBIT = r"([A-Za-z_][A-Za-z0-9_]*+\[[0-9]++\])"
_LONGEST = 1 << 17
_SHORTEST = 10
_MOST_OPERANDS = 3


class Patterns(NamedTuple):
    """What finds a run, and what splits it into statements."""

    run: re.Pattern[str]
    split: re.Pattern[str]


@cache
def patterns_of(language: Language) -> Patterns:
    """The patterns of plain statements in a version of the language."""
    blank = language.blank
    name = rf"(?!(?:{'|'.join(sorted(language.keywords))})\b)([A-Za-z_][A-Za-z0-9_]*+)"
    angles = rf"(?:{blank}\(((?:[^()/;]|/(?![/*]))*+)\))?+"
    next_ = rf"{blank},{blank}{_QUBIT}"
    operands = rf"{_QUBIT}(?:{next_}(?:{next_})?+)?+"
    statement = rf"{blank}{name}{angles}{blank}{operands}{blank};"
    return Patterns(re.compile(f"(?:{statement})++"), re.compile(statement))


def read_run(scope: Scope) -> None:
    """Read plain statements from the source's position on, as many as there are in the window."""
    source, patterns = scope.source, patterns_of(scope.language)
    while source.characters_read >= scope.slow_until:
        start = source.position
        match = patterns.run.match(source.text, start, start + _LONGEST)
        if match is None:
            return
        rows = patterns.split.findall(source.text, start, match.end())
        if len(rows) < _SHORTEST or not _add(scope, rows):
            # Not again before all of it was read one by one.
            scope.slow_until = source.characters_read + match.end() - start
            return
        source.position = match.end()
        scope.is_first = False


def _add(scope: Scope, rows: Sequence[tuple[str, ...]]) -> bool:
    """Append the calls in `rows` (gate, angles, three qubits); False, with nothing done, if not."""
    names, angles, *operands = zip(*rows, strict=True)
    lookup = scope.lookup
    count = len(rows)
    try:
        gates = np.fromiter(map(lookup.gates.__getitem__, names), np.int64, count)
        qubits = np.empty((count, _MOST_OPERANDS), dtype=np.int32)
        for slot, column in enumerate(operands):
            qubits[:, slot] = np.fromiter(map(lookup.qubits.__getitem__, column), np.int32, count)
        values = list(map(lookup.angles.__getitem__, angles))
    except KeyError:
        return False
    calls = _calls(scope, gates, qubits, values)
    if not _in_order(scope, calls):
        return False
    try:
        scope.budget.spend(int(lookup.facts().weight[gates].sum()))
        scope.builder.add(*expand(scope, calls))
    except (TooLarge, Undefined):
        return False
    return True


def _calls(
    scope: Scope,
    gates: NDArray[np.int64],
    qubits: NDArray[np.int32],
    values: Sequence[tuple[Value, ...]],
) -> Calls:
    counts = np.fromiter(map(len, values), np.int64, len(values))
    try:
        flat = np.fromiter(chain.from_iterable(values), np.float64, int(counts.sum()))
        return Calls(gates, qubits, counts, flat, None)
    except TypeError:  # a parameter is among them
        items = list(chain.from_iterable(values))
        return Calls(gates, qubits, counts, *scope.builder.split(items))


def _in_order(scope: Scope, calls: Calls) -> bool:
    """Whether each call has the operands that its gate takes, all distinct."""
    facts, qubits = scope.lookup.facts(), calls.qubits
    present = qubits >= 0
    if not np.array_equal(present.sum(axis=1), facts.arity[calls.gates]):
        return False
    if not np.array_equal(calls.counts, facts.num_params[calls.gates]):
        return False
    first, second, third = qubits.T
    same = (first == second) | (first == third) | ((second == third) & present[:, 1])
    return not np.any(same)
