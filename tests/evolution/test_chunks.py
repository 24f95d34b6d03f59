"""Kernels on parts of a state do what dense products do, whatever the axes and the chunks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import strategies
from tnsim.contraction.kernels_workers import Workers
from tnsim.engines.evolution import chunked
from tnsim.engines.evolution.chunked import ChunkedKernel
from tnsim.engines.evolution.geometry import Geometry
from tnsim.engines.evolution.portable import PortableKernel
from tnsim.engines.evolution.steps import Step


def dense(matrix: Any, axes: tuple[int, ...], state: Any, leg: int) -> Any:
    """The matrix applied to some axes of a state."""
    count, k = round(np.log(len(state)) / np.log(leg)), len(axes)
    legs = matrix.reshape((leg,) * 2 * k)
    made = np.tensordot(legs, state.reshape((leg,) * count), axes=(range(k, 2 * k), axes))
    return np.moveaxis(made, range(k), axes).reshape(-1)


@st.composite
def stages(draw: st.DrawFn) -> tuple[Geometry, list[Step], np.random.Generator]:
    leg = draw(st.sampled_from([2, 4]))
    count = draw(st.integers(1, 9 if leg == 2 else 5))
    size = draw(st.integers(1, min(count, 4)))
    innermost = st.just(tuple(range(count - size, count)))
    axes = draw(innermost | strategies.qubit_lists(count, max_size=4).map(sorted).map(tuple))
    chunk = draw(st.sampled_from([16, 64, 256, 1 << 14]))
    some = strategies.qubit_lists(len(axes), max_size=2).map(lambda at: tuple(sorted(at)))
    steps = [Step(at, len(axes), leg) for at in draw(st.lists(some, min_size=1, max_size=4))]
    seed = draw(st.integers(0, 2**32 - 1))
    return Geometry(count, leg, axes, chunk), steps, np.random.default_rng(seed)


def sparse_state(generator: np.random.Generator, size: int) -> Any:
    """Numbers of which most are zero, so that whole chunks are."""
    kept = generator.random(size) < generator.choice([1.0, 0.05])
    return generator.normal(size=size) * kept


@pytest.mark.parametrize("portable", [False, True], ids=["chunked", "portable"])
@settings(max_examples=150)
@given(stage=stages(), data=st.data())
def test_forward_and_back(portable: bool, stage: Any, data: st.DataObject) -> None:
    place, steps, generator = stage
    size = place.leg**place.num_axes
    assert place.count * place.width * place.lanes == size
    matrices = [generator.normal(size=(s.width,) * 2) + 2 * np.eye(s.width) for s in steps]
    inverses = [np.linalg.inv(m) for m in matrices]
    axes = [tuple(place.axes[k] for k in s.at) for s in steps]
    x, y = sparse_state(generator, size), sparse_state(generator, size)
    trail = [x]
    for matrix, where in zip(matrices, axes, strict=True):
        trail.append(dense(matrix, where, trail[-1], place.leg))
    pulled, slopes = y, []
    for k in range(len(steps) - 1, -1, -1):
        slopes.insert(0, overlap(pulled, trail[k], axes[k], place.leg))
        pulled = dense(matrices[k].T, axes[k], pulled, place.leg)
    with Workers(3) as workers, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked, "_SHARED", 0)
        kernel: Any = ChunkedKernel("float64", workers)
        if portable:
            kernel = PortableKernel("float64", "numpy", None)
        end, seen = kernel.forward(x.copy(), place, steps, matrices)
        scale = max(1.0, *(np.abs(t).max() for t in trail), np.abs(pulled).max())
        np.testing.assert_allclose(end, trail[-1], atol=1e-12 * scale)
        wanted = data.draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps)))
        for given, state in ((None, x), (inverses, end)):
            back = kernel.backward(state.copy(), y.copy(), place, steps, matrices, given, wanted)
            growth = scale * np.prod([np.linalg.cond(m) for m in matrices])
            np.testing.assert_allclose(back[0], x, atol=1e-12 * growth)
            np.testing.assert_allclose(back[1], pulled, atol=1e-12 * scale)
            checks = back[3]
            np.testing.assert_allclose(checks.product, pulled @ x, atol=1e-10 * growth * scale)
            np.testing.assert_allclose(checks.square, pulled @ pulled, rtol=1e-9, atol=1e-12)
            if given is not None:
                np.testing.assert_allclose(checks.seen, seen, atol=1e-11 * growth * size)
            assert [found is not None for found in back[2]] == wanted
            for found, exact in zip(back[2], slopes, strict=True):
                if found is not None:
                    np.testing.assert_allclose(found, exact, atol=1e-10 * growth * scale)


def overlap(left: Any, right: Any, axes: tuple[int, ...], leg: int) -> Any:
    count = round(np.log(len(left)) / np.log(leg))
    rest = [a for a in range(count) if a not in axes]
    one, two = (x.reshape((leg,) * count) for x in (left, right))
    made = np.tensordot(one, two, axes=(rest, rest))
    return made.reshape(leg ** len(axes), -1)


@pytest.mark.parametrize("portable", [False, True], ids=["chunked", "portable"])
def test_projections_are_as_large_as_an_error(portable: bool) -> None:
    """Whatever its place: one number of the state, or all of them."""
    place = Geometry(6, 4, (1, 2, 4), 256)
    generator = np.random.default_rng(5)
    with Workers(1) as workers:
        kernel: Any = ChunkedKernel("float64", workers)
        if portable:
            kernel = PortableKernel("float64", "numpy", None)
        found = []
        for k in range(200):
            error = np.zeros(4**6)
            where = [generator.integers(4**6)] if k % 2 else slice(None)
            error[where] = generator.normal(size=error[where].shape)
            _, seen = kernel.forward(error.copy(), place, [], [])
            found.append(np.linalg.norm(seen) / np.sqrt(len(seen)) / np.linalg.norm(error))
        repeated = np.ones(4**6)
        _, seen = kernel.forward(repeated.copy(), Geometry(6, 4, (0, 1, 2), 1024), [], [])
        size = np.linalg.norm(seen) / np.sqrt(len(seen))
        assert portable or size <= 1.7 * np.linalg.norm(repeated)
    assert 0.8 <= np.sqrt(np.mean(np.square(found))) <= 1.25
    assert np.mean(np.array(found) < 0.1) <= 0.02
