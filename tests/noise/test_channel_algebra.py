"""Composition, tensor products and powers, with and without parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Parameter
from tnsim.noise import (
    Channel,
    amplitude_damping,
    bit_flip,
    correlated_pauli,
    depolarizing,
    identity,
    kraus,
    over_rotation,
    pauli,
    phase_damping,
    phase_flip,
    thermal_relaxation,
)

g, p, t = Parameter("g"), Parameter("p"), Parameter("t")
VALUES = {"g": 0.3, "p": 0.12, "t": 0.7}
ONE = [
    amplitude_damping(g),
    amplitude_damping(0.2),
    phase_damping(g),
    depolarizing(p),
    bit_flip(2 * p + 0.1),
    over_rotation("Y", t),
    over_rotation([1, 1, 0], t),
    thermal_relaxation(1.0, 1.5, t),
    kraus([[[0.8, 0], [0, 0.8]], [[0, 0.6], [0.6, 0]]]),
]
TWO = [depolarizing(p, 2), correlated_pauli(p, 0.1, p, g), over_rotation("ZX", t)]
ones = st.sampled_from(ONE)


def bound(channel: Channel) -> Channel:
    return channel.bind({name: VALUES[name] for name in channel.parameters})


def at_values(channel: Channel) -> np.ndarray[Any, Any]:
    """The transfer form at VALUES, by way of the symbolic strengths."""
    params = [
        s.constant + sum(c * VALUES[n] for n, c in s.terms.items())
        for s in channel.strengths_symbolic
    ]
    return channel.transfer_form.evaluate(params)


def agree(channel: Channel, expected: np.ndarray[Any, Any]) -> None:
    np.testing.assert_allclose(at_values(channel), expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(bound(channel).transfer_matrix(), expected, rtol=0, atol=1e-14)
    assert channel.transfer_form.num_params == len(channel.strengths_symbolic)


@given(st.lists(ones, min_size=2, max_size=4))
def test_composition_is_the_product(channels: list[Channel]) -> None:
    total = channels[0]
    expected = bound(channels[0]).transfer_matrix()
    for channel in channels[1:]:
        total = total @ channel
        expected = expected @ bound(channel).transfer_matrix()
    agree(total, expected)
    assert total == Channel.from_dict(total.to_dict())


@given(ones, ones)
def test_tensor_product_is_the_kronecker_product(left: Channel, right: Channel) -> None:
    expected = np.kron(bound(left).transfer_matrix(), bound(right).transfer_matrix())
    agree(left.tensor(right), expected)
    choi = bound(left.tensor(right)).choi()
    parts = [bound(c).choi().reshape((2,) * 4) for c in (left, right)]
    whole = np.einsum("iajb,kcld->ikacjlbd", *parts).reshape(16, 16)
    np.testing.assert_allclose(choi, whole, atol=1e-14)


@given(ones, ones, st.sampled_from(TWO))
def test_composition_with_wide_channels(left: Channel, right: Channel, wide: Channel) -> None:
    total = left.tensor(right) @ wide
    parts = [bound(c).transfer_matrix() for c in (left, right, wide)]
    agree(total, np.kron(parts[0], parts[1]) @ parts[2])


@given(ones, st.integers(0, 4))
def test_power_is_repetition(channel: Channel, exponent: int) -> None:
    expected = np.linalg.matrix_power(bound(channel).transfer_matrix(), exponent)
    agree(channel.power(exponent), expected)


def test_interchange_law() -> None:
    a, b, c, d = ONE[0], ONE[3], ONE[5], ONE[4]
    left = a.tensor(b) @ c.tensor(d)
    right = (a @ c).tensor(b @ d)
    np.testing.assert_allclose(at_values(left), at_values(right), atol=1e-15)


def test_composition_acts_right_to_left() -> None:
    flip_after_decay = bit_flip(1.0) @ amplitude_damping(1.0)
    # To |0>, then flipped: everything ends in |1>, where Z is -1.
    assert flip_after_decay.transfer_matrix()[3, 0] == -1.0
    assert (amplitude_damping(1.0) @ bit_flip(1.0)).transfer_matrix()[3, 0] == 1.0


def test_tensor_puts_the_first_channel_on_the_first_qubit() -> None:
    both = bit_flip(1.0).tensor(identity())
    np.testing.assert_array_equal(both.transfer_matrix(), pauli({"XI": 1.0}).transfer_matrix())


def test_equal_coefficients_are_merged_and_cancelled_ones_dropped() -> None:
    # (1 - 2p)^2 needs 1, p and p*p, whatever the order of the factors.
    twice = bit_flip(p) @ bit_flip(p)
    assert twice.transfer_form.key == "noise[1]:1;p0;p0*p0"
    mixed = bit_flip(p) @ phase_flip(g)
    other = phase_flip(g) @ bit_flip(p)
    assert mixed.transfer_form.key == "noise[2]:1;p0;p0*p1;p1"
    assert sorted(mixed.parameters) == sorted(other.parameters)
    # Damping after a full reset by damping does nothing.
    again = amplitude_damping(g) @ amplitude_damping(1.0)
    assert not again.transfer_form.support[1:3].any()


def test_keys_name_the_coefficient_function() -> None:
    key = amplitude_damping(p).transfer_form.key
    assert key == amplitude_damping(g).transfer_form.key
    assert key != phase_damping(g).transfer_form.key
    assert thermal_relaxation(1.0, 1.5, t).transfer_form.key != (
        thermal_relaxation(1.0, 1.6, t).transfer_form.key
    )
    assert thermal_relaxation(1.0, t, 2.0).transfer_form.key != (
        thermal_relaxation(t, 1.0, 2.0).transfer_form.key
    )
    # A slot is not the number of the same digits.
    assert thermal_relaxation(1.0, t, g).transfer_form.key != (
        thermal_relaxation(g, t, 1.0).transfer_form.key
    )
    keys = {amplitude_damping(p).superoperator_form.key, key}
    assert len(keys) == 1


def test_products_that_are_zero_but_for_rounding_are_zero() -> None:
    hadamard = kraus([np.array([[1, 1], [1, -1]]) / np.sqrt(2)])
    np.testing.assert_array_equal(
        (hadamard @ hadamard).transfer_form.support, np.eye(4, dtype=bool)
    )


def test_binding_some_parameters() -> None:
    channel = bit_flip(p).tensor(amplitude_damping(g))
    half = channel.bind(g=0.3)
    assert half.parameters == ("p",)
    assert half.bind({"p": 0.1}) == channel.bind(p=0.1, g=0.3)
    assert channel.parameters == ("p", "g")


def test_equality_is_of_descriptions() -> None:
    assert depolarizing(0.1) == depolarizing(0.1)
    assert hash(depolarizing(0.1)) == hash(depolarizing(0.1))
    assert depolarizing(0.1) != depolarizing(0.2)
    assert depolarizing(0.1) != depolarizing(0.1, 2)
    assert depolarizing(p) != depolarizing(g)
    assert depolarizing(0.1).digest != bit_flip(0.1).digest
    assert depolarizing(0.1) != 0.1


@pytest.mark.parametrize("make", [
    lambda: depolarizing(0.1, num_qubits=2), lambda: amplitude_damping(2 * p + 0.1),
    lambda: pauli({"XY": 0.1, "ZZ": p}), lambda: thermal_relaxation(50.0, 30.0, 1.0),
    lambda: over_rotation("ZX", 0.25), lambda: bit_flip(0.1) @ phase_flip(p),
    lambda: bit_flip(0.1).tensor(phase_flip(p)), lambda: (bit_flip(0.1) @ phase_flip(p)).tensor(
        amplitude_damping(g) @ bit_flip(0.3)),
])  # fmt: skip
def test_repr_evaluates_back(make: Any) -> None:
    import math

    from tnsim import noise
    from tnsim.base.parameters import Affine

    names = {**vars(noise), "Parameter": Parameter, "Affine": Affine, "math": math}
    assert eval(repr(make()), names) == make()


def test_bad_algebra() -> None:
    with pytest.raises(NoiseError, match=r"must act on equally many qubits \(got \[1, 2\]\)"):
        bit_flip(0.1) @ depolarizing(0.1, 2)
    with pytest.raises(NoiseError, match=r"must act on at most 5 qubits \(got 6\)"):
        identity(3).tensor(identity(3))
    with pytest.raises(NoiseError, match=r"`exponent` must be an int of at least 0 \(got -1\)"):
        bit_flip(0.1).power(-1)
    with pytest.raises(TypeError):
        bit_flip(0.1) @ 3  # type: ignore[operator]
    wide = pauli({"X" * 5: p}).power(5)
    with pytest.raises(NoiseError, match="constants must fit into 1 GiB"):
        _ = (wide @ correlated_wide()).transfer_form


def correlated_wide() -> Channel:
    """Five qubits and so many parameters that the constants take gigabytes."""
    from tnsim.noise import pauli_lindblad

    labels = ["XIIII", "IXIII", "IIXII", "IIIXI", "IIIIX", "ZIIII", "IZIII", "IIZII", "IIIZI"]
    return pauli_lindblad({label: Parameter(f"r{i}") for i, label in enumerate(labels)})
