"""Scalars made of two states: Tr(rho sigma) for purity and fidelity, and <phi|psi>."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tnsim.base.forms import Form
from tnsim.base.parameters import Affine, Parameter
from tnsim.circuit import Circuit

from .draft import Draft
from .walk import Legs, Walker

__all__ = ["BIT_PARAMETER", "lower_amplitudes", "lower_inner_product", "lower_overlap"]

BIT_PARAMETER = "_tnsim_bit"


def lower_overlap(
    draft: Draft, walker: Walker, one: Circuit, two: Circuit, qubits: Sequence[int]
) -> None:
    """Tr(rho sigma) of the two circuits' reduced states on `qubits`, as a scalar."""
    first = _open_state(walker, one, qubits)
    second = _open_state(walker, two, qubits)
    if walker.basis == "pauli":
        for qubit in qubits:
            draft.add(first[qubit], draft.book.constant(np.full((2, 2), 0.5)))
            _identify(draft, first[qubit], second[qubit])
    else:
        for qubit in qubits:
            _identify(draft, first[qubit], second[qubit][::-1])


def lower_inner_product(draft: Draft, walker: Walker, ket: Circuit, bra: Circuit) -> None:
    """<bra|ket> of two pure circuits, as a scalar: ket, then the inverse of bra, from 0 to 0."""
    # Readout error has no part in it, and nothing could follow it.
    read = replace(ket.snapshot(), readout=())
    legs = walker.state(Circuit.from_snapshot(read).compose(bra.inverse()))
    for leg in legs.values():
        draft.add(leg, draft.book.constant(np.array([1.0, 0.0])))
    add_phase(draft, ket.global_phase - bra.global_phase)


def lower_amplitudes(
    draft: Draft, walker: Walker, circuit: Circuit, bits: Sequence[int | None]
) -> None:
    """<b|psi>, as a scalar; where a bit is None it is the parameter `BIT_PARAMETER[qubit]`."""
    legs: Legs = walker.state(circuit)
    for qubit, bit in enumerate(bits):
        if bit is None:
            name = Parameter(f"{BIT_PARAMETER}[{qubit}]")
            recipe = draft.book.form(_BIT, _BIT.constants, (name + 0.0,), snap=False)
        else:
            recipe = draft.book.constant(np.eye(2)[bit])
        draft.add(legs[qubit], recipe)
    add_phase(draft, circuit.global_phase)


def add_phase(draft: Draft, phase: Affine) -> None:
    """Multiply by exp(i phase)."""
    if phase.names:
        recipe = draft.book.form(_PHASE, _PHASE.constants, (phase,), snap=True)
    else:
        recipe = draft.book.constant(np.exp(1j * np.array(phase.constant)))
    draft.add((), recipe)


def _open_state(walker: Walker, circuit: Circuit, qubits: Sequence[int]) -> Legs:
    """The state on `qubits`, the others traced out."""
    cone = circuit.lightcone(sorted(qubits))
    touched = np.unique(cone.columns.qubits).tolist()
    legs = walker.state(cone, sorted({*touched, *qubits}))
    for qubit in set(legs) - set(qubits):
        walker.trace(legs[qubit])
    return {q: legs[q] for q in qubits}


def _identify(draft: Draft, one: Sequence[int], two: Sequence[int]) -> None:
    """Join two legs, label by label."""
    for a, b in zip(one, two, strict=True):
        draft.add((a, b), draft.book.constant(np.eye(2)))


def _bit_coefficients(params: Sequence[object]) -> Sequence[object]:
    (bit,) = params
    return [1.0 - bit, bit]  # type: ignore[operator]


def _phase_coefficients(params: Sequence[object]) -> Sequence[object]:
    from autoray import do

    return [do("cos", params[0]), do("sin", params[0])]


_BIT = Form("bit", 1, _bit_coefficients, np.eye(2))
_PHASE = Form("exp-i", 1, _phase_coefficients, np.array([1.0, 1.0j]))
