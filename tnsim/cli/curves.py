"""A sweep as a picture: the answers over the first swept parameter."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.runtime import Result

from .figure import new_figure, save_figure
from .preparing import Prepared
from .questions import Question

__all__ = ["check_curves", "draw_curves"]

_MOST_CURVES = 12
_MARKED_POINTS = 60
_MOST_INSIDE = 3
_LETTERS = {"theta": "θ", "phi": "φ", "lam": "λ", "alpha": "α", "beta": "β", "gamma": "γ"}


@dataclass(frozen=True)
class _Curve:
    label: str
    values: NDArray[np.float64]


def check_curves(prepared: Prepared) -> None:
    """`QueryError` where a picture would hold more curves than can be told apart."""
    own = sum(len(question.labels) for question in prepared.questions)
    count = own * prepared.sweep.points // prepared.sweep.shape[0]
    if count > _MOST_CURVES:
        raise QueryError(
            f"--plot draws at most {_MOST_CURVES} curves (got {count}); ask for less, or save "
            "the numbers with --output"
        )


def draw_curves(path: Path, prepared: Prepared, result: Result) -> None:
    """Draw every number of the answers over the first swept parameter.

    There is a curve for each combination of the other swept ones. Of amplitudes the squared
    absolute value is drawn.
    """
    first = prepared.sweep.swept[0]
    curves = list(_curves(prepared, result))
    figure, axes = new_figure()
    order = np.argsort(first.values, kind="stable")
    for curve in curves:
        axes.plot(
            np.array(first.values)[order],
            curve.values[order],
            marker="o" if len(first.values) <= _MARKED_POINTS else "",
            label=curve.label,
        )
    # A parameter of the circuit stands in its angles; one of the noise model is a strength.
    unit = " (rad)" if first.name in prepared.circuit.parameters else ""
    labels = [label for question in prepared.questions for label in _labels(question)]
    axes.set(
        xlabel=_LETTERS.get(first.name, first.name) + unit,
        ylabel=labels[0] if len(labels) == 1 else _quantity(prepared.questions),
        title=f"{prepared.request.circuit.name}: {prepared.circuit.num_qubits} qubits",
    )
    if len(curves) > _MOST_INSIDE:
        figure.legend(loc="outside right upper", frameon=False)
    elif len(curves) > 1:
        axes.legend(frameon=False)
    save_figure(figure, path)


def _curves(prepared: Prepared, result: Result) -> list[_Curve]:
    values = result.numpy()
    assert isinstance(values, dict), "questions are asked by name"
    shape = prepared.sweep.shape
    others = prepared.sweep.swept[1:]
    many = sum(len(question.labels) for question in prepared.questions) > 1
    found = []
    for question in prepared.questions:
        table = values[question.name].reshape(*shape, -1)
        real = np.abs(table) ** 2 if question.kind == "amplitudes" else table.real
        for place in itertools.product(*(range(size) for size in shape[1:])):
            fixed = [
                f"{_LETTERS.get(s.name, s.name)} = {s.values[k]:.6g}"
                for s, k in zip(others, place, strict=True)
            ]
            chosen = np.moveaxis(real, 0, -1)[place]
            for label, line in zip(_labels(question), chosen, strict=True):
                parts = [label, *fixed] if many or not fixed else fixed
                found.append(_Curve(", ".join(parts), line))
    return found


def _labels(question: Question) -> tuple[str, ...]:
    if question.kind == "amplitudes":
        return tuple(f"|{label}|²" for label in question.labels)
    return question.labels


def _quantity(questions: tuple[Question, ...]) -> str:
    kinds = {question.kind for question in questions}
    if kinds == {"expectation"}:
        return "mean value"
    return "value" if "expectation" in kinds else "probability"
