"""Which method answers: the one that was asked for, or for "auto" the one that promises most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import ApproximateEngine, DifferentiableEngine, Method
from tnsim.engines.exact import ExactEngine
from tnsim.engines.inputs import Setting
from tnsim.engines.settings import Settings
from tnsim.lowering.instructions import is_pure
from tnsim.queries import Expectation, Variance
from tnsim.queries.query import LeafQuery

from .auto_engine import AutoEngine
from .methods import APPROXIMATE, default_options, prepare_approximate
from .progress import Progress
from .table import format_seconds

__all__ = ["Choice", "choose"]

_TARGET = 1e-3
_PATIENCE = 3600.0
# Seconds of exact contraction that "auto" takes on without being told to.
_EACH = 600.0
# Seconds after which a method that has not met the target begins no finer run.
_HOPELESS = 1e24
# Multiply-adds of a greedy contraction from which no search comes down to an hour's 10^14: it
# gains four decades of sixteen on nine steps of the 127-qubit experiment.
_IMAGINABLE = 10**15
# Bytes that somebody may have.
_NARROW = 3.0
# Mean length of gates on the line of qubits at which a line of tensors is the natural form.
_SPARSE = 2.5
# Mean number of neighbours up to which a coupling graph is nearly a tree: loops are long.


@dataclass(frozen=True)
class Choice:
    """An engine, the seed of its random numbers if it draws any, and why it was taken."""

    engine: ExactEngine | ApproximateEngine
    seed: int | None = None
    reason: str = ""


def choose(
    circuit: Circuit,
    leaves: Sequence[LeafQuery],
    settings: Settings,
    method: str | Method,
    target_error: float | None,
    progress: Progress | None,
    *,
    gradient: bool,
) -> Choice:
    """The engine that answers `leaves`; raises `QueryError` and `BudgetError` as `compile` does.

    With `gradient` only engines that have derivatives are taken.
    """
    if not isinstance(method, str):
        engine = prepare_approximate(circuit, leaves, settings, method)
        if gradient and not isinstance(engine, DifferentiableEngine):
            raise QueryError(
                f"`gradient` must be False with method {method.name!r}, which has no derivatives; "
                "use method='exact' or method='pauli_propagation'"
            )
        return Choice(engine, getattr(method, "seed", None))
    names = tuple(circuit.parameters) if gradient else ()
    refusal: BudgetError | QueryError
    limit = _HOPELESS if method == "auto" else math.inf
    try:
        exact = ExactEngine.prepare(
            circuit, leaves, replace(settings, most_work=limit), progress=progress, names=names
        )
    except (BudgetError, QueryError) as error:
        refusal = error
    else:
        refused = _too_long(exact)
        if method == "exact" or gradient or refused is None:
            return Choice(exact)
        refusal = refused
    if method == "exact" or gradient:
        raise refusal
    return _approximate(circuit, leaves, settings, target_error, refusal)


def _too_long(exact: ExactEngine) -> BudgetError | None:
    """The error that stands for a contraction that nobody would wait for."""
    cost = exact.cost(Setting.single())
    seconds = sum(load.seconds for load in cost.loads.values())
    if seconds <= _PATIENCE:
        return None
    return BudgetError(
        f"an exact answer would take {format_seconds(seconds)}; ask for it with method='exact'",
        budget=exact.settings.budget,
        least_bytes=cost.peak_bytes,
        flops=sum(load.flops for load in cost.loads.values()),
    )


def _approximate(
    circuit: Circuit,
    leaves: Sequence[LeafQuery],
    settings: Settings,
    target_error: float | None,
    refusal: BudgetError | QueryError,
) -> Choice:
    """All approximate methods that can answer, the most promising one first."""
    aim = _TARGET if target_error is None else target_error
    engines: list[ApproximateEngine] = []
    for name in _order(circuit, leaves):
        try:
            engines.append(
                prepare_approximate(circuit, leaves, settings, default_options(name, aim, _EACH))
            )
        except (BudgetError, QueryError):
            continue
    if not engines:
        raise refusal
    engines.sort(key=lambda engine: engine.cost().error != 0)
    first = engines[0]
    why = _why(refusal, settings.budget)
    note = "nothing is cut off there" if first.cost().error == 0 else _MERITS[first.method]
    then = ", ".join(engine.method for engine in engines[1:])
    reason = f"{why}; {first.method}: {note}" + (
        f"; then {then} until {aim:g} is met, each for some {format_seconds(_EACH)}" * bool(then)
    )
    return Choice(AutoEngine(tuple(engines), aim), 0, reason)


_MERITS = {
    "mps": "gates are short on a line of qubits",
    "mpdo": "noise keeps the correlations of a line of qubits short",
    "peps": "one tensor a qubit fits the coupling graph",
    "pauli_propagation": "few Pauli strings come of an observable",
    "trajectories": "pure states with sampled noise fit",
}


def _why(refusal: BudgetError | QueryError, budget: int) -> str:
    if isinstance(refusal, QueryError):
        return "the exact method does not answer this"
    least = refusal.least_bytes
    if least is not None and budget < least < _IMAGINABLE:
        return f"an exact answer needs {format_bytes(least)}"
    return "no exact contraction fits the budget and an hour"


def _order(circuit: Circuit, leaves: Sequence[LeafQuery]) -> list[str]:
    """The methods by what the circuit's shape says: a rule of thumb, which the errors correct."""
    line = "mps" if is_pure(circuit) else "mpdo"
    means = all(isinstance(leaf, Expectation | Variance) for leaf in leaves)
    span, degree = _shape(circuit)
    strings = ["pauli_propagation"] * means
    if span <= _NARROW:
        order = [line, *strings, "peps"]
    elif degree <= _SPARSE:
        order = ["peps", *strings, line]
    else:
        order = [*strings, "peps", line]
    return [*order, *(name for name in APPROXIMATE if name not in (*order, "mps"))]


def _shape(circuit: Circuit) -> tuple[float, float]:
    """The mean distance of a gate's two qubits as they are numbered, and of partners a qubit."""
    columns = circuit.columns
    starts = columns.qubit_start
    pairs = starts[:-1][np.diff(starts) == 2]
    if not len(pairs):
        return 0.0, 0.0
    qubits = columns.qubits.astype(np.int64)
    one, other = qubits[pairs], qubits[pairs + 1]
    low, high = np.minimum(one, other), np.maximum(one, other)
    edges = np.unique(low * circuit.num_qubits + high)
    return float((high - low).mean()), 2 * len(edges) / circuit.num_qubits
