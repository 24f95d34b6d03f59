"""Plans on disk: found again, never trusted, safe in company."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from tnsim.contraction import Network, Plan, PlanCache, plan, planner
from tnsim.contraction import cache as cache_module
from tnsim.contraction.cache import Request, default_folder


def lattice(rows: int, columns: int) -> Network:
    inputs = []
    for r in range(rows):
        for c in range(columns):
            here = [f"h{r},{c}"] * (c + 1 < columns) + [f"h{r},{c - 1}"] * (c > 0)
            here += [f"v{r},{c}"] * (r + 1 < rows) + [f"v{r - 1},{c}"] * (r > 0)
            inputs.append(tuple(here))
    labels = sorted({label for term in inputs for label in term})
    return Network(tuple(inputs), (), dict.fromkeys(labels, 2))


NETWORK = lattice(8, 9)


def planned(folder: Any, network: Network = NETWORK, budget: int = 10**7, **options: Any) -> Plan:
    settings = {"dtype": "float64", "effort": 0.3, "cache": folder, **options}
    return plan(network, budget=budget, **settings)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with every search that the cache did not save."""
    made: list[int] = []
    original = planner.Problem.search

    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        made.append(1)
        return original(self, *arguments, **options)

    monkeypatch.setattr(planner.Problem, "search", counted)
    return made


def test_a_structure_seen_before_costs_no_search(tmp_path: Path, searches: list[int]) -> None:
    first = planned(tmp_path)
    renamed = NETWORK.relabel({label: f"new {label}" for label in NETWORK.sizes})
    again = planned(tmp_path, renamed)
    assert len(searches) == 1
    assert again.network == renamed
    assert again.digest == first.digest


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "complex64"},
        {"batched": (True, *[False] * 71), "batch": 2},
        {"effort": 0.2},
        {"seed": 1},
        {"network": lattice(8, 8)},
    ],
)
def test_another_request_is_another_entry(
    tmp_path: Path, searches: list[int], change: dict[str, Any]
) -> None:
    planned(tmp_path)
    planned(tmp_path, **change)
    assert len(searches) == 2


def test_a_plan_that_the_budget_did_not_shape_serves_all_that_hold_it(
    tmp_path: Path, searches: list[int]
) -> None:
    free = planned(tmp_path)
    assert planned(tmp_path, budget=10**12).ssa_path == free.ssa_path
    assert planned(tmp_path, budget=free.peak_bytes).ssa_path == free.ssa_path
    assert len(searches) == 1
    assert planned(tmp_path, budget=free.peak_bytes - 1).peak_bytes < free.peak_bytes
    assert len(searches) == 2


def test_a_plan_that_the_budget_shaped_serves_its_neighbours(
    tmp_path: Path, searches: list[int]
) -> None:
    tight = planned(tmp_path, budget=14_000)
    assert tight.slices > 1
    near = planned(tmp_path, budget=14_100)
    assert near.ssa_path == tight.ssa_path
    assert near.budget == 14_100
    assert len(searches) == 1
    assert planned(tmp_path, budget=10**7).slices == 1
    assert len(searches) == 2


def test_turned_off(tmp_path: Path, searches: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TNSIM_CACHE_DIR", str(tmp_path))
    planned(False)
    planned(False)
    assert len(searches) == 2
    assert not list(tmp_path.rglob("*.json"))


def test_small_plans_are_not_worth_a_file(tmp_path: Path) -> None:
    planned(tmp_path, effort="auto")
    assert not list(tmp_path.iterdir())


def test_the_folder_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TNSIM_CACHE_DIR", str(tmp_path / "named"))
    assert default_folder() == tmp_path / "named" / "plans"
    planned(None)
    assert len(list((tmp_path / "named" / "plans").iterdir())) == 1
    monkeypatch.delenv("TNSIM_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_folder().is_relative_to(tmp_path)


def _edit(path: Path, change: dict[str, Any]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


DAMAGE: list[Any] = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"\xff\xfe{"),
    lambda path: path.write_text("[]"),
    lambda path: path.write_text(path.read_text()[:-40]),
    lambda path: _edit(path, {"version": -1}),
    lambda path: _edit(path, {"network": "0" * 64}),
    lambda path: _edit(path, {"ssa_path": [[0, 1]]}),
    lambda path: _edit(path, {"ssa_path": None}),
    lambda path: _edit(path, {"ssa_path": [[i, i] for i in range(71)]}),
    lambda path: _edit(path, {"sliced": [10**6]}),
    lambda path: _edit(path, {"sliced": [0, 0]}),
    lambda path: _edit(path, {"sliced": "everything"}),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_entries_are_replaced(tmp_path: Path, searches: list[int], damage: Any) -> None:
    first = planned(tmp_path)
    (entry,) = tmp_path.iterdir()
    whole = entry.read_text()
    damage(entry)
    assert planned(tmp_path) == first
    assert len(searches) == 2
    assert entry.read_text() == whole


def test_an_entry_that_does_not_fit_is_not_used(tmp_path: Path, searches: list[int]) -> None:
    free = planned(tmp_path)
    (entry,) = tmp_path.iterdir()
    # The inputs outer-multiplied one after the other: valid, and far beyond the budget.
    n = NETWORK.num_tensors
    path = [[0, 36], *[[n + k, j] for k, j in enumerate([*range(1, 36), *range(37, n)])]]
    _edit(entry, {"ssa_path": path})
    assert planned(tmp_path, budget=free.peak_bytes).peak_bytes <= free.peak_bytes
    assert len(searches) == 2


def test_a_folder_that_cannot_be_used_costs_only_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert planned(file / "below").slices == 1
    PlanCache(file / "below").clear()


def test_the_oldest_go_first(tmp_path: Path) -> None:
    found = planned(False)
    requests = [Request(NETWORK, "float64", found.batched, 1, (k,)) for k in range(6)]
    keeper = PlanCache(tmp_path, most_bytes=10**9)
    for k, request in enumerate(requests[:5]):
        keeper.store(request, found, shaped=False)
        (path,) = tmp_path.glob(f"{request.key[:40]}*")
        size = path.stat().st_size
        cache_module.os.utime(path, (k, k))
    assert keeper.load(requests[0], 10**7, lambda plan: 0) is not None  # now the newest
    small = PlanCache(tmp_path, most_bytes=3 * size + 10)
    small.store(requests[5], found, shaped=False)
    kept = {path.name[:40] for path in tmp_path.iterdir()}
    assert kept == {requests[k].key[:40] for k in (0, 4, 5)}
    small.clear()
    assert not list(tmp_path.iterdir())


def _work(folder: str) -> str:
    return planned(folder).digest


def test_processes_may_share_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        digests = pool.map(_work, [str(tmp_path)] * 4)
    assert set(digests) == {planned(tmp_path).digest}
    assert len(list(tmp_path.iterdir())) == 1
