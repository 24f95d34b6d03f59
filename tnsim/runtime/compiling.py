"""`compile` and `run`: from a circuit and questions to a program and its result."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tnsim.base.arrays import check_precision
from tnsim.base.budgets import resolve_budget
from tnsim.base.codec import digest
from tnsim.base.errors import CircuitError, NoiseError, QueryError
from tnsim.circuit import Circuit
from tnsim.engines.approximate import Method
from tnsim.engines.exact import ExactEngine
from tnsim.engines.settings import Settings
from tnsim.queries import Fidelity, Query
from tnsim.queries.query import LeafQuery

from .approximate_program import ApproximateProgram
from .choosing import choose
from .classical import validate, with_wires
from .exact_program import ExactProgram
from .methods import resolve_method
from .program import Program
from .progress import SHOW_PROGRESS_AFTER, Progress, check_progress, progress_bar
from .result import Result

if TYPE_CHECKING:
    from tnsim.circuit import NoiseModel

__all__ = ["compile", "run"]

_EFFORTS = ("low", "auto", "high")

Queries = Query | Mapping[str, Query]


def compile(
    circuit: Circuit,
    query: Queries,
    *,
    noise: NoiseModel | None = None,
    memory: int | str | None = None,
    method: str | Method = "auto",
    target_error: float | None = None,
    dtype: str = "complex128",
    effort: str | float = "auto",
    seed: int = 0,
    cache: bool | str | os.PathLike[str] | None = None,
    progress: Progress | bool | None = None,
    gradient: bool = False,
) -> Program:
    """Plan the answers to `query`, one question or a dict of them, within `memory` bytes.

    `noise` is applied to the circuit first. `memory` is an int or text such as "2GB"; None means
    half of what the process may still take. `method` is "exact", one of the methods that
    approximate ("mps", "mpdo", "peps", "pauli_propagation", "trajectories"), options of one of
    these such as `tnsim.MPS(max_bond=64)`, or "auto": exact where a plan fits, else the
    approximate methods in the order in which they promise most (`program.forecast.reason` says
    why) until one reaches `target_error`, by default 1e-3. `dtype` names the precision:
    "complex128" or "complex64". `effort` scales the search for a contraction ("low", "auto",
    "high" or seconds), `seed` makes it repeatable, and `cache` is the folder for plans that took
    long to find (None the user's cache folder, False none). With `gradient`, the derivatives by
    all parameters keep the budget too, and the forecast tells their cost; without, that is seen
    to when they are first asked for.
    `progress(spent, allowed)` is told how far each search for a plan is, in nominal milliseconds;
    True and None show a bar on a terminal (None only after two seconds), False shows nothing.
    Nothing is computed yet: `program.forecast` tells the cost.

    Raises `QueryError` for a question that does not fit the circuit or the method, `NoiseError`
    for a noise rule that hits nothing, and `BudgetError`, naming the least budget that works,
    where no plan fits.

    >>> import tnsim
    >>> circuit = tnsim.Circuit(2).ry(tnsim.Parameter("theta"), 0).cx(0, 1)
    >>> program = tnsim.compile(circuit, tnsim.Expectation("Z0 Z1"), memory="100MB")
    >>> program.forecast.slices, program.forecast.peak_bytes < 1000
    (1, True)
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a tnsim.Circuit (got {type(circuit).__name__})")
    queries = _named(query)
    chosen = resolve_method(method, target_error)
    precision = check_precision(dtype)
    _check_search(effort, seed, cache)
    check_progress(progress)
    if not isinstance(gradient, bool):
        raise QueryError(f"`gradient` must be True or False (got {gradient!r:.60})")
    budget = resolve_budget(memory)
    noisy = circuit if noise is None else _with_noise(circuit, noise)
    for one in queries.values():
        validate(one, noisy)
    played, queries = with_wires(noisy, queries)
    leaves = tuple(dict.fromkeys(leaf for one in queries.values() for leaf in one.leaves()))
    _check_parameters(noisy, leaves)
    kept = str(cache) if isinstance(cache, os.PathLike) else cache
    record = None if noise is None else digest(noise.to_dict())
    settings = Settings(budget, precision, effort, seed, kept)
    with progress_bar(
        progress is None or progress,
        "planning",
        after=SHOW_PROGRESS_AFTER if progress is None else 0.0,
        counts=False,
    ) as report:
        choice = choose(played, leaves, settings, chosen, target_error, report, gradient=gradient)
    if isinstance(choice.engine, ExactEngine):
        return ExactProgram(noisy, queries, budget, precision, record, choice.engine, gradient)
    return ApproximateProgram(
        noisy,
        queries,
        budget,
        precision,
        record,
        choice.engine,
        choice.seed,
        choice.reason,
        gradient,
    )


def run(
    circuit: Circuit,
    query: Queries,
    params: Mapping[str, Any] | None = None,
    /,
    *,
    noise: NoiseModel | None = None,
    memory: int | str | None = None,
    method: str | Method = "auto",
    target_error: float | None = None,
    dtype: str = "complex128",
    **values: Any,
) -> Result:
    """`compile`, then one call with the parameter values; see both for the arguments.

    >>> import math, tnsim
    >>> circuit = tnsim.Circuit(2).ry(tnsim.Parameter("theta"), 0).cx(0, 1)
    >>> result = tnsim.run(circuit, tnsim.Expectation("Z1"), memory="100MB", theta=math.pi / 3)
    >>> round(float(result.value), 12)
    0.5
    """
    program = compile(
        circuit,
        query,
        noise=noise,
        memory=memory,
        method=method,
        target_error=target_error,
        dtype=dtype,
    )
    return program(params, **values)


def _named(query: Queries) -> dict[str, Query]:
    if isinstance(query, Query):
        return {"": query}
    if not isinstance(query, Mapping) or not query:
        raise QueryError(
            "`query` must be a query such as Expectation('Z0'), or a dict of names to queries "
            f"(got {query!r:.60})"
        )
    for name, one in query.items():
        if not isinstance(name, str) or not name or not isinstance(one, Query):
            raise QueryError(
                f"a dict of queries must map names to queries (got {name!r}: {one!r:.60})"
            )
    return dict(query)


def _check_search(effort: object, seed: object, cache: object) -> None:
    """Refuse what only a search would notice, and small circuits need none."""
    if isinstance(effort, int | float) and not isinstance(effort, bool):
        fine = 0 <= effort <= sys.float_info.max
    else:
        fine = isinstance(effort, str) and effort in _EFFORTS
    if not fine:
        raise QueryError(
            "`effort` must be 'low', 'auto', 'high' or seconds to search for, at least 0 "
            f"(got {effort!r:.60})"
        )
    if type(seed) is not int:
        raise QueryError(f"`seed` must be an int (got {seed!r:.60})")
    if not (cache is None or isinstance(cache, bool | str | os.PathLike)):
        raise QueryError(
            "`cache` must be None for the user's folder, False for none, or a folder's path "
            f"(got {cache!r:.60})"
        )


def _check_parameters(circuit: Circuit, leaves: Iterable[LeafQuery]) -> None:
    """Refuse a fidelity with a circuit whose parameters nobody could give."""
    known = set(circuit.parameters)
    for leaf in leaves:
        if not isinstance(leaf, Fidelity):
            continue
        unknown = [name for name in leaf.other.parameters if name not in known]
        if unknown:
            raise QueryError(
                f"`other` of a Fidelity must have parameters of the circuit only (got "
                f"{unknown[0]!r}, which the circuit lacks); bind it first: "
                f"other.bind({unknown[0]}=...)"
            )


def _with_noise(circuit: Circuit, noise: NoiseModel) -> Circuit:
    from tnsim.circuit import NoiseModel as Model

    if not isinstance(noise, Model):
        raise NoiseError(
            f"`noise` must be a tnsim.NoiseModel (got {type(noise).__name__}); wrap a channel as "
            "NoiseModel().after(channel)"
        )
    return noise.apply(circuit)
