"""Settings of parameters: the grammar, the values, and text that nobody meant."""

from __future__ import annotations

import contextlib
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.errors import CircuitError, TnsimError
from tnsim.cli.parameter_values import Setting, Sweep, read_number, read_setting

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_a_number_is_read_as_it_is_written(number: float) -> None:
    assert read_setting(f"a={number!r}") == Setting("a", (number,), is_swept=False)


@given(st.lists(finite, min_size=2, max_size=5))
def test_a_list_is_swept(numbers: list[float]) -> None:
    setting = read_setting("x[3]=" + ",".join(map(repr, numbers)))
    assert setting == Setting("x[3]", tuple(numbers), is_swept=True)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(2, 50))
def test_a_range_has_both_ends(first: float, last: float, count: int) -> None:
    values = read_setting(f"t={first!r}:{last!r}:{count}").values
    assert len(values) == count
    assert (values[0], values[-1]) == (first, last)
    assert np.allclose(np.diff(values, 2), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pi", math.pi),
        (" -pi/4 ", -math.pi / 4),
        ("6*pi/32", 6 * math.pi / 32),
        ("2^-1 + sqrt(4)", 2.5),
        ("-2^2", -4.0),
        ("sin(0)", 0.0),
        (".5e1", 5.0),
    ],
)
def test_expressions(text: str, value: float) -> None:
    assert read_number(text) == pytest.approx(value, abs=1e-15)


@given(st.text(alphabet="ab=0.1,:+-*/^()e pi[]\n;$é", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(TnsimError):
        assert all(map(math.isfinite, read_setting(text).values))


@given(st.lists(st.integers(1, 4), max_size=4))
def test_a_sweep_holds_every_combination(sizes: list[int]) -> None:
    settings = [
        Setting(f"p{k}", tuple(float(10 * k + i) for i in range(size)), size > 1)
        for k, size in enumerate(sizes)
    ]
    sweep = Sweep.of(settings)
    assert sweep.points == math.prod(sizes)
    rows = [np.broadcast_to(sweep.arrays[s.name], sweep.points).tolist() for s in settings]
    wanted = list(itertools.product(*(s.values for s in settings)))
    assert list(zip(*rows, strict=True)) == (wanted if sizes else [])


def test_a_parameter_has_one_setting() -> None:
    with pytest.raises(CircuitError, match="a comes twice; write the values in one list, a="):
        Sweep.of([read_setting("a=1"), read_setting("b=1"), read_setting("a=2")])
