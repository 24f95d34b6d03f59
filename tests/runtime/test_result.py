"""Results, forecasts and provenance: files that NumPy alone can read, comparison, tables."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tnsim.base.errors import TnsimError
from tnsim.runtime.forecast import Forecast, ForecastPart
from tnsim.runtime.provenance import Provenance
from tnsim.runtime.result import Result

FORECAST = Forecast(
    "exact",
    "pauli",
    1_500_000,
    2.5e9,
    slices=4,
    seconds=0.25,
    gradient_peak_bytes=3_000_000,
    parts=(ForecastPart("Z62", "pauli", 1_500_000, 2.5e9, 4, 0.25),),
)
PROVENANCE = Provenance(
    circuit="c" * 64,
    query="q" * 64,
    dtype="complex128",
    library="numpy",
    device="cpu",
    time="2025-01-01T12:00:00+00:00",
    noise="n" * 64,
    plans=("p" * 64,),
    seed=3,
    versions={"numpy": "2.0"},
    params={"theta": np.linspace(0, 1, 3)},
)
arrays = hnp.arrays(
    st.sampled_from(["float32", "float64", "complex64", "complex128", "int64"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
values = st.one_of(arrays, st.dictionaries(st.text(max_size=5), arrays, max_size=3))


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return list(left) == sorted(right) and all(_same(left[k], right[k]) for k in left)
    return left.dtype == right.dtype and np.array_equal(left, right, equal_nan=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@given(value=values, error=st.one_of(st.none(), values))
def test_files_give_back_every_bit(folder: Path, value: Any, error: Any) -> None:
    kind = "rounding" if error is None else "estimate"
    evidence = {"bond": [8, 16], "note": "a guess"}
    result = Result(value, "mps", error, kind, evidence, FORECAST, 1.25, 2_000_000, PROVENANCE)
    path = folder / "r.json"
    result.save(path)
    again = Result.load(path)
    assert _same(again.value, value)
    assert again.error is None if error is None else _same(again.error, error)
    assert again.to_dict() == result.to_dict()
    assert again.forecast == FORECAST
    assert isinstance(repr(again), str)


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_arrays_of_every_library_leave_as_numpy(library: str, tmp_path: Path) -> None:
    module = pytest.importorskip(library)
    numbers = [0.5, -0.25]
    if library == "torch":
        value = module.tensor(numbers, requires_grad=True) * module.tensor(1 + 1j).conj()
    elif library == "tensorflow":
        value = module.constant(numbers)
    else:
        value = module.numpy.asarray(numbers)
    result = Result({"a": value}, "exact")
    assert result.value["a"] is value
    plain = result.numpy()
    assert isinstance(plain, dict)
    assert isinstance(plain["a"], np.ndarray)
    result.save(tmp_path / "r.json")
    assert result.allclose(Result.load(tmp_path / "r.json"), rtol=0, atol=0)


def test_loading_needs_no_array_library(tmp_path: Path) -> None:
    Result(np.array([1.5]), "exact", provenance=PROVENANCE).save(tmp_path / "r.json")
    code = (
        "import sys; from tnsim.runtime.result import Result;"
        f"r = Result.load({str(tmp_path / 'r.json')!r}); assert r.value[0] == 1.5; repr(r);"
        "assert not {'torch', 'tensorflow', 'jax', 'quimb', 'cotengra'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_format_is_readable_without_tnsim(tmp_path: Path) -> None:
    Result(np.array([[1.5, -2.0]]), "exact").save(tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    array = data["value"]["array"]
    numbers = np.frombuffer(base64.b64decode(array["base64"]), array["dtype"])
    assert numbers.reshape(array["shape"]).tolist() == [[1.5, -2.0]]
    assert (data["kind"], data["version"]) == ("result", 1)


def test_comparison() -> None:
    one = Result(np.array([1.0, 2.0]), "exact")
    assert one.allclose(Result(np.array([1.0, 2.0 + 1e-10]), "mps"))
    assert one.allclose([1.0, 2.0])
    assert not one.allclose(np.array([1.0, 2.0 + 1e-6]))
    assert one.allclose(np.array([1.0, 2.001]), rtol=1e-2)
    assert not Result(np.ones(2), "exact").allclose(np.ones(1))
    assert not one.allclose({"a": np.array([1.0, 2.0])})
    assert not Result(math.nan, "exact").allclose(math.nan)
    named = Result({"a": 1.0, "b": np.ones(2)}, "exact")
    assert named.allclose({"b": [1.0, 1.0], "a": 1.0})
    assert not named.allclose({"a": 1.0})
    assert not named.allclose({"a": 1.0, "b": [1.0, 0.0]})


def test_a_result_prints_as_a_short_table() -> None:
    result = Result(
        np.float64(0.63870894552),
        "exact",
        forecast=FORECAST,
        seconds=0.3,
        peak_bytes=1_400_000,
        provenance=PROVENANCE,
    )
    assert repr(result).splitlines() == [
        "value   0.63870894552",
        "method  exact",
        "error   exact up to rounding",
        "time    0.3 s",
        "peak    1.40 MB (forecast 1.50 MB)",
    ]
    many = Result(
        {f"q{i}": np.zeros(1000) for i in range(50)}, "mps", error=1e-3, error_kind="estimate"
    )
    assert len(repr(many).splitlines()) < 15
    assert "50 in all" in repr(many)
    assert "shape (1000,)" in repr(many)


def test_a_forecast_prints_as_a_short_table() -> None:
    assert str(FORECAST).splitlines() == [
        "method         exact",
        "basis          pauli",
        "peak           1.50 MB",
        "gradient peak  3.00 MB",
        "operations     2.5e+09",
        "slices         4",
        "time           0.25 s",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "job"}, '"kind": "result"'),
        ({"version": 2}, "of version 1"),
        ({"extra": 1}, "exactly the fields"),
        ({"value": [1.0]}, "values must be"),
        ({"value": {"array": 3}}, "an array must be"),
        ({"value": {"array": {"dtype": "object", "shape": [], "base64": ""}}}, "dtype must be"),
        ({"value": {"array": {"dtype": "int8", "shape": [10**9], "base64": ""}}}, "takes"),
        ({"method": 3}, "`method` must be text"),
        ({"error_kind": None}, "`error_kind` must be one of"),
        ({"error_kind": "bound"}, "exactly where `error` is None"),
        ({"evidence": [1]}, "`evidence` must be a JSON object"),
        ({"seconds": "fast"}, "`seconds` must be"),
        ({"peak_bytes": -1}, "`peak_bytes` must be"),
        ({"forecast": {}}, "Forecast must have exactly"),
        ({"forecast": {**FORECAST.to_dict(), "slices": "1"}}, "`slices` must be"),
        ({"forecast": {**FORECAST.to_dict(), "flops": "many"}}, "`flops` must be"),
        ({"forecast": {**FORECAST.to_dict(), "seconds": -1}}, "`seconds` must be finite"),
        ({"forecast": {**FORECAST.to_dict(), "parts": 1}}, "`parts` must be a list"),
        ({"forecast": {**FORECAST.to_dict(), "basis": 1}}, "names must be text"),
        ({"provenance": {}}, "provenance record must have exactly"),
        ({"provenance": {**PROVENANCE.to_dict(), "seed": 0.5}}, "`seed` must"),
        ({"provenance": {**PROVENANCE.to_dict(), "time": "noon"}}, "`time` must be ISO"),
        ({"provenance": {**PROVENANCE.to_dict(), "circuit": 1}}, "`circuit` must be text"),
        ({"provenance": {**PROVENANCE.to_dict(), "noise": 1}}, "`noise` must be text"),
        ({"provenance": {**PROVENANCE.to_dict(), "plans": "p"}}, "`plans` must"),
        ({"provenance": {**PROVENANCE.to_dict(), "versions": {"a": 1}}}, "`versions` must"),
        ({"provenance": {**PROVENANCE.to_dict(), "params": None}}, "values must be"),
    ],
)
def test_changed_files_are_refused_by_name(change: Any, message: str, tmp_path: Path) -> None:
    result = Result(1.0, "exact", forecast=FORECAST, seconds=1.0, provenance=PROVENANCE)
    path = tmp_path / "r.json"
    path.write_text(json.dumps({**result.to_dict(), **change}))
    with pytest.raises(TnsimError, match=message):
        Result.load(path)


@given(data=st.data())
def test_mutated_files_are_read_or_refused(folder: Path, data: st.DataObject) -> None:
    path = folder / "m.json"
    Result(np.ones(2), "exact", forecast=FORECAST, provenance=PROVENANCE).save(path)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path.write_bytes(raw)
    with contextlib.suppress(TnsimError):
        Result.load(path)
