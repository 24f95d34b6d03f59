"""The answers of a sweep as functions of the first swept parameter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.runtime import Result

from .preparing import Prepared
from .questions import Question

__all__ = ["Series", "count_series", "series_of"]


@dataclass(frozen=True)
class Series:
    """One number of one answer at fixed values of all swept parameters but the first.

    `number` is what it is called, `fixed` names those values ("" where there are none), and
    `values` has one entry for each value of the first parameter.
    """

    question: Question
    number: str
    fixed: str
    values: NDArray[Any]


def count_series(prepared: Prepared) -> int:
    """How many series there are, known before anything is computed."""
    numbers = sum(question.size for question in prepared.questions)
    return numbers * prepared.sweep.points // prepared.sweep.shape[0]


def series_of(prepared: Prepared, result: Result) -> Iterator[Series]:
    """The series, question by question."""
    values = result.numpy()
    assert isinstance(values, dict), "questions are asked by name"
    shape = prepared.sweep.shape
    others = prepared.sweep.swept[1:]
    for question in prepared.questions:
        # Axes: the other swept parameters, the answer's numbers, the first swept parameter.
        table = np.moveaxis(values[question.name].reshape(*shape, -1), 0, -1)
        for place in itertools.product(*(range(size) for size in shape[1:])):
            fixed = [f"{s.name} = {s.values[k]:.6g}" for s, k in zip(others, place, strict=True)]
            for index, line in enumerate(table[place]):
                yield Series(question, question.label(index), ", ".join(fixed), line)
