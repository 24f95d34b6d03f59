"""`compare`: one question put to several methods, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import Method

from .auto_engine import agreed
from .compiling import Queries, compile
from .methods import APPROXIMATE
from .progress import Progress
from .result import Result
from .table import format_columns, format_seconds
from .value_codec import NumpyValues, numpy_values

if TYPE_CHECKING:
    from tnsim.circuit import NoiseModel

__all__ = ["Comparison", "compare"]

_INTERRUPTED = "interrupted before it was done"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Results by method, in the order in which they ran; `refused` says why others have none.

    >>> import tnsim
    >>> circuit = tnsim.Circuit(3).ry(0.4, range(3)).cx(0, 1).cx(1, 2)
    >>> found = tnsim.compare(circuit, tnsim.Expectation("Z2"), methods=["exact", "mps"])
    >>> found.best.method, found.agrees
    ('exact', True)
    """

    results: Mapping[str, Result]
    refused: Mapping[str, str]

    @property
    def best(self) -> Result:
        """The result of the smallest error; raises `QueryError` where no method has an answer."""
        if not self.results:
            reasons = "; ".join(f"{name}: {why}" for name, why in self.refused.items())
            raise QueryError(f"no method has an answer ({reasons})")
        return min(self.results.values(), key=lambda one: one.largest_error or 0.0)

    @property
    def agrees(self) -> bool:
        """Whether all results lie within their errors of the best one."""
        return all(excess <= 0 for excess in self.disagreement.values())

    @property
    def disagreement(self) -> dict[str, float]:
        """By method, how much further from the best result than both errors it is, or 0."""
        best = self.best
        return {name: _excess(one, best) for name, one in self.results.items()}

    def to_dict(self) -> dict[str, Any]:
        """A JSON object: {"kind": "comparison", "version": 1, "results", "refused"}."""
        return {
            "kind": "comparison",
            "version": 1,
            "results": {name: one.to_dict() for name, one in self.results.items()},
            "refused": dict(self.refused),
        }

    def __repr__(self) -> str:
        rows = [("method", "value", "error", "kind of error", "time", "peak")]
        for name, one in self.results.items():
            rows.append(
                (
                    name,
                    _shown(one.numpy()),
                    "rounding" if one.largest_error is None else f"{one.largest_error:.1e}",
                    "" if one.error is None else one.error_kind,
                    "" if one.seconds is None else format_seconds(one.seconds),
                    "" if one.peak_bytes is None else format_bytes(one.peak_bytes),
                )
            )
        lines = [format_columns(rows)]
        off = {name: excess for name, excess in self.disagreement.items() if excess > 0}
        lines += [
            f"{name} is {excess:.1e} further from the best than both errors allow"
            for name, excess in off.items()
        ]
        lines += [f"{name}: {why}" for name, why in self.refused.items()]
        return "\n".join(lines)


def compare(
    circuit: Circuit,
    query: Queries,
    params: Mapping[str, Any] | None = None,
    /,
    *,
    methods: Sequence[str | Method] | None = None,
    noise: NoiseModel | None = None,
    memory: int | str | None = None,
    target_error: float | None = None,
    dtype: str = "complex128",
    seed: int = 0,
    progress: Progress | bool | None = None,
    **values: Any,
) -> Comparison:
    """Ask several methods the same and put their answers side by side.

    `methods` are names or options as in `compile`, by default the exact one and all that
    approximate; `target_error` is for those among them that are given by name. Every method has
    `memory` for itself: they run one after the other. A method that cannot answer, or not within
    the memory, stands among `refused` with its reason. Ctrl-C ends the comparison; what was
    finished is returned.

    Raises what `compile` raises for a question or a circuit that no method could take, and
    `QueryError` for methods that are none.

    >>> import tnsim
    >>> circuit = tnsim.Circuit(2).h(0).cx(0, 1)
    >>> found = tnsim.compare(circuit, tnsim.Expectation("Z0 Z1"), methods=["exact", "mpdo"])
    >>> list(found.results), found.agrees
    (['exact', 'mpdo'], True)
    """
    chosen = list(("exact", *APPROXIMATE) if methods is None else methods)
    if isinstance(methods, str) or not chosen:
        raise QueryError(
            f"`methods` must be a list of methods, such as ['exact', 'mps'] (got {methods!r:.60})"
        )
    results: dict[str, Result] = {}
    refused: dict[str, str] = {}
    labels = [_label(method) for method in chosen]
    for number, (label, method) in enumerate(zip(labels, chosen, strict=True)):
        aim = target_error if isinstance(method, str) and method != "exact" else None
        try:
            program = compile(
                circuit,
                query,
                noise=noise,
                memory=memory,
                method=method,
                target_error=aim,
                dtype=dtype,
                seed=seed,
                progress=progress,
            )
            results[label] = program(params, progress=progress, **values)
        except BudgetError as error:
            refused[label] = str(error)
        except QueryError as error:
            if methods is not None and not isinstance(method, str):
                raise
            refused[label] = str(error)
        except KeyboardInterrupt:
            refused.update(dict.fromkeys(labels[number:], _INTERRUPTED))
            break
    return Comparison(results, refused)


def _label(method: str | Method) -> str:
    """The method's name, with the options that are not the default ones."""
    if isinstance(method, str):
        return method
    name = str(getattr(method, "name", type(method).__name__))
    try:
        own = [(f.name, getattr(method, f.name), f.default) for f in fields(method)]  # type: ignore[arg-type]
    except TypeError:
        return name
    given = ", ".join(f"{key}={value!r}" for key, value, default in own if value != default)
    return f"{name}({given})" if given else name


def _excess(one: Result, best: Result) -> float:
    """How far two results are apart beyond their errors; 0 where they agree."""
    most = 0.0
    for (value, error), (other, wrong) in zip(_pairs(one), _pairs(best), strict=True):
        # Rounding makes a difference too where nothing else does.
        slack = 1e-9 * (1.0 + np.abs(other))
        zero = np.zeros(np.shape(value))
        most = max(most, float(np.max(agreed(value, zero, [(other, wrong + error + slack)]))))
    return most


def _pairs(result: Result) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    values = result.numpy()
    errors = None if result.error is None else numpy_values(result.error)
    if not isinstance(values, dict):
        return [(values, np.zeros(values.shape) if errors is None else np.asarray(errors))]
    return [
        (value, errors[name] if isinstance(errors, dict) else np.zeros(value.shape))
        for name, value in values.items()
    ]


def _shown(values: NumpyValues) -> str:
    if isinstance(values, dict):
        return ", ".join(f"{name} = {_shown(one)}" for name, one in values.items())
    if values.ndim == 0:
        return f"{values[()]:.9g}"
    return f"array {values.shape}"
