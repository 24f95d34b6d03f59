"""Answers and gradients in Torch, TensorFlow and JAX, and in single precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.evolution.dense import inputs_for, prepared
from tests.evolution.ladders import angles_of, ladder
from tnsim import Parameter, noise
from tnsim.base.arrays import as_library, library_of, to_numpy
from tnsim.engines.evolution import PauliTerms, evolution
from tnsim.engines.evolution.portable import on_host
from tnsim.engines.exact.running import Inputs
from tnsim.lowering.components import ComponentQuestion

LIBRARIES = ("numpy", "torch", "tensorflow", "jax")
CHAIN = PauliTerms((((0, 3), (1, 3)), ((1, 3), (2, 3)), ((0, 1), (2, 2))))
WIDE = ComponentQuestion(tuple((q, (0, 3)) for q in range(8)))


def converted(inputs: Inputs, library: str, dtype: str = "float64") -> Inputs:
    values = {n: as_library(np.asarray(v), dtype, library, None) for n, v in inputs.values.items()}
    return Inputs(values, inputs.batch, inputs.size, library, next(iter(values.values())))


@pytest.fixture(params=["host", "device"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where arrays are said to be: the kernel for devices works on the processor too."""
    if request.param == "device":
        monkeypatch.setattr(evolution, "on_host", lambda library, like: library == "numpy")
    return str(request.param)


def test_arrays_here_are_on_the_host() -> None:
    for library in LIBRARIES:
        assert on_host(library, as_library(np.ones(1), "float64", library, None))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", ["ket", "wide ket", "noise", "singular"])
def test_libraries(library: str, kind: str, place: str) -> None:
    channel: Any = {
        "ket": None,
        "wide ket": None,
        "noise": noise.depolarizing(Parameter("p")),
        "singular": noise.reset(1.0, 0.0),
    }[kind]
    circuit = ladder(3, channel, qubits=8 if kind == "wide ket" else 4)
    circuit.ccx(3, 0, 2)
    question = WIDE if kind == "wide ket" else CHAIN
    planned = prepared(circuit, question)
    inputs = inputs_for(planned, angles_of(circuit, p=0.02))
    cotangent = np.random.default_rng(0).normal(size=question.shape)
    truth, slopes = planned.pullback(inputs, cotangent)
    given = converted(inputs, library)
    outcome, found = planned.pullback(given, as_library(cotangent, "float64", library, None))
    assert library_of(outcome.array) == library
    np.testing.assert_allclose(to_numpy(outcome.array), truth.array, atol=1e-12)
    np.testing.assert_allclose(to_numpy(planned.run(given).array), truth.array, atol=1e-12)
    for name, slope in slopes.items():
        assert library_of(found[name]) == library
        assert "64" in str(found[name].dtype)
        np.testing.assert_allclose(to_numpy(found[name]), slope, atol=1e-11)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("channel", [None, noise.pauli(0.01, 0.0, 0.03)], ids=["ket", "noise"])
def test_single_precision(library: str, channel: Any, place: str) -> None:
    circuit = ladder(4, channel)
    exact, rough = (prepared(circuit, CHAIN, dtype=d) for d in ("complex128", "complex64"))
    inputs = inputs_for(exact, angles_of(circuit))
    weights = np.array([1.0, 0.5, -1.0])
    _, truth = exact.pullback(inputs, weights)
    outcome, found = rough.pullback(converted(inputs, library, "float32"), weights)
    assert "float32" in str(outcome.array.dtype)
    for name, slope in truth.items():
        assert "float32" in str(found[name].dtype)
        np.testing.assert_allclose(to_numpy(found[name]), slope, atol=1e-4)
