"""Pauli strings as text: "Z62", "X0 Z1" (sparse) and "ZZI" (dense: character i is qubit i).

Grammar, with spaces or "*" allowed between factors:

    string = sparse | dense
    sparse = (letter digits)+        each qubit at most once
    dense  = letter+
    letter = "I" | "X" | "Y" | "Z"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from tnsim.base.errors import QueryError

__all__ = ["LETTERS", "MOST_QUBITS", "format_pauli", "parse_pauli", "reach_of"]

LETTERS = "IXYZ"
"""Letter number k stands for LETTERS[k]; the product's letter is the XOR of the numbers."""
MOST_QUBITS = 1 << 31

_DENSE = re.compile(r"[IXYZ]+\Z")
_SPARSE = re.compile(r"\s*(?:[IXYZ][0-9]+[\s*]*)+\Z")
_FACTOR = re.compile(r"([IXYZ])([0-9]+)")
_SHOWN = 60


def parse_pauli(text: str) -> list[tuple[int, int]]:
    """The (qubit, letter number) pairs of a Pauli string, by ascending qubit, without identities.

    >>> parse_pauli("Z1 X0"), parse_pauli("IYZ"), parse_pauli("I")
    ([(0, 1), (1, 3)], [(1, 2), (2, 3)], [])
    """
    if not isinstance(text, str):
        raise QueryError(f"a Pauli string must be text such as 'X0 Z1' (got {text!r})")
    if _DENSE.match(text):
        return [(i, LETTERS.index(c)) for i, c in enumerate(text) if c != "I"]
    if not _SPARSE.match(text):
        raise QueryError(_complaint(text))
    factors = _FACTOR.findall(text)
    if max(len(digits) for _, digits in factors) > 10:
        raise QueryError(f"a Pauli string's qubits must be below 2^31 (got {_short(text)})")
    pairs = sorted((int(digits), LETTERS.index(letter)) for letter, digits in factors)
    for (left, _), (right, _) in pairwise(pairs):
        if left == right:
            raise QueryError(
                f"a Pauli string must name each qubit once, but qubit {left} comes twice "
                f"(got {_short(text)}); multiply PauliSum objects to form a product"
            )
    if pairs[-1][0] >= MOST_QUBITS:
        raise QueryError(f"a Pauli string's qubits must be below 2^31 (got {_short(text)})")
    return [pair for pair in pairs if pair[1]]


def reach_of(text: str) -> int:
    """How many qubits a string that `parse_pauli` reads is written for, identities included.

    The identity alone is written for any number of qubits.

    >>> reach_of("ZZI"), reach_of("Z0 I4"), reach_of("I")
    (3, 5, 0)
    """
    if text == "I":
        return 0
    if _DENSE.match(text):
        return len(text)
    return 1 + max(int(digits) for _, digits in _FACTOR.findall(text))


def format_pauli(pairs: Iterable[tuple[int, int]]) -> str:
    """The sparse text of (qubit, letter number) pairs; "I" for none.

    >>> format_pauli([(0, 1), (1, 3)])
    'X0 Z1'
    """
    return " ".join(f"{LETTERS[letter]}{qubit}" for qubit, letter in pairs) or "I"


def _complaint(text: str) -> str:
    if not text.strip():
        return "a Pauli string must not be empty; write 'I' for the identity"
    wrong = re.search(r"[^IXYZ0-9\s*]", text)
    if wrong is not None:
        hint = " (letters are capital)" if wrong[0] in "ixyz" else ""
        return (
            f"a Pauli string's letters must be I, X, Y or Z, but {wrong[0]!r} stands at character "
            f"{wrong.start()}{hint} (got {_short(text)})"
        )
    return (
        f"a Pauli string must be sparse ('X0 Z1') or dense ('XZI'), but this is neither "
        f"(got {_short(text)})"
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
