"""`Program`: questions about a circuit, planned once, answered at any parameter values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

from tnsim.base.arrays import (
    Array,
    common_library,
    double_precision,
    to_numpy,
)
from tnsim.base.codec import digest
from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.engines.inputs import Inputs
from tnsim.queries import Query

from .calling import tidy
from .forecast import Forecast
from .parameters import gather_inputs, strength_uses
from .progress import Progress
from .provenance import Provenance
from .result import Result

__all__ = ["Program"]

_VERSIONED = ("tnsim", "numpy", "cotengra", "autoray")


@dataclass(frozen=True, eq=False, repr=False)
class Program(ABC):
    """Compiled questions: call it with parameter values to get a `Result`. Made by `compile`.

    `circuit` is the circuit with its noise, `queries` what was asked, by name (one query alone
    has the name ""), `memory` the budget in bytes, `dtype` the precision as a complex dtype,
    `noise_digest` that of the noise model that was applied.

    >>> import numpy as np, tnsim
    >>> circuit = tnsim.Circuit(1).ry(tnsim.Parameter("theta"), 0)
    >>> program = tnsim.compile(circuit, tnsim.Expectation("Z0"), memory="100MB")
    >>> program.parameters
    ('theta',)
    >>> program(theta=np.array([0.0, np.pi])).value
    array([ 1., -1.])
    """

    circuit: Circuit
    queries: Mapping[str, Query]
    memory: int
    dtype: str
    noise_digest: str | None

    @property
    @abstractmethod
    def forecast(self) -> Forecast:
        """What one run takes on NumPy arrays, for one parameter set, before any array is made."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that need values."""
        return tuple(self.circuit.parameters)

    @abstractmethod
    def __call__(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> Result:
        """Answer at parameter values, given as one mapping, by keyword, or both.

        A value is a number, or an array of NumPy, Torch, TensorFlow or JAX of shape () or (B,);
        with a batch every answer has the batch as its first axis. The answers are arrays of the
        parameters' library, on their device. Slices run on `executor` (the interface of
        `concurrent.futures`), each of whose workers takes the forecast's peak. `progress(done,
        total)` is called as slices finish; True and None show a bar on a terminal (None only
        for runs forecast to take over two seconds), False shows nothing.

        Raises `CircuitError` where values are missing, unknown, not finite or of unequal
        lengths, `NoiseError` where a strength is out of its range.
        """

    @abstractmethod
    def value_and_grad(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> tuple[Any, Any]:
        """The value and its derivatives by all parameters, {name: dvalue/dparameter}.

        Values are given as in a call, and the derivatives are arrays of the same library: of
        shape (), or (B,) with a batch, one for each parameter set, also by parameters that are
        the same for all sets. Of a dict of queries the derivatives are a dict of such dicts.
        Exact up to rounding: one pass forwards and back through each contraction, with no
        autodiff framework, inside the memory budget.

        Raises `QueryError` where a value is not one real number, `BudgetError`, naming the least
        budget that works, where the way back does not fit, and what a call raises.

        >>> import numpy as np, tnsim
        >>> circuit = tnsim.Circuit(1).ry(tnsim.Parameter("theta"), 0)
        >>> program = tnsim.compile(circuit, tnsim.Expectation("Z0"), memory="100MB")
        >>> value, slopes = program.value_and_grad(theta=np.pi / 6)
        >>> round(float(slopes["theta"]), 12)
        -0.5
        """

    def grad(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> Any:
        """The derivatives alone; see `value_and_grad`."""
        return self.value_and_grad(params, executor=executor, progress=progress, **values)[1]

    @abstractmethod
    def vjp(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        **values: Any,
    ) -> tuple[Any, Callable[[Any], dict[str, Any]]]:
        """The value, and the function `pull(cotangent)`, for values of any shape and kind.

        `cotangent` is an array of the value's shape (a dict of them for a dict of queries, those
        left out counting as zero), and `pull` gives {name: Re sum cotangent * dvalue/dparameter},
        nothing being conjugated: each of its parameter's shape, summed over the batch where the
        parameter is the same for all sets.

        Raises as a call does, and `BudgetError` where the way back does not fit.

        >>> import tnsim
        >>> circuit = tnsim.Circuit(1).ry(tnsim.Parameter("theta"), 0)
        >>> program = tnsim.compile(circuit, tnsim.Probabilities([0]), memory="100MB")
        >>> value, pull = program.vjp(theta=0.0)
        >>> {name: float(slope) for name, slope in pull([1.0, 0.0]).items()}
        {'theta': 0.0}
        """

    @abstractmethod
    def hessian_vector(
        self, params: Mapping[str, Any], vector: Mapping[str, Any], /
    ) -> dict[str, Any]:
        """The second derivatives along `vector`: {name: sum_j d2value/dname dj * vector[j]}.

        `vector` maps names to numbers, those left out counting as zero; in a batch also to
        arrays of shape (B,). It is the central difference of two gradients at p +- h v, v being
        `vector` scaled to a largest entry of 1 and h the cube root of the precision (6e-6, or
        5e-3 for complex64): the error is about h^2/6 times the third derivative along v, 1e-11
        for an angle, and as much from rounding. Shapes are those of `value_and_grad`.

        Raises as `value_and_grad` does, and `CircuitError` for a name that is no parameter. The
        shifted strengths of channels may be outside their range by h; they are not refused.
        """

    def named(self, values: Mapping[str, Array]) -> Any:
        """The values by query; that of a query alone by itself."""
        made = {name: tidy(value) for name, value in values.items()}
        return made[""] if list(made) == [""] else made

    def inputs(self, given: Mapping[str, Any]) -> Inputs:
        """Parameter values by name as arrays of one library, checked."""
        # JAX arrays are made double before anything is computed from them.
        with double_precision(common_library(given.values())[0], self.dtype):
            inputs = gather_inputs(given, self.dtype)
        self._check_strengths(inputs)
        return inputs

    def _check_strengths(self, inputs: Inputs) -> None:
        """Refuse strengths out of range, where the values can be looked at."""
        uses = strength_uses(self.circuit)
        if not uses:
            return
        try:
            numbers = {name: to_numpy(value) for name, value in inputs.values.items()}
        except (TypeError, AttributeError, NotImplementedError):
            # An array that TensorFlow or JAX is tracing has no value to look at yet.
            return
        for owner, expressions in uses:
            owner.check_strengths([evaluate_affine(e, numbers) for e in expressions])

    def provenance(
        self,
        given: Mapping[str, Any],
        started: datetime,
        *,
        plans: tuple[str, ...] = (),
        seed: int | None = None,
    ) -> Provenance:
        """Where the numbers of a run at `given` values come from."""
        library, like = common_library(given.values())
        return Provenance(
            circuit=self.circuit.digest,
            query=digest({name: query.to_dict() for name, query in self.queries.items()}),
            dtype=self.dtype,
            library=library,
            device=str(getattr(like, "device", "cpu")),
            time=started.isoformat(),
            noise=self.noise_digest,
            plans=plans,
            seed=seed,
            versions=_versions(library),
            params=dict(given),
        )

    def __repr__(self) -> str:
        names = ", ".join(name or repr(query) for name, query in self.queries.items())
        return f"<Program: {names:.60} of {self.circuit!r}>"


@cache
def _versions(library: str) -> Mapping[str, str]:
    found = {}
    for name in (*_VERSIONED, *(() if library == "numpy" else (library,))):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return MappingProxyType(found)
