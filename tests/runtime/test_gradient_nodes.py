"""A program is one differentiable node in Torch, TensorFlow and JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import tnsim
from tnsim import (
    Amplitudes,
    Circuit,
    Expectation,
    NoiseError,
    Parameter,
    Probabilities,
    Purity,
    QueryError,
    ReducedDensityMatrix,
    noise,
)

NAMES = ("a", "b", "p")
POINT = {"a": 0.4, "b": 1.1, "p": 0.2}


def circuit(*, pure: bool) -> Circuit:
    a, b, p = map(Parameter, NAMES)
    made = Circuit(2).ry(2 * a + 0.1, 0).rz(b, 0).rx(a - b, 1).cx(0, 1)
    return made.rz(p, 1).ry(p, 0) if pure else made.channel(noise.amplitude_damping(p), 1)


QUERIES: dict[str, Any] = {
    "expectation": Expectation({"Z0 Z1": 1.0, "X0": 0.3}),
    "purity": Purity([0]),
    "expression": Expectation("Z0") ** 2 - Expectation("X1"),
    "probabilities": Probabilities([1, 0]),
    "density matrix": ReducedDensityMatrix([1]),
    "complex expectation": Expectation({"Z0": 1j, "X1": 2.0}),
    "two": {"first": Expectation("Z0"), "second": Probabilities([1])},
    "amplitudes": Amplitudes(["01", "10", "11"]),
}


def program_for(kind: str) -> tnsim.Program:
    query = QUERIES[kind]
    return tnsim.compile(circuit(pure=kind == "amplitudes"), query, memory="100MB", cache=False)


def listed(program: tnsim.Program, values: Mapping[str, Any]) -> Any:
    """The value, or a tuple of them."""
    found = program(values).value
    return tuple(found.values()) if isinstance(found, dict) else found


def points(batched: bool) -> list[np.ndarray]:
    return [
        np.array([x, x + 0.3]) if batched and n == "b" else np.array(x) for n, x in POINT.items()
    ]


def weight(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)


def loss(value: Any, library: Any) -> Any:
    """A real number that no value leaves out: sum_k w_k (Re v_k + |v_k|^2)."""
    if isinstance(value, tuple):
        return sum(loss(v, library) for v in value)
    w = weight(tuple(value.shape))
    if library.__name__ == "tensorflow":
        real, conj, total = library.math.real, library.math.conj, library.reduce_sum
    else:
        real, conj, total = library.real, library.conj, library.sum
        w = library.asarray(w)
    return total(real(value) * w) + total(real(value * conj(value)) * w)


def truth(kind: str, batched: bool) -> list[np.ndarray]:
    """Derivatives of `loss` from the program's own vjp, without any framework."""
    program = program_for(kind)
    value, pull = program.vjp(dict(zip(NAMES, points(batched), strict=True)))
    seeds = {}
    for name, v in (value if isinstance(value, dict) else {"": value}).items():
        w = weight(v.shape)
        # d|v|^2 = Re 2 conj(v) dv
        seeds[name] = w * (1 + 2 * np.conj(v))
    found = pull(seeds if isinstance(value, dict) else seeds[""])
    return [np.asarray(found[n]) for n in NAMES]


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("kind", QUERIES)
def test_torch(kind: str, batched: bool) -> None:
    torch = pytest.importorskip("torch")
    program = program_for(kind)
    given = [torch.tensor(x, requires_grad=True) for x in points(batched)]

    def value(*tensors: Any) -> Any:
        return listed(program, dict(zip(NAMES, tensors, strict=True)))

    assert torch.autograd.gradcheck(value, given)

    total = loss(value(*given), torch)
    for found, wanted in zip(torch.autograd.grad(total, given), truth(kind, batched), strict=True):
        np.testing.assert_allclose(found.numpy(), wanted, atol=1e-11)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("kind", QUERIES)
def test_tensorflow(kind: str, batched: bool) -> None:
    tf = pytest.importorskip("tensorflow")
    program = program_for(kind)
    wanted = truth(kind, batched)

    def value(*tensors: Any) -> Any:
        return listed(program, dict(zip(NAMES, tensors, strict=True)))

    def slopes(*tensors: Any, function: Any = value) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            total = loss(function(*tensors), tf)
        return tape.gradient(total, tensors)

    variables = [tf.Variable(x) for x in points(batched)]
    constants = [tf.constant(x) for x in points(batched)]
    ways = {
        "eager": slopes(*variables),
        "tape outside": slopes(*constants, function=tf.function(value)),
        "tape inside": tf.function(slopes)(*constants),
    }
    for way, found in ways.items():
        for one, right in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one.numpy(), right, atol=1e-11, err_msg=way)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("kind", QUERIES)
def test_jax(kind: str, batched: bool) -> None:
    jax = pytest.importorskip("jax")
    from jax.test_util import check_grads

    program = program_for(kind)
    given = [jax.numpy.asarray(x) for x in points(batched)]

    def value(*arrays: Any) -> Any:
        return listed(program, dict(zip(NAMES, arrays, strict=True)))

    check_grads(value, given, order=1, modes=["rev"])
    wanted = truth(kind, batched)

    def total(*arrays: Any) -> Any:
        return loss(value(*arrays), jax.numpy)

    for function in (jax.grad(total, (0, 1, 2)), jax.jit(jax.grad(total, (0, 1, 2)))):
        for found, right in zip(function(*given), wanted, strict=True):
            np.testing.assert_allclose(found, right, atol=1e-11)


def test_torch_takes_the_way_back_only_where_it_is_asked_for() -> None:
    torch = pytest.importorskip("torch")
    program = program_for("expectation")
    a = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    mixed = program(a=a, b=1.1, p=torch.tensor(0.2, dtype=torch.float64)).value
    (slope,) = torch.autograd.grad(mixed, a)
    assert float(slope) == pytest.approx(program.grad(POINT)["a"], abs=1e-13)
    with torch.no_grad():
        assert not program(a=a, b=1.1, p=0.2).value.requires_grad
    assert not program(a=a.detach(), b=1.1, p=0.2).value.requires_grad
    value, slopes = program.value_and_grad(a=a, b=1.1, p=0.2)
    assert not value.requires_grad
    assert float(slopes["a"]) == pytest.approx(float(slope), abs=1e-13)


def test_torch_keeps_the_precision_of_its_parameters() -> None:
    torch = pytest.importorskip("torch")
    query = QUERIES["expectation"]
    program = tnsim.compile(circuit(pure=False), query, memory="100MB", dtype="complex64")
    given = {name: torch.tensor(x, requires_grad=True) for name, x in POINT.items()}
    value = program(given).value
    assert value.dtype == torch.float32
    value.backward()
    exact = program_for("expectation").grad(POINT)
    for name, tensor in given.items():
        assert tensor.grad.dtype == torch.float32
        assert float(tensor.grad) == pytest.approx(exact[name], abs=1e-5)


def test_an_optimiser_of_each_framework_goes_down() -> None:
    torch, tf = pytest.importorskip("torch"), pytest.importorskip("tensorflow")
    program = program_for("expectation")
    tensors = {
        name: torch.tensor(x, requires_grad=True) for name, x in POINT.items() if name != "p"
    }
    optimiser = torch.optim.Adam(tensors.values(), lr=0.1)
    start = float(program(POINT).value)
    for _ in range(10):
        optimiser.zero_grad()
        cost = program(**tensors, p=0.2).value
        cost.backward()
        optimiser.step()
    variable = tf.Variable(0.4, dtype=tf.float64)
    for _ in range(10):
        with tf.GradientTape() as tape:
            energy = program(a=variable, b=1.1, p=0.2).value
        variable.assign_sub(0.1 * tape.gradient(energy, variable))
    assert float(cost.detach()) < start - 0.1
    assert float(energy) < start - 0.1


def test_jax_maps_over_parameters() -> None:
    jax = pytest.importorskip("jax")
    program = program_for("expectation")

    def value(a: Any) -> Any:
        return program(a=a, b=1.1, p=0.2).value

    at = np.array([0.1, 0.7, 1.9])
    mapped = jax.vmap(jax.grad(value))(jax.numpy.asarray(at))
    right = program.grad(a=at, b=1.1, p=0.2)["a"]
    np.testing.assert_allclose(mapped, right, atol=1e-12)


def test_second_derivatives_are_refused() -> None:
    torch, tf = pytest.importorskip("torch"), pytest.importorskip("tensorflow")
    jax = pytest.importorskip("jax")
    program = program_for("expectation")

    def value(a: Any) -> Any:
        return program(a=a, b=1.1, p=0.2).value

    a = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(value(a), a, create_graph=True)
    with pytest.raises(QueryError, match="hessian_vector"):
        slope.backward()
    for function in (jax.hessian(value), jax.jit(jax.hessian(value))):
        with pytest.raises(QueryError, match="hessian_vector"):
            function(jax.numpy.asarray(0.4))
    variable = tf.Variable(0.4, dtype=tf.float64)

    def twice(function: Any) -> None:
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                found = function(variable)
            first = inner.gradient(found, variable)
        outer.gradient(first, variable)

    for function in (value, tf.function(value)):
        with pytest.raises(QueryError, match="hessian_vector"):
            twice(function)


def test_strengths_out_of_range_are_refused() -> None:
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    program = program_for("expectation")
    with pytest.raises(NoiseError, match="gamma"):
        program(a=0.1, b=0.2, p=torch.tensor(1.5, requires_grad=True))
    with pytest.raises(NoiseError, match="gamma"):
        jax.grad(lambda p: program(a=0.1, b=0.2, p=p).value)(1.5)


def test_matrices_of_parameters_are_refused() -> None:
    torch = pytest.importorskip("torch")
    program = program_for("expectation")
    with pytest.raises(tnsim.CircuitError, match=r"number or a batch of shape \(B,\)"):
        program(a=torch.zeros((2, 2), requires_grad=True), b=0.1, p=0.1)


def test_traced_values_have_no_gradient_of_ours() -> None:
    jax = pytest.importorskip("jax")
    program = program_for("expectation")
    with pytest.raises(tnsim.CircuitError, match="jax is tracing it; call the program itself"):
        jax.jit(lambda a: program.grad(a=a, b=0.1, p=0.1)["a"])(0.3)


def test_a_result_from_a_node_has_its_record() -> None:
    torch = pytest.importorskip("torch")
    program = program_for("expectation")
    result = program(a=torch.tensor(0.4, requires_grad=True), b=1.1, p=0.2)
    assert result.provenance is not None and result.provenance.library == "torch"
    assert result.forecast is not None
    assert result.forecast.gradient_peak_bytes is not None
    assert result.numpy() == pytest.approx(program(a=np.float32(0.4), b=1.1, p=0.2).numpy())
