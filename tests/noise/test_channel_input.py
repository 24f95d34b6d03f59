"""Wrong channels, each with its message, when made and when run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Parameter
from tnsim.noise import (
    Channel,
    amplitude_damping,
    bit_flip,
    correlated_pauli,
    depolarizing,
    from_choi,
    from_superoperator,
    from_transfer_matrix,
    generalized_amplitude_damping,
    identity,
    kraus,
    mixed_unitary,
    over_rotation,
    pauli,
    pauli_lindblad,
    phase_damping,
    reset,
    thermal_relaxation,
)

p = Parameter("p")
X = [[0, 1], [1, 0]]

WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: bit_flip(1.5), r"`p` of bit_flip must be from 0 to 1 \(got 1.5\)"),
    (lambda: bit_flip(-0.1), r"`p` of bit_flip must be from 0 to 1 \(got -0.1\)"),
    (lambda: bit_flip(math.nan), r"`p` must be a finite real number, .* \(got nan\)"),
    (lambda: bit_flip("0.1"), r"`p` must be a finite real number, .* \(got '0.1'\)"),
    (lambda: bit_flip(0.1j), r"`p` must be a finite real number, .* \(got 0.1j\)"),
    (lambda: bit_flip(None), r"`p` must be a finite real number, .* \(got None\)"),
    (lambda: bit_flip(True), r"`p` must be a number, Parameter or expression \(got True\)"),
    (lambda: bit_flip(np.array([0.1, 0.2])), r"`p` must be a number, Parameter or expression"),
    (lambda: depolarizing(1.4), r"`p` of depolarizing must be from 0 to 1.33333333333 \(got 1.4\)"),
    (lambda: depolarizing(1.1, 2), r"must be from 0 to 1.06666666667 \(got 1.1\)"),
    (lambda: depolarizing(0.1, 0), r"`num_qubits` must be from 1 to 5 \(got 0\)"),
    (lambda: depolarizing(0.1, 6), r"`num_qubits` must be from 1 to 5 \(got 6\)"),
    (lambda: depolarizing(0.1, 1.0), r"`num_qubits` must be an int \(got 1.0\)"),
    (lambda: identity(0), r"`num_qubits` must be from 1 to 5 \(got 0\)"),
    (lambda: pauli(0.5, 0.5, 0.1), r"`X \+ Y \+ Z` of pauli must be at most 1 \(got 1.1\)"),
    (lambda: pauli(p, 1 - p, 0.1), r"`X \+ Y \+ Z` of pauli must be at most 1 \(got 1.1\)"),
    (lambda: pauli(-0.1, p, p), r"`X` of pauli must be from 0 to 1 \(got -0.1\)"),
    (lambda: pauli(0.1), "pauli takes three probabilities px, py, pz or one mapping"),
    (lambda: pauli({"X": 0.1}, 0.1, 0.1), "three probabilities or one mapping, not both"),
    (lambda: pauli({}), r"`probabilities` must map Pauli strings to numbers \(got none\)"),
    (lambda: pauli({"XA": 0.1}), r"must be text of the letters I, X, Y, Z .* \(got 'XA'\)"),
    (lambda: pauli({3: 0.1}), r"must be text of the letters I, X, Y, Z .* \(got 3\)"),
    (lambda: pauli({"XX": 0.1, "Z": 0.1}), "one length, but 'Z' has 1 letters and others have 2"),
    (lambda: pauli({"X" * 6: 0.1}), r"at most 5 qubits \(got 6\)"),
    (lambda: pauli({"I": 0.8, "X": 0.1}), r"name the identity must add up to 1 \(got 0.9\)"),
    (lambda: pauli({"I": p, "X": 0.1}), r"name the identity must add up to 1 \(got p\+0.1\)"),
    (lambda: correlated_pauli(0.1, 0.1, 0.1, 1.1), r"`correlation` .* from 0 to 1 \(got 1.1\)"),
    (lambda: pauli_lindblad({"X": -0.1}), r"`X` of pauli_lindblad must be at least 0 \(got -0.1\)"),
    (lambda: pauli_lindblad({"I": 0.1}), "pauli_lindblad must not name the identity"),
    (lambda: pauli_lindblad({}), r"`rates` must map Pauli strings to rates \(got \{\}\)"),
    (lambda: amplitude_damping(1.0000001), r"`gamma` of amplitude_damping must be from 0 to 1"),
    (lambda: phase_damping(-1), r"`lam` of phase_damping must be from 0 to 1 \(got -1\)"),
    (
        lambda: generalized_amplitude_damping(1.5, p),
        r"`gamma` of generalized_amplitude_damping must be from 0 to 1 \(got 1.5\)",
    ),
    (
        lambda: generalized_amplitude_damping(p, 2),
        r"`excited_population` of generalized_amplitude_damping must be from 0 to 1 \(got 2\)",
    ),
    (lambda: thermal_relaxation(0.0, 1.0, 1.0), r"`t1` of .* must be above 0 \(got 0\)"),
    (lambda: thermal_relaxation(1.0, -1.0, 1.0), r"`t2` of .* must be above 0 \(got -1\)"),
    (lambda: thermal_relaxation(1.0, 2.5, 1.0), r"`2\*t1 - t2` .* \(got -0.5\); no process has"),
    (lambda: thermal_relaxation(p, 2.5 * p, 1.0), None),
    (lambda: thermal_relaxation(1.0, math.inf, 1.0), r"infinite only where t1 is"),
    (lambda: thermal_relaxation(1.0, 1.0, -1.0), r"`time` of .* must be at least 0 \(got -1\)"),
    (lambda: thermal_relaxation(1.0, 1.0, math.inf), r"`time` must be a finite real number"),
    (lambda: thermal_relaxation(1, 1, 1, 1.2), r"`excited_population` of .* \(got 1.2\)"),
    (lambda: reset(0.7, 0.7), r"`p0 \+ p1` of reset must be at most 1 \(got 1.4\)"),
    (lambda: over_rotation("II", 0.1), r"`axis` must not be the identity \(got 'II'\)"),
    (lambda: over_rotation("x", 0.1), r"must be text of the letters I, X, Y, Z .* \(got 'x'\)"),
    (lambda: over_rotation([0, 0, 0], 0.1), r"three numbers that are not all zero"),
    (lambda: over_rotation([1, 0], 0.1), r"`axis` must be a Pauli string .* \(got \[1, 0\]\)"),
    (lambda: over_rotation("X", math.inf), r"`angle` must be a finite real number"),
    (lambda: mixed_unitary([]), "must have pairs \\(probability, unitary\\), at least one"),
    (lambda: mixed_unitary([X]), r"`p0` must be|must have|must be a"),
    (lambda: mixed_unitary([(0.5, X)]), r"must add up to 1 \(got 0.5\)"),
    (lambda: mixed_unitary([(p, X), (p, X)]), r"must add up to 1 \(got 2\*p\)"),
    (lambda: mixed_unitary([(1.5, X), (-0.5, np.eye(2))]), r"from 0 to 1 \(got 1.5\)"),
    (lambda: mixed_unitary([(1, [[1, 0], [0, 2]])]), r"unitary 0 must satisfy .* misses it by 3"),
    (lambda: mixed_unitary([(0.5, X), (0.5, np.eye(4))]), "unitary 1 has \\(4, 4\\)"),
    (lambda: kraus([]), r"at least one operator \(got none\)"),
    (lambda: kraus([[[1, 0], [0, 0.5]]]), "kraus must preserve the trace, but it changes it by up"),
    (lambda: kraus([np.eye(3)]), r"2\^n rows for n from 1 to 5 qubits \(got shape \(3, 3\)\)"),
    (lambda: kraus([np.ones((2, 4))]), r"square matrix .* \(got shape \(2, 4\)\)"),
    (lambda: kraus([np.eye(2), np.eye(4)]), "operator 1 has \\(4, 4\\)"),
    (lambda: kraus([[[1, 0], [0, math.nan]]]), "Kraus operator 0 must have finite entries"),
    (lambda: kraus([[["a", 0], [0, 1]]]), "Kraus operator 0 must be a matrix of numbers"),
    (lambda: kraus([[1, 0], [0, 1]]), r"Kraus operator 0 must be a square matrix"),
    (lambda: from_superoperator(np.eye(2)), r"square matrix of 4\^n rows"),
    (lambda: from_superoperator(1j * np.eye(4)), "take Hermitian matrices to Hermitian ones"),
    (lambda: from_choi(np.eye(4)), "must preserve the trace"),
    (lambda: from_choi(np.diag([2, -1, 0, 1])), "completely positive"),
    (lambda: from_transfer_matrix(np.diag([1, 1, 1, -1])), r"the eigenvalue -1"),
    (lambda: from_transfer_matrix(np.diag([1j, 1, 1, 1])), "must be real"),
    (lambda: from_transfer_matrix(np.diag([0.9, 0, 0, 0])), "must preserve the trace"),
    (lambda: Channel(bit_flip(0.1).law, ()), r"bit_flip takes 1 strengths \(got 0\)"),
    (lambda: bit_flip(p).bind(q=0.1), r"must have the parameter 'q' \(it has: p\)"),
    (lambda: bit_flip(0.1).bind(q=0.1), r"must have the parameter 'q' \(it has: none\)"),
    (lambda: bit_flip(p).bind(p=1.1), r"`p` of bit_flip must be from 0 to 1 \(got 1.1\)"),
    (lambda: bit_flip(p).bind(p=math.nan), r"`p` must be a finite real number \(got nan\)"),
    (lambda: bit_flip(p).bind(p="1"), r"`p` must be a finite real number \(got '1'\)"),
    (lambda: bit_flip(p).kraus(), r"but p is not bound; bind it first"),
    (lambda: bit_flip(p).transfer_matrix(), "`transfer_matrix` must have numbers"),
    (lambda: bit_flip(p).choi(), "must have numbers for all strengths, but p is not bound"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_channels(number: int) -> None:
    make, message = WRONG[number]
    if message is None:
        make()  # decided only when p is known
        return
    with pytest.raises(NoiseError, match=message):
        make()


CHECKED = [
    (bit_flip(p), [1.5], r"`p` of bit_flip must be from 0 to 1 \(got 1.5\)"),
    (bit_flip(p), [math.nan], r"`p` of bit_flip must be from 0 to 1 \(got nan\)"),
    (bit_flip(p), [np.array([0.1, 0.2, -0.3])], r"from 0 to 1 \(got -0.3\)"),
    (bit_flip(p), [], r"bit_flip takes 1 strength values \(got 0\)"),
    (pauli(p, 0.5, 2 * p), [0.2, 0.4], r"`X \+ Y \+ Z` of pauli must be at most 1 \(got 1.1\)"),
    (thermal_relaxation(p, 2.5, 1.0), [1.0], r"`2\*t1 - t2` of .* \(got -0.5\)"),
    (thermal_relaxation(p, 2.5, 1.0), [0.0], r"`t1` of thermal_relaxation must be above 0"),
    (over_rotation("X", p), [math.inf], r"`angle` of over_rotation must be finite \(got inf\)"),
    (
        bit_flip(0.1) @ amplitude_damping(p) @ phase_damping(2 * p),
        [0.6, 1.2],
        r"`lam` of composition must be from 0 to 1 \(got 1.2\)",
    ),
    (bit_flip(p).tensor(bit_flip(0.2)), [2.0], r"`p` of tensor_product must be from 0 to 1"),
]


@pytest.mark.parametrize(("channel", "values", "message"), CHECKED)
def test_values_are_checked_when_run(channel: Channel, values: list[Any], message: str) -> None:
    with pytest.raises(NoiseError, match=message):
        channel.check_strengths(values)


def test_allowed_values_pass() -> None:
    bit_flip(p).check_strengths([0.0])
    bit_flip(p).check_strengths([np.array([0.0, 1.0])])
    bit_flip(p).check_strengths([0.5 + 1e-20j])
    thermal_relaxation(p, 2.5, 1.0).check_strengths([1.25])
    pauli(p, 0.7, 0.2).check_strengths([0.1])
    pauli(0.1, 0.2, 0.7)
    assert 3 * 0.2 > 2 * 0.3
    thermal_relaxation(0.3, 3 * 0.2, 1.0)
    assert depolarizing(4 / 3).is_fixed
    with pytest.raises(NoiseError):
        thermal_relaxation(p, 2.5 * p, 1.0).check_strengths([1.0, 2.5])
