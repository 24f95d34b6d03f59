"""Programs of approximate methods: values, errors, evidence, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tnsim
from tnsim.base.errors import BudgetError, QueryError, TnsimError
from tnsim.engines.exact import planning
from tnsim.runtime import choosing
from tnsim.runtime.methods import APPROXIMATE

THETA = tnsim.Parameter("theta")
ENERGY = tnsim.Expectation({"Z0 Z1": 1.0, "X3": 0.5})
NOISE = tnsim.NoiseModel().after(tnsim.noise.depolarizing(0.01, num_qubits=2), arity=2)


def ladder(layers: int = 2, qubits: int = 5) -> tnsim.Circuit:
    circuit = tnsim.Circuit(qubits)
    for _ in range(layers):
        circuit.rx(THETA, range(qubits)).ry(0.3, range(qubits))
        circuit.rzz(0.4, range(qubits - 1), range(1, qubits))
    return circuit


def exact(query: Any, **options: Any) -> tnsim.Result:
    return tnsim.run(ladder(), query, {"theta": 0.3}, method="exact", **options)


@pytest.mark.parametrize("method", APPROXIMATE)
def test_every_method_answers_by_its_name_and_lies_within_its_error(method: str) -> None:
    noise = None if method == "mps" else NOISE
    result = tnsim.run(
        ladder(), ENERGY, noise=noise, method=method, target_error=1e-2, memory="500MB", theta=0.3
    )
    assert result.method == method
    assert result.error_kind in ("bound", "estimate", "standard error")
    assert result.error is not None
    assert result.evidence
    # Estimates may be exceeded now and then, though not by much.
    assert abs(result.value - exact(ENERGY, noise=noise).value) <= 2 * result.error + 1e-12
    assert result.error <= 1e-2


def test_a_result_with_error_and_evidence_lasts_outside_the_process(tmp_path: Path) -> None:
    result = tnsim.run(ladder(), ENERGY, method=tnsim.MPS(max_bond=2), theta=0.3)
    result.save(tmp_path / "r.json")
    again = tnsim.Result.load(tmp_path / "r.json")
    assert again.error_kind == result.error_kind
    assert again.evidence == result.evidence
    assert again.error == result.error
    assert f"({result.error_kind})" in repr(result)


def test_a_batch_gives_every_set_its_own_error() -> None:
    angles = np.array([0.1, 0.2, 0.9])
    program = tnsim.compile(ladder(), ENERGY, method=tnsim.MPS(max_bond=2))
    together = program(theta=angles)
    assert together.value.shape == together.error.shape == (3,)
    assert len(together.evidence["sets"]) == 3
    for row, angle in enumerate(angles):
        alone = program(theta=angle)
        assert together.value[row] == pytest.approx(alone.value, abs=1e-14)
        assert together.error[row] == pytest.approx(alone.error, rel=1e-9)


def test_errors_go_through_expressions() -> None:
    program = tnsim.compile(
        ladder(), {"square": ENERGY**2, "shifted": 3 * ENERGY - 1}, method=tnsim.MPS(max_bond=2)
    )
    found = program(theta=0.3)
    plain = tnsim.run(ladder(), ENERGY, method=tnsim.MPS(max_bond=2), theta=0.3)
    value, error = float(plain.value), float(plain.error)
    assert error > 0
    assert found.error["shifted"] == pytest.approx(3 * error)
    assert found.error["square"] == pytest.approx(abs((abs(value) + error) ** 2 - value**2))


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_answers_are_arrays_of_the_parameters_library(library: str) -> None:
    module = pytest.importorskip(library)
    angle = module.tensor(0.3) if library == "torch" else np.float32(0.3)
    if library == "tensorflow":
        angle = module.constant(0.3)
    elif library == "jax":
        angle = module.numpy.asarray(0.3)
    result = tnsim.run(ladder(), ENERGY, {"theta": angle}, method="mps")
    assert type(result.value).__module__.split(".")[0].startswith(library[:3])
    assert result.numpy() == pytest.approx(float(exact(ENERGY).value), abs=1e-3)


def exact_slope(noise: Any = None) -> float:
    program = tnsim.compile(ladder(), ENERGY, noise=noise, method="exact")
    return float(program.grad(theta=0.3)["theta"])


@pytest.mark.parametrize("method", ["mps", "mpdo"])
def test_torch_differentiates_through_a_line_at_a_fixed_bond(method: str) -> None:
    torch = pytest.importorskip("torch")
    options = {"mps": tnsim.MPS, "mpdo": tnsim.MPDO}[method]
    noise = NOISE if method == "mpdo" else None
    chosen = options(max_bond=64, picture="schrodinger")
    program = tnsim.compile(ladder(), ENERGY, noise=noise, method=chosen)
    angle = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    result = program(theta=angle)
    result.value.backward()
    assert result.value.item() == pytest.approx(float(exact(ENERGY, noise=noise).value))
    assert angle.grad.item() == pytest.approx(exact_slope(noise), abs=1e-9)
    assert result.error < 1e-6
    angles = torch.tensor([0.3, 0.5], dtype=torch.float64, requires_grad=True)
    program(theta=angles).value.sum().backward()
    assert angles.grad[0].item() == pytest.approx(exact_slope(noise), abs=1e-9)


@pytest.mark.parametrize("bond", [64, 2])
def test_jax_differentiates_through_a_line_and_knows_an_error(bond: int) -> None:
    jax = pytest.importorskip("jax")
    options = tnsim.MPS(max_bond=bond, picture="schrodinger")
    program = tnsim.compile(ladder(), ENERGY, method=options)
    truth = float(exact(ENERGY).value)

    def energy(angle: Any) -> Any:
        result = program(theta=angle)
        assert "discards" in result.evidence["error"]
        return result.value, result.error

    followed = jax.value_and_grad(energy, has_aux=True)
    for function in (followed, jax.jit(followed)):
        (value, error), slope = function(jax.numpy.asarray(0.3))
        assert abs(float(value) - truth) <= float(error) + 1e-9
        if bond == 64:
            assert float(error) < 1e-6
            assert float(slope) == pytest.approx(exact_slope(), abs=1e-9)
        else:
            assert float(error) > 1e-6


def test_derivatives_that_a_framework_cannot_follow_are_refused_not_lost() -> None:
    torch = pytest.importorskip("torch")
    angle = torch.tensor(0.3, requires_grad=True)
    for method in ("pauli_propagation", "peps", "trajectories"):
        program = tnsim.compile(ladder(), ENERGY, method=method)
        with pytest.raises(QueryError, match=r"no derivatives inside torch.*detach it"):
            program(theta=angle)
    with pytest.raises(QueryError, match="fixed bond"):
        tnsim.compile(ladder(), ENERGY, method="mps")(theta=angle)


def test_pauli_propagation_has_derivatives_of_expressions() -> None:
    program = tnsim.compile(
        ladder(), 2 * ENERGY**2 - 1, noise=NOISE, method=tnsim.PauliPropagation(cutoff=0.0)
    )
    truth = tnsim.compile(ladder(), 2 * ENERGY**2 - 1, noise=NOISE, method="exact")
    value, slopes = program.value_and_grad(theta=np.array([0.3, 0.7]))
    expected, wanted = truth.value_and_grad(theta=np.array([0.3, 0.7]))
    np.testing.assert_allclose(value, expected, atol=1e-10)
    np.testing.assert_allclose(slopes["theta"], wanted["theta"], atol=1e-10)


@pytest.mark.parametrize("what", ["value_and_grad", "grad", "vjp", "hessian_vector"])
def test_methods_without_derivatives_say_so(what: str) -> None:
    program = tnsim.compile(ladder(), ENERGY, method="peps")
    arguments = ({"theta": 0.3}, {"theta": 1.0}) if what == "hessian_vector" else ({"theta": 0.3},)
    with pytest.raises(QueryError, match="method='exact'"):
        getattr(program, what)(*arguments)


def test_the_executor_is_refused_where_nothing_is_sliced() -> None:
    from concurrent.futures import ThreadPoolExecutor

    program = tnsim.compile(ladder(), ENERGY, method="mpdo")
    with ThreadPoolExecutor(1) as pool, pytest.raises(TnsimError, match="`executor` must be left"):
        program(theta=0.3, executor=pool)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mp"}, "`method` must be one of auto, exact, mps"),
        ({"method": 3}, r"tnsim.MPS\(...\)"),
        ({"method": "exact", "target_error": 0.1}, "left out with method='exact'"),
        ({"method": "mps", "target_error": 0}, "`target_error` must be a number above 0"),
        ({"method": "mps", "target_error": True}, "`target_error` must be"),
    ],
)
def test_odd_methods_are_refused(options: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        tnsim.compile(ladder(), ENERGY, **options)


def test_two_accuracies_are_never_taken_at_once() -> None:
    with pytest.raises(QueryError, match="at most one of"):
        tnsim.compile(ladder(), ENERGY, method=tnsim.MPS(max_bond=4), target_error=0.1)


def test_auto_is_exact_where_that_fits() -> None:
    result = tnsim.run(ladder(), ENERGY, theta=0.3)
    assert (result.method, result.error, result.error_kind) == ("exact", None, "rounding")


def test_auto_says_why_it_approximates_and_keeps_to_the_target(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choosing, "_PATIENCE", 0.0)
    circuit = ladder(layers=4, qubits=10)
    query = tnsim.Expectation("Z4 Z5")
    program = tnsim.compile(circuit, query, memory="50MB", target_error=0.01)
    forecast = program.forecast
    # A state vector of ten qubits is exact without noise, and the forecast knows it.
    assert "an hour; trajectories: nothing is cut off there; then mps" in forecast.reason
    assert next(part.name for part in forecast.parts) == forecast.method == "trajectories"
    assert forecast.error == 0
    assert "chosen" in str(forecast)
    assert tnsim.Result(0.5, "mps", forecast=forecast).to_dict()["forecast"]["reason"]
    result = program(theta=0.3)
    truth = tnsim.run(circuit, query, method="exact", theta=0.3).value
    assert result.error <= 0.01
    assert abs(result.value - truth) <= result.error + 1e-12


def test_auto_does_not_search_for_what_no_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: Any) -> Any:
        raise AssertionError("a contraction was searched for")

    monkeypatch.setattr(planning, "_attempt", searched)
    circuit = tnsim.Circuit(127)
    edges = tnsim.lattices.heavy_hex()
    for _ in range(13):
        circuit.rx(THETA, range(127))
        circuit.rzz(-0.5 * np.pi, [a for a, _ in edges], [b for _, b in edges])
    program = tnsim.compile(circuit, tnsim.Expectation("Z62"), memory="100MB")
    assert program.forecast.method == "peps"
    assert "fits the budget and an hour" in program.forecast.reason


def test_auto_raises_the_exact_refusal_where_nothing_fits() -> None:
    with pytest.raises(BudgetError, match="`memory` must be at least"):
        tnsim.compile(ladder(6, 16), tnsim.Expectation("Z0 Z15"), memory=1_000)
