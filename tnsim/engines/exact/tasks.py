"""What the exact engine contracts: one task is one answer array, in whichever basis is cheapest."""

from __future__ import annotations

from dataclasses import dataclass

from tnsim.circuit import Circuit
from tnsim.engines.evolution import PauliTerms
from tnsim.lowering.components import ComponentQuestion, lower_components
from tnsim.lowering.draft import Draft
from tnsim.lowering.overlaps import lower_amplitudes, lower_inner_product, lower_overlap
from tnsim.lowering.walk import Basis, Walker

__all__ = ["AmplitudeTask", "ComponentTask", "InnerProductTask", "OverlapTask", "Task", "TermsTask"]


@dataclass(frozen=True, eq=False)
class ComponentTask:
    """Pauli components of the final state, real, shape `question.shape`."""

    circuit: Circuit
    question: ComponentQuestion
    bases: tuple[Basis, ...] = ("pauli", "sandwich")

    @property
    def key(self) -> tuple[object, ...]:
        return (self.circuit.digest, self.question)

    def add(self, draft: Draft, walker: Walker) -> None:
        lower_components(draft, walker, self.circuit, self.question)


@dataclass(frozen=True, eq=False)
class TermsTask:
    """Many Pauli strings' mean values, real, shape (number of strings,)."""

    circuit: Circuit
    question: PauliTerms

    @property
    def key(self) -> tuple[object, ...]:
        return (self.circuit.digest, self.question)


@dataclass(frozen=True, eq=False)
class OverlapTask:
    """Tr(rho sigma) of two circuits' states on some qubits, real, shape ()."""

    one: Circuit
    two: Circuit
    qubits: tuple[int, ...]
    bases: tuple[Basis, ...] = ("pauli", "sandwich")

    @property
    def key(self) -> tuple[object, ...]:
        return (self.one.digest, self.two.digest, self.qubits)

    def add(self, draft: Draft, walker: Walker) -> None:
        lower_overlap(draft, walker, self.one, self.two, self.qubits)


@dataclass(frozen=True, eq=False)
class InnerProductTask:
    """<bra|ket> of two pure circuits, complex, shape ()."""

    ket: Circuit
    bra: Circuit
    bases: tuple[Basis, ...] = ("ket",)

    @property
    def key(self) -> tuple[object, ...]:
        return (self.ket.digest, self.bra.digest)

    def add(self, draft: Draft, walker: Walker) -> None:
        lower_inner_product(draft, walker, self.ket, self.bra)


@dataclass(frozen=True, eq=False)
class AmplitudeTask:
    """<b|psi>, complex, shape (); bits that are None are given as parameters at run time."""

    circuit: Circuit
    bits: tuple[int | None, ...]
    bases: tuple[Basis, ...] = ("ket",)

    @property
    def key(self) -> tuple[object, ...]:
        return (self.circuit.digest, self.bits)

    def add(self, draft: Draft, walker: Walker) -> None:
        lower_amplitudes(draft, walker, self.circuit, self.bits)


Task = ComponentTask | OverlapTask | InnerProductTask | AmplitudeTask
"""Tasks of equal `key` have the same answer."""
