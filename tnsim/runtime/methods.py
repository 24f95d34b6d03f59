"""The methods by name: their options and engines, loaded when they are first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import ApproximateEngine, Method
from tnsim.engines.settings import Settings
from tnsim.queries.query import LeafQuery

__all__ = ["APPROXIMATE", "METHODS", "default_options", "prepare_approximate", "resolve_method"]


@dataclass(frozen=True)
class _Home:
    """Where a method's options and its engine are found."""

    module: str
    options: str
    engine: str


_HOMES = {
    "mps": _Home("tnsim.engines.mps", "MPS", "LineEngine"),
    "mpdo": _Home("tnsim.engines.mps", "MPDO", "LineEngine"),
    "peps": _Home("tnsim.engines.peps", "PEPS", "PepsEngine"),
    "pauli_propagation": _Home(
        "tnsim.engines.pauli_propagation", "PauliPropagation", "PauliPropagationEngine"
    ),
    "trajectories": _Home("tnsim.engines.trajectories", "Trajectories", "TrajectoryEngine"),
}

APPROXIMATE = tuple(_HOMES)
"""The methods that approximate."""

METHODS = ("auto", "exact", *APPROXIMATE)
"""All that `method` may name."""


def resolve_method(method: object, target_error: object) -> str | Method:
    """Which method is meant: "auto", "exact", or the options of an approximate one.

    `method` is a name or options such as `tnsim.MPS(max_bond=64)`; `target_error` becomes part of
    the options. Raises `QueryError` for anything else, and for an error to aim at where there is
    none or another choice of accuracy stands already.
    """
    _check_target(target_error)
    if isinstance(method, str):
        if method not in METHODS:
            raise QueryError(f"`method` must be one of {', '.join(METHODS)} (got {method!r})")
        if method == "exact" and target_error is not None:
            raise QueryError(
                "`target_error` must be left out with method='exact', whose answers are exact up "
                f"to rounding (got {target_error!r}); use method='auto' or an approximate method"
            )
        return method if method in ("auto", "exact") else default_options(method, target_error)
    home = _HOMES.get(str(getattr(method, "name", "")))
    if home is None or not isinstance(method, _options_class(home)):
        names = ", ".join(f"tnsim.{one.options}(...)" for one in _HOMES.values())
        raise QueryError(
            f"`method` must be one of {', '.join(METHODS)}, or options: {names} "
            f"(got {method!r:.60})"
        )
    options = cast("Method", method)
    if target_error is None:
        return options
    # The options themselves refuse a second choice of accuracy.
    return cast("Method", replace(cast("Any", options), target_error=target_error))


def default_options(name: str, target_error: object = None, seconds: float | None = None) -> Method:
    """The options of an approximate method by its name; no finer run begins after `seconds`."""
    made = _options_class(_HOMES[name])
    return cast("Method", made(target_error=target_error, seconds=seconds))


def prepare_approximate(
    circuit: Circuit, leaves: Sequence[LeafQuery], settings: Settings, options: Method
) -> ApproximateEngine:
    """The engine of a method for these questions; raises `QueryError` and `BudgetError`."""
    home = _HOMES[options.name]
    engine = getattr(import_module(home.module), home.engine)
    return cast("ApproximateEngine", engine.prepare(circuit, leaves, settings, options))


def _options_class(home: _Home) -> Any:
    return getattr(import_module(home.module), home.options)


def _check_target(target_error: object) -> None:
    fine = isinstance(target_error, int | float) and not isinstance(target_error, bool)
    if target_error is not None and not (fine and 0 < cast("float", target_error) < float("inf")):
        raise QueryError(
            f"`target_error` must be a number above 0, such as 1e-3 (got {target_error!r:.60})"
        )
