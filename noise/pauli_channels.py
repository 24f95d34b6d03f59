"""Pauli noise: the functions that make mixtures of Pauli strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Affine, Scalar

from .channel import Channel
from .pauli_laws import (
    BitFlip,
    BitPhaseFlip,
    CorrelatedPauli,
    Depolarizing,
    PauliLindblad,
    PauliMixture,
    PhaseFlip,
)
from .pauli_strings import LETTERS, read_label
from .strengths import read_strength

__all__ = [
    "bit_flip",
    "bit_phase_flip",
    "correlated_pauli",
    "depolarizing",
    "pauli",
    "pauli_lindblad",
    "phase_flip",
]


def depolarizing(p: Scalar, num_qubits: int = 1) -> Channel:
    """rho -> (1 - p) rho + p 1/2^n on n = `num_qubits` qubits.

    `p` may be from 0 to 4^n / (4^n - 1), where the identity's part vanishes; p = 1 forgets the
    state. In other words, each Pauli string but the identity has probability p / 4^n. The same as
    Qiskit Aer's `depolarizing_error(p, n)`.

    >>> float(depolarizing(0.1, num_qubits=2).chi()[0, 0].real)
    0.90625
    """
    return Channel(Depolarizing(num_qubits), (read_strength("p", p),))


@overload
def pauli(px: Scalar, py: Scalar, pz: Scalar) -> Channel: ...
@overload
def pauli(px: Mapping[str, Scalar]) -> Channel: ...
def pauli(
    px: Scalar | Mapping[str, Scalar], py: Scalar | None = None, pz: Scalar | None = None
) -> Channel:
    """rho -> (1 - sum p_k) rho + sum p_k P_k rho P_k.

    Either the probabilities of X, Y and Z, or a mapping from Pauli strings on n qubits (character
    i is qubit i) to probabilities. The identity gets what the others leave; where it is named, all
    must add up to 1.

    >>> pauli(0.1, 0.0, 0.2).transfer_matrix().diagonal()
    array([1. , 0.6, 0.4, 0.8])
    >>> pauli({"XX": 0.1, "ZI": 0.05})
    pauli({'XX': 0.1, 'ZI': 0.05})
    """
    if isinstance(px, Mapping):
        if py is not None or pz is not None:
            raise NoiseError("pauli takes three probabilities or one mapping, not both")
        return _pauli_mixture(px)
    if py is None or pz is None:
        raise NoiseError(
            "pauli takes three probabilities px, py, pz or one mapping; give all three"
        )
    return _pauli_mixture({"X": px, "Y": py, "Z": pz})


def bit_flip(p: Scalar) -> Channel:
    """rho -> (1 - p) rho + p X rho X (Nielsen and Chuang, section 8.3.3).

    >>> bit_flip(0.25).transfer_matrix().diagonal()
    array([1. , 1. , 0.5, 0.5])
    """
    return Channel(BitFlip(), (read_strength("p", p),))


def phase_flip(p: Scalar) -> Channel:
    """rho -> (1 - p) rho + p Z rho Z (Nielsen and Chuang, section 8.3.3).

    >>> phase_flip(0.25).transfer_matrix().diagonal()
    array([1. , 0.5, 0.5, 1. ])
    """
    return Channel(PhaseFlip(), (read_strength("p", p),))


def bit_phase_flip(p: Scalar) -> Channel:
    """rho -> (1 - p) rho + p Y rho Y (Nielsen and Chuang, section 8.3.3).

    >>> bit_phase_flip(0.25).transfer_matrix().diagonal()
    array([1. , 0.5, 1. , 0.5])
    """
    return Channel(BitPhaseFlip(), (read_strength("p", p),))


def correlated_pauli(px: Scalar, py: Scalar, pz: Scalar, correlation: Scalar) -> Channel:
    """Two-qubit Pauli noise with memory: p_ij = (1 - c) p_i p_j + c p_i delta_ij.

    With probability c = `correlation` the second qubit suffers the same error as the first, else
    an independent one; p_0 = 1 - px - py - pz. After Macchiavello and Palma, Phys. Rev. A 65,
    050301 (2002). For arbitrary probabilities of two-qubit errors use `pauli` with a mapping.

    >>> correlated_pauli(0.1, 0, 0, 1) == pauli({"XX": 0.1})
    False
    >>> bool((correlated_pauli(0.1, 0, 0, 1).choi() == pauli({"XX": 0.1}).choi()).all())
    True
    """
    given = {"px": px, "py": py, "pz": pz, "correlation": correlation}
    return Channel(CorrelatedPauli(), tuple(read_strength(n, v) for n, v in given.items()))


def pauli_lindblad(rates: Mapping[str, Scalar]) -> Channel:
    """exp(L) with L(rho) = sum_k rate_k (P_k rho P_k - rho): sparse Pauli-Lindblad noise.

    P_j is multiplied by exp(-2 s_j), s_j the sum of the rates of the strings that anticommute with
    it. `rates` maps Pauli strings to rates of at least 0. After van den Berg, Minev, Kandala and
    Temme, Nature Physics 19, 1116 (2023).

    >>> pauli_lindblad({"XI": 0.01, "XX": 0.02}).num_qubits
    2
    """
    if not isinstance(rates, Mapping) or not rates:
        raise NoiseError(f"`rates` must map Pauli strings to rates (got {rates!r})")
    law = PauliLindblad(tuple(rates))
    return Channel(law, tuple(read_strength(f"rate of {n}", v) for n, v in rates.items()))


def _pauli_mixture(probabilities: Mapping[str, Scalar]) -> Channel:
    if not probabilities:
        raise NoiseError("`probabilities` must map Pauli strings to numbers (got none)")
    labels = [read_label(label) for label in probabilities]
    given = {n: read_strength(f"probability of {n}", p) for n, p in probabilities.items()}
    identity = LETTERS[0] * len(labels[0])
    if identity in given:
        _check_sum(list(given.values()))
        given.pop(identity)
        # The identity alone: a mixture with one string of probability 0.
        given = given or {"Z" * len(identity): Affine({})}
    return Channel(PauliMixture(tuple(given)), tuple(given.values()))


def _check_sum(probabilities: list[Affine]) -> None:
    total = sum(probabilities, Affine({}))
    left = [abs(c) for c in total.terms.values()] + [abs(total.constant - 1.0)]
    if max(left) > 1e-9:
        raise NoiseError(
            f"probabilities that name the identity must add up to 1 (got {total}); leave the "
            "identity out to give it the rest"
        )
