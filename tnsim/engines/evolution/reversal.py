"""A state moved to the end of a circuit, and back to its beginning beside an observable.

The state is not kept: it is moved back by inverse channels while the observable O is pulled back
with the transposes, so that two operators are in memory at any depth. The components that an
inverse magnifies are those that the observable's pull back damps, so that rounding errors mostly
stay small in the gradient. Whether they do is checked at every stage, by Tr(O_k rho_k), which
must stay the same, and by the size of the state's error times |O_k| (see `checks`). Where a
channel has no inverse to be trusted, or a check fails, the state is made anew from the last one
that was kept.
Sources: reversible reverse mode as in Jones and Gacon, arXiv:2009.02823, for unitary circuits;
kept states as in Griewank and Walther, ACM TOMS 26, 19 (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .checks import PROBES, Checks
from .geometry import Geometry
from .kept import Kept
from .layout import Layout
from .matrices import Matrices, windows
from .products import Evaluation

__all__ = ["Kernel", "Reversal"]

Array = Any

_LEAST = 2000
# Matrices, in whose number rounding errors grow as its square root, for short circuits.


class Kernel(Protocol):
    """What moves states; see `ChunkedKernel`."""

    dtype: np.dtype[Any]

    def begin(self, size: int, places: NDArray[np.int64], state: Array | None) -> Array: ...
    def keep(self, state: Array) -> Array: ...
    def restored(self, state: Array, kept: Array) -> Array: ...
    def dot(self, left: Array, right: Array) -> complex: ...
    def norm(self, state: Array) -> float: ...
    def forward(
        self, state: Array, place: Geometry, steps: Any, matrices: Any
    ) -> tuple[Array, NDArray[Any]]: ...
    def backward(
        self,
        state: Array,
        costate: Array,
        place: Geometry,
        steps: Any,
        matrices: Any,
        inverses: Any,
        wanted: Any,
    ) -> tuple[Array, Array, list[NDArray[Any] | None], Checks]: ...


@dataclass(eq=False)
class Reversal:
    """One circuit at parameter values, from the state that is 1 in `places` and else 0.

    `room` is how many states may be kept beside the two that move, `node_bytes` what one node's
    matrices take. `remade` counts how often the state was made anew.
    """

    layout: Layout
    evaluation: Evaluation
    kernel: Kernel
    places: NDArray[np.int64]
    room: int
    node_bytes: int
    remade: int = 0

    def forward(self, *, keep: bool) -> Array:
        """The state at the end; what helps on the way back is kept where `keep`."""
        self._kept = Kept(self.room)
        self._made: Matrices | None = None
        self._seen = np.zeros((self.layout.num_stages, PROBES), dtype=complex)
        state = self._begun(None)
        first = 0
        if keep:
            # The last matrices on the way forward are the first ones on the way back.
            *_, (first, end) = [(0, 0), *self._spans()]
            state = self._moved(state, 0, first, keep=self.room > 0)
            if end > first:
                self._made = Matrices(self.layout, self.evaluation, first, end, reverse=True)
                return self._passed(state, self._made, keep=self.room > 0)
        return self._moved(state, first, self.layout.num_stages, keep=False)

    def _spans(self) -> list[tuple[int, int]]:
        """The runs of stages that are gone back through, from the first that varies."""
        varying = np.flatnonzero(self.layout.varies)
        if not len(varying):
            return []
        starts = self.layout.stage_start
        first = int(np.searchsorted(starts, varying[0], side="right")) - 1
        return list(windows(self.layout, first, self.layout.num_stages, self.node_bytes))

    def _moved(self, state: Array, first: int, last: int, *, keep: bool) -> Array:
        for begin, end in windows(self.layout, first, last, self.node_bytes):
            made = Matrices(self.layout, self.evaluation, begin, end, reverse=False)
            if keep:
                made.invert()
            state = self._passed(state, made, keep=keep)
        return state

    def _passed(self, state: Array, made: Matrices, *, keep: bool) -> Array:
        """The state after the stages of some matrices."""
        for number in range(made.first, made.last):
            stage = self.layout.stage(number)
            if keep and number and made.inverses(number) is None:
                self._kept.offer(number, state, self.kernel.keep)
            state, seen = self.kernel.forward(state, stage.place, stage.steps, made.of(number))
            self._seen[number] = seen
        return state

    def backward(self, state: Array, costate: Array) -> None:
        """Collect the derivatives of y.x by all parameters, from the end to the first of them.

        `state` is x at the end and `costate` y; both are overwritten where the kernel can.
        """
        layout, kernel = self.layout, self.kernel
        value = kernel.dot(costate, state)
        drift = self._drift() * kernel.norm(costate) * kernel.norm(state)
        trusted = True
        for begin, end in reversed(self._spans()):
            made = self._made or Matrices(layout, self.evaluation, begin, end, reverse=True)
            self._made = None
            for number in range(end - 1, begin - 1, -1):
                stage = layout.stage(number)
                inverses = made.inverses(number)
                if inverses is None:
                    state = self._remade(state, number)
                elif not trusted:
                    state = self._remade(state, number + 1)
                    value = kernel.dot(costate, state)
                wanted = layout.varies[stage.first : stage.last].tolist()
                state, costate, slopes, checks = kernel.backward(
                    state,
                    costate,
                    stage.place,
                    stage.steps,
                    made.of(number),
                    inverses,
                    wanted,
                )
                made.add(number, slopes)
                trusted = True
                if inverses is None:
                    value = checks.product
                else:
                    error = np.linalg.norm(checks.seen - self._seen[number]) / np.sqrt(PROBES)
                    # What is not a number is not mended by starting anew.
                    trusted = not (
                        error * np.sqrt(checks.square) > drift
                        or abs(checks.product - value) > drift
                    )
            made.pull()

    def _drift(self) -> float:
        """The drift that is let pass, of |O| |rho|: ten times what rounding makes of itself."""
        epsilon = float(np.finfo(self.kernel.dtype).eps)
        return 10 * epsilon * float(np.sqrt(_LEAST + len(self.layout.order)))

    def _begun(self, state: Array | None) -> Array:
        size = self.layout.leg**self.layout.rows.num_qubits
        return self.kernel.begin(size, self.places, state)

    def _remade(self, state: Array, stage: int) -> Array:
        """The state before a stage, from the last kept one."""
        nearest = self._kept.nearest(stage)
        if nearest is None:
            state = self._begun(state)
        else:
            state = self.kernel.restored(state, self._kept.states[nearest])
        self._kept.forget(stage)
        if nearest != stage:
            self.remade += 1
            state = self._moved(state, nearest or 0, stage, keep=self.room > 0)
        return state
