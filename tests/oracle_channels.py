"""Kraus operators from the textbooks (Nielsen and Chuang, section 8.3, and the papers named).

Written apart from tnsim.noise, to check it. Of a channel only its kind, its describing data and
the numbers of its strengths are used; fixed matrices that it was given are taken as they are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.oracle import PAULIS
from tests.oracle_gates import rotation

Matrix = NDArray[Any]
Kraus = list[Matrix]


def channel_kraus(channel: Any, values: Sequence[float] = ()) -> Kraus:
    """Kraus operators of a tnsim channel with `values` for its symbolic strengths, in order."""
    symbolic = list(channel.strengths_symbolic)
    numbers = [values[symbolic.index(s)] if s.names else s.constant for s in channel.strengths]
    return law_kraus(channel.law, numbers)


def law_kraus(law: Any, p: Sequence[float]) -> Kraus:
    """Kraus operators of a law at numbers for its strengths."""
    if law.kind in SIMPLE:
        return SIMPLE[law.kind](*p)
    match law.kind:
        case "depolarizing":
            return depolarizing(p[0], law.num_qubits)
        case "pauli":
            return pauli_mixture(dict(zip(law.labels, p, strict=True)))
        case "pauli_lindblad":
            flips = [
                pauli_mixture({label: (1 - math.exp(-2 * rate)) / 2})
                for label, rate in zip(law.labels, p, strict=True)
            ]
            return in_sequence(flips)
        case "thermal_relaxation":
            given = dict(zip(law.strength_names, p, strict=True))
            return thermal_relaxation(
                given.get("t1", math.inf),
                given.get("t2", math.inf),
                given["time"],
                given["excited_population"],
            )
        case "over_rotation":
            return over_rotation(law.axis, p[0])
        case "mixed_unitary":
            weights = [*p, 1 - sum(p)]
            return [math.sqrt(max(w, 0)) * u for w, u in zip(weights, law.unitaries, strict=True)]
        case "kraus":
            return list(law.operators)
        case "from_transfer_matrix":
            return kraus_of_transfer(law.matrix)
        case "composition":
            return in_sequence(parts_kraus(law, p)[::-1])
        case "tensor_product":
            return [_kron(*choice) for choice in itertools.product(*parts_kraus(law, p))]
    raise NotImplementedError(law.kind)


def parts_kraus(law: Any, p: Sequence[float]) -> list[Kraus]:
    """Kraus operators of each part of a composite law."""
    ends = list(itertools.accumulate(len(part.strength_names) for part in law.parts))
    starts = [0, *ends[:-1]]
    cuts = zip(law.parts, starts, ends, strict=True)
    return [law_kraus(part, p[start:end]) for part, start, end in cuts]


def in_sequence(channels: Sequence[Kraus]) -> Kraus:
    """The channels one after another, the first one first in time."""
    total: Kraus = [np.eye(len(channels[0][0]))]
    for kraus in channels:
        total = [k @ t for t in total for k in kraus]
    return total


def pauli_word(label: str) -> Matrix:
    """The matrix of a dense Pauli string."""
    return _kron(*(PAULIS[letter] for letter in label))


def pauli_mixture(probabilities: Mapping[str, float]) -> Kraus:
    """P_k with probability p_k, nothing with the rest."""
    size = len(next(iter(probabilities)))
    rest = 1 - sum(probabilities.values())
    terms = [("I" * size, rest), *probabilities.items()]
    return [math.sqrt(max(p, 0)) * pauli_word(label) for label, p in terms]


def depolarizing(p: float, size: int) -> Kraus:
    """(1 - p) rho + p 1/2^n: every Pauli string with probability p / 4^n, the rest identity."""
    words = ["".join(word) for word in itertools.product("IXYZ", repeat=size)]
    return pauli_mixture(dict.fromkeys(words[1:], p / 4**size))


def correlated_pauli(px: float, py: float, pz: float, c: float) -> Kraus:
    """p_ij = (1 - c) p_i p_j + c p_i delta_ij (Macchiavello and Palma 2002)."""
    single = {"I": 1 - px - py - pz, "X": px, "Y": py, "Z": pz}
    pairs = {
        i + j: (1 - c) * single[i] * single[j] + c * single[i] * (i == j)
        for i, j in itertools.product("IXYZ", repeat=2)
    }
    return pauli_mixture({label: p for label, p in pairs.items() if label != "II"})


def amplitude_damping(gamma: float) -> Kraus:
    """Nielsen and Chuang, equation 8.108."""
    root, decay = math.sqrt(1 - gamma), math.sqrt(gamma)
    return [np.array([[1, 0], [0, root]]), np.array([[0, decay], [0, 0]])]


def generalized_amplitude_damping(gamma: float, excited: float) -> Kraus:
    """Nielsen and Chuang, equation 8.113, with p = 1 - excited."""
    down = amplitude_damping(gamma)
    up = [k[::-1, ::-1] for k in down]
    return [math.sqrt(1 - excited) * k for k in down] + [math.sqrt(excited) * k for k in up]


def phase_damping(lam: float) -> Kraus:
    """Nielsen and Chuang, equation 8.127."""
    return [np.diag([1, math.sqrt(1 - lam)]), np.diag([0, math.sqrt(lam)])]


def thermal_relaxation(t1: float, t2: float, time: float, excited: float) -> Kraus:
    """Damping by 1 - exp(-t/T1), then what is missing of coherence exp(-t/T2) as phase damping."""
    gamma = 1 - math.exp(-time / t1)
    # Coherence is sqrt(1 - gamma) = exp(-t/(2 T1)) after damping; T2 <= 2 T1 leaves lam >= 0.
    lam = 1 - math.exp(-2 * time / t2 + time / t1)
    return in_sequence(
        [generalized_amplitude_damping(gamma, excited), phase_damping(max(lam, 0.0))]
    )


def reset(p0: float, p1: float) -> Kraus:
    """Set to |0> with p0, to |1> with p1, else kept."""
    units = np.eye(4).reshape(2, 2, 2, 2)
    to_zero = [math.sqrt(p0) * units[0, j] for j in (0, 1)]
    to_one = [math.sqrt(p1) * units[1, j] for j in (0, 1)]
    return [math.sqrt(max(1 - p0 - p1, 0)) * np.eye(2), *to_zero, *to_one]


def over_rotation(axis: str | Sequence[float], angle: float) -> Kraus:
    """exp(-i angle P / 2) about a Pauli word or a unit vector."""
    if isinstance(axis, str):
        return [rotation(axis, angle)]
    pauli = sum(x * PAULIS[letter] for x, letter in zip(axis, "XYZ", strict=True))
    return [math.cos(angle / 2) * np.eye(2) - 1j * math.sin(angle / 2) * pauli]


def kraus_of_transfer(transfer: Matrix) -> Kraus:
    """From E(rho) = sum_ij R_ij P_i Tr[P_j rho] / 2^n, by the eigenvectors of the Choi matrix."""
    size = (len(transfer).bit_length() - 1) // 2
    words = [pauli_word("".join(w)) for w in itertools.product("IXYZ", repeat=size)]
    dim = 1 << size
    choi = np.zeros((dim * dim, dim * dim), complex)
    for (i, out), (j, into) in itertools.product(enumerate(words), repeat=2):
        choi += transfer[i, j] / dim * np.kron(into.T, out)
    weights, vectors = np.linalg.eigh(choi)
    return [
        math.sqrt(w) * v.reshape(dim, dim).T
        for w, v in zip(weights, vectors.T, strict=True)
        if w > 1e-14
    ]


def _kron(*factors: Matrix) -> Matrix:
    total: Matrix = np.eye(1)
    for factor in factors:
        total = np.kron(total, factor)
    return total


SIMPLE = {
    "amplitude_damping": amplitude_damping,
    "bit_flip": lambda p: pauli_mixture({"X": p}),
    "bit_phase_flip": lambda p: pauli_mixture({"Y": p}),
    "correlated_pauli": correlated_pauli,
    "generalized_amplitude_damping": generalized_amplitude_damping,
    "phase_damping": phase_damping,
    "phase_flip": lambda p: pauli_mixture({"Z": p}),
    "reset": reset,
}
