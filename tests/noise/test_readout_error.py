"""Readout errors: forms, checks and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Parameter
from tnsim.noise import ReadoutError

p, q = Parameter("p"), Parameter("q")
CORRELATED = np.array([
    [0.90, 0.05, 0.02, 0.01],
    [0.04, 0.90, 0.03, 0.04],
    [0.05, 0.03, 0.94, 0.05],
    [0.01, 0.02, 0.01, 0.90],
])  # fmt: skip


@given(st.floats(0, 1), st.floats(0, 1))
def test_columns_are_prepared_and_rows_are_read(p01: float, p10: float) -> None:
    expected = np.array([[1 - p01, p10], [p01, 1 - p10]])
    found = ReadoutError(p01, p10).confusion_matrix()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)
    symbolic = ReadoutError(p, q)
    found = symbolic.confusion_form.evaluate([p01, p10])
    np.testing.assert_allclose(found, expected, rtol=0, atol=4e-16)
    assert symbolic.bind(p=p01, q=p10) == ReadoutError(p01, p10)


def test_parameters_fold_and_merge() -> None:
    both = ReadoutError(p, p)
    assert both.parameters == ("p",)
    assert both.confusion_form.num_params == 1
    half = ReadoutError(0.1, p)
    assert half.confusion_form.num_params == 1
    np.testing.assert_allclose(
        half.confusion_form.evaluate([0.2]), [[0.9, 0.2], [0.1, 0.8]], atol=1e-16
    )
    assert not half.is_fixed
    assert ReadoutError(0.1, 0.2).is_fixed
    assert ReadoutError(0.0, p).confusion_form.support.tolist() == [[True, True], [False, True]]


def test_correlated() -> None:
    error = ReadoutError.from_matrix(CORRELATED)
    assert error.num_qubits == 2
    np.testing.assert_array_equal(error.confusion_matrix(), CORRELATED)
    np.testing.assert_array_equal(error.confusion_form.evaluate(), CORRELATED)
    error.check_strengths([])
    assert error.bind({}) is error


@pytest.mark.parametrize(
    "error",
    [ReadoutError(0.1, 1 / 3), ReadoutError(2 * p + 0.1, q), ReadoutError.from_matrix(CORRELATED)],
)
def test_json_round_trip(error: ReadoutError) -> None:
    data = json.loads(json.dumps(error.to_dict(), allow_nan=False))
    again = ReadoutError.from_dict(data)
    assert again == error
    assert hash(again) == hash(error)
    assert again.to_dict() == error.to_dict()
    for name in list(data):
        value = data.pop(name)
        with pytest.raises(NoiseError):
            ReadoutError.from_dict(data)
        data[name] = value
    with pytest.raises(NoiseError, match="'surprise' is unknown"):
        ReadoutError.from_dict({**data, "surprise": 0})


def test_repr_and_equality() -> None:
    assert repr(ReadoutError(0.1, p)) == "ReadoutError(0.1, Parameter('p'))"
    matrix = [[0.9, 0.2], [0.1, 0.8]]
    assert repr(ReadoutError.from_matrix(matrix)) == f"ReadoutError.from_matrix({matrix})"
    assert ReadoutError(0.1, 0.2) != ReadoutError(0.2, 0.1)
    assert ReadoutError(0.1, 0.2) != 1


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: ReadoutError(1.1, 0), r"`p01` of a readout error must be from 0 to 1 \(got 1.1\)"),
    (lambda: ReadoutError(0, -1), r"`p10` of a readout error must be from 0 to 1 \(got -1\)"),
    (lambda: ReadoutError(math.nan, 0), r"`p01` must be a finite real number, .* \(got nan\)"),
    (lambda: ReadoutError([0.1], 0), r"`p01` must be a finite real number, .* \(got \[0.1\]\)"),
    (lambda: ReadoutError.from_matrix(np.eye(3)), r"shape \(2\^k, 2\^k\).* \(got \(3, 3\)\)"),
    (lambda: ReadoutError.from_matrix([1, 0]), r"shape \(2\^k, 2\^k\).* \(got \(2,\)\)"),
    (lambda: ReadoutError.from_matrix([["a", 0], [0, 1]]), "must be a matrix of real numbers"),
    (lambda: ReadoutError.from_matrix([[1.5, 0], [-0.5, 1]]), r"from 0 to 1 \(got 1.5\)"),
    (lambda: ReadoutError.from_matrix([[math.nan, 0], [0, 1]]), r"from 0 to 1 \(got nan\)"),
    (
        lambda: ReadoutError.from_matrix([[0.9, 0.1], [0.2, 0.8]]),
        r"column 0 adds up to 1.1; transpose it",
    ),
    (lambda: ReadoutError.from_matrix([[0.9, 0.1], [0.2, 0.9]]), r"column 0 adds up to 1.1$"),
    (lambda: ReadoutError(p, q).confusion_matrix(), "but p, q is not bound; bind it first"),
    (lambda: ReadoutError(p, q).check_strengths([0.1, 2]), r"`p10` .* from 0 to 1 \(got 2\)"),
    (lambda: ReadoutError(p, q).check_strengths([0.1]), r"takes 2 strength values \(got 1\)"),
    (lambda: ReadoutError(p, 0).bind(x=1), r"must have the parameter 'x' \(it has: p\)"),
    (lambda: ReadoutError.from_dict(3), r"with \"kind\": \"readout_error\" \(got 'int'\)"),
    (
        lambda: ReadoutError.from_dict({"kind": "readout_error", "version": 0}),
        r"reads readout_error of version 1 \(got 0\)",
    ),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_readout_errors(number: int) -> None:
    make, message = WRONG[number]
    with pytest.raises(NoiseError, match=message):
        make()
