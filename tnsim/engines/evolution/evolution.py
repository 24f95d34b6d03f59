"""Answers and gradients of one question by moving one state through time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import (
    Array,
    as_library,
    double_precision,
    itemsize,
    real_dtype,
    to_numpy,
)
from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit
from tnsim.contraction.kernels_workers import MOST_THREADS, Workers, default_threads
from tnsim.contraction.matrix_threads import one_matrix_thread
from tnsim.engines.inputs import Inputs, Outcome
from tnsim.engines.refusals import refusal_at
from tnsim.engines.settings import Settings

from .checks import PROBE_CHUNKS
from .chunked import ChunkedKernel
from .cone import cone_of
from .ends import Ends, PauliEnds
from .layout import Layout, lay_out
from .matrices import WINDOW
from .pictures import WIDEST, ket_ends, picture_for
from .portable import PortableKernel, on_host
from .products import Evaluation
from .questions import (
    Question,
    asked_letters,
    components,
    needed_qubits,
    readouts,
)
from .reversal import Kernel, Reversal
from .rows import LEG, Picture, rows_of

__all__ = ["Evolution"]

_MOST_KEPT = 24
# States that are kept at most where channels have no inverse: the time lost beyond is small.

_UNSURE_KEPT = 4
# States that are kept at most where it depends on the parameters whether a channel has one.

_HOPELESS = 1 << 34
# Bytes of a state for which no plan is made unless the budget holds them.

_MORE = 4
# States that are made on the way on a device: copies, products and their transposes.


@dataclass(frozen=True, eq=False)
class Evolution:
    """One question answered by one state that is moved through the circuit; planned, no array yet.

    `picture` says what the state is: all Pauli components Tr(P rho) of the qubits in the light
    cone (4^n real numbers, any circuit), or a ket (2^n complex ones, circuits without noise).
    `kept` is how many states may be kept beside the two that a gradient needs, where some channel
    may have no inverse to be trusted. Gates and channels are multiplied to matrices of two qubits
    (a ket's: of four), several of which are applied to a part of the state while it is in the
    cache (Haner and Steiger, arXiv:1704.01127). Gradients: see `reversal`.

    >>> from tnsim import Circuit, Parameter
    >>> from tnsim.engines.settings import Settings
    >>> from tnsim.engines.inputs import Inputs
    >>> from tnsim.engines.evolution import PauliTerms
    >>> circuit = Circuit(2).rx(Parameter("t"), 0).cx(0, 1)
    >>> question = PauliTerms((((1, 3),),))
    >>> evolution = Evolution.prepare(circuit, question, Settings(10**8, "complex128"))
    >>> inputs = Inputs({"t": 0.0}, frozenset(), 1, "numpy", None)
    >>> evolution.run(inputs).array
    array([1.])
    >>> _, gradient = evolution.pullback(inputs, np.ones(1))
    >>> float(gradient["t"])
    0.0
    """

    question: Question
    settings: Settings
    picture: Picture
    layout: Layout
    ends: Ends
    kept: int

    @classmethod
    def prepare(
        cls,
        circuit: Circuit,
        question: Question,
        settings: Settings,
        *,
        picture: Picture | None = None,
    ) -> Evolution:
        """Plan from structure alone, in the picture that suits unless one is given.

        `question` is a `ComponentQuestion` or `PauliTerms`. Raises `QueryError` for kets where
        they do not serve, and `BudgetError`, naming the least that works, where the answer does
        not fit the budget; `peak_bytes` tells what its gradient takes.
        """
        maps = readouts(circuit, question)
        asked = needed_qubits(question, maps)
        cone = cone_of(circuit, asked)
        qubits = sorted({*np.unique(cone.columns.qubits).tolist(), *asked})
        fitting = picture_for(cone, question, maps)
        picture = picture or fitting
        if picture == "ket" != fitting:
            raise QueryError(
                "`picture` must be 'pauli' for this circuit and question, but kets need a circuit "
                f"without noise and letters on at most {WIDEST} qubits at once, or I and Z alone "
                "(got 'ket'); leave it out"
            )
        dtype = real_dtype(settings.dtype) if picture == "pauli" else settings.dtype
        least = LEG[picture] ** len(qubits) * itemsize(dtype)
        if least > max(settings.budget, _HOPELESS):
            # Nothing more is known; the rest is less than another state.
            raise refusal_at(settings.budget, 2 * least, None)
        letters = asked_letters(question)
        unread = frozenset(q for q in qubits if not letters.get(q, {0}) & {1, 2})
        place = {q: k for k, q in enumerate(qubits)}
        rows = rows_of(cone, place, picture, maps if picture == "pauli" else (), unread)
        layout = lay_out(rows, LEG[picture])
        axis = layout.place
        inner = {q: len(qubits) - 1 - axis[k] for q, k in place.items()}
        ends: Ends
        if picture == "ket":
            ends = ket_ends(question, {q: axis[k] for q, k in place.items()}, maps)
        else:
            ends = PauliEnds(len(qubits), components(question, inner))
        made = cls(question, settings, picture, layout, ends, 0)
        least = made.peak_bytes()
        if least > settings.budget:
            raise refusal_at(settings.budget, least, made.multiply_adds())
        return made._with_kept()

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names that the answer depends on, sorted."""
        return tuple(sorted({*self.layout.rows.parameters, *self.ends.parameters}))

    @property
    def num_rows(self) -> int:
        """How many instructions move the state."""
        return len(self.layout.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """The answer's shape: all components asked for, the vanishing ones included."""
        return self.question.shape

    def peak_bytes(self, size: int = 1, *, gradient: bool = False, device: bool = False) -> int:
        """The most bytes alive at once for `size` parameter sets, which run one by one.

        On a `device` other than the processor, arrays are not overwritten, and some more are
        alive for a while; what is in the processor's memory is moved by NumPy in any library.
        """
        number = self._itemsize
        state = self.layout.state_elements
        states = 1 + (1 + self.kept if gradient else 0) + (_MORE if device else 0)
        chunks = self.layout.chunk_elements(gradient=gradient) * min(
            default_threads(), MOST_THREADS
        )
        answers = 8 * size * (int(np.prod(self.shape, dtype=np.int64)) + len(self.parameters))
        matrices = 2 * WINDOW + 2 * self.layout.node_bytes
        ends = 8 * (self.ends.elements + PROBE_CHUNKS * self.layout.largest_chunk)
        return states * state * number + chunks * number + matrices + ends + 2 * answers

    def multiply_adds(self, *, gradient: bool = False) -> float:
        """Multiply-adds of one run, real ones on Pauli components and complex ones on kets."""
        return (4.0 if gradient else 1.0) * self.layout.multiply_adds

    def seconds(self, *, gradient: bool = False) -> float:
        """Rough seconds of one run on one core."""
        return (4.0 if gradient else 1.0) * self.layout.seconds

    def run(self, inputs: Inputs) -> Outcome:
        """The answer at parameter values, shape `shape`, for a batch (B, *shape), real.

        A batch is answered one parameter set after another, in the memory of one; it counts as
        one where a name of it matters. Raises `BudgetError` where the answers do not fit.
        """
        self._check(inputs, gradient=False)
        rows, batched = self._rows(inputs)
        found = []
        with self._kernel(inputs) as kernel:
            for one in rows:
                reversal = self._reversal(one, kernel)
                found.append(self.ends.at(one).read(kernel, reversal.forward(keep=False)))
        array = np.stack(found) if batched else found[0]
        return Outcome(self._out(array, inputs), batched)

    def pullback(self, inputs: Inputs, cotangent: Array) -> tuple[Outcome, dict[str, Array]]:
        """The answer, and d sum(cotangent * answer) / d parameter for each of `parameters`.

        `cotangent` has the answer's shape, batch axis included, real or complex. Derivatives
        have the shape (), or (B,) for names in `inputs.batch`: those of other names are sums over
        the batch. Plain derivatives: nothing is conjugated. Raises `BudgetError` where two states
        and their buffers do not fit, `QueryError` for a cotangent of another shape.
        """
        outcome, slopes = self.value_and_slopes(inputs, to_numpy(cotangent))
        return outcome, {
            name: self._out(slope if name in inputs.batch else slope.sum(axis=0), inputs)
            for name, slope in zip(self.parameters, slopes, strict=True)
        }

    def value_and_slopes(
        self, inputs: Inputs, weights: NDArray[Any]
    ) -> tuple[Outcome, NDArray[Any]]:
        """The answer, and d sum(weights * answer) / d parameter of every parameter set.

        `weights` is as `pullback`'s cotangent. The derivatives have the shape (parameters, S), S
        being the batch, or 1 where the answer does not vary over it.
        """
        self._check(inputs, gradient=True)
        rows, batched = self._rows(inputs)
        shape = (len(rows), *self.shape) if batched else self.shape
        if weights.shape == (inputs.size, *self.shape) != shape:
            weights = weights.sum(axis=0)
        if weights.shape != shape:
            raise QueryError(
                f"`cotangent` must have the answer's shape {shape}, but its shape is "
                f"{weights.shape}; give one number for each number of the answer"
            )
        values, slopes = [], []
        with self._kernel(inputs) as kernel:
            for k, one in enumerate(rows):
                value, slope = self._pulled(one, weights[k] if batched else weights, kernel)
                values.append(value)
                slopes.append(slope)
        array = np.stack(values) if batched else values[0]
        found = self._by_name(np.stack(slopes))
        by_name = np.array([found[name] for name in self.parameters])
        return Outcome(self._out(array, inputs), batched), by_name.reshape(-1, len(rows))

    def _pulled(
        self, values: Mapping[str, Any], weights: NDArray[Any], kernel: Kernel
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Answer and derivatives, by expression and by parameter of `ends`, at one set."""
        if np.iscomplexobj(weights):
            value, real = self._pulled(values, np.ascontiguousarray(weights.real), kernel)
            if not weights.imag.any():
                return value, real
            _, imaginary = self._pulled(values, np.ascontiguousarray(weights.imag), kernel)
            return value, real + 1j * imaginary
        reversal = self._reversal(values, kernel)
        state = reversal.forward(keep=True)
        ends = self.ends.at(values)
        value = ends.read(kernel, state)
        reversal.backward(state, ends.seed(kernel, weights, state))
        slopes = ends.weight * reversal.evaluation.slopes
        return value, np.concatenate([slopes, ends.slopes(weights)])

    def _reversal(self, values: Mapping[str, Any], kernel: Kernel) -> Reversal:
        evaluation = Evaluation(self.layout.rows, self.layout.leg, self.layout.rows.values(values))
        start = self.ends.start()
        return Reversal(self.layout, evaluation, kernel, start, self.kept, self.layout.node_bytes)

    def _by_name(self, slopes: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Derivatives (B, expressions and parameters of `ends`) by name, (B,) each."""
        found = {name: np.zeros(len(slopes), slopes.dtype) for name in self.parameters}
        for k, expression in enumerate(self.layout.rows.expressions):
            for name, factor in expression.terms.items():
                if name in found:
                    found[name] += factor * slopes[:, k]
        for k, name in enumerate(self.ends.parameters):
            found[name] += slopes[:, len(self.layout.rows.expressions) + k]
        return found

    def _rows(self, inputs: Inputs) -> tuple[Sequence[Mapping[str, Any]], bool]:
        """The parameter sets one by one, and whether they make a batch."""
        names = self.parameters
        varying = inputs.batch & set(names)
        if inputs.library == "numpy" and not varying:
            return [inputs.values], False
        values = {name: to_numpy(inputs.values[name]) for name in names if name in inputs.values}
        if not varying:
            return [values], False
        rows = [
            {name: v[k] if name in varying else v for name, v in values.items()}
            for k in range(inputs.size)
        ]
        return rows, True

    def _out(self, array: NDArray[Any], inputs: Inputs) -> Array:
        dtype = real_dtype(self.settings.dtype)
        if np.iscomplexobj(array):
            dtype = self.settings.dtype
        with double_precision(inputs.library, dtype):
            return as_library(array, dtype, inputs.library, inputs.like)

    def _check(self, inputs: Inputs, *, gradient: bool) -> None:
        device = not on_host(inputs.library, inputs.like)
        needed = self.peak_bytes(inputs.size, gradient=gradient, device=device)
        if needed > self.settings.budget:
            raise refusal_at(self.settings.budget, needed, self.multiply_adds(gradient=gradient))

    def _with_kept(self) -> Evolution:
        """The same with as many kept states as can be of use, and fit the budget."""
        room = self.settings.budget - self.peak_bytes(gradient=True)
        state = self.layout.state_elements * self._itemsize
        sure, unsure = self.layout.singular, self.layout.doubtful
        wanted = min(sure, _MOST_KEPT) + min(unsure - sure, _UNSURE_KEPT)
        return replace(self, kept=min(wanted, max(0, room // state)))

    @property
    def _dtype(self) -> str:
        return real_dtype(self.settings.dtype) if self.picture == "pauli" else self.settings.dtype

    @property
    def _itemsize(self) -> int:
        return itemsize(self._dtype)

    @contextlib.contextmanager
    def _kernel(self, inputs: Inputs) -> Iterator[Kernel]:
        """What moves states where the inputs are."""
        if not on_host(inputs.library, inputs.like):
            with double_precision(inputs.library, self._dtype):
                yield PortableKernel(self._dtype, inputs.library, inputs.like)
            return
        with Workers(default_threads()) as workers, one_matrix_thread():
            yield ChunkedKernel(self._dtype, workers)
