"""What must hold at any size: identities on circuits that no dense vector reaches."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import tnsim
from tnsim import (
    Amplitudes,
    Circuit,
    Expectation,
    Fidelity,
    NoiseModel,
    Parameter,
    PauliSum,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
    noise,
)
from tnsim.engines.exact import ExactEngine
from tnsim.engines.settings import Settings
from tnsim.queries.query import LeafQuery
from tnsim.runtime.parameters import gather_inputs

GRID = tnsim.lattices.grid(6, 6)
LINE = tnsim.lattices.line(24)


def layered(edges: tuple[tuple[int, int], ...], depth: int, seed: int = 0) -> Circuit:
    """Layers of random rotations and of random RZZ and CX on the edges of a graph."""
    generator = np.random.default_rng(seed)
    size = 1 + max(map(max, edges))
    circuit = Circuit(size)
    for _ in range(depth):
        circuit.u(*generator.uniform(-3, 3, (3, size)), range(size))
        for a, b in edges:
            circuit.rzz(generator.uniform(-3, 3), a, b)
        circuit.cx(*np.array(edges[::3]).T)
    return circuit


def swept(size: int, depth: int) -> Circuit:
    """Kicked Ising steps on a line: theta in all rotations, phi in all couplings."""
    circuit = Circuit(size)
    for _ in range(depth):
        circuit.rx(Parameter("theta"), range(size)).ry(Parameter("theta") / 2, range(size))
        circuit.rzz(Parameter("phi"), range(size - 1), range(1, size))
    return circuit


def damped(circuit: Circuit) -> Circuit:
    """With noise that is neither diagonal nor unital."""
    model = NoiseModel().after(noise.amplitude_damping(0.05), arity=2)
    model.after(noise.depolarizing(0.03, num_qubits=2), gates="rzz")
    return model.apply(circuit)


def answer(circuit: Circuit, query: Any, values: Any = None, /, **options: Any) -> NDArray[Any]:
    given = {"memory": "500MB", **options}
    value = tnsim.compile(circuit, query, cache=False, **given)(values).numpy()
    assert isinstance(value, np.ndarray)
    return value


def in_basis(circuit: Circuit, query: LeafQuery, basis: Any) -> NDArray[Any]:
    """The exact engine's answer from one basis."""
    settings = Settings(1 << 29, "complex128", effort="low", cache=False, bases=(basis,))
    engine = ExactEngine.prepare(circuit, (query,), settings)
    assert {planned.lowered.basis for planned in engine.planned} == {basis}
    return np.asarray(query.evaluate(engine.run(gather_inputs({}, "complex128"), None, None)))


def test_a_circuit_and_its_inverse_lead_back() -> None:
    circuit = layered(GRID, 2)
    echo = circuit + circuit.inverse()
    nought = "0" * 36
    one = "0" * 20 + "1" + "0" * 15
    np.testing.assert_allclose(answer(echo, Amplitudes([nought, one])), [1, 0], atol=1e-12)
    np.testing.assert_allclose(answer(echo, Expectation("Z0 Z17 Z35")), 1, atol=1e-12)
    np.testing.assert_allclose(answer(circuit, Fidelity(circuit)), 1, atol=1e-12)
    turned = circuit.copy().rx(0.4, 20)
    np.testing.assert_allclose(answer(turned, Fidelity(circuit)) < 1 - 1e-3, True)


def test_what_stands_outside_the_light_cone_has_no_part() -> None:
    circuit = damped(layered(LINE, 3))
    near = circuit.lightcone([3])
    touched = {q for row in near for q in row.qubits}
    far = sorted(set(range(24)) - touched)
    assert len(far) > 5
    query = Expectation("X3")
    plain = tnsim.compile(circuit, query, memory="500MB", cache=False)
    more = circuit.copy()
    for qubit in far:
        more.channel(noise.amplitude_damping(0.5), qubit).channel(noise.reset(0.2, 0.3), qubit)
    more.channel(noise.depolarizing(0.5, num_qubits=2), far[0], far[-1]).cx(far[1], far[2])
    extended = tnsim.compile(more, query, memory="500MB", cache=False)
    assert extended.forecast.flops == plain.forecast.flops
    assert extended().value == pytest.approx(float(plain().value), abs=1e-14)
    more.channel(noise.depolarizing(0.5), 3)
    assert answer(more, query) == pytest.approx(0.5 * float(plain().value), abs=1e-13)


@pytest.mark.parametrize("noisy", [False, True])
def test_marginals_are_those_of_the_whole(noisy: bool) -> None:
    circuit = layered(LINE, 2)
    if noisy:
        circuit = NoiseModel().readout(0.02, 0.07).apply(damped(circuit))
    qubits = [14, 2, 9, 10, 11, 20]
    whole = answer(circuit, Probabilities(qubits)).reshape((2,) * 6)
    assert whole.min() > -1e-14
    assert whole.sum() == pytest.approx(1, abs=1e-12)
    for some in ([0], [2, 3], [5, 0, 4]):
        others = tuple(set(range(6)) - set(some))
        ascending = whole.sum(axis=others)
        marginal = ascending.transpose(np.argsort(np.argsort(some))).ravel()
        found = answer(circuit, Probabilities([qubits[k] for k in some]))
        np.testing.assert_allclose(found, marginal, atol=1e-13)
    signs = np.array([1, -1])
    mean = np.einsum("abcdef,a,c,f->", whole, signs, signs, signs)
    assert answer(circuit, Expectation("Z14 Z9 Z20")) == pytest.approx(mean, abs=1e-13)


def test_a_large_sum_is_the_sum_of_its_terms() -> None:
    circuit = damped(layered(LINE, 1))
    generator = np.random.default_rng(5)
    terms: dict[str, complex] = {}
    while len(terms) < 200:
        where = np.sort(generator.choice(24, generator.integers(1, 4), replace=False))
        word = " ".join(f"{generator.choice(list('XYZ'))}{q}" for q in where)
        terms[word] = complex(generator.normal(), generator.normal())
    whole = answer(circuit, Expectation(terms))
    queries = {word: Expectation(word) for word in terms}
    each = tnsim.compile(circuit, queries, memory="500MB", cache=False)().numpy()
    assert isinstance(each, dict)
    total = sum(terms[word] * each[word] for word in terms)
    assert abs(total) > 0.1
    np.testing.assert_allclose(whole, total, rtol=1e-11)
    some = PauliSum(terms).take(np.arange(0, 200, 2))
    rest = PauliSum(terms) - some
    halves = answer(circuit, Expectation(some) + 0.5 * Expectation(2 * rest))
    np.testing.assert_allclose(halves, total, rtol=1e-11)


def test_variance_is_that_of_the_reduced_state() -> None:
    circuit = damped(layered(LINE, 2))
    observable = PauliSum({"Z4 Z5": 0.5, "X9": -1.25, "Y9 Z10": 0.75})
    dense = PauliSum({"ZZII": 0.5, "IIXI": -1.25, "IIYZ": 0.75}).to_matrix(4)
    state = answer(circuit, ReducedDensityMatrix([4, 5, 9, 10]))
    mean, square = (np.trace(state @ power).real for power in (dense, dense @ dense))
    assert answer(circuit, Expectation(observable)) == pytest.approx(mean, abs=1e-13)
    assert answer(circuit, Variance(observable)) == pytest.approx(square - mean**2, abs=1e-12)


def test_one_program_serves_clifford_and_generic_angles() -> None:
    circuit = swept(30, 3)
    query = Expectation({"Z14": 1.0, "X15 Z16": 0.5, "Y13 Z14 Y15": -0.25})
    program = tnsim.compile(circuit, query, memory="500MB", cache=False)
    turns = [0.0, math.pi / 2, math.pi, -math.pi / 2, 0.3, 1.234]
    for theta, phi in [(a, b) for a in turns for b in turns[::2]]:
        bound = answer(circuit.bind(theta=theta, phi=phi), query)
        found = float(program(theta=theta, phi=phi).value)
        assert found == pytest.approx(float(bound), abs=1e-12), (theta, phi)


def test_a_batch_is_a_loop() -> None:
    strength = Parameter("strength")
    model = NoiseModel().after(noise.depolarizing(strength, num_qubits=2), arity=2)
    model.readout(0.5 * strength, 0.1)
    queries = {
        "mean": Expectation({"Z11": 1.0, "X12 Y13": 2.0}),
        "odds": Probabilities([12, 3]),
        "state": ReducedDensityMatrix([11, 12]),
        "purity": Purity([9, 10]),
    }
    program = tnsim.compile(swept(24, 2), queries, noise=model, memory="500MB", cache=False)
    batch = {"theta": np.linspace(-2, 2, 7), "strength": np.linspace(0, 0.3, 7)}
    together = program(batch, phi=0.7).numpy()
    assert isinstance(together, dict)
    for k in range(7):
        alone = program(phi=0.7, theta=batch["theta"][k], strength=batch["strength"][k]).numpy()
        assert isinstance(alone, dict)
        for name in queries:
            np.testing.assert_allclose(together[name][k], alone[name], atol=1e-13, err_msg=name)


def test_slices_on_threads_are_slices_in_turn() -> None:
    circuit, query = damped(layered(tnsim.lattices.line(30), 6)), Expectation("Z14")
    roomy = tnsim.compile(circuit, query, memory="500MB", cache=False)
    tight = tnsim.compile(circuit, query, memory=roomy.forecast.peak_bytes // 3, cache=False)
    assert tight.forecast.slices > 1
    serial = float(tight().value)
    with ThreadPoolExecutor(2) as pool:
        assert float(tight(executor=pool).value) == pytest.approx(serial, abs=1e-14)
    assert serial == pytest.approx(float(roomy().value), abs=1e-13)
    assert abs(serial) > 1e-5


@pytest.mark.parametrize(
    "query",
    [
        Expectation({"Z14": 1.0, "X15 Z16": 0.5}),
        Probabilities([13, 14, 15]),
        ReducedDensityMatrix([14, 15]),
        Purity([12, 13]),
    ],
    ids=lambda query: query.kind,
)
def test_single_precision_agrees(query: LeafQuery) -> None:
    circuit = damped(layered(LINE, 3))
    double = answer(circuit, query)
    single = answer(circuit, query, dtype="complex64")
    assert single.dtype.itemsize == double.dtype.itemsize // 2
    assert np.abs(single - double).max() < 1e-5 * np.abs(double).max()


@pytest.mark.parametrize(
    "query",
    [
        Expectation("Z10 X11"),
        Probabilities([10, 3]),
        ReducedDensityMatrix([11, 12]),
        Purity([9, 10]),
    ],
    ids=lambda query: query.kind,
)
def test_bases_agree_on_states(query: LeafQuery) -> None:
    circuit = damped(layered(LINE, 2))
    pauli, sandwich = (in_basis(circuit, query, basis) for basis in ("pauli", "sandwich"))
    np.testing.assert_allclose(pauli, sandwich, atol=1e-13)
    assert np.abs(pauli).max() > 1e-3


def test_three_bases_agree_on_overlaps() -> None:
    """A channel that does nothing makes a state mixed in name: the overlap is that of the kets."""
    circuit, other = layered(LINE, 2), layered(LINE, 2)
    other.rx(0.3, range(24))
    query = Fidelity(other)
    in_name = circuit.copy().channel(noise.bit_flip(0.0), 0)
    ket = in_basis(circuit, query, "ket")
    assert 0.1 < ket < 0.9
    assert in_basis(in_name, query, "pauli") == pytest.approx(float(ket), abs=1e-12)
    assert in_basis(in_name, query, "sandwich") == pytest.approx(float(ket), abs=1e-12)
    amplitude = answer(circuit + other.inverse(), Amplitudes("0" * 24))[0]
    assert abs(amplitude) ** 2 == pytest.approx(float(ket), abs=1e-12)


def test_readout_error_scales_and_shifts() -> None:
    circuit = damped(layered(LINE, 2))
    query = Expectation("Z12")
    true = float(answer(circuit, query))
    assert abs(true) > 1e-3
    for p01, p10 in [(0.5, 0.5), (0.1, 0.1), (0.02, 0.3), (1.0, 1.0)]:
        read = answer(circuit, query, noise=NoiseModel().readout(p01, p10))
        assert read == pytest.approx((1 - p01 - p10) * true + p10 - p01, abs=1e-13)


def test_full_depolarizing_leaves_nothing() -> None:
    circuit = layered(GRID, 2)
    for qubit in range(36):
        circuit.channel(noise.depolarizing(1.0), qubit)
    circuit.cx(range(0, 36, 2), range(1, 36, 2)).u(0.1, 0.2, 0.3, range(36))
    for word in ("Z0", "X17 Y18", "Z" * 36):
        assert abs(answer(circuit, Expectation(word))) < 1e-14
    np.testing.assert_allclose(answer(circuit, Expectation("I" * 36)), 1, atol=1e-14)
    np.testing.assert_allclose(answer(circuit, Probabilities([3, 30])), np.full(4, 0.25))
    assert answer(circuit, Purity([4, 5, 6])) == pytest.approx(1 / 8, abs=1e-13)


def test_depolarizing_twice_is_depolarizing_once() -> None:
    once, twice = layered(LINE, 2), layered(LINE, 2)
    for qubit in range(24):
        once.channel(noise.depolarizing(1 - 0.9 * 0.8), qubit)
        twice.channel(noise.depolarizing(0.1), qubit).channel(noise.depolarizing(0.2), qubit)
    query = Expectation("X11 Z12 Z13")
    assert answer(once, query) == pytest.approx(float(answer(twice, query)), abs=1e-13)
    plain = float(answer(layered(LINE, 2), query))
    assert answer(once, query) == pytest.approx(0.72**3 * plain, abs=1e-13)
    assert abs(plain) > 1e-3


def test_purity_is_blind_to_unitaries_within() -> None:
    circuit = damped(layered(LINE, 2))
    block = range(9, 13)
    moved = circuit.copy().cx(9, 10).swap(11, 12).u(0.1, 0.2, 0.3, block).rzz(0.7, 9, 12)
    purity = float(answer(circuit, Purity(block)))
    assert 1 / 16 < purity < 1
    assert answer(moved, Purity(block)) == pytest.approx(purity, abs=1e-13)
    assert answer(moved.cx(12, 13), Purity(block)) != pytest.approx(purity, abs=1e-6)


def test_names_of_qubits_do_not_matter() -> None:
    circuit = damped(layered(LINE, 2))
    places = np.random.default_rng(2).permutation(24)
    observable = PauliSum({"Z11 X12": 1.0, "Y13": -0.5})
    moved = answer(circuit.relabel(places), Expectation(observable.relabel(places)))
    assert moved == pytest.approx(float(answer(circuit, Expectation(observable))), abs=1e-13)


def test_clifford_expectations_are_whole() -> None:
    generator = np.random.default_rng(11)
    seen = set()
    for _ in range(12):
        circuit = Circuit(50)
        for _ in range(4):
            for name in ("h", "s", "sx", "sdg"):
                circuit.append(name, generator.choice(50, 20, replace=False))
            pairs = generator.permutation(50).reshape(2, 25)
            circuit.cx(*pairs[:, :12]).cz(*pairs[:, 12:])
        walked = circuit + circuit.inverse()
        word = "".join(generator.choice(list("IIZ"), 50))
        local = " ".join(f"{generator.choice(list('XYZ'))}{q}" for q in (3, 20))
        for made, text in ((walked, word), (circuit, local), (circuit, f"Z{local[1:]}")):
            value = float(answer(made, Expectation(text)))
            assert value in {-1.0, 0.0, 1.0}
            seen.add(value)
    flipped = walked.x(range(50))
    assert answer(flipped, Expectation("Z7")) == -1.0
    assert {0.0, 1.0} <= seen
