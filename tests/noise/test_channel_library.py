"""Each library channel against its Kraus operators, at every way of giving its strengths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tnsim.base.parameters import Parameter
from tnsim.noise import (
    Channel,
    amplitude_damping,
    bit_flip,
    bit_phase_flip,
    correlated_pauli,
    depolarizing,
    generalized_amplitude_damping,
    kraus,
    mixed_unitary,
    over_rotation,
    pauli,
    pauli_lindblad,
    phase_damping,
    phase_flip,
    reset,
    thermal_relaxation,
)

Matrix = NDArray[Any]
I2 = np.eye(2)
X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1])
LETTERS = dict(zip("IXYZ", (I2, X, Y, Z), strict=True))
H = (X + Z) / math.sqrt(2)


def string(label: str) -> Matrix:
    matrix = np.eye(1)
    for letter in label:
        matrix = np.kron(matrix, LETTERS[letter])
    return matrix


def mixture(probabilities: Mapping[str, float]) -> list[Matrix]:
    rest = 1 - sum(probabilities.values())
    size = len(next(iter(probabilities)))
    everything = {"I" * size: rest, **probabilities}
    return [math.sqrt(max(p, 0.0)) * string(label) for label, p in everything.items()]


def depolarizing_kraus(p: float, n: int) -> list[Matrix]:
    labels = ["".join(w) for w in product("IXYZ", repeat=n)][1:]
    return mixture(dict.fromkeys(labels, p / 4**n))


def damping_kraus(gamma: float, excited: float = 0.0) -> list[Matrix]:
    low, high = math.sqrt(1 - excited), math.sqrt(excited)
    keep, lose = math.sqrt(1 - gamma), math.sqrt(gamma)
    return [
        low * np.diag([1, keep]),
        low * np.array([[0, lose], [0, 0]]),
        high * np.diag([keep, 1]),
        high * np.array([[0, 0], [lose, 0]]),
    ]


def relaxation_kraus(t1: float, t2: float, time: float, excited: float) -> list[Matrix]:
    """Damping, then the dephasing that is left: exp(-time/t2) = sqrt(1-gamma) (1 - 2 flip)."""
    gamma = 1 - math.exp(-time / t1)
    flip = (1 - math.exp(-time / t2 + time / (2 * t1))) / 2
    flips = [math.sqrt(1 - flip) * I2, math.sqrt(max(flip, 0.0)) * Z]
    return [f @ k for f in flips for k in damping_kraus(gamma, excited)]


def reset_kraus(p0: float, p1: float) -> list[Matrix]:
    zero, one = np.array([[1, 0], [0, 0]]), np.array([[0, 0], [1, 0]])
    up, down = np.array([[0, 0], [0, 1]]), np.array([[0, 1], [0, 0]])
    kept = [math.sqrt(max(1 - p0 - p1, 0.0)) * I2]
    return kept + [math.sqrt(p0) * k for k in (zero, down)] + [math.sqrt(p1) * k for k in (one, up)]


def rotation_kraus(generator: Matrix, angle: float) -> list[Matrix]:
    one = np.eye(len(generator))
    return [math.cos(angle / 2) * one - 1j * math.sin(angle / 2) * generator]


def lindblad_kraus(rates: Mapping[str, float]) -> list[Matrix]:
    """The generators commute, so their exponentials, each a Pauli mixture, multiply."""
    operators = [np.eye(2 ** len(next(iter(rates))))]
    for label, rate in rates.items():
        factors = mixture({label: (1 - math.exp(-2 * rate)) / 2})
        operators = [f @ k for f in factors for k in operators]
    return operators


def correlated_kraus(px: float, py: float, pz: float, c: float) -> list[Matrix]:
    single = {"I": 1 - px - py - pz, "X": px, "Y": py, "Z": pz}
    return [
        math.sqrt((1 - c) * single[a] * single[b] + c * single[a] * (a == b)) * string(a + b)
        for a in single
        for b in single
    ]


AXIS = np.array([1.0, 2.0, -2.0]) / 3
SLANTED = AXIS[0] * X + AXIS[1] * Y + AXIS[2] * Z
LABELS = ("XI", "ZY", "YY")

# name: (maker, its Kraus operators, strengths inside the allowed ranges)
CASES: dict[str, tuple[Callable[..., Channel], Callable[..., list[Matrix]], Sequence[float]]] = {
    "depolarizing": (depolarizing, lambda p: depolarizing_kraus(p, 1), [0.3]),
    "depolarizing 2": (
        lambda p: depolarizing(p, num_qubits=2), lambda p: depolarizing_kraus(p, 2), [0.3]
    ),
    "pauli": (
        pauli, lambda x, y, z: mixture({"X": x, "Y": y, "Z": z}), [0.1, 0.05, 0.2]
    ),
    "pauli strings": (
        lambda *p: pauli(dict(zip(LABELS, p, strict=True))),
        lambda *p: mixture(dict(zip(LABELS, p, strict=True))),
        [0.1, 0.2, 0.05],
    ),
    "bit_flip": (bit_flip, lambda p: mixture({"X": p}), [0.1]),
    "bit_phase_flip": (bit_phase_flip, lambda p: mixture({"Y": p}), [0.1]),
    "phase_flip": (phase_flip, lambda p: mixture({"Z": p}), [0.1]),
    "correlated_pauli": (correlated_pauli, correlated_kraus, [0.1, 0.05, 0.2, 0.4]),
    "pauli_lindblad": (
        lambda *r: pauli_lindblad(dict(zip(LABELS, r, strict=True))),
        lambda *r: lindblad_kraus(dict(zip(LABELS, r, strict=True))),
        [0.1, 0.02, 0.3],
    ),
    "amplitude_damping": (amplitude_damping, damping_kraus, [0.3]),
    "generalized_amplitude_damping": (generalized_amplitude_damping, damping_kraus, [0.3, 0.2]),
    "phase_damping": (
        phase_damping,
        lambda lam: [np.diag([1, math.sqrt(1 - lam)]), np.diag([0, math.sqrt(lam)])],
        [0.3],
    ),
    "thermal_relaxation t2 < t1": (thermal_relaxation, relaxation_kraus, [80.0, 60.0, 7.0, 0.1]),
    "thermal_relaxation t2 > t1": (thermal_relaxation, relaxation_kraus, [80.0, 150.0, 7.0, 0.1]),
    "reset": (reset, reset_kraus, [0.2, 0.1]),
    "over_rotation": (
        lambda t: over_rotation("Y", t), lambda t: rotation_kraus(Y, t), [0.3]
    ),
    "over_rotation 2": (
        lambda t: over_rotation("ZX", t), lambda t: rotation_kraus(string("ZX"), t), [0.3]
    ),
    "over_rotation axis": (
        lambda t: over_rotation([1, 2, -2], t), lambda t: rotation_kraus(SLANTED, t), [0.3]
    ),
    "mixed_unitary": (
        lambda p, q: mixed_unitary([(p, H), (q, np.diag([1, 1j])), (1.0 - p - q, Y)]),
        lambda p, q: [
            math.sqrt(p) * H, math.sqrt(q) * np.diag([1, 1j]), math.sqrt(1 - p - q) * Y
        ],
        [0.2, 0.5],
    ),
}  # fmt: skip
every_case = pytest.mark.parametrize("name", CASES)


def symbols(count: int) -> list[Parameter]:
    return [Parameter(f"s{i}") for i in range(count)]


def form_values(channel: Channel, numbers: Sequence[Any]) -> list[Any]:
    """The values of the symbolic strengths, which are the bare parameters s0, s1, ... here."""
    return [numbers[int(s.names[0][1:])] for s in channel.strengths_symbolic]


@every_case
def test_closed_form_is_that_of_the_kraus_operators(name: str) -> None:
    make, operators, values = CASES[name]
    expected = kraus(operators(*values))
    channel = make(*values)
    np.testing.assert_allclose(channel.transfer_matrix(), expected.transfer_matrix(), atol=1e-14)
    np.testing.assert_allclose(channel.superoperator(), expected.superoperator(), atol=1e-14)
    assert channel.is_cptp()
    assert channel.is_unital == bool(
        np.allclose(sum(k @ k.conj().T for k in operators(*values)), np.eye(2**channel.num_qubits))
    )


@every_case
def test_zeros_and_first_row_are_exact(name: str) -> None:
    make, operators, values = CASES[name]
    expected = kraus(operators(*values)).transfer_matrix()
    for channel in (make(*values), make(*symbols(len(values)))):
        form = channel.transfer_form
        assert form.constants.dtype == np.float64
        np.testing.assert_array_equal(form.support, np.abs(expected) > 1e-14)
        first = form.constants[:, 0]
        assert not np.any(first[:, 1:])
        assert first[:, 0].sum() == 1.0
        assert np.count_nonzero(first) == 1


@every_case
def test_parametric_channels_agree_with_bound_ones(name: str) -> None:
    make, _, values = CASES[name]
    channel = make(*symbols(len(values)))
    assert channel.parameters == tuple(f"s{i}" for i in range(len(values)))
    assert not channel.is_fixed
    bound = channel.bind({f"s{i}": v for i, v in enumerate(values)})
    assert bound.is_fixed
    given = form_values(channel, values)
    channel.check_strengths(given)
    expected = make(*values)
    for form, matrix in (
        (channel.transfer_form, expected.transfer_matrix()),
        (channel.superoperator_form, expected.superoperator()),
    ):
        assert form.num_params == len(channel.strengths_symbolic)
        np.testing.assert_allclose(form.evaluate(given), matrix, rtol=0, atol=1e-15)
    np.testing.assert_allclose(bound.transfer_matrix(), expected.transfer_matrix(), atol=1e-15)


@every_case
def test_one_symbolic_strength_among_numbers(name: str) -> None:
    make, _, values = CASES[name]
    for place, symbol in enumerate(symbols(len(values))):
        mixed = [symbol if i == place else v for i, v in enumerate(values)]
        channel = make(*mixed)
        form = channel.transfer_form
        assert form.num_params == 1
        expected = make(*values).transfer_matrix()
        np.testing.assert_allclose(form.evaluate([values[place]]), expected, rtol=0, atol=1e-15)


@every_case
def test_complex_step_gives_the_derivative(name: str) -> None:
    make, _, values = CASES[name]
    form = make(*symbols(len(values))).transfer_form
    for place in range(form.num_params):
        params: list[Any] = [float(v) for v in values][: form.num_params]
        params[place] += 1e-30j
        step = form.evaluate(params).imag / 1e-30
        h = 1e-6 * max(1.0, abs(values[place]))
        up, down = ([*values][: form.num_params] for _ in range(2))
        up[place] += h
        down[place] -= h
        slope = (form.evaluate(up) - form.evaluate(down)) / (2 * h)
        np.testing.assert_allclose(step, slope, atol=1e-8)
        assert np.abs(step).max() > 1e-6 or name.startswith("thermal")


@every_case
@pytest.mark.parametrize("library", ["numpy", "torch", "tensorflow", "jax"])
def test_coefficients_pass_arrays_of_every_library(name: str, library: str) -> None:
    autoray = pytest.importorskip("autoray")
    pytest.importorskip(library)
    make, _, values = CASES[name]
    form = make(*symbols(len(values))).transfer_form
    batch = [np.array([v, v / 2]) for v in values][: form.num_params]
    found = form.coefficients([autoray.do("array", b, like=library) for b in batch])
    for column in range(2):
        expected = form.coefficients([float(b[column]) for b in batch])
        for one, other in zip(found, expected, strict=True):
            value = one if isinstance(one, float) else float(autoray.to_numpy(one)[column])
            assert value == pytest.approx(float(other), abs=1e-14)


@given(st.floats(0, 1), st.floats(0, 1))
def test_damping_at_any_strength(gamma: float, excited: float) -> None:
    channel = generalized_amplitude_damping(gamma, excited)
    expected = kraus(damping_kraus(gamma, excited)).transfer_matrix()
    np.testing.assert_allclose(channel.transfer_matrix(), expected, atol=1e-14)


@pytest.mark.parametrize("make", [amplitude_damping, phase_damping])
@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_roots_at_both_ends(make: Callable[[Any], Channel], strength: float) -> None:
    symbolic = make(Parameter("g")).transfer_form.evaluate([strength])
    fixed = make(strength).transfer_matrix()
    np.testing.assert_array_equal(symbolic, fixed)
    assert set(np.unique(fixed)) <= {0.0, 1.0}
    step = make(Parameter("g")).transfer_form.evaluate([strength + 1e-20j])
    assert np.all(np.isfinite(step))


def test_fixed_strengths_fold_and_their_zeros_are_structure() -> None:
    channel = generalized_amplitude_damping(Parameter("g"), 0.5)
    assert channel.transfer_form.num_params == 1
    assert not channel.transfer_form.support[3, 0]
    assert channel.is_unital
    assert amplitude_damping(0.3).transfer_form.constants.shape == (1, 4, 4)
    rotated = over_rotation("X", math.pi / 2).transfer_matrix()
    np.testing.assert_array_equal(np.abs(rotated), [
        [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0],
    ])  # fmt: skip


def test_one_parameter_used_twice_is_one_form_parameter() -> None:
    p = Parameter("p")
    channel = pauli(p, p, 2 * p)
    assert len(channel.strengths) == 3
    assert [str(s) for s in channel.strengths_symbolic] == ["p", "2*p"]
    found = channel.transfer_form.evaluate([0.1, 0.2])
    np.testing.assert_allclose(found, pauli(0.1, 0.1, 0.2).transfer_matrix(), atol=1e-15)


def test_depolarizing_may_exceed_one() -> None:
    most = depolarizing(4 / 3)
    assert most.is_cptp()
    np.testing.assert_allclose(most.chi().diagonal().real, [0, 1 / 3, 1 / 3, 1 / 3], atol=1e-15)
    assert depolarizing(16 / 15, num_qubits=2).is_cptp()
    np.testing.assert_array_equal(depolarizing(1.0).transfer_matrix(), np.diag([1, 0, 0, 0]))


def test_identity_named_in_pauli_gets_its_share() -> None:
    p = Parameter("p")
    assert pauli({"I": 1 - p, "X": p}) == pauli({"X": p})
    np.testing.assert_array_equal(pauli({"II": 1.0}).transfer_matrix(), np.eye(16))


def test_infinite_relaxation_times() -> None:
    only_phase = thermal_relaxation(math.inf, 50.0, 10.0)
    expected = np.diag([1, math.exp(-0.2), math.exp(-0.2), 1])
    np.testing.assert_allclose(only_phase.transfer_matrix(), expected, atol=1e-16)
    still = thermal_relaxation(math.inf, math.inf, Parameter("t"))
    np.testing.assert_array_equal(still.transfer_form.evaluate([3.0]), np.eye(4))


def test_sums_that_are_zero_but_for_rounding_are_zero() -> None:
    assert 1 - 2 * 0.35 - 2 * 0.15 != 0
    assert pauli(0.0, 0.35, 0.15).transfer_matrix()[1, 1] == 0.0


def test_short_times_keep_their_digits() -> None:
    pump = thermal_relaxation(1.0, 1.0, 1e-14).transfer_matrix()[3, 0]
    assert pump == pytest.approx(1e-14, rel=1e-12, abs=0)


def test_library_is_that_of_aer() -> None:
    aer = pytest.importorskip("qiskit_aer.noise")
    qi = pytest.importorskip("qiskit.quantum_info")
    pairs = [
        (depolarizing(0.1), aer.depolarizing_error(0.1, 1)),
        (depolarizing(0.2, 2), aer.depolarizing_error(0.2, 2)),
        (amplitude_damping(0.3), aer.amplitude_damping_error(0.3)),
        (generalized_amplitude_damping(0.3, 0.2), aer.amplitude_damping_error(0.3, 0.2)),
        (phase_damping(0.3), aer.phase_damping_error(0.3)),
        (thermal_relaxation(50, 30, 2, 0.1), aer.thermal_relaxation_error(50, 30, 2, 0.1)),
        (thermal_relaxation(50, 90, 2, 0.1), aer.thermal_relaxation_error(50, 90, 2, 0.1)),
        (reset(0.2, 0.1), aer.reset_error(0.2, 0.1)),
        (pauli({"XZ": 0.1}), aer.pauli_error([("ZX", 0.1), ("II", 0.9)])),
    ]
    for ours, theirs in pairs:
        n = ours.num_qubits
        order = np.arange(4**n).reshape((4,) * n).transpose().ravel()
        ptm = qi.PTM(theirs).data.real[np.ix_(order, order)]
        np.testing.assert_allclose(ours.transfer_matrix(), ptm, atol=1e-8, err_msg=repr(ours))
