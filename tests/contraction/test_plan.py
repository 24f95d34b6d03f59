"""plan() and Plan: budgets kept, refusals that tell the truth, JSON."""

from __future__ import annotations

import json
import math
import pickle  # noqa: TID251 - that it works is the test
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tnsim.base.errors import BudgetError, TnsimError
from tnsim.contraction import Network, Plan, plan
from tnsim.contraction.cost import Rates, measured_rates, predicted_seconds
from tnsim.contraction.execute import execute

DTYPES = ("float32", "float64", "complex64", "complex128")


@st.composite
def networks(draw: st.DrawFn, most: int = 9) -> Network:
    """Random networks: hyperedges, scalars, disconnected parts, labels of size 1."""
    labels = [f"x{i}" for i in range(draw(st.integers(1, 12)))]
    sizes = {label: draw(st.integers(1, 4)) for label in labels}
    count = draw(st.integers(1, most))
    term = st.lists(st.sampled_from(labels), unique=True, max_size=4).map(tuple)
    inputs = tuple(draw(term) for _ in range(count))
    used = sorted({label for term in inputs for label in term})
    output = tuple(draw(st.permutations(used)))[: draw(st.integers(0, 3))]
    return Network(inputs, output, sizes)


def arrays_for(network: Network, dtype: str, batched: tuple[bool, ...], batch: int) -> list[Any]:
    rng = np.random.default_rng(1)
    shapes = zip(network.shapes, batched, strict=True)
    return [rng.standard_normal(((batch,) if b else ()) + s).astype(dtype) for s, b in shapes]


def chain(length: int, size: int = 2) -> Network:
    inputs = tuple((f"b{i}", f"b{i + 1}") for i in range(length))
    return Network(inputs, ("b0",), {f"b{i}": size for i in range(length + 1)})


def lattice(rows: int, columns: int, size: int = 2) -> Network:
    inputs = []
    for r in range(rows):
        for c in range(columns):
            here = [f"h{r},{c}"] * (c + 1 < columns) + [f"h{r},{c - 1}"] * (c > 0)
            here += [f"v{r},{c}"] * (r + 1 < rows) + [f"v{r - 1},{c}"] * (r > 0)
            inputs.append(tuple(here))
    labels = {label for term in inputs for label in term}
    return Network(tuple(inputs), (), dict.fromkeys(sorted(labels), size))


def truth_of(network: Network, arrays: list[Any], marks: tuple[bool, ...]) -> Any:
    left, right = network.equation.split("->")
    terms = [("Z" if b else "") + t for t, b in zip(left.split(","), marks, strict=True)]
    equation = ",".join(terms) + "->" + ("Z" if any(marks) else "") + right
    return np.einsum(equation, *[a.astype("complex128") for a in arrays])


@given(networks(), st.data())
@settings(max_examples=60)
def test_fits_or_says_what_would(network: Network, data: st.DataObject) -> None:
    batch = data.draw(st.sampled_from([1, 1, 3]))
    n = network.num_tensors
    marks = tuple(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    dtype = data.draw(st.sampled_from(DTYPES))
    budget = data.draw(st.integers(1, 40_000))

    def planned(size: int) -> Plan:
        options = {"dtype": dtype, "batched": marks, "batch": batch, "effort": 0.01}
        return plan(network, budget=size, cache=False, **options)  # type: ignore[arg-type]

    try:
        found = planned(budget)
    except BudgetError as refused:
        least = refused.least_bytes or 0
    else:
        least = 0
    if least:
        assert least > budget
        found = planned(least)
        budget = least
    assert found.peak_bytes <= budget
    arrays = arrays_for(network, dtype, marks, batch)
    truth = truth_of(network, arrays, marks)
    close = 1e-3 if dtype in ("float32", "complex64") else 1e-9
    scale = max(1.0, float(np.abs(truth).max()))
    np.testing.assert_allclose(execute(found, arrays) / scale, truth / scale, atol=close)


@pytest.mark.parametrize("budget", [200_000, 90_000, 60_000])
def test_slices_bring_the_peak_down(budget: int) -> None:
    network = lattice(12, 12)
    found = plan(network, budget=budget, dtype="float64", cache=False)
    assert found.peak_bytes <= budget
    assert (found.slices > 1) == (budget < 200_000)
    whole = plan(network, budget="1GB", dtype="float64", cache=False)
    assert whole.slices == 1
    assert found.multiply_adds < 200 * whole.multiply_adds
    arrays = arrays_for(network, "float64", (False,) * 144, 1)
    assert execute(found, arrays) == pytest.approx(float(execute(whole, arrays)), rel=1e-9)


def test_refusal_names_the_least_budget_and_its_cost() -> None:
    network = lattice(5, 5, 3)
    with pytest.raises(BudgetError, match=r"at least .* flops in \d+ slices? or .* in one") as hit:
        plan(network, budget=100, dtype="complex128", cache=False)
    assert hit.value.budget == 100
    least = hit.value.least_bytes
    assert least is not None
    floor = 16 * (network.input_elements + network.output_elements)
    assert floor < least < 1.5 * floor
    again = plan(network, budget=least, dtype="complex128", effort=0.1, cache=False)
    assert again.peak_bytes <= least


def test_hopeless_widths_are_refused_in_figures() -> None:
    network = Network(
        tuple((f"a{i}", f"b{i}") for i in range(300)),
        tuple(f"a{i}" for i in range(300)) + tuple(f"b{i}" for i in range(300)),
        {f"{x}{i}": 2 for x in "ab" for i in range(300)},
    )
    with pytest.raises(BudgetError, match=r"e\+18[0-9] B") as hit:
        plan(network, budget="1GB", dtype="float32", cache=False)
    assert hit.value.flops is not None
    assert hit.value.flops > 1e180


def test_figures_of_a_matrix_product() -> None:
    network = Network.from_equation("ij,jk->ik", (20, 30), (30, 40))
    real = plan(network, budget="1MB", dtype="float64", cache=False)
    assert (real.multiply_adds, real.flops, real.slices) == (24_000, 48_000, 1)
    assert real.width == pytest.approx(math.log2(800))
    assert real.peak_bytes == 8 * (600 + 1200 + 800)
    assert plan(network, budget="1MB", dtype="complex64", cache=False).flops == 8 * 24_000
    assert 0 < real.seconds < 1
    assert str(real).splitlines()[0].split() == ["peak", "20.80", "kB"]


def test_batch_counts_where_it_is() -> None:
    network = Network.from_equation("ij,jk->ik", (4, 5), (5, 6))
    one = plan(network, budget="1MB", dtype="float64", batched=(True, False), cache=False)
    ten = plan(network, budget="1MB", dtype="float64", batched=(True, False), batch=10, cache=False)
    assert ten.multiply_adds == 10 * one.multiply_adds == 1200
    assert ten.peak_bytes == one.peak_bytes_at(10) == 8 * (10 * 20 + 30 + 10 * 24)


def test_same_arguments_same_plan_and_seeds_matter_little() -> None:
    network = lattice(9, 9)
    plans = [plan(network, budget=15_000, dtype="float64", cache=False) for _ in range(2)]
    assert plans[0] == plans[1]
    assert plans[0].digest == plans[1].digest
    seeds = [
        plan(network, budget=20_000, dtype="float64", seed=k, effort=1.0, cache=False)
        for k in range(3)
    ]
    seconds = [found.seconds for found in seeds]
    assert max(seconds) < 20 * min(seconds)


def test_deep_circuits_move_a_state_through_time() -> None:
    # 6 sites, 60 layers of gates on neighbours: 4^6 numbers suffice, and greedy alone takes more.
    current = [f"s{q}" for q in range(6)]
    inputs: list[tuple[str, ...]] = [(label,) for label in current]
    for layer in range(60):
        for q in range(layer % 2, 5, 2):
            fresh = [f"g{layer},{q}", f"h{layer},{q}"]
            inputs.append((*fresh, current[q], current[q + 1]))
            current[q : q + 2] = fresh
    labels = {label for term in inputs for label in term}
    network = Network(tuple(inputs), tuple(current), dict.fromkeys(sorted(labels), 4))
    found = plan(network, budget="10MB", dtype="float64", cache=False)
    assert found.slices == 1
    assert found.width <= 14
    assert found.multiply_adds <= 150 * 4**6 * 16 * 2


def test_relabelled_networks_take_the_plan() -> None:
    network = lattice(9, 9)
    found = plan(network, budget=15_000, dtype="float64", cache=False)
    assert found.slices > 1
    renamed = network.relabel({label: label.upper() for label in network.sizes})
    moved = found.relabel(renamed)
    assert moved.sliced == tuple(label.upper() for label in found.sliced)
    assert moved.digest == found.digest
    with pytest.raises(TnsimError, match="structure that the plan was made for"):
        found.relabel(lattice(9, 8))


def test_hints_are_considered() -> None:
    network = chain(30)
    hint = [(0, 1), *[(29 + i, i + 1) for i in range(1, 29)]]  # 30 matrices, one by one
    found = plan(network, budget="1MB", dtype="float64", hints=[hint], effort=0, cache=False)
    with pytest.raises(TnsimError, match="each tensor once"):
        plan(
            network, budget="1MB", dtype="float64", hints=[[(0, 1), (0, 2), *hint[2:]]], cache=False
        )
    assert found.slices == 1


@given(networks())
def test_json_round_trip(network: Network) -> None:
    found = plan(network, budget="1MB", dtype="float32", cache=False)
    again = Plan.from_json(found.to_json())
    assert again == found
    assert (again.digest, again.peak_bytes) == (found.digest, found.peak_bytes)
    assert pickle.loads(pickle.dumps(found)) == found


GARBLED: list[tuple[str, Any, str]] = [
    ("version", 99, "files of version 1"),
    ("kind", "other", "kind"),
    ("ssa_path", [[0, 1], [0, 2]], "each tensor once"),
    ("ssa_path", [[0, 9], [2, 3]], "each tensor once"),
    ("ssa_path", [[0, 1]], "must have 2 steps"),
    ("ssa_path", [[0.0, 1], [2, 3]], "must be integers"),
    ("ssa_path", 7, "garbles a field"),
    ("sliced", ["nowhere"], "labels of the network"),
    ("sliced", ["b1", "b1"], "each label once"),
    ("dtype", "int8", "`dtype` must be one of"),
    ("batched", [True], "for each of 3 inputs"),
    ("batch", 0, "must be positive"),
    ("batch", True, "must be integers"),
    ("network", {}, "network must be an object"),
    ("peak_bytes", 1, "plan anew"),
    ("multiply_adds", 1, "plan anew"),
]


@pytest.mark.parametrize(("key", "value", "message"), GARBLED)
def test_garbled_json_is_refused(key: str, value: Any, message: str) -> None:
    data = json.loads(plan(chain(3), budget="1MB", dtype="float64", cache=False).to_json())
    with pytest.raises(TnsimError, match=message):
        Plan.from_json(json.dumps({**data, key: value}))
    del data[key]
    with pytest.raises(TnsimError):
        Plan.from_json(json.dumps(data))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"budget": "much"}, "a size must be"),
    ({"budget": 0}, "at least one byte"),
    ({"dtype": "int64"}, "`dtype` must be"),
    ({"batched": [True]}, "a mark for each of 3 inputs"),
    ({"batch": 0}, "`batch` must be a positive integer"),
    ({"effort": "huge"}, "`effort` must be 'low', 'auto', 'high'"),
    ({"effort": -1}, "`effort` must not be negative"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_wrong_arguments(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"budget": "1MB", "dtype": "float64", "cache": False, **change}
    with pytest.raises(TnsimError, match=message):
        plan(chain(3), **arguments)


def test_seconds_add_up() -> None:
    rates = Rates(multiply_adds=1e9, copied=1e8, step=1e-3)
    one = predicted_seconds(10**9, 10**6, 10, dtype="float64", rates=rates)
    assert one == pytest.approx(1 + 2 * 8e6 / 1e8 + 0.01)
    assert predicted_seconds(10**400, 1, 1, dtype="float64", rates=rates) == math.inf
    assert measured_rates("float64") is measured_rates("float64")
    assert measured_rates("float64").multiply_adds > 1e6
