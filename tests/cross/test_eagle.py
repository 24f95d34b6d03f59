"""IBM's 127-qubit kicked Ising experiment (Kim et al., Nature 618, 500 (2023)), exactly.

Reference values: noiseless and noisy <Z62> from an independent contraction in the sandwich and
in the Pauli basis; weight-10 and weight-17 values from the data of Begusic, Gray and Chan
(arXiv:2308.05077), recomputed to 4e-14.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import tnsim

THETA = 6 * math.pi / 32
NOISELESS = {5: 0.77268247944284, 6: 0.78082648480654, 7: 0.75989793751092}
NOISY = {5: 0.67657587683537, 6: 0.66402760258440}
WEIGHT_10 = "X13 X29 X31 Y9 Y30 Z8 Z12 Z17 Z28 Z32"
WEIGHT_17 = "X37 X41 X52 X56 X57 X58 X62 X79 Y75 Z38 Z40 Z42 Z63 Z72 Z80 Z90 Z91"


def kicked_ising(steps: int) -> tnsim.Circuit:
    edges = tnsim.lattices.heavy_hex()
    circuit = tnsim.Circuit(127)
    for _ in range(steps):
        circuit.rx(tnsim.Parameter("theta"), range(127))
        circuit.rzz(-math.pi / 2, [a for a, _ in edges], [b for _, b in edges])
    return circuit


def pauli_noise() -> tnsim.NoiseModel:
    """X, Y and Z with 1e-3 together after RX, with 5e-3 on each qubit after RZZ."""
    model = tnsim.NoiseModel()
    model.after(tnsim.noise.pauli(*[1e-3 / 3] * 3), gates="rx")
    model.after(tnsim.noise.pauli(*[5e-3 / 3] * 3), gates="rzz")
    return model


@pytest.mark.parametrize("steps", NOISELESS)
def test_noiseless_value(steps: int) -> None:
    program = tnsim.compile(kicked_ising(steps), tnsim.Expectation("Z62"), memory="2GB")
    assert program.forecast.peak_bytes < 2e9
    assert program(theta=THETA).value == pytest.approx(NOISELESS[steps], abs=1e-12)


@pytest.mark.parametrize("steps", NOISY)
def test_noisy_value(steps: int) -> None:
    circuit, query = kicked_ising(steps), tnsim.Expectation("Z62")
    result = tnsim.run(circuit, query, noise=pauli_noise(), memory="2GB", theta=THETA)
    assert result.value == pytest.approx(NOISY[steps], abs=1e-12)


def test_seven_noisy_steps_in_a_small_budget() -> None:
    circuit, query = kicked_ising(7), tnsim.Expectation("Z62")
    roomy = tnsim.compile(circuit, query, noise=pauli_noise(), memory="2GB")
    tight = tnsim.compile(circuit, query, noise=pauli_noise(), memory="1.5MB")
    assert tight.forecast.peak_bytes <= 1_500_000 < roomy.forecast.peak_bytes
    assert tight.forecast.slices > 1
    assert tight(theta=THETA).value == pytest.approx(float(roomy(theta=THETA).value), abs=1e-12)


def test_eight_noisy_steps_take_seconds() -> None:
    circuit, query = kicked_ising(8), tnsim.Expectation("Z62")
    one = tnsim.compile(circuit, query, noise=pauli_noise(), memory="2GB")
    assert one.forecast.flops < 1e11
    value = float(one(theta=THETA).value)
    # No reference has it: another seed contracts it in another order, in slices.
    other = tnsim.compile(circuit, query, noise=pauli_noise(), memory="60MB", seed=5, effort="low")
    assert other.forecast.slices > 1
    assert value == pytest.approx(float(other(theta=THETA).value), abs=1e-12)
    assert value == pytest.approx(0.6139361837360, abs=1e-10)


@pytest.mark.parametrize("word", [WEIGHT_10, WEIGHT_17])
def test_high_weight_observables_at_all_angles(word: str) -> None:
    angles = np.arange(17) * math.pi / 32
    program = tnsim.compile(kicked_ising(5), tnsim.Expectation(word), memory="2GB")
    values = program(theta=angles).value
    np.testing.assert_allclose(values, EXACT[word], atol=1e-12, rtol=1e-6)


EXACT = {
    WEIGHT_10: [
        0.0,
        -2.483025694969569e-05,
        -0.0006011100059369416,
        -0.002994982197117756,
        -0.007714801813111753,
        -0.014620625427581715,
        -0.023392262244591865,
        -0.028130634105230732,
        -0.01284089548233573,
        0.03150014470173286,
        0.09430149340485128,
        0.17885414793461712,
        0.31747505635533024,
        0.5213555932290385,
        0.7490256994307509,
        0.9303109905832504,
        0.9999999999998712,
    ],
    WEIGHT_17: [
        0.0,
        6.144776885287698e-10,
        1.228137158813257e-07,
        1.0927974729898093e-06,
        2.9323229037926768e-06,
        9.657528512463224e-06,
        3.056326225635904e-05,
        3.780071443951587e-05,
        -4.361725670444676e-05,
        -0.000862056800631241,
        -0.007379132869166525,
        -0.03852849505528954,
        -0.13340763556564372,
        -0.33026718156699075,
        -0.6151782938367895,
        -0.8863112892943681,
        -0.9999999999997911,
    ],
}
