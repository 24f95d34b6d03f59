"""Gradients by moving the state back equal exact ones, through every kind of noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests import strategies
from tests.evolution.dense import evolved, exact_slopes, inputs_for, prepared, question_values
from tests.evolution.evolution_questions import questions
from tests.evolution.ladders import angles_of, ladder
from tnsim import Circuit, Parameter, QueryError, noise
from tnsim.engines.evolution import PauliTerms, reversal
from tnsim.engines.evolution import evolution as module
from tnsim.engines.evolution.matrices import Matrices
from tnsim.engines.inputs import Inputs
from tnsim.lowering.components import ComponentQuestion

CHAIN = PauliTerms((((0, 3), (1, 3)), ((1, 3), (2, 3)), ((0, 1), (2, 2))))


def check(circuit: Circuit, question: Any, values: Any, seed: int = 0, **options: Any) -> None:
    """The gradient for a random cotangent."""
    evolution = prepared(circuit, question, **options)
    cotangent = np.random.default_rng(seed).normal(size=question.shape)
    outcome, found = evolution.pullback(inputs_for(evolution, values), cotangent)
    truth = question_values(circuit, question, values)
    np.testing.assert_allclose(outcome.array, truth, atol=1e-10)
    slopes = exact_slopes(circuit, question, values)
    assert set(found) <= set(slopes)
    for name, slope in slopes.items():
        exact = float((cotangent * slope).sum())
        scale = 1.0 + np.abs(cotangent).sum()
        np.testing.assert_allclose(found.get(name, 0.0), exact, atol=1e-10 * scale)


@given(data=st.data(), seed=st.integers(0, 99))
def test_noisy_circuits(data: st.DataObject, seed: int) -> None:
    """Shared and affine parameters, strengths, resets, and readout errors are among them."""
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.noisy_circuits(max_qubits=4))
    check(circuit, data.draw(questions(circuit.num_qubits)), values, seed)


@given(data=st.data(), seed=st.integers(0, 99))
def test_kets(data: st.DataObject, seed: int) -> None:
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=5))
    check(circuit, data.draw(questions(circuit.num_qubits)), values, seed, picture="ket")


@given(data=st.data(), seed=st.integers(0, 99))
def test_kets_that_are_misread(data: st.DataObject, seed: int) -> None:
    """Readout errors with parameters, correlated ones too, on pure states."""
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=4, max_gates=6))
    model = tnsim.NoiseModel().readout(data.draw(strategies.readout_errors()))
    if data.draw(st.booleans()):
        where = data.draw(strategies.qubit_lists(circuit.num_qubits, max_size=2))
        model = model.readout(data.draw(strategies.confusions(len(where))), qubits=where)
    circuit = model.apply(circuit, allow_unused=True)
    question = data.draw(questions(circuit.num_qubits))
    assert prepared(circuit, question).picture == "ket"
    check(circuit, question, values, seed)
    check(circuit, question, values, seed, picture="pauli")


@pytest.mark.parametrize("picture", ["ket", "pauli"])
def test_a_readout_error_that_shares_its_parameters(picture: str) -> None:
    """Strings of several letters are misread in each, and p is an angle elsewhere."""
    p, q = Parameter("p"), Parameter("q")
    circuit = Circuit(3).ry([Parameter("t"), 2 * p, 0.3], range(3)).cx([0, 1], [1, 2]).rx(q, 1)
    model = tnsim.NoiseModel().readout(noise.ReadoutError(p, 0.5 * q + 0.1))
    values = {"p": 0.07, "q": 0.2, "t": 0.9}
    check(model.apply(circuit), CHAIN, values, picture=picture)
    question = ComponentQuestion(((0, (0, 3)), (2, (1, 3)), (1, (2, 0))))
    check(model.apply(circuit), question, values, picture=picture)


@given(data=st.data())
def test_central_differences(data: st.DataObject) -> None:
    """Of the dense oracle, for angles: differences by 1e-5 are right to 1e-7 or so."""
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.circuits(max_qubits=3, max_gates=6, resets=True))
    circuit.rx(Parameter("theta"), 0)
    question = data.draw(questions(circuit.num_qubits))
    evolution = prepared(circuit, question)
    cotangent = np.random.default_rng(1).normal(size=question.shape)
    _, found = evolution.pullback(inputs_for(evolution, values), cotangent)
    for name, slope in found.items():
        ends = [
            question_values(circuit, question, {**values, name: values[name] + h})
            for h in (1e-5, -1e-5)
        ]
        difference = (cotangent * (ends[0] - ends[1]) / 2e-5).sum()
        np.testing.assert_allclose(slope, difference, atol=1e-7 * (1 + np.abs(cotangent).sum()))


SINGULAR = {
    "reset": noise.reset(1.0, 0.0),
    "full damping": noise.amplitude_damping(1.0),
    "full depolarizing": noise.depolarizing(1.0),
    "nearly full damping": noise.amplitude_damping(0.999999),
    "symbolic": noise.amplitude_damping(Parameter("g")),
}


@pytest.mark.parametrize("name", SINGULAR)
@pytest.mark.parametrize("room", [0, 1, 3])
def test_channels_without_inverse(name: str, room: int) -> None:
    """With states kept where there is memory, and made anew where there is none."""
    circuit = Circuit(4)
    for layer in range(6):
        for q in range(4):
            circuit.ry(Parameter(f"a[{layer * 4 + q}]"), q)
        circuit.cx([0, 1, 2], [1, 2, 3])
        circuit.channel(SINGULAR[name], layer % 3)
        circuit.channel(noise.depolarizing(Parameter("p")), 3)
    values = angles_of(circuit, g=1.0, p=0.1)
    evolution = prepared(circuit, CHAIN)
    assert evolution.kept > 0
    state = evolution.layout.state_elements * 8
    budget = evolution.peak_bytes(gradient=True) - (evolution.kept - room) * state
    assert prepared(circuit, CHAIN, budget).kept == min(room, evolution.kept)
    check(circuit, CHAIN, values, budget=budget)


def test_strong_noise_over_many_layers() -> None:
    """Moving back magnifies rounding until it shows; the state is then made anew."""
    circuit = ladder(150, noise.depolarizing(0.05))
    circuit.channel(noise.amplitude_damping(0.04), range(3))
    values = angles_of(circuit)
    free = ("a[0]", "a[200]", "a[449]", "shared")
    circuit = circuit.bind({name: x for name, x in values.items() if name not in free})
    evolution = prepared(circuit, CHAIN)
    assert evolution.kept == 0
    check(circuit, CHAIN, values)


@pytest.mark.parametrize("portable", [False, True], ids=["host", "device"])
def test_errors_that_tr_o_rho_does_not_show(
    monkeypatch: pytest.MonkeyPatch, portable: bool
) -> None:
    """Damping over many layers: the state that is moved back becomes wrong by any amount."""
    circuit = ladder(300, noise.amplitude_damping(0.2), qubits=4)
    evolution = prepared(circuit, CHAIN)
    inputs = inputs_for(evolution, angles_of(circuit))
    cotangent = np.array([1.0, 0.5, -1.0])
    if portable:
        monkeypatch.setattr(module, "on_host", lambda library, like: False)
    _, found = evolution.pullback(inputs, cotangent)
    with monkeypatch.context() as patch:
        patch.setattr(reversal.Reversal, "_drift", lambda self: np.inf)
        _, blind = evolution.pullback(inputs, cotangent)
    monkeypatch.setattr(Matrices, "inverses", lambda self, stage: None)
    _, truth = replace(evolution, kept=30).pullback(inputs, cotangent)
    assert max(abs(blind[name] - truth[name]) for name in truth) > 1e-8
    for name, slope in truth.items():
        np.testing.assert_allclose(found[name], slope, atol=1e-11)


def test_a_drifting_state_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong inverse is noticed by the checks, and only by them."""
    circuit = ladder(40, noise.depolarizing(0.01), qubits=5)
    values = angles_of(circuit)
    evolution = prepared(circuit, CHAIN)
    cotangent = np.array([1.0, -0.5, 2.0])
    _, truth = evolution.pullback(inputs_for(evolution, values), cotangent)
    right = Matrices.inverses

    def wrong(self: Matrices, stage: int) -> Any:
        found = right(self, stage)
        return [m * (1 + 1e-6) for m in found] if found and stage == 3 else found

    monkeypatch.setattr(Matrices, "inverses", wrong)
    _, found = evolution.pullback(inputs_for(evolution, values), cotangent)
    monkeypatch.setattr(reversal.Reversal, "_drift", lambda self: np.inf)
    _, blind = evolution.pullback(inputs_for(evolution, values), cotangent)
    exact = np.array([truth[n] for n in sorted(truth)])
    np.testing.assert_allclose([found[n] for n in sorted(truth)], exact, atol=1e-5)
    early = [n for n in sorted(truth) if n != "shared" and int(n[2:-1]) < 5]
    np.testing.assert_allclose([found[n] for n in early], [truth[n] for n in early], atol=1e-12)
    assert max(abs(blind[n] - truth[n]) for n in early) > 1e-8


@given(data=st.data())
def test_batches(data: st.DataObject) -> None:
    """Names in the batch have a derivative each, the others the sum."""
    values = data.draw(strategies.PARAMETER_VALUES)
    circuit = data.draw(strategies.noisy_circuits(max_qubits=3))
    circuit.rx(Parameter("alpha") * 0.5 + 0.1, 0).ry(Parameter("theta"), 0)
    question = data.draw(questions(circuit.num_qubits))
    batch = np.linspace(0.05, 0.9, 3)
    evolution = prepared(circuit, question)
    names = evolution.parameters
    cotangent = np.random.default_rng(2).normal(size=(3, *question.shape))
    points = [{**values, "alpha": a} for a in batch]
    if "alpha" not in names:
        return
    given = {n: values[n] for n in names if n != "alpha"} | {"alpha": batch}
    inputs = Inputs(given, frozenset({"alpha"}), 3, "numpy", None)
    outcome, found = evolution.pullback(inputs, cotangent)
    assert outcome.batched and outcome.array.shape == (3, *question.shape)
    np.testing.assert_array_equal(evolution.run(inputs).array, outcome.array)
    for k, point in enumerate(points):
        np.testing.assert_allclose(outcome.array[k], evolved(circuit, question, point), atol=1e-12)
    slopes = [exact_slopes(circuit, question, point) for point in points]
    for name in names:
        each = np.array([(c * s[name]).sum() for c, s in zip(cotangent, slopes, strict=True)])
        truth = each if name == "alpha" else each.sum()
        np.testing.assert_allclose(found[name], truth, atol=1e-9)


def test_complex_cotangents_are_not_conjugated() -> None:
    for channel in (None, noise.depolarizing(0.01)):
        circuit = ladder(2, channel)
        evolution = prepared(circuit, CHAIN)
        inputs = inputs_for(evolution, angles_of(circuit))
        weights = np.array([1 + 2j, 0.5j, -1.0])
        _, found = evolution.pullback(inputs, weights)
        parts = [evolution.pullback(inputs, w)[1] for w in (weights.real, weights.imag)]
        for name, slope in found.items():
            np.testing.assert_allclose(slope, parts[0][name] + 1j * parts[1][name], atol=1e-13)


@pytest.mark.parametrize("qubits", [7, 8])
@pytest.mark.parametrize("channel", [None, noise.pauli(0.01, 0.02, 0.03)], ids=["ket", "noise"])
def test_states_of_many_chunks(qubits: int, channel: Any) -> None:
    circuit = ladder(3, channel, qubits)
    circuit.ccx(0, qubits - 1, 3).rzz(Parameter("shared"), 0, qubits - 2)
    terms = PauliTerms(tuple(((q, 3), ((q + 3) % qubits, 1)) for q in range(qubits)))
    values = angles_of(circuit)
    evolution = prepared(circuit, terms)
    cotangent = np.arange(1.0, qubits + 1)
    _, found = evolution.pullback(inputs_for(evolution, values), cotangent)
    for name in ("a[0]", f"a[{2 * qubits}]", "shared"):
        ends = []
        for h in (1e-4, -1e-4):
            answer = tnsim.compile(circuit, _sum(terms, cotangent), memory="1GB", cache=False)
            ends.append(float(answer({**values, name: values[name] + h}).value))
        np.testing.assert_allclose(found[name], (ends[0] - ends[1]) / 2e-4, atol=1e-6)


def _sum(terms: PauliTerms, weights: Any) -> tnsim.Expectation:
    texts = [" ".join(f"{'IXYZ'[p]}{q}" for q, p in term) for term in terms.terms]
    return tnsim.Expectation(dict(zip(texts, weights.tolist(), strict=True)))


def test_long_runs_on_few_qubits() -> None:
    """Nodes and stages of the greatest length."""
    circuit = ladder(120, noise.pauli(1e-3, 2e-3, 0.0), 2)
    values = angles_of(circuit)
    free = ("a[0]", "a[100]", "shared")
    circuit = circuit.bind({name: x for name, x in values.items() if name not in free})
    check(circuit, PauliTerms((((0, 3), (1, 3)), ((1, 1),))), values)


def test_a_cotangent_of_another_shape() -> None:
    circuit = ladder(1, None)
    evolution = prepared(circuit, CHAIN)
    with pytest.raises(QueryError, match="`cotangent` must have the answer's shape"):
        evolution.pullback(inputs_for(evolution, angles_of(circuit)), np.ones(2))


def test_nothing_to_derive_by() -> None:
    circuit = Circuit(2).h(0).cx(0, 1)
    question = ComponentQuestion(((0, (3,)), (1, (3,))))
    evolution = prepared(circuit, question)
    outcome, found = evolution.pullback(inputs_for(evolution, {}), np.ones((1, 1)))
    np.testing.assert_allclose(outcome.array, [[1.0]], atol=1e-14)
    assert found == {}
