"""`tnsim draw`: the drawing, the listing, the coupling graph and its layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tnsim
from tests.cli.command_runner import run_tnsim, write_inputs
from tnsim.cli.couplings import coupling_edges
from tnsim.cli.graph_layout import stress_layout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_short_circuit_is_drawn(folder: Path) -> None:
    done = run_tnsim("draw", "ghz.qasm", "--width", "80")
    assert (done.code, done.err) == (0, "")
    summary, _, drawing = done.out.partition("\n\n")
    assert "instructions  4: cx 2, h 1, rx 1" in summary
    assert "parameters    theta" in summary
    assert drawing.rstrip("\n") == tnsim.Circuit.from_qasm(folder / "ghz.qasm").draw(80)


def test_long_circuit_is_listed_unless_asked(folder: Path) -> None:
    circuit = tnsim.Circuit(2)
    for _ in range(100):
        circuit.h(0).cx(0, 1)
    (folder / "long.qasm").write_text(circuit.to_qasm())
    done = run_tnsim("draw", "long.qasm")
    assert "  ... 185 more" in done.out
    assert "q0:" not in done.out
    assert "q0:" in run_tnsim("draw", "long.qasm", "--full").out


def test_couplings_of_eagle_are_its_lattice(folder: Path) -> None:
    lattice = tnsim.lattices.heavy_hex()
    circuit = tnsim.Circuit(127).rx(0.1, range(127)).barrier()
    for _ in range(3):
        circuit.cx([b for _, b in lattice], [a for a, _ in lattice])
    edges, counts = coupling_edges(circuit)
    assert sorted(map(tuple, edges.tolist())) == sorted(lattice)
    assert set(counts.tolist()) == {3}


# Matplotlib 3.9 calls pyparsing by names that new versions deprecate.
@pytest.mark.filterwarnings("ignore:.* deprecated - use:DeprecationWarning")
def test_couplings_are_drawn(folder: Path) -> None:
    pytest.importorskip("matplotlib")
    done = run_tnsim("draw", "ghz.qasm", "--plot", "coupling.png")
    assert (done.code, done.err) == (0, "drew coupling.png\n")
    done = run_tnsim("draw", "ghz.qasm", "--picture", "ghz.png")
    assert (done.code, done.err) == (0, "drew ghz.png\n")
    assert (folder / "ghz.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "coupling.png").read_bytes().startswith(b"\x89PNG")


def test_a_line_is_laid_out_straight() -> None:
    places = stress_layout(6, np.array(tnsim.lattices.line(6)))
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    steps = np.abs(np.subtract.outer(np.arange(6), np.arange(6)))
    assert np.allclose(gaps, steps, atol=0.02)


def test_a_ring_is_laid_out_round() -> None:
    places = stress_layout(8, np.array(tnsim.lattices.ring(8)))
    radii = np.linalg.norm(places - places.mean(axis=0), axis=1)
    assert np.ptp(radii) < 0.02 * radii.mean()


@given(st.data())
def test_places_are_finite_and_distinct(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    edges = np.array(data.draw(st.lists(pairs, max_size=15)), dtype=np.int64).reshape(-1, 2)
    places = stress_layout(n, edges)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)[~np.eye(n, dtype=bool)]
    assert (gaps > 0.1).all()
