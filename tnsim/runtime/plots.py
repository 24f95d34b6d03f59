"""Pictures of how far to trust an answer (matplotlib, which the extra `plot` brings)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tnsim.base.errors import QueryError, TnsimError

from .comparison import Comparison
from .result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_convergence"]

_AXES = {
    "bond": "bond dimension",
    "cutoff": "cutoff",
    "terms": "Pauli strings kept",
    "count": "trajectories",
    "trajectories": "trajectories",
}
"""What a convergence table may be drawn over, the preferred column first, and its label."""


def plot_convergence(found: Result | Comparison, *, ax: Axes | None = None) -> Axes:
    """Draw the value and its error over the accuracies that were run, and return the axes.

    Of a comparison every method with a convergence table is drawn, and the others' final answers
    as bands. Raises `QueryError` where there is no table: the answer is exact, was found at one
    accuracy, or is not one number.

    >>> import tnsim
    >>> circuit = tnsim.Circuit(2).ry(0.3, 0).cx(0, 1)
    >>> answer = tnsim.run(circuit, tnsim.Expectation("Z1"), method="mps")
    >>> tnsim.plot_convergence(answer).get_xlabel()
    'bond dimension'
    """
    axes = _new_axes() if ax is None else ax
    results = found.results if isinstance(found, Comparison) else {found.method: found}
    drawn = 0
    for name, result in results.items():
        for label, table in _tables(result.evidence, name):
            _draw(axes, table, label)
            drawn += 1
        if result.error is None and not isinstance(result.value, Mapping):
            axes.axhline(float(result.numpy()), color="black", linewidth=0.8, label=name)  # type: ignore[arg-type]
    if not drawn:
        raise QueryError(
            "`found` must hold a convergence table of one number, but has none; ask for one "
            "expectation value with target_error= and an approximate method"
        )
    axes.set_ylabel("value")
    axes.legend()
    return axes


def _new_axes() -> Axes:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TnsimError(
            "plots need matplotlib, which is not installed; pip install 'tnsim[plot]'"
        ) from error
    return Figure(layout="constrained").subplots()


def _tables(evidence: Mapping[str, Any], label: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The tables in the evidence of one answer, or of several by question."""
    table = evidence.get("convergence")
    if isinstance(table, Mapping):
        scalar = bool(table.get("value")) and all(
            isinstance(v, int | float) for v in table["value"]
        )
        return [(label, table)] if scalar else []
    inner = [(key, one) for key, one in evidence.items() if isinstance(one, Mapping)]
    return [pair for key, one in inner for pair in _tables(one, f"{label}, {key}")]


def _draw(axes: Axes, table: Mapping[str, Any], label: str) -> None:
    column = next((name for name in _AXES if name in table), None)
    if column is None:
        column = next(name for name in table if name not in ("value", "error"))
    # Some methods know the error of the last accuracy only.
    given = table.get("error") or [None] * len(table["value"])
    errors = [0.0 if error is None else error for error in given]
    axes.errorbar(table[column], table["value"], errors, marker="o", capsize=3, label=label)
    axes.set_xscale("log")
    axes.set_xlabel(_AXES.get(column, column))
    if column == "cutoff":
        axes.invert_xaxis()
