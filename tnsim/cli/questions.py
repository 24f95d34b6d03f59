"""The questions of a command line: what was asked, its query, and how to call it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tnsim.base.errors import QueryError, TnsimError
from tnsim.queries import Amplitudes, Expectation, PauliSum, Probabilities
from tnsim.queries.query import LeafQuery

from .request import Request

__all__ = ["Question", "listed_questions", "read_questions"]

_RANGE = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?\Z")
_MOST_QUBITS = 1 << 20


@dataclass(frozen=True)
class Question:
    """A query with its `name`, the key of its answer, and `facts`, its fields in a report."""

    kind: Literal["expectation", "amplitudes", "probabilities"]
    name: str
    query: LeafQuery
    facts: dict[str, Any]

    @property
    def size(self) -> int:
        """How many numbers the answer has at one point."""
        return math.prod(self.query.shape(0))

    def label(self, index: int) -> str:
        """What the number at `index` of the answer is called."""
        if isinstance(self.query, Amplitudes):
            return f"⟨{self.query.bitstrings[index]}|ψ⟩"
        if isinstance(self.query, Probabilities):
            return f"p({index:0{len(self.query.qubits)}b})"
        return f"⟨{self.name}⟩"


def read_questions(request: Request, num_qubits: int) -> tuple[Question, ...]:
    """The questions of a request to a circuit; equal ones are asked once.

    `QueryError` names the option that is wrong, or says that there is none.
    """
    given = request.expect, request.amplitude, request.probabilities
    found = listed_questions(*given, num_qubits=num_qubits)
    if not found:
        raise QueryError(
            "nothing is asked; add --expect 'Z0', --amplitude "
            f"{'0' * min(num_qubits, 8)}{'...' if num_qubits > 8 else ''} or --probabilities 0"
        )
    return found


def listed_questions(
    expect: Sequence[str],
    amplitude: Sequence[str],
    probabilities: Sequence[str],
    *,
    num_qubits: int,
) -> tuple[Question, ...]:
    """The questions of these options' values; none is fine."""
    found: dict[str, Question] = {}
    for text in expect:
        question = _checked("--expect", text, _expectation, num_qubits)
        found.setdefault(question.name, question)
    if amplitude:
        bits = tuple(dict.fromkeys(amplitude))
        question = _checked("--amplitude", bits, _amplitudes, num_qubits)
        found[question.name] = question
    for text in probabilities:
        question = _checked("--probabilities", text, _probabilities, num_qubits)
        found.setdefault(question.name, question)
    return tuple(found.values())


def _checked(option: str, given: Any, make: Any, num_qubits: int) -> Question:
    """The question of an option, its errors naming the option."""
    shown = " ".join(given) if isinstance(given, tuple) else given
    try:
        question: Question = make(given, num_qubits)
        question.query.validate(num_qubits)
    except TnsimError as error:
        raise QueryError(f"{option} {shown[:60]!r}: {error}") from error
    return question


def _expectation(text: str, _: int) -> Question:
    if text.startswith("@"):
        observable = _read_sum(Path(text[1:]))
        return Question("expectation", text[1:], Expectation(observable), {"observable": text[1:]})
    return Question("expectation", text, Expectation(text), {"observable": text})


def _amplitudes(bits: Sequence[str], _: int) -> Question:
    return Question("amplitudes", "amplitudes", Amplitudes(bits), {"bitstrings": list(bits)})


def _probabilities(text: str, num_qubits: int) -> Question:
    qubits = list(range(num_qubits)) if text.strip() == "all" else _read_qubits(text)
    query = Probabilities(qubits)
    return Question("probabilities", f"probabilities {text.strip()}", query, {"qubits": qubits})


def _read_qubits(text: str) -> list[int]:
    """Numbers and ranges of numbers, both ends included, by commas."""
    qubits: list[int] = []
    for part in text.split(","):
        match = _RANGE.match(part.strip())
        if match is None:
            raise QueryError("qubits must be numbers or ranges such as 0,1,2 or 0-2, or all")
        first = int(match[1])
        last = int(match[2] or first)
        if last < first or last - first >= _MOST_QUBITS:
            raise QueryError(f"a range of qubits must ascend (got {part.strip()})")
        qubits += range(first, last + 1)
    return qubits


def _read_sum(path: Path) -> PauliSum:
    """A sum of Pauli strings from JSON: strings and coefficients, or what PauliSum.to_dict says."""
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise QueryError(f"{path} must be JSON, but is not: {error}") from error
    if not isinstance(data, dict) or not data:
        raise QueryError(
            f'{path} must hold strings with coefficients such as {{"Z0 Z1": 0.5, "X3": -1}}'
        )
    return PauliSum.from_dict(data) if "kind" in data else PauliSum(data)
