"""What errors rest on, from made-up attempts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import tnsim
from tests.peps.peps_circuits import kicked_ising
from tnsim.engines.peps import PEPS, PepsEngine
from tnsim.engines.peps.contracting import Contractor
from tnsim.engines.peps.estimating import Sighting, estimated
from tnsim.engines.peps.graph import graph_of
from tnsim.engines.peps.reading import Window, read
from tnsim.engines.peps.regions import regions
from tnsim.engines.peps.update import Truncation
from tnsim.engines.peps.walks import walk_of
from tnsim.engines.settings import Settings


def sightings(values: Sequence[float], lost: Sequence[float]) -> list[Sighting]:
    pairs = enumerate(zip(values, lost, strict=True))
    return [Sighting(4 << k, np.asarray(v), None, w, 1.0) for k, (v, w) in pairs]


def error_of(made: list[Sighting], **others: list[Sighting]) -> float:
    return float(estimated(made, others, 1e-11, {}).error)


def test_pictures_that_agree_near_zero_are_trusted() -> None:
    made = sightings([0.001, 0.002, 0.0015], [6.0, 5.0, 4.0])
    agreeing = sightings([0.003, 0.001, 0.002], [7.0, 6.0, 5.0])
    apart = sightings([0.5, 0.6, 0.55], [7.0, 6.0, 5.0])
    assert error_of(made) > 0.1
    assert 0.0005 < error_of(made, other=agreeing) < 0.01
    assert error_of(made, other=apart) > 0.05


def test_a_picture_that_lost_nearly_all_says_little() -> None:
    made = sightings([0.5, 0.5, 0.5], [0.03, 0.02, 0.01])
    near = sightings([0.6], [0.02])
    lost = sightings([-0.9], [30.0])
    assert error_of(made, other=near) > 0.03
    assert error_of(made, other=lost) < 0.02


def test_a_value_beyond_its_scale_claims_nothing() -> None:
    found = estimated(sightings([1e9], [0.0]), {}, 1e-11, {})
    assert found.kind == "estimate"
    assert found.error > 1e9


def test_loops_that_nothing_shows_leave_nothing_known() -> None:
    one = Sighting(4, np.asarray(0.3), np.asarray(0.3), 0.0, 1.0, unseen=True)
    found = estimated([one], {}, 1e-11, {})
    assert found.error == pytest.approx(1.3)
    assert found.evidence["loops_unseen"]
    # A coarser bond had room for a larger region.
    seen = Sighting(2, np.asarray(0.3), np.asarray(0.31), 0.0, 1.0)
    assert estimated([seen, one], {}, 1e-11, {}).error == pytest.approx(0.02)


def test_readings_say_where_no_larger_region_fits() -> None:
    term = ((62, 3),)
    walk = walk_of(
        kicked_ising(6, 0.6),
        [term],
        measured=False,
        legs="ket",
        direction="forward",
        dtype="complex128",
    )
    state = walk.moved({}, Truncation(4, 0.0, 1e-12))
    for environment in ("auto", "bp"):
        window = Window(environment, None)
        assert read(walk, state, {}, window, Contractor(10**9, 1.0, 0)).unseen
        assert not read(walk, state, {}, window, Contractor(10**9, 1e9, 0)).unseen


def test_one_loop_is_a_region_where_several_close_at_once() -> None:
    graph = graph_of(36, tnsim.lattices.grid(6, 6))
    found = [inside for _, inside in regions(graph, [14])]
    assert sorted(found[1]) == [7, 8, 13, 14]
    assert len(found[2]) == 9


def test_forecasts_count_what_states_are_read_with() -> None:
    query = tnsim.Expectation("Z62")
    settings = Settings(4 * 10**9, "complex128")
    costs = {}
    for picture in ("heisenberg", "mixed"):
        options = PEPS(max_bond=16, picture=picture)
        engine = PepsEngine.prepare(kicked_ising(20, 0.8), [query], settings, options)
        found = engine.candidates[0]
        costs[picture] = found.reading_flops(16)
        assert engine.cost_at(16).flops > costs[picture] > found.reading_flops(8)
    # A sandwich of three layers takes far more than a trace of one.
    assert costs["mixed"] > 1e3 * costs["heisenberg"]
