"""A sweep as a picture: the answers over the first swept parameter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError
from tnsim.runtime import Result

from .figure import new_figure, save_figure
from .preparing import Prepared
from .questions import Question
from .series import Series, count_series, series_of

__all__ = ["check_curves", "draw_curves"]

_MOST_CURVES = 12
_MOST_INSIDE = 3
_MARKED_POINTS = 60
_LETTERS = {"theta": "θ", "phi": "φ", "lam": "λ", "alpha": "α", "beta": "β", "gamma": "γ"}


def check_curves(prepared: Prepared) -> None:
    """`QueryError` where a picture would hold more curves than can be told apart."""
    count = count_series(prepared)
    if count > _MOST_CURVES:
        raise QueryError(
            f"--plot draws at most {_MOST_CURVES} curves (got {count}); ask for less, or save "
            "the numbers with --output"
        )


def draw_curves(path: Path, prepared: Prepared, result: Result) -> None:
    """Draw every series of the answers; of amplitudes, the squared absolute value."""
    first = prepared.sweep.swept[0]
    curves = list(series_of(prepared, result))
    numbers = list(dict.fromkeys(_number(curve) for curve in curves))
    figure, axes = new_figure()
    order = np.argsort(first.values, kind="stable")
    for curve in curves:
        axes.plot(
            np.array(first.values)[order],
            _heights(curve)[order],
            marker="o" if len(first.values) <= _MARKED_POINTS else "",
            label=", ".join(
                filter(None, (_number(curve) if len(numbers) > 1 else "", curve.fixed))
            ),
        )
    # A parameter of the circuit stands in its angles; one of the noise model is a strength.
    unit = " (rad)" if first.name in prepared.circuit.parameters else ""
    noise = "" if prepared.request.noise is None else f", noise of {prepared.request.noise.name}"
    axes.set(
        xlabel=_LETTERS.get(first.name, first.name) + unit,
        ylabel=numbers[0] if len(numbers) == 1 else _quantity(prepared.questions),
        title=f"{prepared.request.circuit.name}: {prepared.circuit.num_qubits} qubits{noise}",
    )
    if len(curves) > _MOST_INSIDE:
        figure.legend(loc="outside right upper", frameon=False)
    elif len(curves) > 1:
        axes.legend(frameon=False)
    save_figure(figure, path)


def _number(curve: Series) -> str:
    return f"|{curve.number}|²" if curve.question.kind == "amplitudes" else curve.number


def _heights(curve: Series) -> NDArray[np.float64]:
    heights = np.abs(curve.values) ** 2 if curve.question.kind == "amplitudes" else curve.values
    real: NDArray[np.float64] = np.real(heights)
    return real


def _quantity(questions: tuple[Question, ...]) -> str:
    kinds = {question.kind for question in questions}
    if kinds == {"expectation"}:
        return "mean value"
    return "value" if "expectation" in kinds else "probability"
